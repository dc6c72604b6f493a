"""`jirasend gate` and `jirasend check`: questions to Jira."""

import json
import signal
import threading
import time
import unittest

from cli_support import SECRET, CliTest, wire

GATED = ("deployment", "--pipeline", "team/app", "--number", "42", "--url", "https://ci/42",
         "--environment", "prod-eu", "--gate", "--keys", "APP-1")
GATE = ("gate", "--pipeline", "team/app", "--number", "42", "--environment", "prod-eu")


class Gate(CliTest):
    def setUp(self):
        super().setUp()
        self.expect(0, *GATED)

    def gate(self, status):
        self.sandbox.gate(wire("team/app"), "prod-eu", 42, status)

    def test_every_answer(self):
        for status, code in (("awaiting", 11), ("allowed", 0), ("prevented", 10), ("expired", 12),
                             ("invalid", 12)):
            self.gate(status)
            self.expect(code, *GATE, "--wait", "0", says=status)
            done = self.expect_json(code, *GATE, "--wait", "0", "--json")
            self.assertEqual(done["status"], status)

    def expect_json(self, code, *arguments):
        done = self.run_cli(*arguments)
        self.assertEqual(done.code, code, done.err)
        self.assertEqual(len(done.out.splitlines()), 1)
        return json.loads(done.out)

    def test_issue_keys_are_named(self):
        self.expect(11, *GATE, "--wait", "0", says="APP-1")

    def test_a_gate_that_jira_does_not_know(self):
        self.expect(12, "gate", "--pipeline", "team/app", "--number", "43", "--environment",
                    "prod-eu", says="unknown")

    def test_waiting_until_it_opens(self):
        timer = threading.Timer(1.0, self.gate, ("allowed",))
        timer.start()
        self.addCleanup(timer.join)
        start = time.monotonic()
        done = self.expect(0, *GATE, "--wait", "40", says="allowed")
        self.assertNotIn("awaiting", done.err)
        self.assertLess(time.monotonic() - start, 15)

    def test_waiting_in_vain(self):
        start = time.monotonic()
        self.expect(11, *GATE, "--wait", "2", says="awaiting")
        self.assertGreaterEqual(time.monotonic() - start, 2)
        self.assertEqual(len(self.sandbox.log("gating-status")), 2)

    def test_it_waits_no_longer_than_told(self):
        for wait, least, most in (("3", 2.9, 4.5), ("0", 9.5, 12)):
            self.sandbox.faults(path="gating-status", action="hang", count=0)
            start = time.monotonic()
            self.expect(75, *GATE, "--wait", wait)
            self.assertGreaterEqual(time.monotonic() - start, least)
            self.assertLess(time.monotonic() - start, most)
            self.sandbox.clear_faults()

    def test_what_was_known_counts_when_the_last_question_hangs(self):
        self.expect(11, *GATE, "--wait", "0")
        timer = threading.Timer(1.0, lambda: self.sandbox.faults(
            path="gating-status", action="hang", count=0))
        timer.start()
        self.addCleanup(timer.join)
        self.expect(11, *GATE, "--wait", "3", says="awaiting")

    def test_the_wait_has_no_upper_limit(self):
        self.gate("allowed")
        self.expect(0, *GATE, "--wait", "1209600")
        self.expect(0, *GATE, "--wait", "99999999999999999999")
        self.expect(0, *GATE, "--wait", "999999999999")
        self.expect(64, *GATE, "--wait", "-1", says="seconds")
        self.expect(64, *GATE, "--wait", "forever", says="seconds")

    def test_asking_once(self):
        self.expect(11, *GATE, "--wait", "0")
        self.assertEqual(len(self.sandbox.log("gating-status")), 1)

    def test_no_answer(self):
        for fault in ({"status": 500}, {"action": "garbage"}, {"action": "reset"},
                      {"status": 200, "body": "{}"}, {"action": "html"}):
            self.sandbox.faults(path="gating-status", count=0, **fault)
            self.expect(75, *GATE, "--wait", "0")
            self.sandbox.clear_faults()

    def test_it_asks_again_when_jira_stumbles(self):
        self.gate("allowed")
        self.sandbox.faults(path="gating-status", status=503, count=1)
        self.expect(0, *GATE, "--wait", "20", says="allowed")

    def test_refused(self):
        self.expect(77, *GATE, env={"JIRASEND_CLIENT_SECRET": "wrong"})
        self.sandbox.faults(path="gating-status", status=403, count=0)
        self.expect(77, *GATE)

    def test_a_question_that_jira_finds_invalid(self):
        self.sandbox.faults(path="gating-status", status=400, count=0,
                           body='{"errorMessages": ["No such environment id"]}')
        self.expect(12, *GATE, says=["invalid", "No such environment id"])

    def test_facts_are_needed(self):
        self.expect(64, "gate", says=["--pipeline", "--number", "--environment"])
        self.expect(64, *GATE, "--number", "x", says="--number")

    def test_facts_of_the_ci(self):
        ci = {"JENKINS_URL": "https://ci/", "JOB_NAME": "team/app", "BUILD_NUMBER": "42"}
        self.expect(11, "gate", "--environment", "prod-eu", "--wait", "0", env=ci)

    def test_a_signal_ends_the_waiting(self):
        process = self.start(*GATE, "--wait", "60")
        end = time.monotonic() + 20
        while not self.sandbox.log("gating-status") and time.monotonic() < end:
            time.sleep(0.05)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        self.assertLess(time.monotonic() - start, 2.0)

    def test_quiet(self):
        self.gate("allowed")
        self.assertEqual(self.expect(0, *GATE, "--quiet").err, "")
        self.gate("prevented")
        self.expect(10, *GATE, "--quiet", says="prevented")


