/* Reading event documents, and writing the form that the outbox keeps. */
#include "event_support.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "event/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BUILD_MEMBERS                                                                              \
    "\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://ci/1\","               \
    "\"state\":\"failed\""
#define DEPLOYMENT_REST                                                                            \
    "\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://ci/1\","          \
    "\"environment\":{\"id\":\"e\",\"name\":\"Production EU\"}"
#define DEPLOYMENT_MEMBERS DEPLOYMENT_REST ",\"state\":\"pending\""
#define BUILD(more) "{" BUILD_MEMBERS "," more "}"
#define DEPLOYMENT(more) "{" DEPLOYMENT_MEMBERS "," more "}"

static jirasend_code read_plain(js_event *event, const char *document, jirasend_error *error) {
    js_site site;
    assert_int_equal(js_site_parse(&site, "acme.atlassian.net", "site", NULL), JIRASEND_OK);
    const js_key_rules keys = JS_KEY_RULES_INIT;
    const js_read_rules rules = {.keys = &keys, .default_site = &site, .now_ms = TEST_NOW_MS};
    return js_document_read(event, document, strlen(document), &rules, error);
}

/* The document is refused, the sentence holds the piece, and the event is left empty. */
static void refused(const char *document, const char *piece) {
    js_event event;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (read_plain(&event, document, &error) != JIRASEND_E_DOCUMENT) {
        fail_msg("not refused: %.300s", document);
    }
    assert_int_equal(error.code, JIRASEND_E_DOCUMENT);
    if (strstr(error.message, piece) == NULL) {
        fail_msg("\"%s\" does not say: %s", error.message, piece);
    }
    size_t length = strlen(error.message);
    assert_true(js_utf8_valid(error.message, length));
    assert_true(strchr(".?", error.message[length - 1]) != NULL);
    assert_null(event.of.run.pipeline_id);
    assert_int_equal(event.issue_keys.count, 0);
}

static void reads_every_member_of_a_build(void **state) {
    (void)state;
    js_event event;
    test_event_read(
        &event,
        "{\"kind\": \"build\", \"site\": \"https://Other.atlassian.net/\", \"requestId\": \"r-1\","
        "\"pipelineId\": \"team/app/main\", \"pipelineName\": \"team \xC2\xBB app\","
        "\"number\": 42, \"url\": \"https://ci.example.com/job/app/42/\","
        "\"state\": \"successful\", \"updatedAt\": \"2026-11-23T11:00:00.5+01:00\","
        "\"description\": \"d\", \"label\": \"l\", \"issueKeys\": [\"app-1\", \"APP-1\"],"
        "\"keyText\": [\"feature/APP-2-login UTF-8\", \"APP-3 APP-1\"],"
        "\"tests\": {\"total\": 10, \"passed\": 7, \"failed\": 2, \"skipped\": 1},"
        "\"references\": [{\"commit\": {\"id\": \"c0ffee\", \"repositoryUri\": \"git@h:a.git\"},"
        "\"ref\": {\"name\": \"main\", \"uri\": \"https://h/main\"}}]}");
    assert_int_equal(event.kind, JS_KIND_BUILD);
    assert_string_equal(event.site.name, "other.atlassian.net");
    assert_string_equal(event.request_id, "r-1");
    assert_string_equal(event.of.run.pipeline_id, "team/app/main");
    assert_string_equal(event.of.run.pipeline_name, "team \xC2\xBB app");
    assert_true(event.of.run.number == 42);
    assert_string_equal(event.url, "https://ci.example.com/job/app/42/");
    assert_int_equal(event.of.run.state, JS_STATE_SUCCESSFUL);
    assert_true(event.updated_at_ms == TEST_NOW_MS + 500);
    assert_string_equal(event.of.run.description, "d");
    assert_string_equal(event.of.run.label, "l");
    assert_int_equal(event.issue_keys.count, 3);
    assert_string_equal(event.issue_keys.items[0], "APP-1");
    assert_string_equal(event.issue_keys.items[1], "APP-2");
    assert_string_equal(event.issue_keys.items[2], "APP-3");
    assert_true(event.of.build.tests.given);
    assert_true(event.of.build.tests.total == 10 && event.of.build.tests.passed == 7 &&
                event.of.build.tests.failed == 2 && event.of.build.tests.skipped == 1);
    assert_int_equal(event.of.run.reference_count, 1);
    assert_string_equal(event.of.run.references[0].commit_id, "c0ffee");
    assert_string_equal(event.of.run.references[0].commit_repository_uri, "git@h:a.git");
    assert_string_equal(event.of.run.references[0].ref_name, "main");
    assert_string_equal(event.of.run.references[0].ref_uri, "https://h/main");
    assert_true(js_event_has_associations(&event));
    js_event_clear(&event);
}

