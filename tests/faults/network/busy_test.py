"""Another process has the database and does not let go: the command line ends in its time."""

import os
import signal
import sqlite3
import time

from cli_support import event
from fault_support import KEYED, FaultTest, main
from scripted_jira import answer


class Busy(FaultTest):
    def hold(self):
        """Writes, and does not end."""
        database = sqlite3.connect(os.path.join(self.box, "outbox.db"), isolation_level=None,
                                   check_same_thread=False)
        self.addCleanup(database.close)
        database.execute("BEGIN IMMEDIATE")
        return database

    def test_a_flush_ends_in_time(self):
        self.store(1, 2)
        self.hold()
        self.fast(5, 75, "outbox", "flush", "--outbox", self.box, "--wait", "2")
        self.assertEqual(self.bulks(), [])

    def test_a_wait_ends_in_time(self):
        """The event is safely stored when the other process begins."""
        def slow(connection, request):
            self.hold()
            time.sleep(0.3)
            connection.sendall(answer(503))
        self.jira.script("/oauth/token", slow)
        self.fast(6, 0, *KEYED, "--outbox", self.box, "--wait", "3", says="queued")

    def test_storing_ends_in_time(self):
        """It began before: the event is refused, and nobody waits longer than told."""
        self.store(1)
        self.hold()
        self.fast(5, 69, *KEYED, "--outbox", self.box, "--wait", "2", says="busy")
        path = self.path("more", event(2) + "\n")
        self.fast(5, 69, "send", path, "--outbox", self.box, "--wait", "2", says="busy")

    def signalled(self, process):
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), -signal.SIGTERM)
        self.assertLess(time.monotonic() - start, 2.5)

    def test_a_signal_is_heard_while_flushing(self):
        self.store(1)
        self.hold()
        process = self.start("outbox", "flush", "--outbox", self.box, "--wait", "60")
        time.sleep(1)
        self.signalled(process)

    def test_a_signal_is_heard_while_storing(self):
        self.store(1)
        self.hold()
        path = self.path("more", event(2) + "\n")
        process = self.start("send", path, "--outbox", self.box, "--wait", "60")
        time.sleep(1)
        self.signalled(process)

    def test_it_goes_on_when_the_other_lets_go(self):
        self.store(1)
        other = self.hold()
        process = self.start("outbox", "flush", "--outbox", self.box, "--wait", "30")
        time.sleep(1)
        other.execute("ROLLBACK")
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(self.numbers(), [[1]])


if __name__ == "__main__":
    main()
