"""What the outbox remembers: log, explain, diff, metrics, deployment --since-last."""

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import stat
import struct
import subprocess
import termios
import time
import unicodedata
import unittest

from cli_support import SECRET, CliTest, event, read_terminal

RECEIPT = {"id", "kind", "site", "status", "issueKeys", "unknownIssueKeys", "droppedKeys", "message",
           "httpStatus", "attempts", "pipelineId", "number", "state", "url", "submittedAt", "settledAt"}


class History(CliTest):
    sandbox_arguments = ("--client", f"none:{SECRET}:none")

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))

    def build(self, number, *arguments, code=0, **options):
        return self.expect(code, "build", "--pipeline", "team/app", "--number", str(number),
                           "--url", "https://ci.example.com/1", "--state", "successful", *self.outbox,
                           *arguments, **options)

    def deploy(self, number, environment, keys, *arguments, state="successful"):
        return self.expect(0, "deployment", "--pipeline", "team/app", "--number", str(number),
                           "--url", "https://ci.example.com/1", "--state", state, "--environment",
                           environment, "--environment-name", f"The {environment}", *self.outbox,
                           "--keys", keys, *arguments)

    def log(self, *arguments):
        return self.expect(0, "log", *self.outbox, "--json", *arguments).receipts()

    def numbers(self, *arguments):
        return [receipt["number"] for receipt in self.log(*arguments)]

    def explain(self, key, *arguments, code=0):
        done = self.expect(code, "explain", key, *self.outbox, "--json", *arguments)
        return json.loads(done.out)


