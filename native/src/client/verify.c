/* Verifying the history against Jira, one question after the other. */
#include "client/verify.h"

#include "base/error.h"
#include "event/kind.h"

#include <stdlib.h>
#include <string.h>

/* ---- what there is to ask ---- */

static int by_group(const void *left, const void *right) {
    const js_unit_id *a = left;
    const js_unit_id *b = right;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    return a->id > b->id ? -1 : a->id < b->id ? 1 : 0;
}

static int by_rank(const void *left, const void *right) {
    const js_unit_id *a = left;
    const js_unit_id *b = right;
    if (a->rank != b->rank) {
        return a->rank > b->rank ? -1 : 1;
    }
    return a->id > b->id ? -1 : a->id < b->id ? 1 : 0;
}

/* The newest first; what one question answers is kept together, as new as the newest of it. */
static void order_units(js_unit_id *ids, size_t count) {
    if (count == 0) {
        return;
    }
    qsort(ids, count, sizeof *ids, by_group);
    for (size_t i = 0; i < count; i++) {
        bool goes_on = i > 0 && ids[i].group != 0 && ids[i].group == ids[i - 1].group;
        ids[i].rank = goes_on ? ids[i - 1].rank : ids[i].id;
    }
    qsort(ids, count, sizeof *ids, by_rank);
}

/* Moves so many, chosen at random, to the beginning. */
static size_t choose(const js_world *world, js_told_id *ids, size_t count, int64_t sample) {
    if (sample <= 0 || (size_t)sample >= count) {
        return count;
    }
    for (size_t i = 0; i < (size_t)sample; i++) {
        size_t at = i + (size_t)js_random_below(world, (int64_t)(count - i));
        js_told_id chosen = ids[at];
        ids[at] = ids[i];
        ids[i] = chosen;
    }
    return (size_t)sample;
}

