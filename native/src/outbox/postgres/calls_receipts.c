/* Receipts, and what people do with single events: each call takes a connection for its time. */
#include "outbox/postgres/calls.h"

#include "base/error.h"

jirasend_code js_pg_op_receipt(js_outbox *outbox, int64_t id, js_receipt *out,
                               jirasend_error *error) {
    jirasend_code code;
    js_error_clear(error);
    js_pg_note_asked(js_postgres_of(outbox), id);
    if (js_pg_ahead_of_id(js_postgres_of(outbox), id, out, &code, error) ||
        js_pg_same(js_postgres_of(outbox), id, out, &code, error)) {
        return code;
    }
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_receipt(visit.pg, id, out, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *out,
                                    jirasend_error *error) {
    jirasend_code code;
    js_error_clear(error);
    js_pg_note_followed(js_postgres_of(outbox));
    if (js_pg_ahead_next(js_postgres_of(outbox), cursor, out, &code, error)) {
        return code;
    }
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_next_settled(visit.pg, cursor, out, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_cursor(js_outbox *outbox, int64_t *out, jirasend_error *error) {
    js_pg_visit visit = js_pg_at_once(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_cursor(visit.pg, out, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                            size_t *count, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_list(visit.pg, after, limit, receipts, count, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_counts(js_outbox *outbox, js_counts *out, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_counts(&visit.pg->store.base, out, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                             jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_retry(&visit.pg->store.base, id, site, now_ms, visit.error);
    }
    return visit.code;
}

jirasend_code js_pg_op_drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_store_drop(&visit.pg->store.base, id, now_ms, visit.error);
    }
    return visit.code;
}
