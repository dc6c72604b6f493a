"""Whose clock counts: the database's, whatever it says, and nobody else's."""

import os
import time
import unittest

from fleet_support import FleetTest, event, shift_clock, skipping_main

MINUTE = 60 * 1000
HOUR = 60 * MINUTE

def build_lane(column, value):
    return f"UPDATE jirasend.lane SET {column} = {value} WHERE kind = 1"


class Clock(FleetTest):
    def shift(self, seconds):
        shift_clock(self.server, self.name, "runtime", seconds)

    def stored_ms(self):
        return int(self.sql("SELECT max(created_ms) FROM jirasend.waiting"))

    def apart_s(self):
        """How far what was stored is from our clock."""
        return (self.stored_ms() - time.time() * 1000) / 1000

    def now_and(self, ms):
        return f"(extract(epoch FROM clock_timestamp()) * 1000)::bigint + {ms}"

    def number_in_jira(self, number=1):
        return self.sandbox.api("GET", f"builds/pipelines/team~2Fapp/builds/{number}").json()["updateSequenceNumber"]

    def test_the_servers_clock_is_ten_seconds_off(self):
        for seconds in (10, -10):
            with self.subTest(seconds=seconds):
                self.shift(seconds)
                self.send([event(20 + seconds)])
                self.assertAlmostEqual(self.apart_s(), seconds, delta=3)
                report = self.check()
                self.assertAlmostEqual(report["clockMs"] / 1000, seconds, delta=3)
                self.assertIn("too much", report["clock"])
                self.assertIn("ahead of" if seconds > 0 else "behind", report["clock"])
                (receipt,) = self.flush()
                self.assertEqual(receipt["status"], "accepted")
                self.assertRegex(receipt["message"], "clock")
                self.assertAlmostEqual(self.number_in_jira(20 + seconds) / 1000 - time.time(), seconds, delta=5)
                self.assertEqual(len(self.log("--since", "1m")), 1 if seconds > 0 else 2)

    def test_a_clock_that_was_set_back(self):
        """Numbers go on, a lane that was claimed in the future is free, and what is newer wins."""
        self.shift(3600)
        (first,) = self.send([event(1, state="failed")], wait="20")
        self.assertEqual(first["status"], "accepted")
        self.sql("UPDATE jirasend.lane SET owner = 'somebody else', lease_until = clock_timestamp()"
                 " + interval '61 minutes' WHERE kind = 1")
        before = self.number_in_jira()
        self.shift(0)
        (second,) = self.send([event(1)], wait="20")
        self.assertEqual(second["status"], "accepted")
        self.assertEqual(self.number_in_jira(), before + 1)
        self.assertEqual(self.sandbox.state()["builds"][0]["state"], "successful")

    @unittest.skipUnless(os.environ.get("JIRASEND_TEST_CLOCK"), "there is no other clock for this build")
    def test_the_clock_of_a_machine_is_an_hour_off(self):
        for seconds in (3600, -3600):
            with self.subTest(seconds=seconds):
                off = {"LD_PRELOAD": os.environ["JIRASEND_TEST_CLOCK"], "TEST_CLOCK_WALL": str(seconds)}
                self.send([event(1)], env=off)
                self.assertAlmostEqual(self.apart_s(), 0, delta=3)
                self.assertAlmostEqual(self.check(env=off)["clockMs"] / 1000, -seconds, delta=3)
                (receipt,) = self.flush(env=off)
                self.assertEqual(receipt["status"], "accepted")
                self.assertAlmostEqual(self.number_in_jira() / 1000, time.time(), delta=5)
        # Leases are the database's, too: neither is over for whoever is in the future.
        self.send([event(2)])
        self.sql("UPDATE jirasend.lane SET owner = 'somebody else', lease_until = clock_timestamp()"
                 " + interval '80 seconds' WHERE kind = 1")
        for seconds in (3600, -3600):
            self.flush(75, wait="2", env={"LD_PRELOAD": os.environ["JIRASEND_TEST_CLOCK"],
                                          "TEST_CLOCK_WALL": str(seconds)})

    def sent_now(self):
        (receipt,) = self.send([event(1, label=str(time.monotonic()))], wait="4")
        return receipt["status"] == "accepted"

    def test_what_is_stored_further_ahead_than_it_can_be_is_over(self):
        self.assertTrue(self.sent_now())
        for column, most in (("backoff_until_ms", 5 * MINUTE), ("rate_until_ms", 24 * HOUR)):
            with self.subTest(column=column):
                self.sql(build_lane(column, self.now_and(most - MINUTE)))
                self.assertFalse(self.sent_now())
                self.sql(build_lane(column, self.now_and(most + MINUTE)))
                self.assertTrue(self.sent_now())
                self.sql(build_lane(column, "0"))
        self.sql("UPDATE jirasend.lane SET owner = 'somebody else',"
                 " lease_until = clock_timestamp() + interval '4 minutes'")
        self.assertFalse(self.sent_now())
        self.sql("UPDATE jirasend.lane SET lease_until = clock_timestamp() + interval '6 minutes'")
        self.assertTrue(self.sent_now())

    def test_the_probe_of_a_hold_further_ahead_than_an_hour_is_due(self):
        self.sandbox.faults(path="/bulk", status=403, count=1)
        self.send([event(1)], wait="5", code=77)
        for ahead, code in ((59 * MINUTE, 77), (61 * MINUTE, 0)):
            self.sql(build_lane("probe_at_ms", self.now_and(ahead)))
            self.flush(code, wait="3")

    def test_a_wait_after_a_deletion_further_ahead_than_it_can_be_is_over(self):
        self.assertTrue(self.sent_now())
        for ahead, sent in ((50 * 1000, False), (10 * MINUTE, True)):
            with self.subTest(ahead=ahead):
                self.sandbox.faults({"path": "builds/1", "method": "GET", "status": 403})
                self.sql(f"UPDATE jirasend.stream SET wait_until_ms = {self.now_and(ahead)}")
                self.assertEqual(self.sent_now(), sent)


if __name__ == "__main__":
    skipping_main(unittest.main)
