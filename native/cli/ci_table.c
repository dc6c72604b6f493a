/* One table for each CI: which of its variables gives which fact, as its documentation says. */
#include "cli/ci.h"
#include "cli/ci_files.h"

static const cli_ci_word gitlab_states[] = {{"success", "successful"},
                                            {"failed", "failed"},
                                            {"canceled", "cancelled"},
                                            {"cancelled", "cancelled"},
                                            {"canceling", "cancelled"},
                                            {"running", ""},
                                            {NULL, NULL}};

static const cli_ci_word buildkite_states[] = {
    {"true", "cancelled"},
    {"0", "successful"},
    {"-1", "failed"}, /* the command did not end by itself */
    {"#", "failed"},
    {NULL, NULL}};

static const cli_ci_word exit_states[] = {{"0", "successful"}, {"#", "failed"}, {NULL, NULL}};

static const cli_ci_word azure_states[] = {{"Succeeded", "successful"},
                                           {"SucceededWithIssues", "successful"},
                                           {"Failed", "failed"},
                                           {"Canceled", "cancelled"},
                                           {NULL, NULL}};

static const cli_ci_word drone_states[] = {
    {"success", "successful"}, {"failure", "failed"}, {"error", "failed"}, {"killed", "cancelled"},
    {"pending", ""},           {"running", ""},       {NULL, NULL}};

static const cli_ci_word gitlab_tiers[] = {
    {"production", "production"},   {"staging", "staging"}, {"testing", "testing"},
    {"development", "development"}, {"other", "unmapped"},  {NULL, NULL}};

