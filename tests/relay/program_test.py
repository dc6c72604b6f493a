"""The program: its options, exit codes, configuration, signals and files."""

import hashlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import unittest

from full_pipe import output_to_a_full_pipe
from relay import Relay, build, caller
from sandbox import Sandbox


def run(*arguments):
    return subprocess.run([os.environ["JIRASEND_RELAY_PROGRAM"], *arguments], capture_output=True,
                          text=True, timeout=30, check=False)


class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()

    @classmethod
    def tearDownClass(cls):
        cls.sandbox.stop()

    def relay(self, **members):
        relay = Relay(self.sandbox, **members)
        self.addCleanup(relay.close)
        return relay

    def check(self, relay):
        return subprocess.run(relay.command("--check-config"), capture_output=True, text=True,
                              timeout=30, check=False)

    def test_usage(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertIn("jirasend-relay ", run("--version").stdout)
        for arguments in ([], ["--confg", "x"], ["--config"], ["--config", "a", "--config", "b"],
                          ["new-token", "x"], ["--config", ""]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 64, arguments)
            self.assertIn("jirasend-relay: ", done.stderr)

    def test_missing_file(self):
        done = run("--config", "/no/such/relay.yaml", "--check-config")
        self.assertEqual(done.returncode, 66)
        self.assertIn("/no/such/relay.yaml", done.stderr)
        self.assertEqual(run("--config", "/no/such/relay.yaml").returncode, 66)

    def test_new_token(self):
        outputs = {run("new-token").stdout for _ in range(3)}
        self.assertEqual(len(outputs), 3)
        for output in outputs:
            found = re.fullmatch(r"token: +(\S{40,})\ntokenSha256: ([0-9a-f]{64})\n", output)
            self.assertIsNotNone(found, output)
            self.assertEqual(hashlib.sha256(found[1].encode()).hexdigest(), found[2])

    def test_output_that_is_set_not_to_wait(self):
        program = os.environ["JIRASEND_RELAY_PROGRAM"]
        for command, says in (([program, "new-token"], "tokenSha256"), ([program, "--help"], "Usage"),
                              ([program, "--version"], "jirasend-relay "),
                              (self.relay(start=False).command("--check-config"), "is fine")):
            code, output = output_to_a_full_pipe(command)
            self.assertEqual(code, 0)
            self.assertIn(says, output)

    def test_check_config(self):
        relay = self.relay(start=False)
        done = self.check(relay)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.endswith(" is fine: 1 site, 1 caller, 0 hooks.\n"), done.stdout)
        self.assertFalse(os.path.exists(relay.path("outbox")), "a check makes no outbox")
        relay.write(callers=[caller(), {"name": "ops", "certificate": "CN=ops", "admin": True}])
        done = self.check(relay)
        self.assertEqual(done.returncode, 0, "no error, and yet said")
        self.assertIn("The caller 'ops' has a certificate, and 'tls' has no 'clientCa'", done.stderr)
        relay.start()
        self.assertIn("'ops'", relay.wait_log(lambda line: "clientCa" in line.get("message", ""))["message"])
        relay.stop()
        os.rename(relay.path("outbox"), relay.path("elsewhere"))
        relay.write(callers=[caller(kinds=["biuld"])])
        done = self.check(relay)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"relay\.yaml:\d+:\d+: 'biuld' is not a kind")
        os.mkfifo(relay.path("pipe"))
        for members in ({"secretFile": "/no/such/secret"}, {"caFile": "/no/such/roots"},
                        {"secretFile": relay.path("pipe")}):
            relay.write(sites=[relay.site_entry(**members)])
            self.assertEqual(self.check(relay).returncode, 66, members)
        relay.write(keep=400, nonsense=1)
        self.assertEqual(subprocess.run(relay.command(), timeout=30, capture_output=True,
                                        check=False).returncode, 78)

    def test_outbox_exit_codes(self):
        relay = self.relay(start=False)
        relay.path("outbox", "not a folder")
        done = subprocess.run(relay.command(), capture_output=True, timeout=30, check=False)
        self.assertIn(done.returncode, (69, 74))
        self.assertNotEqual(done.stderr, b"")

    def test_port_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            relay = self.relay(start=False, listen=f"127.0.0.1:{taken.getsockname()[1]}")
            done = subprocess.run(relay.command(), capture_output=True, text=True, timeout=30,
                                  check=False)
        self.assertEqual(done.returncode, 69)
        self.assertIn("Cannot listen", done.stderr)

    def test_ready_file_and_end(self):
        relay = self.relay()
        self.assertEqual(relay.settings["pid"], relay.process.pid)
        self.assertEqual(relay.stop(), 0)
        self.assertFalse(os.path.exists(relay.path("ready.json")))
        relay.start()
        self.assertEqual(relay.stop(signal.SIGINT), 0)

    def test_ready_file_that_is_a_pipe(self):
        relay = self.relay(start=False)
        pipe = relay.path("pipe")
        os.mkfifo(pipe)
        process = subprocess.Popen(relay.command("--ready-file", pipe), stdout=subprocess.DEVNULL)
        try:
            with open(pipe, encoding="utf-8") as reader:
                self.assertEqual(json.load(reader)["pid"], process.pid)
        finally:
            process.terminate()
            self.assertEqual(process.wait(10), 0)
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode), "it is not ours to replace or remove")

    def test_systemd(self):
        place = self.relay(start=False).path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(place)
            told.settimeout(10)
            relay = self.relay(environment={"NOTIFY_SOCKET": place})
            self.assertEqual(told.recv(200), b"READY=1")
            relay.reload()
            self.assertIn(b"RELOADING=1\nMONOTONIC_USEC=", told.recv(200))
            self.assertEqual(told.recv(200), b"READY=1")
            relay.path("relay.yaml", "listen: [")
            relay.reload()
            self.assertIn(b"RELOADING=1\nMONOTONIC_USEC=", told.recv(200))
            self.assertEqual(told.recv(200), b"READY=1", "also when the old one stays")
            relay.stop()
            self.assertEqual(told.recv(200), b"STOPPING=1")

    def test_reload(self):
        relay = self.relay()
        self.assertEqual(relay.get("/v1/whoami", token="second").status, 401)
        relay.write(callers=[caller(), caller("second", "second")], listen="127.0.0.1:1")
        said = relay.reload()
        self.assertIn("is in force", said)
        self.assertEqual(relay.get("/v1/whoami", token="second").json()["name"], "second")
        self.assertTrue(any("restart needed: 'listen'" in line.get("message", "")
                            for line in relay.log()))
        relay.write(callers=[caller("second", "second")])
        relay.reload()
        self.assertEqual(relay.get("/v1/whoami").status, 401)

    def test_what_needs_a_restart_is_said_as_long_as_it_does(self):
        relay = self.relay()

        def said():
            before = len(relay.log())
            relay.reload()
            return [line["message"] for line in relay.log()[before:] if "restart" in line.get("message", "")]
        relay.write(keep=7, sites=[relay.site_entry(noProxy="x")], listen="127.0.0.1:1", outbox="/elsewhere")
        for _ in range(2):
            self.assertEqual(said(), ["restart needed: 'listen' has changed.", "restart needed: 'outbox' has changed.",
                                      "restart needed: 'keep' has changed.",
                                      "restart needed: 'caFile', 'proxy' or 'noProxy' of the sites has changed."])
        relay.write()
        self.assertEqual(said(), [])

    def test_no_reload_is_lost(self):
        """One SIGHUP right after another: what counts is the file as it is in the end."""
        relay = self.relay()
        for number in range(20):
            relay.write(callers=[caller(), caller("last", f"token-{number}")])
            relay.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        end = time.monotonic() + 10
        while relay.get("/v1/whoami", token="token-19").status != 200 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(relay.get("/v1/whoami", token="token-19").json()["name"], "last")

    def test_broken_reload_keeps_the_old_one(self):
        relay = self.relay()
        for broken in ("listen: [", "{}", json.dumps({**relay.config, "keep": "x"})):
            relay.path("relay.yaml", broken)
            self.assertIn("stays", relay.reload())
            self.assertEqual(relay.get("/v1/whoami").status, 200)
        os.unlink(relay.path("relay.yaml"))
        self.assertIn("stays", relay.reload())
        self.assertEqual(relay.post(build()).status, 200)

    def test_end_while_waiting(self):
        """SIGTERM answers waiters at once, with `queued`."""
        relay = Relay("http://127.0.0.1:9")
        self.addCleanup(relay.close)
        connection = relay.connect()
        connection.request("POST", "/v1/events?wait=50", json.dumps(build()),
                           {"Authorization": f"Bearer {relay.token}",
                            "Content-Type": "application/json"})
        time.sleep(0.6)
        began = time.monotonic()
        relay.process.send_signal(signal.SIGTERM)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertIn('"queued"', answer.read().decode())
        self.assertEqual(relay.process.wait(10), 0)
        self.assertLess(time.monotonic() - began, 8)

    def test_kill_loses_nothing(self):
        relay = self.relay()
        told = []
        for number in range(1, 40):
            answer = relay.post(build(number, pipelineId=f"payments/kill{number}"))
            self.assertEqual(answer.status, 200)
            told.append(number)
        relay.stop(signal.SIGKILL)
        relay.start()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            there = {item["pipelineId"] for item in self.sandbox.items()}
            if all(f"payments~2Fkill{n}" in there or f"payments/kill{n}" in there for n in told):
                return
            time.sleep(0.2)
        self.fail("not everything that was answered with 200 arrived")

    def test_blocked_output(self):
        """A standard output that nobody reads stalls nothing."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        relay = Relay(self.sandbox, start=False)
        self.addCleanup(relay.close)
        relay.start(stdout=writing)
        os.close(writing)
        connection = relay.connect()
        for _ in range(1500):
            connection.request("GET", "/v1/whoami", headers={"Authorization": f"Bearer {relay.token}"})
            self.assertEqual(connection.getresponse().read()[:1], b"{")
        connection.close()
        self.assertEqual(relay.stop(), 0)

    def test_closed_output(self):
        reading, writing = os.pipe()
        relay = Relay(self.sandbox, start=False)
        self.addCleanup(relay.close)
        relay.start(stdout=writing)
        os.close(writing)
        os.close(reading)
        for _ in range(20):
            self.assertEqual(relay.get("/v1/whoami").status, 200)
        self.assertEqual(relay.stop(), 0)


if __name__ == "__main__":
    unittest.main()
