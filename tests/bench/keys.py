"""Finding issue keys in text: beside grep, and on text made to be slow."""

import os
import pathlib
import subprocess

from measure import HERE, Row, exponent

PATTERN = r"[A-Z][A-Z0-9_]+-[1-9][0-9]*"
HOSTILE = {"A-A-A-...": b"A-", "AAAA...": b"A", "A1_A1_...": b"A1_", "AB-0AB-0...": b"AB-0",
           "letters of other scripts": "é漢-".encode(), "invalid bytes": b"\xf0\x9f\xff",
           "A-1 without end": b"APP-1", "one key a word": b"APP-17 ",
           "no key twice": b"".join(b"K%d-%d\n" % (n % 50, n + 1) for n in range(900_000))}


def git(*arguments):
    done = subprocess.run(["git", "-C", str(HERE), *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def sized(text, size):
    return (text * (size // len(text) + 1))[:size]


def compare(place, commands_of, rounds):
    """Ours and grep's medians for each text."""
    commands = {}
    for name, path in commands_of.items():
        commands[name, "ours"] = [f"<{path}", place.static or place.cli, "keys"]
        for locale in ("C.UTF-8", "C"):
            commands[name, locale] = [f"LC_ALL={locale}", f"<{path}", "grep", "-aoE", PATTERN]
    return place.interleave(rounds, commands, good=(0, 1))  # grep: 1 when there is none


def measure_keys(place):
    folder = place.new_folder("keys")
    hostile = (4 if place.quick else 8) * 1024 * 1024
    real = 8 * hostile  # scanned so fast that starting a program would be most of it
    texts = {"git log": git("log", "--format=%B"), "git log --patch": git("log", "-p")}
    if not texts["git log"]:
        texts = {"CHANGELOG": pathlib.Path(HERE.parents[1], "CHANGELOG.md").read_bytes()}
    sizes = {name: real for name in texts} | {name: hostile for name in HOSTILE}
    texts.update(HOSTILE)
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / f"{len(paths)}.text"
        paths[name].write_bytes(sized(text, sizes[name]))
    seen = compare(place, paths, place.rounds(5, 3))
    rows = []
    for name in paths:
        ours = seen[name, "ours"].wall
        for locale, goal in (("C.UTF-8", 1), ("C", 0.9)):
            other = seen[name, locale].wall
            rows.append(Row("key scan", f"{name}, by grep in {locale}", rate(sizes[name], ours),
                            rate(sizes[name], other), ratio=ours / other, at_most=goal))
    return rows + measure_growth(place, folder)


def rate(size, wall):
    return f"{size / 1e3 / wall:.0f} MB/s"


def measure_growth(place, folder):
    """Of texts made to be slow, from ten to a hundred times a unit: in one unit, and in texts of
    every day, the scan takes less than the start of a program varies. So the program that starts
    quickest is taken, and what a tenth takes must stand out of that."""
    unit = (512 if place.quick else 1024) * 1024
    program = place.static or place.cli
    commands = {}
    for name, text in HOSTILE.items():
        for factor in (10, 100):
            path = folder / f"growth-{len(commands)}.text"
            path.write_bytes(sized(text, unit * factor))
            commands[name, factor] = [f"<{path}", program, "keys"]
    commands["nothing", 0] = [f"<{os.devnull}", program, "keys"]
    seen = place.interleave(5, commands)
    start = seen["nothing", 0].cpu
    worst, name = max((exponent(max(seen[name, 10].cpu - start, start), seen[name, 100].cpu - start,
                                10), name) for name in HOSTILE)
    return [Row("growth of the cost, 10x 100x", f"key scan, the worst text ({name})", "",
                "exponent", ratio=worst, at_most=1.05)]
