/* The operations of outbox.h: each takes a connection, and repeats what got in another's way. */
#ifndef JS_OUTBOX_POSTGRES_CALLS_H
#define JS_OUTBOX_POSTGRES_CALLS_H

#include "outbox/postgres/rows.h"
#include "outbox/postgres/visit.h"

extern const struct js_outbox_ops js_pg_operations;

static inline js_postgres *js_postgres_of(js_outbox *outbox) {
    return (js_postgres *)outbox;
}

/* calls_receipts.c */
jirasend_code js_pg_op_receipt(js_outbox *outbox, int64_t id, js_receipt *out,
                               jirasend_error *error);
jirasend_code js_pg_op_next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *out,
                                    jirasend_error *error);
jirasend_code js_pg_op_cursor(js_outbox *outbox, int64_t *out, jirasend_error *error);
jirasend_code js_pg_op_list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                            size_t *count, jirasend_error *error);
jirasend_code js_pg_op_counts(js_outbox *outbox, js_counts *out, jirasend_error *error);
jirasend_code js_pg_op_retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                             jirasend_error *error);
jirasend_code js_pg_op_drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error);

/* calls_history.c */
jirasend_code js_pg_op_history(js_outbox *outbox, const js_history_query *query,
                               js_history_row **rows, size_t *count, bool *more,
                               jirasend_error *error);
jirasend_code js_pg_op_deployed(js_outbox *outbox, const char *const names[2], js_deployed **rows,
                                size_t *count, jirasend_error *error);
jirasend_code js_pg_op_requested(js_outbox *outbox, const char *request_id, size_t limit,
                                 js_receipt **receipts, size_t *count, jirasend_error *error);
jirasend_code js_pg_op_told(js_outbox *outbox, const js_event *event, js_told *out,
                            jirasend_error *error);
jirasend_code js_pg_op_last_told(js_outbox *outbox, const js_event *event, int64_t id,
                                 js_last_told *last, jirasend_error *error);
jirasend_code js_pg_op_told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms,
                                js_told_id **ids, size_t *count, jirasend_error *error);
jirasend_code js_pg_op_told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                     jirasend_error *error);
jirasend_code js_pg_op_knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                        bool *knows, jirasend_error *error);
jirasend_code js_pg_op_bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                    jirasend_error *error);
jirasend_code js_pg_op_bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                    jirasend_error *error);
jirasend_code js_pg_op_take_moment(js_outbox *outbox, const char *name, int64_t now_ms,
                                   int64_t apart_ms, int64_t *moment_ms, jirasend_error *error);
jirasend_code js_pg_op_changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                               jirasend_error *error);
jirasend_code js_pg_op_answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                                jirasend_error *error);
jirasend_code js_pg_op_count_one(js_outbox *outbox, const char *name, jirasend_error *error);
jirasend_code js_pg_op_document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error);
jirasend_code js_pg_op_metrics(js_outbox *outbox, js_metric **out, size_t *count,
                               jirasend_error *error);

void js_pg_close(js_outbox *outbox);

#endif
