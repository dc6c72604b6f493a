"""`jirasend delete`: which thing is meant, and how it is taken back."""

import unittest

from cli_support import CliTest

HASH = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = ("--repository", "https://git.example.com/team/app")
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
        self.expect(64, "delete", *BUILD, "--property", "jirasend=x", "--dry-run", says="jirasend")


if __name__ == "__main__":
    unittest.main()
