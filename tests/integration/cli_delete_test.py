"""`jirasend delete`: which thing is meant, and how it is taken back."""

import json
import os
import pty
import time
import unittest

from cli_support import SECRET, CliTest

HASH = "0123456789abcdef0123456789abcdef01234567"
URL = "https://git.example.com/team/app"
COMMIT = {"hash": HASH, "message": "APP-1 Log in", "url": f"{URL}/commit/{HASH}"}
REPOSITORY = ("--repository", URL)
BUILD = ("build", "--pipeline", "team/app", "--number", "42")
DEPLOYMENT = ("deployment", "--pipeline", "team/app", "--environment", "prod/eu", "--number", "42")
IN_JIRA = "/jira/devinfo/0.1/cloud/{cloudId}/repository/git.example.com~2Fteam~2Fapp"


class Naming(CliTest):
    def path_of(self, *arguments):
        out = self.expect(0, "delete", *arguments, "--dry-run").out
        self.assertEqual(len(out.splitlines()), 1)
        method, path = out.split()
        self.assertEqual(method, "DELETE")
        return path.split("?")[0]

    def test_every_kind(self):
        cases = (
            (BUILD, "/jira/builds/0.1/cloud/{cloudId}/pipelines/team~2Fapp/builds/42"),
            (DEPLOYMENT, "/jira/deployments/0.1/cloud/{cloudId}/pipelines/team~2Fapp/environments/"
                         "prod~2Feu/deployments/42"),
            (("flag", "a/b~c"), "/jira/featureflags/0.1/cloud/{cloudId}/flag/a~2Fb~7Ec"),
            (("commit", HASH.upper(), *REPOSITORY), f"{IN_JIRA}/commit/{HASH}"),
            (("branch", "feature/APP-1", *REPOSITORY), f"{IN_JIRA}/branch/feature~2FAPP-1"),
            (("pull-request", "12", *REPOSITORY), f"{IN_JIRA}/pull_request/12"),
            (("pull_request", "12", *REPOSITORY), f"{IN_JIRA}/pull_request/12"),
            (("repository", *REPOSITORY), IN_JIRA),
        )
        for arguments, path in cases:
            self.assertEqual(self.path_of(*arguments), path)

    def test_the_repository(self):
        for url in ("https://git.example.com/team/app.git", "https://u:p@GIT.example.com/team/app/",
                    "git@git.example.com:team/app.git", "ssh://git@git.example.com:7999/team/app"):
            self.assertEqual(self.path_of("repository", "--repository", url), IN_JIRA)
        self.assertEqual(self.path_of("repository", "--repository-id", "git.example.com/team/app"),
                         IN_JIRA)
        self.expect(64, "delete", "repository", *REPOSITORY, "--repository-id", "x", "--dry-run",
                    says="one of")
        done = self.run_cli("delete", "repository", "--repository-id", "https://me:hunter2@h/a",
                            "--site", "acme.atlassian.net", "--outbox", self.path("outbox"),
                            "--wait", "0")
        self.assertIn("https://h/a", done.err)
        self.assertNotIn("hunter2", done.err)
        self.expect(64, "delete", "repository", "--dry-run", says="--repository-id")
        self.expect(64, "delete", "repository", "--repository", "", "--dry-run", says="--repository")
        self.expect(64, "delete", "repository", "--repository", "folder", "--dry-run", says="folder")

    def test_a_deletion_of_development_information_has_its_number(self):
        out = self.expect(0, "delete", "commit", HASH, *REPOSITORY, "--dry-run").out
        self.assertRegex(out, r"\?_updateSequenceId=[0-9]{13}\n$")
        self.assertNotIn("?", self.expect(0, "delete", *BUILD, "--dry-run").out)

    def test_a_cloud_id_that_is_given(self):
        out = self.expect(0, "delete", *BUILD, "--dry-run", "--cloud-id", "11-22").out
        self.assertIn("/cloud/11-22/", out)

    def test_nothing_is_taken_from_a_ci(self):
        ci = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_PIPELINE_IID": "42",
              "CI_PIPELINE_ID": "42", "CI_ENVIRONMENT_NAME": "prod", "CI_COMMIT_SHA": HASH,
              "CI_PROJECT_URL": "https://git.example.com/team/app",
              "CI_REPOSITORY_URL": "https://git.example.com/team/app.git"}
        self.expect(64, "delete", "build", "--dry-run", env=ci, says=["--pipeline", "--number"])
        self.expect(64, "delete", "deployment", "--dry-run", env=ci, says="--environment")
        self.expect(64, "delete", "commit", HASH, "--dry-run", env=ci, says="--repository")

    def test_what_names_nothing(self):
        self.expect(64, "delete", says="pull-request")
        self.expect(64, "delete", "biuld", "--dry-run", says="build")
        self.expect(64, "delete", *BUILD, "43", "--dry-run", says="43")
        self.expect(64, "delete", "flag", "--dry-run", says="Which flag")
        self.expect(64, "delete", "flag", "", "--dry-run", says="Which flag")
        self.expect(64, "delete", "flag", "a", "b", "--dry-run", says="'b'")
        self.expect(64, "delete", "flag", "a", "--pipeline", "p", "--dry-run", says="--pipeline")
        self.expect(64, "delete", *BUILD, "--environment", "e", "--dry-run", says="--environment")
        self.expect(64, "delete", *BUILD, *REPOSITORY, "--dry-run", says="--repository")
        self.expect(64, "delete", "commit", "abc123", *REPOSITORY, "--dry-run", says="hash")
        self.expect(64, "delete", "pull-request", "-1", *REPOSITORY, "--dry-run")
        self.expect(64, "delete", "pull-request", "x", *REPOSITORY, "--dry-run", says="'x'")
        self.expect(64, "delete", "flag", "f" * 1001, "--dry-run", says="flagId")
        self.expect(64, "delete", "flag", "a\nb", "--dry-run", says="control")
        self.expect(64, "delete", *BUILD, env={"JIRASEND_SITE": None}, says="--site")
        self.expect(64, "delete", *BUILD, "--wait", "0", says="--outbox")
        self.expect(64, "delete", *BUILD, "--wait", "0", "--outbox", self.path("outbox"), "--confirm",
                    says="--confirm")
        self.expect(64, "delete", *BUILD, "--property", "jirasend=x", "--dry-run", says="jirasend")


