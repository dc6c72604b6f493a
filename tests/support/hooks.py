"""Payloads of webhooks, in the shape of the vendors' documentation, and how each is signed."""

import copy
import hashlib
import hmac
import json

SECRET = "hook-secret"
ZERO = "0" * 40
HASHES = [f"{number:040x}" for number in range(0xa1, 0xa1 + 5000)]


def signed(kind, event, payload, delivery="d-1", secret=SECRET):
    """(body, headers)"""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "github": {"X-GitHub-Event": event, "X-GitHub-Delivery": delivery,
                   "X-Hub-Signature-256": "sha256=" + digest},
        "gitlab": {"X-Gitlab-Event": event, "X-Gitlab-Event-UUID": delivery, "X-Gitlab-Token": secret},
        "bitbucket-datacenter": {"X-Event-Key": event, "X-Request-Id": delivery,
                                 "X-Hub-Signature": "sha256=" + digest},
        "gitea": {"X-Gitea-Event": event, "X-Gitea-Delivery": delivery, "X-Gitea-Signature": digest},
    }[kind]
    return body, {"Content-Type": "application/json", **headers}


def changed(payload, **changes):
    """A copy with members set by path: pull_request__state="closed"."""
    payload = copy.deepcopy(payload)
    for path, value in changes.items():
        *way, last = path.split("__")
        target = payload
        for name in way:
            target = target[name]
        target[last] = value
    return payload


GITHUB_USER = {"login": "octo", "id": 1, "node_id": "MDQ6VXNlcjE=", "type": "User", "site_admin": False,
               "avatar_url": "https://ghe.example.com/avatars/u/1?", "gravatar_id": "",
               "url": "https://ghe.example.com/api/v3/users/octo",
               "html_url": "https://ghe.example.com/octo"}
GITHUB_REPOSITORY = {"id": 7, "node_id": "R_7", "name": "app", "full_name": "shop/app", "private": True,
                     "owner": {**GITHUB_USER, "login": "shop", "type": "Organization"},
                     "html_url": "https://ghe.example.com/shop/app", "description": None, "fork": False,
                     "url": "https://ghe.example.com/api/v3/repos/shop/app",
                     "clone_url": "https://ghe.example.com/shop/app.git", "default_branch": "main",
                     "created_at": "2020-01-02T03:04:05Z", "updated_at": "2026-11-01T10:00:00Z",
                     "pushed_at": "2026-11-20T10:00:00Z", "open_issues": 3, "topics": []}


def github_commit(number, message="APP-1 fix"):
    return {"id": HASHES[number], "tree_id": HASHES[number], "distinct": True, "message": message,
            "timestamp": "2026-11-20T12:00:00+02:00",
            "url": f"https://ghe.example.com/shop/app/commit/{HASHES[number]}",
            "author": {"name": "Ada", "email": "ada@example.com", "username": "ada"},
            "committer": {"name": "Ada", "email": "ada@example.com", "username": "ada"},
            "added": ["a.c"], "removed": [], "modified": ["b.c"]}


def github_push(commits=1, message="APP-1 fix"):
    every = [github_commit(number, message) for number in range(commits)]
    return {"ref": "refs/heads/feature/APP-1-login", "before": ZERO, "after": every[-1]["id"],
            "created": True, "deleted": False, "forced": False, "base_ref": None,
            "compare": "https://ghe.example.com/shop/app/compare/x", "commits": every,
            "head_commit": every[-1], "pusher": {"name": "octo", "email": "octo@example.com"},
            "repository": {**GITHUB_REPOSITORY, "pushed_at": 1795687200, "stargazers": 0,
                           "master_branch": "main"}, "sender": GITHUB_USER}


GITHUB_DELETE = {"ref": "feature/APP-1-login", "ref_type": "branch", "pusher_type": "user",
                 "repository": {**GITHUB_REPOSITORY, "pushed_at": "2026-11-26T10:01:00Z"}, "sender": GITHUB_USER}
GITHUB_PULL = {
    "url": "https://ghe.example.com/api/v3/repos/shop/app/pulls/12", "id": 99, "number": 12,
    "html_url": "https://ghe.example.com/shop/app/pull/12", "state": "open", "locked": False,
    "title": "APP-1 log in", "user": GITHUB_USER, "body": "text", "draft": False,
    "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T11:00:00Z", "closed_at": None,
    "merged_at": None, "merge_commit_sha": None, "assignees": [], "requested_reviewers": [],
    "labels": [], "head": {"label": "shop:feature/APP-1-login", "ref": "feature/APP-1-login",
                           "sha": HASHES[0], "user": GITHUB_USER, "repo": GITHUB_REPOSITORY},
    "base": {"label": "shop:main", "ref": "main", "sha": HASHES[1], "user": GITHUB_USER,
             "repo": GITHUB_REPOSITORY},
    "merged": False, "mergeable": None, "comments": 2, "review_comments": 1, "commits": 1,
    "additions": 10, "deletions": 1, "changed_files": 2}
