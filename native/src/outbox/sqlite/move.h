/* Moving between outboxes (outbox/move.h), as SQLite does it. All inside a transaction. */
#ifndef JS_OUTBOX_SQLITE_MOVE_H
#define JS_OUTBOX_SQLITE_MOVE_H

#include "outbox/move.h"
#include "outbox/sqlite/internal.h"

extern const struct js_move_ops js_sq_moves;

/* move_take.c */
jirasend_code js_sq_move_take(js_store *store, const js_move_event *events, size_t count,
                              jirasend_error *error);
jirasend_code js_sq_move_streams(js_store *store, const js_lane *lanes,
                                 const js_moved_stream *streams, size_t count,
                                 jirasend_error *error);
jirasend_code js_sq_move_counter(js_store *store, const char *name, const char *label,
                                 int64_t value, jirasend_error *error);
jirasend_code js_sq_move_note_read(js_store *store, const char *name, js_buf *text,
                                   jirasend_error *error);
jirasend_code js_sq_move_note_write(js_store *store, const char *name, const char *text,
                                    jirasend_error *error);

#endif
