"""Who is told what, where: streams, terminals, colours, progress, a full disk."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
import unittest

from cli_support import BUILD, CliTest, event, read_terminal, wire

KEYED = (*BUILD, "--keys", "APP-1")


class Output(CliTest):
    sandbox_arguments = ("--known-keys", "APP-*")

    def on_terminal(self, *arguments, columns=100, **variables):
        """Runs with stderr on a terminal; the exit code, and what the terminal was given."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = self.start(*arguments, env={"TERM": "xterm", **variables}, stderr=theirs,
                             stdout=subprocess.DEVNULL)
        os.close(theirs)
        said = read_terminal(ours)
        return process.wait(30), said.decode()

    def test_verbose_shows_what_the_core_does(self):
        done = self.expect(0, *KEYED, "--verbose", "--json")
        self.assertEqual(done.receipt()["status"], "accepted")
        lines = done.err.splitlines()
        self.assertGreater(len([line for line in lines if line.startswith("jirasend: ")]), 2, lines)
        self.assertIn("202", done.err)
        self.assertIn("Jira has answered for 1 build\n", done.err)
        self.assertEqual(len(self.expect(0, *KEYED).err.splitlines()), 1)

    def test_one_line_an_event_on_stderr(self):
        done = self.expect(0, *KEYED)
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"^\S* ?accepted +build team/app #42 → \S+: APP-1\..*\n$")

    def test_quiet(self):
        self.assertEqual(self.expect(0, *KEYED, "--quiet").err, "")
        self.assertEqual(self.expect(0, *KEYED, "-q").err, "")
        self.sandbox.faults(path="/bulk", reject=[wire("team/app")])
        self.expect(65, *KEYED, "--quiet", says="rejected")
        done = self.expect(0, *KEYED, "--quiet", "--json")
        self.assertEqual(done.receipt()["status"], "accepted")

    def test_ascii_where_there_is_no_unicode(self):
        done = self.expect(0, *KEYED, "--pipeline", "team » app", env={"LC_ALL": "C"})
        self.assertTrue(done.err.isascii(), done.err)
        self.assertIn("->", done.err)

    def test_colours_only_on_a_terminal(self):
        self.assertNotIn("\x1b", self.expect(0, *KEYED).err)
        code, said = self.on_terminal(*KEYED)
        self.assertEqual(code, 0)
        self.assertIn("\x1b[32m", said)
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\x1b", self.on_terminal(*KEYED, **variables)[1])
        self.assertIn("\x1b[32m", self.on_terminal(*KEYED, NO_COLOR="")[1])

    def test_progress_on_a_terminal(self):
        self.sandbox.faults(path="/bulk", delayMs=900, count=2)
        path = self.path("events", "\n".join(event(i) for i in range(1, 8)))
        code, said = self.on_terminal("send", path, columns=70)
        self.assertEqual(code, 0)
        self.assertIn("of 7 events", said)
        self.assertIn("\r\x1b[K", said)
        for line in re.split(r"\r\n|\r\x1b\[K", said):
            if "of 7 events" in line:
                self.assertLess(len(line), 70)
        self.assertIn("7 accepted", said)

    def test_progress_of_what_goes_fast(self):
        path = self.path("events", "\n".join(event(i) for i in range(1, 8)))
        code, said = self.on_terminal("send", path)
        self.assertEqual(code, 0)
        self.assertIn("0 of 7 events done", said)

    def test_progress_of_a_flush(self):
        path = self.path("events", "\n".join(event(i) for i in range(1, 151)))
        outbox = ("--outbox", self.path("outbox"))
        self.expect(0, "send", path, *outbox, "--wait", "0")
        self.sandbox.faults(path="/bulk", delayMs=900, skip=1, count=1)
        code, said = self.on_terminal("outbox", "flush", *outbox)
        self.assertEqual(code, 0)
        self.assertIn("0 of 150 events done", said)
        self.assertRegex(said, r"100 of 150 events done, \d+ a second, 50 waiting")

    def test_no_progress_of_a_flush_of_a_handful(self):
        path = self.path("events", "\n".join(event(i) for i in range(1, 6)))
        outbox = ("--outbox", self.path("outbox"))
        self.expect(0, "send", path, *outbox, "--wait", "0")
        self.sandbox.faults(path="/bulk", delayMs=900)
        self.assertNotIn("of 5 events", self.on_terminal("outbox", "flush", *outbox)[1])

    def test_progress_tells_what_it_waits_for(self):
        self.sandbox.faults(path="/bulk", status=503, count=2)
        path = self.path("events", "\n".join(event(i) for i in range(1, 8)))
        said = self.on_terminal("send", path, columns=200)[1]
        self.assertRegex(said, r"7 waiting; \S+: Jira is not available")

    def test_no_progress_for_a_handful(self):
        self.sandbox.faults(path="/bulk", delayMs=900)
        path = self.path("events", "\n".join(event(i) for i in range(1, 6)))
        self.assertNotIn("of 5 events", self.on_terminal("send", path)[1])

    def test_plain_lines_elsewhere(self):
        self.sandbox.faults(path="/bulk", delayMs=5600)
        path = self.path("events", "\n".join(event(i) for i in range(1, 8)))
        done = self.expect(0, "send", path, says=["0 of 7 events done", "7 accepted"])
        self.assertNotIn("\r", done.err)
        self.assertEqual(self.expect(0, "send", path, "--quiet").err, "")

    def test_a_full_standard_output(self):
        for arguments in (["--help"], ["--version"], ["build", "--help"], [*KEYED, "--json"],
                          [*KEYED, "--dry-run"], ["check", "--json"]):
            with open("/dev/full", "wb") as full:
                process = self.start(*arguments, stdout=full)
                _, said = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 74, arguments)
            self.assertIn(b"Standard output", said)

    def test_keys_on_a_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            process = self.start("keys", stdin=subprocess.PIPE, stdout=full)
            process.communicate(b"APP-1", timeout=60)
        self.assertEqual(process.returncode, 74)

    def test_streams_that_are_set_not_to_wait(self):
        """As Node.js and ssh set what they share with their children."""
        events = "\n".join(event(number) for number in range(1, 1500))
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        process = self.start("send", self.path("events", events), "--dry-run", stdout=theirs)
        os.close(theirs)
        time.sleep(1)  # the pipe is full by now
        with open(ours, encoding="utf-8") as reader:
            self.assertEqual(len(reader.read().splitlines()), 1499)
        self.assertEqual(process.wait(30), 0, process.stderr.read())
        for arguments, text in ((("keys",), b"APP-1\n"), ((*BUILD, "--keys-from", "-"), b"APP-1\n"),
                                ((*KEYED, "--secret-file", "-"), b"s3cret-of-the-cli-test\n")):
            theirs, ours = os.pipe()
            os.set_blocking(theirs, False)
            process = self.start(*arguments, stdin=theirs)
            os.close(theirs)
            time.sleep(0.3)
            os.write(ours, text)
            os.close(ours)
            self.assertEqual(process.wait(30), 0, process.stderr.read())

    def test_a_reader_that_left(self):
        read, write = os.pipe()
        os.close(read)
        process = self.start(*KEYED, "--json", stdout=write)
        os.close(write)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 74)
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_a_signal_while_waiting_without_an_outbox(self):
        self.sandbox.faults(path="/bulk", action="hang", count=0)
        process = self.start(*KEYED, "--wait", "60")
        end = time.monotonic() + 20
        while not self.sandbox.log("tenant_info") and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.2)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), -signal.SIGINT)
        self.assertLess(time.monotonic() - start, 2.0)

    def test_a_signal_while_reading(self):
        for content in (b"", event(1).encode() + b"\n"):
            process = self.start("send", "-", stdin=subprocess.PIPE)
            process.stdin.write(content)
            process.stdin.flush()
            time.sleep(0.5)
            start = time.monotonic()
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(20), -signal.SIGTERM)
            self.assertLess(time.monotonic() - start, 2.0)

    def test_an_ignored_signal_stays_ignored(self):
        """What nohup does with SIGHUP, and a shell without job control with SIGINT."""
        self.sandbox.faults(path="/bulk", delayMs=1500)
        process = self.start(*KEYED, preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                                      signal.SIG_IGN))
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 0)


