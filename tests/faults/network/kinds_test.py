"""The rows of the delivery table for flags, development information and deletions."""

import json
import unittest

from cli_support import CliTest

REPOSITORY = {"url": "https://git.example.com/team/app"}


def flag(number):
    return {"kind": "flag", "flagId": f"flag-{number}", "url": "https://f.example.com",
            "environments": [{"name": "Production", "enabled": True}], "issueKeys": ["APP-1"]}


def commit(number):
    return {"kind": "commit", "repository": REPOSITORY, "hash": f"{number:040x}", "message": "m",
            "url": "https://git.example.com/c", "issueKeys": ["APP-1"]}


def no_flag(number):
    return {"kind": "flag", "flagId": f"flag-{number}", "delete": True}


def no_commit(number):
    return {"kind": "commit", "repository": REPOSITORY, "hash": f"{number:040x}", "delete": True}


EACH = ((flag, "/featureflags/"), (commit, "/devinfo/"), (no_flag, "/featureflags/"),
        (no_commit, "/devinfo/"))
BULK = EACH[:2]


class Rows(CliTest):
    def send(self, code, documents, wait="20"):
        text = "".join(json.dumps(one) + "\n" for one in documents)
        done = self.run_cli("send", "-", "--json", "--wait", wait, "--outbox", self.path("outbox"),
                            stdin=text)
        self.assertEqual(done.code, code, done.out + done.err)
        return [receipt["status"] for receipt in done.receipts()]

    def each(self, which, statuses, code, asked, wait="20", count=1, **fault):
        """One event meets the fault so often."""
        for make, path in which:
            with self.subTest(make.__name__):
                self.setUp()
                self.sandbox.faults({"path": path, "count": count, **fault})
                self.assertEqual(self.send(code, [make(1)], wait), statuses)
                entries = [e for e in self.sandbox.log(path) if e["method"] != "GET"]
                self.assertEqual(len(entries), asked)

    def test_400(self):
        self.each(EACH, ["rejected"], 65, 1, status=400, body='{"errorMessages": ["bad"]}')

    def test_401_once(self):
        self.each(EACH, ["accepted"], 0, 2, status=401)

    def test_401_again(self):
        self.each(EACH, ["held"], 77, 2, status=401, count=2)

    def test_403(self):
        self.each(EACH, ["held"], 77, 1, status=403)

    def test_404_looks_the_cloud_id_up_again(self):
        self.each(EACH, ["accepted"], 0, 2, status=404)
        self.each(EACH, ["held"], 77, 2, status=404, count=2)

    def test_redirects_are_not_followed(self):
        self.each(EACH, ["held"], 77, 1, status=302, headers={"Location": "https://x.example/"})

    def test_429_and_503_say_when(self):
        self.each(EACH, ["accepted"], 0, 2, status=429, headers={"Retry-After": "1"})
        self.each(EACH, ["accepted"], 0, 2, status=503, headers={"Retry-After": "1"})

    def test_again_later(self):
        self.each(EACH, ["accepted"], 0, 2, status=500)
        self.each(EACH, ["accepted"], 0, 2, status=408)

    def test_413_lone(self):
        self.each(BULK, ["rejected"], 65, 1, status=413)

    def test_nonsense(self):
        self.each(EACH, ["accepted"], 0, 2, status=202, body="<html>")

    def test_one_is_refused(self):
        self.sandbox.faults({"path": "/featureflags/", "count": 1, "reject": ["flag-2"]})
        self.assertEqual(self.send(65, [flag(n) for n in (1, 2, 3)]),
                         ["accepted", "rejected", "accepted"])

    def test_413_halves(self):
        for make, path in BULK:
            with self.subTest(make.__name__):
                self.setUp()
                self.sandbox.faults({"path": path, "count": 1, "status": 413})
                self.assertEqual(self.send(0, [make(n) for n in range(8)]), ["accepted"] * 8)

    def test_a_connection_that_is_reset(self):
        self.each(EACH, ["accepted"], 0, 2, action="reset")

    def test_425(self):
        self.each(EACH, ["accepted"], 0, 2, status=425)


class Sweeps(CliTest):
    """The same of a deletion by properties."""

    def row(self, code, asked, **fault):
        for kind, path in (("build", "/builds/"), ("repository", "/devinfo/")):
            with self.subTest(kind, **fault):
                self.setUp()
                self.sandbox.faults({"path": path, "count": 1, **fault})
                self.expect(code, "delete", "all", "--kind", kind, "--property", "team=x", "--yes",
                            "--wait", "20", "--outbox", self.path("outbox"))
                entries = [e for e in self.sandbox.log(path) if e["method"] == "DELETE"]
                self.assertEqual(len(entries), asked)

    def test_refused(self):
        self.row(65, 1, status=400)

    def test_held(self):
        self.row(77, 1, status=403)
        self.row(77, 2, status=401, count=2)
        self.row(77, 2, status=404, count=2)
        self.row(77, 1, status=302, headers={"Location": "https://x.example/"})

    def test_sent_again(self):
        for fault in ({"status": 401}, {"status": 404}, {"status": 500}, {"status": 408}, {"action": "reset"},
                      {"status": 429, "headers": {"Retry-After": "1"}},
                      {"status": 503, "headers": {"Retry-After": "1"}}):
            self.row(0, 2, **fault)


if __name__ == "__main__":
    unittest.main()
