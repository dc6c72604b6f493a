"""What the network tests share: the real command line against a scripted Jira."""

import concurrent.futures
import json
import os
import sqlite3
import sys
import time
import unittest

from cli_support import BUILD, CLIENT_ID, SECRET, CliTest, event
from scripted_jira import ScriptedJira

KEYED = (*BUILD, "--keys", "APP-1")


class FaultTest(CliTest):
    """One scripted Jira a test."""

    needs_sandbox = False

    def setUp(self):
        super().setUp()
        self.jira = ScriptedJira()
        self.addCleanup(self.jira.stop)
        self.box = os.path.join(self.folder, "outbox")

    def environment(self, **variables):
        settings = {"JIRASEND_SITE": self.jira.url, "JIRASEND_API_URL": self.jira.url,
                    "JIRASEND_CLIENT_ID": CLIENT_ID, "JIRASEND_CLIENT_SECRET": SECRET}
        return super().environment(**{**settings, **variables})

    def helper(self, name):
        """A program or library of these tests; none in a build with sanitizers, which want to be
        the first library of a process and own its memory."""
        path = os.environ.get(f"JIRASEND_TEST_{name}")
        if not path:
            self.skipTest("not with sanitizers")
        return path

    def bulks(self):
        return self.jira.asked("/bulk")

    def numbers(self):
        """The numbers of the builds in each bulk request."""
        return [[item.get("buildNumber", item.get("deploymentSequenceNumber"))
                 for item in request.items()] for request in self.bulks()]

    def send(self, code, documents, *options, **more):
        """Sends documents; their receipts by number of the line."""
        path = self.path("events", "\n".join(documents) + "\n")
        done = self.expect(code, "send", path, "--json", *options, **more)
        return [json.loads(line) for line in done.out.splitlines()]

    def store(self, *numbers):
        """Puts builds into the outbox and sends nothing."""
        path = self.path("stored", "\n".join(event(number) for number in numbers) + "\n")
        self.expect(0, "send", path, "--outbox", self.box, "--wait", "0")

    def lanes(self):
        """What the outbox remembers of its lanes, by kind (0: the site)."""
        with sqlite3.connect(os.path.join(self.box, "outbox.db")) as database:
            database.row_factory = sqlite3.Row
            rows = {row["kind"]: dict(row) for row in database.execute("SELECT * FROM lane")}
        database.close()
        return rows

    def fast(self, seconds, *arguments, **options):
        """Expects it to end in the time, with much room for a slow machine."""
        start = time.monotonic()
        done = self.expect(*arguments, **options)
        self.assertLess(time.monotonic() - start, seconds)
        return done


def deployment(number=1, keys=("APP-1",), **members):
    return event(number, keys, kind="deployment",
                 environment={"id": "prod", "name": "Production"}, **members)


def main():
    """unittest.main(), but many at a time: these tests wait more than they work."""
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] \
        else loader.loadTestsFromModule(module)

    def flat(tests):
        for one in tests:
            yield from flat(one) if isinstance(one, unittest.TestSuite) else [one]

    def run(test):
        result = unittest.TestResult()
        start = time.monotonic()
        test.run(result)
        return test, result, time.monotonic() - start

    bad = count = 0
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for test, result, seconds in pool.map(run, flat(suite)):
            count += 1
            for where, trace in result.failures + result.errors:
                bad += 1
                print(f"FAILED {where}\n{trace}")
            for _, why in result.skipped:
                print(f"skipped {test.id()}: {why}")
            if not result.skipped:
                print(f"{seconds:6.2f} s {test.id()}")
    print(f"{count} tests, {bad} failures")
    sys.exit(bad > 0 or count == 0)
