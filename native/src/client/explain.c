/* Why an issue shows what it shows: what the history knows, and what Jira has now. */
#include "client/things.h"

#include "base/error.h"
#include "event/kind.h"

#include <jirasend/history.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXPLAINED_MAX = 10000,
    DROPPED_MAX = 100,
    ASKED_MAX = 200,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 8000
};

/* ---- what the history knows ---- */

static bool put_found(json_object *object, const js_history_row *row) {
    json_object *found = js_json_put_object(object, "found");
    return js_json_put_text(found, "from", js_key_source_name(row->found.from)) &&
           js_json_put_text(found, "commit", row->found.commit);
}

static bool put_events(json_object *answer, const js_history_row *rows, size_t count) {
    json_object *events = js_json_put_array(answer, "events");
    bool good = events != NULL;
    for (size_t i = 0; i < count && good; i++) {
        json_object *receipt = js_receipt_json(&rows[i].receipt);
        good = js_json_append(events, receipt) && put_found(receipt, &rows[i]);
    }
    return good;
}

/* Which rule, and the receipts of the events whose texts they were. */
static bool put_dropped(json_object *answer, const char *key, const js_history_row *rows,
                        size_t count) {
    json_object *list = js_json_put_array(answer, "dropped");
    json_object *receipts = js_json_put_array(answer, "droppedBy");
    bool good = list != NULL && receipts != NULL;
    for (size_t i = 0; i < count && good; i++) {
        json_object *dropped = js_json_append_object(list);
        good = js_json_put_number(dropped, "id", rows[i].receipt.id) &&
               js_json_put_text(dropped, "key", key) &&
               js_json_put_text(dropped, "rule", js_key_rule_name(rows[i].rule)) &&
               js_json_append(receipts, js_receipt_json(&rows[i].receipt));
    }
    return good;
}

/* ---- what Jira has now ---- */

/* A thing that an event of the key is about. */
typedef struct thing {
    int64_t id; /* of its newest event here */
    js_event event;
    bool done;
} thing;

typedef struct asking {
    jirasend_client *client;
    const char *key;
    int64_t until_ms; /* monotonic */
    thing *things;
    size_t count, unasked; /* unasked: how many more there are */
    bool offline;
    json_object *jira, *states;      /* of the answer */
    bool forbidden[JS_API_LAST + 1]; /* the credentials may not read it */
    jirasend_error why;              /* the first failure; its code is OK: none */
    jirasend_error *error;
} asking;

/* What cannot be read is not asked for: receipts of 0.1.0 do not say what they are about. */
static void add_thing(asking *in, int64_t id, const js_buf *name) {
    thing *next = &in->things[in->count];
    if (in->count == ASKED_MAX) {
        in->unasked++;
    } else if (js_thing_read(in->client, &next->event, name->data, name->length, NULL) ==
               JIRASEND_OK) {
        next->id = id;
        in->count++;
    }
}

