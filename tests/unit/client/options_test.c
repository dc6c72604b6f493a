/* Options of a call, a site and a client, laid over each other. */
#include <jirasend/jirasend.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT(more)                                                                             \
    "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://ci.test/\","          \
    "\"state\":\"failed\"" more "}"
#define TEXT ",\"keyText\":[\"APP-1 ops-2 KIP-3\"]"

static jirasend_submit_options options(void) {
    return (jirasend_submit_options)JIRASEND_SUBMIT_OPTIONS_INIT;
}

static jirasend_config *new_config(const jirasend_submit_options *given) {
    jirasend_config *config = jirasend_config_new();
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_default_site(config, "acme.atlassian.net", &error),
                     JIRASEND_OK);
    assert_int_equal(jirasend_config_set_paused(config, 1, &error), JIRASEND_OK);
    if (jirasend_config_set_options(config, given, &error) != JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    return config;
}

static jirasend_client *open_client(const jirasend_submit_options *given) {
    jirasend_config *config = new_config(given);
    jirasend_client *client = NULL;
    assert_int_equal(jirasend_client_open(config, &client, NULL), JIRASEND_OK);
    jirasend_config_free(config);
    return client;
}

static void put_site(jirasend_client *client, const jirasend_submit_options *given) {
    jirasend_site site = JIRASEND_SITE_INIT;
    site.site = "acme.atlassian.net";
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = 6;
    site.options = given;
    assert_int_equal(jirasend_client_put_site(client, &site, NULL), JIRASEND_OK);
}

/* The keys that a document is told with. */
static void keys_are(jirasend_client *client, const jirasend_submit_options *given,
                     const char *keys) {
    static const char document[] = DOCUMENT(TEXT);
    int64_t id = 0;
    char *receipt = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (jirasend_client_submit(client, document, strlen(document), given, &id, &error) !=
        JIRASEND_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(jirasend_client_receipt(client, id, &receipt, NULL), JIRASEND_OK);
    char expected[120];
    (void)snprintf(expected, sizeof expected, "\"issueKeys\":[%s]", keys);
    if (strstr(receipt, expected) == NULL) {
        fail_msg("no %s in %s", expected, receipt);
    }
    jirasend_free(receipt);
}

static void calls_beat_sites_and_sites_beat_the_client(void **state) {
    (void)state;
    jirasend_submit_options general = options();
    general.not_keys = "KIP";
    jirasend_client *client = open_client(&general);
    keys_are(client, NULL, "\"APP-1\"");
    jirasend_submit_options of_site = options();
    of_site.any_case = JIRASEND_YES;
    put_site(client, &of_site);
    keys_are(client, NULL, "\"APP-1\",\"OPS-2\"");
    jirasend_submit_options of_call = options();
    of_call.projects = "OPS,KIP";
    of_call.not_keys = "NONE";
    keys_are(client, &of_call, "\"OPS-2\",\"KIP-3\"");
    of_call.any_case = JIRASEND_NO;
    keys_are(client, &of_call, "\"KIP-3\"");
    of_call.search = JIRASEND_NO;
    keys_are(client, &of_call, "");
    put_site(client, NULL); /* credentials without options: the client's again */
    keys_are(client, NULL, "\"APP-1\"");
    jirasend_client_close(client, 0);
}

static char *body_of(const jirasend_submit_options *given, const char *document,
                     jirasend_code expected) {
    jirasend_config *config = new_config(given);
    char *body = NULL;
    assert_int_equal(jirasend_dry_run(config, document, strlen(document), &body, NULL), expected);
    jirasend_config_free(config);
    return body;
}

static void events_carry_origin_and_properties(void **state) {
    (void)state;
    const jirasend_property properties[] = {{"team", "pay"}, {"stage", "x"}};
    jirasend_submit_options given = options();
    given.origin = "ci one";
    given.properties = properties;
    given.property_count = 2;
    char *body =
        body_of(&given, DOCUMENT(",\"issueKeys\":[\"AB-1\"],\"properties\":{\"team\":\"own\"}"),
                JIRASEND_OK);
    assert_non_null(
        strstr(body, "\"properties\":{\"jirasend\":\"ci one\",\"team\":\"own\",\"stage\":\"x\"}"));
    jirasend_free(body);
    body = body_of(NULL, DOCUMENT(",\"issueKeys\":[\"AB-1\"]"), JIRASEND_OK);
    assert_non_null(strstr(body, "\"properties\":{\"jirasend\":\"default\"}"));
    jirasend_free(body);
    assert_null(
        body_of(&given,
                DOCUMENT(",\"issueKeys\":[\"AB-1\"],\"properties\":{\"a\":\"1\",\"b\":\"1\","
                         "\"c\":\"1\"}"),
                JIRASEND_E_DOCUMENT));
}

static void environments_have_types_by_their_rules(void **state) {
    (void)state;
    jirasend_submit_options given = options();
    given.environments = "eu-*=production,*=testing";
    char *body = body_of(&given,
                         "{\"kind\":\"deployment\",\"pipelineId\":\"p\",\"number\":1,"
                         "\"url\":\"https://ci.test/\",\"state\":\"failed\","
                         "\"issueKeys\":[\"AB-1\"],"
                         "\"environment\":{\"id\":\"EU-1\",\"name\":\"dev\"}}",
                         JIRASEND_OK);
    assert_non_null(strstr(body, "\"type\":\"production\""));
    jirasend_free(body);
}

static void refused(const jirasend_submit_options *given, const char *piece) {
    jirasend_config *config = jirasend_config_new();
    jirasend_error error = JIRASEND_ERROR_INIT;
    assert_int_equal(jirasend_config_set_options(config, given, &error), JIRASEND_E_ARGUMENT);
    if (strstr(error.message, piece) == NULL) {
        fail_msg("\"%s\" does not say: %s", error.message, piece);
    }
    jirasend_config_free(config);
}

static void what_cannot_be_used_is_named(void **state) {
    (void)state;
    char long_text[300];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    jirasend_submit_options given = options();
    given.origin = "";
    refused(&given, "origin");
    given.origin = long_text;
    refused(&given, "origin");
    given.origin = "a\nb";
    refused(&given, "origin");
    given = options();
    given.projects = "APP,4";
    refused(&given, "projects");
    given = options();
    const jirasend_property bad[] = {{"a:b", "1"}, {"jirasend", "1"}, {"_x", "1"}, {"a", ""}};
    for (size_t i = 0; i < 4; i++) {
        given.properties = &bad[i];
        given.property_count = 1;
        refused(&given, i == 1 ? "jirasend" : "roperty");
    }
    const jirasend_property many[] = {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}};
    given.properties = many;
    given.property_count = 5;
    refused(&given, "more than 4");
    given = options();
    given.environments = "qa-*=tests";
    refused(&given, "environments");
    given = options();
    given.size = 8;
    refused(&given, "size");
    size_t *cut = malloc(sizeof *cut); /* what lies behind it is not ours to read */
    assert_non_null(cut);
    *cut = sizeof *cut;
    refused((const jirasend_submit_options *)cut, "size");
    free(cut);
}

