#include "event_support.h"

#include "base/text.h"
#include "event/json.h"
#include "event/properties.h"
#include "event/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

uint64_t test_random_below(test_random *random, uint64_t below) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state % below;
}

jirasend_code test_event_try(js_event *event, const char *document, const js_read_rules *rules,
                             jirasend_error *error) {
    js_site site;
    assert_int_equal(js_site_parse(&site, "acme.atlassian.net", "site", error), JIRASEND_OK);
    const js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules all = rules == NULL ? (js_read_rules){.keys = &keys} : *rules;
    all.keys = all.keys == NULL ? &keys : all.keys;
    all.default_site = &site;
    all.now_ms = TEST_NOW_MS;
    return js_document_read(event, document, strlen(document), &all, error);
}

void test_event_read(js_event *event, const char *document) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (test_event_try(event, document, NULL, &error) != JIRASEND_OK) {
        fail_msg("%s\n%s", error.message, document);
    }
}

void test_sweep(js_event *event, js_kind kind, const char *name, const char *value) {
    js_event_init(event);
    event->kind = kind;
    event->updated_at_ms = TEST_NOW_MS;
    assert_int_equal(js_site_parse(&event->site, "acme.atlassian.net", "site", NULL), JIRASEND_OK);
    if (strcmp(name, "jirasend") == 0) {
        event->origin = js_copy(value);
    } else {
        assert_int_equal(js_property_add(event, name, value, NULL), JIRASEND_OK);
    }
    assert_true(js_sweep_make(event));
}

void test_event_refused(const char *document, const char *piece) {
    js_event event;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (test_event_try(&event, document, NULL, &error) != JIRASEND_E_DOCUMENT) {
        fail_msg("not refused: %.300s", document);
    }
    assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
    if (strstr(error.message, piece) == NULL) {
        fail_msg("\"%s\" does not say: %s", error.message, piece);
    }
    size_t length = strlen(error.message);
    assert_true(js_utf8_valid(error.message, length));
    assert_true(strchr(".?", error.message[length - 1]) != NULL);
    assert_int_equal(event.issue_keys.count, 0);
}

char *test_event_stored(const js_event *event) {
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, event);
    assert_false(stored.failed);
    js_event again;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_document_read_stored(&again, stored.data, stored.length, &error) != JIRASEND_OK) {
        fail_msg("%s\n%s", error.message, stored.data);
    }
    test_event_same(event, &again);
    js_buf rewritten = JS_BUF_INIT;
    js_document_write(&rewritten, &again);
    assert_string_equal(rewritten.data, stored.data);
    js_buf_clear(&rewritten);
    js_event_clear(&again);
    return js_buf_take(&stored);
}

char *test_event_facts(const js_event *event) {
    js_buf facts = JS_BUF_INIT;
    js_document_write_facts(&facts, event);
    char *text = js_buf_take(&facts);
    assert_non_null(text);
    return text;
}

static void add_random_text(js_buf *out, test_random *random, uint64_t most) {
    static const char *const pieces[] = {
        "a", "Z", "7", " ", "/", "\"", "\\", "é", "»", "日", "\xF0\x9F\x9A\x80", "-", "_", "<b>"};
    js_buf text = JS_BUF_INIT;
    js_buf_add_text(&text, "x");
    for (uint64_t i = test_random_below(random, most); i > 0; i--) {
        js_buf_add_text(&text, pieces[test_random_below(random, sizeof pieces / sizeof pieces[0])]);
    }
    js_json_write_string(out, text.data);
    js_buf_clear(&text);
}

static void add_random_member(js_buf *out, test_random *random, const char *name, uint64_t most) {
    if (test_random_below(random, 2) == 0) {
        js_buf_addf(out, ",\"%s\":", name);
        add_random_text(out, random, most);
    }
}

static void add_random_list(js_buf *out, test_random *random, const char *name,
                            const char *format) {
    static const unsigned sizes[] = {0, 1, 3, 40, 499, 501};
    if (test_random_below(random, 3) == 0) {
        return;
    }
    js_buf_addf(out, ",\"%s\":[", name);
    unsigned count = sizes[test_random_below(random, sizeof sizes / sizeof sizes[0])];
    for (unsigned i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        const char *at = strchr(format, '#');
        js_buf_add(out, format, (size_t)(at - format));
        js_buf_addf(out, "%u%s", (unsigned)test_random_below(random, 2000) + 1, at + 1);
    }
    js_buf_add_text(out, "]");
}

