#include "outbox/sqlite/internal.h"

#include "base/error.h"

#include <string.h>

/* What the system said, when SQLite knows. */
static const char *reason(js_sqlite *self, int rc) {
    int number = self->db == NULL ? 0 : sqlite3_system_errno(self->db);
    bool from_system = (rc & 0xFF) == SQLITE_IOERR || (rc & 0xFF) == SQLITE_CANTOPEN;
    return number != 0 && from_system ? strerror(number) : sqlite3_errstr(rc);
}

static jirasend_code fail_storage(js_sqlite *self, int rc, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_STORAGE,
                   "The outbox in %.200s cannot be read or written: %s. Check the disk, its free "
                   "space and the permissions.",
                   self->folder.path == NULL ? "memory" : self->folder.path, reason(self, rc));
}

jirasend_code js_sq_fail(js_sqlite *self, int rc, jirasend_error *error) {
    if (rc == SQLITE_IOERR_NOMEM) {
        return js_fail_memory(error);
    }
    if (rc == SQLITE_IOERR_CORRUPTFS) {
        return js_folder_damaged(&self->folder, "its file system is", error);
    }
    const char *words = self->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(self->db);
    switch (rc & 0xFF) {
    case SQLITE_NOMEM:
        return js_fail_memory(error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The outbox in %.200s has been busy for too long: another process is "
                       "writing to it and does not end. Try again, or end that process.",
                       self->folder.path == NULL ? "memory" : self->folder.path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT: /* what we write fits what is there, unless that was changed */
    case SQLITE_MISMATCH:
        return js_folder_damaged(&self->folder, words, error);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOLFS:
    case SQLITE_TOOBIG:
        return fail_storage(self, rc, error);
    case SQLITE_ERROR:
        /* Our statements never change: the tables are not ours, or their description is damaged. */
        if (strncmp(words, "no such ", 8) == 0 || strncmp(words, "table ", 6) == 0 ||
            strcmp(words, "unsupported file format") == 0) {
            return js_folder_damaged(&self->folder, words, error);
        }
        break;
    default:
        break;
    }
    return js_fail(error, JIRASEND_E_INTERNAL, "The outbox failed: %s (%d). This is a bug.", words,
                   rc);
}

jirasend_code js_sq_exec(js_sqlite *self, const char *sql, jirasend_error *error) {
    int rc = sqlite3_exec(self->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? JIRASEND_OK : js_sq_fail(self, rc, error);
}

js_query js_sq_query(js_sqlite *self, js_sql sql) {
    js_query query = {self, self->statements[sql], SQLITE_OK, 0};
    if (query.statement == NULL) {
        query.rc = sqlite3_prepare_v3(self->db, js_sql_text(sql), -1, SQLITE_PREPARE_PERSISTENT,
                                      &self->statements[sql], NULL);
        query.statement = self->statements[sql];
    }
    return query;
}

void js_query_int(js_query *query, int64_t value) {
    query->bound++;
    if (query->rc == SQLITE_OK) {
        query->rc = sqlite3_bind_int64(query->statement, query->bound, value);
    }
}

void js_query_text(js_query *query, const char *text) {
    query->bound++;
    if (query->rc == SQLITE_OK) {
        query->rc = sqlite3_bind_text(query->statement, query->bound, text, -1, SQLITE_STATIC);
    }
}

void js_query_blob(js_query *query, const void *bytes, size_t length) {
    query->bound++;
    if (query->rc == SQLITE_OK) {
        query->rc =
            sqlite3_bind_blob64(query->statement, query->bound, bytes, length, SQLITE_STATIC);
    }
}

bool js_query_row(js_query *query) {
    if (query->rc != SQLITE_OK) {
        return false;
    }
    int rc = sqlite3_step(query->statement);
    if (rc == SQLITE_ROW) {
        return true;
    }
    query->rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    return false;
}

jirasend_code js_query_end(js_query *query, jirasend_error *error) {
    /* The sentence first: resetting forgets what went wrong. */
    jirasend_code code =
        query->rc == SQLITE_OK ? JIRASEND_OK : js_sq_fail(query->outbox, query->rc, error);
    if (query->statement != NULL) {
        (void)sqlite3_reset(query->statement);
        (void)sqlite3_clear_bindings(query->statement);
    }
    return code;
}

jirasend_code js_query_run(js_query *query, jirasend_error *error) {
    while (js_query_row(query)) {
        /* A statement with RETURNING has a row before its end. */
    }
    return js_query_end(query, error);
}

static jirasend_code run(js_sqlite *self, js_sql sql, jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    return js_query_run(&query, error);
}

/* With a write-ahead log a commit without sync is whole or not there; only power can undo it. */
static jirasend_code set_soft(js_sqlite *self, bool soft, jirasend_error *error) {
    if (!self->wal || self->soft == soft) {
        return JIRASEND_OK;
    }
    jirasend_code code =
        js_sq_exec(self, soft ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", error);
    if (code == JIRASEND_OK) {
        self->soft = soft;
    }
    return code;
}

static jirasend_code read_tally(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_TALLY_GET);
    bool found = js_query_row(&query);
    if (found) {
        sqlite3_stmt *row = query.statement;
        self->tally = (js_tally){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
                                 sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                                 sqlite3_column_int64(row, 4)};
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !found) {
        return js_folder_damaged(&self->folder, "its counters are gone", error);
    }
    self->tally_changed = false;
    return code;
}

static jirasend_code write_tally(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_TALLY_SET);
    js_query_int(&query, self->tally.waiting);
    js_query_int(&query, self->tally.bytes);
    js_query_int(&query, self->tally.dead);
    js_query_int(&query, self->tally.removed_dead);
    js_query_int(&query, self->tally.settled_no);
    return js_query_run(&query, error);
}

/*
 * The way back is made ready before the way in: when memory runs short inside a transaction, it
 * would stay open for ever. One that could not be ended then is ended now.
 */
static jirasend_code prepare_rollback(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_ROLLBACK);
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK) {
        js_sq_rollback(self);
    }
    return code;
}

