"""An outbox on PostgreSQL, against raw SQL on the same server, and many processes against one."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from measure import Failed, Row, Sandbox, write_events

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import postgres  # pylint: disable=wrong-import-position


@contextlib.contextmanager
def server(place):
    """On a real disk, as Debian configures it but for the number of connections."""
    why = postgres.missing()
    if why:
        raise Failed(why)
    before = tempfile.tempdir
    os.chmod(place.folder, 0o755)
    tempfile.tempdir = str(place.folder)
    try:
        made = postgres.Postgres(max_connections=400)
    finally:
        tempfile.tempdir = before
    try:
        made.role("owner")
        made.role("runtime")
        yield made
    finally:
        made.close()


class Outbox:
    def __init__(self, place, made, name):
        self.place, self.server, self.name = place, made, name
        made.database(name, "owner")
        place.run(place.cli, "outbox", "migrate", "--role", "runtime", "--outbox", made.url(name, "owner"),
                  "--outbox-password-file", made.password_file("owner"))
        self.url = made.url(name, "runtime")
        self.variables = {"JIRASEND_OUTBOX": self.url,
                          "JIRASEND_OUTBOX_PASSWORD_FILE": made.password_file("runtime")}

    def start(self, *arguments, variables=None):
        return subprocess.Popen([self.place.cli, *map(str, arguments)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL,
                                env={**self.place.environment, **self.variables, **(variables or {})})

    def sql(self, text):
        return self.server.sql(text, self.name)


def measure_submits(place, made):
    outbox = Outbox(place, made, "submits")
    outbox.sql("CREATE TABLE floor (LIKE jirasend.waiting INCLUDING ALL)")
    conninfo = f"host={made.sockets} port={made.port} user={postgres.SUPERUSER} dbname={outbox.name}"
    # Both by the socket and without TLS: what is compared is what is asked of the server.
    address = f"postgresql://{postgres.SUPERUSER}@/{outbox.name}?host={made.sockets}&port={made.port}"
    done = subprocess.run([place.settings["BENCH_FLEET"], address, conninfo,
                           str(place.rounds(7, 3)), "512"],
                          capture_output=True, text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    seen = {}
    for line in done.stdout.splitlines():
        threads, number, side, *figures = line.split()
        if number != "0":
            seen.setdefault((int(threads), side), []).append([int(one) for one in figures])
    seen = {key: [statistics.median(column) for column in zip(*rows)] for key, rows in seen.items()}
    rows = []
    for threads in (1, 8, 64):
        count, wall, half = seen[threads, "jirasend"]
        _, raw_wall, raw_half = seen[threads, "libpq"]
        group = f"PostgreSQL, {threads} thread{'s' if threads > 1 else ''}"
        rows.append(Row(group, "a submit, by INSERT and commit of its row", f"{half / 1e6:.2f} ms",
                        f"{raw_half / 1e6:.2f} ms", ratio=half / raw_half, at_most=1.6 if threads == 1 else None))
        rows.append(Row(group, "time of all, by the same", f"{wall / count / 1e6:.3f} ms each",
                        f"{raw_wall / count / 1e6:.3f} ms each", ratio=wall / raw_wall,
                        at_most=None if threads == 1 else 1.6))
    return rows


def timed(processes):
    begin = time.monotonic()
    for one in [start() for start in processes]:
        if one.wait() not in (0, 75):
            raise Failed(f"{one.args} ended with {one.returncode}")
    return time.monotonic() - begin


def measure_processes(place, made, sandbox):
    """The same events stored, and then sent, by one process and by several."""
    count = 100000 if not place.quick else 2000
    site = place.for_site(sandbox)
    seen = {}
    for many in (1, 8):
        outbox = Outbox(place, made, f"stored{many}")
        folder = place.new_folder("stored")
        files = [write_events(folder / f"{at}.jsonl", count // many, 1 + at * (count // many)) for at in range(many)]
        seen["store", many] = timed([
            lambda file=file: outbox.start("send", file, "--wait", "0", variables=site) for file in files])
        sent = 1 if many == 1 else 4
        seen["bytes"] = {name: int(outbox.sql(f"SELECT pg_total_relation_size('jirasend.{name}')")) / count
                         for name in ("waiting", "stream", "request", "counter")}
        seen["drain", sent] = drain(outbox, sent, site)
        left = outbox.sql("SELECT count(*) FROM jirasend.waiting")
        if left != "0":
            raise Failed(f"{left} events are still waiting")
        settled = {name: int(outbox.sql(
            "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits WHERE inhparent ="
            " 'jirasend.receipt'::regclass" if name == "receipt" else
            f"SELECT pg_total_relation_size('jirasend.{name}')")) / count for name in ("receipt", "event_key", "told")}
    group = f"PostgreSQL, {count} events"
    rows = [Row(group, "stored by 8 processes, by one", f"{seen['store', 8] / count * 1e3:.3f} ms each",
                f"{seen['store', 1] / count * 1e3:.3f} ms each", ratio=seen["store", 8] / seen["store", 1]),
            Row(group, "drained with 4 processes there, by one", f"{seen['drain', 4] / count * 1e3:.3f} ms each",
                f"{seen['drain', 1] / count * 1e3:.3f} ms each", ratio=seen["drain", 4] / seen["drain", 1])]
    for name, of in (("one that waits", seen["bytes"]), ("one that is settled", settled)):
        words = ", ".join(f"{table} {size:.0f}" for table, size in of.items())
        rows.append(Row(group, f"bytes with indexes, {name}", f"{sum(of.values()):.0f}", words))
    return rows


def drain(outbox, many, site):
    """One of them has the lane at a time: the others are there, and take it over."""
    begin = time.monotonic()
    running = [outbox.start("outbox", "flush", "--wait", "600", "--quiet", variables=site) for _ in range(many)]
    while outbox.sql("SELECT count(*) FROM jirasend.waiting") != "0":
        if all(one.poll() is not None for one in running) or time.monotonic() - begin > 600:
            break
        time.sleep(0.1)
    took = time.monotonic() - begin
    for one in running:
        one.wait()
    return took


@contextlib.contextmanager
def old_transaction(made, database):
    """Somebody's who keeps it open: what is sent meanwhile leaves dead rows that nobody may remove."""
    psql = subprocess.Popen(
        [made.bin / "psql", "-X", "-q", "-h", made.sockets, "-p", str(made.port), "-U", postgres.SUPERUSER, "-d",
         database], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        psql.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM jirasend.waiting;"
                         " SELECT txid_current(); SELECT pg_sleep(3600);\n")
        psql.stdin.flush()
        postgres.wait_for(lambda: made.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != "",
                          "the transaction")
        yield
    finally:
        made.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        psql.stdin.close()
        psql.wait()


