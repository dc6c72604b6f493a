"""Validates request bodies, one a line, against Atlassian's schemas and a few rules of their text.

Usage: check_payloads.py SCHEMAS BODIES
"""

import json
import re
import sys
from collections import Counter

import jsonschema

# The list of each API's body, and where its schema stands. Jira's path for the last has another
# version where a program on premises calls it.
APIS = {
    "builds": ("builds", "/rest/builds/0.1/bulk"),
    "deployments": ("deployments", "/rest/deployments/0.1/bulk"),
    "flags": ("featureflags", "/rest/featureflags/0.1/bulk"),
    "repositories": ("devinfo", "/rest/devinfo/0.10/bulk"),
}
ENTITIES = ("commits", "branches", "pullRequests")

# What the schema has and we never send.
UNUSED = {
    "builds.issueKeys", "deployments.issueKeys", "flags.issueKeys",
    "repositories.description", "repositories.forkOf", "repositories.avatar", "repositories.avatarDescription",
    "repositories.commits.associations", "repositories.branches.associations",
    "repositories.pullRequests.associations", "repositories.commits.hash",
    "repositories.commits.author.username", "repositories.pullRequests.author.username",
    "repositories.pullRequests.reviewers.url", "repositories.pullRequests.reviewers.avatar",
    "repositories.pullRequests.reviewers.accountId",
}
ENTITY_ID = re.compile(r"[A-Za-z0-9~._-]{1,1024}")


def strict(schema):
    """The schema with every object closed, so that a member that Jira does not know is found."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(value) for name, value in schema.items() if name != "example"}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["type"] = "object"
        closed["additionalProperties"] = False
    return closed


def request_schema(schemas, name):
    api, path = APIS[name]
    operation = schemas[api][path]["item"]["post"]
    return strict(operation["requestBody"]["content"]["application/json"]["schema"])


def utf16_length(text):
    return len(text.encode("utf-16-le")) // 2


def long_texts(value, schema, place):
    """Atlassian counts UTF-16 units, jsonschema counts characters: measure again."""
    if isinstance(value, str):
        limit = schema.get("maxLength")
        if limit is not None and utf16_length(value) > limit:
            yield f"{place} has {utf16_length(value)} UTF-16 units, more than {limit}"
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from long_texts(member, schema.get("properties", {}).get(name, {}), f"{place}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from long_texts(item, schema.get("items", {}), f"{place}[{index}]")


def broken_rules(item, place):
    """What the schema says in words only."""
    associations = item.get("associations", [])
    types = [association["associationType"] for association in associations]
    if "issueKeys" in item:
        yield f"{place} has the deprecated issueKeys"
    if "associations" in item and not associations:
        yield f"{place} has empty associations"
    if len(types) != len(set(types)) or len(types) > 3:
        yield f"{place} has the association types {types}"
    if sum(len(association["values"]) for association in associations) > 500:
        yield f"{place} has more than 500 association values"
    number = item.get("buildNumber", item.get("deploymentSequenceNumber"))
    if number is not None and not item["displayName"].endswith(f" #{number}"):
        yield f"{place}.displayName does not end in the number"


def broken_entity(entity, place):
    if not ENTITY_ID.fullmatch(entity["id"]):
        yield f"{place}.id is {entity['id']}"
    if ("issueKeys" in entity) == ("associations" in entity):
        yield f"{place} has both issueKeys and associations, or neither"
    if "lastCommit" in entity:
        yield from broken_entity(entity["lastCommit"], f"{place}.lastCommit")


def broken_repository(repository, place):
    """Ids are unique, and a commit is the same wherever it stands."""
    numbers, commits = [], {}
    for name in ENTITIES:
        entities = repository.get(name, [])
        ids = [entity["id"] for entity in entities]
        if len(ids) != len(set(ids)):
            yield f"{place}.{name} has an id twice"
        for index, entity in enumerate(entities):
            yield from broken_entity(entity, f"{place}.{name}[{index}]")
            numbers.append(entity["updateSequenceId"])
            commit = entity if name == "commits" else entity.get("lastCommit")
            if commit is not None:
                numbers.append(commit["updateSequenceId"])
                if commits.setdefault(commit["id"], commit) != commit:
                    yield f"{place}: the copies of commit {commit['id']} differ"
    if repository["updateSequenceId"] != max(numbers):
        yield f"{place}.updateSequenceId is not the highest of its entities"


def broken_body(body):
    ids = [repository["id"] for repository in body.get("repositories", [])]
    if len(ids) != len(set(ids)):
        yield "a repository stands in the body twice"


def problems(body, validator, schema, kind, line):
    for error in validator.iter_errors(body):
        yield f"line {line}: {error.json_path}: {error.message[:300]}"
    for text in long_texts(body, schema, f"line {line}: $"):
        yield text
    for problem in broken_body(body):
        yield f"line {line}: {problem}"
    broken = broken_repository if kind == "repositories" else broken_rules
    for index, item in enumerate(body[kind]):
        yield from broken(item, f"line {line}: {kind}[{index}]")


def members_of(value, prefix=""):
    """The paths of all members, to see that the generated events touch every one."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield prefix + name
            yield from members_of(member, prefix + name + ".")
    elif isinstance(value, list):
        for item in value:
            yield from members_of(item, prefix)


