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
