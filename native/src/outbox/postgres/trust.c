/*
 * What is remembered of the database, and when it may no longer be true: a server that took over may lack what
 * was committed last, and give its numbers to others.
 */
#include "outbox/postgres/rows.h"

#include <stdio.h>
#include <string.h>

void js_pg_distrust(js_postgres *self) {
    (void)pthread_mutex_lock(&self->mutex);
    memset(self->names, 0, sizeof self->names);
    memset(self->lows, 0, sizeof self->lows);
    self->busy_count = 0;
    self->room_since_ms = 0;
    js_pg_ahead_free(self);
    (void)pthread_mutex_unlock(&self->mutex);
    atomic_store(&self->no_waits, UINT64_MAX);
    (void)atomic_fetch_add(&self->version, 1); /* receipts, stops and lanes are read again */
}

void js_pg_meet_server(js_postgres *self, const char *started) {
    (void)pthread_mutex_lock(&self->mutex);
    bool known = self->server_started[0] != '\0';
    bool same = strcmp(started, self->server_started) == 0;
    if (!same) {
        (void)snprintf(self->server_started, sizeof self->server_started, "%s", started);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    if (known && !same) {
        js_pg_distrust(self);
    }
}
