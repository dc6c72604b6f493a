/* Making the tables, bringing them up to date, and who may use them. */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "outbox/sqlite/tables.h"

#include <jirasend/version.h>
#include <stdio.h>
#include <string.h>

JS_SQL(get_meta, "SELECT value FROM meta WHERE name = ?1");
JS_SQL(set_meta, "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                 " ON CONFLICT (name) DO UPDATE SET value = excluded.value");

static jirasend_code meta_int(js_sqlite *self, const char *name, int64_t *value,
                              jirasend_error *error) {
    js_query query = js_sq_query(self, get_meta);
    js_query_text(&query, name);
    jirasend_code code = js_query_number(&query, 0, value, error);
    if (code == JIRASEND_OK && *value <= 0) {
        return js_folder_damaged(&self->folder, "its version is gone", error);
    }
    return code;
}

static jirasend_code meta_text(js_sqlite *self, const char *name, char *out, size_t size,
                               jirasend_error *error) {
    js_query query = js_sq_query(self, get_meta);
    js_query_text(&query, name);
    const char *text =
        js_query_row(&query) ? (const char *)sqlite3_column_text(query.statement, 0) : NULL;
    (void)snprintf(out, size, "%s", text == NULL ? "unknown" : text);
    return js_query_end(&query, error);
}

static jirasend_code set_int(js_sqlite *self, const char *name, int64_t value,
                             jirasend_error *error) {
    js_query query = js_sq_query(self, set_meta);
    js_query_text(&query, name);
    js_query_int(&query, value);
    return js_query_run(&query, error);
}

static jirasend_code set_text(js_sqlite *self, const char *name, const char *value,
                              jirasend_error *error) {
    js_query query = js_sq_query(self, set_meta);
    js_query_text(&query, name);
    js_query_text(&query, value);
    return js_query_run(&query, error);
}

static jirasend_code set_key(js_sqlite *self, const js_world *world, jirasend_error *error) {
    unsigned char key[JS_KEY_SIZE];
    world->random(world->self, key, sizeof key);
    js_query query = js_sq_query(self, set_meta);
    js_query_text(&query, "key");
    js_query_blob(&query, key, sizeof key);
    return js_query_run(&query, error);
}

static jirasend_code read_key(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, get_meta);
    js_query_text(&query, "key");
    bool found = js_query_row(&query) && sqlite3_column_bytes(query.statement, 0) == JS_KEY_SIZE;
    if (found) {
        memcpy(self->key, sqlite3_column_blob(query.statement, 0), JS_KEY_SIZE);
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !found) {
        return js_folder_damaged(&self->folder, "its key is gone", error);
    }
    return code;
}

/* Whether there is anything in the database. */
static jirasend_code is_empty(js_sqlite *self, bool *empty, jirasend_error *error) {
    sqlite3_stmt *statement = NULL;
    int rc =
        sqlite3_prepare_v2(self->db, "SELECT 1 FROM sqlite_master LIMIT 1", -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    *empty = rc == SQLITE_DONE;
    jirasend_code code =
        rc == SQLITE_DONE || rc == SQLITE_ROW ? JIRASEND_OK : js_sq_fail(self, rc, error);
    (void)sqlite3_finalize(statement);
    return code;
}

/* The steps from one version to ours. Inside a transaction. */
static jirasend_code take_steps(js_sqlite *self, int64_t from, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (int64_t at = from; at < js_sq_tables.version && code == JIRASEND_OK;) {
        bool all = at == 0;
        code = js_sq_exec(self, all ? js_sq_tables.all_steps : js_sq_tables.steps[at], error);
        at = all ? js_sq_tables.version : at + 1;
        JS_CRASH_POINT("schema.step");
    }
    if (code == JIRASEND_OK) {
        code = set_int(self, "schema", js_sq_tables.version, error);
    }
    if (code == JIRASEND_OK) {
        code = set_int(self, "readable_from", js_sq_tables.readable_from, error);
    }
    if (code == JIRASEND_OK) {
        code = set_text(self, "readable_from_release", js_sq_tables.readable_from_release, error);
    }
    if (code == JIRASEND_OK) {
        code = set_text(self, "written_by", JIRASEND_VERSION, error);
    }
    return code;
}

/* Creates or brings up to date. Looks again inside the transaction: others may do the same now. */
static jirasend_code upgrade(js_sqlite *self, const js_world *world, jirasend_error *error) {
    jirasend_code code = js_sq_exec(self, "BEGIN IMMEDIATE", error);
    if (code != JIRASEND_OK) {
        return code;
    }
    bool empty = false;
    int64_t from = 0;
    code = is_empty(self, &empty, error);
    if (code == JIRASEND_OK && !empty) {
        code = meta_int(self, "schema", &from, error);
    }
    if (code == JIRASEND_OK && from < js_sq_tables.version) {
        code = take_steps(self, from, error);
        if (code == JIRASEND_OK && from == 0) {
            code = set_key(self, world, error);
        }
    }
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("schema.before-commit");
        code = js_sq_exec(self, "COMMIT", error);
        JS_CRASH_POINT("schema.after-commit");
    }
    if (code != JIRASEND_OK) {
        js_sq_rollback(self);
    }
    return code;
}

