"""The world of the crash tests, over a PostgreSQL server of the tests' own."""

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "crash"))
sys.path.insert(0, str(HERE.parents[1] / "support"))
import crash_support  # pylint: disable=wrong-import-position
from crash_support import KILLED, Sandbox, some_events  # pylint: disable=wrong-import-position,unused-import
from postgres import PgBouncer, Postgres, need  # pylint: disable=wrong-import-position,unused-import

LEASE_MS = 2000  # of the programs of the tests, instead of 90 s

EVENTS = """
SELECT id, request_id, stream, 0, sequence, 1 FROM {0}.waiting
UNION ALL SELECT id, request_id, stream, status, sequence, 1 FROM {0}.dead
UNION ALL SELECT id, request_id, stream, status, sequence, 0 FROM {0}.receipt ORDER BY 1
"""
TABLES = ("counter", "lane", "envelope", "repository", "stream", "request", "waiting", "dead", "receipt",
          "event_key", "told", "metric", "bookmark")
COLUMNS = ("id", "request_id", "stream", "status", "sequence", "kept")


class Fleet:
    """A server with an owner of the tables and a role that may only read and write."""

    def __init__(self, **settings):
        self.server = Postgres(**settings)
        self.server.database("fleet", "owner")
        self.server.role("job", "pass'word \"with\\ odd %characters ü")
        self.files = {role: self.server.password_file(role) for role in ("owner", "job")}
        self.migrated = False

    def close(self):
        self.server.close()

    def password(self, role):
        return {"JIRASEND_OUTBOX_PASSWORD_FILE": self.files[role]}

    def migrate(self, schema):
        done = subprocess.run(
            [os.environ["JIRASEND_CLI"], "outbox", "migrate", "--role", "job", "--outbox",
             self.server.url("fleet", "owner", schema=schema)],
            env={**clean(), **self.password("owner")}, capture_output=True, text=True, timeout=120,
            check=False)
        if done.returncode != 0:
            raise AssertionError(f"migrate ended with {done.returncode}: {done.stderr}")

    def schema(self):
        """An empty outbox; its tables are made once."""
        if self.migrated:
            self.server.sql("".join(f"DELETE FROM s.{table};" for table in TABLES)
                            + "UPDATE s.tally SET settled_no = 0, changes = 0, dead = 0, removed_dead = 0",
                            database="fleet")
        else:
            self.migrate("s")
            self.migrated = True
        return "s"


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "JIRASEND_OUTBOX"))}


# What is wrong with the history: keys, counters and measures are those of what was settled, in one look.
HISTORY = """
WITH settled AS (SELECT id, lane, stream, status, issue_keys, barrier, facts FROM {0}.receipt
  UNION ALL SELECT id, lane, stream, status, issue_keys, barrier, facts FROM {0}.dead),
 keys AS (SELECT id, key FROM settled, unnest(string_to_array(issue_keys, chr(10))) key WHERE key <> ''),
 noted AS (SELECT event, key FROM {0}.event_key WHERE rule = 0),
 wanted AS (SELECT 'events ' || status AS name, count(*) AS value FROM settled GROUP BY status
  UNION ALL SELECT 'delivery', count(*) FROM settled WHERE status = 2 HAVING count(*) > 0
  UNION ALL SELECT 'deployments', count(DISTINCT (stream, facts::json ->> 'state')) FROM settled s
   JOIN {0}.lane l ON l.id = s.lane WHERE l.kind = 2 AND status = 2 AND NOT barrier HAVING count(*) > 0),
 counted AS (SELECT 'events ' || split_part(label, chr(10), 2) AS name, sum(value) AS value FROM {0}.metric
   WHERE name = 'events' GROUP BY 1
  UNION ALL SELECT name, sum(value) FROM {0}.metric WHERE name IN ('delivery', 'deployments') GROUP BY 1)
SELECT 'not noted: ' || id || ' ' || key FROM (TABLE keys EXCEPT TABLE noted) a
UNION ALL SELECT 'noted: ' || event || ' ' || key FROM (TABLE noted EXCEPT TABLE keys) b
UNION ALL SELECT name || ': ' || coalesce(w.value, 0) || ', counted ' || coalesce(c.value, 0)
 FROM wanted w FULL JOIN counted c USING (name) WHERE coalesce(w.value, 0) <> coalesce(c.value, 0)
"""


class Worker(crash_support.Worker):
    """One whose leases are short."""

    def __init__(self, world, events, program=None, wait=20, crash_at=None):
        super().__init__(world, events, program or os.environ["JIRASEND_CRASHING"], wait, crash_at)


class World(crash_support.World):
    """A schema of its own; `pooler`: through PgBouncer."""

    def __init__(self, sandbox, fleet, pooler=None):
        super().__init__(sandbox)
        self.fleet = fleet
        self.schema = fleet.schema()
        self.folder = (pooler or fleet.server).url("fleet", "job", schema=self.schema)
        plain = sandbox.environment
        self.environment = lambda: {**plain(), **fleet.password("job"),
                                    "JIRASEND_TEST_LEASE_MS": str(LEASE_MS)}
        self.sandbox = _Inside(sandbox, self.environment)

    def submit_again(self, worker):
        again = Worker(self, worker.events)
        code = again.end()
        if code != 0:
            raise AssertionError(f"submitting again ended with {code}: {again.err}")

    def flush(self, seconds=60):
        """Leases of the dead have to be over first."""
        end = time.monotonic() + seconds
        while True:
            done = subprocess.run(
                [os.environ["JIRASEND_CRASHING"], "outbox", "flush", "--outbox", self.folder, "--wait", "20"],
                env=self.environment(), capture_output=True, text=True, timeout=120, check=False)
            if done.returncode == 0:
                return
            if time.monotonic() > end:
                raise AssertionError(f"flush ended with {done.returncode}: {done.stderr}")

    def rows(self, judged=True):
        """`judged`: every event was settled once; a dead letter that was tried again counts twice."""
        wrong = self.fleet.server.sql(HISTORY.format(self.schema), database="fleet") if judged else ""
        if wrong:
            raise AssertionError(f"history and counters are not what was settled: {wrong}")
        text = self.fleet.server.sql(EVENTS.format(self.schema), database="fleet")
        return [dict(zip(COLUMNS, map(_read, line.split("|")))) for line in text.splitlines()]

    def check_end(self):
        super().check_end()
        numbers = self.fleet.server.sql(
            f"SELECT settled_no FROM {self.schema}.receipt UNION ALL SELECT settled_no FROM"
            f" {self.schema}.dead ORDER BY 1", database="fleet").split()
        if numbers != [str(1 + at) for at in range(len(numbers))]:
            raise AssertionError(f"receipts have gaps: {numbers}")
        waits = self.fleet.server.sql(f"SELECT sum(waiting), sum(bytes) FROM {self.schema}.counter",
                                      database="fleet")
        if waits not in ("0|0", "|"):
            raise AssertionError(f"nothing waits, and the counters say {waits}")


class _Inside:
    """The sandbox, for workers whose environment is that of the fleet."""

    def __init__(self, sandbox, environment):
        self._sandbox = sandbox
        self.environment = environment

    def __getattr__(self, name):
        return getattr(self._sandbox, name)


def _read(text):
    return int(text) if text.lstrip("-").isdigit() else text
