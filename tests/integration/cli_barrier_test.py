"""Deletions and history among other news: their order, their waits, and who does not wait."""

import contextlib
import json
import os
import signal
import sqlite3
import time
import unittest

from cli_support import CliTest, event

HASH = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = {"url": "https://git.example.com/team/app"}
BUILD = {"kind": "build", "pipelineId": "team/app", "number": 1}
DEPLOYMENT = {"kind": "deployment", "pipelineId": "team/app", "number": 1,
              "environment": {"id": "prod"}}
FLAG = {"kind": "flag", "flagId": "checkout"}
COMMIT = {"kind": "commit", "repository": REPOSITORY, "hash": HASH}


def lines(*documents):
    return "".join((d if isinstance(d, str) else json.dumps(d)) + "\n" for d in documents)


def told(thing, keys=("APP-1",), **more):
    """News of it."""
    members = {"build": {"url": "https://ci.example.com/1", "state": "successful"},
               "deployment": {"url": "https://ci.example.com/1", "state": "successful",
                              "environment": {"id": "prod", "name": "Production"}},
               "flag": {"url": "https://f.example.com/1",
                        "environments": [{"name": "Production", "enabled": True}]},
               "commit": {"message": "Fix", "url": "https://git.example.com/team/app/c/1"},
               "branch": {"url": "https://git.example.com/team/app/b/1"},
               "pull_request": {"title": "Fix", "state": "open", "sourceBranch": "fix",
                                "url": "https://git.example.com/team/app/p/1"}}[thing["kind"]]
    return {**thing, **members, "issueKeys": list(keys), **more}


def gone(thing):
    return {**thing, "delete": True}


def commit(number, **more):
    return told({**COMMIT, "hash": f"{number:040x}"}, **more)


class Barriers(CliTest):
    NOBODY = {"JIRASEND_CLIENT_ID": None, "JIRASEND_CLIENT_SECRET": None}  # so it only waits

    def send(self, *documents, code=0, wait="8", **options):
        done = self.expect(code, "send", "-", "--json", "--wait", wait, stdin=lines(*documents), **options)
        return done.receipts()

    def outbox(self):
        return self.path("outbox")

    def methods(self, part=""):
        """What came, but for tokens and cloud ids."""
        return [(entry["method"], entry["status"]) for entry in self.sandbox.log("/jira/")
                if part in entry["path"]]

    def entities(self, kind):
        """What the repository has of a kind."""
        answer = self.sandbox.api("GET", "devinfo/repository/git.example.com~2Fteam~2Fapp")
        return answer.json().get(kind, []) if answer.status == 200 else []


class EveryKind(Barriers):
    def test_told_and_deleted(self):
        things = (BUILD, DEPLOYMENT, FLAG, COMMIT,
                  {"kind": "branch", "repository": REPOSITORY, "name": "feature/APP-1"},
                  {"kind": "pull_request", "repository": REPOSITORY, "number": 12})
        last = {"hash": HASH, "message": "Fix", "url": "https://git.example.com/team/app/c/1"}
        for thing in things:
            more = {"lastCommit": last} if thing["kind"] == "branch" else {}
            with self.subTest(thing["kind"]):
                self.sandbox.reset()
                self.assertEqual(self.send(told(thing, **more))[0]["status"], "accepted")
                receipt = self.send(gone(thing))[0]
                self.assertEqual((receipt["status"], receipt["deleted"]), ("accepted", True))
                self.assertEqual(receipt["message"], "Jira deletes it.")
                self.assertEqual([m for m, _ in self.methods() if m != "GET"], ["POST", "DELETE"])

    def test_what_is_not_there_is_accepted(self):
        for thing in (BUILD, DEPLOYMENT, FLAG, COMMIT, {"kind": "repository",
                                                        "repository": REPOSITORY}):
            self.assertEqual(self.send(gone(thing))[0]["status"], "accepted")

    def test_a_deletion_of_development_information_says_its_number(self):
        self.send(gone(COMMIT))
        (entry,) = [e for e in self.sandbox.log("/commit/") if e["method"] == "DELETE"]
        self.assertRegex(entry["path"] + "?" + entry.get("query", ""),
                         r"_updateSequenceId=[0-9]{13}")


