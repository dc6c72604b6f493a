"""Deletions by properties among other news: kept, in order, and what waits for them."""

import json
import time
import unittest

from cli_barrier_test import BUILD, FLAG, Barriers, commit, lines, told

TEAM = {"properties": {"team": "checkout"}}


def build(number, **more):
    return told({**BUILD, "number": number}, **more)


class Sweeps(Barriers):
    def environment(self, **variables):
        return super().environment(**{"JIRASEND_OUTBOX": self.outbox(), **variables})

    def keep(self, *documents):
        return [r["id"] for r in self.send(*documents, wait="0", env=self.NOBODY)]

    def sweep(self, kind="build", *arguments, code=0, wait="8", properties=("team=checkout",), **options):
        given = [word for one in properties for word in ("--property", one)]
        done = self.expect(code, "delete", "all", "--kind", kind, *given, "--yes", "--json",
                           "--wait", wait, *arguments, **options)
        return done.receipts()

    def flush(self, code=0, wait="8"):
        return self.expect(code, "outbox", "flush", "--wait", wait)

    def fate(self, number):
        return json.loads(self.expect(0, "outbox", "show", str(number), "--json").out)

    def builds(self):
        return sorted(b["buildNumber"] for b in self.sandbox.state()["builds"])


class Kept(Sweeps):
    sandbox_arguments = ("--eventually", "0")

    def test_what_waits_before_it_is_not_sent_any_more(self):
        mine, other, gated = self.keep(
            build(1, **TEAM), build(2, properties={"team": "search"}),
            told({"kind": "deployment", "pipelineId": "team/app", "number": 1,
                  "environment": {"id": "prod"}}, state="pending", gate=True, **TEAM))
        (receipt,) = self.sweep(wait="0", env=self.NOBODY)
        self.assertEqual(receipt["status"], "queued")
        (deployments,) = self.sweep("deployment", wait="0", env=self.NOBODY)
        (later,) = self.keep(build(3, **TEAM))
        self.flush(wait="20")
        self.assertEqual(self.fate(receipt["id"])["status"], "accepted")
        for number in (mine, gated):
            self.assertEqual(self.fate(number)["status"], "superseded")
            self.assertIn("deleted", self.fate(number)["message"])
            self.assertEqual(self.fate(number)["attempts"], 0)
        for number in (other, later):
            self.assertEqual(self.fate(number)["status"], "accepted")
        self.assertEqual(self.builds(), [2, 3])
        self.assertEqual(self.sandbox.state()["deployments"], [])
        self.assertEqual(self.methods("builds")[0], ("DELETE", 202))
        self.assertEqual(self.fate(deployments["id"])["status"], "accepted")

    def test_a_refusal_lets_the_others_go(self):
        self.keep(build(1, **TEAM))
        self.sweep(wait="0", env=self.NOBODY)
        self.keep(build(2, **TEAM))
        self.sandbox.faults(path="ByProperties", status=400, count=0)
        self.flush(wait="20")
        self.assertEqual(self.builds(), [1, 2])
        self.assertEqual(self.expect(0, "outbox", "list", "--json").out.count("rejected"), 1)

    def test_it_is_tried_again_and_nothing_slips_past(self):
        self.keep(build(1, **TEAM))
        self.sandbox.faults(path="ByProperties", status=503, count=0)
        (receipt,) = self.sweep(wait="0", env=self.NOBODY)  # or what is kept may go before it is stored
        self.assertEqual(receipt["status"], "queued")
        (later,) = self.send(build(2, properties={"team": "search"}), wait="1")
        self.assertEqual(later["status"], "queued")
        self.assertEqual(self.builds(), [])
        (flag,) = self.send(told(FLAG))  # another lane
        self.assertEqual(flag["status"], "accepted")
        self.sandbox.clear_faults()
        self.flush(wait="20")
        self.assertEqual(self.builds(), [2])

    def test_all_of_an_origin(self):
        self.send(build(1), build(2, **TEAM))
        self.expect(0, "send", "-", "--origin", "elsewhere", stdin=lines(build(3)))
        self.keep(build(4))
        self.sweep(properties=("jirasend=default",), wait="0", env=self.NOBODY)
        self.flush(wait="20")
        self.assertEqual(self.builds(), [3])

    def test_its_words(self):
        (receipt,) = self.sweep(wait="0", env=self.NOBODY, properties=("team=checkout", "jirasend=x"))
        self.assertEqual(receipt["properties"], {"jirasend": "x", "team": "checkout"})
        self.assertIs(receipt["deleted"], True)
        self.assertIn("deletion of every build with jirasend=x and team=checkout",
                      self.expect(0, "outbox", "list").out)

    def test_a_document_cannot_say_it(self):
        for more in ({"all": True}, TEAM, {"all": True, **TEAM}):
            self.expect(65, "send", "-", stdin=lines({"kind": "build", "delete": True, **more}))


class Barrier(Sweeps):
    sandbox_arguments = ("--eventually", "2500")

    def test_what_comes_later_waits_until_it_is_gone(self):
        self.send(build(1, **TEAM))
        began = time.monotonic()
        self.sweep()
        self.send(build(1, **TEAM), build(2), wait="20")
        self.assertGreater(time.monotonic() - began, 2)
        self.assertEqual(self.builds(), [1, 2])
        self.assertIn(("GET", 404), self.methods("builds/0.1"))

    def test_repositories_are_asked_for_by_the_properties(self):
        self.send(commit(1, **TEAM))
        self.sweep("repository")
        self.send(commit(1, **TEAM), wait="20")
        self.assertEqual(len(self.entities("commits")), 1)
        self.assertIn(("GET", 200), self.methods("existsByProperties"))

    def test_another_process_heeds_the_wait(self):
        self.send(build(1, **TEAM))
        self.sweep()
        (receipt,) = self.send(build(1, **TEAM), wait="1")
        self.assertEqual(receipt["status"], "queued")
        self.flush(wait="20")
        self.assertEqual(self.builds(), [1])

    def test_nothing_known(self):
        began = time.monotonic()
        self.sweep()
        self.send(build(1, **TEAM), wait="20")
        self.assertGreater(time.monotonic() - began, 9)
        self.assertEqual(self.builds(), [1])


if __name__ == "__main__":
    unittest.main()
