/* The history: each call takes a connection for its time. */
#include "outbox/postgres/call.h"

/* What is written to goes through a call, which clang-tidy does not see. */
/* NOLINTBEGIN(readability-non-const-parameter) */

static jirasend_code do_history(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_history(pg, c->in, c->out, c->found, c->flag, error);
}

jirasend_code js_pg_op_history(js_outbox *outbox, const js_history_query *query,
                               js_history_row **rows, size_t *count, bool *more,
                               jirasend_error *error) {
    js_pg_call with = {.in = query, .out = rows, .found = count, .flag = more};
    return js_pg_patiently(outbox, do_history, &with, error);
}

static jirasend_code do_deployed(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_deployed(pg, c->in, c->out, c->found, error);
}

jirasend_code js_pg_op_deployed(js_outbox *outbox, const char *const names[2], js_deployed **rows,
                                size_t *count, jirasend_error *error) {
    js_pg_call with = {.in = names, .out = rows, .found = count};
    return js_pg_patiently(outbox, do_deployed, &with, error);
}

static jirasend_code do_requested(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_requested(pg, c->text, c->count, c->out, c->found, error);
}

jirasend_code js_pg_op_requested(js_outbox *outbox, const char *request_id, size_t limit,
                                 js_receipt **receipts, size_t *count, jirasend_error *error) {
    js_pg_call with = {.text = request_id, .count = limit, .out = receipts, .found = count};
    return js_pg_patiently(outbox, do_requested, &with, error);
}

static jirasend_code do_told(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_told(pg, c->in, c->out, error);
}

jirasend_code js_pg_op_told(js_outbox *outbox, const js_event *event, js_told *out,
                            jirasend_error *error) {
    js_pg_call with = {.in = event, .out = out};
    return js_pg_patiently(outbox, do_told, &with, error);
}

static jirasend_code do_last_told(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_last_told(pg, c->in, c->id, c->out, error);
}

jirasend_code js_pg_op_last_told(js_outbox *outbox, const js_event *event, int64_t id,
                                 js_last_told *last, jirasend_error *error) {
    js_pg_call with = {.in = event, .id = id, .out = last};
    return js_pg_patiently(outbox, do_last_told, &with, error);
}

static jirasend_code do_told_ids(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_told_ids(pg, c->kinds, c->now_ms, c->out, c->found, error);
}

jirasend_code js_pg_op_told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms,
                                js_told_id **ids, size_t *count, jirasend_error *error) {
    js_pg_call with = {.kinds = kinds, .now_ms = since_ms, .out = ids, .found = count};
    return js_pg_patiently(outbox, do_told_ids, &with, error);
}

static jirasend_code do_told_document(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    js_buf_reset(c->out);
    return js_pg_told_document(pg, c->id, c->out, error);
}

jirasend_code js_pg_op_told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                     jirasend_error *error) {
    js_pg_call with = {.id = id, .out = document};
    return js_pg_patiently(outbox, do_told_document, &with, error);
}

static jirasend_code do_knows_repository(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_knows_repository(pg, c->text, c->other, c->flag, error);
}

jirasend_code js_pg_op_knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                        bool *knows, jirasend_error *error) {
    js_pg_call with = {.text = site, .other = repository, .flag = knows};
    return js_pg_patiently(outbox, do_knows_repository, &with, error);
}

static jirasend_code do_bookmark_get(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    js_buf_reset(c->out);
    return js_pg_bookmark_get(pg, c->text, c->out, error);
}

jirasend_code js_pg_op_bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                    jirasend_error *error) {
    js_pg_call with = {.text = name, .out = text};
    return js_pg_patiently(outbox, do_bookmark_get, &with, error);
}

static jirasend_code do_bookmark_put(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_bookmark_put(pg, c->text, c->other, error);
}

jirasend_code js_pg_op_bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                    jirasend_error *error) {
    js_pg_call with = {.text = name, .other = text};
    return js_pg_patiently(outbox, do_bookmark_put, &with, error);
}

static jirasend_code do_take_moment(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_take_moment(pg, c->text, c->now_ms, c->apart_ms, c->out, error);
}

jirasend_code js_pg_op_take_moment(js_outbox *outbox, const char *name, int64_t now_ms,
                                   int64_t apart_ms, int64_t *moment_ms, jirasend_error *error) {
    js_pg_call with = {.text = name, .now_ms = now_ms, .apart_ms = apart_ms, .out = moment_ms};
    return js_pg_patiently(outbox, do_take_moment, &with, error);
}

static jirasend_code do_changed(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_changed(pg, c->in, c->out, error);
}

jirasend_code js_pg_op_changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                               jirasend_error *error) {
    js_pg_call with = {.in = event, .out = changed_ms};
    return js_pg_patiently(outbox, do_changed, &with, error);
}

static jirasend_code do_answered(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_answered(pg, c->in, c->now_ms, error);
}

jirasend_code js_pg_op_answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                                jirasend_error *error) {
    js_pg_call with = {.in = outcome, .now_ms = now_ms};
    return js_pg_patiently(outbox, do_answered, &with, error);
}

static jirasend_code do_count_one(js_pg *pg, void *argument, jirasend_error *error) {
    return js_pg_count_one(pg, ((const js_pg_call *)argument)->text, error);
}

jirasend_code js_pg_op_count_one(js_outbox *outbox, const char *name, jirasend_error *error) {
    js_pg_call with = {.text = name};
    return js_pg_patiently(outbox, do_count_one, &with, error);
}

static jirasend_code do_document(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_document(pg, c->id, c->out, error);
}

jirasend_code js_pg_op_document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error) {
    js_pg_call with = {.id = id, .out = text};
    return js_pg_patiently(outbox, do_document, &with, error);
}

static jirasend_code do_metrics(js_pg *pg, void *argument, jirasend_error *error) {
    const js_pg_call *c = argument;
    return js_pg_metrics(pg, c->out, c->found, error);
}

jirasend_code js_pg_op_metrics(js_outbox *outbox, js_metric **out, size_t *count,
                               jirasend_error *error) {
    js_pg_call with = {.out = out, .found = count};
    return js_pg_patiently(outbox, do_metrics, &with, error);
}

/* NOLINTEND(readability-non-const-parameter) */
