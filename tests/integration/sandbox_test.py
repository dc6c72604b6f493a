#!/usr/bin/env python3
"""The real jirasend-sandbox over real sockets: what its unit tests cannot see."""

import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import threading
import time
import unittest

from full_pipe import output_to_a_full_pipe
from sandbox import Sandbox, build, deployment


def run(*arguments, timeout=20):
    return subprocess.run([os.environ["JIRASEND_SANDBOX"], *arguments], capture_output=True,
                          text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL)


class Events:
    """A reader of the event stream in a thread of its own."""

    def __init__(self, sandbox):
        self.connection = sandbox.connect()
        self.connection.request("GET", "/_sandbox/stream")
        self.answer = self.connection.getresponse()
        self.versions = []
        self.ended = threading.Event()
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            while True:
                line = self.answer.readline()
                if not line:
                    break
                if line.startswith(b"data: "):
                    with self.changed:
                        self.versions.append(json.loads(line[6:])["version"])
                        self.changed.notify_all()
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended.set()

    def wait_for(self, version, seconds=20):
        with self.changed:
            return self.changed.wait_for(
                lambda: self.versions and self.versions[-1] >= version, seconds)

    def close(self):
        try:
            self.answer.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.thread.join(10)
        self.connection.close()


class Flags(unittest.TestCase):
    def test_a_flag_from_the_command_line_to_its_deletion(self):
        document = {"kind": "flag", "flagId": "checkout/v2", "url": "https://flags.example.com/2",
                    "issueKeys": ["APP-1"],
                    "environments": [{"name": "Production", "enabled": True,
                                      "rollout": {"percentage": 12.5}}]}
        with Sandbox("--eventually", "0") as sandbox:
            done = sandbox.cli("send", "-", stdin=json.dumps(document) + "\n")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sandbox.log("/bulk")[0]["warnings"], [])
            path = "featureflags/flag/checkout~2Fv2"
            self.assertEqual(sandbox.api("GET", path).json()["key"], "checkout/v2")
            self.assertEqual(sandbox.api("DELETE", path).status, 202)
            self.assertEqual(sandbox.api("GET", path).status, 404)


class Permissions(unittest.TestCase):
    def test_a_client_with_some_apis(self):
        with Sandbox("--client", "i:s:with colon:builds,devinfo", "--eventually", "0") as sandbox:
            self.assertEqual(sandbox.settings["clientSecret"], "s:with colon")
            self.assertEqual(sandbox.request("GET", "/_sandbox/settings").json()["clientSecret"],
                             "s:with colon")
            self.assertEqual(sandbox.api("POST", "builds/bulk", {"builds": [build()]}).status, 202)
            self.assertEqual(sandbox.api("POST", "deployments/bulk", {}).status, 403)
            self.assertEqual(sandbox.api("GET", "devinfo/repository/none").status, 404)
            self.assertEqual(
                sandbox.api("DELETE", "builds/pipelines/team%2Fapp/builds/1").status, 202)
            self.assertEqual(
                sandbox.api("GET", "builds/pipelines/team%2Fapp/builds/1").status, 404)

    def test_a_rate_limit_says_why(self):
        with Sandbox() as sandbox:
            sandbox.faults(path="/builds", status=429,
                           headers={"Retry-After": "7", "RateLimit-Reason": "jira-quota-tenant-based"})
            answer = sandbox.api("POST", "builds/bulk", {"builds": [build()]})
            self.assertEqual(answer.status, 429)
            self.assertEqual(answer.headers["RateLimit-Reason"], "jira-quota-tenant-based")


class Requests(unittest.TestCase):
    def test_the_stream_tells_of_each_request_to_those_who_want_it(self):
        with Sandbox() as sandbox:
            connection = sandbox.connect()
            self.addCleanup(connection.close)
            connection.request("GET", "/_sandbox/stream?requests=1")
            answer = connection.getresponse()
            sandbox.api("POST", "builds/bulk", {"builds": []})  # changes nothing
            last = sandbox.log()[-1]["n"]
            lines = []
            while f'data: {{"n":{last}}}' not in lines:
                lines.append(answer.readline().decode().strip())
                self.assertLess(len(lines), 100, lines)
            self.assertEqual(sandbox.log()[-1]["answer"],
                             [{"message": "'builds' must be an array that is not empty."}])