class Deleting(CliTest):
    """The real thing: it was there, and is not any more."""
    sandbox_arguments = ("--client", f"none:{SECRET}:none", "--eventually", "1000")
    flag = ("flag", "checkout", "--url", "https://flags.example.com/c", "--keys", "APP-1",
            "--environment", "Production=on")

    def tell_everything(self):
        news = ({"kind": "build", "pipelineId": "team/app", "number": 42, "url": "https://ci/42",
                 "state": "successful", "issueKeys": ["APP-1"]},
                {"kind": "deployment", "pipelineId": "team/app", "number": 42, "url": "https://ci/42",
                 "state": "successful", "issueKeys": ["APP-1"], "environment": {"id": "prod/eu", "name": "EU"}},
                {"kind": "flag", "flagId": "a/b~c", "url": "https://flags.example.com/a",
                 "issueKeys": ["APP-1"], "environments": [{"name": "Production", "enabled": True}]},
                {"kind": "commit", "repository": {"url": URL}, **COMMIT},
                {"kind": "branch", "repository": {"url": URL}, "name": "feature/APP-1", "url": URL,
                 "lastCommit": COMMIT},
                {"kind": "pull_request", "repository": {"url": URL}, "number": 12, "title": "APP-1",
                 "state": "open", "url": URL, "sourceBranch": "feature/APP-1"})
        self.expect(0, "send", "-", stdin="\n".join(map(json.dumps, news)))

    def test_every_kind_is_gone_when_it_says_so(self):
        self.tell_everything()
        for thing in (BUILD, DEPLOYMENT, ("flag", "a/b~c"), ("branch", "feature/APP-1", *REPOSITORY),
                      ("commit", HASH, *REPOSITORY), ("pull-request", "12", *REPOSITORY),
                      ("repository", *REPOSITORY)):
            if thing[0] != "repository":
                self.expect(0, "show", *thing)
            done = self.expect(0, "delete", *thing, "--confirm", "--json", says="gone")
            receipt = done.receipt()
            self.assertEqual((receipt["status"], receipt["deleted"]), ("accepted", True))
            self.expect(66, "show", *thing)

    def test_without_confirm_it_is_accepted(self):
        self.expect(0, *self.flag)
        self.expect(0, "delete", "flag", "checkout", says=["accepted", "deletion"])
        self.expect(0, "delete", "flag", "never-there", "--confirm")

    def test_it_is_still_there_when_the_time_is_over(self):
        self.expect(0, *self.flag)
        self.expect(75, "delete", "flag", "checkout", "--confirm", "--wait", "0.8",
                    says="still there")

    def test_it_cannot_be_looked_at(self):
        self.expect(0, *self.flag)
        self.sandbox.faults(path="/flag/checkout", method="GET", status=403, count=0)
        self.expect(75, "delete", "flag", "checkout", "--confirm", says="not known")

    def test_it_is_kept(self):
        outbox = self.path("outbox")
        self.expect(0, *self.flag)
        self.expect(0, "delete", "flag", "checkout", "--outbox", outbox, "--wait", "0")
        self.expect(0, "outbox", "flush", "--outbox", outbox, says="deletion")
        self.sandbox.faults(path="/flag/", method="DELETE", status=503, count=0)
        self.expect(0, "delete", "flag", "other", "--outbox", outbox, "--wait", "1", says="kept")
        self.expect(75, "delete", "flag", "more", "--outbox", outbox, "--wait", "1", "--confirm")
        self.expect(75, "delete", "flag", "more", "--wait", "1")

    def test_what_jira_refuses(self):
        self.sandbox.faults(path="/flag/", method="DELETE", status=400, count=0,
                            body=json.dumps({"errorMessages": ["no"]}))
        self.expect(65, "delete", "flag", "checkout")
        self.expect(65, "delete", "flag", "checkout", "--confirm")
        self.sandbox.clear_faults()
        none = {"JIRASEND_CLIENT_ID": "none", "JIRASEND_CLIENT_SECRET": SECRET}
        self.expect(77, "delete", "flag", "x", env=none)
        self.expect(77, "delete", "flag", "x", "--confirm", env=none)


