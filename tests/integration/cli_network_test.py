"""Roots, proxies, and what every answer of Jira ends with."""

import os
import re
import subprocess
import time
import unittest

from cli_support import BUILD, CLIENT_ID, SECRET, CliTest, TinyServer, free_port

KEYED = (*BUILD, "--keys", "APP-1")


class Tls(CliTest):
    sandbox_arguments = ("--tls",)

    def test_the_whole_way(self):
        self.assertTrue(self.sandbox.url.startswith("https://"))
        self.expect(0, *KEYED, says="accepted")
        self.expect(0, "check")

    def test_ca_file(self):
        self.expect(0, *KEYED, "--ca-file", self.sandbox.ca_file, env={"SSL_CERT_FILE": None})

    def test_ca_file_replaces_what_the_variables_say(self):
        other = Tls.make_root(self.folder)
        self.expect(0, *KEYED, "--ca-file", self.sandbox.ca_file, env={"SSL_CERT_FILE": other})
        self.expect(75, *KEYED, "--ca-file", other, "--wait", "1", says="certificate")

    def test_folder_of_roots(self):
        folder = os.path.join(self.folder, "roots")
        os.mkdir(folder)
        done = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", self.sandbox.ca_file],
                              capture_output=True, text=True, check=True)
        os.symlink(self.sandbox.ca_file, os.path.join(folder, done.stdout.strip() + ".0"))
        self.expect(0, *KEYED, env={"SSL_CERT_FILE": None, "SSL_CERT_DIR": folder})

    def test_unknown_root(self):
        self.expect(75, *KEYED, "--wait", "1", env={"SSL_CERT_FILE": None}, says="certificate")
        self.expect(75, "check", "--wait", "1", env={"SSL_CERT_FILE": None}, says="certificate")

    def test_a_ca_file_that_is_none(self):
        self.expect(66, *KEYED, "--ca-file", self.path("none"), says="none")
        self.expect(66, *KEYED, "--ca-file", self.path("empty", ""), says="empty")
        self.expect(66, *KEYED, "--ca-file", self.path("text", "no certificate"), says="text")
        self.expect(66, *KEYED, "--ca-file", self.folder)
        self.expect(66, *KEYED, env={"SSL_CERT_FILE": self.path("none")}, says="none")

    def test_no_key_log(self):
        log = self.path("keylog")
        self.expect(0, *KEYED, env={"SSLKEYLOGFILE": log})
        self.assertFalse(os.path.exists(log) and os.path.getsize(log))

    def test_no_netrc(self):
        self.path(".netrc", "default login nobody password none\n")
        self.expect(0, *KEYED, env={"HOME": self.folder})

    @staticmethod
    def make_root(folder):
        path = os.path.join(folder, "other.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=other", "-days", "2", "-keyout", os.devnull, "-out", path],
                       capture_output=True, check=True)
        return path


