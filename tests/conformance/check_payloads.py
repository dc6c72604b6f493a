"""Validates request bodies, one a line, against Atlassian's schemas and a few rules of their text.

Usage: check_payloads.py SCHEMAS BODIES
"""

import json
import sys
from collections import Counter

import jsonschema

KINDS = {"builds": "/rest/builds/0.1/bulk", "deployments": "/rest/deployments/0.1/bulk"}


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


def request_schema(schemas, kind):
    operation = schemas[kind][KINDS[kind]]["item"]["post"]
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
    if not item["displayName"].endswith(f" #{item.get('buildNumber', item.get('deploymentSequenceNumber'))}"):
        yield f"{place}.displayName does not end in the number"


def problems(body, validator, schema, kind, line):
    for error in validator.iter_errors(body):
        yield f"line {line}: {error.json_path}: {error.message[:300]}"
    for text in long_texts(body, schema, f"line {line}: $"):
        yield text
    for index, item in enumerate(body[kind]):
        yield from broken_rules(item, f"line {line}: {kind}[{index}]")


def members_of(value, prefix=""):
    """The paths of all members, to see that the generated events touch every one."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield prefix + name
            yield from members_of(member, prefix + name + ".")
    elif isinstance(value, list):
        for item in value:
            yield from members_of(item, prefix)


def self_check(validators, samples):
    """A validator that lets everything pass would prove nothing."""
    for kind, body in samples.items():
        for spoil in (
            lambda item: item.pop("url"),
            lambda item: item.update(state="done"),
            lambda item: item.update(pipelinename="x"),
            lambda item: item.update(lastUpdated="yesterday"),
            lambda item: item.update(updateSequenceNumber="1"),
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

    closed = {kind: request_schema(schemas, kind) for kind in KINDS}
    validators = {
        kind: jsonschema.Draft7Validator(schema, format_checker=checker) for kind, schema in closed.items()
    }
    found, items, members, samples = [], Counter(), set(), {}
    with open(bodies_path, encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            body = json.loads(text)
            kind = "builds" if "builds" in body else "deployments"
            samples.setdefault(kind, body)
            items[kind] += len(body[kind])
            members.update(f"{kind}.{name}" for item in body[kind] for name in members_of(item))
            found.extend(problems(body, validators[kind], closed[kind], kind, line))

    unused = {"builds.issueKeys", "deployments.issueKeys"}
    for kind, schema in closed.items():
        for name in schema["properties"][kind]["items"]["properties"]:
            if f"{kind}.{name}" not in members | unused:
                found.append(f"no generated event has {kind}.{name}")
    if len(items) < 2 or min(items.values()) < 50:
        found.append(f"too few items to prove anything: {dict(items)}")
    else:
        found.extend(filter(None, [self_check(validators, samples)]))
    for problem in found[:20]:
        print(problem)
    print(f"{items['builds']} builds, {items['deployments']} deployments, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