class All(CliTest):
    sandbox_arguments = ("--client", f"none:{SECRET}:none", "--eventually", "0")

    def asked(self):
        return [(entry["method"], entry["path"]) for entry in self.sandbox.log("ByProperties")]

    def things(self, kind):
        return len(self.sandbox.state()[kind])

    def send(self, number, *arguments):
        self.expect(0, "build", "--pipeline", "team/app", "--number", str(number), "--url",
                    "https://ci/1", "--state", "successful", "--keys", "APP-1", *arguments)

    def test_everything_with_a_property(self):
        self.send(1, "--property", "team=checkout")
        self.send(2, "--property", "team=checkout", "--property", "run=7")
        self.send(3, "--property", "team=search")
        self.assertEqual(self.things("builds"), 3)
        done = self.expect(0, "delete", "all", "--kind", "build", "--property", "team=checkout",
                           "--property", "run=7", "--yes", "--json", says="accepted")
        (receipt,) = done.receipts()
        self.assertEqual((receipt["kind"], receipt["status"], receipt["deleted"], receipt["properties"]),
                         ("build", "accepted", True, {"team": "checkout", "run": "7"}))
        self.wait_for(2)
        self.expect(0, "delete", "all", "--kind", "build", "--property", "jirasend=default", "--yes")
        self.wait_for(0)

    def wait_for(self, count):
        end = time.monotonic() + 10
        while self.things("builds") != count and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.things("builds"), count)

    def test_every_kind_once(self):
        self.expect(0, "delete", "all", "--kind", "build,flag", "--kind", "flag,repository",
                    "--kind", "deployment", "--property", "a b&=c=d%", "--yes")
        apis = sorted(path.split("/")[2] for _, path in self.asked())
        self.assertEqual(apis, ["builds", "deployments", "devinfo", "featureflags"])
        self.assertEqual({method for method, _ in self.asked()}, {"DELETE"})

    def test_dry_run(self):
        done = self.expect(0, "delete", "all", "--kind", "repository,build", "--property", "a b=c=d&é",
                           "--property", "jirasend=x", "--dry-run",
                           env={"JIRASEND_SITE": None, "JIRASEND_CLIENT_SECRET": None})
        query = "bulkByProperties?a%20b=c%3Dd%26%C3%A9&jirasend=x"
        self.assertEqual(done.out.splitlines(),
                         [f"DELETE /jira/devinfo/0.1/cloud/{{cloudId}}/{query}",
                          f"DELETE /jira/builds/0.1/cloud/{{cloudId}}/{query}"])

    def test_usage(self):
        kind, team = ("--kind", "build"), ("--property", "team=x")
        for arguments, words in (
                ((*team,), "--kind"),
                ((*kind,), "--property"),
                ((*kind, "--property", "team"), "team"),
                ((*kind, "--property", "team="), "team"),
                ((*kind, *team, "--property", ""), "--property"),
                (("--kind", "", *kind, *team), "--kind"),
                ((*kind, "--property", "=x"), "--property"),
                ((*kind, "--property", "_team=x"), "_"),
                ((*kind, "--property", "a:b=x"), "colon"),
                ((*kind, *team, "--property", "team=y"), "twice"),
                ((*kind, "--property", "jirasend=a", "--property", "jirasend=b"), "twice"),
                ((*kind, *(word for i in range(6) for word in ("--property", f"p{i}=x"))), "5"),
                (("--kind", "builds", *team), "build"),
                ((*kind, *team, "more"), "more"),
                ((*kind, *team, "--pipeline", "p"), "--pipeline"),
                ((*kind, *team, "--origin", "x"), "jirasend=ORIGIN"),
                ((*kind, *team, "--confirm"), "--confirm")):
            self.expect(64, "delete", "all", *arguments, "--yes", says=words)
            self.expect(64, "delete", "all", *arguments, "--dry-run", says=words)
        for single in ("commit", "branch", "pull-request", "pull_request", "build,commit"):
            self.expect(64, "delete", "all", "--kind", single, *team, "--yes",
                        says="whole repositories")
        self.expect(64, "delete", "all", *kind, *team, "--yes", env={"JIRASEND_SITE": None},
                    says="--site")
        self.expect(64, "delete", "flag", "x", "--yes", says="--yes")
        self.expect(64, "delete", "flag", "x", "--kind", "flag", says="--kind")
        self.assertEqual(self.asked(), [])

    def test_five_properties_and_an_origin_of_the_environment(self):
        self.expect(0, "delete", "all", "--kind", "build", "--property", "jirasend=default",
                    *(word for i in range(4) for word in ("--property", f"p{i}=x")), "--yes",
                    env={"JIRASEND_ORIGIN": "elsewhere"})
        self.assertEqual(len(self.asked()), 1)

    def answer(self, typed):
        """What a person at a terminal types."""
        parent, child = pty.openpty()
        process = self.start("delete", "all", "--kind", "build,flag", "--property", "team=x",
                             stdin=child)
        os.close(child)
        os.write(parent, typed)
        try:
            _, err = process.communicate(timeout=30)
        finally:
            os.close(parent)
        return process.returncode, err.decode()

    def test_a_person_is_asked(self):
        self.expect(64, "delete", "all", "--kind", "build", "--property", "team=x", says="--yes")
        for typed in (b"no\n", b"y\n", b"YES\n", b"yes please\n", b" yes\n", b"\n", b"\x04"):
            code, err = self.answer(typed)
            self.assertEqual(code, 0, err)
            self.assertIn("Nothing was deleted", err)
        self.assertEqual(self.asked(), [])
        code, err = self.answer(b"yes\n")
        self.assertEqual(code, 0, err)
        for words in ("build, flag", "team=x", self.sandbox.url):
            self.assertIn(words, err)
        self.assertEqual(len(self.asked()), 2)

    def test_what_goes_wrong(self):
        every = ("delete", "all", "--kind", "build", "--property", "team=x", "--yes")
        none = {"JIRASEND_CLIENT_ID": "none", "JIRASEND_CLIENT_SECRET": SECRET}
        self.expect(77, *every, env=none, says="Builds")
        self.sandbox.faults(path="ByProperties", status=400, count=0)
        self.expect(65, *every)
        self.sandbox.clear_faults()
        self.sandbox.faults(path="ByProperties", status=503, count=2)
        self.expect(0, *every)
        self.sandbox.faults(path="ByProperties", status=503, count=0)
        self.expect(75, *every, "--wait", "2", says="deletion of every build with team=x")
        self.sandbox.clear_faults()
        self.sandbox.faults(path="/builds/0.1", status=403, count=0)
        self.expect(77, "delete", "all", "--kind", "build,flag", "--property", "team=x", "--yes",
                    says=["deletion of every build", "deletion of every flag"])


if __name__ == "__main__":
    unittest.main()
