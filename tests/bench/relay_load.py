"""The relay under load over TLS: against nginx, which answers 200 from memory, and against SQLite alone."""

import os
import pathlib
import shutil
import socket
import sqlite3
import ssl
import statistics
import subprocess
import sys
import time

from measure import HERE, Failed, Row, Sandbox

sys.path.insert(0, str(HERE.parent / "relay"))

TOKEN = "token-of-the-bench"
GOAL_RATE = 1500  # single posts a second
DOCUMENT = '{"kind":"build","pipelineId":"bench/1-1","number":1,"state":"successful","url":"https://ci.example.com"}'


def load(place, port, connections, seconds, events, rate=0):
    done = subprocess.run([place.settings["BENCH_RELAY_LOAD"], str(port), str(connections), str(seconds), str(events),
                           TOKEN, str(rate)], capture_output=True, text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"relay: not every post got 200: {done.stdout} {done.stderr}")
    posts, _, wall, half, most = map(int, done.stdout.split())
    return posts / wall * 1e9, half / 1e6, most / 1e6


def sqlite_rate(place, events, seconds):
    """Rows a second of one thread that commits so many at a time, each commit on disk."""
    database = sqlite3.connect(place.new_folder("raw") / "raw.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, pipeline TEXT, text BLOB)")
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        database.execute("BEGIN IMMEDIATE")
        for _ in range(events):
            database.execute("INSERT INTO event (pipeline, text) VALUES ('bench/1-1', ?)", (DOCUMENT,))
        database.execute("COMMIT")
        count += events
    rate = count / (time.monotonic() - began)
    database.close()
    return rate


class Nginx:
    """Answers every request with 200 from memory, over the same TLS; None where it is not installed."""

    def __init__(self, folder, certificate, key):
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        config = pathlib.Path(folder, "nginx.conf")
        config.write_text(f"""
            daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
            events {{ worker_connections 2048; }}
            http {{
                access_log off; keepalive_requests 1000000; client_max_body_size 32m;
                client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
                uwsgi_temp_path {folder}; scgi_temp_path {folder};
                server {{
                    listen 127.0.0.1:{self.port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
                    location / {{ return 200 "ok"; }}
                }}
            }}""", encoding="utf-8")
        self.process = subprocess.Popen([shutil.which("nginx"), "-c", str(config), "-p", str(folder)],
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    self.stop()
                    raise Failed("nginx did not start") from None
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def resident(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def idle_memory(relay, connections=1000):
    context = ssl.create_default_context(cafile=relay.ca_file)
    held = []
    try:
        for _ in range(connections):
            plain = socket.create_connection(("127.0.0.1", relay.port), timeout=10)
            held.append(context.wrap_socket(plain, server_hostname="127.0.0.1"))
            held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            held[-1].recv(4096)
        return resident(relay.process)
    finally:
        for one in held:
            one.close()


def deliver_all(relay):
    """What an earlier load left would be sent beside the next one, for ten seconds after posts of a hundred."""
    end = time.monotonic() + 120
    while True:
        text = relay.get("/metrics", token=TOKEN).body.decode()
        if not sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("jirasend_waiting{")):
            return
        if time.monotonic() > end:
            raise Failed("relay: what was posted is not delivered")
        time.sleep(0.2)


def measure_relay(place):
    if not place.settings.get("JIRASEND_RELAY_PROGRAM"):
        print(" skipped, jirasend-relay is not built", end="", file=sys.stderr)
        return []
    os.environ["JIRASEND_RELAY_PROGRAM"] = place.settings["JIRASEND_RELAY_PROGRAM"]
    from http_test import certificate  # pylint: disable=import-outside-toplevel
    from relay import Relay, caller
    folder = place.new_folder("relay")
    ca = certificate(str(folder), "ca", "/CN=bench root")
    own = certificate(str(folder), "own", "/CN=bench", ca)
    rounds, seconds = place.rounds(5, 3), 3
    seen = {}

    def note(name, figures):
        seen.setdefault(name, []).append(figures)

    def middle(name, column=0):
        return statistics.median(figures[column] for figures in seen[name])
    with Sandbox() as sandbox, Relay(sandbox, folder=str(folder),
                                     tls={"certificate": own[0], "key": own[1], "ca": ca[0]},
                                     limits={"connections": 2000, "perAddress": 2000},
                                     callers=[caller("bench", TOKEN, pipelines=["bench/**"], metrics=True)]) as relay:
        memory = idle_memory(relay)
        nginx = Nginx(folder, *own) if shutil.which("nginx") else None
        try:
            for _ in range(rounds):
                note("single", load(place, relay.port, 64, seconds, 1))
                deliver_all(relay)
                note("paced", load(place, relay.port, 64, seconds, 1, GOAL_RATE))
                if nginx:
                    note("nginx paced", load(place, nginx.port, 64, seconds, 1, GOAL_RATE))
                note("many", load(place, relay.port, 8, seconds, 100))
                note("sqlite", (sqlite_rate(place, 1, 1), sqlite_rate(place, 100, 1)))
                if nginx:
                    note("nginx", load(place, nginx.port, 64, seconds, 1))
                deliver_all(relay)
        finally:
            if nginx:
                nginx.stop()
    floor = middle("nginx") if nginx else None
    group = "relay over TLS, outbox on disk"
    return [
        Row(group, "single posts a second, 64 connections; nginx from memory", f"{middle('single'):,.0f}/s",
            f"{floor:,.0f}/s" if floor else "no nginx", ratio=middle("single") / floor if floor else None,
            value=middle("single"), at_least=GOAL_RATE),
        Row(group, "p50 of these", f"{middle('single', 1):.1f} ms", f"{middle('nginx', 1):.1f} ms" if floor else ""),
        Row(group, "p99 of these", f"{middle('single', 2):.1f} ms", f"{middle('nginx', 2):.1f} ms" if floor else ""),
        Row(group, f"p50 of {GOAL_RATE:,} a second over these; nginx", f"{middle('paced', 1):.1f} ms",
            f"{middle('nginx paced', 1):.1f} ms" if floor else ""),
        Row(group, "p99 of these, ms; nginx", f"{middle('paced', 2):.1f} ms",
            f"{middle('nginx paced', 2):.1f} ms" if floor else "", value=middle("paced", 2), at_most=25),
        Row(group, "single posts, by SQLite alone with one thread", f"{middle('single'):,.0f}/s",
            f"{middle('sqlite'):,.0f}/s", ratio=middle("single") / middle("sqlite")),
        Row(group, "events a second in posts of 100; rows by SQLite alone", f"{middle('many') * 100:,.0f}/s",
            f"{middle('sqlite', 1):,.0f}/s", ratio=middle("many") * 100 / middle("sqlite", 1),
            value=middle("many") * 100, at_least=5000),
        Row(group, "memory with 1,000 idle connections, MiB", f"{memory:.1f} MiB", value=memory, at_most=80)]
