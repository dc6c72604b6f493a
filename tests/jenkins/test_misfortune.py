"""Jira is down, Jenkins is killed, the secret is refused."""

import time

from world import Case, SECRET, SITE, builds, example, jenkins, jira, pipeline, secret, sent


class Misfortune(Case):
    def test_30_jira_is_down(self):
        pipeline("down", "def a = jiraSendBuildInfo(wait: 3)\necho 'it is ' + a[0].status\n",
                 BRANCH_NAME="APP-15")
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        console = self.good("down")
        self.assertIn("it is queued", console)
        jira.clear_faults()
        jenkins.wait_for(lambda: builds("down"), 60, "the event did not arrive later")

    def test_31_killed_while_waiting(self):
        """kill -9 with a step that waits and an event in the outbox: one event each, none lost."""
        pipeline("resumed", "def a = jiraSendBuildInfo(wait: 300)\necho 'then ' + a[0].status\n",
                 BRANCH_NAME="APP-16")
        pipeline("kept", "def a = jiraSendBuildInfo(wait: 0)\necho 'at first ' + a[0].status\n",
                 BRANCH_NAME="APP-17")
        pipeline("gate-resumed", example("gate"), BRANCH_NAME="APP-16")
        asking = jenkins.start_build("gate-resumed")
        jenkins.wait_for(lambda: ": awaiting" in jenkins.console("gate-resumed", asking), 60, "nobody asked")
        # A question is under way when Jenkins dies. Between two of them waitUntil itself may be lost: it
        # saves that its body is over before it saves that it will try again.
        jira.faults({"path": "/gating-status", "delayMs": 20000, "count": 0},
                    {"path": "/builds", "status": 503, "count": 0})
        number = jenkins.start_build("resumed")
        self.assertIn("at first queued", self.good("kept"))
        jenkins.wait_for(lambda: jenkins.get(f"/job/resumed/{number}/api/json").status == 200
                         and "jiraSendBuildInfo" in jenkins.console("resumed", number), 30,
                         "the step did not begin")
        time.sleep(3)
        jenkins.kill()
        jira.clear_faults()
        jenkins.start()
        result, console = jenkins.finished("resumed", number)
        self.assertEqual(result, "SUCCESS", console)
        self.assertIn("then accepted", console)
        jira.gate("gate-resumed", "eu-production", asking, "allowed")
        result, console = jenkins.finished("gate-resumed", asking)
        self.assertEqual(result, "SUCCESS", console)
        self.assertEqual(sent("deployments", "gate-resumed"),
                         [("pending", "eu-production"), ("successful", "eu-production")])
        jenkins.wait_for(lambda: builds("kept"), 60, "the event in the outbox was lost")
        self.assertEqual(sent("builds", "resumed"), [("successful", None)])
        self.assertEqual(sent("builds", "kept"), [("successful", None)])

    def test_32_held_site(self):
        """A refused secret holds the site: seen on the delivery page and by the monitor; then mended."""
        secret("jira-2lo", "refused")
        pipeline("held", "def a = jiraSendBuildInfo(wait: 60)\necho 'it is ' + a[0].status\n",
                 BRANCH_NAME="APP-18")

        numbers = []

        def held():  # the first builds may still go with the secret from before
            numbers.append(jenkins.start_build("held"))
            return "it is held" in jenkins.finished("held", numbers[-1])[1]

        jenkins.wait_for(held, 90, "a refused secret did not hold the site")
        jenkins.wait_for(lambda: SITE in jenkins.get("/manage/").text, 90, "no monitor names the site")
        page = jenkins.must(jenkins.get("/manage/jira-delivery/")).text
        self.assertIn(SITE, page)
        self.assertIn("held", page.lower())
        secret("jira-2lo", SECRET)
        jenkins.wait_for(lambda: numbers[-1] in [build["buildNumber"] for build in builds("held")], 120,
                         "the new secret did not lift the hold")

    def test_33_graceful_restart(self):
        """Also with a step that waits: it goes on waiting afterwards, and the log has no complaint."""
        jira.faults({"path": "/builds", "status": 503, "count": 0})
        pipeline("stopped", "def a = jiraSendBuildInfo(wait: 300)\necho 'it was ' + a[0].status\n",
                 BRANCH_NAME="APP-18")
        sent_before = len(jira.log("/builds"))
        number = jenkins.start_build("stopped")
        jenkins.wait_for(lambda: len(jira.log("/builds")) > sent_before, 60, "nothing was sent")
        time.sleep(1)
        before = len(jenkins.log())
        jenkins.stop()
        self.assertNotIn("Failed to proceed", jenkins.log()[before:])
        jira.clear_faults()
        jenkins.start()
        result, console = jenkins.finished("stopped", number)
        self.assertEqual(result, "SUCCESS", console)
        self.assertIn("it was accepted", console)
        self.assertEqual(sent("builds", "stopped"), [("successful", None)])
        pipeline("again", "jiraSendBuildInfo()\n", BRANCH_NAME="APP-18")
        self.good("again")
        self.assertTrue(builds("again"))
