/* Requests with development information: what stands where, and what the answer says of each. */
#include "payload/answer.h"
#include "payload/request.h"

#include "event_support.h"

#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define COMMIT(hash, more)                                                                         \
    "{\"kind\":\"commit\",\"repository\":{\"url\":\"https://h/a\"},\"hash\":\"" hash               \
    "\",\"url\":\"https://h/c\"," more "}"
#define BRANCH(name, hash, more)                                                                   \
    "{\"kind\":\"branch\",\"repository\":{\"url\":\"https://h/"                                    \
    "a\",\"name\":\"A\"},\"name\":\"" name                                                         \
    "\",\"url\":\"https://h/b\",\"lastCommit\":{\"hash\":\"" hash                                  \
    "\",\"url\":\"https://h/last\"," more "}}"
#define PULL_REQUEST(repository)                                                                   \
    "{\"kind\":\"pull_request\",\"repository\":{\"url\":\"https://h/" repository                   \
    "\"},\"number\":7,\"title\":\"APP-1\",\"state\":\"merged\",\"sourceBranch\":\"b\","            \
    "\"url\":\"https://h/p\"}"
enum { MOST = 5 };

static json_object *bulk_of(const char *const *documents, size_t count) {
    js_event events[MOST];
    js_payload_item items[MOST];
    for (size_t i = 0; i < count; i++) {
        test_event_read(&events[i], documents[i]);
        items[i] = (js_payload_item){.event = &events[i], .sequence = 100 + (int64_t)i};
    }
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, items, count);
    assert_false(body.failed);
    json_object *parsed = json_tokener_parse(body.data);
    assert_non_null(parsed);
    js_buf_clear(&body);
    for (size_t i = 0; i < count; i++) {
        js_event_clear(&events[i]);
    }
    return parsed;
}

/* What stands at a path such as "/repositories/0/name" (RFC 6901). */
static void same_at(json_object *body, const char *path, const char *expected) {
    json_object *value = NULL;
    if (json_pointer_get(body, path, &value) != 0) {
        fail_msg("nothing at %s: %s", path, json_object_to_json_string(body));
    }
    assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE),
                        expected);
}

static void nothing_at(json_object *body, const char *path) {
    json_object *value = NULL;
    assert_int_not_equal(json_pointer_get(body, path, &value), 0);
}

static void a_repository_stands_once(void **state) {
    (void)state;
    static const char *const documents[] = {
        PULL_REQUEST("b"), COMMIT(HASH, "\"message\":\"APP-1\""),
        BRANCH("x/APP-2", OTHER, "\"message\":\"APP-3\""), PULL_REQUEST("a")};
    json_object *body = bulk_of(documents, COUNT_OF(documents));
    same_at(body, "/repositories/0/id", "\"h~2Fa\"");
    same_at(body, "/repositories/0/name", "\"a\""); /* the pull request is the newest */
    same_at(body, "/repositories/0/updateSequenceId", "103");
    same_at(body, "/repositories/0/commits/0/id", "\"" HASH "\"");
    same_at(body, "/repositories/0/commits/0/updateSequenceId", "101");
    same_at(body, "/repositories/0/branches/0/id", "\"x~2FAPP-2\"");
    same_at(body, "/repositories/0/branches/0/name", "\"x/APP-2\"");
    same_at(body, "/repositories/0/branches/0/lastCommit/updateSequenceId", "102");
    same_at(body, "/repositories/0/branches/0/lastCommit/issueKeys", "[\"APP-3\"]");
    same_at(body, "/repositories/0/pullRequests/0/id", "\"7\"");
    same_at(body, "/repositories/0/pullRequests/0/displayId", "\"#7\"");
    same_at(body, "/repositories/0/pullRequests/0/status", "\"MERGED\"");
    same_at(body, "/repositories/1/id", "\"h~2Fb\"");
    same_at(body, "/repositories/1/updateSequenceId", "100");
    nothing_at(body, "/repositories/2");
    nothing_at(body, "/repositories/1/commits");
    nothing_at(body, "/preventTransitions");
    nothing_at(body, "/operationType");
    same_at(body, "/properties", "{\"jirasend\":\"default\"}");
    json_object_put(body);
}

