/* What Jira has now of the things that an issue's events are about. */
#include "client/explain.h"

#include "base/error.h"
#include "event/kind.h"

#include <stdlib.h>
#include <string.h>

enum { ASKED_MAX = 200, FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 8000 };

static size_t lane_of(js_asking *in, const js_event *event) {
    js_api api = js_kind_api(event->kind);
    size_t at = 0;
    while (at < in->lane_count &&
           (in->lanes[at].api != api || strcmp(in->lanes[at].site, event->site.name) != 0)) {
        at++;
    }
    if (at == in->lane_count) {
        in->lanes[in->lane_count++] =
            (js_asked_lane){.site = event->site.name, .api = api, .why = JIRASEND_ERROR_INIT};
    }
    return at;
}

/* What cannot be read is not asked for: receipts of 0.1.0 do not say what they are about. */
static void add_thing(js_asking *in, int64_t id, const js_buf *name) {
    js_asked_thing *next = &in->things[in->count];
    if (in->count == ASKED_MAX) {
        in->unasked++;
    } else if (js_thing_read(in->client, &next->event, name->data, name->length, NULL) ==
               JIRASEND_OK) {
        next->id = id;
        next->lane = lane_of(in, &next->event);
        in->count++;
    }
}

jirasend_code js_asking_gather(js_asking *in, const js_history_row *rows, size_t count) {
    js_key_set *seen = js_key_set_new();
    in->things = calloc(ASKED_MAX, sizeof *in->things);
    in->lanes = calloc(ASKED_MAX, sizeof *in->lanes);
    jirasend_code code = seen != NULL && in->things != NULL && in->lanes != NULL
                             ? JIRASEND_OK
                             : js_fail_memory(in->error);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_buf name = JS_BUF_INIT;
        code = js_thing_name(&name, &rows[i].receipt, in->error);
        if (code == JIRASEND_OK && !js_key_set_holds(seen, name.data, name.length)) {
            add_thing(in, rows[i].receipt.id, &name);
            code = js_key_set_add(seen, name.data, name.length) ? JIRASEND_OK
                                                                : js_fail_memory(in->error);
        }
        js_buf_clear(&name);
    }
    js_key_set_free(seen);
    return code;
}

static jirasend_code is_named(const js_asking *in, js_kind kind, json_object *jira, bool *named) {
    js_seen seen;
    jirasend_code code = js_answer_seen(&seen, kind, jira, in->error);
    *named = code == JIRASEND_OK && (!seen.keyed || js_strings_contain(&seen.keys, in->key));
    js_seen_clear(&seen);
    return code;
}

/* Takes the differences. */
static bool put_state(const js_asking *in, const js_asked_thing *one, const js_thing_answer *answer,
                      js_match match, bool named, json_object *differences) {
    static const char *const words[] = {
        [JS_THING_THERE] = "yes", [JS_THING_GONE] = "no", [JS_THING_NOT_KNOWN] = "not known"};
    json_object *state = js_json_append_object(in->states);
    bool good = js_json_put_number(state, "event", one->id) &&
                js_json_put_text(state, "there", words[answer->thing]) &&
                js_json_put_flag(state, "named", named) &&
                js_json_put_flag(state, "newer", match == JS_MATCH_NEWER);
    if (!good || json_object_object_add(state, "differences", differences) != 0) {
        json_object_put(differences);
        return false;
    }
    return true;
}

