/* Receipts, and what people do with single events: each call takes a connection for its time. */
#include "outbox/postgres/call.h"

#include "base/error.h"

/* What is written to goes through a call, which clang-tidy does not see. */
/* NOLINTBEGIN(readability-non-const-parameter) */

static jirasend_code do_receipt(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_receipt(pg, c->id, c->out, error);
}

jirasend_code js_pg_op_receipt(js_outbox *outbox, int64_t id, js_receipt *out,
                               jirasend_error *error) {
    js_pg_call with = {.id = id, .out = out};
    jirasend_code code;
    js_error_clear(error);
    return js_pg_ahead_of_id(js_postgres_of(outbox), id, out, &code, error) ||
                   js_pg_same(js_postgres_of(outbox), id, out, &code, error)
               ? code
               : js_pg_at_once(outbox, do_receipt, &with, error);
}

static jirasend_code do_next_settled(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_next_settled(pg, (int64_t *)c->out, (js_receipt *)c->in, error);
}

jirasend_code js_pg_op_next_settled(js_outbox *outbox, int64_t *cursor, js_receipt *out,
                                    jirasend_error *error) {
    js_pg_call with = {.out = cursor, .in = out};
    jirasend_code code;
    js_error_clear(error);
    return js_pg_ahead_next(js_postgres_of(outbox), cursor, out, &code, error)
               ? code
               : js_pg_at_once(outbox, do_next_settled, &with, error);
}

static jirasend_code do_cursor(js_pg *pg, void *argument, jirasend_error *error) {
    return js_pg_cursor(pg, ((const js_pg_call *)argument)->out, error);
}

jirasend_code js_pg_op_cursor(js_outbox *outbox, int64_t *out, jirasend_error *error) {
    js_pg_call with = {.out = out};
    return js_pg_at_once(outbox, do_cursor, &with, error);
}

static jirasend_code do_list(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_list(pg, c->id, c->limit, c->out, c->found, error);
}

jirasend_code js_pg_op_list(js_outbox *outbox, int64_t after, int limit, js_receipt **receipts,
                            size_t *count, jirasend_error *error) {
    js_pg_call with = {.id = after, .limit = limit, .out = receipts, .found = count};
    return js_pg_patiently(outbox, do_list, &with, error);
}

static jirasend_code do_counts(js_pg *pg, void *argument, jirasend_error *error) {
    return js_store_counts(&pg->store.base, ((const js_pg_call *)argument)->out, error);
}

jirasend_code js_pg_op_counts(js_outbox *outbox, js_counts *out, jirasend_error *error) {
    js_pg_call with = {.out = out};
    return js_pg_patiently(outbox, do_counts, &with, error);
}

static jirasend_code do_retry(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_retry(&pg->store.base, c->id, c->text, c->now_ms, error);
}

jirasend_code js_pg_op_retry(js_outbox *outbox, int64_t id, const char *site, int64_t now_ms,
                             jirasend_error *error) {
    js_pg_call with = {.id = id, .text = site, .now_ms = now_ms};
    return js_pg_patiently(outbox, do_retry, &with, error);
}

static jirasend_code do_drop(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_store_drop(&pg->store.base, c->id, c->now_ms, error);
}

jirasend_code js_pg_op_drop(js_outbox *outbox, int64_t id, int64_t now_ms, jirasend_error *error) {
    js_pg_call with = {.id = id, .now_ms = now_ms};
    return js_pg_patiently(outbox, do_drop, &with, error);
}

/* NOLINTEND(readability-non-const-parameter) */
