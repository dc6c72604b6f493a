"""Every row of the delivery table, end to end: what Jira answers, what becomes of the events."""

import json
import os
import sqlite3
import time
from email.utils import formatdate

from cli_support import event
from fault_support import KEYED, FaultTest, deployment, main
from scripted_jira import CLOSE, ScriptedJira, answer, bulk_body, reset


def statuses(receipts):
    return [receipt["status"] for receipt in sorted(receipts, key=lambda one: one["id"])]


class Bulk(FaultTest):
    def test_202_settles_item_by_item(self):
        def partial(connection, request):
            connection.sendall(answer(202, bulk_body(request, rejected=[2], omitted=[3])))
        self.jira.script("/bulk", partial, then_well=True)
        receipts = self.send(65, [event(n) for n in (1, 2, 3, 4)], "--wait", "20")
        self.assertEqual(statuses(receipts), ["accepted", "rejected", "accepted", "accepted"])
        self.assertEqual(self.numbers(), [[1, 2, 3, 4], [3]])
        self.assertIn("No such thing", [r["message"] for r in receipts if r["id"] == 2][0])

    def test_202_knows_no_key(self):
        def unknown(connection, request):
            connection.sendall(answer(202, bulk_body(request, rejected=[1], unknown=["LOG4J-2"])))
        self.jira.script("/bulk", unknown)
        receipts = self.send(0, [event(1, keys=["LOG4J-2"]), event(2)])
        self.assertEqual(statuses(receipts), ["skipped", "accepted"])

    def test_400_finds_the_poisoned_event(self):
        self.jira.script("/bulk", answer(400, '[{"message": "bad number"}]'),
                         body_part=b'"buildNumber":6')
        receipts = self.send(65, [event(n) for n in range(1, 9)], "--wait", "20")
        self.assertEqual(statuses(receipts), ["accepted"] * 5 + ["rejected"] + ["accepted"] * 2)
        self.assertLessEqual(len(self.bulks()), 8)
        self.assertIn("bad number", [r["message"] for r in receipts if r["id"] == 6][0])

    def find_poison(self, documents, taken):
        """One of eight makes Jira refuse whatever request holds it."""
        def judge(connection, request):
            poisoned = b"BAD-1" in request.body
            connection.sendall(answer(400, '{"errorMessages": [{"message": "bad"}]}') if poisoned
                               else answer(202, json.dumps(taken(request.json()))))
        documents[5]["issueKeys"] = ["BAD-1"]
        self.jira.script("/bulk", judge)
        receipts = self.send(65, [json.dumps(one) for one in documents], "--wait", "20")
        self.assertEqual(statuses(receipts), ["accepted"] * 5 + ["rejected"] + ["accepted"] * 2)
        self.assertLessEqual(len(self.bulks()), 8)

    def test_400_finds_the_poisoned_flag(self):
        self.find_poison(
            [{"kind": "flag", "flagId": f"flag-{n}", "url": "https://f.example.com", "issueKeys": ["APP-1"],
              "environments": [{"name": "Production", "enabled": True}]} for n in range(8)],
            lambda body: {"acceptedFeatureFlags": [flag["id"] for flag in body["flags"]]})

    def test_400_finds_the_poisoned_commit(self):
        self.find_poison(
            [{"kind": "commit", "repository": {"url": "https://git.example.com/team/app"}, "message": "m",
              "hash": f"{n:040x}", "url": "https://git.example.com/c", "issueKeys": ["APP-1"]}
             for n in range(8)],
            lambda body: {"acceptedDevinfoEntities": {
                one["id"]: {"commits": [commit["id"] for commit in one["commits"]]}
                for one in body["repositories"]}})

    def test_401_once(self):
        self.jira.script("/bulk", answer(401), then_well=True)
        self.expect(0, *KEYED)
        self.assertEqual(len(self.jira.asked("/oauth/token")), 2)
        first, second = self.bulks()
        self.assertEqual(first.body, second.body)

    def test_401_again_holds_the_site(self):
        self.jira.script("/builds/", answer(401))
        receipts = self.send(77, [event(1)], "--wait", "20")
        self.assertEqual(statuses(receipts), ["held"])
        self.assertEqual(len(self.bulks()), 2)
        self.assertEqual(len(self.jira.asked("/oauth/token")), 2)

    def test_403_holds_its_lane_alone(self):
        self.jira.script("/builds/", answer(403))
        receipts = self.send(77, [event(1), deployment(2)], "--wait", "20", "--outbox", self.box)
        self.assertEqual(statuses(receipts), ["held", "accepted"])
        self.send(0, [deployment(3)], "--outbox", self.box)
        self.assertEqual(len(self.jira.asked("/deployments/")), 2)
        self.assertIn('"Builds"', [r["message"] for r in receipts if r["id"] == 1][0])
        self.assertEqual(len(self.jira.asked("/builds/")), 1)

    def test_404_looks_the_cloud_id_up_once_more(self):
        self.expect(0, *KEYED, "--outbox", self.box)  # remembers cloud-1
        self.jira.clear()
        self.jira.cloud_id = "cloud-2"
        self.jira.script("/cloud/cloud-1/", answer(404))
        self.expect(0, *KEYED, "--outbox", self.box)
        self.assertEqual(len(self.jira.asked("/_edge/tenant_info")), 1)
        self.assertEqual([request.path.split("/")[5] for request in self.bulks()],
                         ["cloud-1", "cloud-2"])

    def test_404_again_holds(self):
        self.jira.script("/bulk", answer(404))
        self.expect(77, *KEYED, says="held")
        self.assertEqual(len(self.bulks()), 2)
        self.jira.clear()
        self.jira.script("/bulk", answer(404))
        self.expect(77, *KEYED, "--cloud-id", "given", says="held")  # nothing to look up
        self.assertEqual(len(self.bulks()), 1)
        self.assertEqual(self.jira.asked("/_edge/tenant_info"), [])

    def test_413_halves_and_remembers(self):
        self.store(*range(1, 9))
        self.jira.script("/bulk", answer(413), then_well=True)
        self.expect(0, "outbox", "flush", "--outbox", self.box)
        self.assertEqual(len(self.numbers()[0]), 8)
        self.assertLessEqual(len(self.numbers()[1]), 4)
        self.jira.clear()
        self.store(*range(11, 19))
        self.expect(0, "outbox", "flush", "--outbox", self.box)  # another process
        self.assertTrue(all(len(numbers) < 8 for numbers in self.numbers()), self.numbers())

    def test_413_is_learnt_in_the_measure_of_jira(self):
        """Bodies have a limit, documents are shorter or longer: a size that was learnt is heeded."""
        most = 20000

        def limited(connection, request):
            fits = len(request.body) <= most
            connection.sendall(answer(202, bulk_body(request)) if fits else answer(413))
        self.jira.script("/bulk", limited)
        self.send(0, [event(n, description="\u00e4\"" * 60) for n in range(1, 102)],
                  "--wait", "30")
        refused = [request for request in self.bulks() if len(request.body) > most]
        self.assertLessEqual(len(refused), 3)
        self.assertLess(len(self.bulks()), 20)

    def test_answers_fit_what_is_read_of_them(self):
        """Jira names each unknown key twice."""
        def unknown(connection, request):
            keys = [key for item in request.items() for one in item["associations"]
                    for key in one["values"]]
            body = json.loads(bulk_body(request, unknown=keys))
            body["unknownAssociations"] = [{"associationType": "issueIdOrKeys", "values": keys}]
            self.longest = max(self.longest, len(json.dumps(body)))
            connection.sendall(answer(202, json.dumps(body)))
        self.longest = 0
        self.jira.script("/bulk", unknown)
        keys = [f"{'K' * 200}{n}-{n + 1}" for n in range(400)]
        path = self.path("events", "\n".join(event(n, keys=keys) for n in range(1, 11)))
        done = self.run_cli("send", path, "--quiet", "--wait", "30")
        self.assertEqual(done.code, 0)
        self.assertLess(self.longest, 1024 * 1024)
        self.assertEqual(sorted(n for numbers in self.numbers() for n in numbers),
                         list(range(1, 11)))

    def test_a_firewall_that_resets_one_event(self):
        def cut(connection, request):
            reset(connection)
            return CLOSE
        self.store(*range(1, 31))
        self.remember_failures(4)
        self.jira.script("/bulk", cut, body_part=b'"buildNumber":7,')
        self.expect(75, "outbox", "flush", "--outbox", self.box, "--wait", "10")
        receipts = [json.loads(line) for line in self.expect(
            0, "outbox", "list", "--outbox", self.box, "--json").out.splitlines()]
        self.assertEqual([r["id"] for r in receipts], [7])
        alone = [numbers for numbers in self.numbers() if len(numbers) == 1 and numbers != [7]]
        self.assertLessEqual(len(alone), 2, self.numbers())

    def test_a_gateway_that_answers_400_to_everything(self):
        self.jira.script("/bulk", answer(400, '{"message": "Request blocked by policy"}'))
        receipts = self.send(77, [event(n) for n in range(1, 41)], "--outbox", self.box,
                             "--wait", "20")
        self.assertEqual(statuses(receipts), ["held"] * 40)
        self.assertIn("gateway", receipts[0]["message"])
        self.assertLess(len(self.bulks()), 25)
        self.jira.clear()
        self.expect(0, "outbox", "retry", "--outbox", self.box)
        self.expect(0, "outbox", "flush", "--outbox", self.box)
        self.assertEqual(sorted(n for numbers in self.numbers() for n in numbers),
                         list(range(1, 41)))

    def test_a_gateway_that_finds_everything_too_large(self):
        self.jira.script("/bulk", answer(413, "<html>Request Entity Too Large</html>"))
        receipts = self.send(77, [event(n) for n in range(1, 41)], "--outbox", self.box,
                             "--wait", "20")
        self.assertEqual(statuses(receipts), ["held"] * 40)
        self.assertIn("gateway", receipts[0]["message"])
        self.assertLess(len(self.bulks()), 25)
        self.jira.clear()
        self.expect(0, "outbox", "retry", "--outbox", self.box)
        self.expect(0, "outbox", "flush", "--outbox", self.box)
        self.assertEqual([len(numbers) for numbers in self.numbers()], [40])

    def alone(self, code, number):
        """One event a process, as jobs do."""
        path = self.path("alone", event(number) + "\n")
        return self.expect(code, "send", path, "--outbox", self.box)

    def listed(self):
        done = self.expect(0, "outbox", "list", "--outbox", self.box, "--json")
        return {receipt["number"]: receipt["status"] for receipt in done.receipts()}

    def test_a_gateway_is_found_by_processes_that_send_one_event(self):
        self.jira.script("/bulk", answer(400, "<html>Bad Request</html>"))
        for number in (1, 2, 3, 4):
            self.alone(65, number)
        done = self.alone(77, 5)
        self.assertIn("400", done.err)
        self.assertEqual(self.listed(), {number: "held" for number in (1, 2, 3, 4, 5)})
        self.alone(77, 6)
        self.assertEqual(len(self.bulks()), 5)
        self.jira.clear()
        self.expect(0, "outbox", "retry", "--outbox", self.box)
        self.expect(0, "outbox", "flush", "--outbox", self.box)
        self.assertEqual(sorted(sum(self.numbers(), [])), [1, 2, 3, 4, 5, 6])

    def test_bad_events_in_different_processes_are_no_gateway(self):
        """Something is accepted in between, the words differ, or somebody tries again."""
        bad = answer(400, '[{"message": "bad number"}]')
        self.jira.script("/bulk", bad, bad, bad, bad, then_well=True)
        for number in (1, 2, 3, 4):
            self.alone(65, number)
        self.alone(0, 5)
        self.jira.script("/bulk", bad, bad, bad, bad, answer(400, '[{"message": "bad url"}]'))
        for number in (6, 7, 8, 9, 10, 11):
            self.alone(65, number)
        self.expect(0, "outbox", "retry", "11", "--outbox", self.box)
        self.jira.clear()
        self.jira.script("/bulk", answer(400, '[{"message": "bad url"}]'))
        self.alone(65, 12)
        self.assertEqual({status for status in self.listed().values()}, {"rejected"})

    def test_413_for_one(self):
        self.jira.script("/bulk", answer(413))
        self.expect(65, *KEYED, says="too large")
        self.assertEqual(len(self.bulks()), 1)

    def test_again_later(self):
        for status in (408, 425, 429, 500, 502, 503, 504):
            with self.subTest(status=status):
                self.jira.clear()
                self.jira.script("/bulk", answer(status), then_well=True)
                self.expect(0, *KEYED, "--wait", "20")
                self.assertEqual(len(self.bulks()), 2)

    def test_five_500_in_a_row_find_the_culprit(self):
        self.store(1, 2, 3, 4)
        self.remember_failures(4)
        self.jira.script("/bulk", answer(500), body_part=b'"buildNumber":1,')
        self.expect(75, "outbox", "flush", "--outbox", self.box, "--wait", "8")
        receipts = [json.loads(line) for line in self.expect(
            0, "outbox", "list", "--outbox", self.box, "--json").out.splitlines()]
        self.assertEqual([r["id"] for r in receipts], [1])
        self.assertEqual(self.numbers()[0], [1, 2, 3, 4])
        self.assertIn([1], self.numbers())  # it was found, and those behind it went on

    def remember_failures(self, count):
        """As if so many requests of the lane had failed before."""
        database = sqlite3.connect(os.path.join(self.box, "outbox.db"))
        with database:
            database.execute("UPDATE lane SET failures = ? WHERE kind <> 0", (count,))
        database.close()

    def test_an_answer_that_makes_no_sense(self):
        for body in ("", "{", "[]", "nothing", "\x00", '{"acceptedBuilds": 5}'):
            with self.subTest(body=body):
                self.jira.clear()
                self.jira.script("/bulk", answer(202, body), then_well=True)
                self.expect(0, *KEYED, "--wait", "20")
                self.assertEqual(len(self.bulks()), 2)

    def test_redirects_are_not_followed(self):
        with ScriptedJira() as other:
            for status in (301, 302, 303, 307, 308):
                for part in ("/bulk", "/oauth/token", "/_edge/tenant_info"):
                    with self.subTest(status=status, part=part):
                        self.jira.clear()
                        self.jira.script(part, answer(status, "", [("Location", other.url + "/x")]))
                        self.expect(77, *KEYED, says=["held", "127.0.0.1"])
            self.assertEqual(other.requests, [])

    def test_a_redirect_without_a_place(self):
        for headers in ([], [("Location", "")], [("Location", "/relative")],
                        [("Location", "http://")], [("Location", "javascript:alert(1)")],
                        [("Location", "//" + "x" * 3000)]):
            self.jira.clear()
            self.jira.script("/bulk", answer(302, "", headers))
            self.expect(77, *KEYED, says="redirects to")


