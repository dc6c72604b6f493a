/* Reading what is left of a damaged outbox. */
#include "outbox/sqlite/salvage.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"
#include "outbox/sqlite/internal.h"
#include "outbox/sqlite/process_lock.h"
#include "outbox/sqlite/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 700, BUSY_MS = 1000 };

/* By the numbers of rows alone: an index may be what is damaged. */
#define NEXT                                                                                       \
    "SELECT min(id), (SELECT max(id) FROM event) FROM (SELECT min(id) AS id FROM document"         \
    " WHERE id > ?1 UNION ALL SELECT min(id) FROM event WHERE id > ?1 AND +open = 1)"
#define TEXT "SELECT text FROM document WHERE id = ?1"
#define LOST                                                                                       \
    "SELECT s.pipeline, s.number FROM event e LEFT JOIN stream s ON s.id = e.stream"               \
    " WHERE e.id = ?1 AND +e.open = 1"
#define NEWEST                                                                                     \
    "SELECT max((SELECT coalesce(max(id), 0) FROM event),"                                         \
    " (SELECT coalesce(max(id), 0) FROM document))"

#define ROW(columns, join)                                                                         \
    "SELECT d.text, d.sum, e.status, e.open, e.sequence, e.gated, e.request_id, e.message,"        \
    " e.format, s.pipeline, s.number, s.environment, l.site, l.kind, " columns " FROM document d"  \
    " JOIN event e ON e.id = d.id JOIN stream s ON s.id = e.stream JOIN lane l ON l.id = "         \
    "e.lane" join " WHERE d.id = ?1"
#define ROW_OF_TODAY                                                                               \
    ROW("e.envelope, e.barrier, e.history, e.scope, e.facts, v.key",                               \
        " LEFT JOIN envelope v ON v.id = e.envelope")
#define ROW_OF_0_1 ROW("0, 0, 0, '', NULL, ''", "")
enum {
    ROW_TEXT,
    ROW_SUM,
    ROW_STATUS,
    ROW_OPEN,
    ROW_SEQUENCE,
    ROW_GATED,
    ROW_REQUEST,
    ROW_MESSAGE,
    ROW_FORMAT,
    ROW_NAME,
    ROW_NUMBER,
    ROW_PART,
    ROW_SITE,
    ROW_KIND,
    ROW_ENVELOPE,
    ROW_BARRIER,
    ROW_HISTORY,
    ROW_SCOPE,
    ROW_FACTS,
    ROW_KEY
};

/* What cannot be reached from either end is looked for number by number, but not for ever. */
#define PROBES_MAX INT64_C(2000000)
/* Missing events that are named one by one; of the others their number is said. */
enum { NAMED_MAX = 1000 };

typedef struct salvager {
    js_sqlite *into;
    sqlite3 *from;
    sqlite3_stmt *next, *row, *text, *lost, *newest;
    int64_t now_ms, last_id;
    int64_t mark;     /* ids up to it were given out */
    int64_t seen;     /* the highest id of which anything was readable */
    int64_t named_to; /* the highest id that was named without knowing what it was */
    js_salvage *out;
    jirasend_error *error;
} salvager;

static jirasend_code nothing_readable(const char *folder, const char *why, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_REFUSED,
                   "Nothing of the outbox in %.200s can be read: %.120s. If there is a backup of "
                   "the folder, try that; else the builds must be sent again.",
                   folder, why);
}

/* Nothing is known of it but that it was there. */
static bool name_missing_one(salvager *on, int64_t id) {
    on->named_to = id > on->named_to ? id : on->named_to;
    return ++on->out->missing > NAMED_MAX || on->out->lost(on->out->context, id, NULL, 0);
}

/*
 * It waited, and its document is gone: at least it is named. So is one where neither table can be read:
 * whether it waited is not known.
 */
static jirasend_code give_up(salvager *on, int64_t id, bool readable) {
    (void)sqlite3_reset(on->lost);
    (void)sqlite3_bind_int64(on->lost, 1, id);
    int rc = sqlite3_step(on->lost);
    bool kept = true;
    if (rc == SQLITE_ROW) {
        kept = on->out->lost(on->out->context, id, (const char *)sqlite3_column_text(on->lost, 0),
                             sqlite3_column_int64(on->lost, 1));
    } else if (rc != SQLITE_DONE && !readable && id <= on->mark) {
        kept = name_missing_one(on, id);
    }
    (void)sqlite3_reset(on->lost);
    return kept ? JIRASEND_OK : js_fail_memory(on->error);
}

