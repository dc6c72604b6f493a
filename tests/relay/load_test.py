"""Many at once: connections beyond the limits, wrong tokens, Jira away for long, files that change."""

import concurrent.futures
import os
import resource
import select
import signal
import socket
import threading
import time
import unittest

from http_test import certificate
from relay import Relay, build, caller
from sandbox import Sandbox

SOAK = os.environ.get("JIRASEND_SOAK") == "1"
CONNECTIONS = 10000 if SOAK else 2000
WRONG = 100000 if SOAK else 2400
BACKLOG = 100000 if SOAK else 10000
CHANGES = 20 if SOAK else 3


def many_files(wanted):
    """As many open files as this machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    return max(soft, allowed)


class LoadTest(unittest.TestCase):
    def turned_away(self, sockets, count):
        """Waits until so many are: those that the system still holds back would be let in as others leave."""
        poll = select.poll()
        for one in sockets:
            poll.register(one, select.POLLIN)
        end = time.monotonic() + 30
        while len(poll.poll(0)) < count and time.monotonic() < end:
            time.sleep(0.05)
        return len(poll.poll(0)) >= count

    def test_connections_beyond_the_limit(self):
        """Those beyond are turned away at once, those within are served, and all is well afterwards."""
        limit = 500
        with Sandbox() as sandbox, Relay(sandbox, limits={"connections": limit, "perAddress": limit}) as relay:
            first = relay.connect()
            first.request("GET", "/healthz")
            first.getresponse().read()
            room = many_files(CONNECTIONS + 200) - 200
            sockets, turned_away = [], 0
            for _ in range(min(CONNECTIONS, room)):
                one = socket.socket()
                one.settimeout(10)
                try:
                    one.connect(("127.0.0.1", relay.port))
                    sockets.append(one)
                except OSError:
                    one.close()
                    turned_away += 1
            self.assertTrue(self.turned_away(sockets, len(sockets) - limit))
            began = time.monotonic()
            first.request("GET", "/v1/whoami", headers={"Authorization": f"Bearer {relay.token}"})
            self.assertEqual(first.getresponse().status, 200, "who was there before is served")
            self.assertLess(time.monotonic() - began, 2)
            served = 0
            for one in sockets:
                try:
                    one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    served += one.recv(4096).startswith(b"HTTP/1.1 200")
                except OSError:
                    pass
                one.close()
            self.assertTrue(limit - 10 <= served <= limit, (served, turned_away))
            first.close()
            time.sleep(0.5)
            self.assertEqual(relay.get("/healthz").status, 200)
            relay.wait_log(lambda line: "turned away" in line.get("message", ""), 70)

    def test_wrong_tokens(self):
        """A true token is never refused beside them, and the log stays small."""
        with Sandbox() as sandbox, Relay(sandbox) as relay:
            def guess(number):
                connection = relay.connect()
                seen = set()
                for count in range(WRONG // 8):
                    connection.request("GET", "/v1/whoami", headers={"Authorization": f"Bearer {number}-{count}"})
                    answer = connection.getresponse()
                    answer.read()
                    seen.add(answer.status)
                connection.close()
                return seen
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                guesses = [pool.submit(guess, number) for number in range(8)]
                good = 0
                while not all(one.done() for one in guesses):
                    self.assertEqual(relay.get("/v1/whoami").status, 200)
                    good += 1
                    time.sleep(0.02)
                self.assertEqual(set().union(*(one.result() for one in guesses)), {401, 429})
            self.assertGreater(good, 5)
            time.sleep(2.2)
            relay.get("/v1/whoami")
            lines = relay.log()
            refused = sum(line.get("refused", 0) for line in lines)
            shown = sum(1 for line in lines if line.get("status", 0) >= 400)
            self.assertEqual(refused + shown, WRONG // 8 * 8)
            seconds = len({line["time"][:19] for line in lines})
            self.assertLessEqual(shown, 10 * (seconds + 1))

    def test_jira_away(self):
        """Posts take as long as ever while Jira is away and thousands wait."""
        with Relay("http://127.0.0.1:9") as relay:
            def median():
                times = []
                for number in range(40):
                    began = time.monotonic()
                    self.assertEqual(relay.post(build(number, pipelineId=f"payments/{time.monotonic_ns()}")).status, 200)
                    times.append(time.monotonic() - began)
                return sorted(times)[len(times) // 2]
            before = median()
            for start in range(0, BACKLOG, 5000):
                self.assertEqual(relay.post(*[build(n, pipelineId=f"payments/{n}") for n in
                                              range(start, start + 5000)]).status, 200)
            after = median()
            self.assertLess(after, before * 3 + 0.02, (before, after))
            self.assertEqual(relay.get("/readyz", token=None).status, 200)
            with open(f"/proc/{relay.process.pid}/status", encoding="ascii") as file:
                kilobytes = int(file.read().split("VmRSS:")[1].split()[0])
            self.assertLess(kilobytes, 48 * 1024, "what was posted is on disk, not in memory")
            relay.stop(signal.SIGKILL)
            began = time.monotonic()
            relay.start()
            self.assertEqual(relay.get("/readyz", token=None).status, 200)
            self.assertLess(time.monotonic() - began, 1.5, "ready at once, however much waits")

    def test_configuration_changes_under_load(self):
        """Certificate and callers are changed again and again while clients post: nobody who may is refused."""
        with Sandbox() as sandbox, Relay(sandbox, start=False) as relay:
            ca = certificate(relay.folder, "ca", "/CN=test root")
            pairs = [certificate(relay.folder, f"own{n}", f"/CN=relay{n}", ca) for n in range(2)]

            def configure(number):
                relay.write(tls={"certificate": pairs[number % 2][0], "key": pairs[number % 2][1], "ca": ca[0]},
                            callers=[caller(), caller(f"other{number}", f"token-{number}")])
            configure(0)
            relay.start()
            stop = threading.Event()
            seen = []

            def client(number):
                while not stop.is_set():
                    seen.append(relay.post(build(1, pipelineId=f"payments/{number}-{len(seen)}")).status)
            threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for number in range(1, CHANGES + 1):
                if number == 2:  # a broken one in between changes nothing
                    relay.path("relay.yaml", "listen: [")
                    self.assertIn("in force stays", relay.reload())
                configure(number)
                self.assertIn("is in force", relay.reload())
                self.assertEqual(relay.get("/v1/whoami", token=f"token-{number}").status, 200)
                self.assertEqual(relay.get("/v1/whoami", token=f"token-{number - 1}").status, 401)
            stop.set()
            for thread in threads:
                thread.join(20)
            self.assertGreater(len(seen), 10)
            self.assertEqual(set(seen), {200})
            self.assertEqual(relay.stop(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
