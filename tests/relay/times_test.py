"""The real times: slow heads, idle connections, slow bodies; many clients and a killed relay."""

import json
import signal
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


class LoadTest(unittest.TestCase):
    def post_until(self, relay, number, told, stop):
        connection = relay.connect(timeout=10)
        count = 0
        while not stop.is_set():
            count += 1
            pipeline = f"payments/{number}-{count}"
            try:
                connection.request("POST", "/v1/events", json.dumps(build(1, pipelineId=pipeline)),
                                   {"Content-Type": "application/json",
                                    "Authorization": f"Bearer {TOKEN}"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    told.append(pipeline)
            except OSError:
                return
            except Exception:  # half an answer of a relay that was killed
                return

    def run_and_end(self, number):
        with Sandbox() as sandbox, Relay(sandbox) as relay:
            told, stop = [], threading.Event()
            threads = [threading.Thread(target=self.post_until, args=(relay, n, told, stop))
                       for n in range(64)]
            for thread in threads:
                thread.start()
            time.sleep(2)
            code = relay.stop(number)
            stop.set()
            for thread in threads:
                thread.join(20)
            self.assertGreater(len(told), 20)
            relay.start()
            end = time.monotonic() + 60
            missing = set(told)
            while missing and time.monotonic() < end:
                time.sleep(0.5)
                missing -= {item["pipelineId"].replace("~2F", "/") for item in sandbox.items()}
            self.assertEqual(missing, set(), f"of {len(told)}")
            return code

    def test_killed_under_load(self):
        self.assertEqual(self.run_and_end(signal.SIGKILL), -signal.SIGKILL)

    def test_ended_under_load(self):
        self.assertEqual(self.run_and_end(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
