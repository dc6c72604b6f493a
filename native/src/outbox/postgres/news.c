/*
 * Whether anybody has changed something: one cheap read, now and then. Where nothing at all was committed on
 * the server since, its snapshot is the same, and to ask for that alone costs it a fraction of a look.
 *
 * Settlements and what people do write a row; events that come in do not, so that they need not wait for
 * each other: they show by the number given last. A number is given before its event is committed, so
 * after a new one each change of the server's snapshot counts as news, until all that was in flight then
 * is done.
 *
 * Three hundred that wait must not all jump up for each event of one of them. News is urgent for whoever sends,
 * for whoever follows the receipts of all, and for whoever waits for an event that waits no more. The others hear
 * of it, too, but look no more often for it: within a second, which is soon enough to take a lane over.
 */
#include "outbox/postgres/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAUSE_MIN_MS = 100,
    PAUSE_MAX_MS = 1000,
    REST_MS = 5000,
    LOOK_MS = 30000,
    WATCH_MS = 3000 /* who has asked lately will ask again */
};

JS_SQL(look,
       "SELECT (SELECT last_value FROM @.event_id), y.settled_no, y.changes,"
       " pg_current_snapshot()::text, pg_snapshot_xmin(pg_current_snapshot())::text,"
       " pg_snapshot_xmax(pg_current_snapshot())::text, current_setting('synchronous_commit'),"
       " (extract(epoch FROM clock_timestamp()) * 1000)::bigint, extract(epoch FROM "
       "pg_postmaster_start_time())::text, NOT EXISTS (SELECT 1 FROM @.waiting w"
       " WHERE w.id = $1::bigint) FROM @.tally y WHERE y.id = 1");
enum {
    LOOK_LAST_ID,
    LOOK_SETTLED,
    LOOK_CHANGES,
    LOOK_SNAPSHOT,
    LOOK_XMIN,
    LOOK_XMAX,
    LOOK_COMMIT,
    LOOK_TIME,
    LOOK_STARTED,
    LOOK_GONE
};

/* ---- for whom ---- */

void js_pg_note_asked(js_postgres *self, int64_t id) {
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    if (self->asks.id != id) {
        self->asks.before_ms = self->asks.id != 0 ? self->asks.id_ms : 0;
        self->asks.id = id;
    }
    self->asks.id_ms = now_ms;
    (void)pthread_mutex_unlock(&self->mutex);
}

void js_pg_note_followed(js_postgres *self) {
    int64_t now_ms = js_pg_mono_ms(self);
    (void)pthread_mutex_lock(&self->mutex);
    self->asks.all_ms = now_ms;
    (void)pthread_mutex_unlock(&self->mutex);
}

/* Whose news it is. */
typedef struct readers {
    bool sends;       /* what waits */
    bool follows;     /* what is settled: of all, or of several */
    int64_t only_for; /* the one event that is waited for; 0: none */
} readers;

static readers who_reads(js_postgres *self) {
    int64_t since_ms = js_pg_mono_ms(self) - WATCH_MS;
    (void)pthread_mutex_lock(&self->mutex);
    bool one = self->asks.id != 0 && self->asks.id_ms > since_ms;
    bool several = one && self->asks.before_ms > 0 && self->asks.before_ms > since_ms;
    bool all = self->asks.all_ms > 0 && self->asks.all_ms > since_ms;
    readers now = {.sends = self->claims != NULL,
                   .follows = several || all,
                   .only_for = one && !several ? self->asks.id : 0};
    (void)pthread_mutex_unlock(&self->mutex);
    return now;
}

/* ---- looking ---- */

/* Our clock is the database's: it drifts from our monotonic one, or is set. */
static void note_time(js_postgres *self, const js_pg_query *query, int64_t before_ms) {
    int64_t took_ms = js_pg_mono_ms(self) - before_ms;
    int64_t offset = js_pg_read(query, LOOK_TIME) - (before_ms + took_ms / 2);
    int64_t known = atomic_load(&self->wall_minus_mono_ms);
    if (offset > known + took_ms || offset < known - took_ms) {
        atomic_store(&self->wall_minus_mono_ms, offset);
    }
    const char *commit = js_pg_read_text(query, LOOK_COMMIT);
    atomic_store(&self->weak, strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0);
}

/* Whether this is news, and whether somebody here has waited for it. */
static bool compare(js_postgres *self, const readers *who, const js_pg_query *query, bool *urgent) {
    int64_t last_id = js_pg_read(query, LOOK_LAST_ID);
    int64_t settled_no = js_pg_read(query, LOOK_SETTLED);
    int64_t changes = js_pg_read(query, LOOK_CHANGES);
    const char *snapshot = js_pg_read_text(query, LOOK_SNAPSHOT);
    bool given = last_id != self->news.last_id;
    bool settled = settled_no != self->news.settled_no;
    bool changed = given || settled || changes != self->news.changes;
    bool moved = strncmp(snapshot, self->news.snapshot, sizeof self->news.snapshot - 1) != 0;
    uint64_t xmin = strtoull(js_pg_read_text(query, LOOK_XMIN), NULL, 10);
    bool news = changed || (self->news.until != 0 && moved);
    *urgent = news && (who->sends || (who->follows && settled) ||
                       (who->only_for != 0 && js_pg_read_bool(query, LOOK_GONE)));
    if (given) {
        self->news.until = strtoull(js_pg_read_text(query, LOOK_XMAX), NULL, 10);
    }
    if (self->news.until != 0 && xmin >= self->news.until) {
        self->news.until = 0; /* this look has seen what came of them */
    }
    self->news.last_id = last_id;
    self->news.settled_no = settled_no;
    self->news.changes = changes;
    (void)snprintf(self->news.snapshot, sizeof self->news.snapshot, "%s", snapshot);
    return news;
}

