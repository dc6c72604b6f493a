"""The delivery page: who gets in, what its forms do, and what other pages cannot do."""

import re
import time
import unittest
import urllib.parse

from http_test import certificate
from relay import Relay, build, caller, deployment
from sandbox import Sandbox

OPS = "token-of-ops"


class PageTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = Sandbox("--known-keys", "APP-*")
        self.addCleanup(self.sandbox.stop)
        self.relay = Relay(self.sandbox, callers=[caller(), caller("ops", OPS, pipelines=None, admin=True)])
        self.addCleanup(self.relay.close)

    def form(self, path, origin="own", cookie=None, kind="application/x-www-form-urlencoded", **fields):
        headers = {"Content-Type": kind}
        if origin:
            headers["Origin"] = self.relay.url if origin == "own" else origin
        if cookie:
            headers["Cookie"] = cookie
        return self.relay.request("POST", path, urllib.parse.urlencode(fields), headers, token=None)

    def log_in(self, **options):
        answer = self.form("/page/login", token=OPS, **options)
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "../"))
        return answer.headers["Set-Cookie"].split(";")[0]

    def page(self, cookie=None):
        return self.relay.get("/", token=None, headers={"Cookie": cookie} if cookie else {})

    def csrf(self, cookie):
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.page(cookie).body.decode())[1]

    def test_log_in_and_out(self):
        self.assertIn('type="password"', self.page().body.decode())
        answer = self.form("/page/login", token=OPS)
        flags = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"):
            self.assertIn(word, flags)
        cookie = flags.split(";")[0]
        self.assertNotIn(OPS, flags)
        self.assertIn("What waits", self.page(cookie).body.decode())
        answer = self.form("/page/logout", cookie=cookie, csrf=self.csrf(cookie))
        self.assertEqual(answer.status, 303)
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        self.assertIn('type="password"', self.page(cookie).body.decode(), "also for who kept the cookie")

    def test_headers(self):
        for answer in (self.page(), self.page(self.log_in()), self.relay.get("/page/base.css", token=None)):
            policy = answer.headers["Content-Security-Policy"]
            for word in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'",
                         "form-action 'self'"):
                self.assertIn(word, policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertEqual(answer.headers["Referrer-Policy"], "same-origin")
        body = self.page(self.log_in()).body.decode()
        self.assertEqual(re.findall(r"<script[^>]*>[^<]*</script>", body),
                         ['<script type="module" src="page/page.js"></script>'], "no inline script")
        self.assertNotRegex(body, r"<style|\sstyle=|\son[a-z]+=")
        self.assertNotIn("<script", self.page().body.decode())
        self.assertNotRegex(body, r'(?:href|src|action)="https?:')
        self.assertEqual(self.relay.get("/page/openapi.json", token=None).status, 404)

    def test_who_gets_in(self):
        for token in ("wrong", self.relay.token, ""):
            answer = self.form("/page/login", token=token)
            self.assertEqual(answer.status, 401, token)
            self.assertIn('action="../page/login"', answer.body.decode(), "it is shown below page/")
        self.assertEqual(self.form("/page/login", token=OPS, origin=None).status, 403)
        self.assertEqual(self.form("/page/login", token=OPS, origin="https://evil.example.com").status, 403)
        self.assertEqual(self.form("/page/login", token=OPS, origin="null").status, 403)
        self.assertEqual(self.form("/page/login", token=OPS, kind="text/plain").status, 415)
        cookie = self.log_in()
        for wrong in (cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), cookie.replace("ops", "payments"),
                      "jirasend-relay=", "jirasend-relay=a~b~c", cookie + "0"):
            self.assertIn('type="password"', self.page(wrong).body.decode())

    def test_guessing(self):
        seen = [self.form("/page/login", token=f"guess{n}").status for n in range(14)]
        self.assertEqual(seen, [401] * 10 + [429] * 4)
        self.assertEqual(self.form("/page/login", token=OPS).status, 303)

    def test_session_ends_with_its_credential_and_survives_a_restart(self):
        cookie = self.log_in()
        self.relay.restart()
        self.assertIn("What waits", self.page(cookie).body.decode())
        self.relay.write(callers=[caller(), caller("ops", "another", pipelines=None, admin=True)])
        self.relay.reload()
        self.assertIn('type="password"', self.page(cookie).body.decode())

    def test_forms(self):
        self.sandbox.faults({"path": "/builds", "status": 400, "body": {"errors": [{"message": "<b>no</b>"}]}})
        ids = [line["id"] for line in self.relay.post(build(1), build(2, pipelineId="payments/<i>"),
                                                      query="?wait=20").lines()]
        cookie = self.log_in()
        csrf = self.csrf(cookie)
        body = self.page(cookie).body.decode()
        self.assertNotIn("<i>", body)
        self.assertEqual(self.form("/page/drop", cookie=cookie, csrf="0" * 64, id=ids[0]).status, 403)
        self.assertEqual(self.form("/page/drop", csrf=csrf, id=ids[0]).status, 403)
        self.assertEqual(self.form("/page/drop", cookie=cookie, csrf=csrf, id=ids[0],
                                   origin="https://x").status, 403)
        self.sandbox.clear_faults()
        self.assertEqual(self.form("/page/drop", cookie=cookie, csrf=csrf, id=ids[0]).status, 303)
        self.assertEqual(self.form("/page/retry", cookie=cookie, csrf=csrf, id=ids[1]).status, 303)
        self.assertEqual(self.form("/page/retry-site", cookie=cookie, csrf=csrf,
                                   id=self.relay.site).status, 303)
        self.assertEqual(self.form("/page/retry", cookie=cookie, csrf=csrf, id="x").status, 303)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.relay.get(f"/v1/receipts/{ids[1]}").json()["status"] == "accepted":
                return
            time.sleep(0.2)
        self.fail(f"the event was not sent again: {self.page(cookie).body.decode()}")

    def test_what_jira_says_ends_before_we_go_on(self):
        self.sandbox.faults({"path": "/builds", "status": 403, "body": {"message": "No"}})
        self.relay.post(build(1), query="?wait=20")
        body = re.sub(r"<[^>]*>", "", self.page(self.log_in()).body.decode())
        self.assertRegex(body, r"It says: \w[^.]*\. It is tried again in \d+ min\. Once that is fixed")

    def view(self, query, cookie):
        return self.relay.get("/?" + query, token=None, headers={"Cookie": cookie})

    def test_pause(self):
        """It stands in the outbox: over restarts, until somebody ends it."""
        cookie = self.log_in()
        csrf = self.csrf(cookie)
        self.assertEqual(self.form("/page/pause", cookie=cookie, csrf=csrf).status, 303)
        id = self.relay.post(build(1)).lines()[0]["id"]
        self.relay.restart()
        self.assertIn("Sending is paused", self.page(cookie).body.decode())
        self.assertEqual(self.relay.get("/readyz", token=None).status, 200)
        began = time.monotonic()
        answer = self.relay.get(f"/v1/receipts/{id}?wait=20").json()
        self.assertLess(time.monotonic() - began, 10, "it cannot be settled in that time")
        self.assertEqual((answer["status"], answer["message"]),
                         ("queued", "Sending is paused; the event is kept."))
        self.assertEqual(self.sandbox.items(), [])
        self.assertEqual(self.form("/page/retry-site", cookie=cookie, csrf=csrf, id=self.relay.site).status, 303)
        time.sleep(0.5)
        self.assertEqual(self.sandbox.items(), [], "trying again ends no pause")
        self.assertEqual(self.form("/page/resume", cookie=cookie, csrf=csrf).status, 303)
        self.assertEqual(self.relay.get(f"/v1/receipts/{id}?wait=20").json()["status"], "accepted")
        self.assertNotIn("Sending is paused", self.page(cookie).body.decode())

    def test_the_day_outlives_a_restart(self):
        """What was settled, by the half-hour: of the counters, kept in the outbox."""
        def settled():
            return re.search(r"Events settled: (\d+) in all", self.page(cookie).body.decode())[1]
        time.sleep(1.5)  # the first look
        self.relay.post(*[build(number) for number in range(20)], query="?wait=20")
        self.relay.restart()
        cookie = self.log_in()
        end = time.monotonic() + 20
        while settled() != "20" and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(settled(), "20")

    def test_history(self):
        self.relay.post(build(7, issueKeys=["APP-7"], pipelineId="payments/<b>"), build(8, issueKeys=["APP-8"]),
                        deployment(8, issueKeys=["APP-8"]), query="?wait=20")
        cookie = self.log_in()
        body = self.view("view=history", cookie).body.decode()
        self.assertIn("payments/&lt;b&gt; #7", body)
        self.assertIn("accepted", body)
        body = self.view("view=history&key=app-8&kind=deployment&environment=prod-eu", cookie).body.decode()
        self.assertIn("payments/app #8", body)
        self.assertNotIn("#7", body)
        self.assertIn("is not an issue key", self.view("view=history&key=nonsense", cookie).body.decode())
        self.assertIn("No event matches", self.view("view=history&status=held", cookie).body.decode())
        body = self.view("view=explain&key=APP-7", cookie).body.decode()
        self.assertIn("given", body)
        self.assertIn("#7", body)
        self.assertIn(">APP-8</a>", self.view("view=diff&from=prod-eu&to=prod-eu", cookie).body.decode()
                      + self.view("view=history", cookie).body.decode())
        self.assertEqual(self.view("view=nothing", cookie).status, 404)
        self.assertEqual(self.view("nothing=1", cookie).status, 400)
        self.assertEqual(self.view("view=event&id=99", cookie).status, 404)
        self.assertIn("Event 1", self.view("view=event&id=1", cookie).body.decode())
        for query in ("view=history", "view=event&id=1", "view=explain&key=APP-7"):
            self.assertIn('type="password"', self.relay.get("/?" + query, token=None).body.decode(), query)

    def test_a_dead_letter_shows_its_document(self):
        self.sandbox.faults({"path": "/builds", "status": 400, "body": {"errors": [{"message": "no"}]}})
        id = self.relay.post(build(1, description="<script>alert(1)</script>"), query="?wait=20").lines()[0]["id"]
        cookie = self.log_in()
        for body in (self.page(cookie).body.decode(), self.view(f"view=event&id={id}", cookie).body.decode()):
            self.assertIn("&quot;description&quot;: &quot;&lt;script&gt;alert(1)", body.replace("&quot;:&quot;", "&quot;: &quot;"))
            self.assertNotIn("<script>alert", body)


