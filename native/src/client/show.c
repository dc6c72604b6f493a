/* What Jira has of one thing, beside what it was told. */
#include "client/things.h"

#include "base/error.h"
#include "event/kind.h"

#include <string.h>

/* Takes Jira's document and the differences; null is JSON's. */
static jirasend_code hand_out(const js_last_told *told, json_object *jira, json_object *differences,
                              char **answer, jirasend_error *error) {
    json_object *object = json_object_new_object();
    json_object *receipt = told->row.receipt.id != 0 ? js_receipt_json(&told->row.receipt) : NULL;
    bool good = object != NULL && (receipt != NULL || told->row.receipt.id == 0) &&
                json_object_object_add(object, "told", receipt) == 0;
    receipt = good ? NULL : receipt; /* else it belongs to the object now */
    bool put = good && json_object_object_add(object, "jira", jira) == 0;
    jira = put ? NULL : jira;
    good = put &&
           (differences != NULL ? json_object_object_add(object, "differences", differences) == 0
                                : js_json_put_array(object, "differences") != NULL);
    differences = good ? NULL : differences;
    json_object_put(receipt);
    json_object_put(jira);
    json_object_put(differences);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    return js_hand_out(&out, answer, error);
}

static jirasend_code judge(const js_event *event, js_thing thing, jirasend_error *error) {
    const char *noun = js_kind_of(event->kind)->noun;
    switch (thing) {
    case JS_THING_GONE:
        return js_fail(error, JIRASEND_E_NOT_FOUND, "%s does not have this %s.", event->site.name,
                       noun);
    case JS_THING_NOT_KNOWN:
        return js_fail(error, JIRASEND_E_NOT_FOUND,
                       "%s returns only the newest 400 entities of a repository, and this %s is "
                       "not among them.",
                       event->site.name, noun);
    case JS_THING_THERE:
    default:
        return JIRASEND_OK;
    }
}

/* Jira did not answer: what the history knows is shown all the same. */
static jirasend_code only_told(const js_last_told *told, char **answer, jirasend_code code,
                               jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    if (told->row.receipt.id != 0 && hand_out(told, NULL, NULL, answer, &own) != JIRASEND_OK) {
        return js_fail(error, own.code, "%s", own.message);
    }
    return code;
}

static jirasend_code ask(jirasend_client *client, const js_event *event, int64_t timeout_ms,
                         char **answer, jirasend_error *error) {
    js_last_told told;
    jirasend_code code = client->outbox->ops->last_told(client->outbox, event, 0, &told, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_thing_answer has;
    json_object *differences = NULL;
    js_match match = JS_MATCH_NOTHING;
    code = js_thing_compare(client, event, &told, timeout_ms, &has, &differences, &match, error);
    if (code != JIRASEND_OK) {
        code = only_told(&told, answer, code, error);
        js_last_told_clear(&told);
        return code;
    }
    js_thing thing = has.thing;
    if (thing != JS_THING_NOT_KNOWN) {
        code = hand_out(&told, has.json, differences, answer, error);
        has.json = NULL;
        differences = NULL;
    }
    json_object_put(differences);
    js_thing_answer_clear(&has);
    js_last_told_clear(&told);
    return code == JIRASEND_OK ? judge(event, thing, error) : code;
}

static jirasend_code show(jirasend_client *client, const char *document, size_t length,
                          int64_t timeout_ms, char **answer, jirasend_error *error) {
    js_event event;
    jirasend_code code = js_things_allowed(client, error);
    if (code == JIRASEND_OK) {
        code = js_thing_read(client, &event, document, length, error);
    }
    if (code == JIRASEND_OK) {
        code = ask(client, &event, timeout_ms, answer, error);
        js_event_clear(&event);
    }
    return code;
}

jirasend_code jirasend_client_show(jirasend_client *client, const char *document, size_t length,
                                   int64_t timeout_ms, char **answer, jirasend_error *error) {
    if (answer == NULL) {
        return js_fail_nowhere(error);
    }
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, show(client, document, length, timeout_ms, answer, error))
               : code;
}