static void reads_every_member_of_a_deployment(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event,
                    DEPLOYMENT("\"pipelineUrl\":\"https://ci/p\",\"duration\":61,"
                               "\"services\":[\"b:YXJp\",\"b:YXJp\",\"s2\"],"
                               "\"commits\":[{\"hash\":\"h1\",\"repositoryId\":\"r1\"},"
                               "{\"hash\":\"h1\",\"repositoryId\":\"r2\"},"
                               "{\"repositoryId\":\"r1\",\"hash\":\"h1\"}],"
                               "\"repositories\":[\"r9\"],\"gate\":true,"
                               "\"references\":[{\"ref\":{\"name\":\"main\",\"uri\":\"u\"}}]"));
    assert_int_equal(event.kind, JS_KIND_DEPLOYMENT);
    assert_string_equal(event.site.name, "acme.atlassian.net");
    assert_null(event.request_id);
    assert_string_equal(event.of.run.pipeline_name, "p");
    assert_string_equal(event.of.deployment.pipeline_url, "https://ci/p");
    assert_true(event.updated_at_ms == TEST_NOW_MS);
    assert_string_equal(event.of.deployment.environment.id, "e");
    assert_string_equal(event.of.deployment.environment.name, "Production EU");
    assert_int_equal(event.of.deployment.environment.type, JS_ENVIRONMENT_PRODUCTION);
    assert_true(event.of.deployment.has_duration && event.of.deployment.duration_s == 61);
    assert_int_equal(event.services.count, 2);
    assert_int_equal(event.commit_count, 2);
    assert_string_equal(event.commits[1].hash, "h1");
    assert_string_equal(event.commits[1].repository_id, "r2");
    assert_int_equal(event.repositories.count, 1);
    assert_true(event.gate);
    assert_int_equal(event.of.run.reference_count, 1);
    js_event_clear(&event);

    test_event_read(&event, "{" DEPLOYMENT_MEMBERS "}");
    assert_string_equal(event.of.deployment.pipeline_url, "https://ci/1");
    assert_false(event.of.deployment.has_duration);
    assert_false(event.gate);
    assert_false(js_event_has_associations(&event));
    js_event_clear(&event);
}

static void takes_what_is_valid_at_the_edge(void **state) {
    (void)state;
    static const char *const documents[] = {
        BUILD("\"description\":\"\",\"label\":\"\",\"pipelineName\":\"\""),
        BUILD("\"issueKeys\":[],\"keyText\":[],\"references\":[]"),
        BUILD("\"tests\":{\"total\":0,\"passed\":0,\"failed\":0}"),
        BUILD("\"tests\":{\"total\":1,\"passed\":5,\"failed\":9223372036854775807}"),
        BUILD("\"keyText\":[\"\",\"none here\"]"),
        DEPLOYMENT("\"gate\":false,\"duration\":0"),
        "{" DEPLOYMENT_REST ",\"state\":\"rolled_back\"}",
        "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":0,\"url\":\"HTTP://h\","
        "\"state\":\"unknown\"}",
        "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":9223372036854775807,"
        "\"url\":\"https://[::1]:8080/a?b#c\",\"state\":\"unknown\"}",
        " {\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":7,\n\"url\":\"https://u:p@h/\","
        "\"state\":\"cancelled\"}\r\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        js_event event;
        test_event_read(&event, documents[i]);
        assert_non_null(event.of.run.pipeline_name);
        assert_string_equal(event.of.run.pipeline_name, "p");
        assert_null(event.of.run.description);
        js_event_clear(&event);
    }
}