/* Numbers of different streams say nothing about each other. */
static void the_last_submitted_names_the_repository(void **state) {
    (void)state;
    js_event branch;
    js_event commit;
    test_event_read(&branch, BRANCH("APP-1", OTHER, "\"message\":\"\""));
    test_event_read(&commit, COMMIT(HASH, "\"message\":\"APP-1\""));
    const js_payload_item items[] = {{.event = &branch, .sequence = 5, .order = 9},
                                     {.event = &commit, .sequence = 7, .order = 8}};
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, items, 2);
    json_object *parsed = json_tokener_parse(body.data);
    same_at(parsed, "/repositories/0/name", "\"A\"");
    same_at(parsed, "/repositories/0/updateSequenceId", "7");
    json_object_put(parsed);
    js_buf_clear(&body);
    js_event_clear(&branch);
    js_event_clear(&commit);
}

static void both_copies_of_a_commit_are_the_same(void **state) {
    (void)state;
    static const char *const documents[] = {
        BRANCH("APP-9", HASH, "\"message\":\"old APP-2\""),
        COMMIT(HASH, "\"message\":\"APP-1 new\",\"merge\":true"),
        BRANCH("APP-8", HASH, "\"message\":\"newest\"")};
    json_object *body = bulk_of(documents, COUNT_OF(documents));
    json_object *alone = NULL;
    json_object *last = NULL;
    assert_int_equal(json_pointer_get(body, "/repositories/0/commits/0", &alone), 0);
    assert_int_equal(json_pointer_get(body, "/repositories/0/branches/0/lastCommit", &last), 0);
    assert_true(json_object_equal(alone, last));
    assert_int_equal(json_pointer_get(body, "/repositories/0/branches/1/lastCommit", &last), 0);
    assert_true(json_object_equal(alone, last));
    same_at(body, "/repositories/0/commits/0/message", "\"newest\"");
    same_at(body, "/repositories/0/commits/0/updateSequenceId", "102");
    /* APP-8 would be borrowed from the branch, which others make needless. */
    same_at(body, "/repositories/0/commits/0/issueKeys", "[\"APP-2\",\"APP-1\"]");
    same_at(body, "/repositories/0/branches/1/issueKeys", "[\"APP-8\"]");
    json_object_put(body);
}

static void a_last_commit_borrows_keys(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, BRANCH("APP-9", HASH, "\"message\":\"\""));
    const js_payload_item item = {.event = &event, .sequence = 5};
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, &item, 1);
    assert_non_null(strstr(body.data, "\"lastCommit\":{\"id\":\"" HASH "\",\"issueKeys\":"
                                      "[\"APP-9\"],\"updateSequenceId\":5"));
    js_buf_reset(&body);
    assert_true(js_strings_add(&event.of.branch.lent_keys, "OPS-1", 5));
    js_payload_item_write(&body, &item);
    assert_non_null(strstr(body.data, "\"lastCommit\":{\"id\":\"" HASH "\",\"issueKeys\":"
                                      "[\"OPS-1\"],\"updateSequenceId\":5"));
    js_buf_clear(&body);
    js_event_clear(&event);
}

static void the_frame_says_how_it_is_sent(void **state) {
    (void)state;
    static const char *const still[] = {
        COMMIT(HASH, "\"message\":\"APP-1\",\"transitions\":false")};
    json_object *body = bulk_of(still, 1);
    same_at(body, "/preventTransitions", "true");
    nothing_at(body, "/operationType");
    json_object_put(body);
    static const char *const past[] = {COMMIT(HASH, "\"message\":\"APP-1\",\"history\":true,"
                                                    "\"authoredAt\":\"2026-01-01T00:00:00Z\"")};
    body = bulk_of(past, 1);
    same_at(body, "/preventTransitions", "true");
    same_at(body, "/operationType", "\"BACKFILL\"");
    json_object_put(body);
}

