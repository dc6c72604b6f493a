"""Making, judging and reaching an outbox in a database, with a real server."""

import os
import re
import socket
import subprocess
import time
import unittest

import postgres
from fleet_support import FleetTest, event, skipping_main


class Databases(FleetTest):
    def test_not_made_yet(self):
        self.server.database("empty", "runtime")
        self.expect(69, "log", "--outbox", self.server.url("empty", "runtime"), says="migrate")
        self.expect(69, "log", "--outbox", self.server.url("none", "runtime"), says="none")

    def test_what_migrate_takes(self):
        self.expect(69, "outbox", "migrate", "--outbox", self.server.url("postgres", "runtime"), says="permission")
        self.expect(64, "outbox", "migrate", "--outbox", self.path("folder"), says="postgresql://")
        self.expect(64, "outbox", "list", "--role", "x", "--outbox", self.path("folder"), says="outbox migrate")
        self.migrate(self.name)
        self.expect(69, "outbox", "migrate", "--role", "no such role", "--outbox",
                    self.server.url(self.name, "owner"), "--outbox-password-file",
                    self.server.password_file("owner"), says="no such role")

    def test_check_in_words(self):
        report = self.check()
        self.assertEqual((report["lacking"], report["user"], report["standbys"]), ("", "runtime", 0))
        self.assertIn("PostgreSQL", report["server"])
        self.assertTrue(report["encrypted"])
        self.assertLess(abs(report["clockMs"]), 5000)
        self.assertIn("on the server's disk", report["disk"])
        done = self.expect(0, "check", "--outbox", self.outbox)
        self.assertIn("PostgreSQL", done.err + done.out)
        self.assertIn("token", done.err + done.out)

    def test_check_names_what_is_off(self):
        self.server.set(fsync="off", full_page_writes="off")
        postgres.wait_for(lambda: self.sql("SHOW fsync") == "off", "the setting")
        try:
            self.assertIn("fsync and full_page_writes are off", self.check()["disk"])
        finally:
            self.server.set(fsync="on", full_page_writes="on")

    def test_rights(self):
        self.sql("REVOKE DELETE ON jirasend.waiting FROM runtime")
        report = self.check(69)
        self.assertEqual(report["lacking"], "DELETE on waiting")
        self.sql("REVOKE USAGE ON SEQUENCE jirasend.event_id FROM runtime")
        self.assertEqual(self.check(69)["lacking"], "USAGE on event_id, DELETE on waiting")
        self.sql("REVOKE ALL ON ALL TABLES IN SCHEMA jirasend FROM runtime")
        self.check(69)
        self.send([event(1)], code=69)

    def test_log_in(self):
        wrong = self.path("wrong", "wrong")
        self.expect(69, "log", "--outbox", self.outbox, "--outbox-password-file", wrong, says="password")
        self.expect(69, "log", "--outbox", self.server.url(self.name, "nobody-like-that"), says="password")

    def test_a_password_with_every_odd_character(self):
        odd = "".join(chr(code) for code in range(0x20, 0x7F)) + "äß€𝄞 "
        name = "odd \"role\"'s @:/?#[]%&"
        self.server.passwords[name] = odd
        self.server.sql('CREATE ROLE "%s" LOGIN PASSWORD \'%s\''
                        % (name.replace('"', '""'), odd.replace("'", "''")))
        self.migrate(self.name, role=name)
        path = self.path("password", odd + "\n")
        self.expect(0, "log", "--outbox", self.server.url(self.name, name), "--outbox-password-file", path)
        done = self.expect(0, "log", "--quiet", "--outbox",
                           self.server.url(self.name, name), "--outbox-password-file", "-", stdin=odd)
        self.assertEqual(done.err, "")

    def test_certificates(self):
        authority = self.server.certificates["ca.crt"]
        there = self.server.url(self.name, "runtime", host="localhost", sslmode="verify-full",
                                sslrootcert=authority)
        self.expect(0, "log", "--outbox", there)
        self.expect(0, "log", "--outbox", self.server.url(self.name, "runtime", host="localhost",
                                                          sslmode="verify-full"),
                    env={"SSL_CERT_FILE": authority})
        # An authority that did not sign it, one that is not there, and a certificate for another name.
        other = postgres.Certificates(self.folder, names="DNS:elsewhere.example")
        self.expect(69, "log", "--outbox", self.server.url(
            self.name, "runtime", host="localhost", sslmode="verify-full", sslrootcert=other["ca.crt"]),
            says="certificate")
        self.expect(69, "log", "--outbox", self.server.url(
            self.name, "runtime", host="localhost", sslmode="verify-full", sslrootcert=self.path("none")),
            says="none")
        self.server.role("certified")
        self.migrate(self.name, role="certified")
        self.expect(0, "log", "--outbox", self.server.url(
            self.name, "certified", host="localhost", sslmode="verify-full", sslrootcert=authority,
            sslcert=self.server.certificates["client.crt"], sslkey=self.server.certificates["client.key"]),
            env={"JIRASEND_OUTBOX_PASSWORD_FILE": None})
        self.expect(69, "log", "--outbox", self.server.url(
            self.name, "certified", host="localhost", sslmode="verify-full", sslrootcert=authority),
            env={"JIRASEND_OUTBOX_PASSWORD_FILE": None})

    def test_variables_of_libpq_count_for_nothing(self):
        elsewhere = {"PGHOST": "192.0.2.1", "PGHOSTADDR": "192.0.2.1", "PGPORT": "1", "PGUSER": "other",
                     "PGSERVICE": "none", "PGOPTIONS": "-c nonsense=1", "PGSSLMODE": "verify-full",
                     "PGREQUIREPEER": "other", "PGGEQO": "off", "PGDATABASE": "other", "PGPASSFILE": "/none"}
        self.expect(0, "log", "--outbox", self.outbox, env=elsewhere)

    def test_the_server_is_away(self):
        nobody = self.server.url(self.name, "runtime", port=postgres.free_port())
        began = time.monotonic()
        self.send([event(1)], code=75, wait="3", outbox=nobody)
        self.assertLess(time.monotonic() - began, 10)
        # The second of two hosts is taken.
        both = nobody.replace("/outbox", f",127.0.0.1:{self.server.port}/outbox")
        self.expect(0, "log", "--outbox", both)

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = self.server.url(self.name, "runtime", port=silent.getsockname()[1])
            began = time.monotonic()
            self.expect(75, "outbox", "list", "--outbox", address, "--wait", "3", says="was not reached in time")
            self.assertLess(time.monotonic() - began, 20)

    def test_an_address_with_colons_is_named_as_it_is_given(self):
        port = postgres.free_port()
        self.expect(75, "outbox", "list", "--outbox", self.server.url(self.name, "runtime", host="[::1]", port=port),
                    "--wait", "1", says=f"[::1]:{port}")

    def logged(self, run):
        """What the server was asked meanwhile."""
        self.server.set(log_min_duration_statement="0")
        begin = len(self.server.log.read_text(encoding="utf-8"))
        try:
            run()
        finally:
            self.server.set(log_min_duration_statement="-1")
        return self.server.log.read_text(encoding="utf-8")[begin:]

    def test_commits_that_wait_for_nothing_are_made_to(self):
        self.addCleanup(self.sql, "ALTER ROLE runtime RESET synchronous_commit")
        for value, raised in (("off", True), ("local", True), ("remote_write", True), ("on", False),
                              ("remote_apply", False)):
            with self.subTest(value=value):
                self.sql(f"ALTER ROLE runtime SET synchronous_commit = {value}")
                asked = self.logged(lambda: self.send([event(1)]))
                self.assertEqual("SET LOCAL synchronous_commit = on" in asked, raised)
                self.assertIn(f"synchronous_commit is {value}", self.check()["commit"])

    def test_an_event_is_one_statement(self):
        """Between BEGIN and COMMIT, in one round trip; everything is named with its schema."""
        self.send([event(1)])
        asked = self.logged(lambda: self.send([event(2, requestId="r2")]))
        inside = asked[asked.index("BEGIN"):]
        inside = inside[:re.search(r"\bCOMMIT\b", inside).start()]
        self.assertEqual(inside.count("execute <unnamed>"), 2, inside)
        self.assertNotIn("PREPARE", asked)

    def kept(self, asked):
        """How often the statement that stores many was planned to be kept, and sent by its name."""
        return tuple(len(re.findall(rf"{what} jirasend_\w+: WITH i AS", asked)) for what in ("parse", "execute"))

    def test_what_is_sent_often_is_planned_once(self):
        """From the second time on; what a job says once is sent as it is."""
        asked = self.logged(lambda: self.send([event(1)]))
        self.assertEqual(self.kept(asked), (0, 0))
        asked = self.logged(lambda: self.send([event(number) for number in range(2, 1502)]))
        planned, sent = self.kept(asked)
        self.assertEqual(planned, 1, asked[:4000])
        self.assertGreater(sent, 1)

    def test_what_reads_all_months_of_receipts_is_planned_once(self):
        """To plan it takes ten times as long as to do it, and whoever flushes asks again and again."""
        self.send([event(number) for number in range(1, 1001)])
        asked = self.logged(self.flush)
        unnamed, kept = (len(re.findall(rf"execute {name}: SELECT [^\n]*e\.settled_no > \$1", asked))
                         for name in ("<unnamed>", r"jirasend_\w+"))
        self.assertLessEqual(unnamed, 4, "one a connection")
        self.assertGreater(kept, unnamed)

    def test_a_pooler_is_asked_to_keep_nothing(self):
        postgres.need(pooler=True)
        pooler = postgres.PgBouncer(self.server)
        self.addCleanup(pooler.close)
        through = pooler.url(self.name, "runtime")
        asked = self.logged(lambda: self.send([event(number) for number in range(1, 601)], outbox=through))
        self.assertEqual(self.kept(asked), (0, 0))
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.waiting"), "600")

    def test_log_in_at_a_pooler(self):
        """It says so in words of its own, and waiting does not help."""
        postgres.need(pooler=True)
        pooler = postgres.PgBouncer(self.server)
        self.addCleanup(pooler.close)
        wrong = self.path("wrong", "wrong")
        self.expect(69, "log", "--outbox", pooler.url(self.name, "runtime"), "--outbox-password-file", wrong,
                    says="authentication failed")
        self.expect(69, "log", "--outbox", pooler.url(self.name, "nobody-like-that"), says="authentication failed")

    def test_a_pooler_that_allows_no_transactions(self):
        """Nothing will work there, and `check` says so as well."""
        postgres.need(pooler=True)
        pooler = postgres.PgBouncer(self.server, pool_mode="statement")
        self.addCleanup(pooler.close)
        through = pooler.url(self.name, "runtime")
        self.expect(69, "send", "-", "--outbox", through, "--wait", "5", stdin=event(1), says="pool_mode to transaction")
        self.expect(69, "check", "--outbox", through, says="pool_mode to transaction")

    def test_a_pooler_that_does_not_show(self):
        """What was kept is gone, as it is with the next connection of a pooler that says it was the server."""
        self.sql("CREATE FUNCTION jirasend.forget() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN NULL; END$$;"
                 " CREATE TRIGGER forget AFTER INSERT ON jirasend.waiting EXECUTE FUNCTION jirasend.forget()")
        asked = self.logged(lambda: self.send([event(number) for number in range(1, 1001)]))
        self.assertIn("does not exist", asked)
        self.assertLessEqual(max(self.kept(asked)), 1)
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.waiting"), "1000")

    def test_the_password_is_nowhere(self):
        password = self.server.passwords["runtime"]
        wrong = self.path("wrong", "hunter2-is-wrong")
        for code, options in ((0, ()), (69, ("--outbox-password-file", wrong))):
            done = self.run_cli("send", "-", "--outbox", self.outbox, "--wait", "0", "--verbose", *options,
                                stdin=event(1))
            self.assertEqual(done.code, code, done.err)
            for word in (password, "hunter2-is-wrong"):
                self.assertNotIn(word, done.out + done.err)
        self.assertNotIn(password, self.server.log.read_text(encoding="utf-8"))

    def test_what_the_server_chatters_is_shown_nowhere(self):
        self.addCleanup(self.sql, "ALTER ROLE runtime RESET client_min_messages")
        self.sql("ALTER ROLE runtime SET client_min_messages = debug5")
        done = self.expect(0, "log", "--quiet", "--outbox", self.outbox)
        self.assertEqual(done.err, "")

    def test_unix_socket(self):
        host = str(self.server.sockets)
        self.expect(0, "log", "--outbox", f"postgresql://runtime@/{self.name}?host={host}&port={self.server.port}")

    def test_another_schema(self):
        address = self.server.url(self.name, "owner", schema="second_one")
        with_password = ("--outbox-password-file", self.server.password_file("owner"))
        self.expect(69, "log", "--outbox", address, *with_password)
        self.expect(0, "outbox", "migrate", "--outbox", address, *with_password)
        self.send([event(1)], *with_password, outbox=address)
        self.assertEqual(self.listed(), [])

    def test_from_submit_to_jira(self):
        receipts = self.send([event(number, requestId=f"r{number}") for number in range(1, 31)], wait="30")
        self.assertEqual({one["status"] for one in receipts}, {"accepted"})
        again = self.send([event(3, requestId="r3")], wait="30")
        self.assertEqual((again[0]["id"], again[0]["status"]), (receipts[2]["id"], "accepted"))
        self.assertEqual(len(self.sandbox.state()["builds"]), 30)
        self.assertEqual(len(self.log()), 30)

    def transactions(self):
        return int(self.sql("SELECT pg_stat_clear_snapshot(); SELECT xact_commit FROM pg_stat_database"
                            f" WHERE datname = '{self.name}'").split()[-1])

    def counted(self, run, least):
        """How many transactions that took, once the server says so: it counts when a connection has ended."""
        before = self.transactions()
        result = run()
        postgres.wait_for(lambda: self.transactions() > before + least, "the count")
        return self.transactions() - before, result

    def test_receipts_are_read_many_at_once(self):
        events = 300
        stored, receipts = self.counted(lambda: self.send([event(number) for number in range(1, events + 1)]), 5)
        self.assertEqual([one["status"] for one in receipts], ["queued"] * events)
        flushed, receipts = self.counted(self.flush, 5)
        self.assertEqual([one["status"] for one in receipts], ["accepted"] * events)
        self.assertEqual(len({one["id"] for one in receipts}), events)
        self.assertLess(stored, events / 2)
        self.assertLess(flushed, events / 2)

    def test_receipts_of_what_is_sent_meanwhile(self):
        """Each says what became of its event, whatever was read before that."""
        receipts = self.send([event(number) for number in range(1, 301)], wait="60")
        self.assertEqual([one["status"] for one in receipts], ["accepted"] * 300)

    def test_who_waits_asks_little(self):
        """Every five seconds while Jira takes nothing, and what happens meanwhile is noticed all the same."""
        self.sandbox.faults({"path": "/bulk", "status": 429, "count": 1, "headers": {"Retry-After": "300"}})
        waiting = self.start("send", "-", "--outbox", self.outbox, "--wait", "400", stdin=subprocess.PIPE)
        waiting.stdin.write(event(1).encode() + b"\n")
        waiting.stdin.close()
        postgres.wait_for(lambda: self.sandbox.log("/bulk"), "the request")
        time.sleep(12)
        self.server.set(log_min_duration_statement="0")
        begin = len(self.server.log.read_text(encoding="utf-8"))
        time.sleep(20)
        asked = self.server.log.read_text(encoding="utf-8")[begin:].count(" execute ")
        self.server.set(log_min_duration_statement="-1")
        self.assertIsNone(waiting.poll())
        self.assertTrue(2 <= asked <= 12, asked)
        (row,) = self.listed()
        self.expect(0, "outbox", "drop", str(row["id"]), "--outbox", self.outbox)
        self.assertEqual(waiting.wait(30), 65)

    def test_who_waits_does_not_jump_up_for_the_news_of_others(self):
        """Or three hundred that wait would ask ten times a second each, for every event of one of them."""
        self.sandbox.faults({"path": "/bulk", "status": 429, "count": 1, "headers": {"Retry-After": "300"}})
        waiting = self.start("send", "-", "--outbox", self.outbox, "--wait", "400", stdin=subprocess.PIPE)
        waiting.stdin.write(event(1).encode() + b"\n")
        waiting.stdin.close()
        postgres.wait_for(lambda: self.sandbox.log("/bulk"), "the request")
        postgres.wait_for(lambda: self.sql("SELECT count(*) FROM jirasend.lane WHERE owner <> ''") == "0", "the rest")
        its = set(self.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'jirasend'").split())
        self.server.set(log_line_prefix="%p ", log_min_duration_statement="0")
        self.addCleanup(self.server.set, log_line_prefix="%m %a ", log_min_duration_statement="-1")
        begin = len(self.server.log.read_text(encoding="utf-8"))
        for number in range(2, 12):
            self.send([event(number)])
            time.sleep(1)
        lines = self.server.log.read_text(encoding="utf-8")[begin:].splitlines()
        asked = [line for line in lines if " execute " in line and line.split(" ")[0] in its]
        self.assertTrue(1 <= len(asked) <= 100, f"{len(asked)}: {asked[:60]}")
        self.assertIsNone(waiting.poll())
        self.expect(0, "outbox", "drop", str(self.listed()[0]["id"]), "--outbox", self.outbox)
        self.assertEqual(waiting.wait(30), 65)

    def test_a_lane_that_was_taken_while_the_process_left_is_free(self):
        """The claim's answer comes too late to be heard: the others must not wait for the lease."""
        self.sql("CREATE FUNCTION jirasend.slow() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$BEGIN PERFORM pg_sleep(1.3); RETURN NULL; END$$;"
                 " CREATE TRIGGER slow AFTER UPDATE ON jirasend.lane FOR EACH ROW"
                 " WHEN (OLD.owner = '' AND NEW.owner <> '') EXECUTE FUNCTION jirasend.slow()")
        (receipt,) = self.send([event(1)], wait="1")
        self.assertEqual(receipt["status"], "queued")
        postgres.wait_for(lambda: self.sql("SELECT count(*) FROM jirasend.lane WHERE fence > 0") == "1", "the claim")
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.lane WHERE owner <> ''"), "0")


if __name__ == "__main__":
    skipping_main(unittest.main)