class Log(History):
    def test_filters(self):
        self.build(1, "--keys", "APP-1")
        self.deploy(2, "prod", "APP-1,OPS-2")
        self.build(3, "--keys", "APP-3", "--wait", "0")
        self.assertEqual(self.numbers(), [3, 2, 1])
        self.assertEqual(set(self.log()[2]), RECEIPT)
        self.assertEqual(self.numbers("--key", "app-1"), [2, 1])
        self.assertEqual(self.numbers("--project", "ops"), [2])
        self.assertEqual(self.numbers("--kind", "deployment,flag"), [2])
        self.assertEqual(self.numbers("--pipeline", "team/app", "--limit", "2"), [3, 2])
        self.assertEqual(self.numbers("--environment", "The prod"), [2])
        self.assertEqual(self.numbers("--status", "queued,rejected"), [3])
        self.assertEqual(self.numbers("--since", "1h"), [3, 2, 1])
        self.assertEqual(self.numbers("--until", "1h"), [])
        self.assertEqual(self.numbers("--until", "1970-01-01T00:00:00Z"), [])
        self.assertEqual(self.numbers("--since", "2026-01-01T00:00:00Z"), [3, 2, 1])

    def test_table_fits_eighty_columns(self):
        keys = ",".join(f"APP-{number}" for number in range(1, 40))
        self.deploy(2, "environment-with-a-long-name", keys)
        done = self.expect(0, "log", *self.outbox)
        self.assertIn("accepted", done.out)
        self.assertNotIn("\033", done.out)
        for line in done.out.splitlines():
            self.assertLessEqual(len(line), 80)
        self.assertEqual(self.expect(0, "log", *self.outbox, "--key", "NO-1", says="no such event").out, "")

    def test_events_of_one_pipeline_can_be_told_apart(self):
        """The number and the environment stand at the end of a name that is too long; they are what differs."""
        name = "a-group/of-a-team/service/deploy-production"
        self.expect(0, "send", "-", *self.outbox, stdin="\n".join([
            event(41, pipelineId=name, state="failed"), event(42, pipelineId=name, state="in_progress"),
            event(43, pipelineId=name, kind="deployment", environment={"id": "prod-eu", "name": "EU"})]))
        out = self.expect(0, "log", *self.outbox).out
        for words in ("build a-group/of-... #41, failed", "build a-grou... #42, in_progress", "deployment a-g... #43 to prod-eu"):
            self.assertIn(f" {words} APP-1", out)
        out = self.expect(0, "explain", "APP-1", *self.outbox, "--offline").out
        for words in ("a-group/of-a-team/s... #41", "a-group/of-a-team/s... #42", "a-group/of-a-team/s... #43"):
            self.assertIn(f" {words} given", out)

    def test_repositories_can_be_told_apart(self):
        """Their hosts are the same; what differs is shown."""
        self.expect(0, "send", "-", *self.outbox, stdin=json.dumps(
            {"kind": "commit", "repository": {"url": "https://git.example.com/a-long-group/of-a-team/app"},
             "hash": "1" * 40, "message": "APP-1", "url": "https://git.example.com/c"}))
        self.assertRegex(self.expect(0, "log", *self.outbox).out, r"commit 1111111 of app +APP-1\n")

    def test_a_pager_that_is_left(self):
        self.expect(0, "send", "-", *self.outbox, "-q", stdin="\n".join(event(number) for number in range(1500)))
        for verb in (("log", "--limit", "1500"), ("log", "--limit", "1500", "--json"),
                     ("explain", "APP-1", "--offline", "--json")):
            for ignored in (False, True):
                before = (lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN)) if ignored else None
                process = self.start(*verb, *self.outbox, preexec_fn=before, restore_signals=not ignored)
                process.stdout.read(100)
                process.stdout.close()
                said = process.stderr.read()
                self.assertEqual(process.wait(30), 74 if ignored else -signal.SIGPIPE, said)
                self.assertEqual(said == b"", not ignored, said)

    def test_wide_and_odd_characters(self):
        """Columns are counted as a terminal shows them, not characters."""
        where = {"id": "\u73af\u5883" * 40, "name": "\u4ea7\u54c1" * 60}
        news = [event(1, pipelineId="\u56e2\u961f/\u5e94\u7528" * 20, description="x"),
                event(2, pipelineId="a\u202e" * 99, kind="deployment", environment=where),
                event(3, pipelineId="e\u0301" * 99)]
        self.expect(0, "send", "-", *self.outbox, stdin="\n".join(news))
        self.sandbox.reset()
        for verb, code in ((("log",), 0), (("explain", "APP-1"), 0), (("verify",), 65)):
            for locale in ("C.UTF-8", "C"):
                lines = self.expect(code, *verb, *self.outbox, env={"LC_ALL": locale}).out.splitlines()
                for line in lines:
                    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in line)
                    flat = sum(unicodedata.combining(one) > 0 for one in line)
                    self.assertLessEqual(len(line) + wide - flat, 80, line)
                    self.assertEqual(line, line.rstrip())
                self.assertEqual("\u56e2" in "".join(lines), locale != "C")

    def test_local_zone_for_people(self):
        self.build(1, "--keys", "APP-1")
        utc = self.log()[0]["submittedAt"]
        out = self.expect(0, "log", *self.outbox, env={"TZ": "XXX-5"}).out.splitlines()[1]
        hour = (int(utc[11:13]) + 5) % 24
        self.assertEqual(out[11:16], f"{hour:02}:{utc[14:16]}")

    def test_wrong_usage(self):
        self.expect(64, "log", says="--outbox")
        self.expect(66, "log", *self.outbox, says="no outbox folder")
        self.build(1, "--keys", "APP-1")
        self.expect(64, "log", *self.outbox, "--kind", "builds", says="builds")
        self.expect(64, "log", *self.outbox, "--status", "lost", says="lost")
        self.expect(64, "log", *self.outbox, "--key", "APP", says="APP")
        for project in ("app-1", "APP,OPS"):
            self.expect(64, "log", *self.outbox, "--project", project,
                        says=f'jirasend: "{project}" is not the key of one project, such as APP.')
        self.expect(64, "log", *self.outbox, "--since", "soon", says="24h")
        for limit in ("0", "-1", "x", "1.5", "9" * 20):
            self.expect(64, "log", *self.outbox, "--limit", limit, says="--limit is '%s'; it takes a whole number from 1." % limit)
        self.expect(64, "log", *self.outbox, "--keep", "-1", says="from 0 to 36500")
        self.expect(64, "log", *self.outbox, "x", says="x")
        self.expect(64, "log", *self.outbox, "--keep", "36501", says="36500")

    def test_keep(self):
        self.build(1, "--keys", "APP-1")
        self.assertEqual(self.numbers("--keep", "0"), [])
        self.assertEqual(self.expect(0, "log", *self.outbox, "--json",
                                     env={"JIRASEND_KEEP": "0"}).receipts(), [])
        self.assertEqual(self.numbers(), [1])

    def test_odd_folders(self):
        os.mkdir(self.outbox[1], 0o700)
        self.assertEqual(self.log(), [])
        self.build(1, "--keys", "APP-1")
        with open(os.path.join(self.outbox[1], "outbox.db"), "r+b") as file:
            file.write(b"no database at all")
        for verb in (["log"], ["explain", "APP-1", "--offline"], ["diff", "a", "b"], ["metrics"]):
            self.expect(69, *verb, *self.outbox)


