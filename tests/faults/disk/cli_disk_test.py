"""What a disk, an administrator or a backup may do to an outbox folder, and what the program says.

Every time: it goes on and loses nothing, or it refuses (69, 74) with a sentence that says what to do.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from sandbox import Sandbox  # pylint: disable=wrong-import-position

ROOT = os.geteuid() == 0


def event(number, state="successful", **members):
    return json.dumps({"kind": "build", "pipelineId": "app", "number": number, "state": state,
                       "url": f"https://ci.example.com/{number}", "issueKeys": ["APP-1"],
                       "requestId": f"r{number}-{state}", **members}) + "\n"


class Disk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        self.sandbox.reset()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="jirasend-disk-"))
        self.addCleanup(self.remove)
        self.folder = self.base / "outbox"
        self.database = self.folder / "outbox.db"

    def remove(self):
        for path in [self.base, *self.base.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(self.base)

    def run_cli(self, code, *arguments, says=(), stdin="", **options):
        done = self.sandbox.cli(*arguments, stdin=stdin, **options)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout} {done.stderr}")
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words, done.stderr)
        return done

    def store(self, *events, code=0, says=(), folder=None):
        return self.run_cli(code, "send", "-", "--outbox", folder or self.folder, "--wait", "0",
                            stdin="".join(events), says=says)

    def flush(self, code=0, says=(), folder=None):
        return self.run_cli(code, "outbox", "flush", "--outbox", folder or self.folder, "--wait",
                            "20", says=says)

    def salvage(self, code=0, says=(), folder=None):
        return self.run_cli(code, "outbox", "salvage", folder or self.folder, "--outbox",
                            self.base / "new", says=says)

    def numbers(self):
        return sorted(item["buildNumber"] for item in self.sandbox.state()["builds"])

    def sql(self, text):
        connection = sqlite3.connect(self.database)
        try:
            connection.executescript(text)
            connection.commit()
        finally:
            connection.close()

    def flip(self, path, at):
        content = bytearray(path.read_bytes())
        content[at] ^= 0x10
        path.write_bytes(content)

    def leave_a_log(self, *events):
        """As after a death: what was committed stands in the write-ahead log alone."""
        process = subprocess.Popen(
            [os.environ["JIRASEND_CRASHING"], "send", "-", "--outbox", self.folder, "--wait", "0"],
            stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
            env={**self.sandbox.environment(), "JIRASEND_CRASH_AT": "put.after-mark"})
        process.communicate("".join(events), timeout=60)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertGreater((self.folder / "outbox.db-wal").stat().st_size, 4096)

    # ---- modes, owners, links ----

    def test_folder_that_others_may_read_becomes_ours_alone(self):
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.store(event(1))
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)

    def test_folder_of_other_things_is_not_closed(self):
        """--outbox / as root must not lock everybody else out of the machine."""
        self.folder.mkdir()
        (self.folder / "notes").touch()
        self.folder.chmod(0o755)
        self.store(event(1))
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o755)
        self.assertEqual(stat.S_IMODE(self.database.stat().st_mode), 0o600)
        self.folder.chmod(0o775)
        self.store(event(2), code=69, says=["holds other things", "a folder of its own"])

    def test_world_writable(self):
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.store(event(1), code=69, says="chmod 700")

    def test_links(self):
        self.store(event(1))
        moved = self.base / "moved"
        self.folder.rename(moved)
        self.folder.symlink_to(moved)
        self.store(event(2))
        self.flush()
        self.assertEqual(self.numbers(), [1, 2])
        (moved / "outbox.db").rename(self.base / "elsewhere.db")
        (moved / "outbox.db").symlink_to(self.base / "elsewhere.db")
        self.store(event(3), code=69, says=["is a link", "Move it away"])

    @unittest.skipUnless(ROOT, "only root gives files away")
    def test_foreign_owner(self):
        self.store(event(1))
        os.chown(self.database, 4711, 4711)
        self.store(event(2), code=69, says=["belongs to another user", "Move it away"])
        os.chown(self.folder, 4711, 4711)
        self.store(event(2), code=69, says=["belongs to user 4711", "change its owner"])

    @unittest.skipUnless(ROOT, "only root can step down")
    def test_read_only(self):
        """For an ordinary user, whom modes bind: folder and files without the right to write."""
        self.base.chmod(0o755)
        own = self.base / "own"
        own.mkdir()
        os.chown(own, 4711, 4711)
        self.folder = own / "outbox"

        def step_down():
            os.setgroups([])
            os.setgid(4711)
            os.setuid(4711)
        command = [os.environ["JIRASEND_CLI"], "send", "-", "--outbox", self.folder, "--wait", "0"]
        reachable = shutil.copy(os.environ["JIRASEND_CLI"], self.base / "jirasend")
        os.chmod(reachable, 0o755)
        command[0] = reachable

        def run(number):
            return subprocess.run(command, input=event(number), text=True, capture_output=True,
                                  env=self.sandbox.environment(), preexec_fn=step_down,
                                  check=False, timeout=60)
        self.assertEqual(run(1).returncode, 0)
        own.chmod(0o500)
        shutil.move(self.folder, self.base / "kept")
        done = run(2)  # it cannot be made
        self.assertIn(done.returncode, (73, 74), done.stderr)
        self.assertIn("Check the path", done.stderr)
        shutil.move(self.base / "kept", self.folder)
        own.chmod(0o700)
        self.assertEqual(run(3).returncode, 0)

    # ---- no room, no descriptors, gone ----

    def test_out_of_file_descriptors(self):
        """With any small number of them: stored, or refused with a sentence; never half."""
        self.store(event(1000))
        stored = []
        for most in range(4, 40):
            done = subprocess.run(
                [os.environ["JIRASEND_CLI"], "send", "-", "--outbox", self.folder, "--wait", "0"],
                input=event(most), text=True, capture_output=True, check=False, timeout=60,
                env=self.sandbox.environment(), preexec_fn=lambda n=most: resource.setrlimit(
                    resource.RLIMIT_NOFILE, (n, n)))
            self.assertIn(done.returncode, (0, 70, 74), f"{most}: {done.stderr}")
            self.assertTrue(done.returncode == 0 or done.stderr.strip(), f"{most}: silent")
            stored += [most] if done.returncode == 0 else []
        self.assertTrue(0 < len(stored) < 36, stored)
        self.flush()
        self.assertEqual(self.numbers(), [*stored, 1000])

    def test_file_size_limit_is_a_full_disk(self):
        self.store(event(1))
        done = subprocess.run(
            [os.environ["JIRASEND_CLI"], "send", "-", "--outbox", self.folder, "--wait", "0"],
            input=event(2), text=True, capture_output=True, check=False, timeout=60,
            env=self.sandbox.environment(), preexec_fn=lambda: (
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))))
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn("Check the disk", done.stderr)
        self.flush()
        self.assertEqual(self.numbers(), [1])

    @unittest.skipUnless(ROOT, "only root mounts")
    def test_full_disk(self):
        place = self.base / "small"
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=False)
        folder = place / "outbox"
        stored, codes = 0, []
        for number in range(1, 300):
            done = self.sandbox.cli("send", "-", "--outbox", folder, "--wait", "0", stdin=event(
                number, url="https://ci.example.com/" + "x" * 1900))
            codes.append(done.returncode)
            if done.returncode != 0:
                self.assertIn(done.returncode, (69, 74), done.stderr)
                self.assertIn("disk", done.stderr)
                break
            stored = number
        self.assertNotEqual(codes[-1], 0, "it never got full")
        self.flush(folder=folder, code=74, says="Check the disk, its free space")
        subprocess.run(["mount", "-o", "remount,size=4m", place], check=True)
        self.flush(folder=folder)
        self.assertEqual(self.numbers(), list(range(1, stored + 1)))

    def test_folder_deleted_while_running(self):
        """It does not say that the event is safely kept; the next process starts anew."""
        self.sandbox.faults(path="/bulk", status=503, count=0)
        process = subprocess.Popen(
            [os.environ["JIRASEND_CLI"], "send", "-", "--outbox", self.folder, "--wait", "3"],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.sandbox.environment())
        process.stdin.write(event(1))
        process.stdin.close()
        process.stdin = None
        end = time.monotonic() + 20
        while not self.sandbox.log("/bulk") and time.monotonic() < end:
            time.sleep(0.01)
        shutil.rmtree(self.folder)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 74, said)
        self.assertIn("was deleted or replaced while it was in use", said)
        self.sandbox.clear_faults()
        self.store(event(2))
        self.flush()
        self.assertIn(2, self.numbers())

    def test_log_deleted_during_the_commit(self):
        """Committed into a file that nobody can open any more: nothing may be promised."""
        self.store(event(1))
        self.strange(74, "send", "-", "--wait", "0", stdin=event(2), DISK_UNLINK="outbox.db-wal",
                     says="was deleted or replaced while it was in use")
        self.store(event(3))

    # ---- what a power failure leaves, and another host ----

    def strange(self, code, *arguments, says=(), stdin="", **disk):
        if "STRANGE_DISK" not in os.environ:
            self.skipTest("no library can be preloaded here")
        return self.run_cli(code, *arguments, "--outbox", self.folder, stdin=stdin, says=says,
                            env={"LD_PRELOAD": os.environ["STRANGE_DISK"], **disk})

    def test_new_folders_are_synced_into_their_parents(self):
        self.folder = self.base / "a" / "b" / "outbox"
        self.database = self.folder / "outbox.db"
        syncs = self.base / "syncs"
        self.strange(0, "send", "-", "--wait", "0", stdin=event(1), DISK_SYNCS=str(syncs))
        lines = syncs.read_text(encoding="utf-8").splitlines()
        for made in (self.base / "a", self.base / "a" / "b", self.folder):
            self.assertIn(f"synced {made.parent}", lines[lines.index(f"made {made}"):], lines)
        self.assertIn(f"synced {self.folder}", lines, "so do the names of the files")

    def stamp(self, text, age_s=0):
        file = self.folder / "outbox.open"
        file.write_text(text, encoding="utf-8")
        then = time.time() - age_s
        os.utime(file, (then, then))

    def test_another_host_on_a_shared_file_system(self):
        other = "00000000-other two.example\n"
        self.strange(0, "send", "-", "--wait", "0", stdin=event(1), DISK_SHARED="1")
        self.assertEqual((self.folder / "outbox.open").read_text(encoding="utf-8"), "",
                         "a clean end takes the stamp away")
        self.stamp(other)
        before = time.monotonic()
        self.strange(69, "send", "-", "--wait", "2", stdin=event(2), DISK_SHARED="1",
                     says=["in use on another host, two.example", "use another folder"])
        self.assertGreaterEqual(time.monotonic() - before, 2)
        self.stamp(other)
        timer = threading.Timer(1, self.stamp, [""])  # it ends
        timer.start()
        self.addCleanup(timer.join)
        self.strange(0, "send", "-", "--wait", "20", stdin=event(2), DISK_SHARED="1")
        self.stamp(other, age_s=61)
        self.strange(0, "send", "-", "--wait", "0", stdin=event(3), DISK_SHARED="1")
        self.stamp(other)
        self.store(event(4))  # a disk of our own costs no stamp, and asks for none
        self.stamp("")
        self.flush()
        self.assertEqual(self.numbers(), [1, 2, 3, 4])

    def test_shared_file_system_takes_the_rollback_journal(self):
        self.strange(0, "send", "-", "--wait", "0", stdin=event(1), DISK_SHARED="1")
        self.assertEqual(self.database.read_bytes()[18:20], b"\1\1")
        self.store(event(2))
        self.assertEqual(self.database.read_bytes()[18:20], b"\2\2")

    # ---- damage, and what salvage makes of it ----

    def test_half_a_log_of_five_processes(self):
        """Five promises, half of them readable: what is missing is named."""
        self.leave_a_log(*[event(number) for number in range(1, 3)])
        for number in range(3, 6):
            process = subprocess.Popen(
                [os.environ["JIRASEND_CRASHING"], "send", "-", "--outbox", self.folder, "--wait",
                 "0"], stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
                env={**self.sandbox.environment(), "JIRASEND_CRASH_AT": "put.after-mark"})
            process.communicate(event(number), timeout=60)
            self.assertEqual(process.returncode, -signal.SIGKILL)
        log = self.folder / "outbox.db-wal"
        os.truncate(log, log.stat().st_size // 2)
        self.store(event(9), code=69, says=["events that were committed to it are gone",
                                            "outbox salvage"])
        done = self.salvage(code=65)
        named = {int(number) for number in re.findall(r"Event (\d+) can no longer", done.stderr)}
        self.assertTrue(named)
        self.flush(folder=self.base / "new")
        self.assertEqual(named | set(self.numbers()), set(range(1, 6)))

    def test_torn_last_page(self):
        self.store(*[event(number, description="d" * 900) for number in range(1, 40)])
        os.truncate(self.database, self.database.stat().st_size - 1500)
        self.store(event(99), code=69, says=["is damaged", "outbox salvage"])
        done = self.salvage(code=65)
        named = [int(number) for number in re.findall(r"pipeline app, number (\d+)", done.stderr)]
        self.flush(folder=self.base / "new")
        self.assertGreater(len(self.numbers()), 30)
        self.assertEqual(sorted(named + self.numbers()), list(range(1, 40)))

    def leaves(self, table):
        """The file offsets of a table's leaves, in the order of its rows."""
        connection = sqlite3.connect(self.database)
        try:
            (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?",
                                         (table,)).fetchone()
        finally:
            connection.close()
        content = self.database.read_bytes()
        self.assertEqual(content[(root - 1) * 4096], 5, "a page that leads to others")
        count = int.from_bytes(content[(root - 1) * 4096 + 3:][:2], "big")
        cells = [int.from_bytes(content[(root - 1) * 4096 + 12 + 2 * i:][:2], "big")
                 for i in range(count)]
        return [(int.from_bytes(content[(root - 1) * 4096 + cell:][:4], "big") - 1) * 4096
                for cell in cells]

    def test_a_hole_in_the_middle(self):
        """Neither the document nor the row of the event can be read: its number is said all the same."""
        self.store(*[event(number, description="d" * 900) for number in range(1, 60)])
        content = bytearray(self.database.read_bytes())
        for table in ("event", "document"):
            for leaf in self.leaves(table)[:2]:
                content[leaf:leaf + 4096] = bytes(4096)
        self.database.write_bytes(content)
        self.store(event(99), code=69, says=["is damaged", "outbox salvage"])
        done = self.salvage(code=65)
        named = {int(number) for number in re.findall(r"Event (\d+) can no longer", done.stderr)}
        self.assertIn("nothing says what it was", done.stderr)
        self.flush(folder=self.base / "new")
        shown = {json.loads(line)["number"] for line in done.stdout.splitlines()}
        self.assertEqual(named | shown | set(self.numbers()), set(range(1, 60)))

    def test_more_than_can_be_named(self):
        """A thousand are named one by one; that there were more is said."""
        self.store(event(1))
        (self.folder / "outbox.mark").write_text("%019d\n" % 5001)
        self.store(event(2), code=69, says="events that were committed to it are gone")
        done = self.salvage(code=65, says="4000 more events behind number 1001 can no longer be read")
        self.assertEqual(done.stderr.count("nothing says what it was"), 1000)

    def test_log_without_its_database(self):
        self.leave_a_log(event(1), event(2))
        self.database.unlink()
        self.store(event(3), code=69, says=["its database is gone", "outbox salvage"])
        (self.folder / "outbox.mark").unlink()  # the log alone gives it away, too
        self.store(event(3), code=69, says=["the write-ahead log is there", "outbox salvage"])
        self.salvage(says="2 events wait")
        self.flush(folder=self.base / "new")
        self.assertEqual(self.numbers(), [1, 2])

    def test_database_without_its_log(self):
        self.leave_a_log(event(1), event(2))
        (self.folder / "outbox.db-wal").unlink()
        self.store(event(3), code=69, says=["is damaged", "outbox salvage"])

    def test_half_a_log(self):
        """What was acknowledged and is gone is named, one by one."""
        self.store(event(1))
        self.leave_a_log(event(2), event(3), event(4), event(5))
        log = self.folder / "outbox.db-wal"
        os.truncate(log, log.stat().st_size // 2)
        self.store(event(6), code=69, says=["is damaged", "outbox salvage"])
        done = self.salvage(code=65, says="1 event waits")
        gone = [int(number) for number in re.findall(r"Event (\d+) can no longer be read", done.stderr)]
        self.assertTrue(gone)
        self.flush(folder=self.base / "new")
        self.assertEqual(sorted(gone + self.numbers()), [1, 2, 3, 4, 5])

    def test_flipped_bit_in_the_log(self):
        self.leave_a_log(event(1), event(2))
        log = self.folder / "outbox.db-wal"
        self.flip(log, log.stat().st_size - 3000)
        before = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()
                  and not path.name.endswith("-shm")}
        self.store(event(3), code=69, says="events that were committed to it are gone")
        self.salvage(says="2 events wait")
        after = {name: (self.folder / name).read_bytes() for name in before}
        self.assertEqual(before, after, "the damaged files are kept as they are")
        self.flush(folder=self.base / "new")
        self.assertEqual(self.numbers(), [1, 2])

    def test_no_header(self):
        self.store(event(1), event(2))
        self.database.write_bytes(b"\0" * 40 + self.database.read_bytes()[40:])
        self.store(event(3), code=69, says="outbox salvage")
        self.salvage(says="2 events wait")

    def test_nothing_to_salvage(self):
        self.folder.mkdir()
        self.salvage(code=66, says="There is no outbox in")
        self.salvage(code=66, says="There is no outbox in", folder=self.base / "nowhere")
        self.database.write_bytes(b"no database at all\n" * 1000)
        self.salvage(code=69, says=["can be read", "backup"])
        self.run_cli(69, "outbox", "salvage", self.folder, "--outbox", self.folder,
                     says="is damaged")
        self.run_cli(64, "outbox", "salvage", "--outbox", self.folder, says="needs the folder")
        self.run_cli(64, "outbox", "salvage", self.folder, says="--outbox")

    def test_salvage_keeps_what_was_what(self):
        """Waiting, dead, delivered; older than what the new one knows; and all of it twice."""
        self.sandbox.faults(path="/bulk", status=400, count=1)
        self.store(event(1, state="failed"))
        self.flush()  # a dead letter
        self.run_cli(0, "send", "-", "--outbox", self.folder, stdin=event(2))
        self.store(event(3), event(4, state="pending"), event(5))
        self.store(event(4, state="successful"), folder=self.base / "new")
        time.sleep(0.01)
        for _ in range(2):
            done = self.salvage()
        self.assertIn("0 events wait", done.stderr)
        listed = self.run_cli(0, "outbox", "list", "--json", "--outbox", self.base / "new")
        found = sorted((receipt["requestId"], receipt["status"])
                       for receipt in map(json.loads, listed.stdout.splitlines()))
        self.assertEqual(found, [("r1-failed", "rejected"), ("r3-successful", "queued"),
                                 ("r4-successful", "queued"), ("r5-successful", "queued")])
        self.assertEqual([path.name for path in (self.base / "new").glob("salvage-*")], [])
        self.flush(folder=self.base / "new")
        self.assertEqual({item["buildNumber"]: item["state"]
                          for item in self.sandbox.state()["builds"]},
                         {2: "successful", 3: "successful", 4: "successful", 5: "successful"})

    def test_what_is_in_doubt_is_shown(self):
        self.store(event(1), event(2), event(3), event(4))
        self.sql("UPDATE document SET text = CAST(replace(CAST(text AS TEXT), 'APP-1', 'APP-7')"
                 " AS BLOB) WHERE id = 2; DELETE FROM event WHERE id = 3;")
        self.store(event(9), code=69, says="counters are wrong")
        done = self.salvage(code=65, says=["2 events wait", "2 events are damaged"])
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([document["number"] for document in shown], [2, 3])
        self.run_cli(0, "send", "-", "--outbox", self.base / "new", stdin=done.stdout)
        self.flush(folder=self.base / "new")
        self.assertEqual(self.numbers(), [1, 2, 3, 4])

    def test_what_is_in_doubt_can_be_sent(self):
        """A machine that shows nothing but ASCII, as in many jobs, changes no text of a document."""
        name = "team » app \N{ROCKET} \u202e"
        self.store(event(1, pipelineName=name), event(2))
        self.sql("DELETE FROM event WHERE id = 1;")
        for locale in ("C", "C.UTF-8"):
            done = self.run_cli(65, "outbox", "salvage", self.folder, "--outbox", self.base / locale,
                                env={"LC_ALL": locale, "LANG": locale})
            self.assertNotIn("\u202e", done.stdout)
            self.assertEqual(done.stdout.isascii(), locale == "C", done.stdout)
            self.assertEqual(json.loads(done.stdout)["pipelineName"], name)
            self.run_cli(0, "send", "-", "--outbox", self.base / locale, "--wait", "0", stdin=done.stdout)

    def test_salvage_of_one_in_use(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        process = subprocess.Popen(
            [os.environ["JIRASEND_CLI"], "send", "-", "--outbox", self.folder, "--wait", "20"],
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=self.sandbox.environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdin.write(event(1))
        process.stdin.close()
        end = time.monotonic() + 20
        while not self.sandbox.log("/bulk") and time.monotonic() < end:
            time.sleep(0.01)
        self.salvage(code=69, says=["is in use", "End that first"])

    # ---- versions and backups ----

    def test_newer_version(self):
        self.store(event(1))
        self.sql("UPDATE meta SET value = 9 WHERE name IN ('schema', 'readable_from');"
                 "UPDATE meta SET value = '9.1.0' WHERE name = 'written_by';"
                 "UPDATE meta SET value = '9.0.0' WHERE name = 'readable_from_release';")
        self.store(event(2), code=69, says=["newer jirasend 9.1.0", "at least jirasend 9.0.0"])

    def test_yesterdays_backup_of_the_folder(self):
        """New updates must not look old to Jira: the numbers never fall below the time of now."""
        self.run_cli(0, "send", "-", "--outbox", self.folder, stdin=event(1, state="pending"))
        shutil.copytree(self.folder, self.base / "backup")
        self.run_cli(0, "send", "-", "--outbox", self.folder, stdin=event(1, state="in_progress"))
        shutil.rmtree(self.folder)
        (self.base / "backup").rename(self.folder)
        self.run_cli(0, "send", "-", "--outbox", self.folder, stdin=event(1, state="successful"))
        self.assertEqual(self.sandbox.state()["builds"][0]["state"], "successful")
        self.assertEqual(self.sandbox.state()["counts"]["ignored"], 0)

    def test_yesterdays_backup_of_the_database_alone(self):
        """The mark of today stays: events have gone with today's database, and that is said."""
        self.store(event(1))
        yesterday = self.database.read_bytes()
        self.store(event(2))
        self.database.write_bytes(yesterday)
        self.store(event(3), code=69, says=["events that were committed to it are gone",
                                            "outbox salvage"])
        self.salvage(code=65, says=["1 event waits", "Event 2 can no longer be read"])


if __name__ == "__main__":
    unittest.main()
