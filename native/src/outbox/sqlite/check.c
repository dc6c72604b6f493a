/*
 * Damage that SQLite does not notice by itself. A flipped bit in an index makes an event vanish
 * from the queue, one in a counter makes a whole lane look empty: nothing fails, and nothing is
 * sent. A small database is checked as a whole when it is opened, which takes some milliseconds;
 * a large one by its lanes and counters, and each lane again whenever it seems to be empty.
 */
#include "event/limits.h"
#include "outbox/sqlite/internal.h"

#include <string.h>

/* One number of one row; `otherwise` when there is none. */
static jirasend_code number_of(js_query *query, int64_t otherwise, int64_t *value,
                               jirasend_error *error) {
    *value = js_query_row(query) ? sqlite3_column_int64(query->statement, 0) : otherwise;
    return js_query_end(query, error);
}

jirasend_code js_sq_check_lane(js_sqlite *self, int64_t lane, jirasend_error *error) {
    int64_t whole = 0;
    js_query query = js_sq_query(self, JS_SQL_LANE_CHECK);
    js_query_int(&query, lane);
    jirasend_code code = number_of(&query, 0, &whole, error);
    if (code == JIRASEND_OK && whole != 1) {
        return js_folder_damaged(&self->folder, "events have vanished from its queue", error);
    }
    return code;
}

jirasend_code js_sq_check_another(js_sqlite *self, int64_t id, int64_t *last,
                                  jirasend_error *error) {
    if (id == *last) {
        return js_folder_damaged(&self->folder, "what was changed is found again", error);
    }
    *last = id;
    return JIRASEND_OK;
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

static jirasend_code check_with(js_sqlite *self, js_sql sql, jirasend_error *error) {
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

static jirasend_code check_counters(js_sqlite *self, js_sql sql, jirasend_error *error) {
    int64_t agree = 0;
    js_query query = js_sq_query(self, sql);
    jirasend_code code = number_of(&query, 0, &agree, error);
    if (code == JIRASEND_OK && agree != 1) {
        return js_folder_damaged(&self->folder, "its counters are wrong", error);
    }
    return code;
}

static jirasend_code check(js_sqlite *self, jirasend_error *error) {
    int64_t pages = 0;
    js_query query = js_sq_query(self, JS_SQL_PAGES);
    jirasend_code code = number_of(&query, 0, &pages, error);
    if (code == JIRASEND_OK) {
        code = check_with(self, pages > self->check_pages ? JS_SQL_CHECK_LANES : JS_SQL_CHECK_ALL,
                          error);
    }
    if (code == JIRASEND_OK) {
        code = check_counters(self, JS_SQL_COUNTERS_CHECK, error);
    }
    if (code != JIRASEND_OK || pages > self->check_pages) {
        return code;
    }
    return check_counters(self, JS_SQL_QUEUE_CHECK, error);
}

jirasend_code js_sq_check_open(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = js_sq_begin(self, JS_READ, error);
    return code == JIRASEND_OK ? js_sq_end(self, check(self, error), error) : code;
}
