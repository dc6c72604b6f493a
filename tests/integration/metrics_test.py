"""Metrics by OpenMetrics' own rules; the dashboard and the alert rules that are made of them."""

import json
import os
import random
import re
import shutil
import subprocess
import unittest

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from cli_support import CliTest, event

MONITORING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "monitoring")
# Every family: its type and the labels of its samples.
FAMILIES = {
    "jirasend_events": ("counter", {"kind", "site", "status"}),
    "jirasend_requests": ("counter", {"api", "status"}),
    "jirasend_waiting": ("gauge", {"site"}),
    "jirasend_oldest_waiting_seconds": ("gauge", {"site"}),
    "jirasend_held": ("gauge", {"site"}),
    "jirasend_dead_letters": ("gauge", {"site"}),
    "jirasend_delivery_seconds": ("histogram", set()),
    "jirasend_retry_after_seconds": ("gauge", {"site"}),
    "jirasend_token_age_seconds": ("gauge", {"site"}),
    "jirasend_deployments": ("counter", {"environment", "state"}),
    "jirasend_change_failure_ratio": ("gauge", set()),
    "jirasend_lead_time_seconds": ("gauge", set()),
    "jirasend_restore_time_seconds": ("gauge", set()),
}
HASH = "1" * 40
# Two hours, in the words of Prometheus for series, and which alerts there are in the end.
SITE = 'site="acme.atlassian.net"'
ACCEPTED = f'jirasend_events_total{{kind="build",status="accepted",{SITE}}}'
REJECTED = f'jirasend_events_total{{kind="build",status="rejected",{SITE}}}'
OLDEST = f"jirasend_oldest_waiting_seconds{{{SITE}}}"
ALERTS = {
    "all is well": ({ACCEPTED: "0+1x120", OLDEST: "0x120"}, []),
    "nothing comes": ({ACCEPTED: "7x120", REJECTED: "3x120", OLDEST: "0x120"}, []),
    "everything waits": ({ACCEPTED: "7x120", OLDEST: "0+60x120"}, ["JirasendEventsWait", "JirasendNothingAccepted"]),
    "one waits, others do not": ({ACCEPTED: "0+1x120", OLDEST: "0+60x120"}, ["JirasendEventsWait"]),
    "everything is rejected": ({ACCEPTED: "7x120", REJECTED: "0+1x120", OLDEST: "0x120"}, ["JirasendNothingAccepted"]),
    "the first one is accepted": ({ACCEPTED: "_x110 1x10", REJECTED: "0+1x120", OLDEST: "0x120"}, []),
    "a hold": ({f"jirasend_held{{{SITE}}}": "0x60 3x60", ACCEPTED: "0+1x120"}, ["JirasendSiteHeld"]),
    "a dead letter": ({f"jirasend_dead_letters{{{SITE}}}": "1x120"}, ["JirasendDeadLetters"]),
}


def deployment(number, environment="prod", **members):
    return event(number, kind="deployment",
                 environment={"id": environment, "name": environment, "type": "production"}, **members)