class Explain(History):
    def test_where_and_why_not(self):
        self.build(1, "--keys", "APP-1", "--branch", "feature/APP-2", "--keys-from", "-",
                   stdin="app-3, UTF-8 and xAPP-4")
        given = self.explain("app-1", "--offline")
        self.assertEqual(set(given), {"key", "events", "dropped", "jira"})
        self.assertEqual((given["key"], given["dropped"], given["jira"]), ("APP-1", [], []))
        self.assertEqual(given["events"][0]["found"], {"from": "given"})
        self.assertEqual(self.explain("APP-2", "--offline")["events"][0]["found"], {"from": "branch"})
        for key, rule in (("APP-3", "case"), ("UTF-8", "not-keys"), ("APP-4", "border")):
            answer = self.explain(key, "--offline")
            self.assertEqual(answer["events"], [])
            self.assertEqual(answer["dropped"], [{"id": 1, "key": key, "rule": rule}])
        self.build(2, "--keys-from", "-", "--projects", "OPS", stdin="WEB-1")
        self.assertEqual(self.explain("WEB-1", "--offline")["dropped"][0]["rule"], "projects")
        out = self.expect(0, "explain", "APP-3", *self.outbox, "--offline").out
        self.assertIn("--any-case", out)
        self.expect(66, "explain", "APP-99", *self.outbox, "--offline", says="APP-99")

    def test_what_waits(self):
        self.build(1, "--branch", "feature/APP-2", "--keys-from", "-", "--wait", "0", stdin="app-3")
        self.assertEqual(self.explain("APP-2", "--offline")["events"][0]["found"], {"from": "branch"})
        self.assertEqual(self.explain("APP-3", "--offline")["dropped"][0]["rule"], "case")

    def test_what_jira_has(self):
        self.build(1, "--keys", "APP-1")
        self.build(1, "--keys", "APP-1")
        self.deploy(2, "prod", "APP-1")
        self.build(3, "--keys", "APP-1", "--wait", "0")
        jira = self.explain("APP-1")["jira"]
        self.assertEqual(sorted(thing.get("buildNumber", 0) for thing in jira), [0, 1])
        self.assertEqual(self.numbers("--status", "queued"), [3], "nothing was sent on the way")
        out = self.expect(0, "explain", "APP-1", *self.outbox).out
        self.assertIn("4 events", out)
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80)
        self.expect(64, "explain", "APP-1", *self.outbox, env={"JIRASEND_CLIENT_ID": None})

    def test_it_reads_like_an_answer(self):
        self.build(1, "--branch", "feature/APP-1")
        self.deploy(7, "prod", "APP-1")
        self.deploy(8, "prod", "APP-1", state="failed")
        self.deploy(7, "test", "APP-1")
        self.build(2, "--keys-from", "-", stdin="app-1 fix")
        self.build(3, "--keys", "APP-1", "--wait", "0")
        self.sandbox.api("DELETE", "deployments/pipelines/team~2Fapp/environments/test/deployments/7")
        time.sleep(0.5)
        out = self.expect(0, "explain", "APP-1", *self.outbox).out
        for line in (r"Jira shows 3 things for APP-1 now; 5 events named it\.",
                     r"Deployed to The prod \(prod\)", r"  .{16} failed +team/app #8 +given +yes",
                     r"Deployed to The test \(test\)", r"  .{16} successful +team/app #7 +given +gone",
                     r"Builds", r"  .{16} successful +team/app #1 +branch +yes",
                     r"Waiting", r"  .{16} queued +team/app #3 +given +no", r"      Event \d+: Waiting to be sent\.",
                     r"  .{16} skipped +team/app #2 +case", "What would make it appear",
                     r"  Events wait: `jirasend outbox flush` sends them now\."):
            self.assertRegex(out, f"(?m)^{line}$")
        self.assertIn("`jirasend verify --repair`", " ".join(out.split()))
        for line in out.splitlines():
            self.assertLessEqual(len(line), 80)
            self.assertEqual(line, line.rstrip())
        self.assertNotIn("\033", out)

    def test_keys_that_jira_does_not_know(self):
        self.sandbox.faults(path="/bulk", count=1, status=202, body=json.dumps(
            {"acceptedBuilds": [], "rejectedBuilds": [], "unknownIssueKeys": ["APP-1"]}))
        self.build(1, "--keys", "APP-1")
        out = self.expect(0, "explain", "APP-1", *self.outbox, "--offline").out
        self.assertIn("does not know this issue", " ".join(out.split()))
        # Jira has the deployment, but not for this issue: that is one reason, not two.
        self.sandbox.faults(path="/bulk", count=1, status=202, body=json.dumps(
            {"acceptedDeployments": [{"pipelineId": "team~2Fapp", "environmentId": "prod", "deploymentSequenceNumber": 2}],
             "rejectedDeployments": [], "unknownAssociations": [
                 {"associationType": "issueIdOrKeys", "values": ["APP-7"]}]}))
        self.deploy(2, "prod", "APP-1,APP-7")
        self.sandbox.faults(path="/deployments/2", method="GET", count=1, status=200, body=json.dumps(
            {"deploymentSequenceNumber": 2, "updateSequenceNumber": 1, "associations": [
                {"associationType": "issueIdOrKeys", "values": ["APP-1"]}]}))
        out = " ".join(self.expect(0, "explain", "APP-7", *self.outbox).out.split())
        self.assertIn("does not know this issue", out)
        self.assertNotIn("without this key", out)

    def test_what_was_deleted(self):
        self.build(1, "--keys", "APP-1")
        self.deploy(2, "prod", "APP-1", "--property", "run=7")
        self.expect(0, "delete", "build", "--pipeline", "team/app", "--number", "1", *self.outbox)
        self.expect(0, "delete", "all", "--kind", "deployment", "--property", "run=7", "--yes", *self.outbox)
        for offline in ((), ("--offline",)):
            out = self.expect(0, "explain", "APP-1", *self.outbox, *offline).out
            self.assertEqual(out.count("It was deleted since."), 2, out)
        self.build(1, "--keys", "APP-1")
        out = self.expect(0, "explain", "APP-1", *self.outbox, "--offline").out
        self.assertEqual(out.count("It was deleted since."), 1, "told again")
        self.assertEqual(set(self.explain("APP-1")), {"key", "events", "dropped", "jira"})

    def test_more_things_than_are_asked_for(self):
        self.expect(0, "send", "-", *self.outbox, stdin="\n".join(event(number) for number in range(203)))
        done = self.expect(0, "explain", "APP-1", *self.outbox)
        self.assertIn("Jira shows at least 200 things for APP-1 now", done.out)
        self.assertIn("not for 3 older ones", done.out.replace("\n", " "))
        self.assertNotIn("Jira has all of it", done.out)
        done = self.expect(0, "explain", "APP-1", *self.outbox, "--json", says="3 older things")
        answer = json.loads(done.out)
        self.assertEqual((len(answer["events"]), len(answer["jira"])), (203, 200))
        self.expect(0, "log", *self.outbox, says="newest 100")

    def test_not_permitted(self):
        self.build(1, "--keys", "APP-1")
        done = self.expect(77, "explain", "APP-1", *self.outbox, says="Builds", env={"JIRASEND_CLIENT_ID": "none"})
        self.assertIn("could not be asked in full", " ".join(done.out.split()))
        self.assertIn("team/app #1", done.out)

    def test_a_repository_is_asked_once(self):
        commits = [{"kind": "commit", "repository": {"url": "https://git.example.com/a"}, "hash": digit * 40,
                    "message": "APP-1", "url": "https://git.example.com/c"} for digit in "123456789"]
        self.expect(0, "send", "-", *self.outbox, stdin="\n".join(map(json.dumps, commits)))
        self.assertEqual(len(self.explain("APP-1")["jira"]), 9)
        self.assertEqual(sum(entry["method"] == "GET" for entry in self.sandbox.log("/repository/")), 1)

    def test_nobody_answers(self):
        self.build(1, "--keys", "APP-1")
        self.assertEqual(self.explain("APP-1", "--wait", "1", "--api-url", "http://127.0.0.1:9",
                                      code=75)["events"][0]["number"], 1)
        out = self.expect(75, "explain", "APP-1", *self.outbox, "--wait", "1", "--api-url", "http://127.0.0.1:9").out
        self.assertIn("APP-1 was named by 1 event, of which Jira accepted 1.", out)
        self.assertNotIn("Jira shows 0", out, "which nobody knows")


    def test_one_api_is_silent(self):
        """The others are asked all the same, and it is said who did not answer."""
        self.build(1, "--keys", "APP-1")
        self.deploy(2, "prod", "APP-1")
        self.build(3, "--keys", "APP-1")
        flag = {"kind": "flag", "flagId": "f", "url": "https://flags.example.com/f", "issueKeys": ["APP-1"],
                "environments": [{"name": "Production", "enabled": True}]}
        self.expect(0, "send", "-", *self.outbox, stdin=json.dumps(flag))
        for fault in ({"status": 503}, {"delayMs": 60000}):
            self.sandbox.clear_faults()
            self.sandbox.faults(path="/builds/", method="GET", count=99, **fault)
            begun = time.monotonic()
            done = self.expect(75, "explain", "APP-1", *self.outbox, "--json", "--wait", "4", says="Builds: ")
            self.assertLess(time.monotonic() - begun, 6)
            self.assertNotIn("Deployments: ", done.err)
            answer = json.loads(done.out)
            self.assertEqual(set(answer), {"key", "events", "dropped", "jira"})
            self.assertEqual([thing.get("id") or thing["deploymentSequenceNumber"] for thing in answer["jira"]], ["f", 2])
        out = " ".join(self.expect(75, "explain", "APP-1", *self.outbox, "--wait", "2").out.split())
        self.assertIn("could not be asked in full: no answer for Builds.", out)
        self.assertIn("Jira shows at least 2 things for APP-1", out)
        # What may come yet is asked for again.
        self.sandbox.clear_faults()
        self.sandbox.faults(path="/builds/", method="GET", count=1, status=503)
        self.assertEqual([thing.get("buildNumber") for thing in self.explain("APP-1")["jira"]], [None, 3, None, 1])

    def test_one_api_is_silent_and_one_forbidden(self):
        self.build(1, "--keys", "APP-1")
        self.deploy(2, "prod", "APP-1")
        self.sandbox.faults(path="/builds/", method="GET", count=99, status=503)
        self.sandbox.faults(path="/deployments/", method="GET", count=99, status=403)
        self.expect(77, "explain", "APP-1", *self.outbox, "--wait", "2", says=["Builds: ", "Deployments: "])
        # One reason is one line.
        done = self.expect(77, "explain", "APP-1", *self.outbox, env={"JIRASEND_CLIENT_SECRET": "wrong"})
        self.assertRegex(done.err, r"^jirasend: Deployments, Builds: .*\n$")


