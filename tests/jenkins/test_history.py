"""The history beside the delivery page, the entry of a run, and what can be done to what was told."""

import html
import re
import time
import unittest

from world import Case, builds, deployments, has_plugin, jenkins, jira, pipeline, sent

PAGE = "/manage/jira-delivery"
# 120 deployments of one build, three pages of them: successful ones and, each third, failed ones.
MANY = """
for (int i = 0; i < 120; i++) {
    jiraSendDeploymentInfo(environmentId: 'e' + i, environmentName: 'Environment ' + i, wait: 0,
        issueKeys: ['APP-' + (300 + i)], state: i % 3 == 0 ? 'failed' : 'successful')
}
"""
PERMISSIONS = """
import hudson.model.Item
import hudson.security.GlobalMatrixAuthorizationStrategy
import hudson.security.Permission
import org.jenkinsci.plugins.matrixauth.PermissionEntry
def jenkins = Jenkins.get()
['viewer', 'meter', 'stranger'].each { if (hudson.model.User.getById(it, false) == null)
    jenkins.securityRealm.createAccount(it, it) }
def all = new GlobalMatrixAuthorizationStrategy()
all.add(Jenkins.ADMINISTER, PermissionEntry.user('admin'))
['viewer', 'meter', 'stranger'].each { all.add(Jenkins.READ, PermissionEntry.user(it)) }
all.add(Item.READ, PermissionEntry.user('viewer'))
all.add(Permission.fromId('io.jenkins.plugins.jirasend.outbox.DeliveryLink.Metrics'), PermissionEntry.user('meter'))
jenkins.authorizationStrategy = all
"""


def page(path="", **options):
    return jenkins.must(jenkins.get(PAGE + path, **options)).text


def rows(text):
    """The ids of the events in a table, in its order."""
    return [int(number) for number in re.findall(r"<tr>\s*<td[^>]*>(\d+)</td>", text)]


def follow(text, words):
    """The address behind a link with these words, or None."""
    found = re.search(rf'<a href="([^"]*)">{words}</a>', text)
    return html.unescape(found[1]) if found else None


def button(text, action, number):
    """What is to be pressed for this event, or None."""
    return re.search(rf'<a [^>]*data-url="[^"]*/{action}\?id={number}"[^>]*>', text)