class CommandLine(unittest.TestCase):
    def test_help_and_version(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for option in ("--port", "--data", "--tls", "--known-keys", "--client", "--ready-file",
                       "--site", "--delay", "--eventually", "--token-lifetime", "--quiet"):
            self.assertIn(option, done.stdout)
        self.assertRegex(run("--version").stdout, r"^jirasend-sandbox \d+\.\d+\.\d+\n$")

    def test_output_that_is_set_not_to_wait(self):
        program = os.environ["JIRASEND_SANDBOX"]
        last = "Stop it with Ctrl-C.\n"
        for options, says, end in ((("--help",), "Usage", ""), (("--version",), "jirasend-sandbox ", ""),
                                   (("--port", "0"), last, last)):
            code, output = output_to_a_full_pipe([program, *options], end)
            self.assertEqual(code, 0)
            self.assertIn(says, output)

    def test_bad_options(self):
        for arguments, word in (
                (["--port", "x"], "--port"), (["--port", "65536"], "--port"),
                (["--port", "-1"], "--port"), (["--port"], "--port"),
                (["--bogus"], "--bogus"), (["stray"], "stray"), (["--quiet=1"], "--quiet"),
                (["--client", "nocolon"], "--client"), (["--client", ":s"], "--client"),
                (["--client", "i:"], "--client"), (["--known-keys", "a/b"], "a/b"),
                (["--known-keys", ""], "--known-keys"), (["--delay", "1.5"], "--delay"),
                (["--client", "i:s:builds,bogus"], "--client"), (["--eventually", "x"], "--eventually"),
                (["--token-lifetime", "0"], "--token-lifetime"), (["--data", ""], "--data"),
                (["--site", "a\nb"], "--site")):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 64)
                self.assertIn(word, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
                self.assertEqual(done.stdout, "")

    def test_port_in_use(self):
        with Sandbox() as first:
            done = run("--port", str(first.port))
            self.assertEqual(done.returncode, 69)
            self.assertIn(str(first.port), done.stderr)
            self.assertEqual(first.request("GET", "/_edge/tenant_info").status, 200)

    def test_unusable_files(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "file")
            pathlib.Path(file).write_text("x", encoding="utf-8")
            for arguments in (["--data", file], ["--data", folder + "/a/b"],
                              ["--ready-file", folder + "/a/b"]):
                with self.subTest(arguments=arguments):
                    done = run("--port", "0", *arguments)
                    self.assertEqual(done.returncode, 74)
                    self.assertIn(folder, done.stderr)
            pathlib.Path(folder, "state.jsonl").write_text("{\n", encoding="utf-8")
            done = run("--port", "0", "--data", folder)
            self.assertEqual(done.returncode, 65)
            self.assertIn("state.jsonl", done.stderr)

    def test_ready_made_settings(self):
        with Sandbox("--client", "it's me:two words") as sandbox:
            # What it prints is taken by a shell as it is meant.
            text = "".join(line.strip() + "\n" for line in sandbox.output().splitlines()
                           if line.startswith("  export "))
            done = subprocess.run(
                ["sh", "-c", text + 'printf "%s|%s|%s|%s" "$JIRASEND_SITE" "$JIRASEND_API_URL" '
                                    '"$JIRASEND_CLIENT_ID" "$JIRASEND_CLIENT_SECRET"'],
                capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout, f"{sandbox.url}|{sandbox.url}|it's me|two words")
            self.assertEqual(sandbox.token_request().status, 200)
            self.assertEqual(sandbox.token_request(client_id="sandbox").status, 401)

    def test_several_clients(self):
        with Sandbox("--client", "a:1", "--client", "b:2:3") as sandbox:
            self.assertEqual(sandbox.token_request(client_id="b", client_secret="2:3").status, 200)
            self.assertEqual(sandbox.token_request(client_id="a", client_secret="2:3").status, 401)

    def test_ready_file(self):
        with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
            self.assertEqual(sandbox.settings["pid"], sandbox.process.pid)
            self.assertEqual(sandbox.settings["url"], f"http://127.0.0.1:{sandbox.port}")
            self.assertIsNone(sandbox.settings["caFile"])
            ready = os.path.join(folder, "ready")
            pathlib.Path(ready).write_text("stale", encoding="utf-8")
            process = subprocess.Popen(
                [os.environ["JIRASEND_SANDBOX"], "--port", "0", "--quiet", "--ready-file", ready],
                stdout=subprocess.PIPE)
            try:
                end = time.monotonic() + 20
                while time.monotonic() < end:
                    try:
                        text = pathlib.Path(ready).read_text(encoding="utf-8")
                    except FileNotFoundError:
                        text = "stale"
                    if text != "stale":
                        break
                    time.sleep(0.01)
                json.loads(text)  # never half of it
                self.assertEqual(stat.S_IMODE(os.stat(ready).st_mode), 0o600)
            finally:
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.communicate(timeout=10)[0], b"")
            self.assertEqual(process.returncode, 0)
            self.assertFalse(os.path.exists(ready))

    def test_ready_file_that_is_a_pipe(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)
            process = subprocess.Popen(
                [os.environ["JIRASEND_SANDBOX"], "--port", "0", "--quiet", "--ready-file", pipe])
            try:
                with open(pipe, encoding="utf-8") as reader:
                    self.assertEqual(json.load(reader)["pid"], process.pid)
            finally:
                process.terminate()
                self.assertEqual(process.wait(timeout=10), 0)
            self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode), "it is not ours to replace or remove")
            done = subprocess.run(["timeout", "--preserve-status", "1", os.environ["JIRASEND_SANDBOX"], "--port", "0",
                                   "--quiet", "--ready-file", pipe], capture_output=True, timeout=10, check=False)
            self.assertEqual(done.returncode, 74, "a signal ends it, too, where nobody reads")


