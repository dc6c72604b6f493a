"""Webhooks of git servers: what each becomes, and who may send them."""

import copy
import hashlib
import json
import os
import re
import subprocess
import time
import unittest

import hooks
from hooks import HASHES, ZERO, changed, signed
from relay import Relay, caller
from sandbox import Sandbox


def news(kind, event, payload):
    done = subprocess.run([os.environ["HOOK_DOCUMENTS"], kind, event], input=json.dumps(payload).encode(),
                          capture_output=True, check=True)
    return json.loads(done.stdout)


def documents(kind, event, payload):
    return news(kind, event, payload)["documents"]


def by_kind(made, kind):
    return [document for document in made if document["kind"] == kind]


class DocumentsTest(unittest.TestCase):
    maxDiff = None

    def nothing(self, kind, event, payload, words):
        told = news(kind, event, payload)
        self.assertEqual(told["documents"], [])
        self.assertIn(words, told["sentence"])

    def test_github_push(self):
        made = documents("github", "push", hooks.github_push(2))
        commits = by_kind(made, "commit")
        self.assertEqual(commits[0], {
            "kind": "commit", "site": "acme.atlassian.net",
            "repository": {"name": "shop/app", "url": "https://ghe.example.com/shop/app"},
            "hash": HASHES[0], "message": "APP-1 fix", "authoredAt": "2026-11-20T10:00:00.000Z",
            "url": f"https://ghe.example.com/shop/app/commit/{HASHES[0]}",
            "author": {"name": "Ada", "email": "ada@example.com"}, "fileCount": 2,
            "files": [{"path": "a.c", "change": "added"}, {"path": "b.c", "change": "modified"}]})
        branch = by_kind(made, "branch")[0]
        self.assertEqual((len(commits), len(made)), (2, 3))
        self.assertEqual(branch["name"], "feature/APP-1-login")
        self.assertEqual(branch["url"], "https://ghe.example.com/shop/app/tree/feature/APP-1-login")
        self.assertEqual(branch["lastCommit"]["hash"], HASHES[1])
        self.assertEqual(branch["updatedAt"], "2026-11-26T10:00:00.000Z")
        self.nothing("github", "push", changed(hooks.github_push(), ref="refs/tags/v1"), "refs/tags/v1")
        self.nothing("github", "push", changed(hooks.github_push(), deleted=True, after=ZERO), "delete")

    def test_github_names(self):
        push = changed(hooks.github_push(), ref="refs/heads/müll?#x y")
        branch = by_kind(documents("github", "push", push), "branch")[0]
        self.assertEqual(branch["name"], "müll?#x y")
        self.assertTrue(branch["url"].endswith("/tree/m%C3%BCll%3F%23x%20y"))

    def test_github_delete(self):
        for kind, payload in (("github", hooks.GITHUB_DELETE), ("gitea", hooks.GITEA_DELETE)):
            made = documents(kind, "delete", payload)
            self.assertEqual(made, [{"kind": "branch", "site": "acme.atlassian.net",
                                     "repository": {"url": payload["repository"]["html_url"]},
                                     "name": "feature/APP-1-login", "delete": True}])
            self.nothing(kind, "delete", changed(payload, ref_type="tag"), "Only deletions of branches")

    def test_github_pull_request(self):
        payload = hooks.GITHUB_PULL_REQUEST
        made = documents("github", "pull_request", payload)
        self.assertEqual(made, [{
            "kind": "pull_request", "site": "acme.atlassian.net",
            "repository": {"name": "shop/app", "url": "https://ghe.example.com/shop/app"},
            "updatedAt": "2026-11-20T11:00:00.000Z", "number": 12, "title": "APP-1 log in",
            "state": "open", "url": "https://ghe.example.com/shop/app/pull/12",
            "sourceBranch": "feature/APP-1-login",
            "sourceBranchUrl": "https://ghe.example.com/shop/app/tree/feature/APP-1-login",
            "destinationBranch": "main",
            "destinationBranchUrl": "https://ghe.example.com/shop/app/tree/main",
            "author": {"name": "octo", "url": "https://ghe.example.com/octo",
                       "avatar": "https://ghe.example.com/avatars/u/1?"}, "commentCount": 2}])
        for changes, state in (({"pull_request__state": "closed", "pull_request__merged": True}, "merged"),
                               ({"pull_request__state": "closed"}, "declined"),
                               ({"pull_request__draft": True}, "open"),
                               ({"pull_request__head": {**hooks.GITHUB_PULL["head"], "repo": None}}, "open")):
            made = documents("github", "pull_request", changed(payload, **changes))
            self.assertEqual(made[0]["state"], state)

    def test_github_asked_reviewers(self):
        eva, ben = {**hooks.GITHUB_USER, "login": "eva"}, {**hooks.GITHUB_USER, "login": "ben"}
        payload = changed(hooks.GITHUB_PULL_REQUEST, pull_request__requested_reviewers=[eva, ben])
        made = documents("github", "pull_request", payload)[0]
        self.assertEqual(made["reviewers"], [{"state": "unapproved", "name": "eva"},
                                             {"state": "unapproved", "name": "ben"}])
        payload = changed(hooks.GITHUB_REVIEW, pull_request__requested_reviewers=[eva, ben])
        made = documents("github", "pull_request_review", payload)[0]
        self.assertEqual(made["reviewers"], [{"state": "approved", "name": "eva"},
                                             {"state": "unapproved", "name": "ben"}])

    def test_github_fork_and_odd_branches(self):
        fork = {**hooks.GITHUB_REPOSITORY, "full_name": "eva/app", "html_url": "https://ghe.example.com/eva/app"}
        payload = changed(hooks.GITHUB_PULL_REQUEST, pull_request__head={
            **hooks.GITHUB_PULL["head"], "ref": "fix/APP-1 #ü", "repo": fork})
        told = news("github", "pull_request", payload)
        self.assertEqual(told["repository"], "shop/app")
        self.assertEqual(told["documents"][0]["sourceBranchUrl"],
                         "https://ghe.example.com/eva/app/tree/fix/APP-1%20%23%C3%BC")

    def test_github_review(self):
        made = documents("github", "pull_request_review", hooks.GITHUB_REVIEW)
        self.assertEqual(made[0]["reviewers"], [{"name": "eva", "state": "approved"}])
        self.assertEqual(made[0]["updatedAt"], "2026-11-20T11:30:00.000Z")
        made = documents("github", "pull_request_review",
                         changed(hooks.GITHUB_REVIEW, review__state="changes_requested"))
        self.assertEqual(made[0]["reviewers"][0]["state"], "unapproved")

    def test_github_deployment(self):
        made = documents("github", "deployment_status", hooks.GITHUB_DEPLOYMENT)
        self.assertEqual(made, [{
            "kind": "deployment", "site": "acme.atlassian.net", "updatedAt": "2026-11-20T12:00:00.000Z",
            "pipelineId": "shop/app", "number": 77, "state": "successful", "url": "https://ci.example.com/7",
            "description": "done", "environment": {"id": "prod-eu", "name": "prod-eu"},
            "revision": HASHES[0],
            "references": [{"commit": {"id": HASHES[0], "repositoryUri": "https://ghe.example.com/shop/app"},
                            "ref": {"name": "release/APP-1", "uri": "https://ghe.example.com/shop/app"}}],
            "keyText": [{"text": "release/APP-1", "from": "branch"}]}])
        for state, ours in (("failure", "failed"), ("error", "failed"), ("queued", "pending"),
                            ("pending", "pending"), ("in_progress", "in_progress")):
            payload = changed(hooks.GITHUB_DEPLOYMENT, deployment_status__state=state)
            self.assertEqual(documents("github", "deployment_status", payload)[0]["state"], ours)
        self.nothing("github", "deployment_status",
                     changed(hooks.GITHUB_DEPLOYMENT, deployment_status__state="inactive"), "'inactive'")

    def test_github_run(self):
        made = documents("github", "workflow_run", hooks.GITHUB_RUN)[0]
        self.assertEqual((made["kind"], made["pipelineId"], made["number"], made["state"]),
                         ("build", "shop/app/CI", 42, "successful"))
        self.assertEqual(made["keyText"], [{"text": "feature/APP-1-login", "from": "branch"},
                                           {"text": "APP-2 more", "from": "message", "commit": HASHES[0]}])
        for status, conclusion, ours in (("queued", None, "pending"), ("in_progress", None, "in_progress"),
                                         ("completed", "failure", "failed"),
                                         ("completed", "timed_out", "failed"),
                                         ("completed", "cancelled", "cancelled"),
                                         ("completed", "skipped", "cancelled")):
            payload = changed(hooks.GITHUB_RUN, workflow_run__status=status,
                              workflow_run__conclusion=conclusion)
            self.assertEqual(documents("github", "workflow_run", payload)[0]["state"], ours)
        self.nothing("github", "workflow_run",
                     changed(hooks.GITHUB_RUN, workflow_run__conclusion="marvellous"), "'marvellous'")

    def test_github_run_with_a_name_of_its_own(self):
        payload = changed(hooks.GITHUB_RUN, workflow_run__name="Deploy APP-1 by @octo")
        self.assertEqual(documents("github", "workflow_run", payload)[0]["pipelineId"], "shop/app/CI")
        payload = changed(hooks.GITHUB_RUN, workflow=None)
        self.assertEqual(documents("github", "workflow_run", payload)[0]["pipelineId"], "shop/app/CI")

    def test_what_is_not_told(self):
        for kind, event, payload in (("github", "issues", hooks.GITHUB_PULL_REQUEST),
                                     ("github", "create", hooks.GITHUB_DELETE),
                                     ("gitea", "issues", hooks.GITEA_PUSH),
                                     ("gitlab", "Note Hook", {"object_kind": "note",
                                                              "project": hooks.GITLAB_PROJECT}),
                                     ("bitbucket-datacenter", "repo:forked", hooks.BITBUCKET_PUSH)):
            self.nothing(kind, event, payload, "is not sent to Jira")
        self.nothing("github", "ping", {"zen": "x", "hook_id": 1}, "The hook works")
        self.nothing("bitbucket-datacenter", "diagnostics:ping", {"test": True}, "The hook works")
        for kind in ("github", "gitlab", "bitbucket-datacenter", "gitea"):
            for event in ("push", "repo:refs_changed", "pr:opened", "pull_request", "x" * 3000):
                for payload in ({}, {"repository": 7, "project": [], "pullRequest": None},
                                {"repository": {"full_name": "a", "html_url": []}, "commits": {}}):
                    self.assertEqual(documents(kind, event, payload), [])

    def test_gitlab_push(self):
        made = documents("gitlab", "Push Hook", hooks.gitlab_push(2))
        self.assertEqual([document["kind"] for document in made], ["commit", "commit", "branch"])
        self.assertEqual(made[2]["url"], "https://gitlab.example.com/shop/app/-/tree/feature/APP-1-login")
        self.assertEqual(made[2]["lastCommit"]["hash"], HASHES[1])
        told = news("gitlab", "Push Hook", hooks.gitlab_push(20, total=2000))
        self.assertIn("1980 more commits", told["sentence"])
        self.assertEqual(told["changed"], 0, "a commit's time is not the push's")
        self.assertEqual(made[0]["author"], {"name": "Ada"}, "[REDACTED] is not an address")
        empty = documents("gitlab", "Push Hook", hooks.gitlab_push(0))
        self.assertEqual(empty[0]["lastCommit"], {
            "hash": HASHES[0], "message": "",
            "url": f"https://gitlab.example.com/shop/app/-/commit/{HASHES[0]}"})
        gone = documents("gitlab", "Push Hook", changed(hooks.gitlab_push(0), after=ZERO))
        self.assertEqual((gone[0]["kind"], gone[0]["delete"]), ("branch", True))
        self.nothing("gitlab", "Tag Push Hook", changed(hooks.gitlab_push(), object_kind="tag_push"),
                     "is not sent to Jira")

    def test_gitlab_merge_request(self):
        made = documents("gitlab", "Merge Request Hook", hooks.GITLAB_MERGE_REQUEST)[0]
        self.assertEqual((made["number"], made["state"], made["updatedAt"]),
                         (12, "open", "2026-11-20T11:00:00.000Z"))
        self.assertEqual(made["reviewers"], [{"name": "Eva", "state": "unapproved"}])
        self.assertEqual(made["author"]["name"], "Ada")
        self.assertEqual(made["sourceBranchUrl"], "https://gitlab.example.com/shop/app/-/tree/feature/APP-1-login")
        self.assertEqual(made["destinationBranchUrl"], "https://gitlab.example.com/shop/app/-/tree/main")
        for state, ours in (("merged", "merged"), ("closed", "declined"), ("locked", "open")):
            payload = changed(hooks.GITLAB_MERGE_REQUEST, object_attributes__state=state,
                              object_attributes__action="update")
            made = documents("gitlab", "Merge Request Hook", payload)[0]
            self.assertEqual(made["state"], ours)
            self.assertEqual(made["author"]["name"], "Ada", "the ids say so")
            payload = changed(payload, object_attributes__author_id=51)
            made = documents("gitlab", "Merge Request Hook", payload)[0]
            self.assertNotIn("author", made, "who acts need not be the author")
        payload = changed(hooks.GITLAB_MERGE_REQUEST, object_attributes__action="approved",
                          user={**hooks.GITLAB_USER, "username": "eva"})
        made = documents("gitlab", "Merge Request Hook", payload)[0]
        self.assertEqual(made["reviewers"][0]["state"], "approved")

    def test_gitlab_without_addresses(self):
        """As system hooks have it."""
        for event, payload, url in (
                ("Merge Request Hook", hooks.GITLAB_MERGE_REQUEST, "merge_requests/12"),
                ("Pipeline Hook", hooks.GITLAB_PIPELINE, "pipelines/5000")):
            payload = copy.deepcopy(payload)
            del payload["object_attributes"]["url"]
            self.assertEqual(documents("gitlab", event, payload)[0]["url"],
                             "https://gitlab.example.com/shop/app/-/" + url)

    def test_gitlab_pipeline_and_deployment(self):
        made = documents("gitlab", "Pipeline Hook", hooks.GITLAB_PIPELINE)[0]
        self.assertEqual((made["pipelineId"], made["number"], made["state"], made["url"]),
                         ("shop/app", 42, "successful",
                          "https://gitlab.example.com/shop/app/-/pipelines/5000"))
        made = documents("gitlab", "Deployment Hook", hooks.GITLAB_DEPLOYMENT)[0]
        self.assertEqual((made["pipelineId"], made["number"], made["state"], made["revision"]),
                         ("shop/app", 77, "successful", HASHES[0]))
        self.assertEqual(made["environment"], {"id": "prod-eu", "name": "prod-eu", "type": "production"})
        self.assertEqual(made["updatedAt"], "2026-11-20T12:10:00.000Z")
        for status, ours in (("running", "in_progress"), ("failed", "failed"), ("canceled", "cancelled"),
                             ("skipped", "cancelled"), ("manual", "pending"), ("created", "pending")):
            payload = changed(hooks.GITLAB_PIPELINE, object_attributes__status=status)
            self.assertEqual(documents("gitlab", "Pipeline Hook", payload)[0]["state"], ours)

    def test_gitlab_pipeline_in_time(self):
        """A pipeline that runs began before it ended, whenever that arrives."""
        def changed_at(**changes):
            payload = changed(hooks.GITLAB_PIPELINE, **{f"object_attributes__{name}": value
                                                        for name, value in changes.items()})
            return news("gitlab", "Pipeline Hook", payload)["changed"] - 1795176000000
        self.assertEqual(changed_at(), 300000)
        self.assertEqual(changed_at(status="pending", finished_at=None), 0)
        self.assertEqual(changed_at(status="running", finished_at=None), 3000)
        self.assertEqual(changed_at(status="running", finished_at=None, queued_duration=None), 0)
        self.assertEqual(changed_at(status="running"), 300000, "once more")

    def test_bitbucket(self):
        made = documents("bitbucket-datacenter", "repo:refs_changed", hooks.BITBUCKET_PUSH)
        self.assertEqual([document["kind"] for document in made], ["commit", "branch"])
        self.assertEqual(made[0]["url"],
                         f"https://bb.example.com/projects/SHOP/repos/app/commits/{HASHES[0]}")
        self.assertEqual(made[1]["updatedAt"], "2026-11-20T12:00:00.000Z")
        told = news("bitbucket-datacenter", "repo:refs_changed", hooks.BITBUCKET_PUSH)
        self.assertEqual(told["repository"], "SHOP/app")
        gone = changed(hooks.BITBUCKET_PUSH, changes=[{**hooks.BITBUCKET_PUSH["changes"][0],
                                                       "type": "DELETE", "toHash": ZERO}], commits=[])
        self.assertTrue(documents("bitbucket-datacenter", "repo:refs_changed", gone)[0]["delete"])
        made = documents("bitbucket-datacenter", "pr:opened", hooks.BITBUCKET_PULL_REQUEST)[0]
        self.assertEqual((made["number"], made["state"], made["repository"]["url"]),
                         (12, "open", "https://bb.example.com/projects/SHOP/repos/app"))
        self.assertEqual(made["reviewers"][0]["state"], "approved")
        for state, ours in (("MERGED", "merged"), ("DECLINED", "declined")):
            payload = changed(hooks.BITBUCKET_PULL_REQUEST, pullRequest__state=state)
            self.assertEqual(documents("bitbucket-datacenter", "pr:merged", payload)[0]["state"], ours)
        gone = documents("bitbucket-datacenter", "pr:deleted", hooks.BITBUCKET_PULL_REQUEST)[0]
        self.assertEqual((gone["kind"], gone["number"], gone["delete"]), ("pull_request", 12, True))
        self.assertEqual(news("bitbucket-datacenter", "pr:deleted", hooks.BITBUCKET_PULL_REQUEST)["changed"],
                         1795176000000)
        self.assertEqual(made["sourceBranchUrl"], "https://bb.example.com/projects/SHOP/repos/app/browse?at=refs/heads/"
                                                  "feature/APP-1-login")

    def test_bitbucket_times_as_text(self):
        """As of version 10."""
        commit = {**hooks.bitbucket_commit(0), "authorTimestamp": "2026-11-20T11:59:00.000Z"}
        payload = changed(hooks.BITBUCKET_PUSH, commits=[commit], toCommit=commit)
        made = documents("bitbucket-datacenter", "repo:refs_changed", payload)
        self.assertEqual(made[0]["authoredAt"], "2026-11-20T11:59:00.000Z")
        payload = changed(hooks.BITBUCKET_PULL_REQUEST, date=None,
                          pullRequest__updatedDate="2026-11-20T11:58:00.500Z")
        made = documents("bitbucket-datacenter", "pr:modified", payload)
        self.assertEqual(made[0]["updatedAt"], "2026-11-20T11:58:00.500Z")

    def test_bitbucket_without_links(self):
        bare = {**hooks.BITBUCKET_REPOSITORY}
        del bare["links"]
        payload = changed(hooks.BITBUCKET_PUSH, repository=bare)
        self.nothing("bitbucket-datacenter", "repo:refs_changed", payload, "no link to the repository")
        # The server's address stands elsewhere, too.
        for where, link in (("actor", "https://bb.example.com/bitbucket/users/ada"),
                            ("project", "https://bb.example.com/bitbucket/projects/SHOP")):
            links = {"self": [{"href": link}]}
            if where == "actor":
                told = changed(payload, actor={**hooks.BITBUCKET_USER, "links": links})
            else:
                told = changed(payload, repository={**bare, "project": {**bare["project"], "links": links}})
            made = documents("bitbucket-datacenter", "repo:refs_changed", told)
            self.assertEqual(made[0]["repository"]["url"], "https://bb.example.com/bitbucket/projects/SHOP/repos/app")
        # Version 5 writes a link of nothing.
        payload = changed(hooks.BITBUCKET_PULL_REQUEST, pullRequest__links={"self": [None]})
        made = documents("bitbucket-datacenter", "pr:opened", payload)[0]
        self.assertEqual(made["url"], "https://bb.example.com/projects/SHOP/repos/app/pull-requests/12")

    def test_gitea(self):
        told = news("gitea", "push", hooks.GITEA_PUSH)
        self.assertIn("6 more commits", told["sentence"])
        self.assertEqual(told["documents"][1]["url"],
                         "https://gitea.example.com/shop/app/src/branch/feature/APP-1-login")
        made = documents("gitea", "pull_request", hooks.GITEA_PULL_REQUEST)[0]
        self.assertEqual((made["state"], made["author"]["name"]), ("merged", "Ada"))


