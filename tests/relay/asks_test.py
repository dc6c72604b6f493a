"""What the relay is asked: gates, metrics, its own description, health."""

import os
import subprocess
import tempfile
import threading
import time
import unittest

from relay import Relay, build, caller, deployment
from sandbox import Sandbox

GATE = "/v1/gates?pipelineId=payments/app&environmentId=prod-eu&number=7"


class AsksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.relay = Relay(cls.sandbox, callers=[
            caller(), caller("other", "other", pipelines=["other/**"]),
            caller("dev", "dev", environments=["dev"]),
            caller("scraper", "scraper", pipelines=None, metrics=True),
            caller("ops", "ops", pipelines=None, admin=True)])

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.sandbox.stop()

    def asked(self):
        return len(self.sandbox.log("gating-status"))

    def test_gate(self):
        gate = self.relay.get(GATE.replace("number=7", "number=900"))
        self.assertEqual((gate.status, gate.json()["status"]), (200, "unknown"))
        document = deployment(7, environment="prod-eu", state="pending", gate=True)
        self.assertEqual(self.relay.post(document, query="?wait=20").lines()[0]["status"], "accepted")
        self.assertEqual(self.relay.get(GATE).json()["status"], "awaiting")
        before = self.asked()
        began = time.monotonic()
        answers = []

        def wait():
            answers.append(self.relay.get(GATE + "&wait=20").json()["status"])
        threads = [threading.Thread(target=wait) for _ in range(20)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        pipeline = self.sandbox.items("deployments")[-1]["pipeline"]["id"]
        self.sandbox.gate(pipeline, "prod-eu", 7, "allowed")
        for thread in threads:
            thread.join()
        self.assertEqual(answers, ["allowed"] * 20)
        self.assertLess(time.monotonic() - began, 12)
        self.assertLessEqual(self.asked() - before, 3, "once for all who wait")

    def test_gates_that_nobody_waits_for_any_more(self):
        """Jira hangs, and one caller asks for a hundred gates and goes: neither others nor a reload wait for them."""
        with Sandbox() as sandbox, Relay(sandbox) as relay:
            sandbox.faults({"path": "gating-status", "delayMs": 4000, "count": 1000})
            relay.get(GATE + "&wait=1")
            left = [relay.connect() for _ in range(80)]
            for number, connection in enumerate(left):
                connection.request("GET", GATE.replace("number=7", f"number={1000 + number}") + "&wait=30",
                                   headers={"Authorization": f"Bearer {relay.token}"})
            time.sleep(0.5)
            for connection in left:
                connection.close()
            began = time.monotonic()
            self.assertIn("in force", relay.reload())
            self.assertLess(time.monotonic() - began, 3)
            sandbox.faults()
            self.assertEqual(relay.get(GATE + "&wait=1").status, 200)
            self.assertLess(time.monotonic() - began, 12)

    def test_gate_rules(self):
        for token, words in (("other", "pipelineId"), ("dev", "environment"), ("ops", "sending")):
            answer = self.relay.get(GATE, token=token)
            self.assertEqual(answer.status, 403)
            self.assertIn(f"rule '{token}'", answer.detail())
            self.assertIn(words, answer.detail())
        self.assertEqual(self.relay.get(GATE + "&site=evil.example.com").status, 403)
        for path in ("/v1/gates", "/v1/gates?pipelineId=a", GATE.replace("number=7", "number=x"),
                     GATE + "&x=1"):
            self.assertEqual(self.relay.get(path).status, 400, path)

    def test_gate_while_jira_is_away(self):
        relay = Relay("http://127.0.0.1:9")
        self.addCleanup(relay.close)
        answer = relay.get(GATE)
        self.assertEqual(answer.status, 503)
        self.assertIn("Retry-After", answer.headers)

    def test_metrics(self):
        self.assertEqual(self.relay.get("/metrics").status, 403)
        self.assertEqual(self.relay.get("/metrics", token=None).status, 401)
        self.relay.post(build(61), query="?wait=20")
        for token in ("scraper", "ops"):
            answer = self.relay.get("/metrics", token=token)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.headers["Content-Type"].startswith("application/openmetrics-text"))
            text = answer.body.decode()
            self.assertTrue(text.endswith("# EOF\n"))
            self.assertIn(f'jirasend_waiting{{site="{self.relay.site}"}} ', text)
            self.assertIn(f'jirasend_events_total{{kind="build",site="{self.relay.site}",status="accepted"}} ', text)
            self.assertEqual(text.count("# EOF"), 1)
        self.assertEqual(self.relay.post(build(), token="scraper").status, 403)

    def test_description(self):
        answer = self.relay.get("/v1/openapi.json", token=None)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        described = answer.json()
        self.assertEqual(described["openapi"], "3.1.0")
        # Every path that is described is there, with its methods; nothing else is.
        for path, methods in described["paths"].items():
            real = path.replace("{id}", "1").replace("{name}", "x")
            allowed = self.relay.request("PATCH", real).headers["Allow"].replace(", HEAD", "")
            self.assertEqual({name.upper() for name in methods}, set(allowed.split(", ")), path)

    def members(self, name):
        return self.relay.get("/v1/openapi.json").json()["components"]["schemas"][name]["properties"]

    def test_description_fits_the_answers(self):
        self.assertLessEqual(set(self.relay.get("/v1/whoami").json()), set(self.members("Caller")))
        self.assertEqual(set(self.relay.get("/nothing").json()) | {"errors"}, set(self.members("Problem")))
        line = self.relay.post(build(), {"kind": "x"}).lines()[1]
        self.assertEqual(set(line), set(self.members("RefusedLine")))
        gate = self.relay.get(GATE.replace("number=7", "number=901")).json()
        self.assertLessEqual(set(gate), set(self.members("Gate")))


