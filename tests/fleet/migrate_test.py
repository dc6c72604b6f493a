"""`jirasend outbox migrate`: what it makes, what it leaves alone, and who may work with it for how long."""

import re
import time
import unittest

import postgres
from fleet_support import FleetTest, Transaction, event, skipping_main, shift_clock

MONTHS = "SELECT count(*) FROM pg_class WHERE relname ~ '^receipt_[0-9]{4}_[0-9]{2}$' AND relkind = 'r'"
YEAR_S = 366 * 24 * 3600


class Migrate(FleetTest):
    def again(self):
        """Its words: how many months were prepared, and how many dropped."""
        done = self.expect(0, "outbox", "migrate", "--role", "runtime", "--outbox", self.server.url(self.name, "owner"),
                           "--outbox-password-file", self.server.password_file("owner"))
        self.said = done.err
        return tuple(int(number) for number in re.search(r"(\d+) months were prepared, (\d+) empty", self.said).groups())

    def shift(self, seconds):
        for role in ("owner", "runtime"):
            shift_clock(self.server, self.name, role, seconds)

    def test_the_months_to_come(self):
        self.assertEqual(self.sql(MONTHS), "25")
        self.assertEqual(self.again(), (0, 0))
        self.sql("DROP TABLE jirasend.receipt_" + time.strftime("%Y_%m", time.gmtime()))
        self.assertEqual(self.again(), (1, 0))

    def test_a_year_later(self):
        self.send([event(1)], wait="20")
        self.shift(YEAR_S)
        prepared, dropped = self.again()
        self.assertIn(prepared, (12, 13))
        self.assertIn(dropped, (11, 12), "all but the month of the receipt")
        self.assertEqual(len(self.log()), 1)

    def test_years_after_the_last_one(self):
        """What has no month of its own has a place; no month is made of which rows are there already."""
        self.shift(3 * YEAR_S)
        receipts = self.send([event(number, requestId=f"r{number}") for number in (1, 2, 3)], wait="20")
        self.assertEqual({one["status"] for one in receipts}, {"accepted"})
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.receipt_other"), "3")
        self.assertEqual(self.send([event(1, requestId="r1")], wait="20")[0]["id"], receipts[0]["id"])
        self.assertEqual(len(self.log()), 3)
        self.assertEqual(self.again(), (24, 25))
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.receipt_other"), "3")
        # Old ones are forgotten in small steps, by whoever sends.
        self.shift(3 * YEAR_S + 2 * YEAR_S)
        self.send([event(9)], wait="20")
        self.flush()
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.receipt_other"), "0")

    def test_somebody_holds_a_lock(self):
        """It waits for three seconds, keeps nobody longer, and leaves the rest for the next time."""
        self.shift(YEAR_S)
        other = Transaction(self.server, self.name, "LOCK TABLE jirasend.receipt IN ACCESS SHARE MODE")
        try:
            began = time.monotonic()
            self.assertEqual(self.again(), (0, 0))
            self.assertLess(time.monotonic() - began, 10)
            self.assertIn("left for the next time", self.said)
        finally:
            other.end()
        self.assertGreater(self.again()[0], 11)

    def test_two_at_once(self):
        name = f"{self.name}_both"
        self.server.database(name, "owner")
        arguments = ("outbox", "migrate", "--role", "runtime", "--outbox", self.server.url(name, "owner"),
                     "--outbox-password-file", self.server.password_file("owner"))
        both = [self.start(*arguments) for _ in range(2)]
        self.assertEqual([one.wait(60) for one in both], [0, 0], [one.stderr.read() for one in both])
        self.assertEqual(self.sql(MONTHS, name), "25")

    def test_killed_while_another_does_the_same(self):
        """At any time: the other one, or the next, makes what is missing."""
        for pause in (0.05, 0.15, 0.3, 0.6):
            name = f"{self.name}_{pause}"
            self.server.database(name, "owner")
            arguments = ("outbox", "migrate", "--role", "runtime", "--outbox", self.server.url(name, "owner"),
                         "--outbox-password-file", self.server.password_file("owner"))
            killed, other = self.start(*arguments), self.start(*arguments)
            time.sleep(pause)
            killed.kill()
            self.assertEqual(other.wait(60), 0, other.stderr.read())
            self.expect(0, *arguments)
            self.assertEqual(self.sql(MONTHS, name), "25")
            self.send([event(1)], outbox=self.server.url(name, "runtime"))

    def test_nothing_but_tables(self):
        """No function, trigger, extension or advisory lock; settings of their own for what is written often."""
        self.send([event(1)], wait="20")
        self.assertEqual(self.sql("SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
                                  " WHERE n.nspname = 'jirasend'"), "0")
        self.assertEqual(self.sql("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"), "0")
        self.assertEqual(self.sql("SELECT count(*) FROM pg_extension WHERE extname <> 'plpgsql'"), "0")
        self.assertIn("autovacuum", self.sql("SELECT reloptions FROM pg_class WHERE oid = 'jirasend.waiting'::regclass"))

    def test_what_the_role_gets(self):
        """It may neither change the tables nor make some, and nobody else may read them."""
        self.assertEqual(self.sql("SELECT has_schema_privilege('runtime', 'jirasend', 'CREATE')"), "f")
        self.assertEqual(self.sql("SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema ="
                                  " 'jirasend' AND grantee NOT IN ('owner', 'runtime')"), "0")
        self.assertEqual(self.sql("SELECT string_agg(DISTINCT privilege_type, ' ' ORDER BY privilege_type)"
                                  " FROM information_schema.role_table_grants WHERE grantee = 'runtime'"),
                         "DELETE INSERT SELECT UPDATE")
        self.assertEqual(self.sql("SELECT string_agg(privilege_type, ' ') FROM information_schema.role_table_grants"
                                  " WHERE grantee = 'runtime' AND table_name = 'meta'"), "SELECT")

    def test_a_database_of_another_encoding(self):
        self.server.sql(f"CREATE DATABASE latin OWNER owner ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
                        " TEMPLATE template0")
        self.expect(69, "outbox", "migrate", "--outbox", self.server.url("latin", "owner"),
                    "--outbox-password-file", self.server.password_file("owner"), says="UTF8")


