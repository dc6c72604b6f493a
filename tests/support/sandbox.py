"""A real jirasend-sandbox for a Python test, with all that a test wants to ask of it.

    with Sandbox("--known-keys", "APP-*") as sandbox:
        sandbox.faults({"path": "/builds", "status": 503, "headers": {"Retry-After": "1"}})
        sandbox.cli("build", "--pipeline", "p", ...)
        assert sandbox.state()["builds"]

The program's path comes from JIRASEND_SANDBOX, the command line tool's from JIRASEND_CLI.
"""

import http.client
import json
import os
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.parse


class Answer:
    """Status, headers (an http.client.HTTPMessage) and body of one HTTP answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Sandbox:
    def __init__(self, *options, port=0):
        self.options = [str(option) for option in options]
        self._folder = tempfile.TemporaryDirectory(prefix="jirasend-test-")
        self._token = None
        self.process = None
        try:
            self._start(port)
        except BaseException:
            self.stop()
            raise

    def _start(self, port):
        ready = os.path.join(self._folder.name, "ready.json")
        output = os.path.join(self._folder.name, "output")
        with open(output, "wb") as file:
            self.process = subprocess.Popen(
                [os.environ["JIRASEND_SANDBOX"], "--port", str(port), "--ready-file", ready,
                 *self.options],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        end = time.monotonic() + 30
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("the sandbox did not start; it said: " + self.output())
            time.sleep(0.02)
        with open(ready, encoding="utf-8") as file:
            self.settings = json.load(file)
        self.url = self.settings["url"]
        self.port = self.settings["port"]
        self.cloud_id = self.settings["cloudId"]
        self.ca_file = self.settings["caFile"]

    def output(self):
        """What it printed, both streams."""
        with open(os.path.join(self._folder.name, "output"), encoding="utf-8") as file:
            return file.read()

    def stop(self):
        """Ends it and gives its exit code (the first time)."""
        code = None
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the sandbox did not end within 10 s of SIGTERM") from None
            finally:
                self.process = None
                said = self.output()
                self._folder.cleanup()
            if code not in (0, -signal.SIGTERM):
                raise AssertionError(f"the sandbox ended with {code}; it said: {said}")
        return code

    def restart(self):
        """Ends it and starts it again on the same port; give it --data to keep its state."""
        port = self.port
        self.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="jirasend-test-")
        self._token = None
        self._start(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # HTTP

    def connect(self):
        """A connection of one's own, to be closed by the caller."""
        if self.url.startswith("https:"):
            context = ssl.create_default_context(cafile=self.ca_file)
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def request(self, method, path, body=None, headers=None):
        """One request on a new connection. A body that is no str or bytes is sent as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = self.connect()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def _control(self, method, path, body=None):
        answer = self.request(method, path, body)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body.decode()}")
        return answer.json() if answer.body else None

    # Control

    def faults(self, *descriptions, **members):
        """faults({...}, {...}) or faults(path="/builds", status=503)"""
        if members:
            descriptions = (*descriptions, members)
        return self._control("POST", "/_sandbox/faults", list(descriptions))

    def clear_faults(self):
        self._control("DELETE", "/_sandbox/faults")

    def log(self, path="", after=0):
        """The requests that came; only those whose path holds that text."""
        return [entry for entry in self._control("GET", f"/_sandbox/log?after={after}")
                if path in entry["path"]]

    def items(self, kind="builds"):
        """What was sent in accepted requests, in order."""
        return [item for entry in self.log("/bulk") if entry["status"] == 202
                for item in entry["body"].get(kind, [])]

    def state(self):
        return self._control("GET", "/_sandbox/state")

    def gate(self, pipeline, environment, number, status):
        self._control("POST", "/_sandbox/gates", {
            "pipelineId": pipeline, "environmentId": environment, "number": number,
            "status": status})

    def reset(self):
        self._control("POST", "/_sandbox/reset")
        self._token = None

    # The API, without the client

    def token_request(self, **changes):
        body = {"audience": "api.atlassian.com", "grant_type": "client_credentials",
                "client_id": self.settings["clientId"],
                "client_secret": self.settings["clientSecret"]}
        body.update(changes)
        return self.request("POST", "/oauth/token",
                            {name: value for name, value in body.items() if value is not None})

    def token(self):
        if self._token is None:
            self._token = self.token_request().json()["access_token"]
        return self._token

    def api(self, method, path, body=None, headers=None):
        """An API request with a token; PATH comes after the cloud id, say builds/bulk."""
        module, rest = path.split("/", 1)
        return self.request(method, f"/jira/{module}/0.1/cloud/{self.cloud_id}/{rest}", body,
                            {"Authorization": f"Bearer {self.token()}", **(headers or {})})

    def gate_status(self, pipeline, environment, number):
        quoted = [urllib.parse.quote(str(part), safe="")
                  for part in (pipeline, environment, number)]
        return self.api("GET", "deployments/pipelines/{}/environments/{}/deployments/{}/"
                               "gating-status".format(*quoted))

    # The command line tool

    def environment(self):
        """What the command line tool needs, and nothing of whoever runs the test."""
        names = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS",
                 "UBSAN_OPTIONS", "TSAN_OPTIONS")
        environment = {name: os.environ[name] for name in names if name in os.environ}
        environment.update(JIRASEND_SITE=self.url, JIRASEND_API_URL=self.url,
                           JIRASEND_CLIENT_ID=self.settings["clientId"],
                           JIRASEND_CLIENT_SECRET=self.settings["clientSecret"])
        return environment

    def cli(self, *arguments, stdin="", timeout=60, env=None):
        """Runs the real command line tool against this sandbox; a CompletedProcess."""
        trust = ["--ca-file", self.ca_file] if self.ca_file and arguments else []
        return subprocess.run(
            [os.environ["JIRASEND_CLI"], *map(str, arguments), *trust], input=stdin,
            env={**self.environment(), **(env or {})}, capture_output=True, text=True,
            timeout=timeout, check=False)


def build(number=1, sequence=1, keys=("APP-1",), pipeline="team/app", **changes):
    """A build as Jira wants it; a member set to None is left out."""
    item = {"pipelineId": pipeline, "buildNumber": number, "updateSequenceNumber": sequence,
            "displayName": "team » app", "url": f"https://ci.example.com/job/app/{number}/",
            "state": "successful", "lastUpdated": "2026-11-23T10:00:00Z",
            "associations": [{"associationType": "issueIdOrKeys", "values": list(keys)}]}
    item.update(changes)
    return {name: value for name, value in item.items() if value is not None}


def deployment(number=1, sequence=1, keys=("APP-1",), pipeline="team/app", environment="prod-eu",
               **changes):
    """A deployment as Jira wants it; a member set to None is left out."""
    item = {"deploymentSequenceNumber": number, "updateSequenceNumber": sequence,
            "displayName": "team » app", "url": f"https://ci.example.com/job/app/{number}/",
            "description": "", "state": "successful", "lastUpdated": "2026-11-23T10:00:00Z",
            "associations": [{"associationType": "issueIdOrKeys", "values": list(keys)}],
            "pipeline": {"id": pipeline, "displayName": "team » app",
                         "url": "https://ci.example.com/job/app/"},
            "environment": {"id": environment, "displayName": "Production EU",
                            "type": "production"}}
    item.update(changes)
    return {name: value for name, value in item.items() if value is not None}
