"""A server that is full, short of time, elsewhere in time, or kept busy by others; and leases as long as they are."""

import signal
import statistics
import subprocess
import time
import unittest

import postgres
from fleet_support import FleetTest, event, skipping_main

# Another error than that of PostgreSQL itself, with the same number, at the moment that is wanted.
FULL = ("CREATE FUNCTION jirasend.full() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END$$;"
        " CREATE TRIGGER full_disk BEFORE INSERT ON jirasend.%s FOR EACH ROW EXECUTE FUNCTION jirasend.full()")


class Full(FleetTest):
    settings = {"small": "3m"}

    @classmethod
    def setUpClass(cls):
        postgres.need_disk()
        super().setUpClass()

    def test_a_small_tablespace(self):
        """Nothing is acknowledged that is not there, and all is well when there is room again."""
        self.sql("ALTER TABLE jirasend.waiting SET TABLESPACE small; ALTER INDEX jirasend.waiting_pkey"
                 " SET TABLESPACE small; CREATE TABLE filler (t text) TABLESPACE small")
        self.send([event(1)])
        with self.assertRaisesRegex(RuntimeError, "No space left"):
            self.sql("INSERT INTO filler SELECT repeat(md5(n::text), 50) FROM generate_series(1, 100000) n")
        number = 1
        while number < 300:
            number += 1
            done = self.run_cli("send", "-", "--outbox", self.outbox, "--wait", "0", "--json",
                                stdin=event(number, description="d" * 2000))
            if done.code != 0:
                break
        self.assertEqual((done.code, done.out), (74, ""), done.err)
        self.assertIn("disk is full", done.err)
        self.sql("DROP TABLE filler")
        self.assertEqual(len(self.listed()), number - 1)
        self.send([event(number)])
        self.assertEqual({one["status"] for one in self.flush()}, {"accepted"})


class Limits(FleetTest):
    def test_full_when_something_is_settled(self):
        """Jira has it, and the outbox cannot say so: it goes out once more, with its number."""
        self.sql(FULL % "receipt")
        self.send([event(1)])
        self.flush(code=74, wait="3")
        self.assertEqual([one["number"] for one in self.listed()], [1])
        self.sql("DROP TRIGGER full_disk ON jirasend.receipt")
        self.flush()
        self.assertEqual([one["status"] for one in self.log()], ["accepted"])
        self.assertEqual(len(self.sandbox.state()["builds"]), 1)

    def test_time_outs_of_the_role(self):
        """They end what takes too long, not what is well; nothing lies idle in a transaction."""
        self.sql("ALTER ROLE runtime SET statement_timeout = '500ms';"
                 "ALTER ROLE runtime SET idle_in_transaction_session_timeout = '500ms'")
        self.addCleanup(self.sql, "ALTER ROLE runtime RESET ALL")
        receipts = self.send([event(number) for number in range(1, 301)], wait="60")
        self.assertEqual({one["status"] for one in receipts}, {"accepted"})
        self.assertNotIn("idle-in-transaction", self.server.log.read_text(encoding="utf-8"))

    def test_a_statement_takes_too_long(self):
        """Tried until --wait, then 75; and with more time it works."""
        self.sql("ALTER ROLE runtime SET statement_timeout = '300ms'")
        self.addCleanup(self.sql, "ALTER ROLE runtime RESET ALL")
        self.send([event(1)])
        with Holding(self, "LOCK TABLE jirasend.waiting IN ACCESS EXCLUSIVE MODE"):
            began = time.monotonic()
            done = self.expect(75, "send", "-", "--outbox", self.outbox, "--wait", "2", stdin=event(2),
                               says="statement timeout")
            self.assertGreater(time.monotonic() - began, 1.5, done.err)
        with Holding(self, "LOCK TABLE jirasend.waiting IN ACCESS EXCLUSIVE MODE", seconds=2):
            (receipt,) = self.send([event(3)], wait="20")
        self.assertEqual(receipt["status"], "accepted")

    def test_an_old_transaction_stays_open(self):
        """Dead rows that nobody may remove make the next batch no slower."""
        self.send([event(number) for number in range(1, 5001)])
        plain = self.time_of_batches()
        self.send([event(number) for number in range(5001, 10001)])
        with Holding(self, "SELECT count(*) FROM jirasend.waiting; SELECT txid_current()", isolation="REPEATABLE READ"):
            beside = self.time_of_batches()
            dead = int(self.sql("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'waiting'"))
        self.assertGreater(dead, 4000)
        self.assertLess(beside, 2.5 * plain + 0.2, "milliseconds a batch, beside the transaction and without it")

    def time_of_batches(self):
        """What the server takes for the statement that finds a batch, in milliseconds: the median while all is sent."""
        self.server.set(log_min_duration_statement="0")
        begin = len(self.server.log.read_text(encoding="utf-8"))
        try:
            self.assertEqual({one["status"] for one in self.flush()}, {"accepted"})
        finally:
            self.server.set(log_min_duration_statement="-1")
        times = []
        for line in self.server.log.read_text(encoding="utf-8")[begin:].splitlines():
            if "duration:" in line and "execute <unnamed>: " in line and "ORDER BY e.id LIMIT $4" in line:
                times.append(float(line.split("duration: ")[1].split(" ms")[0]))
        self.assertGreater(len(times), 10)
        return statistics.median(times[len(times) // 2:])

    def test_the_lease_as_it_is(self):
        """After kill -9 the others have the lane when 90 seconds are over, and not before."""
        self.sandbox.faults({"path": "/bulk", "count": 1, "delayMs": 600000})
        killed = self.start("send", "-", "--outbox", self.outbox, "--wait", "60", stdin=subprocess.PIPE)
        killed.stdin.write(event(1).encode() + b"\n")
        killed.stdin.close()
        postgres.wait_for(lambda: self.sandbox.log("/bulk"), "the request")
        since = time.monotonic()
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        self.sandbox.clear_faults()
        self.flush(code=75, wait="2")
        while self.run_cli("outbox", "flush", "--outbox", self.outbox, "--wait", "10").code == 75:
            self.assertLess(time.monotonic() - since, 100)
        self.assertTrue(80 < time.monotonic() - since < 100, time.monotonic() - since)
        self.assertEqual([one["status"] for one in self.log()], ["accepted"])


class Holding:
    """A transaction of somebody else's that has done this and stays open, so long or until the end."""

    def __init__(self, test, statement, seconds=600, isolation="READ COMMITTED"):
        self.test, self.seconds = test, seconds
        self.text = f"BEGIN ISOLATION LEVEL {isolation}; {statement}; SELECT pg_sleep({seconds}); COMMIT;"

    def __enter__(self):
        server = self.test.server
        self.psql = subprocess.Popen(
            [server.bin / "psql", "-X", "-q", "-h", server.sockets, "-p", str(server.port), "-U", postgres.SUPERUSER,
             "-d", self.test.name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, text=True)
        self.psql.stdin.write(self.text)
        self.psql.stdin.close()
        postgres.wait_for(lambda: self.sleeping() != "", "the transaction")
        return self

    def sleeping(self):
        return self.test.sql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")

    def __exit__(self, *_):
        pid = self.sleeping()
        if pid:
            self.test.sql(f"SELECT pg_terminate_backend({pid})")
        self.psql.wait(postgres.PATIENCE_S)


if __name__ == "__main__":
    skipping_main(unittest.main)
