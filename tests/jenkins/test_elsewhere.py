"""Where events lie and which way they go: an outbox on PostgreSQL, a relay, replicas of one home."""

import base64
import json
import os
import subprocess
import tempfile
import threading
import unittest
import zipfile

import postgres
from controller import Jenkins, dependencies, with_dependencies
from relay import Relay, caller
from world import (
    CONFIGURATION, FREESTYLE, PACKAGE, SECRET, SITE, Case, add_publishers, builds, configure, jenkins, jira, pipeline,
    secret, sent, site)

HPI = os.environ["JIRASEND_HPI"]
PLUGINS = os.environ["JENKINS_PLUGINS_DIR"]
PAGE = "/manage/jira-delivery"


def controller(*more):
    """A Jenkins with a fresh home and nothing but what the plugin needs."""
    made = Jenkins(os.environ["JENKINS_WAR_DIR"], with_dependencies(PLUGINS, dependencies(HPI)))
    for file in (HPI, *more):
        made.install(file)
    return made


def settings(where, **values):
    """Sets members of the configuration as it is."""
    encoded = base64.b64encode(json.dumps(values).encode()).decode()
    where.groovy(f"""
        def all = {CONFIGURATION}.get()
        new groovy.json.JsonSlurper().parseText(new String('{encoded}'.decodeBase64(), 'UTF-8')).each {{
            name, value -> all."$name" = value }}""")


def login(where, name, user, password):
    where.groovy(f"""
        import com.cloudbees.plugins.credentials.*
        import com.cloudbees.plugins.credentials.domains.Domain
        import com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl
        SystemCredentialsProvider.instance.store.addCredentials(Domain.global(),
            new UsernamePasswordCredentialsImpl(CredentialsScope.SYSTEM, '{name}', '', '{user}', '{password}'))""")


def freestyle(where, job="plain"):
    where.create(job, FREESTYLE)
    add_publishers(job, where)


class Database(unittest.TestCase):
    """Controllers that come and go with their disks; what they had to tell is told by another."""

    @classmethod
    def setUpClass(cls):
        postgres.need()
        if not os.path.exists(os.environ.get("JIRASEND_CLI", "")):
            raise unittest.SkipTest("there is no jirasend, which makes the tables")
        cls.server = postgres.Postgres()
        cls.addClassCleanup(cls.server.close)
        cls.server.role("jirasend")
        cls.server.database("outbox", "owner")
        subprocess.run(
            [os.environ["JIRASEND_CLI"], "outbox", "migrate", "--role", "jirasend", "--outbox",
             cls.address("owner"), "--outbox-password-file", cls.server.password_file("owner")],
            check=True, capture_output=True)

    @classmethod
    def address(cls, user="jirasend"):
        return cls.server.url("outbox", user, sslmode="disable")

    def begin(self, prefix):
        made = controller()
        self.addCleanup(made.close)
        made.start()
        secret("jira-2lo", SECRET, made)
        login(made, "database", "jirasend", self.server.passwords["jirasend"])
        configure(site(idPrefix=prefix), wait=3, where=made)
        settings(made, outboxUrl=self.address(), outboxCredentialsId="database")
        return made

    def build(self, where, words):
        """A build whose console says that of both its events."""
        result, console = where.build("plain")
        self.assertEqual(result, "SUCCESS", console)
        return [line for line in console.splitlines() if "[jirasend]" in line and words in line]

    def test_150_a_controller_without_a_disk(self):
        first = self.begin("one/")
        freestyle(first)
        first.wait_for(lambda: len(self.build(first, "accepted")) == 2, 90, "nothing was sent")
        self.assertTrue(builds("one/plain"))
        jira.faults({"path": "/bulk", "status": 503, "count": 0})
        self.addCleanup(jira.clear_faults)
        self.assertEqual(len(self.build(first, "queued")), 2)
        number = first.next_number("plain") - 1
        self.assertNotIn(self.server.passwords["jirasend"], first.log())
        first.kill()
        first.close()  # with its home

        second = self.begin("two/")
        second.wait_for(lambda: "one/plain" in second.get(f"{PAGE}/").text, 90, "the other's events are not seen")
        jira.clear_faults()
        second.wait_for(lambda: [build for build in builds("one/plain") if build["buildNumber"] == number], 240,
                        "what the first had to tell is lost")
        page = second.must(second.get(f"{PAGE}/history?key=APP-10")).text
        self.assertIn("one/plain", page)
        self.assertIn("# EOF", second.must(second.get(f"{PAGE}/metrics")).text)
        self.assertIn("found in the", second.must(second.get(f"{PAGE}/explain?key=APP-10")).text)
        freestyle(second)
        second.wait_for(lambda: len(self.build(second, "accepted")) == 2, 60, "its own are not sent")
        self.assertTrue(builds("two/plain"))

        # The server goes away: builds stay green, and say why. It comes back: without a restart.
        self.server.kill()
        lines = self.build(second, "error")
        self.assertEqual(len(lines), 2)
        self.server.start()
        second.wait_for(lambda: len(self.build(second, "accepted")) == 2, 120, "the server is back, the plugin not")
        bad = second.mistakes("outbox", "database", "PostgreSQL")
        self.assertFalse(bad, "\n".join(bad)[:3000])