/* What is in doubt is handed out, for a person to look at. */
static jirasend_code doubt(salvager *on, int64_t id) {
    (void)sqlite3_reset(on->text);
    (void)sqlite3_bind_int64(on->text, 1, id);
    int rc = sqlite3_step(on->text);
    if (rc != SQLITE_ROW || sqlite3_column_bytes(on->text, 0) <= 0) {
        (void)sqlite3_reset(on->text);
        return give_up(on, id, rc == SQLITE_ROW || rc == SQLITE_DONE);
    }
    bool kept = on->out->unsure(on->out->context, id, sqlite3_column_blob(on->text, 0),
                                (size_t)sqlite3_column_bytes(on->text, 0));
    (void)sqlite3_reset(on->text);
    return kept ? JIRASEND_OK : js_fail_memory(on->error);
}

static const char *text_of(sqlite3_stmt *row, int column) {
    return (const char *)sqlite3_column_text(row, column);
}

/* Whether the row is what was committed once, by its checksum. */
static bool is_whole(const salvager *on, int64_t id, bool *memory) {
    sqlite3_stmt *row = on->row;
    js_row_facts facts = {
        .id = id,
        .number = sqlite3_column_int64(row, ROW_NUMBER),
        .sequence = sqlite3_column_int64(row, ROW_SEQUENCE),
        .envelope = sqlite3_column_int64(row, ROW_ENVELOPE),
        .site = text_of(row, ROW_SITE),
        .pipeline = text_of(row, ROW_NAME),
        .environment = text_of(row, ROW_PART),
        .request_id = text_of(row, ROW_REQUEST),
        .scope = text_of(row, ROW_SCOPE),
        .kind = sqlite3_column_int(row, ROW_KIND),
        .format = sqlite3_column_int(row, ROW_FORMAT),
        .gated = sqlite3_column_int(row, ROW_GATED) != 0,
        .barrier = sqlite3_column_int(row, ROW_BARRIER) != 0,
        .history = sqlite3_column_int(row, ROW_HISTORY) != 0,
    };
    const void *text = sqlite3_column_blob(row, ROW_TEXT);
    int64_t sum = 0;
    *memory =
        text == NULL || js_row_sum(&facts, text, (size_t)sqlite3_column_bytes(row, ROW_TEXT), &sum);
    return text != NULL && *memory && sum == sqlite3_column_int64(row, ROW_SUM);
}

static jirasend_code store(salvager *on, js_event *event) {
    sqlite3_stmt *row = on->row;
    js_again again = {.dead = sqlite3_column_int(row, ROW_STATUS) == JS_STATUS_REJECTED,
                      .message = text_of(row, ROW_MESSAGE)};
    js_put put = {.event = event,
                  .document = sqlite3_column_blob(row, ROW_TEXT),
                  .length = (size_t)sqlite3_column_bytes(row, ROW_TEXT),
                  .envelope = text_of(row, ROW_KEY),
                  .barrier = sqlite3_column_int(row, ROW_BARRIER) != 0,
                  .history = sqlite3_column_int(row, ROW_HISTORY) != 0,
                  /* As it had there: Jira may have a newer update by now. */
                  .sequence = sqlite3_column_int64(row, ROW_SEQUENCE),
                  .scope = text_of(row, ROW_SCOPE),
                  .facts = text_of(row, ROW_FACTS)};
    jirasend_code code =
        js_sq_put_again(on->into, &put, &again, on->now_ms, &on->last_id, on->error);
    if (code == JIRASEND_OK) {
        *(again.known ? &on->out->known : again.dead ? &on->out->dead : &on->out->waiting) += 1;
    }
    return code;
}