static void names_unknown_members(void **state) {
    (void)state;
    refused(BUILD("\"pipelineID\":\"x\""), "\"pipelineID\". Did you mean \"pipelineId\"?");
    refused(BUILD("\"descripton\":\"x\""), "Did you mean \"description\"?");
    refused(BUILD("\"foo\":1"), "unknown member \"foo\"");
    refused(BUILD("\"foo\":null"), "unknown member \"foo\"");
    refused(BUILD("\"\":1"), "unknown member \"\"");
    refused(BUILD("\"droppedKeys\":1"), "unknown member \"droppedKeys\"");
    refused(BUILD("\"a\\u001bb\":1"), "\"a\\x1B");
    refused(BUILD("\"tests\":{\"totl\":1,\"passed\":1,\"failed\":0}"),
            "\"tests.totl\". Did you mean \"tests.total\"?");
    refused(BUILD("\"references\":[{\"ref\":{\"name\":\"m\",\"uri\":\"u\"}},"
                  "{\"comit\":{\"id\":\"c\",\"repositoryUri\":\"u\"}}]"),
            "\"references[1].comit\". Did you mean \"references[1].commit\"?");
    refused(BUILD("\"references\":[{\"commit\":{\"id\":\"c\",\"repositoryUri\":\"u\",\"x\":1}}]"),
            "\"references[0].commit.x\"");
    refused(DEPLOYMENT("\"commits\":[{\"sha\":\"h\",\"repositoryId\":\"r\"}]"),
            "\"commits[0].sha\". Known here: \"hash\", \"repositoryId\".");
    refused("{\"kind\":\"deployment\",\"environment\":{\"id\":\"e\",\"nam\":\"n\"},"
            "\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://h\",\"state\":\"failed\"}",
            "\"environment.nam\"");
    refused("{\"knd\":\"build\"}", "Did you mean \"kind\"?");
}

static void names_members_of_the_other_kind(void **state) {
    (void)state;
    static const char *const only_deployments[] = {
        "environment", "pipelineUrl", "duration", "services", "commits", "repositories", "gate"};
    for (size_t i = 0; i < sizeof only_deployments / sizeof only_deployments[0]; i++) {
        char document[300];
        char piece[100];
        (void)snprintf(document, sizeof document, "{" BUILD_MEMBERS ",\"%s\":null}",
                       only_deployments[i]);
        (void)snprintf(piece, sizeof piece, "A build cannot have \"%s\"; only a deployment",
                       only_deployments[i]);
        refused(document, piece);
    }
    refused(DEPLOYMENT("\"tests\":{}"), "A deployment cannot have \"tests\"; only a build");
    refused(BUILD("\"gate\":false"), "A build cannot have \"gate\"");
}

static void names_what_is_missing(void **state) {
    (void)state;
    refused("{}", "lacks \"kind\"");
    refused("{\"kind\":\"build\"}", "lacks \"pipelineId\", \"number\", \"url\", \"state\"");
    refused("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://h\","
            "\"state\":\"failed\"}",
            "lacks \"environment\"");
    refused("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://h\","
            "\"state\":\"failed\",\"environment\":{}}",
            "lacks \"environment.id\", \"environment.name\"");
    refused(BUILD("\"tests\":{\"total\":3,\"skipped\":0}"),
            "lacks \"tests.passed\", \"tests.failed\"");
    refused(BUILD("\"references\":[{}]"), "\"references[0]\" is empty");
    refused(BUILD("\"references\":[{\"ref\":{\"name\":\"m\"}}]"),
            "lacks \"references[0].ref.uri\"");
    refused(BUILD("\"references\":[{\"commit\":{\"id\":\"c\"}}]"),
            "lacks \"references[0].commit.repositoryUri\"");
    refused(DEPLOYMENT("\"commits\":[{\"hash\":\"c\"}]"), "lacks \"commits[0].repositoryId\"");
}

