/* Judging each event by the answer to a bulk request. */
#include "payload/answer_bulk.h"

#include "base/buf.h"
#include "base/error.h"
#include "payload/answer_json.h"
#include "payload/kind.h"
#include "payload/unknown.h"
#include "payload/words.h"

#include <stdlib.h>
#include <string.h>

struct js_named_event {
    char *text;
    size_t index;
};

jirasend_code js_bulk_nonsense(const js_bulk *bulk, const char *list, const char *what) {
    return js_fail(bulk->error, JIRASEND_E_NETWORK, "Jira's answer cannot be understood: %s %s.",
                   list, what);
}

/* ---- finding the event that an item of the answer is about ---- */

static int compare_names(const void *a, const void *b) {
    return strcmp(((const js_named_event *)a)->text, ((const js_named_event *)b)->text);
}

static bool name_events(js_bulk *bulk) {
    bulk->names = calloc(bulk->count, sizeof *bulk->names);
    if (bulk->names == NULL) {
        return false;
    }
    for (size_t i = 0; i < bulk->count; i++) {
        js_buf text = JS_BUF_INIT;
        js_payload_kind_of(bulk->events[i]->kind)->key_of_event(&text, bulk->events[i]);
        bulk->names[i] = (js_named_event){js_buf_take(&text), i};
        if (bulk->names[i].text == NULL) {
            return false;
        }
    }
    qsort(bulk->names, bulk->count, sizeof *bulk->names, compare_names);
    return true;
}

static void forget_names(js_bulk *bulk) {
    for (size_t i = 0; bulk->names != NULL && i < bulk->count; i++) {
        free(bulk->names[i].text);
    }
    free(bulk->names);
}

/* Null: the answer speaks of something that we did not send. */
static js_item_answer *find(js_bulk *bulk, const char *key) {
    char *text = NULL;
    memcpy(&text, &key, sizeof text); /* bsearch only reads it */
    const js_named_event wanted = {text, 0};
    const js_named_event *found =
        bsearch(&wanted, bulk->names, bulk->count, sizeof wanted, compare_names);
    return found == NULL ? NULL : &bulk->items[found->index];
}

void js_bulk_take(js_bulk *bulk, const char *key) {
    js_item_answer *item = find(bulk, key);
    if (item != NULL) {
        item->verdict = JS_VERDICT_TAKEN;
    }
}

jirasend_code js_bulk_refuse(js_bulk *bulk, const char *key, const char *reasons) {
    js_item_answer *item = find(bulk, key);
    if (item == NULL || item->verdict == JS_VERDICT_REFUSED) {
        return JIRASEND_OK;
    }
    js_buf message = JS_BUF_INIT;
    js_buf_add_text(&message, reasons != NULL ? reasons : "Jira gave no reason.");
    item->message = js_buf_take(&message);
    item->verdict = JS_VERDICT_REFUSED;
    return item->message == NULL ? js_fail_memory(bulk->error) : JIRASEND_OK;
}

/* The texts are sorted: those that begin so are side by side. */
jirasend_code js_bulk_refuse_rest(js_bulk *bulk, const char *prefix, const char *reasons) {
    size_t length = strlen(prefix);
    size_t from = 0;
    size_t to = bulk->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(bulk->names[middle].text, prefix) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = from; i < bulk->count && code == JIRASEND_OK &&
                          strncmp(bulk->names[i].text, prefix, length) == 0;
         i++) {
        if (bulk->items[bulk->names[i].index].verdict == JS_VERDICT_NOT_MENTIONED) {
            code = js_bulk_refuse(bulk, bulk->names[i].text, reasons);
        }
    }
    return code;
}

