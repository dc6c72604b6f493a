"""One outbox, several processes that die, and what must hold afterwards.

What is sent is known here event by event, by requestId and by a description of its own. After the
deaths the outbox is looked at in a copy; then whoever was not answered submits again, as a build
that was interrupted would, everything is flushed, and the sandbox is asked.
"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from sandbox import Sandbox  # pylint: disable=wrong-import-position,unused-import

WAITING, ACCEPTED, SKIPPED, SUPERSEDED, REJECTED = 0, 2, 3, 4, 5
KILLED = -9


def build(pipeline, number, state, request):
    return {"kind": "build", "pipelineId": pipeline, "number": number, "state": state,
            "url": f"https://ci.example.com/{number}", "issueKeys": [f"APP-{number}"],
            "description": request, "requestId": request}


def deployment(pipeline, number, state, request):
    return {**build(pipeline, number, state, request), "kind": "deployment",
            "environment": {"id": "prod", "name": "prod", "type": "production"}}


def some_events(who, part):
    """What one process submits at once: two builds of its own, one update of each of its own build
    and its own deployment, and one update of a build that all processes tell of."""
    state = ("pending", "in_progress", "successful")[part % 3]
    base = 1000 * (who + 1)
    return [
        build("own", base + 10 * part + 1, "successful", f"{who}-{part}-a"),
        build("own", base + 10 * part + 2, "failed", f"{who}-{part}-b"),
        build("updated", base, state, f"{who}-{part}-updated"),
        deployment("updated", base, state, f"{who}-{part}-deployed"),
        build("shared", 1, state, f"{who}-{part}-shared"),
    ]


class Worker:
    """One process of the command line tool that sends some events."""

    def __init__(self, world, events, program=None, wait=10, crash_at=None):
        self.world, self.events, self.wait = world, events, wait
        environment = world.sandbox.environment()
        if crash_at:
            environment["JIRASEND_CRASH_AT"] = crash_at
        self.process = subprocess.Popen(
            [program or os.environ["JIRASEND_CLI"], "send", "-", "--outbox", world.folder,
             "--wait", str(wait), "--json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, text=True)
        try:
            self.process.stdin.write("".join(json.dumps(event) + "\n" for event in events))
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdin = None
        world.sent.update({event["requestId"]: event for event in events})

    def end(self):
        """The exit code."""
        self.out, self.err = self.process.communicate(timeout=60)
        return self.process.returncode


class World:
    """A folder with an outbox, a sandbox that is emptied first, and what was sent."""

    late = frozenset()  # requests that may come after newer ones of their stream: Jira heeds the numbers

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.base = tempfile.mkdtemp(prefix="jirasend-crash-")
        self.folder = os.path.join(self.base, "outbox")
        self.sent = {}
        sandbox.reset()

    def remove(self):
        shutil.rmtree(self.base, ignore_errors=True)

    def submit_again(self, worker):
        """As a build that was interrupted: the same documents, the same request ids."""
        again = Worker(self, worker.events)
        code = again.end()
        if code != 0:
            raise AssertionError(f"submitting again ended with {code}: {again.err}")

    def flush(self):
        done = self.sandbox.cli("outbox", "flush", "--outbox", self.folder, "--wait", "30")
        if done.returncode != 0:
            raise AssertionError(f"flush ended with {done.returncode}: {done.stderr}")

    def rows(self):
        """All events of the outbox, from a copy, so that the outbox itself stays as the dead left it."""
        if not os.path.exists(os.path.join(self.folder, "outbox.db")):
            return []
        copy = os.path.join(self.base, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy)
        connection = sqlite3.connect(os.path.join(copy, "outbox.db"))
        connection.row_factory = sqlite3.Row
        try:
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            if problems != ["ok"]:
                raise AssertionError(f"the database is damaged: {problems}")
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'")
            if there.fetchone() is None:
                return []
            self._check_history(connection)
            return connection.execute(
                "SELECT e.id, e.request_id, e.stream, e.status, e.sequence,"
                " d.id IS NOT NULL AS kept FROM event e LEFT JOIN document d ON d.id = e.id"
                " ORDER BY e.id").fetchall()
        finally:
            connection.close()

    @staticmethod
    def _check_history(connection):
        """The history has what was settled, all of it and nothing else, whenever anybody died."""
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_key'").fetchone() is None:
            return
        told, counted = {}, {}
        for row in connection.execute("SELECT id, stream, status, issue_keys, sequence FROM event ORDER BY id"):
            settled = row["status"] != WAITING
            wanted = set(row["issue_keys"].split("\n")) - {""} if settled else set()
            keys = {key for (key,) in connection.execute(
                "SELECT key FROM event_key WHERE event = ? AND rule = 0", (row["id"],))}
            if keys != wanted:
                raise AssertionError(f"event {row['id']} (status {row['status']}): {keys}, not {wanted}")
            counted[row["status"]] = counted.get(row["status"], 0) + 1
            if row["status"] == ACCEPTED:
                told[row["stream"]] = row["id"]
        counted.pop(WAITING, None)
        counters = {}
        for label, value in connection.execute("SELECT label, value FROM metric WHERE name = 'events'"):
            status = int(label.split("\n")[1])
            counters[status] = counters.get(status, 0) + value
        if counters != counted:
            raise AssertionError(f"counters {counters}, events {counted}")
        World._check_measures(connection, counted.get(ACCEPTED, 0))
        kept = dict(connection.execute("SELECT stream, event FROM told").fetchall())
        if kept != told:
            raise AssertionError(f"documents kept of {kept}, not of {told}")

    @staticmethod
    def _check_measures(connection, accepted):
        """What is measured of accepted events counts each of them; a deployment once for each state."""
        took = sum(value for (value,) in connection.execute("SELECT value FROM metric WHERE name = 'delivery'"))
        if took != accepted:
            raise AssertionError(f"the times of {took} deliveries, events {accepted}")
        states = {(stream, json.loads(facts)["state"]) for stream, facts in connection.execute(
            "SELECT e.stream, e.facts FROM event e JOIN lane l ON l.id = e.lane WHERE l.kind = 2 AND e.barrier = 0"
            " AND e.status = ?",
            (ACCEPTED,))}
        counted = sum(value for (value,) in connection.execute("SELECT value FROM metric WHERE name = 'deployments'"))
        if counted != len(states):
            raise AssertionError(f"{counted} deployments counted, not {len(states)}")

    def check_verbs(self):
        """What people are told agrees, too."""
        text = self.sandbox.cli("metrics", "--outbox", self.folder)
        log = self.sandbox.cli("log", "--outbox", self.folder, "--json", "--limit", "1000")
        if text.returncode != 0 or log.returncode != 0:
            raise AssertionError(f"metrics {text.stderr} log {log.stderr}")
        receipts = [json.loads(line) for line in log.stdout.splitlines()]
        settled = [receipt for receipt in receipts if receipt["status"] not in ("queued", "held")]
        counted = sum(int(line.rsplit(" ", 1)[1]) for line in text.stdout.splitlines()
                      if line.startswith("jirasend_events_total{"))
        waiting = sum(int(line.rsplit(" ", 1)[1]) for line in text.stdout.splitlines()
                      if line.startswith("jirasend_waiting{"))
        if (counted, waiting) != (len(settled), len(receipts) - len(settled)):
            raise AssertionError(f"metrics say {counted} settled and {waiting} waiting, log has {len(settled)} of "
                                 f"{len(receipts)} settled")

    def arrived(self):
        """(stream, sequence, request) of each item that Jira took, in the order they came."""
        items = []
        for entry in self.sandbox.log("/bulk"):
            if entry["status"] == 202:
                for kind in ("builds", "deployments"):
                    items += [self._item(kind, item) for item in entry["body"].get(kind, [])]
        return items

    @staticmethod
    def _item(kind, item):
        number = item.get("buildNumber", item.get("deploymentSequenceNumber"))
        pipeline = item.get("pipelineId") or item["pipeline"]["id"]
        return (kind, pipeline, number), item["updateSequenceNumber"], item["description"]

    def check_nothing_lost(self):
        """At any moment: only what Jira has, or has a newer update of, was deleted."""
        arrived = {request for _, _, request in self.arrived()}
        rows = self.rows()
        for row in rows:
            if row["kept"] != (row["status"] in (WAITING, REJECTED)):
                raise AssertionError(f"event {row['id']}: status {row['status']}, "
                                     f"document kept: {row['kept']}")
            newer = [other for other in rows if other["stream"] == row["stream"]
                     and other["id"] > row["id"] and other["request_id"] in arrived]
            if row["status"] == ACCEPTED and row["request_id"] not in arrived:
                raise AssertionError(f"event {row['id']} is accepted, but never arrived")
            if row["status"] == SUPERSEDED and not newer:
                raise AssertionError(f"event {row['id']} is superseded by nothing that arrived")

    def check_end(self):
        """After the flush: all is there, each stream in order, its newest update is what Jira shows."""
        self.check_nothing_lost()
        rows = self.rows()
        by_request = {row["request_id"]: row for row in rows}
        missing = set(self.sent) - set(by_request)
        if missing or len(rows) != len(by_request):
            raise AssertionError(f"{len(rows)} events, missing: {sorted(missing)}")
        waiting = [row["id"] for row in rows if row["status"] not in (ACCEPTED, SUPERSEDED)]
        if waiting:
            raise AssertionError(f"not delivered: {waiting}")
        last = {}
        for stream, sequence, request in self.arrived():
            if sequence < last.get(stream, 0) and request not in self.late:
                raise AssertionError(f"{stream}: {sequence} ({request}) after {last[stream]}")
            last[stream] = max(sequence, last.get(stream, 0))
            if by_request[request]["sequence"] != sequence:
                raise AssertionError(f"{request} went with another sequence number than stored")
        newest = {row["stream"]: row for row in rows}
        shown = self.shown()
        for row in newest.values():
            event = self.sent[row["request_id"]]
            stream = (event["kind"] + "s", event["pipelineId"], event["number"])
            if shown.get(stream) != row["request_id"]:
                raise AssertionError(f"{stream}: Jira shows {shown.get(stream)}, "
                                     f"the newest is {row['request_id']}")

    def shown(self):
        state = self.sandbox.state()
        result = {}
        for kind in ("builds", "deployments"):
            for item in state[kind]:
                stream, _, request = self._item(kind, item)
                result[stream] = request
        return result