static void add_random_references(js_buf *out, test_random *random) {
    uint64_t count = test_random_below(random, 8);
    js_buf_add_text(out, ",\"references\":[");
    for (uint64_t i = 0; i < count; i++) {
        uint64_t form = test_random_below(random, 3);
        js_buf_add_text(out, i == 0 ? "{" : ",{");
        if (form != 0) {
            js_buf_add_text(out, "\"commit\":{\"repositoryUri\":\"git@h:a/b.git\",\"id\":");
            add_random_text(out, random, 50);
            js_buf_add_text(out, "}");
        }
        if (form != 1) {
            js_buf_add_text(out, form == 0 ? "" : ",");
            js_buf_add_text(out, "\"ref\":{\"uri\":\"https://h/a/b\",\"name\":");
            add_random_text(out, random, 400);
            js_buf_add_text(out, "}");
        }
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]");
}

static void add_random_build(js_buf *out, test_random *random) {
    static const char *const states[] = {"pending", "in_progress", "successful",
                                         "failed",  "cancelled",   "unknown"};
    js_buf_addf(out, ",\"state\":\"%s\"", states[test_random_below(random, 6)]);
    if (test_random_below(random, 2) == 0) {
        js_buf_addf(out, ",\"tests\":{\"total\":%u,\"passed\":%u,\"failed\":0}",
                    (unsigned)test_random_below(random, 10000),
                    (unsigned)test_random_below(random, 10000));
    }
}

static void add_random_deployment(js_buf *out, test_random *random) {
    static const char *const states[] = {"pending",   "in_progress", "successful", "failed",
                                         "cancelled", "rolled_back", "unknown"};
    uint64_t state = test_random_below(random, 7);
    js_buf_addf(out, ",\"state\":\"%s\",\"environment\":{\"id\":", states[state]);
    add_random_text(out, random, 100);
    js_buf_add_text(out, ",\"name\":");
    add_random_text(out, random, 400);
    js_buf_add_text(out, test_random_below(random, 2) == 0 ? ",\"type\":\"staging\"}" : "}");
    if (test_random_below(random, 2) == 0) {
        js_buf_addf(out, ",\"duration\":%u", (unsigned)test_random_below(random, 9000));
    }
    if (state == 0 && test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"gate\":true");
    }
    if (test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"pipelineUrl\":\"http://[::1]:8080/p\"");
    }
    add_random_list(out, random, "services", "\"b:svc-#\"");
    add_random_list(out, random, "commits", "{\"hash\":\"c#\",\"repositoryId\":\"r\"}");
    add_random_list(out, random, "repositories", "\"repo #\"");
}

static void add_random_run(js_buf *out, test_random *random, js_kind kind) {
    js_buf_addf(out, ",\"number\":%llu,\"pipelineId\":",
                (unsigned long long)(test_random_below(random, INT64_MAX)));
    add_random_text(out, random, 120);
    js_buf_add_text(out, ",\"url\":\"https://ci.example.com:8443/job/app/42/?a=b#c\"");
    add_random_member(out, random, "pipelineName", 400);
    add_random_member(out, random, "description", 400);
    add_random_member(out, random, "label", 400);
    add_random_references(out, random);
    if (kind == JS_KIND_BUILD) {
        add_random_build(out, random);
    } else {
        add_random_deployment(out, random);
    }
}

static void add_random_status(js_buf *out, test_random *random) {
    static const char *const rollouts[] = {"{\"percentage\":12.5}", "{\"rules\":3}",
                                           "{\"text\":\"beta \xF0\x9F\x9A\x80\"}",
                                           "{\"percentage\":0}"};
    js_buf_addf(out, ",\"enabled\":%s", test_random_below(random, 2) == 0 ? "true" : "false");
    add_random_member(out, random, "defaultValue", 400);
    if (test_random_below(random, 2) == 0) {
        js_buf_addf(out, ",\"rollout\":%s", rollouts[test_random_below(random, 4)]);
    }
}

static void add_random_flag(js_buf *out, test_random *random) {
    static const char *const types[] = {"", ",\"type\":\"prod\"", ",\"type\":\"unmapped\""};
    js_buf_add_text(out, ",\"url\":\"https://flags.example.com/f\",\"flagId\":");
    add_random_text(out, random, 400);
    add_random_member(out, random, "key", 100);
    add_random_member(out, random, "name", 400);
    add_random_status(out, random);
    js_buf_add_text(out, ",\"environments\":[");
    for (uint64_t i = test_random_below(random, 4) + 1; i > 0; i--) {
        js_buf_addf(out, "{\"name\":\"Env %u\"%s", (unsigned)i,
                    types[test_random_below(random, 3)]);
        add_random_status(out, random);
        js_buf_add_text(out, i > 1 ? "}," : "}]");
    }
}

