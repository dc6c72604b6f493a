"""What stands in examples/ci and examples/server does what it says, run as the CI system would run it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tarfile
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
        self.program("checkout/smoke-test")

    def program(self, name):
        self.path(name, f"#!/bin/sh\necho {name} \"$@\" >>{self.path('ran')}\n", 0o755)

    def shell(self, commands, shell="bash -e", ends=0, **variables):
        """Runs COMMANDS in the checkout; says what they said."""
        done = subprocess.run([*shell.split(), "-c", commands], cwd=variables.pop("cwd", self.checkout),
                              env=self.environment(**{**self.variables, **variables}), capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, ends, said)
        self.assertNotIn(SECRET, said)
        return said

    def check_run(self, commands, pipeline, keys, shell="bash -e", **variables):
        """`jirasend run -- make test` tells start and end, and ends as make ends."""
        self.assertIn("jirasend run --commits -- make test", commands)
        for status, state in ((0, "successful"), (3, "failed")):
            self.path("programs/make", f"#!/bin/sh\nsleep 1\nexit {status}\n", 0o755)
            self.shell(commands, shell, status, **variables)
            told = [entry["body"]["builds"][0]["state"] for entry in self.sandbox.log("/builds/")]
            self.assertEqual(told, ["in_progress", state])
            self.check_build(pipeline, state, keys, 2)

    def sent(self, kind="builds", times=1):
        items = self.sandbox.items(kind)
        self.sandbox.reset()
        # How a quick command ended may overtake that it began.
        self.assertIn(len(items), range(1, times + 1))
        return items[-1]

    PUSHED = ["APP-1", "APP-2", "APP-3"]  # the branch, and the commits of the push
    HEAD = ["APP-1", "APP-3"]  # of a CI that does not say what was pushed

    def check_build(self, pipeline, state, keys, times=1):
        item = self.sent("builds", times)
        self.assertEqual((item["pipelineId"], item["state"]), (wire(pipeline), state))
        self.assertEqual(sorted(item["associations"][0]["values"]), keys)

    def check_deployment(self, pipeline, state, keys, times=1):
        item = self.sent("deployments", times)
        self.assertEqual((item["pipeline"]["id"], item["state"]), (wire(pipeline), state))
        self.assertEqual(sorted(item["associations"][0]["values"]), keys)
        self.assertEqual(item["environment"], {"id": "prod-eu", "displayName": "Production EU",
                                               "type": "production"})

    GITLAB = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_PIPELINE_IID": "7",
              "CI_PIPELINE_URL": "https://gl/team/app/-/pipelines/9000", "CI_COMMIT_BRANCH": "APP-1-x",
              "CI_COMMIT_REF_NAME": "APP-1-x", "CI_PROJECT_URL": "https://gl/team/app", "CI_PIPELINE_SOURCE": "push"}

    def test_gitlab(self):
        test, deploy, tell = scripts(read("ci", "gitlab-ci.yml"))
        variables = {**self.GITLAB, "CI_COMMIT_BEFORE_SHA": self.before, "CI_COMMIT_SHA": self.head}
        # The runner takes bash where it is, else sh.
        for shell in ("bash -eo pipefail", "sh -e"):
            self.check_run(test[1], "team/app", self.PUSHED, shell, **variables)
            self.shell(deploy[1], shell, **variables)
            for status, state in (("success", "successful"), ("failed", "failed"), ("canceled", "cancelled")):
                self.shell(tell[1], shell, **variables, CI_JOB_STATUS=status)
                self.check_deployment("team/app", state, self.PUSHED)

    def test_gitlab_development(self):
        tell, = scripts(read("ci", "gitlab-development.yml"))
        variables = {**self.GITLAB, "CI_COMMIT_BEFORE_SHA": self.before, "CI_COMMIT_SHA": self.head}
        self.shell(tell[1], "sh -e", **variables)
        state = self.sandbox.state()
        self.assertEqual(sorted(key for commit in state["commits"] for key in commit["issueKeys"]), ["APP-2", "APP-3"])
        self.assertEqual(state["pullRequests"], [])
        self.shell(tell[1], "sh -e", **variables, CI_MERGE_REQUEST_IID="12", CI_MERGE_REQUEST_TITLE="APP-1 Log in",
                   CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="APP-1-x", CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
                   CI_MERGE_REQUEST_PROJECT_URL="https://gl/team/app")
        request, = self.sandbox.state()["pullRequests"]
        self.assertEqual((request["displayId"], request["status"]), ("#12", "OPEN"))

    def component(self, name):
        """What a job of the component runs, its inputs filled in as GitLab does."""
        text = read("ci", "gitlab-component", "templates", "jirasend.yml").partition("\n---\n")[2]
        text = text.replace("$[[ inputs.options ]]", "--label nightly")
        job = re.search(rf"^{re.escape(name)}:\n((?: .*\n|\n)*)", text, re.MULTILINE).group(1)
        return dict(scripts(job))

    def test_gitlab_component(self):
        variables = {**self.GITLAB, "CI_COMMIT_BEFORE_SHA": self.before, "CI_COMMIT_SHA": self.head}
        for name, state in (("start", "in_progress"), ("success", "successful"), ("failure", "failed")):
            self.shell(self.component(f"jirasend-{name}")["script"], "sh -e", **variables)
            self.check_build("team/app", state, self.PUSHED)
        for status, state in (("success", "successful"), ("failed", "failed")):
            self.shell(self.component(".jirasend-deployment")["after_script"], "sh -e", **variables,
                       CI_ENVIRONMENT_NAME="Production EU", CI_ENVIRONMENT_SLUG="prod-eu",
                       CI_ENVIRONMENT_TIER="production", CI_JOB_STATUS=status)
            self.check_deployment("team/app", state, self.PUSHED)

    def test_gitlab_component_is_one_line(self):
        line, = re.findall(r"^include: .*$", read("ci", "gitlab-component", "README.md"), re.MULTILINE)
        inputs = re.findall(r"^    ([a-z]+):$", read("ci", "gitlab-component", "templates", "jirasend.yml"), re.MULTILINE)
        self.assertEqual(inputs, ["image", "archive", "options"])
        self.assertIn("inputs: {image: ", line)

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

    def pushed(self):
        event = self.path("pushed.json", json.dumps({"before": self.before, "after": self.head, "commits": []}))
        return {**self.GITHUB, "GITHUB_SHA": self.head, "GITHUB_EVENT_PATH": event, "GITHUB_EVENT_NAME": "push"}

    def test_github(self):
        test, deploy, smoke, tell = scripts(read("ci", "github-actions.yml"))
        variables = self.pushed()
        self.check_run(test[1], "team/app/CI", self.PUSHED, **variables)
        self.shell(deploy[1] + "\n" + smoke[1], **variables)
        for outcome, state in (("success", "successful"), ("failure", "failed"), ("cancelled", "cancelled")):
            self.shell(tell[1], **variables, OUTCOME=outcome)
            self.check_deployment("team/app/CI", state, self.PUSHED)

    def test_github_development(self):
        tell, = scripts(read("ci", "github-development.yml"))
        self.shell(tell[1], **self.pushed())
        state = self.sandbox.state()
        self.assertEqual(sorted(key for commit in state["commits"] for key in commit["issueKeys"]), ["APP-2", "APP-3"])
        event = self.path("pull.json", json.dumps({"number": 12, "pull_request": {
            "number": 12, "title": "APP-1 Log in", "state": "closed", "merged": True,
            "html_url": "https://github.com/team/app/pull/12", "user": {"login": "dev"},
            "base": {"ref": "main", "sha": self.before}, "head": {"ref": "APP-1", "sha": self.head}}}))
        self.shell(tell[1], **{**self.GITHUB, "GITHUB_SHA": self.head, "GITHUB_EVENT_PATH": event,
                               "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/12/merge",
                               "GITHUB_HEAD_REF": "APP-1", "GITHUB_BASE_REF": "main"})
        request, = self.sandbox.state()["pullRequests"]
        self.assertEqual((request["displayId"], request["status"]), ("#12", "MERGED"))

    def action(self, **inputs):
        """What the action runs, with the environment that its inputs make."""
        fetch, tell = scripts(read("ci", "github-action", "action.yml").partition("\nruns:")[2])
        os.makedirs(self.path("temporary"), exist_ok=True)
        return fetch[1], tell[1], {
            **self.pushed(), "RUNNER_TEMP": self.path("temporary"), "GITHUB_PATH": self.path("path"),
            "RUN": "", "ENVIRONMENT": "", "ENVIRONMENT_NAME": "", "OPTIONS": "", "STATUS": "success", **inputs}

    def test_github_action(self):
        shell = "bash --noprofile --norc -eo pipefail"
        for status, state in (("success", "successful"), ("failure", "failed"), ("cancelled", "cancelled")):
            _, tell, variables = self.action(STATUS=status, OPTIONS="--label 'by night'")
            self.shell(tell, shell, **variables)
            self.assertEqual(self.sandbox.items("builds")[0]["label"], "by night")
            self.check_build("team/app/CI", state, self.PUSHED)
        for code, state in ((0, "successful"), (4, "failed")):
            _, tell, variables = self.action(RUN=f"./deploy production\nexit {code}", ENVIRONMENT="prod-eu",
                                             ENVIRONMENT_NAME="Production EU")
            self.shell(tell, shell, code, **variables)
            self.check_deployment("team/app/CI", state, self.PUSHED, 2)
        _, tell, variables = self.action(STATUS="success")
        self.assertIn("::warning::", self.shell(tell, shell, **{**variables, "JIRASEND_CLIENT_SECRET": "wrong"}))

    def test_github_action_fetches_its_release(self):
        release = self.path("release")
        os.mkdir(release)
        name = f"jirasend-9.8.7-linux-{os.uname().machine}"
        with tarfile.open(os.path.join(release, f"{name}.tar.gz"), "w:gz") as archive:
            archive.add(os.environ["JIRASEND_CLI"], f"{name}/bin/jirasend")
        self.shell("sha256sum * >SHA256SUMS", cwd=release)
        fetch, tell, variables = self.action(RELEASE="file://" + release)
        bare = {**variables, "PATH": "/usr/bin:/bin"}
        self.shell(fetch, **bare)
        with open(self.path("path"), encoding="utf-8") as file:
            self.assertTrue(os.access(os.path.join(file.read().strip(), "jirasend"), os.X_OK))
        self.shell(tell, **bare)
        self.check_build("team/app/CI", "successful", self.PUSHED)
        self.path(f"release/{name}.tar.gz", "another one")
        self.shell(fetch, ends=1, **bare)

    AZURE = {"TF_BUILD": "True", "SYSTEM_TEAMPROJECT": "team", "BUILD_DEFINITIONNAME": "app",
             "BUILD_BUILDID": "31", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
             "BUILD_SOURCEBRANCH": "refs/heads/APP-1"}

    def test_azure(self):
        test, deploy, tell = scripts(read("ci", "azure-pipelines.yml"))
        variables = {**self.AZURE, "BUILD_SOURCEVERSION": self.head}
        shell = "bash --noprofile --norc"
        self.check_run(test[1], "team/app", self.HEAD, shell, **variables)
        self.shell(deploy[1], shell, **variables)
        for status, state in (("Succeeded", "successful"), ("Failed", "failed"), ("Canceled", "cancelled"),
                              ("SucceededWithIssues", "successful")):
            self.shell(tell[1], shell, **variables, AGENT_JOBSTATUS=status)
            self.check_deployment("team/app", state, self.HEAD)

    BITBUCKET = {"BITBUCKET_BUILD_NUMBER": "8", "BITBUCKET_REPO_FULL_NAME": "team/app",
                 "BITBUCKET_BRANCH": "APP-1"}

    def check_bitbucket(self, text, **variables):
        test, deploy, tell = scripts(text)
        variables = {**self.BITBUCKET, "BITBUCKET_COMMIT": self.head, **variables}
        self.check_run(test[1], "team/app", self.HEAD, **variables)
        self.shell(deploy[1], **variables)
        for code, state in (("0", "successful"), ("2", "failed")):
            self.shell(tell[1], **variables, BITBUCKET_EXIT_CODE=code, BITBUCKET_DEPLOYMENT_ENVIRONMENT="production")
            self.check_deployment("team/app", state, self.HEAD)

    def test_bitbucket(self):
        self.check_bitbucket(read("ci", "bitbucket-pipelines.yml"))

    def test_bitbucket_on_a_runner_of_ones_own(self):
        text = read("ci", "bitbucket-self-hosted.yml")
        self.assertEqual(text.count("JIRASEND_OUTBOX=/var/lib/jirasend"), 2)
        outbox = self.path("outbox")
        self.check_bitbucket(text.replace("/var/lib/jirasend", outbox))
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
        self.check_build("Team_App", "successful", self.HEAD, 2)
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
