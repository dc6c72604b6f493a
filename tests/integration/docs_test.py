"""The commands of the pages in docs run as they stand there, in a job of GitLab CI."""

import os
import re
import subprocess
import unittest

from cli_support import CLIENT_ID, SECRET, TIMEOUT, CliTest
from readme_test import ROOT, read

PAGES = ("scripts.md", "git.md", "cli.md")
# What a test cannot wait for, and what answers a question.
INSTEAD = (("--until-allowed 4h", "--until-allowed 2s"), ("--wait 3600", "--wait 1"), ("delete all ", "delete all --yes "),
           ("/var/lib/jirasend", "outbox"))
ENDS = {"gate": 11}  # nobody approves here


def commands(page):
    """The indented blocks that run jirasend."""
    found = []
    lines, fenced = [], False
    for line in [*read("docs", page).splitlines(), "end"]:
        fenced ^= line.lstrip().startswith("```")
        if not fenced and re.match(r" {4,}\S", line) and not re.match(r"\s*(?:[-*|]|\d+\.) ", line):
            lines.append(line)
        elif lines and line.strip():
            found.append("\n".join(line.strip() for line in lines))
            lines = []
    return [block for block in found if re.search(r"^jirasend ", block, re.MULTILINE)]


class Docs(CliTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.symlink(os.path.abspath(os.environ["JIRASEND_CLI"]), self.path("bin/jirasend"))
        self.path("deploy", "#!/bin/sh\n", 0o755)
        self.path("bin/make", "#!/bin/sh\n", 0o755)
        with open(os.path.join(ROOT, "examples", "events.jsonl"), encoding="utf-8") as file:
            self.path("events.jsonl", "".join(file.readlines()[:3]))
        self.shell("git init -q -b APP-1-x . && git config user.name t && git config user.email t@example.com")
        for number in range(3):
            self.shell(f"git commit -q --allow-empty -m 'APP-{number + 1} mend' && git tag v1.{number}")
        self.shell("git rev-parse HEAD~1 >deployed-commit")

    def variables(self):
        return {"HOME": self.folder, "PATH": self.path("bin") + os.pathsep + os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1",
                "JIRASEND_SITE": self.sandbox.url, "JIRASEND_CLIENT_ID": CLIENT_ID, "JIRASEND_CLIENT_SECRET": SECRET,
                "GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_PIPELINE_IID": "7",
                "CI_PIPELINE_URL": "https://gl/team/app/-/pipelines/9000", "CI_PROJECT_URL": "https://gl/team/app",
                "CI_COMMIT_REF_NAME": "APP-1-x", "CI_COMMIT_BRANCH": "APP-1-x", "CI_MERGE_REQUEST_IID": "12",
                "CI_MERGE_REQUEST_TITLE": "APP-1 Log in", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "APP-1-x",
                "CI_MERGE_REQUEST_PROJECT_URL": "https://gl/team/app"}

    def shell(self, script, code=0):
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment(**self.variables()),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        self.assertEqual(done.returncode, code, f"{script}\n{done.stdout}{done.stderr}")
        return done.stderr

    def test_commands_run_as_they_stand(self):
        for page in PAGES:
            blocks = commands(page)
            self.assertGreater(len(blocks), 1, page)
            for block in blocks:
                if "jirasend-sandbox" in block:
                    continue
                script = block
                for what, other in INSTEAD:
                    script = script.replace(what, other)
                with self.subTest(page=page, block=block):
                    said = self.shell(script, next((ENDS[word] for word in ENDS if f" --{word}" in script), 0))
                    self.assertNotIn("not sent", said)


if __name__ == "__main__":
    unittest.main()
