/* What an outbox keeps beside its events: numbers of streams, what Jira asked for, counters, cloud ids. */
#include "base/error.h"
#include "outbox/move_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- streams ---- */

static jirasend_code take_streams(js_mover *in, const js_lane *lanes,
                                  const js_moved_stream *streams, size_t count) {
    js_store *target;
    jirasend_code code = js_mover_begin(in, in->to, JS_WORK_WRITE, &target);
    if (code == JIRASEND_OK) {
        code = in->to->ops->moves->take_streams(target, lanes, streams, count, in->error);
        code = js_mover_end(in, in->to, target, code);
    }
    return code;
}

jirasend_code js_mover_streams(js_mover *in) {
    js_store *source;
    js_lane *lanes = calloc(JS_MOVER_BATCH, sizeof *lanes);
    js_moved_stream *streams = calloc(JS_MOVER_BATCH, sizeof *streams);
    jirasend_code code = lanes == NULL || streams == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    size_t count = 1;
    for (int64_t cursor = 0; code == JIRASEND_OK && count > 0;) {
        code = js_mover_begin(in, in->from, JS_WORK_READ, &source);
        if (code == JIRASEND_OK) {
            count = 0;
            code = in->from->ops->moves->read_streams(source, &cursor, lanes, streams,
                                                      JS_MOVER_BATCH, &count, in->error);
            code = js_mover_end(in, in->from, source, code);
            if (code == JIRASEND_OK && count > 0) {
                code = take_streams(in, lanes, streams, count);
            }
            js_moved_streams_clear(streams, count);
        }
    }
    free(lanes);
    free(streams);
    return code;
}

/* ---- what Jira asked for, and counters ---- */

jirasend_code js_mover_rates(js_mover *in) {
    for (size_t i = 0; i < in->claim_count; i++) {
        const js_mover_claimed *held = &in->claims[i];
        js_stop here, there;
        if (held->outbox != in->from) {
            continue;
        }
        jirasend_code code = in->from->ops->stop_get(in->from, &held->lane, &here, in->error);
        code = code == JIRASEND_OK && here.rate_until_ms > 0
                   ? in->to->ops->stop_get(in->to, &held->lane, &there, in->error)
                   : code;
        if (code == JIRASEND_OK && here.rate_until_ms > 0 &&
            here.rate_until_ms > there.rate_until_ms) {
            there.rate_until_ms = here.rate_until_ms;
            code = in->to->ops->stop_put(in->to, &held->lane, &there, in->error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

/* "VALUE LENGTH NAME\nLABEL" one after the other, as labels hold line breaks. */
static int64_t counted_before(const char *text, const char *name, const char *label) {
    while (text != NULL && *text != '\0') {
        char *end = NULL;
        int64_t value = strtoll(text, &end, 10);
        size_t length = (size_t)strtoull(end, &end, 10);
        if (*end != ' ' || strlen(end + 1) < length) {
            return 0;
        }
        size_t of_name = strlen(name);
        const char *at = end + 1;
        if (length == of_name + 1 + strlen(label) && memcmp(at, name, of_name) == 0 &&
            at[of_name] == '\n' && memcmp(at + of_name + 1, label, strlen(label)) == 0) {
            return value;
        }
        text = at + length;
    }
    return 0;
}

static jirasend_code add_counters(js_mover *in, const js_metric *counters, size_t count,
                                  const char *before, const char *note) {
    js_store *target;
    js_buf now = JS_BUF_INIT;
    jirasend_code code = js_mover_begin(in, in->to, JS_WORK_WRITE, &target);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        const js_metric *one = &counters[i];
        int64_t more = one->value - counted_before(before, one->name, one->label);
        js_buf_addf(&now, "%" PRId64 " %zu %s\n%s", one->value,
                    strlen(one->name) + 1 + strlen(one->label), one->name, one->label);
        code = more > 0
                   ? in->to->ops->moves->add_counter(target, one->name, one->label, more, in->error)
                   : JIRASEND_OK;
    }
    if (code == JIRASEND_OK && now.length > 0) {
        code = now.failed ? js_fail_memory(in->error)
                          : in->to->ops->moves->write_note(target, note, now.data, in->error);
    }
    js_buf_clear(&now);
    return js_mover_end(in, in->to, target, code);
}

/* The source goes on counting, so only what it counted since the last move is added. */
jirasend_code js_mover_counters(js_mover *in) {
    char note[JS_MOVER_NOTE_NAME + 16];
    (void)snprintf(note, sizeof note, "%s counters", in->note);
    js_metric *counters = NULL;
    size_t count = 0;
    js_buf before = JS_BUF_INIT;
    js_store *source;
    jirasend_code code = js_mover_note(in, note, &before);
    code = code == JIRASEND_OK ? js_mover_begin(in, in->from, JS_WORK_READ, &source) : code;
    if (code == JIRASEND_OK) {
        code = in->from->ops->moves->read_counters(source, &counters, &count, in->error);
        code = js_mover_end(in, in->from, source, code);
    }
    if (code == JIRASEND_OK) {
        code = add_counters(in, counters, count, before.data, note);
    }
    js_metrics_free(counters, count);
    js_buf_clear(&before);
    return code;
}

jirasend_code js_mover_cloud_ids(js_mover *in) {
    js_lane *lanes;
    size_t count;
    jirasend_code code = js_mover_lanes(in, in->from, &lanes, &count);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        char here[128], there[128];
        if (lanes[i].api != JS_API_NONE) {
            continue;
        }
        code = in->from->ops->cloud_id_get(in->from, lanes[i].site, here, sizeof here, in->error);
        if (code == JIRASEND_OK && here[0] != '\0') {
            code = in->to->ops->cloud_id_get(in->to, lanes[i].site, there, sizeof there, in->error);
        }
        if (code == JIRASEND_OK && here[0] != '\0' && there[0] == '\0') {
            code = in->to->ops->cloud_id_put(in->to, lanes[i].site, here, in->error);
        }
    }
    free(lanes);
    return code;
}
