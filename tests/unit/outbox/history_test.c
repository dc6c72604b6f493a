/* What is known of events long after they were settled. */
#include "event/document.h"
#include "outbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static js_outbox *of(void **state) {
    return ((fixture *)*state)->outbox;
}

/* Stores a document as the client does. */
static int64_t tell(js_outbox *outbox, const char *document, const js_key_rules *keys,
                    const char *skip, int64_t now_ms) {
    const js_key_rules all = JS_KEY_RULES_INIT;
    js_site site;
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(js_site_parse(&site, SITE, "site", &error), JIRASEND_OK);
    js_read_rules rules = {
        .keys = keys != NULL ? keys : &all, .default_site = &site, .now_ms = now_ms};
    js_event event;
    if (js_document_read(&event, document, strlen(document), &rules, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    js_buf stored = JS_BUF_INIT;
    js_buf facts = JS_BUF_INIT;
    js_document_write(&stored, &event);
    js_document_write_facts(&facts, &event);
    js_put put = {.event = &event,
                  .document = stored.data,
                  .length = stored.length,
                  .facts = facts.data,
                  .skip = skip};
    js_put_result result;
    assert_int_equal(outbox->ops->put(outbox, &put, 1, now_ms, &result, NULL), JIRASEND_OK);
    assert_int_equal(result.code, JIRASEND_OK);
    js_event_clear(&event);
    js_buf_clear(&stored);
    js_buf_clear(&facts);
    return result.id;
}

#define BUILD(number, more)                                                                        \
    "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":" number                                \
    ",\"url\":\"https://x.example/1\",\"state\":\"failed\"," more "}"
#define DEPLOYMENT(number, environment, more)                                                      \
    "{\"kind\":\"deployment\",\"pipelineId\":\"app\",\"number\":" number                           \
    ",\"url\":\"https://x.example/"                                                                \
    "1\",\"state\":\"successful\",\"environment\":{\"id\":\"" environment                          \
    "\",\"name\":\"The " environment "\"}," more "}"

/* The ids that a question finds, newest first: "3 1"; then "+" where there may be more. */
static const char *ask(js_outbox *outbox, const js_history_query *asked) {
    static char text[400];
    js_history_query query = *asked;
    query.limit = query.limit == 0 ? 100 : query.limit;
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    assert_int_equal(outbox->ops->history(outbox, &query, &rows, &count, &more, NULL), JIRASEND_OK);
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%d", i == 0 ? "" : " ",
                                   (int)rows[i].receipt.id);
    }
    (void)snprintf(text + length, sizeof text - length, "%s", more ? " +" : "");
    js_history_free(rows, count);
    return text;
}

