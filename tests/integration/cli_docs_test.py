"""Help, manual page, docs/cli.md and completion tell of the same options."""

import os
import re
import shutil
import subprocess
import unittest

from cli_support import CliTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MAN = os.path.join(ROOT, "native", "cli", "jirasend.1")
SANDBOX_MAN = os.path.join(ROOT, "native", "sandbox", "jirasend-sandbox.1")
RELAY_MANS = [os.path.join(ROOT, "native", "relay", name) for name in ("jirasend-relay.8", "jirasend-relay.yaml.5")]
DOCS = os.path.join(ROOT, "docs", "cli.md")
COMPLETIONS = os.path.join(ROOT, "native", "cli", "completion")
COMPLETION = os.path.join(COMPLETIONS, "jirasend.bash")
PROGRAM_WORDS = {"help", "version"}
VERBS = ("build", "deployment", "run", "git", "pull-request", "flag", "delete", "send", "keys", "check",
         "gate", "show", "log", "explain", "diff", "verify", "metrics", "outbox")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Docs(CliTest):
    needs_sandbox = False

    def options(self, *verb):
        return set(re.findall(r"^  (--[a-z-]+)", self.expect(0, *verb, "--help").out, re.MULTILINE))

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

    def test_manual_page_of_the_sandbox_tells_its_options(self):
        done = subprocess.run([os.environ["JIRASEND_SANDBOX"], "--help"], capture_output=True,
                              text=True, timeout=60, check=True)
        text = read(SANDBOX_MAN).replace(r"\-", "-")
        told = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", text[text.index(".SH OPTIONS"):]))
        self.assertEqual(told, set(re.findall(r"--[a-z]+(?:-[a-z]+)*", done.stdout)))

    def test_manual_pages_are_well_formed(self):
        for page in (MAN, SANDBOX_MAN, *RELAY_MANS):
            self.check_page(page)

    def test_manual_page_begins_with_every_verb(self):
        synopsis = read(MAN).replace("\\-", "-").partition(".SH DESCRIPTION")[0]
        told = re.findall(r"^\.SY jirasend\n\.B ([a-z-]+)", synopsis, re.MULTILINE)
        self.assertEqual(set(told), {*VERBS, *PROGRAM_WORDS})

    def check_page(self, page):
        self.assertRegex(read(page), r'\A\.TH [A-Z.-]+ [158] 20\d\d-\d\d-\d\d "jirasend" ', page)
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.stdout + done.stderr, "")
        if not shutil.which("man"):
            self.skipTest("there is no man")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page],
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
        self.assertEqual(self.complete(""), {*VERBS, *PROGRAM_WORDS})
        self.assertEqual(self.complete("help", "de"), {"delete", "deployment"})
        self.assertEqual(self.complete("help", "outbox", "f"), {"flush"})
        for verb in VERBS:
            self.assertEqual(self.complete(verb, "--"), self.options(verb))
        self.assertEqual(self.complete("build", "--st"), {"--state"})
        self.assertIn("rolled_back", self.complete("deployment", "--state", ""))
        self.assertNotIn("rolled_back", self.complete("build", "--state", ""))
        self.assertEqual(self.complete("pull-request", "--state", "m"), {"merged"})
        # bash hands over "--state=su" in pieces.
        self.assertIn("rolled_back", self.complete("deployment", "--state", "="))
        self.assertEqual(self.complete("build", "--state", "=", "su"), {"successful"})
        self.assertEqual(self.complete("outbox", "l"), {"list"})
        self.assertEqual(self.complete("outbox", "list", "--"), self.options("outbox", "list"))
        self.assertEqual(self.complete("delete", "b"), {"build", "branch"})
        self.path("events.jsonl", "")
        self.assertEqual(self.complete("send", "ev"), {"events.jsonl"})


    def shell(self, name, *arguments):
        if not shutil.which(name):
            self.skipTest(f"there is no {name}")
        bin_folder = os.path.dirname(os.environ["JIRASEND_CLI"])
        # With its leak checker, which traces its own process at the end, a sanitized program does not end
        # below a zsh that waits for a pipe. Other tests look for leaks.
        sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
        done = subprocess.run([name, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120,
                              check=True, cwd=self.folder,
                              env={**self.environment(), "HOME": self.folder,
                                   "ASAN_OPTIONS": sanitizer,
                                   "PATH": f"{bin_folder}:{os.environ['PATH']}"})
        return done.stdout

    def test_completion_for_fish(self):
        def complete(line):
            out = self.shell("fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]',
                             os.path.join(COMPLETIONS, "jirasend.fish"), line)
            return {word.split("\t")[0] for word in out.splitlines()}
        self.assertEqual(complete("jirasend "), {*VERBS, *PROGRAM_WORDS})
        for verb in VERBS:
            self.assertEqual(complete(f"jirasend {verb} --"), self.options(verb))
        self.assertIn("rolled_back", complete("jirasend deployment --state "))
        self.assertNotIn("rolled_back", complete("jirasend build --state "))
        self.assertEqual(complete("jirasend build --state=su"), {"--state=successful"})
        self.assertEqual(complete("jirasend outbox l"), {"list"})
        self.assertEqual(complete("jirasend outbox list --"), self.options("outbox", "list"))

    def test_completion_for_zsh(self):
        # zsh completes only on a terminal; here its words for adding what it found are our own.
        script = r"""
            compadd() { [[ $1 == -a ]] && print -rl -- ${(P)2} || print -rl -- "$@" }
            _describe() { print -rl -- ${${(P)2}%%:*} }
            _files() { print -r -- FILES "$@" }
            compset() { words[CURRENT]=${words[CURRENT]#${~2}} }
            file=$1; shift; words=("$@"); CURRENT=$#
            eval "$(sed '$d' $file)"; _jirasend
        """

        def complete(*words):
            out = self.shell("zsh", "-f", "-c", script, "zsh",
                             os.path.join(COMPLETIONS, "_jirasend"), "jirasend", *words)
            return set(out.splitlines())
        self.assertEqual(complete(""), {*VERBS, *PROGRAM_WORDS})
        for verb in VERBS:
            self.assertEqual(complete(verb, "--"), self.options(verb))
        self.assertIn("rolled_back", complete("deployment", "--state", ""))
        self.assertNotIn("rolled_back", complete("build", "--state", ""))
        self.assertIn("rolled_back", complete("deployment", "--state=ro"))
        self.assertIn("list", complete("outbox", ""))
        self.assertEqual(complete("outbox", "list", "--"), self.options("outbox", "list"))
        self.assertEqual(complete("send", ""), {"FILES"})


if __name__ == "__main__":
    unittest.main()
