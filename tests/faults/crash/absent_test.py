"""No crash point is in what is shipped: neither its name nor the function behind it."""

import os
import pathlib
import subprocess
import unittest

from points_test import all_points


def traces(path):
    """Which of the names are in that file."""
    content = pathlib.Path(path).read_bytes()
    return [name for name in [*all_points(), "js_crash_point", "JIRASEND_CRASH_AT"]
            if name.encode() in content]


class Absent(unittest.TestCase):
    def test_shipped(self):
        for name in ("JIRASEND_SHARED", "JIRASEND_CLI"):
            self.assertEqual(traces(os.environ[name]), [], os.environ[name])

    def test_they_would_be_seen(self):
        self.assertEqual(len(traces(os.environ["JIRASEND_CRASHING"])), len(all_points()) + 2)

    def test_the_variable_does_nothing(self):
        environment = {"PATH": os.environ["PATH"], "JIRASEND_CRASH_AT": "put.before-commit"}
        done = subprocess.run([os.environ["JIRASEND_CLI"], "--version"], env=environment, check=False,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
