"""A year of a team, made up by a generator that knows the right answers: explain, diff, --since-last.

The generator keeps its own books and shares nothing with the product. JIRASEND_YEAR_SEED takes another year.
Two processes tell the news of two teams into one outbox at the same time.
"""

import json
import os
import random
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from cli_support import CliTest

SEED = int(os.environ.get("JIRASEND_YEAR_SEED", "20261130"))
WEEKS = 26
ENVIRONMENTS = ("test", "stg", "prod")
UNKNOWN = "LOG4J"  # a project that Jira does not know
# Each document is sent with the one or the other.
RULES = {"projects": ("--projects", f"APP,OPS,{UNKNOWN}"), "not-keys": ("--not-keys", "RFC, KIP")}
OVER = ("successful", "rolled_back")


class Team:
    """What a team does in half a year, and what is true afterwards."""

    def __init__(self, seed, name, first):
        self.random = random.Random(seed)
        self.name = name
        self.documents = []  # (document, rule with which it is sent)
        self.named = {}      # key -> indexes of documents that name it
        self.found = {}      # (index, key) -> where it was found first
        self.dropped = {}    # key -> [(index, rule)]
        self.deployed = {environment: {} for environment in ENVIRONMENTS}  # stream -> (order, state, keys)
        self.things = {}     # stream -> (its keys at any time, whether Jira has it)
        self.numbers = {}
        self.issue = first

    def number(self, what):
        self.numbers[what] = self.numbers.get(what, 0) + 1
        return self.numbers[what]

    def tell(self, document, keys=(), dropped=(), rule=None):
        """`keys`: [(key, from)], in the order in which they are found."""
        index = len(self.documents)
        self.documents.append((document, rule or self.random.choice(sorted(RULES))))
        for key, source in keys:
            if (index, key) not in self.found:
                self.found[index, key] = source
                self.named.setdefault(key, []).append(index)
        for key, why in dropped:
            if (index, key) not in self.found:
                self.dropped.setdefault(key, []).append((index, why))
        stream = (document["kind"], document["pipelineId"], document["number"],
                  document.get("environment", {}).get("id"))
        known = any(not key.startswith(UNKNOWN) for key, _ in keys)
        ever, there = self.things.get(stream, (set(), False))
        self.things[stream] = (ever | {key for key, _ in keys}, not document.get("delete") and (known or there))
        return index

    def new_keys(self):
        keys = []
        for _ in range(self.random.randint(1, 3)):
            self.issue += 1
            keys.append(f"{self.random.choice(('APP', 'OPS'))}-{self.issue}")
        return keys

    def build(self, key, state):
        pipeline = f"{self.name}/{self.random.choice(('app', 'lib'))}"
        number = self.number(pipeline)
        spoken = self.random.choice(("branch", "message", "title", "given", "lower", "border", "other", "word", "gone"))
        document = {"kind": "build", "pipelineId": pipeline, "number": number, "state": state,
                    "url": f"https://ci.example.com/{number}"}
        if spoken == "given":
            self.tell({**document, "issueKeys": [key]}, [(key, "given")])
        elif spoken == "lower":
            other = self.new_keys()[0]
            self.tell({**document, "issueKeys": [other], "keyText": [f"fix {key.lower()}"]},
                      [(other, "given")], [(key, "case")])
        elif spoken == "border":
            self.tell({**document, "keyText": [f"x{key} and {UNKNOWN}-1"]},
                      [(f"{UNKNOWN}-1", "text")], [(key, "border")])
        elif spoken == "other":  # of a project that is not asked for
            other = f"WEB-{self.issue}"
            self.tell({**document, "keyText": [f"{key}, {other}"]}, [(key, "text")], [(other, "projects")], "projects")
        elif spoken == "word":
            self.tell({**document, "keyText": [f"{key} as in RFC-{number} and UTF-8"]},
                      [(key, "text")], [(f"RFC-{number}", "not-keys")], "not-keys")
        elif spoken == "gone":
            self.tell({**document, "issueKeys": [key]}, [(key, "given")])
            self.tell({"kind": "build", "delete": True, "pipelineId": pipeline, "number": number})
        else:
            text = {"branch": f"feature/{key}-work", "message": f"{key} work\n\nmore", "title": f"[{key}]"}[spoken]
            self.tell({**document, "keyText": [{"text": text, "from": spoken}]}, [(key, spoken)])

    def deploy(self, environment, keys, state, stream=None):
        pipeline, number = stream or (f"{self.name}/{self.random.choice(('release', 'hotfix'))}", None)
        number = number or self.number((pipeline, environment))
        document = {"kind": "deployment", "pipelineId": pipeline, "number": number, "state": state,
                    "url": f"https://ci.example.com/d/{number}", "issueKeys": keys,
                    "environment": {"id": environment, "name": f"The {environment}"}}
        index = self.tell(document, [(key, "given") for key in keys])
        known = [key for key in keys if not key.startswith(UNKNOWN)]
        self.deployed[environment][pipeline, number] = (index, state, known)
        return pipeline, number

    def delete(self, environment, stream):
        self.tell({"kind": "deployment", "delete": True, "pipelineId": stream[0], "number": stream[1],
                   "environment": {"id": environment}})
        self.deployed[environment].pop(stream)

    def there(self, environment):
        """Of the deployments that name it and are over, the newest says whether an issue is there."""
        present = {}
        for _, state, keys in sorted(self.deployed[environment].values()):
            if state in OVER:
                for key in keys:
                    present[key] = state == "successful"
        return {key for key, is_there in present.items() if is_there}

    def in_jira(self, key):
        """The things that named it at some time and that Jira has."""
        return {stream for stream, (keys, there) in self.things.items() if key in keys and there}

    def live(self):
        waiting = {environment: [] for environment in ENVIRONMENTS}
        for _ in range(WEEKS):
            keys = self.new_keys()
            for key in keys:
                self.build(key, self.random.choice(("successful", "failed", "cancelled")))
            self.step("test", keys, waiting)
            for source, target in (("test", "stg"), ("stg", "prod")):
                if self.random.random() < 0.6 and waiting[source]:
                    self.step(target, waiting.pop(source), waiting)
                    waiting[source] = []
        return self

    def step(self, environment, keys, waiting):
        chance = self.random.random()
        if chance < 0.1:
            self.deploy(environment, [*keys, f"{UNKNOWN}-7"], "successful")
        elif chance < 0.2:
            self.deploy(environment, keys, "failed")
            self.deploy(environment, keys, "successful")
        elif chance < 0.3:  # told again with another end
            stream = self.deploy(environment, keys, "successful")
            self.deploy(environment, keys, "failed", stream)
        elif chance < 0.4:  # by another pipeline, perhaps
            self.deploy(environment, keys, "successful")
            self.deploy(environment, keys, "rolled_back")
        elif chance < 0.5:
            stream = self.deploy(environment, keys, "successful")
            if self.random.random() < 0.5:
                self.delete(environment, stream)
        elif chance < 0.6:  # rolled back, and brought once more with less
            stream = self.deploy(environment, keys, "rolled_back", self.deploy(environment, keys, "successful"))
            self.deploy(environment, keys[1:] or keys, "successful")
        else:
            self.deploy(environment, keys, "successful", self.deploy(environment, keys, "in_progress"))
        waiting[environment] = [*waiting[environment], *keys]