static void names_wrong_types(void **state) {
    (void)state;
    static const struct {
        const char *name, *wrong, *wanted;
    } rows[] = {
        {"pipelineId", "7", "a string, not a number"},
        {"pipelineName", "null", "a string, not null"},
        {"number", "\"42\"", "a whole number, not a string"},
        {"number", "42.0", "a whole number, not a number with a fraction"},
        {"number", "1e3", "a whole number, not a number with a fraction or an exponent"},
        {"number", "true", "a whole number, not true"},
        {"url", "[]", "a string, not an array"},
        {"state", "{}", "a string, not an object"},
        {"updatedAt", "1795428000", "a string"},
        {"site", "1", "a string"},
        {"requestId", "1", "a string"},
        {"description", "false", "a string, not false"},
        {"label", "1", "a string"},
        {"issueKeys", "\"A-1\"", "an array, not a string"},
        {"keyText", "\"A-1\"", "an array, not a string"},
        {"references", "{}", "an array, not an object"},
        {"environment", "\"prod\"", "an object, not a string"},
        {"pipelineUrl", "1", "a string"},
        {"duration", "1.5", "a whole number"},
        {"services", "\"s\"", "an array"},
        {"commits", "{}", "an array"},
        {"repositories", "null", "an array, not null"},
        {"gate", "\"true\"", "true or false, not a string"},
        {"gate", "1", "true or false, not a number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char document[400];
        char piece[120];
        (void)snprintf(document, sizeof document, "{\"kind\":\"deployment\",\"%s\":%s}",
                       rows[i].name, rows[i].wrong);
        (void)snprintf(piece, sizeof piece, "\"%s\" must be %s", rows[i].name, rows[i].wanted);
        refused(document, piece);
    }
    refused("{\"kind\":1}", "\"kind\" must be a string, not a number");
    refused("{\"kind\":null}", "\"kind\" must be a string, not null");
    refused("[]", "The event must be an object, not an array");
    refused("7", "The event must be an object, not a number");
    refused(BUILD("\"tests\":[]"), "\"tests\" must be an object");
    refused(BUILD("\"tests\":{\"total\":1.0,\"passed\":1,\"failed\":0}"), "\"tests.total\"");
    refused(BUILD("\"keyText\":[\"a\",2]"), "\"keyText[1]\" must be a string");
    refused(BUILD("\"issueKeys\":[null]"), "\"issueKeys[0]\" must be a string, not null");
    refused(BUILD("\"references\":[\"x\"]"), "\"references[0]\" must be an object");
    refused(DEPLOYMENT("\"services\":[1]"), "\"services[0]\" must be a string");
    refused(DEPLOYMENT("\"commits\":[null]"), "\"commits[0]\" must be an object, not null");
    refused(DEPLOYMENT("\"repositories\":[[]]"), "\"repositories[0]\" must be a string");
}

static void refuses_values_out_of_range(void **state) {
    (void)state;
#define WITH(number, url, state)                                                                   \
    "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":" number ",\"url\":\"" url                \
    "\",\"state\":\"" state "\"}"
    refused(WITH("-1", "https://h", "failed"), "\"number\" is -1");
    refused(WITH("9223372036854775808", "https://h", "failed"), "\"number\" is too large");
    refused(WITH("1", "https://h", "rolled_back"),
            "must be pending, in_progress, successful, failed, cancelled or unknown");
    refused(WITH("1", "https://h", "fell"), "\"state\" is \"fell\"");
    refused(WITH("1", "https://h", ""), "\"state\" is \"\"");
    refused(WITH("1", "", "failed"), "\"url\" is empty");
    refused(WITH("1", "ci/1", "failed"), "\"url\" is \"ci/1\", which is not a web address");
    refused(WITH("1", "ftp://h/", "failed"), "not a web address");
    refused(WITH("1", "javascript:alert(1)", "failed"), "not a web address");
    refused(WITH("1", "https://", "failed"), "no usable host name");
    refused(WITH("1", "https:///job", "failed"), "no usable host name");
    refused(WITH("1", "https://:80/", "failed"), "no usable host name");
    refused(WITH("1", "https://h:99999/", "failed"), "no usable host name");
    refused(WITH("1", "https://u@/", "failed"), "no usable host name");
    refused(WITH("1", "https://[::1/", "failed"), "no usable host name");
    refused(WITH("1", "https://h/a b", "failed"), "contains a space");
    refused(WITH("1", "https://h/\\n", "failed"), "control character U+000A");
    refused(BUILD("\"tests\":{\"total\":-1,\"passed\":1,\"failed\":0}"), "\"tests.total\" is -1");
    refused(DEPLOYMENT("\"duration\":-5"), "\"duration\" is -5");
    refused("{" DEPLOYMENT_REST ",\"state\":\"done\"}", "cancelled, rolled_back or unknown");
    refused("{" DEPLOYMENT_REST ",\"state\":\"failed\",\"gate\":true}", "must be \"pending\"");
    refused("{\"kind\":\"featureflag\"}", "must be \"build\", ");
    refused(BUILD("\"updatedAt\":\"2026-11-23T10:00:00\""), "has no time zone");
    refused(BUILD("\"updatedAt\":\"\""), "\"updatedAt\" is \"\"");
    refused(BUILD("\"updatedAt\":\"yesterday\""), "\"updatedAt\" is \"yesterday\"");
    refused(BUILD("\"site\":\"\""), "site");
    refused(BUILD("\"site\":\"http://acme.atlassian.net\""), "site");
    refused(BUILD("\"requestId\":\"\""), "\"requestId\" is empty");
    refused(BUILD("\"requestId\":\"a\\tb\""), "control character U+0009");
    refused(BUILD("\"issueKeys\":[\"AB-1\",\"nonsense\"]"), "\"issueKeys[1]\" is \"nonsense\"");
    refused(BUILD("\"issueKeys\":[\"AB-0\"]"), "not an issue key");
    refused(BUILD("\"issueKeys\":[\"\"]"), "not an issue key");
    refused(DEPLOYMENT("\"pipelineUrl\":\"\""), "\"pipelineUrl\" is empty");
    refused(DEPLOYMENT("\"services\":[\"\"]"), "\"services[0]\" is empty");
    refused("{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://h\","
            "\"state\":\"failed\",\"environment\":{\"id\":\"e\",\"name\":\"\"}}",
            "\"environment.name\" is empty");
    refused(
        "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://h\","
        "\"state\":\"failed\",\"environment\":{\"id\":\"e\",\"name\":\"n\",\"type\":\"lively\"}}",
        "\"environment.type\" is \"lively\"");
}

static void refuses_what_is_no_strict_json(void **state) {
    (void)state;
    refused("", "");
    refused("{", "byte");
    refused("null", "");
    refused("{'kind':'build'}", "byte");
    refused("{" BUILD_MEMBERS "} x", "byte");
    refused("{" BUILD_MEMBERS ",\"label\":\"a\",\"label\":\"b\"}", "label");
    refused(BUILD("\"label\":\"a\\u0000b\""), "byte");
    refused(BUILD("\"label\":\"\\ud800\""), "byte");
    refused(BUILD("\"tests\":{\"total\":NaN,\"passed\":1,\"failed\":0}"), "byte");
    refused(BUILD("\"label\":\"\xFF\""), "byte");
}

/* A document with one member of `units` two-byte characters, as text. */
static char *with_long(const char *before, size_t units, const char *after) {
    js_buf document = JS_BUF_INIT;
    js_buf_add_text(&document, before);
    for (size_t i = 0; i < units; i++) {
        js_buf_add_text(&document, "\xC3\xA9");
    }
    js_buf_add_text(&document, after);
    return js_buf_take(&document);
}

static void cuts_texts_and_refuses_long_ids(void **state) {
    (void)state;
    static const struct {
        const char *before, *after, *place;
        size_t limit;
    } ids[] = {
        {"{\"kind\":\"build\",\"number\":1,\"url\":\"https://h\",\"state\":\"failed\","
         "\"pipelineId\":\"",
         "\"}", "\"pipelineId\" is 1001", 1000},
        {"{" BUILD_MEMBERS ",\"requestId\":\"", "\"}", "\"requestId\" is 256", 255},
        {"{" DEPLOYMENT_MEMBERS ",\"services\":[\"", "\"]}", "\"services[0]\" is 256", 255},
        {"{" DEPLOYMENT_MEMBERS ",\"repositories\":[\"", "\"]}", "\"repositories[0]\" is 256", 255},
        {"{" DEPLOYMENT_MEMBERS ",\"commits\":[{\"repositoryId\":\"r\",\"hash\":\"", "\"}]}",
         "\"commits[0].hash\" is 256", 255},
        {"{" BUILD_MEMBERS ",\"references\":[{\"commit\":{\"repositoryUri\":\"u\",\"id\":\"",
         "\"}}]}", "\"references[0].commit.id\" is 256", 255},
        {"{" BUILD_MEMBERS ",\"references\":[{\"ref\":{\"name\":\"n\",\"uri\":\"", "\"}}]}",
         "\"references[0].ref.uri\" is 2001", 2000},
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char *fits = with_long(ids[i].before, ids[i].limit, ids[i].after);
        js_event event;
        test_event_read(&event, fits);
        js_event_clear(&event);
        free(fits);
        char *too_long = with_long(ids[i].before, ids[i].limit + 1, ids[i].after);
        refused(too_long, ids[i].place);
        free(too_long);
    }
    char *document = with_long("{" BUILD_MEMBERS ",\"label\":\"", 300, "\"}");
    js_event event;
    test_event_read(&event, document);
    assert_int_equal(strlen(event.of.run.label), 510);
    js_event_clear(&event);
    free(document);
}

static void counts_dropped_associations(void **state) {
    (void)state;
    js_buf document = JS_BUF_INIT;
    js_buf_add_text(&document, "{" BUILD_MEMBERS ",\"keyText\":[\"");
    for (int i = 1; i <= 700; i++) {
        js_buf_addf(&document, "APP-%d ", i);
    }
    js_buf_add_text(&document, "\"],\"issueKeys\":[\"OPS-1\"],\"references\":[");
    for (int i = 0; i < 7; i++) {
        js_buf_addf(&document, "%s{\"ref\":{\"name\":\"r%d\",\"uri\":\"u\"}}", i == 0 ? "" : ",",
                    i);
    }
    js_buf_add_text(&document, "]}");
    js_event event;
    test_event_read(&event, document.data);
    assert_int_equal(event.issue_keys.count, 500);
    assert_string_equal(event.issue_keys.items[0], "OPS-1");
    assert_string_equal(event.issue_keys.items[499], "APP-499");
    assert_true(event.dropped == 201);
    assert_int_equal(event.of.run.reference_count, 5);
    assert_string_equal(event.of.run.references[4].ref_name, "r4");
    js_event_clear(&event);
    js_buf_clear(&document);
}

static void applies_the_key_rules_to_text_only(void **state) {
    (void)state;
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_site site;
    assert_int_equal(js_key_words(&keys.projects, "APP", "projects", NULL), JIRASEND_OK);
    assert_int_equal(js_site_parse(&site, "acme.atlassian.net", "site", NULL), JIRASEND_OK);
    const js_read_rules rules = {.keys = &keys, .default_site = &site, .now_ms = TEST_NOW_MS};
    const char *document =
        BUILD("\"issueKeys\":[\"OPS-1\",\"UTF-8\"],\"keyText\":[\"APP-2 OPS-3 SHA-256\"]");
    js_event event;
    assert_int_equal(js_document_read(&event, document, strlen(document), &rules, NULL),
                     JIRASEND_OK);
    assert_int_equal(event.issue_keys.count, 3);
    assert_string_equal(event.issue_keys.items[0], "OPS-1");
    assert_string_equal(event.issue_keys.items[1], "UTF-8");
    assert_string_equal(event.issue_keys.items[2], "APP-2");
    js_event_clear(&event);
    js_key_rules_clear(&keys);
}

static void wants_a_site_from_somewhere(void **state) {
    (void)state;
    const js_key_rules keys = JS_KEY_RULES_INIT;
    const js_read_rules rules = {.keys = &keys, .now_ms = TEST_NOW_MS};
    const char *document = "{" BUILD_MEMBERS "}";
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_event event;
    assert_int_equal(js_document_read(&event, document, strlen(document), &rules, &error),
                     JIRASEND_E_DOCUMENT);
    assert_non_null(strstr(error.message, "lacks \"site\""));
}

static void stored_form_gives_an_equal_event(void **state) {
    (void)state;
    test_random random = {0x9E3779B97F4A7C15U};
    for (int i = 0; i < 400; i++) {
        js_buf document = JS_BUF_INIT;
        test_document_random(&document, &random);
        js_event event;
        test_event_read(&event, document.data);
        js_buf stored = JS_BUF_INIT;
        js_document_write(&stored, &event);
        assert_false(stored.failed);
        assert_null(strchr(stored.data, '\n'));
        assert_null(strstr(stored.data, "keyText"));
        js_event again;
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (js_document_read_stored(&again, stored.data, stored.length, &error) != JIRASEND_OK) {
            fail_msg("%s\n%s", error.message, stored.data);
        }
        test_event_same(&event, &again);
        js_buf twice = JS_BUF_INIT;
        js_document_write(&twice, &again);
        assert_string_equal(stored.data, twice.data);
        js_event_clear(&event);
        js_event_clear(&again);
        js_buf_clear(&document);
        js_buf_clear(&stored);
        js_buf_clear(&twice);
    }
}

/* A torn row must be refused, whatever byte it ends at. */
static void stored_form_cut_anywhere_is_refused(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, DEPLOYMENT("\"issueKeys\":[\"AB-1\"],\"label\":\"\xC3\xA9\""));
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, &event);
    js_event_clear(&event);
    for (size_t length = 0; length < stored.length; length++) {
        assert_int_equal(js_document_read_stored(&event, stored.data, length, NULL),
                         JIRASEND_E_DOCUMENT);
        assert_null(event.of.run.pipeline_id);
    }
    js_buf_clear(&stored);
}

