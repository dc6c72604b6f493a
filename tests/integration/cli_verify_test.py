"""`jirasend verify`, and the comparison of `show`: what was told against what Jira has."""

import contextlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import time
import unittest

from cli_support import SECRET, CliTest, event, read_terminal

HASH = "0123456789abcdef0123456789abcdef01234567"
GIT = "https://git.example.com"


def commit(repository, digit, **members):
    return json.dumps({"kind": "commit", "repository": {"url": f"{GIT}/{repository}"},
                       "hash": digit * 40, "message": "APP-1 x", "url": f"{GIT}/c/{digit}", **members})


def deployment(number, **members):
    return event(number, kind="deployment", environment={"id": "prod", "name": "Production"},
                 **members)


class Verify(CliTest):
    sandbox_arguments = ("--client", f"none:{SECRET}:none", "--client", f"builds:{SECRET}:builds")

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))

    def tell(self, *documents, code=0):
        return self.expect(code, "send", "-", *self.outbox, stdin="\n".join(documents))

    def verify(self, *arguments, code, **options):
        done = self.run_cli("verify", *self.outbox, "--json", *arguments, **options)
        self.assertEqual(done.code, code, done.err + done.out)
        self.said = done.err
        return done.receipts()

    def things(self, *arguments, code=65, **options):
        """What differs: number or hash of each thing, with the members."""
        return {line.get("number", line.get("hash", "")[:1] or line.get("flagId")):
                sorted(one["member"] for one in line["differences"])
                for line in self.verify(*arguments, code=code, **options)}

    def in_jira(self, number, **changes):
        """Changes what Jira has of a build, with the number that it has."""
        path = f"builds/pipelines/team~2Fapp/builds/{number}"
        has = self.sandbox.api("GET", path).json()
        has.update(changes)
        self.sandbox.faults(path=f"/builds/{number}", method="GET", status=200, count=0,
                            body=json.dumps(has))

    def remove(self, *paths):
        for path in paths:
            self.assertEqual(self.sandbox.api("DELETE", path).status, 202)
        end = time.monotonic() + 10
        while any(self.sandbox.api("GET", path).status != 404 for path in paths):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def build_path(self, number):
        return f"builds/pipelines/team~2Fapp/builds/{number}"

    def asked(self):
        return [entry["path"] for entry in self.sandbox.log()
                if entry["method"] == "GET" and "/jira/" in entry["path"]]

    def age(self):
        """What was told is no longer so new that Jira may not be done with it."""
        self.change("UPDATE event SET settled_ms = settled_ms - 120000, created_ms = created_ms - 120000")

    def change(self, sql):
        with contextlib.closing(sqlite3.connect(os.path.join(self.outbox[1], "outbox.db"))) as database:
            database.execute(sql)
            database.commit()


