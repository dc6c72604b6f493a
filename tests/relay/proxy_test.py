"""Behind nginx, as docs/relay.md shows it: a path in front, and the page too."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from relay import TOKEN, Relay, build, caller
from sandbox import Sandbox

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "relay.md")
FORM = "application/x-www-form-urlencoded"


@unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
class ProxyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="jirasend-nginx-")
        self.addCleanup(folder.cleanup)
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        sandbox = Sandbox()
        self.addCleanup(sandbox.stop)
        self.relay = Relay(sandbox, publicUrl=self.origin + "/jira",
                           callers=[caller(), caller("ops", "ops", pipelines=None, admin=True)])
        self.addCleanup(self.relay.close)
        self.start_nginx(folder.name)

    def start_nginx(self, folder):
        with open(PAGE, encoding="utf-8") as file:
            location = re.search(r"(?ms)^      location /jira/ \{.*?^      \}\n", file.read()).group(0)
        places = " ".join(f"{name}_temp_path {folder};"
                          for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}} http {{ access_log off; "
                       f"{places} server {{ listen 127.0.0.1:{self.port}; "
                       f"{location.replace('8443', str(self.relay.port))} }} }}")
        nginx = subprocess.Popen(["nginx", "-c", path, "-p", folder], stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait, 10)
        self.addCleanup(nginx.terminate)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.fail("nginx does not listen")

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def test_events(self):
        done = subprocess.run([os.environ["JIRASEND_CLI"], "build", "--relay", self.origin + "/jira", "--wait", "20",
                               "--pipeline", "payments/app", "--number", "1", "--url", "https://ci.example.com/1",
                               "--state", "failed", "--keys", "APP-1"], capture_output=True, text=True, check=False,
                              env={"PATH": os.environ["PATH"], "JIRASEND_RELAY_TOKEN": TOKEN})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("accepted", done.stderr)
        large = "\n".join([str(build(1)).replace("'", '"')] * 2000)
        answer, text = self.ask("POST", "/jira/v1/events", large, Authorization="Bearer " + TOKEN,
                                Content_Type="application/x-ndjson")
        self.assertEqual((answer.status, len(text.splitlines())), (200, 2000))

    def test_page(self):
        answer, text = self.ask("GET", "/jira/")
        self.assertNotRegex(text, r'(?:href|src|action)="/', "all addresses are relative")
        answer, _ = self.ask("POST", "/jira/page/login", "token=ops", Content_Type=FORM, Origin=self.origin)
        self.assertEqual((answer.status, answer.headers["Location"]), (303, "../"))
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        _, text = self.ask("GET", "/jira/", Cookie=cookie)
        self.assertIn("What waits", text)
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', text)[1]
        for origin, status in ((f"http://127.0.0.1:{self.relay.port}", 403), (self.origin, 303)):
            answer, _ = self.ask("POST", "/jira/page/pause", "csrf=" + csrf, Cookie=cookie, Content_Type=FORM,
                                 Origin=origin)
            self.assertEqual(answer.status, status, origin)
        answer, text = self.ask("GET", "/jira/page/page.js")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/javascript; charset=utf-8"))


if __name__ == "__main__":
    unittest.main()