class Together(History):
    def test_asking_while_others_send(self):
        """Pages are whole and counts only grow, whatever three other processes write meanwhile."""
        writers = []
        for who in range(3):
            news = [event(number, keys=[f"APP-{number}"], pipelineId=f"team/{who}") for number in range(1, 61)]
            writer = self.start("send", "-", *self.outbox, stdin=subprocess.PIPE)
            writer.stdin.write("\n".join(news).encode())
            writer.stdin.close()
            writer.stdin = None
            writers.append(writer)
        most, asked = 0, 0
        while any(writer.poll() is None for writer in writers) or asked < 3:
            asked += 1
            if not os.path.exists(os.path.join(self.outbox[1], "outbox.db")):
                time.sleep(0.02)
                continue
            receipts = self.log("--limit", "1000")
            ids = [receipt["id"] for receipt in receipts]
            self.assertEqual(ids, sorted(set(ids), reverse=True))
            self.assertGreaterEqual(len(ids), most)
            most = len(ids)
            if receipts:
                key = receipts[0]["issueKeys"][0]
                self.assertIn(receipts[0]["id"], [one["id"] for one in self.explain(key, "--offline")["events"]])
            self.expect(0, "metrics", *self.outbox)
        for writer in writers:
            self.assertEqual(writer.wait(60), 0)
        self.assertEqual(len(self.log("--limit", "1000")), 180)
        text = self.expect(0, "metrics", *self.outbox).out
        self.assertIn('status="accepted"} 180\n', text)

    def test_verify_twice_at_once(self):
        for number in range(1, 31):
            self.build(number, "--keys", "APP-1", "--wait", "0")
        self.expect(0, "outbox", "flush", *self.outbox)
        both = [self.start("verify", *self.outbox) for _ in range(2)]
        for process in both:
            self.assertEqual(process.wait(60), 0, process.stderr.read())

    def on_a_terminal(self, columns, *verb):
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([os.environ["JIRASEND_CLI"], *verb, *self.outbox], stdout=side,
                                   stderr=subprocess.DEVNULL, env=self.environment(TERM="xterm"))
        os.close(side)
        seen = read_terminal(main)
        self.assertEqual(process.wait(30), 0)
        return seen

    def test_a_wide_terminal_shows_whole_names(self):
        self.deploy(7, "prod-eu", "APP-1")
        whole = "deployment team/app #7 to prod-eu, successful"
        for columns, shown in ((80, False), (120, True), (400, True)):
            seen = re.sub(r"\x1b\[[0-9;]*m", "", self.on_a_terminal(columns, "log").decode())
            self.assertEqual(f" {whole} " in seen, shown, seen)
            head, line = seen.splitlines()[:2]
            self.assertEqual(head.index("issue keys"), line.index("APP-1"))
            self.assertLessEqual(max(map(len, seen.splitlines())), columns)
        name = "a-group/of-a-team/service/build"
        self.expect(0, "send", "-", *self.outbox, stdin=event(41, pipelineId=name))
        self.assertIn(f"{name} #41 ".encode(), self.on_a_terminal(120, "explain", "APP-1", "--offline"))

    def test_colours_on_a_terminal_only(self):
        self.build(1, "--keys", "APP-1")
        for verb in (("log",), ("explain", "APP-1")):
            seen = self.on_a_terminal(80, *verb)
            self.assertIn(b"\x1b[32m", seen)
            self.assertNotIn(b"\x1b[33mnow", seen, "a head is no warning")
            self.assertNotIn("\033", self.expect(0, *verb, *self.outbox).out)


