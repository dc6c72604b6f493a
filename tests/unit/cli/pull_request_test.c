/* Documents of pull requests, from options and from what the CI's jobs know. */
#include "cli/pull_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_object *document;
static char event_file[] = "/tmp/jirasend-pull-XXXXXX";

static int begin(void **state) {
    (void)state;
    clearenv();
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("HOME", "/nonexistent", 1);
    return chdir("/");
}

static int end(void **state) {
    (void)state;
    json_object_put(document);
    document = NULL;
    return 0;
}

/* The document of `jirasend pull-request OPTIONS`; null after 64. */
static json_object *make(int count, const char *const *options) {
    char *words[32] = {(char *)(uintptr_t) "pull-request"};
    for (int i = 0; i < count; i++) {
        words[i + 1] = (char *)(uintptr_t)options[i];
    }
    cli_options parsed;
    js_buf text = JS_BUF_INIT, label = JS_BUF_INIT;
    int code = cli_options_parse(&parsed, CLI_PULL_REQUEST, count + 1, words);
    code = code == 0 ? cli_pull_request_make(&parsed, &text, &label) : code;
    json_object_put(document);
    document = code == 0 ? json_tokener_parse(text.data) : NULL;
    assert_true(code == 0 || code == 64);
    js_buf_clear(&text);
    js_buf_clear(&label);
    cli_options_free(&parsed);
    return document;
}

#define MAKE(...)                                                                                  \
    make((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),                       \
         (const char *const[]){__VA_ARGS__})

static const char *text_of(const char *name) {
    json_object *member = document;
    char path[100];
    snprintf(path, sizeof(path), "%s", name);
    for (char *rest = path, *part; (part = strtok_r(rest, ".", &rest)) != NULL;) {
        if (!json_object_object_get_ex(member, part, &member)) {
            return NULL;
        }
    }
    return json_object_get_string(member);
}

#define EXPECT(name, value) assert_string_equal(text_of(name), value)

static void options_alone(void **state) {
    (void)state;
    assert_non_null(MAKE("--number", "12", "--title", "APP-1 Log in", "--state", "Draft",
                         "--source-branch", "f/APP-1 x", "--destination-branch", "main", "--url",
                         "https://git.example.com/p/12", "--repository",
                         "git@github.com:team/app.git", "--no-transitions", "--keys", "APP-9"));
    EXPECT("kind", "pull_request");
    EXPECT("number", "12");
    EXPECT("state", "open");
    EXPECT("title", "APP-1 Log in");
    EXPECT("repository.url", "https://github.com/team/app");
    EXPECT("sourceBranch", "f/APP-1 x");
    EXPECT("sourceBranchUrl", "https://github.com/team/app/tree/f/APP-1%20x");
    EXPECT("destinationBranchUrl", "https://github.com/team/app/tree/main");
    EXPECT("transitions", "false");
    EXPECT("issueKeys", "[ \"APP-9\" ]");
    assert_null(text_of("author"));
}

static void links_are_not_needed(void **state) {
    (void)state;
    assert_non_null(MAKE("--number", "0", "--title", "t", "--state", "closed", "--source-branch",
                         "s", "--url", "https://x.example.com", "--repository",
                         "https://git.example.com/a", "--repository-id", "ours"));
    EXPECT("state", "declined");
    EXPECT("repository.id", "ours");
    assert_null(text_of("sourceBranchUrl"));
    assert_null(text_of("destinationBranch"));
    assert_non_null(MAKE("--number", "0", "--title", "t", "--state", "completed", "--source-branch",
                         "s", "--url", "https://x.example.com", "--repository",
                         "https://git.example.com/a", "--branch-url",
                         "https://git.example.com/a/{branch}"));
    EXPECT("state", "merged");
    EXPECT("sourceBranchUrl", "https://git.example.com/a/s");
}

static void what_cannot_be(void **state) {
    (void)state;
    assert_null(MAKE("--number", "1"));
    assert_null(MAKE("--number", "-1", "--title", "t", "--state", "open", "--source-branch", "s",
                     "--url", "https://x.example.com", "--repository", "https://h.example.com/a"));
    assert_null(MAKE("--number", "1", "--title", "t", "--state", "nearly", "--source-branch", "s",
                     "--url", "https://x.example.com", "--repository", "https://h.example.com/a"));
    assert_null(MAKE("--number", "1", "--title", "t", "--state", "open", "--source-branch", "s",
                     "--url", "x", "--repository", "https://h.example.com/a"));
    assert_null(MAKE("--number", "1", "--title", "t", "--state", "open", "--source-branch", "s",
                     "--url", "https://x.example.com"));
}