class Serving(unittest.TestCase):
    def setUp(self):
        self.sandbox = Sandbox("--known-keys", "APP-*,OPS-1")
        self.addCleanup(self.sandbox.stop)

    def post_builds(self, *items):
        return self.sandbox.api("POST", "builds/bulk", {"builds": list(items)})

    def test_connection_is_kept(self):
        connection = self.sandbox.connect()
        self.addCleanup(connection.close)
        for _ in range(3):
            connection.request("GET", "/_edge/tenant_info")
            self.assertEqual(json.loads(connection.getresponse().read()),
                             {"cloudId": self.sandbox.cloud_id})
        self.assertEqual(len({entry["connection"] for entry in self.sandbox.log("tenant_info")}), 1)
        self.sandbox.request("GET", "/_edge/tenant_info")
        self.assertEqual(len({entry["connection"] for entry in self.sandbox.log("tenant_info")}), 2)

    def test_only_loopback(self):
        # The listening address stands in /proc as hexadecimal digits: 127.0.0.1.
        process = pathlib.Path("/proc", str(self.sandbox.process.pid))
        sockets = {os.readlink(file) for file in (process / "fd").iterdir()}
        listening = []
        for table in (process / "net/tcp", process / "net/tcp6"):
            if not table.exists():
                continue
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:
                    listening.append(words[1])
        self.assertEqual(listening, [f"0100007F:{self.sandbox.port:04X}"])

    def test_state_after_builds_and_deployments(self):
        self.assertEqual(self.post_builds(build(keys=["APP-1", "ZZ-1"])).json()["unknownIssueKeys"],
                         ["ZZ-1"])
        answer = self.sandbox.api("POST", "deployments/bulk", {"deployments": [
            deployment(state="pending", commands=[{"command": "initiate_deployment_gating"}])]})
        self.assertEqual(answer.status, 202)
        state = self.sandbox.state()
        self.assertEqual(state["builds"][0]["issueKeys"], ["APP-1"])
        self.assertEqual(state["builds"][0]["displayName"], "team » app")
        self.assertEqual(state["deployments"][0]["gate"]["status"], "awaiting")
        self.assertEqual(state["unknownKeys"], ["ZZ-1"])
        self.assertEqual(state["counts"]["builds"], 1)
        self.assertEqual(state["counts"]["requests"], len(self.sandbox.log()))
        self.assertEqual(
            self.sandbox.gate_status("team/app", "prod-eu", 1).json()["gatingStatus"], "awaiting")
        self.sandbox.gate("team/app", "prod-eu", 1, "allowed")
        self.assertEqual(
            self.sandbox.gate_status("team/app", "prod-eu", 1).json()["gatingStatus"], "allowed")
        self.assertEqual(self.sandbox.gate_status("team/app", "prod", 1).status, 404)
        self.sandbox.reset()
        state = self.sandbox.state()
        self.assertEqual((state["builds"], state["deployments"], state["unknownKeys"]), ([], [], []))
        self.assertEqual(self.sandbox.log(), [])

    def test_reset_forgets_tokens(self):
        token = self.sandbox.token()
        self.sandbox.reset()
        self.sandbox._token = token
        self.assertEqual(self.post_builds(build()).status, 401)

    def test_log_hides_secrets(self):
        secret = self.sandbox.settings["clientSecret"]
        token = self.sandbox.token()
        self.post_builds(build())
        self.sandbox.request("POST", "/oauth/token", "client_secret=" + secret)
        text = self.sandbox.request("GET", "/_sandbox/log").body.decode()
        self.assertNotIn(secret, text)
        self.assertNotIn(token, text)
        entries = self.sandbox.log("/bulk")
        self.assertEqual(entries[0]["items"], 1)
        self.assertEqual(entries[0]["body"]["builds"][0]["pipelineId"], "team/app")
        self.assertEqual(self.sandbox.log(after=entries[0]["n"])[0]["n"], entries[0]["n"] + 1)

    def test_large_bodies(self):
        padding = {"padding": "x" * (1024 * 1024)}
        self.assertEqual(self.post_builds(build(), padding).status, 413)
        body = json.dumps({"builds": [build()]})
        exact = body + " " * (1024 * 1024 - len(body.encode()))
        headers = {"Content-Type": "application/json"}
        self.assertEqual(self.sandbox.api("POST", "builds/bulk", exact.encode(), headers).status, 202)
        self.assertEqual(
            self.sandbox.api("POST", "builds/bulk", (exact + " ").encode(), headers).status, 413)
        self.assertEqual([entry["body"] for entry in self.sandbox.log("/bulk")], [None] * 3)

    def test_five_hundred_in_five(self):
        for first in range(0, 500, 100):
            answer = self.post_builds(*(build(number) for number in range(first, first + 100)))
            self.assertEqual(len(answer.json()["acceptedBuilds"]), 100)
        self.assertEqual(len(self.sandbox.state()["builds"]), 500)
        self.assertEqual(self.post_builds(*[build()] * 101).status, 400)

    def test_malformed_http(self):
        for text in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
                     b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00", b""):
            with socket.create_connection(("127.0.0.1", self.sandbox.port), 10) as connection:
                try:
                    connection.sendall(text)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                except OSError:
                    pass
        self.assertEqual(self.sandbox.request("GET", "/_edge/tenant_info").status, 200)


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        self.sandbox.reset()

    def tenant_info(self):
        return self.sandbox.request("GET", "/_edge/tenant_info")

    def test_status_and_headers(self):
        self.sandbox.faults(path="/_edge", status=429, count=2, body={"why": "limit"},
                            headers={"Retry-After": 2, "Date": "Mon, 01 Jan 2024 00:00:00 GMT"})
        for _ in range(2):
            answer = self.tenant_info()
            self.assertEqual((answer.status, answer.json()), (429, {"why": "limit"}))
            self.assertEqual(answer.headers["Retry-After"], "2")
            self.assertEqual(answer.headers.get_all("Date"), ["Mon, 01 Jan 2024 00:00:00 GMT"])
        self.assertEqual(self.tenant_info().status, 200)

    def test_until_cleared(self):
        self.sandbox.faults(path="/_edge", status=500, count=0)
        self.assertEqual([self.tenant_info().status for _ in range(5)], [500] * 5)
        self.sandbox.clear_faults()
        self.assertEqual(self.tenant_info().status, 200)

    def test_skip(self):
        self.sandbox.faults(path="*", status=503, skip=2)
        self.assertEqual([self.tenant_info().status for _ in range(4)], [200, 200, 503, 200])

    def test_delay(self):
        self.sandbox.faults(path="/_edge", delayMs=400)
        begun = time.monotonic()
        slow = threading.Thread(target=self.tenant_info)
        slow.start()
        while not self.sandbox.log("/_edge"):
            time.sleep(0.005)
        # Another request does not wait for the slow one.
        self.assertEqual(self.sandbox.token_request().status, 200)
        slow.join()
        self.assertGreaterEqual(time.monotonic() - begun, 0.4)

    def test_reset(self):
        self.sandbox.faults(action="reset")
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.tenant_info()
        self.assertEqual(self.sandbox.log()[-1]["status"], 0)

    def test_reset_after_the_work(self):
        self.sandbox.token()
        self.sandbox.faults(path="/builds", action="reset", processed=True)
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.sandbox.api("POST", "builds/bulk", {"builds": [build()]})
        self.assertEqual(len(self.sandbox.state()["builds"]), 1)

    def test_truncate(self):
        self.sandbox.faults(action="truncate", body='{"cloudId"')
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.tenant_info()
        self.assertEqual(caught.exception.partial, b'{"cloudId"')

    def test_garbage_html_oversize_redirect(self):
        self.sandbox.faults({"action": "garbage"}, {"action": "html"}, {"action": "oversize"},
                            {"action": "redirect"})
        answer = self.tenant_info()
        self.assertEqual(answer.status, 200)
        with self.assertRaises(ValueError):
            json.loads(answer.body)
        self.assertTrue(self.tenant_info().headers["Content-Type"].startswith("text/html"))
        self.assertGreater(len(self.tenant_info().body), 2 * 1024 * 1024)
        answer = self.tenant_info()
        self.assertEqual(answer.status, 302)
        self.assertTrue(answer.headers["Location"].startswith("https://"))

    def test_hang(self):
        self.sandbox.faults(action="hang", count=3)
        connections = [self.sandbox.connect() for _ in range(3)]
        for connection in connections:
            connection.request("GET", "/_edge/tenant_info")
        while len(self.sandbox.log("/_edge")) < 3:
            time.sleep(0.005)
        connections[0].sock.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            connections[0].getresponse()
        self.assertEqual(self.tenant_info().status, 200)
        for connection in connections:
            connection.close()

    def test_partial_answers(self):
        self.sandbox.token()
        items = [build(1, pipeline="one"), build(2, pipeline="two"), build(3, pipeline="three")]
        self.sandbox.faults(path="/builds", reject=["one"], omit=["two"])
        answer = self.sandbox.api("POST", "builds/bulk", {"builds": items}).json()
        self.assertEqual(answer["acceptedBuilds"], [{"pipelineId": "three", "buildNumber": 3}])
        self.assertEqual(answer["rejectedBuilds"][0]["key"],
                         {"pipelineId": "one", "buildNumber": 1})
        self.sandbox.faults(path="/builds", unknownKeys=["APP-1"])
        answer = self.sandbox.api("POST", "builds/bulk", {"builds": items}).json()
        self.assertEqual((answer["acceptedBuilds"], answer["unknownIssueKeys"]), ([], ["APP-1"]))

    def test_bad_description(self):
        answer = self.sandbox.request("POST", "/_sandbox/faults", {"path": "/x", "statsu": 500})
        self.assertEqual(answer.status, 400)
        self.assertIn("'statsu'", answer.json()["message"])
        answer = self.sandbox.request("POST", "/_sandbox/faults", "{")
        self.assertEqual(answer.status, 400)


