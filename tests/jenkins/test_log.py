"""The log of the Jenkins that all the themes before were run in."""

from world import Case, SECRET, jenkins


class Log(Case):
    def test_nothing_speaks_of_a_mistake(self):
        log = jenkins.log()
        self.assertNotIn("might be dangerous", log)
        self.assertNotIn(SECRET, log)
        # What these tests gave wrongly, and were refused.
        bad = jenkins.mistakes(r"Error while serving \S+/configSubmit", r"Jenkins\.doConfigSubmit",
                               r"ConfigurationAsCode\.doApply")
        self.assertFalse(bad, "\n".join(bad)[:6000])
