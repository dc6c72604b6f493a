"""Help, manual page, docs/cli.md and completion tell of the same options."""

import os
import re
import shutil
import subprocess
import unittest

from cli_support import CliTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MAN = os.path.join(ROOT, "native", "cli", "jirasend.1")
DOCS = os.path.join(ROOT, "docs", "cli.md")
COMPLETION = os.path.join(ROOT, "native", "cli", "completion", "jirasend.bash")
VERBS = ("build", "deployment", "send", "keys", "check", "gate", "outbox")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Docs(CliTest):
    needs_sandbox = False

    def options(self, verb):
        return set(re.findall(r"^  (--[a-z-]+)", self.expect(0, verb, "--help").out, re.MULTILINE))

    def all_options(self):
        return set().union(*map(self.options, VERBS))

    def test_manual_page_tells_every_option_and_no_other(self):
        text = read(MAN).replace(r"\-", "-").replace(r"\~", " ")
        options = text[text.index(".SH OPTIONS"):text.index(".SH EXIT STATUS")]
        told = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", options))
        self.assertEqual(told, self.all_options() | {"--version"})

    def test_the_page_in_docs_too(self):
        told = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", read(DOCS)))
        self.assertEqual(told - {"--version"}, self.all_options())

    def test_variables(self):
        names = set(re.findall(r"JIRASEND_[A-Z_]+", read(DOCS)))
        self.assertEqual(set(re.findall(r"JIRASEND_[A-Z_]+", read(MAN))), names)
        helped = "".join(self.expect(0, verb, "--help").out for verb in VERBS)
        self.assertEqual(set(re.findall(r"JIRASEND_[A-Z_]+", helped)), names)

    def test_manual_page_is_well_formed(self):
        if not shutil.which("man"):
            self.skipTest("there is no man")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", MAN],
                              capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
        if done.returncode != 0 and "roff" in done.stderr and "found" in done.stderr:
            self.skipTest("man has no formatter")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def complete(self, *words):
        cli = os.environ["JIRASEND_CLI"]
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_jirasend; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", COMPLETION, cli, *words],
                              capture_output=True, text=True, timeout=60, check=True,
                              cwd=self.folder, env=self.environment())
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_completion(self):
        self.assertEqual(self.complete(""), {*VERBS, "--help", "--version"})
        for verb in VERBS:
            self.assertEqual(self.complete(verb, "--"), self.options(verb))
        self.assertEqual(self.complete("build", "--st"), {"--state"})
        self.assertIn("rolled_back", self.complete("deployment", "--state", ""))
        self.assertNotIn("rolled_back", self.complete("build", "--state", ""))
        self.assertEqual(self.complete("outbox", "l"), {"list"})
        self.path("events.jsonl", "")
        self.assertEqual(self.complete("send", "ev"), {"events.jsonl"})


if __name__ == "__main__":
    unittest.main()