/* Each thing once, by its newest event. */
static jirasend_code gather(asking *in, const js_history_row *rows, size_t count) {
    js_key_set *seen = js_key_set_new();
    in->things = calloc(ASKED_MAX, sizeof *in->things);
    jirasend_code code =
        seen != NULL && in->things != NULL ? JIRASEND_OK : js_fail_memory(in->error);
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

static void note_failure(asking *in, const jirasend_error *error) {
    if (in->why.code == JIRASEND_OK) {
        in->why = *error;
    }
}

/* Again and again while there is time and it may help. */
static jirasend_code ask_patiently(asking *in, const js_event *event, js_thing_answer *answer) {
    const js_world *world = &in->client->world;
    int64_t pause_ms = FIRST_PAUSE_MS;
    for (;;) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        int64_t left_ms = in->until_ms - js_mono_ms(world);
        jirasend_code code =
            js_thing_ask(in->client, event, left_ms > 0 ? left_ms : 0, answer, &error);
        int64_t wait_ms = error.retry_after_ms > pause_ms ? error.retry_after_ms : pause_ms;
        left_ms = in->until_ms - js_mono_ms(world);
        if (code != JIRASEND_E_NETWORK || wait_ms >= left_ms ||
            js_client_sleep(in->client, wait_ms, NULL) != JIRASEND_OK) {
            if (code != JIRASEND_OK) {
                note_failure(in, &error);
            }
            return code;
        }
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

static jirasend_code is_named(const asking *in, js_kind kind, json_object *jira, bool *named) {
    js_seen seen;
    jirasend_code code = js_answer_seen(&seen, kind, jira, in->error);
    *named = code == JIRASEND_OK && (!seen.keyed || js_strings_contain(&seen.keys, in->key));
    js_seen_clear(&seen);
    return code;
}

/* Takes the differences. */
static bool put_state(const asking *in, const thing *one, const js_thing_answer *answer,
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

static jirasend_code take_answer(asking *in, thing *one, const js_thing_answer *answer) {
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
        if (code == JIRASEND_OK && !js_json_append(in->jira, json_object_get(answer->json))) {
            code = js_fail_memory(in->error);
        }
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
static jirasend_code take_others(asking *in, size_t at, json_object *whole) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = at + 1; i < in->count && code == JIRASEND_OK; i++) {
        thing *other = &in->things[i];
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

static jirasend_code ask_all(asking *in) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        js_api api = js_kind_api(in->things[i].event.kind);
        js_thing_answer answer;
        if (in->things[i].done || in->forbidden[api]) {
            continue;
        }
        code = ask_patiently(in, &in->things[i].event, &answer);
        if (code == JIRASEND_E_CREDENTIALS) {
            in->forbidden[api] = true;
            code = JIRASEND_OK;
        } else if (code == JIRASEND_OK) {
            code = take_answer(in, &in->things[i], &answer);
            if (code == JIRASEND_OK) {
                code = take_others(in, i, answer.whole);
            }
            js_thing_answer_clear(&answer);
        }
    }
    return code;
}

static void asking_clear(asking *in) {
    for (size_t i = 0; i < in->count; i++) {
        js_event_clear(&in->things[i].event);
    }
    free(in->things);
}

/* The things that were deleted after all that names them, by the ids of their newest events. */
static jirasend_code put_deleted(const asking *in, json_object *answer) {
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

/* OK also where Jira did not answer, which in->why says. */
static jirasend_code put_jira(asking *in, json_object *answer) {
    in->jira = js_json_put_array(answer, "jira");
    if (in->jira == NULL) {
        return js_fail_memory(in->error);
    }
    if (in->offline) {
        return JIRASEND_OK;
    }
    in->states = js_json_put_array(answer, "things");
    bool good = in->states != NULL && js_json_put_number(answer, "unasked", (int64_t)in->unasked);
    jirasend_code code = good ? ask_all(in) : js_fail_memory(in->error);
    return in->why.code != JIRASEND_OK && code == in->why.code ? JIRASEND_OK : code;
}

/* ---- both ---- */

/* The rows are those of the key, and those whose texts hold it. */
typedef struct explained {
    char key[JS_HISTORY_KEY_SIZE];
    js_history_row *named, *passed;
    size_t named_count, passed_count;
} explained;

static jirasend_code ask_history(jirasend_client *client, const char *given, explained *out,
                                 jirasend_error *error) {
    jirasend_code code = js_history_key(given, out->key, error);
    js_history_query query = {.key = out->key};
    if (code == JIRASEND_OK) {
        code = js_history_all(client, &query, EXPLAINED_MAX, &out->named, &out->named_count, error);
    }
    query.passed_over = true;
    if (code == JIRASEND_OK) {
        code = js_history_all(client, &query, DROPPED_MAX, &out->passed, &out->passed_count, error);
    }
    return code;
}

static jirasend_code put_all(asking *in, const explained *what, json_object *object) {
    bool good = js_json_put_text(object, "key", what->key) &&
                put_events(object, what->named, what->named_count) &&
                put_dropped(object, what->key, what->passed, what->passed_count);
    jirasend_code code =
        good ? gather(in, what->named, what->named_count) : js_fail_memory(in->error);
    if (code == JIRASEND_OK) {
        code = put_deleted(in, object);
    }
    return code == JIRASEND_OK ? put_jira(in, object) : code;
}

static jirasend_code explain(asking *in, const char *given, char **answer) {
    explained what = {.named = NULL};
    jirasend_code code = ask_history(in->client, given, &what, in->error);
    if (code == JIRASEND_OK) {
        json_object *object = json_object_new_object();
        in->key = what.key;
        code = put_all(in, &what, object);
        asking_clear(in);
        js_buf out = JS_BUF_INIT;
        js_json_write_built(&out, object, code == JIRASEND_OK);
        if (code == JIRASEND_OK) {
            code = js_hand_out(&out, answer, in->error);
        } else {
            js_buf_clear(&out);
        }
    }
    js_history_free(what.named, what.named_count);
    js_history_free(what.passed, what.passed_count);
    return code;
}

jirasend_code jirasend_client_explain(jirasend_client *client, const char *key, char **answer,
                                      jirasend_error *error) {
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    asking in = {.client = client, .offline = true, .error = error};
    return code == JIRASEND_OK ? js_leave(client, explain(&in, key, answer)) : code;
}

jirasend_code jirasend_client_explain_now(jirasend_client *client, const char *key,
                                          int64_t timeout_ms, char **answer,
                                          jirasend_error *error) {
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    asking in = {.client = client,
                 .until_ms = js_later_ms(js_mono_ms(&client->world), timeout_ms),
                 .why = JIRASEND_ERROR_INIT,
                 .error = error};
    code = js_things_allowed(client, error);
    if (code == JIRASEND_OK) {
        code = explain(&in, key, answer);
    }
    if (code == JIRASEND_OK && in.why.code != JIRASEND_OK) {
        code = js_fail(error, in.why.code, "%s", in.why.message);
    }
    return js_leave(client, code);
}
