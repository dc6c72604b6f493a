/*
 * Prints the bulk bodies of many generated events, one a line, for check_payloads.py:
 * batches of builds and of deployments, with awkward texts and up to 500 associations.
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

enum { ROUNDS = 40, BATCH = 10 };

static void print_bulk(const js_payload_item *items, size_t count) {
    js_buf body = JS_BUF_INIT;
    js_payload_bulk(&body, items, count);
    assert_false(body.failed);
    assert_true(printf("%s\n", body.data) > 0);
    js_buf_free(&body);
}

static void print_round(test_random *random) {
    js_event events[BATCH];
    js_payload_item items[JS_API_LAST + 1][BATCH];
    size_t counts[JS_API_LAST + 1] = {0};
    for (size_t i = 0; i < BATCH; i++) {
        js_buf document = JS_BUF_INIT;
        test_document_random(&document, random);
        test_event_read(&events[i], document.data);
        js_buf_free(&document);
        size_t api = (size_t)js_kind_api(events[i].kind);
        int64_t sequence = TEST_NOW_MS + (int64_t)test_random_below(random, INT32_MAX);
        items[api][counts[api]++] = (js_payload_item){&events[i], sequence};
    }
    for (size_t api = JS_API_FIRST; api <= JS_API_LAST; api++) {
        if (counts[api] > 0) {
            print_bulk(items[api], counts[api]);
        }
    }
    for (size_t i = 0; i < BATCH; i++) {
        js_event_free(&events[i]);
    }
}

int main(void) {
    test_random random = {0x2545F4914F6CDD1DU};
    for (int i = 0; i < ROUNDS; i++) {
        print_round(&random);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
