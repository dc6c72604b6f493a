"""POST /v1/events and GET /v1/receipts: what is taken, what is refused, and by which rule."""

import datetime
import json
import time
import unittest

from relay import Relay, build, caller, deployment
from sandbox import Sandbox


class EventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.relay = Relay(cls.sandbox, callers=[
            caller(), caller("other", "other", pipelines=["other/*"]),
            caller("narrow", "narrow", kinds=["deployment"], environments=["prod-*"],
                   environmentTypes=["staging"]),
            caller("named", "named", pipelines=["**"], repositories=["git.example.com/shop/*"],
                   kinds=["build", "deployment", "commit"]),
            caller("tester", "tester", environmentTypes=["testing"], delete=True),
            caller("slow", "slow", rate=1),
            caller("ops", "ops", admin=True, pipelines=None)])

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.sandbox.stop()

    def refused(self, status, words, *documents, **options):
        answer = self.relay.post(*documents, **options)
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertIn(words, answer.detail())
        return answer

    def test_receipts_of_a_request_id(self):
        first = self.relay.post(build(90, requestId="r-90"), query="?wait=20").lines()[0]
        second = self.relay.post(deployment(91, requestId="r-90"), query="?wait=20").lines()[0]
        answer = self.relay.get("/v1/receipts?requestId=r-90")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/x-ndjson"))
        self.assertEqual([line["id"] for line in answer.lines()], [second["id"], first["id"]])
        self.assertEqual({line["requestId"] for line in answer.lines()}, {"r-90"})
        # Others may not even know that there is such an event.
        for token, name in (("other", "r-90"), (None, "nobodys")):
            answer = self.relay.get(f"/v1/receipts?requestId={name}", **({"token": token} if token else {}))
            self.assertEqual(answer.status, 404, answer.body)
        for query in ("", "?requestId=", "?request=r-90", "?requestId=r-90&wait=1"):
            self.assertEqual(self.relay.get("/v1/receipts" + query).status, 400, query)

    def test_others_do_not_hide_receipts(self):
        """A run's number is a requestId that everybody has."""
        mine = self.relay.post(build(93, requestId="93"), query="?wait=20").lines()[0]
        for _ in range(2):
            self.relay.post(*[build(number, requestId="93", pipelineId=f"other/{time.monotonic_ns()}")
                              for number in range(150)], token="other")
        answer = self.relay.get("/v1/receipts?requestId=93")
        self.assertEqual([line["id"] for line in answer.lines()], [mine["id"]])
        self.assertEqual(len(self.relay.get("/v1/receipts?requestId=93", token="other").lines()), 100)

    def test_request_ids_belong_to_caller_and_pipeline(self):
        answer = self.relay.post(build(92, requestId="r-92"), build(93, requestId="r-92", pipelineId="payments/web"))
        ids = {line.get("id") for line in answer.lines()}
        self.assertEqual(len(ids), 2, answer.body)
        self.assertNotIn(None, ids)
        again = self.relay.post(build(92, requestId="r-92"))
        self.assertIn(again.lines()[0]["id"], ids)

    def test_receipts_in_order(self):
        answer = self.relay.post(build(1), build(2, pipelineId="shop/app"), {"kind": "x"}, build(3))
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
        lines = answer.lines()
        self.assertEqual([line["index"] for line in lines], [0, 1, 2, 3])
        self.assertEqual([line.get("errorStatus") for line in lines], [None, 403, 422, None])
        self.assertIn("Line 2: The rule 'payments' does not allow the pipelineId 'shop/app'.",
                      lines[1]["error"])
        self.assertEqual(lines[0]["status"], "queued")
        self.assertGreater(lines[3]["id"], lines[0]["id"])

    def test_receipts_of_many(self):
        """Read a page at a time: each is its own, what is settled already among them."""
        self.relay.post(build(7000, requestId="again"), query="?wait=20")
        documents = []
        for number in range(450):
            documents.append(build(number, pipelineId=f"payments/many-{number}"))
            if number % 97 == 5:
                documents.append(build(7000, requestId="again"))
            if number % 50 == 7:
                documents.append(build(number, pipelineId=f"payments/many-{number}", issueKeys=[]))
        lines = self.relay.post(*documents).lines()
        self.assertEqual([line["index"] for line in lines], list(range(len(documents))))
        for line, document in zip(lines, documents):
            self.assertEqual((line["pipelineId"], line["number"]), (document["pipelineId"], document["number"]))
            self.assertEqual(line["status"] == "skipped", not document["issueKeys"])
        self.assertEqual(len({line["id"] for line in lines if line.get("requestId") == "again"}), 1)

    def test_who_does_not_wait_is_told_of_the_commit(self):
        """However quick Jira is: a job must not end differently by chance."""
        connection = self.relay.connect()
        headers = {"Authorization": f"Bearer {self.relay.token}", "Content-Type": "application/json"}
        for number in range(150):
            connection.request("POST", "/v1/events", json.dumps(build(number, requestId=f"quick-{number}",
                                                                      keys=["APP-1", "NOPE-1"])), headers)
            line = json.loads(connection.getresponse().read())
            self.assertEqual((line["status"], line["attempts"], line["httpStatus"], line["unknownIssueKeys"]),
                             ("queued", 0, 0, []))
            self.assertNotIn("settledAt", line)
        connection.close()
        self.assertEqual(self.relay.get(f"/v1/receipts/{line['id']}?wait=20").json()["status"], "accepted")
        again = self.relay.post(build(149, requestId="quick-149", keys=["APP-1", "NOPE-1"])).lines()[0]
        self.assertEqual((again["id"], again["status"]), (line["id"], "accepted"), "of an earlier commit")
        many = [build(number, pipelineId=f"payments/quick-{number}") for number in range(300)]
        self.assertEqual({line["status"] for line in self.relay.post(*many).lines()}, {"queued"})
        self.assertEqual(self.relay.post(build(1, keys=[])).lines()[0]["status"], "skipped")

    def test_delivered(self):
        answer = self.relay.post(build(70), deployment(71), query="?wait=20")
        self.assertEqual([line["status"] for line in answer.lines()], ["accepted", "accepted"])
        self.assertTrue(any(item["buildNumber"] == 70 for item in self.sandbox.items()))

    def test_forms_of_bodies(self):
        pretty = json.dumps(build(5), indent=2) + json.dumps(build(6)) + "\r\n\n"
        self.assertEqual(len(self.relay.post("\ufeff" + pretty).lines()), 2)
        answer = self.relay.post("garbage\n" + json.dumps(build(7)) + " junk\n" + json.dumps(build(8)))
        self.assertEqual([line.get("errorStatus") for line in answer.lines()], [422, 422, None])
        self.assertIn("Line 2:", answer.lines()[1]["error"])
        for empty in ("", "\n \n"):
            answer = self.relay.post(empty)
            self.assertEqual((answer.status, answer.body), (200, b""))
        for kind in ("application/json", "application/jsonl", "Application/JSON; charset=utf-8"):
            self.assertEqual(self.relay.post(build(9), headers={"Content-Type": kind}).status, 200)

    def test_none_committed(self):
        answer = self.refused(403, "Line 2: The rule 'payments'", {"kind": "x"}, build(1, pipelineId="a"))
        self.assertEqual([error["errorStatus"] for error in answer.json()["errors"]], [422, 403])
        answer = self.refused(422, "Line 1: 'x' is not a kind", {"kind": "x"})
        self.assertEqual(answer.json()["status"], 422)

    def test_site(self):
        self.refused(403, "does not allow the site", build(1, site="evil.example.com"))
        self.refused(403, "does not allow the site", {"kind": "nonsense", "site": "evil.example.com"})
        self.refused(422, "'site' must be a text", build(1, site=7))
        self.assertEqual(self.relay.post(build(1, site=self.sandbox.url + "/")).status, 200)

    def test_documents_are_judged_by_the_core(self):
        self.refused(422, "statee", build(1, statee="x"))
        self.refused(422, "A build needs 'pipelineId'", build(1, pipelineId=None))
        self.refused(422, "must be a text", build(1, pipelineId=["payments/a"]))
        self.refused(422, "", json.dumps(build(1))[:-1] + ',"number":2}')

    def test_future(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        early = (now + datetime.timedelta(minutes=4)).isoformat()
        late = (now + datetime.timedelta(minutes=6)).isoformat()
        self.assertEqual(self.relay.post(build(1, updatedAt=early)).status, 200)
        self.refused(422, "five minutes in the future", build(1, updatedAt=late))

    def test_rules(self):
        self.refused(403, "rule 'narrow' does not allow the kind 'build'", build(), token="narrow")
        self.refused(403, "does not allow the environment 'dev'", deployment(environment="dev"),
                     token="narrow")
        self.refused(403, "environment type 'production'", deployment(environment="prod-eu"),
                     token="narrow")
        document = deployment(environment="prod-eu")
        document["environment"]["type"] = "staging"
        self.assertEqual(self.relay.post(document, token="narrow").status, 200)
        self.refused(403, "does not allow deletions", {"kind": "build", "pipelineId": "payments/a",
                                                       "number": 1, "delete": True})
        self.refused(403, "does not allow history", build(1, history=True))
        self.refused(403, "does not allow the kind 'flag'", {"kind": "flag", "flagId": "x"})
        self.refused(403, "does not allow sending", build(), token="ops")
        self.refused(422, "relay's own", build(1, properties={"jirasend": "x"}))
        for pipeline in ("payments", "Payments/app", "payments%2Fapp", "x/payments/app",
                         "payments\u2215app"):
            self.refused(403, "does not allow the pipelineId", build(1, pipelineId=pipeline))

    def test_types_of_environments(self):
        """They limit deletions, gates and receipts too, where no document says of which type one is."""
        gone = {"kind": "deployment", "pipelineId": "payments/app", "number": 1, "delete": True}
        self.refused(403, "environment type 'production'", {**gone, "environment": {"id": "prod-eu"}},
                     token="tester")
        self.refused(403, "environment type 'unmapped'", {**gone, "environment": {"id": "x"}}, token="tester")
        answer = self.relay.post({**gone, "environment": {"id": "qa-1"}}, token="tester")
        self.assertEqual(answer.status, 200, answer.body)
        answer = self.relay.get("/v1/gates?pipelineId=payments/app&environmentId=prod-eu&number=1", token="tester")
        self.assertEqual(answer.status, 403)
        self.assertIn("environment type 'production'", answer.detail())
        for environment in ("qa-1", "x"):
            answer = self.relay.get(f"/v1/gates?pipelineId=payments/app&environmentId={environment}&number=1",
                                    token="tester")
            self.assertEqual(answer.status, 200)
        line = self.relay.post(deployment(1, environment="prod-eu")).lines()[0]
        self.assertEqual(self.relay.get(f"/v1/receipts/{line['id']}", token="tester").status, 404)

    def test_repository_of_the_rule_is_that_of_jira(self):
        """However an address is written: what the rule judges is the id that Jira gets."""
        cases = {"https://Git.example.com/shop/app.git/": "git.example.com/shop/app",
                 "https://git.example.com//shop/app": "git.example.com/shop/app",
                 "https://git.example.com/shop/app/.git": "git.example.com/shop/app",
                 "https://git.example.com:/shop/app?x#y": "git.example.com/shop/app",
                 "https://me:word@git.example.com/shop/app": "git.example.com/shop/app",
                 "http://git:80/shop/x@other.example.com/bank": "other.example.com/bank",
                 "https://git.example.com/shop/../bank": "git.example.com/shop/../bank",
                 "https://git.example.com/shop/%2e%2e/bank": "git.example.com/shop/%2e%2e/bank"}
        relay = Relay("http://127.0.0.1:9", callers=[
            caller(f"one-{number}", f"one-{number}", pipelines=[], repositories=[name], kinds=["commit"])
            for number, name in enumerate(cases.values())])
        self.addCleanup(relay.close)
        for number, (url, name) in enumerate(cases.items()):
            commit = {"kind": "commit", "repository": {"url": url}, "hash": f"{number:040x}", "message": "APP-1",
                      "url": "https://git.example.com/c"}
            answer = relay.post(commit, token=f"one-{number}")
            self.assertEqual(answer.status, 200, (url, answer.body))
            self.assertEqual(answer.lines()[0]["repository"]["id"], name, url)

    def test_repositories(self):
        good = "git.example.com/shop/app"
        self.refused(403, "does not allow the repository", deployment(repositories=["x"]))
        self.refused(403, "does not allow the repository 'other'",
                     deployment(repositories=[good, "other"]), token="named")
        self.refused(403, "does not allow the repository 'x'",
                     deployment(commits=[{"hash": "a" * 40, "repositoryId": "x"}]), token="named")
        self.assertEqual(self.relay.post(deployment(80, repositories=[good]), token="named").status, 200)

    def test_environment_map(self):
        self.sandbox.reset()
        relay = Relay(self.sandbox, start=False)
        self.addCleanup(relay.close)
        relay.write(sites=[relay.site_entry(environments={"prod-*": "testing", "*": "staging"})])
        relay.start()
        document = deployment(1, environment="prod-eu")
        document["environment"]["type"] = "production"
        relay.post(document, deployment(2, environment="live"), query="?wait=20")
        types = {item["environment"]["id"]: item["environment"]["type"]
                 for item in self.sandbox.items("deployments")}
        self.assertEqual(types, {"prod-eu": "testing", "live": "staging"})

    def test_idempotency(self):
        headers = {"Idempotency-Key": "job-7"}
        documents = (build(90), {"kind": "x"}, build(91, requestId="mine"), build(92))
        first = self.relay.post(*documents, headers=headers).lines()
        again = self.relay.post(*documents, headers=headers).lines()
        self.assertEqual([line.get("id") for line in first], [line.get("id") for line in again])
        self.assertEqual([line.get("requestId") for line in first], ["job-7/0", None, "mine", "job-7/3"])
        for bad in ("", "x" * 201, "a b"):
            answer = self.relay.post(build(), headers={"Idempotency-Key": bad})
            self.assertEqual(answer.status, 400, bad)

    def test_projects_and_origin(self):
        self.sandbox.reset()
        relay = Relay(self.sandbox, callers=[caller(projects=["PAY", "OPS"], origin="pay-team")])
        self.addCleanup(relay.close)
        line = relay.post(build(1, keys=["PAY-1", "APP-1", "OPS-2"]), query="?wait=20").lines()[0]
        self.assertEqual(line["status"], "accepted")
        self.assertEqual(line["issueKeys"], ["PAY-1", "OPS-2"])
        self.assertEqual(line["droppedByRule"], ["APP-1"])
        line = relay.post(build(2, keys=[], keyText=["PAY-7 and APP-8"]), query="?wait=20").lines()[0]
        self.assertEqual(line["issueKeys"], ["PAY-7"])
        body = self.sandbox.log("/builds/")[-1]["body"]
        self.assertEqual(body["properties"], {"jirasend": "pay-team"})

    def test_too_many(self):
        line = json.dumps(build(1)) + "\n"
        self.refused(413, "at most 10000", "{}\n" * 10001)
        answer = self.relay.post(line * 3 + "{}\n" * 9997)
        self.assertEqual((answer.status, len(answer.lines())), (200, 10000))

    def test_rate(self):
        self.assertEqual(self.relay.post(*[build(n) for n in range(1, 15)], token="slow").status, 200)
        answer = self.relay.post(build(), token="slow")
        self.assertEqual(answer.status, 429)
        self.assertIn("rule 'slow'", answer.detail())
        self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 6)
        self.assertEqual(self.relay.post(build()).status, 200, "others are not concerned")

    def test_receipt(self):
        line = self.relay.post(build(95)).lines()[0]
        receipt = self.relay.get(f"/v1/receipts/{line['id']}?wait=20").json()
        self.assertEqual((receipt["id"], receipt["status"]), (line["id"], "accepted"))
        self.assertEqual(self.relay.get(f"/v1/receipts/{line['id']}").json()["pipelineId"], "payments/app")
        for token in ("other", "narrow", "ops"):
            answer = self.relay.get(f"/v1/receipts/{line['id']}?wait=30", token=token)
            self.assertEqual(answer.status, 404, "told to those whose rule allows the event only")
        for path in ("/v1/receipts/999999", "/v1/receipts/x", "/v1/receipts/-1",
                     "/v1/receipts/99999999999999999999"):
            self.assertEqual(self.relay.get(path).status, 404, path)

    def test_stuck_lane_answers_at_once(self):
        relay = Relay(self.sandbox, start=False)
        self.addCleanup(relay.close)
        relay.path("wrong", "not-the-secret")
        relay.write(sites=[relay.site_entry(clientId="stranger")])
        relay.start()
        began = time.monotonic()
        answer = relay.post(build(1), query="?wait=50")
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn(answer.lines()[0]["status"], ("held", "queued"))

    def test_log(self):
        answer = self.relay.post(*[build(n, pipelineId="payments/log") for n in range(1, 31)],
                                 headers={"X-Request-Id": "trace-1.a_b"})
        self.assertEqual(answer.headers["X-Request-Id"], "trace-1.a_b")
        line = self.relay.wait_log(lambda one: one.get("requestId") == "trace-1.a_b")
        self.assertEqual((line["caller"], line["method"], line["path"], line["status"], line["bytes"]),
                         ("payments", "POST", "/v1/events", 200, len(answer.body)))
        self.assertEqual(len(line["ids"]), 20)
        self.assertIn("ms", line)
        self.assertIn("time", line)
        answer = self.relay.get("/v1/whoami", headers={"X-Request-Id": "no good"})
        self.assertNotEqual(answer.headers["X-Request-Id"], "no good")
        with open(self.relay.path("log"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn(self.relay.token, text)
        self.assertNotIn("ci.example.com", text)

    def test_every_request_has_a_line(self):
        """Also one whose path is written out six times as long as it came."""
        time.sleep(1.1)  # more than ten refused ones a second have none
        for sign in ("\x01", '"', "\\", "\xff"):
            self.relay.raw(b"GET /" + sign.encode("latin-1") * 3000 + b" HTTP/1.1\r\nHost: x\r\nX-Request-Id: odd-"
                           + f"{ord(sign)}".encode() + b"\r\nConnection: close\r\n\r\n")
            line = self.relay.wait_log(lambda one, sign=sign: one.get("requestId") == f"odd-{ord(sign)}")
            self.assertGreaterEqual(len(line["path"]), 400)
        with open(self.relay.path("log"), "rb") as file:
            self.assertLessEqual(max(len(line) for line in file), 4096)

    def test_whoami(self):
        answer = self.relay.get("/v1/whoami", token="narrow").json()
        self.assertEqual((answer["name"], answer["kinds"], answer["pipelines"]),
                         ("narrow", ["deployment"], ["payments/**"]))
        self.assertEqual(answer["environmentTypes"], ["staging"])
        self.assertFalse(self.relay.get("/v1/whoami", token="ops").json()["sender"])


if __name__ == "__main__":
    unittest.main()
