"""Measures, and prints a table: ours, the other's, the ratio, the goal, met or missed.

    bench.py BUILD_FOLDER [--quick] [--json FILE] [--only GROUP,...]

Everything compared runs in turn in the same minute, and medians are compared: a loud machine makes
both slow. It ends with 0 whether goals are met or not; only what does not work is an error.
"""

import argparse
import json
import os
import subprocess
import sys
import time

from cold import measure_cold, measure_distance, measure_start
from fleet import measure_fleet
from git import measure_git
from history import measure_history
from java import measure_java
from keys import measure_keys
from measure import Failed, Place
from relay_load import measure_relay
from shares import measure_shares
from store import measure_backlog, measure_drain, measure_submit

GROUPS = {"cold": measure_cold, "start": measure_start, "distance": measure_distance,
          "submit": measure_submit, "drain": measure_drain, "backlog": measure_backlog,
          "keys": measure_keys, "java": measure_java, "shares": measure_shares,
          "history": measure_history, "git": measure_git, "relay": measure_relay,
          "fleet": measure_fleet}


def show(rows):
    heads = ("", "ours", "other", "ratio", "goal", "")
    lines = []
    for row in rows:
        met = {True: "met", False: "MISSED", None: ""}[row.met()]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append((row.group, (row.what, row.ours, row.other, ratio, row.goal(), met)))
    widths = [max(len(head), *(len(line[index]) for _, line in lines))
              for index, head in enumerate(heads)]

    def line(cells):
        first, *rest = cells
        return "  " + first.ljust(widths[0]) + "".join(
            "  " + cell.rjust(width) for cell, width in zip(rest, widths[1:]))

    print(line(heads))
    group = None
    for name, cells in lines:
        if name != group:
            print(f"\n{name}")
            group = name
        print(line(cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller backlogs")
    parser.add_argument("--json", metavar="FILE", help="the same as JSON")
    parser.add_argument("--only", metavar="GROUP,...", default=",".join(GROUPS),
                        help="some of: " + ", ".join(GROUPS))
    options = parser.parse_args()
    chosen = options.only.split(",")
    unknown = [name for name in chosen if name not in GROUPS]
    if unknown:
        parser.error(f"there is no group '{unknown[0]}'. Take some of: {', '.join(GROUPS)}.")
    rows, failed = [], []
    place = Place(os.path.abspath(options.build), options.quick)
    load = os.getloadavg()[0]
    try:
        for name in chosen:
            start = time.monotonic()
            print(f"measuring: {name}", file=sys.stderr, end="", flush=True)
            try:
                rows += GROUPS[name](place)
            except Failed as failure:
                failed.append(f"{name}: {failure}")
            except (RuntimeError, OSError, subprocess.SubprocessError) as failure:  # the other groups count
                failed.append(f"{name}: {type(failure).__name__}: {failure}")
            print(f" ({time.monotonic() - start:.0f} s)", file=sys.stderr)
    finally:
        place.close()
    if rows:
        show(rows)
        missed = sum(row.met() is False for row in rows)
        goals = sum(row.met() is not None for row in rows)
        print(f"\n{goals - missed} of {goals} goals met. {os.cpu_count()} processors, "
              f"{load:.1f} busy before it began.")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"processors": os.cpu_count(), "load": load, "quick": options.quick,
                       "rows": [row.document() for row in rows]}, file, indent=1,
                      ensure_ascii=False)
    for line in failed:
        print(f"bench: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
