/* The history: each call takes a connection for its time. */
#include "outbox/postgres/calls.h"

jirasend_code js_pg_op_history(js_outbox *outbox, const js_history_query *query,
                               js_history_row **rows, size_t *count, bool *more,
                               jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_history(visit.pg, query, rows, count, more, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_deployed(js_outbox *outbox, const char *const names[2], js_deployed **rows,
                                size_t *count, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_deployed(visit.pg, names, rows, count, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_requested(js_outbox *outbox, const char *request_id, size_t limit,
                                 js_receipt **receipts, size_t *count, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_requested(visit.pg, request_id, limit, receipts, count, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_told(js_outbox *outbox, const js_event *event, js_told *out,
                            jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_told(visit.pg, event, out, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_last_told(js_outbox *outbox, const js_event *event, int64_t id,
                                 js_last_told *last, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_last_told(visit.pg, event, id, last, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms,
                                js_told_id **ids, size_t *count, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_told_ids(visit.pg, kinds, since_ms, ids, count, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                     jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        js_buf_reset(document);
        visit.code = js_pg_told_document(visit.pg, id, document, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                        bool *knows, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_knows_repository(visit.pg, site, repository, knows, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                    jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        js_buf_reset(text);
        visit.code = js_pg_bookmark_get(visit.pg, name, text, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                    jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_bookmark_put(visit.pg, name, text, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_take_moment(js_outbox *outbox, const char *name, int64_t now_ms,
                                   int64_t apart_ms, int64_t *moment_ms, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_take_moment(visit.pg, name, now_ms, apart_ms, moment_ms, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                               jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_changed(visit.pg, event, changed_ms, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                                jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_answered(visit.pg, outcome, now_ms, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_count_one(js_outbox *outbox, const char *name, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_count_one(visit.pg, name, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_document(visit.pg, id, text, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_metrics(js_outbox *outbox, js_metric **out, size_t *count,
                               jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_metrics(visit.pg, out, count, visit.error);
    }
    return visit.code;
}
