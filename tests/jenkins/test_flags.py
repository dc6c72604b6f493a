"""jiraSendFeatureFlagInfo: sent whole, skipped without a key, wrong words said in a line."""

import json

from world import Case, PACKAGE, jenkins, jira, pipeline

FLAG = """
def answer = jiraSendFeatureFlagInfo(flagId: 'checkout-v2', name: 'New checkout',
    url: 'https://flags.example.com/checkout-v2',
    environments: [[name: 'Production', enabled: true, rollout: '25%'], [name: 'Staging', enabled: true]])
echo 'flag: ' + answer[0].status + ' ' + answer[0].issueKeys
"""


def flags(identity):
    return [flag for flag in jira.state()["featureFlags"] if flag["id"] == identity]


class Flags(Case):
    def test_90_flag(self):
        pipeline("flag", FLAG, BRANCH_NAME="feature/APP-90")
        console = self.good("flag")
        self.assertIn("flag: accepted [APP-90]", console)
        flag, = flags("checkout-v2")
        self.assertEqual(flag["displayName"], "New checkout")
        self.assertEqual([part["environment"]["name"] for part in flag["details"]], ["Production", "Staging"])

    def test_91_declarative(self):
        pipeline("declared-flag", """
pipeline {
    agent none
    stages {
        stage('Tell') {
            steps {
                jiraSendFeatureFlagInfo flagId: 'dark-mode', url: 'https://flags.example.com/dark',
                    environments: [[name: 'Production', enabled: false]], issueKeys: ['APP-91;OPS-7']
            }
        }
    }
}
""", BRANCH_NAME="main")
        console = self.good("declared-flag")
        self.assertIn("accepted", console)
        flag, = flags("dark-mode")
        self.assertEqual(sorted(flag["issueKeys"]), ["APP-91", "OPS-7"])

    def test_92_wrong(self):
        for job, script, words in (
                ("flag-nameless", "jiraSendFeatureFlagInfo(environments: [[name: 'P', enabled: true]], "
                                  "url: 'https://f.example.com', failOnError: true)\n", "flagId"),
                ("flag-nowhere", "jiraSendFeatureFlagInfo(flagId: 'x', url: 'https://f.example.com', "
                                 "failOnError: true)\n", "environment")):
            with self.subTest(job):
                pipeline(job, script, BRANCH_NAME="APP-92")
                result, console = jenkins.build(job)
                self.assertEqual(result, "FAILURE", console)
                self.assertIn(words, console)
                self.assertNotIn("\tat ", console)

    def test_93_snippet(self):
        kind = f"{PACKAGE}.steps.SendFeatureFlagInfoStep"
        answer = jenkins.must(jenkins.post("/job/flag/pipeline-syntax/generateSnippet", {
            "json": json.dumps({"stapler-class": kind, "$class": kind, "flagId": "f", "name": "", "url": "",
                                "environments": [{"name": "Production", "enabled": True, "rollout": "25%"}]})}))
        self.assertTrue(answer.text.startswith("jiraSendFeatureFlagInfo"), answer.text)
        self.assertIn("Production", answer.text)
        kind = f"{PACKAGE}.steps.WaitForGateStep"
        answer = jenkins.must(jenkins.post("/job/flag/pipeline-syntax/generateSnippet", {
            "json": json.dumps({"stapler-class": kind, "$class": kind, "environmentId": "e", "site": "",
                                "timeout": "60", "onPrevented": "fail"})}))
        self.assertTrue(answer.text.startswith("jiraWaitForGate"), answer.text)
        self.assertIn("timeout: 60", answer.text)