static jirasend_code gather(jirasend_verification *self, int64_t since_ms, int64_t sample,
                            jirasend_error *error) {
    js_outbox *outbox = self->client->outbox;
    js_told_id *told = NULL;
    size_t count = 0;
    jirasend_code code = outbox->ops->told_ids(outbox, self->kinds, since_ms, &told, &count, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    count = choose(&self->client->world, told, count, sample);
    self->ids = calloc(count + 1, sizeof *self->ids);
    for (size_t i = 0; i < count && self->ids != NULL; i++) {
        self->ids[i] = (js_unit_id){told[i].id, told[i].group, 0};
    }
    free(told);
    if (self->ids == NULL) {
        return js_fail_memory(error);
    }
    self->count = count;
    order_units(self->ids, count);
    return JIRASEND_OK;
}

static size_t unit_end(const jirasend_verification *self, size_t start) {
    size_t end = start + 1;
    while (end < self->count && self->ids[end].rank == self->ids[start].rank) {
        end++;
    }
    return end;
}

/* ---- one question ---- */

/* What one answer says of all that it is about. */
typedef struct round {
    json_object *lines;
    int64_t same, differing, newer, not_known;
    int64_t expected; /* to be there */
    bool fresh;       /* something that differs was told a moment ago */
} round_result;

static bool add_line(json_object *lines, const js_receipt *receipt, json_object *differences) {
    json_object *line = js_receipt_json(receipt);
    if (line == NULL || json_object_object_add(line, "differences", differences) != 0) {
        json_object_put(line);
        json_object_put(differences);
        return false;
    }
    return js_json_append(lines, line);
}

static jirasend_code count_match(jirasend_verification *self, round_result *in,
                                 const js_last_told *told, js_match match, json_object *differences,
                                 jirasend_error *error) {
    in->same += match == JS_MATCH_SAME ? 1 : 0;
    in->newer += match == JS_MATCH_NEWER ? 1 : 0;
    in->not_known += match == JS_MATCH_NOT_KNOWN || match == JS_MATCH_NOTHING ? 1 : 0;
    in->expected += told->gone ? 0 : 1;
    if (match != JS_MATCH_DIFFERS) {
        json_object_put(differences);
        return JIRASEND_OK;
    }
    in->differing++;
    in->fresh = in->fresh || js_told_is_fresh(self->client, told);
    return add_line(in->lines, &told->row.receipt, differences) ? JIRASEND_OK
                                                                : js_fail_memory(error);
}

/* `whole` null: there is none of it. */
static jirasend_code judge(jirasend_verification *self, round_result *in, int64_t id,
                           json_object *whole, jirasend_error *error) {
    js_last_told told;
    js_event event;
    js_outbox *outbox = self->client->outbox;
    jirasend_code code = outbox->ops->last_told(outbox, NULL, id, &told, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_thing_answer answer = {.thing = JS_THING_GONE};
    json_object *differences = json_object_new_array();
    js_match match = JS_MATCH_NOTHING;
    if (told.row.receipt.id != 0 &&
        js_thing_of_receipt(self->client, &told.row.receipt, &event, NULL) == JIRASEND_OK) {
        code = whole != NULL ? js_answer_thing_in(&answer, &event, whole, error) : JIRASEND_OK;
        if (code == JIRASEND_OK) {
            code = differences != NULL ? js_match_told(&told, &answer, differences, &match, error)
                                       : js_fail_memory(error);
        }
        js_event_clear(&event);
    }
    if (code == JIRASEND_OK) {
        code = count_match(self, in, &told, match, differences, error);
    } else {
        json_object_put(differences);
    }
    js_thing_answer_clear(&answer);
    js_last_told_clear(&told);
    return code;
}

/* By the first of the unit that says what it is about; older receipts do not. */
static jirasend_code name_unit(jirasend_verification *self, size_t start, size_t end,
                               js_event *event, bool *found, jirasend_error *error) {
    js_outbox *outbox = self->client->outbox;
    jirasend_code code = JIRASEND_OK;
    bool named = false;
    for (size_t i = start; i < end && !named && code == JIRASEND_OK; i++) {
        js_last_told told;
        code = outbox->ops->last_told(outbox, NULL, self->ids[i].id, &told, error);
        if (code == JIRASEND_OK) {
            named = told.row.receipt.id != 0 && js_thing_of_receipt(self->client, &told.row.receipt,
                                                                    event, NULL) == JIRASEND_OK;
            js_last_told_clear(&told);
        }
    }
    *found = named;
    return code;
}

static jirasend_code ask_round(jirasend_verification *self, const js_event *event, size_t start,
                               size_t end, int64_t timeout_ms, round_result *in, bool *missing,
                               jirasend_error *error) {
    js_thing_answer answer;
    jirasend_code code = js_thing_ask(self->client, event, timeout_ms, &answer, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object_put(in->lines);
    *in = (round_result){.lines = json_object_new_array()};
    *missing = answer.whole == NULL;
    code = in->lines != NULL ? JIRASEND_OK : js_fail_memory(error);
    for (size_t i = start; i < end && code == JIRASEND_OK; i++) {
        code = judge(self, in, self->ids[i].id, answer.whole, error);
    }
    js_thing_answer_clear(&answer);
    return code;
}

static jirasend_code ask_unit(jirasend_verification *self, const js_event *event, size_t start,
                              size_t end, int64_t timeout_ms, round_result *in,
                              jirasend_error *error) {
    const js_world *world = &self->client->world;
    int64_t until_ms = js_later_ms(js_mono_ms(world), timeout_ms);
    bool missing = false;
    jirasend_code code = ask_round(self, event, start, end, timeout_ms, in, &missing, error);
    int64_t left_ms = until_ms - js_mono_ms(world) - JS_THING_AGAIN_MS;
    if (code == JIRASEND_OK && in->fresh && left_ms > 0) {
        code = js_client_sleep(self->client, JS_THING_AGAIN_MS, error);
        if (code == JIRASEND_OK) {
            code = ask_round(self, event, start, end, left_ms, in, &missing, error);
        }
    }
    if (code == JIRASEND_OK) {
        js_verified_api *api = &self->apis[js_kind_api(event->kind)];
        api->expected += in->expected;
        api->missing += missing ? in->expected : 0;
    }
    return code;
}

static void step_over(jirasend_verification *self, size_t end, const round_result *in) {
    self->asked += (int64_t)(end - self->at);
    self->same += in->same;
    self->differing += in->differing;
    self->newer += in->newer;
    self->not_known += in->not_known;
    self->at = end;
}

static jirasend_code hand_out_lines(json_object *lines, char **out, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    js_json_write_built(&text, lines, lines != NULL);
    return js_hand_out(&text, out, error);
}

static jirasend_code next(jirasend_verification *self, int64_t timeout_ms, char **lines,
                          jirasend_error *error) {
    while (self->at < self->count) {
        size_t start = self->at;
        size_t end = unit_end(self, start);
        js_event event;
        bool named = false;
        if (js_verify_was_asked(self, start, end)) {
            self->went_on += (int64_t)(end - start);
            step_over(self, end, &(round_result){.same = (int64_t)(end - start)});
            continue;
        }
        jirasend_code code = name_unit(self, start, end, &event, &named, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        bool forbidden = named && self->apis[js_kind_api(event.kind)].forbidden;
        if (!named || forbidden) {
            step_over(self, end, &(round_result){.not_known = (int64_t)(end - start)});
            if (named) {
                js_event_clear(&event);
            }
            continue;
        }
        round_result in = {.lines = NULL};
        code = ask_unit(self, &event, start, end, timeout_ms, &in, error);
        if (code == JIRASEND_E_CREDENTIALS) {
            self->apis[js_kind_api(event.kind)].forbidden = true;
        }
        js_event_clear(&event);
        if (code == JIRASEND_OK) {
            step_over(self, end, &in);
            code = js_verify_note(self, start, end, in.lines, error);
        }
        if (code != JIRASEND_OK) {
            json_object_put(in.lines);
            return code;
        }
        return hand_out_lines(in.lines, lines, error);
    }
    self->complete = true;
    return js_fail(error, JIRASEND_E_NOT_FOUND, "Nothing is left to be asked.");
}

jirasend_code jirasend_verify_next(jirasend_verification *verification, int64_t timeout_ms,
                                   char **lines, jirasend_error *error) {
    if (lines == NULL) {
        return js_fail_nowhere(error);
    }
    *lines = NULL;
    jirasend_client *client = verification->client;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, next(verification, timeout_ms, lines, error))
                               : code;
}

/* ---- beginning, summing up, ending ---- */

static jirasend_code begin(jirasend_verification *self, const jirasend_verify_options *given,
                           jirasend_error *error) {
    jirasend_verify_options options = JIRASEND_VERIFY_OPTIONS_INIT;
    if (given != NULL) {
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    }
    jirasend_code code = js_things_allowed(self->client, error);
    if (code == JIRASEND_OK) {
        code = js_history_kinds(options.kinds, &self->kinds, error);
    }
    if (code == JIRASEND_OK) {
        code = gather(self, options.since_ms, options.sample, error);
    }
    self->sampled = options.sample > 0;
    return code == JIRASEND_OK && !self->sampled ? js_verify_load(self, error) : code;
}

static void free_verification(jirasend_verification *self) {
    js_verify_clear(self);
    free(self->ids);
    free(self);
}

jirasend_code jirasend_client_verify_begin(jirasend_client *client,
                                           const jirasend_verify_options *options,
                                           jirasend_verification **verification,
                                           jirasend_error *error) {
    if (verification == NULL) {
        return js_fail_nowhere(error);
    }
    *verification = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    jirasend_verification *self = calloc(1, sizeof *self);
    code = self != NULL ? JIRASEND_OK : js_fail_memory(error);
    if (self != NULL) {
        self->client = client;
        code = begin(self, options, error);
        if (code == JIRASEND_OK) {
            *verification = self;
        } else {
            free_verification(self);
        }
    }
    return js_leave(client, code);
}

/* Perhaps these credentials are another sender to Jira, which does not see what was told. */
static bool is_stranger(const js_verified_api *api) {
    return api->expected > 1 && api->missing == api->expected;
}

static bool put_strangers(const jirasend_verification *self, json_object *object) {
    json_object *names = js_json_put_array(object, "strangers");
    json_object *kinds = js_json_put_array(object, "strangerKinds");
    bool good = names != NULL && kinds != NULL;
    for (int api = JS_API_FIRST; api <= JS_API_LAST && good; api++) {
        good = !is_stranger(&self->apis[api]) ||
               js_json_append_text(names, js_api_of((js_api)api)->permission);
    }
    for (int kind = JS_KIND_FIRST; kind <= JS_KIND_LAST && good; kind++) {
        good = !is_stranger(&self->apis[js_kind_api((js_kind)kind)]) ||
               js_json_append_text(kinds, js_kind_name((js_kind)kind));
    }
    return good;
}

jirasend_code jirasend_verify_summary(const jirasend_verification *self, char **summary,
                                      jirasend_error *error) {
    if (summary == NULL) {
        return js_fail_nowhere(error);
    }
    *summary = NULL;
    js_error_clear(error);
    json_object *object = json_object_new_object();
    bool good = js_json_put_number(object, "things", (int64_t)self->count) &&
                js_json_put_number(object, "asked", self->asked) &&
                js_json_put_number(object, "same", self->same) &&
                js_json_put_number(object, "differing", self->differing) &&
                js_json_put_number(object, "newer", self->newer) &&
                js_json_put_number(object, "notKnown", self->not_known) &&
                js_json_put_number(object, "wentOn", self->went_on) && put_strangers(self, object);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    return js_hand_out(&out, summary, error);
}

void jirasend_verify_end(jirasend_verification *self) {
    if (self == NULL) {
        return;
    }
    if (js_enter(self->client, NULL) == JIRASEND_OK) {
        js_verify_save(self);
        (void)js_leave(self->client, JIRASEND_OK);
    }
    free_verification(self);
}
