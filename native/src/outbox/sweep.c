/* What an accepted deletion by properties means for its lane. */
#include "outbox/sweep.h"

#include "base/error.h"
#include "event/kind.h"
#include "event/sweep.h"
#include "outbox/words.h"

#include <stdlib.h>

enum { NOTHING_KNOWN_MS = 10 * 1000 }; /* the wait, where nobody knows what to ask for */

void js_envelopes_free(js_envelope_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(rows[i].key);
    }
    free(rows);
}

/* Of all envelopes of the lane those whose events have the properties. Freed with free(). */
static jirasend_code find_envelopes(js_store *self, const js_event_row *row, const js_event *event,
                                    int64_t **ids, size_t *count, jirasend_error *error) {
    js_envelope_row *all = NULL;
    size_t found = 0;
    *count = 0;
    jirasend_code code = self->rows->envelopes(self, row->lane, &all, &found, error);
    int64_t *those = calloc(found + 1, sizeof *those);
    if (code == JIRASEND_OK && those == NULL) {
        code = js_fail_memory(error);
    }
    for (size_t i = 0; i < found && code == JIRASEND_OK && those != NULL; i++) {
        bool meets = false;
        if (!js_sweep_meets(event, all[i].key, &meets)) {
            code = js_fail_memory(error);
        } else if (meets) {
            those[(*count)++] = all[i].id;
        }
    }
    js_envelopes_free(all, found);
    *ids = those;
    return code;
}

enum { SOME = 64 };

static jirasend_code settle(js_store *self, js_event_row *const *rows, size_t count, int64_t now_ms,
                            jirasend_error *error) {
    js_settling endings[SOME];
    for (size_t i = 0; i < count; i++) {
        endings[i] = (js_settling){.event = rows[i],
                                   .status = JS_STATUS_SUPERSEDED,
                                   .http_status = -1,
                                   .message = JS_WORDS_DELETED};
    }
    return count == 0 ? JIRASEND_OK : self->rows->settle(self, endings, count, now_ms, error);
}

/*
 * What waits before one that is superseded was to be replaced by it, whatever its own properties: sent
 * now, it would come back. Deletions of it still go.
 */
static jirasend_code supersede_before(js_store *self, const js_event_row *swept, int64_t now_ms,
                                      jirasend_error *error) {
    js_event_row rows[SOME];
    js_event_row *those[SOME];
    const js_accepting newest = {.event = swept};
    jirasend_code code = JIRASEND_OK;
    for (size_t left = SOME; left > 0 && code == JIRASEND_OK;) {
        size_t count = 0;
        left = 0;
        code = self->rows->older(self, &newest, 1, true, rows, SOME, &count, error);
        for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
            if (!rows[i].barrier) {
                those[left++] = &rows[i];
            }
        }
        code = code == JIRASEND_OK ? settle(self, those, left, now_ms, error) : code;
        left = count == SOME ? left : 0;
    }
    return code;
}

static jirasend_code supersede(js_store *self, const js_sweeping *sweep, int64_t now_ms,
                               jirasend_error *error) {
    js_event_row rows[SOME];
    js_event_row *those[SOME];
    size_t count = sweep->count == 0 ? 0 : SOME;
    while (count == SOME) {
        jirasend_code code = self->rows->swept(self, sweep, rows, SOME, &count, error);
        for (size_t i = 0; i < count; i++) {
            those[i] = &rows[i];
        }
        code = code == JIRASEND_OK ? settle(self, those, count, now_ms, error) : code;
        for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
            code = supersede_before(self, &rows[i], now_ms, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_store_sweep(js_store *self, const js_event_row *row, const js_event *event,
                             int64_t until_ms, int64_t now_ms, jirasend_error *error) {
    int64_t *ids = NULL;
    size_t count = 0;
    jirasend_code code = find_envelopes(self, row, event, &ids, &count, error);
    const js_sweeping sweep = {.event = row,
                               .envelopes = ids,
                               .count = count,
                               .names = js_api_of(js_kind_api(event->kind))->entities,
                               .until_ms = until_ms,
                               .short_until_ms = now_ms + NOTHING_KNOWN_MS};
    code = code == JIRASEND_OK ? supersede(self, &sweep, now_ms, error) : code;
    code = code == JIRASEND_OK ? self->rows->sweep_accepted(self, &sweep, error) : code;
    free(ids);
    return code;
}