static void gitlab(void **state) {
    (void)state;
    setenv("GITLAB_CI", "true", 1);
    setenv("CI_PROJECT_URL", "https://git.example.com/team/app", 1);
    setenv("CI_MERGE_REQUEST_PROJECT_URL", "https://git.example.com/team/app", 1);
    setenv("CI_MERGE_REQUEST_SOURCE_PROJECT_URL", "https://git.example.com/ann/app", 1);
    setenv("CI_MERGE_REQUEST_IID", "7", 1);
    setenv("CI_MERGE_REQUEST_TITLE", "APP-7 it", 1);
    setenv("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "f/APP-7", 1);
    setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main", 1);
    assert_non_null(make(0, NULL));
    EXPECT("number", "7");
    EXPECT("state", "open");
    EXPECT("url", "https://git.example.com/team/app/-/merge_requests/7");
    EXPECT("sourceBranchUrl", "https://git.example.com/ann/app/-/tree/f/APP-7");
    EXPECT("destinationBranchUrl", "https://git.example.com/team/app/-/tree/main");
    assert_non_null(MAKE("--state", "merged"));
    EXPECT("state", "merged");
}

static void github(void **state) {
    (void)state;
    static const char event[] =
        "{\"pull_request\": {\"number\": 5, \"title\": \"APP-5\", \"state\": \"closed\","
        "\"merged\": true, \"comments\": 3, \"html_url\": \"https://github.com/t/a/pull/5\","
        "\"user\": {\"login\": \"ann\", \"html_url\": \"https://github.com/ann\"},"
        "\"head\": {\"ref\": \"f\", \"repo\": {\"html_url\": \"https://github.com/ann/a\"}},"
        "\"base\": {\"ref\": \"main\"}}}";
    int fd = mkstemp(event_file);
    assert_int_equal(write(fd, event, sizeof(event) - 1), (ssize_t)sizeof(event) - 1);
    close(fd);
    setenv("GITHUB_ACTIONS", "true", 1);
    setenv("GITHUB_EVENT_PATH", event_file, 1);
    setenv("GITHUB_SERVER_URL", "https://github.com", 1);
    setenv("GITHUB_REPOSITORY", "t/a", 1);
    json_object *made = make(0, NULL);
    unlink(event_file);
    assert_non_null(made);
    EXPECT("number", "5");
    EXPECT("state", "merged");
    EXPECT("commentCount", "3");
    EXPECT("author.name", "ann");
    EXPECT("sourceBranchUrl", "https://github.com/ann/a/tree/f");
    EXPECT("destinationBranchUrl", "https://github.com/t/a/tree/main");
}

static void jenkins_and_others(void **state) {
    (void)state;
    setenv("JENKINS_URL", "https://ci.example.com/", 1);
    setenv("GIT_URL", "https://bitbucket.example.com/scm/key/app.git", 1);
    setenv("CHANGE_ID", "3", 1);
    setenv("CHANGE_TITLE", "APP-3", 1);
    setenv("CHANGE_BRANCH", "f", 1);
    setenv("CHANGE_TARGET", "main", 1);
    setenv("CHANGE_URL", "https://bitbucket.example.com/projects/KEY/repos/app/pull-requests/3", 1);
    setenv("CHANGE_AUTHOR_EMAIL", "ann@example.com", 1);
    assert_non_null(make(0, NULL));
    EXPECT("author.email", "ann@example.com");
    EXPECT("sourceBranchUrl",
           "https://bitbucket.example.com/projects/key/repos/app/browse?at=refs/heads/f");
    assert_non_null(MAKE("--no-email"));
    assert_null(text_of("author"));
    clearenv();
    setenv("TF_BUILD", "True", 1);
    setenv("BUILD_REPOSITORY_PROVIDER", "TfsGit", 1);
    setenv("BUILD_REPOSITORY_URI", "https://org@dev.azure.com/org/p/_git/app", 1);
    setenv("SYSTEM_PULLREQUEST_PULLREQUESTID", "8", 1);
    setenv("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/f", 1);
    setenv("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main", 1);
    assert_null(make(0, NULL)); /* it tells no title */
    assert_non_null(MAKE("--title", "t"));
    EXPECT("url", "https://dev.azure.com/org/p/_git/app/pullrequest/8");
    EXPECT("sourceBranch", "f");
    EXPECT("sourceBranchUrl", "https://dev.azure.com/org/p/_git/app?version=GBf");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_alone, begin, end),
        cmocka_unit_test_setup_teardown(links_are_not_needed, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be, begin, end),
        cmocka_unit_test_setup_teardown(gitlab, begin, end),
        cmocka_unit_test_setup_teardown(github, begin, end),
        cmocka_unit_test_setup_teardown(jenkins_and_others, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
