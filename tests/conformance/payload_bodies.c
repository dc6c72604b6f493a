/*
 * Prints the bulk bodies of many generated events, one a line, for check_payloads.py: batches of
 * each API, with awkward texts and up to 500 associations.
 */
#include "event_support.h"
#include "payload/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 40, BATCH = 20 };

static void print_bulk(const js_payload_item *items, size_t count) {
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, items, count);
    assert_false(body.failed);
    assert_true(printf("%s\n", body.data) > 0);
    js_buf_clear(&body);
}

/* The outbox never has two of one stream in a batch. */
static bool repeats_stream(const js_event *events, size_t count, const js_event *event) {
    js_stream stream = js_event_stream(event);
    for (size_t i = 0; i < count; i++) {
        js_stream other = js_event_stream(&events[i]);
        if (js_kind_api(events[i].kind) == js_kind_api(event->kind) &&
            stream.number == other.number && strcmp(stream.name, other.name) == 0 &&
            strcmp(stream.part, other.part) == 0) {
            return true;
        }
    }
    return false;
}

static void print_round(test_random *random) {
    js_event events[BATCH];
    js_payload_item items[JS_API_LAST + 1][BATCH];
    size_t counts[JS_API_LAST + 1] = {0};
    for (size_t i = 0; i < BATCH; i++) {
        js_buf document = JS_BUF_INIT;
        js_kind kind = (js_kind)(JS_KIND_FIRST + (int)test_random_below(random, JS_KIND_REPOSITORY -
                                                                                    JS_KIND_FIRST));
        test_document_random_of(&document, random, kind);
        test_event_read(&events[i], document.data);
        js_buf_clear(&document);
        size_t api = (size_t)js_kind_api(events[i].kind);
        if (!js_event_has_associations(&events[i]) || repeats_stream(events, i, &events[i])) {
            continue; /* such an event is not sent */
        }
        int64_t sequence = TEST_NOW_MS + (int64_t)test_random_below(random, INT32_MAX);
        items[api][counts[api]++] = (js_payload_item){.event = &events[i], .sequence = sequence};
    }
    for (size_t api = JS_API_FIRST; api <= JS_API_LAST; api++) {
        if (counts[api] > 0) {
            print_bulk(items[api], counts[api]);
        }
    }
    for (size_t i = 0; i < BATCH; i++) {
        js_event_clear(&events[i]);
    }
}

int main(void) {
    test_random random = {0x2545F4914F6CDD1DU};
    for (int i = 0; i < ROUNDS; i++) {
        print_round(&random);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
