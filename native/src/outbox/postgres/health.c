/* Asks a database what protects what is committed to it. */
#include "outbox/postgres/health.h"

#include "base/error.h"
#include "outbox/postgres/rows.h"
#include "outbox/postgres/schema.h"
#include "outbox/postgres/visit.h"

#include <stdio.h>

/* The time is asked for in the same statement, so that its way there and back can be counted. */
JS_SQL(read_server,
       "SELECT 'PostgreSQL ' || current_setting('server_version'), current_user,"
       " (extract(epoch FROM clock_timestamp()) * 1000)::bigint, pg_is_in_recovery(),"
       " current_setting('fsync')::boolean, current_setting('full_page_writes')::boolean,"
       " current_setting('synchronous_commit'), current_setting('synchronous_standby_names')");
enum { VERSION, USER_NAME, TIME, RECOVERY, FSYNC, FULL_PAGES, COMMIT_MODE, STANDBY_NAMES };

/* All rows are shown to everybody, and what is in them to few. */
JS_SQL(read_replication, "SELECT count(*), count(r.replay_lsn) = count(*),"
                         " coalesce(max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN NULL"
                         "  ELSE pg_current_wal_lsn() END, r.replay_lsn)), 0)::bigint,"
                         " coalesce((extract(epoch FROM max(r.replay_lag)) * 1000), 0)::bigint"
                         " FROM pg_catalog.pg_stat_replication r");
enum { STANDBYS, LAG_KNOWN, LAG_BYTES, LAG_MS };

JS_SQL(read_rights,
       "SELECT string_agg(p.word || ' on ' || t.name, ', ' ORDER BY t.place, p.place) FROM"
       " unnest(ARRAY['event_id', 'meta', 'tally', 'counter', 'lane', 'envelope', 'repository',"
       "  'stream', 'request', 'waiting', 'dead', 'receipt', 'event_key', 'told', 'bookmark',"
       "  'metric']) WITH ORDINALITY AS t (name, place),"
       " unnest(ARRAY['USAGE', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'])"
       "  WITH ORDINALITY AS p (word, place)"
       " WHERE CASE WHEN t.name = 'event_id' THEN p.word IN ('USAGE', 'SELECT')"
       "  AND NOT has_sequence_privilege('@.' || t.name, p.word)"
       "  WHEN p.word = 'USAGE' OR (t.name = 'meta' AND p.word <> 'SELECT') THEN false"
       "  ELSE NOT has_table_privilege('@.' || t.name, p.word) END");

static void keep(char *to, size_t size, const js_pg_query *query, int column) {
    (void)snprintf(to, size, "%s", js_pg_read_text(query, column));
}

static jirasend_code read_settings(js_pg *pg, js_postgres_health *health, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, read_server);
    const js_world *world = &pg->outbox->own_world;
    int64_t before_ms = js_monotonic_ms();
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        int64_t half_ms = (js_monotonic_ms() - before_ms) / 2;
        health->clock_ms = js_pg_read(&query, TIME) - (js_wall_ms(world) - half_ms);
        keep(health->server, sizeof health->server, &query, VERSION);
        keep(health->user, sizeof health->user, &query, USER_NAME);
        health->standby = js_pg_read_bool(&query, RECOVERY);
        health->fsync = js_pg_read_bool(&query, FSYNC);
        health->full_page_writes = js_pg_read_bool(&query, FULL_PAGES);
        keep(health->synchronous_commit, sizeof health->synchronous_commit, &query, COMMIT_MODE);
        keep(health->synchronous_standbys, sizeof health->synchronous_standbys, &query,
             STANDBY_NAMES);
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code read_standbys(js_pg *pg, js_postgres_health *health, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, read_replication);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        health->standbys = js_pg_read(&query, STANDBYS);
        health->lag_known = js_pg_read_bool(&query, LAG_KNOWN);
        health->lag_bytes = js_pg_read(&query, LAG_BYTES);
        health->lag_ms = js_pg_read(&query, LAG_MS);
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code read_lacking(js_pg *pg, js_postgres_health *health, jirasend_error *error) {
    js_pg_query query = js_pg_begin(pg, read_rights);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        keep(health->lacking, sizeof health->lacking, &query, 0);
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code read_all(js_pg *pg, js_postgres_health *health, jirasend_error *error) {
    js_pg_meta meta;
    *health = (js_postgres_health){.encrypted = PQsslInUse(pg->conn) != 0};
    (void)snprintf(health->schema, sizeof health->schema, "%s", pg->outbox->address.schema);
    /* In a transaction, as all else is: a pooler may allow none. */
    jirasend_code code = js_pg_begin_work(&pg->store, JS_WORK_READ, error);
    code = code == JIRASEND_OK ? js_pg_meta_read(pg, &meta, error) : code;
    if (code == JIRASEND_OK) {
        (void)snprintf(health->tables, sizeof health->tables, "%s", meta.written_by);
        code = read_settings(pg, health, error);
    }
    code = code == JIRASEND_OK ? read_standbys(pg, health, error) : code;
    code = code == JIRASEND_OK ? read_lacking(pg, health, error) : code;
    return js_pg_end_work(&pg->store, code, error);
}

jirasend_code js_postgres_health_read(js_outbox *outbox, js_postgres_health *health,
                                      jirasend_error *error) {
    js_pg_visit visit = js_pg_patiently(outbox, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = read_all(visit.pg, health, visit.error);
    }
    return visit.code;
}
