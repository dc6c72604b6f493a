/*
 * What the files of the table of operations share: one call, with what it is about, on a connection of its
 * own. The operations are those of outbox.h.
 */
#ifndef JS_OUTBOX_POSTGRES_CALL_H
#define JS_OUTBOX_POSTGRES_CALL_H

#include "outbox/postgres/calls.h"
#include "outbox/postgres/rows.h"

/* What an operation is about; each uses a few of them. */
typedef struct js_pg_call {
    const js_lane *lane;
    int64_t id, now_ms, fence, apart_ms;
    size_t count;
    const char *text, *other;
    const void *in;
    void *out;
    size_t *found;
    bool *flag;
    const js_stop *stop, *site_stop;
    unsigned kinds;
    int limit;
} js_pg_call;

static inline js_postgres *js_postgres_of(js_outbox *outbox) {
    return (js_postgres *)outbox;
}

/* Of somebody who waits for it. */
static inline jirasend_code js_pg_patiently(js_outbox *outbox, js_pg_action *action,
                                            js_pg_call *with, jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    return js_pg_visit(js_postgres_of(outbox), js_postgres_of(outbox)->wait_ms, action, with,
                       error != NULL ? error : &own);
}

/* Of delivery, which has more to do and comes again; and of the waits of the client, which know their end. */
static inline jirasend_code js_pg_at_once(js_outbox *outbox, js_pg_action *action, js_pg_call *with,
                                          jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    return js_pg_visit(js_postgres_of(outbox), 0, action, with, error != NULL ? error : &own);
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

#endif
