/* Statements: sent together, answered together. */
#include "outbox/postgres/internal.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters ---- */

js_pg_query js_pg_begin(js_pg *pg, const char *sql) {
    js_pg_query query = {.pg = pg, .sql = sql, .row = -1};
    return query;
}

static js_pg_param *next_param(js_pg_query *query) {
    js_assert(query->count < JS_PG_PARAMS);
    return &query->params[query->count++];
}

void js_pg_int(js_pg_query *query, int64_t value) {
    js_buf_addf(&next_param(query)->text, "%" PRId64, value);
}

void js_pg_bool(js_pg_query *query, bool value) {
    next_param(query)->value = value ? "t" : "f";
}

void js_pg_text(js_pg_query *query, const char *text) {
    js_pg_param *param = next_param(query);
    param->value = text;
    if (text == NULL) {
        param->first = true; /* NULL */
    }
}

static void add_hex(js_buf *out, const void *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) {
        char pair[2] = {digits[at[i] >> 4U], digits[at[i] & 0xFU]};
        js_buf_add(out, pair, 2);
    }
}

void js_pg_bytes(js_pg_query *query, const void *bytes, size_t length) {
    js_pg_param *param = next_param(query);
    if (bytes == NULL) {
        param->first = true;
        return;
    }
    js_buf_add_text(&param->text, "\\x");
    add_hex(&param->text, bytes, length);
}

int js_pg_array(js_pg_query *query) {
    js_pg_param *param = next_param(query);
    param->array = true;
    param->first = true;
    js_buf_add(&param->text, "{", 1);
    return query->count - 1;
}

static js_buf *element(js_pg_query *query, int array) {
    js_pg_param *param = &query->params[array];
    if (!param->first) {
        js_buf_add(&param->text, ",", 1);
    }
    param->first = false;
    return &param->text;
}

void js_pg_array_int(js_pg_query *query, int array, int64_t value) {
    js_buf_addf(element(query, array), "%" PRId64, value);
}

void js_pg_array_bool(js_pg_query *query, int array, bool value) {
    js_buf_add(element(query, array), value ? "t" : "f", 1);
}

void js_pg_array_text(js_pg_query *query, int array, const char *text) {
    js_buf *out = element(query, array);
    if (text == NULL) {
        js_buf_add(out, "NULL", 4);
        return;
    }
    js_buf_add(out, "\"", 1);
    while (*text != '\0') {
        size_t plain = strcspn(text, "\"\\");
        js_buf_add(out, text, plain);
        text += plain;
        if (*text != '\0') {
            char escaped[2] = {'\\', *text++};
            js_buf_add(out, escaped, 2);
        }
    }
    js_buf_add(out, "\"", 1);
}

void js_pg_array_bytes(js_pg_query *query, int array, const void *bytes, size_t length) {
    js_buf *out = element(query, array);
    if (bytes == NULL) {
        js_buf_add(out, "NULL", 4);
        return;
    }
    js_buf_add(out, "\"\\\\x", 4);
    add_hex(out, bytes, length);
    js_buf_add(out, "\"", 1);
}

/* ---- sending ---- */

/* The statement with the schema in its place. */
static bool place_schema(js_buf *out, const js_postgres *outbox, const char *sql) {
    while (*sql != '\0') {
        size_t plain = strcspn(sql, "@");
        js_buf_add(out, sql, plain);
        sql += plain;
        if (*sql == '@') {
            js_buf_addf(out, "\"%s\"", outbox->address.schema);
            sql++;
        }
    }
    return !out->failed;
}

static bool values_of(js_pg_query *query, const char *values[JS_PG_PARAMS]) {
    for (int i = 0; i < query->count; i++) {
        js_pg_param *param = &query->params[i];
        if (param->array) {
            js_buf_add(&param->text, "}", 1);
        }
        if (param->text.failed) {
            query->memory = true;
        }
        values[i] = param->text.length > 0 ? param->text.data : param->value;
    }
    return !query->memory;
}

