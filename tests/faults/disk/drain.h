/* Takes all out of an outbox as delivery would, and judges whether anything is missing. */
#ifndef JS_TESTS_DRAIN_H
#define JS_TESTS_DRAIN_H

#include "outbox_support.h"

enum { DRAIN_MAX = 512 };

typedef struct drained {
    jirasend_code code; /* the first failure, of opening or of any operation */
    jirasend_error error;
    size_t count; /* what came out, in this order */
    struct {
        int64_t id, sequence, number;
        char pipeline[32];
    } items[DRAIN_MAX];
} drained;

/* Opens the outbox, sends all it gives and settles it as accepted. It stays open when it opened. */
void drain(fixture *fix, drained *out);
/* Closes it again. */
void drain_close(fixture *fix);
bool drained_has(const drained *out, const char *pipeline, int64_t number);
/* A refusal must be one of disk or damage and say what to do. */
bool failure_is_said(const drained *out);

#endif
