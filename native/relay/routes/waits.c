/* One thread that follows what is settled, and ends the waits of those who asked for it. */
#include "relay/routes/waits.h"

#include "event/json.h"
#include "event/kind_names.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, FOLLOW_MS = 100, STATUS_MS = 500 };

struct rl_waits {
    rl_relay *relay;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    rl_wait *first;
    rl_wait_item *buckets[BUCKETS];
    bool ended;   /* waits end at once */
    bool closing; /* the thread ends */
    int64_t cursor;
    json_object *lanes; /* of the outbox's status */
    bool paused;        /* likewise */
    int64_t lanes_ms;
    unsigned long thread;
};

static rl_wait_item **bucket_of(rl_waits *waits, int64_t id) {
    return &waits->buckets[(uint64_t)id % BUCKETS];
}

/* With the lock. */
static void end_wait(rl_waits *waits, rl_wait *wait) {
    for (size_t i = 0; i < wait->count; i++) {
        rl_wait_item **at = bucket_of(waits, wait->items[i].id);
        while (*at != NULL && *at != &wait->items[i]) {
            at = &(*at)->chain;
        }
        if (*at != NULL) {
            *at = wait->items[i].chain;
        }
    }
    if (wait->previous != NULL) {
        wait->previous->next = wait->next;
    } else {
        waits->first = wait->next;
    }
    if (wait->next != NULL) {
        wait->next->previous = wait->previous;
    }
    rl_pool_add(waits->relay->pool, &wait->job);
}

static void settle(rl_wait_item *item) {
    if (!item->settled) {
        item->settled = true;
        item->wait->open--;
    }
}

/* With the lock. */
static void settle_id(rl_waits *waits, int64_t id) {
    rl_wait_item *next = NULL;
    for (rl_wait_item *at = *bucket_of(waits, id); at != NULL; at = next) {
        next = at->chain;
        if (at->id != id) {
            continue;
        }
        settle(at);
        if (at->wait->open == 0) {
            end_wait(waits, at->wait);
            next = *bucket_of(waits, id); /* the chain has changed */
        }
    }
}

static json_object *parse_and_free(char *text) {
    json_object *object = json_tokener_parse(text);
    jirasend_free(text);
    return object;
}

/* Whether a receipt will not change by itself: settled, or held. */
static bool is_final(json_object *receipt) {
    return strcmp(js_json_text_of(receipt, "status"), "queued") != 0;
}

static bool lane_is_of(json_object *lane, const rl_wait_item *item) {
    if (strcmp(js_json_text_of(lane, "site"), item->site) != 0) {
        return false;
    }
    return strcmp(js_json_text_of(lane, "kind"), item->kind) == 0 ||
           strcmp(js_json_text_of(lane, "api"), js_kind_api_name(item->kind)) == 0;
}

/* Its lane is held, or rests for longer than the wait goes on; or nothing is sent at all. */
static bool is_stuck(const rl_waits *waits, const rl_wait_item *item, int64_t left_ms) {
    if (waits->paused) {
        return true;
    }
    for (size_t i = 0; waits->lanes != NULL && i < json_object_array_length(waits->lanes); i++) {
        json_object *lane = json_object_array_get_idx(waits->lanes, i);
        json_object *value = NULL;
        if (!lane_is_of(lane, item)) {
            continue;
        }
        bool held =
            json_object_object_get_ex(lane, "held", &value) && json_object_get_boolean(value);
        int64_t retry_ms =
            json_object_object_get_ex(lane, "retryInMs", &value) ? json_object_get_int64(value) : 0;
        return held || retry_ms > left_ms;
    }
    return false;
}

static bool all_stuck(const rl_waits *waits, const rl_wait *wait, int64_t left_ms) {
    for (size_t i = 0; i < wait->count; i++) {
        if (!wait->items[i].settled && !is_stuck(waits, &wait->items[i], left_ms)) {
            return false;
        }
    }
    return true;
}

static void read_lanes(rl_waits *waits, int64_t now_ms) {
    char *text = NULL;
    json_object *lanes = NULL;
    if (waits->lanes != NULL && now_ms - waits->lanes_ms < STATUS_MS) {
        return;
    }
    (void)json_object_put(waits->lanes);
    waits->lanes = NULL;
    waits->lanes_ms = now_ms;
    if (rl_core_status(waits->relay->core, &text, NULL) != JIRASEND_OK) {
        return;
    }
    json_object *status = parse_and_free(text);
    json_object *paused = NULL;
    waits->paused =
        json_object_object_get_ex(status, "paused", &paused) && json_object_get_boolean(paused);
    if (status != NULL && json_object_object_get_ex(status, "lanes", &lanes)) {
        waits->lanes = json_object_get(lanes);
    }
    (void)json_object_put(status);
}

/* The newest wait that was not looked at yet; its ids, to be asked without the lock. */
static int64_t *fresh_ids(rl_waits *waits, size_t *count) {
    for (rl_wait *at = waits->first; at != NULL; at = at->next) {
        if (!at->fresh) {
            continue;
        }
        at->fresh = false;
        int64_t *ids = calloc(at->count, sizeof *ids);
        *count = ids != NULL ? at->count : 0;
        for (size_t i = 0; i < *count; i++) {
            ids[i] = at->items[i].id;
        }
        return ids;
    }
    return NULL;
}

