/* Opening and closing, and the table of operations. */
#include "outbox/postgres/rows.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/text.h"
#include "outbox/postgres/calls.h"
#include "outbox/postgres/schema.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 10000 };

static const struct js_store_ops rows = {
    .begin = js_pg_begin_work,
    .end = js_pg_end_work,
    .damaged = js_pg_fail_damaged,
    .lane_find = js_pg_lane_find,
    .lane_add = js_pg_lane_add,
    .lane_check_claim = js_pg_lane_check_claim,
    .lane_of = js_pg_lane_of,
    .lane_next = js_pg_lane_next,
    .lane_states = js_pg_lane_states,
    .stop_read = js_pg_stop_read,
    .stop_write = js_pg_stop_write,
    .backoff_write = js_pg_backoff_write,
    .backoffs_end = js_pg_backoffs_end,
    .any_aside = js_pg_any_aside,
    .wake = js_pg_wake,
    .set_aside = js_pg_set_aside,
    .heads = js_pg_heads,
    .window = js_pg_window,
    .streams = js_pg_streams,
    .load = js_pg_load,
    .check_idle = js_pg_check_idle,
    .room = js_pg_room,
    .add = js_pg_add,
    .find = js_pg_find,
    .settle = js_pg_settle,
    .stay = js_pg_stay,
    .accepted = js_pg_accepted,
    .older = js_pg_older,
    .unblock = js_pg_unblock,
    .envelopes = js_pg_envelopes,
    .swept = js_pg_swept,
    .sweep_accepted = js_pg_sweep_accepted,
    .stream_waits = js_pg_stream_waits,
    .stream_wait_end = js_pg_stream_wait_end,
    .aside_with = js_pg_aside_with,
    .revive = js_pg_revive,
    .give_up = js_pg_give_up,
    .dead_of = js_pg_dead_of,
    .dead_oldest = js_pg_dead_oldest,
    .waiting_since = js_pg_waiting_since,
    .counts = js_pg_counts,
    .count_request = js_pg_count_request,
    .tidy_due = js_pg_tidy_due,
    .forget = js_pg_forget,
};

static void destroy(js_postgres *self) {
    /* Giving lanes back has a time of its own: without it the others would wait for the leases. */
    enum { LAST_MS = 1000 };
    atomic_store(&self->leave_ms, js_later_ms(js_monotonic_ms(), LAST_MS));
    js_pg_release_idle(self, true);
    js_pg_claims_free(self);
    js_pg_ahead_free(self);
    js_pg_close_all(self);
    js_postgres_address_clear(&self->address);
    if (self->password != NULL) {
        js_wipe(self->password, strlen(self->password));
    }
    free(self->password);
    free(self->ca_file);
    js_wipe(self->key, sizeof self->key);
    js_pg_put_queue_destroy(&self->put_queue);
    (void)pthread_cond_destroy(&self->given);
    (void)pthread_mutex_destroy(&self->news_mutex);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

void js_pg_close(js_outbox *outbox) {
    if (outbox != NULL) {
        destroy((js_postgres *)outbox);
    }
}

static bool init_locks(js_postgres *self) {
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&self->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_mutex_init(&self->news_mutex, NULL) != 0) {
        (void)pthread_mutex_destroy(&self->mutex);
        return false;
    }
    if (!js_pg_put_queue_init(&self->put_queue)) {
        (void)pthread_mutex_destroy(&self->news_mutex);
        (void)pthread_mutex_destroy(&self->mutex);
        return false;
    }
    bool made = pthread_condattr_init(&attributes) == 0;
    if (made) {
        made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
               pthread_cond_init(&self->given, &attributes) == 0;
        (void)pthread_condattr_destroy(&attributes);
    }
    if (!made) {
        js_pg_put_queue_destroy(&self->put_queue);
        (void)pthread_mutex_destroy(&self->news_mutex);
        (void)pthread_mutex_destroy(&self->mutex);
    }
    return made;
}

