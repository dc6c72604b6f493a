"""What jobs may do with no more than `outbox migrate --role` gives them, directly and through a pooler."""

import json
import os
import subprocess
import time
import unittest

from fleet_support import Fleet, PgBouncer, Sandbox, World, need, some_events
from crash_support import build


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.fleet = Fleet()
        cls.addClassCleanup(cls.fleet.close)

    def tool(self, world, *arguments, code=0, stdin=""):
        done = subprocess.run([os.environ["JIRASEND_CRASHING"], *arguments, "--outbox", world.folder],
                              input=stdin, env=world.environment(), capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def everything(self, world):
        """Each verb that touches the outbox, so that each statement is run."""
        lines = "".join(json.dumps(event) + "\n" for event in some_events(0, 0))
        self.tool(world, "send", "-", "--wait", "20", stdin=lines)
        self.sandbox.faults({"path": "/bulk", "count": 1, "status": 400})
        refused = json.dumps(build("refused", 1, "failed", "r-1"))
        self.tool(world, "send", "-", "--wait", "0", stdin=refused)
        self.tool(world, "outbox", "flush", "--wait", "20")
        self.tool(world, "outbox", "list", "--json")
        self.tool(world, "outbox", "retry")
        self.tool(world, "outbox", "flush", "--wait", "20")
        self.tool(world, "send", "-", "--wait", "0", stdin=json.dumps(build("dropped", 1, "failed", "d-1")))
        rows = world.rows(judged=False)
        self.tool(world, "outbox", "drop", str(rows[-1]["id"]))
        self.tool(world, "outbox", "show", str(rows[0]["id"]))
        self.tool(world, "log", "--json")
        self.tool(world, "log", "--key", "APP-1")
        self.tool(world, "log", "--pipeline", "own")
        self.tool(world, "explain", "APP-1", "--offline")
        self.tool(world, "diff", "prod", "prod")
        self.tool(world, "metrics")

    def test_a_role_that_may_only_read_and_write(self):
        world = World(self.sandbox, self.fleet)
        self.addCleanup(world.remove)
        self.everything(world)
        self.assertEqual(self.fleet.server.sql(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 's' AND pg_get_userbyid(c.relowner) <> 'owner'", database="fleet"), "0")

    def test_through_a_pooler(self):
        need(pooler=True)
        pooler = PgBouncer(self.fleet.server)
        self.addCleanup(pooler.close)
        world = World(self.sandbox, self.fleet, pooler)
        self.addCleanup(world.remove)
        self.everything(world)

    def test_it_may_not_make_the_tables(self):
        world = World(self.sandbox, self.fleet)
        self.addCleanup(world.remove)
        world.folder = self.fleet.server.url("fleet", "job", schema="other")
        done = self.tool(world, "outbox", "migrate", code=69)
        self.assertIn("rights", done.stderr)
        done = self.tool(world, "outbox", "list", code=69)
        self.assertIn("migrate", done.stderr)

    def test_tls_is_verified(self):
        """The server's own authority is trusted where it is named, and nowhere else."""
        world = World(self.sandbox, self.fleet)
        self.addCleanup(world.remove)
        authority = self.fleet.server.certificates["ca.crt"]
        event = json.dumps(build("own", 8, "failed", "x-8"))

        def send(code, **parameters):
            world.folder = self.fleet.server.url("fleet", "job", schema="s", **parameters)
            return self.tool(world, "send", "-", "--wait", "5", code=code, stdin=event).stderr
        send(0, sslmode="verify-full", sslrootcert=authority)
        self.assertIn("certificate", send(69, sslmode="verify-full"))

    def test_refusals(self):
        """69 what stays, 75 what passes."""
        world = World(self.sandbox, self.fleet)
        self.addCleanup(world.remove)
        event = json.dumps(build("own", 9, "failed", "x-9"))
        good = world.folder
        for folder, code, words in (
                (self.fleet.server.url("none", "job", schema="s"), 69, "no such database"),
                (self.fleet.server.url("fleet", "nobody", schema="s"), 69, "log-in"),
                (self.fleet.server.url("fleet", "job", port=1, schema="s"), 75, "was not reached")):
            world.folder = folder
            begin = time.monotonic()
            done = self.tool(world, "send", "-", "--wait", "2", code=code, stdin=event)
            self.assertIn(words, done.stderr.lower())
            self.assertLess(time.monotonic() - begin, 10)
        world.folder = good
        self.fleet.server.sql("ALTER ROLE job SET default_transaction_read_only = on")
        self.addCleanup(self.fleet.server.sql, "ALTER ROLE job RESET default_transaction_read_only")
        done = self.tool(world, "send", "-", "--wait", "2", code=69, stdin=event)
        self.assertIn("only reads", done.stderr)
        self.fleet.server.sql("ALTER ROLE job RESET default_transaction_read_only")
        self.fleet.server.sql("ALTER ROLE job CONNECTION LIMIT 0")
        self.addCleanup(self.fleet.server.sql, "ALTER ROLE job CONNECTION LIMIT -1")
        done = self.tool(world, "send", "-", "--wait", "2", code=75, stdin=event)
        self.assertIn("too many connections", done.stderr)  # and not that the last try had no time left


if __name__ == "__main__":
    unittest.main()
