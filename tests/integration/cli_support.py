"""What the tests of the command line share: a sandbox of their own, and ways to run `jirasend`."""

import json
import os
import select
import socket
import string
import subprocess
import tempfile
import threading
import time
import unittest

from sandbox import Sandbox

CLIENT_ID = "cli-test"
SECRET = "s3cret-of-the-cli-test"
TIMEOUT = 60

def wire(text):
    """An id as Jira gets it."""
    return "".join(chr(byte) if chr(byte) in string.ascii_letters + string.digits + "._-"
                   else "~%02X" % byte for byte in text.encode())


BUILD = ["build", "--pipeline", "team/app", "--number", "42", "--url", "https://ci.example.com/42",
         "--state", "successful"]
DEPLOYMENT = ["deployment", "--pipeline", "team/app", "--number", "42",
              "--url", "https://ci.example.com/42", "--state", "successful",
              "--environment", "prod-eu"]


def passed_on():
    """What a sanitized program needs to find in its environment, and nothing of the caller's CI."""
    names = ("PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
    return {name: os.environ[name] for name in names if name in os.environ}


def read_terminal(terminal):
    """What a terminal is given until nobody has its other end any more. It is closed then."""
    seen = b""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(terminal)
    return seen


class Done:
    """How a run ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def receipts(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def receipt(self):
        receipts = self.receipts()
        if len(receipts) != 1:
            raise AssertionError(f"{len(receipts)} receipts: {self.out!r} {self.err!r}")
        return receipts[0]


class CliTest(unittest.TestCase):
    """One sandbox a class, emptied before each test. Subclasses set `sandbox_arguments`."""

    sandbox = None
    sandbox_arguments = ()
    needs_sandbox = True

    @classmethod
    def setUpClass(cls):
        if cls.needs_sandbox:
            cls.sandbox = Sandbox("--client", f"{CLIENT_ID}:{SECRET}", *cls.sandbox_arguments)

    @classmethod
    def tearDownClass(cls):
        if cls.sandbox:
            cls.sandbox.stop()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="jirasend-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        if self.sandbox:
            self.sandbox.reset()

    def path(self, name, content=None, mode=0o600):
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
            os.chmod(path, mode)
        return path

    def environment(self, **variables):
        """Variables; None takes one away."""
        environment = passed_on()
        environment["LC_ALL"] = "C.UTF-8"
        if self.sandbox:
            environment.update(JIRASEND_SITE=self.sandbox.url, JIRASEND_API_URL=self.sandbox.url,
                               JIRASEND_CLIENT_ID=CLIENT_ID, JIRASEND_CLIENT_SECRET=SECRET)
            if self.sandbox.ca_file:
                environment["SSL_CERT_FILE"] = self.sandbox.ca_file
        environment.update(variables)
        return {name: value for name, value in environment.items() if value is not None}

    def start(self, *arguments, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen([os.environ["JIRASEND_CLI"], *arguments],
                                   stdout=options.pop("stdout", subprocess.PIPE),
                                   stderr=options.pop("stderr", subprocess.PIPE),
                                   env=self.environment(**(env or {})), **options)

        def end():
            if process.poll() is None:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        self.addCleanup(end)
        return process

    def run_cli(self, *arguments, stdin=b"", env=None, **options):
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run([os.environ["JIRASEND_CLI"], *arguments], input=data,
                              env=self.environment(**(env or {})), capture_output=True,
                              timeout=TIMEOUT, check=False, **options)
        result = Done(done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
                      done.stderr.decode("utf-8", "surrogateescape"))
        self.assertNotIn(SECRET, result.out + result.err)
        self.assertNotIn("Sanitizer", result.err)
        return result

    def expect(self, code, *arguments, says=None, **options):
        done = self.run_cli(*arguments, **options)
        self.assertEqual(done.code, code, f"{arguments}: {done.out} {done.err}")
        for words in [says] if isinstance(says, str) else says or []:
            self.assertIn(words, done.err)
        if code != 0:
            self.assertNotEqual(done.err, "", "a failure says why")
        return done

    def body(self, *arguments, **options):
        """The request body that --dry-run prints."""
        done = self.expect(0, *arguments, "--dry-run", **options)
        return json.loads(done.out)


def event(number=1, keys=("APP-1",), **members):
    document = {"kind": "build", "pipelineId": "team/app", "number": number,
                "url": f"https://ci.example.com/{number}", "state": "successful",
                "issueKeys": list(keys)}
    document.update(members)
    return json.dumps({name: value for name, value in document.items() if value is not None})


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class TinyServer:
    """Answers every connection with the same bytes, and keeps what was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    self.asked.append(connection.recv(65536))
                    connection.sendall(self.answer)
                except OSError:
                    pass

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)