static jirasend_code take_answer(js_asking *in, js_asked_thing *one,
                                 const js_thing_answer *answer) {
    js_last_told told;
    js_outbox *outbox = in->client->outbox;
    jirasend_code code = outbox->ops->last_told(outbox, &one->event, 0, &told, in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    bool named = false;
    js_match match = JS_MATCH_NOTHING;
    json_object *differences = json_object_new_array();
    code = differences != NULL ? js_match_told(&told, answer, differences, &match, in->error)
                               : js_fail_memory(in->error);
    js_last_told_clear(&told);
    if (code == JIRASEND_OK && answer->json != NULL) {
        code = is_named(in, one->event.kind, answer->json, &named);
        one->jira = json_object_get(answer->json);
    }
    if (code != JIRASEND_OK) {
        json_object_put(differences);
        return code;
    }
    one->done = true;
    return put_state(in, one, answer, match, named, differences) ? JIRASEND_OK
                                                                 : js_fail_memory(in->error);
}

/* What one answer says of the other things in the same repository. */
static jirasend_code take_others(js_asking *in, size_t at, json_object *whole) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = at + 1; i < in->count && code == JIRASEND_OK; i++) {
        js_asked_thing *other = &in->things[i];
        if (!js_things_together(&in->things[at].event, &other->event)) {
            continue;
        }
        js_thing_answer answer = {.thing = JS_THING_GONE};
        code = whole != NULL ? js_answer_thing_in(&answer, &other->event, whole, in->error)
                             : JIRASEND_OK;
        if (code == JIRASEND_OK) {
            code = take_answer(in, other, &answer);
        }
        js_thing_answer_clear(&answer);
    }
    return code;
}

static jirasend_code ask_one(js_asking *in, size_t at, int64_t timeout_ms) {
    js_asked_thing *one = &in->things[at];
    jirasend_error *why = &in->lanes[one->lane].why;
    js_thing_answer answer;
    jirasend_code code = js_thing_ask(in->client, &one->event, timeout_ms, &answer, why);
    if (code == JIRASEND_OK) {
        code = take_answer(in, one, &answer);
        if (code == JIRASEND_OK) {
            code = take_others(in, at, answer.whole);
        }
        js_thing_answer_clear(&answer);
        return code;
    }
    if (code != JIRASEND_E_CREDENTIALS && code != JIRASEND_E_NETWORK &&
        code != JIRASEND_E_TIMEOUT) { /* no credentials at all, or the wait was ended */
        in->why = *why;
        in->stopped = true;
    }
    return JIRASEND_OK;
}

static bool lane_waits(const js_asking *in, size_t lane) {
    bool waits = false;
    for (size_t i = 0; i < in->count && !waits; i++) {
        waits = in->things[i].lane == lane && !in->things[i].done;
    }
    return waits && in->lanes[lane].why.code != JIRASEND_E_CREDENTIALS;
}

/* How many are to be asked after this one, and it. */
static int64_t lanes_left(const js_asking *in, size_t from) {
    int64_t left = 0;
    for (size_t i = from; i < in->lane_count; i++) {
        left += lane_waits(in, i) ? 1 : 0;
    }
    return left > 0 ? left : 1;
}

/* Until one gets no answer: the others of the lane would get none, either. */
static jirasend_code ask_lane(js_asking *in, size_t lane, int64_t pause_ms) {
    const js_world *world = &in->client->world;
    js_asked_lane *asked = &in->lanes[lane];
    jirasend_code code = JIRASEND_OK;
    asked->why = (jirasend_error)JIRASEND_ERROR_INIT;
    for (size_t i = 0; i < in->count && code == JIRASEND_OK && asked->why.code == JIRASEND_OK;
         i++) {
        if (in->things[i].lane == lane && !in->things[i].done) {
            int64_t left_ms = in->until_ms - js_mono_ms(world);
            code = ask_one(in, i, left_ms > 0 ? left_ms / lanes_left(in, lane) : 0);
        }
    }
    int64_t wait_ms = asked->why.retry_after_ms > pause_ms ? asked->why.retry_after_ms : pause_ms;
    asked->again_ms = js_later_ms(js_mono_ms(world), wait_ms);
    return code;
}

/* When the next lane is asked again; INT64_MAX: none is. */
static int64_t next_turn_ms(const js_asking *in) {
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < in->lane_count; i++) {
        if (lane_waits(in, i) && in->lanes[i].again_ms < next_ms) {
            next_ms = in->lanes[i].again_ms;
        }
    }
    return next_ms;
}

