"""Committing and draining: what the disk and Jira see of many events."""

import json
import statistics
import subprocess

from measure import Curl, Failed, Row, Sandbox, exponent, write_events
from stand_in import StandIn


def submit_figures(place, rounds, commits):
    folder = place.new_folder("submit")
    done = subprocess.run([place.settings["BENCH_SUBMIT"], str(folder), str(rounds), str(commits)],
                          capture_output=True, text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"submit: {done.stderr.strip()}")
    seen = {}
    for line in done.stdout.splitlines():
        threads, number, side, *figures = line.split()
        if number != "0":
            seen.setdefault((int(threads), side), []).append([int(one) for one in figures])
    return {key: [statistics.median(column) for column in zip(*rows)] for key, rows in seen.items()}


def measure_submit(place):
    commits = 512
    seen = submit_figures(place, place.rounds(9, 3), commits)
    rows = []
    for threads, goal in ((1, 0.85), (8, None), (64, 6)):
        count, wall, half, most, syncs = seen[threads, "jirasend"]
        raw_count, raw_wall, raw_half, raw_most, _ = seen[threads, "sqlite"]
        group = f"submit, {threads} thread{'s' if threads > 1 else ''}"
        ours, floor = count / wall * 1e9, raw_count / raw_wall * 1e9
        rows.append(Row(group, "commits a second, by SQLite alone", f"{ours:.0f}/s",
                        f"{floor:.0f}/s", ratio=ours / floor, at_least=goal))
        rows.append(Row(group, "p50, by SQLite alone", f"{half / 1e6:.2f} ms",
                        f"{raw_half / 1e6:.2f} ms", ratio=half / raw_half))
        rows.append(Row(group, "p99, by SQLite alone", f"{most / 1e6:.2f} ms",
                        f"{raw_most / 1e6:.2f} ms", ratio=most / raw_most))
        each = count / syncs
        rows.append(Row(group, "submits a sync", f"{each:.1f}", value=each,
                        at_least=16 if threads == 64 else None))
    return rows


def measure_drain(place):
    group = "500 events through `jirasend send`"
    with Sandbox("--tls", "--token-lifetime", "86400") as sandbox:
        curl = Curl(place, sandbox, "drain")
        bodies = curl.bodies(500)
        trust = [f'cacert = "{sandbox.ca_file}"']
        outbox = place.new_folder("drain-outbox")
        variables = [f"{name}={value}" for name, value in place.for_site(sandbox).items()]
        given = ["send", curl.folder / "events.jsonl", "--ca-file", sandbox.ca_file]
        commands = {
            "curl": curl.command("drain", trust, bodies),
            "jirasend": [*variables, place.cli, *given, "--outbox", f"{outbox}/%r"],
            "memory": [*variables, place.cli, *given]}
        if place.static:
            commands["static"] = [*variables, place.static, *given, "--outbox", f"{outbox}/static-%r"]
        seen = place.interleave(place.rounds(15, 5), commands)
        before = len(sandbox.log("/bulk"))
        place.run(place.cli, "send", curl.folder / "events.jsonl", "--ca-file", sandbox.ca_file,
                  "--outbox", outbox / "counted", variables=place.for_site(sandbox))
        requests = len(sandbox.log("/bulk")) - before
    other = seen["curl"]
    rows = []
    for name, title, goals in (("static", "durable outbox, static", (1.6, 2.0)),
                               ("jirasend", "durable outbox", (None, None)),
                               ("memory", "no outbox", (None, None))):
        if name not in seen:
            continue
        ours = seen[name]
        rows.append(Row(group, f"wall, {title}, by curl with 100 a POST", f"{ours.wall / 500:.3f} ms each",
                        f"{other.wall / 500:.3f} ms each", ratio=ours.wall / other.wall,
                        at_most=goals[0]))
        rows.append(Row(group, f"CPU, {title}, by the same", f"{ours.cpu / 500:.3f} ms each",
                        f"{other.cpu / 500:.3f} ms each", ratio=ours.cpu / other.cpu,
                        at_most=goals[1]))
    rows.append(Row(group, "events a POST", f"{500 / requests:.0f}", value=500 / requests,
                    at_least=100))
    return rows + [send_growth(place)]


