/* The tables: who may use them, and making them. */
#ifndef JS_OUTBOX_POSTGRES_SCHEMA_H
#define JS_OUTBOX_POSTGRES_SCHEMA_H

#include "outbox/postgres/internal.h"

/* What the tables say of themselves. Version 0: they are not there. */
typedef struct js_pg_meta {
    int64_t version, readable_from;
    char readable_from_release[40], written_by[40];
    char key[2 * JS_PG_KEY_SIZE + 1];
} js_pg_meta;

jirasend_code js_pg_meta_read(js_pg *pg, js_pg_meta *meta, jirasend_error *error);
/* Whether we may use them; reads the outbox's key. */
jirasend_code js_pg_schema_open(js_pg *pg, jirasend_error *error);
/* See postgres.h. */
jirasend_code js_pg_migrate(js_pg *pg, const char *role, char *said, size_t size,
                            jirasend_error *error);

/* months.c: partitions of receipts. */
typedef struct js_pg_months {
    int made, dropped;
    bool in_the_way; /* somebody's lock: what was not done is left for the next migration */
} js_pg_months;
jirasend_code js_pg_months_prepare(js_pg *pg, js_pg_months *did, jirasend_error *error);

#endif
