/* Whether the tables are there, and making them. */
#include "outbox/postgres/schema.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "outbox/postgres/tables.h"

#include <inttypes.h>
#include <jirasend/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- looking ---- */

JS_SQL(read_meta, "SELECT name, value FROM @.meta");
enum { META_NAME, META_VALUE };

static void note(js_pg_meta *meta, const char *name, const char *value) {
    if (strcmp(name, "schema") == 0) {
        meta->version = strtoll(value, NULL, 10);
    } else if (strcmp(name, "readable_from") == 0) {
        meta->readable_from = strtoll(value, NULL, 10);
    } else if (strcmp(name, "readable_from_release") == 0) {
        (void)snprintf(meta->readable_from_release, sizeof meta->readable_from_release, "%.39s",
                       value);
    } else if (strcmp(name, "written_by") == 0) {
        (void)snprintf(meta->written_by, sizeof meta->written_by, "%.39s", value);
    } else if (strcmp(name, "key") == 0) {
        (void)snprintf(meta->key, sizeof meta->key, "%.64s", value);
    }
}

jirasend_code js_pg_meta_read(js_pg *pg, js_pg_meta *meta, jirasend_error *error) {
    *meta = (js_pg_meta){.version = 0};
    js_pg_query query = js_pg_begin(pg, read_meta);
    jirasend_code code = js_pg_exec(&query, error);
    while (code == JIRASEND_OK && js_pg_row(&query)) {
        note(meta, js_pg_read_text(&query, META_NAME), js_pg_read_text(&query, META_VALUE));
    }
    js_pg_end(&query);
    return code;
}

static bool read_key(const char *hex, unsigned char key[JS_PG_KEY_SIZE]) {
    for (size_t i = 0; i < JS_PG_KEY_SIZE; i++) {
        int high = js_hex_digit(hex[2 * i]);
        int low = high < 0 ? -1 : js_hex_digit(hex[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        key[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static jirasend_code check_version(const js_postgres *self, const js_pg_meta *meta,
                                   jirasend_error *error) {
    if (meta->readable_from > js_pg_tables.version) {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The tables of the outbox in schema %s were made by the newer jirasend %s. "
                       "Use at least jirasend %s with them (this is %s).",
                       self->address.schema, meta->written_by, meta->readable_from_release,
                       JIRASEND_VERSION);
    }
    if (meta->version < js_pg_tables.version) {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The tables of the outbox in schema %s are of jirasend %s and older than "
                       "this program: migrate the outbox first.",
                       self->address.schema, meta->written_by);
    }
    return JIRASEND_OK;
}

jirasend_code js_pg_schema_open(js_pg *pg, jirasend_error *error) {
    js_pg_meta meta;
    jirasend_code code = js_pg_meta_read(pg, &meta, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = check_version(pg->outbox, &meta, error);
    if (code == JIRASEND_OK && !read_key(meta.key, pg->outbox->key)) {
        code = js_pg_fail_damaged(&pg->store, "its key is gone", error);
    }
    return code;
}

/* ---- making ---- */

JS_SQL(put_meta, "INSERT INTO @.meta (name, value) VALUES ($1, $2)"
                 " ON CONFLICT (name) DO UPDATE SET value = excluded.value");

static jirasend_code set(js_pg *pg, const char *name, const char *value, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, put_meta);
    js_pg_text(&query, name);
    js_pg_text(&query, value);
    return js_pg_run(&query, error);
}

static jirasend_code set_int(js_pg *pg, const char *name, int64_t value, jirasend_error *error) {
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    return set(pg, name, text, error);
}

static jirasend_code set_key(js_pg *pg, jirasend_error *error) {
    unsigned char key[JS_PG_KEY_SIZE];
    char hex[2 * JS_PG_KEY_SIZE + 1];
    const js_world *world = &pg->outbox->own_world;
    world->random(world->self, key, sizeof key);
    js_hex(key, sizeof key, hex);
    return set(pg, "key", hex, error);
}

JS_SQL(is_there, "SELECT to_regnamespace('@') IS NOT NULL, to_regclass('@.meta') IS NOT NULL");
JS_SQL(make_schema, "CREATE SCHEMA @");

static jirasend_code take_steps(js_pg *pg, int64_t from, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (int64_t step = from; step < js_pg_tables.version && code == JIRASEND_OK; step++) {
        for (const char *const *sql = js_pg_tables.steps[step]; *sql != NULL; sql++) {
            code = js_pg_simple(pg, *sql, error);
            if (code != JIRASEND_OK) {
                return code;
            }
        }
    }
    code = code == JIRASEND_OK ? set_int(pg, "schema", js_pg_tables.version, error) : code;
    if (code == JIRASEND_OK) {
        code = set_int(pg, "readable_from", js_pg_tables.readable_from, error);
    }
    if (code == JIRASEND_OK) {
        code = set(pg, "readable_from_release", js_pg_tables.readable_from_release, error);
    }
    code = code == JIRASEND_OK ? set(pg, "written_by", JIRASEND_VERSION, error) : code;
    return code == JIRASEND_OK && from == 0 ? set_key(pg, error) : code;
}

/* *from: the version that was there; 0: nothing. */
static jirasend_code upgrade(js_pg *pg, int64_t *from, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, is_there);
    jirasend_code code = js_pg_exec(&query, error);
    bool schema = false;
    bool tables = false;
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        schema = js_pg_read_bool(&query, 0);
        tables = js_pg_read_bool(&query, 1);
    }
    js_pg_end(&query);
    js_pg_meta meta = {.version = 0};
    if (code == JIRASEND_OK && tables) {
        code = js_pg_meta_read(pg, &meta, error);
    }
    *from = meta.version;
    if (code == JIRASEND_OK && meta.readable_from > js_pg_tables.version) {
        return check_version(pg->outbox, &meta, error);
    }
    if (code == JIRASEND_OK && !schema) {
        code = js_pg_simple(pg, make_schema, error);
    }
    return code == JIRASEND_OK && *from < js_pg_tables.version ? take_steps(pg, *from, error)
                                                               : code;
}

JS_SQL(grant_schema, "GRANT USAGE ON SCHEMA @ TO %s");
JS_SQL(grant_meta, "GRANT SELECT ON @.meta TO %s");
JS_SQL(grant_rows,
       "GRANT SELECT, INSERT, UPDATE, DELETE ON @.tally, @.counter, @.lane, @.envelope,"
       " @.repository, @.stream, @.request, @.waiting, @.dead, @.receipt, @.event_key, @.told,"
       " @.bookmark, @.metric TO %s");
JS_SQL(grant_ids, "GRANT USAGE, SELECT ON SEQUENCE @.event_id TO %s");

/* As an identifier without @, since that is the schema's placeholder in a statement. */
static char *quote(const char *role) {
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "U&\"");
    for (; *role != '\0'; role++) {
        if (*role == '@') {
            js_buf_add_text(&out, "\\0040");
        } else {
            js_buf_add(&out, role, 1);
            if (*role == '"' || *role == '\\') {
                js_buf_add(&out, role, 1);
            }
        }
    }
    js_buf_add_text(&out, "\"");
    return js_buf_take(&out);
}

