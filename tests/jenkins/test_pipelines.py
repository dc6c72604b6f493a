"""Pipelines: the examples, gates, automatic events."""

import os
import time

from world import (
    Case, FOLDER, SITE, builds, configure, deployments, example, jenkins, other, pipeline,
    posted, sent, site, workspace)


class Pipelines(Case):
    def test_10_build(self):
        pipeline("build", example("build"), BRANCH_NAME="feature/APP-1-login")
        console = self.good("build")
        item, = builds("build")
        self.assertEqual((item["state"], item["buildNumber"], item["issueKeys"]),
                         ("successful", 1, ["APP-1"]), console)
        self.assertEqual(item["url"], f"{jenkins.url}/job/build/1/")
        line, = posted("build", 1)
        for word in ("build #1", SITE, "accepted", "APP-1"):
            self.assertIn(word, line)

    def test_11_deployments(self):
        pipeline("deployments", example("deployments"), BRANCH_NAME="main", CHANGE_TITLE="APP-2 fix")
        self.good("deployments")
        self.assertEqual(sorted((item["environment"]["id"], item["environment"]["type"], item["state"])
                                for item in deployments("deployments")),
                         [("eu-production", "production", "successful"),
                          ("eu-staging", "staging", "successful")])

    def test_12_scripted(self):
        pipeline("scripted", example("scripted"), BRANCH_NAME="feature/APP-3")
        self.good("scripted")
        self.assertEqual(sent("builds", "scripted"), [("in_progress", None), ("successful", None)])
        self.assertEqual(sent("deployments", "scripted"),
                         [("in_progress", "eu-staging"), ("successful", "eu-staging")])

    def test_13_scripted_failure(self):
        pipeline("broken", example("scripted"), BRANCH_NAME="feature/APP-3")
        with open(os.path.join(workspace("broken"), "build.sh"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 3\n")
        result, console = jenkins.build("broken")
        self.assertEqual(result, "FAILURE", console)
        self.assertEqual(sent("builds", "broken"), [("in_progress", None), ("failed", None)])

    def test_14_other_examples(self):
        for name, parameters in (("build-and-deploy", {}), ("post-sections", {}), ("services", {}),
                                 ("pull-request", {"CHANGE_ID": "12", "CHANGE_BRANCH": "APP-8-x"}),
                                 ("rollback", {}), ("answers", {})):
            with self.subTest(name):
                pipeline(name, example(name), BRANCH_NAME="main", CHANGE_TITLE="APP-9 more",
                         **parameters)
                console = self.good(name)
                self.assertNotIn("[jirasend] error", console)
                self.assertTrue(builds(name) or deployments(name), console)
        self.assertEqual(sorted(deployments("services")[0]["issueKeys"]), ["APP-21", "APP-22", "OPS-3"])
        self.assertEqual(builds("post-sections")[0]["label"], "v1.1")

    def test_14_trigger_plugins(self):
        """What the trigger plugins of Git servers say of a pull request; where it goes to names no issue."""
        for name, variables in (
                ("github", {"ghprbSourceBranch": "APP-201-x", "ghprbPullTitle": "APP-202: it",
                            "ghprbActualCommit": "0" * 40, "ghprbTargetBranch": "release/APP-209"}),
                ("gitlab", {"gitlabSourceBranch": "APP-201-x", "gitlabMergeRequestTitle": "APP-202",
                            "gitlabTargetBranch": "release/APP-209"}),
                ("gerrit", {"GERRIT_CHANGE_SUBJECT": "APP-201 it", "GERRIT_TOPIC": "APP-202-topic",
                            "GERRIT_BRANCH": "release/APP-209"}),
                ("bitbucket", {"BITBUCKET_SOURCE_BRANCH": "APP-201", "BITBUCKET_PULL_REQUEST_TITLE": "APP-202",
                               "BITBUCKET_TARGET_BRANCH": "release/APP-209"})):
            with self.subTest(name):
                pipeline(f"by-{name}", "jiraSendBuildInfo()\n", **variables)
                self.good(f"by-{name}")
                self.assertEqual(builds(f"by-{name}")[0]["issueKeys"], ["APP-201", "APP-202"])

    def test_15_unknown_site_and_no_keys(self):
        pipeline("none", "def a = jiraSendBuildInfo(site: 'evil.example.com')\n"
                         "echo 'first ' + a[0].status + ' ' + a[0].jiraSite\n"
                         "def b = jiraSendBuildInfo()\necho 'second ' + b[0].status\n"
                         "jiraSendBuildInfo(site: 'evil.example.com', failOnError: true)\n")
        result, console = jenkins.build("none")
        self.assertEqual(result, "FAILURE", console)
        self.assertIn("first error evil.example.com", console)
        self.assertIn("second skipped", console)
        self.assertNotIn("\tat ", console)

    def test_17_automatic_deployments(self):
        configure(site(automaticDeployments=True))
        pipeline("automatic", example("automatic-deployments"), BRANCH_NAME="main", CHANGE_TITLE="APP-6 x")
        self.good("automatic")
        jenkins.wait_for(lambda: len(sent("deployments", "automatic")) >= 4, 30, "not four events")
        self.assertEqual(sorted(sent("deployments", "automatic")),
                         [("in_progress", "production"), ("in_progress", "staging"),
                          ("successful", "production"), ("successful", "staging")])
        pipeline("skipped", example("automatic-deployments"), BRANCH_NAME="other", CHANGE_TITLE="APP-6 x")
        self.good("skipped")
        jenkins.wait_for(lambda: len(sent("deployments", "skipped")) >= 2, 30, "not two events")
        time.sleep(2)
        self.assertEqual(sorted(sent("deployments", "skipped")),
                         [("in_progress", "staging"), ("successful", "staging")])

    def test_18_two_sites(self):
        configure(site(), site(site=other.url, cloudId="", apiUrl=other.url, idPrefix="ci-2/",
                               jobs="both/.*", automaticBuilds=True))
        jenkins.create("both", FOLDER)
        pipeline("both/app", "node { echo 'x' }\n"
                             "def a = jiraSendBuildInfo()\necho a*.jiraSite.join(' and ')\n",
                 BRANCH_NAME="feature/APP-5")
        console = self.good("both/app")
        self.assertIn(f"{SITE} and {other.url}", console)
        self.assertEqual(len(builds("both/app")), 1)
        jenkins.wait_for(lambda: len(sent("builds", "ci-2/both/app", other)) >= 2, 30, "no two events")
        time.sleep(1)
        # The automatic start, then the step's: after that nothing automatic.
        self.assertEqual(sent("builds", "ci-2/both/app", other),
                         [("in_progress", None), ("successful", None)])