static jirasend_code take_row(salvager *on, int64_t id) {
    (void)sqlite3_reset(on->row);
    (void)sqlite3_bind_int64(on->row, 1, id);
    int rc = sqlite3_step(on->row);
    bool memory = true;
    on->seen = rc == SQLITE_ROW && id > on->seen ? id : on->seen;
    int status = rc == SQLITE_ROW ? sqlite3_column_int(on->row, ROW_STATUS) : -1;
    bool open = rc == SQLITE_ROW && sqlite3_column_int(on->row, ROW_OPEN) != 0;
    bool whole = open && (status == JS_STATUS_QUEUED || status == JS_STATUS_REJECTED) &&
                 is_whole(on, id, &memory);
    jirasend_code code = memory ? JIRASEND_OK : js_fail_memory(on->error);
    js_event event;
    jirasend_error words = JIRASEND_ERROR_INIT;
    js_event_init(&event);
    if (whole && js_document_read_stored(&event, sqlite3_column_blob(on->row, ROW_TEXT),
                                         (size_t)sqlite3_column_bytes(on->row, ROW_TEXT),
                                         &words) == JIRASEND_OK) {
        code = store(on, &event);
    } else if (code == JIRASEND_OK) {
        code = words.code == JIRASEND_E_MEMORY ? js_fail_memory(on->error) : doubt(on, id);
    }
    js_event_clear(&event);
    (void)sqlite3_reset(on->row);
    return code;
}

/* The next document after one, and the last of all. False: what leads there is damaged. */
static bool find_next(salvager *on, int64_t after, int64_t *id, int64_t *last) {
    (void)sqlite3_reset(on->next);
    (void)sqlite3_bind_int64(on->next, 1, after);
    bool found = sqlite3_step(on->next) == SQLITE_ROW;
    *id = found ? sqlite3_column_int64(on->next, 0) : 0;
    *last = found ? sqlite3_column_int64(on->next, 1) : *last;
    (void)sqlite3_reset(on->next);
    return found && (*id == 0 || *id > after); /* in a tree out of order we would go in circles */
}

static jirasend_code take_all(salvager *on) {
    int64_t last = on->mark;
    int64_t probes = 0;
    jirasend_code code = JIRASEND_OK;
    for (int64_t id = 0; code == JIRASEND_OK;) {
        int64_t next = 0;
        bool led = find_next(on, id, &next, &last);
        if (led && next == 0) {
            break; /* there are no more */
        }
        if (!led && (id >= last + 1000 || ++probes > PROBES_MAX)) {
            break;
        }
        id = led ? next : id + 1;
        code = take_row(on, id);
    }
    return code;
}

/*
 * Events up to the mark were promised to somebody. Those above all that can be read are gone without
 * a trace: of them nothing is known but that they were there.
 */
static jirasend_code name_missing(salvager *on) {
    int64_t newest = on->seen > on->named_to ? on->seen : on->named_to;
    if (sqlite3_step(on->newest) == SQLITE_ROW && sqlite3_column_int64(on->newest, 0) > newest) {
        newest = sqlite3_column_int64(on->newest, 0);
    }
    (void)sqlite3_reset(on->newest);
    for (int64_t id = newest + 1; id <= on->mark && on->out->missing < NAMED_MAX; id++) {
        newest = id;
        if (!name_missing_one(on, id)) {
            return js_fail_memory(on->error);
        }
    }
    on->out->missing += on->mark > newest ? on->mark - newest : 0;
    return JIRASEND_OK;
}

static bool prepare_one(salvager *on, const char *sql, sqlite3_stmt **statement) {
    return sqlite3_prepare_v2(on->from, sql, -1, statement, NULL) == SQLITE_OK;
}

static bool prepare(salvager *on) {
    return prepare_one(on, NEXT, &on->next) && prepare_one(on, TEXT, &on->text) &&
           prepare_one(on, LOST, &on->lost) && prepare_one(on, NEWEST, &on->newest) &&
           (prepare_one(on, ROW_OF_TODAY, &on->row) || prepare_one(on, ROW_OF_0_1, &on->row));
}

static void finish(salvager *on) {
    (void)sqlite3_finalize(on->next);
    (void)sqlite3_finalize(on->row);
    (void)sqlite3_finalize(on->text);
    (void)sqlite3_finalize(on->lost);
    (void)sqlite3_finalize(on->newest);
    (void)sqlite3_close(on->from);
}

