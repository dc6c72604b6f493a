"""jirasend git and pull-request, with real repositories."""

import json
import os
import subprocess
import unittest

from cli_support import TIMEOUT, CliTest

URL = "https://git.example.com/team/app"
LINKS = ("--repository", URL, "--commit-url", URL + "/c/{hash}", "--branch-url", URL + "/b/{branch}")
NONE = "0" * 40


class GitTest(CliTest):
    """A test with a repository of its own, in which jirasend runs."""

    def setUp(self):
        super().setUp()
        self.repository = self.make_repository("repository")

    def environment(self, **variables):
        environment = super().environment(**variables)
        return {"HOME": self.folder, "GIT_CONFIG_NOSYSTEM": "1", **environment}

    def git(self, *arguments, folder=None, stdin=None, **variables):
        names = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
                 "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com"}
        done = subprocess.run(["git", *arguments], cwd=folder or self.repository, input=stdin, check=True,
                              env=self.environment(**names, **variables), capture_output=True, text=True,
                              timeout=TIMEOUT)
        return done.stdout.strip()

    def make_repository(self, name, *options):
        path = self.path(name)
        self.git("init", "-q", "-b", "main", *options, path, folder=self.folder)
        return path

    def commit(self, message, **files):
        for name, content in files.items():
            with open(os.path.join(self.repository, name), "w", encoding="utf-8") as file:
                file.write(content)
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def in_repository(self, code, *arguments, folder=None, **options):
        return self.expect(code, *arguments, cwd=folder or self.repository, **options)