class CertificateTest(unittest.TestCase):
    """Over TLS, for an admin with a certificate."""

    def test_log_in_with_a_certificate(self):
        with Sandbox() as sandbox, Relay(sandbox, start=False) as relay:
            ca = certificate(relay.folder, "ca", "/CN=test root")
            own = certificate(relay.folder, "own", "/CN=relay", ca)
            ops = certificate(relay.folder, "ops", "/CN=ops", ca, "clientAuth")
            other = certificate(relay.folder, "other", "/CN=other", ca, "clientAuth")
            relay.write(tls={"certificate": own[0], "key": own[1], "clientCa": ca[0], "ca": ca[0]},
                        callers=[caller(), {"name": "ops", "certificate": "CN=ops", "admin": True}])
            relay.start()

            def log_in(shown):
                return relay.request("POST", "/page/login", "token=", {
                    "Origin": relay.url, "Content-Type": "application/x-www-form-urlencoded"}, token=None,
                    certificate=shown)
            page = relay.get("/", token=None, certificate=ops).body.decode()
            self.assertIn('type="password"', page, "the certificate alone is no session")
            for shown in (None, other):
                self.assertEqual(log_in(shown).status, 401)
            answer = log_in(ops)
            self.assertEqual(answer.status, 303, answer.body)
            flags = answer.headers["Set-Cookie"]
            self.assertTrue(flags.endswith("; Secure"), flags)
            body = relay.get("/", token=None, headers={"Cookie": flags.split(";")[0]}).body.decode()
            self.assertIn("What waits", body)


if __name__ == "__main__":
    unittest.main()
