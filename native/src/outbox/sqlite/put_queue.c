/*
 * Committing events together. Threads that put at the same time share one transaction, and so one
 * sync of the disk: the first becomes the leader and commits for all it finds waiting; those who
 * come meanwhile wait for the next round, which one of them leads.
 */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

typedef struct js_put_request {
    const js_put *puts;
    size_t count;
    int64_t now_ms;
    js_put_result *results;
    jirasend_error *error;
    jirasend_code code;
    bool done;
    sem_t turn; /* its thread wakes when it is done, or leads; it needs no mutex for that */
    struct js_put_request *next;
} js_put_request;

jirasend_code js_put_queue_init(js_put_queue *queue, jirasend_error *error) {
    return pthread_mutex_init(&queue->mutex, NULL) == 0 ? JIRASEND_OK : js_fail_memory(error);
}

void js_put_queue_destroy(js_put_queue *queue) {
    (void)pthread_mutex_destroy(&queue->mutex);
}

/* After the commit: what was rolled back leaves ids to others. */
static void keep_recent(js_sqlite *self, const js_put_request *first) {
    for (const js_put_request *request = first; request != NULL; request = request->next) {
        for (size_t i = 0; i < request->count; i++) {
            const js_put *put = &request->puts[i];
            const js_put_result *result = &request->results[i];
            if (put->may_keep && result->fresh && put->skip == NULL) {
                js_recent_keep(&self->recent, result->id, put->event, put->length);
            }
        }
    }
}

/* Inside the transaction, as nobody else can have done anything with it yet. */
static jirasend_code tell_receipts(js_sqlite *self, const js_put_request *request,
                                   jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < request->count && code == JIRASEND_OK; i++) {
        js_receipt *receipt = request->puts[i].receipt;
        if (receipt != NULL && request->results[i].fresh) {
            code = js_sq_one_receipt(self, request->results[i].id, receipt, error);
        }
    }
    return code;
}

static void forget_receipts(const js_put_request *request) {
    for (size_t i = 0; i < request->count; i++) {
        if (request->puts[i].receipt != NULL) {
            js_receipt_clear(request->puts[i].receipt);
        }
    }
}

/*
 * The events of several requests as if they were of one: what a statement can write together costs less
 * than one for each, and so does what is looked up once.
 */
static jirasend_code put_together(js_sqlite *self, const js_put_request *first, size_t count,
                                  int64_t *last_id, jirasend_error *error) {
    js_put *puts = calloc(count, sizeof *puts);
    js_put_result *results = calloc(count, sizeof *results);
    if (puts == NULL || results == NULL) {
        free(puts);
        free(results);
        return js_fail_memory(error);
    }
    size_t at = 0;
    int64_t now_ms = 0;
    for (const js_put_request *one = first; one != NULL; one = one->next) {
        memcpy(&puts[at], one->puts, one->count * sizeof *puts);
        at += one->count;
        now_ms = one->now_ms > now_ms ? one->now_ms : now_ms;
    }
    jirasend_code code = js_store_put(&self->store, puts, count, now_ms, results, last_id, error);
    at = 0;
    for (const js_put_request *one = first; one != NULL && code == JIRASEND_OK; one = one->next) {
        memcpy(one->results, &results[at], one->count * sizeof *results);
        at += one->count;
        code = tell_receipts(self, one, error);
    }
    free(puts);
    free(results);
    return code;
}

static jirasend_code put_all(js_sqlite *self, const js_put_request *first, int64_t *last_id,
                             jirasend_error *error) {
    size_t count = 0;
    for (const js_put_request *one = first; one != NULL; one = one->next) {
        count += one->count;
    }
    if (first->next != NULL) {
        return put_together(self, first, count, last_id, error);
    }
    jirasend_code code = js_store_put(&self->store, first->puts, count, first->now_ms,
                                      first->results, last_id, error);
    return code == JIRASEND_OK ? tell_receipts(self, first, error) : code;
}

