"""`jirasend outbox move`: everything from one outbox into another."""

import json
import os
import signal
import subprocess
import time
import unittest

from cli_support import CliTest, event


class Move(CliTest):
    def place(self, name):
        """A folder; tests of databases put theirs here."""
        return os.path.join(self.folder, name)

    def setUp(self):
        super().setUp()
        self.first, self.second = self.place("first"), self.place("second")

    def send(self, outbox, documents, *options, code=0, wait="0"):
        return self.expect(code, "send", "-", "--outbox", outbox, "--wait", wait, "--json", *options,
                           stdin="\n".join(documents)).receipts()

    def move(self, code=0, first=None, second=None, **options):
        done = self.expect(code, "outbox", "move", "--from", first or self.first, "--to", second or self.second,
                           "--json", **options)
        return json.loads(done.out) if code == 0 else done

    def listed(self, outbox):
        return self.expect(0, "outbox", "list", "--outbox", outbox, "--json").receipts()

    def log(self, outbox, *options):
        return self.expect(0, "log", "--outbox", outbox, "--json", *options).receipts()

    def flush(self, outbox, code=0):
        return self.expect(code, "outbox", "flush", "--outbox", outbox, "--json").receipts()

    def test_what_waits(self):
        self.send(self.second, [event(9)])
        self.send(self.first, [event(number, requestId=f"r{number}") for number in (1, 2, 3)])
        self.assertEqual(self.move(), {"waiting": 3, "dead": 0, "settled": 0})
        self.assertEqual(self.listed(self.first), [])
        moved = self.listed(self.second)
        self.assertEqual([(one["id"], one["number"], one.get("requestId")) for one in moved],
                         [(1, 9, None), (2, 1, "r1"), (3, 2, "r2"), (4, 3, "r3")])
        self.assertEqual(self.move(), {"waiting": 0, "dead": 0, "settled": 0})
        self.assertEqual(len(self.flush(self.second)), 4)
        # What is submitted once more is known there.
        again = self.send(self.second, [event(2, requestId="r2")])
        self.assertEqual([(one["id"], one["status"]) for one in again], [(3, "accepted")])

    def test_what_is_submitted_meanwhile_stays_for_the_next(self):
        self.send(self.first, [event(1)])
        self.move()
        self.send(self.first, [event(2)])
        self.assertEqual(self.move(), {"waiting": 1, "dead": 0, "settled": 0})
        self.assertEqual([one["number"] for one in self.listed(self.second)], [1, 2])

    def test_numbers_stay_and_only_rise(self):
        first = [event(1, state="in_progress")]
        self.send(self.second, [event(1, state="pending")])
        time.sleep(0.01)
        self.send(self.first, first)
        self.move()
        self.send(self.second, [event(1, state="successful")])
        self.flush(self.second)
        shown = self.expect(0, "show", "build", "--pipeline", "team/app", "--number", "1", "--json",
                            "--outbox", self.second)
        self.assertEqual(json.loads(shown.out)["jira"]["state"], "successful")

    def test_dead_letters_and_history(self):
        self.send(self.first, [event(1), event(2, keys=[])], wait="20")
        self.sandbox.faults({"path": "/builds", "status": 400, "count": 1})
        self.send(self.first, [event(3, requestId="dead")], code=65, wait="20")
        self.assertEqual(self.move(), {"waiting": 0, "dead": 1, "settled": 2})
        self.assertEqual([(one["number"], one["status"]) for one in self.listed(self.second)], [(3, "rejected")])
        self.assertEqual([(one["number"], one["status"]) for one in self.log(self.second)],
                         [(3, "rejected"), (2, "skipped"), (1, "accepted")])
        self.assertEqual(self.log(self.first), [])
        self.assertEqual([one["number"] for one in self.log(self.second, "--key", "app-1")], [3, 1])
        found = json.loads(self.expect(0, "explain", "APP-1", "--offline", "--json", "--outbox", self.second).out)
        self.assertEqual({one["found"]["from"] for one in found["events"]}, {"given"})
        self.expect(0, "outbox", "retry", str(self.listed(self.second)[0]["id"]), "--outbox", self.second)
        self.assertEqual([one["status"] for one in self.flush(self.second)], ["accepted"])

    def test_counters_are_added_once(self):
        self.send(self.first, [event(1), event(2)], wait="20")
        self.send(self.second, [event(3)], wait="20")

        def accepted():
            text = self.expect(0, "metrics", "--outbox", self.second).out
            return sum(float(line.split()[1]) for line in text.splitlines()
                       if line.startswith("jirasend_events_total") and 'status="accepted"' in line)

        self.move()
        self.assertEqual(accepted(), 3)
        self.move()
        self.assertEqual(accepted(), 3)
        self.send(self.first, [event(4)], wait="20")
        self.move()
        self.assertEqual(accepted(), 4)

    def test_a_hold_does_not_come_along(self):
        self.send(self.first, [event(1)], "--secret-file", self.path("bad", "wrong"), code=77, wait="20")
        self.assertEqual([one["status"] for one in self.listed(self.first)], ["held"])
        self.move()
        self.assertEqual([one["status"] for one in self.listed(self.second)], ["queued"])
        self.assertEqual([one["status"] for one in self.flush(self.second)], ["accepted"])

    def test_a_deletion_keeps_its_place(self):
        self.send(self.first, [event(1)], wait="20")
        self.expect(0, "delete", "build", "--pipeline", "team/app", "--number", "1", "--outbox", self.first,
                    "--wait", "0")
        self.send(self.first, [event(1, state="failed")])
        self.assertEqual(self.move()["waiting"], 2)
        self.assertEqual([bool(one.get("deleted")) for one in self.listed(self.second)], [True, False])

    def test_what_a_deletion_by_properties_left(self):
        """What it took counts as deleted there, too; what is like it waits until Jira has forgotten."""
        def told(number, team):
            return event(number, properties={"team": team})

        self.send(self.first, [told(1, "a"), told(2, "b")], wait="20")
        self.sandbox.faults({"path": "/pipelines/", "method": "GET", "status": 200, "count": 0})
        self.expect(0, "delete", "all", "--kind", "build", "--property", "team=a", "--yes", "--outbox", self.first,
                    "--wait", "20")
        self.move()
        found = self.expect(0, "explain", "APP-1", "--offline", "--outbox", self.second).out
        self.assertEqual(found.count("It was deleted since."), 1, found)
        (receipt,) = self.send(self.second, [told(3, "a")], wait="1")
        self.assertEqual(receipt["status"], "queued")
        self.sandbox.clear_faults()
        self.flush(self.second)
        found = self.expect(0, "explain", "APP-1", "--offline", "--outbox", self.second).out
        self.assertEqual(found.count("It was deleted since."), 1, found)
        self.assertEqual([one["status"] for one in self.log(self.second)][0], "accepted")

    def test_both_the_same(self):
        self.send(self.first, [event(1)])
        self.move(64, second=self.first)
        self.move(64, second=self.first + "/")
        os.symlink(self.first, self.path("link"))
        self.move(64, second=self.path("link"))
        self.assertEqual(len(self.listed(self.first)), 1)

    def test_usage(self):
        self.expect(64, "outbox", "move", "--from", self.first, says="needs both")
        self.expect(64, "outbox", "move", "--to", self.first, says="needs both")
        self.expect(64, "outbox", "move", "--from", self.first, "--to", self.second, "--outbox", self.first,
                    says="no --outbox")
        self.expect(64, "outbox", "list", "--from", self.first, "--outbox", self.first, says="outbox move")
        self.expect(66, "outbox", "move", "--from", self.path("none"), "--to", self.second, says="no outbox folder")
        self.assertFalse(os.path.exists(self.path("second")))
        self.expect(64, "outbox", "move", "--from", "postgresql://h/d", "--to", self.second, says="--from: ")

    def test_while_somebody_sends(self):
        for used in (self.first, self.second):
            self.send(self.first, [event(1)])
            self.send(self.second, [event(2)])
            self.sandbox.faults({"path": "/builds", "delayMs": 4000, "count": 1})
            sender = self.start("outbox", "flush", "--outbox", used, "--wait", "20")
            time.sleep(1.5)
            done = self.move(69)
            self.assertIn("in use", done.err)
            self.assertEqual(sender.wait(30), 0)
            self.flush(self.first)
            self.flush(self.second)

    def test_killed_at_any_time(self):
        documents = [event(number, requestId=f"r{number}") for number in range(1, 1501)]
        self.send(self.first, documents)
        rounds = 0
        for pause in (0.01, 0.03, 0.05, 0.08, 0.13, 0.2):
            mover = self.start("outbox", "move", "--from", self.first, "--to", self.second)
            try:
                mover.wait(pause)
            except subprocess.TimeoutExpired:
                mover.send_signal(signal.SIGKILL)
                mover.wait(10)
                rounds += 1
        self.move()
        self.assertEqual(self.listed(self.first), [])
        moved = [one["requestId"] for one in self.listed(self.second)]
        self.assertEqual(sorted(moved), sorted(f"r{number}" for number in range(1, 1501)))
        self.assertGreater(rounds, 0)


if __name__ == "__main__":
    unittest.main()