class Order(Barriers):
    sandbox_arguments = ("--eventually", "700")

    def test_news_behind_a_deletion_stay(self):
        for thing, path in ((BUILD, "builds/pipelines/team~2Fapp/builds/1"),
                            (DEPLOYMENT, "deployments/pipelines/team~2Fapp/environments/prod/"
                                         "deployments/1"),
                            (FLAG, "featureflags/flag/checkout")):
            with self.subTest(thing["kind"]):
                self.sandbox.reset()
                self.send(told(thing))
                receipts = self.send(gone(thing), told(thing, keys=("APP-2",)))
                self.assertEqual([r["status"] for r in receipts], ["accepted", "accepted"])
                self.assertEqual(receipts[1]["message"], "Jira has it.")
                time.sleep(1)
                answer = self.sandbox.api("GET", path)
                self.assertEqual(answer.status, 200)
                self.assertIn(b"APP-2", answer.body)
                asked = [s for m, s in self.methods() if m == "GET"][:-1]
                self.assertEqual(asked[-1], 404)

    def test_development_information_does_not_wait(self):
        self.send(told(COMMIT))
        begun = time.monotonic()
        receipts = self.send(gone(COMMIT), told(COMMIT, keys=("APP-2",)))
        self.assertEqual([r["status"] for r in receipts], ["accepted", "accepted"])
        self.assertLess(time.monotonic() - begun, 0.6)
        time.sleep(1)
        self.assertEqual(len(self.entities("commits")), 1)
        self.assertNotIn("GET", [m for m, _ in self.methods("/commit/")])

    def test_other_streams_go_on(self):
        self.send(told(BUILD), told(FLAG))
        outbox = ("--outbox", self.outbox())
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(gone(BUILD), told(BUILD), event(2), told(FLAG)))
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        order = [(e["method"], e["path"].rsplit("/", 2)[-2:], e["status"])
                 for e in self.sandbox.log("/jira/builds/")]
        deleted = [i for i, one in enumerate(order) if one[0] == "DELETE"][0]
        asked = [i for i, one in enumerate(order) if one[0] == "GET"]
        bulk = [i for i, one in enumerate(order) if one[0] == "POST"][1:]
        self.assertLess(min(bulk), asked[-1])  # the other build
        self.assertGreater(max(bulk), asked[-1])
        self.assertGreater(asked[0], deleted)

    def test_what_waits_before_a_deletion_is_superseded_when_that_is_accepted(self):
        outbox = ("--outbox", self.outbox())
        gated = {**told(DEPLOYMENT), "gate": True, "state": "pending"}
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(told(BUILD), gated, gone(BUILD), gone(DEPLOYMENT)))
        self.sandbox.faults({"path": "builds/1", "method": "DELETE", "status": 503, "count": 1})
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        self.assertNotIn(("POST", 202), self.methods())
        statuses = [json.loads(self.expect(0, "outbox", "show", str(i), *outbox, "--json").out)["status"]
                    for i in (1, 2, 3, 4)]
        self.assertEqual(statuses, ["superseded", "superseded", "accepted", "accepted"])

    def test_after_a_400_what_waited_before_goes_out(self):
        outbox = ("--outbox", self.outbox())
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(told(BUILD), gone(BUILD), told(BUILD, keys=("APP-3",))))
        # For good: a slow machine may lose a lane of a database, and whoever takes it over asks once more.
        self.sandbox.faults({"path": "builds/1", "method": "DELETE", "status": 400, "count": 0})
        self.run_cli("outbox", "flush", *outbox, "--wait", "25")
        receipts = [json.loads(self.run_cli("outbox", "show", str(i), *outbox, "--json").out)
                    for i in (1, 2, 3)]
        self.assertEqual([r["status"] for r in receipts], ["superseded", "rejected", "accepted"])

    def test_a_missing_permission_holds_a_deletion(self):
        self.sandbox.faults({"path": "flag/checkout", "method": "DELETE", "status": 403})
        outbox = ("--outbox", self.outbox())
        done = self.run_cli("send", "-", *outbox, "--wait", "5", "--json", stdin=lines(gone(FLAG)))
        self.assertEqual((done.code, done.receipt()["status"]), (77, "held"))

    def test_the_wait_is_stored(self):
        """The process that deleted is killed; another one waits and asks for it."""
        self.send(told(BUILD))
        outbox = ("--outbox", self.outbox())
        process = self.start("send", "-", *outbox, "--wait", "30", stdin=-1)
        process.stdin.write(lines(gone(BUILD), told(BUILD, keys=("APP-4",))).encode())
        process.stdin.close()
        end = time.monotonic() + 10
        while ("DELETE", 202) not in self.methods() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        time.sleep(1)
        answer = self.sandbox.api("GET", "builds/pipelines/team~2Fapp/builds/1")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"APP-4", answer.body)

    def test_two_processes(self):
        self.send(told(BUILD))
        outbox = ("--outbox", self.outbox())
        self.expect(0, "send", "-", *outbox, "--wait", "10", stdin=lines(gone(BUILD)))
        others = [self.start("send", "-", *outbox, "--wait", "20", "--json", stdin=-1) for _ in "ab"]
        for number, other in enumerate(others):
            other.stdin.write(lines(told(BUILD, keys=(f"APP-{number + 7}",))).encode())
            other.stdin.close()
        for other in others:
            self.assertEqual(other.wait(30), 0)
        time.sleep(1)
        answer = self.sandbox.api("GET", "builds/pipelines/team~2Fapp/builds/1")
        self.assertEqual(answer.status, 200)

    def test_where_we_may_not_look_the_wait_takes_its_time(self):
        self.send(told(BUILD))
        self.sandbox.faults({"path": "builds/1", "method": "GET", "status": 403})
        outbox = ("--outbox", self.outbox())
        self.expect(0, "send", "-", *outbox, "--wait", "5", stdin=lines(gone(BUILD)))
        self.run_cli("send", "-", *outbox, "--wait", "2", stdin=lines(told(BUILD)))
        self.assertEqual([s for m, s in self.methods() if m == "GET"], [403])
        self.assertEqual(self.waiting_ms() > 40000, True)
        self.sql("UPDATE stream SET wait_until_ms = 1 WHERE wait_until_ms > 0")
        self.expect(0, "outbox", "flush", *outbox, "--wait", "10")
        receipt = json.loads(self.expect(0, "outbox", "show", "2", *outbox, "--json").out)
        self.assertIn("60 s after the same thing was deleted", receipt["message"])

    def sql(self, text):
        """Of the tables that both stores have; rows as they come."""
        with contextlib.closing(sqlite3.connect(os.path.join(self.outbox(), "outbox.db"))) as database:
            rows = database.execute(text).fetchall()
            database.commit()
        return "\n".join(str(value) for row in rows for value in row)

    def waiting_ms(self):
        return int(self.sql("SELECT max(wait_until_ms) FROM stream")) - time.time() * 1000


