/* Jira's answers. Any body may come as the answer to any request, so every reader gets it. */
#include "fuzz.h"

#include "base/text.h"
#include "event/document.h"
#include "payload/answer.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 7, DEPLOYMENTS = 0, BUILDS = 2, FLAGS = 3, ENTITIES = 4, MOST = 3 };

static const char deployed[] =
    "{\"kind\":\"deployment\",\"site\":\"a.example\",\"pipelineId\":\"p\",\"number\":1,"
    "\"url\":\"https://ci.example/1\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\"],"
    "\"environment\":{\"id\":\"prod\",\"name\":\"Production\"},\"services\":[\"s\"],"
    "\"commits\":[{\"hash\":\"abc\",\"repositoryId\":\"r\"}]}";
static const char failed[] =
    "{\"kind\":\"deployment\",\"site\":\"a.example\",\"pipelineId\":\"p\",\"number\":2,"
    "\"url\":\"https://ci.example/2\",\"state\":\"failed\",\"issueKeys\":[\"APP-1\",\"OPS-2\"],"
    "\"environment\":{\"id\":\"test\",\"name\":\"Test\"},\"repositories\":[\"r\"]}";
static const char built[] =
    "{\"kind\":\"build\",\"site\":\"a.example\",\"pipelineId\":\"p\",\"number\":3,"
    "\"url\":\"https://ci.example/"
    "3\",\"state\":\"successful\",\"issueKeys\":[\"APP-1\",\"OPS-2\"]}";

static const char flagged[] =
    "{\"kind\":\"flag\",\"site\":\"a.example\",\"flagId\":\"f\",\"url\":\"https://f.example/f\","
    "\"issueKeys\":[\"APP-1\"],\"environments\":[{\"name\":\"prod\",\"enabled\":true}]}";
#define IN_REPOSITORY                                                                              \
    "\"site\":\"a.example\",\"repository\":{\"id\":\"r\",\"url\":\"https://g.example/r\"}"
#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const char committed[] = "{\"kind\":\"commit\"," IN_REPOSITORY ",\"hash\":\"" HASH
                                "\",\"url\":\"https://g.example/c\",\"message\":\"APP-1\"}";
static const char branched[] =
    "{\"kind\":\"branch\"," IN_REPOSITORY ",\"name\":\"b\",\"url\":\"https://g.example/b\","
    "\"issueKeys\":[\"OPS-2\"],\"lastCommit\":{\"hash\":\"" HASH
    "\",\"url\":\"https://g.example/c\",\"message\":\"\"}}";
static const char asked[] =
    "{\"kind\":\"pull_request\"," IN_REPOSITORY ",\"number\":1,\"title\":\"APP-1\","
    "\"state\":\"open\",\"sourceBranch\":\"b\",\"url\":\"https://g.example/p\"}";

static js_event events[EVENTS];

static void read_events(void) {
    js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = 1795428000000};
    const char *const documents[EVENTS] = {deployed,  failed,   built, flagged,
                                           committed, branched, asked};
    for (size_t i = 0; i < EVENTS; i++) {
        FUZZ_EXPECT(js_document_read(&events[i], documents[i], strlen(documents[i]), &rules,
                                     NULL) == JIRASEND_OK);
    }
}

static void token(const char *body, size_t length) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_token_answer answer;
    jirasend_code code = js_answer_token(&answer, body, length, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_NETWORK);
        return;
    }
    FUZZ_EXPECT(answer.lifetime_ms >= 1000);
    FUZZ_EXPECT(answer.token.length > 0 && answer.token.length <= 16384);
    FUZZ_EXPECT(strlen(answer.token.text) == answer.token.length);
    for (size_t i = 0; i < answer.token.length; i++) { /* it goes into a header */
        FUZZ_EXPECT((unsigned char)answer.token.text[i] > 0x20);
        FUZZ_EXPECT((unsigned char)answer.token.text[i] != 0x7F);
    }
    js_secret_wipe(&answer.token);
}

static void tenant(const char *body, size_t length) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char cloud_id[JS_CLOUD_ID_SIZE];
    jirasend_code code = js_answer_tenant(cloud_id, body, length, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_CREDENTIALS);
        return;
    }
    FUZZ_EXPECT(js_cloud_id_valid(cloud_id)); /* it goes into a URL */
}

static void bulk(size_t first, size_t count, const char *body, size_t length) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_item_answer items[MOST];
    const js_event *sent[MOST];
    for (size_t i = 0; i < count; i++) {
        sent[i] = &events[first + i];
    }
    jirasend_code code =
        js_answer_bulk(items, js_kind_api(sent[0]->kind), sent, count, body, length, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_NETWORK);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        FUZZ_EXPECT(items[i].verdict <= JS_VERDICT_ALL_UNKNOWN);
        if (items[i].message != NULL) {
            fuzz_expect_showable(items[i].message);
        }
        for (size_t k = 0; k < items[i].unknown_keys.count; k++) { /* its own keys and no others */
            FUZZ_EXPECT(js_strings_contain(&sent[i]->issue_keys, items[i].unknown_keys.items[k]));
        }
    }
    js_item_answers_clear(items, count);
}

static void gate(const char *body, size_t length) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_gate_answer answer;
    jirasend_code code = js_answer_gate(&answer, "p", "prod", 1, body, length, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_NETWORK);
        return;
    }
    FUZZ_EXPECT(answer.gate <= JS_GATE_UNKNOWN && js_gate_name(answer.gate)[0] != '\0');
    FUZZ_EXPECT(answer.issue_keys.count == answer.issue_links.count);
    js_gate_answer_clear(&answer);
}

static void things(const char *body, size_t length) {
    for (size_t i = 0; i < EVENTS; i++) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        js_thing_answer answer;
        jirasend_code code = js_answer_thing(&answer, &events[i], body, length, &error);
        if (code != JIRASEND_OK) {
            fuzz_expect_sentence(code, &error);
            FUZZ_EXPECT(code == JIRASEND_E_NETWORK);
        }
        FUZZ_EXPECT((answer.thing == JS_THING_THERE) == (answer.json != NULL));
        js_thing_answer_clear(&answer);
    }
    bool exists;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = js_answer_exists(&exists, body, length, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(!exists);
    }
}

static void words(const char *body, size_t length) {
    char *said = js_answer_words(body, length);
    if (said != NULL) {
        fuzz_expect_showable(said);
        FUZZ_EXPECT(said[0] != '\0' && strlen(said) <= 304);
    }
    free(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (events[0].of.run.pipeline_id == NULL) {
        read_events();
    }
    const char *body = (const char *)data;
    token(body, size);
    tenant(body, size);
    bulk(DEPLOYMENTS, BUILDS - DEPLOYMENTS, body, size);
    bulk(BUILDS, FLAGS - BUILDS, body, size);
    bulk(FLAGS, ENTITIES - FLAGS, body, size);
    bulk(ENTITIES, EVENTS - ENTITIES, body, size);
    things(body, size);
    gate(body, size);
    words(body, size);
    return 0;
}