/* One that is silent keeps nobody from asking the others; then it is asked again while there is time. */
static jirasend_code ask_all(js_asking *in) {
    const js_world *world = &in->client->world;
    int64_t pause_ms = FIRST_PAUSE_MS;
    jirasend_code code = JIRASEND_OK;
    for (;;) {
        for (size_t i = 0; i < in->lane_count && code == JIRASEND_OK && !in->stopped; i++) {
            if (lane_waits(in, i) && in->lanes[i].again_ms <= js_mono_ms(world)) {
                code = ask_lane(in, i, pause_ms);
            }
        }
        int64_t next_ms = next_turn_ms(in);
        int64_t sleep_ms = next_ms - js_mono_ms(world);
        if (code != JIRASEND_OK || in->stopped || next_ms >= in->until_ms ||
            js_client_sleep(in->client, sleep_ms > 0 ? sleep_ms : 0, NULL) != JIRASEND_OK) {
            return code;
        }
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

/* Who did not answer. What is not permitted is graver than what may come yet. */
static bool put_unanswered(js_asking *in, json_object *answer) {
    json_object *list = js_json_put_array(answer, "unanswered");
    bool good = list != NULL;
    for (size_t i = 0; i < in->lane_count && good; i++) {
        const js_asked_lane *lane = &in->lanes[i];
        if (lane->why.code == JIRASEND_OK) {
            continue;
        }
        json_object *one = js_json_append_object(list);
        good = js_json_put_text(one, "site", lane->site) &&
               js_json_put_text(one, "permission", js_api_of(lane->api)->permission) &&
               js_json_put_text(one, "message", lane->why.message);
        if (in->why.code == JIRASEND_OK ||
            (in->why.code != JIRASEND_E_CREDENTIALS && lane->why.code == JIRASEND_E_CREDENTIALS)) {
            in->why = lane->why;
        }
    }
    return good;
}

/* The newest first, whoever answered first. */
static bool put_documents(const js_asking *in, json_object *jira) {
    bool good = true;
    for (size_t i = 0; i < in->count && good; i++) {
        good =
            in->things[i].jira == NULL || js_json_append(jira, json_object_get(in->things[i].jira));
    }
    return good;
}

void js_asking_clear(js_asking *in) {
    for (size_t i = 0; i < in->count; i++) {
        json_object_put(in->things[i].jira);
        js_event_clear(&in->things[i].event);
    }
    free(in->things);
    free(in->lanes);
}

jirasend_code js_asking_put_deleted(const js_asking *in, json_object *answer) {
    js_outbox *outbox = in->client->outbox;
    json_object *list = js_json_put_array(answer, "deleted");
    jirasend_code code = list != NULL ? JIRASEND_OK : js_fail_memory(in->error);
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        js_last_told told;
        code = outbox->ops->last_told(outbox, &in->things[i].event, 0, &told, in->error);
        if (code == JIRASEND_OK) {
            bool good = !told.gone || js_json_append(list, json_object_new_int64(in->things[i].id));
            code = good ? JIRASEND_OK : js_fail_memory(in->error);
            js_last_told_clear(&told);
        }
    }
    return code;
}

jirasend_code js_asking_put_jira(js_asking *in, json_object *answer) {
    json_object *jira = js_json_put_array(answer, "jira");
    if (jira == NULL) {
        return js_fail_memory(in->error);
    }
    if (in->offline) {
        return JIRASEND_OK;
    }
    in->states = js_json_put_array(answer, "things");
    bool good = in->states != NULL && js_json_put_number(answer, "unasked", (int64_t)in->unasked);
    jirasend_code code = good ? ask_all(in) : js_fail_memory(in->error);
    if (code == JIRASEND_OK) {
        good = put_documents(in, jira) && (in->stopped || put_unanswered(in, answer));
        code = good ? JIRASEND_OK : js_fail_memory(in->error);
    }
    return code;
}