class Keys(CliTest):
    needs_sandbox = False

    def keys(self, text, *options):
        done = self.expect(0, "keys", *options, stdin=text)
        self.assertEqual(done.err, "")
        return done.out

    def test_keys(self):
        self.assertEqual(self.keys("APP-2 feature_APP-1, app-3 APP-2 UTF-8"), "APP-2\nAPP-1\n")
        self.assertEqual(self.keys("app-3", "--any-case"), "APP-3\n")
        self.assertEqual(self.keys("APP-1 KIP-2 OPS-3", "--not-keys", "KIP", "--projects",
                                   "APP,KIP"), "APP-1\n")

    def test_none(self):
        self.assertEqual(self.keys(""), "")
        self.assertEqual(self.keys("nothing here"), "")

    def test_json(self):
        self.assertEqual(self.keys("APP-1 APP-2", "--json"), '["APP-1","APP-2"]\n')
        self.assertEqual(self.keys("", "--json"), "[]\n")

    def test_any_bytes(self):
        self.assertEqual(self.keys(b"\x00\xffAPP-1\x00\xc3APP-2"), "APP-1\nAPP-2\n")

    def test_a_lot_of_text(self):
        start = time.monotonic()
        text = "".join(f"A-{i} AB-{i}-X 1APP-{i}\n" for i in range(500_000))
        self.assertGreater(len(text), 10_000_000)
        self.assertEqual(len(self.keys(text).splitlines()), 499_999)
        self.assertLess(time.monotonic() - start, 30)


if __name__ == "__main__":
    unittest.main()
