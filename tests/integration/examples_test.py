"""What stands in examples/ci and examples/server does what it says, run as the CI system would run it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import unittest

from cli_support import BUILD, CLIENT_ID, SECRET, TIMEOUT, CliTest, wire

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KEYS = ("script", "after_script", "after-script", "run")


def read(*path):
    with open(os.path.join(ROOT, "examples", *path), encoding="utf-8") as file:
        return file.read()


def indent(line):
    return len(line) - len(line.lstrip())


def block(lines, at, above):
    """The lines from AT on that are further in than ABOVE, and where they end."""
    end = at
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) > above):
        end += 1
    inside = [line for line in lines[at:end] if line.strip()]
    margin = min(map(indent, inside), default=0)
    return "\n".join(line[margin:] for line in inside), end


def commands_of(lines):
    """The items of a list, in one line each or below a "|"."""
    at = 0
    while at < len(lines):
        item = lines[at].removeprefix("- ")
        at += 1
        if item == "|":
            item, at = block(lines, at, 0)
            yield item
        elif not item.startswith("#"):
            yield item


def scripts(text):
    """[(key, commands), ...] of a pipeline in YAML, in its order; as much of YAML as the examples use."""
    lines, found, at = text.splitlines(), [], 0
    while at < len(lines):
        key = re.fullmatch(r"( *(?:- )?)([a-z_-]+): *(.*)", lines[at])
        at += 1
        if not key or key.group(2) not in KEYS:
            continue
        above = len(key.group(1))
        if key.group(3) == "|":
            commands, at = block(lines, at, above)
            found.append((key.group(2), commands))
        elif key.group(3):
            found.append((key.group(2), key.group(3)))
        else:
            items, at = block(lines, at, above)
            found.append((key.group(2), "\n".join(commands_of(items.splitlines()))))
    return found


class Examples(CliTest):
    def setUp(self):
        super().setUp()
        programs = self.path("programs")
        os.mkdir(programs)
        os.symlink(os.path.abspath(os.environ["JIRASEND_CLI"]), os.path.join(programs, "jirasend"))
        self.program("programs/make")
        self.checkout = self.path("checkout")
        self.variables = {"PATH": programs + os.pathsep + os.environ["PATH"], "HOME": self.folder,
                          "GIT_CONFIG_NOSYSTEM": "1"}
        git = ["git", "-C", self.checkout, "-c", "user.name=tester", "-c", "user.email=tester@example.com"]
        commit = [*git, "commit", "-q", "--allow-empty", "-m"]
        for command in (["git", "init", "-q", self.checkout], [*commit, "APP-9 before the push"],
                        [*commit, "APP-2 mend it"], [*commit, "and\n\nAPP-3 too"]):
            subprocess.run(command, env=self.environment(**self.variables), check=True, timeout=TIMEOUT)
        self.before, self.head = subprocess.run(
            ["git", "-C", self.checkout, "rev-parse", "HEAD~2", "HEAD"], check=True, timeout=TIMEOUT, text=True,
            env=self.environment(**self.variables), capture_output=True).stdout.split()
        self.program("checkout/deploy")

    def program(self, name):
        self.path(name, f"#!/bin/sh\necho {name} \"$@\" >>{self.path('ran')}\n", 0o755)

    def shell(self, commands, shell="bash -e", **variables):
        """Runs COMMANDS in the checkout; ends with what they say."""
        done = subprocess.run([*shell.split(), "-c", commands], cwd=self.checkout,
                              env=self.environment(**{**self.variables, **variables}), capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, said)
        self.assertNotIn(SECRET, said)
        return said

    def sent(self, kind="builds"):
        items = self.sandbox.items(kind)
        self.sandbox.reset()
        self.assertEqual(len(items), 1)
        return items[0]

    PUSHED = ["APP-1", "APP-2", "APP-3"]  # the branch, and the commits of the push
    HEAD = ["APP-1", "APP-3"]  # of a CI that does not say what was pushed

    def check_build(self, pipeline, state, keys):
        item = self.sent()
        self.assertEqual((item["pipelineId"], item["state"]), (wire(pipeline), state))
        self.assertEqual(sorted(item["associations"][0]["values"]), keys)

    def check_deployment(self, pipeline, state, keys):
        item = self.sent("deployments")
        self.assertEqual((item["pipeline"]["id"], item["state"]), (wire(pipeline), state))
        self.assertEqual(sorted(item["associations"][0]["values"]), keys)
        self.assertEqual(item["environment"], {"id": "prod-eu", "displayName": "Production EU",
                                               "type": "production"})

    GITLAB = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_PIPELINE_IID": "7",
              "CI_PIPELINE_URL": "https://gl/team/app/-/pipelines/9000", "CI_COMMIT_BRANCH": "APP-1-x",
              "CI_COMMIT_REF_NAME": "APP-1-x", "CI_PROJECT_URL": "https://gl/team/app", "CI_PIPELINE_SOURCE": "push"}

    def test_gitlab(self):
        test, tell_build, deploy, tell_deployment = scripts(read("ci", "gitlab-ci.yml"))
        variables = {**self.GITLAB, "CI_COMMIT_BEFORE_SHA": self.before, "CI_COMMIT_SHA": self.head}
        # The runner takes bash where it is, else sh.
        for shell in ("bash -eo pipefail", "sh -e"):
            self.shell(test[1], shell, **variables)
            self.shell(deploy[1], shell, **variables)
            for status, state in (("success", "successful"), ("failed", "failed"), ("canceled", "cancelled")):
                self.shell(tell_build[1], shell, **variables, CI_JOB_STATUS=status)
                self.check_build("team/app", state, self.PUSHED)
                self.shell(tell_deployment[1], shell, **variables, CI_JOB_STATUS=status)
                self.check_deployment("team/app", state, self.PUSHED)

    def test_gitlab_flags(self):
        rollout, tell = scripts(read("ci", "gitlab-flags.yml"))
        self.program("checkout/set-flag")
        for percentage in (10, 100):
            variables = {**self.GITLAB, "ROLLOUT": f"{percentage}%"}
            self.shell(rollout[1], "sh -e", **variables)
            self.shell(tell[1], "sh -e", **variables, CI_JOB_STATUS="failed")
            self.assertEqual(self.sandbox.items("flags"), [])
            self.shell(tell[1], "sh -e", **variables, CI_JOB_STATUS="success")
            flag = self.sent("flags")
            self.assertEqual(flag["associations"][0]["values"], ["APP-1"])
            self.assertEqual([detail["status"] for detail in flag["details"]],
                             [{"enabled": True},
                              {"enabled": True, "rollout": {"percentage": percentage}}])

    GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "team/app", "GITHUB_WORKFLOW": "CI",
              "GITHUB_RUN_NUMBER": "6", "GITHUB_RUN_ID": "999", "GITHUB_SERVER_URL": "https://github.com",
              "GITHUB_REF": "refs/heads/APP-1"}

    def test_a_missing_jira_fails_no_build(self):
        """What comes after a job's script cannot fail it; a step can."""
        for name, word in (("github-actions.yml", "continue-on-error"), ("azure-pipelines.yml", "continueOnError")):
            step = read("ci", name).partition("Tell Jira")[2]
            self.assertRegex(step, rf"\n +{word}: true\b", name)

    def test_github(self):
        test, tell = scripts(read("ci", "github-actions.yml"))
        pushed = self.path("pushed.json", json.dumps({"before": self.before, "after": self.head, "commits": []}))
        variables = {**self.GITHUB, "GITHUB_SHA": self.head, "GITHUB_EVENT_PATH": pushed}
        self.shell(test[1], **variables)
        for outcome, state in (("success", "successful"), ("failure", "failed"), ("cancelled", "cancelled")):
            self.shell(tell[1], **variables, OUTCOME=outcome)
            self.check_build("team/app/CI", state, self.PUSHED)

    AZURE = {"TF_BUILD": "True", "SYSTEM_TEAMPROJECT": "team", "BUILD_DEFINITIONNAME": "app",
             "BUILD_BUILDID": "31", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
             "BUILD_SOURCEBRANCH": "refs/heads/APP-1"}

    def test_azure(self):
        test, tell = scripts(read("ci", "azure-pipelines.yml"))
        variables = {**self.AZURE, "BUILD_SOURCEVERSION": self.head}
        self.shell(test[1], "bash --noprofile --norc", **variables)
        for status, state in (("Succeeded", "successful"), ("Failed", "failed"), ("Canceled", "cancelled"),
                              ("SucceededWithIssues", "successful")):
            self.shell(tell[1], "bash --noprofile --norc", **variables, AGENT_JOBSTATUS=status)
            self.check_build("team/app", state, self.HEAD)

    BITBUCKET = {"BITBUCKET_BUILD_NUMBER": "8", "BITBUCKET_REPO_FULL_NAME": "team/app",
                 "BITBUCKET_BRANCH": "APP-1"}

    def test_bitbucket(self):
        test, tell = scripts(read("ci", "bitbucket-pipelines.yml"))
        self.shell(test[1], **self.BITBUCKET)
        for code, state in (("0", "successful"), ("2", "failed")):
            self.shell(tell[1], **self.BITBUCKET, BITBUCKET_EXIT_CODE=code, BITBUCKET_COMMIT=self.head)
            self.check_build("team/app", state, self.HEAD)

    def test_bitbucket_on_a_runner_of_ones_own(self):
        text = read("ci", "bitbucket-self-hosted.yml")
        self.assertEqual(text.count("JIRASEND_OUTBOX=/var/lib/jirasend"), 2)
        outbox = self.path("outbox")
        test, tell_build, deploy, tell_deployment = scripts(text.replace("/var/lib/jirasend", outbox))
        self.shell(test[1], **self.BITBUCKET)
        self.shell(deploy[1], **self.BITBUCKET)
        for code, state in (("0", "successful"), ("2", "failed")):
            self.shell(tell_build[1], **self.BITBUCKET, BITBUCKET_EXIT_CODE=code, BITBUCKET_COMMIT=self.head)
            self.check_build("team/app", state, self.HEAD)
            self.shell(tell_deployment[1], **self.BITBUCKET, BITBUCKET_EXIT_CODE=code, BITBUCKET_COMMIT=self.head,
                       BITBUCKET_DEPLOYMENT_ENVIRONMENT="production")
            self.check_deployment("team/app", state, self.HEAD)
        self.assertTrue(os.path.exists(os.path.join(outbox, "outbox.db")))

    def test_teamcity(self):
        content = re.search(r'scriptContent = "(.*)"', read("ci", "teamcity-settings.kts")).group(1)
        os.mkdir(os.path.join(self.checkout, "ci"))
        shutil.copy(os.path.join(ROOT, "examples", "ci", "report-build"), os.path.join(self.checkout, "ci"))
        configuration = self.path("configuration", "teamcity.build.branch=refs/heads/APP-1\n"
                                                   "vcsroot.url=git@git.example.com\\:app.git\n")
        properties = self.path("properties", "teamcity.buildType.id=Team_App\n"
                                             f"teamcity.configuration.properties.file={configuration}\n")
        variables = {"TEAMCITY_VERSION": "2023.11", "TEAMCITY_BUILD_PROPERTIES_FILE": properties,
                     "BUILD_NUMBER": "5", "BUILD_URL": "https://tc/build/77", "BUILD_VCS_NUMBER": self.head,
                     "JIRASEND_OUTBOX": self.path("outbox")}
        self.shell(content, "sh", **variables)
        self.check_build("Team_App", "successful", self.HEAD)
        self.path("programs/make", "#!/bin/sh\nsleep 2\nexit 3\n", 0o755)
        done = subprocess.run(["sh", "-c", content], cwd=self.checkout, capture_output=True, timeout=TIMEOUT,
                              env=self.environment(**{**self.variables, **variables}), check=False)
        self.assertEqual(done.returncode, 3)
        told = [entry["body"]["builds"][0] for entry in self.sandbox.log("/builds/")]
        self.assertEqual([item["state"] for item in told], ["in_progress", "failed"])

    def waiting(self):
        """An event in an outbox that no network was asked about."""
        outbox = self.path("outbox")
        self.expect(0, *BUILD, "--keys", "APP-1", "--outbox", outbox, "--wait", "0")
        return outbox

    def settings(self):
        return {"JIRASEND_SITE": self.sandbox.url, "JIRASEND_CLIENT_ID": CLIENT_ID,
                "JIRASEND_CLIENT_SECRET": None}

    def test_cron(self):
        text = read("server", "jirasend.cron")
        variables = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
        self.assertEqual(variables["JIRASEND_CLIENT_SECRET_FILE"], "/etc/jirasend/client-secret")
        line = re.search(r"^\*/5 \* \* \* \* ci (.*)$", text, re.MULTILINE).group(1)
        self.assertNotIn("%", line, "cron would end the line there")
        self.assertTrue(text.endswith("\n"), "cron would not read the last line")
        variables.update(self.settings(), JIRASEND_OUTBOX=self.waiting(), PATH=self.variables["PATH"],
                         JIRASEND_CLIENT_SECRET_FILE=self.path("secret", SECRET))
        # Cron sends mail about every word.
        self.assertEqual(self.shell(line, variables.pop("SHELL"), **variables), "")
        self.sent()

    def test_service(self):
        text = read("server", "jirasend-flush.service")
        variables = dict(re.findall(r"^Environment=([A-Z_]+)=(.*)$", text, re.MULTILINE))
        self.assertEqual(variables["JIRASEND_CLIENT_SECRET_FILE"], "%d/client-secret")
        program, *arguments = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.MULTILINE).group(1))
        self.assertEqual(program, "/usr/bin/jirasend")
        variables.update(self.settings(), JIRASEND_OUTBOX=self.waiting(),
                         JIRASEND_CLIENT_SECRET_FILE=self.path("client-secret", SECRET, 0o440))
        self.expect(0, *arguments, env=variables)
        self.sent()


if __name__ == "__main__":
    unittest.main()