static void found_by_each_filter(void **state) {
    js_outbox *outbox = of(state);
    tell(outbox, BUILD("1", "\"issueKeys\":[\"APP-1\",\"OPS-10\"]"), NULL, NULL, NOW);
    tell(outbox, BUILD("2", "\"issueKeys\":[\"APP-11\"]"), NULL, NULL, NOW + 1000);
    tell(outbox, DEPLOYMENT("3", "prod", "\"issueKeys\":[\"APP-1\"]"), NULL, NULL, NOW + 2000);
    tell(outbox, DEPLOYMENT("3", "test", "\"issueKeys\":[\"OPS-1\"]"), NULL, NULL, NOW + 3000);
    tell(outbox, BUILD("4", "\"issueKeys\":[\"APP-1\"]"), NULL, NULL, NOW + 4000);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    settle_as(outbox, &builds, 2, JS_STATUS_REJECTED);
    settle_as(outbox, &deployments, 3, JS_STATUS_ACCEPTED);
    settle_as(outbox, &deployments, 4, JS_STATUS_ACCEPTED);
    assert_string_equal(ask(outbox, &(js_history_query){.limit = 0}), "5 4 3 2 1");
    assert_string_equal(ask(outbox, &(js_history_query){.limit = 2}), "5 4 +");
    assert_string_equal(ask(outbox, &(js_history_query){.before = 4, .limit = 2}), "3 2 +");
    assert_string_equal(ask(outbox, &(js_history_query){.key = "APP-1"}), "5 3 1");
    assert_string_equal(ask(outbox, &(js_history_query){.project = "OPS"}), "4 1");
    assert_string_equal(ask(outbox, &(js_history_query){.kinds = 1U << JS_KIND_DEPLOYMENT}), "4 3");
    assert_string_equal(ask(outbox, &(js_history_query){.pipeline = "app"}), "5 4 3 2 1");
    assert_string_equal(ask(outbox, &(js_history_query){.pipeline = "ap"}), "");
    assert_string_equal(ask(outbox, &(js_history_query){.pipeline = "app", .number = 3}), "4 3");
    assert_string_equal(ask(outbox, &(js_history_query){.number = 4}), "5");
    assert_string_equal(ask(outbox, &(js_history_query){.state = "failed"}), "5 2 1");
    assert_string_equal(ask(outbox, &(js_history_query){.key = "APP-1", .state = "successful"}),
                        "3");
    assert_string_equal(ask(outbox, &(js_history_query){.environment = "prod"}), "3");
    assert_string_equal(ask(outbox, &(js_history_query){.environment = "The test"}), "4");
    assert_string_equal(
        ask(outbox, &(js_history_query){.environment = "The test", .environment_is_id = true}), "");
    assert_string_equal(ask(outbox, &(js_history_query){.statuses = 1U << JS_STATUS_ACCEPTED}),
                        "4 3 1");
    assert_string_equal(ask(outbox, &(js_history_query){.statuses = 1U << JS_STATUS_QUEUED}), "5");
    assert_string_equal(ask(outbox, &(js_history_query){.statuses = 1U << JS_STATUS_HELD}), "");
    assert_string_equal(ask(outbox, &(js_history_query){.since_ms = NOW + 3000}), "5 4");
    assert_string_equal(ask(outbox, &(js_history_query){.until_ms = NOW + 1000}), "1");
    assert_string_equal(
        ask(outbox, &(js_history_query){.key = "APP-1", .kinds = 1U << JS_KIND_BUILD}), "5 1");
    /* What a relay has reads as queued, and counts as such. */
    tell(outbox, BUILD("6", "\"issueKeys\":[\"APP-6\"]"), NULL, NULL, NOW + 5000);
    settle_as(outbox, &builds, 6, JS_STATUS_RELAYED);
    assert_string_equal(ask(outbox, &(js_history_query){.statuses = 1U << JS_STATUS_QUEUED}),
                        "6 5");
    /* A dead letter that waits again stands there once. */
    assert_int_equal(outbox->ops->retry(outbox, 2, NULL, NOW, NULL), JIRASEND_OK);
    assert_string_equal(ask(outbox, &(js_history_query){.key = "APP-11"}), "2");
}