class Hints(FaultTest):
    """Retry-After and X-RateLimit-Reset. A pause that is kept is measured where requests arrive."""

    def pause(self, status, headers, wait="20"):
        self.jira.clear()
        self.jira.script("/bulk", answer(status, "", headers), then_well=True)
        self.expect(0, *KEYED, "--wait", wait)
        first, second = self.bulks()
        return second.at - first.at

    def test_seconds(self):
        for status in (429, 503):
            self.assertGreaterEqual(self.pause(status, [("Retry-After", "2")]), 1.99)

    def test_a_date_by_the_clock_of_jira(self):
        an_hour_ago = time.time() - 3600
        headers = [("Date", formatdate(an_hour_ago, usegmt=True)),
                   ("Retry-After", formatdate(an_hour_ago + 2, usegmt=True))]
        self.assertGreaterEqual(self.pause(429, headers), 1.99)

    def test_reset(self):
        minute = time.time() // 60 * 60
        headers = [("Date", formatdate(minute - 2, usegmt=True)),
                   ("X-RateLimit-Reset", time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(minute)))]
        self.assertGreaterEqual(self.pause(429, headers), 1.99)

    def test_garbage_is_none(self):
        for value in ("soon", "-5", "1e3", "", "5 s", "\x80\xff", "9" * 50000 + "x"):
            self.assertLess(self.pause(429, [("Retry-After", value)]), 10)

    def test_other_answers_name_nothing(self):
        day = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + 3600))
        for status in (500, 502):
            self.assertLess(self.pause(status, [("X-RateLimit-Reset", day)]), 10)

    def test_at_most_a_day_kept_and_shared(self):
        for value in ("99999999999", "Fri, 31 Dec 2100 23:59:59 GMT"):
            self.jira.clear()
            self.box += "x"
            self.jira.script("/builds/", answer(429, "", [("Retry-After", value)]))
            self.fast(15, 0, *KEYED, "--outbox", self.box, "--wait", "30")
            lane = [one for one in self.lanes().values() if one["rate_until_ms"] > 0][0]
            ahead = lane["rate_until_ms"] / 1000 - time.time()
            self.assertTrue(23 * 3600 < ahead < 24 * 3600 + 60, ahead)
            # another process, another event: the lane stays away from Jira and says so at once
            done = self.fast(15, 0, *KEYED, "--number", "43", "--outbox", self.box, "--wait", "30")
            self.assertIn("queued", done.err)
            self.fast(15, 75, "outbox", "flush", "--outbox", self.box, "--wait", "30")
            self.assertEqual(len(self.bulks()), 1)
            # other lanes are free
            self.send(0, [deployment(7)], "--outbox", self.box, "--wait", "20")
            self.assertEqual(len(self.jira.asked("/deployments/")), 1)

    def test_a_process_that_runs_hears_of_it(self):
        """One process is told to send less often; another one on the same outbox, which had
        nothing to do until then, heeds that."""
        read_fifo = self.path("fifo")
        os.mkfifo(read_fifo)
        waiting = self.start("send", read_fifo, "--outbox", self.box, "--wait", "3", "--json")
        with open(read_fifo, "w", encoding="utf-8") as fifo:
            self.jira.script("/builds/", answer(429, "", [("Retry-After", "3000")]))
            self.expect(0, *KEYED, "--outbox", self.box, "--wait", "5")
            fifo.write(event(77) + "\n")
        out, err = waiting.communicate(timeout=60)
        self.assertEqual(waiting.returncode, 0, err)
        self.assertEqual(json.loads(out)["status"], "queued")
        self.assertEqual(len(self.bulks()), 1)


