"""Facts from the variables of every CI: inside a job the state is all that is needed."""

import json
import unittest

from cli_support import CliTest, wire

SUCCESS = ("--state", "successful")


def keys_of(item):
    return item["associations"][0]["values"]


class Variables(CliTest):
    needs_sandbox = False

    def build(self, variables, *options):
        return self.body("build", *options, env=variables)["builds"][0]

    def deployment(self, variables, *options):
        return self.body("deployment", *options, env=variables)["deployments"][0]

    def check(self, item, pipeline, number, url, keys, commit=None, repository=None, branch=None,
              branch_url=None):
        self.assertEqual(item["pipelineId"], wire(pipeline))
        self.assertEqual(item["buildNumber"], number)
        self.assertEqual(item["url"], url)
        self.assertEqual(keys_of(item), keys)
        reference = {}
        if commit and repository:
            reference["commit"] = {"id": commit, "repositoryUri": repository}
        if branch:
            reference["ref"] = {"name": branch, "uri": branch_url or repository}
        self.assertEqual(item.get("references", []), [reference] if reference else [])

    JENKINS = {"JENKINS_URL": "https://ci/", "JOB_NAME": "team/app/feature%2FAPP-1",
               "BUILD_NUMBER": "12", "BUILD_URL": "https://ci/job/app/12/",
               "JOB_URL": "https://ci/job/app/", "GIT_BRANCH": "origin/feature/APP-1",
               "GIT_COMMIT": "abc", "GIT_URL": "https://me:token@git.example.com/team/app.git"}

    def test_jenkins(self):
        self.check(self.build(self.JENKINS, *SUCCESS), "team/app/feature%2FAPP-1", 12,
                   "https://ci/job/app/12/", ["APP-1"], "abc",
                   "https://git.example.com/team/app.git", "feature/APP-1")

    def test_jenkins_pull_request(self):
        item = self.build({**self.JENKINS, "BRANCH_NAME": "PR-7", "GIT_BRANCH": "PR-7",
                           "CHANGE_BRANCH": "feature/APP-2", "CHANGE_TITLE": "APP-3 Mend it"},
                          *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-2", "APP-3"])
        self.assertEqual(item["references"][0]["ref"]["name"], "feature/APP-2")

    def test_jenkins_change_request_without_its_branch(self):
        item = self.build({**self.JENKINS, "BRANCH_NAME": "PR-7", "GIT_BRANCH": "PR-7",
                           "CHANGE_ID": "7", "CHANGE_TITLE": "APP-3 Mend it"}, *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-3"])
        self.assertNotIn("ref", item["references"][0])

    def test_jenkins_tag(self):
        item = self.build({**self.JENKINS, "BRANCH_NAME": "v1-APP-9", "TAG_NAME": "v1-APP-9"},
                          *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-9"])
        self.assertNotIn("ref", item["references"][0])

    def test_jenkins_without_its_own_address(self):
        variables = {**self.JENKINS, "JENKINS_URL": None}
        self.assertEqual(self.build(variables, *SUCCESS)["buildNumber"], 12)

    def test_jenkins_deployment(self):
        item = self.deployment(self.JENKINS, *SUCCESS, "--environment", "prod")
        self.assertEqual(item["pipeline"], {"id": wire("team/app/feature%2FAPP-1"),
                                            "displayName": "team/app/feature/APP-1",
                                            "url": "https://ci/job/app/"})

    GITLAB = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "team/app", "CI_PIPELINE_IID": "7",
              "CI_PIPELINE_ID": "9000", "CI_PIPELINE_URL": "https://gl/team/app/-/pipelines/9000",
              "CI_COMMIT_BRANCH": "APP-1-x", "CI_COMMIT_REF_NAME": "APP-1-x",
              "CI_COMMIT_SHA": "abc", "CI_COMMIT_MESSAGE": "APP-2 do\n\nAPP-3",
              "CI_PROJECT_URL": "https://gl/team/app",
              "CI_REPOSITORY_URL": "https://gitlab-ci-token:tok@gl/team/app.git",
              "CI_JOB_STATUS": "success"}

    def test_gitlab(self):
        self.check(self.build(self.GITLAB), "team/app", 7, "https://gl/team/app/-/pipelines/9000",
                   ["APP-1", "APP-2", "APP-3"], "abc", "https://gl/team/app", "APP-1-x",
                   "https://gl/team/app/-/tree/APP-1-x")

    def test_gitlab_merge_request(self):
        item = self.build({**self.GITLAB, "CI_COMMIT_BRANCH": None,
                           "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "APP-5-y",
                           "CI_MERGE_REQUEST_TITLE": "Draft: APP-6"})
        self.assertEqual(keys_of(item), ["APP-5", "APP-6", "APP-2", "APP-3"])

    def test_gitlab_results(self):
        for theirs, ours in (("success", "successful"), ("failed", "failed"),
                             ("canceled", "cancelled"), ("canceling", "cancelled")):
            self.assertEqual(
                self.build({**self.GITLAB, "CI_JOB_STATUS": theirs})["state"], ours)
        self.expect(64, "build", "--dry-run", env={**self.GITLAB, "CI_JOB_STATUS": "running"},
                    says=["--state", "CI_JOB_STATUS"])
        self.expect(64, "build", "--dry-run", env={**self.GITLAB, "CI_JOB_STATUS": "odd"},
                    says="CI_JOB_STATUS")
        self.assertEqual(self.build({**self.GITLAB, "CI_JOB_STATUS": "odd"}, *SUCCESS)["state"],
                         "successful")

    def test_gitlab_environment(self):
        item = self.deployment({**self.GITLAB, "CI_ENVIRONMENT_SLUG": "eu-1",
                                "CI_ENVIRONMENT_NAME": "EU 1",
                                "CI_ENVIRONMENT_TIER": "production"})
        self.assertEqual(item["environment"],
                         {"id": "eu-1", "displayName": "EU 1", "type": "production"})
        item = self.deployment({**self.GITLAB, "CI_ENVIRONMENT_SLUG": "eu-1",
                                "CI_ENVIRONMENT_NAME": "EU 1",
                                "CI_ENVIRONMENT_TIER": "production"}, "--environment", "qa")
        self.assertEqual(item["environment"], {"id": "qa", "displayName": "qa", "type": "testing"})

    def test_gitlab_tag(self):
        item = self.build({**self.GITLAB, "CI_COMMIT_BRANCH": None, "CI_COMMIT_TAG": "v1",
                           "CI_COMMIT_REF_NAME": "v1"})
        self.assertNotIn("ref", item["references"][0])

    TEAMCITY = {"TEAMCITY_VERSION": "2024.1", "TEAMCITY_PROJECT_NAME": "Team",
                "TEAMCITY_BUILDCONF_NAME": "App", "BUILD_NUMBER": "5",
                "BUILD_URL": "https://tc/build/77", "BUILD_VCS_NUMBER": "abc"}

    def test_teamcity(self):
        item = self.build(self.TEAMCITY, *SUCCESS, "--keys", "APP-1")
        self.check(item, "Team/App", 5, "https://tc/build/77", ["APP-1"])

    def test_teamcity_properties(self):
        configuration = self.path("configuration", "teamcity.build.branch=refs/heads/APP-4-x\n"
                                                   "vcsroot.url=git@git.example.com\\:app.git\n")
        build = self.path("build", "teamcity.buildType.id=Team_App\n"
                                   "teamcity.configuration.properties.file=" + configuration + "\n")
        item = self.build({**self.TEAMCITY, "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS)
        self.check(item, "Team_App", 5, "https://tc/build/77", ["APP-4"], "abc",
                   "https://git.example.com/app.git", "APP-4-x")

    def test_bamboo(self):
        item = self.build({"bamboo_buildKey": "T-A-J1", "bamboo_planKey": "T-A",
                           "bamboo_planName": "Team - App", "bamboo_buildNumber": "3",
                           "bamboo_buildResultsUrl": "https://b/T-A-J1-3",
                           "bamboo_planRepository_branchName": "APP-1",
                           "bamboo_planRepository_revision": "abc",
                           "bamboo_planRepository_repositoryUrl": "ssh://git@b:7999/t/app.git"},
                          *SUCCESS)
        self.check(item, "T-A", 3, "https://b/T-A-J1-3", ["APP-1"], "abc", "https://b/t/app.git",
                   "APP-1")

    def test_bitbucket(self):
        variables = {"BITBUCKET_BUILD_NUMBER": "8", "BITBUCKET_REPO_FULL_NAME": "team/app",
                     "BITBUCKET_BRANCH": "APP-1/x y", "BITBUCKET_COMMIT": "abc",
                     "BITBUCKET_EXIT_CODE": "0"}
        self.check(self.build(variables), "team/app", 8,
                   "https://bitbucket.org/team/app/pipelines/results/8", ["APP-1"], "abc",
                   "https://bitbucket.org/team/app", "APP-1/x y",
                   "https://bitbucket.org/team/app/branch/APP-1/x%20y")
        self.assertEqual(self.build({**variables, "BITBUCKET_EXIT_CODE": "137"})["state"], "failed")
        item = self.deployment({**variables, "BITBUCKET_DEPLOYMENT_ENVIRONMENT": "staging-2"})
        self.assertEqual(item["environment"]["type"], "staging")

    def test_github(self):
        event = self.path("event", json.dumps({"pull_request": {"title": "APP-3: it"},
                                               "head_commit": {"message": "APP-4"}}))
        item = self.build({"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "team/app",
                           "GITHUB_WORKFLOW": "CI", "GITHUB_RUN_NUMBER": "6",
                           "GITHUB_RUN_ID": "999", "GITHUB_SERVER_URL": "https://github.com",
                           "GITHUB_SHA": "abc", "GITHUB_REF": "refs/heads/APP-1",
                           "GITHUB_EVENT_PATH": event}, *SUCCESS)
        self.check(item, "team/app/CI", 6, "https://github.com/team/app/actions/runs/999",
                   ["APP-1", "APP-3", "APP-4"], "abc", "https://github.com/team/app", "APP-1",
                   "https://github.com/team/app/tree/APP-1")

    def test_github_pull_request(self):
        item = self.build({"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "team/app",
                           "GITHUB_WORKFLOW": "CI", "GITHUB_RUN_NUMBER": "6",
                           "GITHUB_RUN_ID": "9", "GITHUB_SERVER_URL": "https://github.com",
                           "GITHUB_REF": "refs/pull/12/merge", "GITHUB_HEAD_REF": "APP-2-y"},
                          *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-2"])

    def test_azure(self):
        variables = {"TF_BUILD": "True", "SYSTEM_TEAMPROJECT": "My Team",
                     "BUILD_DEFINITIONNAME": "app", "BUILD_BUILDID": "55",
                     "BUILD_BUILDNUMBER": "20261123.1",
                     "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://dev.azure.com/acme/",
                     "BUILD_SOURCEBRANCH": "refs/heads/feature/APP-1", "BUILD_SOURCEVERSION": "abc",
                     "BUILD_SOURCEVERSIONMESSAGE": "APP-2",
                     "BUILD_REPOSITORY_URI": "https://acme@dev.azure.com/acme/t/_git/app",
                     "AGENT_JOBSTATUS": "SucceededWithIssues"}
        self.check(self.build(variables), "My Team/app", 55,
                   "https://dev.azure.com/acme/My%20Team/_build/results?buildId=55",
                   ["APP-1", "APP-2"], "abc", "https://dev.azure.com/acme/t/_git/app",
                   "feature/APP-1")
        for theirs, ours in (("Succeeded", "successful"), ("Failed", "failed"),
                             ("Canceled", "cancelled")):
            self.assertEqual(self.build({**variables, "AGENT_JOBSTATUS": theirs})["state"], ours)

    def test_azure_classic_release(self):
        item = self.deployment({"TF_BUILD": "True", "SYSTEM_TEAMPROJECT": "Team",
                                "BUILD_DEFINITIONNAME": "app", "BUILD_BUILDID": "55",
                                "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
                                "BUILD_SOURCEBRANCH": "refs/heads/APP-1",
                                "RELEASE_ENVIRONMENTNAME": "Production EU"}, *SUCCESS)
        self.assertEqual(item["environment"], {"id": wire("Production EU"), "type": "production",
                                               "displayName": "Production EU"})

    def test_drone(self):
        item = self.build({"DRONE": "true", "CI": "true", "DRONE_REPO": "team/app",
                           "DRONE_BUILD_NUMBER": "4", "DRONE_BUILD_LINK": "https://d/team/app/4",
                           "DRONE_BRANCH": "main", "DRONE_SOURCE_BRANCH": "APP-1",
                           "DRONE_COMMIT_SHA": "abc", "DRONE_COMMIT_MESSAGE": "APP-2",
                           "DRONE_PULL_REQUEST_TITLE": "APP-3",
                           "DRONE_REPO_LINK": "https://g/team/app",
                           "DRONE_BUILD_STATUS": "failure"})
        self.check(item, "team/app", 4, "https://d/team/app/4", ["APP-1", "APP-3", "APP-2"], "abc",
                   "https://g/team/app", "APP-1")
        self.assertEqual(item["state"], "failed")

    def test_drone_tag(self):
        item = self.build({"DRONE": "true", "DRONE_REPO": "team/app", "DRONE_BUILD_NUMBER": "4",
                           "DRONE_BUILD_LINK": "https://d/team/app/4", "DRONE_COMMIT_SHA": "abc",
                           "DRONE_BRANCH": "refs/tags/v1-APP-1", "DRONE_TAG": "v1-APP-1",
                           "DRONE_REPO_LINK": "https://g/team/app"}, *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-1"])
        self.assertNotIn("ref", item["references"][0])

    def test_woodpecker(self):
        item = self.build({"CI": "woodpecker", "CI_REPO": "team/app", "CI_PIPELINE_NUMBER": "4",
                           "CI_PIPELINE_URL": "https://w/4", "CI_COMMIT_BRANCH": "APP-1",
                           "CI_COMMIT_SHA": "abc", "CI_COMMIT_MESSAGE": "APP-2",
                           "CI_REPO_URL": "https://g/team/app"}, *SUCCESS)
        self.check(item, "team/app", 4, "https://w/4", ["APP-1", "APP-2"], "abc",
                   "https://g/team/app", "APP-1")

    def test_buildkite(self):
        item = self.build({"BUILDKITE": "true", "BUILDKITE_ORGANIZATION_SLUG": "acme",
                           "BUILDKITE_PIPELINE_SLUG": "app", "BUILDKITE_PIPELINE_NAME": "App",
                           "BUILDKITE_BUILD_NUMBER": "4", "BUILDKITE_BUILD_URL": "https://bk/4",
                           "BUILDKITE_BRANCH": "APP-1", "BUILDKITE_COMMIT": "abc",
                           "BUILDKITE_MESSAGE": "APP-2", "BUILDKITE_TAG": "",
                           "BUILDKITE_REPO": "git@github.com:team/app.git",
                           "BUILDKITE_COMMAND_EXIT_STATUS": "0"})
        self.check(item, "acme/app", 4, "https://bk/4", ["APP-1", "APP-2"], "abc",
                   "https://github.com/team/app.git", "APP-1")

    def test_circleci(self):
        item = self.build({"CIRCLECI": "true", "CIRCLE_PROJECT_USERNAME": "team",
                           "CIRCLE_PROJECT_REPONAME": "app", "CIRCLE_BUILD_NUM": "4",
                           "CIRCLE_BUILD_URL": "https://c/4", "CIRCLE_BRANCH": "APP-1",
                           "CIRCLE_SHA1": "abc",
                           "CIRCLE_REPOSITORY_URL": "git@github.com:team/app.git"}, *SUCCESS)
        self.check(item, "team/app", 4, "https://c/4", ["APP-1"], "abc",
                   "https://github.com/team/app.git", "APP-1")

    def test_options_go_first(self):
        item = self.build({**self.JENKINS, "BUILD_NUMBER": "1.2"}, *SUCCESS, "--number", "99",
                          "--branch", "APP-8")
        self.assertEqual(item["buildNumber"], 99)
        self.assertEqual(keys_of(item), ["APP-8"])

    def test_an_unusable_variable_is_named(self):
        for name, value in (("BUILD_NUMBER", "1.2.3"), ("BUILD_NUMBER", "-1"),
                            ("BUILD_URL", "nonsense"), ("JOB_NAME", "x" * 1001),
                            ("JOB_NAME", "a\nb"), ("BUILD_NUMBER", "99999999999999999999")):
            self.expect(64, "build", *SUCCESS, "--keys", "APP-1", "--dry-run",
                        env={**self.JENKINS, name: value}, says=[name, "Jenkins"])

    def test_a_missing_variable_is_named(self):
        self.expect(64, "build", *SUCCESS, "--dry-run", env={**self.JENKINS, "BUILD_URL": None},
                    says=["--url", "BUILD_URL", "Jenkins"])
        self.expect(64, "build", *SUCCESS, "--dry-run", env={**self.JENKINS, "BUILD_NUMBER": ""},
                    says=["--number", "BUILD_NUMBER"])
        self.expect(64, "build", "--dry-run", env=self.JENKINS, says=["--state", "Jenkins"])

    def test_a_folder_is_no_repository_address(self):
        item = self.build({**self.JENKINS, "GIT_URL": "/srv/git/app.git"}, *SUCCESS)
        self.assertNotIn("references", item)

    def test_texts_that_are_no_utf8_are_scanned_all_the_same(self):
        item = self.build({**self.GITLAB, "CI_COMMIT_MESSAGE": b"\xff APP-7"})
        self.assertIn("APP-7", keys_of(item))

    def test_gate_takes_them_too(self):
        done = self.expect(64, "gate", "--site", "a.atlassian.net", env=self.JENKINS)
        self.assertIn("--environment", done.err)
        self.assertNotIn("--pipeline", done.err)


    # Facts that a job's own variables get wrong

    def test_jenkins_detached_is_no_branch(self):
        for name in ("detached", "origin/detached", "HEAD", "origin/HEAD", "origin/pr/12/merge",
                     "FETCH_HEAD"):
            item = self.build({**self.JENKINS, "GIT_BRANCH": name}, *SUCCESS, "--keys", "APP-1",
                              "--any-case")
            self.assertNotIn("ref", item["references"][0], name)
            self.assertEqual(keys_of(item), ["APP-1"])

    def test_jenkins_branch_as_git_has_it(self):
        for name in ("APP-1", "origin/APP-1", "refs/remotes/origin/APP-1", "remotes/origin/APP-1",
                     "refs/heads/APP-1"):
            item = self.build({**self.JENKINS, "JOB_NAME": "app", "GIT_BRANCH": name}, *SUCCESS)
            self.assertEqual(keys_of(item), ["APP-1"])
            self.assertEqual(item["references"][0]["ref"]["name"], "APP-1")
        item = self.build({**self.JENKINS, "JOB_NAME": "app", "GIT_BRANCH": "refs/tags/v1-APP-2"},
                          *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-2"])
        self.assertNotIn("ref", item["references"][0])

    def test_jenkins_trigger_plugins(self):
        for variables, keys, commit in (
                ({"ghprbSourceBranch": "APP-2-x", "ghprbPullTitle": "APP-3: it",
                  "ghprbActualCommit": "real", "ghprbTargetBranch": "release/APP-9"},
                 ["APP-2", "APP-3"], "real"),
                ({"gitlabSourceBranch": "APP-2-x", "gitlabMergeRequestTitle": "APP-3",
                  "gitlabTargetBranch": "APP-9"}, ["APP-2", "APP-3"], "abc"),
                ({"BITBUCKET_SOURCE_BRANCH": "APP-2", "BITBUCKET_PULL_REQUEST_TITLE": "APP-3",
                  "BITBUCKET_TARGET_BRANCH": "APP-9"}, ["APP-2", "APP-3"], "abc")):
            item = self.build({**self.JENKINS, "JOB_NAME": "app", "GIT_BRANCH": "origin/APP-9",
                               **variables}, *SUCCESS)
            self.assertEqual(keys_of(item), keys)
            self.assertEqual(item["references"][0]["commit"]["id"], commit)
            self.assertTrue(item["references"][0]["ref"]["name"].startswith("APP-2"))

    def test_jenkins_gerrit(self):
        item = self.build({**self.JENKINS, "JOB_NAME": "app", "GIT_BRANCH": "release/APP-9",
                           "GERRIT_BRANCH": "release/APP-9", "GERRIT_TOPIC": "APP-2-topic",
                           "GERRIT_CHANGE_SUBJECT": "APP-3 Mend it"}, *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-2", "APP-3"])
        self.assertNotIn("ref", item["references"][0])

    def test_results_in_other_words(self):
        for theirs, ours in (("Skipped", "cancelled"), ("timed_out", "failed")):
            self.assertEqual(self.build({**self.GITLAB, "CI_JOB_STATUS": theirs})["state"], ours)
        self.expect(64, "build", "--dry-run", env={**self.GITLAB, "CI_JOB_STATUS": "created"},
                    says="CI_JOB_STATUS")

    def test_gitlab_merged_results(self):
        item = self.build({**self.GITLAB, "CI_COMMIT_BRANCH": None,
                           "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "APP-5",
                           "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "APP-9",
                           "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "head"})
        self.assertEqual(item["references"][0]["commit"]["id"], "head")
        self.assertNotIn("APP-9", keys_of(item))
        train = {**self.GITLAB, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "head",
                 "CI_COMMIT_MESSAGE": "Merge branch 'APP-5' into 'APP-9'\n\nAPP-7"}
        self.assertNotIn("APP-9", keys_of(self.build(train)))
        train["CI_COMMIT_MESSAGE"] = "APP-6 fix"
        self.assertIn("APP-6", keys_of(self.build(train)))
        item = self.build({**self.GITLAB, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""})
        self.assertEqual(item["references"][0]["commit"]["id"], "abc")

    def test_teamcity_numbers_that_are_texts(self):
        build = self.path("build", "build.counter=87\nteamcity.build.id=5001\n")
        variables = {**self.TEAMCITY, "BUILD_NUMBER": "1.0.87"}
        item = self.build({**variables, "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS,
                          "--keys", "APP-1")
        self.assertEqual(item["buildNumber"], 87)
        build = self.path("build", "teamcity.build.id=5001\n")
        item = self.build({**variables, "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS,
                          "--keys", "APP-1")
        self.assertEqual(item["buildNumber"], 5001)
        self.expect(64, "build", *SUCCESS, "--dry-run", env=variables, says="BUILD_NUMBER")

    def test_teamcity_page_from_the_server(self):
        for server in ("https\\://tc.example.com", "https\\://tc.example.com/"):
            build = self.path("build", f"teamcity.build.id=5001\nteamcity.serverUrl={server}\n")
            item = self.build({**self.TEAMCITY, "BUILD_URL": None,
                               "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS, "--keys", "APP-1")
            self.assertEqual(item["url"], "https://tc.example.com/viewLog.html?buildId=5001")

    def test_teamcity_escapes_beyond_the_first_plane(self):
        """Java writes them as two, and half of one is no character."""
        for escaped, name in (("\\uD83D\\uDE00", "\U0001F600"), ("\\uD83D", "\ufffd"),
                              ("\\uDE00\\uD83D", "\ufffd\ufffd"), ("\\u00E9", "\u00e9"),
                              ("\\uD83D\\u0041", "\ufffdA"), ("\\u12", "u12")):
            build = self.path("build", f"teamcity.build.branch={escaped}/APP-1\n"
                                       "vcsroot.url=https\\://git.example.com/app\n")
            item = self.build({**self.TEAMCITY, "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS)
            self.assertEqual(item["references"][0]["ref"]["name"], name + "/APP-1")
            self.assertEqual(keys_of(item), ["APP-1"])

    def test_teamcity_pull_request_and_tag(self):
        for name, keys in (("pull/12", ["APP-1"]), ("refs/pull/12/merge", ["APP-1"]),
                           ("refs/tags/v1-APP-2", ["APP-1", "APP-2"])):
            build = self.path("build", f"teamcity.build.branch={name}\n"
                                       "vcsroot.url=https\\://git.example.com/app\n")
            item = self.build({**self.TEAMCITY, "TEAMCITY_BUILD_PROPERTIES_FILE": build}, *SUCCESS,
                              "--keys", "APP-1")
            self.assertNotIn("ref", item["references"][0])
            self.assertEqual(keys_of(item), keys)

    def test_bamboo_deployment_project(self):
        variables = {"bamboo_planKey": "T-A", "bamboo_buildNumber": "3",
                     "bamboo_buildKey": "T-A-J1", "bamboo_deploy_project": "App to servers",
                     "bamboo_deploy_environment": "Production",
                     "bamboo_planRepository_branchName": "APP-1",
                     "bamboo_resultsUrl": "https://b/deploy/viewDeploymentResult.action"
                                          "?deploymentResultId=7536664&x=1"}
        item = self.deployment(variables, *SUCCESS)
        self.assertEqual(item["deploymentSequenceNumber"], 7536664)
        self.assertEqual(item["url"], variables["bamboo_resultsUrl"])
        self.assertEqual(item["pipeline"]["id"], wire("App to servers"))
        self.assertEqual(item["environment"]["type"], "production")
        # The build's number counts down when an older one is deployed again, which Jira ignores.
        del variables["bamboo_resultsUrl"]
        done = self.expect(64, "deployment", *SUCCESS, "--dry-run", says=["--number", "--url"],
                           env={**variables, "bamboo_buildResultsUrl": "https://b/browse/T-A-3"})
        self.assertIn("bamboo_resultsUrl", done.err)

    def test_azure_pull_request(self):
        item = self.build({"TF_BUILD": "True", "SYSTEM_TEAMPROJECT": "Team",
                           "BUILD_DEFINITIONNAME": "app", "BUILD_BUILDID": "55",
                           "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
                           "BUILD_SOURCEBRANCH": "refs/pull/12/merge", "BUILD_SOURCEVERSION": "merge",
                           "BUILD_SOURCEVERSIONMESSAGE": "Merge pull request 12 from APP-1 into APP-9",
                           "BUILD_REPOSITORY_URI": "https://dev.azure.com/acme/t/_git/app",
                           "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/APP-1",
                           "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/APP-9",
                           "SYSTEM_PULLREQUEST_SOURCECOMMITID": "head"}, *SUCCESS)
        self.assertEqual(keys_of(item), ["APP-1"])
        self.assertEqual(item["references"][0]["commit"]["id"], "head")

    def test_azure_classic_release_counts_deployments(self):
        item = self.deployment({"TF_BUILD": "True", "RELEASE_RELEASEID": "31",
                                "SYSTEM_TEAMPROJECT": "Team", "BUILD_DEFINITIONNAME": "app",
                                "BUILD_BUILDID": "0123456789abcdef", "RELEASE_DEPLOYMENTID": "78",
                                "RELEASE_DEFINITIONNAME": "App to Azure",
                                "RELEASE_RELEASEWEBURL": "https://dev.azure.com/acme/r/31",
                                "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
                                "BUILD_SOURCEBRANCH": "refs/heads/APP-1",
                                "RELEASE_ENVIRONMENTNAME": "Production EU"}, *SUCCESS)
        self.assertEqual(item["deploymentSequenceNumber"], 78)
        self.assertEqual(item["url"], "https://dev.azure.com/acme/r/31")
        self.assertEqual(item["pipeline"]["id"], wire("Team/App to Azure"))
        self.assertEqual(item["environment"]["id"], wire("Production EU"))
        self.assertEqual(keys_of(item), ["APP-1"])

    GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "team/app", "GITHUB_WORKFLOW": "CI",
              "GITHUB_RUN_NUMBER": "6", "GITHUB_RUN_ID": "9", "GITHUB_SHA": "base",
              "GITHUB_SERVER_URL": "https://github.com"}

    def github(self, event, *options, verb="build", **variables):
        path = self.path("event", json.dumps(event))
        return getattr(self, verb)({**self.GITHUB, "GITHUB_EVENT_PATH": path, **variables},
                                   *SUCCESS, *options)

    def test_github_push_of_several_commits(self):
        event = {"commits": [{"id": "a", "message": "APP-2 one"}, {"id": "b", "message": "no key"},
                             {"id": "c", "message": "APP-3\n\nAPP-4"}],
                 "head_commit": {"id": "c", "message": "APP-3\n\nAPP-4"}}
        item = self.github(event, GITHUB_REF="refs/heads/main")
        self.assertEqual(keys_of(item), ["APP-2", "APP-3", "APP-4"])
        item = self.github({"commits": [], "head_commit": {"message": "APP-5"}},
                           GITHUB_REF="refs/heads/APP-1")
        self.assertEqual(keys_of(item), ["APP-1", "APP-5"])
        item = self.github({"commits": [{"message": "APP-6"}], "head_commit": None},
                           GITHUB_REF="refs/heads/main")
        self.assertEqual(keys_of(item), ["APP-6"])

    def test_github_head_of_a_pull_request(self):
        event = {"pull_request": {"title": "APP-3", "base": {"ref": "release/APP-9", "sha": "base"},
                                  "head": {"ref": "APP-2", "sha": "head",
                                           "repo": {"html_url": "https://github.com/me/app"}}}}
        for variables in ({"GITHUB_REF": "refs/pull/12/merge", "GITHUB_REF_NAME": "12/merge",
                           "GITHUB_HEAD_REF": "APP-2"},
                          {"GITHUB_REF": "refs/heads/release/APP-9", "GITHUB_HEAD_REF": "APP-2",
                           "GITHUB_REF_NAME": "release/APP-9", "GITHUB_BASE_REF": "release/APP-9"},
                          {"GITHUB_REF": "refs/pull/12/merge", "GITHUB_REF_NAME": "12/merge"}):
            item = self.github(event, "--any-case", **variables)
            self.assertEqual(keys_of(item), ["APP-2", "APP-3"])
            (reference,) = item["references"]
            self.assertEqual(reference["commit"]["id"], "head")
            self.assertEqual(reference["ref"], {"name": "APP-2",
                                                "uri": "https://github.com/me/app/tree/APP-2"})

    def test_github_merge_queue(self):
        name = "gh-readonly-queue/main/pr-12-0123abcd"
        event = {"merge_group": {"head_ref": "refs/heads/" + name,
                                 "head_commit": {"message": "Merge pull request #12\n\nAPP-3"}}}
        item = self.github(event, "--any-case", GITHUB_REF="refs/heads/" + name,
                           GITHUB_REF_NAME=name)
        self.assertEqual(keys_of(item), ["APP-3"])
        self.assertNotIn("ref", item["references"][0])
        done = self.expect(0, "build", *SUCCESS, "--any-case", "--dry-run", says="skipped",
                           env={**self.GITHUB, "GITHUB_REF": "refs/heads/" + name,
                                "GITHUB_REF_NAME": name})
        self.assertEqual(done.out, "")

    def test_github_deployment(self):
        event = {"deployment": {"environment": "prod-eu", "sha": "abc"}}
        item = self.github(event, "--keys", "APP-1", verb="deployment", GITHUB_REF="refs/heads/main")
        self.assertEqual(item["environment"],
                         {"id": "prod-eu", "displayName": "prod-eu", "type": "production"})
        self.expect(64, "deployment", *SUCCESS, "--dry-run", env=self.GITHUB, says="--environment")

    def test_github_workflow_run(self):
        event = {"workflow_run": {"head_branch": "APP-2-x", "head_sha": "head",
                                  "head_commit": {"message": "APP-3"},
                                  "head_repository": {"html_url": "https://github.com/me/app"}}}
        item = self.github(event, GITHUB_REF="refs/heads/main", GITHUB_REF_NAME="main")
        self.assertEqual(keys_of(item), ["APP-2", "APP-3"])
        self.assertEqual(item["references"][0]["commit"]["id"], "head")

    def test_github_events_that_are_not_as_expected(self):
        for event in ([], {"commits": {"message": "APP-2"}}, {"commits": [1, None, "x", {}]},
                      {"pull_request": "x"}, {"pull_request": {"head": []}}, "x", None):
            item = self.github(event, GITHUB_REF="refs/heads/APP-1")
            self.assertEqual(keys_of(item), ["APP-1"])
            self.assertEqual(item["references"][0]["commit"]["id"], "base")

    def test_buildkite_cancelled(self):
        variables = {"BUILDKITE": "true", "BUILDKITE_PIPELINE_SLUG": "app",
                     "BUILDKITE_BUILD_NUMBER": "9", "BUILDKITE_BUILD_URL": "https://buildkite.com/9",
                     "BUILDKITE_BRANCH": "APP-1", "BUILDKITE_COMMIT": "HEAD",
                     "BUILDKITE_REPO": "git@github.com:team/app.git"}
        for status in ("0", "143", "255"):
            item = self.build({**variables, "BUILDKITE_COMMAND_EXIT_STATUS": status,
                               "BUILDKITE_JOB_CANCELLED": "true"})
            self.assertEqual(item["state"], "cancelled")
            self.assertNotIn("commit", item["references"][0])
        item = self.build({**variables, "BUILDKITE_COMMAND_EXIT_STATUS": "1",
                           "BUILDKITE_JOB_CANCELLED": "false"})
        self.assertEqual(item["state"], "failed")
        item = self.build({**variables, "BUILDKITE_COMMAND_EXIT_STATUS": "-1"})
        self.assertEqual(item["state"], "failed")

    def test_gocd(self):
        variables = {"GO_SERVER_URL": "https://gocd.example.com/go", "GO_PIPELINE_NAME": "app",
                     "GO_PIPELINE_COUNTER": "17", "GO_PIPELINE_LABEL": "1.17",
                     "GO_STAGE_NAME": "test", "GO_STAGE_COUNTER": "2", "GO_REVISION": "abc",
                     "GO_MATERIAL_BRANCH": "feature/APP-1",
                     "GO_MATERIAL_URL": "https://me:hunter2@git.example.com/app",
                     "GO_ENVIRONMENT_NAME": "qa"}
        self.check(self.build(variables, *SUCCESS), "app", 17,
                   "https://gocd.example.com/go/pipelines/app/17/test/2", ["APP-1"], "abc",
                   "https://git.example.com/app", "feature/APP-1")
        self.assertEqual(self.deployment(variables, *SUCCESS)["environment"]["type"], "testing")

    def test_pages_that_hold_a_login(self):
        item = self.build({**self.JENKINS, "BUILD_URL": "https://me:hunter2@ci/job/app/12/"}, *SUCCESS)
        self.assertEqual(item["url"], "https://ci/job/app/12/")
        self.assertNotIn("hunter2", json.dumps(item))


if __name__ == "__main__":
    unittest.main()
