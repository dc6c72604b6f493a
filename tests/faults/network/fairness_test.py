"""One site in trouble, and the others: each trouble is at one site, and a healthy one beside it."""

import time
from email.utils import formatdate

from cli_support import event
from fault_support import FaultTest, deployment, main
from scripted_jira import CLOSE, ScriptedJira, answer


class Neighbours(FaultTest):
    """The site in trouble has an event of each kind; so has the healthy one. One set of credentials."""

    def setUp(self):
        super().setUp()
        self.well = ScriptedJira()  # the API of both, so tokens and bulk requests come here
        self.addCleanup(self.well.stop)
        self.jira.cloud_id = "ill"

    def neighbours(self, code, expected, order, env):
        """Checks the statuses of builds and deployments of the ill site, then of the healthy one;
        returns when the last event of the healthy one arrived."""
        documents = [event(1, site=self.jira.url), deployment(2, site=self.jira.url),
                     event(3, site=self.well.url), deployment(4, site=self.well.url)]
        self.box += "x"
        self.well.requests.clear()
        start = time.monotonic()
        receipts = self.send(code, documents[::order], "--outbox", self.box, "--wait", "4",
                             env={"JIRASEND_API_URL": self.well.url, **env})
        by_id = sorted((receipt["id"], receipt["status"]) for receipt in receipts)
        self.assertEqual([status for _, status in by_id][::order], expected)
        arrived = [r.at - start for r in self.well.asked("/cloud/cloud-1/")]
        self.assertEqual(len(arrived), 2)
        return max(arrived)

    def soon(self, code, expected, **env):
        """The healthy site gets its events long before the ill one's wait is over, whichever was
        there first."""
        for order in (1, -1):
            self.assertLess(self.neighbours(code, expected, order, env), 3)

    def test_a_site_that_answers_late(self):
        self.jira.script("/_edge/tenant_info", lambda *_: time.sleep(30) or CLOSE)
        self.soon(0, ["queued", "queued", "accepted", "accepted"])

    def test_a_lane_that_answers_late(self):
        self.well.script("/builds/0.1/cloud/ill", lambda *_: time.sleep(30) or CLOSE)
        self.soon(0, ["queued", "accepted", "accepted", "accepted"])

    def test_a_held_site(self):
        self.jira.script("/_edge/tenant_info", answer(404))
        self.soon(77, ["held", "held", "accepted", "accepted"])

    def test_a_held_lane(self):
        self.well.script("/builds/0.1/cloud/ill", answer(403))
        self.soon(77, ["held", "accepted", "accepted", "accepted"])

    def test_a_rate_limited_lane(self):
        self.well.script("/builds/0.1/cloud/ill", answer(429, "", [("Retry-After", "3600")]))
        self.soon(0, ["queued", "accepted", "accepted", "accepted"])

    def test_a_poisoned_event(self):
        self.well.script("/builds/0.1/cloud/ill", answer(400, '{"message": "no"}'))
        self.soon(65, ["rejected", "accepted", "accepted", "accepted"])

    def test_an_event_that_makes_jira_fail(self):
        self.well.script("/builds/0.1/cloud/ill", answer(500))
        self.soon(0, ["queued", "accepted", "accepted", "accepted"])

    def test_a_site_that_is_not_there(self):
        self.jira.stop()
        self.soon(0, ["queued", "queued", "accepted", "accepted"])

    def test_a_name_that_hangs(self):
        documents = [event(n, site=f"slow-{n}.example.com") for n in range(1, 6)]
        documents.insert(0, event(9, site=self.well.url))
        receipts = self.send(0, documents, "--outbox", self.box, "--wait", "3", env={
            "JIRASEND_API_URL": self.well.url, "LD_PRELOAD": self.helper("NAMES")})
        self.assertEqual({r["id"]: r["status"] for r in receipts}[1], "accepted")
        self.assertEqual(sum(r["status"] == "queued" for r in receipts), 5)


class Clock(FaultTest):
    """A wall clock that is set while the program runs: waits go by the monotonic clock."""

    def shifted(self, **shift):
        return {"LD_PRELOAD": self.helper("CLOCK"),
                **{f"TEST_CLOCK_{name.upper()}": str(value) for name, value in shift.items()}}

    def test_a_jump_ends_no_wait_and_makes_none_longer(self):
        self.jira.script("/bulk", lambda *_: time.sleep(20) or CLOSE)
        for jump in (-3600, 365 * 86400):
            start = time.monotonic()
            self.expect(75, "build", "--pipeline", "p", "--number", "1", "--url", "https://ci.test",
                        "--state", "failed", "--keys", "APP-1", "--wait", "2.5",
                        env=self.shifted(jump=jump))
            took = time.monotonic() - start
            self.assertTrue(2.4 < took < 8, took)

    def test_a_pause_goes_by_the_monotonic_clock(self):
        """Jira asks for 3 s; the clock is set after one."""
        for jump in (-3600, 365 * 86400):
            self.jira.clear()
            self.jira.script("/bulk", answer(429, "", [("Retry-After", "3")]), then_well=True)
            self.send(0, [event(1)], "--wait", "20", env=self.shifted(jump=jump))
            first, second = self.bulks()
            self.assertTrue(2.99 < second.at - first.at < 12)

    def test_a_clock_that_stands_still(self):
        self.jira.script("/bulk", answer(503), answer(429, "", [("Retry-After", "1")]),
                         then_well=True)
        receipts = self.send(0, [event(n) for n in range(1, 4)], "--outbox", self.box, "--wait",
                             "20", env=self.shifted(still=1))
        self.assertEqual([r["status"] for r in receipts], ["accepted"] * 3)

    def test_numbers_never_fall(self):
        """Each update of a build gets a higher number, whatever the clock says meanwhile."""
        for shift in (0, -86400, 365 * 86400, -3600):
            self.send(0, [event(1)], "--outbox", self.box, env=self.shifted(wall=shift))
        numbers = [request.items()[0]["updateSequenceNumber"] for request in self.bulks()]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(numbers[0], 1.6e12)

    def test_a_limit_of_a_clock_that_was_ahead(self):
        """A limit that was written while the clock was a year ahead holds nobody up for a year."""
        self.jira.script("/bulk", answer(429, "", [("Retry-After", "60")]), then_well=True)
        self.send(0, [event(1)], "--outbox", self.box, "--wait", "5",
                  env=self.shifted(wall=365 * 86400))
        lane = [one for one in self.lanes().values() if one["rate_until_ms"] > 0][0]
        self.assertGreater(lane["rate_until_ms"], (time.time() + 300 * 86400) * 1000)
        self.send(0, [event(2)], "--outbox", self.box, "--wait", "20")
        first, *later = self.numbers()
        self.assertEqual(first, [1])
        self.assertEqual(sorted(sum(later, [])), [1, 2])

    def test_the_skew_is_said(self):
        receipts = self.send(0, [event(1)], env=self.shifted(wall=3600))
        self.assertNotIn("clock", receipts[0]["message"])  # this Jira says no time

        def dated(connection, request):
            head, body = self.jira.well(request).split(b"\r\n", 1)
            connection.sendall(head + b"\r\nDate: " + formatdate(usegmt=True).encode() + b"\r\n" +
                               body)
        self.jira.script("/bulk", dated)
        receipts = self.send(0, [event(1)], env=self.shifted(wall=3600))
        self.assertIn("ahead of Jira's", receipts[0]["message"])


if __name__ == "__main__":
    main()