static void lists_that_are_not_there_are_refused(void **state) {
    (void)state;
    jirasend_submit_options given = options();
    given.property_count = 1;
    refused(&given, "properties");
    jirasend_delete_query query = JIRASEND_DELETE_QUERY_INIT;
    query.kind = "build";
    query.property_count = 1;
    char *request = NULL;
    assert_int_equal(jirasend_delete_request(&query, &request, NULL), JIRASEND_E_ARGUMENT);
    assert_null(request);
}

/* An older caller's structs are shorter than ours, a newer one's are longer. */
static void elements_may_have_another_size(void **state) {
    (void)state;
    struct newer_document {
        jirasend_document ours;
        const char *more;
    } documents[2];
    struct newer_result {
        jirasend_submitted ours;
        long more;
    } results[2];
    static const char good[] = DOCUMENT(",\"issueKeys\":[\"AB-1\"]");
    for (size_t i = 0; i < 2; i++) {
        documents[i].ours = (jirasend_document){good, strlen(good), NULL};
        results[i].more = 7;
    }
    jirasend_client *client = open_client(NULL);
    assert_int_equal(jirasend_client_submit_many(client, &documents[0].ours, sizeof documents[0], 2,
                                                 NULL, &results[0].ours, sizeof results[0], NULL),
                     JIRASEND_OK);
    assert_int_equal(results[0].ours.code, JIRASEND_OK);
    assert_int_equal(results[1].ours.code, JIRASEND_OK);
    assert_true(results[1].ours.id > results[0].ours.id);
    assert_int_equal(results[0].more, 7);
    assert_int_equal(results[0].ours.fresh, 1);
    /* One that was compiled before `fresh`: what lies behind it is not ours. */
    struct older_result {
        char ours[offsetof(jirasend_submitted, fresh)];
        int64_t behind;
    } older = {.behind = 7};
    assert_int_equal(jirasend_client_submit_many(client, &documents[0].ours, sizeof documents[0], 1,
                                                 NULL, (jirasend_submitted *)(void *)older.ours,
                                                 sizeof older.ours, NULL),
                     JIRASEND_OK);
    assert_int_equal(older.behind, 7);
    jirasend_client_close(client, 0);
}

static void who_asks_again_is_told_so(void **state) {
    (void)state;
    static const char named[] = DOCUMENT(",\"issueKeys\":[\"AB-1\"],\"requestId\":\"r\"");
    jirasend_document document = {named, strlen(named), NULL};
    jirasend_submitted results[2] = {{.fresh = 7}, {.fresh = 7}};
    jirasend_client *client = open_client(NULL);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(jirasend_client_submit_many(client, &document, sizeof document, 1, NULL,
                                                     &results[i], sizeof results[i], NULL),
                         JIRASEND_OK);
    }
    assert_int_equal(results[0].fresh, 1);
    assert_int_equal(results[1].fresh, 0);
    assert_true(results[0].id == results[1].id);
    jirasend_client_close(client, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_beat_sites_and_sites_beat_the_client),
        cmocka_unit_test(events_carry_origin_and_properties),
        cmocka_unit_test(environments_have_types_by_their_rules),
        cmocka_unit_test(what_cannot_be_used_is_named),
        cmocka_unit_test(lists_that_are_not_there_are_refused),
        cmocka_unit_test(elements_may_have_another_size),
        cmocka_unit_test(who_asks_again_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