class Versions(FleetTest):
    VERBS = (("log",), ("explain", "APP-1", "--offline"), ("diff", "a", "b"), ("verify",), ("metrics",),
             ("show", "build", "--pipeline", "p", "--number", "1"), ("outbox", "list"), ("outbox", "show", "1"),
             ("outbox", "flush"), ("outbox", "retry"), ("outbox", "drop", "1"), ("check",),
             ("build", "--pipeline", "p", "--number", "1", "--url", "https://ci.example.com/1", "--state",
              "successful", "--keys", "APP-1"))

    def each(self, words):
        for verb in self.VERBS:
            with self.subTest(verb=verb):
                self.expect(69, *verb, "--outbox", self.outbox, says=words)

    def meta(self, **values):
        self.sql("".join(f"UPDATE jirasend.meta SET value = '{value}' WHERE name = '{name}';"
                         for name, value in values.items()))

    def test_made_by_a_newer_one(self):
        self.meta(schema=99, readable_from=99, written_by="9.1.0", readable_from_release="9.0.0")
        self.each(["made by the newer jirasend 9.1.0", "at least jirasend 9.0.0"])
        self.expect(69, "outbox", "migrate", "--outbox", self.server.url(self.name, "owner"),
                    "--outbox-password-file", self.server.password_file("owner"), says="newer jirasend 9.1.0")

    def test_made_by_a_newer_one_that_lets_us_work(self):
        self.meta(schema=99, written_by="9.1.0")
        self.sql("ALTER TABLE jirasend.waiting ADD COLUMN tomorrow integer NOT NULL DEFAULT 0")
        self.assertEqual(self.send([event(1)], wait="20")[0]["status"], "accepted")
        self.assertEqual(len(self.log()), 1)

    def test_older_than_this_program(self):
        self.meta(schema=0)
        self.each(["older than this program", "migrate"])

    def test_no_tables(self):
        self.sql("DROP SCHEMA jirasend CASCADE")
        self.each(["migrate"])

    def test_no_database(self):
        self.outbox = self.server.url("nowhere", "runtime")
        self.each(["no such database"])

    def test_no_rights(self):
        self.sql("REVOKE ALL ON ALL TABLES IN SCHEMA jirasend FROM runtime; REVOKE USAGE ON SCHEMA jirasend FROM runtime")
        self.each(["rights"])

    def test_a_standby(self):
        self.server.sql(f"ALTER DATABASE {self.name} SET default_transaction_read_only = on")
        self.expect(69, "send", "-", "--outbox", self.outbox, "--wait", "1", stdin=event(1), says="only reads")


if __name__ == "__main__":
    skipping_main(unittest.main)
