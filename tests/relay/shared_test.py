"""Two relays on one outbox on PostgreSQL are interchangeable: sessions, pause, receipts, webhooks, metrics."""

import concurrent.futures
import os
import re
import subprocess
import time
import unittest
import urllib.parse

import hooks
from hooks import changed, signed
from postgres import Postgres, need, wait_for
from relay import Relay, build, caller
from sandbox import Sandbox


class SharedTest(unittest.TestCase):
    def setUp(self):
        need()
        self.server = server = Postgres()
        self.addCleanup(server.close)
        server.database("outbox", "owner")
        url, password = server.url("outbox", "owner"), server.password_file("owner")
        subprocess.run([os.environ["JIRASEND_CLI"], "outbox", "migrate", "--outbox", url, "--outbox-password-file",
                        str(password)], check=True, capture_output=True)
        self.sandbox = sandbox = Sandbox()
        self.addCleanup(sandbox.stop)
        with open(password, encoding="utf-8") as file:
            secret = file.read()
        self.relays = []
        for _ in range(2):
            relay = Relay(sandbox, start=False)
            self.addCleanup(relay.close)
            relay.write(outbox=url, outboxPasswordFile=relay.path("password", secret),
                        callers=[caller(metrics=True), caller("ops", "ops", pipelines=None, admin=True)],
                        hooks=[{"name": "github", "type": "github", "site": sandbox.url, "repositories": ["shop/*"],
                                "secretFile": relay.path("hook", hooks.SECRET)}])
            relay.start()
            self.relays.append(relay)

    def form(self, relay, path, cookie=None, **fields):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": relay.url}
        if cookie:
            headers["Cookie"] = cookie
        return relay.request("POST", path, urllib.parse.urlencode(fields), headers, token=None)

    def hook(self, relay, payload, delivery):
        body, headers = signed("github", "pull_request", payload, delivery=delivery)
        return relay.request("POST", "/v1/hooks/github", body, headers, token=None).json()

    def counters(self, relay):
        return [line for line in relay.get("/metrics").body.decode().splitlines()
                if line.startswith(("jirasend_relay", 'jirasend_events_total{kind="build"'))]  # the rest is on its way

    @staticmethod
    def receipt(relay, id):
        """Waits for it. Whoever comes while the database is away already is told to come again, and does."""
        end = time.monotonic() + 60
        while True:
            answer = relay.get(f"/v1/receipts/{id}?wait=60")
            if answer.status != 503 or time.monotonic() > end:
                return answer.json()
            time.sleep(0.5)

    def test_one_is_as_good_as_the_other(self):
        one, other = self.relays
        line = one.post(build(1, requestId="mine"), query="?wait=30").lines()[0]
        self.assertEqual(line["status"], "accepted")
        self.assertEqual(other.get(f"/v1/receipts/{line['id']}").json()["status"], "accepted")
        self.assertEqual(other.post(build(1, requestId="mine")).lines()[0]["id"], line["id"])
        cookie = self.form(one, "/page/login", token="ops").headers["Set-Cookie"].split(";")[0]
        page = other.get("/", token=None, headers={"Cookie": cookie}).body.decode()
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page)[1]
        for number in range(2, 7):
            self.assertEqual(self.form(one, "/page/pause", cookie, csrf=csrf).status, 303)
            id = other.post(build(number)).lines()[0]["id"]
            self.assertEqual(other.get(f"/v1/receipts/{id}?wait=60").json()["message"],
                             "Sending is paused; the event is kept.")
            self.assertEqual(self.form(other, "/page/resume", cookie, csrf=csrf).status, 303)
            self.assertEqual(one.get(f"/v1/receipts/{id}?wait=30").json()["status"], "accepted")
        for number in range(7, 27):  # whoever of the two delivers it, and however soon the other hears of it
            id = other.post(build(number)).lines()[0]["id"]
            self.assertEqual(one.get(f"/v1/receipts/{id}?wait=30").json()["status"], "accepted")
        request = changed(hooks.GITHUB_PULL_REQUEST, pull_request__updated_at="2026-11-21T12:00:00Z")
        self.assertEqual(self.hook(one, request, "1")["events"], 1)
        late = changed(request, pull_request__updated_at="2026-11-21T11:00:00Z")
        self.assertEqual(self.hook(other, late, "2")["events"], 0)
        self.hook(one, {"zen": "x"}, "3")
        counted = self.counters(one)
        self.assertEqual(counted, self.counters(other))
        self.assertIn("jirasend_relay_hooks_without_news_total 1", counted)

    def test_the_database_goes_and_comes_back(self):
        """Nobody takes an event meanwhile, which the balancer sees; whoever waits for a receipt gets it afterwards."""
        one, other = self.relays
        self.sandbox.faults({"path": "/bulk", "status": 429, "count": 1, "headers": {"Retry-After": "15"}})
        id = one.post(build(1, requestId="mine")).lines()[0]["id"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waited_for = pool.submit(self.receipt, other, id)
            time.sleep(1)  # mostly it waits by then
            self.server.stop()
            for relay in self.relays:
                wait_for(lambda relay=relay: relay.get("/readyz", token=None).status == 503, "the end of readiness")
            self.assertEqual(one.post(build(2, requestId="other")).status, 503)
            self.server.start()
            self.assertEqual(waited_for.result()["status"], "accepted")
        for relay in self.relays:
            wait_for(lambda relay=relay: relay.get("/readyz", token=None).status == 200, "readiness")
        line = other.post(build(2, requestId="other"), query="?wait=60").lines()[0]
        self.assertEqual(line["status"], "accepted")
        self.assertEqual(one.get(f"/v1/receipts/{line['id']}").json()["requestId"], "other")


if __name__ == "__main__":
    unittest.main()
