"""A history of a million settled events: what it costs to ask it, to send beside it, and to tidy it."""

import os
import statistics
import subprocess

from measure import Failed, Row


def program(place, *arguments):
    done = subprocess.run([place.settings["BENCH_HISTORY"], *map(str, arguments)], capture_output=True,
                          text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"history {arguments[0]}: {done.stderr.strip()}")
    return [line.split() for line in done.stdout.splitlines()]


def measure_history(place):
    few, many = 800, 100000 if place.quick else 1000000
    folders = {}
    for name, count in (("short", few), ("long", many)):
        folders[name] = place.new_folder(name) / "outbox"
        program(place, "seed", folders[name], count)
    size = os.path.getsize(folders["long"] / "outbox.db")
    group = f"history of {many:,} settled events"
    rows = [Row(group, "bytes an event", f"{size / many:.0f}", value=size / many, at_most=400)]
    commands = {"log --key": ["log", "--key", "APP-7", "--json"],
                "log --since, the last 100": ["log", "--since", f"{100 * 400 * 86400 // many + 1}s", "--json"],
                "explain --offline": ["explain", "APP-8", "--offline", "--json"]}
    for what, words in commands.items():
        seen = place.interleave(place.rounds(21, 7), {
            name: [place.cli, *words, "--outbox", folder] for name, folder in folders.items()})
        if what.startswith("log --since"):  # of a short history the same time holds fewer
            seen["short"] = place.interleave(place.rounds(21, 7), {
                "short": [place.cli, "log", "--limit", "100", "--json", "--outbox", folders["short"]]})["short"]
        ours, other = seen["long"].wall, seen["short"].wall
        rows.append(Row(group, f"{what}, by a history of {few}", f"{ours:.1f} ms", f"{other:.1f} ms",
                        ratio=ours / other, at_most=1.25))
        rows.append(Row(group, f"{what}, CPU of the process", f"{seen['long'].cpu:.1f} ms",
                        f"{seen['short'].cpu:.1f} ms", value=seen["long"].cpu, at_most=50))
    figures = program(place, "submit", folders["short"], folders["long"], place.rounds(15, 5), 200)
    sides = {side: [int(ns) for number, name, ns in figures if name == side and number != "0"]
             for side in folders}
    ours, other = (statistics.median(sides[side]) for side in ("long", "short"))
    rows.append(Row(group, f"submit, by a history of {few}", f"{ours / 1e6:.2f} ms", f"{other / 1e6:.2f} ms",
                    ratio=ours / other, at_most=1.03))
    figures = program(place, "tidy", folders["long"])
    took = {name: [int(ns) / 1e6 for side, ns in figures if side == name]
            for name in ("before", "meanwhile", "whole")}
    rows.append(Row(group, "longest submit while a tenth is removed, by the longest before",
                    f"{max(took['meanwhile']):.0f} ms", f"{max(took['before']):.0f} ms",
                    value=max(took["meanwhile"]), at_most=200))
    rows.append(Row(group, "removed", f"{many / 10 / took['whole'][0] * 1e3:,.0f}/s"))
    return rows