class Check(CliTest):
    sandbox_arguments = ("--client", f"half:{SECRET}:builds,flags", "--client", f"none:{SECRET}:none")

    def test_all_is_well(self):
        done = self.expect(0, "check", says=["works", "token", "cloud id"])
        self.assertEqual(done.out, "")
        self.assertEqual(self.sandbox.log("/bulk"), [])
        report = json.loads(self.expect(0, "check", "--json", "--quiet").out)
        self.assertTrue(report["token"]["ok"])
        self.assertTrue(report["cloudId"]["ok"])
        self.assertEqual(report["cloudId"]["value"], self.sandbox.cloud_id)

    def test_permissions(self):
        done = self.expect(0, "check")
        for name in ("Builds", "Deployments", "Feature flags", "Development information"):
            self.assertIn(f"\n{name}: yes\n", done.err)
        asked = [(entry["method"], entry["path"]) for entry in self.sandbox.log("/jira/")]
        self.assertEqual({method for method, _ in asked}, {"GET"})
        self.assertEqual(len(asked), 4)
        report = json.loads(self.expect(0, "check", "--json").out)
        self.assertEqual([(one["permission"], one["answer"]) for one in report["permissions"]],
                         [("Builds", "yes"), ("Deployments", "yes"), ("Feature flags", "yes"),
                          ("Development information", "yes")])
        self.assertEqual(report["permissions"][3]["kinds"],
                         ["commit", "branch", "pull_request", "repository"])

    def permit(self, name):
        return {"JIRASEND_CLIENT_ID": name, "JIRASEND_CLIENT_SECRET": SECRET}

    def test_a_permission_that_is_missing(self):
        done = self.expect(0, "check", env=self.permit("half"))
        for line in ("Builds: yes", "Deployments: no", "Feature flags: yes",
                     "Development information: no"):
            self.assertIn(line, done.err.splitlines())
        posts = [entry for entry in self.sandbox.log("/bulk")]
        self.assertEqual([entry["body"] for entry in posts], [{"deployments": []}, {"repositories": []}])
        done = self.expect(0, "check", "--quiet", env=self.permit("half"))
        self.assertEqual(done.err.splitlines(), ["Deployments: no", "Development information: no"])
        self.expect(0, "check", "--kind", "build,flag", env=self.permit("half"))
        for kinds in ("build,deployment", "commit", "pull-request", "pull_request", "repository"):
            self.expect(77, "check", "--kind", kinds, env=self.permit("half"))
        self.expect(77, "check", "--kind", "build", "--kind", "branch", env=self.permit("half"))
        self.expect(77, "check", env=self.permit("none"))
        self.expect(77, "check", "--json", env=self.permit("none"))

    def test_kinds_that_are_none(self):
        for kinds in ("builds", "all", ",", "build,,x"):
            self.expect(64, "check", "--kind", kinds, says="--kind")
        self.expect(0, "check", "--kind", "")

    def test_who_may_write_and_not_read(self):
        self.sandbox.faults(path="/jira/builds/0.1/cloud/", method="GET", status=403, count=0)
        self.sandbox.faults(path="/builds/1", status=403, count=0)
        done = self.expect(0, "check", "--kind", "build")
        self.assertIn("Builds: yes, but not to read back", done.err.splitlines())

    def test_what_is_not_known(self):
        for fault in ({"status": 500}, {"status": 200, "body": "{}"}, {"action": "reset"}):
            self.sandbox.faults(path="/flag/", count=0, **fault)
            done = self.expect(0, "check", "--kind", "flag")
            self.assertIn("Feature flags: not known", done.err.splitlines())
            self.sandbox.clear_faults()

    def test_permissions_that_nobody_answers_for(self):
        self.sandbox.faults(path="/builds/1", action="hang", count=0)
        start = time.monotonic()
        done = self.expect(0, "check", "--wait", "2")
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn("Builds: not known", done.err.splitlines())

    def test_a_cloud_id_that_is_given(self):
        self.expect(0, "check", "--cloud-id", self.sandbox.cloud_id)
        done = self.expect(77, "check", "--cloud-id", "11-22", says=["11-22", self.sandbox.cloud_id])
        self.assertIn("Builds: yes", done.err.splitlines())
        self.sandbox.faults(path="tenant_info", status=503, count=0)
        done = self.expect(75, "check", "--wait", "2", "--cloud-id", self.sandbox.cloud_id)
        self.assertIn("Builds: yes", done.err.splitlines())

    def test_wrong_credentials(self):
        done = self.expect(77, "check", env={"JIRASEND_CLIENT_SECRET": "wrong"}, says="fails")
        self.assertIn("works", done.err)
        self.expect(77, "check", "--client-id", "nobody")
        done = self.expect(77, "check", "--quiet", env={"JIRASEND_CLIENT_SECRET": "wrong"},
                           says="fails")
        self.assertNotIn("works", done.err)

    def test_no_jira_there(self):
        for fault in ({"status": 404}, {"action": "html"}, {"status": 200, "body": "no json"},
                      {"status": 200, "body": "{}"}, {"status": 302,
                       "headers": {"Location": "https://new.example.com/"}}):
            self.sandbox.faults(path="tenant_info", count=0, **fault)
            self.expect(77, "check", says="fails")
            self.sandbox.clear_faults()

    def test_jira_is_down(self):
        for path in ("tenant_info", "/oauth/token"):
            for fault in ({"status": 503}, {"action": "reset"}):
                self.sandbox.faults(path=path, count=0, **fault)
                self.expect(75, "check", "--wait", "2", says="fails")
                self.sandbox.clear_faults()

    def test_a_token_answer_without_a_token(self):
        self.sandbox.faults(path="/oauth/token", status=200, body="{}", count=0)
        self.expect(75, "check", "--wait", "2")

    def test_it_waits_no_longer_than_told(self):
        self.sandbox.faults(path="/oauth/token", action="hang", count=0)
        start = time.monotonic()
        self.expect(75, "check", "--wait", "1")
        self.assertLess(time.monotonic() - start, 5)


if __name__ == "__main__":
    unittest.main()