class Year(CliTest):
    sandbox_arguments = ("--known-keys", "APP-*,OPS-*")

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))

    def tell(self, team):
        """In steps, so that nothing is superseded: each was told, and Jira took it. Gives the ids."""
        ids = []
        at = 0
        while at < len(team.documents):
            rule, streams, texts = team.documents[at][1], set(), []
            while at < len(team.documents) and len(texts) < 20:
                document, with_rule = team.documents[at]
                stream = (document["kind"], document["pipelineId"], document["number"],
                          json.dumps(document.get("environment", {}).get("id")))
                if with_rule != rule or stream in streams:
                    break
                streams.add(stream)
                texts.append(json.dumps(document))
                at += 1
            done = self.run_cli("send", "-", *self.outbox, "--json", *RULES[rule], stdin="\n".join(texts))
            self.assertEqual(done.code, 0, done.err)
            ids += [receipt["id"] for receipt in done.receipts()]
        return ids

    def explain(self, key, *arguments):
        return json.loads(self.expect(0, "explain", key, *self.outbox, "--json", *arguments).out)

    def check_key(self, team, ids, key):
        answer = self.explain(key, "--offline")
        events = {event["id"]: event["found"]["from"] for event in answer["events"]}
        self.assertEqual(events, {ids[index]: team.found[index, key] for index in team.named.get(key, ())}, key)
        self.assertEqual([event["id"] for event in answer["events"]],
                         sorted((event["id"] for event in answer["events"]), reverse=True))
        self.assertEqual({(one["id"], one["rule"]) for one in answer["dropped"]},
                         {(ids[index], rule) for index, rule in team.dropped.get(key, ())}, key)
        self.assertEqual({one["key"] for one in answer["dropped"]} - {key}, set())
        self.assertEqual(answer["jira"], [])

    def check_jira(self, team, key):
        seen = set()
        for thing in self.explain(key)["jira"]:
            if "buildNumber" in thing:
                seen.add(("build", thing["pipelineId"].replace("~2F", "/"), thing["buildNumber"], None))
            else:
                seen.add(("deployment", thing["pipeline"]["id"].replace("~2F", "/"), thing["deploymentSequenceNumber"],
                          thing["environment"]["id"]))
        self.assertEqual(seen, team.in_jira(key), key)

    def test_explain_and_diff(self):
        teams = [Team(SEED, "red", 0).live(), Team(SEED + 1, "blue", 5000).live()]
        with ThreadPoolExecutor() as pool:
            told = list(pool.map(self.tell, teams))
        self.assertEqual(sorted(told[0] + told[1]), list(range(1, sum(len(team.documents) for team in teams) + 1)))
        time.sleep(1)  # what was deleted is gone
        for team, ids in zip(teams, told):
            keys = random.Random(SEED).sample(sorted({*team.named, *team.dropped} - {f"{UNKNOWN}-1", f"{UNKNOWN}-7"}), 30)
            for key in keys:
                if key.startswith("RFC"):
                    continue  # of both teams
                self.check_key(team, ids, key)
            for key in keys[:12]:
                if key.startswith(("APP", "OPS")) and key in team.named:
                    self.check_jira(team, key)
        self.check_words(teams, told)
        for first in ENVIRONMENTS:
            for second in ENVIRONMENTS:
                wanted = set().union(*(team.there(first) - team.there(second) for team in teams))
                done = self.run_cli("diff", first, f"The {second}", *self.outbox)
                self.assertEqual((set(done.out.split()), done.code), (wanted, 1 if wanted else 0),
                                 f"{first} {second}: {done.err}")

    def check_words(self, teams, told):
        """Words that both teams wrote."""
        for key in ("RFC-1", "RFC-2", "RFC-3", f"{UNKNOWN}-1", f"{UNKNOWN}-7"):
            wanted = {(ids[index], rule) for team, ids in zip(teams, told) for index, rule in team.dropped.get(key, ())}
            events = {ids[index] for team, ids in zip(teams, told) for index in team.named.get(key, ())}
            if wanted or events:
                answer = self.explain(key, "--offline")
                self.assertEqual({(one["id"], one["rule"]) for one in answer["dropped"]}, wanted, key)
                self.assertEqual({event["id"] for event in answer["events"]}, events, key)


