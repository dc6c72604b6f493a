"""Commits, branches and pull requests of Git builds, from a server whose links nobody knows."""

import functools
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
from xml.sax.saxutils import escape

from test_multibranch import MULTIBRANCH, PULL_REQUEST
from world import Case, builds, configure, jenkins, jira, needs, pipeline, site

COMMIT = "https://git.example.com/team/app/commit/{hash}"
BRANCH = "https://git.example.com/team/app/tree/{branch}"
CHECKOUT = """node {{
    checkout([$class: 'GitSCM', branches: [[name: '{branch}']], userRemoteConfigs: [[url: '{url}']]])
    {step}
}}
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Repository:
    """A repository that is served as a plain web server can."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="jirasend-repository-")
        self.work = os.path.join(self.folder, "work")
        os.makedirs(self.work)
        self.git("init", "-q", "-b", "main")
        self.bare = os.path.join(self.folder, "team", "app.git")
        os.makedirs(os.path.dirname(self.bare))
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.bare], check=True)
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=self.folder))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/team/app.git"

    def git(self, *arguments):
        return subprocess.run(
            ["git", "-c", "user.name=An Author", "-c", "user.email=author@example.com", "-c", "commit.gpgsign=false",
             *arguments], cwd=self.work, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}).stdout.strip()

    def commit(self, message, branch="main", **files):
        """Its hash; served from now on."""
        known = self.git("branch", "--list", branch)
        self.git("checkout", "-q", *([] if known or branch == "main" else ["-b"]), branch)
        for name, text in {"file": message, **files}.items():
            with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "--all", self.bare)
        subprocess.run(["git", "--git-dir", self.bare, "update-server-info"], check=True)
        return self.git("rev-parse", "HEAD")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def told(kind, **wanted):
    """What Jira knows of that kind: commits, branches, pullRequests."""
    return [item for item in jira.state()[kind] if all(item.get(name) == value for name, value in wanted.items())]


class Development(Case):
    @classmethod
    def setUpClass(cls):
        cls.repository = Repository()
        cls.addClassCleanup(cls.repository.close)
        configure(site(developmentInformation=True, commitUrl=COMMIT, branchUrl=BRANCH))

    def checkout(self, job, branch, step="jiraSendBuildInfo(wait: 10)"):
        pipeline(job, CHECKOUT.format(branch=branch, url=self.repository.url, step=step))

    @needs("git")
    def test_140_commits_and_branch(self):
        first = self.repository.commit("APP-601 begin", "feature/APP-602-search")
        self.checkout("developed", "feature/APP-602-search")
        self.good("developed")
        commit = jenkins.wait_for(lambda: told("commits", id=first), 60, "the head was not told")[0]
        self.assertEqual(commit["message"], "APP-601 begin")
        self.assertEqual(commit["url"], COMMIT.replace("{hash}", first))
        branch, = jenkins.wait_for(lambda: told("branches", name="feature/APP-602-search"), 60, "no branch")
        self.assertEqual(branch["lastCommit"]["id"], first)
        self.assertEqual(branch["url"], BRANCH.replace("{branch}", "feature/APP-602-search"))
        self.repository.commit("nothing of an issue", "feature/APP-602-search")
        second = self.repository.commit("APP-603 more\n\nand OPS-5", "feature/APP-602-search")
        self.good("developed")
        commit, = jenkins.wait_for(lambda: told("commits", id=second), 60, "a commit of the change log was not told")
        self.assertEqual(sorted(commit["issueKeys"]), ["APP-603", "OPS-5"])
        self.assertEqual(commit["author"], {"name": "An Author", "email": "author@example.com"})
        jenkins.wait_for(lambda: told("branches", name="feature/APP-602-search")[0]["lastCommit"]["id"] == second, 60,
                         "the branch stands where it stood")
        self.assertFalse([item for item in told("commits") if item["message"].startswith("nothing")])

    @needs("git")
    def test_141_no_addresses_of_people(self):
        configure(site(developmentInformation=True, commitUrl=COMMIT, branchUrl=BRANCH, sendEmails=False))
        self.addCleanup(configure, site(developmentInformation=True, commitUrl=COMMIT, branchUrl=BRANCH))
        self.repository.commit("APP-611 begin", "silent")
        self.checkout("developed-silently", "silent")
        self.good("developed-silently")
        last = self.repository.commit("APP-612 more", "silent")
        self.good("developed-silently")
        commit, = jenkins.wait_for(lambda: told("commits", id=last), 60, "not told")
        self.assertEqual(commit["author"], {"name": "An Author"})

    @needs("git")
    def test_142_without_links(self):
        """Nothing of it is sent, and the console says so once."""
        configure(site(developmentInformation=True))
        self.addCleanup(configure, site(developmentInformation=True, commitUrl=COMMIT, branchUrl=BRANCH))
        head = self.repository.commit("APP-621 begin", "feature/APP-622-linkless")
        self.checkout("linkless", "feature/APP-622-linkless")
        console = self.good("linkless")
        self.assertEqual(len([line for line in console.splitlines() if "has no link" in line]), 1, console)
        self.assertFalse(told("commits", id=head) + told("branches", name="feature/APP-622-linkless"))
        self.assertTrue(builds("linkless"))

    @needs("git")
    def test_143_off(self):
        configure(site(commitUrl=COMMIT, branchUrl=BRANCH))
        self.addCleanup(configure, site(developmentInformation=True, commitUrl=COMMIT, branchUrl=BRANCH))
        head = self.repository.commit("APP-631 begin", "off")
        self.checkout("undeveloped", "off")
        self.assertNotIn("has no link", self.good("undeveloped"))
        self.assertFalse(told("commits", id=head))

    @needs("git", "workflow-multibranch")
    def test_144_pull_request(self):
        """Its own head and source branch, and the page that the source names."""
        head = self.repository.commit("APP-641 begin", "topic", Jenkinsfile=CHECKOUT.format(
            branch="topic", url=self.repository.url, step="jiraSendBuildInfo(wait: 10)"))
        jenkins.create("requests", MULTIBRANCH.format(remote=escape(self.repository.url)))
        jenkins.must(jenkins.post("/job/requests/build?delay=0"))
        jenkins.wait_for(lambda: jenkins.get("/job/requests/job/topic/1/").status == 200, 90, "no build of the branch")
        jenkins.finished("requests/topic", 1)
        jenkins.wait_for(lambda: told("commits", id=head), 60, "the head was not told")
        jenkins.groovy(PULL_REQUEST.format(job="requests/topic"))
        self.good("requests/topic")
        request = jenkins.wait_for(lambda: told("pullRequests"), 60, "no pull request")[0]
        self.assertEqual(request["title"], "APP-23 please take this")
        self.assertEqual(request["sourceBranch"], "feature/APP-22-fix")
        self.assertEqual(request["status"], "OPEN")
        self.assertEqual(request["url"], "https://example.com/pull/12")
        self.assertEqual(request["issueKeys"], ["APP-23", "APP-22"])
