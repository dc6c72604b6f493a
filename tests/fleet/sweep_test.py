"""Deletions by properties in an outbox on PostgreSQL: as in a folder, and what puts of others do meanwhile."""

import json
import subprocess
import unittest

import postgres
from fleet_support import FleetTest, Transaction, event, skipping_main

import cli_sweep_test  # of tests/integration, to which fleet_support leads

ALL_OF_TEAM = ("delete", "all", "--kind", "build", "--property", "team=checkout", "--yes", "--json", "--wait", "0")


class OnDatabase(FleetTest):
    """The cases of a folder, over a database."""

    send = cli_sweep_test.Sweeps.send
    flush = cli_sweep_test.Sweeps.flush

    def setUp(self):
        super().setUp()
        address = self.outbox
        self.outbox = lambda: address


class Kept(OnDatabase, cli_sweep_test.Kept):
    pass


class Barrier(OnDatabase, cli_sweep_test.Barrier):
    pass


class Locks(FleetTest):
    """The number of a deletion is above all that were committed, and nothing appears below it later."""

    def somebody_waits(self):
        return self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "0"

    def while_held(self, how, *arguments, stdin=""):
        """Runs it while somebody else has the lane's row like that; whether it waited, and what it printed."""
        other = Transaction(self.server, self.name,
                            f"SELECT 1 FROM jirasend.repository WHERE family = '' FOR {how}")
        running = self.start(*arguments, "--outbox", self.outbox, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stdin.write(stdin.encode())
        running.stdin.close()
        running.stdin = None
        try:
            postgres.wait_for(lambda: self.somebody_waits() or running.poll() is not None, "the lock")
            waited = running.poll() is None
        finally:
            other.end()
        out, err = running.communicate(timeout=postgres.PATIENCE_S)
        self.assertEqual(running.returncode, 0, err)
        return waited, [json.loads(line) for line in out.splitlines()]

    def test_a_deletion_waits_for_what_is_being_put(self):
        self.send([event(1)])
        waited, (receipt,) = self.while_held("SHARE", *ALL_OF_TEAM)
        self.assertTrue(waited)
        self.assertEqual(receipt["status"], "queued")

    def test_what_is_put_waits_for_a_deletion(self):
        self.send([event(1)])
        waited, (receipt,) = self.while_held("UPDATE", "send", "-", "--wait", "0", "--json", stdin=event(2) + "\n")
        self.assertTrue(waited)
        self.assertEqual(receipt["status"], "queued")

    def test_what_is_put_does_not_wait_for_others_that_put(self):
        self.send([event(1)])
        waited, _ = self.while_held("SHARE", "send", "-", "--wait", "0", "--json", stdin=event(2) + "\n")
        self.assertFalse(waited)

    def test_a_lane_has_its_row_from_the_beginning(self):
        self.send([event(1)])
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.lane l LEFT JOIN jirasend.repository r"
                                  " ON r.lane = l.id AND r.family = '' WHERE l.kind > 0 AND r.lane IS NULL"), "0")


if __name__ == "__main__":
    skipping_main(unittest.main)
