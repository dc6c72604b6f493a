/* Documents of commits, branches and pull requests, and deletions of repositories. */
#include "event_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef01234567"
#define REPOSITORY "\"repository\":{\"url\":\"https://git.example.com/team/app\"}"
#define COMMIT(more)                                                                               \
    "{\"kind\":\"commit\"," REPOSITORY ",\"hash\":\"" HASH "\",\"url\":\"https://g/c\"," more "}"
#define LAST(more) "\"lastCommit\":{\"hash\":\"" HASH "\",\"url\":\"https://g/c\"," more "}"
#define BRANCH(more) "{\"kind\":\"branch\"," REPOSITORY ",\"url\":\"https://g/b\"," more "}"
#define PULL_REQUEST(more)                                                                         \
    "{\"kind\":\"pull_request\"," REPOSITORY ",\"number\":12,\"url\":\"https://g/p\"," more "}"
#define PULL_REQUEST_REST "\"title\":\"t\",\"sourceBranch\":\"b\",\"state\":\"open\""

static void same_facts(const js_event *event, const char *expected) {
    char *facts = test_event_facts(event);
    assert_string_equal(facts, expected);
    free(facts);
}

static void same_keys(const js_strings *keys, const char *expected) {
    char joined[200] = "";
    for (size_t i = 0; i < keys->count; i++) {
        strncat(joined, i == 0 ? "" : " ", sizeof joined - strlen(joined) - 1);
        strncat(joined, keys->items[i], sizeof joined - strlen(joined) - 1);
    }
    assert_string_equal(joined, expected);
}

/* ---- repositories ---- */

static void a_repository_is_named_by_its_url(void **state) {
    (void)state;
    static const struct {
        const char *url, *id, *name;
    } cases[] = {
        {"https://git.example.com/team/app", "git.example.com/team/app", "team/app"},
        {"http://GIT.Example.com/Team/App.git", "git.example.com/Team/App", "Team/App"},
        {"https://h:8443/a.git/", "h:8443/a", "a"},
        {"https://h:/a//", "h/a", "a"},
        {"https://u:secret@h/a/b", "h/a/b", "a/b"},
        {"https://h/a?x=1#y", "h/a", "a"},
        {"https://h/a/.git", "h/a", "a"},
        {"https://h/.git", "h", "h"},
        {"https://h/", "h", "h"},
        {"https://[::1]:80/r", "[::1]:80/r", "r"},
        {"https://h/%7Ea/b", "h/%7Ea/b", "%7Ea/b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char document[400];
        (void)snprintf(document, sizeof document,
                       "{\"kind\":\"commit\",\"repository\":{\"url\":\"%s\"},\"hash\":\"" HASH
                       "\",\"url\":\"https://g/c\",\"message\":\"\"}",
                       cases[i].url);
        js_event event;
        test_event_read(&event, document);
        assert_string_equal(event.of.repository.id, cases[i].id);
        assert_string_equal(event.of.repository.name, cases[i].name);
        assert_null(strstr(event.of.repository.url, "secret"));
        free(test_event_stored(&event));
        js_event_clear(&event);
    }
}

static void what_is_given_of_a_repository_counts(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, "{\"kind\":\"commit\",\"repository\":{\"id\":\"https://t@x/Y\","
                            "\"name\":\"My app\",\"url\":\"https://h/a\"},\"hash\":\"" HASH
                            "\",\"url\":\"https://g/c\",\"message\":\"\"}");
    assert_string_equal(event.of.repository.id, "https://x/Y");
    assert_string_equal(event.of.repository.name, "My app");
    js_event_clear(&event);
    test_event_read(&event, "{\"kind\":\"commit\",\"repository\":{\"name\":\"https://u:t@h/a\","
                            "\"url\":\"https://h/a\"},\"hash\":\"" HASH
                            "\",\"url\":\"https://g/c\",\"message\":\"\"}");
    assert_string_equal(event.of.repository.name, "https://h/a");
    js_event_clear(&event);
    test_event_refused("{\"kind\":\"commit\",\"repository\":{\"id\":\"x\"},\"hash\":\"" HASH
                       "\",\"url\":\"https://g/c\",\"message\":\"\"}",
                       "lacks \"repository.url\"");
    test_event_refused("{\"kind\":\"commit\",\"repository\":{\"url\":\"ssh://git@h/a\"},"
                       "\"hash\":\"" HASH "\",\"url\":\"https://g/c\",\"message\":\"\"}",
                       "\"repository.url\" is \"ssh://git@h/a\", which is not a web address");
    char document[1400];
    (void)snprintf(document, sizeof document,
                   "{\"kind\":\"repository\",\"delete\":true,\"repository\":{\"url\":"
                   "\"https://h/%01000d\"}}",
                   1);
    test_event_refused(document, "\"repository.id\" is 1002 characters long");
}

