"""The log of the Jenkins that all the themes before were run in, and what is left of the plugin at its end."""

from world import Case, PACKAGE, SECRET, jenkins


class Log(Case):
    def test_nothing_speaks_of_a_mistake(self):
        log = jenkins.log()
        self.assertNotIn("might be dangerous", log)
        self.assertNotIn(SECRET, log)
        # What these tests gave wrongly, and were refused.
        bad = jenkins.mistakes(r"Error while serving \S+/configSubmit", r"Jenkins\.doConfigSubmit",
                               r"ConfigurationAsCode\.doApply", r"127\.0\.0\.1:1\b",
                               r"no credentials of the kind .* with the ID database")
        self.assertFalse(bad, "\n".join(bad)[:6000])

    def test_z_no_thread_is_left(self):
        """What Jenkins calls on its way down leaves no thread behind, and none that holds the class loader."""
        jenkins.groovy(f"""
            {PACKAGE}.backfill.PastBuildsLife.end()
            {PACKAGE}.nativecore.LifeCycle.close()""")
        threads = f"""
            def loader = Jenkins.get().pluginManager.getPlugin('jirasend').classLoader
            println Thread.allStackTraces.keySet().findAll {{
                it.name.contains('jirasend') || it.contextClassLoader.is(loader) }}*.name"""
        jenkins.wait_for(lambda: jenkins.groovy(threads) == "[]", 90,
                         f"threads are left: {jenkins.groovy(threads)}")  # idle ones of a pool end after a minute
