"""`jirasend deployment --gate --until-allowed`: sends, waits, and takes back what may not go on."""

import json
import signal
import threading
import time
import unittest

from cli_support import SECRET, CliTest, wire

GATED = ("deployment", "--pipeline", "team/app", "--number", "42", "--url", "https://ci/42",
         "--environment", "prod-eu", "--gate", "--keys", "APP-1")
CANCEL = "--cancel-on-abort"


def until(duration):
    return (*GATED, "--until-allowed", duration)


class UntilAllowed(CliTest):
    sandbox_arguments = ("--client", f"none:{SECRET}:none")

    def gate(self, status):
        self.sandbox.gate(wire("team/app"), "prod-eu", 42, status)

    def decide(self, status, seconds=1.0):
        """Once the deployment is there."""
        timer = threading.Timer(seconds, self.gate, (status,))
        timer.start()
        self.addCleanup(timer.join)

    def states(self):
        return [item["state"] for item in self.sandbox.items("deployments")]

    def test_allowed(self):
        self.decide("allowed")
        done = self.expect(0, *until("40s"), CANCEL, "--json", says=["accepted", "allowed"])
        self.assertEqual(done.receipt()["status"], "accepted")
        self.assertEqual(self.states(), ["pending"])

    def test_prevented(self):
        self.decide("prevented")
        self.expect(10, *until("40s"), says="prevented")
        self.assertEqual(self.states(), ["pending"])

    def test_prevented_and_cancelled(self):
        self.decide("prevented")
        done = self.expect(10, *until("1h"), CANCEL, "--json", says="prevented")
        self.assertEqual([receipt["status"] for receipt in done.receipts()], ["accepted"] * 2)
        self.assertEqual(self.states(), ["pending", "cancelled"])
        gated, cancelled = self.sandbox.items("deployments")
        self.assertIn("commands", gated)
        self.assertNotIn("commands", cancelled)
        self.assertGreater(cancelled["updateSequenceNumber"], gated["updateSequenceNumber"])

    def test_the_time_is_over(self):
        start = time.monotonic()
        self.expect(11, *until("2s"), "--wait", "20", CANCEL, says="awaiting")
        self.assertLess(time.monotonic() - start, 8)
        self.assertEqual(self.states(), ["pending", "cancelled"])

    def test_asked_once(self):
        self.expect(11, *until("0s"), says="awaiting")

    def test_no_answer(self):
        self.sandbox.faults(path="gating-status", status=503, count=0)
        self.expect(75, *until("2s"), CANCEL)
        self.assertEqual(self.states(), ["pending", "cancelled"])

    def test_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.sandbox.reset()
            outbox = self.path(f"outbox{number}")
            process = self.start(*until("4h"), CANCEL, "--outbox", outbox)
            end = time.monotonic() + 20
            while not self.sandbox.log("gating-status") and time.monotonic() < end:
                time.sleep(0.05)
            start = time.monotonic()
            process.send_signal(number)
            self.assertEqual(process.wait(20), -number)
            self.assertLess(time.monotonic() - start, 4)
            self.assertEqual(self.states(), ["pending", "cancelled"])

    def test_a_signal_while_jira_is_away(self):
        outbox = self.path("outbox")
        process = self.start(*until("4h"), CANCEL, "--outbox", outbox)
        end = time.monotonic() + 20
        while not self.sandbox.log("gating-status") and time.monotonic() < end:
            time.sleep(0.05)
        self.sandbox.faults(path="/bulk", action="hang", count=0)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        self.assertLess(time.monotonic() - start, 5)
        self.sandbox.clear_faults()
        self.expect(0, "outbox", "flush", "--outbox", outbox)
        self.assertEqual(self.states()[-1], "cancelled")

    def test_a_signal_while_it_is_sent(self):
        outbox = self.path("outbox")
        self.sandbox.faults(path="/bulk", action="hang", count=0)
        process = self.start(*until("4h"), CANCEL, "--outbox", outbox)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        self.sandbox.clear_faults()
        self.expect(0, "outbox", "flush", "--outbox", outbox)
        self.assertEqual(self.states()[-1], "cancelled")

    def test_skipped(self):
        keyless = tuple(word for word in until("1h") if word not in ("--keys", "APP-1"))
        self.expect(12, *keyless, CANCEL, says="skipped")
        self.assertEqual(self.states(), [])

    def test_not_accepted_in_time(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        outbox = self.path("outbox")
        self.expect(75, *until("1h"), "--wait", "1", says="not sent")
        self.expect(75, *until("1h"), "--wait", "1", "--outbox", outbox, says="kept")
        self.assertEqual(self.sandbox.log("gating-status"), [])
        listed = self.expect(0, "outbox", "list", "--outbox", outbox, "--json").out
        self.assertEqual(len(listed.splitlines()), 1)
        self.sandbox.clear_faults()
        self.expect(0, "outbox", "flush", "--outbox", outbox)
        self.assertEqual(self.states(), ["pending"])

    def test_only_stored(self):
        self.expect(75, *until("1h"), "--wait", "0", "--outbox", self.path("outbox"))

    def test_refused(self):
        self.sandbox.faults(path="/bulk", status=400, count=0,
                            body=json.dumps({"errorMessages": ["no"]}))
        self.expect(65, *until("1h"), CANCEL)
        self.sandbox.clear_faults()
        self.expect(77, *until("1h"), env={"JIRASEND_CLIENT_ID": "none",
                                           "JIRASEND_CLIENT_SECRET": SECRET})

    def test_usage(self):
        for duration in ("4", "h", "4 h", "-1s", "4hours", "1.5h", "1m30s", "99999999999w"):
            self.expect(64, *until(duration), says="--until-allowed")
        ungated = tuple(word for word in GATED if word != "--gate")
        self.expect(64, *ungated, "--state", "pending", "--until-allowed", "4h", says="--gate")
        self.expect(64, *GATED, CANCEL, says="--until-allowed")
        body = self.body(*until("4h"))
        self.assertEqual(body["deployments"][0]["state"], "pending")


if __name__ == "__main__":
    unittest.main()
