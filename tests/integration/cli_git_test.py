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

    def test_more_than_the_log_of_a_branch_holds(self):
        first = self.commit("APP-1 one")
        self.commit("APP-2 two")
        for text in ("main@{9}", "@{9}", "main..main@{9}", "main@{9}..main"):
            self.in_repository(64, "git", text, "--dry-run", *LINKS, says="is not a revision")
        self.in_repository(64, "git", "nosuch@{1}", "--dry-run", *LINKS, says="is not a revision")
        done = self.in_repository(0, "git", "main@{1}..main", "--dry-run", *LINKS)
        self.assertIn("APP-2", done.out)
        self.assertNotIn(first, done.out)

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
        done = self.in_repository(64, "git", "--dry-run", "--commit-url",
                                  "https://me:hunter2@git.example.com/hash", says="{hash}")
        self.assertNotIn("hunter2", done.err)
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


class Told(GitTest):
    """What arrives in Jira."""

    def sent(self, kind):
        return [item for repository in self.sandbox.items("repositories") for item in repository.get(kind, [])]

    def hashes(self):
        return [commit["id"] for commit in self.sent("commits")]

    def test_a_range_oldest_first(self):
        first = self.commit("APP-1 one", a="1\n")
        second = self.commit("APP-2 two", a="1\n2\n")
        self.commit("no key")
        third = self.commit("APP-3 three\n\nAPP-4 too", b="")
        done = self.in_repository(0, "git", first + "..main", "--json", *LINKS,
                                  says=["2 accepted", "1 commit holds no issue key"])
        self.assertEqual([receipt["issueKeys"] for receipt in done.receipts()],
                         [["APP-2"], ["APP-3", "APP-4"]])
        commits = self.sent("commits")
        self.assertEqual([commit["id"] for commit in commits], [second, third])
        self.assertEqual(commits[1]["issueKeys"], ["APP-3", "APP-4"])
        self.assertEqual(commits[0]["files"][0]["linesAdded"], 1)
        self.assertEqual(commits[0]["url"], f"{URL}/c/{second}")
        self.sandbox.reset()
        self.in_repository(0, "git", "HEAD", *LINKS)
        self.assertEqual(self.hashes(), [third])

    def test_only_these_keys(self):
        self.commit("APP-1 one")
        done = self.in_repository(0, "git", "HEAD", "--only-keys", "OPS-7,OPS-8", "--dry-run", *LINKS)
        (commit,) = json.loads(done.out)["repositories"][0]["commits"]
        self.assertEqual(commit["issueKeys"], ["OPS-7", "OPS-8"])
        self.in_repository(64, "git", "HEAD", "--only-keys", "none", "--dry-run", *LINKS)
        done = self.in_repository(0, "pull-request", "--number", "3", "--title", "APP-2 more", "--state", "open",
                                  "--source-branch", "APP-3", "--url", URL + "/pull/3", "--only-keys", "OPS-7",
                                  "--dry-run", "--repository", URL)
        (request,) = json.loads(done.out)["repositories"][0]["pullRequests"]
        self.assertEqual(request["issueKeys"], ["OPS-7"])

    def test_branches(self):
        last = self.commit("no key")
        self.git("branch", "feature/APP-1 x".replace(" ", "'"))
        self.git("update-ref", "refs/remotes/origin/APP-2", "main")
        self.in_repository(0, "git", "HEAD", "--branches", *LINKS)
        branches = {branch["name"]: branch for branch in self.sent("branches")}
        self.assertEqual(set(branches), {"feature/APP-1'x", "APP-2"})
        self.assertEqual(branches["feature/APP-1'x"]["url"], URL + "/b/feature/APP-1%27x")
        self.assertEqual(branches["APP-2"]["lastCommit"]["id"], last)

    def test_a_push(self):
        first = self.commit("APP-1 one")
        second = self.commit("APP-2 two")
        self.git("checkout", "-q", "-b", "APP-9")
        third = self.commit("APP-3 three")
        lines = (f"{first} {second} refs/heads/main\n{NONE} {third} refs/heads/APP-9\n"
                 f"{NONE} {third} refs/tags/APP-8\n{NONE} {third} refs/notes/commits\n")
        self.in_repository(0, "git", "--post-receive", *LINKS, stdin=lines)
        self.assertEqual(self.hashes(), [second, third])
        self.assertEqual([branch["name"] for branch in self.sent("branches")], ["APP-9"])
        self.in_repository(65, "git", "--post-receive", *LINKS, stdin="nonsense\n" + lines,
                           says=["line 1", "3 accepted"])

    def test_branches_that_are_gone(self):
        last = self.commit("APP-1 one")
        done = self.in_repository(0, "git", "--post-receive", "--json", *LINKS,
                                  stdin=f"{last} {NONE} refs/heads/APP-7-gone\n"
                                  f"{last} {NONE} refs/heads/gone\n")
        receipt = done.receipt() # of the one that holds a key
        self.assertEqual((receipt["status"], receipt["deleted"]), ("accepted", True))
        self.assertEqual([e["path"].rsplit("/", 1)[1].split("?")[0] for e in self.sandbox.log("/branch/")
                          if e["method"] == "DELETE"], ["APP-7-gone"])

    def test_more_than_fit_into_a_request(self):
        stream = "".join(f"commit refs/heads/main\ncommitter A <a@example.com> {1700000000 + i} +0000\n"
                         f"data 10\nAPP-1 {i:04}" for i in range(401))
        self.git("fast-import", "--quiet", stdin=stream)
        self.in_repository(0, "git", "main~400..main", *LINKS)
        self.assertEqual(len(set(self.hashes())), 400)
        self.sandbox.reset()
        self.in_repository(0, "git", "--post-receive", *LINKS,
                           stdin=f"{NONE} {self.git('rev-parse', 'main')} refs/heads/main\n",
                           says="401 accepted")
        self.assertEqual(len(set(self.hashes())), 401)
        self.assertLessEqual(len(self.sandbox.log("/bulk")), 3)

    def test_history_and_transitions(self):
        self.commit("APP-1 one")
        self.in_repository(0, "git", "HEAD", "--history", *LINKS)
        body = self.sandbox.log("/bulk")[0]["body"]
        self.assertTrue(body["preventTransitions"])
        shown = json.loads(self.in_repository(0, "git", "HEAD", "--history", "--dry-run", *LINKS).out)
        self.assertEqual(shown, body)
        self.sandbox.reset()
        self.in_repository(0, "git", "HEAD", "--no-transitions", "--no-email", *LINKS)
        body = self.sandbox.log("/bulk")[0]["body"]
        self.assertTrue(body["preventTransitions"])
        self.assertNotIn("email", body["repositories"][0]["commits"][0]["author"])

    def test_a_pull_request(self):
        self.in_repository(0, "pull-request", "--number", "12", "--title", "APP-1 Log in", "--state", "open",
                           "--source-branch", "APP-2", "--destination-branch", "main", "--url", URL + "/p/12",
                           "--repository", URL, says="pull request #12")
        pull_request, = self.sent("pullRequests")
        self.assertEqual(pull_request["issueKeys"], ["APP-1", "APP-2"])
        self.assertEqual(pull_request["status"], "OPEN")

    def test_odd_commits(self):
        self.commit("root")
        start = self.git("rev-parse", "HEAD")
        for name in "ab":
            self.git("checkout", "-q", "-b", name, "main")
            self.commit("APP-1 " + name, **{name: name})
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "-m", "APP-2 octopus", "--no-ff", "a", "b")
        self.git("mv", "a", "renamed")
        self.commit("APP-3 rename")
        self.commit("APP-4 empty")
        with open(os.path.join(self.repository, "message"), "wb") as file:
            file.write(b"APP-5 caf\xe9")
        self.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "message")
        self.in_repository(0, "git", start + "..main", *LINKS)
        commits = {commit["issueKeys"][-1]: commit for commit in self.sent("commits")}
        self.assertIn("MERGE_COMMIT", commits["APP-2"]["flags"])
        self.assertEqual(commits["APP-3"]["fileCount"], 2)
        self.assertEqual(commits["APP-4"]["fileCount"], 0)
        self.assertEqual(commits["APP-5"]["message"], "APP-5 caf\xe9")

    def test_a_github_push_in_a_clone_of_depth_1(self):
        last = self.commit("APP-3 three")
        commits = [{"id": "1" * 40, "message": "APP-1 one", "timestamp": "2026-01-01T10:00:00+01:00",
                    "author": {"name": "Ann", "email": "ann@example.com"}, "distinct": True},
                   {"id": last, "message": "APP-3 three"}]
        event = self.path("event.json", json.dumps({"before": "9" * 40, "after": last, "commits": commits}))
        self.in_repository(0, "git", env={
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": event, "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "t/a", "GITHUB_SHA": last})
        told = self.sent("commits")
        self.assertEqual([commit["id"] for commit in told], ["1" * 40, last])
        self.assertEqual(told[0]["authorTimestamp"][:19], "2026-01-01T09:00:00")

    def test_hooks_of_servers(self):
        programs = self.path("programs")
        os.mkdir(programs)
        os.symlink(os.path.abspath(os.environ["JIRASEND_CLI"]), os.path.join(programs, "jirasend"))
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "server")
        last = self.commit("APP-1 one")
        variables = {"PATH": programs + os.pathsep + os.environ["PATH"], "JIRASEND_OUTBOX": self.path("outbox"),
                     "GITEA_REPO_USER_NAME": "team", "GITEA_REPO_NAME": "app",
                     "GITEA_ROOT_URL": "https://gitea.example.com/"}
        hooks = ((["post-receive-git"], f"{NONE} {last} refs/heads/main\n", {},
                  f"https://gitea.example.com/team/app/commit/{last}"),
                 (["post-receive-git"], f"{NONE} {last} refs/heads/main\n", {"GITEA_REPO_USER_NAME": ""},
                  f"https://git.example.com/.git/commit/?id={last}"),
                 (["ref-updated", "--oldrev", NONE, "--newrev", last, "--refname", "refs/heads/main",
                   "--project", "app"], "", {"GERRIT_SITE": self.path("gerrit")},
                  f"https://gerrit.example.com/plugins/gitiles/app/+/{last}"))
        os.makedirs(self.path("gerrit/git"))
        os.symlink(os.path.join(self.repository, ".git"), self.path("gerrit/git/app.git"))
        for command, lines, more, url in hooks:
            done = subprocess.run(["sh", os.path.join(root, command[0]), *command[1:]], cwd=self.repository,
                                  input=lines, env=self.environment(**variables, **more)
                                  if not set(more) & set(variables)
                                  else self.environment(**{**variables, **more}),
                                  capture_output=True, text=True, timeout=TIMEOUT, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.in_repository(0, "outbox", "flush", "--outbox", self.path("outbox"))
            self.assertEqual(self.sent("commits")[-1]["url"], url)


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