class Proxy(CliTest):
    """A site and an API that only the proxy could reach; the sandbox is plain and needs none."""

    FAR = {"JIRASEND_SITE": "https://acme.example.com",
           "JIRASEND_API_URL": "https://api.example.com"}

    def setUp(self):
        super().setUp()
        self.proxy = TinyServer(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                                b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        self.addCleanup(self.proxy.stop)

    def asked(self):
        return b"".join(self.proxy.asked)

    def test_407(self):
        self.expect(75, *KEYED, "--proxy", self.proxy.url, "--wait", "1", env=self.FAR)
        self.assertTrue(self.asked())
        self.expect(75, "check", "--proxy", self.proxy.url, "--wait", "1", env=self.FAR)

    def test_variables(self):
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            self.proxy.asked.clear()
            self.expect(75, *KEYED, "--wait", "1", env={**self.FAR, name: self.proxy.url})
            self.assertTrue(self.asked(), name)

    def test_what_is_plain_stays_here(self):
        for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            self.expect(0, *KEYED, env={name: self.proxy.url})
        self.expect(0, *KEYED, "--proxy", self.proxy.url)
        self.expect(0, "check", "--proxy", self.proxy.url)
        self.assertEqual(self.asked(), b"")

    def test_a_site_behind_the_proxy_of_an_api_that_is_not(self):
        for name in ("https_proxy", "all_proxy"):
            self.proxy.asked.clear()
            self.expect(75, *KEYED, "--wait", "1",
                        env={"JIRASEND_SITE": self.FAR["JIRASEND_SITE"], name: self.proxy.url})
            self.assertIn(b"CONNECT acme.example.com", self.asked(), name)

    def test_the_option_goes_first(self):
        dead = f"http://127.0.0.1:{free_port()}"
        self.expect(75, *KEYED, "--wait", "1", "--proxy", self.proxy.url,
                    env={**self.FAR, "https_proxy": dead})
        self.assertTrue(self.asked())

    def test_no_proxy(self):
        here = f"https://127.0.0.1:{free_port()}"
        env = {"JIRASEND_SITE": here, "JIRASEND_API_URL": here}
        wait = ("--wait", "0.5")
        self.expect(75, *KEYED, *wait, "--proxy", self.proxy.url, "--no-proxy", "127.0.0.1",
                    env=env)
        for name in ("no_proxy", "NO_PROXY"):
            self.expect(75, *KEYED, *wait, env={**env, "https_proxy": self.proxy.url,
                                                name: "localhost,127.0.0.1"})
        self.assertEqual(self.asked(), b"")

    def test_a_password_of_the_proxy_stays_secret(self):
        url = self.proxy.url.replace("://", "://me:hunter2@")
        done = self.expect(75, *KEYED, "--wait", "1", env={**self.FAR, "https_proxy": url})
        self.assertNotIn("hunter2", done.err)

    def test_a_proxy_that_cannot_be_read_is_said_without_its_password(self):
        for url in ("http://me:hunter2@proxy:port", "http://me:hun/ter2@proxy:3128", "::::"):
            done = self.expect(64, *KEYED, env={"https_proxy": url}, says="https_proxy")
            self.assertNotIn("hun", done.err)


class Answers(CliTest):
    """One kind of trouble after the other, and the exit code that the contract gives it."""

    def trouble(self, code, path, says=None, wait="2", **fault):
        self.sandbox.clear_faults()
        self.sandbox.faults(path=path, count=0, **fault)
        return self.expect(code, *KEYED, "--wait", wait, says=says)

    def test_refused(self):
        for status in (401, 403, 404):
            self.trouble(77, "/bulk", status=status, says="held")
        for status in (400, 401, 403):
            self.trouble(77, "/oauth/token", status=status, says="held")

    def test_redirects(self):
        for path in ("/bulk", "tenant_info", "/oauth/token"):
            self.trouble(77, path, status=302, says="new.example.com",
                         headers={"Location": "https://new.example.com/x"})

    def test_no_jira(self):
        self.trouble(77, "tenant_info", status=404)
        self.trouble(77, "tenant_info", action="html")
        self.trouble(77, "tenant_info", status=200, body="not json")

    def test_again_later(self):
        for status in (500, 502, 503, 504, 408, 425, 429):
            self.trouble(75, "/bulk", status=status, wait="0.5")
        for action in ("reset", "garbage", "truncate", "oversize"):
            self.trouble(75, "/bulk", action=action, wait="0.5")
        self.trouble(75, "/oauth/token", status=200, body="{}", wait="0.5")
        self.trouble(75, "/oauth/token", status=503, wait="0.5")
        self.trouble(75, "tenant_info", status=503, wait="0.5")
        self.trouble(75, "/bulk", action="hang", wait="1")

    def test_a_long_retry_after_is_answered_at_once(self):
        start = time.monotonic()
        self.trouble(75, "/bulk", status=429, headers={"Retry-After": "300"}, wait="20")
        self.assertLess(time.monotonic() - start, 10)

    def test_rejected(self):
        self.trouble(65, "/bulk", status=400, body='[{"message": "No such thing"}]',
                     says="No such thing")
        self.trouble(65, "/bulk", status=413, says="rejected")

    def test_a_token_that_expired(self):
        self.sandbox.faults(path="/bulk", status=401, count=1)
        self.expect(0, *KEYED)
        self.assertEqual(len(self.sandbox.log("/oauth/token")), 2)

    def test_a_stumble_is_overcome(self):
        self.sandbox.faults(path="/bulk", status=503, count=1)
        self.expect(0, *KEYED)

    def test_nobody_there(self):
        dead = f"http://127.0.0.1:{free_port()}"
        self.expect(75, *KEYED, "--wait", "1", "--site", dead, "--api-url", dead, says="not sent")
        self.expect(75, "check", "--wait", "1", "--site", dead, "--api-url", dead)

    def test_a_name_that_does_not_exist(self):
        done = self.expect(75, *KEYED, "--wait", "1", "--site", "no-such-site.invalid")
        self.assertIn("no-such-site.invalid", done.err)

    def test_a_slow_jira(self):
        start = time.monotonic()
        self.trouble(75, "/bulk", delayMs=20000, wait="1")
        self.assertLess(time.monotonic() - start, 6)

    def test_programs_that_are_started_meanwhile_inherit_no_socket(self):
        self.sandbox.faults(path="/oauth/token", delayMs=20000, count=0)
        process = self.start(*KEYED)
        folder = f"/proc/{process.pid}/fd"

        def sockets_of_it():
            return [fd for fd in os.listdir(folder)
                    if os.readlink(f"{folder}/{fd}").startswith("socket:")]
        for _ in range(100):
            sockets = sockets_of_it()
            if len(sockets) > 2:  # the pair that wakes it, and the connection
                break
            time.sleep(0.1)
        self.assertGreater(len(sockets), 2)
        for fd in sockets:
            with open(f"/proc/{process.pid}/fdinfo/{fd}", encoding="ascii") as file:
                flags = int(re.search(r"^flags:\s+(\d+)", file.read(), re.M).group(1), 8)
            self.assertTrue(flags & os.O_CLOEXEC, f"descriptor {fd}")

    def test_api_url_with_a_path(self):
        done = self.run_cli(*KEYED, "--wait", "1", "--api-url", self.sandbox.url + "/gateway/")
        self.assertIn(done.code, (75, 77))
        self.assertTrue(self.sandbox.log("/gateway/oauth/token"))

    def test_what_is_sent_along(self):
        self.expect(0, *KEYED)
        for entry in self.sandbox.log():
            self.assertTrue(entry["headers"]["User-Agent"].startswith("jirasend/"))
            self.assertNotIn(SECRET, str(entry))
        self.assertEqual(self.sandbox.log("/oauth/token")[0]["body"]["client_id"], CLIENT_ID)


if __name__ == "__main__":
    unittest.main()