static const cli_ci table[] = {
    {.name = "Jenkins",
     .variables = "JENKINS_URL|HUDSON_URL|JENKINS_HOME",
     .weak_variables = "JOB_NAME", /* a controller that was not told its own address */
     .facts = {[CLI_FACT_PIPELINE] = "{JOB_NAME}",
               [CLI_FACT_NAME] = "{JOB_NAME:decode}",
               [CLI_FACT_NUMBER] = "{BUILD_NUMBER}",
               [CLI_FACT_URL] = "{BUILD_URL}",
               [CLI_FACT_PIPELINE_URL] = "{JOB_URL}",
               /*
                * The last two are PR-12 for a pull request, which would look like an issue key.
                * Those in between are of plugins that start jobs for pull requests.
                */
               [CLI_FACT_BRANCH] = "{CHANGE_BRANCH}|{ghprbSourceBranch}|{gitlabSourceBranch}|"
                                   "{BITBUCKET_SOURCE_BRANCH}|{BRANCH_NAME:own:named}|"
                                   "{GIT_BRANCH:own:origin:named}",
               [CLI_FACT_TAG] = "{TAG_NAME}|{GIT_BRANCH:own:tags}",
               [CLI_FACT_PR_BRANCH] = "{CHANGE_BRANCH}|{ghprbSourceBranch}|{gitlabSourceBranch}|"
                                      "{BITBUCKET_SOURCE_BRANCH}|{GERRIT_TOPIC}",
               [CLI_FACT_PR_TITLE] = "{CHANGE_TITLE}|{ghprbPullTitle}|{gitlabMergeRequestTitle}|"
                                     "{BITBUCKET_PULL_REQUEST_TITLE}|{GERRIT_CHANGE_SUBJECT}",
               [CLI_FACT_COMMIT] = "{ghprbActualCommit}|{gitlabMergeRequestLastCommit}|"
                                   "{GERRIT_PATCHSET_REVISION}|{GIT_COMMIT}",
               [CLI_FACT_REPOSITORY] = "{GIT_URL:web}|{GIT_URL_1:web}"}},
    {.name = "GitLab CI",
     .variables = "GITLAB_CI",
     .facts = {[CLI_FACT_PIPELINE] = "{CI_PROJECT_PATH}",
               [CLI_FACT_NAME] = "{CI_PROJECT_PATH}",
               [CLI_FACT_NUMBER] = "{CI_PIPELINE_IID}|{CI_PIPELINE_ID}",
               [CLI_FACT_URL] = "{CI_PIPELINE_URL}|{CI_JOB_URL}",
               [CLI_FACT_PIPELINE_URL] = "{CI_PROJECT_URL}/-/pipelines",
               [CLI_FACT_STATE] = "{CI_JOB_STATUS}",
               [CLI_FACT_BRANCH] = "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}|{CI_COMMIT_BRANCH}|"
                                   "{CI_COMMIT_REF_NAME:named}",
               [CLI_FACT_BRANCH_URL] = "{CI_MERGE_REQUEST_SOURCE_PROJECT_URL}/-/tree/"
                                       "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME:path}|"
                                       "{CI_PROJECT_URL}/-/tree/{CI_COMMIT_BRANCH:path}",
               [CLI_FACT_TAG] = "{CI_COMMIT_TAG}",
               [CLI_FACT_PR_BRANCH] = "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}",
               [CLI_FACT_PR_TITLE] = "{CI_MERGE_REQUEST_TITLE}",
               /* The first is there when CI_COMMIT_SHA is a merge that is thrown away. */
               [CLI_FACT_COMMIT] = "{CI_MERGE_REQUEST_SOURCE_BRANCH_SHA}|{CI_COMMIT_SHA}",
               [CLI_FACT_MESSAGE] = "{CI_COMMIT_MESSAGE:kept}|{CI_COMMIT_TITLE:kept}",
               /* Not CI_REPOSITORY_URL: that one holds a token. */
               [CLI_FACT_REPOSITORY] = "{CI_PROJECT_URL:web}",
               [CLI_FACT_ENVIRONMENT] = "{CI_ENVIRONMENT_SLUG}|{CI_ENVIRONMENT_NAME}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{CI_ENVIRONMENT_NAME}",
               [CLI_FACT_ENVIRONMENT_TYPE] = "{CI_ENVIRONMENT_TIER}"},
     .states = gitlab_states,
     .environment_types = gitlab_tiers},
    {.name = "TeamCity",
     .variables = "TEAMCITY_VERSION",
     .facts = {[CLI_FACT_PIPELINE] = "{teamcity.buildType.id}|"
                                     "{TEAMCITY_PROJECT_NAME}/{TEAMCITY_BUILDCONF_NAME}|"
                                     "{TEAMCITY_BUILDCONF_NAME}",
               [CLI_FACT_NAME] = "{TEAMCITY_PROJECT_NAME} / {TEAMCITY_BUILDCONF_NAME}|"
                                 "{TEAMCITY_BUILDCONF_NAME}",
               /* BUILD_NUMBER is any text, such as 1.0.87. */
               [CLI_FACT_NUMBER] = "{build.counter}|{teamcity.build.id}|{BUILD_NUMBER}",
               [CLI_FACT_URL] =
                   "{BUILD_URL}|"
                   "{teamcity.serverUrl:slash}viewLog.html?buildId={teamcity.build.id}",
               [CLI_FACT_BRANCH] = "{teamcity.pullRequest.source.branch}|"
                                   "{teamcity.build.branch:heads:named}|"
                                   "{teamcity.build.branch:named}|{vcsroot.branch:heads:named}|"
                                   "{TEAMCITY_BUILD_BRANCH:named}",
               [CLI_FACT_TAG] = "{teamcity.build.branch:tags}|{vcsroot.branch:tags}",
               [CLI_FACT_PR_BRANCH] = "{teamcity.pullRequest.source.branch}",
               [CLI_FACT_PR_TITLE] = "{teamcity.pullRequest.title}",
               [CLI_FACT_COMMIT] = "{BUILD_VCS_NUMBER}",
               [CLI_FACT_REPOSITORY] = "{vcsroot.url:web}"}},
    /*
     * A deployment project: the plan's variables tell of the build whose artifacts it takes. Its number
     * counts down when an older one is deployed again, and its page is another one.
     */
    {.name = "Bamboo",
     .variables = "bamboo_deploy_environment|bamboo_deploy_project",
     .facts = {[CLI_FACT_PIPELINE] = "{bamboo_deploy_project}|{bamboo_planKey}",
               [CLI_FACT_NAME] = "{bamboo_deploy_project}|{bamboo_planName}",
               [CLI_FACT_NUMBER] = "{bamboo_resultsUrl:result}",
               [CLI_FACT_URL] = "{bamboo_resultsUrl}",
               [CLI_FACT_BRANCH] = "{bamboo_planRepository_branchName}|"
                                   "{bamboo_planRepository_branch}",
               [CLI_FACT_COMMIT] = "{bamboo_planRepository_revision}",
               [CLI_FACT_REPOSITORY] = "{bamboo_planRepository_repositoryUrl:web}",
               [CLI_FACT_ENVIRONMENT] = "{bamboo_deploy_environment}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{bamboo_deploy_environment}"}},
    {.name = "Bamboo",
     .variables = "bamboo_buildKey|bamboo_planKey",
     .facts = {[CLI_FACT_PIPELINE] = "{bamboo_planKey}|{bamboo_buildKey}",
               [CLI_FACT_NAME] = "{bamboo_planName}|{bamboo_shortPlanName}",
               [CLI_FACT_NUMBER] = "{bamboo_buildNumber}",
               [CLI_FACT_URL] = "{bamboo_buildResultsUrl}|{bamboo_resultsUrl}",
               [CLI_FACT_BRANCH] =
                   "{bamboo_repository_pr_sourceBranch}|{bamboo_planRepository_branchName}|"
                   "{bamboo_planRepository_branch}|{bamboo_repository_branch_name}",
               [CLI_FACT_PR_BRANCH] = "{bamboo_repository_pr_sourceBranch}",
               [CLI_FACT_COMMIT] =
                   "{bamboo_planRepository_revision}|{bamboo_repository_revision_number}",
               [CLI_FACT_REPOSITORY] = "{bamboo_planRepository_repositoryUrl:web}|"
                                       "{bamboo_repository_git_repositoryUrl:web}"}},
    {.name = "Bitbucket Pipelines",
     .variables = "BITBUCKET_BUILD_NUMBER|BITBUCKET_COMMIT",
     .facts = {[CLI_FACT_PIPELINE] = "{BITBUCKET_REPO_FULL_NAME}|"
                                     "{BITBUCKET_WORKSPACE}/{BITBUCKET_REPO_SLUG}",
               [CLI_FACT_NAME] = "{BITBUCKET_REPO_FULL_NAME}|"
                                 "{BITBUCKET_WORKSPACE}/{BITBUCKET_REPO_SLUG}",
               [CLI_FACT_NUMBER] = "{BITBUCKET_BUILD_NUMBER}",
               [CLI_FACT_URL] = "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME:path}/pipelines/"
                                "results/{BITBUCKET_BUILD_NUMBER}|"
                                "https://bitbucket.org/{BITBUCKET_WORKSPACE:path}/"
                                "{BITBUCKET_REPO_SLUG:path}/pipelines/results/"
                                "{BITBUCKET_BUILD_NUMBER}",
               [CLI_FACT_PIPELINE_URL] =
                   "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME:path}/pipelines",
               [CLI_FACT_STATE] = "{BITBUCKET_EXIT_CODE}",
               [CLI_FACT_BRANCH] = "{BITBUCKET_BRANCH}",
               [CLI_FACT_BRANCH_URL] =
                   "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME:path}/branch/"
                   "{BITBUCKET_BRANCH:path}",
               [CLI_FACT_TAG] = "{BITBUCKET_TAG}",
               [CLI_FACT_COMMIT] = "{BITBUCKET_COMMIT}",
               [CLI_FACT_REPOSITORY] = "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME:path}|"
                                       "{BITBUCKET_GIT_HTTP_ORIGIN:web}",
               [CLI_FACT_ENVIRONMENT] =
                   "{BITBUCKET_DEPLOYMENT_ENVIRONMENT}|{BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{BITBUCKET_DEPLOYMENT_ENVIRONMENT}"},
     .states = exit_states},
    {.name = "GitHub Actions",
     .variables = "GITHUB_ACTIONS",
     /* The run number counts within a workflow, so the workflow belongs to the id. */
     .facts =
         {[CLI_FACT_PIPELINE] = "{GITHUB_REPOSITORY}/{GITHUB_WORKFLOW}|{GITHUB_REPOSITORY}",
          [CLI_FACT_NAME] = "{GITHUB_REPOSITORY} / {GITHUB_WORKFLOW}|{GITHUB_REPOSITORY}",
          [CLI_FACT_NUMBER] = "{GITHUB_RUN_NUMBER}",
          [CLI_FACT_URL] = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY:path}/actions/runs/"
                           "{GITHUB_RUN_ID}|"
                           "https://github.com/{GITHUB_REPOSITORY:path}/actions/runs/"
                           "{GITHUB_RUN_ID}",
          [CLI_FACT_PIPELINE_URL] = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY:path}/actions",
          /* GITHUB_REF may be a merge that is thrown away, a queue's, or the base branch. */
          [CLI_FACT_BRANCH] = "{GITHUB_HEAD_REF}|{#pull_request.head.ref}|"
                              "{#workflow_run.head_branch}|{GITHUB_REF:heads:named}|"
                              "{GITHUB_REF_NAME:named}",
          [CLI_FACT_BRANCH_URL] =
              "{#pull_request.head.repo.html_url}/tree/{#pull_request.head.ref:path}|"
              "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY:path}/tree/{GITHUB_HEAD_REF:path}|"
              "{#workflow_run.head_repository.html_url}/tree/{#workflow_run.head_branch:path}|"
              "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY:path}/tree/{GITHUB_REF:heads:named:path}",
          [CLI_FACT_TAG] = "{GITHUB_REF:tags}",
          [CLI_FACT_PR_BRANCH] = "{GITHUB_HEAD_REF}|{#pull_request.head.ref}",
          [CLI_FACT_PR_TITLE] = "{#pull_request.title}",
          [CLI_FACT_COMMIT] = "{#pull_request.head.sha}|{#workflow_run.head_sha}|{GITHUB_SHA}",
          /* The head's, which is not among those that were pushed when a branch is new. */
          [CLI_FACT_MESSAGE] = "{#head_commit.message}|{#merge_group.head_commit.message}|"
                               "{#workflow_run.head_commit.message}",
          [CLI_FACT_REPOSITORY] = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY:path}",
          [CLI_FACT_ENVIRONMENT] = "{#deployment.environment}",
          [CLI_FACT_ENVIRONMENT_NAME] = "{#deployment.environment}"},
     .told_commits = cli_ci_github_commits},
    /* A classic release: the variables of the build are those of its artifact. */
    {.name = "Azure Pipelines",
     .variables = "RELEASE_RELEASEID",
     .facts = {[CLI_FACT_PIPELINE] = "{SYSTEM_TEAMPROJECT}/{RELEASE_DEFINITIONNAME}|"
                                     "{RELEASE_DEFINITIONNAME}",
               [CLI_FACT_NAME] = "{SYSTEM_TEAMPROJECT} / {RELEASE_DEFINITIONNAME}|"
                                 "{RELEASE_DEFINITIONNAME}",
               [CLI_FACT_NUMBER] = "{RELEASE_DEPLOYMENTID}",
               [CLI_FACT_URL] = "{RELEASE_RELEASEWEBURL}",
               [CLI_FACT_STATE] = "{AGENT_JOBSTATUS}",
               [CLI_FACT_BRANCH] = "{BUILD_SOURCEBRANCH:heads:named}",
               [CLI_FACT_TAG] = "{BUILD_SOURCEBRANCH:tags}",
               [CLI_FACT_COMMIT] = "{BUILD_SOURCEVERSION}",
               [CLI_FACT_MESSAGE] = "{BUILD_SOURCEVERSIONMESSAGE}",
               [CLI_FACT_REPOSITORY] = "{BUILD_REPOSITORY_URI:web}",
               [CLI_FACT_ENVIRONMENT] = "{RELEASE_ENVIRONMENTNAME}|{ENVIRONMENT_NAME}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{RELEASE_ENVIRONMENTNAME}|{ENVIRONMENT_NAME}"},
     .states = azure_states},
    {.name = "Azure Pipelines",
     .variables = "TF_BUILD",
     .facts = {[CLI_FACT_PIPELINE] = "{SYSTEM_TEAMPROJECT}/{BUILD_DEFINITIONNAME}|"
                                     "{BUILD_DEFINITIONNAME}|{SYSTEM_DEFINITIONID}",
               [CLI_FACT_NAME] = "{SYSTEM_TEAMPROJECT} / {BUILD_DEFINITIONNAME}|"
                                 "{BUILD_DEFINITIONNAME}",
               /* BUILD_BUILDNUMBER is a text such as 20261123.1. */
               [CLI_FACT_NUMBER] = "{BUILD_BUILDID}",
               [CLI_FACT_URL] = "{SYSTEM_COLLECTIONURI:slash}{SYSTEM_TEAMPROJECT:path}/_build/"
                                "results?buildId={BUILD_BUILDID}|"
                                "{SYSTEM_TEAMFOUNDATIONCOLLECTIONURI:slash}"
                                "{SYSTEM_TEAMPROJECT:path}/_build/results?buildId={BUILD_BUILDID}|"
                                "{SYSTEM_TEAMFOUNDATIONSERVERURI:slash}"
                                "{SYSTEM_TEAMPROJECT:path}/_build/results?buildId={BUILD_BUILDID}",
               [CLI_FACT_STATE] = "{AGENT_JOBSTATUS}",
               [CLI_FACT_BRANCH] = "{SYSTEM_PULLREQUEST_SOURCEBRANCH:heads}|"
                                   "{SYSTEM_PULLREQUEST_SOURCEBRANCH}|"
                                   "{BUILD_SOURCEBRANCH:heads:named}",
               [CLI_FACT_TAG] = "{BUILD_SOURCEBRANCH:tags}",
               [CLI_FACT_PR_BRANCH] = "{SYSTEM_PULLREQUEST_SOURCEBRANCH:heads}",
               [CLI_FACT_COMMIT] = "{SYSTEM_PULLREQUEST_SOURCECOMMITID}|{BUILD_SOURCEVERSION}",
               [CLI_FACT_MESSAGE] = "{BUILD_SOURCEVERSIONMESSAGE:pushed}",
               [CLI_FACT_REPOSITORY] = "{BUILD_REPOSITORY_URI:web}",
               /* RELEASE_ENVIRONMENTNAME is the stage of a classic release. */
               [CLI_FACT_ENVIRONMENT] =
                   "{ENVIRONMENT_NAME}|{RELEASE_ENVIRONMENTNAME}|{ENVIRONMENT_ID}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{ENVIRONMENT_NAME}|{RELEASE_ENVIRONMENTNAME}"},
     .states = azure_states},
    {.name = "Woodpecker",
     .variables = "CI",
     .value = "woodpecker",
     .facts = {[CLI_FACT_PIPELINE] = "{CI_REPO}|{CI_REPO_OWNER}/{CI_REPO_NAME}",
               [CLI_FACT_NAME] = "{CI_REPO}|{CI_REPO_OWNER}/{CI_REPO_NAME}",
               [CLI_FACT_NUMBER] = "{CI_PIPELINE_NUMBER}|{CI_BUILD_NUMBER}",
               [CLI_FACT_URL] = "{CI_PIPELINE_URL}|{CI_PIPELINE_FORGE_URL}|{CI_BUILD_LINK}",
               [CLI_FACT_STATE] = "{CI_PIPELINE_STATUS}|{CI_BUILD_STATUS}",
               [CLI_FACT_BRANCH] = "{CI_COMMIT_SOURCE_BRANCH}|{CI_COMMIT_BRANCH}",
               [CLI_FACT_TAG] = "{CI_COMMIT_TAG}",
               [CLI_FACT_PR_BRANCH] = "{CI_COMMIT_SOURCE_BRANCH}",
               [CLI_FACT_PR_TITLE] = "{CI_COMMIT_PULL_REQUEST_TITLE}|{CI_PIPELINE_TITLE}",
               [CLI_FACT_COMMIT] = "{CI_COMMIT_SHA}",
               [CLI_FACT_MESSAGE] = "{CI_COMMIT_MESSAGE}",
               [CLI_FACT_REPOSITORY] = "{CI_REPO_URL:web}|{CI_REPO_LINK:web}",
               [CLI_FACT_ENVIRONMENT] = "{CI_PIPELINE_DEPLOY_TARGET}|{CI_BUILD_DEPLOY_TARGET}",
               [CLI_FACT_ENVIRONMENT_NAME] =
                   "{CI_PIPELINE_DEPLOY_TARGET}|{CI_BUILD_DEPLOY_TARGET}"},
     .states = drone_states},
    {.name = "Drone",
     .variables = "DRONE",
     .facts = {[CLI_FACT_PIPELINE] = "{DRONE_REPO}|{DRONE_REPO_NAMESPACE}/{DRONE_REPO_NAME}",
               [CLI_FACT_NAME] = "{DRONE_REPO}|{DRONE_REPO_NAMESPACE}/{DRONE_REPO_NAME}",
               [CLI_FACT_NUMBER] = "{DRONE_BUILD_NUMBER}",
               [CLI_FACT_URL] = "{DRONE_BUILD_LINK}",
               [CLI_FACT_STATE] = "{DRONE_BUILD_STATUS}",
               [CLI_FACT_BRANCH] = "{DRONE_SOURCE_BRANCH}|{DRONE_BRANCH}|{DRONE_COMMIT_BRANCH}",
               [CLI_FACT_TAG] = "{DRONE_TAG}",
               [CLI_FACT_PR_BRANCH] = "{DRONE_SOURCE_BRANCH}",
               [CLI_FACT_PR_TITLE] = "{DRONE_PULL_REQUEST_TITLE}",
               [CLI_FACT_COMMIT] = "{DRONE_COMMIT_SHA}|{DRONE_COMMIT}",
               [CLI_FACT_MESSAGE] = "{DRONE_COMMIT_MESSAGE}",
               [CLI_FACT_REPOSITORY] = "{DRONE_REPO_LINK:web}|{DRONE_GIT_HTTP_URL:web}",
               [CLI_FACT_ENVIRONMENT] = "{DRONE_DEPLOY_TO}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{DRONE_DEPLOY_TO}"},
     .states = drone_states},
    {.name = "Buildkite",
     .variables = "BUILDKITE",
     .facts = {[CLI_FACT_PIPELINE] = "{BUILDKITE_ORGANIZATION_SLUG}/{BUILDKITE_PIPELINE_SLUG}|"
                                     "{BUILDKITE_PIPELINE_SLUG}",
               [CLI_FACT_NAME] = "{BUILDKITE_PIPELINE_NAME}|{BUILDKITE_PIPELINE_SLUG}",
               [CLI_FACT_NUMBER] = "{BUILDKITE_BUILD_NUMBER}",
               [CLI_FACT_URL] = "{BUILDKITE_BUILD_URL}",
               [CLI_FACT_PIPELINE_URL] = "https://buildkite.com/"
                                         "{BUILDKITE_ORGANIZATION_SLUG:path}/"
                                         "{BUILDKITE_PIPELINE_SLUG:path}",
               [CLI_FACT_STATE] = "{BUILDKITE_JOB_CANCELLED:true}|{BUILDKITE_COMMAND_EXIT_STATUS}",
               [CLI_FACT_BRANCH] = "{BUILDKITE_BRANCH:named}",
               [CLI_FACT_TAG] = "{BUILDKITE_TAG}",
               /* HEAD until it is checked out. */
               [CLI_FACT_COMMIT] = "{BUILDKITE_COMMIT:named}",
               [CLI_FACT_MESSAGE] = "{BUILDKITE_MESSAGE}",
               [CLI_FACT_REPOSITORY] = "{BUILDKITE_REPO:web}"},
     .states = buildkite_states},
    {.name = "CircleCI",
     .variables = "CIRCLECI",
     .facts = {[CLI_FACT_PIPELINE] = "{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}|"
                                     "{CIRCLE_PROJECT_REPONAME}",
               [CLI_FACT_NAME] = "{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}|"
                                 "{CIRCLE_PROJECT_REPONAME}",
               [CLI_FACT_NUMBER] = "{CIRCLE_BUILD_NUM}",
               [CLI_FACT_URL] = "{CIRCLE_BUILD_URL}",
               [CLI_FACT_BRANCH] = "{CIRCLE_BRANCH:named}",
               [CLI_FACT_TAG] = "{CIRCLE_TAG}",
               [CLI_FACT_COMMIT] = "{CIRCLE_SHA1}",
               [CLI_FACT_REPOSITORY] = "{CIRCLE_REPOSITORY_URL:web}"}},
    {.name = "GoCD",
     .variables = "GO_PIPELINE_NAME",
     .facts = {[CLI_FACT_PIPELINE] = "{GO_PIPELINE_NAME}",
               [CLI_FACT_NAME] = "{GO_PIPELINE_NAME}",
               [CLI_FACT_NUMBER] = "{GO_PIPELINE_COUNTER}",
               [CLI_FACT_URL] = "{GO_SERVER_URL:slash}pipelines/{GO_PIPELINE_NAME:path}/"
                                "{GO_PIPELINE_COUNTER}/{GO_STAGE_NAME:path}/{GO_STAGE_COUNTER}|"
                                "{GO_SERVER_URL:slash}pipelines/value_stream_map/"
                                "{GO_PIPELINE_NAME:path}/{GO_PIPELINE_COUNTER}",
               [CLI_FACT_BRANCH] = "{GO_MATERIAL_BRANCH:origin:named}",
               [CLI_FACT_COMMIT] = "{GO_REVISION}",
               [CLI_FACT_REPOSITORY] = "{GO_MATERIAL_URL:web}",
               [CLI_FACT_ENVIRONMENT] = "{GO_ENVIRONMENT_NAME}",
               [CLI_FACT_ENVIRONMENT_NAME] = "{GO_ENVIRONMENT_NAME}"}},
};

const cli_ci *cli_ci_table(size_t *count) {
    *count = sizeof(table) / sizeof(table[0]);
    return table;
}
