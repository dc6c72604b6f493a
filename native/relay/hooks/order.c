/* The last change told of each stream: in memory for as many as there is room for, else in the outbox. */
#include "relay/hooks/order.h"

#include "base/buf.h"
#include "base/siphash.h"
#include "event/json.h"
#include "relay/hooks/news.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, SETS = 4096 };

typedef struct told {
    uint64_t stream;
    int64_t ms;
} told;

struct rl_order {
    rl_core *core;
    pthread_mutex_t lock;
    uint64_t key[2];
    told table[SETS][WAYS];
};

rl_order *rl_order_new(rl_core *core, const js_world *world) {
    rl_order *order = calloc(1, sizeof *order);
    if (order != NULL) {
        order->core = core;
        (void)pthread_mutex_init(&order->lock, NULL);
        world->random(world->self, order->key, sizeof order->key);
    }
    return order;
}

void rl_order_free(rl_order *order) {
    if (order != NULL) {
        (void)pthread_mutex_destroy(&order->lock);
        free(order);
    }
}

/* 0: a commit, which never changes. */
static uint64_t stream_of(const rl_order *order, json_object *document) {
    const char *kind = rl_text_at(document, "kind");
    const char *parts[] = {kind,
                           rl_text_at(document, "site"),
                           rl_text_at(document, "repository.url"),
                           rl_text_at(document, "pipelineId"),
                           rl_text_at(document, "environment.id"),
                           strcmp(kind, "branch") == 0 ? rl_text_at(document, "name") : NULL};
    js_buf name = JS_BUF_INIT;
    if (strcmp(kind, "commit") == 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        js_buf_addf(&name, "%s\n", parts[i] != NULL ? parts[i] : "");
    }
    js_buf_addf(&name, "%lld", (long long)rl_number_at(document, "number"));
    uint64_t hash = name.failed ? 0 : js_siphash(order->key, name.data, name.length);
    js_buf_clear(&name);
    return hash;
}

/* What the outbox knows; 0: nothing. */
static int64_t stored_change(rl_core *core, json_object *document) {
    js_buf text = JS_BUF_INIT;
    int64_t changed_ms = 0;
    js_json_write(&text, document);
    if (!text.failed) {
        (void)rl_core_changed(core, text.data, text.length, &changed_ms);
    }
    js_buf_clear(&text);
    return changed_ms;
}

/* With the lock: the stream's own place, or the oldest of its set, filled from the outbox. */
static told *find_place(rl_order *order, uint64_t stream, json_object *document) {
    told *set = order->table[stream % SETS];
    told *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].stream == stream) {
            return &set[i];
        }
        place = set[i].ms < place->ms ? &set[i] : place;
    }
    *place = (told){stream, stored_change(order->core, document)};
    return place;
}

bool rl_order_admit(rl_order *order, json_object *document, int64_t changed_ms) {
    uint64_t stream = stream_of(order, document);
    if (stream == 0) {
        return true;
    }
    (void)pthread_mutex_lock(&order->lock);
    told *place = find_place(order, stream, document);
    bool newer = changed_ms >= place->ms;
    if (newer) {
        place->ms = changed_ms;
    }
    (void)pthread_mutex_unlock(&order->lock);
    return newer;
}
