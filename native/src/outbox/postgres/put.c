/*
 * Taking events in. Threads that put while others do share a statement, and so a commit: three go out at a
 * time, which leaves delivery the fourth connection, and who comes meanwhile is taken along by the next. So
 * the server plans and syncs for many at once, however many threads there are.
 */
#include "outbox/postgres/put.h"

#include "base/error.h"
#include "outbox/postgres/rows.h"
#include "outbox/postgres/visit.h"

#include <stdlib.h>
#include <string.h>

enum { LEADERS_MAX = 3, GROUP_MAX = 500 };

/* One call. */
struct js_pg_putting {
    const js_put *puts;
    size_t count;
    int64_t now_ms;
    js_put_result *results;
    jirasend_error *error;
    jirasend_code code;
    bool taken, done;
    struct js_pg_putting *next;
};

bool js_pg_put_queue_init(js_pg_put_queue *queue) {
    if (pthread_mutex_init(&queue->mutex, NULL) != 0) {
        return false;
    }
    if (pthread_cond_init(&queue->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&queue->mutex);
        return false;
    }
    return true;
}

void js_pg_put_queue_destroy(js_pg_put_queue *queue) {
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->mutex);
}

/* ---- one statement ---- */

/* Events that go out together. */
typedef struct parcel {
    const js_put *puts;
    size_t count;
    int64_t now_ms;
    js_put_result *results;
    unsigned char (*own_keys)[JS_PG_KEY_SIZE];
} parcel;

static jirasend_code put_parcel(js_pg *pg, const parcel *all, jirasend_error *error) {
    int64_t last_id = 0;
    pg->puts = all->puts;
    pg->put_left = all->count;
    pg->own_keys = all->own_keys;
    pg->begins = false; /* what is only looked up, is looked up before the transaction */
    pg->inside = false;
    pg->work = JS_WORK_WRITE;
    pg->changed = false;
    pg->here_alone = false;
    jirasend_code code =
        js_store_put(&pg->store, all->puts, all->count, all->now_ms, all->results, &last_id, error);
    code = js_pg_end_work(&pg->store, code, error);
    if (code == JIRASEND_OK && pg->here_alone) {
        code = js_pg_fail_alone(pg, error);
    }
    if (code == JIRASEND_OK) {
        js_pg_room_use(pg->outbox, all->puts, all->results, all->count);
        js_pg_note_put(pg->outbox, all->puts, all->count);
    }
    return code;
}

/* The same keys each time: a call that was cut off may have been committed. */
static jirasend_code send_parcel(js_postgres *self, parcel *all, jirasend_error *error) {
    all->own_keys = calloc(all->count, sizeof *all->own_keys);
    if (all->own_keys == NULL) {
        return js_fail_memory(error);
    }
    const js_world *world = &self->own_world;
    world->random(world->self, all->own_keys, all->count * sizeof *all->own_keys);
    js_pg_visit visit = js_pg_patiently(&self->model.base, error);
    while (js_pg_goes_on(&visit)) {
        visit.code = put_parcel(visit.pg, all, visit.error);
    }
    free(all->own_keys);
    return visit.code;
}

/* ---- several calls ---- */

static void end_call(js_pg_putting *call, jirasend_code code, const jirasend_error *why) {
    call->code = code;
    if (code == JIRASEND_OK) {
        return;
    }
    (void)js_fail(call->error, code, "%s", why->message);
    js_error_because(call->error, why->reason);
    for (size_t i = 0; i < call->count; i++) {
        js_put_refuse(&call->results[i], code, why->message);
    }
}

static void send_alone(js_postgres *self, js_pg_putting *call) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    parcel all = {call->puts, call->count, call->now_ms, call->results, NULL};
    jirasend_code code = send_parcel(self, &all, &error);
    end_call(call, code, &error);
}

/* False: memory is short. */
static bool send_together(js_postgres *self, js_pg_putting *first, size_t count) {
    js_put *puts = calloc(count, sizeof *puts);
    js_put_result *results = calloc(count, sizeof *results);
    parcel all = {puts, count, 0, results, NULL};
    size_t at = 0;
    if (puts == NULL || results == NULL) {
        free(puts);
        free(results);
        return false;
    }
    for (const js_pg_putting *call = first; call != NULL; call = call->next) {
        memcpy(&puts[at], call->puts, call->count * sizeof *puts);
        all.now_ms = call->now_ms > all.now_ms ? call->now_ms : all.now_ms;
        at += call->count;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = send_parcel(self, &all, &error);
    at = 0;
    for (js_pg_putting *call = first; call != NULL; call = call->next) {
        memcpy(call->results, &results[at], call->count * sizeof *results);
        at += call->count;
        end_call(call, code, &error);
    }
    free(puts);
    free(results);
    return true;
}

/* What the server takes from nobody, it may take from each but one. */
static void lead(js_postgres *self, js_pg_putting *first) {
    size_t count = 0;
    for (const js_pg_putting *call = first; call != NULL; call = call->next) {
        count += call->count;
    }
    bool alone = first->next == NULL || !send_together(self, first, count);
    for (js_pg_putting *call = first; call != NULL; call = call->next) {
        if (alone || call->code == JIRASEND_E_INTERNAL) {
            send_alone(self, call);
        }
    }
}

/* The mutex is held. Takes the oldest calls out of the queue, as many as go together. */
static js_pg_putting *take_group(js_pg_put_queue *queue) {
    js_pg_putting *first = queue->first;
    js_pg_putting *last = first;
    size_t count = first->count;
    first->taken = true;
    while (last->next != NULL && count + last->next->count <= GROUP_MAX) {
        last = last->next;
        last->taken = true;
        count += last->count;
    }
    queue->first = last->next;
    queue->last = last->next == NULL ? NULL : queue->last;
    last->next = NULL;
    return first;
}

static void put_in(js_pg_put_queue *queue, js_pg_putting *mine) {
    if (queue->last == NULL) {
        queue->first = mine;
    } else {
        queue->last->next = mine;
    }
    queue->last = mine;
}

jirasend_code js_pg_put(js_outbox *outbox, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error) {
    js_postgres *self = (js_postgres *)outbox;
    js_pg_put_queue *queue = &self->put_queue;
    jirasend_error own = JIRASEND_ERROR_INIT;
    js_pg_putting mine = {.puts = puts,
                          .count = count,
                          .now_ms = now_ms,
                          .results = results,
                          .error = error != NULL ? error : &own};
    js_error_clear(error);
    if (count == 0) {
        return JIRASEND_OK;
    }
    (void)pthread_mutex_lock(&queue->mutex);
    put_in(queue, &mine);
    while (!mine.done) {
        if (mine.taken || queue->leaders == LEADERS_MAX) {
            (void)pthread_cond_wait(&queue->changed, &queue->mutex);
            continue;
        }
        js_pg_putting *group = take_group(queue);
        queue->leaders++;
        (void)pthread_mutex_unlock(&queue->mutex);
        lead(self, group);
        (void)pthread_mutex_lock(&queue->mutex);
        while (group != NULL) {
            js_pg_putting *next = group->next; /* a call is gone once it is done */
            group->done = true;
            group = next;
        }
        queue->leaders--;
        (void)pthread_cond_broadcast(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return mine.code;
}