static void a_repository_can_only_be_deleted(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, "{\"kind\":\"repository\",\"delete\":true," REPOSITORY "}");
    assert_true(event.deletion);
    assert_true(js_event_takes_name(&event));
    js_stream stream = js_event_stream(&event);
    assert_string_equal(stream.name, "git.example.com/team/app");
    assert_true(stream.number == -3);
    assert_string_equal(stream.part, "");
    same_facts(&event, "{\"repository\":{\"id\":\"git.example.com/team/app\","
                       "\"url\":\"https://git.example.com/team/app\"},\"deleted\":true}");
    free(test_event_stored(&event));
    js_event_clear(&event);
    test_event_refused("{\"kind\":\"repository\"," REPOSITORY "}", "can only be deleted");
    test_event_refused("{\"kind\":\"repository\",\"delete\":true}", "lacks \"repository\"");
    test_event_refused("{\"kind\":\"repository\",\"delete\":true,\"repository\":{}}",
                       "exactly one of \"id\" and \"url\", and has neither");
    test_event_refused("{\"kind\":\"repository\",\"delete\":true,\"repository\":{\"id\":\"a\","
                       "\"url\":\"https://h/a\"}}",
                       "exactly one of \"id\" and \"url\", and has both");
    test_event_refused("{\"kind\":\"repository\",\"delete\":true,\"repository\":{\"id\":\"a\","
                       "\"name\":\"A\"}}",
                       "unknown member \"repository.name\"");
}

/* ---- commits ---- */

static void reads_every_member_of_a_commit(void **state) {
    (void)state;
    js_event event;
    test_event_read(
        &event,
        COMMIT("\"message\":\"APP-1 one\\n\\nAPP-2\",\"author\":{\"name\":\"N\",\"email\":\"e@x\","
               "\"url\":\"https://u:p@g/n\",\"avatar\":\"https://g/a\"},\"issueKeys\":[\"OPS-1\"],"
               "\"authoredAt\":\"2026-01-01T01:00:00+01:00\",\"merge\":true,\"fileCount\":3,"
               "\"transitions\":false,\"files\":[{\"path\":\"a.c\",\"url\":\"https://g/f\","
               "\"change\":\"Modified\",\"linesAdded\":3,\"linesRemoved\":1},{\"path\":\"b\"}]"));
    const js_commit *commit = &event.of.commit.commit;
    assert_string_equal(commit->hash, HASH);
    assert_string_equal(commit->message, "APP-1 one\n\nAPP-2");
    assert_string_equal(commit->author.name, "N");
    assert_string_equal(commit->author.email, "e@x");
    assert_string_equal(commit->author.url, "https://g/n");
    assert_string_equal(commit->author.avatar, "https://g/a");
    assert_true(commit->authored_at_ms == INT64_C(1767225600000));
    assert_string_equal(commit->url, "https://g/c");
    assert_true(commit->merge);
    assert_true(commit->file_count == 3);
    assert_int_equal(commit->listed, 2);
    assert_string_equal(commit->files[0].url, "https://g/f");
    assert_int_equal(commit->files[0].change, JS_CHANGE_MODIFIED);
    assert_true(commit->files[0].lines_added == 3 && commit->files[0].lines_removed == 1);
    assert_string_equal(commit->files[1].url, "https://g/c");
    assert_int_equal(commit->files[1].change, JS_CHANGE_UNKNOWN);
    assert_true(event.no_transitions);
    same_keys(&event.issue_keys, "OPS-1 APP-1 APP-2");
    assert_int_equal(event.found[1].from, JS_KEY_MESSAGE);
    assert_string_equal(event.found[1].commit, HASH);
    js_stream stream = js_event_stream(&event);
    assert_true(stream.number == -1);
    assert_string_equal(stream.part, HASH);
    assert_false(js_event_stream_touched(&event, &stream));
    same_facts(&event, "{\"repository\":{\"id\":\"git.example.com/team/app\","
                       "\"url\":\"https://git.example.com/team/app\"},\"hash\":\"" HASH
                       "\",\"url\":\"https://g/c\"}");
    free(test_event_stored(&event));
    js_event_clear(&event);
}