/* From the copy in `copy` into the outbox, in one transaction. */
static jirasend_code move_over(salvager *on, const char *copy, const char *damaged) {
    char path[PATH];
    (void)snprintf(path, sizeof path, "%.600s/" JS_DATABASE_NAME, copy);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int rc = sqlite3_open_v2(path, &on->from, flags, NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_busy_timeout(on->from, BUSY_MS);
        /* So that a damaged description of one table does not hide the others. */
        (void)sqlite3_exec(on->from, "PRAGMA writable_schema=ON; PRAGMA mmap_size=0;", NULL, NULL,
                           NULL);
    }
    if (rc != SQLITE_OK || !prepare(on)) {
        jirasend_code code = nothing_readable(
            damaged, on->from == NULL ? "no memory" : sqlite3_errmsg(on->from), on->error);
        finish(on);
        return code;
    }
    jirasend_code code = js_sq_start(on->into, JS_WORK_WRITE, on->error);
    if (code == JIRASEND_OK) {
        code = take_all(on);
        code = code == JIRASEND_OK ? name_missing(on) : code;
        code = js_sq_finish(on->into, code, on->error);
    }
    if (code == JIRASEND_OK && on->last_id > 0) {
        js_mark_write(&on->into->mark, on->last_id);
    }
    finish(on);
    return code;
}

/* Made as an outbox is: the pages of a log have their places in it. */
jirasend_code js_salvage_empty(const char *path, jirasend_error *error) {
    sqlite3 *made = NULL;
    int rc = sqlite3_open_v2(path, &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(made, js_sq_tables.all_steps, NULL, NULL, NULL);
    }
    (void)sqlite3_close(made);
    return rc == SQLITE_OK ? JIRASEND_OK
                           : js_fail(error, JIRASEND_E_STORAGE, "%.300s cannot be written: %s.",
                                     path, sqlite3_errstr(rc));
}

static void remove_copy(const char *copy) {
    static const char *const names[] = {JS_DATABASE_NAME, JS_DATABASE_NAME "-journal",
                                        JS_DATABASE_NAME "-wal", JS_DATABASE_NAME "-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH];
        (void)snprintf(path, sizeof path, "%.600s/%s", copy, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(copy);
}

/* Absolute, without links; null with an error: it is not there, ours, or in use. */
static char *check_damaged(const js_sqlite *into, const char *damaged, jirasend_error *error) {
    char *path = realpath(damaged, NULL);
    if (path == NULL) {
        (void)(errno == ENOMEM
                   ? js_fail_memory(error)
                   : js_fail(error, JIRASEND_E_NOT_FOUND, "There is no outbox in %.300s: %s.",
                             damaged, strerror(errno)));
        return NULL;
    }
    bool own = into->folder.path == NULL || strcmp(path, into->folder.path) == 0;
    if (own) {
        (void)js_fail(error, JIRASEND_E_REFUSED,
                      "%.200s is the outbox to salvage into. Name the damaged folder, and "
                      "another, new one to salvage into.",
                      path);
    } else if (js_presence_elsewhere(path)) {
        (void)js_fail(error, JIRASEND_E_REFUSED,
                      "The outbox in %.200s is in use by another process. End that first: what it "
                      "still sends would be sent twice.",
                      path);
        own = true;
    }
    if (own) {
        free(path);
        return NULL;
    }
    return path;
}

jirasend_code js_sqlite_salvage(js_outbox *outbox, const char *damaged, int64_t now_ms,
                                js_salvage *salvage, jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error *words = error != NULL ? error : &own;
    js_sqlite *self = js_sq_enter(outbox, words);
    char *from = check_damaged(self, damaged, words);
    if (from == NULL) {
        return js_sq_leave(self, words->code);
    }
    char copy[PATH];
    (void)snprintf(copy, sizeof copy, "%.600s/salvage-XXXXXX", self->folder.path);
    jirasend_code code = JIRASEND_OK;
    if (mkdtemp(copy) == NULL) {
        code =
            js_fail(words, JIRASEND_E_STORAGE, "%.300s cannot be made: %s.", copy, strerror(errno));
    } else {
        salvager on = {.into = self,
                       .now_ms = now_ms,
                       .mark = js_mark_peek(from),
                       .out = salvage,
                       .error = words};
        code = js_salvage_copy(from, copy, words);
        if (code == JIRASEND_OK) {
            code = move_over(&on, copy, from);
        }
        remove_copy(copy);
    }
    free(from);
    return js_sq_leave(self, code);
}
