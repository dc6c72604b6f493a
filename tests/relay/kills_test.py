"""Killed and ended at random while 64 clients post: what got 200 is delivered."""

import json
import os
import random
import signal
import threading
import time
import unittest

from relay import TOKEN, Relay, build
from sandbox import Sandbox

KILLS = 20 if os.environ.get("JIRASEND_SOAK") == "1" else 1


class KillsTest(unittest.TestCase):
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
            time.sleep(random.uniform(1, 2.5))
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
        for _ in range(KILLS):
            self.assertEqual(self.run_and_end(signal.SIGKILL), -signal.SIGKILL)

    def test_ended_under_load(self):
        self.assertEqual(self.run_and_end(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