static void a_commit_needs_little(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, COMMIT("\"message\":\"\""));
    assert_string_equal(event.of.commit.commit.message, "");
    assert_true(event.of.commit.commit.authored_at_ms == TEST_NOW_MS);
    assert_true(event.of.commit.commit.file_count == 0);
    assert_false(event.no_transitions);
    assert_false(js_event_has_associations(&event));
    free(test_event_stored(&event));
    js_event_clear(&event);
    test_event_refused(COMMIT("\"merge\":true"), "lacks \"message\"");
    test_event_refused("{\"kind\":\"commit\"," REPOSITORY ",\"hash\":\"abc\",\"message\":\"\","
                       "\"url\":\"https://g/c\"}",
                       "\"hash\" is \"abc\", which is not the hash of a commit");
    test_event_refused(COMMIT("\"message\":\"\",\"files\":[{\"change\":\"added\"}]"),
                       "lacks \"files[0].path\"");
    test_event_refused(COMMIT("\"message\":\"\",\"files\":[{\"path\":\"a\",\"change\":\"gone\"}]"),
                       "\"files[0].change\" is \"gone\"");
    test_event_refused(COMMIT("\"message\":\"\",\"author\":{\"mail\":\"x\"}"),
                       "Did you mean \"author.email\"");
}

static void counts_more_files_than_it_lists(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf_add_text(&document, "{\"kind\":\"commit\"," REPOSITORY ",\"hash\":\"" HASH
                               "\",\"url\":\"https://g/c\",\"message\":\"m\",\"fileCount\":2,"
                               "\"files\":[{\"path\":\"0\"}");
    for (int i = 1; i < 12; i++) {
        js_buf_addf(&document, ",{\"path\":\"%d\"}", i);
    }
    js_buf_add_text(&document, "]}");
    js_event event;
    test_event_read(&event, document.data);
    assert_int_equal(event.of.commit.commit.listed, 10);
    assert_true(event.of.commit.commit.file_count == 12);
    assert_string_equal(event.of.commit.commit.files[9].path, "9");
    free(test_event_stored(&event));
    js_event_clear(&event);
    js_buf_clear(&document);
}

static void finds_keys_behind_the_cut(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf_add_text(&document, "{\"kind\":\"commit\"," REPOSITORY ",\"hash\":\"" HASH
                               "\",\"url\":\"https://g/c\",\"message\":\"");
    js_buf_addf(&document, "%01500d APP-9\"}", 7);
    js_event event;
    test_event_read(&event, document.data);
    assert_int_equal(strlen(event.of.commit.commit.message), 1024);
    same_keys(&event.issue_keys, "APP-9");
    js_event_clear(&event);
    js_buf_clear(&document);
}