static jirasend_code begin_now(js_sqlite *self, js_transaction kind, jirasend_error *error) {
    jirasend_code code = prepare_rollback(self, error);
    if (code == JIRASEND_OK && kind != JS_READ) {
        code = js_folder_still_there(&self->folder, self->inode, error);
    }
    if (code == JIRASEND_OK && kind != JS_READ) {
        code = set_soft(self, kind != JS_WRITE, error);
    }
    if (code == JIRASEND_OK) {
        code = run(self, kind == JS_READ ? JS_SQL_BEGIN_READ : JS_SQL_BEGIN_WRITE, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    self->transaction = kind;
    if (kind == JS_READ) {
        return JIRASEND_OK;
    }
    code = read_tally(self, error);
    if (code != JIRASEND_OK) {
        js_sq_rollback(self);
    }
    return code;
}

/*
 * While another process is writing, nobody in this one waits with us who only wants to read: nothing
 * has begun, so the mutex is free between two looks.
 */
jirasend_code js_sq_begin(js_sqlite *self, js_transaction kind, jirasend_error *error) {
    if (kind == JS_READ) {
        return begin_now(self, kind, error);
    }
    int64_t since_ms = js_sq_mono_ms();
    for (int looks = 0;; looks++) {
        self->looks_once = true;
        self->was_busy = false;
        jirasend_code code = begin_now(self, kind, error);
        self->looks_once = false;
        if (code == JIRASEND_OK || !self->was_busy || !js_sq_may_wait(self, since_ms)) {
            return code;
        }
        (void)pthread_mutex_unlock(&self->mutex);
        js_sq_pause(looks);
        (void)pthread_mutex_lock(&self->mutex);
    }
}

jirasend_code js_sq_commit(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    if (self->transaction != JS_READ && self->tally_changed) {
        code = write_tally(self, error);
    }
    if (code == JIRASEND_OK) {
        code = run(self, JS_SQL_COMMIT, error);
    }
    if (code != JIRASEND_OK) {
        js_sq_rollback(self);
    } else if (self->transaction != JS_READ && self->transaction != JS_WRITE_QUIET) {
        (void)atomic_fetch_add(&self->version, 1);
    }
    return code;
}

void js_sq_rollback(js_sqlite *self) {
    /* Some failures have already ended the transaction. */
    if (sqlite3_get_autocommit(self->db) == 0) {
        (void)run(self, JS_SQL_ROLLBACK, NULL);
    }
}

jirasend_code js_sq_end(js_sqlite *self, jirasend_code code, jirasend_error *error) {
    if (code == JIRASEND_OK) {
        return js_sq_commit(self, error);
    }
    js_sq_rollback(self);
    return code;
}