static void add_random_hash(js_buf *out, test_random *random) {
    js_buf_addf(out, "\"hash\":\"%040llx\"", (unsigned long long)test_random_below(random, 12));
}

static void add_random_author(js_buf *out, test_random *random) {
    if (test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"author\":{\"url\":\"https://h/u\",\"avatar\":\"https://h/a\"");
        add_random_member(out, random, "name", 400);
        add_random_member(out, random, "email", 400);
        js_buf_add_text(out, "}");
    }
}

static void add_random_commit(js_buf *out, test_random *random) {
    add_random_hash(out, random);
    js_buf_add_text(out, ",\"url\":\"https://git.example.com/c\",\"message\":");
    add_random_text(out, random, 2000);
    add_random_author(out, random);
    js_buf_addf(out, ",\"merge\":%s,\"fileCount\":%llu",
                test_random_below(random, 2) == 0 ? "true" : "false",
                (unsigned long long)test_random_below(random, INT64_MAX));
    uint64_t count = test_random_below(random, 13);
    js_buf_add_text(out, ",\"files\":[");
    for (uint64_t i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "{\"path\":" : ",{\"path\":");
        add_random_text(out, random, 1500);
        js_buf_addf(out, ",\"change\":\"moved\",\"linesAdded\":%u}", (unsigned)i);
    }
    js_buf_add_text(out, "]");
}

static void add_random_branch(js_buf *out, test_random *random) {
    js_buf_add_text(out, ",\"url\":\"https://git.example.com/b\",\"name\":");
    add_random_text(out, random, 700);
    if (test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"createPullRequestUrl\":\"https://git.example.com/n\"");
    }
    js_buf_add_text(out, ",\"lastCommit\":{");
    add_random_commit(out, random);
    add_random_list(out, random, "issueKeys", "\"last-#\"");
    js_buf_add_text(out, "}");
}

static void add_random_pull_request(js_buf *out, test_random *random) {
    static const char *const states[] = {"open", "merged", "declined", "unknown"};
    js_buf_addf(out, ",\"number\":%llu,\"state\":\"%s\",\"url\":\"https://git.example.com/p\"",
                (unsigned long long)test_random_below(random, INT64_MAX),
                states[test_random_below(random, 4)]);
    js_buf_add_text(out, ",\"title\":");
    add_random_text(out, random, 1500);
    js_buf_add_text(out, ",\"sourceBranch\":");
    add_random_text(out, random, 400);
    add_random_author(out, random);
    add_random_member(out, random, "destinationBranch", 400);
    if (test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"sourceBranchUrl\":\"https://h/s\",\"commentCount\":3,"
                             "\"destinationBranchUrl\":\"https://h/d\","
                             "\"reviewers\":[{\"state\":\"approved\"");
        add_random_member(out, random, "name", 400);
        add_random_member(out, random, "email", 400);
        js_buf_add_text(out, "},{}]");
    }
}

static void add_random_devinfo(js_buf *out, test_random *random, js_kind kind) {
    js_buf_addf(out, ",\"repository\":{\"url\":\"https://git.example.com/r/%u\"",
                (unsigned)test_random_below(random, 3));
    add_random_member(out, random, "name", 400);
    js_buf_add_text(out, "}");
    if (kind == JS_KIND_COMMIT) {
        js_buf_add_text(out, ",");
        add_random_commit(out, random);
    } else if (kind == JS_KIND_BRANCH) {
        add_random_branch(out, random);
    } else {
        add_random_pull_request(out, random);
    }
}

void test_document_random_of(js_buf *out, test_random *random, js_kind kind) {
    js_buf_addf(out, "{\"kind\":\"%s\"", js_kind_name(kind));
    if (js_kind_api(kind) == JS_API_DEVINFO) {
        add_random_devinfo(out, random, kind);
    } else if (kind == JS_KIND_FLAG) {
        add_random_flag(out, random);
    } else {
        add_random_run(out, random, kind);
    }
    add_random_member(out, random, "requestId", 100);
    if (test_random_below(random, 2) == 0) {
        js_buf_add_text(out, ",\"updatedAt\":\"2026-02-03T04:05:06.789+01:00\"");
    }
    add_random_list(out, random, "issueKeys", "\"app-#\"");
    add_random_list(out, random, "keyText", "\"feature/OPS-#_fix UTF-8\"");
    js_buf_add_text(out, "}");
}

