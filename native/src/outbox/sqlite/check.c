/*
 * Damage that SQLite does not notice by itself. A flipped bit in an index makes an event vanish
 * from the queue, one in a counter makes a whole lane look empty: nothing fails, and nothing is
 * sent. Where the file is no longer as we closed it (outbox/sqlite/mark.h), it is checked when it is
 * opened: a small one as a whole, a large one by its lanes. Counters are compared always, and each
 * lane again whenever it seems to be empty.
 */
#include "base/error.h"
#include "event/limits.h"
#include "outbox/sqlite/internal.h"

#include <string.h>

_Static_assert(JS_FORMAT == 3, "the statement below says so, and JS_KNOWN_ROW()");

/*
 * The counter of a lane, and what its queue, which is an index, holds for us or a newer version in
 * envelopes that are looked at.
 */
JS_SQL(check_lane,
       "SELECT l.waiting = (SELECT count(*) FROM event e INDEXED BY event_ready"
       " WHERE e.lane = l.id AND e.status = 0 AND (e.envelope = 0 OR EXISTS (SELECT 1"
       "  FROM envelope v WHERE v.id = e.envelope AND v.lane = l.id AND v.waiting > 0))"
       " AND (" JS_KNOWN_ROW("e") " OR (SELECT row.format FROM event row WHERE row.id = e.id) > 3))"
                                  " FROM lane l WHERE l.id = ?1");

jirasend_code js_sq_check_idle(js_store *store, int64_t lane, jirasend_error *error) {
    int64_t whole = 0;
    js_query query = js_sq_query(js_sq_of(store), check_lane);
    js_query_int(&query, lane);
    jirasend_code code = js_query_number(&query, 0, &whole, error);
    if (code == JIRASEND_OK && whole != 1) {
        return js_sq_damaged(store, "events have vanished from its queue", error);
    }
    return code;
}

/*
 * The first thing that SQLite finds wrong, without the heading that may stand above it. Names in it
 * are as in the damaged file.
 */
static void note(char found[JS_QUOTE_SIZE], const char *text) {
    const char *heading_end = strncmp(text, "***", 3) == 0 ? strchr(text, '\n') : NULL;
    const char *line = heading_end != NULL ? heading_end + 1 : text;
    js_quote(found, line, strcspn(line, "\n"));
}

static jirasend_code check_with(js_sqlite *self, const char *sql, jirasend_error *error) {
    char found[JS_QUOTE_SIZE] = "";
    js_query query = js_sq_query(self, sql);
    if (js_query_row(&query)) {
        const char *text = (const char *)sqlite3_column_text(query.statement, 0);
        note(found, text == NULL ? "it cannot be checked" : text);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && strcmp(found, "ok") != 0) {
        return js_folder_damaged(&self->folder, found, error);
    }
    return code;
}

static jirasend_code check_counters(js_sqlite *self, const char *sql, jirasend_error *error) {
    int64_t agree = 0;
    js_query query = js_sq_query(self, sql);
    jirasend_code code = js_query_number(&query, 0, &agree, error);
    if (code == JIRASEND_OK && agree != 1) {
        return js_folder_damaged(&self->folder, "its counters are wrong", error);
    }
    return code;
}

JS_SQL(count_pages, "PRAGMA page_count");
JS_SQL(check_all, "PRAGMA integrity_check(1)");
JS_SQL(check_lanes, "PRAGMA integrity_check(lane)");
JS_SQL(compare_lanes,
       "SELECT t.waiting = (SELECT total(waiting) FROM lane) FROM tally t WHERE t.id = 1");
JS_SQL(compare_queue, "SELECT t.waiting = (SELECT count(*) FROM event INDEXED BY event_queued"
                      " WHERE status = 0) FROM tally t WHERE t.id = 1");

/* What cannot be seen row by row: the whole of a small database, the lanes of a large one. */
static jirasend_code check_whole(js_sqlite *self, jirasend_error *error) {
    int64_t pages = 0;
    js_query query = js_sq_query(self, count_pages);
    jirasend_code code = js_query_number(&query, 0, &pages, error);
    bool small = pages <= self->check_pages;
    if (code == JIRASEND_OK) {
        code = check_with(self, small ? check_all : check_lanes, error);
    }
    return code == JIRASEND_OK && small ? check_counters(self, compare_queue, error) : code;
}

jirasend_code js_sq_check_open(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = js_sq_start(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_seal_holds(&self->folder, &self->mark) ? JIRASEND_OK : check_whole(self, error);
    if (code == JIRASEND_OK) {
        code = check_counters(self, compare_lanes, error);
    }
    return js_sq_finish(self, code, error);
}