class Diff(History):
    def diff(self, *environments, code):
        return self.expect_code(code, "diff", *environments, *self.outbox).out.split()

    def expect_code(self, code, *arguments):
        done = self.run_cli(*arguments)
        self.assertEqual(done.code, code, done.err)
        return done

    def test_what_is_missing(self):
        self.deploy(1, "test", "APP-1,APP-2,APP-3")
        self.deploy(1, "prod", "APP-1")
        self.assertEqual(set(self.diff("test", "prod", code=1)), {"APP-2", "APP-3"})
        self.assertEqual(self.diff("prod", "test", code=0), [])
        self.assertEqual(set(self.diff("The test", "The prod", code=1)), {"APP-2", "APP-3"})
        lines = self.expect_code(1, "diff", "test", "prod", *self.outbox, "--json").receipts()
        self.assertEqual({line["key"] for line in lines}, {"APP-2", "APP-3"})
        self.deploy(2, "prod", "APP-2,APP-3")
        self.assertEqual(self.diff("test", "prod", code=0), [])
        self.deploy(3, "prod", "APP-3", state="rolled_back")
        self.assertEqual(self.diff("test", "prod", code=1), ["APP-3"])
        self.deploy(4, "prod", "APP-2", state="failed")
        self.assertEqual(self.diff("test", "prod", code=1), ["APP-3"])

    def test_what_was_deleted_is_not_there(self):
        self.deploy(1, "test", "APP-1", "--property", "run=7")
        self.deploy(2, "test", "APP-2")
        self.deploy(3, "test", "APP-3", "--property", "run=8")
        self.deploy(3, "prod", "APP-9")
        self.expect(0, "delete", "all", "--kind", "deployment", "--property", "run=7", "--yes", *self.outbox)
        self.expect(0, "delete", "deployment", "--pipeline", "team/app", "--number", "2", "--environment", "test",
                    *self.outbox)
        self.assertEqual(self.diff("test", "prod", code=1), ["APP-3"])
        self.deploy(1, "test", "APP-1", "--property", "run=7")
        self.assertEqual(set(self.diff("test", "prod", code=1)), {"APP-1", "APP-3"}, "told again after it")

    def test_wrong_usage(self):
        self.deploy(1, "test", "APP-1")
        self.expect(66, "diff", "test", "moon", *self.outbox, says="moon")
        self.expect(64, "diff", "test", *self.outbox, says="two environments")
        self.expect(64, "diff", "test", "", *self.outbox, says="two environments")
        self.expect(64, "diff", "test", "prod", says="--outbox")