void test_document_random(js_buf *out, test_random *random) {
    bool build = test_random_below(random, 2) == 0;
    test_document_random_of(out, random, build ? JS_KIND_BUILD : JS_KIND_DEPLOYMENT);
}

static void same_text(const char *a, const char *b) {
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL) {
        assert_string_equal(a, b);
    }
}

static void same_strings(const js_strings *a, const js_strings *b) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->items[i], b->items[i]);
    }
}

static void same_lists(const js_event *a, const js_event *b) {
    same_strings(&a->issue_keys, &b->issue_keys);
    same_strings(&a->services, &b->services);
    same_strings(&a->repositories, &b->repositories);
    assert_int_equal(a->commit_count, b->commit_count);
    for (size_t i = 0; i < a->commit_count; i++) {
        assert_string_equal(a->commits[i].hash, b->commits[i].hash);
        assert_string_equal(a->commits[i].repository_id, b->commits[i].repository_id);
    }
}

static void same_runs(const js_run *a, const js_run *b) {
    same_text(a->pipeline_id, b->pipeline_id);
    same_text(a->pipeline_name, b->pipeline_name);
    assert_true(a->number == b->number);
    assert_int_equal(a->state, b->state);
    same_text(a->description, b->description);
    same_text(a->label, b->label);
    assert_int_equal(a->reference_count, b->reference_count);
    for (size_t i = 0; i < a->reference_count; i++) {
        same_text(a->references[i].commit_id, b->references[i].commit_id);
        same_text(a->references[i].commit_repository_uri, b->references[i].commit_repository_uri);
        same_text(a->references[i].ref_name, b->references[i].ref_name);
        same_text(a->references[i].ref_uri, b->references[i].ref_uri);
    }
}

static void same_tests(const js_tests *a, const js_tests *b) {
    assert_int_equal(a->given, b->given);
    assert_true(a->total == b->total && a->passed == b->passed && a->failed == b->failed &&
                a->skipped == b->skipped);
}

static void same_deployments(const js_deployment *a, const js_deployment *b) {
    same_text(a->pipeline_url, b->pipeline_url);
    same_text(a->environment.id, b->environment.id);
    same_text(a->environment.name, b->environment.name);
    assert_int_equal(a->environment.type, b->environment.type);
    assert_int_equal(a->has_duration, b->has_duration);
    assert_true(a->duration_s == b->duration_s);
    same_text(a->revision, b->revision);
}

static void same_found(const js_event *a, const js_event *b) {
    assert_int_equal(a->found == NULL, b->found == NULL);
    for (size_t i = 0; a->found != NULL && i < a->issue_keys.count; i++) {
        assert_int_equal(a->found[i].from, b->found[i].from);
        same_text(a->found[i].commit, b->found[i].commit);
    }
}

/* Of kinds whose own tests look at each member. */
static void same_written(const js_event *a, const js_event *b) {
    js_buf one = JS_BUF_INIT;
    js_buf other = JS_BUF_INIT;
    js_document_write(&one, a);
    js_document_write(&other, b);
    assert_string_equal(one.data, other.data);
    js_buf_clear(&one);
    js_buf_clear(&other);
}

void test_event_same(const js_event *a, const js_event *b) {
    assert_int_equal(a->kind, b->kind);
    assert_string_equal(a->site.name, b->site.name);
    assert_string_equal(a->site.host, b->site.host);
    assert_int_equal(a->site.port, b->site.port);
    assert_int_equal(a->site.http, b->site.http);
    same_text(a->request_id, b->request_id);
    same_text(a->url, b->url);
    assert_true(a->updated_at_ms == b->updated_at_ms);
    assert_int_equal(a->gate, b->gate);
    assert_true(a->dropped == b->dropped);
    same_lists(a, b);
    same_found(a, b);
    switch (a->kind) {
    case JS_KIND_BUILD:
        same_runs(&a->of.run, &b->of.run);
        same_tests(&a->of.build.tests, &b->of.build.tests);
        break;
    case JS_KIND_DEPLOYMENT:
        same_runs(&a->of.run, &b->of.run);
        same_deployments(&a->of.deployment, &b->of.deployment);
        break;
    case JS_KIND_FLAG:
    case JS_KIND_COMMIT:
    case JS_KIND_BRANCH:
    case JS_KIND_PULL_REQUEST:
    case JS_KIND_REPOSITORY:
        same_written(a, b);
        break;
    }
}