static js_history_row *one_row(js_outbox *outbox, const js_history_query *asked) {
    js_history_query query = *asked;
    query.limit = 1;
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    assert_int_equal(outbox->ops->history(outbox, &query, &rows, &count, &more, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    return rows;
}

static void expect_found(js_outbox *outbox, const char *key, js_key_source from,
                         const char *commit) {
    js_history_row *row = one_row(outbox, &(js_history_query){.key = key});
    assert_int_equal(row->found.from, from);
    assert_string_equal(row->found.commit == NULL ? "" : row->found.commit, commit);
    js_history_free(row, 1);
}

static void expect_rule(js_outbox *outbox, const char *key, js_key_rule rule) {
    js_history_row *row = one_row(outbox, &(js_history_query){.key = key, .passed_over = true});
    assert_int_equal(row->rule, rule);
    js_history_free(row, 1);
}

static const char searched[] = BUILD("1", "\"issueKeys\":[\"APP-1\"],\"keyText\":["
                                          "{\"text\":\"feature/APP-2\",\"from\":\"branch\"},"
                                          "{\"text\":\"APP-3 and app-4, UTF-8, xAPP-5; "
                                          "app-1\",\"from\":\"message\",\"commit\":\"abc\"}]");

static void expect_all_found(js_outbox *outbox) {
    expect_found(outbox, "APP-1", JS_KEY_GIVEN, "");
    expect_found(outbox, "APP-2", JS_KEY_BRANCH, "");
    expect_found(outbox, "APP-3", JS_KEY_MESSAGE, "abc");
    expect_rule(outbox, "APP-4", JS_RULE_CASE);
    expect_rule(outbox, "UTF-8", JS_RULE_NOT_KEYS);
    expect_rule(outbox, "APP-5", JS_RULE_BORDER);
    /* What was taken elsewhere was not dropped, and what was dropped is not named. */
    assert_string_equal(ask(outbox, &(js_history_query){.key = "APP-1", .passed_over = true}), "");
    assert_string_equal(ask(outbox, &(js_history_query){.key = "APP-4"}), "");
}

static void says_where_keys_were_found_and_why_not(void **state) {
    js_outbox *outbox = of(state);
    tell(outbox, searched, NULL, NULL, NOW);
    expect_all_found(outbox);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    expect_all_found(outbox);
    js_key_rules ops = JS_KEY_RULES_INIT;
    assert_int_equal(js_key_words(&ops.projects, "OPS", "projects", NULL), JIRASEND_OK);
    tell(outbox, BUILD("2", "\"keyText\":[\"WEB-7\"]"), &ops, "Nothing to associate.", NOW);
    js_key_rules_clear(&ops);
    expect_rule(outbox, "WEB-7", JS_RULE_PROJECTS);
}

static void tidy_at(fixture *fix, int64_t days) {
    pass_time(days * DAY_MS);
    assert_int_equal(fix->outbox->ops->tidy(fix->outbox, NOW + days * DAY_MS, NULL), JIRASEND_OK);
}

static void kept_for_its_time(void **state) {
    fixture *fix = *state;
    tell(fix->outbox, searched, NULL, NULL, NOW);
    settle_as(fix->outbox, &builds, 1, JS_STATUS_ACCEPTED);
    tidy_at(fix, 399);
    assert_string_equal(ask(fix->outbox, &(js_history_query){.key = "APP-3"}), "1");
    assert_non_null(strstr(fate(fix->outbox, 1), "error 6")); /* receipts: 30 days */
    pass_time(2 * DAY_MS);                                    /* nobody has come to remove it yet */
    assert_string_equal(ask(fix->outbox, &(js_history_query){.key = "APP-3"}), "");
    assert_int_equal(fix->outbox->ops->tidy(fix->outbox, NOW + 401 * DAY_MS, NULL), JIRASEND_OK);
    close_outbox(fix);
    run_sql(fix, FAIL_WHERE("(SELECT count(*) FROM event_key) + (SELECT count(*) FROM told) > 0"));
    open_outbox(fix);
}

static void a_short_history_keeps_receipts(void **state) {
    fixture *fix = *state;
    close_outbox(fix);
    fix->options.keep_days = -1;
    open_outbox(fix);
    put_build(fix->outbox, 1);
    put_build(fix->outbox, 2);
    settle_as(fix->outbox, &builds, 1, JS_STATUS_ACCEPTED);
    tidy_at(fix, 1);
    assert_string_equal(ask(fix->outbox, &(js_history_query){.limit = 0}), "2");
    assert_non_null(strstr(fate(fix->outbox, 1), "accepted"));
}

static js_told told(js_outbox *outbox, const char *document) {
    js_event event;
    js_told what = JS_TOLD_NOTHING;
    test_event_read(&event, document);
    assert_int_equal(outbox->ops->told(outbox, &event, &what, NULL), JIRASEND_OK);
    js_event_clear(&event);
    return what;
}

static void knows_what_was_told(void **state) {
    js_outbox *outbox = of(state);
    static const char first[] = BUILD("1", "\"issueKeys\":[\"APP-1\"]");
    static const char again[] =
        BUILD("1", "\"issueKeys\":[\"APP-1\"],\"requestId\":\"x\",\"updatedAt\":"
                   "\"2026-01-01T00:00:00Z\"");
    static const char other[] = BUILD("1", "\"issueKeys\":[\"APP-2\"]");
    assert_int_equal(told(outbox, first), JS_TOLD_NOTHING);
    tell(outbox, first, NULL, NULL, NOW);
    assert_int_equal(told(outbox, again), JS_TOLD_WAITS);
    assert_int_equal(told(outbox, other), JS_TOLD_NOTHING);
    settle_as(outbox, &builds, 1, JS_STATUS_ACCEPTED);
    assert_int_equal(told(outbox, again), JS_TOLD_ACCEPTED);
    assert_int_equal(told(outbox, other), JS_TOLD_NOTHING);
    tell(outbox, other, NULL, NULL, NOW);
    settle_as(outbox, &builds, 2, JS_STATUS_REJECTED);
    assert_int_equal(told(outbox, first), JS_TOLD_NOTHING); /* the newest counts */
}

/* Whoever has sent it has the event still: nothing differs from what its document says. */
static void notes_what_was_sent(void **state) {
    js_outbox *outbox = of(state);
    static const char document[] =
        DEPLOYMENT("1", "prod", "\"issueKeys\":[\"APP-1\"],\"label\":\"l\"");
    static const char other[] = DEPLOYMENT("1", "prod", "\"issueKeys\":[\"APP-2\"]");
    const js_history_query named = {.key = "APP-1"};
    tell(outbox, document, NULL, NULL, NOW);
    js_event event;
    test_event_read(&event, document);
    settle(outbox, &deployments,
           (js_outcome){.id = 1, .status = JS_STATUS_ACCEPTED, .sent = true, .event = &event}, NOW);
    js_event_clear(&event);
    assert_int_equal(told(outbox, document), JS_TOLD_ACCEPTED);
    assert_int_equal(told(outbox, other), JS_TOLD_NOTHING);
    assert_string_equal(ask(outbox, &named), "1");
}

/* "4" of build 1 and of what Jira must not have: "4 gone"; "" where nothing is known. */
static const char *last_told(js_outbox *outbox, const char *document) {
    static char text[40];
    js_event event;
    js_last_told last;
    test_event_read(&event, document);
    assert_int_equal(outbox->ops->last_told(outbox, &event, 0, &last, NULL), JIRASEND_OK);
    js_event_clear(&event);
    int64_t id = last.row.receipt.id;
    (void)snprintf(text, sizeof text, "%.0d%s%s", (int)id, last.gone ? " gone" : "",
                   last.waits ? " +" : "");
    js_last_told_clear(&last);
    if (id != 0) { /* the same by its id */
        assert_int_equal(outbox->ops->last_told(outbox, NULL, id, &last, NULL), JIRASEND_OK);
        assert_int_equal(last.row.receipt.id, id);
        js_last_told_clear(&last);
    }
    return text;
}

/* The ids of all, newest first; a group of several has their number of groups' first letter: "4a 3a 1". */
static const char *told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms) {
    static char text[200];
    js_told_id *ids = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->told_ids(outbox, kinds, since_ms, &ids, &count, NULL),
                     JIRASEND_OK);
    size_t length = 0;
    int64_t groups[8] = {0};
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        int at = 0;
        while (ids[i].group != 0 && groups[at] != 0 && groups[at] != ids[i].group) {
            at++;
        }
        groups[at] = ids[i].group;
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%d%.*s", i == 0 ? "" : " ",
                             (int)ids[i].id, ids[i].group != 0 ? 1 : 0, &"abcdefgh"[at]);
    }
    free(ids);
    return text;
}