jirasend_code js_bulk_reasons(const js_bulk *in, json_object *errors, const char *name,
                              char **reasons) {
    *reasons = NULL;
    if (errors == NULL) {
        return JIRASEND_OK;
    }
    if (!json_object_is_type(errors, json_type_array)) {
        return js_bulk_nonsense(in, name, "contains errors that are not an array");
    }
    js_buf words = JS_BUF_INIT;
    for (size_t i = 0; i < json_object_array_length(errors); i++) {
        json_object *reason = json_object_array_get_idx(errors, i);
        const char *message = json_object_is_type(reason, json_type_object)
                                  ? js_answer_text(js_answer_member(reason, "message"))
                                  : NULL;
        if (message == NULL) {
            js_buf_clear(&words);
            return js_bulk_nonsense(in, name, "contains an error without a message");
        }
        js_words_add(&words, message);
    }
    bool failed = words.failed;
    bool any = words.length > 0;
    *reasons = js_words_take(&words);
    return failed || (any && *reasons == NULL) ? js_fail_memory(in->error) : JIRASEND_OK;
}

/* ---- what Jira does not know ---- */

/* Appends values to the sentence until it is long enough. */
static void name_values(js_buf *message, size_t *named, char *const *values, size_t count) {
    for (size_t i = 0; i < count && message->length < JS_WORDS_MAX; i++, (*named)++) {
        js_buf_add_text(message, *named == 0 ? " " : ", ");
        js_words_escape(message, values[i]);
    }
}

/* "Jira knows none of: A-1, B-2." */
static char *none_known(const js_event *event) {
    js_buf message = JS_BUF_INIT;
    size_t named = 0;
    size_t all = event->issue_keys.count;
    js_buf_add_text(&message, "Jira knows none of:");
    name_values(&message, &named, event->issue_keys.items, event->issue_keys.count);
    all += event->services.count + event->commit_count + event->repositories.count;
    name_values(&message, &named, event->services.items, event->services.count);
    for (size_t i = 0; i < event->commit_count; i++) {
        name_values(&message, &named, &event->commits[i].hash, 1);
    }
    name_values(&message, &named, event->repositories.items, event->repositories.count);
    if (all > named) {
        js_buf_addf(&message, " and %zu more", all - named);
    }
    js_buf_add_text(&message, ".");
    return js_buf_take(&message);
}

static jirasend_code judge_unknown(js_bulk *in, const js_unknown *unknown, size_t index) {
    const js_event *event = in->events[index];
    js_item_answer *item = &in->items[index];
    for (size_t i = 0; i < event->issue_keys.count; i++) {
        const char *key = event->issue_keys.items[i];
        if (js_unknown_key(unknown, key) &&
            !js_strings_add(&item->unknown_keys, key, strlen(key))) {
            return js_fail_memory(in->error);
        }
    }
    bool ok = true;
    if (js_unknown_all(unknown, event, &ok)) {
        free(item->message);
        item->message = none_known(event);
        item->verdict = JS_VERDICT_ALL_UNKNOWN;
        ok = item->message != NULL;
    }
    return ok ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code read_answer(js_bulk *in, json_object *answer) {
    jirasend_code code = js_payload_api_of(in->api)->read_lists(in, answer);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_unknown unknown;
    code = js_unknown_read(&unknown, answer, in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        code = judge_unknown(in, &unknown, i);
    }
    js_unknown_clear(&unknown);
    return code;
}

jirasend_code js_answer_bulk(js_item_answer *items, js_api api, const js_event *const *events,
                             size_t count, const char *body, size_t length, jirasend_error *error) {
    for (size_t i = 0; i < count; i++) {
        items[i] = (js_item_answer){.unknown_keys = JS_STRINGS_INIT};
    }
    json_object *answer = NULL;
    jirasend_code code =
        js_answer_object(&answer, body, length, "Jira's answer", JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_bulk bulk = {.items = items, .api = api, .events = events, .count = count, .error = error};
    code = name_events(&bulk) ? read_answer(&bulk, answer) : js_fail_memory(error);
    forget_names(&bulk);
    json_object_put(answer);
    if (code != JIRASEND_OK) {
        js_item_answers_clear(items, count);
    }
    return code;
}

void js_item_answers_clear(js_item_answer *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(items[i].message);
        js_strings_clear(&items[i].unknown_keys);
        items[i] = (js_item_answer){.unknown_keys = JS_STRINGS_INIT};
    }
}
