"""Options, help and everything that ends with 64 before anything is done."""

import os
import re
import subprocess
import unittest

from cli_support import BUILD, DEPLOYMENT, CliTest, event

VERBS = ("build", "deployment", "run", "send", "keys", "check", "gate", "outbox")


class Usage(CliTest):
    needs_sandbox = False

    def test_help_is_for_people(self):
        done = self.expect(0, "--help")
        for verb in VERBS:
            self.assertIn(f"  {verb} ", done.out)
        self.assertEqual(done.err, "")
        for verb in VERBS:
            done = self.expect(0, verb, "--help")
            self.assertIn(f"Usage: jirasend {verb}", done.out)
            self.assertIn("Examples", done.out)
            self.assertLessEqual(max(map(len, done.out.splitlines())), 100)
            self.assertEqual(done.err, "")
        done = self.expect(0, "build", "--help")
        for title in ("Connection", "Facts", "Delivery", "Output"):
            self.assertIn(f"\n{title}\n", done.out)
        self.assertIn("[JIRASEND_SITE]", done.out)

    def test_help_and_version_are_verbs_too(self):
        whole = self.expect(0, "--help").out
        for words in (("help",), ("-h",), ("help", "help")):
            self.assertEqual(self.expect(0, *words).out, whole)
        for verb in VERBS:
            self.assertEqual(self.expect(0, "help", verb).out, self.expect(0, verb, "--help").out)
        for word in ("version", "-V"):
            self.assertEqual(self.expect(0, word).out, self.expect(0, "--version").out)
        self.expect(64, "help", "biuld", says="did you mean build?")
        self.expect(64, "hepl", says="did you mean help?")

    def test_help_shows_only_what_belongs_to_the_verb(self):
        gate = self.expect(0, "help", "gate").out
        for foreign in ("--outbox", "--keys", "--state", "--dry-run", "stores"):
            self.assertNotIn(foreign, gate)
        check = self.expect(0, "help", "check").out
        for foreign in ("--keep", "--pipeline", "`send`", "stores"):
            self.assertNotIn(foreign, check)
        shown = self.expect(0, "help", "outbox", "list").out
        self.assertEqual(shown, self.expect(0, "outbox", "list", "--help").out)
        self.assertIn("--json", shown)
        for foreign in ("--site", "--secret-file", "--wait", "salvage"):
            self.assertNotIn(foreign, shown)
        self.assertIn("--secret-file", self.expect(0, "help", "outbox", "flush").out)

    def test_values_are_called_what_they_are_to_the_verb(self):
        for verb, value in (("deployment", "--since REV"), ("log", "--since TIME"), ("verify", "--since TIME"),
                            ("log", "--key KEY"), ("flag", "--key TEXT"), ("flag", "--environment NAME=on|off"),
                            ("deployment", "--environment ID")):
            self.assertRegex(self.expect(0, verb, "--help").out, f"(?m)^  {re.escape(value)}( |$)")

    def test_texts_of_options_stand_in_one_column(self):
        for verb in VERBS:
            for line in self.expect(0, "help", verb).out.splitlines():
                if line.startswith("  --") and "  " in line.strip():
                    self.assertEqual(line[26:28], "  ", line)
                    self.assertNotEqual(line[28], " ", line)

    def test_a_bare_name_is_no_site(self):
        for verb in (("check",), BUILD, ("send", self.path("e", event()))):
            self.expect(64, *verb, "--site", "acme", "--client-id", "x",
                        env={"JIRASEND_CLIENT_SECRET": "y"}, says="Did you mean acme.atlassian.net?")
            self.expect(64, *verb, "--site", "acme", says="Did you mean acme.atlassian.net?")
        self.expect(64, "check", env={"JIRASEND_SITE": "acme", "JIRASEND_CLIENT_ID": "x",
                                      "JIRASEND_CLIENT_SECRET": "y"}, says="JIRASEND_SITE is 'acme'")

    def test_help_wins_over_what_follows(self):
        self.expect(0, "build", "--help", "--no-such-option")
        self.expect(0, "build", "--site", "x", "-h")

    def test_version(self):
        self.assertRegex(self.expect(0, "--version").out, r"^jirasend \d+\.\d+\.\d+\n$")

    def test_verbs(self):
        self.expect(64, says="A verb is missing")
        self.expect(64, "biuld", says="did you mean build?")
        self.expect(64, "flush", "--outbox", "x", says="did you mean outbox flush?")
        self.expect(64, "xyzzy", says="no verb 'xyzzy'")
        self.expect(64, "--site", "x", "build", says="after the verb")
        self.expect(64, "", says="no verb")

    def test_unknown_options(self):
        done = self.expect(64, "build", "--sate", "x", says="did you mean --state?")
        self.assertIn("jirasend build --help", done.err)
        self.assertEqual(done.err.count("\n"), 1)
        self.expect(64, "build", "--frobnicate", says="no option --frobnicate")
        self.expect(64, "build", "-x", says="-x")

    def test_abbreviations_are_refused(self):
        """They would break with the next option that begins alike."""
        self.expect(64, "build", "--stat", "failed", says="did you mean --state?")
        self.expect(64, "build", "--stat=failed", says="did you mean --state?")

    def test_a_secret_on_the_command_line_is_not_repeated(self):
        for option in ("--secret", "--client-secret", "--password"):
            done = self.expect(64, "build", f"{option}=hunter2", says="--secret-file")
            self.assertNotIn("hunter2", done.err)
            done = self.expect(64, "build", option, "hunter2")
            self.assertNotIn("hunter2", done.err)

    def test_values(self):
        self.expect(64, "build", "--site", says="--site needs a value")
        self.expect(64, *BUILD, "--site", "", says="--site")
        self.expect(64, "build", "--json=yes", says="takes no value")
        self.expect(64, "build", "--pipeline", "a\nb", says="control character")
        self.expect(64, "build", "--pipeline", b"a\xff", says="UTF-8")

    def test_options_of_other_verbs(self):
        self.expect(64, "deployment", "--tests", "1,1,0,0", says="does not belong")
        self.expect(64, "build", "--environment", "prod", says="does not belong")
        self.expect(64, "build", "--gate", says="does not belong")
        self.expect(64, "keys", "--site", "x", says="does not belong")
        self.expect(64, "send", "--pipeline", "x", "f", says="does not belong")

    def test_arguments_that_do_not_belong(self):
        self.expect(64, *BUILD, "--site", "x.atlassian.net", "extra", says="'extra'")
        self.expect(64, "keys", "file", says="'file'")
        self.expect(64, "check", "acme", says="'acme'")
        self.expect(64, "send", says="needs a file")
        self.expect(64, "send", "a", "b", says="'b'")

    def test_options_after_two_dashes_are_arguments(self):
        self.expect(66, "send", "--", "--no-such-file", env={
            "JIRASEND_CLIENT_ID": "x", "JIRASEND_CLIENT_SECRET": "y"}, says="--no-such-file")

    def test_wait(self):
        for value in ("-1", "x", "1e3", "86401", "1.", ".5", "99999999999", "NaN"):
            self.expect(64, "check", "--wait", value, says="--wait")

    def test_a_site_is_needed(self):
        self.expect(64, *BUILD, "--keys", "APP-1", says="--site")
        self.expect(64, *BUILD, "--keys", "APP-1", env={"JIRASEND_SITE": ""}, says="--site")
        self.expect(64, "check", says="--site")
        self.expect(64, "gate", says="--site")

    def test_bad_sites(self):
        for site in ("acme atlassian", "https://", "http://acme.atlassian.net",
                     "https://u:p@acme.atlassian.net", "https://acme.atlassian.net/?x",
                     "acme.atlassian.net#x", "ftp://acme.atlassian.net"):
            self.expect(64, *BUILD, "--site", site, "--client-id", "x",
                        env={"JIRASEND_CLIENT_SECRET": "y"}, says="--site")
        self.expect(64, *BUILD, env={"JIRASEND_SITE": "a b", "JIRASEND_CLIENT_ID": "x",
                                     "JIRASEND_CLIENT_SECRET": "y"}, says="JIRASEND_SITE")

    def test_a_bad_value_is_named_once(self):
        for option, value, name in (("--projects", "A-1", "projects:"),
                                    ("--not-keys", "A-1", "not-keys:")):
            done = self.expect(64, "keys", option, value, says=option + ": \"A-1\"")
            self.assertEqual(done.err.count(name), 1)
        done = self.expect(64, "check", "--site", "acme.atlassian.net", "--client-id", "x",
                           "--api-url", "ftp://x", env={"JIRASEND_CLIENT_SECRET": "y"},
                           says="--api-url: \"ftp://x\"")
        self.assertNotIn("API URL:", done.err)

    def test_credentials_are_needed(self):
        site = {"JIRASEND_SITE": "acme.atlassian.net"}
        for verb in (BUILD, DEPLOYMENT, ["check"], ["send", self.path("e", event())],
                     ["gate", "--pipeline", "p", "--number", "1", "--environment", "e"]):
            self.expect(64, *verb, env=site, says="--client-id")
            self.expect(64, *verb, "--client-id", "x", env=site, says="--secret-file")
            self.expect(64, *verb, env={**site, "JIRASEND_CLIENT_ID": "",
                                        "JIRASEND_CLIENT_SECRET": "y"}, says="--client-id")

    def test_bad_connection_values(self):
        env = {"JIRASEND_SITE": "acme.atlassian.net", "JIRASEND_CLIENT_ID": "x",
               "JIRASEND_CLIENT_SECRET": "y"}
        self.expect(64, "check", "--api-url", "http://api.example.com", env=env, says="--api-url")
        self.expect(64, "check", "--api-url", "nonsense:/", env=env, says="--api-url")
        self.expect(64, "check", "--cloud-id", "a/b", env=env, says="--cloud-id")
        self.expect(64, "check", "--cloud-id", "x" * 65, env=env, says="--cloud-id")
        self.expect(64, "check", "--proxy", "ftp://x", env=env, says="--proxy")
        done = self.expect(64, "check", "--proxy", "http://me:hunter2@proxy:3128", env=env,
                           says="HTTPS_PROXY")
        self.assertNotIn("hunter2", done.err)
        self.expect(64, *BUILD, "--projects", "a b!", env=env, says="--projects")

    def test_standard_input_is_used_once(self):
        env = {"JIRASEND_SITE": "acme.atlassian.net", "JIRASEND_CLIENT_ID": "x"}
        self.expect(64, "send", "-", "--secret-file", "-", env=env, says="Standard input")
        self.expect(64, *BUILD, "--keys-from", "-", "--secret-file", "-", env=env,
                    says="Standard input")
        self.expect(64, "send", "-", env={**env, "JIRASEND_CLIENT_SECRET_FILE": "-"},
                    says="JIRASEND_CLIENT_SECRET_FILE")

    def test_wait_nothing_without_an_outbox(self):
        env = {"JIRASEND_SITE": "acme.atlassian.net"}
        self.expect(64, *BUILD, "--wait", "0", env=env, says="--outbox")
        self.expect(64, "send", "-", "--wait", "0", env=env, says="--outbox")

    def test_closed_descriptors(self):
        for closed in ("<&-", ">&-", "2>&-"):
            command = f'exec "$JIRASEND_CLI" keys {closed}'
            done = subprocess.run(
                ["sh", "-c", command], input=b"APP-1", capture_output=True, timeout=60,
                env={**self.environment(), "JIRASEND_CLI": os.environ["JIRASEND_CLI"]},
                check=False)
            self.assertEqual(done.returncode, {"<&-": 66, ">&-": 74, "2>&-": 0}[closed], closed)


if __name__ == "__main__":
    unittest.main()
