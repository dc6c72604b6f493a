/* An event document: refused with a sentence, or kept so that reading it again gives the same. */
#include "fuzz.h"

#include "base/text.h"
#include "event/document.h"
#include "payload/request.h"

#include <stdlib.h>
#include <string.h>

/* 2026-11-23T10:00:00Z */
#define NOW_MS INT64_C(1795428000000)

static void expect_within_limits(const js_event *event) {
    js_stream stream = js_event_stream(event);
    FUZZ_EXPECT(stream.name != NULL && stream.name[0] != '\0' && stream.part != NULL);
    FUZZ_EXPECT(js_utf16_length(stream.name, strlen(stream.name)) <= 1000);
    FUZZ_EXPECT(event->url == NULL || js_utf16_length(event->url, strlen(event->url)) <= 2000);
    size_t values = event->issue_keys.count + event->services.count + event->commit_count +
                    event->repositories.count;
    FUZZ_EXPECT(values <= 500);
    for (size_t i = 0; i < event->issue_keys.count; i++) {
        char key[1024];
        const char *kept = event->issue_keys.items[i];
        FUZZ_EXPECT(js_key_normalise(kept, strlen(kept), key, sizeof key));
        FUZZ_EXPECT(strcmp(key, kept) == 0);
    }
}

/* The form of the outbox, once written and once read and written again. */
static void expect_kept(const js_event *event) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_buf first = JS_BUF_INIT;
    js_document_write(&first, event);
    FUZZ_EXPECT(!first.failed);
    fuzz_expect_json(first.data);
    FUZZ_EXPECT(strchr(first.data, '\n') == NULL);
    js_event again;
    FUZZ_EXPECT(js_document_read_stored(&again, first.data, first.length, &error) == JIRASEND_OK);
    js_buf second = JS_BUF_INIT;
    js_document_write(&second, &again);
    FUZZ_EXPECT(!second.failed && strcmp(first.data, second.data) == 0);
    js_buf facts = JS_BUF_INIT;
    js_document_write_facts(&facts, &again);
    FUZZ_EXPECT(!facts.failed);
    fuzz_expect_json(facts.data);
    js_buf_clear(&facts);
    js_buf_clear(&first);
    js_buf_clear(&second);
    js_event_clear(&again);
}

static void expect_sendable(const js_event *event) {
    js_buf body = JS_BUF_INIT;
    js_payload_item item = {.event = event, .sequence = NOW_MS};
    js_payload_bulk(&body, &item, 1);
    FUZZ_EXPECT(!body.failed);
    fuzz_expect_json(body.data);
    js_buf_clear(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static js_site site;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (site.name[0] == '\0') {
        FUZZ_EXPECT(js_site_parse(&site, "acme.atlassian.net", "site", &error) == JIRASEND_OK);
    }
    js_key_rules keys = JS_KEY_RULES_INIT;
    keys.any_case = size % 2 == 1;
    js_read_rules rules = {.keys = &keys, .default_site = &site, .now_ms = NOW_MS};
    js_event event;
    jirasend_code code = js_document_read(&event, (const char *)data, size, &rules, &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_DOCUMENT);
        return 0;
    }
    expect_within_limits(&event);
    expect_kept(&event);
    if (js_event_has_associations(&event)) {
        expect_sendable(&event);
    }
    js_event_clear(&event);
    return 0;
}
