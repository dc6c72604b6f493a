"""A process is killed at each crash point in turn: alone, beside a second, and eight at once."""

import os
import pathlib
import re
import subprocess
import unittest

from crash_support import KILLED, Sandbox, Worker, World, some_events

SOURCE = pathlib.Path(__file__).parents[3] / "native" / "src"
OF_CREATION = ("open.", "schema.")


def all_points():
    found = [name for path in sorted(SOURCE.rglob("*.c"))
             for name in re.findall(r'JS_CRASH_POINT\("([^"]+)"\)', path.read_text("utf-8"))]
    assert len(found) == len(set(found)), "a name stands for one point"
    return found


def points_of_a_folder():
    return [name for name in all_points() if not name.startswith("pg.")]


class Points(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def die_at(self, point, count):
        world = World(self.sandbox)
        self.addCleanup(world.remove)
        if not point.startswith(OF_CREATION):  # there is something in the outbox already
            Worker(world, some_events(90, 0), wait=0).end()
        workers = [Worker(world, some_events(who, 1), os.environ["JIRASEND_CRASHING"],
                          crash_at=point) for who in range(count)]
        codes = [worker.end() for worker in workers]
        self.assertIn(KILLED, codes, "nobody came by this point")
        self.assertTrue(set(codes) <= {KILLED, 0}, [worker.err for worker in workers])
        world.check_nothing_lost()
        for worker, code in zip(workers, codes):
            if code == KILLED:
                world.submit_again(worker)
        Worker(world, some_events(0, 2)).end()
        world.flush()
        world.check_end()
        world.remove()

    def test_there_are_points(self):
        self.assertGreater(len(points_of_a_folder()), 15)

    def test_alone(self):
        for point in points_of_a_folder():
            with self.subTest(point=point):
                self.die_at(point, 1)

    def test_two(self):
        for point in points_of_a_folder():
            with self.subTest(point=point):
                self.die_at(point, 2)

    def test_eight(self):
        for point in points_of_a_folder():
            with self.subTest(point=point):
                self.die_at(point, 8)

    def test_history_and_counters_agree_however_settling_ends(self):
        """As the dead left it, and when the same was told once more."""
        for point in [name for name in points_of_a_folder() if name.startswith("settle.")]:
            with self.subTest(point=point):
                world = World(self.sandbox)
                self.addCleanup(world.remove)
                Worker(world, some_events(90, 0)).end()
                doomed = Worker(world, some_events(0, 1), os.environ["JIRASEND_CRASHING"], crash_at=point)
                self.assertEqual(doomed.end(), KILLED)
                world.rows()
                world.check_verbs()
                world.submit_again(doomed)
                world.check_verbs()
                world.flush()
                world.check_verbs()
                world.check_end()
                world.remove()

    def test_in_the_middle_of_an_upgrade(self):
        """A later version dies while it adds its tables; today's and the later one both go on."""
        tomorrow = os.environ["JIRASEND_TOMORROW"]
        for point in ("schema.step", "schema.before-commit", "schema.after-commit"):
            for count in (1, 8):
                with self.subTest(point=point, count=count):
                    world = World(self.sandbox)
                    self.addCleanup(world.remove)
                    Worker(world, some_events(90, 0), wait=0).end()
                    workers = [Worker(world, some_events(who, 1), tomorrow, crash_at=point)
                               for who in range(count)]
                    self.assertIn(KILLED, [worker.end() for worker in workers])
                    self.assertEqual(len(world.rows()) % 5, 0)
                    world.check_nothing_lost()
                    self.assertEqual(Worker(world, some_events(91, 0), wait=0).end(), 0)
                    for worker in workers:
                        again = Worker(world, worker.events, tomorrow)
                        self.assertEqual(again.end(), 0, again.err)
                    self.assertEqual(Worker(world, some_events(91, 1)).end(), 0)
                    world.flush()
                    world.check_end()
                    world.remove()

    def test_the_dead_hold_no_lock(self):
        """A lane that a dead process had is free at once: no time-out has to pass."""
        world = World(self.sandbox)
        self.addCleanup(world.remove)
        dead = Worker(world, some_events(0, 1), os.environ["JIRASEND_CRASHING"],
                      crash_at="lane.taken")
        self.assertEqual(dead.end(), KILLED)
        done = subprocess.run(
            [os.environ["JIRASEND_CLI"], "outbox", "flush", "--outbox", world.folder, "--wait",
             "5"], env=self.sandbox.environment(), capture_output=True, text=True, check=False,
            timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        world.check_end()


if __name__ == "__main__":
    unittest.main()
