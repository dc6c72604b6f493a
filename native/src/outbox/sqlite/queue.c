/* The queue of a lane, as its indexes have it. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "event/sweep.h"

#include <stdlib.h>

/* Few are set aside at a time, and the index holds those alone. */
JS_SQL(any_aside, "SELECT EXISTS (SELECT 1 FROM event INDEXED BY event_aside WHERE lane = ?1"
                  " AND status = 0 AND not_before > 0 AND not_before BETWEEN ?2 AND ?3)");

jirasend_code js_sq_any_aside(js_store *store, int64_t lane, int64_t from, int64_t until, bool *any,
                              jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), any_aside);
    js_query_int(&query, lane);
    js_query_int(&query, from);
    js_query_int(&query, until);
    int64_t found = 0;
    jirasend_code code = js_query_number(&query, 0, &found, error);
    *any = found != 0;
    return code;
}

JS_SQL(wake, "UPDATE event INDEXED BY event_aside SET not_before = 0 WHERE lane = ?1"
             " AND status = 0 AND not_before > 0 AND not_before BETWEEN ?2 AND ?3"
             " AND " JS_KNOWN_ROW("event"));

jirasend_code js_sq_wake(js_store *store, int64_t lane, int64_t from, int64_t until,
                         jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), wake);
    js_query_int(&query, lane);
    js_query_int(&query, from);
    js_query_int(&query, until);
    return js_query_run(&query, error);
}

JS_SQL(set_aside, "UPDATE event SET not_before = ?2 WHERE id = ?1 AND status = 0");

jirasend_code js_sq_set_aside(js_store *store, const js_queued *events, size_t count,
                              jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_query query = js_sq_query(js_sq_of(store), set_aside);
        js_query_int(&query, events[i].id);
        js_query_int(&query, events[i].not_before_ms);
        code = js_query_run(&query, error);
    }
    return code;
}

/* ---- heads ---- */

#define QUEUE_OF(envelope)                                                                         \
    "FROM event e WHERE e.lane = ?1 AND e.envelope = " envelope                                    \
    " AND e.status = 0 AND " JS_KNOWN_ROW("e")
#define HEAD_OF(envelope)                                                                          \
    "(SELECT e.id " QUEUE_OF(envelope) " AND e.not_before = 0 ORDER BY e.id LIMIT 1)"

JS_SQL(plain_head,
       "SELECT 0, 0, " HEAD_OF("0") ", l.backoff_until_ms, l.failures, l.parked, l.batch_limit,"
                                    " 0, l.wait_until_ms"
                                    " FROM lane l WHERE l.id = ?1");
JS_SQL(own_heads, "SELECT v.id, v.history, " HEAD_OF(
                      "v.id") ", v.backoff_until_ms, v.failures, v.parked, v.batch_limit,"
                              " v.key = '" JS_SWEEP_ENVELOPE "', 0"
                              " FROM envelope v INDEXED BY envelope_waiting"
                              " WHERE v.lane = ?1 AND v.waiting > 0");
JS_SQL(any_of, "SELECT EXISTS (SELECT 1 " QUEUE_OF("?2") ")");

enum {
    HEAD_ENVELOPE,
    HEAD_HISTORY,
    HEAD_FIRST,
    HEAD_BACKOFF,
    HEAD_FAILURES,
    HEAD_CULPRITS,
    HEAD_LIMIT,
    HEAD_SWEEP,
    HEAD_WAIT
};

static js_head read_head(const js_query *query) {
    return (js_head){
        .envelope = js_query_read(query, HEAD_ENVELOPE),
        .history = js_query_read(query, HEAD_HISTORY) != 0,
        .first = js_query_read(query, HEAD_FIRST),
        .backoff = {.until_ms = js_query_read(query, HEAD_BACKOFF),
                    .failures = (int)js_query_read(query, HEAD_FAILURES),
                    .culprits = (int)js_query_read(query, HEAD_CULPRITS),
                    .limit = (int)js_query_read(query, HEAD_LIMIT)},
        .sweep = js_query_read(query, HEAD_SWEEP) != 0,
        .wait_until_ms = js_query_read(query, HEAD_WAIT),
    };
}