static bool document_kept(js_outbox *outbox, int64_t id) {
    js_buf text = JS_BUF_INIT;
    jirasend_code code = outbox->ops->told_document(outbox, id, &text, NULL);
    bool kept = code == JIRASEND_OK && strstr(text.data, "\"kind\"") != NULL;
    assert_true(kept || code == JIRASEND_E_NOT_FOUND);
    js_buf_clear(&text);
    return kept;
}

static void accept_as(js_outbox *outbox, const js_lane *lane, int64_t id) {
    settle_as(outbox, lane, id, JS_STATUS_ACCEPTED);
}

static void knows_what_was_told_last(void **state) {
    fixture *fix = *state;
    js_outbox *outbox = fix->outbox;
    static const char one[] = BUILD("1", "\"issueKeys\":[\"APP-1\"]");
    static const char two[] = BUILD("2", "\"issueKeys\":[\"APP-1\"]");
    static const char past[] =
        BUILD("1", "\"issueKeys\":[\"APP-9\"],\"history\":true,\"updatedAt\":"
                   "\"2020-01-01T00:00:00Z\"");
    assert_string_equal(last_told(outbox, one), "");
    tell(outbox, one, NULL, NULL, NOW);
    assert_string_equal(last_told(outbox, one), ""); /* it waits */
    accept_as(outbox, &builds, 1);
    tell(outbox, two, NULL, NULL, NOW + 1000);
    accept_as(outbox, &builds, 2);
    tell(outbox, one, NULL, NULL, NOW + 2000);
    assert_string_equal(last_told(outbox, one), "1 +");
    accept_as(outbox, &builds, 3);
    tell(outbox, past, NULL, NULL, NOW + 3000); /* accepted later, and older */
    accept_as(outbox, &builds, 4);
    tell(outbox, two, NULL, NULL, NOW + 4000);
    settle_as(outbox, &builds, 5, JS_STATUS_REJECTED);
    assert_string_equal(last_told(outbox, one), "3");
    assert_string_equal(last_told(outbox, two), "2");
    assert_string_equal(told_ids(outbox, 0, 0), "3 2");
    assert_string_equal(told_ids(outbox, 0, NOW + 1500), "3");
    assert_string_equal(told_ids(outbox, 1U << JS_KIND_FLAG, 0), "");
    assert_true(document_kept(outbox, 3));
    assert_false(document_kept(outbox, 1));
    tell(outbox, "{\"kind\":\"build\",\"pipelineId\":\"app\",\"number\":2,\"delete\":true}", NULL,
         NULL, NOW + 5000);
    accept_as(outbox, &builds, 6);
    assert_string_equal(last_told(outbox, two), "6 gone");
    assert_false(document_kept(outbox, 6));
    tidy_at(fix, 31);
    assert_false(document_kept(outbox, 3));
    assert_string_equal(last_told(outbox, one), "3"); /* the history knows longer */
}

