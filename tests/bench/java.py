"""The core called from Java."""

import statistics
import subprocess
import urllib.parse

from measure import Curl, Failed, Row, Sandbox
from store import submit_figures

CLASS = "io.jenkins.plugins.jirasend.nativecore.Bench"


def java(place, *arguments):
    done = subprocess.run([place.settings["BENCH_JAVA"], "-cp", place.settings["BENCH_CLASSES"],
                           "-Xmx64m", "-XX:+UseSerialGC", CLASS, *map(str, arguments)],
                          capture_output=True, text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"Java: {done.stderr.strip()}")
    return [float(one) for one in done.stdout.split()]


def native(place, *arguments):
    done = subprocess.run([place.settings["BENCH_WARM"], *map(str, arguments)],
                          capture_output=True, text=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"warm: {done.stderr.strip()}")
    return [float(one) for one in done.stdout.split()]


def in_turn(rounds, *sides):
    """Medians of each side's figures, the sides taking turns."""
    seen = [[] for _ in sides]
    for _ in range(rounds):
        for one, side in zip(seen, sides):
            one.append(side())
    return [[statistics.median(column) for column in zip(*rows)] for rows in seen]


def warm(place):
    group = "one event from Java, warm"
    events = 200 if place.quick else 500
    with Sandbox("--token-lifetime", "86400") as sandbox:
        curl = Curl(place, sandbox, "warm")
        token = curl.folder / "token"
        token.write_text(curl.token, encoding="utf-8")
        body = curl.bodies(1)[0]
        url = urllib.parse.urljoin(sandbox.url, f"/jira/builds/0.1/cloud/{sandbox.cloud_id}/bulk")
        settings = sandbox.settings
        before = len(sandbox.log("/bulk"))
        rounds = place.rounds(5, 3)
        floor, ours = in_turn(
            rounds,
            lambda: native(place, place.new_folder("warm"), url, token, body, events),
            lambda: java(place, "warm", place.new_folder("warm"), events, sandbox.url,
                         settings["clientId"], settings["clientSecret"]))
        posts = len(sandbox.log("/bulk")) - before
    wall, other = ours[0] / 1e6, floor[0] / 1e6
    sent = 2 * rounds * (events + events // 5)
    return [Row(group, "ms over one POST and one commit of SQLite", f"{wall:.2f} ms",
                f"{other:.2f} ms", ratio=wall / other, value=wall - other, at_most=0.15),
            Row(group, "CPU, by the same", f"{ours[1] / 1e6:.2f} ms", f"{floor[1] / 1e6:.2f} ms",
                ratio=ours[1] / floor[1]),
            Row(group, "requests an event", f"{posts / sent:.2f}", value=posts / sent, at_most=1)]


def calls(place):
    empty, ours = java(place, "calls", place.new_folder("calls"), place.settings["BENCH_EMPTY"])
    commits = 300
    rounds = place.rounds(5, 3)
    c_side, java_side = in_turn(
        rounds,
        lambda: [submit_figures(place, 1, commits)[1, "jirasend"][2]],
        lambda: java(place, "submit", place.new_folder("submit"), commits))
    return [Row("JNI", "version(), by an empty native call", f"{ours:.0f} ns", f"{empty:.0f} ns",
                ratio=ours / empty),
            Row("JNI", "submit from Java, by submit from C", f"{java_side[0] / 1e6:.2f} ms",
                f"{c_side[0] / 1e6:.2f} ms", ratio=java_side[0] / c_side[0])]


def measure_java(place):
    if "BENCH_JAVA" not in place.settings:
        print("left out: what is called from Java, as the plugin's native library is not built")
        return []
    return warm(place) + calls(place)