class Compare(Verify):
    def test_nothing_differs(self):
        self.tell(event(1), deployment(2), commit("a", "1"), event(3, ["APP-1"], label="v1"),
                  event(None, kind="flag", pipelineId=None, state=None, flagId="f",
                        environments=[{"name": "Production", "enabled": True}]))
        self.assertEqual(self.verify(code=0), [])
        self.assertIn("5 of 5 things asked: 0 differ.", self.said)

    def test_members(self):
        self.tell(event(1, label="v1"), event(2), deployment(3))
        self.in_jira(1, state="failed", label="v2")
        self.age()
        lines = self.verify(code=65)
        self.assertEqual(len(lines), 1)
        self.assertEqual(lines[0]["differences"],
                         [{"member": "state", "told": "successful", "jira": "failed"},
                          {"member": "label", "told": "v1", "jira": "v2"}])
        self.assertEqual((lines[0]["kind"], lines[0]["number"], lines[0]["status"]), ("build", 1, "accepted"))
        out = self.expect(65, "verify", *self.outbox, says="1 differs").out
        self.assertIn("state: told successful, Jira has failed", out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80)

    def test_what_is_gone(self):
        self.tell(event(1), event(2), deployment(3))
        self.remove(self.build_path(1))
        self.age()
        self.assertEqual(self.things(), {1: ["issueKeys", "state", "url"]})
        self.assertEqual(self.verify("--kind", "deployment", code=0), [])
        self.assertEqual(self.verify("--since", "1s", code=0), [])
        self.assertIn("0 of 0", self.said)

    def test_newer_and_unknown_keys_are_no_difference(self):
        self.tell(event(1), event(2))
        self.in_jira(1, state="failed", updateSequenceNumber=9999999999999)
        self.assertEqual(self.verify(code=0), [])
        self.assertIn("1 is newer in Jira", self.said)

    def test_what_was_deleted_is_expected_to_be_gone(self):
        self.tell(event(1), event(2), commit("a", "1"), commit("a", "2"))
        self.tell('{"kind":"build","pipelineId":"team/app","number":1,"delete":true}',
                  '{"kind":"repository","repository":{"url":"https://git.example.com/a"},"delete":true}')
        time.sleep(0.5)
        self.assertEqual(self.verify(code=0), [])
        self.in_jira(2)
        has = json.loads(self.sandbox.api("GET", self.build_path(2)).body)
        self.sandbox.faults(path="/builds/1", method="GET", status=200, count=0,
                            body=json.dumps({**has, "buildNumber": 1, "updateSequenceNumber": 5}))
        self.age()
        self.assertEqual(self.things(), {1: ["deleted"]})

    def test_a_moment_ago(self):
        self.tell(event(1))
        self.sandbox.faults(path="/builds/1", method="GET", status=404, count=2)  # one looks up the cloud id
        start = time.monotonic()
        self.assertEqual(self.verify(code=0), [])
        self.assertGreater(time.monotonic() - start, 1.9)

    def test_each_stream_once_and_a_repository_once(self):
        self.tell(event(1), event(1, state="failed"), *(commit("a", digit) for digit in "123456789"),
                  commit("b", "1"))
        before = len(self.asked())
        self.assertEqual(self.verify(code=0), [])
        self.assertEqual(len(self.asked()) - before, 3)
        self.assertIn("11 of 11 things asked", self.said)

    def test_the_newest_400(self):
        self.tell(*(json.dumps({"kind": "commit", "repository": {"url": f"{GIT}/a"}, "message": "APP-1",
                                "hash": f"{number:040x}", "url": GIT}) for number in range(401)))
        self.assertEqual(self.verify(code=0), [])
        self.assertIn("1 is not known", self.said)

    def test_a_sample(self):
        self.tell(*(event(number) for number in range(30)))
        before = len(self.asked())
        self.assertEqual(self.verify("--sample", "5", code=0), [])
        self.assertEqual(len(self.asked()) - before, 5)
        self.assertEqual(self.verify("--sample", "50", code=0), [])
        self.assertIn("30 of 30", self.said)

    def test_usage(self):
        self.expect(64, "verify", says="--outbox")
        self.expect(66, "verify", *self.outbox, says="no outbox folder")
        self.tell(event(1))
        self.expect(64, "verify", *self.outbox, env={"JIRASEND_CLIENT_ID": None}, says="client id")
        self.expect(64, "verify", *self.outbox, "--kind", "builds", says="builds")
        self.expect(64, "verify", *self.outbox, "--since", "soon", says="24h")
        self.expect(64, "verify", *self.outbox, "--sample", "0", says="--sample")
        self.expect(64, "verify", *self.outbox, "--sample", "some", says="--sample")
        self.expect(64, "verify", *self.outbox, "all", says="all")
        self.expect(64, "verify", *self.outbox, "--relay", "http://127.0.0.1:9", says="relay",
                    env={"JIRASEND_CLIENT_ID": None, "JIRASEND_RELAY_TOKEN": "t"})


