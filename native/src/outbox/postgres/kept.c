/*
 * Statements that the server keeps for a connection, so that it plans them once and not each time. A pooler
 * hands its connections around, and a kept statement would be looked for where it is not: so they are kept
 * only where we speak to the server itself, which shows by the number of its process. Their names are made of
 * their texts: whoever has left one under such a name has left the same.
 */
#include "outbox/postgres/internal.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

js_pg_query js_pg_begin_often(js_pg *pg, const char *sql) {
    js_pg_query query = js_pg_begin(pg, sql);
    query.often = true;
    return query;
}

void js_pg_keep_nothing(js_postgres *self) {
    atomic_store(&self->keeps_nothing, true);
}

static js_pg_kept *slot_of(js_pg *pg, const char *sql) {
    for (size_t i = 0; i < JS_PG_KEPT; i++) {
        js_pg_kept *slot = &pg->kept[i];
        if (slot->sql == sql || slot->sql == NULL) {
            slot->sql = sql;
            return slot;
        }
    }
    return NULL;
}

/* What is sent once, as by a job that tells of one build, is planned once either way. */
js_pg_kept *js_pg_kept_find(js_pg *pg, const js_pg_query *query) {
    if (!query->often || !pg->direct || atomic_load(&pg->outbox->keeps_nothing)) {
        return NULL;
    }
    js_pg_kept *kept = slot_of(pg, query->sql);
    if (kept == NULL || kept->state == JS_PG_KEPT_SENT) {
        return NULL;
    }
    if (kept->state == JS_PG_KEPT_NEW) {
        kept->state = JS_PG_KEPT_SEEN;
        return NULL;
    }
    return kept;
}

bool js_pg_kept_make(js_pg *pg, js_pg_kept *kept, const char *text) {
    unsigned char hash[JS_PG_KEY_SIZE];
    char hex[2 * JS_PG_KEY_SIZE + 1];
    if (!js_sha256(text, strlen(text), hash)) {
        return false;
    }
    js_hex(hash, sizeof hash, hex);
    (void)snprintf(kept->name, sizeof kept->name, "jirasend_%.32s", hex);
    kept->state = JS_PG_KEPT_SENT;
    return PQsendPrepare(pg->conn, kept->name, text, 0, NULL) == 1;
}

/* The answer of js_pg_kept_make(). What failed is not there; it may be that the transaction had failed. */
void js_pg_kept_made(js_pg_kept *kept, bool good) {
    kept->state = good ? JS_PG_KEPT_THERE : JS_PG_KEPT_SEEN;
}
