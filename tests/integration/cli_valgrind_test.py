"""The command line's usual ways under valgrind: no byte read that was never written, none lost."""

import os
import shutil
import subprocess
import sys
import unittest

from cli_support import BUILD, CLIENT_ID, DEPLOYMENT, SECRET, CliTest

VALGRIND = shutil.which("valgrind")
SKIPPED = 77
FOUND = 99


class Memory(CliTest):
    def run_checked(self, *arguments, stdin=""):
        environment = self.environment(JIRASEND_SITE=self.sandbox.url,
                                       JIRASEND_API_URL=self.sandbox.url,
                                       JIRASEND_CLIENT_ID=CLIENT_ID,
                                       JIRASEND_CLIENT_SECRET=SECRET)
        done = subprocess.run(
            [VALGRIND, "-q", f"--error-exitcode={FOUND}", "--leak-check=full",
             "--errors-for-leak-kinds=definite,indirect", "--track-fds=no",
             os.environ["JIRASEND_CLI"], *arguments],
            env=environment, input=stdin, capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_a_build_by_way_of_an_outbox(self):
        out = self.run_checked(*BUILD, "--keys", "APP-1", "--outbox", self.path("outbox"), "--json")
        self.assertIn('"status":"accepted"', out)

    def test_a_deployment(self):
        out = self.run_checked(*DEPLOYMENT, "--keys", "APP-1", "--json")
        self.assertIn('"status":"accepted"', out)

    def test_keys(self):
        self.assertEqual(self.run_checked("keys", stdin="APP-1 and UTF-8"), "APP-1\n")


if __name__ == "__main__":
    if VALGRIND is None:
        print("skipped: valgrind is not installed")
        sys.exit(SKIPPED)
    unittest.main()