static void a_commit_of_the_past_has_either_time(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, COMMIT("\"message\":\"\",\"history\":true,"
                                   "\"authoredAt\":\"2026-01-01T00:00:00Z\""));
    assert_true(event.history);
    assert_true(event.updated_at_ms == INT64_C(1767225600000));
    free(test_event_stored(&event));
    js_event_clear(&event);
    test_event_read(&event, COMMIT("\"message\":\"\",\"authoredAt\":\"2026-01-01T00:00:00Z\""));
    assert_true(event.updated_at_ms == TEST_NOW_MS);
    js_event_clear(&event);
    test_event_refused(COMMIT("\"message\":\"\",\"history\":true"), "\"updatedAt\" is missing");
    test_event_refused(COMMIT("\"message\":\"\",\"history\":true,"
                              "\"authoredAt\":\"2027-01-01T00:00:00Z\""),
                       "future");
}

static void addresses_can_be_kept_out(void **state) {
    (void)state;
    const js_read_rules rules = {.no_emails = true};
    js_event event;
    assert_int_equal(test_event_try(&event,
                                    COMMIT("\"message\":\"\",\"author\":{\"name\":\"N\","
                                           "\"email\":\"e@x\"}"),
                                    &rules, NULL),
                     JIRASEND_OK);
    assert_string_equal(event.of.commit.commit.author.name, "N");
    assert_null(event.of.commit.commit.author.email);
    js_event_clear(&event);
    char document[900];
    (void)snprintf(document, sizeof document,
                   COMMIT("\"message\":\"\",\"author\":{\"email\":\"%0255d\"}"), 1);
    test_event_read(&event, document);
    assert_int_equal(strlen(event.of.commit.commit.author.email), 255);
    js_event_clear(&event);
    (void)snprintf(document, sizeof document,
                   COMMIT("\"message\":\"\",\"author\":{\"email\":\"%0256d\"}"), 1);
    test_event_read(&event, document);
    assert_null(event.of.commit.commit.author.email);
    js_event_clear(&event);
    (void)snprintf(document, sizeof document,
                   PULL_REQUEST(PULL_REQUEST_REST ",\"reviewers\":[{\"email\":\"%0255d\"}]"), 1);
    test_event_read(&event, document);
    assert_null(event.of.pull_request.reviewers[0].email);
    js_event_clear(&event);
}

/* ---- branches ---- */

static void reads_every_member_of_a_branch(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event,
                    BRANCH("\"name\":\"feature/APP-1-login\",\"issueKeys\":[\"OPS-1\"],"
                           "\"createPullRequestUrl\":\"https://t@g/n\"," LAST(
                               "\"message\":\"APP-2 m\",\"issueKeys\":[\"OPS-2\"],"
                               "\"keyText\":[\"OPS-3\"],\"authoredAt\":\"2026-01-01T00:00:00Z\"")));
    const js_branch *branch = &event.of.branch;
    assert_string_equal(branch->name, "feature/APP-1-login");
    assert_string_equal(event.url, "https://g/b");
    assert_string_equal(branch->create_url, "https://g/n");
    assert_string_equal(branch->last.hash, HASH);
    assert_true(branch->last.authored_at_ms == INT64_C(1767225600000));
    same_keys(&event.issue_keys, "OPS-1 APP-1");
    assert_int_equal(event.found[1].from, JS_KEY_BRANCH);
    same_keys(&branch->last_keys, "OPS-2 OPS-3 APP-2");
    js_stream stream = js_event_stream(&event);
    assert_true(stream.number == -2);
    assert_string_equal(stream.part, "feature/APP-1-login");
    assert_true(js_event_stream_touched(&event, &stream));
    assert_true(stream.number == -1);
    assert_string_equal(stream.name, "git.example.com/team/app");
    assert_string_equal(stream.part, HASH);
    same_facts(&event, "{\"repository\":{\"id\":\"git.example.com/team/app\","
                       "\"url\":\"https://git.example.com/team/app\"},"
                       "\"branch\":\"feature/APP-1-login\",\"url\":\"https://g/b\"}");
    char *stored = test_event_stored(&event);
    assert_non_null(strstr(stored, "\"issueKeys\":[\"OPS-2\",\"OPS-3\",\"APP-2\"]"));
    free(stored);
    js_event_clear(&event);
}