static void remembers_where_keys_were_found(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, BUILD("\"issueKeys\":[\"OPS-1\"],\"keyText\":[\"OPS-1 APP-2\","
                                  "{\"text\":\"fix APP-3\",\"from\":\"message\","
                                  "\"commit\":\"c0ffee\"},"
                                  "{\"text\":\"APP-4\",\"from\":\"branch\"}]"));
    static const js_key_source from[] = {JS_KEY_GIVEN, JS_KEY_TEXT, JS_KEY_MESSAGE, JS_KEY_BRANCH};
    assert_int_equal(event.issue_keys.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(event.found[i].from, from[i]);
    }
    assert_string_equal(event.found[2].commit, "c0ffee");
    assert_null(event.found[1].commit);
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, &event);
    js_event again;
    assert_int_equal(js_document_read_stored(&again, stored.data, stored.length, NULL),
                     JIRASEND_OK);
    test_event_same(&event, &again);
    js_event_clear(&again);
    js_event_clear(&event);
    js_buf_clear(&stored);
    refused(BUILD("\"keyText\":[{\"text\":\"APP-1\",\"from\":\"given\"}]"),
            "must be branch, tag, title, message or text");
    refused(BUILD("\"keyText\":[{\"from\":\"tag\"}]"), "\"keyText[0].text\"");
    refused(BUILD("\"found\":[]"), "unknown member \"found\"");
    refused(BUILD("\"origin\":\"me\""), "unknown member \"origin\"");
}

