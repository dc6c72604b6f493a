/* One row a CI: the variables that tell about a pull request, in the templates of ci.h. */
#include "cli/pull_request_ci.h"

#include <string.h>

static const struct {
    const char *ci;
    const char *facts[CLI_PULLS];
} table[] = {
    {.ci = "GitHub Actions",
     .facts = {[CLI_PULL_NUMBER] = "{#pull_request.number}",
               [CLI_PULL_TITLE] = "{#pull_request.title}",
               [CLI_PULL_STATE] = "{#pull_request.state}",
               [CLI_PULL_MERGED] = "{#pull_request.merged}",
               [CLI_PULL_SOURCE] = "{#pull_request.head.ref}",
               /* It may come from a fork. */
               [CLI_PULL_SOURCE_URL] =
                   "{#pull_request.head.repo.html_url}/tree/{#pull_request.head.ref:path}",
               [CLI_PULL_DESTINATION] = "{#pull_request.base.ref}",
               [CLI_PULL_URL] = "{#pull_request.html_url}",
               [CLI_PULL_AUTHOR] = "{#pull_request.user.login}",
               [CLI_PULL_AUTHOR_URL] = "{#pull_request.user.html_url}",
               [CLI_PULL_AUTHOR_AVATAR] = "{#pull_request.user.avatar_url}",
               [CLI_PULL_COMMENTS] = "{#pull_request.comments}"}},
    {.ci = "GitLab CI",
     .facts = {[CLI_PULL_NUMBER] = "{CI_MERGE_REQUEST_IID}",
               [CLI_PULL_TITLE] = "{CI_MERGE_REQUEST_TITLE}",
               [CLI_PULL_STATE] = "open", /* there are no jobs for any other */
               [CLI_PULL_SOURCE] = "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME}",
               [CLI_PULL_SOURCE_URL] = "{CI_MERGE_REQUEST_SOURCE_PROJECT_URL}/-/tree/"
                                       "{CI_MERGE_REQUEST_SOURCE_BRANCH_NAME:path}",
               [CLI_PULL_DESTINATION] = "{CI_MERGE_REQUEST_TARGET_BRANCH_NAME}",
               [CLI_PULL_URL] =
                   "{CI_MERGE_REQUEST_PROJECT_URL}/-/merge_requests/{CI_MERGE_REQUEST_IID}|"
                   "{CI_PROJECT_URL}/-/merge_requests/{CI_MERGE_REQUEST_IID}"}},
    {.ci = "Jenkins",
     .facts = {[CLI_PULL_NUMBER] = "{CHANGE_ID}|{ghprbPullId}|{gitlabMergeRequestIid}|"
                                   "{BITBUCKET_PULL_REQUEST_ID}",
               [CLI_PULL_TITLE] = "{CHANGE_TITLE}|{ghprbPullTitle}|{gitlabMergeRequestTitle}|"
                                  "{BITBUCKET_PULL_REQUEST_TITLE}",
               [CLI_PULL_STATE] = "{gitlabMergeRequestState}|open",
               [CLI_PULL_SOURCE] = "{CHANGE_BRANCH}|{ghprbSourceBranch}|{gitlabSourceBranch}|"
                                   "{BITBUCKET_SOURCE_BRANCH}",
               [CLI_PULL_DESTINATION] = "{CHANGE_TARGET}|{ghprbTargetBranch}|{gitlabTargetBranch}|"
                                        "{BITBUCKET_TARGET_BRANCH}",
               [CLI_PULL_URL] = "{CHANGE_URL}|{ghprbPullLink}|{BITBUCKET_PULL_REQUEST_LINK}",
               [CLI_PULL_AUTHOR] = "{CHANGE_AUTHOR_DISPLAY_NAME}|{CHANGE_AUTHOR}|"
                                   "{ghprbPullAuthorLogin}",
               [CLI_PULL_AUTHOR_EMAIL] = "{CHANGE_AUTHOR_EMAIL}|{ghprbPullAuthorEmail}"}},
    {.ci = "Azure Pipelines",
     /* The number is that of GitHub, where it differs from the id. It tells no title. */
     .facts = {[CLI_PULL_NUMBER] = "{SYSTEM_PULLREQUEST_PULLREQUESTNUMBER}|"
                                   "{SYSTEM_PULLREQUEST_PULLREQUESTID}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{SYSTEM_PULLREQUEST_SOURCEBRANCH:heads}|"
                                   "{SYSTEM_PULLREQUEST_SOURCEBRANCH}",
               [CLI_PULL_DESTINATION] = "{SYSTEM_PULLREQUEST_TARGETBRANCH:heads}|"
                                        "{SYSTEM_PULLREQUEST_TARGETBRANCH}",
               [CLI_PULL_URL] =
                   "{BUILD_REPOSITORY_URI:web}/pull/{SYSTEM_PULLREQUEST_PULLREQUESTNUMBER}|"
                   "{BUILD_REPOSITORY_URI:web}/pullrequest/{SYSTEM_PULLREQUEST_PULLREQUESTID}"}},
    {.ci = "Bitbucket Pipelines",
     .facts = {[CLI_PULL_NUMBER] = "{BITBUCKET_PR_ID}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{BITBUCKET_BRANCH}",
               [CLI_PULL_DESTINATION] = "{BITBUCKET_PR_DESTINATION_BRANCH}",
               [CLI_PULL_URL] =
                   "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME:path}/pull-requests/"
                   "{BITBUCKET_PR_ID}|"
                   "https://bitbucket.org/{BITBUCKET_WORKSPACE:path}/{BITBUCKET_REPO_SLUG:path}/"
                   "pull-requests/{BITBUCKET_PR_ID}"}},
    {.ci = "Drone",
     .facts = {[CLI_PULL_NUMBER] = "{DRONE_PULL_REQUEST}",
               [CLI_PULL_TITLE] = "{DRONE_PULL_REQUEST_TITLE}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{DRONE_SOURCE_BRANCH}",
               [CLI_PULL_DESTINATION] = "{DRONE_TARGET_BRANCH}",
               [CLI_PULL_URL] = "{DRONE_COMMIT_LINK}",
               [CLI_PULL_AUTHOR] = "{DRONE_COMMIT_AUTHOR_NAME}|{DRONE_COMMIT_AUTHOR}",
               [CLI_PULL_AUTHOR_EMAIL] = "{DRONE_COMMIT_AUTHOR_EMAIL}"}},
    {.ci = "Woodpecker",
     .facts = {[CLI_PULL_NUMBER] = "{CI_COMMIT_PULL_REQUEST}",
               [CLI_PULL_TITLE] = "{CI_COMMIT_PULL_REQUEST_TITLE}|{CI_PIPELINE_TITLE}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{CI_COMMIT_SOURCE_BRANCH}",
               [CLI_PULL_DESTINATION] = "{CI_COMMIT_TARGET_BRANCH}",
               [CLI_PULL_URL] = "{CI_PIPELINE_FORGE_URL}",
               [CLI_PULL_AUTHOR] = "{CI_COMMIT_AUTHOR}",
               [CLI_PULL_AUTHOR_EMAIL] = "{CI_COMMIT_AUTHOR_EMAIL}"}},
    {.ci = "TeamCity",
     .facts = {[CLI_PULL_NUMBER] = "{teamcity.pullRequest.number}",
               [CLI_PULL_TITLE] = "{teamcity.pullRequest.title}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{teamcity.pullRequest.source.branch}",
               [CLI_PULL_DESTINATION] = "{teamcity.pullRequest.target.branch}"}},
    {.ci = "Bamboo",
     .facts = {[CLI_PULL_NUMBER] = "{bamboo_repository_pr_key}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{bamboo_repository_pr_sourceBranch}",
               [CLI_PULL_DESTINATION] = "{bamboo_repository_pr_targetBranch}"}},
    {.ci = "Buildkite",
     .facts = {[CLI_PULL_NUMBER] = "{BUILDKITE_PULL_REQUEST}",
               [CLI_PULL_STATE] = "open",
               [CLI_PULL_SOURCE] = "{BUILDKITE_BRANCH}",
               [CLI_PULL_DESTINATION] = "{BUILDKITE_PULL_REQUEST_BASE_BRANCH}"}},
};

bool cli_pull_request_fact(const cli_ci *ci, cli_pull fact, js_buf *value, js_buf *origin) {
    for (size_t i = 0; ci != NULL && i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].ci, ci->name) == 0) {
            cli_ci one = {.name = ci->name};
            one.facts[CLI_FACT_NAME] = table[i].facts[fact];
            return cli_ci_fact(&one, CLI_FACT_NAME, value, origin);
        }
    }
    return false;
}