class Holds(FaultTest):
    def an_hour_later(self):
        """As if all probes and pauses were due by now."""
        database = sqlite3.connect(os.path.join(self.box, "outbox.db"))
        with database:
            database.execute("UPDATE lane SET probe_at_ms = 1 WHERE held <> 0")
            database.execute("UPDATE lane SET rate_until_ms = 1 WHERE rate_until_ms > 0")
        database.close()

    def test_a_flush_an_hour_after_the_permission_was_added(self):
        self.jira.script("/builds/", answer(403))
        self.expect(77, *KEYED, "--outbox", self.box)
        self.jira.clear()
        self.fast(10, 77, "outbox", "flush", "--outbox", self.box)  # not yet
        self.assertEqual(self.jira.requests, [])
        self.an_hour_later()
        self.expect(0, "outbox", "flush", "--outbox", self.box, "--wait", "10")
        self.assertEqual(self.numbers(), [[42]])

    def test_so_does_the_next_event(self):
        for part, status in (("/builds/", 403), ("/oauth/token", 401), ("/_edge/tenant_info", 404)):
            self.box += "x"
            self.jira.script(part, answer(status))
            self.expect(77, *KEYED, "--outbox", self.box)
            self.jira.clear()
            self.an_hour_later()
            self.expect(0, *KEYED, "--number", "43", "--outbox", self.box, "--wait", "10",
                        says="accepted")
            self.assertEqual(sorted(n for numbers in self.numbers() for n in numbers), [42, 43])
            self.jira.clear()

    def test_a_probe_that_is_refused_again(self):
        self.jira.script("/builds/", answer(403))
        self.expect(77, *KEYED, "--outbox", self.box)
        self.an_hour_later()
        self.expect(77, "outbox", "flush", "--outbox", self.box, "--wait", "10")
        self.assertEqual(len(self.bulks()), 2)
        self.fast(10, 77, "outbox", "flush", "--outbox", self.box, "--wait", "10")
        self.assertEqual(len(self.bulks()), 2)

    def test_a_probe_that_did_not_get_out_is_due_again(self):
        """The process lives for a second, and the token takes longer."""
        self.jira.script("/builds/", answer(403))
        self.expect(77, *KEYED, "--outbox", self.box)
        self.jira.clear()
        self.an_hour_later()
        self.jira.script("/oauth/token", lambda connection, request: time.sleep(20))
        self.fast(8, 77, "outbox", "flush", "--outbox", self.box, "--wait", "1")
        self.assertEqual(self.bulks(), [])
        self.jira.clear()
        self.expect(0, "outbox", "flush", "--outbox", self.box, "--wait", "10")

    def test_a_rate_limit_that_is_over(self):
        self.jira.script("/builds/", answer(429, "", [("Retry-After", "3000")]))
        self.fast(15, 0, *KEYED, "--outbox", self.box)
        self.jira.clear()
        self.an_hour_later()
        for _ in range(3):
            self.expect(0, "outbox", "flush", "--outbox", self.box, "--wait", "10")
        self.assertEqual(self.numbers(), [[42]])

    def test_an_old_dead_letter_says_superseded(self):
        self.jira.script("/bulk", answer(400, '{"message": "no"}'), then_well=True)
        receipt = self.send(65, [event(1)], "--outbox", self.box)[0]
        self.send(0, [event(1)], "--outbox", self.box)
        self.expect(0, "outbox", "retry", str(receipt["id"]), "--outbox", self.box)
        self.expect(0, "outbox", "flush", "--outbox", self.box)
        shown = json.loads(self.expect(0, "outbox", "show", str(receipt["id"]), "--outbox",
                                       self.box, "--json").out)
        self.assertEqual(shown["status"], "superseded")
        self.assertEqual(len(self.bulks()), 2)

    def test_a_quota_stops_the_site_and_a_busy_issue_its_lane(self):
        for reason, deployments in (("jira-quota-tenant-based", 0),
                                    ("jira-per-issue-on-write", 1)):
            self.box += "x"
            self.jira.clear()
            self.jira.script("/builds/", answer(429, "", [("Retry-After", "3000"),
                                                          ("RateLimit-Reason", reason)]))
            self.fast(15, 0, *KEYED, "--outbox", self.box)
            self.send(0, [deployment(7)], "--outbox", self.box, "--wait", "5")
            self.assertEqual(len(self.jira.asked("/deployments/")), deployments, reason)


