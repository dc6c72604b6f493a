"""Who has a lane, and how it is given back."""

import json
import signal
import subprocess
import unittest

import postgres
from fleet_support import FleetTest, event, skipping_main

OWNER = "SELECT owner FROM jirasend.lane WHERE kind = 1"


class Leases(FleetTest):
    def sending(self, document, path, method):
        """A process whose request to Jira gets no answer."""
        def seen():
            return len([one for one in self.sandbox.log(path) if one["method"] == method])

        before = seen()
        self.sandbox.faults({"path": path, "method": method, "count": 1, "delayMs": 600000})
        process = self.start("send", "-", "--outbox", self.outbox, "--wait", "60", stdin=subprocess.PIPE)
        process.stdin.write(document.encode() + b"\n")
        process.stdin.close()
        postgres.wait_for(lambda: seen() > before, "the request")
        self.assertNotEqual(self.sql(OWNER), "")
        return process

    def end(self, process, how):
        process.send_signal(how)
        self.assertEqual(process.wait(5), -how)
        self.sandbox.clear_faults()

    def test_an_end_by_a_signal_gives_it_back(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(how=how):
                self.end(self.sending(event(1, label=str(how)), "/bulk", "POST"), how)
                self.assertEqual(self.sql(OWNER), "")
                self.assertEqual({one["status"] for one in self.flush(wait="10")}, {"accepted"})

    def test_a_normal_end_gives_it_back(self):
        self.send([event(1)], wait="20")
        self.assertEqual(self.sql(OWNER), "")
        self.assertEqual(self.sql("SELECT count(*) FROM jirasend.lane WHERE lease_until > clock_timestamp()"), "0")

    def test_not_while_a_deletion_is_unanswered(self):
        """It could land after what the next owner sends."""
        self.send([event(1)], wait="20")
        gone = json.dumps({"kind": "build", "pipelineId": "team/app", "number": 1, "delete": True})
        self.end(self.sending(gone, "builds/1", "DELETE"), signal.SIGTERM)
        self.assertNotEqual(self.sql(OWNER), "")
        self.send([event(2)])
        self.flush(75, wait="2")
        self.assertEqual(self.sql("SELECT lease_until > clock_timestamp() + interval '60 s' FROM jirasend.lane"
                                  " WHERE kind = 1"), "t")

    def test_a_deletion_starts_with_a_lease_of_its_own(self):
        """It was renewed after the deletion's turn had come: its whole time is before it."""
        self.send([event(1)], wait="20")
        self.sql("CREATE TABLE jirasend.seen (until timestamptz, at timestamptz, fence bigint);"
                 "CREATE FUNCTION jirasend.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN INSERT INTO"
                 " jirasend.seen VALUES (NEW.lease_until, clock_timestamp(), NEW.fence); RETURN NULL; END$$;"
                 " CREATE TRIGGER note AFTER UPDATE ON jirasend.lane FOR EACH ROW WHEN (NEW.owner <> '')"
                 " EXECUTE FUNCTION jirasend.note()")
        gone = json.dumps({"kind": "build", "pipelineId": "team/app", "number": 1, "delete": True})
        (receipt,) = self.send([gone], wait="20")
        self.assertEqual(receipt["status"], "accepted")
        # Claimed, renewed, and lengthened by what settled it.
        self.assertGreaterEqual(int(self.sql("SELECT count(*) FROM jirasend.seen")), 3)

    def test_somebody_else_took_it(self):
        """What was sent under a fence that is over is not settled, and goes out again with its number."""
        self.sandbox.faults({"path": "/bulk", "count": 1, "delayMs": 1500})
        process = self.start("send", "-", "--outbox", self.outbox, "--wait", "4", "--json", stdin=subprocess.PIPE)
        process.stdin.write(event(1).encode() + b"\n")
        process.stdin.close()
        postgres.wait_for(lambda: self.sandbox.log("/bulk"), "the request")
        self.sql("UPDATE jirasend.lane SET owner = 'somebody else', fence = fence + 1,"
                 " lease_until = clock_timestamp() + interval '80 s' WHERE kind = 1")
        self.assertEqual(process.wait(20), 0)
        self.assertEqual([one["status"] for one in self.listed()], ["queued"])
        self.assertEqual(self.sql(OWNER), "somebody else")
        self.sql("UPDATE jirasend.lane SET owner = '', lease_until = '-infinity'")
        self.assertEqual([one["status"] for one in self.flush()], ["accepted"])
        self.assertEqual(len(self.sandbox.state()["builds"]), 1)


if __name__ == "__main__":
    skipping_main(unittest.main)