class Usage(GitTest):
    needs_sandbox = False

    def test_ranges_that_are_none(self):
        self.commit("APP-1 one")
        for text in ("nosuch", "main..nosuch", "HEAD:a", "a" * 40 + "..main"):
            self.in_repository(64, "git", text, "--dry-run", *LINKS, says="is not a revision")
        self.in_repository(64, "git", "--dry-run", *LINKS, "--", "--all", says="dash")
        self.in_repository(64, "git", "--all", "--dry-run", *LINKS)
        self.in_repository(64, "git", "HEAD", "main", "--dry-run", *LINKS, says="one too many")
        self.in_repository(64, "git", "HEAD", "--post-receive", "--dry-run", *LINKS)

    def test_no_repository(self):
        self.in_repository(66, "git", "--dry-run", *LINKS, folder=self.folder, says="not a git repository")
        self.in_repository(66, "git", "--dry-run", *LINKS, says="dubious ownership",
                           env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
        self.in_repository(66, "git", "--dry-run", *LINKS, says="The program git", env={"PATH": self.folder})

    def test_nothing_tells_the_links(self):
        self.commit("APP-1 one")
        self.in_repository(64, "git", "--dry-run", says="--repository")
        self.git("remote", "add", "origin", "/srv/git/app.git")
        self.in_repository(64, "git", "--dry-run", says="--repository")
        self.git("remote", "set-url", "origin", "git@git.example.com:team/app.git")
        self.in_repository(64, "git", "--dry-run",
                           says=["--commit-url 'https://.../{hash}'", "--branch-url 'https://.../{branch}'"])
        self.in_repository(64, "git", "--branches", "--dry-run", "--commit-url", URL + "/{hash}",
                           says="--branch-url")
        self.in_repository(64, "git", "--dry-run", "--commit-url", URL + "/hash", says="{hash}")
        self.in_repository(64, "git", "--dry-run", "--commit-url", "ftp://x/{hash}", says="web address")

    def test_what_is_missing(self):
        self.in_repository(64, "git", *LINKS, says="no Jira site")
        self.in_repository(64, "git", *LINKS, "--site", "a.example.com", "--wait", "0", says="--outbox")
        self.in_repository(64, "git", "--post-receive", "--secret-file", "-", *LINKS, says="Standard input")
        self.in_repository(64, "pull-request", "--dry-run", says="--number, --title, --state")

    def test_a_pull_request_that_is_none(self):
        good = ("pull-request", "--dry-run", "--repository", URL, "--title", "t", "--source-branch", "s",
                "--url", URL)
        self.in_repository(64, *good, "--number", "x", "--state", "open", says="--number")
        self.in_repository(64, *good, "--number", "1", "--state", "nearly", says="nearly")
        self.in_repository(64, *good, "--number", "1", "--state", "open", "--repository", "/srv/app",
                           says="--repository")

    def test_nothing_yet(self):
        self.in_repository(0, "git", "--dry-run", *LINKS, says="no commit yet")
        self.in_repository(0, "git", "--post-receive", "--dry-run", *LINKS, says="nothing to tell")
        self.commit("no key")
        self.in_repository(0, "git", "--dry-run", *LINKS, says=["HEAD alone", "1 commit holds no issue key"])

    def test_lines_that_are_not_gits(self):
        self.commit("no key")
        for line in ("x", f"{NONE} {NONE}", f"{NONE} {NONE} main", f"{NONE} {'1' * 64} refs/heads/main",
                     f"{NONE} {'1' * 40} refs/heads/main"):
            self.in_repository(65, "git", "--post-receive", "--dry-run", *LINKS, stdin=line + "\n")


class CommitsOfABuild(GitTest):
    needs_sandbox = False

    BUILD = ("build", "--pipeline", "p", "--number", "1", "--url", URL, "--state", "successful", "--commits")

    def keys(self, **variables):
        done = self.in_repository(0, *self.BUILD, "--dry-run", env=variables)
        body = json.loads(done.out) if done.out else {"builds": [{}]}
        return body["builds"][0].get("issueKeys") or [
            key for tie in body["builds"][0].get("associations", []) for key in tie["values"]]

    def test_what_the_ci_says(self):
        first = self.commit("APP-1 one")
        self.commit("APP-2 two")
        last = self.commit("APP-3 three")
        self.assertEqual(self.keys(), ["APP-3"])
        gitlab = {"GITLAB_CI": "true", "CI_COMMIT_SHA": last}
        self.assertEqual(self.keys(**gitlab, CI_COMMIT_BEFORE_SHA=first), ["APP-3", "APP-2"])
        self.assertEqual(self.keys(**gitlab, CI_COMMIT_BEFORE_SHA=NONE, CI_MERGE_REQUEST_DIFF_BASE_SHA=first),
                         ["APP-3", "APP-2"])
        self.assertEqual(self.keys(**gitlab, CI_COMMIT_BEFORE_SHA=NONE), ["APP-3"])
        self.assertEqual(self.keys(JENKINS_URL="x", GIT_COMMIT=last, GIT_PREVIOUS_SUCCESSFUL_COMMIT=first),
                         ["APP-3", "APP-2"])
        self.assertEqual(self.keys(DRONE="true", DRONE_COMMIT_BEFORE=first, DRONE_COMMIT_AFTER=last),
                         ["APP-3", "APP-2"])

    def test_a_new_branch(self):
        self.commit("APP-1 one")
        self.git("checkout", "-q", "-b", "feature")
        self.commit("APP-2 two")
        last = self.commit("APP-3 three")
        self.assertEqual(self.keys(GITLAB_CI="true", CI_PIPELINE_SOURCE="push", CI_COMMIT_BEFORE_SHA=NONE,
                                   CI_COMMIT_SHA=last, CI_COMMIT_BRANCH="feature"), ["APP-3", "APP-2"])

    def github(self, event, **variables):
        file = self.path("event.json", json.dumps(event))
        return self.keys(GITHUB_ACTIONS="true", GITHUB_EVENT_PATH=file, **variables)

    def test_github(self):
        first = self.commit("APP-1 one")
        second = self.commit("APP-2 two")
        last = self.commit("APP-3 three")
        self.assertEqual(self.github({"before": first, "after": last}), ["APP-3", "APP-2"])
        self.assertEqual(self.github({"pull_request": {"base": {"sha": first}, "head": {"sha": second}}}),
                         ["APP-2"])
        # A clone of depth 1 knows the last commit alone, but the event lists all.
        commits = [{"id": "1" * 40, "message": "APP-8 eight", "distinct": True},
                   {"id": "2" * 40, "message": "APP-9 another push", "distinct": False},
                   {"id": last, "message": "APP-3 three", "distinct": True}]
        told = self.github({"before": "9" * 40, "after": last, "commits": commits})
        self.assertIn("APP-3", told)
        self.assertIn("APP-8", told)
        self.assertNotIn("APP-1", self.github({"before": NONE, "after": last, "commits": commits}))

    def test_no_repository(self):
        self.in_repository(66, *self.BUILD, "--dry-run", folder=self.folder, says="not a git repository")

    def test_many_and_long_messages(self):
        self.commit("start")
        start = self.git("rev-parse", "HEAD")
        stream = "".join(f"commit refs/heads/main\ncommitter A <a@example.com> {1700000000 + i} +0000\n"
                         f"data {len(text)}\n{text}\n" + ("from refs/heads/main^0\n" if i == 0 else "")
                         for i, text in enumerate(f"APP-{i} " + "x" * 100000 for i in range(1, 61)))
        self.git("fast-import", "--quiet", "--force", stdin=stream)
        keys = self.keys(JENKINS_URL="x", GIT_COMMIT="main", GIT_PREVIOUS_SUCCESSFUL_COMMIT=start)
        self.assertEqual(len(keys), 60)


class SinceTheLastDeployment(GitTest):
    needs_sandbox = False

    def setUp(self):
        super().setUp()
        self.first = self.commit("APP-1 one")
        self.second = self.commit("APP-2 two")
        self.third = self.commit("APP-3 three")

    def deployed(self, *options, state="successful", **variables):
        done = self.in_repository(0, "deployment", "--pipeline", "p", "--number", "1", "--url", URL, "--state",
                                  state, "--environment", "prod", "--dry-run", *options, env=variables)
        body = json.loads(done.out)["deployments"][0] if done.out else {"state": None, "associations": []}
        return body["state"], [key for tie in body["associations"] for key in tie["values"]], done.err

    def test_forward(self):
        self.assertEqual(self.deployed("--since", self.first), ("successful", ["APP-3", "APP-2"], ""))
        self.assertEqual(self.deployed("--since", "main~2", "--commit", self.second)[:2],
                         ("successful", ["APP-2"]))
        self.assertEqual(self.deployed("--since", "main")[:2], (None, []))

    def test_rollback(self):
        state, keys, said = self.deployed("--since", self.third, "--commit", self.first,
                                          GITLAB_CI="true", CI_COMMIT_MESSAGE="APP-1 one")
        self.assertEqual((state, keys), ("rolled_back", ["APP-3", "APP-2"]))
        self.assertIn("rollback", said)
        self.assertEqual(self.deployed("--since", self.third, "--commit", self.first, state="failed")[:2],
                         ("failed", ["APP-3", "APP-2"]))

    def test_neither_descends_from_the_other(self):
        self.git("checkout", "-q", "-b", "side", self.first)
        self.commit("APP-4 four")
        state, keys, said = self.deployed("--since", self.third)
        self.assertEqual((state, keys), ("successful", ["APP-4"]))
        self.assertIn("2 commits go out", said)

    def test_what_ran_there_is_gone(self):
        state, keys, said = self.deployed("--since", "1" * 40)
        self.assertEqual((state, keys), ("successful", ["APP-3"]))
        self.assertIn("is not in this repository", said)

    def test_no_revision(self):
        end = ("--since", "main", "--commit", "nosuch")
        self.in_repository(64, "deployment", "--pipeline", "p", "--number", "1", "--url", URL, "--state",
                           "successful", "--environment", "prod", "--dry-run", *end, says="nosuch")
        self.in_repository(64, "deployment", "--pipeline", "p", "--number", "1", "--url", URL, "--state",
                           "successful", "--environment", "prod", "--dry-run", "--since=--all")


if __name__ == "__main__":
    unittest.main()
