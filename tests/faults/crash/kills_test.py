"""kill -9 at random moments, seeded. JIRASEND_FAULT_ROUNDS: how many rounds; JIRASEND_FAULT_SEED:
the first seed, to see a round again that failed."""

import os
import random
import time
import unittest

from crash_support import Sandbox, Worker, World, some_events

ROUNDS = int(os.environ.get("JIRASEND_FAULT_ROUNDS", "24"))
SEED = int(os.environ.get("JIRASEND_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
SLOWNESS = [{"path": "/bulk", "count": 3, "delayMs": 30},
            {"path": "/bulk", "count": 2, "status": 503},
            {"path": "/bulk", "count": 1, "action": "reset", "processed": True}]


class Kills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def one_round(self, seed):
        dice = random.Random(seed)
        world = World(self.sandbox)
        self.addCleanup(world.remove)
        if dice.random() < 0.5:
            self.sandbox.faults(dice.choice(SLOWNESS))
        unanswered = []
        for part in range(dice.randint(1, 3)):
            workers = [Worker(world, some_events(who, part), wait=dice.choice((0, 0.05, 5)))
                       for who in range(dice.choice((1, 2, 8)))]
            doomed = [worker for worker in workers if dice.random() < 0.8]
            for worker in doomed:
                time.sleep(dice.random() * 0.12 / len(workers))
                worker.process.kill()
            for worker in workers:
                code = worker.end()
                self.assertIn(code, (-9, 0), worker.err)
                unanswered += [worker] if code != 0 else []
            world.check_nothing_lost()
        self.sandbox.clear_faults()
        for worker in unanswered:
            world.submit_again(worker)
        world.flush()
        world.check_end()
        world.remove()

    def test_random_moments(self):
        for seed in range(SEED, SEED + ROUNDS):
            with self.subTest(f"repeat with JIRASEND_FAULT_SEED={seed} JIRASEND_FAULT_ROUNDS=1"):
                self.one_round(seed)


if __name__ == "__main__":
    unittest.main()
