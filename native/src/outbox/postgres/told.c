/* What Jira was told last: of one stream, of all of them, and the documents that are kept of it. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "event/document.h"
#include "event/sweep.h"
#include "outbox/digest.h"

#include <stdlib.h>
#include <string.h>

/* ---- whether the same was told ---- */

/* w: what waits of the stream, newest first; else what became of its newest settled event counts. */
JS_SQL(newest_of_stream,
       "SELECT coalesce(w.id, 0) > t.told_id, t.told_status, t.told_digest, w.document,"
       " t.told_id < CASE t.told_envelope WHEN 0 THEN m.swept ELSE coalesce(v.swept, 0) END"
       " FROM @.lane m JOIN @.stream t ON t.lane = m.id AND t.key = $3::bytea"
       " LEFT JOIN @.envelope v ON v.id = t.told_envelope AND t.told_envelope > 0"
       " LEFT JOIN LATERAL (SELECT e.id, e.document FROM @.waiting e WHERE e.stream = t.id"
       "  ORDER BY e.id DESC LIMIT 1) w ON true WHERE m.site = $1 AND m.kind = $2::integer");
enum { NEWEST_WAITS, NEWEST_STATUS, NEWEST_DIGEST, NEWEST_TEXT, NEWEST_SWEPT };

/* Whether the row of newest_of_stream has this digest. */
static bool same_content(const js_pg_query *query, bool waits,
                         const unsigned char digest[JS_DIGEST_SIZE]) {
    unsigned char other[JS_DIGEST_SIZE];
    if (!waits) {
        return js_pg_read_bytes(query, NEWEST_DIGEST, other, sizeof other) &&
               memcmp(other, digest, JS_DIGEST_SIZE) == 0;
    }
    js_event event;
    if (js_document_read_stored(&event, js_pg_read_text(query, NEWEST_TEXT),
                                js_pg_read_length(query, NEWEST_TEXT), NULL) != JIRASEND_OK) {
        return false;
    }
    bool same = js_event_digest(&event, other) && memcmp(other, digest, JS_DIGEST_SIZE) == 0;
    js_event_clear(&event);
    return same;
}

/* Most are news, of which there is no row: only the others are summed up. */
static jirasend_code compare(const js_pg_query *query, const js_event *event, js_told *told,
                             jirasend_error *error) {
    unsigned char digest[JS_DIGEST_SIZE];
    bool waits = js_pg_read_bool(query, NEWEST_WAITS);
    if (!waits && (js_pg_read(query, NEWEST_STATUS) != JS_STATUS_ACCEPTED ||
                   js_pg_read_bool(query, NEWEST_SWEPT))) {
        return JIRASEND_OK;
    }
    if (!js_event_digest(event, digest)) {
        return js_fail_memory(error);
    }
    if (same_content(query, waits, digest)) {
        *told = waits ? JS_TOLD_WAITS : JS_TOLD_ACCEPTED;
    }
    return JIRASEND_OK;
}

jirasend_code js_pg_told(js_pg *pg, const js_event *event, js_told *told, jirasend_error *error) {
    unsigned char key[JS_PG_KEY_SIZE];
    js_stream stream = js_event_stream(event);
    *told = JS_TOLD_NOTHING;
    if (!js_pg_key_of_stream(&stream, key)) {
        return js_fail_memory(error);
    }
    js_pg_query query = js_pg_begin(pg, newest_of_stream);
    js_pg_text(&query, event->site.name);
    js_pg_int(&query, (int)js_kind_api(event->kind));
    js_pg_bytes(&query, key, sizeof key);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        code = compare(&query, event, told, error);
    }
    js_pg_end(&query);
    return code;
}

/* ---- the newest accepted event of a stream ---- */

/* o: the deletion of all of its name, which stands for the stream t. */
#define AND_ALL_OF_NAME " LEFT JOIN @.stream o ON o.id = t.over AND t.over > 0 AND o.id <> t.id"
enum { ROW_HISTORY = JS_RECEIPT_END, ROW_SEQUENCE, ROW_GONE, ROW_WAITS };