#define REPOSITORY(name) "\"repository\":{\"url\":\"https://git.example.com/" name "\"}"
#define COMMIT(repository, digit)                                                                  \
    "{\"kind\":\"commit\"," REPOSITORY(                                                            \
        repository) ",\"hash\":\"" digit "123456789012345678901234567890123456789\",\"message\":"  \
                    "\"APP-1\",\"url\":\"https://x.example\"}"

static bool knows(js_outbox *outbox, const char *id) {
    bool known = false;
    assert_int_equal(outbox->ops->knows_repository(outbox, SITE, id, &known, NULL), JIRASEND_OK);
    return known;
}

static void knows_repositories(void **state) {
    js_outbox *outbox = of(state);
    const js_lane devinfo = {SITE, JS_API_DEVINFO};
    tell(outbox, COMMIT("one", "1"), NULL, NULL, NOW);
    tell(outbox, COMMIT("one", "2"), NULL, NULL, NOW);
    tell(outbox, COMMIT("two", "1"), NULL, NULL, NOW);
    assert_false(knows(outbox, "git.example.com/one"));
    accept_as(outbox, &devinfo, 1);
    accept_as(outbox, &devinfo, 2);
    accept_as(outbox, &devinfo, 3);
    assert_true(knows(outbox, "git.example.com/one"));
    assert_false(knows(outbox, "git.example.com/three"));
    assert_string_equal(told_ids(outbox, 0, 0), "3a 2b 1b");
    tell(outbox, "{\"kind\":\"repository\"," REPOSITORY("one") ",\"delete\":true}", NULL, NULL,
         NOW);
    accept_as(outbox, &devinfo, 4);
    assert_false(knows(outbox, "git.example.com/one"));
    assert_string_equal(last_told(outbox, COMMIT("one", "1")), "1 gone");
    tell(outbox, COMMIT("one", "1"), NULL, NULL, NOW);
    accept_as(outbox, &devinfo, 5);
    assert_true(knows(outbox, "git.example.com/one"));
    assert_string_equal(last_told(outbox, COMMIT("one", "1")), "5");
    assert_string_equal(last_told(outbox, COMMIT("one", "2")), "2 gone");
}