static bool send_text(js_pg_query *query, js_pg_kept *kept, const char *const *values) {
    PGconn *conn = query->pg->conn;
    js_buf sql = JS_BUF_INIT;
    bool sent = false;
    if (!place_schema(&sql, query->pg->outbox, query->sql)) {
        query->memory = true;
    } else if (kept != NULL) {
        query->made = kept;
        sent = js_pg_kept_make(query->pg, kept, sql.data) &&
               PQsendQueryPrepared(conn, kept->name, query->count, values, NULL, NULL, 0) == 1;
    } else {
        sent = PQsendQueryParams(conn, sql.data, query->count, NULL, values, NULL, NULL, 0) == 1;
    }
    js_buf_clear(&sql);
    return sent;
}

static bool send_now(js_pg_query *query) {
    const char *values[JS_PG_PARAMS];
    if (!values_of(query, values)) {
        return false;
    }
    js_pg_kept *kept = js_pg_kept_find(query->pg, query);
    if (kept != NULL && kept->state == JS_PG_KEPT_THERE) {
        return PQsendQueryPrepared(query->pg->conn, kept->name, query->count, values, NULL, NULL,
                                   0) == 1;
    }
    return send_text(query, kept, values);
}

void js_pg_queue(js_pg_query *query) {
    js_pg *pg = query->pg;
    js_assert(pg->queued < JS_PG_QUEUE);
    pg->queue[pg->queued++] = query;
}

/* ---- the answers ---- */

/* The next result, when it is there; null also between two statements. False: it does not come. */
static bool next_result(js_pg *pg, int64_t deadline_ms, PGresult **result) {
    while (true) {
        int flushed = PQflush(pg->conn);
        if (flushed < 0) {
            return false;
        }
        if (flushed == 0 && PQisBusy(pg->conn) == 0) {
            *result = PQgetResult(pg->conn);
            return true;
        }
        if (!js_pg_wait(pg, flushed > 0, deadline_ms) || PQconsumeInput(pg->conn) != 1) {
            return false;
        }
    }
}

/* The answer of one statement. *failed keeps the first failure. */
static bool read_answer(js_pg *pg, js_pg_query *query, int64_t deadline_ms, jirasend_code *failed,
                        jirasend_error *error) {
    PGresult *result = NULL;
    if (!next_result(pg, deadline_ms, &result) || result == NULL) {
        return false; /* each statement has one */
    }
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!good && status != PGRES_PIPELINE_ABORTED && *failed == JIRASEND_OK) {
        *failed = js_pg_fail_result(pg, result, error);
    }
    if (good && query != NULL) {
        query->result = result;
        query->rows = PQntuples(result);
        query->row = -1;
    } else {
        PQclear(result);
    }
    /* Null: the end of this statement. */
    return next_result(pg, deadline_ms, &result) && result == NULL;
}

/* That of a statement which is to be kept comes before its own. */
static bool read_answers(js_pg *pg, js_pg_query *query, int64_t deadline_ms, jirasend_code *failed,
                         jirasend_error *error) {
    if (query->made != NULL) {
        js_pg_kept *made = query->made;
        query->made = NULL;
        bool whole = read_answer(pg, NULL, deadline_ms, failed, error);
        js_pg_kept_made(made, whole && *failed == JIRASEND_OK);
        if (!whole) {
            return false;
        }
    }
    return read_answer(pg, query, deadline_ms, failed, error);
}

static bool read_sync(js_pg *pg, int64_t deadline_ms) {
    PGresult *result = NULL;
    if (!next_result(pg, deadline_ms, &result) || result == NULL) {
        return false;
    }
    bool sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    PQclear(result);
    return sync;
}

/* What nobody has waited for: the end of a reading transaction, or a way back. */
static bool read_left_over(js_pg *pg, int64_t deadline_ms) {
    while (pg->unread > 0) {
        jirasend_code ignored = JIRASEND_OK;
        if (!read_answer(pg, NULL, deadline_ms, &ignored, NULL) || !read_sync(pg, deadline_ms)) {
            return false;
        }
        pg->unread--;
    }
    return true;
}

static bool send_all(js_pg *pg, bool commits, int *ahead) {
    *ahead = 0;
    if (pg->begins) {
        if (!js_pg_send_begin(pg)) {
            return false;
        }
        *ahead = pg->ahead;
    }
    for (size_t i = 0; i < pg->queued; i++) {
        if (!send_now(pg->queue[i])) {
            return false;
        }
    }
    if (commits && PQsendQueryParams(pg->conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0) != 1) {
        return false;
    }
    return PQpipelineSync(pg->conn) == 1;
}