static void a_long_branch_name_is_cut_and_its_id_hashed(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf_addf(&document,
                "{\"kind\":\"branch\",\"repository\":{\"url\":\"https://h/a\"},"
                "\"name\":\"APP-1_%0600d\",\"url\":\"https://h/b\",\"lastCommit\":"
                "{\"hash\":\"" HASH "\",\"url\":\"https://h/c\",\"message\":\"\"}}",
                1);
    const char *const documents[] = {document.data};
    json_object *body = bulk_of(documents, 1);
    json_object *value = NULL;
    assert_int_equal(json_pointer_get(body, "/repositories/0/branches/0/name", &value), 0);
    assert_int_equal(json_object_get_string_len(value), 512);
    assert_int_equal(json_pointer_get(body, "/repositories/0/branches/0/id", &value), 0);
    assert_int_equal(json_object_get_string_len(value), 190 + 1 + 64);
    json_object_put(body);
    js_buf_clear(&document);
}

static void writes_paths(void **state) {
    (void)state;
    static const struct {
        const char *document, *thing, *read;
    } cases[] = {
        {COMMIT(HASH, "\"message\":\"\""), "/repository/h~2Fa/commit/" HASH, "/repository/h~2Fa"},
        {BRANCH("a/b", HASH, "\"message\":\"\""), "/repository/h~2Fa/branch/a~2Fb",
         "/repository/h~2Fa"},
        {PULL_REQUEST("a"), "/repository/h~2Fa/pull_request/7", "/repository/h~2Fa"},
        {"{\"kind\":\"repository\",\"delete\":true,\"repository\":{\"id\":\"..\"}}",
         "/repository/~2E~2E", "/repository/~2E~2E"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        js_event event;
        char expected[300];
        js_buf path = JS_BUF_INIT;
        test_event_read(&event, cases[i].document);
        js_payload_delete_path(&path, &event, 77, "c");
        (void)snprintf(expected, sizeof expected,
                       "/jira/devinfo/0.1/cloud/c%s?_updateSequenceId=77", cases[i].thing);
        assert_string_equal(path.data, expected);
        js_buf_reset(&path);
        js_payload_read_path(&path, &event, "c");
        (void)snprintf(expected, sizeof expected, "/jira/devinfo/0.1/cloud/c%s", cases[i].read);
        assert_string_equal(path.data, expected);
        js_buf_clear(&path);
        js_event_clear(&event);
    }
}

static void writes_paths_by_properties(void **state) {
    (void)state;
    char name[] = "a b";
    char value[] = "\xC3\xA9&=~";
    char other[] = "jirasend";
    const js_property properties[] = {{name, value}, {other, other}};
    js_buf path = JS_BUF_INIT;
    js_payload_properties_path(&path, JS_API_FLAGS, "c", properties, 2);
    assert_string_equal(path.data, "/jira/featureflags/0.1/cloud/c/bulkByProperties?"
                                   "a%20b=%C3%A9%26%3D~&jirasend=jirasend");
    js_buf_reset(&path);
    js_payload_exists_path(&path, "c", properties + 1, 1);
    assert_string_equal(path.data,
                        "/jira/devinfo/0.1/cloud/c/existsByProperties?jirasend=jirasend");
    js_buf_clear(&path);
}

/* ---- answers ---- */

enum { EVENTS = 4 };

typedef struct fixture {
    js_event events[EVENTS];
    const js_event *pointers[EVENTS];
    js_item_answer items[EVENTS];
} fixture;

static int set_up(void **state) {
    static fixture shared;
    static const char *const documents[EVENTS] = {COMMIT(HASH, "\"message\":\"APP-1\""),
                                                  BRANCH("x/APP-1", HASH, "\"message\":\"\""),
                                                  PULL_REQUEST("a"), PULL_REQUEST("b")};
    for (int i = 0; i < EVENTS; i++) {
        test_event_read(&shared.events[i], documents[i]);
        shared.pointers[i] = &shared.events[i];
    }
    *state = &shared;
    return 0;
}

static int tear_down(void **state) {
    fixture *shared = *state;
    for (int i = 0; i < EVENTS; i++) {
        js_event_clear(&shared->events[i]);
    }
    return 0;
}

/* T: taken, R: refused, U: all unknown, -: not mentioned. */
static void judged(fixture *shared, const char *body, const char *expected) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_answer_bulk(shared->items, JS_API_DEVINFO, shared->pointers, EVENTS, body, strlen(body),
                       &error) != JIRASEND_OK) {
        fail_msg("%s: %s", error.message, body);
    }
    for (size_t i = 0; i < EVENTS; i++) {
        const char letter = "-TRU"[shared->items[i].verdict];
        if (letter != expected[i]) {
            fail_msg("item %zu is %c, not %c: %s", i, letter, expected[i], body);
        }
    }
}

