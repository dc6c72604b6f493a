/* Lone events that were refused, until it is clear who refused them. */
#include "delivery/refusals.h"

#include "base/assert.h"
#include "base/siphash.h"

#include <string.h>

bool js_refusals_agree(const js_refusals *refusals, const js_result *result) {
    return refusals->count == 0 ||
           (refusals->status == result->status && strcmp(refusals->words, result->words) == 0);
}

static bool has(const js_refusals *refusals, int64_t id) {
    for (size_t i = 0; i < refusals->count; i++) {
        if (refusals->ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* The same in every process; nobody gains by words that look like others. */
static uint64_t hash_of(const js_refusals *refusals) {
    const uint64_t key[2] = {(uint64_t)refusals->status, 0};
    return js_siphash(key, refusals->words, strlen(refusals->words));
}

int js_refusals_before(const js_refusals *refusals, const js_refused *before) {
    return before->count > 0 && before->words == hash_of(refusals) ? before->count : 0;
}

bool js_refusals_add(js_refusals *refusals, const js_result *result, int64_t id,
                     const js_refused *before) {
    js_assert(js_refusals_agree(refusals, result) && refusals->count < JS_REFUSALS_MAX);
    _Static_assert(sizeof refusals->words == sizeof result->words, "kept whole");
    refusals->endpoint = result->endpoint;
    refusals->status = result->status;
    memcpy(refusals->words, result->words, sizeof refusals->words);
    if (!has(refusals, id)) {
        refusals->ids[refusals->count++] = id;
    }
    return refusals->count + (size_t)js_refusals_before(refusals, before) >= JS_REFUSALS_MAX;
}

void js_refusals_remember(const js_refusals *refusals, js_refused *before) {
    if (refusals->count == 0) {
        return;
    }
    before->count = js_refusals_before(refusals, before);
    before->words = hash_of(refusals);
    for (size_t i = 0; i < refusals->count && before->count < JS_REFUSED_MAX; i++) {
        before->ids[before->count++] = refusals->ids[i];
    }
}

void js_refusals_clear(js_refusals *refusals) {
    memset(refusals, 0, sizeof *refusals);
}
