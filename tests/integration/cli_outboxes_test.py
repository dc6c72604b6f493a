"""Every verb that asks an outbox, on one that is empty, damaged, read-only, or of another version."""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from cli_support import CliTest, event

OLD = pathlib.Path(__file__).parents[1] / "unit" / "outbox" / "sqlite" / "outbox-0.1.0"
THING = ("build", "--pipeline", "team/app", "--number", "1")
# The verb, and how it ends where there is nothing: 66 is "not known".
VERBS = ((("log",), 0), (("explain", "APP-1", "--offline"), 66), (("explain", "APP-1"), 66), (("diff", "a", "b"), 66),
         (("verify",), 0), (("verify", "--repair"), 0), (("show", *THING), 66), (("metrics",), 0),
         (("outbox", "list"), 0), (("outbox", "show", "1"), 64), (("outbox", "flush"), 0),
         (("outbox", "retry"), 0), (("outbox", "drop", "1"), 64))
ROOT = os.geteuid() == 0


class Outboxes(CliTest):
    sandbox_arguments = ()

    def setUp(self):
        super().setUp()
        self.outbox = self.path("outbox")

    def each(self, code=None, says=None):
        """All verbs end so; None: as on an empty one."""
        for verb, empty in VERBS:
            with self.subTest(verb=verb):
                self.expect(empty if code is None else code, *verb, "--outbox", self.outbox, says=says)

    def change(self, sql):
        with sqlite3.connect(os.path.join(self.outbox, "outbox.db")) as database:
            database.executescript(sql)
        database.close()

    def test_a_folder_with_nothing_in_it(self):
        os.mkdir(self.outbox, 0o700)
        self.each()

    def test_an_outbox_without_events(self):
        self.expect(0, "send", "-", "--outbox", self.outbox, stdin="")
        self.each()

    def test_no_folder(self):
        for verb, _ in VERBS:
            with self.subTest(verb=verb):
                self.expect(66, *verb, "--outbox", self.outbox)
                self.assertFalse(os.path.exists(self.outbox), "none is made")

    def test_no_outbox_named(self):
        for verb, _ in VERBS:
            if verb[0] != "show":
                with self.subTest(verb=verb):
                    self.expect(64, *verb, says="--outbox")

    def test_damaged(self):
        os.mkdir(self.outbox, 0o700)
        with open(os.path.join(self.outbox, "outbox.db"), "wb") as file:
            file.write(b"no database at all" * 100)
        self.each(69, "salvage")

    def test_of_a_newer_version(self):
        self.expect(0, "send", "-", "--outbox", self.outbox, stdin=event(1))
        self.change("UPDATE meta SET value = 99 WHERE name IN ('schema', 'readable_from');"
                    "UPDATE meta SET value = '9.1.0' WHERE name = 'written_by';"
                    "UPDATE meta SET value = '9.0.0' WHERE name = 'readable_from_release'")
        self.each(69, ["written by the newer jirasend 9.1.0", "at least jirasend 9.0.0"])

    def test_of_a_newer_version_that_can_be_read(self):
        self.expect(0, "send", "-", "--outbox", self.outbox, stdin=event(1))
        self.change("UPDATE meta SET value = 99 WHERE name = 'schema';"
                    "ALTER TABLE event ADD COLUMN tomorrow INTEGER NOT NULL DEFAULT 0")
        for verb, code in ((("log",), 0), (("explain", "APP-1"), 0), (("verify",), 0), (("metrics",), 0),
                           (("show", *THING), 0), (("outbox", "show", "1"), 0)):
            self.expect(code, *verb, "--outbox", self.outbox)

    def test_of_version_0_1_0(self):
        shutil.copytree(OLD, self.outbox)
        os.chmod(self.outbox, 0o700)
        out = self.expect(0, "log", "--key", "app-2", "--outbox", self.outbox).out
        self.assertEqual(len(out.splitlines()), 15, "fourteen events and the head")
        out = self.expect(0, "explain", "APP-1", "--offline", "--outbox", self.outbox).out
        self.assertIn("APP-1 was named by 14 events, of which Jira accepted 2.", out)
        self.assertNotIn("#0", out)
        self.expect(0, "metrics", "--outbox", self.outbox)
        self.expect(0, "outbox", "list", "--outbox", self.outbox)
        self.expect(66, "diff", "a", "b", "--outbox", self.outbox)
        done = self.expect(0, "verify", "--outbox", self.outbox)
        self.assertIn("not known", done.err, "those receipts do not say what they were about")

    @unittest.skipUnless(ROOT, "only root can step down")
    def test_read_only(self):
        """For an ordinary user, whom modes bind: nothing is changed, and a sentence says why not."""
        base = pathlib.Path(tempfile.mkdtemp(prefix="jirasend-ro-"))
        self.addCleanup(shutil.rmtree, base, True)
        base.chmod(0o755)
        program = shutil.copy(os.environ["JIRASEND_CLI"], base / "jirasend")
        os.chmod(program, 0o755)
        folder = base / "outbox"

        def step_down():
            os.setgroups([])
            os.setgid(4711)
            os.setuid(4711)
        self.expect(0, "send", "-", "--outbox", str(folder), stdin=event(1))
        before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for path in [*folder.rglob("*"), folder]:
            os.chown(path, 4711, 4711)
            path.chmod(0o500 if path.is_dir() else 0o400)
        for verb, _ in VERBS:
            with self.subTest(verb=verb):
                done = subprocess.run([program, *verb, "--outbox", str(folder)], capture_output=True, text=True,
                                      env=self.environment(HOME=str(base)), preexec_fn=step_down, check=False,
                                      timeout=60)
                self.assertIn(done.returncode, (69, 73, 74), done.stdout + done.stderr)
                self.assertIn(str(folder), done.stderr)
        self.assertEqual({path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}, before)


if __name__ == "__main__":
    unittest.main()
