"""Where the work goes: instructions by library, as valgrind counts them. It depends on no clock."""

import pathlib
import re
import shutil

from measure import Failed, Row, Sandbox, exponent, write_events

EVENTS = 500
SIZES = (EVENTS // 10, EVENTS, EVENTS * 10)

# By the file a function is in; the program itself is ours.
LIBRARIES = (("JSON", r"libjson-c"), ("SQLite", r"libsqlite3"), ("TLS", r"lib(ssl|crypto)\.so"),
             ("HTTP", r"libcurl|libnghttp"), ("C library", r"/lib(c|m|pthread)\.so"),
             ("loader", r"/ld-|/ld\.so"), ("ours", r"/jirasend$"))


def instructions(profile):
    """{file: instructions of its own functions} of a file that callgrind wrote."""
    names, counts, where, is_call = {}, {}, None, False
    for line in profile.read_text(encoding="utf-8", errors="replace").splitlines():
        file = re.match(r"(c?)ob=\((\d+)\)(?: (.*))?$", line)
        if file:
            called, number, name = file.groups()  # its name is told once, perhaps where it is called
            names.setdefault(number, name)
            where = where if called else names[number]
        elif line.startswith("calls="):
            is_call = True  # what follows is counted where it was called
        elif re.match(r"[\d+*-]", line):
            if not is_call:
                counts[where] = counts.get(where, 0) + int(line.split()[1])
            is_call = False
    return counts


def by_library(counts):
    shares = {}
    for file, count in counts.items():
        name = next((name for name, pattern in LIBRARIES if re.search(pattern, file or "")), "others")
        shares[name] = shares.get(name, 0) + count
    return shares


def count(place, sandbox, program, events):
    """The profile of one run that sends so many events through a new outbox."""
    folder = place.new_folder("shares")
    profile = pathlib.Path(folder, "callgrind.out")
    place.run("valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", program, "send",
              write_events(folder / "events.jsonl", events), "--ca-file", sandbox.ca_file,
              "--outbox", folder / "outbox", variables=place.for_site(sandbox))
    return instructions(profile)


def growth(place, sandbox):
    """Of the program that people are given: the goal of an event, and what ten times as many cost."""
    sizes = SIZES[:2] if place.quick else SIZES  # the last takes minutes
    counts = [sum(count(place, sandbox, place.static, events).values()) for events in sizes]
    group = "instructions, static program"
    rows = [Row(group, f"an event of {EVENTS}", f"{counts[1] / EVENTS:,.0f}",
                value=counts[1] / EVENTS, at_most=220000)]
    for small, large, one, other in zip(sizes, sizes[1:], counts, counts[1:]):
        rows.append(Row(group, f"{small} and {large} events", f"{one / 1e6:,.1f} million",
                        f"{other / 1e6:,.1f} million", ratio=exponent(one, other, large / small),
                        at_most=1.05))
    return rows


def measure_shares(place):
    if shutil.which("valgrind") is None:
        print("left out: where the work goes, as there is no valgrind")
        return []
    with Sandbox("--tls") as sandbox:
        shares = by_library(count(place, sandbox, place.cli, EVENTS))
        rows = growth(place, sandbox) if place.static else []
    total = sum(shares.values())
    if shares.get("ours", 0) == 0 or shares.get("SQLite", 0) == 0:
        raise Failed(f"callgrind's profile was not understood: {shares}")
    group = f"where the work of {EVENTS} events goes"
    return rows + [Row(group, "instructions an event", f"{total / EVENTS:,.0f}")] + [
        Row(group, name, f"{count / total:.0%}")
        for name, count in sorted(shares.items(), key=lambda one: -one[1])]