class Lookups(FaultTest):
    def test_token_refused(self):
        for status in (400, 401, 403):
            self.jira.clear()
            self.jira.script("/oauth/token", answer(status, '{"error_description": "not known"}'))
            self.expect(77, *KEYED, says=["held", "not known"])
            self.assertEqual(len(self.jira.asked("/oauth/token")), 1)
            self.assertEqual(self.bulks(), [])

    def test_token_later(self):
        for said in (answer(500), answer(503), answer(429), answer(200, "<html>"),
                     answer(200, "{}"), answer(200, '{"access_token": "a\\nb"}'),
                     answer(200, '{"access_token": ""}'), answer(204)):
            self.jira.clear()
            self.jira.script("/oauth/token", said, then_well=True)
            self.expect(0, *KEYED, "--wait", "20")
            self.assertEqual(len(self.jira.asked("/oauth/token")), 2)

    def test_token_of_any_age(self):
        for age in ("0", "-1", "1e300", "null", '"900"', "99999999999999999999"):
            self.jira.clear()
            self.jira.script("/oauth/token",
                             answer(200, f'{{"access_token": "t", "expires_in": {age}}}'))
            self.send(0, [event(1), deployment(1)], "--wait", "20")
            self.assertEqual(len(self.jira.asked("/oauth/token")), 1, age)

    def test_no_jira(self):
        for said in (answer(400), answer(401), answer(403), answer(404), answer(200, "<html>"),
                     answer(200, "{}"), answer(200, '{"cloudId": "../../x"}'),
                     answer(200, '{"cloudId": "' + "a" * 65 + '"}'), answer(200, "")):
            self.jira.clear()
            self.jira.script("/_edge/tenant_info", said)
            self.expect(77, *KEYED, says="held")
            self.assertEqual(len(self.jira.asked("/_edge/tenant_info")), 1)
            self.assertEqual(self.bulks(), [])

    def test_site_later(self):
        for status in (429, 500, 503):
            self.jira.clear()
            self.jira.script("/_edge/tenant_info", answer(status), then_well=True)
            self.expect(0, *KEYED, "--wait", "20")

    def test_a_token_limit_is_kept_for_the_site(self):
        self.jira.script("/oauth/token", answer(429, "", [("Retry-After", "3000")]))
        self.fast(15, 0, *KEYED, "--outbox", self.box, "--wait", "30")
        self.send(0, [deployment(7)], "--outbox", self.box, "--wait", "30")
        self.assertEqual(len(self.jira.asked("/oauth/token")), 1)
        self.assertGreater(self.lanes()[0]["rate_until_ms"], time.time() * 1000)


if __name__ == "__main__":
    main()
