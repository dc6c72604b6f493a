"""A streaming standby is promoted while four processes submit to an address of both servers."""

import json
import os
import signal
import subprocess
import threading
import time
import unittest

from fleet_support import Fleet, Sandbox, Worker, World, need, some_events
from crash_support import build
from postgres import wait_for
from relay import Relay
import relay as relays


class Failover(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.close)
        self.world = World(self.sandbox, self.fleet)
        self.addCleanup(self.world.remove)
        self.primary = self.fleet.server
        self.standby = self.primary.standby()
        self.world.folder = self.address(self.primary, self.standby)
        wait_for(lambda: self.follows("streaming"), "the standby")

    @staticmethod
    def address(*servers):
        return ("postgresql://job@" + ",".join(f"127.0.0.1:{server.port}" for server in servers)
                + "/fleet?schema=s&target_session_attrs=read-write")

    def follows(self, state):
        return self.primary.sql(f"SELECT count(*) FROM pg_stat_replication WHERE state = '{state}'") == "1"

    def synchronously(self):
        self.primary.set(synchronous_standby_names="*")
        wait_for(lambda: self.primary.sql("SELECT sync_state FROM pg_stat_replication") == "sync", "the setting")

    def fail_over(self):
        self.primary.kill()
        time.sleep(0.5)
        self.standby.set(synchronous_standby_names="")
        self.standby.promote()
        self.fleet.server = self.standby

    def fail_over_without_the_newest(self):
        """The standby was stopped before."""
        self.primary.kill()
        self.standby.start()
        self.standby.promote()
        self.fleet.server = self.standby

    def check(self):
        """What `check` says of replication."""
        environment = {name: value for name, value in self.world.environment().items()
                       if name not in ("JIRASEND_SITE", "JIRASEND_CLIENT_ID")}
        done = subprocess.run([os.environ["JIRASEND_CRASHING"], "check", "--outbox", self.world.folder, "--json"],
                              env=environment, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["replication"]

    def send(self, event, wait, code):
        worker = Worker(self.world, [event], wait=wait)
        self.assertEqual(worker.end(), code, worker.err)
        return worker

    def acknowledged(self, workers):
        ids = set()
        for worker in workers:
            ids |= {json.loads(line)["requestId"] for line in worker.out.splitlines()}
        return ids

    def under_load(self):
        """All that were started, over a failover; each part waits for the one before."""
        workers, lock, over = [], threading.Lock(), threading.Event()

        def work(who):
            part = 0
            while not over.is_set() and part < 60:
                worker = Worker(self.world, some_events(who, part), wait=20)
                code = worker.end()
                with lock:
                    workers.append((worker, code))
                part += 1

        threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(workers) >= 8, "some before it")
        self.fail_over()
        before = len(workers)
        wait_for(lambda: len(workers) >= before + 8, "some after it")
        over.set()
        for thread in threads:
            thread.join()
        for worker, code in workers:
            self.assertIn(code, (0, 69, 75), worker.err)
        return workers

    def test_synchronous(self):
        """Nothing that was acknowledged is lost."""
        self.synchronously()
        self.assertIn("loses nothing", self.check())
        workers = self.under_load()
        there = {row["request_id"] for row in self.world.rows()}
        acknowledged = self.acknowledged(worker for worker, _ in workers)
        self.assertEqual(acknowledged - there, set())
        self.assertGreater(len(acknowledged), 35)
        for worker, code in workers:
            if code != 0:
                self.world.submit_again(worker)
        self.world.flush()
        self.world.check_end()

    def test_asynchronous(self):
        """What no standby had yet is lost; whoever kept the documents submits them again."""
        words = self.check()
        self.assertIn("may lose what was committed last", words)
        self.assertIn("submitting", words)
        self.send(build("kept", 1, "successful", "kept"), 20, 0)
        wait_for(lambda: self.standby.sql("SELECT count(*) FROM s.receipt", database="fleet") == "1", "the copy")
        self.standby.stop()
        lost = [self.send(build("lost", number, "successful", f"lost-{number}"), 20, 0) for number in (1, 2, 3)]
        self.fail_over_without_the_newest()
        self.assertEqual([row["request_id"] for row in self.world.rows()], ["kept"])
        for worker in lost:
            self.world.submit_again(worker)
        self.world.flush()
        self.assertEqual({row["request_id"] for row in self.world.rows()},
                         {"kept", "lost-1", "lost-2", "lost-3"})
        self.assertEqual(set(self.world.shown().values()), {"kept", "lost-1", "lost-2", "lost-3"})
        last = {}
        for stream, sequence, _ in self.world.arrived():
            self.assertGreaterEqual(sequence, last.get(stream, 0))
            last[stream] = sequence

    def test_what_is_waited_for_is_lost(self):
        """Whoever waits for an event that the new server never had is told to send it again."""
        self.sandbox.faults({"path": "/builds", "status": 503, "count": 1000})
        self.addCleanup(self.sandbox.clear_faults)
        self.standby.stop()
        worker = Worker(self.world, [build("lost", 1, "successful", "lost")], wait=50)
        wait_for(lambda: self.primary.sql("SELECT count(*) FROM s.request", database="fleet") == "1", "the row")
        self.fail_over_without_the_newest()
        self.assertEqual(worker.end(), 75, worker.err)
        self.assertIn("Send it again", worker.err)
        self.assertIs(json.loads(worker.out.splitlines()[-1])["kept"], False)
        self.sandbox.clear_faults()
        self.world.submit_again(worker)
        self.world.flush()
        self.assertEqual(self.world.shown().popitem()[1], "lost")

    def test_a_lost_id_is_given_again(self):
        """Whoever waits for the event that had it first does not take the other's receipt."""
        self.sandbox.faults({"path": "/builds", "status": 503, "count": 1000})
        self.addCleanup(self.sandbox.clear_faults)
        self.standby.stop()
        worker = Worker(self.world, [build("lost", 1, "successful", "lost")], wait=50)
        wait_for(lambda: self.primary.sql("SELECT count(*) FROM s.request", database="fleet") == "1", "the row")
        worker.process.send_signal(signal.SIGSTOP)
        self.fail_over_without_the_newest()
        self.sandbox.clear_faults()
        other = self.send(build("other", 2, "successful", "other"), 50, 0)
        worker.process.send_signal(signal.SIGCONT)
        self.assertEqual(worker.end(), 75, worker.err)
        (mine,), (others,) = ([json.loads(line) for line in one.out.splitlines()] for one in (worker, other))
        self.assertEqual(mine["id"], others["id"], "the case that this is about")
        self.assertIs(mine["kept"], False)
        self.world.submit_again(worker)
        self.assertEqual(set(self.world.shown().values()), {"lost", "other"})

    def test_what_is_remembered_of_the_old_server_does_not_count(self):
        """A relay that goes on: its lane was lost as well, and is made once more."""
        password = self.fleet.files["job"]
        relay = Relay(self.sandbox, outbox=self.world.folder, outboxPasswordFile=password)
        self.addCleanup(relay.close)
        self.standby.stop()
        self.assertEqual(relay.post(relays.build(1, requestId="one"), query="?wait=30").lines()[0]["status"], "accepted")
        self.fail_over_without_the_newest()
        answers = []

        def takes_it():
            answers.append(relay.post(relays.build(2, requestId="two"), query="?wait=30"))
            return answers[-1].status in (200, 202)
        wait_for(takes_it, "the new server")
        self.assertEqual(answers[-1].lines()[0]["status"], "accepted", answers[-1].body)
        self.assertEqual(relay.post(relays.build(1, requestId="one"), query="?wait=30").lines()[0]["status"], "accepted")
        self.assertEqual({row["request_id"] for row in self.world.rows()}, {"one", "two"})

    def test_asynchronous_under_load(self):
        """With or without a loss: submitting all again brings all, once, and in order."""
        workers = self.under_load()
        for worker, _ in sorted(workers, key=lambda pair: pair[0].events[0]["requestId"]):
            self.world.submit_again(worker)
        self.world.flush()
        requests = [row["request_id"] for row in self.world.rows()]
        self.assertEqual((len(requests), set(requests)), (len(set(requests)), set(self.world.sent)))

    def test_what_waits_for_its_standby_is_not_acknowledged(self):
        """Neither the first time nor, when its row is there already, with the repetition."""
        self.synchronously()
        self.send(build("own", 1, "failed", "first"), 20, 0)
        self.standby.stop()
        wait_for(lambda: self.primary.sql("SELECT count(*) FROM pg_stat_replication") == "0", "the end")
        self.assertIn("No standby follows now", self.check())
        event = build("own", 2, "failed", "second")
        self.assertEqual(self.send(event, 8, 75).out, "")
        # An impatient administrator: what was committed here is there now, and on no standby.
        self.primary.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        wait_for(lambda: self.primary.sql("SELECT count(*) FROM s.request", database="fleet") == "2", "the row")
        self.assertEqual(self.send(event, 8, 75).out, "")
        self.primary.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        self.standby.start()
        self.send(event, 20, 0)

    def test_a_wait_for_the_standby_that_somebody_ended(self):
        """The server then says COMMIT, with a warning that no standby has it."""
        self.synchronously()
        self.send(build("own", 1, "failed", "first"), 20, 0)
        self.standby.stop()
        wait_for(lambda: self.primary.sql("SELECT count(*) FROM pg_stat_replication") == "0", "the end")
        worker = Worker(self.world, [build("own", 2, "failed", "second")], wait=12)
        waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'"
        wait_for(lambda: self.primary.sql(f"SELECT count(*) {waits}") != "0", "the commit")
        self.primary.sql(f"SELECT pg_cancel_backend(pid) {waits}")
        self.assertEqual(worker.end(), 75, worker.err)
        self.assertEqual(worker.out, "")
        self.primary.sql(f"SELECT pg_cancel_backend(pid) {waits}")
        self.standby.start()
        self.send(build("own", 2, "failed", "second"), 20, 0)

    def test_a_standby_is_all_there_is(self):
        """In whatever order they are named, and until the wait is over."""
        self.send(build("own", 1, "failed", "first"), 20, 0)
        self.primary.kill()
        for servers in ((self.primary, self.standby), (self.standby, self.primary)):
            self.world.folder = self.address(*servers)
            with self.subTest(self.world.folder):
                begin = time.monotonic()
                worker = self.send(build("own", 2, "failed", "second"), 8, 69)
                self.assertIn("only reads", worker.err)
                self.assertGreater(time.monotonic() - begin, 7.5)


if __name__ == "__main__":
    unittest.main()