static void the_last_commit_is_checked_like_a_commit(void **state) {
    (void)state;
    test_event_refused(BRANCH("\"name\":\"b\""), "lacks \"lastCommit\"");
    test_event_refused(BRANCH("\"name\":\"b\"," LAST("\"merge\":true")),
                       "lacks \"lastCommit.message\"");
    test_event_refused(BRANCH("\"name\":\"b\"," LAST("\"message\":\"\",\"issueKeys\":[\"x\"]")),
                       "\"lastCommit.issueKeys[0]\" is \"x\"");
    test_event_refused(BRANCH("\"name\":\"b\"," LAST("\"message\":\"\"," REPOSITORY)),
                       "unknown member \"lastCommit.repository\"");
    test_event_refused(BRANCH("\"name\":\"\"," LAST("\"message\":\"\"")), "\"name\" is empty");
    test_event_refused(BRANCH("\"name\":\"a\\u0007\"," LAST("\"message\":\"\"")), "U+0007");
    test_event_refused(BRANCH("\"name\":\"b\",\"history\":true," LAST(
                           "\"message\":\"\",\"authoredAt\":\"2026-01-01T00:00:00Z\"")),
                       "\"updatedAt\" is missing");
}

/* ---- pull requests ---- */

static void reads_every_member_of_a_pull_request(void **state) {
    (void)state;
    js_event event;
    test_event_read(
        &event,
        PULL_REQUEST("\"title\":\"APP-1 t\",\"state\":\"CLOSED\",\"author\":{\"name\":\"N\"},"
                     "\"sourceBranch\":\"f/APP-2\",\"sourceBranchUrl\":\"https://g/s\","
                     "\"destinationBranch\":\"main\",\"destinationBranchUrl\":\"https://g/d\","
                     "\"commentCount\":4,\"reviewers\":[{\"name\":\"R\",\"email\":\"r@x\","
                     "\"state\":\"Approved\"},{\"name\":\"S\"}]"));
    const js_pull_request *own = &event.of.pull_request;
    assert_true(own->number == 12);
    assert_string_equal(own->title, "APP-1 t");
    assert_int_equal(own->state, JS_PULL_REQUEST_DECLINED);
    assert_string_equal(own->author.name, "N");
    assert_string_equal(own->source_branch, "f/APP-2");
    assert_string_equal(own->source_branch_url, "https://g/s");
    assert_string_equal(own->destination_branch, "main");
    assert_string_equal(own->destination_branch_url, "https://g/d");
    assert_true(own->comment_count == 4);
    assert_int_equal(own->reviewer_count, 2);
    assert_true(own->reviewers[0].approved);
    assert_string_equal(own->reviewers[0].email, "r@x");
    assert_false(own->reviewers[1].approved);
    same_keys(&event.issue_keys, "APP-1 APP-2");
    assert_int_equal(event.found[0].from, JS_KEY_TITLE);
    assert_int_equal(event.found[1].from, JS_KEY_BRANCH);
    js_stream stream = js_event_stream(&event);
    assert_true(stream.number == 12);
    assert_string_equal(stream.part, "");
    same_facts(&event, "{\"repository\":{\"id\":\"git.example.com/team/app\","
                       "\"url\":\"https://git.example.com/team/app\"},\"number\":12,"
                       "\"state\":\"declined\",\"url\":\"https://g/p\"}");
    free(test_event_stored(&event));
    js_event_clear(&event);
}

