"""jiraWaitForGate: people decide, Jenkins dies meanwhile, Jira has troubles, the build is aborted."""

import os
import re
import time

from controller import PATIENCE
from world import Case, SECRET, SITE, deployments, jenkins, jira, pipeline, secret, sent

ENVIRONMENT = "eu-production"
SEND = f"""jiraSendDeploymentInfo(site: '{SITE}', environmentId: '{ENVIRONMENT}',
    environmentName: 'Production', environmentType: 'production', enableGating: true, wait: 30)
"""


def waiting(parameters="interval: 1", send=SEND):
    return (f"{send}def gate = jiraWaitForGate(environmentId: '{ENVIRONMENT}', site: '{SITE}', "
            f"{parameters})\necho 'gate: ' + gate.status + ' after ' + gate.waitedSeconds\n")


def questions(job):
    return [entry for entry in jira.log("/gating-status") if f"/pipelines/{job}/" in entry["path"]]


class Waits(Case):
    def begun(self, job, script, line=": awaiting"):
        """A build that waits, and whose console says so."""
        pipeline(job, script, BRANCH_NAME="APP-4")
        number = jenkins.start_build(job)
        jenkins.wait_for(lambda: line in jenkins.console(job, number), 90,
                         f"{job} does not wait")
        return number

    def decide(self, job, number, status):
        jira.gate(job, ENVIRONMENT, number, status)

    def ended(self, job, number, result, *lines):
        ended, console = jenkins.finished(job, number)
        self.assertEqual(ended, result, console)
        for line in lines:
            self.assertIn(line, console)
        self.assertNotIn("\tat ", console)
        return console

    def told(self, job, *states):
        """What Jira was told of the deployment, in this order, and nothing after it."""
        jenkins.wait_for(lambda: len(sent("deployments", job)) >= len(states), 60,
                         f"{job}: {sent('deployments', job)}")
        self.assertEqual(sent("deployments", job), [(state, ENVIRONMENT) for state in states])

    def test_50_allowed(self):
        """The wait asks by itself, says what changes, and returns a map."""
        number = self.begun("allowed", waiting())
        self.assertEqual(jenkins.groovy(
            "println Jenkins.get().computers.collectMany { it.oneOffExecutors }.count { it.busy }"), "1")
        self.decide("allowed", number, "allowed")
        console = self.ended("allowed", number, "SUCCESS", ": allowed", "gate: allowed after ")
        self.assertEqual(len(re.findall(r"^\[jirasend\] .*: awaiting", console, re.MULTILINE)), 1, console)
        self.told("allowed", "pending")

    def test_51_refused(self):
        for status, words, result in (
                ("prevented", "interval: 1", "ABORTED"), ("expired", "interval: 1", "ABORTED"),
                ("prevented", "interval: 1, onPrevented: 'fail'", "FAILURE"),
                ("expired", "interval: 1, onPrevented: 'return'", "SUCCESS")):
            with self.subTest(status=status, words=words):
                job = f"{status}-{result.lower()}"
                number = self.begun(job, waiting(words))
                self.decide(job, number, status)
                self.ended(job, number, result, f": {status}")
                self.told(job, "pending", "cancelled")
                if result == "SUCCESS":
                    self.assertIn("gate: prevented after ", jenkins.console(job, number))

    def test_52_nobody_is_told(self):
        number = self.begun("untold", waiting("interval: 1, cancelOnAbort: false, onPrevented: 'return'"))
        self.decide("untold", number, "prevented")
        self.ended("untold", number, "SUCCESS", "gate: prevented")
        time.sleep(2)
        self.told("untold", "pending")

    def test_53_time_is_over(self):
        for end, result in (("abort", "ABORTED"), ("fail", "FAILURE"), ("return", "SUCCESS")):
            with self.subTest(end):
                job = f"late-{end}"
                pipeline(job, waiting(f"interval: 1, timeout: 3, onTimeout: '{end}'"), BRANCH_NAME="APP-4")
                number = jenkins.start_build(job)
                console = self.ended(job, number, result)
                self.told(job, "pending", "cancelled")
                if end == "return":
                    self.assertIn("gate: awaiting after ", console)
                else:
                    self.assertIn("Nobody has decided about the gate", console)

    def test_54_wrong_from_the_start(self):
        """One line, and the build fails at once."""
        for job, script, words in (
                ("unsent", waiting(send=""), "has sent no gated deployment"),
                ("without-gate", waiting(send=SEND.replace("enableGating: true", "state: 'in_progress'")),
                 "has sent no gated deployment"),
                ("strange-site", waiting().replace(f"site: '{SITE}', i", "site: 'evil.example.com', i"),
                 "is not configured"),
                ("strange-word", waiting("onPrevented: 'explode'"), "explode"),
                ("strange-end", waiting("onTimeout: 'sulk'"), "sulk")):
            with self.subTest(job):
                pipeline(job, script, BRANCH_NAME="APP-4")
                begun = time.monotonic()
                result, console = jenkins.build(job)
                self.assertEqual(result, "FAILURE", console)
                self.assertIn(words, console)
                self.assertNotIn("\tat ", console)
                self.assertLess(time.monotonic() - begun, 60 * PATIENCE)

    def test_55_aborted(self):
        number = self.begun("stopped-wait", waiting())
        jenkins.must(jenkins.post(f"/job/stopped-wait/{number}/stop"))
        self.ended("stopped-wait", number, "ABORTED")
        self.told("stopped-wait", "pending", "cancelled")
        asked = len(questions("stopped-wait"))
        time.sleep(3)
        self.assertEqual(len(questions("stopped-wait")), asked, "it still asks")

    def test_56_step_around(self):
        """timeout { } ends the wait as if somebody had aborted it."""
        script = SEND + (f"timeout(time: 5, unit: 'SECONDS') {{ jiraWaitForGate(environmentId: '{ENVIRONMENT}', "
                         "interval: 1) }\n")
        number = self.begun("around", script)
        self.ended("around", number, "ABORTED")
        self.told("around", "pending", "cancelled")

    def test_57_troubles_of_jira(self):
        """Jira does not know it at first, then it has faults: the wait goes on, with one line for all of them."""
        for status in (404, 503):
            with self.subTest(status):
                job = f"troubled-{status}"
                jira.faults({"path": "/gating-status", "status": status, "count": 3})
                try:
                    pipeline(job, waiting(), BRANCH_NAME="APP-4")
                    number = jenkins.start_build(job)
                    jenkins.wait_for(lambda: len(questions(job)) > 4, 90, "it gave up")
                finally:
                    jira.clear_faults()
                self.decide(job, number, "allowed")
                console = self.ended(job, number, "SUCCESS", "gate: allowed")
                self.assertLess(len(re.findall(r"^\[jirasend\] .*gate", console, re.MULTILINE)), 6, console)

    def test_58_retry_after(self):
        """A pause that Jira asks for is kept by all who wait for this site."""
        first = self.begun("pause-one", waiting())
        second = self.begun("pause-two", waiting())
        jira.faults({"path": "/gating-status", "status": 429, "headers": {"Retry-After": "6"}, "count": 1})
        try:
            jenkins.wait_for(lambda: [entry for entry in jira.log("/gating-status") if entry["status"] == 429],
                             30, "nobody asked")
        finally:
            jira.clear_faults()
        time.sleep(0.5)  # what was under way
        before = len(jira.log("/gating-status"))
        time.sleep(3.5)
        self.assertEqual(len(jira.log("/gating-status")), before, "somebody asked during the pause")
        for job, number in (("pause-one", first), ("pause-two", second)):
            self.decide(job, number, "allowed")
            self.ended(job, number, "SUCCESS", "gate: allowed")

    def test_59_held_site(self):
        """The deployment does not get through: the wait begins when Jira has it."""
        secret("jira-2lo", "refused")
        try:
            pipeline("held-gate", waiting(send=SEND.replace("wait: 30", "wait: 2")), BRANCH_NAME="APP-4")

            def held():
                number = jenkins.start_build("held-gate")
                jenkins.wait_for(lambda: "awaiting" in jenkins.console("held-gate", number), 60, "it does not wait")
                if "held" in jenkins.console("held-gate", number):
                    return number
                jenkins.must(jenkins.post(f"/job/held-gate/{number}/stop"))  # still with the secret from before
                jenkins.finished("held-gate", number)
                return None

            number = jenkins.wait_for(held, 120, "a refused secret did not hold the site")
        finally:
            secret("jira-2lo", SECRET)
        jenkins.wait_for(lambda: [item for item in deployments("held-gate")
                                  if item["deploymentSequenceNumber"] == number], 120, "the hold did not end")
        self.decide("held-gate", number, "allowed")
        self.ended("held-gate", number, "SUCCESS", "gate: allowed")

    def test_60_killed(self):
        """What was decided while Jenkins was down is seen at once, whatever the interval."""
        jobs = {job: self.begun(job, waiting("interval: 900"))
                for job in ("killed-allowed", "killed-prevented", "killed-awaiting")}
        time.sleep(1)
        jenkins.kill()
        self.decide("killed-allowed", jobs["killed-allowed"], "allowed")
        self.decide("killed-prevented", jobs["killed-prevented"], "prevented")
        jenkins.start()
        self.ended("killed-allowed", jobs["killed-allowed"], "SUCCESS", "gate: allowed")
        self.ended("killed-prevented", jobs["killed-prevented"], "ABORTED")
        self.told("killed-allowed", "pending")
        self.told("killed-prevented", "pending", "cancelled")
        number = jobs["killed-awaiting"]
        jenkins.wait_for(lambda: len(questions("killed-awaiting")) >= 2, 60, "it was not asked for after the start")
        jenkins.must(jenkins.post(f"/job/killed-awaiting/{number}/stop"))
        self.ended("killed-awaiting", number, "ABORTED")
        self.told("killed-awaiting", "pending", "cancelled")

    def test_61_hard_kill_of_the_build(self):
        """No step gets to know of it; Jira is told all the same."""
        number = self.begun("shot", waiting("interval: 600"))
        jenkins.must(jenkins.post(f"/job/shot/{number}/kill"))
        jenkins.finished("shot", number)
        self.told("shot", "pending", "cancelled")

    def test_62_declarative(self):
        pipeline("declared", f"""
pipeline {{
    agent none
    stages {{
        stage('Ask') {{
            steps {{
                {SEND.replace(chr(10), ' ')}
                jiraWaitForGate environmentId: '{ENVIRONMENT}', interval: 1, timeout: 600
            }}
        }}
        stage('Deploy') {{
            steps {{
                jiraSendDeploymentInfo environmentId: '{ENVIRONMENT}', environmentName: 'Production'
            }}
        }}
    }}
}}""", BRANCH_NAME="APP-4")
        number = jenkins.start_build("declared")
        jenkins.wait_for(lambda: ": awaiting" in jenkins.console("declared", number), 90, "nobody asked")
        self.decide("declared", number, "allowed")
        self.ended("declared", number, "SUCCESS", ": allowed")
        self.told("declared", "pending", "successful")

    def test_69_many(self):
        """However many wait: five questions a second, no thread more, no memory to speak of."""
        many = int(os.environ.get("JIRASEND_WAITS", "60"))
        branches = min(many, 100)  # a build of a thousand is slow in Jenkins itself
        numbers = range(1, many // branches + 1)
        many = branches * len(numbers)
        pipeline("many", f"""
def parts = [:]
for (int i = 0; i < {branches}; i++) {{
    def id = 'e' + i
    parts[id] = {{
        jiraSendDeploymentInfo(site: '{SITE}', environmentId: id, environmentName: id, enableGating: true, wait: 0)
        jiraWaitForGate(environmentId: id, interval: 2)
    }}
}}
parallel(parts)
""", BRANCH_NAME="APP-4")
        xml = jenkins.must(jenkins.get("/job/many/config.xml")).text  # or each step saves all the others
        hint = ("<org.jenkinsci.plugins.workflow.job.properties.DurabilityHintJobProperty><hint>PERFORMANCE_OPTIMIZED"
                "</hint></org.jenkinsci.plugins.workflow.job.properties.DurabilityHintJobProperty>")
        jenkins.must(jenkins.post("/job/many/config.xml", xml.replace("<properties>", "<properties>" + hint),
                                  "application/xml"))
        threads = "println Thread.allStackTraces.keySet().findAll { it.name.contains('jirasend') }*.name.sort().join('|')"
        ours = ("def lines = java.lang.management.ManagementFactory.platformMBeanServer.invoke(new javax.management.ObjectName("
                "'com.sun.management:type=DiagnosticCommand'), 'gcClassHistogram', [null] as Object[], "
                "[String[].name] as String[]).readLines()\n"
                "println lines.findAll { it.contains('jirasend') }.sum(0) { (it.trim().split(/ +/)[2]) as long }")
        before, heap = jenkins.groovy(threads).split("|"), int(jenkins.groovy(ours))
        for number in numbers:  # of other parameters, or the queue would take them for one
            jenkins.must(jenkins.post("/job/many/buildWithParameters?delay=0sec", {"BRANCH_NAME": f"APP-4 {number}"}),
                         201)
        waiting_now = ("println Jenkins.get().pluginManager.uberClassLoader.loadClass("
                       "'io.jenkins.plugins.jirasend.event.Services').get().gates().size()")
        jenkins.wait_for(lambda: int(jenkins.groovy(waiting_now)) == many, 120 + many, "not all wait")
        jenkins.wait_for(lambda: len({entry["path"] for entry in questions("many")}) == many, 120 + many,
                         "not all were asked for")
        begun, count = time.monotonic(), len(questions("many"))
        time.sleep(10)
        rate = (len(questions("many")) - count) / (time.monotonic() - begun)
        self.assertLess(rate, 5.5)
        self.assertGreater(rate, 1)
        after = jenkins.groovy(threads).split("|")
        each = (int(jenkins.groovy(ours)) - heap) / many
        print(f"{many} waits: {rate:.1f} questions a second, {len(before)} -> {len(after)} threads, {each:.0f} bytes of "
              "ours each", flush=True)
        self.assertLess(each, 2048)
        # all pools full: eight for events, four each for questions and receipts, two timers and the pump
        self.assertLessEqual(len(after), 19, after)
        for number in numbers:
            jenkins.must(jenkins.post(f"/job/many/{number}/stop"))
        for number in numbers:
            self.assertEqual(jenkins.finished("many", number, 120 + 2 * many)[0], "ABORTED")
        jenkins.wait_for(lambda: len([state for state, _ in sent("deployments", "many") if state == "cancelled"]) == many,
                         120, "not all were cancelled")