static void lists_of_repositories_decide(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedDevinfoEntities\":{\"h~2Fa\":{\"commits\":[\"" HASH "\"],\"branches\":"
           "[\"x~2FAPP-1\"],\"pullRequests\":[\"7\"]},\"h~2Fb\":{\"pullRequests\":[\"8\"]}},"
           "\"failedDevinfoEntities\":{\"h~2Fa\":{\"branches\":[{\"id\":\"x~2FAPP-1\","
           "\"errorMessages\":[{\"message\":\"Bad\"}]}]}}}",
           "TRT-");
    assert_string_equal(shared->items[1].message, "Bad");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared, "{\"acceptedDevinfoEntities\":{\"h~2Fa\":{\"commits\":[\"x~2FAPP-1\",\"7\"]}}}",
           "----");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared, "{}", "----");
    js_item_answers_clear(shared->items, EVENTS);
}

static void errors_of_a_repository_meet_the_rest(void **state) {
    fixture *shared = *state;
    judged(shared,
           "{\"acceptedDevinfoEntities\":{\"h~2Fa\":{\"commits\":[\"" HASH "\"]}},"
           "\"failedDevinfoEntities\":{\"h~2Fa\":{\"errorMessages\":[{\"message\":\"Whole\"}],"
           "\"branches\":[{\"id\":\"x~2FAPP-1\",\"errorMessages\":[{\"message\":\"Own\"}]}]}}}",
           "TRR-");
    assert_string_equal(shared->items[1].message, "Own");
    assert_string_equal(shared->items[2].message, "Whole");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared,
           "{\"failedDevinfoEntities\":{\"h~2Fa\":{\"errorMessages\":[]},"
           "\"h\":{\"errorMessages\":[{\"message\":\"x\"}]}}}",
           "----");
    js_item_answers_clear(shared->items, EVENTS);
    judged(shared,
           "{\"failedDevinfoEntities\":{\"h~2Fb\":{\"errorMessages\":[{\"message\":"
           "\"x\"}]}},\"unknownIssueKeys\":[\"APP-1\"]}",
           "UUUU");
    js_item_answers_clear(shared->items, EVENTS);
}

static void nonsense_is_a_network_error(void **state) {
    fixture *shared = *state;
    static const char *const bodies[] = {
        "{\"acceptedDevinfoEntities\":[]}",
        "{\"acceptedDevinfoEntities\":{\"h~2Fa\":[]}}",
        "{\"acceptedDevinfoEntities\":{\"h~2Fa\":null}}",
        "{\"acceptedDevinfoEntities\":{\"h~2Fa\":{\"commits\":{}}}}",
        "{\"acceptedDevinfoEntities\":{\"h~2Fa\":{\"commits\":[1]}}}",
        "{\"failedDevinfoEntities\":7}",
        "{\"failedDevinfoEntities\":{\"x\":{\"errorMessages\":\"no\"}}}",
        "{\"failedDevinfoEntities\":{\"x\":{\"commits\":[\"id\"]}}}",
        "{\"failedDevinfoEntities\":{\"x\":{\"commits\":{\"id\":[]}}}}",
        "{\"failedDevinfoEntities\":{\"x\":{\"commits\":[{\"id\":\"i\",\"errorMessages\":{}}]}}}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        if (js_answer_bulk(shared->items, JS_API_DEVINFO, shared->pointers, EVENTS, bodies[i],
                           strlen(bodies[i]), NULL) != JIRASEND_E_NETWORK) {
            fail_msg("taken: %s", bodies[i]);
        }
    }
}

