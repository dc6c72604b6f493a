"""checkGatingStatus: allowed, awaiting, prevented, expired, unknown to Jira."""

from world import Case, SITE, example, jenkins, jira, pipeline, sent

ASK = f"""
jiraSendDeploymentInfo(site: '{SITE}', environmentId: 'eu-production', environmentName: 'Production',
    state: 'pending', enableGating: true, wait: 30)
echo 'the gate is open: ' + checkGatingStatus(site: '{SITE}', environmentId: 'eu-production')
"""


class Gates(Case):
    def pending(self, job):
        """A build whose deployment Jira knows, and which asks for its gate again and again."""
        number = jenkins.start_build(job)
        jenkins.wait_for(lambda: ": awaiting" in jenkins.console(job, number), 60, "nobody asked")
        return number

    def test_allowed(self):
        pipeline("gate", example("gate"), BRANCH_NAME="APP-4")
        number = self.pending("gate")
        jira.gate("gate", "eu-production", number, "allowed")
        result, console = jenkins.finished("gate", number)
        self.assertEqual(result, "SUCCESS", console)
        self.assertIn(": allowed", console)
        self.assertEqual(sent("deployments", "gate"),
                         [("pending", "eu-production"), ("successful", "eu-production")])

    def test_awaiting(self):
        pipeline("awaiting", ASK, BRANCH_NAME="APP-4")
        self.assertIn("the gate is open: false", self.good("awaiting"))

    def test_refused(self):
        for status in ("prevented", "expired"):
            with self.subTest(status):
                job = "gate-" + status
                pipeline(job, example("gate"), BRANCH_NAME="APP-4")
                number = self.pending(job)
                jira.gate(job, "eu-production", number, status)
                result, console = jenkins.finished(job, number)
                self.assertEqual(result, "ABORTED", console)
                self.assertIn(f": {status}", console)
                self.assertNotIn("\tat ", console)
                self.assertFalse([state for state, _ in sent("deployments", job) if state == "successful"])

    def test_invalid(self):
        pipeline("ungated", f"checkGatingStatus(site: '{SITE}', environmentId: 'nowhere')\n")
        result, console = jenkins.build("ungated")
        self.assertEqual(result, "FAILURE", console)
        self.assertIn("knows no gate", console)
        self.assertNotIn("\tat ", console)

    def test_jira_does_not_answer(self):
        pipeline("silent", ASK, BRANCH_NAME="APP-4")
        jira.faults({"path": "gating-status", "status": 503, "count": 0})
        try:
            self.assertIn("the gate is open: false", self.good("silent"))
        finally:
            jira.clear_faults()