static void look_at_fresh(rl_waits *waits) {
    for (;;) {
        size_t count = 0;
        (void)pthread_mutex_lock(&waits->lock);
        int64_t *ids = fresh_ids(waits, &count);
        (void)pthread_mutex_unlock(&waits->lock);
        if (ids == NULL) {
            return;
        }
        for (size_t i = 0; i < count; i++) {
            char *text = NULL;
            if (rl_core_receipt(waits->relay->core, ids[i], &text, NULL) != JIRASEND_OK) {
                continue;
            }
            json_object *receipt = parse_and_free(text);
            if (receipt != NULL && is_final(receipt)) {
                (void)pthread_mutex_lock(&waits->lock);
                settle_id(waits, ids[i]);
                (void)pthread_mutex_unlock(&waits->lock);
            }
            (void)json_object_put(receipt);
        }
        free(ids);
    }
}

static void sweep(rl_waits *waits) {
    int64_t now = js_mono_ms(&waits->relay->world);
    read_lanes(waits, now);
    (void)pthread_mutex_lock(&waits->lock);
    rl_wait *next = NULL;
    for (rl_wait *at = waits->first; at != NULL; at = next) {
        next = at->next;
        if (waits->ended || now >= at->deadline_ms || atomic_load(at->gone) ||
            (!at->fresh && all_stuck(waits, at, at->deadline_ms - now))) {
            end_wait(waits, at);
        }
    }
    (void)pthread_mutex_unlock(&waits->lock);
}

static void follow(rl_waits *waits) {
    char *text = NULL;
    int64_t patience = waits->cursor == 0 ? 0 : FOLLOW_MS;
    jirasend_code code = rl_core_next(waits->relay->core, &waits->cursor, patience, &text, NULL);
    if (code == JIRASEND_OK) {
        json_object *id = NULL;
        json_object *receipt = parse_and_free(text);
        (void)pthread_mutex_lock(&waits->lock);
        if (receipt != NULL && json_object_object_get_ex(receipt, "id", &id)) {
            settle_id(waits, json_object_get_int64(id));
        }
        (void)pthread_mutex_unlock(&waits->lock);
        (void)json_object_put(receipt);
    } else if (code != JIRASEND_E_TIMEOUT) {
        const struct timespec pause = {0, FOLLOW_MS * 1000000L};
        (void)nanosleep(&pause, NULL); /* the outbox cannot be read now */
    }
}

static void *serve(void *context) {
    rl_waits *waits = context;
    int64_t swept_ms = 0;
    for (;;) {
        (void)pthread_mutex_lock(&waits->lock);
        while (waits->first == NULL && !waits->closing) {
            waits->cursor = 0;
            (void)pthread_cond_wait(&waits->changed, &waits->lock);
        }
        bool over = waits->closing && waits->first == NULL;
        bool fresh = waits->first != NULL && waits->first->fresh;
        (void)pthread_mutex_unlock(&waits->lock);
        if (over) {
            return NULL;
        }
        follow(waits);
        look_at_fresh(waits);
        int64_t now = js_mono_ms(&waits->relay->world);
        if (fresh || now - swept_ms >= FOLLOW_MS) {
            swept_ms = now;
            sweep(waits);
        }
    }
}

rl_waits *rl_waits_new(rl_relay *relay) {
    rl_waits *waits = calloc(1, sizeof *waits);
    if (waits == NULL) {
        return NULL;
    }
    waits->relay = relay;
    (void)pthread_mutex_init(&waits->lock, NULL);
    (void)pthread_cond_init(&waits->changed, NULL);
    if (!rl_thread_start(&waits->thread, serve, waits)) {
        free(waits);
        return NULL;
    }
    return waits;
}

void rl_waits_add(rl_waits *waits, rl_wait *wait) {
    (void)pthread_mutex_lock(&waits->lock);
    wait->open = wait->count;
    wait->fresh = true;
    wait->previous = NULL;
    wait->next = waits->first;
    if (wait->next != NULL) {
        wait->next->previous = wait;
    }
    waits->first = wait;
    for (size_t i = 0; i < wait->count; i++) {
        rl_wait_item **bucket = bucket_of(waits, wait->items[i].id);
        wait->items[i].wait = wait;
        wait->items[i].chain = *bucket;
        *bucket = &wait->items[i];
    }
    (void)pthread_cond_signal(&waits->changed);
    (void)pthread_mutex_unlock(&waits->lock);
}

void rl_waits_end_all(rl_waits *waits) {
    (void)pthread_mutex_lock(&waits->lock);
    waits->ended = true;
    (void)pthread_cond_signal(&waits->changed);
    (void)pthread_mutex_unlock(&waits->lock);
}

void rl_waits_free(rl_waits *waits) {
    if (waits == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&waits->lock);
    waits->ended = true;
    waits->closing = true;
    (void)pthread_cond_signal(&waits->changed);
    (void)pthread_mutex_unlock(&waits->lock);
    (void)pthread_join((pthread_t)waits->thread, NULL);
    (void)json_object_put(waits->lanes);
    (void)pthread_mutex_destroy(&waits->lock);
    (void)pthread_cond_destroy(&waits->changed);
    free(waits);
}
