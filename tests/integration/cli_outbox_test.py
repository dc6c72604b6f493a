"""An outbox folder: what is kept in it, and `jirasend outbox`."""

import contextlib
import os
import resource
import signal
import sqlite3
import stat
import tempfile
import time
import unittest

from cli_support import BUILD, CliTest, event, wire

KEYED = (*BUILD, "--keys", "APP-1")


class Outbox(CliTest):
    def setUp(self):
        super().setUp()
        self.box = self.path("outbox")

    def outbox(self, *arguments, code=0, **rest):
        return self.expect(code, "outbox", *arguments, "--outbox", self.box, **rest)

    def listed(self, **rest):
        return self.outbox("list", "--json", **rest).receipts()

    def store(self, *options, code=0, **rest):
        return self.expect(code, *KEYED, *options, "--outbox", self.box, **rest)

    def store_only(self, count=1):
        content = "\n".join(event(i) for i in range(1, count + 1))
        self.expect(0, "send", self.path("events", content), "--outbox", self.box, "--wait", "0")

    # ---- delivery with a folder ----

    def test_accepted(self):
        self.store(says="accepted")
        self.assertEqual(self.listed(), [])
        self.assertEqual(stat.S_IMODE(os.stat(self.box).st_mode), 0o700)
        for name in os.listdir(self.box):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.box, name)).st_mode) & 0o077, 0)

    def test_folder_by_variable(self):
        self.expect(0, *KEYED, env={"JIRASEND_OUTBOX": self.box})
        self.assertTrue(os.path.isdir(self.box))
        self.expect(0, "outbox", "list", env={"JIRASEND_OUTBOX": self.box})

    def test_jira_down_is_fine(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        done = self.store("--wait", "1", says=["queued", "kept in"])
        self.assertNotIn("not sent", done.err)
        self.sandbox.clear_faults()
        self.outbox("flush")
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_jira_down_without_a_folder(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        self.expect(75, *KEYED, "--wait", "1", says=["queued", "not sent", "--outbox"])
        done = self.expect(75, *KEYED, "--wait", "1", "--json", says="not sent")
        self.assertEqual(done.receipt()["status"], "queued")

    def test_the_next_run_delivers_the_last_ones(self):
        self.store_only()
        self.expect(0, *BUILD, "--number", "43", "--keys", "APP-1", "--outbox", self.box)
        self.assertEqual(sorted(i["buildNumber"] for i in self.sandbox.items()), [1, 43])

    def test_commit_only(self):
        done = self.store("--wait", "0", "--json", env={"JIRASEND_CLIENT_ID": None,
                                                        "JIRASEND_CLIENT_SECRET": None})
        self.assertEqual(done.receipt()["status"], "queued")
        self.assertEqual(self.sandbox.log(), [])
        self.assertEqual(len(self.listed()), 1)
        self.outbox("flush")
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_commit_only_sends_nothing_with_credentials_either(self):
        self.store("--wait", "0", says="Waiting to be sent.")
        time.sleep(0.3)
        self.assertEqual(self.sandbox.log(), [])

    def test_held(self):
        wrong = {"JIRASEND_CLIENT_SECRET": "wrong"}
        self.store(code=77, env=wrong, says=["held", "kept in"])
        self.assertEqual([r["status"] for r in self.listed()], ["held"])
        self.outbox("flush", code=77, env=wrong, says="held")
        self.outbox("flush")
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_held_without_a_folder_is_lost(self):
        self.expect(77, *KEYED, env={"JIRASEND_CLIENT_SECRET": "wrong"}, says=["held", "not sent"])

    def test_rejected_is_a_dead_letter(self):
        self.sandbox.faults(path="/bulk", reject=[wire("team/app")])
        self.store(code=65, says="rejected")
        self.assertEqual([r["status"] for r in self.listed()], ["rejected"])
        done = self.outbox("flush", says="1 dead letter:")
        self.assertNotIn("accepted", done.err)
        self.assertEqual(len(self.sandbox.log("/bulk")), 1)
        self.outbox("retry", "1")
        self.outbox("flush")
        self.assertEqual(len(self.sandbox.log("/bulk")), 2)
        self.assertEqual(self.listed(), [])

    # ---- verbs ----

    def test_a_folder_is_needed(self):
        for verb in (["list"], ["show", "1"], ["retry"], ["drop", "1"], ["flush"]):
            self.expect(64, "outbox", *verb, says="--outbox")
            self.expect(64, "outbox", *verb, env={"JIRASEND_OUTBOX": ""}, says="--outbox")

    def test_a_folder_that_is_not_there(self):
        for verb in (["list"], ["show", "1"], ["retry"], ["drop", "1"], ["flush"]):
            self.outbox(*verb, code=66, says=self.box)
        self.assertFalse(os.path.exists(self.box))

    def test_arguments(self):
        self.store_only()
        self.outbox(code=64, says="list")
        self.outbox("lst", code=64, says="did you mean list?")
        self.outbox("show", code=64, says="number of an event")
        self.outbox("drop", code=64, says="number of an event")
        self.outbox("list", "1", code=64, says="'1'")
        self.outbox("flush", "1", code=64, says="'1'")
        self.outbox("show", "1", "2", code=64, says="'2'")
        for bad in ("x", "0", "-1", "1.5", "99999999999999999999", ""):
            self.outbox("show", "--", bad, code=64)
            self.outbox("drop", "--", bad, code=64)
        for verb in ("show", "drop", "retry"):
            self.outbox(verb, "999", code=64, says="999")

    def test_list(self):
        self.store_only(3)
        done = self.outbox("list", env={"JIRASEND_CLIENT_ID": None, "JIRASEND_CLIENT_SECRET": None,
                                        "JIRASEND_SITE": None})
        self.assertEqual(len(done.out.splitlines()), 4)
        self.assertIn("APP-1", done.out)
        self.assertEqual([r["id"] for r in self.listed()], [1, 2, 3])
        self.assertEqual(self.sandbox.log(), [])

    def test_list_of_many(self):
        self.store_only(1201)
        self.assertEqual([r["id"] for r in self.listed()], list(range(1, 1202)))

    def test_list_of_nothing(self):
        self.store()
        done = self.outbox("list", says="Nothing waits")
        self.assertEqual(done.out, "")
        self.assertEqual(self.outbox("list", "--json", "--quiet").out, "")

    def test_show(self):
        self.store()
        done = self.outbox("show", "1")
        self.assertIn("accepted", done.out)
        self.assertEqual(done.err, "")
        self.assertEqual(self.outbox("show", "1", "--json").receipt()["status"], "accepted")

    def test_drop(self):
        self.store_only(2)
        self.outbox("drop", "1")
        self.assertEqual([r["id"] for r in self.listed()], [2])
        receipt = self.outbox("show", "1", "--json").receipt()
        self.assertEqual(receipt["status"], "rejected")
        self.assertIn("dropped", receipt["message"].lower())
        self.outbox("flush")
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [2])

    def test_what_is_delivered_cannot_be_dropped_or_retried(self):
        self.store()
        for action in ("drop", "retry"):
            self.outbox(action, "1", code=64,
                        says=["Event 1 is settled", f"nothing to {action}", "outbox show 1"])
            self.outbox(action, "2", code=64, says="no event 2")

    def test_flush(self):
        self.store_only(5)
        self.outbox("flush", says="Nothing waits")
        self.assertEqual(len(self.sandbox.items()), 5)
        self.outbox("flush", says="Nothing waits")

    def test_flush_says_what_it_sent(self):
        for number in ("1", "2"):
            self.expect(0, *KEYED, "--number", number, "--outbox", self.box, "--wait", "0")
        done = self.outbox("flush", says=["2 accepted.", "APP-1", "Nothing waits"])
        self.assertEqual(done.err.count("accepted   build"), 2)
        self.expect(0, *KEYED, "--number", "3", "--outbox", self.box, "--wait", "0")
        done = self.outbox("flush", "--json")
        self.assertEqual(done.receipt()["status"], "accepted")

    def test_the_reason_of_a_hold_is_said_once(self):
        for number in ("1", "2", "3"):
            self.expect(0, *KEYED, "--number", number, "--outbox", self.box, "--wait", "0")
        wrong = {"JIRASEND_CLIENT_SECRET": "wrong"}
        done = self.outbox("flush", code=77, env=wrong)
        self.assertEqual(done.err.count("Compare them with Jira"), 1, done.err)
        self.assertEqual(done.err.count("held       "), 3, done.err)
        done = self.expect(77, "send", "-", "--outbox", self.box, env=wrong,
                           stdin=event(8) + event(9))
        self.assertLessEqual(done.err.count("Compare them with Jira"), 1, done.err)

    def test_columns_of_a_list_line_up(self):
        self.expect(0, *KEYED, "--outbox", self.box, "--wait", "0", "--site", "a.atlassian.net")
        self.expect(0, *KEYED, "--pipeline", "team/app/" + "a-name-of-many-words-" * 4, "--outbox", self.box, "--wait",
                    "0", "--site", "a-much-longer-name-than-the-others-of-this-list.atlassian.net")
        head, *rows = self.outbox("list").out.splitlines()
        self.assertEqual(len(rows), 2)
        for title, words in (("site", "a"), ("issue keys", "APP-1"), ("event", "build")):
            for row in rows:
                self.assertTrue(row[head.index(title):].startswith(words), (head, row))

    def test_a_list_says_the_reason_of_a_held_lane_once(self):
        wrong = {"JIRASEND_CLIENT_SECRET": "wrong"}
        for number in range(1, 4):
            self.expect(77, *BUILD, "--number", str(number), "--keys", "APP-" + "1" * number, "--outbox", self.box,
                        env=wrong)
        head, *rows = self.outbox("list").out.splitlines()
        self.assertEqual(sum("Jira refuses the client id" in row for row in rows), 1)
        why = head.index("why")
        self.assertEqual([row[why:] for row in rows[1:]], ["as event 1"] * 2)
        self.assertEqual(len(self.listed()), 3)
        self.assertEqual({receipt["message"] for receipt in self.listed()}, {self.listed()[0]["message"]})

    def test_totals_name_what_is_not_sent(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        lines = self.path("lines", "\n".join(event(number) for number in (1, 2)))
        done = self.expect(75, "send", lines, "--wait", "1", says="jirasend: 2 not sent.\n")
        self.assertNotIn("2 queued", done.err)
        self.expect(0, "send", lines, "--wait", "1", "--outbox", self.box, says="jirasend: 2 queued.\n")

    def test_help_of_an_action_has_its_options_alone(self):
        for action, without in (("list", "--wait"), ("list", "--keep"), ("drop", "--json"), ("retry", "--json")):
            self.assertNotIn(without, self.expect(0, "outbox", action, "--help").out)
        for action, with_it in (("list", "--json"), ("flush", "--wait"), ("show", "--json"), ("flush", "--json")):
            self.assertIn(with_it, self.expect(0, "outbox", action, "--help").out)

    def test_flush_while_jira_is_down(self):
        self.store_only()
        self.sandbox.faults(path="/bulk", status=500, count=0)
        self.outbox("flush", "--wait", "1", code=75, says="1 waiting")
        done = self.outbox("flush", "--wait", "1", "--json", code=75)
        self.assertEqual(done.receipt()["status"], "queued")

    def test_another_process_that_sends_is_named(self):
        """75 has a reason."""
        self.sandbox.faults(path="/bulk", count=1, action="hang")
        other = self.start(*KEYED, "--outbox", self.box, "--wait", "60")
        end = time.monotonic() + 30
        while not self.sandbox.log("/bulk") and time.monotonic() < end:
            time.sleep(0.01)
        who = f"Another process (number {other.pid}) is sending to"
        self.outbox("flush", "--wait", "1", code=75, says=who)
        self.store("--number", "43", "--wait", "1", says=[who, "queued"])
        other.kill()
        other.wait()
        done = self.outbox("flush", says="Nothing waits")
        self.assertNotIn("Another process", done.err)

    def test_flush_does_not_wait_for_the_stored_pause(self):
        self.sandbox.faults(path="/bulk", status=503, count=0)
        self.store("--wait", "7")
        for _ in range(3):  # each failure makes the pause longer
            self.outbox("flush", "--wait", "2", code=75)
        self.sandbox.clear_faults()
        self.outbox("flush", "--wait", "1")
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_flush_heeds_what_jira_said(self):
        self.store_only()
        self.sandbox.faults(path="/bulk", status=429, headers={"Retry-After": "600"})
        self.outbox("flush", code=75)
        start = time.monotonic()
        self.outbox("flush", code=75)
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(len(self.sandbox.log("/bulk")), 1)

    def test_flush_does_not_lift_a_hold_but_retry_does(self):
        self.sandbox.faults(path="/bulk", status=403, count=1)
        self.store(code=77)
        self.outbox("flush", code=77)
        self.assertEqual(len(self.sandbox.log("/bulk")), 1)
        self.outbox("retry")
        self.assertEqual(len(self.sandbox.log("/bulk")), 1)
        self.outbox("flush")
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_flush_needs_credentials(self):
        self.store_only()
        self.outbox("flush", code=64, env={"JIRASEND_CLIENT_ID": None}, says="--client-id")

    # ---- folders that cannot be used ----

    def test_a_file_in_the_way(self):
        self.path("outbox", "something")
        done = self.run_cli(*KEYED, "--outbox", self.box)
        self.assertIn(done.code, (69, 73, 74))
        self.assertIn(self.box, done.err)
        with open(self.box, encoding="utf-8") as file:
            self.assertEqual(file.read(), "something")

    def test_a_folder_for_everybody(self):
        os.mkdir(self.box)
        os.chmod(self.box, 0o777)
        done = self.expect(69, *KEYED, "--outbox", self.box)
        self.assertIn(self.box, done.err)

    def test_a_linked_folder_is_fine(self):
        os.mkdir(self.path("real"), 0o700)
        os.symlink(self.path("real"), self.box)
        self.store()

    def test_a_database_that_is_none(self):
        self.store()
        for name in os.listdir(self.box):
            path = os.path.join(self.box, name)
            if name.endswith(".db") or "sqlite" in name:
                with open(path, "wb") as file:
                    file.write(b"this is no database at all" * 1000)
        self.expect(69, *KEYED, "--outbox", self.box)

    def test_a_damage_that_shows_while_sending(self):
        self.expect(0, *KEYED, "--outbox", self.box, "--wait", "0")
        with contextlib.closing(sqlite3.connect(os.path.join(self.box, "outbox.db"))) as database:
            database.execute("DROP TABLE document")
            database.commit()
        self.expect(69, "outbox", "flush", "--outbox", self.box, "--wait", "1", says="damaged")
        self.expect(69, *KEYED, "--outbox", self.box, "--wait", "1", says="damaged")

    def test_a_disk_that_is_full_while_sending(self):
        self.store_only(300)
        done = self.expect(74, "outbox", "flush", "--outbox", self.box, "--wait", "1",
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                 (40000, 40000)))
        self.assertIn(f"The outbox in {self.box} cannot be read or written", done.err)
        self.assertEqual([receipt["status"] for receipt in self.listed()], ["queued"] * 300)
        self.outbox("flush")
        self.assertEqual(self.listed(), [])

    def test_no_place_for_the_folder(self):
        box = os.path.join(self.path("file", "x"), "outbox")
        done = self.run_cli(*KEYED, "--outbox", box)
        self.assertIn(done.code, (69, 73, 74))
        self.assertIn("outbox", done.err)

    # ---- signals ----

    def test_a_signal_ends_it_in_time_and_the_event_stays(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with tempfile.TemporaryDirectory(prefix="jirasend-test-") as folder:
                self.box = os.path.join(folder, "outbox")
                self.sandbox.reset()
                self.sandbox.faults(path="/bulk", action="hang", count=0)
                process = self.start(*KEYED, "--outbox", self.box, "--wait", "60")
                end = time.monotonic() + 20
                while not self.sandbox.log("tenant_info") and time.monotonic() < end:
                    time.sleep(0.05)
                time.sleep(0.3)
                start = time.monotonic()
                process.send_signal(number)
                self.assertEqual(process.wait(20), -number)
                self.assertLess(time.monotonic() - start, 2.0)
                self.assertEqual([r["status"] for r in self.listed()], ["queued"])


if __name__ == "__main__":
    unittest.main()
