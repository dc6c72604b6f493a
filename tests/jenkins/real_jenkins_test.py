"""The plugin in a real Jenkins, against the sandbox. tests/jenkins/run calls this.

One Jenkins is started, and the themes go through its life in this order; installing has Jenkinses of
its own. Arguments choose tests by a part of their names.
"""

import importlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

THEMES = ("configuration", "pipelines", "gates", "jobs", "multibranch", "surroundings", "agents", "access",
          "misfortune", "waits", "automatic", "options", "flags", "development", "pages", "history", "looks", "backfill", "elsewhere", "log", "install")


def main(patterns):
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    import world
    suite = unittest.TestSuite(
        loader.loadTestsFromModule(importlib.import_module(f"test_{theme}")) for theme in THEMES)
    if suite.countTestCases() == 0:
        sys.exit("jenkins: no test has such a name.")
    try:
        world.begin()
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        world.end()
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(sys.argv[1:])