class Streams(unittest.TestCase):
    def test_many_streams_block_nobody(self):
        with Sandbox() as sandbox:
            streams = [Events(sandbox) for _ in range(40)]
            try:
                for number in range(5):
                    sandbox.api("POST", "builds/bulk", {"builds": [build(number)]})
                version = sandbox.state()["version"]
                for stream in streams:
                    self.assertTrue(stream.wait_for(version), stream.versions)
                    self.assertEqual(stream.versions, sorted(set(stream.versions)))
                for stream in streams[:20]:
                    stream.close()
                sandbox.reset()
                version = sandbox.state()["version"]
                for stream in streams[20:]:
                    self.assertTrue(stream.wait_for(version))
                # Stopping ends the streams that are left.
                begun = time.monotonic()
                sandbox.stop()
                self.assertLess(time.monotonic() - begun, 5)
                for stream in streams[20:]:
                    self.assertTrue(stream.ended.wait(5))
            finally:
                for stream in streams:
                    stream.close()


    def test_stop_ends_what_waits(self):
        with Sandbox() as sandbox:
            sandbox.faults({"path": "/_edge", "action": "hang"}, {"path": "/_edge", "delayMs": 60000})
            connections = [sandbox.connect() for _ in range(2)]
            for connection in connections:
                connection.request("GET", "/_edge/tenant_info")
            while len(sandbox.log("/_edge")) < 2:
                time.sleep(0.005)
            begun = time.monotonic()
            self.assertEqual(sandbox.stop(), 0)
            self.assertLess(time.monotonic() - begun, 5)
            for connection in connections:
                with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                    connection.getresponse()
                connection.close()


