"""A jirasend-sandbox of its own for a test, and the two ways of telling it something."""

import json
import os
import re
import subprocess
import tempfile
import time
import urllib.request

CLIENT_ID = "page-test"
CLIENT_SECRET = "not-a-secret"


class Sandbox:
    def __init__(self, port=0):
        self.folder = tempfile.TemporaryDirectory(prefix="jirasend-sandbox-")
        ready = os.path.join(self.folder.name, "ready")
        self.output = open(os.path.join(self.folder.name, "output"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [os.environ["JIRASEND_SANDBOX"], "--port", str(port), "--ready-file", ready,
             "--client", f"{CLIENT_ID}:{CLIENT_SECRET}"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
        )
        try:
            self.url = self._wait(ready)
        except BaseException:
            self.stop()
            raise
        self.port = int(self.url.rsplit(":", 1)[1])
        self.token = None

    def _wait(self, ready):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if os.path.exists(ready):
                with open(ready, encoding="utf-8") as file:
                    found = re.search(r"http://(127\.0\.0\.1|localhost):[0-9]+", file.read())
                if found:
                    return found.group(0)
            time.sleep(0.02)
        self.output.seek(0)
        raise AssertionError(f"the sandbox did not start; it said: {self.output.read()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()
        self.folder.cleanup()

    def cli(self, *arguments, stdin=""):
        """Runs the real command line against this sandbox."""
        environment = {
            "PATH": os.environ["PATH"],
            "JIRASEND_SITE": self.url,
            "JIRASEND_API_URL": self.url,
            "JIRASEND_CLIENT_ID": CLIENT_ID,
            "JIRASEND_CLIENT_SECRET": CLIENT_SECRET,
        }
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        done = subprocess.run(
            [os.environ["JIRASEND_CLI"], *arguments], input=stdin, env=environment,
            capture_output=True, text=True, timeout=60, check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"jirasend {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done

    def request(self, method, path, body=None, headers=None):
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            text = answer.read()
            return json.loads(text) if text.strip() else None

    def post(self, kind, body):
        """Sends to the API what the command line would never send, and refuses a partial success."""
        if self.token is None:
            self.token = self.request("POST", "/oauth/token", {
                "audience": "api.atlassian.com", "grant_type": "client_credentials",
                "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            })["access_token"]
            self.cloud_id = self.request("GET", "/_edge/tenant_info")["cloudId"]
        answer = self.request(
            "POST", f"/jira/{kind}/0.1/cloud/{self.cloud_id}/bulk", body,
            {"Authorization": f"Bearer {self.token}"},
        )
        for name, value in answer.items():
            if name.startswith("rejected") and value:
                raise AssertionError(f"the sandbox rejected {value}")
        return answer

    def reset(self):
        self.request("POST", "/_sandbox/reset")
        self.token = None  # forgotten there too
