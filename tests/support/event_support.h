/* Events for tests: made from documents, and made at random. */
#ifndef JS_TESTS_EVENT_SUPPORT_H
#define JS_TESTS_EVENT_SUPPORT_H

#include "base/buf.h"
#include "event/document.h"

#include <stdbool.h>
#include <stdint.h>

/* The time that documents without updatedAt get: 2026-11-23T10:00:00Z. */
#define TEST_NOW_MS INT64_C(1795428000000)

/* A small repeatable generator of numbers (xorshift). */
typedef struct test_random {
    uint64_t state;
} test_random;
uint64_t test_random_below(test_random *random, uint64_t below);

/* Reads a document for the site acme.atlassian.net; the test fails when it is refused. */
void test_event_read(js_event *event, const char *document);
/* Reads it with further rules; the site and the time are those of test_event_read(). */
jirasend_code test_event_try(js_event *event, const char *document, const js_read_rules *rules,
                             jirasend_error *error);
/* A deletion of all of a kind that has this property. */
void test_sweep(js_event *event, js_kind kind, const char *name, const char *value);
/* The document is refused, the sentence holds the piece, and the event is left empty. */
void test_event_refused(const char *document, const char *piece);
/* What the outbox keeps of it; reading that again gives the same event. The caller frees it. */
char *test_event_stored(const js_event *event);
/* The facts of its receipt, as JSON. The caller frees it. */
char *test_event_facts(const js_event *event);
/* Appends a random valid document, with awkward texts and up to a thousand associations. */
void test_document_random(js_buf *out, test_random *random);
/* The same of one kind; a repository can only be deleted, and is no kind for this. */
void test_document_random_of(js_buf *out, test_random *random, js_kind kind);
/* Fails the test when any member differs. */
void test_event_same(const js_event *a, const js_event *b);

#endif