class Search(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        pipeline("historic", MANY, BRANCH_NAME="main")
        jenkins.must(jenkins.post("/job/historic/buildWithParameters?delay=0sec"), 201)
        result, console = jenkins.finished("historic", 1)
        assert result == "SUCCESS", console
        jenkins.wait_for(lambda: len(deployments("historic")) == 120, 120, "not all were told")

    def test_100_pages(self):
        first = page("/history?job=historic")
        seen = rows(first)
        self.assertEqual(len(seen), 50)
        self.assertEqual(seen, sorted(seen, reverse=True), "not the newest first")
        self.assertIsNone(follow(first, "Previous events"))
        second = page("/history" + follow(first, "Next events"))
        third = page("/history" + follow(second, "Next events"))
        self.assertEqual([len(rows(second)), len(rows(third))], [50, 20])
        self.assertIsNone(follow(third, "Next events"))
        every = seen + rows(second) + rows(third)
        self.assertEqual(len(set(every)), 120)
        self.assertEqual(every, sorted(every, reverse=True))
        self.assertEqual(rows(page("/history" + follow(third, "Previous events"))), rows(second))
        self.assertEqual(rows(page("/history" + follow(second, "Previous events"))), seen)
        self.assertEqual(rows(page("/history?job=historic&page=3")), rows(third), "a page by its number")
        self.assertIn("There is no page 4.", page("/history?job=historic&page=4"))
        for nonsense in ("0", "-1", "x", "99999999999999999999", "1e3"):
            self.assertEqual(rows(page(f"/history?job=historic&page={nonsense}")), seen, nonsense)

    def test_101_search(self):
        def found(query):
            return len(rows(page(f"/history?job=historic&{query}")))

        self.assertEqual(found("key=APP-305"), 1)
        self.assertEqual(found("key=app-305"), 1)
        self.assertEqual(found("key=APP-30"), 0)
        self.assertEqual(found("environment=e7"), 1)
        self.assertEqual(found("environment=Environment+7"), 1)
        self.assertEqual(found("state=failed"), 40)
        self.assertEqual(found("state=FAILURE"), 40)
        self.assertEqual(found("state=accepted"), 50)
        for word in ("held", "dead", "waiting", "cancelled"):
            self.assertEqual(found(f"state={word}"), 0, word)
        today = time.strftime("%Y-%m-%d")
        self.assertEqual(found(f"since={today}&until={today}&key=APP-305"), 1)
        self.assertEqual(found("until=2020-01-01"), 0)
        self.assertEqual(found("since=2090-01-01"), 0)
        self.assertNotIn("last 30 days", page("/history?job=historic&state=failed"))
        narrowed = page("/history?environment=e7")
        self.assertIn("the last 30 days are searched", narrowed)
        whole = page("/history" + follow(narrowed, "Search the whole history"))
        self.assertEqual(rows(whole), rows(narrowed))
        self.assertNotIn("last 30 days", whole)
        self.assertIn("is not a day", page("/history?since=yesterday"))
        self.assertEqual(rows(page("/history?job=nobody")), [])
        self.assertIn("There are no such events.", page("/history?job=nobody"))

    def test_102_nothing_is_believed(self):
        """What somebody typed is shown as text."""
        for path in ("/history?key=%3Cb%3Ex", "/history?job=%22%3E%3Cb%3Ex", "/history?since=%3Cb%3Ex",
                     "/explain?key=%3Cb%3Ex", "/diff?from=%3Cb%3Ex&to=%3Cb%3Ey", "/history?state=%3Cb%3Ex",
                     "/?state=%3Cb%3Ex"):
            with self.subTest(path):
                self.assertNotRegex(page(path), "<b>[xy]")

    def test_103_explain(self):
        pipeline("why", "jiraSendBuildInfo()\njiraSendDeploymentInfo(environmentId: 'e', environmentName: 'E', "
                        "issueKeys: ['APP-471'])\n", BRANCH_NAME="feature/APP-471-xAPP-472")
        self.good("why")
        why = page("/explain?key=app-471")
        for words in ("Events that named APP-471", "found in the branch", "given by the step"):
            self.assertIn(words, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", why)))
        self.assertIn('<span class="jirasend-key">APP-471</span></h2>', why, "a key breaks nowhere")
        self.assertEqual(len(rows(why)), 2)
        why = page("/explain?key=APP-472")
        self.assertIn("a letter or digit stands directly before or behind it", why)
        self.assertEqual(rows(why), [])
        self.assertIn("No event of the history names APP-999", page("/explain?key=APP-999"))
        self.assertNotIn("No event", page("/explain"))

    def test_104_diff(self):
        pipeline("released", "jiraSendDeploymentInfo(environmentId: 'old', environmentName: 'Old one', "
                             "issueKeys: ['APP-481', 'APP-482'])\njiraSendDeploymentInfo(environmentId: 'new', "
                             "environmentName: 'New one', issueKeys: ['APP-481'])\n", BRANCH_NAME="main")
        self.good("released")
        difference = page("/diff?from=old&to=new")
        self.assertIn("APP-482", difference)
        self.assertNotIn("APP-481", difference)
        self.assertIn("APP-482", page("/diff?from=Old+one&to=New+one"))
        self.assertIn("Nothing is in", page("/diff?from=new&to=old"))
        self.assertIn("Name two environments", page("/diff?from=new"))

    def test_105_run(self):
        """A run has its own events, with links, and nobody else's."""
        text = jenkins.must(jenkins.get("/job/why/1/jira/")).text
        self.assertEqual(len(rows(text)), 2)
        self.assertIn("why #1", text)
        self.assertNotIn("historic", re.sub(r"(?s)<(script|style).*?</\1>", "", text))
        self.assertRegex(jenkins.get("/job/why/1/").text, r'href="/job/why/1/jira/?"')
        self.assertIn(f'href="{jenkins.url}/job/why/1/', text)
        self.assertEqual(len(rows(jenkins.must(jenkins.get("/job/historic/1/jira/")).text)), 120)


class Actions(Case):
    def told(self, job, script="jiraSendBuildInfo()\n"):
        """The number of its newest event."""
        pipeline(job, script, BRANCH_NAME="APP-18")
        self.good(job)
        return rows(page(f"/history?job={job}"))[0]

    def newest(self, job):
        return rows(page(f"/history?job={job}"))[0]

    def test_110_asked_first(self):
        """Each action has a button, for which the script of Jenkins asks, with a sentence that names what it is about."""
        number = self.told("asked")
        text = page("/history?job=asked")
        for action, title in (("resend", "Send event {} again"), ("cancel", "Mark event {} as cancelled"),
                              ("delete", "Delete what event {} is about in Jira")):
            link = button(text, action, number)
            self.assertTrue(link, action)
            for attribute in (r'class="[^"]*\bconfirmation-link', 'href="#"', 'data-post="true"',
                              f'data-title="{title.format(number)}', 'data-message="[^"]*build [^"]*asked #1'):
                self.assertRegex(link[0], attribute)
        for action in ("retry", "drop"):
            self.assertIsNone(button(text, action, number), "what Jira has cannot be dropped")

    def test_111_post_crumb_permission(self):
        number = self.told("guarded")
        before = len(jira.log("/builds"))
        for action in ("retry", "drop", "resend", "cancel", "delete"):
            path = f"{PAGE}/{action}?id={number}"
            self.assertIn(jenkins.get(path).status, (404, 405), action)
            self.assertEqual(jenkins.post(path, headers={"Jenkins-Crumb": "another"}).status, 403, action)
            self.assertIn(jenkins.post(path, login=None).status, (401, 403), action)
        for action in ("backfillCount", "backfillStart", "backfillStop"):
            self.assertIn(jenkins.get(f"{PAGE}/{action}").status, (404, 405), action)
            self.assertEqual(jenkins.post(f"{PAGE}/{action}", headers={"Jenkins-Crumb": "another"}).status, 403, action)
        self.assertEqual(len(jira.log("/builds")), before)
        self.assertEqual([build["state"] for build in builds("guarded")], ["successful"])

    def test_112_send_again(self):
        number = self.told("again-told")
        first = builds("again-told")[0]["updateSequenceNumber"]
        jenkins.must(jenkins.post(f"{PAGE}/resend", {"id": str(number)}))
        jenkins.wait_for(lambda: builds("again-told")[0]["updateSequenceNumber"] > first, 30, "not sent again")
        self.assertEqual(sent("builds", "again-told"), [("successful", None)] * 2)
        newer = jenkins.wait_for(lambda: self.newest("again-told") > number and self.newest("again-told"), 30, "no event")
        text = page("/history?job=again-told")
        self.assertTrue(button(text, "resend", newer))
        self.assertIsNone(button(text, "resend", number), "what is not kept cannot be sent again")
        self.assertIn("Cannot be sent again", text)
        self.assertEqual(jenkins.post(f"{PAGE}/resend", {"id": str(number)}).status, 404)

    def test_113_deployment(self):
        number = self.told("unrolled", "jiraSendDeploymentInfo(environmentId: 'e', environmentName: 'E', "
                                       "state: 'in_progress')\n")
        jenkins.must(jenkins.post(f"{PAGE}/cancel", {"id": str(number)}))
        jenkins.wait_for(lambda: [item["state"] for item in deployments("unrolled")] == ["cancelled"], 30, "cancel")
        newest = jenkins.wait_for(lambda: self.newest("unrolled") > number and self.newest("unrolled"), 30, "no event")
        text = page("/history?job=unrolled")
        self.assertIsNone(button(text, "cancel", newest), "it is cancelled")
        jenkins.must(jenkins.post(f"{PAGE}/delete", {"id": str(newest)}))
        jenkins.wait_for(lambda: not deployments("unrolled"), 60, "delete")
        gone = jenkins.wait_for(lambda: self.newest("unrolled") > newest and self.newest("unrolled"), 30, "no deletion")
        text = jenkins.wait_for(lambda: "deletion" in page("/history?job=unrolled")
                                and page("/history?job=unrolled"), 30, "it is not called a deletion")
        for action in ("resend", "cancel", "delete"):
            self.assertIsNone(button(text, action, gone), action)

    def test_114_many_at_once(self):
        """All of a page: tried again, and dropped."""
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        try:
            pipeline("stuck", "jiraSendBuildInfo(wait: 0)\n", BRANCH_NAME="APP-18")
            for _ in range(3):
                self.good("stuck")
            text = page("/?state=waiting")
            found = re.search(r'data-url="[^"]*/drop\?((?:id=\d+&amp;)+id=\d+)"', text)
            self.assertTrue(found, text[-3000:])
            self.assertGreaterEqual(found[1].count("id="), 3)
            jenkins.must(jenkins.post(f"{PAGE}/drop?" + html.unescape(found[1])))
            self.assertEqual(rows(page("/?state=waiting")), [])
        finally:
            jira.clear_faults()
        time.sleep(2)
        self.assertFalse(builds("stuck"), "Jira heard of what was given up")


class Rights(Case):
    @classmethod
    def setUpClass(cls):
        if not has_plugin("matrix-auth"):
            raise unittest.SkipTest("not among the plugins: matrix-auth")
        super().setUpClass()
        pipeline("visible", "jiraSendBuildInfo()\n", BRANCH_NAME="APP-18")
        jenkins.build("visible")
        cls.before = jenkins.groovy("println Jenkins.get().authorizationStrategy.class.name")
        jenkins.groovy(PERMISSIONS)

    def test_120_metrics(self):
        """With a permission of their own, which lets nobody see anything else."""
        answer = jenkins.must(jenkins.get(f"{PAGE}/metrics", login="meter"))
        self.assertTrue(answer.text.endswith("# EOF\n"))
        self.assertIn("application/openmetrics-text", answer.headers["Content-Type"])
        for path in ("", "/", "/history", "/explain", "/diff", "/backfill", "/metrics/x"):
            self.assertIn(jenkins.get(PAGE + path, login="meter").status, (401, 403, 404), path)
        for action in ("retry", "drop", "resend", "cancel", "delete", "backfillCount"):
            self.assertEqual(jenkins.post(f"{PAGE}/{action}", {"id": "1"}, login="meter").status, 403, action)
        for login in ("viewer", "stranger", None):
            self.assertIn(jenkins.get(f"{PAGE}/metrics", login=login).status, (401, 403), login)
        self.assertNotIn("APP-", answer.text)

    def test_121_run(self):
        """Who may see the job sees its events, and has no button."""
        text = jenkins.must(jenkins.get("/job/visible/1/jira/", login="viewer")).text
        self.assertEqual(len(rows(text)), 1)
        self.assertNotIn("data-url=", re.sub(r'data-url="[^"]*(?<!id=\d)"', "", text))
        for action in ("retry", "drop", "resend", "cancel", "delete"):
            self.assertNotIn(f"/{action}?id=", text)
        self.assertIn("/delete?id=", jenkins.get("/job/visible/1/jira/").text)
        for login in ("stranger", None):
            self.assertIn(jenkins.get("/job/visible/1/jira/", login=login).status, (401, 403, 404), login)
