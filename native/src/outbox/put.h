/* Events that come in: what is decided about them, whatever stores them. */
#ifndef JS_OUTBOX_PUT_H
#define JS_OUTBOX_PUT_H

#include "outbox/row.h"
#include "outbox/store.h"

/* An event that is to be stored. */
typedef struct js_adding {
    const js_put *put;
    js_row row;
    bool only_known; /* there is no room: it is only looked for by its requestId */

    /* Out. 0: it is not there, and was not to be stored. */
    int64_t id;
    bool known; /* its requestId was seen before: nothing was stored, and that event tells: */
    bool known_same_stream, known_barrier;
} js_adding;

/*
 * Stores events inside a writing transaction; each has its result. A failure of the whole transaction
 * is returned. *last_id: the highest id that was given out, when one was.
 */
jirasend_code js_store_put(js_store *self, const js_put *puts, size_t count, int64_t now_ms,
                           js_put_result *results, int64_t *last_id, jirasend_error *error);

void js_put_refuse(js_put_result *result, jirasend_code code, const char *message);

#endif