/* One transaction for all requests; all share its failure. */
static jirasend_code commit_group(js_sqlite *self, const js_put_request *first,
                                  jirasend_error *error) {
    int64_t last_id = 0;
    jirasend_code code = js_sq_start(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_sq_forget_seen(self, error);
    code = code == JIRASEND_OK ? put_all(self, first, &last_id, error) : code;
    if (code == JIRASEND_OK && last_id == 0) {
        js_sq_rollback(self); /* nothing new: nothing to sync */
        return JIRASEND_OK;
    }
    JS_CRASH_POINT("put.before-commit");
    code = js_sq_finish(self, code, error);
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("put.after-commit");
        js_mark_write(&self->mark, last_id);
        keep_recent(self, first);
        JS_CRASH_POINT("put.after-mark");
    }
    return code;
}

static void lead(js_sqlite *self, js_put_request *first) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    (void)pthread_mutex_lock(&self->mutex);
    jirasend_code code = commit_group(self, first, &error);
    (void)pthread_mutex_unlock(&self->mutex);
    for (js_put_request *request = first; request != NULL; request = request->next) {
        request->code = code;
        if (code == JIRASEND_OK) {
            continue;
        }
        forget_receipts(request);
        (void)js_fail(request->error, code, "%s", error.message);
        js_error_because(request->error, error.reason);
        for (size_t i = 0; i < request->count; i++) {
            js_put_refuse(&request->results[i], code, error.message);
        }
    }
}

/* True: nobody leads, so whoever entered does. */
static bool enter_queue(js_put_queue *queue, js_put_request *mine) {
    (void)pthread_mutex_lock(&queue->mutex);
    if (queue->last == NULL) {
        queue->first = mine;
    } else {
        queue->last->next = mine;
    }
    queue->last = mine;
    bool leads = !queue->leading;
    queue->leading = true;
    (void)pthread_mutex_unlock(&queue->mutex);
    return leads;
}

static js_put_request *take_all(js_put_queue *queue) {
    (void)pthread_mutex_lock(&queue->mutex);
    js_put_request *group = queue->first;
    queue->first = NULL;
    queue->last = NULL;
    (void)pthread_mutex_unlock(&queue->mutex);
    return group;
}

/* Who leads next; null: nobody waits. Until it takes them, those that come wait behind it. */
static js_put_request *choose_leader(js_put_queue *queue) {
    (void)pthread_mutex_lock(&queue->mutex);
    js_put_request *next = queue->first;
    queue->leading = next != NULL;
    (void)pthread_mutex_unlock(&queue->mutex);
    return next;
}

static void await_turn(js_put_request *mine) {
    while (sem_wait(&mine->turn) != 0 && errno == EINTR) {
        /* A signal's handler ran on this thread. */
    }
}

/* A request, and its semaphore, may be gone as soon as its thread has been woken. */
static void wake_up(js_put_request *group, const js_put_request *mine) {
    while (group != NULL) {
        js_put_request *next = group->next;
        group->done = true;
        if (group != mine) {
            (void)sem_post(&group->turn);
        }
        group = next;
    }
}

/* The next leader first: then the disk has work while the others of this group are woken. */
static void lead_once(js_sqlite *self, js_put_request *mine) {
    js_put_request *group = take_all(&self->queue);
    lead(self, group);
    js_put_request *next = choose_leader(&self->queue);
    if (next != NULL) {
        (void)sem_post(&next->turn);
    }
    wake_up(group, mine);
}

jirasend_code js_sq_put(js_outbox *outbox, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error) {
    js_sqlite *self = (js_sqlite *)outbox;
    js_error_clear(error);
    if (count == 0) {
        return JIRASEND_OK;
    }
    js_put_request mine = {.puts = puts,
                           .count = count,
                           .now_ms = now_ms,
                           .results = results,
                           .error = error,
                           .code = JIRASEND_OK};
    if (sem_init(&mine.turn, 0, 0) != 0) {
        return js_fail_memory(error);
    }
    if (!enter_queue(&self->queue, &mine)) {
        await_turn(&mine);
    }
    if (!mine.done) {
        lead_once(self, &mine);
    }
    (void)sem_destroy(&mine.turn);
    return mine.code;
}