/* Nothing more than a runtime needs: a test holds that against what it does. */
static jirasend_code grant(js_pg *pg, const char *role, jirasend_error *error) {
    static const char *const grants[] = {grant_schema, grant_meta, grant_rows, grant_ids};
    char *quoted = quote(role);
    jirasend_code code = quoted == NULL ? js_fail_memory(error) : JIRASEND_OK;
    for (size_t i = 0; i < sizeof grants / sizeof grants[0] && code == JIRASEND_OK; i++) {
        char sql[1000];
        const char *place = strstr(grants[i], "%s");
        (void)snprintf(sql, sizeof sql, "%.*s%.600s", (int)(place - grants[i]), grants[i], quoted);
        code = js_pg_simple(pg, sql, error);
    }
    free(quoted);
    return code;
}

static jirasend_code make(js_pg *pg, const char *role, int64_t *from, jirasend_error *error) {
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE_QUIET, error);
    code = code == JIRASEND_OK ? upgrade(pg, from, error) : code;
    code = code == JIRASEND_OK && role != NULL ? grant(pg, role, error) : code;
    return js_pg_end_work(&pg->store, code, error);
}

/* ---- the server ---- */

JS_SQL(read_server, "SELECT current_setting('server_version_num')::integer,"
                    " pg_encoding_to_char(encoding), current_setting('server_version')"
                    " FROM pg_database WHERE datname = current_database()");
enum { SERVER_NUMBER, SERVER_ENCODING, SERVER_VERSION };
enum { OLDEST_SERVER = 130000 };

static jirasend_code check_server(js_pg *pg, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, read_server);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        const char *encoding = js_pg_read_text(&query, SERVER_ENCODING);
        if (js_pg_read(&query, SERVER_NUMBER) < OLDEST_SERVER) {
            code = js_fail(error, JIRASEND_E_REFUSED,
                           "The server is PostgreSQL %.40s; the outbox needs at least 13.",
                           js_pg_read_text(&query, SERVER_VERSION));
        } else if (strcmp(encoding, "UTF8") != 0) {
            code =
                js_fail(error, JIRASEND_E_REFUSED,
                        "The database's encoding is %.40s; the outbox needs UTF8. Create another "
                        "database.",
                        encoding);
        }
    }
    js_pg_end(&query);
    return code;
}

static void say(char *said, size_t size, const js_pg *pg, int64_t from, const js_pg_months *months,
                const char *role) {
    const char *did = from == 0                     ? "were made"
                      : from < js_pg_tables.version ? "were brought up to date"
                                                    : "are up to date";
    (void)snprintf(
        said, size,
        "The tables in schema %s %s; %d months were prepared, %d empty ones dropped%s%s"
        "%.63s%s.",
        pg->outbox->address.schema, did, months->made, months->dropped,
        months->in_the_way ? ", and others left for the next time, as somebody holds a lock" : "",
        role != NULL ? "; " : "", role != NULL ? role : "", role != NULL ? " may use them" : "");
}

jirasend_code js_pg_migrate(js_pg *pg, const char *role, char *said, size_t size,
                            jirasend_error *error) {
    int64_t from = 0;
    js_pg_months months = {0};
    jirasend_code code = check_server(pg, error);
    code = code == JIRASEND_OK ? make(pg, role, &from, error) : code;
    code = code == JIRASEND_OK ? js_pg_months_prepare(pg, &months, error) : code;
    if (code == JIRASEND_OK) {
        say(said, size, pg, from, &months, role);
    }
    return code;
}
