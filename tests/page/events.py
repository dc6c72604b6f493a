"""Items as Jira's APIs take them."""

import datetime


def stamp(minutes_ago=0):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def build(number, keys, state="successful", minutes_ago=0, **more):
    return {
        "schemaVersion": "1.0", "pipelineId": "team/app", "buildNumber": number,
        "updateSequenceNumber": number, "displayName": "team » app",
        "url": f"https://ci.example.com/job/app/{number}/", "state": state,
        "lastUpdated": stamp(minutes_ago),
        "associations": [{"associationType": "issueIdOrKeys", "values": keys}],
        **more,
    }


ENVIRONMENTS = {
    "dev": ("Playground", "development"),
    "test": ("Test", "testing"),
    "stage": ("Staging EU", "staging"),
    "prod": ("Production EU", "production"),
}


def deployment(number, keys, environment, state="successful", minutes_ago=0, **more):
    name, kind = ENVIRONMENTS[environment]
    return {
        "schemaVersion": "1.0", "deploymentSequenceNumber": number, "updateSequenceNumber": number,
        "displayName": "team » app", "url": f"https://ci.example.com/job/app/{number}/",
        "description": "", "lastUpdated": stamp(minutes_ago), "state": state, "duration": 61,
        "pipeline": {"id": "team/app", "displayName": "team » app", "url": "https://ci.example.com/job/app/"},
        "environment": {"id": environment, "displayName": name, "type": kind},
        "associations": [{"associationType": "issueIdOrKeys", "values": keys}],
        **more,
    }


def flag(key, keys):
    url = f"https://flags.example.com/{key}"
    status = {"enabled": True, "rollout": {"percentage": 25}}
    return {
        "schemaVersion": "1.0", "id": key, "key": key, "updateSequenceId": 1, "displayName": "New login form",
        "summary": {"url": url, "status": status, "lastUpdated": stamp()},
        "details": [
            {"url": url, "lastUpdated": stamp(), "environment": {"name": "Production EU", "type": "production"}, "status": status},
            {"url": url, "lastUpdated": stamp(), "environment": {"name": "Test", "type": "testing"}, "status": {"enabled": False}},
        ],
        "associations": [{"associationType": "issueIdOrKeys", "values": keys}],
    }


def commit(number, keys, minutes_ago=0, **more):
    digits = f"{number:040x}"
    return {
        "id": digits, "updateSequenceId": number, "displayId": digits[-7:], "message": f"Commit {number}\n\nLonger.",
        "author": {"name": "Ada Lovelace", "email": "ada@example.com"}, "authorTimestamp": stamp(minutes_ago), "fileCount": 3,
        "url": f"https://git.example.com/team/app/commit/{digits}", "issueKeys": keys,
        "files": [{"path": "a.c", "url": "https://git.example.com/team/app/a.c", "changeType": "MODIFIED", "linesAdded": 12, "linesRemoved": 3}],
        **more,
    }


def branch(name, keys, last):
    return {
        "id": name.replace("/", "~2F"), "updateSequenceId": last["updateSequenceId"], "name": name, "lastCommit": last, "issueKeys": keys,
        "url": f"https://git.example.com/team/app/tree/{name}", "createPullRequestUrl": "https://git.example.com/team/app/compare",
    }


def pull(number, keys, status="OPEN", minutes_ago=0, **more):
    return {
        "id": str(number), "updateSequenceId": number, "displayId": f"#{number}", "status": status, "title": f"Pull request {number}",
        "author": {"name": "Ada Lovelace"}, "commentCount": 2, "sourceBranch": "feature/APP-1-login", "destinationBranch": "main",
        "sourceBranchUrl": "https://git.example.com/team/app/tree/feature/APP-1-login", "lastUpdate": stamp(minutes_ago),
        "url": f"https://git.example.com/team/app/pull/{number}", "issueKeys": keys,
        "reviewers": [{"name": "Grace Hopper", "approvalStatus": "APPROVED"}, {"name": "Alan Turing", "approvalStatus": "UNAPPROVED"}],
        **more,
    }


def repository(**lists):
    return {"repositories": [{
        "id": "git.example.com~2Fteam~2Fapp", "name": "team/app", "url": "https://git.example.com/team/app", "updateSequenceId": 100, **lists}]}
