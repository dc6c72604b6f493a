"""A process is killed between Jira's yes to a deletion and the moment at which it is written down."""

import os
import subprocess
import tempfile
import time
import unittest

from crash_support import KILLED, Sandbox

POINTS = ("post.started", "post.after", "settle.half", "settle.before-commit", "settle.after-commit")
BUILD = ("build", "--pipeline", "app", "--number", "1", "--url", "https://ci.example.com/1", "--state",
         "successful", "--keys", "APP-1", "--property", "team=x")
DELETIONS = (("delete", "build", "--pipeline", "app", "--number", "1"),
             ("delete", "all", "--kind", "build", "--property", "team=x", "--yes"))


class Deletions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox("--eventually", "1000")
        cls.addClassCleanup(cls.sandbox.stop)

    def run_cli(self, folder, *arguments, program=os.environ.get("JIRASEND_CLI"), crash_at=None):
        environment = self.sandbox.environment()
        if crash_at is not None:
            environment["JIRASEND_CRASH_AT"] = crash_at
        return subprocess.run([program, *arguments, "--outbox", folder, "--wait", "30"],
                              env=environment, capture_output=True, text=True, check=False, timeout=90)

    def builds(self):
        return len(self.sandbox.state()["builds"])

    def test_what_is_told_afterwards_stays(self):
        for deletion in DELETIONS:
            for point in POINTS:
                with self.subTest(point=point, deletion=deletion[1]), \
                        tempfile.TemporaryDirectory(prefix="jirasend-crash-") as base:
                    self.sandbox.reset()
                    folder = os.path.join(base, "outbox")
                    self.assertEqual(self.run_cli(folder, *BUILD).returncode, 0)
                    died = self.run_cli(folder, *deletion, crash_at=point,
                                        program=os.environ["JIRASEND_CRASHING"])
                    self.assertEqual(died.returncode, KILLED, died.stderr)
                    told = self.run_cli(folder, *BUILD)
                    self.assertEqual(told.returncode, 0, told.stderr)
                    done = self.run_cli(folder, "outbox", "flush")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    time.sleep(1.5)  # in which Jira would delete it
                    self.assertEqual(self.builds(), 1)


if __name__ == "__main__":
    unittest.main()
