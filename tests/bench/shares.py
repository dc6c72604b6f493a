"""Where the work goes: instructions by library, as valgrind counts them. It depends on no clock."""

import pathlib
import re
import shutil
import subprocess

from measure import Failed, Row, Sandbox, write_events

EVENTS = 500

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


def measure_shares(place):
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        print("left out: where the work goes, as there is no valgrind")
        return []
    folder = place.new_folder("shares")
    events = write_events(folder / "events.jsonl", EVENTS)
    profile = pathlib.Path(folder, "callgrind.out")
    with Sandbox("--tls") as sandbox:
        place.run(valgrind, "--tool=callgrind", f"--callgrind-out-file={profile}", place.cli, "send",
                  events, "--ca-file", sandbox.ca_file, "--outbox", folder / "outbox",
                  variables=place.for_site(sandbox))
    shares = by_library(instructions(profile))
    total = sum(shares.values())
    if shares.get("ours", 0) == 0 or shares.get("SQLite", 0) == 0:
        raise Failed(f"callgrind's profile was not understood: {shares}")
    group = f"where the work of {EVENTS} events goes"
    return [Row(group, "instructions an event", f"{total / EVENTS:,.0f}")] + [
        Row(group, name, f"{count / total:.0%}")
        for name, count in sorted(shares.items(), key=lambda one: -one[1])]