static void takes_what_logs_in_out_of_urls(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event,
                    "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,"
                    "\"url\":\"https://user:to@ken@ci.example.com:8443/1?a=b@c\","
                    "\"pipelineUrl\":\"https://token@ci.example.com\",\"state\":\"pending\","
                    "\"environment\":{\"id\":\"e\",\"name\":\"E\"},"
                    "\"repositories\":[\"https://user:pw@h/a\",\"https://h/a\",\"git@h:a\"],"
                    "\"commits\":[{\"hash\":\"h\",\"repositoryId\":\"https://token@h/b\"}],"
                    "\"references\":[{\"commit\":{\"id\":\"c\","
                    "\"repositoryUri\":\"ssh://git:pw@h/a\"},"
                    "\"ref\":{\"name\":\"m\",\"uri\":\"ssh://git@h/a@b\"}}]}");
    assert_string_equal(event.url, "https://ci.example.com:8443/1?a=b@c");
    assert_string_equal(event.of.deployment.pipeline_url, "https://ci.example.com");
    assert_int_equal(event.repositories.count, 2); /* the same without what logs in */
    assert_string_equal(event.repositories.items[0], "https://h/a");
    assert_string_equal(event.repositories.items[1], "git@h:a");
    assert_string_equal(event.commits[0].repository_id, "https://h/b");
    assert_string_equal(event.of.run.references[0].commit_repository_uri, "ssh://h/a");
    assert_string_equal(event.of.run.references[0].ref_uri, "ssh://git@h/a@b");
    js_event_clear(&event);
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(read_plain(&event,
                                "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,"
                                "\"url\":\"https://u:secret@h/a b\",\"state\":\"failed\"}",
                                &error),
                     JIRASEND_E_DOCUMENT);
    assert_null(strstr(error.message, "secret"));
}