class Metrics(History):
    def metrics(self):
        return self.expect(0, "metrics", *self.outbox).out

    def test_counters(self):
        self.build(1, "--keys", "APP-1")
        self.build(2)
        self.deploy(3, "prod", "APP-1", "--environment-type", "production")
        self.deploy(4, "prod", "APP-1", "--environment-type", "production", state="failed")
        self.build(5, "--keys", "APP-1", "--wait", "0")
        text = self.metrics()
        site = self.log()[0]["site"]
        for line in (f'jirasend_events_total{{kind="build",site="{site}",status="accepted"}} 1',
                     f'jirasend_events_total{{kind="build",site="{site}",status="skipped"}} 1',
                     'jirasend_requests_total{api="deployments",status="202"} 2',
                     f'jirasend_waiting{{site="{site}"}} 1',
                     'jirasend_delivery_seconds_count 3',
                     'jirasend_deployments_total{environment="prod",state="successful"} 1',
                     'jirasend_change_failure_ratio 0.5000'):
            self.assertIn(line + "\n", text)
        self.assertTrue(text.endswith("# EOF\n"))

    def test_environments_are_bounded(self):
        news = [event(number, kind="deployment", environment={"id": f"e{number:02}", "name": "E"})
                for number in range(1, 61)]
        news += [event(100 + number, kind="deployment", environment={"id": "e60", "name": "E"}) for number in range(3)]
        self.expect(0, "send", "-", *self.outbox, stdin="\n".join(news))
        lines = [line for line in self.metrics().splitlines() if line.startswith("jirasend_deployments_total")]
        self.assertEqual(len(lines), 51)
        self.assertIn('jirasend_deployments_total{environment="e60",state="successful"} 4', lines)
        self.assertIn('jirasend_deployments_total{environment="other",state="successful"} 10', lines)

    def test_a_deployment_counts_once_for_each_state(self):
        """However often, and at however many sites, it is told."""
        def tell(*news):
            self.expect(0, "send", "-", *self.outbox, stdin="\n".join(
                event(number, kind="deployment", environment={"id": "prod", "name": "P"}, **members)
                for number, members in news))
        there = {"site": self.sandbox.url.replace("127.0.0.1", "localhost")}
        tell((1, {"state": "in_progress"}))
        for _ in range(2):
            tell((1, {}), (1, there))
        tell((1, {**there, "state": "in_progress"}), (2, there))
        text = self.metrics()
        for line in ('jirasend_deployments_total{environment="prod",state="in_progress"} 1',
                     'jirasend_deployments_total{environment="prod",state="successful"} 2'):
            self.assertIn(line + "\n", text)
        events = [line for line in text.splitlines() if line.startswith("jirasend_events_total")]
        self.assertEqual(sum(int(line.split()[-1]) for line in events), 7, "each event counts as one")

    def test_textfile(self):
        self.build(1, "--keys", "APP-1")
        file = self.path("jirasend.prom")
        for _ in range(2):
            self.assertEqual(self.expect(0, "metrics", *self.outbox, "--textfile", file).out, "")
        with open(file, encoding="utf-8") as text:
            self.assertTrue(text.read().endswith("# EOF\n"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["jirasend.prom", "outbox"])
        self.expect(73, "metrics", *self.outbox, "--textfile", self.path("no/file"))
        # One that was killed had the same number: in a container each run has.
        subprocess.run(["sh", "-c", 'touch "$3.$$.tmp" && exec "$0" metrics --outbox "$2" --textfile "$3"',
                        os.environ["JIRASEND_CLI"], "", self.outbox[1], file], env=self.environment(), check=True)
        self.assertEqual(sorted(os.listdir(self.folder)), ["jirasend.prom", "outbox"])

    def test_textfile_replaces_nothing_but_a_file(self):
        self.build(1, "--keys", "APP-1")
        pipe, link = self.path("pipe"), self.path("link")
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.expect(0, "metrics", *self.outbox, "--textfile", pipe)
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode), "a device would be gone for the whole machine")
        self.assertTrue(os.read(reader, 1 << 16).endswith(b"# EOF\n"))
        os.symlink("jirasend.prom", link)
        for _ in range(2):
            self.expect(0, "metrics", *self.outbox, "--textfile", link)
            self.assertEqual(os.readlink(link), "jirasend.prom")
        self.assertFalse(os.path.islink(self.path("jirasend.prom")))
        self.assertTrue(self.expect(0, "metrics", *self.outbox, "--textfile", "/dev/stdout").out.endswith("# EOF\n"))