def schema_members(schema, prefix):
    """The paths of all members that a schema knows but those below `lastCommit`, a commit again."""
    for name, member in schema.get("properties", {}).items():
        yield prefix + name
        if name != "lastCommit":
            yield from schema_members(member, f"{prefix}{name}.")
            yield from schema_members(member.get("items", {}), f"{prefix}{name}.")


def self_check(validators, samples):
    """A validator that lets everything pass would prove nothing."""
    for kind, body in samples.items():
        for spoil in (
            lambda item: [item.pop(name, None) for name in ("url", "summary")],
            lambda item: item.update(state="done"),
            lambda item: item.update(pipelinename="x"),
            lambda item: item.update(lastUpdated="yesterday"),
            lambda item: item.update(updateSequenceNumber="1", updateSequenceId="1"),
        ):
            spoilt = json.loads(json.dumps(body))
            spoil(spoilt[kind][0])
            if validators[kind].is_valid(spoilt):
                return f"the schema of {kind} takes a spoilt body"
    return None


def main():
    schemas_path, bodies_path = sys.argv[1:]
    with open(schemas_path, encoding="utf-8") as file:
        schemas = json.load(file)
    checker = jsonschema.FormatChecker()

    @checker.checks("date-time", raises=ValueError)
    def is_date_time(value):
        from datetime import datetime

        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ") is not None

    closed = {kind: request_schema(schemas, kind) for kind in APIS}
    validators = {
        kind: jsonschema.Draft7Validator(schema, format_checker=checker) for kind, schema in closed.items()
    }
    found, items, members, samples = [], Counter(), set(), {}
    with open(bodies_path, encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            body = json.loads(text)
            kind = next(name for name in APIS if name in body)
            samples.setdefault(kind, body)
            items[kind] += len(body[kind])
            members.update(f"{kind}.{name}" for item in body[kind] for name in members_of(item))
            found.extend(problems(body, validators[kind], closed[kind], kind, line))

    for kind, schema in closed.items():
        for name in set(schema_members(schema["properties"][kind]["items"], f"{kind}.")):
            if name not in members | UNUSED and not name.startswith(tuple(UNUSED)):
                found.append(f"no generated event has {name}")
    if len(items) < len(APIS) or min(items.values()) < 50:
        found.append(f"too few items to prove anything: {dict(items)}")
    else:
        found.extend(filter(None, [self_check(validators, samples)]))
    for problem in found[:20]:
        print(problem)
    print(", ".join(f"{count} {name}" for name, count in items.items()) + f", {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
