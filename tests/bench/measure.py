"""How it is measured: runs in turn, medians, and what is compared with what."""

import contextlib
import json
import math
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from sandbox import Sandbox  # noqa: E402


class Failed(Exception):
    """Something that is measured did not work: its time means nothing."""


class Row:
    """One line of the table. `ratio` is ours by the other's; the goal bounds it, or `value`."""

    def __init__(self, group, what, ours, other="", *, ratio=None, value=None, at_most=None,
                 at_least=None):
        self.group, self.what, self.ours, self.other = group, what, ours, other
        self.ratio = ratio
        self.value = ratio if value is None else value
        self.at_most, self.at_least = at_most, at_least

    def goal(self):
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    def met(self):
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None

    def document(self):
        return {"group": self.group, "what": self.what, "ours": self.ours, "other": self.other,
                "ratio": self.ratio, "value": self.value, "goal": self.goal(), "met": self.met()}


class Place:
    """A scratch folder on a real disk, the programs, and an environment that holds nothing else."""

    def __init__(self, build, quick):
        self.quick = quick
        settings = pathlib.Path(build, "tests/bench/settings").read_text(encoding="utf-8")
        self.settings = dict(line.split("=", 1) for line in settings.splitlines() if line)
        # Sandbox() looks there.
        os.environ["JIRASEND_SANDBOX"] = self.settings["JIRASEND_SANDBOX"]
        self.cli = self.settings["JIRASEND_CLI"]
        self.static = self.settings.get("JIRASEND_STATIC_CLI")  # as releases have it; None: not built
        # Below the build, as /tmp may be memory, where a sync costs nothing.
        self._scratch = tempfile.TemporaryDirectory(prefix="bench-", dir=build)
        self.folder = pathlib.Path(self._scratch.name)
        (self.folder / "home").mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"),
                            "LC_ALL": "C.UTF-8"}

    def close(self):
        self._scratch.cleanup()

    def new_folder(self, name):
        return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=self.folder))

    def rounds(self, full, quick):
        return quick if self.quick else full

    def for_site(self, sandbox, url=None):
        """Variables that lead the command line tool to this sandbox."""
        url = url or sandbox.url
        return {"JIRASEND_SITE": url, "JIRASEND_API_URL": url,
                "JIRASEND_CLIENT_ID": sandbox.settings["clientId"],
                "JIRASEND_CLIENT_SECRET": sandbox.settings["clientSecret"]}

    def run(self, *command, variables=None, stdin=None):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              env={**self.environment, **(variables or {})}, stdin=stdin,
                              check=False)
        if done.returncode != 0:
            raise Failed(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def interleave(self, rounds, commands, good=(0,)):
        """{name: Figures} of commands that run in turn. A command is a list: NAME=VALUE, words."""
        names = list(commands)
        arguments = [self.settings["BENCH_RUNNER"], str(rounds)]
        for name in names:
            arguments += ["--", *(str(part) for part in commands[name])]
        done = subprocess.run(arguments, capture_output=True, text=True, env=self.environment,
                              cwd=self.folder, check=True)
        runs = {name: [] for name in names}
        for line in done.stdout.splitlines():
            command, number, wall, cpu, peak, code = map(int, line.split())
            if code not in good:
                raise Failed(f"'{names[command]}' ended with {code}: {commands[names[command]]}")
            if number > 0:
                runs[names[command]].append((wall / 1e6, cpu / 1e3, peak / 1024))
        return {name: Figures(*(statistics.median(column) for column in zip(*rows)))
                for name, rows in runs.items()}


class Figures:
    """Medians of one command: milliseconds of wall and CPU, MiB at the peak."""

    def __init__(self, wall, cpu, peak):
        self.wall, self.cpu, self.peak = wall, cpu, peak


def exponent(small, large, factor):
    """1 when `factor` times the work takes `factor` times as long; 0 when it takes no longer."""
    return math.log(large / small) / math.log(factor)


class Relay(threading.Thread):
    """Passes connections on, each one so much later. Counts them (with TLS each is a handshake)
    and the bytes that were sent."""

    def __init__(self, port, delay_ms):
        super().__init__(daemon=True)
        self._to, self._delay = port, delay_ms / 1000
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.sent = 0
        self.start()

    def run(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client):
        time.sleep(self._delay)
        server = socket.create_connection(("127.0.0.1", self._to))
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        other.start()
        self._copy(client, server, counts=True)
        other.join()
        client.close()
        server.close()

    def _copy(self, source, target, counts=False):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                if not data:
                    break
                self.sent += len(data) if counts else 0
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def build_event(number, site=None):
    event = {"kind": "build", "pipelineId": "team/app", "number": number,
             "url": f"https://ci.example.com/job/app/{number}/", "state": "successful",
             "updatedAt": "2026-11-23T10:00:00Z", "issueKeys": ["APP-1"]}
    return {**event, "site": site} if site else event


def write_events(path, count, first=1):
    with open(path, "w", encoding="utf-8") as file:
        for number in range(first, first + count):
            file.write(json.dumps(build_event(number)) + "\n")
    return path


class Curl:
    """curl doing just the requests: a token, then the POSTs, all on one connection."""

    def __init__(self, place, sandbox, name, url=None):
        self.place, self.url, self.sandbox = place, url or sandbox.url, sandbox
        self.folder = place.new_folder(name)
        # A command line of curl cannot hand an answer on, so the token is of an earlier request.
        self.token = sandbox.token()
        self._write("token.json", {
            "audience": "api.atlassian.com", "grant_type": "client_credentials",
            "client_id": sandbox.settings["clientId"],
            "client_secret": sandbox.settings["clientSecret"]})

    def _write(self, name, document):
        path = self.folder / name
        path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
        return path

    def _request(self, roots, path, body, *headers):
        lines = ["silent", "fail", *roots, 'header = "Content-Type: application/json"',
                 *(f'header = "{header}"' for header in headers), f'data-binary = "@{body}"',
                 f'url = "{self.url}{path}"', "output = /dev/null"]
        return "\n".join(lines)

    def command(self, name, roots, bodies):
        """A curl that posts these bodies; `roots` are lines of its configuration."""
        api = f"/jira/builds/0.1/cloud/{self.sandbox.cloud_id}/bulk"
        requests = [self._request(roots, "/oauth/token", self.folder / "token.json")]
        requests += [self._request(roots, api, body, f"Authorization: Bearer {self.token}")
                     for body in bodies]
        config = self.folder / f"{name}.config"
        config.write_text("\nnext\n".join(requests) + "\n", encoding="utf-8")
        return ["curl", "--disable", "--config", config]

    def bodies(self, count, batch=100):
        """Files that hold `count` builds as our own tool would send them, `batch` in each."""
        events = write_events(self.folder / "events.jsonl", count)
        lines = self.place.run(self.place.cli, "send", events, "--dry-run",
                               variables=self.place.for_site(self.sandbox)).splitlines()
        single = [json.loads(line) for line in lines if line.startswith("{")]
        if len(single) != count:
            raise Failed(f"--dry-run printed {len(single)} bodies of {count}")
        return [self._write(f"body-{start}.json", {
            **single[start], "builds": [one["builds"][0] for one in single[start:start + batch]]})
            for start in range(0, count, batch)]