/* A program that writes something we would misread says so in `readable_from`. */
static jirasend_code check_version(js_sqlite *self, int64_t *schema, jirasend_error *error) {
    int64_t readable_from = 0;
    jirasend_code code = meta_int(self, "schema", schema, error);
    if (code == JIRASEND_OK) {
        code = meta_int(self, "readable_from", &readable_from, error);
    }
    if (code != JIRASEND_OK || readable_from <= js_sq_tables.version) {
        return code;
    }
    char writer[40];
    char needed[40];
    code = meta_text(self, "written_by", writer, sizeof writer, error);
    if (code == JIRASEND_OK) {
        code = meta_text(self, "readable_from_release", needed, sizeof needed, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    return js_fail(error, JIRASEND_E_REFUSED,
                   "The outbox in %.200s was written by the newer jirasend %s. Use at least "
                   "jirasend %s with it (this is %s), or another folder.",
                   self->folder.path, writer, needed, JIRASEND_VERSION);
}

JS_SQL(last_id_given, "SELECT seq FROM sqlite_sequence WHERE name = 'event'");
JS_SQL(last_row, "SELECT id FROM event ORDER BY id DESC LIMIT 1");

static jirasend_code one_number(js_sqlite *self, const char *sql, int64_t *value,
                                jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    return js_query_number(&query, 0, value, error);
}

/*
 * What was committed must still be there: see outbox/mark.h. The two numbers are of one moment, as
 * other processes may commit meanwhile.
 */
static jirasend_code check_last_id(js_sqlite *self, jirasend_error *error) {
    int64_t last_id = 0;
    int64_t newest = 0;
    jirasend_code code = js_sq_start(self, JS_WORK_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = one_number(self, last_id_given, &last_id, error);
    if (code == JIRASEND_OK) {
        code = one_number(self, last_row, &newest, error);
    }
    code = js_sq_finish(self, code, error);
    if (code == JIRASEND_OK && (last_id < self->mark.id || newest > last_id)) {
        return js_folder_damaged(&self->folder, "events that were committed to it are gone", error);
    }
    return code;
}

static jirasend_code check_damage(js_sqlite *self, bool empty, jirasend_error *error) {
    if (empty) {
        return self->mark.id > 0 ? js_folder_damaged(&self->folder, "its database is empty", error)
                                 : JIRASEND_OK;
    }
    jirasend_code code = check_last_id(self, error);
    return code == JIRASEND_OK ? js_sq_check_open(self, error) : code;
}

jirasend_code js_sq_schema_open(js_sqlite *self, const js_world *world, jirasend_error *error) {
    bool empty = false;
    int64_t schema = 0;
    jirasend_code code = is_empty(self, &empty, error);
    if (code == JIRASEND_OK && !empty) {
        code = check_version(self, &schema, error);
    }
    if (code == JIRASEND_OK) {
        code = check_damage(self, empty, error);
    }
    if (code == JIRASEND_OK && schema < js_sq_tables.version) {
        code = upgrade(self, world, error);
    }
    if (code == JIRASEND_OK) {
        code = read_key(self, error);
    }
    return code;
}
