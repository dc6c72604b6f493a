/*
 * The months of receipts: partitions. Nothing depends on them being there, as there is one for all
 * others; they make forgetting cheap, and a migration from time to time prepares those to come.
 */
#include "outbox/postgres/schema.h"

#include <stdio.h>
#include <string.h>

enum { MONTH_NAME_SIZE = 16, MONTHS_MAX = 64 };

typedef struct month {
    char name[MONTH_NAME_SIZE];                      /* 2026_11 */
    char from[MONTH_NAME_SIZE], to[MONTH_NAME_SIZE]; /* 2026-11-01 */
} month;

/* Those of this one and the 24 to come that have no partition, and no row elsewhere. */
JS_SQL(missing_months,
       "SELECT to_char(m, 'YYYY_MM'), to_char(m, 'YYYY-MM-DD'),"
       " to_char(m + interval '1 month', 'YYYY-MM-DD')"
       " FROM generate_series(date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC'),"
       "  date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + interval '24 months',"
       "  interval '1 month') m"
       " WHERE to_regclass('@.receipt_' || to_char(m, 'YYYY_MM')) IS NULL"
       " AND NOT EXISTS (SELECT 1 FROM @.receipt_other o WHERE o.settled_at >= m AT TIME ZONE 'UTC'"
       "  AND o.settled_at < (m + interval '1 month') AT TIME ZONE 'UTC') ORDER BY m");
/* Of months that are over. */
JS_SQL(
    past_months,
    "SELECT substr(c.relname, 9), '', '' FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = '@.receipt'::regclass AND c.relname ~ '^receipt_[0-9]{4}_[0-9]{2}$'"
    " AND substr(c.relname, 9) < to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM')"
    " ORDER BY 1");

static jirasend_code read_months(js_pg *pg, const char *sql, month months[MONTHS_MAX],
                                 size_t *count, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, sql);
    jirasend_code code = js_pg_exec(&query, error);
    *count = 0;
    while (code == JIRASEND_OK && *count < MONTHS_MAX && js_pg_row(&query)) {
        month *one = &months[(*count)++];
        (void)snprintf(one->name, sizeof one->name, "%.15s", js_pg_read_text(&query, 0));
        (void)snprintf(one->from, sizeof one->from, "%.15s", js_pg_read_text(&query, 1));
        (void)snprintf(one->to, sizeof one->to, "%.15s", js_pg_read_text(&query, 2));
    }
    js_pg_end(&query);
    return code;
}

/* Nobody may be kept waiting by a lock that somebody else does not give back. */
#define SHORT_LOCK "SET LOCAL lock_timeout = '3s'"

/* Somebody else's lock did not go away: no failure of a migration. */
static jirasend_code forgive(const js_pg *pg, jirasend_code code, bool *in_the_way) {
    bool locked = pg->trouble == JS_PG_AWAY || pg->trouble == JS_PG_AGAIN;
    *in_the_way = code != JIRASEND_OK && locked && !pg->broken;
    return *in_the_way ? JIRASEND_OK : code;
}

/* Not done where somebody was in the way. */
static jirasend_code change(js_pg *pg, const char *sql, bool *done, jirasend_error *error) {
    bool in_the_way = false;
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE_QUIET, error);
    code = code == JIRASEND_OK ? js_pg_simple(pg, SHORT_LOCK, error) : code;
    code = code == JIRASEND_OK ? js_pg_simple(pg, sql, error) : code;
    code = js_pg_end_work(&pg->store, code, error);
    *done = code == JIRASEND_OK;
    return forgive(pg, code, &in_the_way);
}

static jirasend_code add_month(js_pg *pg, const month *one, bool *done, jirasend_error *error) {
    char sql[300];
    (void)snprintf(sql, sizeof sql,
                   "CREATE TABLE IF NOT EXISTS @.receipt_%.15s PARTITION OF @.receipt"
                   " FOR VALUES FROM ('%.15s 00:00:00+00') TO ('%.15s 00:00:00+00')",
                   one->name, one->from, one->to);
    return change(pg, sql, done, error);
}

static jirasend_code is_empty(js_pg *pg, const month *one, bool *empty, jirasend_error *error) {
    char sql[200];
    int64_t any = 0;
    (void)snprintf(sql, sizeof sql,
                   "SELECT CASE WHEN EXISTS (SELECT 1 FROM @.receipt_%.15s) THEN 1 ELSE 0 END",
                   one->name);
    js_pg_query query = js_pg_begin(pg, sql);
    jirasend_code code = js_pg_number(&query, 1, &any, error);
    *empty = any == 0;
    return code;
}

/* Looked at again with the lock in hand: a receipt of a clock that was set back may have come. */
static jirasend_code drop_if_empty(js_pg *pg, const month *one, bool *done, bool *in_the_way,
                                   jirasend_error *error) {
    char sql[200];
    bool empty = false;
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_WRITE_QUIET, error);
    code = code == JIRASEND_OK ? js_pg_simple(pg, SHORT_LOCK, error) : code;
    if (code == JIRASEND_OK) {
        (void)snprintf(sql, sizeof sql, "LOCK TABLE ONLY @.receipt IN ACCESS EXCLUSIVE MODE");
        code = js_pg_simple(pg, sql, error);
    }
    code = code == JIRASEND_OK ? is_empty(pg, one, &empty, error) : code;
    if (code == JIRASEND_OK && empty) {
        (void)snprintf(sql, sizeof sql, "DROP TABLE @.receipt_%.15s", one->name);
        code = js_pg_simple(pg, sql, error);
    }
    code = js_pg_end_work(&pg->store, code, error);
    *done = code == JIRASEND_OK && empty;
    return forgive(pg, code, in_the_way);
}

static jirasend_code drop_month(js_pg *pg, const month *one, bool *done, bool *in_the_way,
                                jirasend_error *error) {
    bool empty = false;
    jirasend_code code = is_empty(pg, one, &empty, error);
    return code == JIRASEND_OK && empty ? drop_if_empty(pg, one, done, in_the_way, error) : code;
}

/* Whoever holds one lock holds it for all of them: the rest is left for the next migration. */
jirasend_code js_pg_months_prepare(js_pg *pg, js_pg_months *did, jirasend_error *error) {
    month months[MONTHS_MAX];
    size_t count = 0;
    *did = (js_pg_months){0};
    jirasend_code code = read_months(pg, missing_months, months, &count, error);
    for (size_t i = 0; i < count && code == JIRASEND_OK && !did->in_the_way; i++) {
        bool done = false;
        code = add_month(pg, &months[i], &done, error);
        did->made += done ? 1 : 0;
        did->in_the_way = code == JIRASEND_OK && !done;
    }
    if (code == JIRASEND_OK && !did->in_the_way) {
        code = read_months(pg, past_months, months, &count, error);
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK && !did->in_the_way; i++) {
        bool done = false;
        code = drop_month(pg, &months[i], &done, &did->in_the_way, error);
        did->dropped += done ? 1 : 0;
    }
    return code;
}
