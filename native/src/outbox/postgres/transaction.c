/* Transactions: as few round trips as there are statements. */
#include "outbox/postgres/rows.h"

#include "base/crash_point.h"
#include "base/error.h"

static bool send(js_pg *pg, const char *sql) {
    pg->ahead++;
    return PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* What is read belongs together; what is written sees what others have committed meanwhile. */
bool js_pg_send_begin(js_pg *pg) {
    pg->ahead = 0;
    if (pg->work == JS_WORK_READ) {
        return send(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    return send(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") &&
           (!atomic_load(&pg->outbox->weak) || send(pg, "SET LOCAL synchronous_commit = on"));
}

jirasend_code js_pg_begin_work(js_store *store, js_work work, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    (void)error;
    pg->work = work;
    pg->begins = true;
    pg->inside = false;
    pg->committed = false;
    pg->tally_known = false;
    pg->request[0] = '\0';
    pg->changed = work == JS_WORK_WRITE || work == JS_WORK_WRITE_SOFT;
    return JIRASEND_OK;
}

/* Nobody waits for the answer: it is read before the connection is used next. */
static void leave(js_pg *pg, const char *sql) {
    if (!pg->inside || pg->broken) {
        return;
    }
    if (PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1 &&
        PQpipelineSync(pg->conn) == 1 && PQflush(pg->conn) >= 0) {
        pg->unread++;
    } else {
        pg->broken = true;
    }
}

JS_SQL(note_change, "UPDATE @.tally SET changes = changes + 1 WHERE id = 1");

static jirasend_code commit(js_pg *pg, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, note_change);
    js_pg_notes notes;
    js_pg_notes_begin(&notes, pg);
    if (pg->changed) {
        js_pg_queue(&query);
    }
    if (pg->request[0] != '\0') { /* nothing was settled that would have counted it */
        js_pg_note_count(&notes, "requests", pg->request, NULL, 1);
    }
    js_pg_notes_queue(&notes);
    JS_CRASH_POINT("pg.before-commit");
    jirasend_code code = js_pg_flush(pg, true, error);
    JS_CRASH_POINT("pg.after-commit");
    js_pg_notes_end(&notes);
    js_pg_end(&query);
    return code;
}

jirasend_code js_pg_end_work(js_store *store, jirasend_code code, jirasend_error *error) {
    js_pg *pg = js_pg_of(store);
    if (pg->begins) { /* nothing was asked of the server */
        pg->begins = false;
        return code;
    }
    if (pg->work == JS_WORK_READ) {
        leave(pg, "COMMIT");
        pg->inside = false;
        return code;
    }
    if (code == JIRASEND_OK && pg->inside) {
        code = commit(pg, error);
    }
    if (code == JIRASEND_OK) {
        if (pg->changed) {
            (void)atomic_fetch_add(&pg->outbox->version, 1);
        }
    } else {
        leave(pg, "ROLLBACK");
    }
    pg->inside = false;
    return code;
}