class Metrics(CliTest):
    sandbox_arguments = ()

    def setUp(self):
        super().setUp()
        self.outbox = ("--outbox", self.path("outbox"))

    def send(self, *words):
        """Documents, and behind them options."""
        documents = [word for word in words if word.startswith("{")]
        self.expect(0, "send", "-", *self.outbox, *words[len(documents):], stdin="\n".join(documents))

    def families(self):
        text = self.expect(0, "metrics", *self.outbox).out
        families = {family.name: family for family in text_string_to_metric_families(text)}
        for name, family in families.items():
            samples = [(sample.name, *sorted(sample.labels.items())) for sample in family.samples]
            self.assertEqual(len(samples), len(set(samples)), f"{name}: twice the same, which node_exporter refuses")
        return families

    def fill(self):
        commit = {"kind": "commit", "repository": {"url": "https://git.example.com/a"}, "hash": HASH,
                  "message": "APP-1", "url": "https://git.example.com/c"}
        self.send(event(1), json.dumps(commit), deployment(1, revision=HASH), deployment(2, state="failed"))
        self.send(deployment(3), deployment(4, 'odd "\\ name'))
        self.sandbox.faults(path="/builds/", method="POST", status=429, count=1, headers={"Retry-After": "600"})
        self.send(event(2), "--wait", "1")

    def test_every_name(self):
        self.fill()
        families = self.families()
        self.assertEqual({name: family.type for name, family in families.items()},
                         {name: kind for name, (kind, _) in FAMILIES.items()})
        for name, (kind, labels) in FAMILIES.items():
            samples = families[name].samples
            if name != "jirasend_token_age_seconds":  # of a process that sends
                self.assertTrue(samples, name)
            for sample in samples:
                self.assertEqual(set(sample.labels) - {"le"}, labels, name)
            self.assertTrue(families[name].documentation, name)
            self.assertIn(kind, ("counter", "gauge", "histogram"))

    def test_counts(self):
        self.fill()
        families = self.families()
        accepted = sum(sample.value for sample in families["jirasend_events"].samples
                       if sample.labels["status"] == "accepted")
        delivery = {sample.name: sample.value for sample in families["jirasend_delivery_seconds"].samples
                    if "le" not in sample.labels}
        self.assertEqual(delivery["jirasend_delivery_seconds_count"], accepted)
        value = {name: [sample.value for sample in family.samples] for name, family in families.items()}
        self.assertEqual(value["jirasend_waiting"], [1])
        self.assertEqual(value["jirasend_held"], [0])
        self.assertEqual(value["jirasend_dead_letters"], [0])
        self.assertGreater(value["jirasend_retry_after_seconds"][0], 500)
        self.assertEqual(value["jirasend_change_failure_ratio"], [0.25])
        self.assertEqual(len(value["jirasend_lead_time_seconds"]), 1)
        self.assertGreaterEqual(value["jirasend_restore_time_seconds"][0], 0)

    def test_the_newest_state_of_each_deployment_counts(self):
        self.send(deployment(1, state="failed"), deployment(2))
        self.assertEqual(self.families()["jirasend_restore_time_seconds"].samples[0].value, 0, "of one moment, in order")
        self.send(*(deployment(number) for number in range(3, 104)))
        self.send(deployment(1))
        self.assertEqual(self.families()["jirasend_change_failure_ratio"].samples[0].value, 0, "however long ago")

    def test_what_was_deleted_does_not_count(self):
        def ratio():
            return [sample.value for sample in self.families()["jirasend_change_failure_ratio"].samples]
        self.send(deployment(1, state="failed"), deployment(2))
        self.assertEqual(ratio(), [0.5])
        self.expect(0, "delete", "deployment", "--pipeline", "team/app", "--number", "1", "--environment", "prod",
                    *self.outbox)
        self.assertEqual(ratio(), [0])
        self.send(deployment(1, state="rolled_back"))
        self.assertEqual(ratio(), [0.5], "told again after it")
        self.send(deployment(3, state="failed"), "--property", "run=7")
        self.expect(0, "delete", "all", "--kind", "deployment", "--property", "run=7", "--yes", *self.outbox)
        self.assertEqual(ratio(), [0.5])

    def test_dead_letters_of_all_lanes(self):
        self.send(event(1), event(2), deployment(1))
        self.assertEqual([sample.value for name in ("waiting", "oldest_waiting_seconds", "held", "dead_letters")
                          for sample in self.families()[f"jirasend_{name}"].samples], [0, 0, 0, 0])
        self.sandbox.faults(path="/builds/", method="POST", status=400, count=9)
        self.sandbox.faults(path="/deployments/", method="POST", status=400, count=9)
        self.expect(65, "send", "-", *self.outbox, stdin="\n".join((event(3), deployment(2))))
        self.assertEqual([sample.value for sample in self.families()["jirasend_dead_letters"].samples], [2])

    def test_of_an_empty_outbox(self):
        os.mkdir(self.outbox[1], 0o700)
        self.assertEqual(set(self.families()), set(FAMILIES))

    def test_counters_never_fall(self):
        self.send(event(1), deployment(2))
        before = {(sample.name, *sorted(sample.labels.items())): sample.value
                  for name in ("jirasend_events", "jirasend_requests", "jirasend_deployments")
                  for sample in self.families()[name].samples}
        self.assertTrue(before)
        self.expect(0, "outbox", "flush", *self.outbox, "--keep", "0")
        after = {(sample.name, *sorted(sample.labels.items())): sample.value
                 for name in ("jirasend_events", "jirasend_requests", "jirasend_deployments")
                 for sample in self.families()[name].samples}
        for name, value in before.items():
            self.assertGreaterEqual(after[name], value, name)

    def deployments(self):
        return {(sample.labels["environment"], sample.labels["state"]): sample.value
                for sample in self.families()["jirasend_deployments"].samples}

    def test_names_of_environments_change_and_nothing_falls(self):
        """The 50 most used have names, at any time; a series that comes back goes on where it was."""
        chance = random.Random(14)
        used, most, number = {}, {}, 0
        for step in range(12):
            for _ in range(chance.randint(5, 60)):
                environment = f"e{min(69, int(chance.expovariate(1 / (10 + 4 * step))))}"
                used[environment] = used.get(environment, 0) + 1
            documents = []
            for environment, times in used.items():
                for _ in range(times - most.get(("sent", environment), 0)):
                    number += 1
                    documents.append(deployment(number, environment))
                most["sent", environment] = times
            self.send(*documents)
            told = self.deployments()
            names = {environment for environment, _ in told} - {"other"}
            self.assertLessEqual(len(names), 50)
            unnamed = max((times for environment, times in used.items() if environment not in names), default=0)
            self.assertLessEqual(unnamed, min(used[environment] for environment in names), "the most used have names")
            self.assertLessEqual(sum(told.values()), number)
            for series, value in told.items():
                self.assertGreaterEqual(value, most.get(series, 0), f"{series} fell")
                most[series] = value
        self.assertGreater(len(used), 50)
        self.assertGreater(told["other", "successful"], 0)
        self.assertEqual(self.deployments(), told, "asking changes nothing")

    def test_an_environment_called_other(self):
        self.send(*(deployment(number, f"e{number}") for number in range(60)),
                  *(deployment(number, "other") for number in range(100, 110)))
        told = self.deployments()
        self.assertEqual((len(told), told["other", "successful"]), (51, 20))

    def samples(self):
        """Names as they stand in queries."""
        names = set()
        for name, (kind, _) in FAMILIES.items():
            names |= {"counter": {f"{name}_total"}, "gauge": {name},
                      "histogram": {f"{name}_bucket", f"{name}_sum", f"{name}_count"}}[kind]
        return names

    def test_the_dashboard_asks_for_what_is_printed(self):
        with open(os.path.join(MONITORING, "grafana.json"), encoding="utf-8") as file:
            board = json.load(file)
        queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
        self.assertTrue(queries)
        for query in queries:
            asked = set(re.findall(r"jirasend_[a-z_]+", query))
            self.assertTrue(asked, query)
            self.assertLessEqual(asked, self.samples(), query)
            for label in re.findall(r"[{,] *([a-z]+)(?:=|!=|=~|!~)", query):
                self.assertIn(label, set().union(*(labels for _, labels in FAMILIES.values())), query)

    def test_the_alerts(self):
        with open(os.path.join(MONITORING, "alerts.yml"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count("- alert:"), 4)
        self.assertLessEqual(set(re.findall(r"jirasend_[a-z_]+", text)), self.samples())

    def promtool(self, *arguments):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("there is no promtool (Debian, Ubuntu: the package prometheus)")
        done = subprocess.run([promtool, *arguments], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_when_there_is_an_alert(self):
        names = ("JirasendEventsWait", "JirasendSiteHeld", "JirasendDeadLetters", "JirasendNothingAccepted")
        tests = []
        for name, (series, alerts) in ALERTS.items():
            tests.append({"name": name, "interval": "1m", "input_series": [
                {"series": of, "values": values} for of, values in series.items()],
                "promql_expr_test": [{
                    "expr": f'count by (alertname) (ALERTS{{alertname="{alert}",alertstate="firing"}})',
                    "eval_time": "2h", "exp_samples": [
                        {"labels": f'{{alertname="{alert}"}}', "value": 1}] if alert in alerts else []}
                    for alert in names]})
        rules = os.path.abspath(os.path.join(MONITORING, "alerts.yml"))
        self.promtool("test", "rules", self.path("test.yml", json.dumps(
            {"rule_files": [rules], "evaluation_interval": "1m", "tests": tests})))

    def test_the_alerts_by_promtool(self):
        out = self.promtool("check", "rules", os.path.join(MONITORING, "alerts.yml"))
        self.assertIn("4 rules found", out)


if __name__ == "__main__":
    unittest.main()