class Keeping(unittest.TestCase):
    def test_state_survives_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            with Sandbox("--data", os.path.join(folder, "data")) as sandbox:
                sandbox.api("POST", "builds/bulk", {"builds": [build(sequence=5)]})
                before = sandbox.state()
                sandbox.restart()
                after = sandbox.state()
                self.assertEqual(after["builds"], before["builds"])
                self.assertEqual(after["cloudId"], before["cloudId"])
                sandbox.api("POST", "builds/bulk", {"builds": [build(sequence=5, state="failed")]})
                self.assertEqual(sandbox.state()["counts"]["ignored"], 1)
            names = os.listdir(os.path.join(folder, "data"))
            self.assertEqual(names, ["state.jsonl"])

    def test_state_survives_a_kill(self):
        with tempfile.TemporaryDirectory() as folder:
            sandbox = Sandbox("--data", folder)
            sandbox.api("POST", "builds/bulk", {"builds": [build()]})
            file = pathlib.Path(folder, "state.jsonl")
            end = time.monotonic() + 20
            while time.monotonic() < end and not (
                    file.exists() and "team/app" in file.read_text(encoding="utf-8")):
                time.sleep(0.02)
            sandbox.process.kill()
            sandbox.process.wait()
            with self.assertRaises(AssertionError):
                sandbox.stop()
            with Sandbox("--data", folder) as sandbox:
                self.assertEqual(len(sandbox.state()["builds"]), 1)

    def test_nothing_is_kept_without_a_folder(self):
        with Sandbox() as sandbox:
            sandbox.api("POST", "builds/bulk", {"builds": [build()]})
            sandbox.restart()
            self.assertEqual(sandbox.state()["builds"], [])

    def test_token_lifetime(self):
        with Sandbox("--token-lifetime", "1") as sandbox:
            self.assertEqual(sandbox.token_request().json()["expires_in"], 1)
            sandbox.token()
            end = time.monotonic() + 20
            status = 202
            while status == 202 and time.monotonic() < end:
                status = sandbox.api("POST", "builds/bulk", {"builds": [build()]}).status
                time.sleep(0.1)
            self.assertEqual(status, 401)


