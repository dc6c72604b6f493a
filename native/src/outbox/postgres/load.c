/* Reading events that go out. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "event/document.h"

JS_SQL(load, "SELECT e.id, e.sequence, e.attempts, e.unmentioned, s.wait_until_ms, e.document,"
             " t.accepted_keys FROM @.waiting e JOIN @.stream s ON s.id = e.stream"
             " LEFT JOIN @.stream t ON t.id = e.touched AND e.touched > 0"
             " WHERE e.id = ANY ($1::bigint[]) AND e.lane = $2::bigint");
enum { ID, SEQUENCE, ATTEMPTS, UNMENTIONED, WAIT, DOCUMENT, LENT };

/* A last commit without keys of its own has those with which Jira last took it. */
static bool lend_keys(const js_pg_query *query, js_event *event) {
    js_strings *lent = js_event_lent_keys(event);
    return lent == NULL || lent->count > 0 || js_row_split(lent, js_pg_read_text(query, LENT));
}

/* `whole` false: it cannot be read. */
static jirasend_code read_one(const js_pg_query *query, js_outgoing *out, bool *whole,
                              jirasend_error *error) {
    out->sequence = js_pg_read(query, SEQUENCE);
    out->attempts = (int)js_pg_read(query, ATTEMPTS);
    out->unmentioned = (int)js_pg_read(query, UNMENTIONED);
    out->waited_out = js_pg_read(query, WAIT) != 0;
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code = js_document_read_stored(&out->event, js_pg_read_text(query, DOCUMENT),
                                                 js_pg_read_length(query, DOCUMENT), &words);
    *whole = code == JIRASEND_OK;
    if (code == JIRASEND_E_MEMORY || (*whole && !lend_keys(query, &out->event))) {
        return js_fail_memory(error);
    }
    return JIRASEND_OK;
}

jirasend_code js_pg_load(js_store *store, const js_lane_row *lane, const js_queued *events,
                         size_t count, js_outgoing *items, bool *whole, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), load);
    int ids = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(&query, ids, events[i].id);
        items[i].id = events[i].id;
        whole[i] = false;
    }
    js_pg_int(&query, lane->id);
    jirasend_code code = js_pg_exec(&query, error);
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        int64_t id = js_pg_read(&query, ID);
        for (size_t i = 0; i < count; i++) {
            if (items[i].id == id) {
                code = read_one(&query, &items[i], &whole[i], error);
            }
        }
    }
    js_pg_end(&query);
    return code;
}