class Relayed(Case):
    """Through a relay: no credentials of Jira on the controller."""

    @classmethod
    def setUpClass(cls):
        if not os.path.exists(os.environ.get("JIRASEND_RELAY_PROGRAM", "")):
            raise unittest.SkipTest("there is no jirasend-relay")
        cls.relay = Relay(jira, start=False, callers=[caller("ci", pipelines=["**"], kinds=[
            "build", "deployment", "flag"], history=True, delete=True)])
        secret_file = cls.relay.path("jira-secret", SECRET)
        cls.relay.write(callers=cls.relay.config["callers"], sites=[{
            "site": SITE, "apiUrl": jira.url, "cloudId": jira.cloud_id, "clientId": "sandbox",
            "secretFile": secret_file}])
        cls.relay.start()
        cls.addClassCleanup(cls.relay.close)
        secret("relay-token", cls.relay.token)
        configure(site(clientId="", credentialsId="", apiUrl="", cloudId=""))
        cls.addClassCleanup(settings, jenkins, relayUrl="", relayCredentialsId="")
        settings(jenkins, relayUrl=cls.relay.url, relayCredentialsId="relay-token")

    def test_160_events(self):
        pipeline("relayed", "def a = jiraSendBuildInfo(wait: 20)\necho 'it is ' + a[0].status\n", BRANCH_NAME="APP-18")
        jenkins.wait_for(lambda: builds("relayed") or not self.good("relayed"), 120, "nothing comes through the relay")
        self.assertIn("it is queued", self.good("relayed"))
        jenkins.wait_for(lambda: len(builds("relayed")) >= 2, 30, "the second is not there")
        page = jenkins.must(jenkins.get(f"{PAGE}/history?job=relayed")).text
        self.assertIn("The relay has it", page)
        self.assertNotIn("/resend?id=", page)

    def test_161_gate(self):
        pipeline("relayed-gate", f"""
jiraSendDeploymentInfo(site: '{SITE}', environmentId: 'eu', environmentName: 'EU', enableGating: true, wait: 20)
def gate = jiraWaitForGate(environmentId: 'eu', site: '{SITE}', interval: 1, timeout: 300)
echo 'gate: ' + gate.status + ' ' + gate.issueKey
""", BRANCH_NAME="APP-4")
        number = jenkins.start_build("relayed-gate")
        jenkins.wait_for(lambda: ": awaiting" in jenkins.console("relayed-gate", number), 90, "nobody asked")
        jira.gate("relayed-gate", "eu", number, "allowed")
        result, console = jenkins.finished("relayed-gate", number)
        self.assertEqual(result, "SUCCESS", console)
        self.assertIn("gate: allowed", console)
        self.assertEqual(sent("deployments", "relayed-gate"), [("pending", "eu")])

    def test_162_gate_refused(self):
        pipeline("relayed-refused", f"""
jiraSendDeploymentInfo(environmentId: 'eu', environmentName: 'EU', enableGating: true, wait: 20)
jiraWaitForGate(environmentId: 'eu', interval: 1, timeout: 300)
""", BRANCH_NAME="APP-4")
        number = jenkins.start_build("relayed-refused")
        jenkins.wait_for(lambda: ": awaiting" in jenkins.console("relayed-refused", number), 90, "nobody asked")
        jira.gate("relayed-refused", "eu", number, "prevented")
        result, console = jenkins.finished("relayed-refused", number)
        self.assertEqual(result, "ABORTED", console)
        jenkins.wait_for(lambda: ("cancelled", "eu") in sent("deployments", "relayed-refused"), 60, "Jira was not told")

    def test_163_relay_away(self):
        """Kept here, as if Jira were away, and sent when it is back."""
        self.relay.stop()
        pipeline("relay-away", "def a = jiraSendBuildInfo(wait: 3)\necho 'it is ' + a[0].status\n", BRANCH_NAME="APP-18")
        self.assertIn("it is queued", self.good("relay-away"))
        self.assertIn("relay-away #1", jenkins.must(jenkins.get(f"{PAGE}/?state=waiting")).text)
        listen = f"127.0.0.1:{self.relay.port}"
        self.relay.write(**{**self.relay.config, "listen": listen})
        self.relay.start()
        jenkins.wait_for(lambda: builds("relay-away"), 90, "not sent later")

    def test_164_connection(self):
        path = f"/manage/descriptorByName/{PACKAGE}.config.JiraSite/testConnection"
        answer = jenkins.must(jenkins.post(path, {"site": SITE, "clientId": "", "credentialsId": ""}))
        self.assertIn("class=ok", answer.text.replace('"', "").replace("'", ""))
        secret("relay-token", "another")
        try:
            answer = jenkins.must(jenkins.post(path, {"site": SITE, "clientId": "", "credentialsId": ""}))
            self.assertIn("class=error", answer.text.replace('"', "").replace("'", ""))
        finally:
            secret("relay-token", self.relay.token)


