/* Finding events, and changing those that stay in the queue. */
#include "outbox/postgres/rows.h"

#include "base/error.h"

void js_pg_read_event(const js_pg_query *query, js_event_row *row) {
    enum {
        ID,
        LANE,
        STREAM,
        ENVELOPE,
        SEQUENCE,
        BYTES,
        QUEUED,
        GATED,
        BARRIER,
        STATUS,
        SETTLED,
        OPEN
    };
    *row = (js_event_row){
        .id = js_pg_read(query, ID),
        .lane = js_pg_read(query, LANE),
        .stream = js_pg_read(query, STREAM),
        .envelope = js_pg_read(query, ENVELOPE),
        .sequence = js_pg_read(query, SEQUENCE),
        .bytes = js_pg_read(query, BYTES),
        .queued_ms = js_pg_read(query, QUEUED),
        .gated = js_pg_read_bool(query, GATED),
        .barrier = js_pg_read_bool(query, BARRIER),
        .status = (js_status)js_pg_read(query, STATUS),
        .settled_ms = js_pg_read(query, SETTLED),
        .open = js_pg_read_bool(query, OPEN),
    };
}

jirasend_code js_pg_read_events(js_pg_query *query, js_event_row *rows, size_t max, size_t *count,
                                jirasend_error *error) {
    jirasend_code code = js_pg_exec(query, error);
    *count = 0;
    while (code == JIRASEND_OK && *count < max && js_pg_row(query)) {
        js_pg_read_event(query, &rows[(*count)++]);
    }
    js_pg_end(query);
    return code;
}

/* What is found stays as it is until the end of the transaction. */
JS_SQL(find_waiting,
       "SELECT " JS_PG_WAITING_EVENT " FROM @.waiting e WHERE e.id = ANY ($1::bigint[])"
       " ORDER BY e.id FOR UPDATE");
JS_SQL(find_dead, "SELECT " JS_PG_DEAD_EVENT " FROM @.dead e WHERE e.id = ANY ($1::bigint[])"
                  " ORDER BY e.id FOR UPDATE");
JS_SQL(find_settled, "SELECT " JS_PG_EVENT ", e.status,"
                     " round(extract(epoch FROM e.settled_at) * 1000)::bigint, false"
                     " FROM @.receipt e WHERE e.id = ANY ($1::bigint[])");

/* found[i]: rows[i] was among them. *left: how many are not found yet. */
static jirasend_code look_in(js_pg *pg, const char *sql, js_event_row *rows, bool *found,
                             size_t count, size_t *left, jirasend_error *error) {
    if (*left == 0) {
        return JIRASEND_OK;
    }
    js_pg_query query = js_pg_begin(pg, sql);
    int ids = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        if (!found[i]) {
            js_pg_array_int(&query, ids, rows[i].id);
        }
    }
    jirasend_code code = js_pg_exec(&query, error);
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        js_event_row row;
        js_pg_read_event(&query, &row);
        for (size_t i = 0; i < count; i++) {
            if (!found[i] && rows[i].id == row.id) {
                rows[i] = row;
                found[i] = true;
                (*left)--;
                break;
            }
        }
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code find_some(js_pg *pg, js_event_row *rows, size_t count, jirasend_error *error) {
    bool found[JS_PAGE] = {false};
    size_t left = count;
    jirasend_code code = look_in(pg, find_waiting, rows, found, count, &left, error);
    if (code == JIRASEND_OK) {
        code = look_in(pg, find_dead, rows, found, count, &left, error);
    }
    if (code == JIRASEND_OK) {
        code = look_in(pg, find_settled, rows, found, count, &left, error);
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        rows[i].id = found[i] ? rows[i].id : 0;
    }
    return code;
}

jirasend_code js_pg_find(js_store *store, js_event_row *rows, size_t count, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t from = 0; from < count && code == JIRASEND_OK; from += JS_PAGE) {
        size_t some = count - from < JS_PAGE ? count - from : JS_PAGE;
        code = find_some(js_pg_of(store), rows + from, some, error);
    }
    return code;
}

JS_SQL(leave_events,
       "UPDATE @.waiting w SET attempts = w.attempts + u.attempts,"
       " unmentioned = w.unmentioned + u.unmentioned, not_before = u.until,"
       " http_status = u.http_status, message = coalesce(u.message, w.message),"
       " unknown_keys = coalesce(u.unknown, w.unknown_keys), forbidden = u.forbidden"
       " FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::bigint[], $5::integer[],"
       " $6::text[], $7::text[], $8::boolean[]) AS u (id, attempts, unmentioned, until,"
       " http_status, message, unknown, forbidden) WHERE w.id = u.id");

