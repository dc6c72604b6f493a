/* What front ends keep in the outbox, or ask of it, beside events. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"

#include <stdlib.h>

/* ---- when something changed last ---- */

/* Of news, not of the past. Where its document is gone, it counts from when it came. */
JS_SQL(
    last_change,
    "SELECT e.created_ms, coalesce(w.document, d.document, o.document) FROM @.lane m"
    " JOIN @.stream t ON t.lane = m.id AND t.key = $3::bytea"
    " JOIN (" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD " UNION ALL " JS_PG_OF_RECEIPT
    ") e ON e.stream = t.id LEFT JOIN @.waiting w ON w.id = e.id LEFT JOIN @.dead d ON d.id = e.id"
    " LEFT JOIN @.told o ON o.event = e.id AND o.stream = t.id"
    " WHERE m.site = $1 AND m.kind = $2::integer AND NOT e.history ORDER BY e.id DESC LIMIT 1");
enum { LAST_CREATED, LAST_TEXT };

static int64_t change_of(const js_pg_query *query) {
    js_event event;
    int64_t otherwise = js_pg_read(query, LAST_CREATED);
    if (js_pg_is_null(query, LAST_TEXT) ||
        js_document_read_stored(&event, js_pg_read_text(query, LAST_TEXT),
                                js_pg_read_length(query, LAST_TEXT), NULL) != JIRASEND_OK) {
        return otherwise;
    }
    int64_t ms = event.updated_at_ms > 0 ? event.updated_at_ms : otherwise;
    js_event_clear(&event);
    return ms;
}

jirasend_code js_pg_changed(js_pg *pg, const js_event *event, int64_t *changed_ms,
                            jirasend_error *error) {
    unsigned char key[JS_PG_KEY_SIZE];
    js_stream stream = js_event_stream(event);
    *changed_ms = 0;
    if (!js_pg_key_of_stream(&stream, key)) {
        return js_fail_memory(error);
    }
    js_pg_query query = js_pg_begin(pg, last_change);
    js_pg_text(&query, event->site.name);
    js_pg_int(&query, (int)js_kind_api(event->kind));
    js_pg_bytes(&query, key, sizeof key);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        *changed_ms = change_of(&query);
    }
    js_pg_end(&query);
    return code;
}

/* ---- what a relay says later ---- */

JS_SQL(answer_event,
       "WITH asked AS (SELECT r.id, r.settled_at FROM @.receipt r WHERE r.id = $1::bigint"
       "  AND r.status = 6 FOR UPDATE),"
       " tally AS (UPDATE @.tally SET settled_no = settled_no + 1 FROM asked WHERE tally.id = 1"
       "  RETURNING settled_no)"
       " UPDATE @.receipt r SET status = $2::integer, settled_no = tally.settled_no,"
       "  settled_at = to_timestamp($3::bigint / 1000.0), http_status = $4::integer,"
       "  message = coalesce($5, r.message), unknown_keys = coalesce($6, r.unknown_keys)"
       " FROM asked, tally WHERE r.id = asked.id AND r.settled_at = asked.settled_at"
       " RETURNING (SELECT l.site FROM @.lane l WHERE l.id = r.lane), CASE r.kind WHEN 0 THEN"
       "  (SELECT l.kind FROM @.lane l WHERE l.id = r.lane) ELSE r.kind END, r.created_ms,"
       "  CASE WHEN NOT r.barrier THEN r.facts::json -> 'environment' ->> 'id' END,"
       "  r.facts::json ->> 'state'");
_Static_assert(JS_STATUS_RELAYED == 6, "answer_event");
enum { ANSWER_SITE, ANSWER_KIND, ANSWER_CREATED, ANSWER_ENVIRONMENT, ANSWER_STATE };

/* It counts now. */
static jirasend_code note_answer(js_pg *pg, const js_pg_query *query, const js_outcome *outcome,
                                 int64_t now_ms, jirasend_error *error) {
    js_event nothing;
    js_pg_notes notes;
    js_event_init(&nothing);
    js_pg_notes_begin(&notes, pg);
    (void)js_pg_note_settled_event(&notes, outcome->id, &nothing,
                                   (int)js_pg_read(query, ANSWER_KIND),
                                   js_pg_read_text(query, ANSWER_SITE), outcome->status,
                                   now_ms - js_pg_read(query, ANSWER_CREATED));
    js_state state = JS_STATE_UNKNOWN;
    if (outcome->status == JS_STATUS_ACCEPTED && !js_pg_is_null(query, ANSWER_ENVIRONMENT) &&
        js_state_from_name(js_pg_read_text(query, ANSWER_STATE), &state)) {
        (void)js_pg_note_deployment(&notes, outcome->id, state,
                                    js_pg_read_text(query, ANSWER_ENVIRONMENT));
    }
    js_pg_notes_queue(&notes);
    jirasend_code code = js_pg_flush(pg, false, error);
    js_pg_notes_end(&notes);
    return code;
}

static jirasend_code write_answer(js_pg *pg, const js_outcome *outcome, const char *unknown,
                                  int64_t now_ms, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, answer_event);
    js_pg_int(&query, outcome->id);
    js_pg_int(&query, (int)outcome->status);
    js_pg_int(&query, now_ms);
    js_pg_int(&query, outcome->http_status);
    js_pg_text(&query, outcome->message);
    js_pg_text(&query, unknown);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        code = note_answer(pg, &query, outcome, now_ms, error);
    }
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_answered(js_pg *pg, const js_outcome *outcome, int64_t now_ms,
                             jirasend_error *error) {
    char *unknown = NULL;
    if (outcome->unknown_keys != NULL && (unknown = js_row_join(outcome->unknown_keys)) == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE, error);
    code = code == JIRASEND_OK ? write_answer(pg, outcome, unknown, now_ms, error) : code;
    code = js_pg_end_work(&pg->store, code, error);
    free(unknown);
    return code;
}

/* ---- counters, documents ---- */

jirasend_code js_pg_count_one(js_pg *pg, const char *name, jirasend_error *error) {
    js_pg_notes notes;
    js_pg_notes_begin(&notes, pg);
    js_pg_note_count(&notes, JS_METRIC_COUNTED, name, NULL, 1);
    js_pg_notes_queue(&notes);
    jirasend_code code = js_pg_flush(pg, false, error);
    js_pg_notes_end(&notes);
    return code;
}

JS_SQL(one_document, "SELECT document FROM @.waiting WHERE id = $1::bigint"
                     " UNION ALL SELECT document FROM @.dead WHERE id = $1::bigint");

jirasend_code js_pg_document(js_pg *pg, int64_t id, char **text, jirasend_error *error) {
    *text = NULL;
    js_pg_query query = js_pg_begin(pg, one_document);
    js_pg_int(&query, id);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        *text = js_copy(js_pg_read_text(&query, 0));
        code = *text == NULL ? js_fail_memory(error) : code;
    } else if (code == JIRASEND_OK) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "There is no document of this event in the queue.");
    }
    js_pg_end(&query);
    return code;
}