static void reads_properties(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, BUILD("\"properties\":{\"team\":\"pay\",\"b\":\"2\"}"));
    assert_int_equal(event.property_count, 2);
    assert_string_equal(event.properties[0].name, "team");
    assert_string_equal(event.properties[1].value, "2");
    js_event_clear(&event);
    refused(BUILD("\"properties\":{\"jirasend\":\"x\"}"), "\"jirasend\"");
    refused(BUILD("\"properties\":{\"a:b\":\"x\"}"), "colon");
    refused(BUILD("\"properties\":{\"_a\":\"x\"}"), "\"_a\"");
    refused(BUILD("\"properties\":{\"\":\"x\"}"), "1 to 255");
    refused(BUILD("\"properties\":{\"a\":\"\"}"), "1 to 255");
    refused(BUILD("\"properties\":{\"a\":1}"), "must be a string");
    refused(BUILD("\"properties\":{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\",\"d\":\"1\",\"e\":\"1\"}"),
            "more than 4");
}

static void reads_deletions(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, "{\"kind\":\"deployment\",\"delete\":true,\"pipelineId\":\"p\","
                            "\"environment\":{\"id\":\"e\"},\"number\":7,\"requestId\":\"r\"}");
    assert_true(event.deletion);
    js_stream stream = js_event_stream(&event);
    assert_string_equal(stream.name, "p");
    assert_string_equal(stream.part, "e");
    assert_true(stream.number == 7);
    js_buf stored = JS_BUF_INIT;
    js_document_write(&stored, &event);
    js_event again;
    assert_int_equal(js_document_read_stored(&again, stored.data, stored.length, NULL),
                     JIRASEND_OK);
    test_event_same(&event, &again);
    js_event_clear(&again);
    js_event_clear(&event);
    js_buf_clear(&stored);
    test_event_read(&event, BUILD("\"delete\":false,\"history\":false"));
    assert_false(event.deletion || event.history);
    js_event_clear(&event);
    refused(BUILD("\"delete\":true"), "only names the build");
    refused("{\"kind\":\"build\",\"delete\":true,\"pipelineId\":\"p\"}", "\"number\"");
    refused("{\"kind\":\"deployment\",\"delete\":true,\"pipelineId\":\"p\",\"number\":1,"
            "\"environment\":{\"id\":\"e\",\"name\":\"E\"}}",
            "environment.name");
    refused("{\"kind\":\"build\",\"delete\":true,\"pipelineId\":\"p\",\"number\":1,"
            "\"history\":true}",
            "\"history\"");
}