class Repositories(Barriers):
    def test_a_deleted_repository_is_a_barrier_for_all_in_it(self):
        self.send(commit(1), commit(2))
        outbox = ("--outbox", self.outbox())
        whole = gone({"kind": "repository", "repository": REPOSITORY})
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(commit(3), whole, commit(2, keys=("APP-9",)), commit(4)))
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        statuses = [json.loads(self.expect(0, "outbox", "show", str(i), *outbox, "--json").out)["status"]
                    for i in (1, 2, 3, 4)]
        self.assertEqual(statuses, ["superseded", "accepted", "accepted", "accepted"])
        time.sleep(0.5)
        self.assertEqual(sorted(c["id"] for c in self.entities("commits")),
                         [f"{2:040x}", f"{4:040x}"])

    def test_a_branch_waits_behind_a_deletion_of_its_last_commit(self):
        outbox = ("--outbox", self.outbox())
        last = {"hash": HASH, "message": "Fix", "url": "https://git.example.com/team/app/c/1"}
        branch = told({"kind": "branch", "repository": REPOSITORY, "name": "fix"}, lastCommit=last)
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY, stdin=lines(gone(COMMIT), branch))
        self.sandbox.faults({"path": "/commit/", "method": "DELETE", "status": 503, "count": 1})
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        self.assertEqual([m for m, _ in self.methods()], ["DELETE", "DELETE", "POST"])

    def test_the_last_commit_keeps_the_keys_that_it_had(self):
        outbox = ("--outbox", self.outbox())
        last = {"hash": HASH, "message": "Fix", "url": "https://git.example.com/team/app/c/1"}
        branch = told({"kind": "branch", "repository": REPOSITORY, "name": "fix"},
                      keys=("APP-7",), lastCommit=last)
        self.expect(0, "send", "-", *outbox, "--wait", "10", stdin=lines(told(COMMIT, keys=("APP-5",))))
        self.expect(0, "send", "-", *outbox, "--wait", "10", stdin=lines(branch))
        (sent,) = self.sandbox.items("repositories")[-1]["branches"]
        self.assertEqual(sent["lastCommit"]["issueKeys"], ["APP-5"])
        self.assertEqual(sent["issueKeys"], ["APP-7"])

    def test_400_commits_share_a_request(self):
        outbox = ("--outbox", self.outbox())
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(*(commit(n) for n in range(401))))
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        self.assertEqual([len(r["commits"]) for r in self.sandbox.items("repositories")], [400, 1])


