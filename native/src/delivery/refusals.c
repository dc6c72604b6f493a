/* Lone events that were refused, until it is clear who refused them. */
#include "delivery/refusals.h"

#include "base/assert.h"

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

bool js_refusals_add(js_refusals *refusals, const js_result *result, int64_t id) {
    js_assert(js_refusals_agree(refusals, result) && refusals->count < JS_REFUSALS_MAX);
    _Static_assert(sizeof refusals->words == sizeof result->words, "kept whole");
    refusals->status = result->status;
    memcpy(refusals->words, result->words, sizeof refusals->words);
    if (!has(refusals, id)) {
        refusals->ids[refusals->count++] = id;
    }
    return refusals->count == JS_REFUSALS_MAX;
}

void js_refusals_clear(js_refusals *refusals) {
    memset(refusals, 0, sizeof *refusals);
}
