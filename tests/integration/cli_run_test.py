"""`jirasend run`: the command is the command, and Jira hears how it ended."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import unittest

from cli_support import BUILD, SECRET, CliTest, free_port

FACTS = ("--pipeline", "team/app", "--number", "42", "--url", "https://ci.example.com/42",
         "--keys", "APP-1")


class Run(CliTest):
    def told(self, *arguments, code=0, **options):
        """Runs it, and gives the last state that Jira heard."""
        done = self.expect(code, "run", *FACTS, *arguments, **options)
        items = self.sandbox.items() or self.sandbox.items("deployments")
        return done, items[-1]["state"]

    @contextlib.contextmanager
    def locked(self, outbox):
        script = ("import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
                  "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(60)")
        locker = subprocess.Popen([sys.executable, "-c", script, os.path.join(outbox, "outbox.db")],
                                  stdout=subprocess.PIPE)
        try:
            self.assertEqual(locker.stdout.readline(), b"locked\n")
            yield
        finally:
            locker.kill()
            locker.wait()
            locker.stdout.close()

    def test_a_missing_git_does_not_keep_the_command_from_starting(self):
        for path in ("/nowhere", os.environ["PATH"]):  # no git program; no repository
            done = self.expect(3, "run", "--commits", *FACTS, "--", "/bin/sh", "-c", "exit 3",
                               cwd=self.folder, env={"PATH": path}, says="The command runs all the same")
            self.assertEqual(done.err.count("The command runs all the same"), 1, done.err)
            self.assertEqual(self.sandbox.items()[-1]["state"], "failed")

    def test_states(self):
        for command, code, state in ((["true"], 0, "successful"), (["false"], 1, "failed"),
                                     (["sh", "-c", "exit 77"], 77, "failed"),
                                     (["sh", "-c", "kill -KILL $$"], 137, "failed"),
                                     (["sh", "-c", "kill -SEGV $$"], 139, "failed"),
                                     (["sh", "-c", "kill -TERM $$"], 143, "cancelled"),
                                     (["sh", "-c", "kill -INT $$"], 130, "cancelled"),
                                     (["sh", "-c", "kill -HUP $$"], 129, "cancelled"),
                                     (["sh", "-c", "kill -QUIT $$"], 131, "cancelled"),
                                     (["sh", "-c", "exit 143"], 143, "failed")):
            self.sandbox.reset()
            with self.subTest(command=command):
                done = self.run_cli("run", *FACTS, "--", *command)
                self.assertEqual(done.code, code, done.err)
                self.assertEqual(self.sandbox.items()[-1]["state"], state)

    def test_a_command_that_cannot_be_started(self):
        done, state = self.told("--", "/nowhere/command", code=127)
        self.assertEqual(state, "failed")
        self.assertIn("/nowhere/command", done.err)
        plain = self.path("plain", "echo", mode=0o600)
        self.assertEqual(self.told("--", plain, code=126)[1], "failed")
        self.assertEqual(self.told("--", "no-such-command", code=127)[1], "failed")

    def test_cancelled_status(self):
        self.assertEqual(self.told("--cancelled-status", "130", "--", "sh", "-c", "exit 130",
                                   code=130)[1], "cancelled")
        for value in ("0", "256", "x"):
            self.expect(64, "run", *FACTS, "--cancelled-status", value, "--", "true")

    def test_the_beginning_is_told_while_it_runs(self):
        process = self.start("run", *FACTS, "--", "cat", stdin=subprocess.PIPE)
        end = time.monotonic() + 20
        while not self.sandbox.items() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual([item["state"] for item in self.sandbox.items()], ["in_progress"])
        process.stdin.close()
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(self.sandbox.items()[-1]["state"], "successful")

    def test_streams_are_the_commands(self):
        done = self.run_cli("run", *FACTS, "--", "sh", "-c", "cat; echo said >&2", stdin="asked")
        self.assertEqual(done.out, "asked")
        self.assertIn("said\n", done.err)
        self.assertIn("accepted", done.err)

    def test_quiet(self):
        done = self.run_cli("run", "-q", *FACTS, "--", "true")
        self.assertEqual((done.code, done.out, done.err), (0, "", ""))

    def test_environment_and_folder(self):
        done = self.run_cli("run", *FACTS, "--", "sh", "-c", "env; pwd", cwd=self.folder,
                            env={"SSLKEYLOGFILE": "/nowhere/x", "OPENSSL_CONF": "/nowhere/y"})
        lines = done.out.splitlines()
        self.assertNotIn("JIRASEND_CLIENT_SECRET", done.out)
        self.assertNotIn(SECRET, done.out)
        for line in ("SSLKEYLOGFILE=/nowhere/x", "OPENSSL_CONF=/nowhere/y",
                     f"JIRASEND_SITE={self.sandbox.url}", os.path.realpath(self.folder)):
            self.assertIn(line, lines)

    def test_the_command_cannot_read_the_secret_from_us_either(self):
        """Not even while a busy outbox keeps us from reading it ourselves."""
        outbox = self.path("outbox")
        self.expect(0, *BUILD, "--keys", "APP-1", "--outbox", outbox)
        script = "grep -qa JIRASEND_CLIENT_SECRET=s3 /proc/$PPID/environ && exit 9; exit 3"
        with self.locked(outbox):
            self.expect(3, "run", *FACTS, "--wait", "0", "--outbox", outbox, "--", "sh", "-c", script)
        for options, env in (((), {}), ((), {"JIRASEND_CLIENT_ID": None}),
                             (("--wait", "0", "--outbox", outbox), {})):
            self.expect(3, "run", *FACTS, *options, "--", "sh", "-c", script, env=env)

    def test_signals_are_treated_as_we_found_it(self):
        # Python itself ignores these two, so /proc is asked about the shell.
        script = ("import os; print(*[line for line in open('/proc/%d/status' % os.getppid())"
                  " if line.startswith(('SigIgn', 'SigBlk'))])")
        shell = ["sh", "-c", f"{sys.executable} -c \"{script}\"; true"]
        plain = subprocess.run(shell, capture_output=True, text=True, check=True,
                               env=self.environment(), preexec_fn=self.restore).stdout
        done = subprocess.run([os.environ["JIRASEND_CLI"], "run", *FACTS, "--", *shell],
                              capture_output=True, text=True, check=True, env=self.environment(),
                              preexec_fn=self.restore)
        self.assertEqual(done.stdout, plain)

    @staticmethod
    def restore():
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)

    def test_closed_descriptors_stay_closed(self):
        command = 'exec "$JIRASEND_CLI" run -q "$@" <&- >&-'
        done = subprocess.run(
            ["sh", "-c", command, "sh", *FACTS, "--", "sh", "-c",
             "test ! -e /proc/self/fd/0 -a ! -e /proc/self/fd/1"], capture_output=True, timeout=60,
            env={**self.environment(), "JIRASEND_CLI": os.environ["JIRASEND_CLI"]}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def begin(self, *command, wait_for="ready", **options):
        process = self.start("run", *FACTS, *command, **options)
        self.assertEqual(process.stdout.readline().decode().strip(), wait_for)
        return process

    def test_a_signal_is_passed_on(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            self.sandbox.reset()
            process = self.begin("--", "sh", "-c", "ulimit -c 0; echo ready; exec sleep 60")
            process.send_signal(number)
            self.assertEqual(process.wait(20), 128 + number)
            self.assertEqual(self.sandbox.items()[-1]["state"], "cancelled")

    def test_cancelled_whatever_its_status_then_is(self):
        process = self.begin("--", "sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do "
                                               "sleep 0.05; done")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(self.sandbox.items()[-1]["state"], "cancelled")

    def test_an_ignored_signal_stays_ignored(self):
        process = self.begin("--", "sh", "-c", "echo ready; sleep 1", preexec_fn=lambda: signal.signal(
            signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(self.sandbox.items()[-1]["state"], "successful")

    def test_a_deployment(self):
        self.told("--environment", "prod-eu", "--environment-name", "Production EU", "--", "true")
        states = [item["state"] for item in self.sandbox.items("deployments")]
        self.assertEqual(states[-1], "successful")
        self.assertEqual(self.sandbox.items(), [])

    def test_wrong_usage_keeps_it_from_starting(self):
        mark = self.path("mark")
        touch = ("--", "touch", mark)
        for arguments, code in ((("--state", "failed"), 64), (("--gate",), 64), (("--json",), 64),
                                (("--number", "x"), 64), (("--settings", "/nowhere"), 66),
                                (("--keys-from", "/nowhere"), 66), (("--ca-file", "/nowhere"), 66),
                                (("--secret-file", "/nowhere"), 66), (("--keys-from", "-"), 64),
                                (("--wait", "0"), 64), (("--site", "acme"), 64),
                                (("--keys", "nonsense"), 64), (("--property", "x"), 64),
                                (("--environment", "x" * 2000), 64)):
            self.expect(code, "run", *FACTS, *arguments, *touch)
        self.expect(64, "run", *touch, says="--pipeline")
        self.expect(64, "run", *FACTS, *touch, env={"JIRASEND_SITE": None}, says="--site")
        self.expect(64, "run", *FACTS, says="needs a command")
        self.assertFalse(os.path.exists(mark))

    def test_nothing_else_does(self):
        mark = self.path("mark")
        script = ("--", "sh", "-c", f"echo x >> {mark}; exit 7")
        cases = ({"JIRASEND_CLIENT_SECRET": None}, {"JIRASEND_CLIENT_ID": None},
                 {"JIRASEND_CLIENT_SECRET": "wrong-secret"},
                 {"JIRASEND_CLIENT_SECRET_FILE": "/nowhere/secret", "JIRASEND_CLIENT_SECRET": None},
                 {"JIRASEND_API_URL": f"http://127.0.0.1:{free_port()}"})
        for number, env in enumerate(cases, 1):
            self.expect(7, "run", *FACTS, "--wait", "1", *script, env=env)
            with open(mark, encoding="utf-8") as file:
                self.assertEqual(len(file.readlines()), number)
        open_to_all = self.path("open", SECRET, mode=0o644)
        os.chmod(self.folder, 0o755)
        self.expect(7, "run", *FACTS, "--secret-file", open_to_all, *script)
        self.expect(7, "run", *FACTS, "--outbox", "/proc/nowhere", *script)

    def test_standard_input_is_not_offered_for_the_secret(self):
        """It belongs to the command."""
        script = ("--", "sh", "-c", "exit 7")
        for options in ((), ("--relay", "http://127.0.0.1:1")):
            done = self.expect(7, "run", *FACTS, *options, *script, says="There is no",
                               env={"JIRASEND_CLIENT_SECRET": None})
            self.assertNotIn("standard input", done.err)
        done = self.expect(64, *BUILD, "--keys-from", "-", stdin=b"APP-1", says="There is no client",
                           env={"JIRASEND_CLIENT_SECRET": None})
        self.assertNotIn("standard input", done.err)
        self.expect(64, *BUILD, says="(- is standard input)", env={"JIRASEND_CLIENT_SECRET": None})

    def test_a_dead_jira_adds_no_more_than_the_time(self):
        self.sandbox.faults(path="/oauth", delayMs=20000)
        for options in ((), ("--outbox", self.path("outbox"))):
            start = time.monotonic()
            self.expect(3, "run", *FACTS, "--wait", "1", *options, "--", "sh", "-c", "exit 3")
            self.assertLess(time.monotonic() - start, 4)

    def test_an_outbox_keeps_it_without_credentials(self):
        outbox = self.path("outbox")
        self.expect(1, "run", *FACTS, "--outbox", outbox, "--", "false",
                    env={"JIRASEND_CLIENT_SECRET": None}, says="kept")
        self.expect(0, "outbox", "flush", "--outbox", outbox)
        self.assertEqual(self.sandbox.items()[-1]["state"], "failed")

    def test_store_only(self):
        outbox = self.path("outbox")
        self.expect(0, "run", *FACTS, "--outbox", outbox, "--wait", "0", "--", "true",
                    env={"JIRASEND_CLIENT_SECRET": None})
        self.assertEqual(self.sandbox.log(), [])
        self.expect(0, "outbox", "flush", "--outbox", outbox)
        self.assertEqual(self.sandbox.items()[-1]["state"], "successful")

    def test_a_busy_outbox_does_not_keep_the_build(self):
        outbox = self.path("outbox")
        self.expect(0, *BUILD, "--keys", "APP-1", "--outbox", outbox)
        with self.locked(outbox):
            start = time.monotonic()
            self.expect(5, "run", *FACTS, "--outbox", outbox, "--wait", "1", "--", "sh", "-c",
                        "exit 5", says="Jira")
            self.assertLess(time.monotonic() - start, 5)


if __name__ == "__main__":
    unittest.main()
