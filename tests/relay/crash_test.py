"""kill -9 at each crash point of the outbox and of delivery, under clients: what got 200 is delivered, once."""

import concurrent.futures
import json
import os
import re
import signal
import time
import unittest

from relay import TOKEN, Relay, build
from sandbox import Sandbox

POINTS = ("put.before-commit", "put.after-commit", "put.after-mark", "lane.locked", "lane.taken", "post.before",
          "post.started", "post.after", "settle.half", "settle.before-commit", "settle.after-commit",
          "lane.before-release", "lane.released")
CLIENTS, POSTS = 8, 12


class CrashTest(unittest.TestCase):
    def client(self, relay, number):
        """Posts until the relay is gone. What was answered with 200."""
        told = []
        try:
            connection = relay.connect(timeout=10)
            for count in range(POSTS):
                pipeline = f"payments/{number}-{count}"
                connection.request("POST", "/v1/events", json.dumps(build(1, pipelineId=pipeline)),
                                   {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}",
                                    "Idempotency-Key": pipeline})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    told.append(pipeline)
        except Exception:  # it was killed in the middle
            pass
        return told

    def crash_at(self, point):
        with Sandbox() as sandbox, Relay(sandbox, start=False) as relay:
            good = os.environ["JIRASEND_RELAY_PROGRAM"]
            try:
                os.environ["JIRASEND_RELAY_PROGRAM"] = os.environ["JIRASEND_RELAY_CRASHING"]
                # A lane that nobody else has had is taken but once.
                which = 1 if point in ("lane.locked", "lane.taken") else 3
                relay.environment = {"JIRASEND_CRASH_AT": f"{point}:{which}"}
                relay.start()
            finally:
                os.environ["JIRASEND_RELAY_PROGRAM"] = good
            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
                told = sum(pool.map(lambda number: self.client(relay, number), range(CLIENTS)), [])
            self.assertEqual(relay.process.wait(20), -signal.SIGKILL, f"{point} is not passed")
            relay.stop()
            relay.environment = {}
            relay.start()
            # A job that got no answer posts again with the same key, and one that got one may.
            for number in range(CLIENTS):
                for count in range(POSTS):
                    pipeline = f"payments/{number}-{count}"
                    answer = relay.post(build(1, pipelineId=pipeline), headers={"Idempotency-Key": pipeline})
                    self.assertEqual(answer.status, 200, answer.body)
            wanted = {f"payments/{number}-{count}" for number in range(CLIENTS) for count in range(POSTS)}
            self.assertLessEqual(set(told), wanted)
            end = time.monotonic() + 30
            there = []
            while set(there) != wanted and time.monotonic() < end:
                time.sleep(0.1)
                there = [item["pipelineId"].replace("~2F", "/") for item in sandbox.items()]
            self.assertEqual(set(there), wanted, point)
            listed = relay.get(f"/v1/receipts?requestId=payments/0-0/0").lines()
            self.assertEqual(len(listed), 1, "one event for each key")

    def test_points(self):
        for point in POINTS:
            with self.subTest(point=point):
                self.crash_at(point)


if __name__ == "__main__":
    unittest.main()
