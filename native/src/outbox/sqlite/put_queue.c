/*
 * Committing events together. Threads that put at the same time share one transaction, and so one
 * sync of the disk: the first becomes the leader and commits for all it finds waiting; those who
 * come meanwhile wait for the next round, which one of them leads.
 */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"

typedef struct js_put_request {
    const js_put *puts;
    size_t count;
    int64_t now_ms;
    js_put_result *results;
    jirasend_error *error;
    jirasend_code code;
    bool done;
    struct js_put_request *next;
} js_put_request;

jirasend_code js_put_queue_init(js_put_queue *queue, jirasend_error *error) {
    if (pthread_mutex_init(&queue->mutex, NULL) != 0) {
        return js_fail_memory(error);
    }
    if (pthread_cond_init(&queue->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&queue->mutex);
        return js_fail_memory(error);
    }
    return JIRASEND_OK;
}

void js_put_queue_destroy(js_put_queue *queue) {
    (void)pthread_cond_destroy(&queue->changed);
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

/* One transaction for all requests; all share its failure. */
static jirasend_code commit_group(js_sqlite *self, const js_put_request *first,
                                  jirasend_error *error) {
    int64_t last_id = 0;
    jirasend_code code = js_sq_start(self, JS_WORK_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_sq_forget_seen(self, error);
    for (const js_put_request *request = first; request != NULL && code == JIRASEND_OK;
         request = request->next) {
        code = js_store_put(&self->store, request->puts, request->count, request->now_ms,
                            request->results, &last_id, error);
    }
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
        (void)js_fail(request->error, code, "%s", error.message);
        js_error_because(request->error, error.reason);
        for (size_t i = 0; i < request->count; i++) {
            js_put_refuse(&request->results[i], code, error.message);
        }
    }
}

jirasend_code js_sq_put(js_outbox *outbox, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error) {
    js_sqlite *self = (js_sqlite *)outbox;
    js_put_queue *queue = &self->queue;
    js_error_clear(error);
    if (count == 0) {
        return JIRASEND_OK;
    }
    js_put_request mine = {puts, count, now_ms, results, error, JIRASEND_OK, false, NULL};
    (void)pthread_mutex_lock(&queue->mutex);
    if (queue->last == NULL) {
        queue->first = &mine;
    } else {
        queue->last->next = &mine;
    }
    queue->last = &mine;
    while (!mine.done && queue->leading) {
        (void)pthread_cond_wait(&queue->changed, &queue->mutex);
    }
    if (!mine.done) {
        /* Nobody leads, so ours is still in the queue. */
        js_put_request *group = queue->first;
        queue->first = NULL;
        queue->last = NULL;
        queue->leading = true;
        (void)pthread_mutex_unlock(&queue->mutex);
        lead(self, group);
        (void)pthread_mutex_lock(&queue->mutex);
        while (group != NULL) {
            js_put_request *next = group->next; /* a request is gone once it is done */
            group->done = true;
            group = next;
        }
        queue->leading = false;
        (void)pthread_cond_broadcast(&queue->changed);
    }
    (void)pthread_mutex_unlock(&queue->mutex);
    return mine.code;
}