static bool any_memory(const js_pg *pg) {
    for (size_t i = 0; i < pg->queued; i++) {
        if (pg->queue[i]->memory) {
            return true;
        }
    }
    return false;
}

static bool read_all(js_pg *pg, bool commits, int ahead, int64_t deadline_ms, jirasend_code *failed,
                     jirasend_error *error) {
    for (int i = 0; i < ahead; i++) {
        if (!read_answer(pg, NULL, deadline_ms, failed, error)) {
            return false;
        }
    }
    for (size_t i = 0; i < pg->queued; i++) {
        if (!read_answers(pg, pg->queue[i], deadline_ms, failed, error)) {
            return false;
        }
    }
    return (!commits || read_answer(pg, NULL, deadline_ms, failed, error)) &&
           read_sync(pg, deadline_ms);
}

jirasend_code js_pg_flush(js_pg *pg, bool commits, jirasend_error *error) {
    int ahead = 0;
    int64_t deadline_ms = js_pg_until_ms(pg->outbox, JS_PG_STATEMENT_MS);
    jirasend_code failed = JIRASEND_OK;
    bool begins = pg->begins;
    if (!read_left_over(pg, deadline_ms)) {
        pg->queued = 0;
        return js_pg_fail_lost(pg, error);
    }
    bool sent = send_all(pg, commits, &ahead);
    bool memory = any_memory(pg);
    if (memory) {
        pg->broken = true; /* half of it may be on its way */
    } else {
        pg->inside = pg->inside || begins;
        pg->begins = false;
    }
    bool whole = sent && read_all(pg, commits, ahead, deadline_ms, &failed, error);
    pg->queued = 0;
    if (memory) {
        return js_fail_memory(error);
    }
    if (!whole) {
        return failed != JIRASEND_OK ? failed : js_pg_fail_lost(pg, error);
    }
    if (commits && failed == JIRASEND_OK) {
        pg->inside = false;
        pg->committed = true;
    }
    return failed;
}

jirasend_code js_pg_exec(js_pg_query *query, jirasend_error *error) {
    js_pg_queue(query);
    return js_pg_flush(query->pg, false, error);
}

jirasend_code js_pg_run(js_pg_query *query, jirasend_error *error) {
    jirasend_code code = js_pg_exec(query, error);
    js_pg_end(query);
    return code;
}

void js_pg_end(js_pg_query *query) {
    for (int i = 0; i < query->count; i++) {
        js_buf_clear(&query->params[i].text);
    }
    query->count = 0;
    PQclear(query->result);
    query->result = NULL;
    query->rows = 0;
}

jirasend_code js_pg_simple(js_pg *pg, const char *sql, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, sql);
    return js_pg_run(&query, error);
}

/* ---- rows ---- */

bool js_pg_row(js_pg_query *query) {
    query->row++;
    return query->row < query->rows;
}

bool js_pg_is_null(const js_pg_query *query, int column) {
    return PQgetisnull(query->result, query->row, column) == 1;
}

const char *js_pg_read_text(const js_pg_query *query, int column) {
    return PQgetvalue(query->result, query->row, column);
}

size_t js_pg_read_length(const js_pg_query *query, int column) {
    return (size_t)PQgetlength(query->result, query->row, column);
}

int64_t js_pg_read(const js_pg_query *query, int column) {
    return strtoll(js_pg_read_text(query, column), NULL, 10);
}

bool js_pg_read_bool(const js_pg_query *query, int column) {
    return js_pg_read_text(query, column)[0] == 't';
}

bool js_pg_read_bytes(const js_pg_query *query, int column, unsigned char *out, size_t size) {
    const char *text = js_pg_read_text(query, column);
    if (js_pg_read_length(query, column) != 2 + 2 * size || text[0] != '\\' || text[1] != 'x') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = js_hex_digit(text[2 + 2 * i]);
        int low = js_hex_digit(text[3 + 2 * i]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

jirasend_code js_pg_number(js_pg_query *query, int64_t otherwise, int64_t *value,
                           jirasend_error *error) {
    jirasend_code code = js_pg_exec(query, error);
    *value = code == JIRASEND_OK && js_pg_row(query) ? js_pg_read(query, 0) : otherwise;
    js_pg_end(query);
    return code;
}