jirasend_code js_pg_stay(js_store *store, const js_staying *events, size_t count,
                         jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), leave_events);
    int at[8];
    for (int i = 0; i < 8; i++) {
        at[i] = js_pg_array(&query);
    }
    for (size_t i = 0; i < count; i++) {
        const js_staying *as = &events[i];
        js_pg_array_int(&query, at[0], as->event->id);
        js_pg_array_int(&query, at[1], as->attempts);
        js_pg_array_int(&query, at[2], as->unmentioned);
        js_pg_array_int(&query, at[3], as->not_before_ms);
        js_pg_array_int(&query, at[4], as->http_status);
        js_pg_array_text(&query, at[5], as->message);
        js_pg_array_text(&query, at[6], as->unknown_keys);
        js_pg_array_bool(&query, at[7], as->forbidden);
    }
    return js_pg_run(&query, error);
}

/* Keys with which Jira took it are noted where it is settled. */
JS_SQL(streams_accepted,
       "UPDATE @.stream s SET accepted = greatest(s.accepted, u.sequence), wait_until_ms = u.until"
       " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u (stream, sequence, until)"
       " WHERE s.id = u.stream");

jirasend_code js_pg_accepted(js_store *store, const js_accepting *events, size_t count,
                             jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), streams_accepted);
    int stream = js_pg_array(&query);
    int sequence = js_pg_array(&query);
    int until = js_pg_array(&query);
    for (size_t i = 0; i < count; i++) {
        js_pg_array_int(&query, stream, events[i].event->stream);
        js_pg_array_int(&query, sequence, events[i].event->sequence);
        js_pg_array_int(&query, until, events[i].wait_until_ms);
    }
    return js_pg_run(&query, error);
}

JS_SQL(older_events,
       "SELECT " JS_PG_WAITING_EVENT " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
       " AS u (stream, id, sequence) JOIN @.waiting e ON e.stream = u.stream AND e.id < u.id"
       " AND e.sequence < u.sequence AND NOT e.gated AND NOT e.barrier AND " JS_KNOWN_ROW(
           "e") " LIMIT $4::bigint FOR UPDATE OF e");

/* A deletion ends whatever waits before it, in every stream that it covers. */
JS_SQL(all_before_deletion,
       "SELECT " JS_PG_WAITING_EVENT " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
       " AS u (stream, id, sequence) JOIN @.waiting e ON e.stream IN (SELECT u.stream"
       "  UNION ALL SELECT s.id FROM @.stream s WHERE s.over = u.stream AND s.over > 0"
       "  AND s.id <> u.stream) AND e.id < u.id AND e.sequence < u.sequence AND " JS_KNOWN_ROW(
           "e") " LIMIT $4::bigint FOR UPDATE OF e");

jirasend_code js_pg_older(js_store *store, const js_accepting *events, size_t event_count, bool all,
                          js_event_row *rows, size_t max, size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(js_pg_of(store), all ? all_before_deletion : older_events);
    int stream = js_pg_array(&query);
    int id = js_pg_array(&query);
    int sequence = js_pg_array(&query);
    for (size_t i = 0; i < event_count; i++) {
        js_pg_array_int(&query, stream, events[i].event->stream);
        js_pg_array_int(&query, id, events[i].event->id);
        js_pg_array_int(&query, sequence, events[i].event->sequence);
    }
    js_pg_int(&query, (int64_t)max);
    return js_pg_read_events(&query, rows, max, count, error);
}

JS_SQL(aside_older, "UPDATE @.waiting SET not_before = $3::bigint WHERE stream = $1::bigint"
                    " AND id < $2::bigint AND NOT gated AND not_before < $3::bigint");
JS_SQL(aside_newer, "UPDATE @.waiting SET not_before = $3::bigint WHERE stream = $1::bigint"
                    " AND id > $2::bigint AND not_before < $3::bigint");

jirasend_code js_pg_aside_with(js_store *store, const js_event_row *event, int64_t until_ms,
                               jirasend_error *error) {
    bool newer = event->gated || event->barrier;
    js_pg_query query = js_pg_begin(js_pg_of(store), newer ? aside_newer : aside_older);
    js_pg_int(&query, event->stream);
    js_pg_int(&query, event->id);
    js_pg_int(&query, until_ms);
    return js_pg_run(&query, error);
}
