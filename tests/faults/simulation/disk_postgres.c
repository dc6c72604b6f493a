/*
 * A PostgreSQL server in the place of the disk. Its clock is the story's: a function that stands before the
 * server's own. Whoever is killed leaves its claims behind; when the power fails, all connections end.
 */
#include "sim.h"

#include "outbox/postgres/internal.h"
#include "outbox/postgres/postgres.h"
#include "outbox/postgres/rows.h"
#include "postgres_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static PGconn *aside; /* of the story's own */
static char schema[32];

static void run(const char *sql) {
    PGresult *result = PQexec(aside, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "simulation: %s\n", PQerrorMessage(aside));
        exit(70);
    }
    PQclear(result);
}

static js_postgres_options options_for(const simulation *sim, char address[400]) {
    postgres_server_address(address, 400, schema);
    return (js_postgres_options){.address = address,
                                 .max_events = 200000,
                                 .max_bytes = INT64_C(512) * 1024 * 1024,
                                 .world = &sim->world};
}

/* 77: there is no server here. */
static void start(const simulation *sim) {
    char address[400];
    char said[JIRASEND_ERROR_MESSAGE_SIZE];
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (!postgres_server_start()) {
        exit(77);
    }
    (void)snprintf(schema, sizeof schema, "sim%d", (int)getpid());
    js_postgres_options options = options_for(sim, address);
    if (js_postgres_migrate(&options, NULL, said, &error) != JIRASEND_OK) {
        (void)fprintf(stderr, "simulation: %s\n", error.message);
        exit(70);
    }
    address[strcspn(address, "?")] = '\0';
    aside = PQconnectdb(address);
    run("CREATE SCHEMA story; CREATE SEQUENCE story.ms;"
        "CREATE FUNCTION story.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
        " 'SELECT pg_catalog.to_timestamp(last_value / 1000.0) FROM story.ms';"
        "DO $$ BEGIN EXECUTE format('ALTER ROLE %I SET search_path = story, pg_catalog',"
        " current_user); END $$;"
        "SET client_min_messages = error; SET synchronous_commit = off");
}

void disk_begin(simulation *sim) {
    static const char *const tables[] = {
        "counter", "lane",    "envelope",  "repository", "stream", "request", "waiting",
        "dead",    "receipt", "event_key", "told",       "metric", "bookmark"};
    char sql[200];
    if (aside == NULL) {
        start(sim);
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        (void)snprintf(sql, sizeof sql, "DELETE FROM %s.%s", schema, tables[i]);
        run(sql);
    }
    (void)snprintf(sql, sizeof sql,
                   "UPDATE %s.tally SET settled_no = 0, changes = 0, dead = 0, removed_dead = 0",
                   schema);
    run(sql);
    disk_time(sim);
}

void disk_time(simulation *sim) {
    char sql[80];
    (void)snprintf(sql, sizeof sql, "SELECT setval('story.ms', %" PRId64 ")", sim->clock.wall_ms);
    run(sql);
}

jirasend_code disk_open(simulation *sim, sim_process *process, jirasend_error *error) {
    char address[400];
    js_postgres_options options = options_for(sim, address);
    process->disk = (disk_view){.writes_left = -1};
    jirasend_code code = js_postgres_open(&options, &process->outbox, error);
    if (code == JIRASEND_OK) {
        process->world = js_postgres_world(process->outbox);
    }
    return code;
}

const bool disk_may_fail = false;

void disk_kill(sim_process *process) {
    js_postgres *self = (js_postgres *)process->outbox;
    process->disk.dead = true;
    js_pg_close_all(self);
    self->open = self->most; /* and no new ones */
    atomic_store(&self->leave_ms, 0);
}

void disk_close(sim_process *process) {
    if (process->disk.dead) {
        js_pg_claims_free((js_postgres *)process->outbox);
    }
    process->outbox->ops->close(process->outbox);
}

void disk_lose_power(simulation *sim) {
    (void)sim;
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'jirasend'");
}

void disk_unregister(disk_view *view) {
    (void)view;
}

void disk_forget_all(void) {
}
