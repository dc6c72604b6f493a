"""Documents of every kind, from `jirasend send` to what Jira has."""

import json
import os
import unittest

from cli_support import CliTest, event

REPOSITORY = {"url": "https://Git.Example.com/team/app.git"}
HASH = "0123456789abcdef0123456789abcdef01234567"


def flag(**members):
    return {"kind": "flag", "flagId": "shop/checkout", "url": "https://flags.example.com/c", "issueKeys": ["APP-1"],
            "environments": [{"name": "Production", "enabled": True, "rollout": {"percentage": 12.5}}], **members}


def commit(**members):
    return {"kind": "commit", "repository": REPOSITORY, "hash": HASH, "message": "APP-1 fix",
            "url": "https://git.example.com/c", **members}


def branch(**members):
    last = {"hash": HASH, "message": "no key here", "url": "https://git.example.com/c"}
    return {"kind": "branch", "repository": REPOSITORY, "name": "feature/APP-2", "url": "https://git.example.com/b",
            "lastCommit": last, **members}


def pull_request(**members):
    return {"kind": "pull_request", "repository": REPOSITORY, "number": 12, "title": "APP-3 title", "state": "draft",
            "url": "https://git.example.com/p", "sourceBranch": "feature/APP-2", **members}


class Kinds(CliTest):
    def send(self, *documents, code=0, **options):
        lines = [document if isinstance(document, str) else json.dumps(document) for document in documents]
        return self.expect(code, "send", self.path("events", "\n".join(lines)), "--json", **options)

    def bulk_requests(self, api):
        return [entry for entry in self.sandbox.log() if f"/{api}/" in entry["path"] and entry["method"] == "POST"]

    def test_one_of_each(self):
        done = self.send(event(1), flag(), commit(), branch(), pull_request())
        self.assertEqual([receipt["status"] for receipt in done.receipts()], ["accepted"] * 5)
        state = self.sandbox.state()
        self.assertEqual([item["id"] for item in state["featureFlags"]], ["shop~2Fcheckout"])
        self.assertEqual([item["id"] for item in state["repositories"]], ["git.example.com~2Fteam~2Fapp"])
        self.assertEqual([item["id"] for item in state["commits"]], [HASH])
        self.assertEqual([item["id"] for item in state["branches"]], ["feature~2FAPP-2"])
        self.assertEqual([item["id"] for item in state["pullRequests"]], ["12"])
        for entry in self.sandbox.log():
            self.assertEqual(entry["warnings"], [], entry["path"])

    def test_no_email_is_kept_without_leave(self):
        ann = {"name": "Ann", "email": "ann@example.com"}
        last = {"hash": HASH, "message": "", "url": "https://git.example.com/c", "author": ann}
        documents = (commit(author=ann), branch(lastCommit=last),
                     pull_request(author=ann, reviewers=[{"name": "Bob", "email": "bob@example.com"}]))
        for option, kept in (([], True), (["--no-email"], False)):
            for number, document in enumerate(documents):
                box = self.path(f"box{kept}{number}")
                path = self.path("event", json.dumps(document))
                self.expect(0, "send", path, "--outbox", box, "--wait", "0", *option)
                stored = b"".join(self.content(box, name) for name in os.listdir(box))
                self.assertEqual(b"@example.com" in stored, kept, document["kind"])

    def content(self, folder, name):
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read()

    def test_copies_of_a_commit_are_one(self):
        self.send(commit(), branch(), branch(name="feature/APP-4"))
        body = self.bulk_requests("devinfo")[0]["body"]["repositories"][0]
        copies = body["commits"] + [each["lastCommit"] for each in body["branches"]]
        self.assertEqual(len(copies), 3)
        self.assertEqual(copies[0], copies[1])
        self.assertEqual(copies[0], copies[2])
        self.assertEqual(copies[0]["issueKeys"], ["APP-1"])

    def test_401_commits_of_one_repository(self):
        done = self.send(*[commit(hash=f"{i:040x}") for i in range(401)])
        self.assertEqual({receipt["status"] for receipt in done.receipts()}, {"accepted"})
        self.assertEqual(len(self.sandbox.state()["commits"]), 401)
        bodies = [entry["body"]["repositories"] for entry in self.bulk_requests("devinfo")]
        self.assertGreaterEqual(len(bodies), 2)
        self.assertTrue(all(len(body) == 1 and len(body[0]["commits"]) <= 400 for body in bodies))

    def test_what_must_not_share_a_request_does_not(self):
        past = {"history": True, "authoredAt": "2026-01-01T00:00:00Z"}
        done = self.send(commit(), commit(hash=f"{1:040x}", transitions=False),
                         commit(hash=f"{2:040x}", properties={"team": "web"}), commit(hash=f"{3:040x}", **past))
        self.assertEqual({receipt["status"] for receipt in done.receipts()}, {"accepted"})
        sent = {}
        for entry in self.bulk_requests("devinfo"):
            (one,) = entry["body"]["repositories"][0]["commits"]
            sent[one["id"]] = {name: entry["body"].get(name) for name in
                               ("preventTransitions", "operationType", "properties")}
        plain = {"jirasend": "default"}
        self.assertEqual([sent[key] for key in sorted(sent)], [  # the plain one has the highest hash
            {"preventTransitions": True, "operationType": None, "properties": plain},
            {"preventTransitions": None, "operationType": None, "properties": {**plain, "team": "web"}},
            {"preventTransitions": True, "operationType": "BACKFILL", "properties": plain},
            {"preventTransitions": None, "operationType": None, "properties": plain},
        ])

    def test_receipts_say_what_they_are_about(self):
        done = self.send(flag(), commit(), branch(), pull_request())
        repository = {"id": "git.example.com/team/app", "url": REPOSITORY["url"]}
        facts = [{name: receipt[name] for name in ("kind", "flagId", "repository", "hash", "branch", "number", "state")
                  if name in receipt} for receipt in done.receipts()]
        self.assertEqual(facts, [
            {"kind": "flag", "flagId": "shop/checkout"},
            {"kind": "commit", "repository": repository, "hash": HASH},
            {"kind": "branch", "repository": repository, "branch": "feature/APP-2"},
            {"kind": "pull_request", "repository": repository, "number": 12, "state": "open"},
        ])

    def test_no_token_reaches_jira(self):
        secret = {"url": "https://ci:glpat-token@git.example.com/team/app"}
        self.send(commit(repository=secret, url="https://x:glpat-token@h/c",
                         author={"name": "N", "url": "https://glpat-token@h/n"}))
        self.assertNotIn("glpat-token", json.dumps(self.sandbox.state()))
        self.assertNotIn("glpat-token", json.dumps(self.sandbox.log()))

    def test_without_email(self):
        self.send(commit(author={"name": "N", "email": "someone@example.com"}))
        self.assertIn("someone@example.com", json.dumps(self.sandbox.state()))
        self.sandbox.reset()
        self.expect(0, "send", self.path("events"), "--no-email")
        self.assertEqual(len(self.sandbox.state()["commits"]), 1)
        self.assertNotIn("someone@example.com", json.dumps(self.sandbox.state()))

    def test_patterns_for_environments(self):
        self.expect(0, "send", self.path("events", json.dumps(flag())), "--map-environment", "PROD*=testing")
        detail = self.sandbox.state()["featureFlags"][0]["details"][0]
        self.assertEqual(detail["environment"], {"name": "Production", "type": "testing"})

    def test_what_is_wrong_is_named(self):
        for document, words in [
            (flag(environments=[]), '"environments" is empty'),
            (commit(hash="abc"), "not the hash of a commit"),
            (commit(repository={"name": "app"}), '"repository.url"'),
            ({key: value for key, value in pull_request().items() if key != "number"}, '"number"'),
            (commit(properties={"a:b": "c"}), "colon"),
            (commit(properties={"jirasend": "c"}), '"jirasend"'),
            (commit(delete=True), '"message" is there'),
            ({"kind": "repository", "repository": REPOSITORY}, "can only be deleted"),
        ]:
            with self.subTest(words=words):
                done = self.send(document, code=65, says=words)
                self.assertEqual(len(done.err.strip().splitlines()[0].split("\n")), 1)
        self.assertEqual(self.sandbox.state()["counts"]["requests"], 0)

    def test_what_jira_refuses_is_a_dead_letter(self):
        self.sandbox.faults({"path": "/devinfo/", "reject": ["feature~2FAPP-2"]})
        done = self.send(commit(), branch(), pull_request(), code=65)
        self.assertEqual([receipt["status"] for receipt in done.receipts()], ["accepted", "rejected", "accepted"])
        self.assertIn("scripted fault", done.receipts()[1]["message"])

    def test_errors_of_a_repository_meet_all_of_it(self):
        self.sandbox.faults({"path": "/devinfo/", "reject": ["git.example.com~2Fteam~2Fapp"]})
        other = {"url": "https://git.example.com/other"}
        done = self.send(commit(), pull_request(), commit(repository=other), code=65)
        self.assertEqual([receipt["status"] for receipt in done.receipts()], ["rejected", "rejected", "accepted"])


if __name__ == "__main__":
    unittest.main()