class Repair(Verify):
    def test_it_is_told_again(self):
        self.tell(event(1), event(2), commit("a", "1"), commit("a", "2"), commit("b", "1"))
        before = self.sandbox.api("GET", self.build_path(1)).json()["updateSequenceNumber"]
        self.remove(self.build_path(1), "devinfo/repository/git.example.com~2Fa")
        self.age()
        self.expect(0, "verify", *self.outbox, "--repair", says="3 accepted")
        has = self.sandbox.api("GET", self.build_path(1)).json()
        self.assertEqual(has["state"], "successful")
        self.assertGreater(has["updateSequenceNumber"], before)
        bodies = [entry["body"] for entry in self.sandbox.log("/devinfo/") if entry["method"] == "POST"]
        self.assertTrue(bodies[-1]["preventTransitions"])
        self.assertEqual(self.verify(code=0), [])

    def test_what_is_older_is_named(self):
        self.tell(event(1), event(2), deployment(3))
        self.change("DELETE FROM told WHERE event = 1")
        self.remove(self.build_path(1))
        self.age()
        self.expect(65, "verify", *self.outbox, "--repair",
                    says=["build team/app #1", "sent again from its source"])

    def test_a_deletion_is_told_again(self):
        self.tell(event(1), event(2))
        has = self.sandbox.api("GET", self.build_path(2)).json()
        self.tell('{"kind":"build","pipelineId":"team/app","number":1,"delete":true}')
        time.sleep(0.5)
        self.sandbox.faults(path="/builds/1", method="GET", status=200, count=1,
                            body=json.dumps({**has, "buildNumber": 1, "updateSequenceNumber": 5}))
        self.age()
        self.expect(0, "verify", *self.outbox, "--repair", says="deletion of build team/app #1")
        self.assertEqual(sum(entry["method"] == "DELETE" for entry in self.sandbox.log()), 2)

    def test_newer_news_waits(self):
        self.tell(event(1), event(2))
        self.sandbox.faults(path="/builds/0.1", method="POST", status=503, count=0)
        self.expect(0, "send", "-", *self.outbox, "--wait", "1", stdin=event(1, state="failed"))
        self.remove(self.build_path(1))
        self.age()
        self.expect(65, "verify", *self.outbox, "--repair", says="Something newer about it waits")

    def test_perhaps_another_sender(self):
        self.tell(event(1), event(2), deployment(3))
        self.remove(self.build_path(1), self.build_path(2))
        self.age()
        self.assertEqual(len(self.verify(code=65)), 2)
        self.assertIn("Builds: Jira has none of what was asked for", self.said)
        self.expect(65, "verify", *self.outbox, "--repair", says=["Nothing was repaired", "--kind"])
        self.assertEqual(self.sandbox.api("GET", self.build_path(1)).status, 404)
        self.expect(0, "verify", *self.outbox, "--repair", "--kind", "build", says="2 accepted")

    def test_all_of_the_only_repository(self):
        """Things count, not questions: one answers for all of a repository."""
        self.tell(event(1), event(2), commit("a", "1"), commit("a", "2"))
        self.remove("devinfo/repository/git.example.com~2Fa", self.build_path(1))
        self.age()
        # What is strange keeps nothing else from being repaired.
        done = self.expect(65, "verify", *self.outbox, "--repair",
                           says=["Development information: Jira has none", "Nothing was repaired there", "--kind"])
        self.assertIn("accepted   build team/app #1", done.err)
        self.assertEqual(self.sandbox.api("GET", self.build_path(1)).status, 200)
        self.expect(0, "verify", *self.outbox, "--repair", "--kind", "commit", says="2 accepted")

    def test_what_may_not_be_read_is_left(self):
        self.tell(event(1), event(2), deployment(3))
        self.remove(self.build_path(1))
        self.age()
        done = self.expect(77, "verify", *self.outbox, "--repair", env={"JIRASEND_CLIENT_ID": "builds"})
        self.assertIn("accepted   build team/app #1", done.err)
        self.assertEqual(self.sandbox.api("GET", self.build_path(1)).status, 200)

    def test_nothing_while_the_answer_is_incomplete(self):
        self.tell(*(event(number) for number in range(30)))
        self.remove(self.build_path(29))
        self.age()
        self.expect(75, "verify", *self.outbox, "--repair", "--wait", "1", says="Nothing was repaired")
        self.expect(0, "verify", *self.outbox, "--repair", says="accepted   build")

    def test_one_alone_is_no_stranger(self):
        self.tell(event(1))
        self.remove(self.build_path(1))
        self.age()
        self.expect(0, "verify", *self.outbox, "--repair")