def git(folder, *arguments):
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
                          cwd=folder, capture_output=True, text=True, check=True,
                          env={"PATH": os.environ["PATH"], "HOME": folder}).stdout.strip()


class InRepository(History):
    def setUp(self):
        super().setUp()
        self.repository = self.path("repository")
        os.mkdir(self.repository)
        git(self.repository, "init", "-q", "-b", "main")

    def commit(self, message):
        git(self.repository, "commit", "-q", "--allow-empty", "-m", message)
        return git(self.repository, "rev-parse", "HEAD")


class SinceLast(InRepository):
    def release(self, number, commit, *arguments, environment="prod", says=None, state="successful"):
        done = self.expect(0, "deployment", "--pipeline", "team/app", "--number", str(number),
                           "--url", "https://ci.example.com/1", "--state", state, "--environment",
                           environment, "--commit", commit, "--since-last", *self.outbox, "--json",
                           *arguments, says=says, cwd=self.repository)
        receipt = done.receipt()
        return receipt["state"], set(receipt["issueKeys"])

    def test_from_release_to_release(self):
        first = self.commit("APP-1")
        self.commit("APP-2")
        third = self.commit("APP-3")
        self.assertEqual(self.release(1, first, says="has no record of a"), ("successful", {"APP-1"}))
        self.assertEqual(self.release(2, third), ("successful", {"APP-2", "APP-3"}))
        self.assertEqual(self.log()[0]["revision"], third)
        self.assertEqual(self.release(3, third), ("successful", {"APP-2", "APP-3"}))
        found = self.explain("APP-3", "--offline")["events"][0]["found"]
        self.assertEqual(found, {"from": "message", "commit": third})
        self.assertEqual(self.release(4, first, says="rollback"), ("rolled_back", {"APP-2", "APP-3"}))
        self.assertEqual(self.release(5, first, says="rolled_back again"), ("rolled_back", {"APP-2", "APP-3"}))
        self.assertEqual(self.release(6, third), ("successful", {"APP-2", "APP-3"}))
        # Another environment has a memory of its own; what failed is no base.
        self.assertEqual(self.release(1, third, environment="test"), ("successful", {"APP-3"}))
        fourth = self.commit("APP-4")
        fifth = self.commit("APP-5")
        self.assertEqual(self.release(7, fourth, state="failed"), ("failed", {"APP-4"}))
        self.assertEqual(self.release(8, fifth), ("successful", {"APP-4", "APP-5"}))

    def test_what_waits_is_no_base(self):
        first = self.commit("APP-1")
        second = self.commit("APP-2")
        self.release(1, first)
        self.release(2, second, "--wait", "0")
        self.assertEqual(self.release(3, second, "--wait", "0"), ("successful", {"APP-2"}))

    def test_the_commit_is_gone(self):
        first = self.commit("APP-1")
        self.release(1, first)
        shutil.rmtree(self.repository)
        os.mkdir(self.repository)
        git(self.repository, "init", "-q", "-b", "main")
        git(self.repository, "commit", "-q", "--allow-empty", "-m", "OPS-1 anew")
        other = self.commit("APP-5")
        self.assertEqual(self.release(2, other, says="is not in this repository"), ("successful", {"APP-5"}))

    def test_a_deleted_deployment_remains_a_base(self):
        first = self.commit("APP-1")
        second = self.commit("APP-2")
        third = self.commit("APP-3")
        self.release(1, first)
        self.release(2, second)
        self.expect(0, "delete", "deployment", "--pipeline", "team/app", "--environment", "prod", "--number", "2",
                    *self.outbox)
        self.assertEqual(self.release(3, third), ("successful", {"APP-3"}))

    def test_one_that_was_skipped_is_none(self):
        first = self.commit("APP-1")
        second = self.commit("APP-2")
        third = self.commit("APP-3")
        self.release(1, first)
        self.release(2, second, "--only-keys", "")
        self.assertEqual(self.log()[0]["status"], "skipped")
        self.assertEqual(self.release(3, third), ("successful", {"APP-2", "APP-3"}))

    def test_wrong_usage(self):
        self.commit("APP-1")
        self.expect(64, "deployment", "--pipeline", "a", "--number", "1", "--url", "https://c.example/1",
                    "--state", "successful", "--environment", "e", "--since-last", cwd=self.repository,
                    says=["--since-last", "--outbox"])


