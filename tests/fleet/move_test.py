"""`jirasend outbox move` into a database, out of one, and from one into another."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import threading
import unittest

import postgres
from fleet_support import FleetTest, event, skipping_main

import cli_move_test  # in the folder that fleet_support adds
from cli_barrier_test import REPOSITORY, commit, gone

LEASES_ARE_OVER = "UPDATE jirasend.lane SET owner = '', lease_until = '-infinity'"


class Database(cli_move_test.Move, FleetTest):
    """The tests of folders, with the outboxes that `databases` names in a database."""

    databases = ()

    def place(self, name):
        if name not in self.databases:
            return super().place(name)
        return self.made_database(f"{self.name}_{name}")

    def made_database(self, name):
        self.server.database(name, "owner")
        self.migrate(name)
        return self.server.url(name, "runtime")

    def name_of(self, name):
        return f"{self.name}_{name}"

    def tearDown(self):
        for name in self.databases:
            self.check_numbers(self.name_of(name))
        super().tearDown()

    def check_numbers(self, database):
        """What is counted is what is there, and receipts have numbers of their own."""
        self.assertEqual(self.sql("SELECT coalesce(sum(waiting), 0) || ' ' || coalesce(sum(bytes), 0)"
                                  " FROM jirasend.counter", database),
                         self.sql("SELECT count(*) || ' ' || coalesce(sum(octet_length(document)), 0)"
                                  " FROM jirasend.waiting", database))
        self.assertEqual(self.sql("SELECT dead FROM jirasend.tally", database),
                         self.sql("SELECT count(*) FROM jirasend.dead", database))
        self.assertEqual(self.sql("SELECT count(*) - count(DISTINCT n) FROM (SELECT settled_no AS n"
                                  " FROM jirasend.dead UNION ALL SELECT settled_no FROM jirasend.receipt) a",
                                  database), "0")
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.request r WHERE r.request_id IS NOT NULL"
                                  " AND r.id NOT IN (SELECT id FROM jirasend.waiting UNION ALL"
                                  " SELECT id FROM jirasend.dead UNION ALL SELECT id FROM jirasend.receipt)",
                                  database), "0")

    test_usage = None  # that of folders is tested there

    def test_both_the_same(self):
        self.send(self.first, [event(1)])
        self.move(64, second=self.first)
        if "first" in self.databases:
            self.move(64, second=self.server.url(self.name_of("first"), "runtime", host="localhost"))
        self.assertEqual(len(self.listed(self.first)), 1)

    def test_killed_at_any_time(self):
        names = sorted(f"r{number}" for number in range(1, 1501))
        self.send(self.first, [event(number, requestId=f"r{number}") for number in range(1, 1501)])
        killed = 0
        for pause in (0.05, 0.08, 0.11, 0.15, 0.2, 0.25, 0.3):
            mover = self.start("outbox", "move", "--from", self.first, "--to", self.second)
            try:
                mover.wait(pause)
            except subprocess.TimeoutExpired:
                mover.send_signal(signal.SIGKILL)
                mover.wait(10)
                killed += 1
            for name in self.databases:  # as 95 seconds would do
                self.sql(LEASES_ARE_OVER, self.name_of(name))
        self.move()
        self.assertEqual(self.listed(self.first), [])
        self.assertEqual(sorted(one["requestId"] for one in self.listed(self.second)), names)
        self.assertGreater(killed, 0)

    def test_while_others_submit(self):
        self.send(self.first, [event(number, requestId=f"old{number}") for number in range(1, 601)])

        def submit():
            for number in range(1, 11):
                self.send(self.first, [event(1000 + number, requestId=f"new{number}")])

        sender = threading.Thread(target=submit)
        sender.start()
        for _ in range(5):
            done = self.run_cli("outbox", "move", "--from", self.first, "--to", self.second)
            self.assertIn(done.code, (0, 69), done.err)
        sender.join()
        self.move()
        told = [one["requestId"] for one in self.listed(self.second) + self.log(self.second, "--limit", "2000")]
        wanted = {f"old{number}" for number in range(1, 601)} | {f"new{number}" for number in range(1, 11)}
        self.assertEqual(set(told), wanted)

    def test_the_lane_is_given_back(self):
        self.send(self.first, [event(1)])
        self.move()
        for name in self.databases:
            self.assertEqual(self.sql("SELECT count(*) FROM jirasend.lane WHERE owner <> ''", self.name_of(name)), "0")

    def test_a_deleted_repository_stays_a_barrier(self):
        """Commits before its deletion, and after; told already, waiting, and submitted after the move."""
        def put(*documents, outbox, **options):
            return self.send(outbox, [json.dumps(document) for document in documents], **options)

        whole = gone({"kind": "repository", "repository": REPOSITORY})
        put(commit(1), commit(2), outbox=self.first, wait="20")
        put(commit(3), whole, commit(2, keys=("APP-9",)), commit(4), outbox=self.first)
        self.move()
        put(commit(5), outbox=self.second)
        if "second" in self.databases:
            self.assertEqual(self.sql("SELECT count(*) FROM jirasend.repository r JOIN jirasend.stream s"
                                      " ON s.id = r.over AND s.over = s.id AND r.sequence = s.sequence",
                                      self.name_of("second")), "1")
            self.assertEqual(self.sql("SELECT count(*) FROM jirasend.stream WHERE over = 0",
                                      self.name_of("second")), "0")
        self.flush(self.second)
        wanted = [f"{number:040x}" for number in (2, 4, 5)]

        def kept():
            answer = self.sandbox.api("GET", "devinfo/repository/git.example.com~2Fteam~2Fapp").json()
            return sorted(one["id"] for one in answer["commits"])

        postgres.wait_for(lambda: kept() == wanted, "the deletion, which Jira does later,", seconds=10)

    def test_a_request_of_a_caller_keeps_its_scope(self):
        folder, last = self.path("folder"), self.path("last")
        self.send(folder, [event(1, requestId="r1")], wait="20")
        with sqlite3.connect(os.path.join(folder, "outbox.db")) as base:
            base.execute("UPDATE event SET scope = 'team'")
        for first, second in ((folder, self.first), (self.first, self.second), (self.second, last)):
            if first != second:
                self.assertEqual(self.move(first=first, second=second)["settled"], 1)
            for name in self.databases:
                if second == {"first": self.first, "second": self.second}[name]:
                    found = self.sql("SELECT scope || ' ' || encode(key, 'hex') FROM jirasend.request",
                                     self.name_of(name))
                    kind = self.sql("SELECT kind FROM jirasend.receipt", self.name_of(name))
                    key = hashlib.sha256(f"{kind}\0team\0r1".encode()).hexdigest()
                    self.assertEqual(found, f"team {key}")
        with sqlite3.connect(os.path.join(last, "outbox.db")) as base:
            self.assertEqual(base.execute("SELECT request_id, scope FROM event").fetchall(), [("r1", "team")])

    def test_old_receipts_of_one_request_all_stay(self):
        """A requestId is free again after 30 days: what it was given to before is history, and stays."""
        self.send(self.first, [event(1, requestId="r1"), event(2, requestId="r2")], wait="20")
        month = 40 * 24 * 3600
        if "first" in self.databases:
            self.sql(f"UPDATE jirasend.receipt SET settled_at = settled_at - interval '{month} seconds';"
                     f"UPDATE jirasend.request SET settled_ms = settled_ms - {month}000", self.name_of("first"))
        else:
            with sqlite3.connect(os.path.join(self.first, "outbox.db")) as base:
                base.execute(f"UPDATE event SET settled_ms = settled_ms - {month}000")
        self.send(self.first, [event(1, requestId="r1", state="failed")])
        self.send(self.second, [event(2, requestId="r2", state="failed")])
        moved = self.move()
        self.assertEqual((moved["waiting"], moved["settled"]), (1, 2))
        self.assertEqual([one["number"] for one in self.listed(self.second)], [2, 1])


class IntoDatabase(Database):
    databases = ("second",)


class OutOfDatabase(Database):
    databases = ("first",)


class FromDatabaseToDatabase(Database):
    """What the others have not shown of each side."""

    databases = ("first", "second")
    test_what_is_submitted_meanwhile_stays_for_the_next = test_numbers_stay_and_only_rise = None
    test_counters_are_added_once = test_a_hold_does_not_come_along = test_a_deletion_keeps_its_place = None
    test_while_somebody_sends = test_while_others_submit = test_old_receipts_of_one_request_all_stay = None


del Database


if __name__ == "__main__":
    skipping_main(unittest.main)
