"""`jirasend build` and `jirasend deployment`: from options to what Jira gets."""

import json
import unittest

from cli_support import BUILD, DEPLOYMENT, CliTest, wire


def keys_of(item):
    for association in item["associations"]:
        if association["associationType"] == "issueIdOrKeys":
            return association["values"]
    return []


def values_of(item, kind):
    return [value for association in item["associations"]
            if association["associationType"] == kind for value in association["values"]]


class Documents(CliTest):
    """With --dry-run: no site, no credentials, no network."""
    needs_sandbox = False

    def build(self, *options, **rest):
        return self.body(*BUILD, *options, **rest)["builds"][0]

    def deployment(self, *options, **rest):
        return self.body(*DEPLOYMENT, *options, **rest)["deployments"][0]

    def test_every_fact_of_a_build(self):
        item = self.body(
            "build", "--pipeline", "team/app/main", "--name", "team » app » main", "--number", "42",
            "--url", "https://ci.example.com/job/app/42/", "--state", "failed",
            "--updated-at", "2026-11-23T10:00:00+01:00", "--description", "It broke",
            "--label", "v1", "--keys", "app-1,APP-2", "--keys", "APP-3 APP-1",
            "--branch", "feature/APP-4-login", "--branch-url", "https://git.example.com/b",
            "--commit", "abc123", "--repository", "https://git.example.com/app",
            "--tests", "10,8,1,1")["builds"][0]
        self.assertEqual(item["pipelineId"], "team~2Fapp~2Fmain")
        self.assertIn("team » app » main", item["displayName"])
        self.assertEqual(item["buildNumber"], 42)
        self.assertEqual(item["url"], "https://ci.example.com/job/app/42/")
        self.assertEqual(item["state"], "failed")
        self.assertEqual(item["lastUpdated"], "2026-11-23T09:00:00.000Z")
        self.assertEqual(item["description"], "It broke")
        self.assertEqual(item["label"], "v1")
        self.assertEqual(keys_of(item), ["APP-1", "APP-2", "APP-3", "APP-4"])
        self.assertEqual(item["testInfo"], {"totalNumber": 10, "numberPassed": 8,
                                            "numberFailed": 1, "numberSkipped": 1})
        self.assertEqual(item["references"], [
            {"commit": {"id": "abc123", "repositoryUri": "https://git.example.com/app"},
             "ref": {"name": "feature/APP-4-login", "uri": "https://git.example.com/b"}}])

    def test_every_fact_of_a_deployment(self):
        item = self.body(
            "deployment", "--pipeline", "team/app", "--number", "7", "--url", "https://ci/7",
            "--state", "rolled_back", "--environment", "e1", "--environment-name", "Europe",
            "--environment-type", "staging", "--service", "b:1", "--service", "b:2",
            "--duration", "61", "--commit", "abc", "--repository-id", "r1", "--keys", "APP-1",
            "--label", "v2", "--description", "Back")["deployments"][0]
        self.assertEqual(item["deploymentSequenceNumber"], 7)
        self.assertEqual(item["state"], "rolled_back")
        self.assertEqual(item["environment"],
                         {"id": "e1", "displayName": "Europe", "type": "staging"})
        self.assertEqual(item["duration"], 61)
        self.assertEqual(values_of(item, "serviceIdOrKeys"), ["b:1", "b:2"])
        self.assertEqual(values_of(item, "commit"), [{"commitHash": "abc", "repositoryId": "r1"}])
        self.assertEqual(item["label"], "v2")
        self.assertEqual(item["description"], "Back")

    def test_environment_type_from_words(self):
        for name, expected in (("prod1", "production"), ("qa-2", "testing"),
                               ("reproduction", "unmapped"), ("prod-test", "testing"),
                               ("pre-prod", "staging"), ("dev", "development")):
            item = self.body(*DEPLOYMENT[:-1], name, "--keys", "APP-1")["deployments"][0]
            self.assertEqual(item["environment"]["type"], expected, name)

    def test_environment_name_is_the_id_when_not_given(self):
        self.assertEqual(self.deployment("--keys", "A1-1")["environment"]["displayName"], "prod-eu")

    def test_gate(self):
        without_state = [word for word in DEPLOYMENT if word not in ("--state", "successful")]
        item = self.body(*without_state, "--gate", "--keys", "APP-1")["deployments"][0]
        self.assertEqual(item["state"], "pending")
        self.assertEqual(item["commands"], [{"command": "initiate_deployment_gating"}])
        self.assertNotIn("commands", self.deployment("--keys", "APP-1"))
        self.expect(64, *DEPLOYMENT, "--gate", "--dry-run", says="--gate")
        self.body(*without_state, "--gate", "--state", "pending", "--keys", "APP-1")

    def test_repository_id_alone(self):
        item = self.deployment("--repository-id", "r1", "--keys", "APP-1")
        self.assertEqual(values_of(item, "repository"), [{"repositoryId": "r1"}])

    def test_a_commit_alone_is_no_association(self):
        done = self.expect(0, *DEPLOYMENT, "--commit", "abc", "--dry-run", says="skipped")
        self.assertEqual(done.out, "")

    def test_references_need_an_address(self):
        base = ["--keys", "APP-1"]
        self.assertNotIn("references", self.build(*base, "--commit", "a"))
        self.assertNotIn("references", self.build(*base, "--branch", "b"))
        self.assertNotIn("references", self.build(*base, "--repository", "https://r"))
        self.assertEqual(
            self.build(*base, "--branch", "b", "--repository", "https://r")["references"],
            [{"ref": {"name": "b", "uri": "https://r"}}])
        self.assertEqual(
            self.build(*base, "--branch", "b", "--branch-url", "https://r/b")["references"],
            [{"ref": {"name": "b", "uri": "https://r/b"}}])

    def test_keys(self):
        self.assertEqual(keys_of(self.build("--keys", "a1-1")), ["A1-1"])
        self.expect(64, *BUILD, "--keys", "APP", "--dry-run", says="'APP'")
        self.expect(64, *BUILD, "--keys", "APP-0", "--dry-run", says="'APP-0'")
        self.expect(64, *BUILD, "--keys", "APP-1,foo", "--dry-run", says="'foo'")
        self.expect(64, *BUILD, "--keys", "A" * 256 + "-1", "--dry-run", says="--keys")
        self.assertEqual(keys_of(self.build("--keys", " ,APP-1,, \tAPP-2,")), ["APP-1", "APP-2"])

    def test_scan_options(self):
        branch = ["--branch", "feature/app-1 APP-2 KIP-3 OPS-4"]
        self.assertEqual(keys_of(self.build(*branch)), ["APP-2", "KIP-3", "OPS-4"])
        self.assertEqual(keys_of(self.build(*branch, "--any-case")),
                         ["APP-1", "APP-2", "KIP-3", "OPS-4"])
        self.assertEqual(keys_of(self.build(*branch, "--not-keys", "KIP")), ["APP-2", "OPS-4"])
        self.assertEqual(keys_of(self.build(*branch, "--projects", "OPS")), ["OPS-4"])

    def test_keys_from(self):
        path = self.path("log", "APP-1 one\nUTF-8 is none\nAPP-2\n")
        self.assertEqual(keys_of(self.build("--keys-from", path)), ["APP-1", "APP-2"])
        self.assertEqual(keys_of(self.build("--keys-from", "-", stdin="see APP-9")), ["APP-9"])
        self.expect(66, *BUILD, "--keys-from", self.path("none"), "--dry-run", says="none")
        self.expect(66, *BUILD, "--keys-from", self.folder, "--dry-run", says="folder")

    def test_text_of_any_bytes(self):
        text = b"\xff\xfeAPP-1\x00APP-2\xc3(APP-3)\xed\xa0\x80 \xf0\x9f\x98\x80APP-4"
        self.assertEqual(keys_of(self.build("--keys-from", "-", stdin=text)),
                         ["APP-1", "APP-2", "APP-3", "APP-4"])

    def test_ten_megabytes_of_text(self):
        line = b"A fix for something that nobody noticed, \xe2\x80\x93 APP-%d\n"
        text = b"".join(line % (i % 7 + 1) for i in range(200_000))
        self.assertGreater(len(text), 10_000_000)
        self.assertEqual(keys_of(self.build("--keys-from", "-", stdin=text)),
                         [f"APP-{i}" for i in range(1, 8)])

    def test_a_build_without_keys_is_skipped(self):
        done = self.expect(0, *BUILD, "--dry-run", says="skipped")
        self.assertEqual(done.out, "")

    def test_missing_facts_are_all_named(self):
        done = self.expect(64, "build", "--dry-run")
        for option in ("--pipeline", "--number", "--url", "--state"):
            self.assertIn(option, done.err)
        done = self.expect(64, "deployment", "--dry-run")
        self.assertIn("--environment ", done.err)

    def test_bad_values(self):
        for option, value in (
                ("--number", "-1"), ("--number", "1.5"), ("--number", "x"), ("--number", "1x"),
                ("--number", "9223372036854775808"), ("--state", "done"), ("--state", "rolled_back"),
                ("--state", "rollback"), ("--url", "nonsense"), ("--url", "ftp://x/"),
                ("--url", "https:///x"), ("--url", "https://a b/"),
                ("--url", "https://x/" + "a" * 2000), ("--updated-at", "yesterday"),
                ("--updated-at", "2026-11-23T10:00:00"), ("--updated-at", "2026-02-30T10:00:00Z"),
                ("--tests", "1,2,3"), ("--tests", "1,2,3,4,5"), ("--tests", "1,2,3,x"),
                ("--tests", "1,-2,3,4"), ("--pipeline", "x" * 1001)):
            self.expect(64, *BUILD, "--keys", "APP-1", "--dry-run", option, value, says=option)
        for option, value in (("--environment-type", "banana"), ("--duration", "1.5"),
                              ("--duration", "-1"), ("--environment", "x" * 1001),
                              ("--state", "gone"), ("--map-environment", "eu"),
                              ("--map-environment", "eu=far"), ("--property", "team"),
                              ("--property", "jirasend=x"), ("--origin", "x" * 256)):
            self.expect(64, *DEPLOYMENT, "--keys", "APP-1", "--dry-run", option, value, says=option)

    def test_the_nearest_state_is_named(self):
        self.expect(64, *BUILD, "--dry-run", "--state", "succesful",
                    says="; did you mean 'successful'? It is one of")
        self.expect(64, *BUILD, "--dry-run", "--state", "xyzzy", says="of a build. It is one of")
        self.expect(64, *BUILD, "--dry-run", "--state", "cancelld", says="'cancelled'")

    def test_words_that_people_use(self):
        for theirs, ours in (("passed", "successful"), ("FAILURE", "failed"), ("Timed-Out", "failed"),
                             ("canceled", "cancelled"), ("In Progress", "in_progress"),
                             ("queued", "pending")):
            self.assertEqual(self.build("--keys", "APP-1", "--state", theirs)["state"], ours)
        item = self.deployment("--keys", "APP-1", "--state", "rollback", "--environment-type", "QA")
        self.assertEqual(item["state"], "rolled_back")
        self.assertEqual(item["environment"]["type"], "testing")
        self.expect(64, *DEPLOYMENT, "--dry-run", "--environment-type", "prodction",
                    says=["'production'", "staging, testing, development, unmapped"])

    def test_long_ids(self):
        item = self.deployment("--keys", "APP-1", "--pipeline", "p" * 1000,
                               "--environment", "e" * 1000)
        self.assertLessEqual(len(item["pipeline"]["id"]), 255)
        self.assertLessEqual(len(item["environment"]["id"]), 255)

    def test_what_goes_along(self):
        body = self.body(*BUILD, "--keys", "APP-1", "--origin", "ci-1", "--property", "team=a=b",
                         "--property", "x=y")
        self.assertEqual(body["properties"], {"jirasend": "ci-1", "team": "a=b", "x": "y"})
        body = self.body(*BUILD, "--keys", "APP-1", env={"JIRASEND_ORIGIN": "ci-2"})
        self.assertEqual(body["properties"], {"jirasend": "ci-2"})
        self.assertEqual(self.body(*BUILD, "--keys", "APP-1")["properties"],
                         {"jirasend": "default"})

    def test_types_of_environments_by_patterns(self):
        def type_of(*options, **rest):
            item = self.deployment("--keys", "APP-1", *options, **rest)
            return item["environment"]["type"]
        self.assertEqual(type_of("--map-environment", "PROD-*=qa"), "testing")
        self.assertEqual(type_of("--map-environment", "x=dev,prod-e?=Stage"), "staging")
        self.assertEqual(type_of(env={"JIRASEND_ENVIRONMENTS": "prod-eu=qa"}), "testing")
        self.assertEqual(type_of("--map-environment", "x=qa",
                                 env={"JIRASEND_ENVIRONMENTS": "prod-eu=qa"}), "production")
        self.assertEqual(type_of("--map-environment", "*=qa", "--environment-type", "live"),
                         "production")

    def test_only_these_keys(self):
        item = self.build("--only-keys", "app-1;OPS-2 APP-1", "--branch", "APP-9",
                          "--description", "x")
        self.assertEqual(item["associations"][0]["values"], ["APP-1", "OPS-2"])
        done = self.expect(0, *BUILD, "--only-keys", "", "--branch", "APP-9", "--dry-run",
                           says="skipped")
        self.assertEqual(done.out, "")
        for option in ("--keys", "--keys-from"):
            self.expect(64, *BUILD, "--only-keys", "APP-1", option, "APP-2", says=option)

    def test_an_empty_value_is_no_value(self):
        item = self.body(*DEPLOYMENT, "--keys", "APP-1", "--environment-name", "", "--service", "",
                         "--updated-at", "", "--environment-type=")["deployments"][0]
        self.assertEqual(item["environment"],
                         {"id": "prod-eu", "displayName": "prod-eu", "type": "production"})
        self.expect(64, "build", "--pipeline", "", "--number", "1", "--url", "https://x/",
                    "--state", "failed", "--dry-run", says="--pipeline")

    def test_what_logs_in_is_taken_out(self):
        item = self.build("--keys", "APP-1", "--url", "https://me:hunter2@ci.example.com/42",
                          "--repository", "https://me:hunter2@git.example.com/app",
                          "--branch", "b c", "--commit", "abc",
                          "--branch-url", "https://hunter2@git.example.com/tree/{branch}")
        self.assertEqual(item["url"], "https://ci.example.com/42")
        (reference,) = item["references"]
        self.assertEqual(reference["commit"]["repositoryUri"], "https://git.example.com/app")
        self.assertEqual(reference["ref"]["uri"], "https://git.example.com/tree/b%20c")
        self.assertNotIn("hunter2", json.dumps(item))

    def test_a_login_that_is_written_wrongly(self):
        for login in ("me:hun/ter2@", "me:hun?ter2@", "me:hun#ter2@", "me:hun\\ter2@", "me:a@hunter2@",
                      "me%3Ahunter2%40", "do\\me:hunter2@"):
            item = self.build("--keys", "APP-1", "--url", f"https://{login}ci.example.com/42",
                              "--repository", f"https://{login}git.example.com/app", "--commit", "abc")
            self.assertEqual(item["url"], "https://ci.example.com/42")
            self.assertEqual(item["references"][0]["commit"]["repositoryUri"],
                             "https://git.example.com/app")
        for url in ("https:/me:hunter2@ci/", "https:me:hunter2@ci/", "https:\\\\me:hunter2@ci/",
                    "https:///me:hunter2@ci/", "//me:hunter2@ci/", "me:hunter2@ci/"):
            done = self.expect(64, *BUILD, "--dry-run", "--url", url, says="--url")
            self.assertNotIn("hunter", done.err)

    def test_what_is_missing_outside_of_a_ci_is_one_sentence(self):
        done = self.expect(64, "build", env={"JIRASEND_SITE": None})
        self.assertEqual(done.err.count("\n"), 1)
        for option in ("--site", "--pipeline", "--number", "--url", "--state"):
            self.assertIn(option, done.err)
        done = self.expect(64, "deployment", "--number", "1", "--dry-run")
        self.assertEqual(done.err.count("\n"), 1)
        self.assertIn("--environment", done.err)
        self.assertNotIn("--number", done.err)
        self.assertNotIn("--site", done.err)

    def test_texts_are_cut(self):
        item = self.build("--keys", "APP-1", "--description", "\U0001F600" * 300)
        self.assertEqual(item["description"], "\U0001F600" * 127)

    def test_texts_may_be_empty(self):
        item = self.build("--keys", "APP-1", "--description", "", "--label", "", "--tests", "")
        self.assertNotIn("description", item)
        self.assertNotIn("label", item)

    def test_the_last_of_several_counts(self):
        self.assertEqual(self.build("--keys", "APP-1", "--state", "failed")["state"], "failed")

    def test_too_many_associations(self):
        keys = ",".join(f"APP-{i}" for i in range(1, 601))
        item = self.build("--keys", keys)
        self.assertEqual(keys_of(item), [f"APP-{i}" for i in range(1, 501)])


