"""The real times: slow heads, idle connections, slow bodies. tests/unit/relay/sockets_test.c has them without waiting."""

import json
import socket
import threading
import time
import unittest

from relay import TOKEN, Relay, build
from sandbox import Sandbox

HEAD = (f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\n").encode()
DOCUMENT = json.dumps(build()).encode()


class Slow(threading.Thread):
    """Sends a beginning, then a byte now and then; how long the relay bears it."""

    def __init__(self, port, begin, drip):
        super().__init__(daemon=True)
        self.port, self.begin, self.drip = port, begin, drip
        self.seconds = None
        self.start()

    def run(self):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(self.begin)
            began = time.monotonic()
            connection.settimeout(1)
            answered = b""
            while time.monotonic() - began < 150:
                try:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    answered += piece
                except TimeoutError:
                    pass
                except OSError:
                    break
                try:
                    if self.drip:
                        connection.sendall(self.drip)
                except OSError:
                    break
            self.seconds = time.monotonic() - began


class TimesTest(unittest.TestCase):
    def test_slow_ones_end_and_keep_nobody_waiting(self):
        with Sandbox() as sandbox, Relay(sandbox, limits={"perAddress": 200}) as relay:
            silent = Slow(relay.port, b"", b"")
            head = [Slow(relay.port, b"POST /v1/events HTTP/1.1\r\nX: ", b"y") for _ in range(20)]
            idle = Slow(relay.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"")
            later = Slow(relay.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea", b"l")
            body = [Slow(relay.port, HEAD + b"Content-Length: 100000\r\n\r\n{", b" ") for _ in range(20)]
            began = time.monotonic()
            while time.monotonic() - began < 10:
                asked = time.monotonic()
                self.assertEqual(relay.post(build()).status, 200)
                self.assertLess(time.monotonic() - asked, 2)
            for thread in [silent, idle, later, *head, *body]:
                thread.join(140)
            for thread in [silent, *head]:
                self.assertTrue(28 <= thread.seconds <= 35, thread.seconds)
            for thread in (idle, later):
                self.assertTrue(73 <= thread.seconds <= 80, thread.seconds)
            for thread in body:
                self.assertTrue(118 <= thread.seconds <= 126, thread.seconds)


    def test_a_look_every_minute(self):
        """At secrets and certificates; the file itself is read when somebody says so."""
        with Sandbox() as sandbox, Relay(sandbox, start=False) as relay:
            relay.path("jira-secret", "wrong")
            secret = sandbox.settings["clientSecret"]
            relay.write(sites=[{**relay.site_entry(), "secretFile": relay.path("later", "wrong")}])
            relay.start()
            line = relay.post(build(), query="?wait=5").lines()[0]
            self.assertEqual(line["status"], "held")
            relay.path("later", secret)
            relay.path("relay.yaml", "listen: [")
            self.assertEqual(relay.get(f"/v1/receipts/{line['id']}?wait=60").json()["status"], "held")
            end = time.monotonic() + 70
            while time.monotonic() < end:
                if relay.get(f"/v1/receipts/{line['id']}").json()["status"] == "accepted":
                    break
                time.sleep(0.5)
            self.assertEqual(relay.get(f"/v1/receipts/{line['id']}").json()["status"], "accepted")
            self.assertFalse([one for one in relay.log() if "configuration" in one.get("message", "")])


if __name__ == "__main__":
    unittest.main()