JS_SQL(glance, "SELECT pg_current_snapshot()::text");

/* Whether nothing was committed since the last look. What fails here fails again in the look. */
static bool is_still(js_pg *pg) {
    const js_postgres *self = pg->outbox;
    if (self->news.snapshot[0] == '\0' || self->news.until != 0 ||
        js_pg_mono_ms(self) >= self->news.look_by_ms) {
        return false;
    }
    js_pg_query query = js_pg_begin_often(pg, glance);
    bool same = js_pg_exec(&query, NULL) == JIRASEND_OK && js_pg_row(&query) &&
                strcmp(js_pg_read_text(&query, 0), self->news.snapshot) == 0;
    js_pg_end(&query);
    return same;
}

/* To wake a server's process costs it ten times as much as what it is asked for. */
static bool is_at_rest(const js_postgres *self) {
    return atomic_load(&self->rest_ms) >= (int64_t)2 * REST_MS;
}

void js_pg_rest(js_outbox *outbox, int64_t ms) {
    atomic_store(&((js_postgres *)outbox)->rest_ms, ms);
}

static void ask(js_postgres *self) {
    js_pg *pg = NULL;
    bool news = false;
    bool urgent = atomic_exchange(&self->hurries, false);
    readers who = who_reads(self);
    if (js_pg_take(self, &pg, NULL) == JIRASEND_OK && !is_still(pg) && !pg->broken) {
        int64_t before_ms = js_pg_mono_ms(self);
        js_pg_query query = js_pg_begin_often(pg, look);
        js_pg_int(&query, who.only_for);
        if (js_pg_exec(&query, NULL) == JIRASEND_OK && js_pg_row(&query)) {
            note_time(self, &query, before_ms);
            js_pg_meet_server(self, js_pg_read_text(&query, LOOK_STARTED));
            bool waited_for = false;
            news = compare(self, &who, &query, &waited_for);
            urgent = urgent || waited_for;
            self->news.look_by_ms = js_later_ms(before_ms, LOOK_MS);
        }
        js_pg_end(&query);
    }
    if (pg != NULL) {
        js_pg_give(pg);
    }
    int64_t most_ms = is_at_rest(self) ? REST_MS : PAUSE_MAX_MS;
    int64_t longer = self->news.pause_ms * 2 < most_ms ? self->news.pause_ms * 2 : most_ms;
    bool soon = urgent || (who.sends && self->news.until != 0) || longer < PAUSE_MIN_MS;
    self->news.pause_ms = soon ? PAUSE_MIN_MS : longer;
    self->news.next_ms = js_pg_mono_ms(self) + self->news.pause_ms;
    if (news) {
        (void)atomic_fetch_add(&self->version, 1);
    }
}

/* ---- our own ---- */

/* Of states the lanes; more than fit are not known to be busy. */
void js_pg_note_busy(js_postgres *self, const js_lane_state *states, size_t count) {
    (void)pthread_mutex_lock(&self->mutex);
    self->busy_count = 0;
    for (size_t i = 0; i < count && self->busy_count < JS_PG_BUSY; i++) {
        const js_lane *lane = &states[i].view.lane;
        if (states[i].view.waiting > 0 &&
            (self->busy_count == 0 || !js_lane_equal(&self->busy[self->busy_count - 1], lane))) {
            self->busy[self->busy_count++] = *lane;
        }
    }
    (void)pthread_mutex_unlock(&self->mutex);
}

static bool is_busy(const js_postgres *self, const js_event *event) {
    js_api api = js_kind_api(event->kind);
    for (size_t i = 0; i < self->busy_count; i++) {
        if (self->busy[i].api == api && strcmp(self->busy[i].site, event->site.name) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * What waits in a lane that is known to have something tells delivery nothing that it has to know at once: it
 * looks again when it has sent that, or at the next news. To look through all lanes for each event would
 * cost the server more than to store it.
 */
void js_pg_note_put(js_postgres *self, const js_put *puts, size_t count) {
    bool all_busy = true;
    (void)pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < count && all_busy; i++) {
        all_busy = puts[i].skip == NULL && is_busy(self, puts[i].event);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    atomic_store(&self->hurries, true);
    if (!all_busy) {
        (void)atomic_fetch_add(&self->version, 1);
    }
}

uint64_t js_pg_version(js_postgres *self) {
    js_pg_watched(self);
    if (pthread_mutex_trylock(&self->news_mutex) == 0) {
        bool late = (self->news.pause_ms > PAUSE_MAX_MS && !is_at_rest(self)) ||
                    (self->news.pause_ms > PAUSE_MIN_MS && atomic_load(&self->hurries));
        if (js_pg_mono_ms(self) >= self->news.next_ms || late) {
            ask(self);
            js_pg_release_idle(self, false);
        }
        (void)pthread_mutex_unlock(&self->news_mutex);
    }
    return atomic_load(&self->version);
}