static void reads_its_own_errors(void **state) {
    (void)state;
    const char *body = "{\"errorMessages\":[{\"message\":\"No entities\",\"errorTraceId\":\"t\"}]}";
    char *words = js_answer_words(body, strlen(body));
    assert_string_equal(words, "No entities");
    free(words);
}

static js_thing thing_of(const js_event *event, const char *body) {
    js_thing_answer answer;
    assert_int_equal(js_answer_thing(&answer, event, body, strlen(body), NULL), JIRASEND_OK);
    assert_int_equal(answer.json != NULL, answer.thing == JS_THING_THERE);
    js_thing_answer_clear(&answer);
    return answer.thing;
}

static void finds_what_jira_has(void **state) {
    fixture *shared = *state;
    const char *body = "{\"id\":\"h~2Fa\",\"commits\":[{\"id\":\"" HASH "\"}],\"branches\":["
                       "{\"id\":\"x~2FAPP-1\"}],\"pullRequests\":null}";
    assert_int_equal(thing_of(&shared->events[0], body), JS_THING_THERE);
    assert_int_equal(thing_of(&shared->events[1], body), JS_THING_THERE);
    assert_int_equal(thing_of(&shared->events[2], body), JS_THING_GONE);
    js_buf full = JS_BUF_INIT;
    js_buf_add_text(&full, "{\"commits\":[{\"id\":\"0\"}");
    for (int i = 1; i < 400; i++) {
        js_buf_addf(&full, ",{\"id\":\"%d\"}", i);
    }
    js_buf_add_text(&full, "]}");
    assert_int_equal(thing_of(&shared->events[2], full.data), JS_THING_NOT_KNOWN);
    js_buf_clear(&full);
    js_thing_answer answer;
    assert_int_equal(js_answer_thing(&answer, &shared->events[0], "[]", 2, NULL),
                     JIRASEND_E_NETWORK);
    js_event flag;
    test_event_read(&flag, "{\"kind\":\"flag\",\"flagId\":\"f\",\"delete\":true}");
    assert_int_equal(thing_of(&flag, "{\"id\":\"f\"}"), JS_THING_THERE);
    js_event_clear(&flag);
}

static void reads_whether_there_is_any(void **state) {
    (void)state;
    bool exists = false;
    const char *yes = "{\"hasDataMatchingProperties\":true}";
    const char *no = "{\"hasDataMatchingProperties\":false}";
    assert_int_equal(js_answer_exists(&exists, yes, strlen(yes), NULL), JIRASEND_OK);
    assert_true(exists);
    assert_int_equal(js_answer_exists(&exists, no, strlen(no), NULL), JIRASEND_OK);
    assert_false(exists);
    assert_int_equal(js_answer_exists(&exists, "{}", 2, NULL), JIRASEND_E_NETWORK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repository_stands_once),
        cmocka_unit_test(the_last_submitted_names_the_repository),
        cmocka_unit_test(both_copies_of_a_commit_are_the_same),
        cmocka_unit_test(a_last_commit_borrows_keys),
        cmocka_unit_test(the_frame_says_how_it_is_sent),
        cmocka_unit_test(a_long_branch_name_is_cut_and_its_id_hashed),
        cmocka_unit_test(writes_paths),
        cmocka_unit_test(writes_paths_by_properties),
        cmocka_unit_test_setup_teardown(lists_of_repositories_decide, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_of_a_repository_meet_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_a_network_error, set_up, tear_down),
        cmocka_unit_test(reads_its_own_errors),
        cmocka_unit_test_setup_teardown(finds_what_jira_has, set_up, tear_down),
        cmocka_unit_test(reads_whether_there_is_any),
    };
    return cmocka_run_group_tests_name("payload devinfo", tests, NULL, NULL);
}