/* The newest by number: what comes later with a lower one is news of the past. */
JS_SQL(last_of_stream,
       "SELECT " JS_PG_RECEIPT ", e.history, e.sequence, e.barrier OR coalesce(o.accepted, 0) >="
       " e.sequence OR " JS_PG_SWEPT ", EXISTS (SELECT 1 FROM @.waiting w WHERE w.stream = t.id"
       " AND w.sequence > e.sequence) FROM @.stream t JOIN (" JS_PG_OF_RECEIPT
       ") e ON e.stream = t.id"
       " AND e.status = 2 AND e.sequence >= t.accepted AND e.settled_ms >= "
       "$2::bigint" JS_PG_LANE_AND_SITE JS_PG_JOIN_ENVELOPE AND_ALL_OF_NAME
       " WHERE t.id = $1::bigint AND " JS_KNOWN_LANE("l") " ORDER BY e.id DESC LIMIT 1");
JS_SQL(stream_named, "SELECT t.id FROM @.lane m JOIN @.stream t ON t.lane = m.id"
                     " AND t.key = $3::bytea WHERE m.site = $1 AND m.kind = $2::integer");
JS_SQL(stream_of_event, "SELECT e.stream FROM (" JS_PG_OF_WAITING " UNION ALL " JS_PG_OF_DEAD
                        " UNION ALL " JS_PG_OF_RECEIPT ") e WHERE e.id = $1::bigint");

static jirasend_code find_stream(js_pg *pg, const js_event *event, int64_t id, int64_t *stream,
                                 jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, event == NULL ? stream_of_event : stream_named);
    if (event == NULL) {
        js_pg_int(&query, id);
        return js_pg_number(&query, 0, stream, error);
    }
    unsigned char key[JS_PG_KEY_SIZE];
    js_stream named = js_event_stream(event);
    if (!js_pg_key_of_stream(&named, key)) {
        return js_fail_memory(error);
    }
    js_pg_text(&query, event->site.name);
    js_pg_int(&query, (int)js_kind_api(event->kind));
    js_pg_bytes(&query, key, sizeof key);
    return js_pg_number(&query, 0, stream, error);
}

static int64_t known_since(const js_pg *pg) {
    return js_store_now_ms(&pg->store) - pg->store.keep_ms;
}

static jirasend_code read_last(js_pg *pg, int64_t stream, js_last_told *last,
                               jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, last_of_stream);
    js_pg_int(&query, stream);
    js_pg_int(&query, known_since(pg));
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        bool forgotten = false;
        last->row.history = js_pg_read_bool(&query, ROW_HISTORY);
        last->row.sequence = js_pg_read(&query, ROW_SEQUENCE);
        last->gone = js_pg_read_bool(&query, ROW_GONE);
        last->waits = js_pg_read_bool(&query, ROW_WAITS);
        if (!js_pg_read_receipt(&query, js_store_now_ms(&pg->store), &last->row.receipt,
                                &forgotten)) {
            code = js_fail_memory(error);
        }
    }
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_last_told(js_pg *pg, const js_event *event, int64_t id, js_last_told *last,
                              jirasend_error *error) {
    int64_t stream = 0;
    *last = (js_last_told){.gone = false};
    js_receipt_init(&last->row.receipt);
    jirasend_code code = find_stream(pg, event, id, &stream, error);
    return code == JIRASEND_OK && stream != 0 ? read_last(pg, stream, last, error) : code;
}

/* ---- all of them ---- */

/* Development information is read back by the repository: one of its streams stands for them all. */
JS_SQL(told_ids,
       "SELECT e.id, CASE l.kind WHEN " JS_SQL_DEVINFO
       " THEN (SELECT p.id FROM @.stream p WHERE p.lane = t.lane"
       " AND p.family = t.family ORDER BY p.number, p.part LIMIT 1) ELSE 0 END"
       " FROM @.receipt e JOIN @.stream t ON t.id = e.stream JOIN @.lane l ON l.id = e.lane"
       " WHERE e.status = 2 AND t.number <> -100 AND e.sequence >= t.accepted AND e.created_ms >= "
       "$1::bigint"
       " AND e.settled_at >= to_timestamp($2::bigint / 1000.0)"
       " AND ((1 << (CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END)) & $3::integer) <> 0"
       " AND " JS_KNOWN_LANE("l") " ORDER BY e.id DESC");
enum { TOLD_ID, TOLD_GROUP };
_Static_assert(JS_STREAM_SWEEP == -100, "a deletion by properties names nothing to look for");