class Pace(Verify):
    def test_twenty_a_second(self):
        self.tell(*(event(number) for number in range(45)))
        start = time.monotonic()
        self.assertEqual(self.verify(code=0), [])
        self.assertGreater(time.monotonic() - start, 44 / 20)

    def test_retry_after(self):
        self.tell(event(1), event(2))
        self.sandbox.faults(path="/builds/2", method="GET", status=429, count=1, headers={"Retry-After": "3"})
        start = time.monotonic()
        self.assertEqual(self.verify(code=0), [])
        self.assertGreater(time.monotonic() - start, 2.9)

    def test_no_answer(self):
        self.tell(event(1), event(2))
        self.sandbox.faults(path="/builds/", method="GET", status=503, count=0)
        self.verify("--wait", "2", code=75)

    def test_not_permitted(self):
        self.tell(event(1), deployment(2))
        none = {"JIRASEND_CLIENT_ID": "none"}
        self.verify(code=77, env=none)
        self.assertIn("Builds", self.said)
        self.assertIn("Deployments", self.said)

    def test_goes_on(self):
        self.tell(*(event(number) for number in range(100)))
        self.remove(self.build_path(98))
        self.age()
        before = len(self.asked())
        process = self.start("verify", *self.outbox, "--json")
        end = time.monotonic() + 20
        while len(self.asked()) < before + 30 and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), -signal.SIGINT)
        before = len(self.asked())
        # What differed is asked and said again, so that nobody believes that all is well.
        self.assertEqual(list(self.things()), [98])
        self.assertIn("were asked by the run before", self.said)
        self.assertLess(len(self.asked()) - before, 98)
        before = len(self.asked())
        self.assertEqual(list(self.things()), [98])
        self.assertGreaterEqual(len(self.asked()) - before, 100, "one that came to its end begins anew")

    def test_the_time_is_up(self):
        self.tell(*(event(number) for number in range(60)))
        self.verify("--wait", "1", code=75)
        self.assertIn("The time is up", self.said)
        self.assertEqual(self.verify(code=0), [])
        self.assertIn("were asked by the run before", self.said)

    def test_progress_on_a_terminal(self):
        self.tell(*(event(number) for number in range(30)))
        main, side = pty.openpty()
        process = subprocess.Popen([os.environ["JIRASEND_CLI"], "verify", *self.outbox], stdout=subprocess.PIPE,
                                   stderr=side, env=self.environment(TERM="xterm"))
        os.close(side)
        seen = read_terminal(main)
        self.assertEqual(process.wait(30), 0)
        process.stdout.close()
        self.assertRegex(seen, rb"\r\x1b\[K\d+ of 30 things asked, 0 differ")


class Show(Verify):
    def show(self, *arguments, code=0, outbox=True, **options):
        done = self.run_cli("show", "build", "--pipeline", "team/app", "--number", "1", "--json",
                            *(self.outbox if outbox else ()), *arguments, **options)
        self.assertEqual(done.code, code, done.err)
        return json.loads(done.out) if done.out else None

    def test_what_was_told(self):
        self.tell(event(1))
        answer = self.show()
        self.assertEqual((answer["told"]["id"], answer["told"]["status"]), (1, "accepted"))
        self.assertEqual(answer["jira"]["buildNumber"], 1)
        self.assertEqual(answer["differences"], [])
        self.assertIsNone(self.show(outbox=False)["told"])
        self.in_jira(1, state="failed")
        self.age()
        self.assertEqual(self.show()["differences"],
                         [{"member": "state", "told": "successful", "jira": "failed"}])
        out = self.expect(0, "show", "build", "--pipeline", "team/app", "--number", "1", *self.outbox).out
        self.assertIn("state: told successful, Jira has failed", out)
        self.assertIn("event 1", out)

    def test_what_is_gone(self):
        self.tell(event(1))
        self.remove(self.build_path(1))
        self.age()
        answer = self.show(code=66)
        self.assertIsNone(answer["jira"])
        self.assertEqual(answer["told"]["id"], 1)
        self.assertEqual({one["jira"] for one in answer["differences"]}, {None})

    def test_jira_does_not_answer(self):
        self.tell(event(1))
        self.sandbox.faults(path="/builds/1", method="GET", status=503, count=0)
        answer = self.show("--wait", "1", code=75)
        self.assertEqual((answer["told"]["id"], answer["jira"], answer["differences"]), (1, None, []))
        self.sandbox.clear_faults()
        answer = self.show(code=77, env={"JIRASEND_CLIENT_ID": "none"})
        self.assertEqual(answer["told"]["id"], 1)

    def test_no_folder_is_made(self):
        self.show(code=66)
        self.assertFalse(os.path.exists(self.outbox[1]))
        self.tell(event(1))
        self.expect(0, "send", "-", *self.outbox, "--wait", "0", stdin=event(2))
        self.show()
        self.assertEqual(self.sandbox.api("GET", self.build_path(2)).status, 404, "nothing was sent on the way")


if __name__ == "__main__":
    unittest.main()