class ReadyTest(unittest.TestCase):
    def test_ready_though_jira_is_away(self):
        relay = Relay("http://127.0.0.1:9")
        self.addCleanup(relay.close)
        self.assertEqual(relay.post(build()).status, 200)
        self.assertEqual(relay.get("/readyz", token=None).status, 200)
        lines = relay.log()
        self.assertFalse([line for line in lines if line.get("path") == "/readyz"], "not logged")

    def test_full_disk(self):
        """503 for events, and /readyz says why without a path; afterwards all is well again."""
        place = tempfile.mkdtemp(prefix="jirasend-full-")
        self.addCleanup(os.rmdir, place)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place],
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest("mounting a small disk takes root")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        relay = Relay("http://127.0.0.1:9", outbox=os.path.join(place, "outbox"))
        self.addCleanup(relay.close)
        self.assertEqual(relay.post(build()).status, 200)
        filler = os.open(os.path.join(place, "filler"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            while True:
                os.write(filler, b"x" * 4096)
        except OSError:
            os.close(filler)
        for number in range(400):
            answer = relay.post(*[build(number, pipelineId=f"payments/{number}-{part}",
                                        description="x" * 250) for part in range(50)])
            if answer.status != 200:
                break
        self.assertEqual(answer.status, 503, answer.body)
        self.assertIn("Retry-After", answer.headers)
        ready = relay.get("/readyz", token=None)
        self.assertEqual(ready.status, 503)
        self.assertIn("disk", ready.detail())
        self.assertNotIn(place, ready.detail())
        time.sleep(12)  # nobody posts to a relay that is not ready: it is not ready by itself
        self.assertEqual(relay.get("/readyz", token=None).status, 503)
        os.unlink(os.path.join(place, "filler"))
        end = time.monotonic() + 20
        while relay.get("/readyz", token=None).status != 200 and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(relay.get("/readyz", token=None).status, 200)
        self.assertEqual(relay.post(build(1000)).status, 200)

    def test_restart_with_a_backlog(self):
        relay = Relay("http://127.0.0.1:9")
        self.addCleanup(relay.close)
        for start in range(0, 20000, 5000):
            documents = [build(n, pipelineId=f"payments/{n}") for n in range(start, start + 5000)]
            self.assertEqual(relay.post(*documents).status, 200)
        relay.stop()
        began = time.monotonic()
        relay.start()
        self.assertEqual(relay.get("/readyz").status, 200)
        self.assertLess(time.monotonic() - began, 1.5)


if __name__ == "__main__":
    unittest.main()