class OtherHost:
    """with OtherHost(home): ... A copy of this home runs on another host, which keeps its stamp in the outbox folder."""

    def __init__(self, home):
        self.path = os.path.join(home, "jirasend", "outbox", "outbox.open")
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self.renew, daemon=True)

    def stamp(self):
        with open(self.path, "r+b") as file:
            file.write(b"another-boot controller-2\n")
            file.truncate()

    def renew(self):
        while not self.gone.wait(5):
            self.stamp()

    def __enter__(self):
        self.stamp()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.gone.set()
        self.thread.join()


class Copied(unittest.TestCase):
    """Two hosts on one outbox folder: the one that is not its owner refuses, says the ways out, and comes back."""

    @classmethod
    def setUpClass(cls):
        cls.jenkins = controller()
        cls.addClassCleanup(cls.jenkins.close)
        cls.jenkins.start()
        secret("jira-2lo", SECRET, cls.jenkins)
        configure(site(), wait=5, where=cls.jenkins)
        freestyle(cls.jenkins)

    def lines(self):
        result, console = self.jenkins.build("plain")
        self.assertEqual(result, "SUCCESS", console)
        return [line for line in console.splitlines() if "[jirasend]" in line]

    def refused(self):
        lines = self.lines()
        return len(lines) == 2 and all(": error: " in line and "controller-2" in line for line in lines)

    def both(self):
        lines = self.lines()
        return len(lines) == 2 and all(": accepted" in line for line in lines)

    def ways_out(self):
        page = self.jenkins.must(self.jenkins.get("/manage/")).text
        return all(words in page for words in ("controller-2", "outboxDir=", "Outbox on PostgreSQL"))

    def test_175_while_it_runs(self):
        self.jenkins.wait_for(self.both, 90, "nothing was sent")
        with OtherHost(self.jenkins.home):
            self.jenkins.wait_for(self.refused, 60, "it goes on beside the other")
            self.jenkins.wait_for(self.ways_out, 60, "no monitor says what to do")
            page = self.jenkins.must(self.jenkins.get(f"{PAGE}/")).text
            self.assertIn("controller-2", page)
        self.jenkins.wait_for(self.both, 180, "the other is gone, and it does not come back")
        self.assertFalse(self.ways_out())

    def test_176_when_it_starts(self):
        """Also after kill -9, with events that wait in the folder: they are sent when it is ours again."""
        self.jenkins.wait_for(self.both, 90, "nothing was sent")
        jira.faults({"path": "/bulk", "status": 503, "count": 0})
        self.addCleanup(jira.clear_faults)
        self.assertEqual([": queued" in line for line in self.lines()], [True, True])
        number = self.jenkins.next_number("plain") - 1
        self.jenkins.kill()
        jira.clear_faults()
        with OtherHost(self.jenkins.home):
            self.jenkins.start()
            self.assertTrue(self.refused())
            self.jenkins.wait_for(self.ways_out, 60, "no monitor says what to do")
            self.assertFalse([build for build in builds("plain") if build["buildNumber"] == number])
        self.jenkins.wait_for(lambda: [build for build in builds("plain") if build["buildNumber"] == number], 240,
                              "what waited was lost")
        bad = self.jenkins.mistakes("in use on another host")
        self.assertFalse(bad, "\n".join(bad)[:3000])


