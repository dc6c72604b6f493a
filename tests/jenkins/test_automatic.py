"""What is sent without a step, where it once went wrong: a hard kill, the last stage, its rejection."""

import re
import time

from world import Case, configure, jenkins, jira, pipeline, sent, site

SLEEP = "node { }\nstage('deploy to qa') {\n    echo 'deploying'\n    sleep 600\n}\n"
DEPLOY = "stage('deploy to qa') {\n    echo 'deploying'\n}\n"


def lines(job, number):
    return [line for line in jenkins.console(job, number).splitlines()
            if line.startswith("[jirasend]") and "deployment" in line.lower()]


def closed(job, number):
    """Its console when nothing more can come; the result is known before that."""
    result, _ = jenkins.finished(job, number)
    return result, jenkins.wait_for(
        lambda: "\nFinished: " in jenkins.console(job, number) and jenkins.console(job, number), 60,
        "its log is not closed")


class Automatic(Case):
    @classmethod
    def setUpClass(cls):
        configure(site(automaticDeployments=True))

    def deploying(self, job):
        pipeline(job, SLEEP, BRANCH_NAME="APP-80")
        number = jenkins.start_build(job)
        jenkins.wait_for(lambda: sent("deployments", job) == [("in_progress", "qa")], 90, "it did not begin")
        return number

    def test_70_hard_kill(self):
        """Whoever kills a run hard leaves no graph behind; the deployment ends all the same."""
        number = self.deploying("killed-hard")
        jenkins.must(jenkins.post(f"/job/killed-hard/{number}/kill"))
        result, console = jenkins.finished("killed-hard", number)
        self.assertEqual(result, "ABORTED", console)
        jenkins.wait_for(lambda: len(sent("deployments", "killed-hard")) == 2, 60, "it still runs in Jira")
        self.assertEqual(sent("deployments", "killed-hard"), [("in_progress", "qa"), ("cancelled", "qa")])

    def test_71_stop_and_term(self):
        for how in ("stop", "term"):
            with self.subTest(how):
                job = "ended-by-" + how
                number = self.deploying(job)
                jenkins.must(jenkins.post(f"/job/{job}/{number}/{how}"))
                result, console = jenkins.finished(job, number)
                self.assertEqual(result, "ABORTED", console)
                jenkins.wait_for(lambda: len(sent("deployments", job)) == 2, 60, "it still runs in Jira")
                self.assertEqual(sent("deployments", job)[1], ("cancelled", "qa"))

    def test_72_hard_kill_after_a_restart(self):
        number = self.deploying("killed-later")
        time.sleep(1)
        jenkins.kill()
        jenkins.start()
        jenkins.wait_for(lambda: "Resuming" in jenkins.console("killed-later", number), 60, "it did not go on")
        jenkins.must(jenkins.post(f"/job/killed-later/{number}/kill"))
        jenkins.finished("killed-later", number)
        jenkins.wait_for(lambda: len(sent("deployments", "killed-later")) == 2, 60, "it still runs in Jira")
        self.assertEqual(sent("deployments", "killed-later")[1], ("cancelled", "qa"))

    def test_73_last_stage(self):
        """The console has a line for each event, although Jira takes its time."""
        jira.faults({"path": "/deployments", "delayMs": 600, "count": 0})
        try:
            pipeline("slow", DEPLOY, BRANCH_NAME="APP-81")
            for _ in range(4):
                number = jenkins.start_build("slow")
                result, console = closed("slow", number)
                self.assertEqual(result, "SUCCESS", console)
                said = [re.search(r"accepted|superseded", line) for line in lines("slow", number)]
                self.assertEqual([word and word.group() for word in said][-1:], ["accepted"], console)
                self.assertEqual(len(said), 2, console)
        finally:
            jira.clear_faults()

    def test_74_rejected_at_the_end(self):
        jira.faults({"path": "/deployments", "delayMs": 600, "reject": ["refused-end"], "count": 0})
        try:
            pipeline("refused-end", "\n".join(DEPLOY.replace("qa", name) for name in ("qa", "uat", "live")),
                     BRANCH_NAME="APP-82")
            number = jenkins.start_build("refused-end")
            result, console = closed("refused-end", number)
        finally:
            jira.clear_faults()
        self.assertEqual(result, "SUCCESS", console)
        rejected = [line for line in lines("refused-end", number) if "rejected" in line]
        for name in ("qa", "uat", "live"):
            self.assertTrue([line for line in rejected if name in line], console)

    def test_75_what_does_not_begin_one(self):
        """Steps that prepare or ask. What is in docs/jenkins.md is what is done here."""
        pipeline("prepared", """
stage('deploy to qa') {
    node {
        withEnv(['A=b']) {
            timeout(time: 1, unit: 'MINUTES') {
                retry(2) {
                    sleep 0
                }
            }
        }
    }
}
stage('deploy to uat') {
    node {
        withEnv(['A=b']) {
            timeout(time: 1, unit: 'MINUTES') {
                retry(2) { }
            }
        }
    }
}
""", BRANCH_NAME="APP-83")
        self.good("prepared")
        jenkins.wait_for(lambda: len(sent("deployments", "prepared")) >= 2, 30, "no two events")
        time.sleep(2)
        self.assertEqual(sent("deployments", "prepared"), [("in_progress", "qa"), ("successful", "qa")])

    def test_76_nothing_to_tell_is_said_once(self):
        """A run that names no issue, with stages that deploy and two sites: one line, not one for each event."""
        configure(site(automaticBuilds=True, automaticDeployments=True),
                  site(site="globex.atlassian.net", automaticBuilds=True, automaticDeployments=True))
        pipeline("keyless", "\n".join(DEPLOY.replace("qa", name) for name in ("qa", "uat", "live")))
        number = jenkins.start_build("keyless")
        result, console = closed("keyless", number)
        self.assertEqual(result, "SUCCESS", console)
        said = [line for line in console.splitlines() if line.startswith("[jirasend]")]
        self.assertEqual(len(said), 1, console)
        self.assertIn("issue key", said[0])