static void reads_a_sweep_of_its_stream_only(void **state) {
    static const char *const none[] = {"", "null", "[]", "7", "\"a\"", "{", "{\"a\": null}"};
    js_event event;
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        js_event_init(&event);
        assert_false(js_sweep_of_part(&event, none[i]));
        js_event_clear(&event);
    }
    js_event_init(&event);
    assert_true(js_sweep_of_part(&event, "{\"jirasend\": \"o\", \"team\": \"a\"}"));
    assert_string_equal(event.properties[0].value, "a");
    js_event_clear(&event);
}

static void reads_news_of_the_past(void **state) {
    (void)state;
    js_event event;
    test_event_read(&event, BUILD("\"history\":true,\"updatedAt\":\"2026-11-22T10:00:00Z\""));
    assert_true(event.history);
    js_event_clear(&event);
    refused(BUILD("\"history\":true"), "\"updatedAt\" is missing");
    refused(BUILD("\"history\":true,\"updatedAt\":\"2026-11-23T10:00:00.001Z\""), "future");
    refused(DEPLOYMENT("\"history\":true,\"updatedAt\":\"2026-11-22T10:00:00Z\",\"gate\":true"),
            "gate");
}

static void names_go_both_ways(void **state) {
    (void)state;
    js_state found = JS_STATE_UNKNOWN;
    for (int i = JS_STATE_PENDING; i <= JS_STATE_UNKNOWN; i++) {
        assert_true(js_state_from_name(js_state_name((js_state)i), &found));
        assert_int_equal(found, i);
    }
    assert_false(js_state_from_name("rolledback", &found));
    refused("{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://ci/1\","
            "\"state\":\"rolled_back\"}",
            "must be pending, in_progress, successful, failed, cancelled or unknown.");
    js_environment_type type = JS_ENVIRONMENT_UNMAPPED;
    for (int i = JS_ENVIRONMENT_UNMAPPED; i <= JS_ENVIRONMENT_PRODUCTION; i++) {
        const char *name = js_environment_type_name((js_environment_type)i);
        assert_true(js_environment_type_from_name(name, &type));
        assert_int_equal(type, i);
    }
    assert_false(js_environment_type_from_name("prod", &type));
    js_kind kind = JS_KIND_BUILD;
    assert_true(js_kind_from_name("deployment", &kind));
    assert_int_equal(kind, JS_KIND_DEPLOYMENT);
    assert_false(js_kind_from_name("Build", &kind));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_member_of_a_build),
        cmocka_unit_test(reads_every_member_of_a_deployment),
        cmocka_unit_test(takes_what_is_valid_at_the_edge),
        cmocka_unit_test(names_unknown_members),
        cmocka_unit_test(names_members_of_the_other_kind),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(names_wrong_types),
        cmocka_unit_test(refuses_values_out_of_range),
        cmocka_unit_test(refuses_what_is_no_strict_json),
        cmocka_unit_test(cuts_texts_and_refuses_long_ids),
        cmocka_unit_test(counts_dropped_associations),
        cmocka_unit_test(applies_the_key_rules_to_text_only),
        cmocka_unit_test(wants_a_site_from_somewhere),
        cmocka_unit_test(stored_form_gives_an_equal_event),
        cmocka_unit_test(stored_form_cut_anywhere_is_refused),
        cmocka_unit_test(remembers_where_keys_were_found),
        cmocka_unit_test(takes_what_logs_in_out_of_urls),
        cmocka_unit_test(reads_properties),
        cmocka_unit_test(reads_deletions),
        cmocka_unit_test(reads_a_sweep_of_its_stream_only),
        cmocka_unit_test(reads_news_of_the_past),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests_name("event document", tests, NULL, NULL);
}
