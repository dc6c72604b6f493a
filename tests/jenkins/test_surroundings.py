"""What lies between Jenkins and Jira: the JVM's trust store and TLS, the proxy of Jenkins."""

import os
import stat

from proxy import Proxy
from world import CLIENT, Case, PACKAGE, builds, configure, jenkins, keytool, pipeline, site
from sandbox import Sandbox

ASK = "def a = jiraSendBuildInfo(wait: 5)\necho 'it is ' + a[0].status + ': ' + a[0].message\n"
PASSWORD = "p@ss: of the proxy"


class Surroundings(Case):
    trusted = False

    @classmethod
    def setUpClass(cls):
        cls.jira = Sandbox("--client", CLIENT, "--site", "secure", "--tls")
        cls.addClassCleanup(cls.jira.stop)
        cls.url = cls.jira.url.replace("localhost", "127.0.0.1")
        configure(cls.site())

    @classmethod
    def site(cls):
        return site(site=cls.url, apiUrl=cls.url, cloudId="")

    def trust(self):
        """Puts the sandbox's authority where the JVM of Jenkins looks."""
        if not self.trusted:
            keytool("-importcert", "-alias", "sandbox", "-file", self.jira.ca_file)
            type(self).trusted = True

    def accepted(self, job):
        result, console = jenkins.build(job)
        self.assertEqual(result, "SUCCESS", console)
        return "it is accepted" in console

    def test_1_trust_store(self):
        """Nobody vouches for the sandbox, until its authority is in the trust store of the JVM."""
        pipeline("secure", ASK, BRANCH_NAME="APP-60")
        console = self.good("secure")
        self.assertRegex(console, r"it is queued: .*certificate")
        path = f"/manage/descriptorByName/{PACKAGE}.config.JiraSite/testConnection"
        form = {name: str(value) for name, value in self.site().items()}
        self.assertIn("certificate", jenkins.must(jenkins.post(path, form)).text)
        self.trust()
        jenkins.wait_for(lambda: builds("secure", self.jira), 90, "the new authority was not seen")
        trust = os.path.join(jenkins.home, "jirasend", "trust.pem")
        self.assertEqual(stat.S_IMODE(os.stat(trust).st_mode), 0o600)
        self.assertIn("class=ok", jenkins.must(jenkins.post(path, form)).text.replace('"', "").replace("'", ""))

    def proxy(self, proxy, exceptions=""):
        jenkins.groovy(f"Jenkins.get().proxy = " + (
            f"new hudson.ProxyConfiguration('127.0.0.1', {proxy.port}, 'builder', '{PASSWORD}',"
            f" '{exceptions}')" if proxy else "null"))

    def test_2_proxy(self):
        target = f"127.0.0.1:{self.jira.port}"
        self.trust()
        pipeline("proxied", ASK, BRANCH_NAME="APP-61")
        self.addCleanup(self.proxy, None)
        with Proxy("builder", PASSWORD) as proxy:
            self.proxy(proxy)
            jenkins.wait_for(lambda: self.accepted("proxied") and ("CONNECT", target) in proxy.asked,
                             90, "the proxy was not asked")
            self.proxy(proxy, "127.0.0.1")
            jenkins.wait_for(lambda: proxy.tunnels == 0 and self.accepted("proxied") and proxy.tunnels == 0, 90, "an exception of the proxy does not count")
        # Nobody listens there now, and the password is said nowhere.
        self.proxy(proxy)

        def refused():
            return "it is queued" in jenkins.build("proxied")[1]

        jenkins.wait_for(refused, 90, "an absent proxy was not used")
        waiting = len(builds("proxied", self.jira))
        page = jenkins.must(jenkins.get("/manage/jira-delivery/")).text
        self.assertIn("proxy", page.lower())
        self.assertNotIn("p@ss", page + jenkins.log())
        self.proxy(None)
        jenkins.wait_for(lambda: len(builds("proxied", self.jira)) > waiting, 90, "not sent later")

    def test_3_paused(self):
        self.trust()
        pipeline("paused", "def a = jiraSendBuildInfo(wait: 100)\necho a[0].status + ': ' + a[0].message\n",
                 BRANCH_NAME="APP-62")
        configure(self.site(), paused=True)
        jenkins.wait_for(lambda: "queued: " in self.good("paused") and "aused" in self.good("paused"),
                         60, "nothing says paused")
        self.assertIn("aused", jenkins.must(jenkins.get("/manage/jira-delivery/")).text)
        before = len(builds("paused", self.jira))
        configure(self.site())
        jenkins.wait_for(lambda: len(builds("paused", self.jira)) > before, 60, "the pause did not end")