def send_growth(place):
    """`send` with an outbox, from the first event to the last receipt."""
    times = []
    with Sandbox() as sandbox:
        variables = [f"{name}={value}" for name, value in place.for_site(sandbox).items()]
        for size in (50, 500, 5000):
            folder = place.new_folder("growth")
            events = write_events(folder / "events.jsonl", size)
            runs = [once(place, [*variables, place.cli, "send", events, "--outbox",
                                 folder / f"outbox{run}"])[0] for run in range(3)]
            times.append(statistics.median(runs))
    return Row("growth of the cost, 1x 10x 100x", "sending, 50 500 5000 events",
               " ".join(f"{one:.0f}" for one in times) + " ms", "exponent",
               ratio=exponent(times[0], times[-1], 100), at_most=1.05)


def backlog(place, jira, count):
    """Figures of storing, opening and flushing a backlog of this size."""
    folder = place.new_folder("backlog")
    events = write_events(folder / "events.jsonl", count)
    site = jira.variables
    variables = [f"{name}={value}" for name, value in site.items()]
    outbox = folder / "outbox"
    tool = [*variables, place.static or place.cli]
    # Once each, as a backlog is gone once it is sent; %r would be another folder.
    seen = {}
    for name, command in (("store", [*tool, "send", events, "--wait", "0", "--outbox", outbox]),
                          ("open", [*tool, "outbox", "show", "1", "--outbox", outbox]),
                          ("flush", [*tool, "outbox", "flush", "--wait", "600", "--outbox", outbox])):
        runs = 5 if name == "open" else 1
        figures = [once(place, command) for _ in range(runs)]
        seen[name] = [statistics.median(column) for column in zip(*figures)]
    listed = place.run(place.cli, "outbox", "list", "--json", "--outbox", outbox, variables=site)
    waiting = [line for line in listed.splitlines() if json.loads(line)["status"] == "queued"]
    if waiting:
        raise Failed(f"{len(waiting)} of {count} events are still waiting after a flush")
    return seen


def once(place, command):
    """The runner's first round only warms up, which would drain the backlog: a runner of one."""
    done = subprocess.run([place.settings["BENCH_RUNNER"], "--once", "--", *map(str, command)],
                          capture_output=True, text=True, env=place.environment,
                          cwd=place.folder, check=True)
    _, _, wall, cpu, peak, code = map(int, done.stdout.split())
    if code != 0:
        raise Failed(f"ended with {code}: {command}")
    return wall / 1e6, cpu / 1e3, peak / 1024


def measure_backlog(place):
    sizes = (100, 1000, 10000) if place.quick else (1000, 10000, 100000)
    seen = {}
    for size in sizes:
        with StandIn() as jira:  # the sandbox would take half of the time
            seen[size] = backlog(place, jira, size)
    least, most = sizes[0], sizes[-1]
    group = f"backlog of {most:,}"
    flush, opened = seen[most]["flush"], seen[most]["open"]
    rows = [Row(group, "stored", f"{most / seen[most]['store'][0] * 1e3:,.0f}/s"),
            Row(group, "delivered", f"{most / flush[0] * 1e3:,.0f}/s", value=most / flush[0] * 1e3,
                at_least=None if place.quick else 25000),
            Row(group, "CPU of delivering", f"{flush[1] / most * 1e3:.0f} us each"),
            Row(group, "open with check", f"{opened[0]:.0f} ms", value=opened[0], at_most=150),
            Row(group, "peak memory of delivering, by that of a hundredth", f"{flush[2]:.1f} MiB",
                f"{seen[least]['flush'][2]:.1f} MiB", ratio=flush[2] / seen[least]["flush"][2]),
            Row(group, "peak memory of delivering, MiB", f"{flush[2]:.1f} MiB", value=flush[2],
                at_most=24)]
    rows.append(Row(group, "peak memory of delivering a hundredth, a tenth, all",
                    " ".join(f"{seen[size]['flush'][2]:.1f}" for size in sizes) + " MiB"))
    for name, title in (("store", "storing"), ("flush", "delivering"), ("open", "opening")):
        times = [seen[size][name][0] for size in sizes]
        rows.append(Row("growth of the cost, 1x 10x 100x", title,
                        " ".join(f"{one:.0f}" for one in times) + " ms",
                        "exponent", ratio=exponent(times[0], times[-1], 100), at_most=1.05))
    return rows