class History(Barriers):
    def test_it_goes_behind_everything_new_and_by_itself(self):
        outbox = ("--outbox", self.outbox())
        past = {"history": True, "updatedAt": "2024-01-01T10:00:00Z"}
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY,
                    stdin=lines(commit(1, **past), commit(2), commit(3, **past)))
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        bodies = [e["body"] for e in self.sandbox.log("/bulk")]
        self.assertEqual([b.get("operationType") for b in bodies], [None, "BACKFILL"])
        self.assertTrue(bodies[1]["preventTransitions"])
        self.assertEqual([len(b["repositories"][0]["commits"]) for b in bodies], [1, 2])
        self.assertEqual(bodies[1]["repositories"][0]["commits"][0]["updateSequenceId"],
                         1704103200000)

    def test_live_news_win_whenever_they_come(self):
        outbox = ("--outbox", self.outbox())
        past = {"history": True, "updatedAt": "2024-01-01T10:00:00Z"}
        self.expect(0, "send", "-", *outbox, "--wait", "10", stdin=lines(commit(1)))
        done = self.expect(0, "send", "-", *outbox, "--wait", "10", "--json", stdin=lines(commit(1, **past)))
        self.assertEqual(done.receipt()["status"], "superseded")

    def test_ten_requests_a_second(self):
        outbox = ("--outbox", self.outbox())
        past = {"history": True, "updatedAt": "2024-01-01T10:00:00Z"}
        documents = [commit(n, properties={"n": str(n)}, **past) for n in range(12)]
        self.expect(0, "send", "-", *outbox, "--wait", "0", env=self.NOBODY, stdin=lines(*documents))
        begun = time.monotonic()
        self.expect(0, "outbox", "flush", *outbox, "--wait", "20")
        self.assertGreater(time.monotonic() - begun, 1.0)
        self.assertEqual(len(self.sandbox.log("/bulk")), 12)

    def test_history_of_what_was_deleted_since_is_not_sent(self):
        outbox = ("--outbox", self.outbox())
        past = {"history": True, "updatedAt": "2024-01-01T10:00:00Z"}
        self.expect(0, "send", "-", *outbox, "--wait", "10", stdin=lines(gone(COMMIT)))
        done = self.expect(0, "send", "-", *outbox, "--wait", "10", "--json",
                           stdin=lines(told(COMMIT, **past)))
        self.assertEqual(done.receipt()["status"], "superseded")


if __name__ == "__main__":
    unittest.main()
