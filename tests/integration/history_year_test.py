"""A year of a team, made up by a generator that knows the right answers: explain, diff, --since-last.

The generator keeps its own books and shares nothing with the product. JIRASEND_YEAR_SEED takes another year.
"""

import json
import os
import random
import subprocess
import unittest

from cli_support import CliTest

SEED = int(os.environ.get("JIRASEND_YEAR_SEED", "20261130"))
WEEKS = 52
ENVIRONMENTS = ("test", "stg", "prod")
UNKNOWN = "LOG4J"  # a project that Jira does not know


class Team:
    """What a team does in a year, and what is true afterwards."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.documents = []
        self.named = {}      # key -> indexes of documents that name it
        self.found = {}      # (index, key) -> where it was found first
        self.dropped = {}    # key -> [(index, rule)]
        self.deployed = {environment: {} for environment in ENVIRONMENTS}  # stream -> (order, state, keys)
        self.numbers = {}
        self.issue = 0

    def number(self, what):
        self.numbers[what] = self.numbers.get(what, 0) + 1
        return self.numbers[what]

    def tell(self, document, keys=(), dropped=()):
        """`keys`: [(key, from)], in the order in which they are found."""
        index = len(self.documents)
        self.documents.append(document)
        for key, source in keys:
            if (index, key) not in self.found:
                self.found[index, key] = source
                self.named.setdefault(key, []).append(index)
        for key, rule in dropped:
            if (index, key) not in self.found:
                self.dropped.setdefault(key, []).append((index, rule))
        return index

    def new_keys(self):
        keys = []
        for _ in range(self.random.randint(1, 3)):
            self.issue += 1
            keys.append(f"{self.random.choice(('APP', 'OPS'))}-{self.issue}")
        return keys

    def build(self, key, state):
        number = self.number("build")
        spoken = self.random.choice(("branch", "message", "title", "given", "lower", "border"))
        document = {"kind": "build", "pipelineId": "team/app", "number": number, "state": state,
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
        else:
            text = {"branch": f"feature/{key}-work", "message": f"{key} work\n\nmore", "title": f"[{key}]"}[spoken]
            self.tell({**document, "keyText": [{"text": text, "from": spoken}]}, [(key, spoken)])

    def deploy(self, environment, keys, state, number=None):
        number = number or self.number(environment)
        document = {"kind": "deployment", "pipelineId": "team/release", "number": number, "state": state,
                    "url": f"https://ci.example.com/d/{number}", "issueKeys": keys,
                    "environment": {"id": environment, "name": f"The {environment}"}}
        index = self.tell(document, [(key, "given") for key in keys])
        known = [key for key in keys if not key.startswith(UNKNOWN)]
        self.deployed[environment][number] = (index, state, known)
        return number

    def delete(self, environment, number):
        self.tell({"kind": "deployment", "delete": True, "pipelineId": "team/release", "number": number,
                   "environment": {"id": environment}})
        self.deployed[environment].pop(number)

    def there(self, environment):
        """Of the deployments that name it and are over, the newest says whether an issue is there."""
        present = {}
        for _, state, keys in sorted(self.deployed[environment].values()):
            if state in ("successful", "rolled_back"):
                for key in keys:
                    present[key] = state == "successful"
        return {key for key, is_there in present.items() if is_there}

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
            number = self.deploy(environment, keys, "successful")
            self.deploy(environment, keys, "failed", number)
        elif chance < 0.4:
            self.deploy(environment, keys, "successful")
            self.deploy(environment, keys, "rolled_back")
        elif chance < 0.5:
            number = self.deploy(environment, keys, "successful")
            if self.random.random() < 0.5:
                self.delete(environment, number)
        else:
            self.deploy(environment, keys, "in_progress", self.number(environment))
            self.deploy(environment, keys, "successful")
        waiting[environment] = [*waiting[environment], *keys]


class Year(CliTest):
    sandbox_arguments = ("--known-keys", "APP-*,OPS-*")

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))

    def tell(self, team):
        """In steps, so that nothing is superseded: each was told, and Jira took it."""
        for start in range(0, len(team.documents), 20):
            for document in team.documents[start:start + 20]:
                self.texts.append(json.dumps(document))
            done = self.run_cli("send", "-", *self.outbox, "--json", stdin="\n".join(self.texts))
            self.assertEqual(done.code, 0, done.err)
            self.ids += [receipt["id"] for receipt in done.receipts()]
            self.texts = []

    def test_explain_and_diff(self):
        team = Team(SEED).live()
        self.texts, self.ids = [], []
        self.tell(team)
        self.assertEqual(self.ids, list(range(1, len(team.documents) + 1)))
        for key in random.Random(SEED).sample(sorted({*team.named, *team.dropped}), 40):
            done = self.expect(0, "explain", key, *self.outbox, "--offline", "--json")
            answer = json.loads(done.out)
            events = {event["id"] - 1: event["found"]["from"] for event in answer["events"]}
            self.assertEqual(events, {index: team.found[index, key] for index in team.named.get(key, ())}, key)
            self.assertEqual([event["id"] for event in answer["events"]],
                             sorted((event["id"] for event in answer["events"]), reverse=True))
            self.assertEqual({(one["id"] - 1, one["rule"]) for one in answer["dropped"]},
                             set(team.dropped.get(key, ())), key)
        for first in ENVIRONMENTS:
            for second in ENVIRONMENTS:
                wanted = team.there(first) - team.there(second)
                done = self.run_cli("diff", first, f"The {second}", *self.outbox)
                self.assertEqual((set(done.out.split()), done.code), (wanted, 1 if wanted else 0),
                                 f"{first} {second}: {done.err}")


def git(folder, *arguments):
    return subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
                          cwd=folder, capture_output=True, text=True, check=True,
                          env={"PATH": os.environ["PATH"], "HOME": folder}).stdout.strip()


class Releases(CliTest):
    """Releases forward, back and across; a straight history of commits is the book."""

    sandbox_arguments = ()

    def test_since_last(self):
        chance = random.Random(SEED)
        repository = self.path("repository")
        os.mkdir(repository)
        git(repository, "init", "-q", "-b", "main")
        commits = []
        for number in range(1, 41):
            git(repository, "commit", "-q", "--allow-empty", "-m", f"APP-{number} step")
            commits.append(git(repository, "rev-parse", "HEAD"))
        runs = {}       # environment -> (place in the history, keys, state) of what runs
        number = 0
        for _ in range(25):
            environment = chance.choice(("stg", "prod"))
            last = runs.get(environment)
            at = chance.randrange(40) if last is None or chance.random() < 0.3 else \
                min(39, last[0] + chance.randint(0, 4))
            state = chance.choice(("successful", "successful", "successful", "failed"))
            number += 1
            done = self.expect(
                0, "deployment", "--pipeline", "p", "--number", str(number), "--url", "https://ci.example.com/1",
                "--environment", environment, "--state", state, "--commit", commits[at], "--since-last",
                "--outbox", self.path("outbox"), "--json", cwd=repository)
            receipt = done.receipt()
            keys, told = self.right(last, at, state)
            self.assertEqual((set(receipt["issueKeys"]), receipt["state"]), (keys, told),
                             f"{environment} {last} -> {at} {state}")
            if told in ("successful", "rolled_back"):
                runs[environment] = (at, keys, told)

    @staticmethod
    def right(last, at, state):
        """Keys and state as the page of the contract says."""
        if last is None:
            return {f"APP-{at + 1}"}, state
        place, keys, told = last
        if at == place:
            return keys, "rolled_back" if told == "rolled_back" and state == "successful" else state
        if at < place:
            return ({f"APP-{number + 1}" for number in range(at + 1, place + 1)},
                    "rolled_back" if state == "successful" else state)
        return {f"APP-{number + 1}" for number in range(place + 1, at + 1)}, state


if __name__ == "__main__":
    unittest.main()