static void knows_the_words_for_states(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event,
                    PULL_REQUEST("\"title\":\"t\",\"sourceBranch\":\"b\",\"state\":\"draft\""));
    assert_int_equal(event.of.pull_request.state, JS_PULL_REQUEST_OPEN);
    js_event_clear(&event);
    test_event_refused(PULL_REQUEST("\"title\":\"t\",\"sourceBranch\":\"b\",\"state\":\"new\""),
                       "open, merged, declined, unknown");
    test_event_refused(PULL_REQUEST(PULL_REQUEST_REST ",\"reviewers\":[{\"state\":\"maybe\"}]"),
                       "\"reviewers[0].state\" is \"maybe\"");
    test_event_refused(PULL_REQUEST("\"title\":\"\",\"sourceBranch\":\"b\",\"state\":\"open\""),
                       "\"title\" is empty");
    test_event_refused("{\"kind\":\"pull_request\"," REPOSITORY ",\"url\":\"https://g/p\"," //
                       PULL_REQUEST_REST "}",
                       "lacks \"number\"");
    test_event_refused("{\"kind\":\"pull_request\"," REPOSITORY ",\"url\":\"https://g/p\","
                       "\"number\":-1," PULL_REQUEST_REST "}",
                       "\"number\" is -1");
}

static void deletions_name_what_is_to_go(void **state) {
    (void)state;
    static const char *const good[] = {
        "{\"kind\":\"commit\",\"delete\":true," REPOSITORY ",\"hash\":\"" HASH "\"}",
        "{\"kind\":\"branch\",\"delete\":true," REPOSITORY ",\"name\":\"APP-1\"}",
        "{\"kind\":\"pull_request\",\"delete\":true,\"repository\":{\"id\":\"r\"},\"number\":0}",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        js_event event;
        test_event_read(&event, good[i]);
        js_stream stream;
        assert_false(js_event_stream_touched(&event, &stream));
        assert_int_equal(event.issue_keys.count, 0);
        free(test_event_stored(&event));
        js_event_clear(&event);
    }
    test_event_refused("{\"kind\":\"commit\",\"delete\":true," REPOSITORY "}", "lacks \"hash\"");
    test_event_refused("{\"kind\":\"branch\",\"delete\":true," REPOSITORY
                       ",\"name\":\"b\",\"url\":\"https://g/b\"}",
                       "\"url\" is there");
    test_event_refused("{\"kind\":\"branch\",\"delete\":true," REPOSITORY
                       ",\"name\":\"b\",\"transitions\":false}",
                       "\"transitions\" is there");
}

static void stored_forms_give_equal_events(void **state) {
    (void)state;
    test_random random = {0x9E3779B97F4A7C15U};
    for (int i = 0; i < 200; i++) {
        js_kind kind = (js_kind)(JS_KIND_FLAG + i % (JS_KIND_REPOSITORY - JS_KIND_FLAG));
        js_buf document = JS_BUF_INIT;
        test_document_random_of(&document, &random, kind);
        js_event event;
        test_event_read(&event, document.data);
        free(test_event_stored(&event));
        js_event_clear(&event);
        js_buf_clear(&document);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repository_is_named_by_its_url),
        cmocka_unit_test(what_is_given_of_a_repository_counts),
        cmocka_unit_test(a_repository_can_only_be_deleted),
        cmocka_unit_test(reads_every_member_of_a_commit),
        cmocka_unit_test(a_commit_needs_little),
        cmocka_unit_test(counts_more_files_than_it_lists),
        cmocka_unit_test(finds_keys_behind_the_cut),
        cmocka_unit_test(a_commit_of_the_past_has_either_time),
        cmocka_unit_test(addresses_can_be_kept_out),
        cmocka_unit_test(reads_every_member_of_a_branch),
        cmocka_unit_test(the_last_commit_is_checked_like_a_commit),
        cmocka_unit_test(reads_every_member_of_a_pull_request),
        cmocka_unit_test(knows_the_words_for_states),
        cmocka_unit_test(deletions_name_what_is_to_go),
        cmocka_unit_test(stored_forms_give_equal_events),
    };
    return cmocka_run_group_tests_name("event kind_devinfo", tests, NULL, NULL);
}
