"""Asks a real sandbox for an answer of each kind and validates it against Atlassian's schemas.

Usage: check_sandbox.py SCHEMAS
"""

import json
import re
import sys
import time

import jsonschema

from check_payloads import strict
from events import branch, build, commit, deployment, flag, pull, repository
from sandbox import Sandbox

MODULES = ("builds", "deployments", "featureflags", "devinfo")


class Conformance:
    def __init__(self, schemas, sandbox):
        self.sandbox = sandbox
        self.problems = []
        self.seen = set()
        self.operations = []  # (module, verb, pattern of the path after the cloud id, answers by status)
        for module in MODULES:
            for item in schemas[module].values():
                rest = item["oauth2lo_url"].split("/cloud/{cloudId}/", 1)[1]
                pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", rest) + r"(\?.*)?")
                for verb in ("get", "post", "delete"):
                    if verb in item["item"]:
                        self.operations.append((module, verb, pattern, item["item"][verb]["responses"]))

    def ask(self, verb, path, status, body=None):
        answer = self.sandbox.api(verb.upper(), path, body, {"Content-Type": "application/json"})
        module, rest = path.split("/", 1)
        for name, wanted, pattern, answers in self.operations:
            if name == module and wanted == verb and pattern.fullmatch(rest):
                break
        else:
            raise AssertionError(f"no such operation: {verb} {path}")
        self.seen.add((module, verb, pattern.pattern, status))
        place = f"{verb} {path} {status}"
        if answer.status != status:
            self.problems.append(f"{place}: the sandbox answered {answer.status}: {answer.body.decode()[:200]}")
            return None
        content = answers.get(str(status), {}).get("content", {}).get("application/json")
        if str(status) not in answers and "default" not in answers:
            self.problems.append(f"{place}: the operation has no such answer")
        if content is None:
            return json.loads(answer.body) if answer.body else None
        value = answer.json()
        for error in jsonschema.Draft7Validator(strict(content["schema"])).iter_errors(value):
            self.problems.append(f"{place}: {error.json_path}: {error.message[:200]}")
        return value

    def expect(self, condition, what):
        if not condition:
            self.problems.append(what)


def lists(check):
    """Builds, deployments, flags: accepted and rejected, given back, deleted, deleted by property."""
    bad_build = dict(build(2, ["APP-1"]), state="done")
    bad_deployment = dict(deployment(2, ["APP-1"], "prod"), state="done")
    bad_flag = dict(flag("bad", ["APP-1"]), details=[])
    gate = [{"command": "initiate_deployment_gating"}]
    for module, name, items, one in (
            ("builds", "builds", [build(1, ["APP-1", "XX-1"]), bad_build], "pipelines/team%2Fapp/builds/{}"),
            ("deployments", "deployments", [deployment(1, ["APP-1", "XX-1"], "prod", commands=gate), bad_deployment],
             "pipelines/team%2Fapp/environments/prod/deployments/{}"),
            ("featureflags", "flags", [flag("1", ["APP-1", "XX-1"]), bad_flag], "flag/{}")):
        path = f"{module}/{one}"
        check.ask("get", path.format(1), 404)
        check.ask("post", f"{module}/bulk", 400, {name: []})
        properties = {"jirasend": "conformance"}
        answer = check.ask("post", f"{module}/bulk", 202, {"properties": properties, name: items})
        check.expect(answer["unknownIssueKeys"] == ["XX-1"], f"{module}: unknown keys {answer}")
        check.expect(all(answer[each] for each in answer if each.startswith(("accepted", "rejected", "failed"))),
                     f"{module}: nothing accepted or nothing rejected: {answer}")
        check.ask("get", path.format(1), 200)
        if module == "deployments":
            check.ask("get", f"{path.format(1)}/gating-status", 200)
            check.ask("get", f"{path.format(9)}/gating-status", 404)
        check.ask("delete", f"{module}/bulkByProperties", 400)
        check.ask("delete", path.format(1), 202)
        wait_for(check, path.format(1))
        check.ask("post", f"{module}/bulk", 202, {"properties": properties, name: items[:1]})
        check.ask("delete", f"{module}/bulkByProperties?jirasend=conformance", 202)
        wait_for(check, path.format(1))


def wait_for(check, path):
    end = time.monotonic() + 10
    while check.sandbox.api("GET", path).status == 200 and time.monotonic() < end:
        time.sleep(0.05)
    check.ask("get", path, 404)


def devinfo(check):
    last = commit(3, ["APP-1"])
    body = repository(
        commits=[commit(1, ["APP-1", "XX-1"]), dict(commit(2, ["APP-1"]), url="no address"), commit(5, ["XX-1"])],
        branches=[branch("feature/APP-1", ["APP-1"], last), dict(branch("b", ["APP-1"], last), name="")],
        pullRequests=[pull(1, ["APP-1"]), pull(2, ["APP-1"], "SHUT")])
    body["properties"] = {"jirasend": "conformance"}
    broken = json.loads(json.dumps(body["repositories"][0]))
    broken.update(id="other", url="")
    body["repositories"].append(broken)
    place = "devinfo/repository/git.example.com~2Fteam~2Fapp"
    check.ask("get", place, 404)
    check.ask("post", "devinfo/bulk", 400, {"repositories": []})
    check.ask("post", "devinfo/bulk", 413, "{\"repositories\":[" + " " * 1100000)
    answer = check.ask("post", "devinfo/bulk", 202, body)
    failed = answer["failedDevinfoEntities"]
    check.expect({name: len(failed["git.example.com~2Fteam~2Fapp"][name]) for name in ("commits", "branches", "pullRequests")}
                 == {"commits": 2, "branches": 1, "pullRequests": 1}, f"devinfo: failed {failed}")
    check.expect(list(failed["other"]) == ["errorMessages"], f"devinfo: failed {failed}")
    given = check.ask("get", place, 200)
    check.expect([len(given[name]) for name in ("commits", "branches", "pullRequests")] == [2, 1, 1], "devinfo: the repository given back")
    check.ask("get", "devinfo/existsByProperties", 400)
    check.expect(check.ask("get", "devinfo/existsByProperties?jirasend=conformance", 200)["hasDataMatchingProperties"], "devinfo: exists")
    check.ask("delete", f"{place}/tag/1", 400)
    check.ask("delete", f"{place}/pull_request/1?_updateSequenceId=5", 202)
    check.ask("delete", f"{place}?_updateSequenceId=200", 202)
    wait_for(check, place)
    check.ask("delete", "devinfo/bulkByProperties", 400)
    check.ask("delete", "devinfo/bulkByProperties?jirasend=conformance", 202)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schemas = json.load(file)
    with Sandbox("--known-keys", "APP-*", "--eventually", "50") as sandbox:
        check = Conformance(schemas, sandbox)
        lists(check)
        devinfo(check)
    asked = {entry[:3] for entry in check.seen}
    for module, verb, pattern, _ in check.operations:
        if (module, verb, pattern.pattern) not in asked:
            check.problems.append(f"never asked: {verb} {module}/{pattern.pattern}")
    for problem in check.problems[:20]:
        print(problem)
    print(f"{len(check.operations)} operations, {len(check.seen)} answers, {len(check.problems)} problems")
    return 1 if check.problems else 0


sys.exit(main())
