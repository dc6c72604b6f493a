"""The way to Jira: names that hang, TLS of each wrong kind, proxies, IPv6."""

import os
import socket
import ssl
import subprocess
import threading
import time

from cli_support import TinyServer, free_port
from fault_support import KEYED, FaultTest, main
from scripted_jira import ScriptedJira, answer
from ways_certificates import Certificates


class Tls(FaultTest):
    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.folder)

    def serve(self, context, name=None):
        self.jira.stop()
        self.jira = ScriptedJira(context=context, name=name)
        self.addCleanup(self.jira.stop)

    def run_with(self, code, says=None, ca=None, wait="1.5", **more):
        return self.fast(15, code, *KEYED, "--wait", wait, "--ca-file", ca or self.certificates.ca,
                         says=says, **more)

    def refused(self, context, says, **more):
        self.serve(context, more.pop("name", None))
        done = self.run_with(75, says, **more)
        self.assertEqual(self.jira.requests, [], "nothing is said to a stranger")
        return done

    def test_good(self):
        self.serve(self.certificates.make("good"))
        self.run_with(0, wait="20")
        self.serve(self.certificates.make("named"), "localhost")
        self.run_with(0, wait="20")

    def test_expired(self):
        self.refused(self.certificates.make("expired", days=-1), "expired")

    def test_not_yet_valid(self):
        """A machine whose clock is years behind: said as what it is."""
        self.serve(self.certificates.make("good"))
        library = self.helper("CLOCK")
        done = self.run_with(75, "not yet valid", env={
            "LD_PRELOAD": library, "TEST_CLOCK_WALL": "-300000000"})
        self.assertEqual(self.jira.requests, [], done.err)

    def test_wrong_host(self):
        self.refused(self.certificates.make("host", "DNS:other.example.com"), "127.0.0.1")
        self.refused(self.certificates.make("star", "DNS:*"), "localhost", name="localhost")

    def test_self_signed(self):
        self.refused(self.certificates.make("own", own=True), "self-signed certificate")

    def test_wrong_authority(self):
        context = self.certificates.make("good")
        os.mkdir(self.certificates.at("other"))
        other = Certificates(self.certificates.at("other"))
        self.refused(context, "CA file", ca=other.ca)

    def test_wrong_purpose(self):
        self.refused(self.certificates.make("client", extra="extendedKeyUsage=clientAuth\n"),
                     "certificate")

    def test_old_tls(self):
        context = self.certificates.make("old")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        self.refused(context, "TLS")
        probe = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the server does speak TLS 1.1
        probe.check_hostname, probe.verify_mode = False, ssl.CERT_NONE
        probe.minimum_version = ssl.TLSVersion.TLSv1_1
        probe.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", self.jira.port)) as plain, \
                probe.wrap_socket(plain) as spoken:
            self.assertEqual(spoken.version(), "TLSv1.1")

    def test_tls_1_2_is_enough(self):
        context = self.certificates.make("good")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.serve(context)
        self.run_with(0, wait="20")

    def test_a_client_certificate_is_wanted(self):
        context = self.certificates.make("good")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.certificates.ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.refused(context, "TLS")

    def test_no_tls_at_all(self):
        plain = TinyServer(answer(400, "no TLS here"))
        self.addCleanup(plain.stop)
        url = plain.url.replace("http:", "https:")
        for env in ({"JIRASEND_SITE": url}, {"JIRASEND_API_URL": url}):
            self.run_with(75, "TLS", env=env)

    def test_a_server_that_says_nothing(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        self.run_with(75, "no answer yet", env={"JIRASEND_SITE": url, "JIRASEND_API_URL": url})

    def test_tls_where_http_is_expected(self):
        self.serve(self.certificates.make("good"))
        url = self.jira.url.replace("https:", "http:")
        self.run_with(75, env={"JIRASEND_SITE": url, "JIRASEND_API_URL": url})


class ForwardProxy:
    """A proxy that lets everything through, for those who know the password (when there is one)."""

    def __init__(self, password=None):
        self.password, self.seen = password, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                self._relay(connection)
        except OSError:
            pass

    def _relay(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            part = connection.recv(65536)
            if not part:
                return
            head += part
        self.seen.append(head)
        if self.password and b"proxy-authorization: basic " + self.password not in head.lower():
            connection.sendall(answer(407, "", [("Proxy-Authenticate", "Basic realm=x"),
                                                ("Connection", "close")]))
            return
        method, target, _ = head.split(b" ", 2)
        place = target if method == b"CONNECT" else target.split(b"/")[2]
        host, port = place.decode().rsplit(":", 1)
        with socket.create_connection((host.strip("[]"), int(port))) as other:
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                other.sendall(head)
            back = threading.Thread(target=self._copy, args=(other, connection), daemon=True)
            back.start()
            self._copy(connection, other)
            back.join(10)

    @staticmethod
    def _copy(source, target):
        try:
            while True:
                part = source.recv(65536)
                if not part:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(part)
        except OSError:
            pass


class Proxy(FaultTest):
    """Through a proxy goes TLS alone: what is plain stays on this machine."""

    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.folder)
        self.jira.stop()
        self.jira = ScriptedJira(context=self.certificates.make("good"))
        self.addCleanup(self.jira.stop)

    def environment(self, **variables):
        return super().environment(**{"SSL_CERT_FILE": self.certificates.ca, **variables})

    def proxy(self, password=None):
        proxy = ForwardProxy(password)
        self.addCleanup(proxy.stop)
        return proxy

    def test_through_it(self):
        proxy = self.proxy()
        self.expect(0, *KEYED, "--proxy", proxy.url)
        self.assertTrue(proxy.seen)

    def test_it_learns_nothing(self):
        for password in (None, b"bwu6c2vjcmv0"):  # me:secret
            proxy = self.proxy(password)
            self.expect(0, *KEYED,
                        env={"HTTPS_PROXY": proxy.url.replace("//", "//me:secret@")})
            self.assertTrue(proxy.seen)
            self.assertTrue(all(head.startswith(b"CONNECT ") for head in proxy.seen))
        self.assertNotIn("proxy-authorization", str([r.headers for r in self.jira.requests]))

    def test_plain_http_never_goes_through_it(self):
        proxy = self.proxy()
        with ScriptedJira() as plain:
            here = {"JIRASEND_SITE": plain.url, "JIRASEND_API_URL": plain.url}
            for name in ("http_proxy", "all_proxy", "ALL_PROXY", "HTTP_PROXY"):
                self.expect(0, *KEYED, env={**here, name: proxy.url})
            self.expect(0, *KEYED, "--proxy", proxy.url, env=here)
            self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", "10.0.0.1", env=here)
            # the API alone is plain, the site is not
            self.expect(0, *KEYED, "--proxy", proxy.url, env={"JIRASEND_API_URL": plain.url})
        self.assertTrue(all(head.startswith(b"CONNECT ") for head in proxy.seen), proxy.seen)
        self.assertTrue(proxy.seen)

    def test_dead(self):
        done = self.fast(15, 75, *KEYED, "--wait", "1.5", "--proxy",
                         f"http://127.0.0.1:{free_port()}")
        self.assertIn("not reached", done.err)
        self.fast(15, 75, *KEYED, "--wait", "2", "--proxy", "http://no-such-proxy.invalid:3128",
                  says="no-such-proxy.invalid")
        self.assertEqual(self.jira.requests, [])

    def test_it_wants_a_password(self):
        proxy = self.proxy(b"bwu6c2vjcmv0")
        for user in ("", "me:wrong-one@"):
            done = self.fast(15, 75, *KEYED, "--wait", "1.5", says="proxy",
                             env={"HTTPS_PROXY": proxy.url.replace("//", "//" + user)})
            self.assertNotIn("wrong-one", done.err)
        self.assertEqual(self.jira.requests, [])
        self.expect(0, *KEYED, env={"HTTPS_PROXY": proxy.url.replace("//", "//me:secret@")})

    def test_it_answers_nonsense(self):
        for said in (b"", b"nonsense", b"HTTP/1.1 502 Bad\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"):
            proxy = TinyServer(said)
            self.addCleanup(proxy.stop)
            self.fast(15, 75, *KEYED, "--wait", "1.5", env={
                "JIRASEND_SITE": "https://acme.example.com", "HTTPS_PROXY": proxy.url,
                "JIRASEND_API_URL": "https://api.example.com"})

    def test_skipped(self):
        proxy = self.proxy()
        port = self.jira.port
        for entry in ("127.0.0.1", "*", "127.0.0.0/8", "127.0.0.1/32", f"127.0.0.1:{port}",
                      f"x.test, 127.0.0.1:{port}", f"127.0.0.1:{port + 1},127.0.0.1"):
            with self.subTest(entry=entry):
                self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", entry)
                self.assertEqual(proxy.seen, [])

    def test_skipped_by_name(self):
        proxy = self.proxy()
        url = f"https://localhost:{self.jira.port}"
        env = {"JIRASEND_SITE": url, "JIRASEND_API_URL": url}
        for entry in ("localhost", ".localhost", "LOCALHOST", f"localhost:{self.jira.port}"):
            self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", entry, env=env)
            self.assertEqual(proxy.seen, [], entry)

    def test_not_skipped(self):
        proxy = self.proxy()
        for entry in ("127.0.0.2", "10.0.0.0/8", "0.0.1", f"127.0.0.1:{self.jira.port + 1}",
                      "27.0.0.1", "localhost", "[::1]"):
            with self.subTest(entry=entry):
                proxy.seen.clear()
                self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", entry)
                self.assertTrue(proxy.seen)


class Ipv6(FaultTest):
    def setUp(self):
        super().setUp()
        try:
            six = ScriptedJira("::1")
        except OSError:
            self.skipTest("this machine has no IPv6 loopback address")
        self.jira.stop()
        self.jira = six
        self.addCleanup(six.stop)

    def test_loopback(self):
        self.assertTrue(self.jira.url.startswith("http://[::1]:"))
        self.expect(0, *KEYED, says="accepted")
        self.expect(0, "check")

    def test_no_proxy(self):
        certificates = Certificates(self.folder)
        proxy = ForwardProxy()
        self.addCleanup(proxy.stop)
        with ScriptedJira("::1", context=certificates.make("six")) as jira:
            env = {"JIRASEND_SITE": jira.url, "JIRASEND_API_URL": jira.url,
                   "SSL_CERT_FILE": certificates.ca}
            for entry in ("::1", "[::1]", f"[::1]:{jira.port}"):
                self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", entry, env=env)
                self.assertEqual(proxy.seen, [], entry)
            self.expect(0, *KEYED, "--proxy", proxy.url, "--no-proxy", f"[::1]:{jira.port + 1}",
                        env=env)
            self.assertTrue(proxy.seen)

    def test_tls(self):
        certificates = Certificates(self.folder)
        with ScriptedJira("::1", context=certificates.make("six")) as jira:
            self.expect(0, *KEYED, "--ca-file", certificates.ca, env={
                "JIRASEND_SITE": jira.url, "JIRASEND_API_URL": jira.url})

    def test_other_addresses_want_tls(self):
        for host in ("[::2]", "[fe80::1]", "[::ffff:10.0.0.1]"):
            self.expect(64, *KEYED, env={"JIRASEND_SITE": f"http://{host}:80"}, says="http")


class Names(FaultTest):
    """A resolver that never answers: getaddrinfo() hangs in libcurl's thread and cannot be stopped."""

    def hanging(self, **more):
        return {"LD_PRELOAD": self.helper("NAMES"),
                "JIRASEND_SITE": "https://acme.example.com",
                "JIRASEND_API_URL": "https://api.example.com", **more}

    def test_wait_holds(self):
        took = []
        for wait in (0.5, 2.5):
            start = time.monotonic()
            self.expect(75, *KEYED, "--wait", str(wait), env=self.hanging(), says="no answer yet")
            took.append(time.monotonic() - start - wait)
        self.assertLess(min(took), 1.5, took)

    def test_it_is_kept_in_time(self):
        self.fast(6, 0, *KEYED, "--outbox", self.box, "--wait", "1", env=self.hanging())
        self.expect(0, *KEYED, "--number", "43", "--outbox", self.box, "--wait", "20",
                    says="accepted")  # the site of the machine that answers is not held up

    def test_check_and_gate(self):
        self.fast(6, 75, "check", "--wait", "1", env=self.hanging())

    def test_a_signal_ends_it(self):
        process = self.start(*KEYED, "--wait", "60", env=self.hanging())
        time.sleep(0.5)
        start = time.monotonic()
        process.terminate()
        process.wait(30)
        self.assertLess(time.monotonic() - start, 5)

    def test_the_library_closes_in_its_deadline(self):
        """A program of the public API, which lives on after it closed the client."""
        done = subprocess.run([self.helper("CLOSE"), "5000"], timeout=60,
                              env=self.environment(**self.hanging()), check=True,
                              capture_output=True, text=True)
        closed_ms = int(done.stdout)
        self.assertLess(closed_ms, 6500)


if __name__ == "__main__":
    main()
