"""jirasend through a relay, sentence by sentence of "Client side" (docs/relay.md)."""

import base64
import json
import os
import subprocess
import tempfile
import time
import unittest

from fake_relay import FakeRelay
from relay import TOKEN, Relay, caller
from sandbox import Sandbox

DEPLOYMENT_GATE = ["--pipeline", "payments/app", "--environment", "prod-eu"]


def problem(status, detail, **members):
    return status, {"Content-Type": "application/problem+json"}, json.dumps(
        {"type": "about:blank", "title": "x", "status": status, "detail": detail, **members})


class Done:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def receipts(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def receipt(self):
        receipts = self.receipts()
        assert len(receipts) == 1, (self.out, self.err)
        return receipts[0]


class ClientTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="jirasend-client-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, content=None, mode=0o600):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(path, mode)
        return path

    def cli(self, *arguments, relay=None, token=TOKEN, env=None, stdin=""):
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": self.folder}
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if relay is not None:
            environment["JIRASEND_RELAY"] = relay.url
        if token is not None:
            environment["JIRASEND_RELAY_TOKEN"] = token
        environment.update(env or {})
        return Done(subprocess.run([os.environ["JIRASEND_CLI"], *arguments], input=stdin, text=True,
                                   capture_output=True, env=environment, timeout=60, check=False))

    def build(self, *arguments, number=42, pipeline="payments/app", **options):
        return self.cli("build", "--pipeline", pipeline, "--number", str(number), "--url",
                        "https://ci.example.com/42", "--state", "successful", "--keys", "APP-1",
                        "--json", *arguments, **options)

    def send(self, *arguments, documents, **options):
        return self.cli("send", "-", "--json", *arguments,
                        stdin="".join(json.dumps(one) + "\n" for one in documents), **options)


def build(number=1, **members):
    document = {"kind": "build", "pipelineId": "payments/app", "number": number, "state": "successful",
                "url": "https://ci.example.com/1", "issueKeys": ["APP-1"]}
    document.update(members)
    return {name: value for name, value in document.items() if value is not None}


class RealTest(ClientTest):
    """Against jirasend-relay and a sandbox."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.relay = Relay(cls.sandbox, callers=[
            caller(kinds=["build", "deployment", "commit", "branch", "pull_request"],
                   repositories=["git.example.com/**"]),
            caller("other", "token-of-other", pipelines=["other/**"])])

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.sandbox.stop()

    def test_committed_is_enough_and_no_site_or_secret_is_needed(self):
        done = self.build(number=1, relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        receipt = done.receipt()
        self.assertEqual(receipt["status"], "queued")
        self.assertEqual(receipt["id"], 1)
        self.assertGreater(receipt["relayId"], 0)
        self.assertNotIn("kept", receipt)

    def test_wait_is_for_jira(self):
        done = self.build("--wait", "20", number=2, relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        receipt = done.receipt()
        self.assertEqual((receipt["status"], receipt["id"]), ("accepted", 1))
        self.assertEqual(receipt["site"], self.sandbox.url)
        self.assertTrue(receipt["requestId"].startswith("jirasend-"))
        self.assertTrue(any(item["buildNumber"] == 2 for item in self.sandbox.items()))

    def test_path_prefix_site_and_outbox(self):
        done = self.build("--wait", "20", "--outbox", self.path("outbox"), "--site", self.sandbox.url,
                          "--relay", self.relay.url + "/", number=3)
        self.assertEqual((done.code, done.receipt()["status"]), (0, "accepted"), done.err)

    def test_the_answer_is_written_into_the_local_outbox(self):
        outbox = self.path("outbox")
        done = self.build("--outbox", outbox, "--wait", "20", number=70, relay=self.relay)
        self.assertEqual((done.code, done.receipt()["status"]), (0, "accepted"), done.err)
        relay_id = done.receipt()["relayId"]
        shown = self.cli("outbox", "show", "1", "--outbox", outbox, "--json").receipt()
        self.assertEqual((shown["status"], shown["relayId"], shown["httpStatus"]), ("accepted", relay_id, 202))
        # Without --wait it is asked for by the next flush.
        done = self.build("--outbox", outbox, number=71, relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.receipt()["status"], "queued")
        end = time.monotonic() + 20
        status = ""
        while status != "accepted" and time.monotonic() < end:
            self.assertEqual(self.cli("outbox", "flush", "--outbox", outbox, relay=self.relay).code, 0)
            status = self.cli("outbox", "show", "2", "--outbox", outbox, "--json").receipt()["status"]
        self.assertEqual(status, "accepted")
        log = [json.loads(line) for line in self.cli("log", "--outbox", outbox, "--json").out.splitlines()]
        self.assertEqual([one["status"] for one in log], ["accepted", "accepted"])
        counted = self.cli("metrics", "--outbox", outbox).out
        self.assertIn(f'jirasend_events_total{{kind="build",site="{self.relay.url}",status="accepted"}} 2', counted)

    def test_deployments_count_when_jira_has_them(self):
        outbox = self.path("outbox")
        for state in ("in_progress", "successful", "successful"):
            done = self.cli("deployment", "--pipeline", "payments/app", "--number", "72", "--url", "https://ci.example.com",
                            "--environment", "prod", "--state", state, "--keys", "APP-1", "--outbox", outbox, "--wait",
                            "20", relay=self.relay)
            self.assertEqual(done.code, 0, done.err)
        counted = self.cli("metrics", "--outbox", outbox).out
        for state in ("in_progress", "successful"):
            self.assertIn(f'jirasend_deployments_total{{environment="prod",state="{state}"}} 1\n', counted)

    def test_unknown_keys_are_skipped(self):
        self.sandbox.faults()
        done = self.send("--wait", "20", documents=[build(4), build(5, issueKeys=[])], relay=self.relay)
        self.assertEqual([one["status"] for one in done.receipts()], ["accepted", "skipped"])

    def test_what_was_left_out_here_is_not_found_there(self):
        url = "https://git.example.com/team/app"
        done = self.cli("pull-request", "--number", "5", "--title", "APP-2 Log in", "--state", "open",
                        "--source-branch", "APP-3", "--url", url + "/5", "--repository", url,
                        "--only-keys", "APP-7", "--wait", "20", "--json", relay=self.relay)
        self.assertEqual((done.code, done.receipt()["issueKeys"]), (0, ["APP-7"]), done.err)
        repository = {"url": url}
        commit = {"hash": "a" * 40, "message": "APP-4 and OPS-4", "url": url + "/c"}
        documents = [{"kind": "commit", "repository": repository, **commit},
                     {"kind": "branch", "repository": repository, "name": "OPS-5-as-APP-5", "url": url + "/b",
                      "lastCommit": commit}]
        done = self.send("--projects", "APP", "--wait", "20", documents=documents, relay=self.relay)
        self.assertEqual((done.code, [one["issueKeys"] for one in done.receipts()]),
                         (0, [["APP-4"], ["APP-5"]]), done.err)
        last = [branch["lastCommit"]["issueKeys"] for repository in self.sandbox.items("repositories")
                for branch in repository.get("branches", [])]
        self.assertEqual(last, [["APP-4"]])

    def test_a_forbidden_line_stays_held_and_the_others_go(self):
        outbox = self.path("outbox")
        done = self.send("--outbox", outbox, documents=[
            build(10), build(11, pipelineId="other/app"), build(12)], relay=self.relay)
        self.assertEqual(done.code, 77)
        self.assertEqual([one["status"] for one in done.receipts()], ["queued", "held", "queued"])
        self.assertIn("rule 'payments' does not allow the pipelineId 'other/app'",
                      done.receipts()[1]["message"])
        # the same token later: still held; another one takes it along
        done = self.cli("outbox", "flush", "--outbox", outbox, relay=self.relay)
        self.assertEqual(done.code, 77, done.err)
        self.assertIn("0 waiting and 1 held", done.err)
        again = self.build("--outbox", outbox, number=13, relay=self.relay)
        self.assertEqual(again.code, 0, again.err)
        done = self.build("--outbox", outbox, number=14, pipeline="other/app", relay=self.relay,
                          token="token-of-other")
        self.assertEqual(done.code, 0, done.err)
        end = time.monotonic() + 20
        while time.monotonic() < end and not any(item["buildNumber"] == 11 for item in self.sandbox.items()):
            self.cli("outbox", "flush", "--outbox", outbox, relay=self.relay, token="token-of-other")
        self.assertTrue(any(item["buildNumber"] == 11 for item in self.sandbox.items()))

    def test_a_forbidden_deletion_is_a_dead_letter(self):
        outbox = self.path("outbox")
        deletion = {"kind": "build", "pipelineId": "payments/app", "number": 20, "delete": True}
        done = self.send("--outbox", outbox, documents=[deletion, build(21)], relay=self.relay)
        self.assertEqual(done.code, 77)
        self.assertEqual([one["status"] for one in done.receipts()], ["rejected", "queued"])
        self.assertIn("does not allow deletions", done.receipts()[0]["message"])
        later = self.build("--outbox", outbox, number=20, relay=self.relay)
        self.assertEqual(later.code, 0, "what comes later in its stream is not kept waiting")

    def test_forbidden_without_outbox(self):
        done = self.build(pipeline="other/app", relay=self.relay)
        self.assertEqual((done.code, done.receipt()["status"]), (77, "held"))

    def test_wrong_token(self):
        done = self.build(relay=self.relay, token="wrong")
        self.assertEqual(done.code, 77)
        self.assertIn("does not accept who we are (HTTP 401)", done.err)

    def test_no_relay_at_the_address(self):
        done = self.build("--relay", self.relay.url + "/nothing")
        self.assertEqual(done.code, 77)
        self.assertIn("HTTP 404", done.err)

    def test_check_says_whom_it_takes_us_for(self):
        done = self.cli("check", "--json", relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        report = done.receipt()
        self.assertEqual((report["name"], report["relay"]), ("payments", self.relay.url))
        self.assertEqual(report["pipelines"], ["payments/**"])
        done = self.cli("check", relay=self.relay)
        self.assertIn("name: payments", done.out + done.err)
        self.assertEqual(self.cli("check", relay=self.relay, token="wrong").code, 77)

    def test_gate(self):
        deployment = build(30, kind="deployment", state="pending", gate=True,
                           environment={"id": "prod-eu", "name": "prod-eu"})
        done = self.send("--wait", "20", documents=[deployment], relay=self.relay)
        self.assertEqual(done.receipt()["status"], "accepted", done.err)
        done = self.cli("gate", *DEPLOYMENT_GATE, "--number", "30", "--wait", "0", "--json", relay=self.relay)
        self.assertEqual((done.code, done.receipt()["status"]), (11, "awaiting"), done.err)
        pipeline = self.sandbox.items("deployments")[-1]["pipeline"]["id"]
        self.sandbox.gate(pipeline, "prod-eu", 30, "allowed")
        done = self.cli("gate", *DEPLOYMENT_GATE, "--number", "30", "--site", self.sandbox.url,
                        relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        done = self.cli("gate", "--pipeline", "other/app", "--environment", "prod-eu", "--number", "1",
                        relay=self.relay)
        self.assertEqual(done.code, 77)
        self.assertIn("pipelineId", done.err)

    def test_answers_that_a_relay_does_not_give(self):
        """Whatever answers there: no word of it moves the cursor of a terminal, and nothing ends the program."""
        asks = ["gate", *DEPLOYMENT_GATE, "--number", "1", "--wait", "0"]
        lists = [{"issueKeys": "APP-1"}, {"issueKeys": {"APP-1": 1}}, {"issueKeys": [None]}, {"issueLinks": [1]}]
        for members in lists:
            with FakeRelay(always=(200, {}, json.dumps({"status": "prevented", **members}))) as relay:
                done = self.cli(*asks, relay=relay)
            self.assertEqual(done.code, 75, (members, done.err))
            self.assertIn("It is not what a relay answers.", done.err)
        with FakeRelay(always=(200, {}, json.dumps({"status": "al\x1b[2Jlowed", "issueKeys": []}))) as relay:
            done = self.cli(*asks, relay=relay)
        self.assertEqual((done.code, "\x1b" in done.err), (75, False), done.err)
        self.assertIn("al\\x1B[2Jlowed", done.err)

    def test_until_allowed_waits_for_jira(self):
        done = self.cli("deployment", *DEPLOYMENT_GATE, "--number", "31", "--url", "https://ci.example.com",
                        "--keys", "APP-1", "--gate", "--until-allowed", "2s", relay=self.relay)
        self.assertEqual(done.code, 11, done.err)

    def test_what_waits_goes_where_this_run_sends(self):
        outbox = self.path("outbox")
        stored = self.build("--outbox", outbox, "--wait", "0", "--site", self.sandbox.url, number=50, token=None)
        self.assertEqual(stored.code, 0, stored.err)
        done = self.build("--outbox", outbox, "--wait", "20", number=51, relay=self.relay,
                          env={"JIRASEND_SITE": self.sandbox.url})
        self.assertEqual(done.code, 0, done.err)
        self.cli("outbox", "flush", "--outbox", outbox, relay=self.relay)
        end = time.monotonic() + 15
        while time.monotonic() < end and not any(i["buildNumber"] == 50 for i in self.sandbox.items()):
            time.sleep(0.1)
        self.assertTrue(any(item["buildNumber"] == 50 for item in self.sandbox.items()))
        bodies = [one for one in self.sandbox.log("/bulk") if '"buildNumber":50' in json.dumps(one)
                  .replace(" ", "").replace("\\", "")]
        self.assertLessEqual(len(bodies), 1, "nothing is sent both ways")

    def test_the_relay_has_moved(self):
        """An event that names no site is of the relay's one site, wherever the relay was when it was stored."""
        outbox = self.path("outbox")
        for number, place in ((70, "http://127.0.0.1:9"), (71, "http://127.0.0.1:19")):
            done = self.build("--relay", place, "--outbox", outbox, "--wait", "1", number=number)
            self.assertEqual((done.code, done.receipt()["status"]), (0, "queued"), done.err)
        done = self.cli("outbox", "flush", "--outbox", outbox, "--wait", "20", relay=self.relay)
        self.assertEqual(done.code, 0, done.err)
        end = time.monotonic() + 15
        while time.monotonic() < end and not {70, 71} <= {item["buildNumber"] for item in self.sandbox.items()}:
            time.sleep(0.1)
        self.assertLessEqual({70, 71}, {item["buildNumber"] for item in self.sandbox.items()})

    def test_jira_away(self):
        with Relay("http://127.0.0.1:9", callers=[caller()]) as away:
            done = self.build(relay=away)
            self.assertEqual((done.code, done.receipt()["status"]), (0, "queued"), done.err)
            began = time.monotonic()
            done = self.build("--wait", "3", relay=away)
            self.assertEqual((done.code, done.receipt()["status"]), (0, "queued"), done.err)
            self.assertLess(time.monotonic() - began, 10)
            gate = self.cli("gate", *DEPLOYMENT_GATE, "--number", "1", "--wait", "1", relay=away)
            self.assertEqual(gate.code, 75, gate.err)

    def test_run(self):
        done = self.cli("run", "--pipeline", "payments/app", "--number", "60", "--url",
                        "https://ci.example.com/1", "--keys", "APP-1", "--", "sh", "-c",
                        'test -z "$JIRASEND_RELAY_TOKEN" && exit 3', relay=self.relay)
        self.assertEqual(done.code, 3, done.err)
        end = time.monotonic() + 15
        while time.monotonic() < end and not any(
                i["buildNumber"] == 60 and i["state"] == "failed" for i in self.sandbox.items()):
            time.sleep(0.1)
        self.assertTrue(any(i["buildNumber"] == 60 and i["state"] == "failed" for i in self.sandbox.items()))


class FakeTest(ClientTest):
    """Answers that a good relay seldom gives, and what it is sent."""

    def test_what_is_posted(self):
        with FakeRelay() as relay:
            text = self.path("log.txt", "OPS-7 fixes it\nsecret words\n")
            done = self.build("--keys-from", text, "--branch", "feature/APP-9-x", "--relay", relay.url + "/jira/",
                              env={"JIRASEND_ORIGIN": "counts-for-nothing", "JIRASEND_CLIENT_ID": "x",
                                   "JIRASEND_CLIENT_SECRET": "s3cret"})
            self.assertEqual(done.code, 0, done.err)
            post = relay.posts()[0]
            self.assertEqual(post.path, "/jira/v1/events")
            self.assertEqual(post.headers["Content-Type"], "application/x-ndjson")
            self.assertEqual(post.headers["Jirasend-Keys"], "found")
            self.assertEqual(post.bearer, TOKEN)
            document = post.documents()[0]
            self.assertEqual(document["issueKeys"], ["APP-1"])
            found = {one["text"]: one["from"] for one in document["keyText"]}
            self.assertEqual(found, {"APP-9": "branch", "OPS-7": "text"})
            for member in ("site", "origin", "found", "droppedKeys"):
                self.assertNotIn(member, document)
            self.assertNotIn("secret words", post.body)
            self.assertTrue(document["requestId"])
            self.assertEqual(done.receipt()["relayId"], 1001)

    def test_the_commit_of_a_found_key_goes_along(self):
        with FakeRelay() as relay:
            done = self.send(documents=[build(issueKeys=None, keyText=[
                {"text": "APP-5 done", "from": "message", "commit": "a" * 40}])], relay=relay)
            self.assertEqual(done.code, 0, done.err)
            document = relay.posts()[0].documents()[0]
            self.assertEqual(document["keyText"], [{"text": "APP-5", "from": "message", "commit": "a" * 40}])
            self.assertNotIn("issueKeys", document)

    def test_a_retry_has_the_same_request_id(self):
        bad = (502, {}, "nonsense")
        with FakeRelay(bad, (200, {}, "no lines"), (200, {}, '{"index":7,"id":1,"status":"queued"}\n')) as relay:
            done = self.build(relay=relay)
            self.assertEqual((done.code, done.receipt()["status"]), (0, "queued"), done.err)
            ids = {post.documents()[0]["requestId"] for post in relay.posts()}
            self.assertEqual((len(relay.posts()), len(ids)), (4, 1))

    def test_the_request_id_of_the_document_stays(self):
        with FakeRelay() as relay:
            self.send(documents=[build(requestId="mine")], relay=relay)
            self.assertEqual(relay.posts()[0].documents()[0]["requestId"], "mine")

    def test_relay_away(self):
        with FakeRelay(always=(503, {}, "")) as relay:
            done = self.build("--wait", "1", relay=relay)
            self.assertEqual(done.code, 75, done.err)
            done = self.build("--wait", "1", "--outbox", self.path("outbox"), relay=relay)
            self.assertEqual((done.code, done.receipt()["status"]), (0, "queued"), done.err)
        gone = FakeRelay()
        gone.stop()
        self.assertEqual(self.build("--wait", "1", relay=gone).code, 75)

    def test_refusals(self):
        cases = [(problem(401, "no"), 77), (problem(403, "The rule 'x' does not allow sending."), 77),
                 ((404, {}, ""), 77), ((302, {"Location": "https://elsewhere.example.com/"}, ""), 77),
                 (problem(422, "bad"), 65), ((413, {}, ""), 65), ((405, {}, ""), 77)]
        for answer, code in cases:
            with FakeRelay(always=answer) as relay:
                done = self.build("--wait", "5", relay=relay)
                self.assertEqual(done.code, code, (answer, done.err))
                self.assertEqual(len(relay.posts()), 1, answer)

    def test_lines_refused_by_422(self):
        with FakeRelay(problem(422, "Line 1: bad", errors=[
                {"index": 0, "error": "Line 1: bad", "errorStatus": 422}])) as relay:
            done = self.build(relay=relay)
            self.assertEqual((done.code, done.receipt()["status"]), (65, "rejected"), done.err)
            self.assertIn("Line 1: bad", done.receipt()["message"])

    def test_a_forbidden_line_is_posted_once(self):
        """It waits for other credentials; this run has no others, however long it waits for Jira."""
        def answer(asked):
            if asked.method == "GET":
                return 200, {}, json.dumps({"id": 1, "status": "queued", "message": "Jira is away."})
            refused = {"index": 0, "error": "Line 1: The rule 'x' does not allow it.", "errorStatus": 403}
            lines = [refused if "other" in document["pipelineId"] else {"index": 0, "id": 1, "status": "queued"}
                     for document in asked.documents()]
            if any("id" in line for line in lines):
                return 200, {}, "".join(json.dumps({**line, "index": at}) + "\n" for at, line in enumerate(lines))
            return problem(403, "no", errors=[{**line, "index": at} for at, line in enumerate(lines)])
        documents = [build(1), build(2, pipelineId="other/app"), build(3, pipelineId="payments/b")]
        for arguments in ([], ["--outbox", self.path("outbox")]):
            with FakeRelay(always=answer) as relay:
                done = self.send("--wait", "3", *arguments, documents=documents, relay=relay)
                self.assertEqual([one["status"] for one in done.receipts()], ["queued", "held", "queued"], done.err)
                forbidden = [post for post in relay.posts() if '"other/app"' in post.body]
                self.assertEqual(len(forbidden), 1)
        with FakeRelay(always=answer) as relay:
            self.assertEqual(self.build(pipeline="other/app", relay=relay).code, 77)
            self.assertEqual(len(relay.posts()), 1)

    def test_too_large_is_halved(self):
        def answer(asked):
            return (413, {}, "") if len(asked.documents()) > 2 else None
        with FakeRelay(always=answer) as relay:
            done = self.send(documents=[build(number) for number in range(8)], relay=relay)
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual({one["status"] for one in done.receipts()}, {"queued"})
            self.assertGreaterEqual(len(relay.posts()), 5)

    def test_a_gateway_that_finds_everything_too_large(self):
        """A relay takes 16 MiB: whoever finds single events too large is not the relay."""
        with FakeRelay(always=(413, {}, "<html>Request Entity Too Large</html>")) as relay:
            done = self.send("--wait", "10", "--outbox", self.path("outbox"),
                             documents=[build(number) for number in range(12)], relay=relay)
            self.assertEqual(done.code, 77, done.err)
            self.assertEqual({one["status"] for one in done.receipts()}, {"held"})
            self.assertIn("in the relay's place", done.err)

    def test_retry_after(self):
        for status in (429, 503):
            with FakeRelay((status, {"Retry-After": "2"}, "")) as relay:
                began = time.monotonic()
                done = self.build(relay=relay)
                self.assertEqual(done.code, 0, done.err)
                self.assertGreaterEqual(time.monotonic() - began, 2)
                self.assertEqual(len(relay.posts()), 2)

    def test_receipts_of_all_kinds(self):
        for status, code in (("accepted", 0), ("skipped", 0), ("superseded", 0), ("rejected", 65), ("held", 77)):
            def answer(asked, status=status):
                if asked.method == "GET":
                    return 200, {}, json.dumps({"id": 1001, "status": status, "message": "So it is.",
                                                "site": "acme.test", "httpStatus": 200})
                return None
            with FakeRelay(always=answer) as relay:
                done = self.build("--wait", "10", relay=relay)
                receipt = done.receipt()
                self.assertEqual((done.code, receipt["status"], receipt["id"], receipt["relayId"]),
                                 (code, status, 1, 1001), done.err)
                self.assertIn("/v1/receipts/1001?wait=", relay.asked[-1].path)

    def test_a_number_that_is_another_events_by_now(self):
        """After a failover of the relay's database: that one's receipt is not taken for ours."""
        others = ({"requestId": "not-mine"}, {"requestId": "mine", "kind": "deployment"},
                  {"requestId": "mine", "kind": "build", "pipelineId": "payments/app", "number": 77})
        ours = {"requestId": "mine", "kind": "build", "pipelineId": "payments/app", "number": 1}
        for what, code in [(other, 75) for other in others] + [(ours, 0)]:
            def answer(asked, what=what):
                if asked.method == "GET":
                    return 200, {}, json.dumps({"id": 1001, "status": "accepted", "message": "So it is.", **what})
                return None
            with self.subTest(what=what), FakeRelay(always=answer) as relay:
                done = self.send("--wait", "10", documents=[build(requestId="mine", number=1)], relay=relay)
                self.assertEqual(done.code, code, done.out + done.err)
                if code:
                    self.assertIs(done.receipt()["kept"], False)
                    self.assertIn("any more", done.err)

    def test_settled_in_the_post(self):
        with FakeRelay((200, {}, json.dumps({"index": 0, "id": 9, "status": "rejected",
                                             "message": "Jira says no."}) + "\n")) as relay:
            done = self.build(relay=relay)
            self.assertEqual((done.code, done.receipt()["message"]), (65, "Jira says no."), done.err)

    def test_usage(self):
        with FakeRelay() as relay:
            secret = self.path("secret", "x")
            for wrong in (["--client-id", "x"], ["--secret-file", secret], ["--origin", "x"],
                          ["--relay-key", secret], ["--relay-certificate", secret]):
                self.assertEqual(self.build(*wrong, relay=relay).code, 64, wrong)
            self.assertEqual(self.build("--relay-token-file", secret).code, 64, "no relay")
            self.assertEqual(self.build(relay=relay, token=None).code, 64, "no token")
            self.assertEqual(self.build("--relay", "http://relay.example.com").code, 64, "http off loopback")
            show = self.cli("show", "build", "--pipeline", "a", "--number", "1", relay=relay)
            self.assertEqual(show.code, 64)
            for wrong in (['delete', 'all', '--property', 'a=b'],
                          ['delete', 'build', '--pipeline', 'a', '--number', '1', '--confirm']):
                done = self.cli(*wrong, relay=relay)
                self.assertEqual(done.code, 64, wrong)
                self.assertIn('asks Jira itself', done.err)
            self.assertIn("asks Jira itself", show.err)
            self.assertEqual(relay.asked, [])

    def test_token_by_the_rules_of_a_secret_file(self):
        with FakeRelay() as relay:
            good = self.path("token", "from-file\n")
            named = self.path("named", "from-variable-file")
            open_to_all = self.path("open", "x", 0o644)
            os.chmod(self.folder, 0o755)
            for arguments, env, expected in (
                    (["--relay-token-file", good], {"JIRASEND_RELAY_TOKEN_FILE": named}, "from-file"),
                    ([], {"JIRASEND_RELAY_TOKEN_FILE": named}, "from-variable-file"),
                    ([], {}, TOKEN)):
                self.assertEqual(self.build(*arguments, relay=relay, env=env).code, 0)
                self.assertEqual(relay.posts()[-1].bearer, expected)
            self.assertEqual(self.build("--relay-token-file", "-", relay=relay, stdin="from-stdin\n").code, 0)
            self.assertEqual(relay.posts()[-1].bearer, "from-stdin")
            self.assertEqual(self.build("--relay-token-file", open_to_all, relay=relay).code, 77)
            self.assertEqual(self.build("--relay-token-file", self.path("none"), relay=relay).code, 66)

    def test_tokens_are_never_shown(self):
        with FakeRelay(always=problem(401, f"no {TOKEN}")) as relay:
            done = self.build("--verbose", relay=relay)
            self.assertNotIn(TOKEN, done.out + done.err)


def jwt(name, lifetime):
    def part(data):
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
    now = int(time.time())
    return ".".join([part({"alg": "none"}), part({"iat": now, "exp": now + lifetime, "n": name}), "sig"])


class GitHubTest(ClientTest):
    """The ID token of a job in GitHub Actions."""

    def github(self, *tokens):
        return FakeRelay(*[(200, {}, json.dumps({"value": token, "count": 5})) for token in tokens],
                         always=(500, {}, ""))

    def env(self, github, **more):
        return {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": github.url + "/a//b?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "may-ask", **more}

    def test_asked_for_with_the_relay_as_audience(self):
        token = jwt("one", 300)
        with FakeRelay() as relay, self.github(token) as github:
            done = self.build("--relay", relay.url + "/", token=None, env=self.env(github))
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual(relay.posts()[0].bearer, token)
            asked = github.asked[0]
            self.assertEqual((asked.bearer, len(github.asked)), ("may-ask", 1))
            self.assertEqual(asked.path, "/a//b?api-version=2.0&audience=" +
                             relay.url.replace(":", "%3A").replace("/", "%2F"))

    def test_audience_by_variable(self):
        with FakeRelay() as relay, self.github(jwt("one", 300)) as github:
            self.build(relay=relay, token=None, env=self.env(github, JIRASEND_RELAY_AUDIENCE="jira"))
            self.assertTrue(github.asked[0].path.endswith("&audience=jira"))

    def test_audience_by_the_settings_file(self):
        settings = self.path("settings", "JIRASEND_RELAY_AUDIENCE=no\nJIRASEND_RELAY_AUDIENCE=jira\n")
        for more, audience in (({}, "jira"), ({"JIRASEND_RELAY_AUDIENCE": "other"}, "other")):
            with FakeRelay() as relay, self.github(jwt("one", 300)) as github:
                self.build("--settings", settings, relay=relay, token=None, env=self.env(github, **more))
                self.assertTrue(github.asked[0].path.endswith("&audience=" + audience))

    def test_a_token_of_our_own_comes_first(self):
        with FakeRelay() as relay, self.github() as github:
            self.assertEqual(self.build(relay=relay, env=self.env(github)).code, 0)
            self.assertEqual((relay.posts()[0].bearer, github.asked), (TOKEN, []))

    def test_asked_again_once_after_a_401(self):
        first, second = jwt("one", 300), jwt("two", 300)
        with FakeRelay(problem(401, "no")) as relay, self.github(first, second) as github:
            done = self.build(relay=relay, token=None, env=self.env(github))
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual([post.bearer for post in relay.posts()], [first, second])
        with FakeRelay(always=problem(401, "no")) as relay, self.github(first, second) as github:
            done = self.build(relay=relay, token=None, env=self.env(github))
            self.assertEqual((done.code, len(relay.posts()), len(github.asked)), (77, 2, 2), done.err)

    def test_asked_again_when_it_runs_out(self):
        first, second = jwt("one", 2), jwt("two", 300)
        with FakeRelay((503, {"Retry-After": "3"}, "")) as relay, self.github(first, second) as github:
            done = self.build(relay=relay, token=None, env=self.env(github))
            self.assertEqual(done.code, 0, done.err)
            self.assertEqual([post.bearer for post in relay.posts()], [first, second])

    def test_refused_by_github(self):
        with FakeRelay() as relay, FakeRelay(always=(403, {}, "")) as github:
            done = self.build(relay=relay, token=None, env=self.env(github))
            self.assertEqual(done.code, 77)
            self.assertIn("ID token", done.err)
            self.assertNotIn("may-ask", done.err)


class CertificateTest(ClientTest):
    """mTLS: the certificate says who we are."""

    def test_certificate(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt",
                "-subj", "/CN=root", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE")
        for name, subject, usage in (("own", "/CN=relay", "serverAuth"), ("job", "/CN=job", "clientAuth")):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
                    "-subj", subject)
            self.path("ext", f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={usage}\n")
            openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                    "-CAcreateserial", "-out", name + ".crt", "-days", "2", "-extfile", "ext")
        with Sandbox() as sandbox:
            relay = Relay(sandbox, tls={"certificate": self.path("own.crt"), "key": self.path("own.key"),
                                        "clientCa": self.path("ca.crt"), "ca": self.path("ca.crt")},
                          callers=[{"name": "job", "certificate": "CN=job", "pipelines": ["payments/**"]}])
            with relay:
                options = ["--ca-file", self.path("ca.crt")]
                mine = ["--relay-certificate", self.path("job.crt"), "--relay-key", self.path("job.key")]
                done = self.cli("check", "--json", *options, *mine, relay=relay, token=None)
                self.assertEqual((done.code, done.receipt()["name"]), (0, "job"), done.err)
                done = self.build("--wait", "20", *options, *mine, relay=relay, token=None)
                self.assertEqual((done.code, done.receipt()["status"]), (0, "accepted"), done.err)
                wrong = ["--relay-certificate", self.path("job.crt"), "--relay-key", self.path("own.key")]
                done = self.build(*options, *wrong, relay=relay, token=None)
                self.assertEqual(done.code, 66, done.err)
                self.assertIn("does not belong to", done.err)


if __name__ == "__main__":
    unittest.main()
