"""`jirasend git` over a long history, beside git itself and curl: each commit read once and told once."""

import json
import re
import subprocess
import time

from measure import Failed, Row
from stand_in import StandIn

FILES, LINES, A_REQUEST = 200, 60, 400


def make_repository(place, commits):
    """Each commit changes a line in two files of two hundred, and names an issue."""
    folder = place.new_folder("repository")
    place.run("git", "init", "--quiet", folder)
    contents = [[f"line {line} of {file}" for line in range(LINES)] for file in range(FILES)]
    stream = bytearray()
    for number in range(commits):
        message = f"APP-{number % 500 + 1} change number {number}\n\nA few words on why.\n".encode()
        when = f"A U Thor <author@example.com> {1790000000 + number} +0000"
        stream += f"commit refs/heads/main\nauthor {when}\ncommitter {when}\n".encode()
        stream += b"data %d\n%s" % (len(message), message)
        for file in range(FILES) if number == 0 else (number % FILES, number * 7 % FILES):
            contents[file][number % LINES] = f"changed by {number}"
            text = "\n".join(contents[file]).encode() + b"\n"
            stream += b"M 100644 inline src/%d/file-%d.c\ndata %d\n%s\n" % (file % 10, file, len(text), text)
        stream += b"\n"
    done = subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=bytes(stream),
                          capture_output=True, env=place.environment, check=False)
    if done.returncode != 0:
        raise Failed(f"git fast-import: {done.stderr.decode()}")
    place.run("git", "-C", folder, "remote", "add", "origin", "https://github.com/team/app.git")
    place.run("git", "-C", folder, "gc", "--quiet")
    return folder


def peak_of(place, command):
    """MiB of the program alone: what git needs beside it is git's. env becomes the program."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=place.environment) as process:
        peak = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    lines = [line.split() for line in status if line.startswith("VmHWM:")]
            except OSError:
                break
            peak = int(lines[0][1]) / 1024 if lines else peak
            time.sleep(0.002)
    if process.returncode != 0:
        raise Failed(f"jirasend git ended with {process.returncode}")
    return peak


def curl_config(place, stand_in, folder):
    """One curl that posts the bodies again, on one connection."""
    parts = []
    for number, body in enumerate(stand_in.bodies):
        path = folder / f"{number}.json"
        path.write_bytes(body)
        parts.append("\n".join(["silent", "fail", 'header = "Content-Type: application/json"',
                                'header = "Authorization: Bearer token"', f'data-binary = "@{path}"',
                                f'url = "{stand_in.url}/jira/devinfo/0.1/cloud/cloud-1/bulk"',
                                "output = /dev/null"]))
    config = folder / "config"
    config.write_text("\nnext\n".join(parts) + "\n", encoding="utf-8")
    return config


def measure_git(place):
    commits = 2000 if place.quick else 10000
    repository = make_repository(place, commits)
    stand_in = StandIn(keeps=True)

    root = place.run("git", "-C", repository, "rev-list", "--max-parents=0", "main").strip()
    spans = {"all": f"{root}..main", "a tenth": f"main~{commits // 10}..main"}

    def told(span, *words):
        return ["env", "-C", str(repository), f"JIRASEND_SITE={stand_in.url}",
                f"JIRASEND_API_URL={stand_in.url}", "JIRASEND_CLIENT_ID=id", "JIRASEND_CLIENT_SECRET=secret",
                place.cli, "git", spans[span], "--quiet", *words]

    place.run(*told("all"))
    sent = sum(len(entity["commits"]) for body in stand_in.bodies
               for entity in json.loads(body)["repositories"])
    requests = len(stand_in.bodies)
    stand_in.keeps = False
    if sent != commits - 1:
        raise Failed(f"{sent} commits were told, not {commits - 1}")
    config = curl_config(place, stand_in, place.new_folder("bodies"))
    log = ["git", "-C", str(repository), "log", "--numstat", "--no-renames", "--no-color",
           "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%B%x00", spans["all"]]
    other = ["sh", "-c", '"$@" >/dev/null && exec curl --disable --config ' + str(config), "sh", *log]
    figures = place.interleave(place.rounds(7, 3), {
        "ours": told("all"), "other": other,
        "kept": told("all", "--outbox", str(place.folder / "git-outbox-%r"))})
    group = f"git, {commits:,} commits"
    rows = []
    for name, what in (("ours", "no outbox"), ("kept", "durable outbox")):
        mine, theirs = figures[name], figures["other"]
        bound = 1.3 if name == "ours" else None
        rows.append(Row(group, f"wall, {what}, by git log and curl", f"{mine.wall:.0f} ms",
                        f"{theirs.wall:.0f} ms", ratio=mine.wall / theirs.wall, at_most=bound))
        rows.append(Row(group, f"CPU with git's, {what}, by the same", f"{mine.cpu:.0f} ms",
                        f"{theirs.cpu:.0f} ms", ratio=mine.cpu / theirs.cpu, at_most=bound))
    least = (commits - 1 + A_REQUEST - 1) // A_REQUEST
    rows.append(Row(group, "requests", str(requests), str(least), value=requests, at_most=least))
    whole, tenth = peak_of(place, told("all")), peak_of(place, told("a tenth"))
    rows.append(Row(group, "peak memory, by that of a tenth", f"{whole:.1f} MiB", f"{tenth:.1f} MiB",
                    ratio=whole / tenth))
    rows.append(Row(group, "peak memory, MiB", f"{whole:.1f} MiB", value=whole, at_most=24))
    stand_in.shutdown()
    stand_in.server_close()
    return rows