GITHUB_PULL_REQUEST = {"action": "opened", "number": 12, "pull_request": GITHUB_PULL,
                       "repository": GITHUB_REPOSITORY, "sender": GITHUB_USER}
GITHUB_REVIEW = {"action": "submitted", "review": {"id": 5, "user": {**GITHUB_USER, "login": "eva"},
                                                   "body": None, "commit_id": HASHES[0],
                                                   "submitted_at": "2026-11-20T11:30:00Z",
                                                   "state": "approved", "html_url": "https://x"},
                 "pull_request": {name: value for name, value in GITHUB_PULL.items()
                                  if name not in ("merged", "comments", "commits")},
                 "repository": GITHUB_REPOSITORY, "sender": GITHUB_USER}
GITHUB_DEPLOYMENT = {
    "action": "created",
    "deployment_status": {"id": 3, "state": "success", "creator": GITHUB_USER, "description": "done",
                          "environment": "prod-eu", "target_url": "", "log_url": "https://ci.example.com/7",
                          "environment_url": "", "created_at": "2026-11-20T12:00:00Z",
                          "updated_at": "2026-11-20T12:00:00Z"},
    "deployment": {"id": 77, "sha": HASHES[0], "ref": "release/APP-1", "task": "deploy", "payload": {},
                   "original_environment": "prod-eu", "environment": "prod-eu", "description": None,
                   "creator": GITHUB_USER, "created_at": "2026-11-20T11:59:00Z"},
    "check_run": None, "workflow": None, "workflow_run": None,
    "repository": GITHUB_REPOSITORY, "sender": GITHUB_USER}
