/*
 * Which event got which id here. A failover that loses what was committed last gives its ids again, and
 * whoever still waits for one must not take another's receipt for its own.
 */
#include "client/client_internal.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, TRUST_MS = 10 * 60 * 1000 };

typedef struct given {
    int64_t id;
    int64_t since_ms; /* monotonic */
    uint64_t what;
} given;

struct js_given {
    given slots[SLOTS];
};

js_given *js_given_new(void) {
    return calloc(1, sizeof(js_given));
}

void js_given_free(js_given *all) {
    free(all);
}

/* FNV-1a: nobody gains anything by a collision. */
static uint64_t add_text(uint64_t sum, const char *text) {
    for (; text != NULL && *text != '\0'; text++) {
        sum = (sum ^ (unsigned char)*text) * 0x100000001B3U;
    }
    return (sum ^ 0xFFU) * 0x100000001B3U;
}

static uint64_t what_it_is(js_kind kind, const char *site, const char *request_id) {
    uint64_t sum = (0xCBF29CE484222325U ^ (uint64_t)kind) * 0x100000001B3U;
    return add_text(add_text(sum, site), request_id);
}

void js_given_note(jirasend_client *client, const js_put_result *result, const js_event *event) {
    if (client->given == NULL || result->code != JIRASEND_OK) {
        return;
    }
    given *slot = &client->given->slots[(uint64_t)result->id % SLOTS];
    uint64_t what = what_it_is(event->kind, event->site.name, event->request_id);
    (void)pthread_mutex_lock(&client->lock);
    *slot = (given){result->id, js_mono_ms(&client->world), what};
    (void)pthread_mutex_unlock(&client->lock);
}

jirasend_code js_given_check(jirasend_client *client, js_receipt *receipt, jirasend_error *error) {
    if (client->given == NULL) {
        return JIRASEND_OK;
    }
    const given *slot = &client->given->slots[(uint64_t)receipt->id % SLOTS];
    if (slot->id != receipt->id || js_mono_ms(&client->world) - slot->since_ms > TRUST_MS ||
        slot->what == what_it_is(receipt->kind, receipt->site, receipt->request_id)) {
        return JIRASEND_OK;
    }
    int64_t id = receipt->id;
    js_receipt_clear(receipt);
    return js_fail(error, JIRASEND_E_NOT_FOUND,
                   "The outbox does not have event %" PRId64
                   " any more: after a failover its number was given to another one.",
                   id);
}