class Tls(unittest.TestCase):
    def test_certificate(self):
        with tempfile.TemporaryDirectory() as folder:
            with Sandbox("--tls", "--data", folder) as sandbox:
                self.assertTrue(sandbox.url.startswith("https://127.0.0.1:"))
                for name in ("127.0.0.1", "localhost"):
                    connection = http.client.HTTPSConnection(
                        name, sandbox.port, timeout=20,
                        context=ssl.create_default_context(cafile=sandbox.ca_file))
                    connection.request("GET", "/_edge/tenant_info")
                    self.assertEqual(connection.getresponse().status, 200)
                    connection.close()
                stranger = http.client.HTTPSConnection("127.0.0.1", sandbox.port, timeout=20)
                with self.assertRaises(ssl.SSLCertVerificationError):
                    stranger.request("GET", "/_edge/tenant_info")
                stranger.close()
                before = pathlib.Path(sandbox.ca_file).read_bytes()
                events = Events(sandbox)
                sandbox.api("POST", "builds/bulk", {"builds": [build()]})
                self.assertTrue(events.wait_for(sandbox.state()["version"]))
                events.close()
                self.assertEqual(
                    stat.S_IMODE(os.stat(os.path.join(folder, "sandbox-key.pem")).st_mode), 0o600)
                sandbox.restart()
                # Whoever trusts it need not trust it anew.
                self.assertEqual(pathlib.Path(sandbox.ca_file).read_bytes(), before)

    def test_temporary_authority_is_removed(self):
        with Sandbox("--tls") as sandbox:
            file = sandbox.ca_file
            self.assertEqual(os.listdir(os.path.dirname(file)), [os.path.basename(file)])
        self.assertFalse(os.path.exists(os.path.dirname(file)))


if __name__ == "__main__":
    unittest.main()