static void fill(js_postgres *self, const js_postgres_options *options) {
    unsigned char me[(JS_PG_ME_SIZE - 1) / 2];
    self->own_world = *options->world;
    self->model =
        (js_store){.base.ops = &js_pg_operations,
                   .rows = &rows,
                   .world = options->world,
                   .wall_minus_mono_ms = js_wall_ms(options->world) - js_mono_ms(options->world),
                   .max_events = options->max_events,
                   .max_bytes = options->max_bytes,
                   .keep_ms = options->keep_days < 0    ? 0
                              : options->keep_days == 0 ? JS_KEEP_HISTORY_DAYS * JS_DAY_MS
                                                        : options->keep_days * JS_DAY_MS};
    self->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
    self->give_up_ms =
        options->patience_ms > 0 ? js_later_ms(js_monotonic_ms(), options->patience_ms) : INT64_MAX;
    self->lease_ms = js_pg_lease_ms(options->lease_ms);
    self->most = options->connections > 0 ? options->connections : JS_PG_CONNECTIONS;
    atomic_init(&self->leave_ms, INT64_MAX);
    atomic_init(&self->no_waits, UINT64_MAX);
    options->world->random(options->world->self, me, sizeof me);
    js_hex(me, sizeof me, self->me);
}

static js_postgres *create(const js_postgres_options *options, jirasend_error *error) {
    js_postgres *self = calloc(1, sizeof *self);
    if (self == NULL) {
        (void)js_fail_memory(error);
        return NULL;
    }
    if (!init_locks(self)) {
        free(self);
        (void)js_fail_memory(error);
        return NULL;
    }
    fill(self, options);
    self->password = js_copy(options->password);
    self->ca_file = js_copy(options->ca_file);
    bool memory = (options->password == NULL || self->password != NULL) &&
                  (options->ca_file == NULL || self->ca_file != NULL);
    jirasend_code code = memory ? js_postgres_environment_check(error) : js_fail_memory(error);
    if (code == JIRASEND_OK) {
        code = js_postgres_address_parse(&self->address, options->address, error);
    }
    if (code != JIRASEND_OK) {
        destroy(self);
        return NULL;
    }
    return self;
}

jirasend_code js_postgres_open(const js_postgres_options *options, js_outbox **outbox,
                               jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error *e = error != NULL ? error : &own;
    js_error_clear(e);
    *outbox = NULL;
    js_postgres *self = create(options, e);
    if (self == NULL) {
        return e->code;
    }
    js_pg_visit visit = js_pg_patiently(&self->model.base, e);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_schema_open(visit.pg, visit.error);
    }
    if (visit.code != JIRASEND_OK) {
        destroy(self);
        return visit.code;
    }
    *outbox = &self->model.base;
    return JIRASEND_OK;
}

jirasend_code js_postgres_migrate(const js_postgres_options *options, const char *role,
                                  char said[JIRASEND_ERROR_MESSAGE_SIZE], jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error *e = error != NULL ? error : &own;
    js_error_clear(e);
    said[0] = '\0';
    js_postgres *self = create(options, e);
    if (self == NULL) {
        return e->code;
    }
    js_pg_visit visit = js_pg_patiently(&self->model.base, e);
    while (js_pg_goes_on(&visit)) {
        visit.code = js_pg_migrate(visit.pg, role, said, JIRASEND_ERROR_MESSAGE_SIZE, visit.error);
    }
    destroy(self);
    return visit.code;
}

/* ---- the clock ---- */

static int64_t wall_of(void *context) {
    js_postgres *self = context;
    return js_pg_mono_ms(self) + atomic_load(&self->wall_minus_mono_ms);
}

static int64_t mono_of(void *context) {
    const js_postgres *self = context;
    return js_mono_ms(&self->own_world);
}

static void random_of(void *context, void *bytes, size_t length) {
    const js_postgres *self = context;
    self->own_world.random(self->own_world.self, bytes, length);
}

js_world js_postgres_world(js_outbox *outbox) {
    js_postgres *self = (js_postgres *)outbox;
    self->model.wall_minus_mono_ms = wall_of(self) - mono_of(self);
    return (js_world){self, wall_of, mono_of, random_of};
}
