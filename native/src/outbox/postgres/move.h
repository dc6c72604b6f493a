/* Moving between outboxes (outbox/move.h), as PostgreSQL does it. All inside a transaction. */
#ifndef JS_OUTBOX_POSTGRES_MOVE_H
#define JS_OUTBOX_POSTGRES_MOVE_H

#include "outbox/move.h"
#include "outbox/postgres/rows.h"

extern const struct js_move_ops js_pg_moves;

/* move_take.c */
jirasend_code js_pg_move_take(js_store *store, const js_move_event *events, size_t count,
                              jirasend_error *error);
/* move_streams.c */
jirasend_code js_pg_move_streams(js_store *store, const js_lane *lanes,
                                 const js_moved_stream *streams, size_t count,
                                 jirasend_error *error);

#endif
