/* Rows of new events: written some at a time, as a statement costs as much as what it writes. */
#ifndef JS_OUTBOX_SQLITE_ADD_H
#define JS_OUTBOX_SQLITE_ADD_H

#include "outbox/sqlite/internal.h"

/* What a new event gets. */
typedef struct js_new_row {
    int64_t lane, stream, touched, envelope, sequence, id, now_ms;
    bool new_stream;       /* it has no row yet; it gets one together with the event's */
    int64_t stream_number; /* of that row */
} js_new_row;

/* An event that is to be stored. */
typedef struct js_new_event {
    const js_put *put;
    const js_row *row;
    js_new_row at;
    int64_t *id; /* told once it is known */
} js_new_event;

enum { JS_ADD_TOGETHER = 20 }; /* a hundred is five of these */

typedef struct js_new_events {
    js_new_event items[JS_ADD_TOGETHER];
    size_t count;
} js_new_events;

/* Inside a writing transaction: stores them all in this order, and leaves none. */
jirasend_code js_sq_add_rows(js_sqlite *self, js_new_events *events, jirasend_error *error);

#endif
