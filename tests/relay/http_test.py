"""HTTP to the letter: heads, bodies, connections, TLS. Everything is sent by hand."""

import json
import os
import resource
import socket
import ssl
import subprocess
import time
import unittest

from relay import TOKEN, Relay, build, caller, read_all, status_of
from sandbox import Sandbox

AUTH = f"Authorization: Bearer {TOKEN}\r\n"
HEAD = "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + AUTH
DOCUMENT = json.dumps(build()).encode()


class HttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.relay = Relay(cls.sandbox, limits={"connections": 1000, "perAddress": 500,
                                               "bodies": 40 * 1024 * 1024})

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.sandbox.stop()

    def raw(self, head, body=b"", **options):
        return self.relay.raw(head.encode("latin-1") + b"\r\n" + body, **options)

    def status(self, head, body=b"", **options):
        return status_of(self.raw(head + "Connection: close\r\n", body, **options))

    def test_table(self):
        ask = self.relay.get
        self.assertEqual(ask("/healthz", token=None).body, b"ok\n")
        self.assertEqual(ask("/readyz", token=None).status, 200)
        self.assertEqual(ask("/nothing").status, 404)
        self.assertEqual(ask("/v1/events/").status, 404)
        self.assertEqual(ask("/v1/receipts/").status, 404)
        self.assertEqual(ask("/v1/receipts/%00").status, 404)
        answer = self.relay.request("DELETE", "/v1/whoami")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(ask("/v1/events").headers["Allow"], "POST")
        for path in ("/v1/whoami?x=1", "/healthz?x", "/v1/receipts/1?wait=61", "/v1/receipts/1?wait=-1",
                     "/v1/receipts/1?wait=", "/v1/receipts/1?wait=1&wait=2", "/v1/receipts/1?wait=%zz"):
            self.assertEqual(ask(path).status, 400, path)
        self.assertEqual(self.relay.request("HEAD", "/v1/whoami").status, 200)
        for path, token in (("/v1/whoami", None), ("/v1/receipts/1", "wrong")):
            answer = ask(path, token=token)
            self.assertEqual(answer.status, 401)
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))

    def test_problems(self):
        answer = self.relay.get("/nothing")
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.json(), {"type": "about:blank", "title": "Not Found", "status": 404,
                                         "detail": "There is nothing at this path."})

    def test_media_types(self):
        for kind in ("text/plain", "application/jsonx", "application/x-www-form-urlencoded", ""):
            self.assertEqual(self.relay.post(build(), headers={"Content-Type": kind}).status, 415, kind)
        self.assertEqual(self.status("POST /v1/events HTTP/1.1\r\nHost: x\r\n" + AUTH +
                                     f"Content-Length: {len(DOCUMENT)}\r\n", DOCUMENT), 415)
        for coding in ("gzip", "identity"):
            self.assertEqual(self.relay.post(build(), headers={"Content-Encoding": coding}).status, 415)

    def test_no_browsers(self):
        answer = self.relay.post(build(), headers={"Origin": "https://relay.example.com"})
        self.assertEqual(answer.status, 403)
        for answer in (answer, self.relay.request("OPTIONS", "/v1/events",
                                                  headers={"Origin": "https://x"})):
            self.assertFalse([name for name in answer.headers if name.lower().startswith("access-")])

    def test_heads_that_are_refused(self):
        length = f"Content-Length: {len(DOCUMENT)}\r\n"
        for wrong in ("Transfer-Encoding: chunked\r\n" + length, length + length, length + "Host: y\r\n",
                      "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
                      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                      length + AUTH, length + "Content-Type: application/json\r\n",
                      length + "X Y: z\r\n", length + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
                      "Content-Length: +1\r\n", "Content-Length: 1x\r\n", "Content-Length: -1\r\n",
                      "Content-Length: 0x10\r\n", "Content-Length: 1, 1\r\n"):
            got = self.raw(HEAD + wrong, DOCUMENT)
            self.assertEqual(status_of(got), 400, (wrong, got))
            # One answer, and the connection ends. (What the library refuses itself it may tell twice.)
            self.assertEqual(got.count(b"HTTP/1.1"), 2 if b"<html>" in got else 1, (wrong, got))
        self.assertEqual(status_of(self.relay.raw(b"POST /v1/events HTTP/1.1\r\n\r\n")), 400)
        got = self.raw("GET http://evil.example.com/v1/whoami HTTP/1.1\r\nHost: x\r\n" + AUTH)
        self.assertIn(status_of(got), (400, 404))
        # No smuggling: what stands behind a refused head is never a request.
        inner = b"GET /v1/whoami HTTP/1.1\r\nHost: x\r\n" + AUTH.encode() + b"\r\n"
        got = self.raw(HEAD + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                       b"0\r\n\r\n" + inner)
        self.assertNotIn(b"payments", got)

    def test_header_bombs(self):
        many = "".join(f"X-{number}: {'y' * 100}\r\n" for number in range(200))
        for wrong in (many, f"X: {'y' * 17000}\r\n"):
            self.assertEqual(status_of(self.raw(HEAD + wrong)), 431)
        self.assertIn(status_of(self.raw(f"GET /{'a' * 17000} HTTP/1.1\r\nHost: x\r\n")), (414, 431))
        self.assertIn(status_of(self.raw(HEAD + f"X: {'y' * 200000}\r\n")), (431, None))
        fits = f"X: {'y' * 15000}\r\nContent-Length: {len(DOCUMENT)}\r\n"
        self.assertEqual(self.status(HEAD + fits, DOCUMENT), 200)

    def test_heads_that_the_library_gives_up(self):
        """It tells nobody when they fill its memory: what was made for them must not stay, nor an end wait for it."""
        parameters = "&".join(f"a{number}=1" for number in range(1000))
        with Relay("http://127.0.0.1:9") as relay:
            for head in (f"GET /v1/whoami?{parameters} HTTP/1.1\r\nHost: x\r\n\r\n",
                         f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {'a=b;' * 3000}\r\n\r\n"):
                self.assertIn(status_of(relay.raw(head.encode(), seconds=5)), (431, None))
            began = time.monotonic()
            self.assertEqual(relay.stop(), 0)
            self.assertLess(time.monotonic() - began, 5)

    def test_lengths(self):
        ok = self.raw(HEAD + f"Content-Length: {len(DOCUMENT)}\r\nConnection: close\r\n", DOCUMENT)
        self.assertEqual(status_of(ok), 200)
        # Too short: never an answer of 200, and nothing is taken.
        got = self.raw(HEAD + f"Content-Length: {len(DOCUMENT) + 5}\r\n", DOCUMENT, shut=True, seconds=3)
        self.assertNotEqual(status_of(got), 200)
        # Too long: the rest is another request, and a bad one.
        got = self.raw(HEAD + f"Content-Length: {len(DOCUMENT) - 1}\r\n", DOCUMENT + b"\r\n\r\n", seconds=3)
        self.assertEqual(status_of(got), 422)
        for large in (str(16 * 1024 * 1024 + 1), "999999999999"):
            got = self.raw(HEAD + f"Content-Length: {large}\r\n", DOCUMENT, seconds=3)
            self.assertEqual(status_of(got), 413, large)
        got = self.raw(HEAD + "Content-Length: 99999999999999999999999\r\n", seconds=3)
        self.assertIn(status_of(got), (400, 413))

    def chunked(self, *pieces):
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        return self.raw(HEAD + "Transfer-Encoding: chunked\r\nConnection: close\r\n",
                        body + b"0\r\n\r\n", seconds=20)

    def test_chunked(self):
        got = self.chunked(DOCUMENT[:10], DOCUMENT[10:])
        self.assertEqual(status_of(got), 200)
        got = self.chunked(*[b" " * 1024 * 1024] * 17)
        self.assertNotIn(status_of(got), (200, 422), "beyond 16 MiB the connection ends")
        got = self.raw(HEAD + "Transfer-Encoding: chunked\r\n", b"zz\r\nx\r\n", seconds=3)
        self.assertIn(status_of(got), (400, None))
        self.assertEqual(self.relay.get("/v1/whoami").status, 200)

    def test_before_the_body(self):
        """401, 404, 413 and 415 need no body, and reach a client that is still sending it."""
        for head, wanted in ((HEAD.replace(TOKEN, "wrong"), 401),
                             (HEAD.replace("/v1/events", "/v1/nothing"), 404),
                             (HEAD.replace("application/json", "text/plain"), 415)):
            with socket.create_connection(("127.0.0.1", self.relay.port), timeout=5) as connection:
                connection.sendall((head + "Content-Length: 16000000\r\n\r\n").encode())
                self.assertEqual(status_of(connection.recv(65536)), wanted)
            with socket.create_connection(("127.0.0.1", self.relay.port), timeout=10) as connection:
                connection.sendall((head + "Content-Length: 2000000\r\n\r\n").encode())
                connection.sendall(b" " * 2000000)
                self.assertEqual(status_of(read_all(connection)), wanted)

    def test_expect(self):
        with socket.create_connection(("127.0.0.1", self.relay.port), timeout=5) as connection:
            connection.sendall((HEAD + f"Content-Length: {len(DOCUMENT)}\r\nConnection: close\r\n"
                                "Expect: 100-continue\r\n\r\n").encode())
            self.assertEqual(status_of(connection.recv(65536)), 100)
            connection.sendall(DOCUMENT)
            self.assertEqual(status_of(read_all(connection)), 200)

    def test_pipelined_and_old(self):
        one = (HEAD + f"Content-Length: {len(DOCUMENT)}\r\n\r\n").encode() + DOCUMENT
        last = b"GET /v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + AUTH.encode() + b"\r\n"
        got = self.relay.raw(one * 5 + last)
        self.assertEqual(got.count(b"HTTP/1.1 200"), 6)
        got = self.relay.raw(b"GET /healthz HTTP/1.0\r\n\r\n")
        self.assertEqual(status_of(got), 200)
        got = self.raw(HEAD.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n", b"0\r\n\r\n")
        self.assertEqual(status_of(got), 400)

    def test_connections_stay_open(self):
        connection = self.relay.connect()
        for path, token, wanted in (("/v1/whoami", TOKEN, 200), ("/nothing", TOKEN, 404),
                                    ("/v1/whoami", "wrong", 401), ("/v1/whoami", TOKEN, 200)):
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, wanted)
            self.assertNotEqual(answer.headers.get("Connection"), "close")
        connection.close()

    def test_nonsense_never_harms(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 1000, b"GET\r\n\r\n",
                     b"\r\n\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     os.urandom(3000)):
            self.relay.raw(data, seconds=1, shut=True)
        self.assertEqual(self.relay.get("/v1/whoami").status, 200)

    @staticmethod
    def post_until_taken(relay, size, seconds):
        """Blanks, again while others take the room; the last status."""
        end = time.monotonic() + seconds
        while (status := relay.post(b" " * size).status) == 503 and time.monotonic() < end:
            time.sleep(0.3)
        return status

    def test_sum_of_bodies(self):
        """Large bodies under way are bounded: two of 16 MiB fit into 40, a third does not."""
        open_ones = []
        try:
            for wanted in (None, None, 503):
                connection = socket.create_connection(("127.0.0.1", self.relay.port), timeout=2)
                open_ones.append(connection)
                connection.sendall((HEAD + f"Content-Length: {16 * 1024 * 1024}\r\n\r\n").encode())
                got = read_all(connection, 1)
                self.assertEqual(status_of(got), wanted)
            self.assertIn(b"Retry-After", got)
            self.assertEqual(self.relay.post(build()).status, 200, "small ones go on")
        finally:
            for connection in open_ones:
                connection.close()
        self.assertEqual(self.post_until_taken(self.relay, 1024 * 1024, 15), 200)

    def test_waiting_for_jira_leaves_the_sum(self):
        """What was posted is on disk: while Jira is waited for, others may post large bodies."""
        with Relay("http://127.0.0.1:9", limits={"bodies": 17 * 1024 * 1024}) as relay:
            waiting = relay.connect()
            waiting.request("POST", "/v1/events?wait=60", DOCUMENT + b" " * (15 * 1024 * 1024),
                            {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
            # First it is still being read; all the same it must be long before the wait ends.
            self.assertEqual(self.post_until_taken(relay, 15 * 1024 * 1024, 40), 200)
            waiting.close()


class LimitsTest(unittest.TestCase):
    def test_limits_follow_a_reload(self):
        """More connections than at the start, and more than the shell lets a program open."""
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        with Sandbox() as sandbox, Relay(sandbox, start=False, limits={"connections": 5}) as relay:
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
            try:
                relay.start()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, before)
            relay.write(limits={"connections": 400, "perAddress": 400})
            self.assertIn("in force", relay.reload())
            idle = [socket.create_connection(("127.0.0.1", relay.port), timeout=5) for _ in range(300)]
            for connection in idle:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            for connection in idle:
                self.assertEqual(status_of(connection.recv(4096)), 200)
                connection.close()

    def test_too_many_connections(self):
        with Sandbox() as sandbox, Relay(sandbox, limits={"connections": 20}) as relay:
            idle = [socket.create_connection(("127.0.0.1", relay.port), timeout=5) for _ in range(20)]
            time.sleep(0.3)
            got = relay.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", seconds=2)
            self.assertIsNone(status_of(got), "turned away")
            idle.pop().close()
            time.sleep(0.3)
            self.assertEqual(relay.get("/healthz").status, 200)
            for connection in idle:
                connection.close()
            self.assertIn("turned away", relay.wait_log(lambda line: "message" in line and
                                                        "turned away" in line["message"])["message"])

    def test_per_address(self):
        with Sandbox() as sandbox, Relay(sandbox, limits={"perAddress": 5}) as relay:
            idle = [socket.create_connection(("127.0.0.1", relay.port), timeout=5) for _ in range(5)]
            time.sleep(0.3)
            got = relay.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", seconds=2)
            self.assertIsNone(status_of(got))
            for connection in idle:
                connection.close()


def certificate(folder, name, subject, issuer=None, usage="serverAuth"):
    """(certificate, key) in files; self-signed without an issuer."""
    paths = [os.path.join(folder, f"{name}.{end}") for end in ("crt", "key")]
    extension = ["-addext", "basicConstraints=critical,CA:TRUE"] if issuer is None else [
        "-CA", issuer[0], "-CAkey", issuer[1], "-addext", f"extendedKeyUsage={usage}", "-addext",
        "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-days", "30", "-out",
                    paths[0], "-keyout", paths[1], *extension], check=True, capture_output=True)
    os.chmod(paths[1], 0o600)
    return paths


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.sandbox = Sandbox()
        self.addCleanup(self.sandbox.stop)
        self.relay = Relay(self.sandbox, start=False)
        self.addCleanup(self.relay.close)
        self.ca = certificate(self.relay.folder, "ca", "/CN=test root")
        self.own = certificate(self.relay.folder, "own", "/CN=relay", self.ca)
        self.configure()
        self.relay.start()

    def configure(self):
        self.relay.write(tls={"certificate": self.own[0], "key": self.own[1], "clientCa": self.ca[0],
                              "ca": self.ca[0]},
                         callers=[caller(), {"name": "ops", "certificate": "CN=ops,O=Example",
                                             "admin": True, "metrics": True}])

    def context(self, lowest=None, highest=None, ciphers=None):
        context = ssl.create_default_context(cafile=self.ca[0])
        if highest:
            context.maximum_version = highest
        if ciphers:
            context.set_ciphers(ciphers)
        return context

    def handshake(self, context):
        with socket.create_connection(("127.0.0.1", self.relay.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                return connection.version(), connection.cipher()[0]

    def test_versions_and_ciphers(self):
        self.assertTrue(self.relay.url.startswith("https://"))
        self.assertEqual(self.handshake(self.context())[0], "TLSv1.3")
        version, cipher = self.handshake(self.context(highest=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(version, "TLSv1.2")
        self.assertTrue(cipher.startswith("ECDHE") and ("GCM" in cipher or "CHACHA" in cipher))
        for ciphers in ("ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"):
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.handshake(self.context(highest=ssl.TLSVersion.TLSv1_2,
                                            ciphers=ciphers + ":@SECLEVEL=0"))
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.handshake(self.context(highest=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0"))
        self.assertIsNone(status_of(self.relay.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 2)))
        self.assertEqual(self.relay.post(build(), query="?wait=10").lines()[0]["status"], "accepted")

    def test_client_certificates(self):
        good = certificate(self.relay.folder, "ops", "/O=Example/CN=ops", self.ca, "clientAuth")
        answer = self.relay.get("/v1/whoami", token=None, certificate=good)
        self.assertEqual((answer.status, answer.json().get("name")), (200, "ops"))
        answer = self.relay.get("/v1/whoami", certificate=good)
        self.assertEqual(answer.json()["name"], "payments", "a token beats the certificate")
        self.assertEqual(self.relay.get("/v1/whoami", token="wrong", certificate=good).status, 401)
        root = certificate(self.relay.folder, "root2", "/CN=test root")
        for name, arguments in (("server", ("/O=Example/CN=ops", self.ca, "serverAuth")),
                                ("strange", ("/O=Example/CN=ops", root, "clientAuth")),
                                ("swapped", ("/CN=ops/O=Example", self.ca, "clientAuth")),
                                ("more", ("/O=Example/CN=ops/CN=x", self.ca, "clientAuth")),
                                ("short", ("/CN=ops", self.ca, "clientAuth"))):
            wrong = certificate(self.relay.folder, name, *arguments)
            self.assertEqual(self.relay.get("/v1/whoami", token=None, certificate=wrong).status, 401, name)
        self.assertEqual(self.relay.get("/v1/whoami", token=None).status, 401)

    def test_dates_of_client_certificates(self):
        key = certificate(self.relay.folder, "ops", "/O=Example/CN=ops", self.ca, "clientAuth")[1]
        for first, last, status in ((-1, 1, 200), (-2, -1, 401), (1, 2, 401)):
            made = self.certified(key, "/O=Example/CN=ops", first, last)
            answer = self.relay.get("/v1/whoami", token=None, certificate=(made, key))
            self.assertEqual(answer.status, status, f"from day {first} to day {last}")

    def certified(self, key, subject, first, last):
        """A client's certificate for that key, good from one day to the other; today is 0."""
        days = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + day * 86400)) for day in (first, last)]
        config = self.relay.path("ca.conf", f"""
            [ca]
            default_ca = own
            [own]
            database = {self.relay.path("index", "")}
            new_certs_dir = {self.relay.folder}
            rand_serial = yes
            default_md = sha256
            policy = any
            unique_subject = no
            x509_extensions = usage
            [any]
            organizationName = optional
            commonName = supplied
            [usage]
            extendedKeyUsage = clientAuth
            """)
        request = self.relay.path("request", subprocess.run(
            ["openssl", "req", "-new", "-key", key, "-subj", subject], check=True, capture_output=True).stdout)
        made = self.relay.path("made.crt", "")
        subprocess.run(["openssl", "ca", "-batch", "-notext", "-config", config, "-cert", self.ca[0], "-keyfile",
                        self.ca[1], "-in", request, "-out", made, "-startdate", days[0], "-enddate", days[1]],
                       check=True, capture_output=True)
        return made

    def serial(self):
        context = self.context()
        with socket.create_connection(("127.0.0.1", self.relay.port), timeout=5) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                return connection.getpeercert()["serialNumber"]

    def test_new_certificate_while_running(self):
        before = self.serial()
        idle = self.relay.connect()
        idle.connect()
        self.own = certificate(self.relay.folder, "own", "/CN=relay", self.ca)
        self.assertIn("in force", self.relay.reload())
        self.assertNotEqual(self.serial(), before)
        idle.request("GET", "/healthz")
        self.assertEqual(idle.getresponse().status, 200)
        idle.close()
        with open(self.own[0], "w", encoding="ascii") as file:
            file.write("broken")
        self.assertIn("stays", self.relay.reload())
        self.assertNotEqual(self.serial(), before)

    def test_key_of_another(self):
        other = certificate(self.relay.folder, "other", "/CN=relay", self.ca)
        self.relay.write(tls={"certificate": self.own[0], "key": other[1]})
        done = subprocess.run(self.relay.command("--check-config"), capture_output=True, text=True,
                              check=False, timeout=30)
        self.assertEqual(done.returncode, 78)
        self.assertIn("is not that of the certificate", done.stderr)


if __name__ == "__main__":
    unittest.main()
