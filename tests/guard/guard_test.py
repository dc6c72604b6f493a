"""Counts that do not depend on the machine must not grow: a guard against getting slower unseen.

    guard_test.py GROUP

What this program does by itself is compared with a number that stands here. What depends on the
compiler and the libraries, too, is compared with records.json, where each combination has its
own figures; a combination without figures is skipped. JIRASEND_GUARD_RECORD=1 writes them anew.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "bench")]
from measure import Relay, write_events  # noqa: E402
from sandbox import Sandbox  # noqa: E402

SKIPPED = 77
TOLERANCE = 1.05
RECORDS = HERE / "records.json"
EVENT = ["build", "--pipeline", "team/app", "--number", "1", "--url",
         "https://ci.example.com/job/app/1/", "--state", "successful", "--keys", "APP-1",
         "--updated-at", "2026-11-23T10:00:00Z"]
NOWHERE = {"JIRASEND_SITE": "acme.atlassian.net"}


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def at_most(what, seen, bound):
    print(f"{what}: {seen} (at most {bound})")
    if seen > bound:
        raise Failed(f"{what}: {seen}, and at most {bound} are right")


class Tool:
    """The command line tool in a scratch folder, with an environment that holds nothing else."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.events = write_events(self.folder / "events.jsonl", 500)
        (self.folder / "home").mkdir()

    def environment(self, variables):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"),
                "LC_ALL": "C.UTF-8", **variables}

    def run(self, *arguments, variables, stdin=None, before=()):
        done = subprocess.run([*before, os.environ["JIRASEND_CLI"], *map(str, arguments)],
                              env=self.environment(variables), input=stdin, capture_output=True,
                              text=True, timeout=200, check=False)
        if done.returncode != 0:
            raise Failed(f"{arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done

    def counted(self, *arguments, variables, stdin=None):
        """What counts.c has counted: allocations, syncs, and the certificates opened."""
        file = self.folder / "counts"
        file.unlink(missing_ok=True)
        self.run(*arguments, stdin=stdin, variables={
            **variables, "LD_PRELOAD": os.environ["GUARD_COUNTS"], "JIRASEND_COUNTS": str(file)})
        lines = [line.split(" ", 1) for line in file.read_text(encoding="utf-8").splitlines()]
        numbers = {name: int(value) for name, value in lines if name != "opened"}
        return numbers, [value for name, value in lines if name == "opened"]

    def instructions(self, *arguments, variables, stdin=None):
        """Of main() and what it calls: not of the loader, nor of other threads."""
        valgrind = shutil.which("valgrind")
        if valgrind is None:
            raise Skipped("there is no valgrind")
        said = self.run(*arguments, variables=variables, stdin=stdin, before=[
            valgrind, "--tool=callgrind", "--toggle-collect=main",
            f"--callgrind-out-file={self.folder}/callgrind.out"]).stderr
        found = re.search(r"Collected : (\d+)", said)
        if not found or int(found.group(1)) == 0:
            raise Failed(f"callgrind counted nothing: {said}")
        return int(found.group(1))


def variables_of(sandbox, url=None):
    url = url or sandbox.url
    return {"JIRASEND_SITE": url, "JIRASEND_API_URL": url,
            "JIRASEND_CLIENT_ID": sandbox.settings["clientId"],
            "JIRASEND_CLIENT_SECRET": sandbox.settings["clientSecret"],
            **({"SSL_CERT_FILE": sandbox.ca_file} if sandbox.ca_file else {})}


def traffic(tool, sandbox, *arguments):
    """Requests, connections and bytes sent of one run."""
    relay = Relay(sandbox.port, 0)
    try:
        url = f"{sandbox.url.split(':', 1)[0]}://127.0.0.1:{relay.port}"
        before = len(sandbox.log())
        tool.run(*arguments, variables=variables_of(sandbox, url))
        return len(sandbox.log()) - before, relay.connections, relay.sent
    finally:
        relay.stop()


def guard_requests(tool):
    with Sandbox("--tls") as sandbox:
        outbox = tool.folder / "outbox"
        requests, handshakes, _ = traffic(tool, sandbox, *EVENT)
        at_most("requests of one event, at first", requests, 3)
        # Here the token and the cloud id come from one host; with Jira these are two.
        at_most("TLS handshakes", handshakes, 1)
        relay = Relay(sandbox.port, 0)
        variables = variables_of(sandbox, f"https://127.0.0.1:{relay.port}")
        for name, more in (("cache folder", []), ("outbox", ["--outbox", outbox])):
            for _ in range(2):
                before, connections = len(sandbox.log()), relay.connections
                tool.run(*EVENT, *more, variables=variables)
            at_most(f"requests when the {name} knows the cloud id", len(sandbox.log()) - before, 2)
            at_most("TLS handshakes", relay.connections - connections, 1)
        before, connections = len(sandbox.log()), relay.connections
        tool.run("send", tool.events, "--outbox", outbox, variables=variables)
        at_most("requests of 500 events, with the token's", len(sandbox.log()) - before, 6)
        at_most("TLS handshakes", relay.connections - connections, 1)
        relay.stop()


def guard_roots(tool):
    """Of a hashed folder only the root that is needed is read, once; a bundle is not touched."""
    with Sandbox("--tls") as sandbox:
        roots = tool.folder / "roots"
        roots.mkdir()
        shutil.copy(sandbox.ca_file, roots / "sandbox.pem")
        if shutil.which("openssl") is None:
            raise Skipped("there is no openssl")
        subprocess.run(["openssl", "rehash", str(roots)], check=True)
        variables = variables_of(sandbox)
        del variables["SSL_CERT_FILE"]
        variables["SSL_CERT_DIR"] = str(roots)
        tool.run(*EVENT, variables=variables)  # knows the cloud id from now on
        _, opened = tool.counted(*EVENT, variables=variables)
    if not opened:
        raise Failed("no root was opened at all, so nothing was counted")
    print("opened:", *opened)
    at_most("roots opened", len(opened), 1)


def guard_syncs(tool):
    outbox = tool.folder / "outbox"
    tool.run(*EVENT, "--wait", "0", "--outbox", outbox, variables=NOWHERE)
    counts, _ = tool.counted(*EVENT, "--wait", "0", "--outbox", outbox, variables=NOWHERE)
    # The commit's, and four of SQLite that makes a write-ahead log and puts it away again.
    at_most("syncs of a run that commits one event", counts["syncs"], 5)
    alone = counts["syncs"]
    counts, _ = tool.counted("send", tool.events, "--wait", "0", "--outbox", outbox,
                             variables=NOWHERE)
    # Handed over by 400, as many as a request of commits takes.
    at_most("syncs of a run that commits 500 events", counts["syncs"], alone + 1)
    # A disk that takes 3 ms to sync, as the machine that tests may have none that takes any time.
    folder = tool.folder / "submit"
    folder.mkdir()
    said = subprocess.run([os.environ["GUARD_SUBMIT"], str(folder), "1", "320"],
                          env=tool.environment({"BENCH_SYNC_MS": "3"}), capture_output=True,
                          text=True, check=True, timeout=200).stdout
    seen = {(int(line[0]), line[2]): (int(line[3]), int(line[7]))
            for line in map(str.split, said.splitlines())}
    commits, syncs = seen[64, "jirasend"]
    at_most("syncs of 320 submits by 64 threads", syncs, commits // 16)
    commits, syncs = seen[1, "jirasend"]
    at_most("syncs of 320 submits by one thread", syncs, commits * 1.05)


def guard_bytes(tool):
    with Sandbox() as sandbox:
        _, _, one = traffic(tool, sandbox, *EVENT)
        _, _, many = traffic(tool, sandbox, "send", tool.events)
        at_most("bytes sent for one event, with token and cloud id", one, 1200)
        at_most("bytes sent for each of 500 events", round(many / 500), 330)


def compare(figures):
    """With the record of this compiler and these libraries."""
    built = os.environ["GUARD_BUILT"]
    records = json.loads(RECORDS.read_text(encoding="utf-8"))
    if os.environ.get("JIRASEND_GUARD_RECORD"):
        records.setdefault(built, {}).update(figures)
        text = json.dumps(records, indent=1, sort_keys=True)
        RECORDS.write_text(text + "\n", encoding="utf-8")
        return
    recorded = records.get(built, {})
    missing = [name for name in figures if name not in recorded]
    if missing:
        raise Skipped(f"there is no record of '{built}'; set JIRASEND_GUARD_RECORD=1 to make one")
    grown = []
    for name, seen in figures.items():
        known = recorded[name]
        print(f"{name}: {seen}, {seen / known:.3f} of the recorded {known}")
        if seen > known * TOLERANCE:
            grown.append(f"{name} grew from {known} to {seen}")
    if grown:
        raise Failed("; ".join(grown) + ". Find out why (docs/performance.md); if it has to be, "
                     "record it with JIRASEND_GUARD_RECORD=1.")


def text_with_keys():
    return "".join(f"commit {number:040x}\n\n    APP-{number % 97 + 1}: change {number}, see "
                   f"OPS-{number % 13 + 1} and UTF-8 - not-a-key\n\n" for number in range(2000))


def cases(tool):
    """What is counted on fixed inputs. None of it uses the network."""
    outbox = tool.folder / "counted"
    events = write_events(tool.folder / "counted.jsonl", 200)
    tool.run(*EVENT, "--wait", "0", "--outbox", outbox, variables=NOWHERE)
    return {"dry run of one event": ([*EVENT, "--dry-run"], None),
            "dry run of 200 events": (["send", events, "--dry-run"], None),
            "keys of a log": (["keys"], text_with_keys()),
            "commit of 200 events": (["send", events, "--wait", "0", "--outbox", outbox], None)}


def guard_allocations(tool):
    compare({f"allocations, {name}":
             tool.counted(*arguments, variables=NOWHERE, stdin=stdin)[0]["allocations"]
             for name, (arguments, stdin) in cases(tool).items()})


def guard_instructions(tool):
    # The least of three: keys are hashed with a random key, and what falls together costs more.
    compare({f"instructions, {name}":
             min(tool.instructions(*arguments, variables=NOWHERE, stdin=stdin)
                 for _ in range(3 if stdin else 1))
             for name, (arguments, stdin) in cases(tool).items()})


GROUPS = {name[6:]: function for name, function in list(globals().items())
          if name.startswith("guard_")}


def main():
    group = GROUPS[sys.argv[1]]
    try:
        with tempfile.TemporaryDirectory(prefix="jirasend-guard-") as folder:
            group(Tool(folder))
    except Skipped as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except Failed as failure:
        print(f"{sys.argv[1]}: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