GITHUB_RUN = {
    "action": "completed",
    "workflow_run": {"id": 123456, "name": "CI", "node_id": "W", "head_branch": "feature/APP-1-login",
                     "head_sha": HASHES[0], "path": ".github/workflows/ci.yml",
                     "display_title": "APP-1 log in", "run_number": 42, "event": "push",
                     "status": "completed", "conclusion": "success", "workflow_id": 9, "check_suite_id": 8,
                     "url": "https://x", "html_url": "https://ghe.example.com/shop/app/actions/runs/123456",
                     "pull_requests": [], "created_at": "2026-11-20T12:00:00Z",
                     "updated_at": "2026-11-20T12:05:00Z", "run_attempt": 1,
                     "head_commit": {"id": HASHES[0], "tree_id": HASHES[0], "message": "APP-2 more",
                                     "timestamp": "2026-11-20T11:00:00Z",
                                     "author": {"name": "Ada", "email": "ada@example.com"},
                                     "committer": {"name": "Ada", "email": "ada@example.com"}},
                     "repository": GITHUB_REPOSITORY, "head_repository": GITHUB_REPOSITORY},
    "workflow": {"id": 9, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active"},
    "repository": GITHUB_REPOSITORY, "sender": GITHUB_USER}

GITLAB_PROJECT = {"id": 15, "name": "app", "description": "", "avatar_url": None, "namespace": "Shop",
                  "web_url": "https://gitlab.example.com/shop/app", "visibility_level": 0,
                  "git_ssh_url": "git@gitlab.example.com:shop/app.git",
                  "git_http_url": "https://gitlab.example.com/shop/app.git",
                  "path_with_namespace": "shop/app", "default_branch": "main", "ci_config_path": None}
GITLAB_USER = {"id": 1, "name": "Ada", "username": "ada", "email": "ada@example.com",
               "avatar_url": "https://gitlab.example.com/uploads/ada.png"}


def gitlab_push(commits=1, total=None):
    every = [{"id": HASHES[number], "message": "APP-1 fix\n\nmore", "title": "APP-1 fix",
              "timestamp": "2026-11-20T12:00:00+00:00",
              "url": f"https://gitlab.example.com/shop/app/-/commit/{HASHES[number]}",
              "author": {"name": "Ada", "email": "[REDACTED]"}, "added": ["a.c"], "modified": [],
              "removed": ["c.c"]} for number in range(commits)]
    after = every[-1]["id"] if every else HASHES[0]
    return {"object_kind": "push", "event_name": "push", "before": HASHES[9], "after": after,
            "ref": "refs/heads/feature/APP-1-login", "ref_protected": False, "checkout_sha": after,
            "message": None, "user_id": 1, "user_name": "Ada", "user_username": "ada", "user_email": "",
            "project_id": 15, "project": GITLAB_PROJECT, "commits": every,
            "total_commits_count": commits if total is None else total, "push_options": {},
            "repository": {"name": "app", "url": "git@x", "homepage": GITLAB_PROJECT["web_url"]}}


GITLAB_MERGE_REQUEST = {
    "object_kind": "merge_request", "event_type": "merge_request", "user": GITLAB_USER,
    "project": GITLAB_PROJECT, "labels": [], "changes": {},
    "object_attributes": {"id": 99, "iid": 12, "author_id": 1, "title": "APP-1 log in", "state": "opened",
                          "source_branch": "feature/APP-1-login", "target_branch": "main",
                          "created_at": "2026-11-20 10:00:00 UTC", "updated_at": "2026-11-20 11:00:00 UTC",
                          "merge_status": "checking", "draft": False, "action": "open",
                          "source": GITLAB_PROJECT, "target": GITLAB_PROJECT,
                          "last_commit": {"id": HASHES[0], "message": "APP-1 fix"},
                          "url": "https://gitlab.example.com/shop/app/-/merge_requests/12"},
    "assignees": [GITLAB_USER], "reviewers": [{**GITLAB_USER, "id": 2, "name": "Eva", "username": "eva"}]}
GITLAB_PIPELINE = {
    "object_kind": "pipeline",
    "object_attributes": {"id": 5000, "iid": 42, "name": "CI", "ref": "feature/APP-1-login", "tag": False,
                          "sha": HASHES[0], "before_sha": ZERO, "source": "push", "status": "success",
                          "detailed_status": "passed", "stages": ["build"],
                          "created_at": "2026-11-20 12:00:00 UTC", "finished_at": "2026-11-20 12:05:00 UTC",
                          "duration": 300, "queued_duration": 3, "variables": [],
                          "url": "https://gitlab.example.com/shop/app/-/pipelines/5000"},
    "merge_request": None, "user": GITLAB_USER, "project": GITLAB_PROJECT, "builds": [],
    "commit": {"id": HASHES[0], "message": "APP-2 more", "title": "APP-2 more",
               "timestamp": "2026-11-20T11:00:00+00:00", "url": "https://gitlab.example.com/x",
               "author": {"name": "Ada", "email": "ada@example.com"}}}
GITLAB_DEPLOYMENT = {
    "object_kind": "deployment", "status": "success", "status_changed_at": "2026-11-20 12:10:00 +0000",
    "deployment_id": 77, "deployable_id": 796, "environment": "prod-eu", "environment_slug": "prod-eu",
    "environment_tier": "production", "environment_external_url": None,
    "deployable_url": "https://gitlab.example.com/shop/app/-/jobs/796", "project": GITLAB_PROJECT,
    "short_sha": HASHES[0][:8], "user": GITLAB_USER, "user_url": "https://gitlab.example.com/ada",
    "commit_url": f"https://gitlab.example.com/shop/app/-/commit/{HASHES[0]}", "ref": "release/APP-1",
    "commit_title": "APP-2 more"}

BITBUCKET_USER = {"name": "ada", "emailAddress": "ada@example.com", "id": 1, "displayName": "Ada",
                  "active": True, "slug": "ada", "type": "NORMAL"}
BITBUCKET_REPOSITORY = {"slug": "app", "id": 84, "name": "app", "hierarchyId": "x", "scmId": "git",
                        "state": "AVAILABLE", "statusMessage": "Available", "forkable": True,
                        "project": {"key": "SHOP", "id": 4, "name": "Shop", "public": False,
                                    "type": "NORMAL"}, "public": False, "archived": False,
                        "links": {"clone": [{"href": "https://bb.example.com/scm/shop/app.git",
                                             "name": "http"}],
                                  "self": [{"href": "https://bb.example.com/projects/SHOP/repos/app/browse"}]}}


def bitbucket_commit(number):
    return {"id": HASHES[number], "displayId": HASHES[number][:11], "author": BITBUCKET_USER,
            "authorTimestamp": 1795687200000, "committer": BITBUCKET_USER,
            "committerTimestamp": 1795687200000, "message": "APP-1 fix", "parents": []}


BITBUCKET_PUSH = {
    "eventKey": "repo:refs_changed", "date": "2026-11-20T13:00:00+0100", "actor": BITBUCKET_USER,
    "repository": BITBUCKET_REPOSITORY,
    "changes": [{"ref": {"id": "refs/heads/feature/APP-1-login", "displayId": "feature/APP-1-login",
                         "type": "BRANCH"}, "refId": "refs/heads/feature/APP-1-login",
                 "fromHash": ZERO, "toHash": HASHES[0], "type": "ADD"}],
    "commits": [bitbucket_commit(0)], "toCommit": bitbucket_commit(0)}
BITBUCKET_PULL_REQUEST = {
    "eventKey": "pr:opened", "date": "2026-11-20T13:00:00+0100", "actor": BITBUCKET_USER,
    "pullRequest": {"id": 12, "version": 0, "title": "APP-1 log in", "state": "OPEN", "open": True,
                    "closed": False, "createdDate": 1795687200000, "updatedDate": 1795687200000,
                    "fromRef": {"id": "refs/heads/feature/APP-1-login", "displayId": "feature/APP-1-login",
                                "latestCommit": HASHES[0], "repository": BITBUCKET_REPOSITORY},
                    "toRef": {"id": "refs/heads/main", "displayId": "main", "latestCommit": HASHES[1],
                              "repository": BITBUCKET_REPOSITORY}, "locked": False,
                    "author": {"user": BITBUCKET_USER, "role": "AUTHOR", "approved": False,
                               "status": "UNAPPROVED"},
                    "reviewers": [{"user": {**BITBUCKET_USER, "displayName": "Eva"}, "role": "REVIEWER",
                                   "approved": True, "status": "APPROVED"}], "participants": [],
                    "links": {"self": [{"href": "https://bb.example.com/projects/SHOP/repos/app/"
                                                "pull-requests/12"}]}}}

GITEA_USER = {"id": 1, "login": "ada", "login_name": "", "full_name": "Ada", "email": "ada@example.com",
              "avatar_url": "https://gitea.example.com/avatars/1", "html_url": "https://gitea.example.com/ada",
              "username": "ada"}
GITEA_REPOSITORY = {"id": 7, "owner": {**GITEA_USER, "login": "shop"}, "name": "app",
                    "full_name": "shop/app", "private": False, "fork": False, "size": 20,
                    "html_url": "https://gitea.example.com/shop/app",
                    "clone_url": "https://gitea.example.com/shop/app.git", "default_branch": "main",
                    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-11-20T10:00:00Z"}
GITEA_COMMIT = {"id": HASHES[0], "message": "APP-1 fix\n", "url": "https://gitea.example.com/shop/app/"
                                                                  f"commit/{HASHES[0]}",
                "author": {"name": "Ada", "email": "ada@example.com", "username": "ada"},
                "committer": {"name": "Ada", "email": "ada@example.com", "username": "ada"},
                "verification": None, "timestamp": "2026-11-20T12:00:00+02:00", "added": [],
                "removed": [], "modified": ["b.c"]}
GITEA_PUSH = {"ref": "refs/heads/feature/APP-1-login", "before": HASHES[8], "after": HASHES[0],
              "compare_url": "https://gitea.example.com/shop/app/compare/x", "commits": [GITEA_COMMIT],
              "total_commits": 7, "head_commit": GITEA_COMMIT, "repository": GITEA_REPOSITORY,
              "pusher": GITEA_USER, "sender": GITEA_USER}
GITEA_DELETE = {"ref": "feature/APP-1-login", "ref_type": "branch", "pusher_type": "user",
                "repository": GITEA_REPOSITORY, "sender": GITEA_USER}
GITEA_PULL_REQUEST = {
    "action": "closed", "number": 12, "repository": GITEA_REPOSITORY, "sender": GITEA_USER,
    "pull_request": {"id": 3, "number": 12, "user": GITEA_USER, "title": "APP-1 log in", "body": "",
                     "labels": [], "state": "closed", "is_locked": False, "comments": 1,
                     "html_url": "https://gitea.example.com/shop/app/pulls/12", "mergeable": False,
                     "merged": True, "merged_at": "2026-11-20T11:00:00Z", "merged_by": GITEA_USER,
                     "base": {"label": "main", "ref": "main", "sha": HASHES[1], "repo": GITEA_REPOSITORY},
                     "head": {"label": "feature/APP-1-login", "ref": "feature/APP-1-login",
                              "sha": HASHES[0], "repo": GITEA_REPOSITORY},
                     "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T11:00:00Z",
                     "closed_at": "2026-11-20T11:00:00Z"}}