/* Of those without an event that may go, whether others wait: there may be thousands of envelopes. */
static jirasend_code look_behind(js_store *store, int64_t lane, js_head *heads, size_t count,
                                 jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        int64_t any = 1;
        if (heads[i].first == 0) {
            js_query query = js_sq_query(js_sq_of(store), any_of);
            js_query_int(&query, lane);
            js_query_int(&query, heads[i].envelope);
            code = js_query_number(&query, 0, &any, error);
        }
        heads[i].any = any != 0;
    }
    return code;
}

static jirasend_code add_heads(js_store *store, const char *sql, int64_t lane, js_head **heads,
                               size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), sql);
    js_query_int(&query, lane);
    bool memory = true;
    while (memory && js_query_row(&query)) {
        /* Powers of two: the room is doubled when it is full. */
        if ((*count & (*count - 1)) == 0) {
            size_t room = *count == 0 ? 1 : *count * 2;
            js_head *grown = realloc(*heads, room * sizeof *grown);
            memory = grown != NULL;
            *heads = memory ? grown : *heads;
        }
        if (memory) {
            (*heads)[(*count)++] = read_head(&query);
        }
    }
    jirasend_code code = js_query_end(&query, error);
    return code == JIRASEND_OK && !memory ? js_fail_memory(error) : code;
}

jirasend_code js_sq_heads(js_store *store, int64_t lane, js_head **heads, size_t *count,
                          jirasend_error *error) {
    *heads = NULL;
    *count = 0;
    jirasend_code code = add_heads(store, plain_head, lane, heads, count, error);
    if (code == JIRASEND_OK) {
        code = add_heads(store, own_heads, lane, heads, count, error);
    }
    if (code == JIRASEND_OK) {
        code = look_behind(store, lane, *heads, *count, error);
    }
    if (code != JIRASEND_OK) {
        free(*heads);
        *heads = NULL;
    }
    return code;
}

/* ---- events ---- */

js_queued js_sq_read_queued(const js_query *query) {
    enum {
        ID,
        STREAM,
        ENVELOPE,
        SEQUENCE,
        ASIDE,
        BYTES,
        QUEUED,
        ATTEMPTS,
        GATED,
        BARRIER,
        HISTORY,
        TOUCHED,
        KNOWN,
        UNMENTIONED,
        END
    };
    _Static_assert((int)END == (int)JS_QUEUED_END, "what follows them begins there");
    return (js_queued){
        .id = js_query_read(query, ID),
        .stream = js_query_read(query, STREAM),
        .envelope = js_query_read(query, ENVELOPE),
        .sequence = js_query_read(query, SEQUENCE),
        .not_before_ms = js_query_read(query, ASIDE),
        .bytes = js_query_read(query, BYTES),
        .queued_ms = js_query_read(query, QUEUED),
        .attempts = (int)js_query_read(query, ATTEMPTS),
        .gated = js_query_read(query, GATED) != 0,
        .barrier = js_query_read(query, BARRIER) != 0,
        .history = js_query_read(query, HISTORY) != 0,
        .touched = js_query_read(query, TOUCHED),
        .known = js_query_read(query, KNOWN) != 0,
        .unmentioned = (int)js_query_read(query, UNMENTIONED),
    };
}

JS_SQL(window, "SELECT " JS_QUEUED_COLUMNS " FROM event e WHERE e.lane = ?1 AND e.envelope = ?2"
               " AND e.status = 0 AND e.not_before = 0 AND e.id > ?3 AND " JS_KNOWN_ROW(
                   "e") " ORDER BY e.id LIMIT ?4");

jirasend_code js_sq_window(js_store *store, int64_t lane, int64_t envelope, int64_t after,
                           js_queued *events, size_t max, size_t *count, jirasend_error *error) {
    js_query query = js_sq_query(js_sq_of(store), window);
    js_query_int(&query, lane);
    js_query_int(&query, envelope);
    js_query_int(&query, after);
    js_query_int(&query, (int64_t)max);
    *count = 0;
    while (*count < max && js_query_row(&query)) {
        events[(*count)++] = js_sq_read_queued(&query);
    }
    return js_query_end(&query, error);
}
