"""`jirasend flag`: feature flags out of options."""

import json
import unittest

from cli_support import CliTest

URL = "https://flags.example.com/checkout-v2"
FLAG = ("flag", "checkout-v2", "--url", URL, "--keys", "APP-1")
ON = ("--environment", "Production=on")


class Flag(CliTest):
    def flag(self, *arguments):
        flags = self.body(*FLAG, *arguments)["flags"]
        self.assertEqual(len(flags), 1)
        return flags[0]

    def statuses(self, *environments):
        words = [word for one in environments for word in ("--environment", one)]
        return [(detail["environment"]["name"], detail["status"])
                for detail in self.flag(*words)["details"]]

    def test_it_reaches_jira(self):
        done = self.expect(0, *FLAG, "--name", "New checkout", "--environment", "Production=on:25%",
                           "--environment", "Staging=off", "--json", says="accepted")
        receipt = done.receipt()
        self.assertEqual((receipt["kind"], receipt["issueKeys"]), ("flag", ["APP-1"]))
        flag = self.sandbox.items("flags")[0]
        self.assertEqual((flag["id"], flag["key"], flag["displayName"]),
                         ("checkout-v2", "checkout-v2", "New checkout"))
        self.assertEqual(flag["summary"]["status"], {"enabled": True})
        self.assertEqual([detail["environment"] for detail in flag["details"]],
                         [{"name": "Production", "type": "production"},
                          {"name": "Staging", "type": "staging"}])

    def test_environments(self):
        self.assertEqual(
            self.statuses("Production=ON:25%", "EU=Off:3 rules", "US=on:1 rule", "A:B=on:beta: x",
                          "C=oN:12.5%", "D=on:007%", "E=on:", "F=off:all = on", "G=on:0%"),
            [("Production", {"enabled": True, "rollout": {"percentage": 25}}),
             ("EU", {"enabled": False, "rollout": {"rules": 3}}),
             ("US", {"enabled": True, "rollout": {"rules": 1}}),
             ("A:B", {"enabled": True, "rollout": {"text": "beta: x"}}),
             ("C", {"enabled": True, "rollout": {"percentage": 12.5}}),
             ("D", {"enabled": True, "rollout": {"percentage": 7}}),
             ("E", {"enabled": True}),
             ("F", {"enabled": False, "rollout": {"text": "all = on"}}),
             ("G", {"enabled": True, "rollout": {"percentage": 0}})])

    def test_what_looks_like_a_rollout_and_is_text(self):
        texts = ["-5%", "5", "25 %", "%", "3 rulesets", "rules", "1e2%", "5%%", "٢٥%"]
        self.assertEqual([status["rollout"] for _, status in
                          self.statuses(*(f"E{i}=on:{text}" for i, text in enumerate(texts)))],
                         [{"text": text} for text in texts])

    def test_environments_that_are_wrong(self):
        for text in ("Production", "=on", "Production=", "Production=yes", "a=b=on",
                     "Production=on25%"):
            self.expect(64, *FLAG, "--environment", text, "--dry-run", says=[text, "Production=on"])
        for text in ("101%", "100.1%", "99999999999999999999999999%"):
            self.expect(64, *FLAG, "--environment", f"Production=on:{text}", "--dry-run", says="100")
            self.expect(64, *FLAG, *ON, "--rollout", text, "--dry-run", says="--rollout")
        self.expect(64, *FLAG, *ON, "--rollout", "99999999999999999999 rules", "--dry-run")
        self.expect(64, *FLAG, *ON, "--environment", "Production=off", "--dry-run", says="Production")

    def test_the_flag_as_a_whole(self):
        flag = self.flag("--environment", "Production=off", "--enabled", "ON", "--key", "checkout_v2",
                         "--default-value", "dark", "--rollout", "beta customers",
                         "--updated-at", "2026-11-23T11:00:00+01:00")
        self.assertEqual((flag["key"], flag["displayName"]), ("checkout_v2", "checkout_v2"))
        self.assertEqual(flag["summary"]["status"], {"enabled": True, "defaultValue": "dark",
                                                     "rollout": {"text": "beta customers"}})
        self.assertTrue(flag["summary"]["lastUpdated"].startswith("2026-11-23T10:00:00"))
        self.assertFalse(self.flag("--environment", "A=off")["summary"]["status"]["enabled"])
        self.assertFalse(self.flag(*ON, "--enabled", "off")["summary"]["status"]["enabled"])
        self.expect(64, *FLAG, *ON, "--enabled", "yes", says="--enabled")
        self.expect(64, *FLAG, *ON, "--key", "k" * 256, "--dry-run", says="key")

    def test_what_is_needed(self):
        self.expect(64, "flag", "x", "--dry-run", says=["--url", "--environment"])
        self.expect(64, "flag", "x", *ON, "--url", "", "--dry-run", says="--url")
        self.expect(64, "flag", "x", *ON, "--url", "ftp://f", "--dry-run", says="--url")
        self.expect(64, "flag", *ON, "--url", URL, "--dry-run", says="id")
        self.expect(64, "flag", "", *ON, "--url", URL, "--dry-run", says="id")
        self.expect(64, "flag", "a", "b", *ON, "--url", URL, "--dry-run", says="one flag")
        self.expect(64, "flag", "f" * 1001, *ON, "--url", URL, "--dry-run", says="flagId")
        self.expect(64, "flag", "x", *ON, "--url", URL, env={"JIRASEND_SITE": None}, says="--site")

    def test_without_a_key_it_is_skipped(self):
        self.expect(0, "flag", "x", *ON, "--url", URL, says="skipped")
        self.assertEqual(self.sandbox.items("flags"), [])

    def test_types_are_mapped_and_what_goes_along(self):
        body = self.body(*FLAG, "--environment", "Blue=on", "--map-environment", "bl*=prod",
                         "--origin", "ci-7", "--property", "team=checkout")
        self.assertEqual(body["flags"][0]["details"][0]["environment"],
                         {"name": "Blue", "type": "production"})
        self.assertEqual(body["properties"], {"jirasend": "ci-7", "team": "checkout"})

    def test_a_job_of_a_ci_tells_keys(self):
        ci = {"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "feature/APP-7"}
        flag = self.body("flag", "x", *ON, "--url", URL, env=ci)["flags"][0]
        self.assertEqual(flag["associations"][0]["values"], ["APP-7"])
        flag = self.body("flag", "x", *ON, "--url", URL, "--only-keys", "APP-2", env=ci)["flags"][0]
        self.assertEqual(flag["associations"][0]["values"], ["APP-2"])

    def test_it_waits_in_an_outbox(self):
        outbox = self.path("outbox")
        self.expect(0, *FLAG, *ON, "--outbox", outbox, "--wait", "0")
        listed = json.loads(self.expect(0, "outbox", "list", "--outbox", outbox, "--json").out)
        self.assertEqual((listed["kind"], listed["status"]), ("flag", "queued"))


if __name__ == "__main__":
    unittest.main()