static void keeps_bookmarks(void **state) {
    js_outbox *outbox = of(state);
    static const char *const texts[] = {"", "a", "b", NULL};
    for (size_t i = 0; i < 4; i++) {
        js_buf text = JS_BUF_INIT;
        if (i > 0) {
            assert_int_equal(outbox->ops->bookmark_put(outbox, "x", texts[i], NULL), JIRASEND_OK);
        }
        assert_int_equal(outbox->ops->bookmark_get(outbox, "x", &text, NULL), JIRASEND_OK);
        assert_string_equal(text.data == NULL ? "" : text.data, texts[i] == NULL ? "" : texts[i]);
        js_buf_clear(&text);
    }
}

static int64_t moment(js_outbox *outbox, const char *name, int64_t now_ms) {
    int64_t moment_ms = 0;
    assert_int_equal(outbox->ops->take_moment(outbox, name, now_ms, 100, &moment_ms, NULL),
                     JIRASEND_OK);
    return moment_ms;
}

static void gives_each_moment_once(void **state) {
    js_outbox *outbox = of(state);
    static const int64_t asked[][2] = {{5000, 5000}, {5000, 5100},   {5001, 5200},
                                       {5350, 5350}, {90000, 90000}, {89000, 90100}};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        assert_int_equal(moment(outbox, "one", asked[i][0]), asked[i][1]);
    }
    assert_int_equal(moment(outbox, "other", 5000), 5000);
    assert_int_equal(moment(outbox, "one", 5000), 5000); /* the clock was wrong before */
}

static int64_t metric(js_outbox *outbox, const char *name, const char *label) {
    js_metric *metrics = NULL;
    size_t count = 0;
    int64_t value = -1;
    assert_int_equal(outbox->ops->metrics(outbox, &metrics, &count, NULL), JIRASEND_OK);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(metrics[i].name, name) == 0 && strcmp(metrics[i].label, label) == 0) {
            value = metrics[i].value;
        }
    }
    js_metrics_free(metrics, count);
    return value;
}

static void counters_never_fall(void **state) {
    fixture *fix = *state;
    tell(fix->outbox, DEPLOYMENT("1", "prod", "\"issueKeys\":[\"APP-1\"]"), NULL, NULL, NOW);
    settle(fix->outbox, &deployments,
           (js_outcome){.id = 1, .status = JS_STATUS_ACCEPTED, .sent = true, .http_status = 202},
           NOW + 3000);
    tell(fix->outbox, BUILD("1", "\"keyText\":[]"), NULL, "Nothing.", NOW);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(metric(fix->outbox, "events", "2\n2\n" SITE), 1);
        assert_int_equal(metric(fix->outbox, "events", "1\n3\n" SITE), 1);
        assert_int_equal(metric(fix->outbox, "requests", "2\n202"), 1);
        assert_int_equal(metric(fix->outbox, "deployments", "2\nprod"), 1);
        assert_int_equal(metric(fix->outbox, "delivery", "2"), 1);
        assert_int_equal(metric(fix->outbox, "delivery_ms", ""), 3000);
        tidy_at(fix, 500);
    }
}

static int by_id(const void *left, const void *right) {
    const js_deployed *a = left;
    const js_deployed *b = right;
    return a->id > b->id ? 1 : a->id < b->id ? -1 : 0;
}