class ReceiveTest(unittest.TestCase):
    """The route: signatures, repositories, deliveries."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.relay = Relay(cls.sandbox, start=False)
        secret = cls.relay.path("hook-secret", hooks.SECRET + "\n")
        kinds = ("github", "gitlab", "bitbucket-datacenter", "gitea")
        cls.relay.write(callers=[caller(), caller("scraper", "scraper", pipelines=None, metrics=True),
                                 caller("reader", "reader", pipelines=["shop/**"])],
                        hooks=[{"name": kind, "type": kind, "secretFile": secret, "site": cls.sandbox.url,
                                "repositories": ["shop/*", "SHOP/*"]} for kind in kinds])
        cls.relay.start()

    @classmethod
    def tearDownClass(cls):
        cls.relay.close()
        cls.sandbox.stop()

    def post(self, kind, event, payload, path=None, drop=(), headers=None, relay=None, **options):
        body, own = signed(kind, event, payload, **options)
        own.update(headers or {})
        own = {name: value for name, value in own.items() if name not in drop}
        return (relay or self.relay).request("POST", "/v1/hooks/" + (path or kind), body, own, token=None)

    def test_signatures(self):
        names = {"github": "X-Hub-Signature-256", "gitlab": "X-Gitlab-Token",
                 "bitbucket-datacenter": "X-Hub-Signature", "gitea": "X-Gitea-Signature"}
        for kind, name in names.items():
            event = "issues"
            payload = {"object_kind": "note", "project": hooks.GITLAB_PROJECT,
                       "repository": hooks.GITHUB_REPOSITORY}
            self.assertEqual(self.post(kind, event, payload).status, 202, kind)
            good = signed(kind, event, payload)[1][name]
            for wrong in ({name: "sha256=" + "0" * 64}, {name: good[:-1]}, {name: good.upper() + "x"},
                          {name: ""}, {name: "sha1=" + good[7:]}):
                self.assertEqual(self.post(kind, event, payload, headers=wrong).status, 401, (kind, wrong))
            self.assertEqual(self.post(kind, event, payload, drop=(name,)).status, 401)
            self.assertEqual(self.post(kind, event, payload, secret="another").status, 401)
            if kind != "gitlab":
                other = signed(kind, event, {**payload, "x": 1})[1][name]
                self.assertEqual(self.post(kind, event, payload, headers={name: other}).status, 401)
        # GitHub's old SHA-1 header counts for nothing.
        answer = self.post("github", "ping", {}, drop=("X-Hub-Signature-256",),
                           headers={"X-Hub-Signature": signed("bitbucket-datacenter", "x", {})[1][
                               "X-Hub-Signature"]})
        self.assertEqual(answer.status, 401)
        self.assertIn("signature", answer.detail())

    def test_errors(self):
        self.assertEqual(self.post("github", "ping", {}, path="nobody").status, 404)
        self.assertEqual(self.post("github", "ping", b"{nonsense").status, 400)
        self.assertEqual(self.post("github", "ping", b"[]").status, 400)
        answer = self.post("github", "push", changed(hooks.github_push(), repository__html_url="javascript:x"))
        self.assertEqual(answer.status, 400, "a payload that no event can be made of")
        self.assertIn("is not a web address", answer.detail())
        self.assertEqual(self.post("github", "ping", {}, headers={
            "Content-Type": "application/x-www-form-urlencoded"}).status, 415)
        self.assertEqual(self.relay.get("/v1/hooks/github").status, 405)
        head = ("POST /v1/hooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Content-Length: {25 * 1024 * 1024 + 1}\r\n\r\n")
        self.assertTrue(self.relay.raw(head.encode(), 3).startswith(b"HTTP/1.1 413"))

    def test_other_repositories(self):
        payload = changed(hooks.GITHUB_RUN, repository__full_name="bank/core")
        answer = self.post("github", "workflow_run", payload)
        self.assertEqual(answer.status, 202)
        self.assertIn("is not set up for the repository 'bank/core'", answer.json()["message"])

    def test_ping(self):
        answer = self.post("github", "ping", {"zen": "x"})
        self.assertEqual((answer.status, answer.json()["message"]), (202, "The hook works."))

    def test_delivered_once_and_in_order(self):
        self.sandbox.reset()
        answer = self.post("github", "workflow_run", hooks.GITHUB_RUN, delivery="r-1")
        self.assertEqual((answer.status, answer.json()["events"]), (202, 1), answer.body)
        self.assertEqual(self.post("github", "workflow_run", hooks.GITHUB_RUN, delivery="r-1").status, 202)
        late = changed(hooks.GITHUB_RUN, workflow_run__status="in_progress",
                       workflow_run__updated_at="2026-11-20T12:01:00Z")
        answer = self.post("github", "workflow_run", late, delivery="r-0")
        self.assertEqual(answer.json()["events"], 0)
        self.assertIn("superseded", answer.json()["message"])
        deadline = time.monotonic() + 15
        while not self.sandbox.items() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        items = self.sandbox.items()
        self.assertEqual([(item["buildNumber"], item["state"]) for item in items], [(42, "successful")])

    def test_request_ids(self):
        """hook/delivery/index: whatever the git server names a delivery by, else the hash of its body."""
        def ids(kind, event, payload, name, **options):
            self.assertEqual(self.post(kind, event, payload, **options).json()["events"], 1)
            answer = self.relay.get(f"/v1/receipts?requestId={name}", token="reader")
            self.assertEqual(answer.status, 200, (name, answer.body))
            return [line["id"] for line in answer.lines()]
        run = changed(hooks.GITHUB_RUN, workflow_run__run_number=801)
        self.assertEqual(len(ids("github", "workflow_run", run, "github/ids-1/0", delivery="ids-1")), 1)
        body = hashlib.sha256(json.dumps(run).encode()).hexdigest()
        nameless = [ids("github", "workflow_run", run, f"github/{body}/0", drop=("X-GitHub-Delivery",))
                    for _ in range(2)]
        self.assertEqual(nameless[0], nameless[1], "the same body once more")
        deployed = changed(hooks.GITLAB_DEPLOYMENT, deployment_id=802)
        self.assertEqual(len(ids("gitlab", "Deployment Hook", deployed, "gitlab/ids-2/0", delivery="ids-2")), 1)
        kept = [ids("gitlab", "Deployment Hook", deployed, "gitlab/same/0", delivery=f"ids-{number}",
                    headers={"Idempotency-Key": "same"}) for number in range(2)]
        self.assertEqual(kept[0], kept[1], "GitLab's Idempotency-Key stays over its retries, the UUID does not")

    def test_a_branch_is_pushed_again_after_its_deletion(self):
        """The git server's times alone count: the webhook of the deletion may come seconds late."""
        self.sandbox.reset()
        branch = {"ref": "refs/heads/feature/APP-1-again"}
        times = [int(time.time()) - 60 + second for second in range(3)]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(times[1]))
        first = changed(hooks.github_push(), **branch, repository__pushed_at=times[0])
        gone = changed(hooks.GITHUB_DELETE, ref="feature/APP-1-again", repository__pushed_at=stamp)
        again = changed(hooks.github_push(), **branch, repository__pushed_at=times[2])
        for number, (event, payload) in enumerate((("push", first), ("delete", gone), ("push", again))):
            answer = self.post("github", event, payload, delivery=f"again-{number}")
            self.assertNotIn("superseded", answer.json()["message"])
        self.assertIn("superseded", self.post("github", "delete", gone, delivery="again-9").json()["message"])

    def test_older_news_stays_superseded_after_a_restart(self):
        self.sandbox.reset()
        merged = changed(hooks.GITHUB_PULL_REQUEST, action="closed", pull_request__number=77, number=77,
                         pull_request__state="closed", pull_request__merged=True,
                         pull_request__updated_at="2026-11-21T12:00:00Z")
        self.assertEqual(self.post("github", "pull_request", merged, delivery="pr-2").json()["events"], 1)
        opened = changed(hooks.GITHUB_PULL_REQUEST, pull_request__number=77, number=77,
                         pull_request__updated_at="2026-11-21T11:00:00Z")
        for _ in range(2):  # while it waits, or once Jira has it
            self.relay.restart()
            answer = self.post("github", "pull_request", opened, delivery="pr-1")
            self.assertEqual((answer.status, answer.json()["events"]), (202, 0), answer.body)
            self.assertIn("superseded", answer.json()["message"])
            time.sleep(1)
        newer = changed(merged, pull_request__updated_at="2026-11-21T13:00:00Z", action="edited")
        self.assertEqual(self.post("github", "pull_request", newer, delivery="pr-3").json()["events"], 1)

    def test_counts_stand_in_the_outbox(self):
        def counted():
            text = self.relay.get("/metrics", token="scraper").body.decode()
            self.assertEqual(text.count("# TYPE jirasend_relay_hooks_without_news counter"), 1)
            return int(re.search(r"^jirasend_relay_hooks_without_news_total (\d+)$", text, re.M).group(1))
        before = counted()
        self.assertEqual(self.post("github", "issues", hooks.GITHUB_PULL_REQUEST, delivery="i-1").status, 202)
        self.assertEqual(counted(), before + 1)
        self.relay.restart()
        self.assertEqual(counted(), before + 1)

    def test_every_vendor_is_taken(self):
        """The core takes each document that is made: none is malformed. Jira is away."""
        relay = Relay("http://127.0.0.1:9", start=False)
        self.addCleanup(relay.close)
        secret = relay.path("hook-secret", hooks.SECRET)
        relay.write(hooks=[{"name": kind, "type": kind, "secretFile": secret, "site": relay.site,
                            "repositories": ["**"]}
                           for kind in ("github", "gitlab", "bitbucket-datacenter", "gitea")])
        relay.start()
        for kind, event, payload, count in (
                ("github", "push", hooks.github_push(2), 3),
                ("github", "pull_request", hooks.GITHUB_PULL_REQUEST, 1),
                ("github", "pull_request_review", hooks.GITHUB_REVIEW, 1),
                ("github", "deployment_status", hooks.GITHUB_DEPLOYMENT, 1),
                ("github", "delete", hooks.GITHUB_DELETE, 1),
                ("gitlab", "Push Hook", hooks.gitlab_push(2), 3),
                ("gitlab", "Merge Request Hook", hooks.GITLAB_MERGE_REQUEST, 1),
                ("gitlab", "Pipeline Hook", hooks.GITLAB_PIPELINE, 1),
                ("bitbucket-datacenter", "repo:refs_changed", hooks.BITBUCKET_PUSH, 2),
                ("bitbucket-datacenter", "pr:opened", hooks.BITBUCKET_PULL_REQUEST, 1),
                ("bitbucket-datacenter", "pr:deleted", hooks.BITBUCKET_PULL_REQUEST, 1),
                ("gitea", "push", hooks.GITEA_PUSH, 2), ("gitea", "delete", hooks.GITEA_DELETE, 1),
                ("gitea", "pull_request", hooks.GITEA_PULL_REQUEST, 1)):
            answer = self.post(kind, event, payload, delivery=f"all-{kind}-{event}", relay=relay)
            self.assertEqual(answer.status, 202, (kind, event, answer.body))
            self.assertEqual(answer.json()["events"], count, (kind, event, answer.body))
            self.assertNotIn("could not be taken", answer.json()["message"])

    def test_large_push(self):
        payload = changed(hooks.github_push(2000), ref="refs/heads/large/APP-9")
        answer = self.post("github", "push", payload, delivery="large")
        self.assertEqual((answer.status, answer.json()["events"]), (202, 2001), answer.body)

    def test_gitlab_reaches_jira(self):
        self.sandbox.reset()
        self.assertEqual(self.post("gitlab", "Deployment Hook", hooks.GITLAB_DEPLOYMENT).json()["events"], 1)
        deadline = time.monotonic() + 15
        while not self.sandbox.items("deployments") and time.monotonic() < deadline:
            time.sleep(0.1)
        item = self.sandbox.items("deployments")[0]
        self.assertEqual(item["environment"]["type"], "production")
        self.assertEqual(sorted(item["associations"][0]["values"]), ["APP-1", "APP-2"])


if __name__ == "__main__":
    unittest.main()
