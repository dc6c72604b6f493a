"""A real jirasend-relay for a Python test, in front of a sandbox.

    with Relay(sandbox, callers=[...]) as relay:
        answer = relay.post(documents, token=relay.token)

The program's path comes from JIRASEND_RELAY_PROGRAM.
"""

import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time

TOKEN = "token-of-payments"
PIPELINES = ["payments/**"]


def hash_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


def caller(name="payments", token=TOKEN, **members):
    """An entry of `callers`; a member set to None is left out."""
    entry = {"name": name, "tokenSha256": hash_of(token), "pipelines": PIPELINES}
    entry.update(members)
    return {key: value for key, value in entry.items() if value is not None}


def build(number=1, keys=("APP-1",), **members):
    document = {"kind": "build", "pipelineId": "payments/app", "number": number,
                "url": f"https://ci.example.com/{number}", "state": "successful",
                "issueKeys": list(keys)}
    document.update(members)
    return {name: value for name, value in document.items() if value is not None}


def deployment(number=1, environment="prod-eu", **members):
    return build(number, **{"kind": "deployment", "environment": {"id": environment,
                                                                  "name": environment}, **members})


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]

    def detail(self):
        return self.json()["detail"]


class Relay:
    """`sandbox` may be a URL, for a Jira that is away."""

    def __init__(self, sandbox, start=True, folder=None, environment=None, **members):
        self.sandbox = sandbox
        self.environment = environment or {}
        self._own = None
        if folder is None:
            self._own = tempfile.TemporaryDirectory(prefix="jirasend-relay-")
            folder = self._own.name
        self.folder = folder
        self.token = TOKEN
        self.process = None
        self.ca_file = None
        self.site = sandbox if isinstance(sandbox, str) else sandbox.url
        self.write(**members)
        if start:
            try:
                self.start()
            except BaseException:
                self.close()
                raise

    # Files

    def path(self, name, content=None, mode=0o600):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
            os.chmod(path, mode)
        return path

    def site_entry(self, **members):
        secret = "none" if isinstance(self.sandbox, str) else self.sandbox.settings["clientSecret"]
        client = "none" if isinstance(self.sandbox, str) else self.sandbox.settings["clientId"]
        return {"site": self.site, "apiUrl": self.site, "clientId": client,
                "secretFile": self.path("jira-secret", secret), **members}

    def write(self, **members):
        """The configuration; JSON is YAML, too. A member set to None is left out."""
        config = {"listen": "127.0.0.1:0", "outbox": self.path("outbox"),
                  "sites": [self.site_entry()], "callers": [caller()]}
        config.update(members)
        config = {name: value for name, value in config.items() if value is not None}
        if "tls" in config and config["tls"].get("ca"):
            self.ca_file = config["tls"].pop("ca")
        self.config = config
        self.path("relay.yaml", json.dumps(config, indent=1))

    # Life

    def command(self, *arguments):
        return [os.environ["JIRASEND_RELAY_PROGRAM"], "--config", self.path("relay.yaml"), *arguments]

    def start(self, stdout=None):
        ready = self.path("ready.json")
        if os.path.exists(ready):
            os.unlink(ready)
        self.log_file = open(self.path("log"), "ab") if stdout is None else None
        self.error_file = open(self.path("errors"), "ab")
        self.process = subprocess.Popen(self.command("--ready-file", ready), stdin=subprocess.DEVNULL,
                                        stdout=stdout if stdout is not None else self.log_file,
                                        stderr=self.error_file,
                                        env={**os.environ, **self.environment})
        self._wait_ready(ready)

    def _wait_ready(self, ready):
        end = time.monotonic() + 30
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the relay did not start: {self.errors()}")
            time.sleep(0.01)
        with open(ready, encoding="utf-8") as file:
            self.settings = json.load(file)
        self.url, self.port = self.settings["url"], self.settings["port"]

    def stop(self, number=signal.SIGTERM, seconds=15):
        """Its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the relay did not end in time") from None
        finally:
            self.process = None
            if self.log_file:
                self.log_file.close()
            self.error_file.close()

    def restart(self, number=signal.SIGTERM):
        self.stop(number)
        self.start()

    def close(self):
        try:
            code = self.stop()
            if code not in (None, 0, -signal.SIGKILL):
                raise AssertionError(f"the relay ended with {code}: {self.errors()}")
        finally:
            said = self.errors() if os.path.exists(self.path("errors")) else ""
            if self._own:
                self._own.cleanup()
            if "Sanitizer" in said:
                raise AssertionError(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def errors(self):
        with open(self.path("errors"), encoding="utf-8") as file:
            return file.read()

    def log(self):
        """The lines of the access log."""
        with open(self.path("log"), encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().splitlines()]

    def wait_log(self, wanted, seconds=10):
        """Waits for a line for which `wanted` is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log():
                if wanted(line):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no such line: {self.log()[-20:]}")

    def reload(self):
        """SIGHUP, and its outcome."""
        before = len(self.log())
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for line in self.log()[before:]:
                if "configuration" in line.get("message", ""):
                    return line["message"]
            time.sleep(0.05)
        raise AssertionError("nothing was said about the configuration")

    # HTTP

    def connect(self, timeout=70, **options):
        if self.url.startswith("https:"):
            context = ssl.create_default_context(cafile=self.ca_file)
            if options.get("certificate"):
                context.load_cert_chain(*options["certificate"])
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout,
                                               context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, token=TOKEN, certificate=None):
        headers = dict(headers or {})
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token}")
        connection = self.connect(certificate=certificate)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, *documents, query="", headers=None, **options):
        """Documents as NDJSON; a text or bytes is sent as it is."""
        if len(documents) == 1 and isinstance(documents[0], (str, bytes)):
            body = documents[0]
        else:
            body = "".join(json.dumps(document) + "\n" for document in documents)
        return self.request("POST", "/v1/events" + query,
                            body.encode() if isinstance(body, str) else body,
                            {"Content-Type": "application/x-ndjson", **(headers or {})}, **options)

    def raw(self, data, seconds=5, shut=False):
        """Sends the bytes on a connection of their own; all that comes back until it ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection, seconds)


def read_all(connection, seconds=5):
    """What comes within the time, or until the other side closes."""
    connection.settimeout(seconds)
    got = b""
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                break
            got += piece
    except (TimeoutError, ConnectionError, OSError):
        pass
    return got


def status_of(answer):
    """The status of the first answer in the bytes; None when there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None