class Again(InRepository):
    def tell(self, *arguments):
        done = self.expect(0, "git", "--branches", *self.outbox, "--repository",
                           "https://git.example.com/team/app", "--commit-url",
                           "https://git.example.com/c/{hash}", "--branch-url",
                           "https://git.example.com/b/{branch}", "--json", *arguments,
                           cwd=self.repository)
        return sorted(receipt["kind"] for receipt in done.receipts())

    def test_what_was_told_is_not_told_again(self):
        self.commit("APP-1")
        git(self.repository, "checkout", "-q", "-b", "feature/APP-9")
        self.assertEqual(self.tell("--wait", "0"), ["branch", "commit"])
        self.assertEqual(self.tell("--wait", "0"), [], "it waits")
        self.expect(0, "outbox", "flush", *self.outbox)
        self.assertEqual(self.tell(), [], "Jira has it")
        self.commit("APP-2")
        self.assertEqual(self.tell(), ["branch", "commit"])


class RepositoryId(InRepository):
    """A deployment is tied to its commit where Jira has the repository from this outbox."""

    URL = "https://git.example.com/team/app"

    def deployed(self, *arguments):
        hash_ = self.commit("APP-1")
        body = self.body("deployment", "--pipeline", "p", "--number", "1", "--url", "https://ci.example.com/1",
                         "--state", "successful", "--environment", "prod", "--keys", "APP-1", "--commit", hash_,
                         *self.outbox, *arguments)
        ties = {one["associationType"]: one["values"] for one in body["deployments"][0]["associations"]}
        return [one["repositoryId"] for one in ties.get("commit", [])]

    def test_where_the_history_has_it(self):
        self.assertEqual(self.deployed("--repository", self.URL), [])
        commit = {"kind": "commit", "repository": {"url": self.URL}, "hash": "1" * 40, "message": "APP-1",
                  "url": self.URL}
        self.expect(0, "send", "-", *self.outbox, "--wait", "0", stdin=json.dumps(commit))
        self.assertEqual(self.deployed("--repository", self.URL), [], "it waits")
        self.expect(0, "outbox", "flush", *self.outbox)
        self.assertEqual(self.deployed("--repository", self.URL), ["git.example.com~2Fteam~2Fapp"])
        self.assertEqual(self.deployed("--repository", "git@git.example.com:team/app.git"),
                         ["git.example.com~2Fteam~2Fapp"])
        self.assertEqual(self.deployed("--repository", self.URL, "--repository-id", "r/7"), ["r/7"])
        self.assertEqual(self.deployed("--repository", "https://git.example.com/team/other"), [])
        self.assertEqual(self.deployed(), [], "not from origin")
        self.expect(0, "delete", "repository", "--repository", self.URL, *self.outbox)
        self.assertEqual(self.deployed("--repository", self.URL), [])

    def test_run_starts_whatever_the_outbox_is(self):
        os.mkdir(self.outbox[1], 0o700)
        with open(os.path.join(self.outbox[1], "outbox.db"), "wb") as file:
            file.write(b"no database at all")
        done = self.run_cli("run", "--environment", "prod", "--pipeline", "p", "--number", "1", "--url",
                            "https://ci.example.com/1", "--repository", self.URL, *self.outbox, "--", "true")
        self.assertEqual(done.code, 0)


if __name__ == "__main__":
    unittest.main()
