"""One outbox on PostgreSQL, many processes: they, the server and the pooler are killed, and frozen."""

import json
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from fleet_support import KILLED, Fleet, PgBouncer, Sandbox, Worker, World, need, some_events
from postgres import wait_for

ROUNDS = int(os.environ.get("JIRASEND_FAULT_ROUNDS", "4"))
SEED = int(os.environ.get("JIRASEND_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
POINTS = ("pg.before-put", "pg.after-put", "pg.lane-taken", "pg.before-commit", "pg.after-commit",
          "pg.lane-before-release", "pg.lane-released", "settle.half", "settle.before-commit",
          "settle.after-commit", "post.before", "post.started", "post.after")


class Kills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.fleet = Fleet()
        cls.addClassCleanup(cls.fleet.close)

    def world(self, pooler=None):
        world = World(self.sandbox, self.fleet, pooler)
        self.addCleanup(world.remove)
        return world

    def finish(self, world, unanswered):
        for worker in unanswered:
            world.submit_again(worker)
        world.flush()
        world.check_end()

    def test_at_each_point(self):
        for count in (1, 3):
            for point in POINTS:
                with self.subTest(point=point, count=count):
                    world = self.world()
                    workers = [Worker(world, some_events(who, 1), crash_at=point) for who in range(count)]
                    codes = [worker.end() for worker in workers]
                    self.assertIn(KILLED, codes, "nobody came by this point")
                    self.assertTrue(set(codes) <= {KILLED, 0}, [worker.err for worker in workers])
                    world.check_nothing_lost()
                    self.finish(world, [worker for worker, code in zip(workers, codes) if code != 0])

    def one_round(self, seed, pooler=None):
        dice = random.Random(seed)
        world = self.world(pooler)
        unanswered = []
        for part in range(dice.randint(1, 2)):
            workers = [Worker(world, some_events(who, part), wait=dice.choice((0, 1, 8))) for who in range(8)]
            for worker in workers:
                if dice.random() < 0.6:
                    time.sleep(dice.random() * 0.2)
                    worker.process.kill()
            for worker in workers:
                code = worker.end()
                self.assertIn(code, (KILLED, 0, 75), worker.err)
                unanswered += [worker] if code != 0 else []
            world.check_nothing_lost()
        self.finish(world, unanswered)

    def test_eight_processes_at_random_moments(self):
        for seed in range(SEED, SEED + ROUNDS):
            with self.subTest(f"repeat with JIRASEND_FAULT_SEED={seed} JIRASEND_FAULT_ROUNDS=1"):
                self.one_round(seed)

    def under_load(self, world, breaks):
        """Workers come and go while something is broken; whoever was refused submits again."""
        lock, unanswered, over = threading.Lock(), [], threading.Event()

        def work(who):
            part = 0
            while not over.is_set() and part < 40:
                worker = Worker(world, some_events(who, part), wait=10)
                code = worker.end()
                with lock:
                    self.assertIn(code, (0, 69, 75), worker.err)
                    unanswered.extend([worker] if code != 0 else [])
                part += 1

        threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        breaks()
        over.set()
        for thread in threads:
            thread.join()
        self.finish(world, unanswered)

    def test_the_server_is_killed_under_load(self):
        def breaks():
            for _ in range(5):
                time.sleep(1)
                self.fleet.server.kill()
                time.sleep(0.3)
                self.fleet.server.start()
            time.sleep(1)
        self.under_load(self.world(), breaks)

    def test_the_server_is_away_while_somebody_waits(self):
        """A receipt and a flush are waited for until --wait, and come when the server is there again."""
        world = self.world()
        self.sandbox.faults({"path": "/bulk", "count": 1, "delayMs": 1500})
        waits = Worker(world, some_events(0, 0), wait=50)
        wait_for(lambda: self.fleet.server.sql("SELECT count(*) FROM s.request", database="fleet") == "5",
                          "the events")
        self.fleet.server.kill()
        time.sleep(3)
        self.assertIsNone(waits.process.poll(), "it gave up at once")
        self.fleet.server.start()
        self.assertEqual(waits.end(), 0, waits.err)
        self.assertEqual({json.loads(line)["status"] for line in waits.out.splitlines()} - {"superseded"},
                         {"accepted"})
        self.finish(world, [])

    def test_the_server_stays_away(self):
        """Then a wait ends with --wait and 75, and not before."""
        world = self.world()
        self.sandbox.faults({"path": "/bulk", "status": 503, "count": 1000})
        self.addCleanup(self.sandbox.clear_faults)
        self.assertEqual(Worker(world, some_events(0, 0), wait=0).end(), 0)
        began = time.monotonic()
        flush = self.start(world, "outbox", "flush", "--wait", "8")
        waits = Worker(world, some_events(1, 0), wait=8)
        wait_for(lambda: self.fleet.server.sql("SELECT count(*) FROM s.request", database="fleet") == "10",
                          "the events")
        self.fleet.server.kill()
        self.addCleanup(self.fleet.server.start)
        for name, process in (("flush", flush), ("wait", waits.process)):
            out, err = process.communicate(timeout=60)
            with self.subTest(name):
                self.assertEqual(process.returncode, 75, out + err)
                self.assertGreater(time.monotonic() - began, 7.5, err)

    def start(self, world, *arguments):
        return subprocess.Popen([os.environ["JIRASEND_CRASHING"], *arguments, "--outbox", world.folder],
                                env=world.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_the_pooler_is_killed_under_load(self):
        need(pooler=True)
        pooler = PgBouncer(self.fleet.server)
        self.addCleanup(pooler.close)

        def breaks():
            for _ in range(3):
                time.sleep(1)
                pooler.kill()
                time.sleep(0.3)
                pooler.start()
            time.sleep(1)
        self.under_load(self.world(pooler), breaks)

    def test_eight_processes_behind_a_pooler(self):
        need(pooler=True)
        pooler = PgBouncer(self.fleet.server)
        self.addCleanup(pooler.close)
        self.one_round(SEED, pooler)

    def test_an_owner_is_frozen_for_longer_than_its_lease(self):
        """Others go on; what it settles afterwards is not written; nothing comes twice or out of order."""
        world = self.world()
        self.sandbox.faults({"path": "/bulk", "count": 2, "delayMs": 400})
        frozen = [Worker(world, some_events(who, 0), wait=20) for who in range(2)]
        time.sleep(0.5)
        # One that was frozen between its look at the lease and its POST sends it late.
        world.late = {event["requestId"] for worker in frozen for event in worker.events}
        for worker in frozen:
            worker.process.send_signal(signal.SIGSTOP)
        others = [Worker(world, some_events(who, 1), wait=20) for who in range(2, 5)]
        codes = [worker.end() for worker in others]
        for worker in frozen:
            worker.process.send_signal(signal.SIGCONT)
        codes += [worker.end() for worker in frozen]
        self.sandbox.clear_faults()
        self.assertEqual(set(codes), {0}, [worker.err for worker in others + frozen])
        self.finish(world, [])


if __name__ == "__main__":
    unittest.main()
