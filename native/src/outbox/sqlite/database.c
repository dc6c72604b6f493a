/* The connection: statements, transactions, and what SQLite's failures mean. */
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

jirasend_code js_sq_damaged(js_store *store, const char *what, jirasend_error *error) {
    return js_folder_damaged(&js_sq_of(store)->folder, what, error);
}

jirasend_code js_sq_exec(js_sqlite *self, const char *sql, jirasend_error *error) {
    int rc = sqlite3_exec(self->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? JIRASEND_OK : js_sq_fail(self, rc, error);
}

/* ---- statements ---- */

/* The slot of a text, by its address: texts are constants of the program. */
static size_t slot_of(const js_sqlite *self, const char *sql) {
    size_t slot = (size_t)((uintptr_t)sql >> 4U) * 31U % JS_SLOTS;
    while (self->slots[slot].sql != NULL && self->slots[slot].sql != sql) {
        slot = (slot + 1) % JS_SLOTS; /* there are far fewer statements than slots */
    }
    return slot;
}

js_query js_sq_query(js_sqlite *self, const char *sql) {
    size_t slot = slot_of(self, sql);
    js_query query = {self, self->slots[slot].statement, SQLITE_OK, 0};
    if (query.statement == NULL) {
        query.rc = sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &query.statement, NULL);
        self->slots[slot].sql = sql;
        self->slots[slot].statement = query.statement;
    }
    return query;
}

void js_sq_finalize(js_sqlite *self) {
    for (size_t i = 0; i < JS_SLOTS; i++) {
        (void)sqlite3_finalize(self->slots[i].statement);
    }
}

void js_query_int(js_query *query, int64_t value) {
    query->bound++;
    if (query->rc == SQLITE_OK) {
        query->rc = sqlite3_bind_int64(query->statement, query->bound, value);
    }
}

void js_query_some(js_query *query, int64_t value) {
    if (value != 0) {
        js_query_int(query, value);
    } else {
        query->bound++; /* what is not bound is NULL */
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

jirasend_code js_query_number(js_query *query, int64_t otherwise, int64_t *value,
                              jirasend_error *error) {
    *value = js_query_row(query) ? sqlite3_column_int64(query->statement, 0) : otherwise;
    return js_query_end(query, error);
}

const char *js_query_read_text(const js_query *query, int column) {
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    return text == NULL ? "" : text;
}

int64_t js_query_read(const js_query *query, int column) {
    return sqlite3_column_int64(query->statement, column);
}