jirasend_code js_pg_told_ids(js_pg *pg, unsigned kinds, int64_t since_ms, js_told_id **ids,
                             size_t *count, jirasend_error *error) {
    *ids = NULL;
    *count = 0;
    js_pg_query query = js_pg_begin(pg, told_ids);
    js_pg_int(&query, since_ms);
    js_pg_int(&query, known_since(pg));
    js_pg_int(&query, kinds == 0 ? INT32_MAX : (int64_t)kinds);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && query.rows > 0 &&
        (*ids = calloc((size_t)query.rows, sizeof **ids)) == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        (*ids)[(*count)++] =
            (js_told_id){js_pg_read(&query, TOLD_ID), js_pg_read(&query, TOLD_GROUP)};
    }
    js_pg_end(&query);
    return code;
}

JS_SQL(told_document, "SELECT d.document FROM @.told d WHERE d.event = $1::bigint"
                      " AND d.stream = (SELECT e.stream FROM @.receipt e WHERE e.id = $1::bigint)");

jirasend_code js_pg_told_document(js_pg *pg, int64_t id, js_buf *document, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, told_document);
    js_pg_int(&query, id);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        js_buf_add(document, js_pg_read_text(&query, 0), js_pg_read_length(&query, 0));
        code = document->failed ? js_fail_memory(error) : code;
    } else if (code == JIRASEND_OK) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "What was told is kept 30 days; it must be sent again from its source.");
    }
    js_pg_end(&query);
    return code;
}

/* What was not deleted since, alone or with the whole repository. */
JS_SQL(knows_repository,
       "SELECT CASE WHEN EXISTS (SELECT 1 FROM @.lane m JOIN @.stream t ON t.lane = m.id"
       " AND t.family = $2::bytea" AND_ALL_OF_NAME
       " JOIN @.receipt e ON e.stream = t.id AND e.status = 2 AND NOT e.barrier"
       " AND e.sequence >= t.accepted AND e.sequence > coalesce(o.accepted, 0)"
       " JOIN @.lane l ON l.id = m.id" JS_PG_JOIN_ENVELOPE " WHERE NOT (" JS_PG_SWEPT
       ") AND m.site = $1 AND m.kind = " JS_SQL_DEVINFO ") THEN 1 ELSE 0 END");

jirasend_code js_pg_knows_repository(js_pg *pg, const char *site, const char *repository,
                                     bool *knows, jirasend_error *error) {
    unsigned char family[JS_PG_KEY_SIZE];
    int64_t found = 0;
    if (!js_pg_key_of_text(repository, family)) {
        return js_fail_memory(error);
    }
    js_pg_query query = js_pg_begin(pg, knows_repository);
    js_pg_text(&query, site);
    js_pg_bytes(&query, family, sizeof family);
    jirasend_code code = js_pg_number(&query, 0, &found, error);
    *knows = found != 0;
    return code;
}

/* ---- bookmarks, and the cloud ids of sites ---- */

JS_SQL(get_bookmark, "SELECT value FROM @.bookmark WHERE name = $1");
JS_SQL(put_bookmark, "INSERT INTO @.bookmark (name, value) VALUES ($1, $2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value");
JS_SQL(drop_bookmark, "DELETE FROM @.bookmark WHERE name = $1");

jirasend_code js_pg_bookmark_get(js_pg *pg, const char *name, js_buf *text, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, get_bookmark);
    js_pg_text(&query, name);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        js_buf_add_text(text, js_pg_read_text(&query, 0));
    }
    js_pg_end(&query);
    return code == JIRASEND_OK && text->failed ? js_fail_memory(error) : code;
}

jirasend_code js_pg_bookmark_put(js_pg *pg, const char *name, const char *text,
                                 jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, text == NULL ? drop_bookmark : put_bookmark);
    js_pg_text(&query, name);
    if (text != NULL) {
        js_pg_text(&query, text);
    }
    return js_pg_run(&query, error);
}

/* One statement, so that two processes never get the same moment. */
JS_SQL(
    take_moment,
    "INSERT INTO @.bookmark AS b (name, value) VALUES ($1, $2::bigint) ON CONFLICT (name) DO UPDATE"
    " SET value = CASE WHEN b.value::bigint + $3::bigint BETWEEN $2::bigint AND $2::bigint + "
    "$4::bigint"
    " THEN b.value::bigint + $3::bigint ELSE $2::bigint END RETURNING value::bigint");

jirasend_code js_pg_take_moment(js_pg *pg, const char *name, int64_t now_ms, int64_t apart_ms,
                                int64_t *moment_ms, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, take_moment);
    js_pg_text(&query, name);
    js_pg_int(&query, now_ms);
    js_pg_int(&query, apart_ms);
    js_pg_int(&query, JS_MOMENT_TRUST_MS);
    return js_pg_number(&query, now_ms, moment_ms, error);
}
