"""A canary: a secret and a token that would be noticed in every form, looked for everywhere."""

import base64
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse

from cli_support import CLIENT_ID, TinyServer, event
from fault_support import KEYED, FaultTest, deployment, main
from scripted_jira import CLOSE, ScriptedJira, answer, bulk_body
from ways_certificates import Certificates

SECRET = 'Canary/secr3t+with "quotes" 100%~Ω'
TOKEN = "canary-token/that+is=quoted~9"


def forms(text):
    """How a text may be written down: plain, in JSON, percent-encoded, in base64 at any offset."""
    raw = text.encode()
    found = {raw, json.dumps(text)[1:-1].encode(), json.dumps(text, ensure_ascii=False)[1:-1].encode(),
             urllib.parse.quote(text, safe="").encode(), urllib.parse.quote_plus(text).encode(),
             urllib.parse.quote(text).encode(), raw.hex().encode()}
    for offset in range(3):
        coded = base64.b64encode(b"x" * offset + raw)
        # without what depends on what stands before and after
        found.add(coded[4 if offset else 0:len(coded) // 4 * 4 - 4])
        found.add(base64.urlsafe_b64encode(b"x" * offset + raw)[4 if offset else 0:-4])
    found.add(base64.b64encode(f"{CLIENT_ID}:{text}".encode()))
    return sorted(found)


FORMS = forms(SECRET) + forms(TOKEN)


class SecretTest(FaultTest):
    def setUp(self):
        super().setUp()
        self.jira.token = TOKEN

    def environment(self, **variables):
        return super().environment(**{"JIRASEND_CLIENT_SECRET": SECRET, **variables})

    def clean(self, data, where):
        data = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        for form in FORMS:
            self.assertNotIn(form, data, where)

    def run_cli(self, *arguments, **options):
        done = super().run_cli(*arguments, **options)
        self.clean(done.out, f"stdout of {arguments}")
        self.clean(done.err, f"stderr of {arguments}")
        return done

    def clean_folder(self):
        seen = 0
        for folder, _, files in os.walk(self.box):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read()
                seen += len(data)
                self.clean(data, name)
        self.assertGreater(seen, 4096)

    def tell(self, request):
        """A Jira, or something on the way, that repeats what it was sent."""
        return " ".join([request.headers.get("authorization", "none"), SECRET, request.body.decode()])


class TheTestItself(SecretTest):
    def test_it_finds_what_it_looks_for(self):
        for text in (SECRET, TOKEN):
            for before in ("", "a", "ab", "id:"):
                raw = (before + text + "!").encode()
                for data in (raw, base64.b64encode(raw), base64.urlsafe_b64encode(raw),
                             urllib.parse.quote(raw, safe="").encode(), json.dumps(text).encode()):
                    self.assertTrue(any(form in data for form in FORMS), data)


class CommandLine(SecretTest):
    def every_verb(self):
        box = ("--outbox", self.box)
        path = self.path("events", event(7) + "\n" + deployment(8) + "\n{bad\n")
        gate = ("--pipeline", "p", "--number", "7", "--environment", "prod")
        for arguments in ([*KEYED], [*KEYED, "--json"], [*KEYED, *box, "--number", "43"],
                          ["send", path, *box, "--json"], ["check"], ["check", "--json"],
                          ["gate", *gate], ["gate", *gate, "--json"], [*KEYED, "--dry-run"],
                          ["outbox", "list", *box, "--json"], ["outbox", "show", "1", *box],
                          ["outbox", "retry", *box], ["outbox", "flush", *box, "--json"],
                          ["outbox", "drop", "1", *box], ["keys"], ["nonsense"], ["--version"]):
            wait = ["--wait", "0.2"] if arguments[0] in ("build", "send", "check", "gate") or \
                "flush" in arguments else []
            self.run_cli(*arguments, *wait)
        self.clean_folder()

    def echo(self, status, shape):
        def say(connection, request):
            connection.sendall(answer(status, json.dumps(shape(self.tell(request)))))
        return say

    def test_all_is_well(self):
        self.every_verb()
        self.assertIn("Bearer " + TOKEN, str([r.headers for r in self.bulks()]))
        self.assertIn(SECRET, self.jira.asked("/oauth/token")[0].json()["client_secret"])

    def test_a_token_that_is_refused_with_an_echo(self):
        for status in (401, 500):
            self.jira.clear()
            self.jira.script("/oauth/token", self.echo(status, lambda t: {"error_description": t}))
            self.every_verb()

    def test_every_answer_is_an_echo(self):
        for status in (400, 401, 403, 429):
            self.jira.clear()
            self.jira.script("/jira/", self.echo(status, lambda t: [{"message": t}]))
            self.every_verb()

    def test_the_site_is_an_echo(self):
        for status in (403, 503):
            self.jira.clear()
            self.jira.script("/_edge", self.echo(status, lambda t: {"errorMessages": [t]}))
            self.every_verb()

    def test_items_are_an_echo(self):
        def say(connection, request):
            body = json.loads(bulk_body(request, rejected=[7, 8, 42, 43]))
            for part in body.values():
                for item in part:
                    if isinstance(item, dict) and "errors" in item:
                        item["errors"][0]["message"] = self.tell(request)
            body["unknownIssueKeys"] = [self.tell(request)]
            connection.sendall(answer(202, json.dumps(body)))
        self.jira.script("/bulk", say)
        self.every_verb()

    def test_redirects_and_nonsense(self):
        for said in (answer(302, "", [("Location", f"https://x.test/?s={SECRET}")]),
                     answer(200, SECRET), answer(202, "{" + json.dumps(TOKEN)),
                     b"HTTP/1.1 " + TOKEN.encode() + b"\r\n\r\n", TOKEN.encode() + b"\r\n\r\n"):
            self.jira.clear()
            self.jira.script("/", said)
            self.every_verb()

    def test_a_process_that_is_killed(self):
        """The journal beside the database is not clean-shut: it is looked through as it lies there."""
        self.jira.script("/bulk", lambda *_: time.sleep(20) or CLOSE)
        process = self.start(*KEYED, "--outbox", self.box, "--wait", "30")
        while not self.bulks():
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            self.clean(file.read(), "arguments")
        with open(f"/proc/{process.pid}/environ", "rb") as file:
            self.clean(file.read(), "environment")
        children = []
        for task in os.listdir(f"/proc/{process.pid}/task"):
            with open(f"/proc/{process.pid}/task/{task}/children", encoding="ascii") as file:
                children += file.read().split()
        self.assertEqual(children, [], "it starts no programs")
        process.kill()
        out, err = process.communicate()
        self.clean(out + err, "output")
        self.clean_folder()

    def test_secret_files(self):
        path = self.path("secret", SECRET)
        env = {"JIRASEND_CLIENT_SECRET": None}
        self.expect(0, *KEYED, "--secret-file", path, env=env)
        self.expect(0, *KEYED, "--secret-file", "-", stdin=SECRET, env=env)
        self.expect(64, *KEYED, "--secret-file", "-", stdin=SECRET + "\nmore", env=env)
        self.expect(64, *KEYED, env={"JIRASEND_CLIENT_SECRET": SECRET + "\x01"})
        self.expect(64, *KEYED, SECRET.replace("Canary", "--"))
        os.chmod(path, 0o644)
        self.run_cli(*KEYED, "--secret-file", path, env=env)


class HostileEnvironment(SecretTest):
    """Files and variables that other programs with the same libraries would listen to."""

    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.folder)
        self.jira.stop()
        self.jira = ScriptedJira(context=self.certificates.make("good"))
        self.jira.token = TOKEN
        self.addCleanup(self.jira.stop)
        self.trap = TinyServer(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        self.addCleanup(self.trap.stop)

    def unmoved(self, **env):
        """The same request as without the variable, to the same place, nothing written."""
        before = set(os.listdir(self.folder))
        self.jira.clear()
        self.expect(0, *KEYED, "--ca-file", self.certificates.ca, env=env)
        self.assertEqual(set(os.listdir(self.folder)) - before - {".cache"}, set())
        self.assertEqual(self.trap.asked, [])
        bulk = self.bulks()[0]
        self.assertEqual(bulk.headers["authorization"], "Bearer " + TOKEN)
        self.assertEqual(set(bulk.headers), {"host", "user-agent", "accept", "content-type",
                                             "content-length", "authorization"})
        self.assertNotIn("authorization", self.jira.asked("/oauth/token")[0].headers)

    def test_key_log(self):
        self.unmoved(SSLKEYLOGFILE=self.path("keys.log"))

    def test_files_of_curl(self):
        host = "127.0.0.1"
        self.path(".netrc", f"machine {host} login other password other\ndefault login x password y\n")
        self.path(".curlrc", f'proxy = "{self.trap.url}"\nheader = "X-Trap: 1"\ninsecure\n')
        for name in ("HOME", "CURL_HOME", "XDG_CONFIG_HOME"):
            self.unmoved(**{name: self.folder})
        self.unmoved(NETRC=self.path(".netrc"), CURL_SSL_BACKEND="gnutls",
                     CURL_CA_BUNDLE="/dev/null", REQUESTS_CA_BUNDLE="/dev/null")

    def test_configuration_of_openssl(self):
        """One that leaves OpenSSL no algorithm, and one that would log where it is read."""
        nothing = self.path("openssl.cnf", "openssl_conf = all\n[all]\nproviders = some\n"
                            "ssl_conf = tls\n[some]\nnull = none\n[none]\nactivate = 1\n"
                            "[tls]\nsystem_default = least\n[least]\nMinProtocol = TLSv1.3\n"
                            "MaxProtocol = TLSv1.2\n")
        done = subprocess.run(["openssl", "dgst", "-sha256", nothing], capture_output=True,
                              env={**self.environment(), "OPENSSL_CONF": nothing}, check=False)
        self.assertNotEqual(done.returncode, 0, "the trap has teeth")
        self.unmoved(OPENSSL_CONF=nothing)
        self.unmoved(OPENSSL_MODULES=self.folder, OPENSSL_ENGINES=self.folder)


class Memory(SecretTest):
    """A program that lives on after it closed its client: what a core dump of it would hold."""

    def canary(self, **env):
        needles = [SECRET.encode(), json.dumps(SECRET)[1:-1].encode(), TOKEN.encode(),
                   json.dumps(SECRET, ensure_ascii=False)[1:-1].encode(), b"to-be-found-in-memory"]
        veiled = [bytes(byte ^ 0x5A for byte in needle).hex() for needle in needles]
        done = subprocess.run([self.helper("CANARY"), *veiled],
                              input=SECRET.encode(), capture_output=True, timeout=60, check=True,
                              env=self.environment(JIRASEND_CLIENT_SECRET=None,
                                                   TEST_CONTROL="to-be-found-in-memory", **env))
        self.clean(done.stdout + done.stderr, "log lines, receipts and errors")
        text = done.stdout.decode()
        left = re.findall(r"^left: needle (\d).*$", text, re.MULTILINE)
        self.assertIn("4", left, "what stands in the environment is found")
        return text, [number for number in left if number != "4"]

    def test_all_is_well(self):
        text, left = self.canary()
        self.assertIn('"status":"accepted"', text)
        self.assertIn("log ", text)
        self.assertEqual(left, [], text)

    def test_refused(self):
        for part, status in (("/oauth/token", 401), ("/oauth/token", 503), ("/bulk", 401),
                             ("/bulk", 500), ("/jira", 403)):
            self.jira.clear()

            def say(connection, request, status=status):
                connection.sendall(answer(status, json.dumps({"message": self.tell(request)})))
            self.jira.script(part, say)
            text, left = self.canary()
            self.assertNotIn('"accepted"', text)
            self.assertEqual(left, [], text)


if __name__ == "__main__":
    main()