class Replicated(unittest.TestCase):
    """Replicas of one home (CloudBees HA) may not share the folder; a database they may."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="jirasend-replication-")
        cls.addClassCleanup(folder.cleanup)
        plugin = os.path.join(folder.name, "cloudbees-replication.hpi")
        with zipfile.ZipFile(plugin, "w") as file:
            file.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nShort-Name: cloudbees-replication\n"
                          "Long-Name: Stands in for another\nPlugin-Version: 1.0\nJenkins-Version: 2.479.3\n\n")
            file.writestr("WEB-INF/lib/", "")
        cls.jenkins = controller(plugin)
        cls.addClassCleanup(cls.jenkins.close)
        cls.jenkins.start()
        secret("jira-2lo", SECRET, cls.jenkins)
        configure(site(), wait=5, where=cls.jenkins)

    def test_170_refused(self):
        """With a line in the console, a monitor with the ways out, and green builds."""
        self.assertEqual(self.jenkins.groovy(
            "println Jenkins.get().pluginManager.getPlugin('cloudbees-replication').active"), "true")
        freestyle(self.jenkins, "plain")
        result, console = self.jenkins.build("plain")
        self.assertEqual(result, "SUCCESS", console)
        lines = [line for line in console.splitlines() if "[jirasend]" in line]
        self.assertEqual(len([line for line in lines if "error" in line]), 2, console)
        page = self.jenkins.must(self.jenkins.get("/manage/")).text
        for words in ("Several replicas share this home", "outboxDir=", "Outbox on PostgreSQL"):
            self.assertRegex(page, f"(?i){words}")
        self.assertFalse(os.path.exists(os.path.join(self.jenkins.home, "jirasend", "outbox", "outbox.db")))

    def test_171_a_folder_of_its_own(self):
        """Whoever gives each replica a folder of its own says so."""
        self.jenkins.stop()
        own = tempfile.mkdtemp(prefix="own-", dir=self.jenkins.folder)
        self.jenkins.properties = [f"-D{PACKAGE}.outboxDir={own}"]
        self.jenkins.start()
        self.jenkins.wait_for(lambda: "accepted" in self.jenkins.build("plain")[1], 60, "nothing was sent")
