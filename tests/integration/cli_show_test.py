"""`jirasend show`: what Jira has of one thing."""

import json
import time
import unittest

from cli_support import BUILD, DEPLOYMENT, SECRET, CliTest

HASH = "0123456789abcdef0123456789abcdef01234567"
URL = "https://git.example.com/team/app"
REPOSITORY = {"url": URL}
COMMIT = {"hash": HASH, "message": "APP-1 Log in", "url": f"{URL}/commit/{HASH}"}
NEWS = (
    {"kind": "commit", "repository": REPOSITORY, **COMMIT},
    {"kind": "branch", "repository": REPOSITORY, "name": "feature/APP-1", "url": f"{URL}/tree/x",
     "lastCommit": COMMIT},
    {"kind": "pull_request", "repository": REPOSITORY, "number": 12, "title": "APP-1 Log in",
     "state": "open", "url": f"{URL}/pull/12", "sourceBranch": "feature/APP-1"},
    {"kind": "flag", "flagId": "a/b", "url": "https://flags.example.com/a", "issueKeys": ["APP-1"],
     "environments": [{"name": "Production", "enabled": True}]},
)
IN = ("--repository", URL)


class Show(CliTest):
    sandbox_arguments = ("--client", f"none:{SECRET}:none")

    def told(self):
        self.expect(0, *BUILD, "--keys", "APP-1")
        self.expect(0, *DEPLOYMENT, "--keys", "APP-1")
        self.expect(0, "send", "-", stdin="\n".join(map(json.dumps, NEWS)))

    def shown(self, *arguments):
        answer = json.loads(self.expect(0, "show", *arguments, "--json").out)
        self.assertEqual(set(answer), {"told", "jira", "differences"})
        self.assertEqual((answer["told"], answer["differences"]), (None, []))
        return answer["jira"]

    def test_every_kind(self):
        self.told()
        build = self.shown("build", "--pipeline", "team/app", "--number", "42")
        self.assertEqual((build["buildNumber"], build["state"]), (42, "successful"))
        deployment = self.shown("deployment", "--pipeline", "team/app", "--environment", "prod-eu",
                                "--number", "42")
        self.assertEqual(deployment["environment"]["id"], "prod-eu")
        self.assertEqual(self.shown("flag", "a/b")["id"], "a~2Fb")
        self.assertEqual(self.shown("commit", HASH, *IN)["message"], "APP-1 Log in")
        self.assertEqual(self.shown("branch", "feature/APP-1", *IN)["name"], "feature/APP-1")
        self.assertEqual(self.shown("pull-request", "12", *IN)["displayId"], "#12")
        repository = self.shown("repository", "--repository-id", "git.example.com/team/app")
        self.assertEqual(len(repository["branches"]), 1)

    def test_the_largest_number(self):
        largest = str(2 ** 63 - 1)
        for verb in (BUILD, DEPLOYMENT):
            where = ("--environment", "prod-eu") if verb is DEPLOYMENT else ()
            self.expect(0, *verb, "--keys", "APP-1", "--number", largest)
            for number, code in ((largest, 0), (str(2 ** 63 - 2), 66)):
                self.expect(code, "show", verb[0], "--pipeline", "team/app", "--number", number, *where)

    def test_for_people(self):
        self.told()
        done = self.expect(0, "show", "build", "--pipeline", "team/app", "--number", "42")
        self.assertRegex(done.out, r"(?m)^state +successful$")
        self.assertEqual(done.err, "")

    def test_what_is_not_there(self):
        self.expect(66, "show", "flag", "x", says="flag x")
        done = self.expect(66, "show", "commit", HASH, *IN, "--json")
        self.assertEqual(json.loads(done.out), {"told": None, "jira": None, "differences": []})
        self.expect(66, "show", "repository", *IN)
        self.told()
        self.expect(66, "show", "commit", "f" * 40, *IN)
        self.expect(66, "show", "branch", "feature/app-1", *IN)

    def test_what_is_not_permitted(self):
        none = {"JIRASEND_CLIENT_ID": "none", "JIRASEND_CLIENT_SECRET": SECRET}
        self.expect(77, "show", "flag", "x", env=none, says=["read back", "Feature flags"])
        self.expect(77, "show", "flag", "x", env={"JIRASEND_CLIENT_SECRET": "wrong"})

    def test_no_answer(self):
        for fault in ({"status": 503}, {"action": "reset"}, {"status": 200, "body": "no json"}):
            self.sandbox.faults(path="/flag/", count=0, **fault)
            self.expect(75, "show", "flag", "x", "--wait", "3")
            self.sandbox.clear_faults()
        self.sandbox.faults(path="/flag/", action="hang", count=0)
        start = time.monotonic()
        self.expect(75, "show", "flag", "x", "--wait", "1")
        self.assertLess(time.monotonic() - start, 5)

    def test_it_asks_again(self):
        self.told()
        self.sandbox.faults(path="/flag/", status=503, count=2)
        self.shown("flag", "a/b")
        self.sandbox.faults(path="/flag/", status=429, count=1, headers={"Retry-After": "60"})
        start = time.monotonic()
        self.expect(75, "show", "flag", "a/b", "--wait", "20")
        self.assertLess(time.monotonic() - start, 10)

    def test_a_token_that_was_refused(self):
        self.told()
        self.sandbox.faults(path="/flag/", status=401, count=1)
        self.shown("flag", "a/b")

    def test_usage(self):
        self.expect(64, "show", says="build")
        self.expect(64, "show", "all")
        self.expect(64, "show", "flag", "f" * 1001, says="flagId")
        self.expect(64, "show", "flag", "x", env={"JIRASEND_SITE": None}, says="--site")
        self.expect(64, "show", "commit", "abc", *IN, says="hash")


if __name__ == "__main__":
    unittest.main()