class Sending(CliTest):
    sandbox_arguments = ("--known-keys", "APP-*")

    def test_a_build_arrives(self):
        done = self.expect(0, *BUILD, "--keys", "APP-1", says=["accepted", "team/app #42", "APP-1"])
        self.assertEqual(done.out, "")
        self.assertEqual(done.err.count("\n"), 1)
        (item,) = self.sandbox.items()
        self.assertEqual((item["pipelineId"], item["buildNumber"]), ("team~2Fapp", 42))

    def test_a_deployment_arrives(self):
        self.expect(0, *DEPLOYMENT, "--keys", "APP-1", says=["accepted", "prod-eu"])
        (item,) = self.sandbox.items("deployments")
        self.assertEqual(item["environment"]["type"], "production")

    def test_dry_run_is_what_is_sent(self):
        options = (*BUILD, "--keys", "APP-1", "--updated-at", "2026-11-23T10:00:00Z")
        dry = self.body(*options)
        self.assertEqual(self.sandbox.log(), [])
        self.expect(0, *options)
        (entry,) = self.sandbox.log("/bulk")
        for body in (dry, entry["body"]):
            del body["builds"][0]["updateSequenceNumber"]
        self.assertEqual(entry["body"], dry)

    def test_json_receipt(self):
        done = self.expect(0, *BUILD, "--keys", "APP-1,OPS-1", "--json")
        self.assertIn("accepted", done.err)  # the line for people stays on standard error
        receipt = done.receipt()
        self.assertEqual(list(receipt), [name for name in (
            "id", "requestId", "kind", "site", "status", "issueKeys", "unknownIssueKeys",
            "droppedKeys", "message", "httpStatus", "attempts", "pipelineId", "number", "state", "url",
            "submittedAt", "settledAt") if name in receipt])
        self.assertEqual(receipt["status"], "accepted")
        self.assertEqual(receipt["issueKeys"], ["APP-1", "OPS-1"])
        self.assertEqual(receipt["unknownIssueKeys"], ["OPS-1"])
        self.assertEqual(receipt["kind"], "build")
        self.assertEqual(receipt["httpStatus"], 202)

    def test_unknown_keys_are_told(self):
        self.expect(0, *BUILD, "--keys", "APP-1,OPS-1", says="OPS-1")
        done = self.expect(0, *BUILD, "--keys", "OPS-1", says="skipped")
        self.assertIn("Jira knows none of: OPS-1", done.err)

    def test_no_keys_no_request(self):
        done = self.expect(0, *BUILD, "--json")
        self.assertEqual(done.receipt()["status"], "skipped")
        self.assertEqual(self.sandbox.log("/bulk"), [])

    def test_dropped_associations_are_counted(self):
        keys = ",".join(f"APP-{i}" for i in range(1, 511))
        receipt = self.expect(0, *BUILD, "--keys", keys, "--json").receipt()
        self.assertEqual(receipt["droppedKeys"], 10)
        self.assertEqual(len(receipt["issueKeys"]), 500)

    def test_rejected(self):
        self.sandbox.faults(path="/bulk", reject=[wire("team/app")])
        done = self.expect(65, *BUILD, "--keys", "APP-1", says="rejected")
        self.assertIn("team/app #42", done.err)

    def test_two_updates_in_a_moment_differ(self):
        self.expect(0, *BUILD, "--keys", "APP-1")
        self.expect(0, *BUILD, "--keys", "APP-1")
        first, second = self.sandbox.items()
        self.assertLess(first["updateSequenceNumber"], second["updateSequenceNumber"])

    def test_site_as_option_beats_the_variable(self):
        self.expect(0, *BUILD, "--keys", "APP-1", "--site", self.sandbox.url,
                    env={"JIRASEND_SITE": "other.invalid"})

    def test_cloud_id_saves_the_question(self):
        self.expect(0, *BUILD, "--keys", "APP-1", "--cloud-id", self.sandbox.cloud_id)
        self.assertEqual(self.sandbox.log("tenant_info"), [])

    def test_control_characters_never_reach_the_terminal(self):
        self.sandbox.faults(path="/bulk", status=400,
                           body=json.dumps([{"message": "\x1b[31mred\x07 \u202e"}]))
        done = self.expect(65, *BUILD, "--keys", "APP-1")
        self.assertNotIn("\x1b", done.err)
        self.assertNotIn("\x07", done.err)
        self.assertNotIn("\u202e", done.err)


if __name__ == "__main__":
    unittest.main()