def git(folder, *arguments):
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
                          cwd=folder, capture_output=True, text=True, check=True,
                          env={"PATH": os.environ["PATH"], "HOME": folder}).stdout.strip()


class Releases(CliTest):
    """Releases forward, back and across, of two pipelines at once. The book: which commits each commit holds."""

    sandbox_arguments = ()

    def setUp(self):
        super().setUp()
        self.repository = self.path("repository")
        os.mkdir(self.repository)
        git(self.repository, "init", "-q", "-b", "main")
        self.commits, self.hashes, self.holds = [], {}, {}
        for number in range(1, 31):
            self.commit(f"APP-{number}", set() if number == 1 else self.holds[f"APP-{number - 1}"])
        git(self.repository, "checkout", "-q", "-b", "side", self.hashes["APP-15"])
        for number in range(101, 109):
            self.commit(f"APP-{number}", self.holds["APP-15" if number == 101 else f"APP-{number - 1}"])

    def commit(self, key, before):
        git(self.repository, "commit", "-q", "--allow-empty", "-m", f"{key} step")
        self.hashes[key] = git(self.repository, "rev-parse", "HEAD")
        self.commits.append(key)
        self.holds[key] = before | {key}

    def release(self, pipeline):
        chance = random.Random(f"{SEED} {pipeline}")
        runs, number = {}, 0  # environment -> (commit, keys, state) of what runs
        for _ in range(20):
            environment = chance.choice(("stg", "prod"))
            last = runs.get(environment)
            at = self.next_commit(chance, last)
            state = chance.choice(("successful", "successful", "successful", "failed", "cancelled"))
            number += 1
            done = self.expect(
                0, "deployment", "--pipeline", pipeline, "--number", str(number), "--url", "https://ci.example.com/1",
                "--environment", environment, "--state", state, "--commit", self.hashes[at], "--since-last",
                "--outbox", self.path("outbox"), "--json", cwd=self.repository)
            receipt = done.receipt()
            keys, told = self.right(last, at, state)
            self.assertEqual((set(receipt["issueKeys"]), receipt["state"], receipt["revision"]),
                             (keys, told, self.hashes[at]), f"{pipeline} {environment} {last} -> {at} {state}")
            if told in OVER:
                runs[environment] = (at, keys, told)
                if chance.random() < 0.2:  # which changes nothing about what runs
                    self.expect(0, "delete", "deployment", "--pipeline", pipeline, "--number", str(number),
                                "--environment", environment, "--outbox", self.path("outbox"))

    def next_commit(self, chance, last):
        if last is None or chance.random() < 0.4:
            return chance.choice(self.commits)
        place = self.commits.index(last[0])
        return self.commits[min(len(self.commits) - 1, place + chance.randint(0, 4))]

    def right(self, last, at, state):
        """Keys and state as the page of the contract says."""
        if last is None:
            return {at}, state
        commit, keys, told = last
        if at == commit:
            return keys, "rolled_back" if told == "rolled_back" and state == "successful" else state
        if at in self.holds[commit]:
            return self.holds[commit] - self.holds[at], "rolled_back" if state == "successful" else state
        return self.holds[at] - self.holds[commit], state

    def test_since_last(self):
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.release, ("front", "back")))


if __name__ == "__main__":
    unittest.main()
