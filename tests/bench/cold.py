"""A process for one event: what a job of a CI system pays."""

import shutil
import subprocess
import sys

from measure import HERE, Curl, Failed, Relay, Row, Sandbox

BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem")
EVENT = ["build", "--pipeline", "team/app", "--number", "%r", "--url",
         "https://ci.example.com/job/app/", "--state", "successful", "--keys", "APP-1"]


def roots(place, sandbox):
    """The system's roots and the sandbox's: as one bundle, as a hashed folder, and a single root."""
    bundle = next((name for name in BUNDLES if shutil.os.access(name, shutil.os.R_OK)), None)
    if bundle is None:
        raise Failed("this system has no bundle of trusted roots")
    folder = place.new_folder("roots")
    with open(bundle, encoding="utf-8") as file:
        system = file.read()
    with open(sandbox.ca_file, encoding="utf-8") as file:
        own = file.read()
    (folder / "bundle.pem").write_text(system + own, encoding="utf-8")
    mark = "-----BEGIN CERTIFICATE-----"
    certificates = [mark + part for part in (system + own).split(mark)[1:]]
    (folder / "one.pem").write_text(certificates[0], encoding="utf-8")
    hashed = folder / "hashed"
    hashed.mkdir()
    for number, certificate in enumerate(certificates):
        (hashed / f"{number}.pem").write_text(certificate, encoding="utf-8")
    subprocess.run(["openssl", "rehash", str(hashed)], check=True, capture_output=True)
    return folder / "bundle.pem", hashed, folder / "one.pem", len(certificates)


def references(place, sandbox, body):
    """The same two requests in other languages."""
    arguments = [sandbox.url, sandbox.ca_file, sandbox.settings["clientId"],
                 sandbox.settings["clientSecret"], sandbox.cloud_id, str(body)]
    found = {"Python": [sys.executable, "-I", HERE / "reference/two_requests.py", *arguments]}
    node = shutil.which("node")
    if node:
        found["Node"] = [node, HERE / "reference/two_requests.js", *arguments]
    return found


def compare(group, ours, name, other, wall=None, cpu=None):
    return [Row(group, f"{kind}, by {name}", f"{mine:.1f} ms", f"{theirs:.1f} ms",
                ratio=mine / theirs, at_most=goal)
            for kind, mine, theirs, goal in (("wall", ours.wall, other.wall, wall),
                                             ("CPU", ours.cpu, other.cpu, cpu))]


def count_requests(place, sandbox, variables):
    """Requests and handshakes of a second run, when the cloud id is remembered."""
    relay = Relay(sandbox.port, 0)
    try:
        url = f"https://127.0.0.1:{relay.port}"
        event = [part.replace("%r", "1") for part in EVENT]
        for _ in range(2):
            before, connections = len(sandbox.log()), relay.connections
            place.run(place.cli, *event, variables={**variables, **place.for_site(sandbox, url)})
        return len(sandbox.log()) - before, relay.connections - connections
    finally:
        relay.stop()


