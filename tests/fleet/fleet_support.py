"""What the tests of a fleet share: a sandbox, a server with an outbox that was migrated, and ways to run `jirasend`."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from cli_support import CliTest, event  # noqa: E402, F401

import postgres  # noqa: E402


class FleetTest(CliTest):
    """One server a class, one database a test. The role `runtime` has what `migrate --role` gives, and no more."""

    server = None
    settings = {}

    @classmethod
    def setUpClass(cls):
        postgres.need()
        super().setUpClass()
        cls.server = postgres.Postgres(**cls.settings)
        cls.server.role("runtime")
        cls.server.role("owner")
        cls.made = 0

    @classmethod
    def tearDownClass(cls):
        if cls.server:
            cls.server.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        type(self).made += 1
        self.outbox = self.make_outbox()

    def make_outbox(self):
        self.name = f"outbox{self.made}"
        self.copy_outbox(self.name)
        return self.server.url(self.name, "runtime")

    def copy_outbox(self, name):
        """An empty one that was migrated: making its tables anew each time takes longer than most tests."""
        if not self.server.template:
            self.server.database("migrated", "owner")
            self.migrate("migrated")
            self.server.template = "migrated"
        self.server.sql(f'CREATE DATABASE "{name}" OWNER owner TEMPLATE migrated')

    def migrate(self, database, role="runtime"):
        self.expect(0, "outbox", "migrate", "--role", role, "--outbox", self.server.url(database, "owner"),
                    "--outbox-password-file", self.server.password_file("owner"))

    def environment(self, **variables):
        return super().environment(**{"JIRASEND_OUTBOX_PASSWORD_FILE": self.server.password_file("runtime"),
                                      **variables})

    def sql(self, text, database=None):
        return self.server.sql(text, database or self.name)

    def send(self, documents, *options, code=0, wait="0", outbox=None, **more):
        return self.expect(code, "send", "-", "--outbox", outbox or self.outbox, "--wait", wait, "--json", *options,
                           stdin="\n".join(documents), **more).receipts()

    def listed(self, outbox=None):
        return self.expect(0, "outbox", "list", "--outbox", outbox or self.outbox, "--json").receipts()

    def log(self, *options, outbox=None):
        return self.expect(0, "log", "--outbox", outbox or self.outbox, "--json", *options).receipts()

    def flush(self, code=0, outbox=None, wait="60", **more):
        return self.expect(code, "outbox", "flush", "--outbox", outbox or self.outbox, "--json", "--wait", wait,
                           **more).receipts()

    def check(self, code=0, *options, outbox=None, **more):
        """The report of `check --outbox` alone."""
        env = {"JIRASEND_SITE": None, "JIRASEND_CLIENT_ID": None, **more.pop("env", {})}
        done = self.expect(code, "check", "--outbox", outbox or self.outbox, "--json", *options, env=env, **more)
        return json.loads(done.out) if done.out else done


class Transaction:
    """One that stays open until it is told to end."""

    def __init__(self, server, database, statement):
        self.psql = subprocess.Popen(
            [server.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", server.sockets, "-p",
             str(server.port), "-U", postgres.SUPERUSER, "-d", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.psql.stdin.write(f"BEGIN; {statement}; SELECT 'open';\n")
        self.psql.stdin.flush()
        line = self.psql.stdout.readline()
        while line not in ("open\n", ""):
            line = self.psql.stdout.readline()

    def end(self):
        return self.psql.communicate("COMMIT;\n", timeout=postgres.PATIENCE_S)


# A clock in front of the server's own, for what the role asks.
CLOCK = """CREATE SCHEMA IF NOT EXISTS shifted;
CREATE OR REPLACE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT pg_catalog.clock_timestamp() + interval '%d seconds'$$;
GRANT USAGE ON SCHEMA shifted TO "%s";
ALTER ROLE "%s" IN DATABASE "%s" SET search_path = shifted, pg_catalog"""


def shift_clock(server, database, role, seconds):
    """The server's clock is so far ahead, for this role in this database."""
    server.sql(CLOCK % (seconds, role, role, database), database)


def skipping_main(run):
    """As unittest.main(), and 77 where there is no server."""
    why = postgres.missing()
    if why:
        print("skipped:", why)
        sys.exit(77)
    run()
