/* Writing down how events ended: one by one, or all at once that ended alike. */
#include "outbox/sqlite/history.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <string.h>

/* A million settled events stay: when one came to wait is of use only while it does. */
#define ENDED                                                                                      \
    " not_before = 0, queued_ms = CASE ?3 WHEN 0 THEN 0 ELSE queued_ms END,"                       \
    " settled_ms = ?5, attempts = attempts + ?6, unmentioned = unmentioned + ?7,"                  \
    " http_status = CASE WHEN ?8 < 0 THEN http_status ELSE ?8 END,"                                \
    " message = CASE WHEN ?9 IS NULL AND ?2 = 2 THEN NULL ELSE coalesce(?9, message) END,"         \
    " unknown_keys = coalesce(?10, unknown_keys), relay_id = ?11, forbidden = 0"

JS_SQL(settle_event, "UPDATE event SET status = ?2, open = ?3, settled_no = ?4," ENDED
                     ", digest = coalesce(?12, digest) WHERE id = ?1");
/* What does not fit ends the transaction (add_rows.c). */
JS_SQL(settle_events,
       "UPDATE OR ROLLBACK event SET status = ?2, open = ?3, settled_no = ?4 + id - ?1," ENDED
       " WHERE id BETWEEN ?1 AND ?12");

/* All but the last parameter of both. */
static js_query ended(js_sqlite *self, const char *sql, const js_settling *as, int64_t settled_no,
                      int64_t now_ms) {
    JS_CRASH_POINT("settle.noted");
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, as->event->id);
    js_query_int(&query, (int)as->status);
    js_query_int(&query, as->keep_document ? 1 : 0);
    js_query_int(&query, settled_no);
    js_query_int(&query, now_ms);
    js_query_int(&query, as->attempts);
    js_query_int(&query, as->unmentioned);
    js_query_int(&query, as->http_status);
    js_query_text(&query, as->message);
    js_query_text(&query, as->unknown_keys);
    js_query_int(&query, as->relay_id);
    return query;
}

/* The number of the first of them. */
static int64_t tell_tally(js_sqlite *self, const js_settling *events, size_t count) {
    int64_t first = self->tally.settled_no + 1;
    self->tally_changed = true;
    self->tally.settled_no += (int64_t)count;
    self->tally.waiting -= (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        self->tally.bytes -= events[i].event->bytes;
        self->tally.dead += events[i].keep_document ? 1 : 0;
    }
    return first;
}

static jirasend_code settle_one(js_sqlite *self, const js_settling *as, int64_t now_ms,
                                jirasend_error *error) {
    const js_event_row *event = as->event;
    int64_t settled_no = tell_tally(self, as, 1);
    js_note note;
    jirasend_code code = js_sq_note(self, as, now_ms, &note, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = ended(self, settle_event, as, settled_no, now_ms);
    js_query_blob(&query, note.summed ? note.digest : NULL, note.summed ? JS_DIGEST_SIZE : 0);
    code = js_query_run(&query, error);
    return code == JIRASEND_OK ? js_sq_count(self, event->lane, event->envelope, -1, error) : code;
}

/* ---- all at once ---- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool ended_alike(const js_settling *a, const js_settling *b) {
    return a->status == b->status && a->keep_document == b->keep_document &&
           a->attempts == b->attempts && a->unmentioned == b->unmentioned &&
           a->http_status == b->http_status && a->relay_id == b->relay_id &&
           a->event->lane == b->event->lane && a->event->envelope == b->event->envelope &&
           same_text(a->message, b->message) && same_text(a->unknown_keys, b->unknown_keys);
}

/* In memory there is no history: nobody asks a process that ends soon for it. */
static bool has_history(const js_sqlite *self) {
    return self->folder.path != NULL;
}

/* What is noted of it is at hand, and stored: nothing has to be read for it. */
static bool is_known(const js_sqlite *self, const js_settling *as) {
    return as->told != NULL && (as->event->summed || !has_history(self)) && !as->event->barrier;
}

/* How many of the first ones end alike and follow one another; 0: the first one must go alone. */
static size_t known_alike(const js_sqlite *self, const js_settling *events, size_t count) {
    size_t alike = 0;
    while (alike < count && is_known(self, &events[alike]) &&
           (alike == 0 || (events[alike].event->id == events[alike - 1].event->id + 1 &&
                           ended_alike(&events[0], &events[alike])))) {
        alike++;
    }
    return alike;
}

/* The documents of those that Jira has take the place of the ones before in their streams. */
JS_SQL(
    keep_all_told,
    "INSERT OR REPLACE INTO told (stream, event, settled_ms, text) SELECT e.stream, e.id, ?3,"
    " d.text FROM event e CROSS JOIN document d ON d.id = e.id LEFT JOIN stream t"
    " ON t.id = e.stream WHERE e.id BETWEEN ?1 AND ?2 AND e.sequence >= coalesce(t.accepted, 0)");

static jirasend_code keep_told(js_sqlite *self, int64_t first, int64_t last, int64_t now_ms,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, keep_all_told);
    js_query_int(&query, first);
    js_query_int(&query, last);
    js_query_int(&query, now_ms);
    return js_query_run(&query, error);
}

static jirasend_code settle_alike(js_sqlite *self, const js_settling *events, size_t count,
                                  int64_t now_ms, jirasend_error *error) {
    const js_settling *as = &events[0];
    int64_t last = events[count - 1].event->id;
    int64_t settled_no = tell_tally(self, events, count);
    jirasend_code code = js_sq_note_alike(self, events, count, now_ms, error);
    if (code == JIRASEND_OK && as->status == JS_STATUS_ACCEPTED && has_history(self)) {
        code = keep_told(self, as->event->id, last, now_ms, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = ended(self, settle_events, as, settled_no, now_ms);
    js_query_int(&query, last);
    code = js_query_run(&query, error);
    return code == JIRASEND_OK
               ? js_sq_count(self, as->event->lane, as->event->envelope, -(int64_t)count, error)
               : code;
}

JS_SQL(delete_documents, "DELETE FROM document WHERE id BETWEEN ?1 AND ?2");

/* The events of a batch mostly follow one another: one statement for each such run. */
static jirasend_code drop_documents(js_sqlite *self, const js_settling *events, size_t count,
                                    jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        if (events[i].keep_document) {
            continue;
        }
        int64_t first = events[i].event->id;
        while (i + 1 < count && !events[i + 1].keep_document &&
               events[i + 1].event->id == events[i].event->id + 1) {
            i++;
        }
        js_query query = js_sq_query(self, delete_documents);
        js_query_int(&query, first);
        js_query_int(&query, events[i].event->id);
        code = js_query_run(&query, error);
    }
    return code;
}

jirasend_code js_sq_settle(js_store *store, const js_settling *events, size_t count, int64_t now_ms,
                           jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0, some; i < count && code == JIRASEND_OK; i += some) {
        size_t alike = known_alike(self, &events[i], count - i);
        some = alike == 0 ? 1 : alike;
        code = alike == 0 ? settle_one(self, &events[i], now_ms, error)
                          : settle_alike(self, &events[i], alike, now_ms, error);
    }
    return code == JIRASEND_OK ? drop_documents(self, events, count, error) : code;
}