def measure_next_batch(place, made, sandbox):
    """What the server takes for the statement that finds the events of a batch, while all that waits is sent."""
    count = 100000 if not place.quick else 5000
    outbox = Outbox(place, made, "backlog")
    site = place.for_site(sandbox)
    timed([lambda: outbox.start("send", write_events(place.new_folder("backlog") / "all.jsonl", count, 1),
                                "--wait", "0", variables=site)])
    with old_transaction(made, outbox.name):
        made.set(log_min_duration_statement="0")
        begin = made.log.stat().st_size
        drain(outbox, 1, site)
        made.set(log_min_duration_statement="-1")
        dead = int(outbox.sql("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'waiting'"))
    times = []
    with open(made.log, encoding="utf-8") as log:
        log.seek(begin)
        for line in log:
            if "duration:" in line and "execute <unnamed>: " in line and "ORDER BY e.id LIMIT $4" in line:
                times.append(float(line.split("duration: ")[1].split(" ms")[0]))
    half, most = statistics.median(times), sorted(times)[len(times) * 99 // 100]
    return [Row(f"PostgreSQL, {count} events beside an old transaction", "the next batch (median, p99)",
                f"{half:.2f} ms, {most:.2f} ms", f"{dead} dead rows at the end", value=half, at_most=2)]


def server_seconds(made):
    """Processor time of the server and all that it has started, those that have ended among them."""
    ticks = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if made.process.pid in (int(folder.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
        if made.process.pid == int(folder.name):
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_idle(place, made, sandbox):
    """Processes that wait for what nobody can send now. They start one by one, as jobs do: each is news to the others."""
    many, seconds = (300, 60) if not place.quick else (30, 10)
    outbox = Outbox(place, made, "idle")
    site = place.for_site(sandbox)
    sandbox.faults({"path": "/bulk", "status": 429, "count": 0,
                    "headers": {"Retry-After": "600"}})
    folder = place.new_folder("idle")
    waiting = []
    try:
        begin, before = time.monotonic(), server_seconds(made)
        for at in range(many):
            file = write_events(folder / f"{at}.jsonl", 1, 1 + at)
            waiting.append(outbox.start("send", file, "--wait", "800", variables=site))
            time.sleep(1 / 3)
        postgres.wait_for(lambda: outbox.sql("SELECT count(*) FROM jirasend.waiting") == str(many), "the events")
        starting = (server_seconds(made) - before) / (time.monotonic() - begin)
        time.sleep(20 if not place.quick else 10)
        begin, before = time.monotonic(), server_seconds(made)
        time.sleep(seconds)
        share = (server_seconds(made) - before) / (time.monotonic() - begin)
        left = sum(one.poll() is None for one in waiting)
    finally:
        for one in waiting:
            one.kill()
            one.wait()
        sandbox.clear_faults()
    group = f"PostgreSQL, {many} processes that wait"
    return [Row(group, "share of a core of the server's while three a second start", f"{starting * 100:.1f} %", ""),
            Row(group, f"share of a core of the server's in {seconds} s at rest", f"{share * 100:.1f} %",
                f"{left} of them waiting", value=share * 300 / many, at_most=0.02)]


def measure_fleet(place):
    with server(place) as made, Sandbox("--token-lifetime", "86400") as sandbox:
        return (measure_submits(place, made) + measure_processes(place, made, sandbox)
                + measure_next_batch(place, made, sandbox) + measure_idle(place, made, sandbox))
