/* The streams of what is moved into this outbox, as move_streams.c and move_take.c share them. */
#ifndef JS_OUTBOX_POSTGRES_MOVING_H
#define JS_OUTBOX_POSTGRES_MOVING_H

#include "outbox/postgres/locks.h"
#include "outbox/postgres/move.h"

typedef struct js_pg_moved_entry {
    js_pg_place at;
    int64_t id;
    js_moved_stream stream; /* its texts are somebody else's */
} js_pg_moved_entry;

/* False: memory is short. */
bool js_pg_moved_key(const js_moved_stream *stream, unsigned char key[JS_PG_KEY_SIZE]);
bool js_pg_moved_entry_make(js_pg_moved_entry *to, const js_lane *lane, int64_t id,
                            const js_moved_stream *stream);

/* Each once, in the order in which all lock them; returns how many are left. */
size_t js_pg_moved_merge(js_pg_moved_entry *entries, size_t count);
/* Locks all, raises them, and finds out their ids. Of entries that were merged, as js_pg_moved_find(). */
jirasend_code js_pg_moved_raise(js_pg *pg, js_pg_moved_entry *entries, size_t count,
                                jirasend_error *error);
js_pg_moved_entry *js_pg_moved_find(js_pg_moved_entry *entries, size_t count, int64_t lane,
                                    const unsigned char key[JS_PG_KEY_SIZE]);

#endif