/* "2 prod there 1" of event 2, successful, to an environment that is called like the first name. */
static void expect_deployed(js_outbox *outbox, const char *expected) {
    static const char *const names[2] = {"The prod", "The qa"};
    char text[400] = "";
    js_deployed *rows = NULL;
    size_t count = 0;
    size_t length = 0;
    assert_int_equal(outbox->ops->deployed(outbox, names, &rows, &count, NULL), JIRASEND_OK);
    if (count > 0) { /* without any, there may be no array */
        qsort(rows, count, sizeof *rows, by_id);
    }
    for (size_t i = 0; i < count; i++) {
        const js_deployed *row = &rows[i];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%d %s%s%s%s%s %s",
                                   i == 0 ? "" : "; ", (int)row->id, row->environment,
                                   row->there    ? " there"
                                   : row->counts ? " back"
                                                 : " gone",
                                   row->named[0] ? " 1" : "", row->named[1] ? " 2" : "",
                                   row->history ? " past" : "", row->keys);
    }
    js_deployed_free(rows, count);
    assert_string_equal(text, expected);
}

#define PAST(year)                                                                                 \
    "\"issueKeys\":[\"APP-4\"],\"history\":true,\"updatedAt\":\"" year "-01-01T00:00:00Z\""

static void knows_what_was_deployed(void **state) {
    fixture *fix = *state;
    js_outbox *outbox = fix->outbox;
    expect_deployed(outbox, "");
    tell(outbox, DEPLOYMENT("1", "prod", "\"issueKeys\":[\"APP-1\"]"), NULL, NULL, NOW);
    accept_as(outbox, &deployments, 1);
    tell(outbox, DEPLOYMENT("1", "prod", "\"issueKeys\":[\"APP-2\"]"), NULL, NULL, NOW);
    expect_deployed(outbox, "1 prod there 1 APP-1"); /* the second waits */
    accept_as(outbox, &deployments, 2);
    tell(outbox, DEPLOYMENT("1", "prod", PAST("2021")), NULL, NULL, NOW);
    accept_as(outbox, &deployments, 3);
    expect_deployed(outbox, "2 prod there 1 APP-2"); /* news come before the past */
    tell(outbox, DEPLOYMENT("2", "test", PAST("2021")), NULL, NULL, NOW);
    accept_as(outbox, &deployments, 4);
    tell(outbox, DEPLOYMENT("2", "test", PAST("2020")), NULL, NULL, NOW);
    accept_as(outbox, &deployments, 5);
    tell(outbox, DEPLOYMENT("3", "qa", "\"issueKeys\":[\"APP-3\"]"), NULL, NULL, NOW);
    settle_as(outbox, &deployments, 6, JS_STATUS_REJECTED);
    expect_deployed(outbox, "2 prod there 1 APP-2; 4 test there past APP-4");
    tell(outbox, DEPLOYMENT("4", "qa", "\"issueKeys\":[\"APP-5\"]"), NULL, NULL, NOW);
    accept_as(outbox, &deployments, 7);
    tell(outbox,
         "{\"kind\":\"deployment\",\"pipelineId\":\"app\",\"number\":4,\"delete\":true,"
         "\"environment\":{\"id\":\"qa\"}}",
         NULL, NULL, NOW);
    accept_as(outbox, &deployments, 8);
    expect_deployed(outbox, "2 prod there 1 APP-2; 4 test there past APP-4; 8 qa gone 2 ");
    tidy_at(fix, 399);
    pass_time(2 * DAY_MS); /* nobody has come to remove it yet */
    expect_deployed(outbox, "");
}

#define TEST(function)                                                                             \
    { #function, function, setup_folder, teardown, NULL }

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(found_by_each_filter),     TEST(says_where_keys_were_found_and_why_not),
        TEST(kept_for_its_time),        TEST(a_short_history_keeps_receipts),
        TEST(knows_what_was_told),      TEST(counters_never_fall),
        TEST(knows_what_was_told_last), TEST(knows_repositories),
        TEST(keeps_bookmarks),          TEST(gives_each_moment_once),
        TEST(notes_what_was_sent),      TEST(knows_what_was_deployed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
