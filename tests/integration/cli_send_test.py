"""`jirasend send`: files of events."""

import json
import os
import subprocess
import time
import unittest

from cli_support import CliTest, event


class Send(CliTest):
    sandbox_arguments = ("--known-keys", "APP-*")

    def send(self, content, *options, code=0, **rest):
        return self.expect(code, "send", self.path("events", content), *options, **rest)

    def test_some_events(self):
        done = self.send("\n".join(event(i) for i in range(1, 4)) + "\n", "--json")
        self.assertEqual([r["status"] for r in done.receipts()], ["accepted"] * 3)
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [1, 2, 3])

    def test_lines_for_people(self):
        done = self.send(event(1) + "\n" + event(2, keys=["OPS-1"]) + "\n")
        self.assertEqual(done.out, "")
        lines = done.err.splitlines()
        self.assertIn("line 1: build", lines[0])
        self.assertIn("accepted", lines[0])
        self.assertIn("line 2: build", lines[1])
        self.assertIn("skipped", lines[1])
        self.assertIn("1 accepted, 1 skipped", lines[2])

    def test_standard_input(self):
        self.expect(0, "send", "-", stdin=event(1))
        self.assertEqual(len(self.sandbox.items()), 1)

    def test_bom_crlf_and_empty_lines(self):
        content = "\ufeff" + event(1) + "\r\n\r\n   \n\t\n" + event(2) + "\r\n\n" + event(3)
        done = self.send(content, "--json")
        self.assertEqual(len(done.receipts()), 3)
        self.assertIn("3 accepted.", done.err)

    def test_a_bad_line_is_named_and_the_others_are_sent(self):
        content = "\n".join([event(1), "{", event(2), event(3, stat="x"), event(4)])
        done = self.send(content, "--json", code=65, says=["line 2: ", "line 4: ", '"stat"'])
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [1, 2, 4])
        self.assertEqual([r["line"] for r in done.receipts()], [2, 4, 1, 3, 5])

    def test_receipts_say_their_line(self):
        done = self.send("\n" + event(1) + event(2) + "\n{}\n\n" + event(3), "--json", code=65)
        refused, *receipts = done.receipts()
        self.assertEqual(set(refused), {"line", "error"})
        self.assertEqual(refused["line"], 3)
        self.assertIn("line 3: " + refused["error"], done.err)
        self.assertEqual([(r["line"], r["status"]) for r in receipts],
                         [(2, "accepted"), (2, "accepted"), (5, "accepted")])

    def test_documents_over_several_lines(self):
        pretty = json.dumps(json.loads(event(1)), indent=2)
        content = pretty + "\n" + event(2) + "\n\n" + pretty.replace("\n", "\r\n")
        done = self.send("\ufeff" + content, "--json")
        lines = [r["line"] for r in done.receipts()]
        self.assertEqual(lines, [1, len(pretty.splitlines()) + 1, len(pretty.splitlines()) + 3])

    def test_a_bad_document_over_several_lines_is_one_error(self):
        pretty = json.dumps(json.loads(event(1)), indent=2).replace('"state":', '"state"')
        done = self.send(event(3) + "\n" + pretty + "\n" + event(2), "--json", code=65,
                         says=["line 2: ", "1 of 3 events"])
        self.assertEqual([r["line"] for r in done.receipts()],
                         [2, 1, len(pretty.splitlines()) + 2])
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [3, 2])

    def test_text_behind_a_document(self):
        self.send(event(1) + ",\n" + event(2) + "\n", code=65, says="line 1: ")
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [2])

    def test_what_nothing_keeps_is_not_sent(self):
        self.sandbox.faults(path="/builds", status=403)
        done = self.send(event(1), "--json", code=77, says=["not sent", "held", "--outbox"])
        self.assertIs(done.receipt()["kept"], False)
        self.assertEqual(done.receipt()["status"], "held")
        self.assertNotIn("lost", done.err)
        self.sandbox.faults(path="/builds", status=403)
        done = self.send(event(1), "--json", "--outbox", self.path("outbox"), code=77)
        self.assertNotIn("kept", done.receipt())

    def test_line_numbers_count_empty_lines(self):
        self.send("\n\n" + event(1) + "\n\n{}\n", code=65, says="line 5: ")

    def test_bad_documents(self):
        for bad in ('[]', '"x"', "null", "{'kind': 'build'}", event(1, state="done"),
                    event(1, url="nonsense"), event(-1), event(1, updatedAt="2026-01-01"),
                    event(1, issueKeys=["APP"]), event(1, site="http://acme.atlassian.net"),
                    event(1).replace('"number": 1', '"number": 1, "number": 2'),
                    event(1).replace('"number": 1', '"number": 1e400'),
                    event(1).replace("team/app", "\\ud800"), "\x00", "[" * 10000):
            self.send(bad, code=65, says="line 1: ")
        self.assertEqual(self.sandbox.items(), [])

    def test_nothing_in_it(self):
        for content in ("", "\n", "\ufeff", "  \r\n\r\n"):
            done = self.send(content, "--json", says="no event")
            self.assertEqual(done.out, "")
            self.assertEqual(self.send(content, "--quiet").err, "")
        self.expect(0, "send", "-", says="no event")

    def test_missing_file(self):
        self.expect(66, "send", self.path("none"), says="none")
        self.expect(66, "send", self.folder, says="folder")
        self.expect(66, "send", "", says="cannot be opened")

    def test_unreadable_file(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.expect(66, "send", self.path("closed", event(1), mode=0o000), says="closed")

    def test_a_very_long_line(self):
        long = event(1, keyText=["x" * (17 * 1024 * 1024)])
        self.send(long + "\n" + event(2), code=65, says="line 1: ")
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [2])

    def test_a_long_line_is_fine(self):
        self.send(event(1, keyText=["x " * (5 * 1024 * 1024) + "APP-5"]))
        self.assertEqual(self.sandbox.items()[0]["associations"][0]["values"], ["APP-1", "APP-5"])

    def test_no_site_anywhere(self):
        self.send(event(1), code=64, env={"JIRASEND_SITE": None}, says="--site")

    def test_site_in_the_document(self):
        content = event(1, site=self.sandbox.url) + "\n" + event(2)
        self.send(content, code=65, env={"JIRASEND_SITE": None}, says="line 2: ")
        self.assertEqual([i["buildNumber"] for i in self.sandbox.items()], [1])

    def test_five_hundred_events_are_five_requests(self):
        self.send("\n".join(event(i) for i in range(1, 501)))
        self.assertEqual(len(self.sandbox.items()), 500)
        self.assertLessEqual(len(self.sandbox.log("/bulk")), 5)
        self.assertEqual(len(self.sandbox.log("/oauth/token")), 1)
        self.assertEqual(len(self.sandbox.log("tenant_info")), 1)

    def test_worst_exit_code(self):
        self.sandbox.faults(path="/builds", reject=["bad"])
        content = event(1, pipelineId="bad") + "\n" + event(2)
        self.send(content, code=65, says=["rejected", "accepted"])

    def test_held_is_graver_than_rejected(self):
        self.sandbox.faults(path="/deployments", status=403)
        deployment = event(3, kind="deployment", environment={"id": "prod", "name": "prod"})
        self.send(deployment + "\n{}\n" + event(2), code=77, says=["held", "line 2: ", "accepted"])

    def test_deployments_and_builds_together(self):
        deployment = event(3, kind="deployment", environment={"id": "prod", "name": "prod"})
        self.send(event(1) + "\n" + deployment + "\n")
        self.assertEqual(len(self.sandbox.items("deployments")), 1)

    def test_scan_options(self):
        content = event(1, keys=[], keyText=["app-1 APP-2 OPS-3"])
        done = self.send(content, "--json", "--any-case", "--projects", "APP")
        self.assertEqual(done.receipt()["issueKeys"], ["APP-1", "APP-2"])

    def test_dry_run(self):
        content = event(1) + "\n" + event(2, keys=[]) + "\n{}\n"
        done = self.send(content, "--dry-run", code=65, says=["line 2", "line 3: "])
        (line,) = done.out.splitlines()
        self.assertEqual(json.loads(line)["builds"][0]["buildNumber"], 1)
        self.assertEqual(self.sandbox.log(), [])

    def test_events_go_while_more_are_awaited(self):
        process = self.start("send", "-", "--json", stdin=subprocess.PIPE)
        process.stdin.write((event(1) + "\n").encode())
        process.stdin.flush()
        end = time.monotonic() + 20
        while not self.sandbox.items() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(self.sandbox.items()), 1)
        process.stdin.write((event(2) + "\n").encode())
        process.stdin.close()
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(len(process.stdout.read().splitlines()), 2)

    def test_request_id(self):
        content = event(1, requestId="r1") + "\n" + event(1, requestId="r1") + "\n"
        done = self.send(content, "--json")
        self.assertEqual(len({r["id"] for r in done.receipts()}), 1)
        self.assertEqual(done.receipts()[0]["requestId"], "r1")

    def test_a_large_file_needs_little_memory(self):
        with open(self.path("large"), "w", encoding="utf-8") as file:
            for i in range(30000):
                file.write(event(i, description="x" * 200) + "\n")
        script = ('import resource, subprocess, sys; '
                  'code = subprocess.call(sys.argv[1:], stderr=subprocess.DEVNULL); '
                  'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)')
        done = subprocess.run(
            ["python3", "-c", script, os.environ["JIRASEND_CLI"], "send", self.path("large"),
             "--outbox", self.path("outbox"), "--wait", "0"],
            env=self.environment(), capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.environ["JIRASEND_CLI"], "rb") as file:
            sanitized = b"__asan_init" in (program := file.read()) or b"__tsan_init" in program
        if not sanitized:  # a sanitizer keeps what was freed
            self.assertLess(int(done.stdout), 64 * 1024)


if __name__ == "__main__":
    unittest.main()