def measure_cold(place):
    with Sandbox("--tls", "--token-lifetime", "86400") as sandbox:
        bundle, hashed, one, count = roots(place, sandbox)
        curl = Curl(place, sandbox, "curl")
        bodies = curl.bodies(1)
        variables = {"SSL_CERT_DIR": str(hashed), **place.for_site(sandbox)}
        given = [f"{name}={value}" for name, value in variables.items()]
        commands = {
            "bundle": curl.command("bundle", [f'cacert = "{bundle}"'], bodies),
            # curl would read its default bundle, too, if no other were named.
            "folder": curl.command("folder", [f'cacert = "{one}"', f'capath = "{hashed}"'], bodies),
            "jirasend": [*given, place.cli, *EVENT],
            **references(place, sandbox, bodies[0])}
        if place.static:
            commands["static"] = [*given, place.static, *EVENT]
            for name, file in (("one root", sandbox.ca_file), ("many roots", bundle)):
                commands[name] = [f"SSL_CERT_FILE={file}",
                                  *given[1:], place.static, *EVENT]
        seen = place.interleave(place.rounds(41, 11), commands)
        requests, handshakes = count_requests(place, sandbox, variables)

    rows = []
    for name, title, goal in (("jirasend", "one event, cold", 1.15),
                              ("static", "one event, cold, static", 0.75)):
        if name not in seen:
            continue
        ours = seen[name]
        rows += compare(title, ours, f"curl, bundle of {count} roots", seen["bundle"], 0.45, 0.45)
        rows += compare(title, ours, "curl, hashed folder", seen["folder"], goal, goal)
        rows.append(Row(title, "peak memory, by curl, hashed folder", f"{ours.peak:.1f} MiB",
                        f"{seen['folder'].peak:.1f} MiB", ratio=ours.peak / seen["folder"].peak,
                        at_most=1 if name == "static" else None))
        for other in ("Python", "Node"):
            if other in seen:
                rows += compare(title, ours, other, seen[other])
    if place.static:
        rows.append(Row("one event, cold, static", f"CPU, only a bundle of {count} roots, by only one",
                        f"{seen['many roots'].cpu:.1f} ms", f"{seen['one root'].cpu:.1f} ms",
                        ratio=seen["many roots"].cpu / seen["one root"].cpu, at_most=1.25))
    return [Row("one event, cold", "requests, cloud id remembered", f"{requests}", value=requests,
                at_most=2),
            Row("one event, cold", "TLS handshakes", f"{handshakes}", value=handshakes,
                at_most=1), *rows]


def measure_start(place):
    commands = {"jirasend": [place.cli, "--version"], "curl": ["curl", "--version"],
                "true": [shutil.which("true") or "true"]}
    if place.static:
        commands["static"] = [place.static, "--version"]
    seen = place.interleave(place.rounds(41, 15), commands)
    rows = []
    for name, title in (("jirasend", "jirasend --version"), ("static", "the same, static")):
        if name in seen:
            rows += compare("start-up", seen[name], "true", seen["true"])
            rows += compare("start-up", seen[name], "curl --version", seen["curl"])
            for row in rows[-4:]:
                row.what = f"{title}: {row.what}"
    return rows


def measure_distance(place):
    """80 ms a request, 160 ms a connection: as from a far continent."""
    group = "80 ms a request, 160 ms a connection"
    with Sandbox("--tls", "--token-lifetime", "86400", "--delay", "80") as sandbox:
        relay = Relay(sandbox.port, 160)
        try:
            url = f"https://127.0.0.1:{relay.port}"
            bundle, hashed, *_ = roots(place, sandbox)
            curl = Curl(place, sandbox, "far", url)
            variables = {"SSL_CERT_DIR": str(hashed), **place.for_site(sandbox, url)}
            given = [f"{name}={value}" for name, value in variables.items()]
            events = curl.folder / "events.jsonl"
            command = curl.command("far", [f'cacert = "{bundle}"'], curl.bodies(500)[:1])
            outbox = place.new_folder("far-outbox")
            program = place.static or place.cli
            seen = place.interleave(place.rounds(15, 5), {
                "curl": command, "jirasend": [*given, program, *EVENT],
                "backlog": [*given, program, "send", events, "--outbox", f"{outbox}/%r"]})
        finally:
            relay.stop()
    wait = 160 + 2 * 80
    ours = seen["jirasend"]
    each = seen["backlog"].wall / 500
    return [Row(group, "one event, cold, by the waiting alone", f"{ours.wall:.0f} ms", f"{wait} ms",
                ratio=ours.wall / wait, at_most=1.03),
            Row(group, "the same, by curl with a bundle", f"{ours.wall:.0f} ms",
                f"{seen['curl'].wall:.0f} ms", ratio=ours.wall / seen["curl"].wall),
            Row(group, "ms an event of a backlog of 500", f"{each:.2f} ms", value=each,
                at_most=2.5)]
