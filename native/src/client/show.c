/* The inquiry what Jira has of one thing. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/document.h"
#include "event/json.h"
#include "event/kind.h"

#include <string.h>

/* A thing is named as a deletion names it, by the members of its stream and nothing else. */
static jirasend_code name_as_deletion(js_buf *out, const char *text, size_t length,
                                      jirasend_error *error) {
    jirasend_error parse_error = JIRASEND_ERROR_INIT;
    json_object *document = js_json_parse(text, length, JS_JSON_STRICT, &parse_error);
    if (document == NULL && parse_error.code != JIRASEND_OK) {
        return js_fail(error, parse_error.code, "%s", parse_error.message);
    }
    bool good = true;
    if (json_object_is_type(document, json_type_object)) {
        json_object_object_del(document, "delete");
        good = js_json_put_flag(document, "delete", true);
    }
    js_json_write_built(out, document, good); /* which frees it */
    return good && !out->failed ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code read_thing(const jirasend_client *client, js_event *event, const char *text,
                                size_t length, jirasend_error *error) {
    js_rules rules;
    js_buf document = JS_BUF_INIT;
    jirasend_code code = name_as_deletion(&document, text, length, error);
    if (code == JIRASEND_OK && !js_config_rules(client->config, &rules)) {
        code = js_fail_memory(error);
    }
    if (code == JIRASEND_OK) {
        bool has_site = client->config->has_default_site;
        rules.read.default_site = has_site ? &client->config->default_site : NULL;
        rules.read.now_ms = js_wall_ms(&client->world);
        code = js_document_read(event, document.data, document.length, &rules.read, error);
        js_rules_clear(&rules);
    }
    js_buf_clear(&document);
    return code;
}

/* Nothing is remembered here of what was told, so nothing is compared. */
static jirasend_code hand_out(js_thing_answer *thing, char **answer, jirasend_error *error) {
    json_object *object = json_object_new_object();
    bool good = object != NULL && json_object_object_add(object, "told", NULL) == 0;
    if (good && json_object_object_add(object, "jira", thing->json) == 0) {
        thing->json = NULL; /* which belongs to the object now */
    } else {
        good = false;
    }
    good = good && js_json_put_array(object, "differences") != NULL;
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
                       "%s gives back only the newest 400 entities of a repository, and this %s is "
                       "not among them.",
                       event->site.name, noun);
    case JS_THING_THERE:
    default:
        return JIRASEND_OK;
    }
}

static jirasend_code ask(jirasend_client *client, const js_event *event, int64_t timeout_ms,
                         char **answer, jirasend_error *error) {
    js_inquiry inquiry = {.subject = JS_INQUIRY_THING, .site = event->site.name, .event = event};
    jirasend_code code = js_client_knows(client, event->site.name, error);
    if (code == JIRASEND_OK) {
        code = js_client_inquire(client, &inquiry, timeout_ms, error);
    }
    if (code == JIRASEND_OK && inquiry.answer.readiness != JS_ACCESS_READY) {
        code = js_client_fail_as_found(&inquiry.answer, error);
    }
    js_thing thing = inquiry.thing_answer.thing;
    if (code == JIRASEND_OK && thing != JS_THING_NOT_KNOWN) {
        code = hand_out(&inquiry.thing_answer, answer, error);
    }
    js_thing_answer_clear(&inquiry.thing_answer);
    return code == JIRASEND_OK ? judge(event, thing, error) : code;
}

static jirasend_code show(jirasend_client *client, const char *document, size_t length,
                          int64_t timeout_ms, char **answer, jirasend_error *error) {
    js_event event;
    if (client->config->relay != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "A relay does not show what Jira has: ask Jira itself.");
    }
    jirasend_code code = read_thing(client, &event, document, length, error);
    if (code == JIRASEND_OK) {
        code = ask(client, &event, timeout_ms, answer, error);
        js_event_clear(&event);
    }
    return code;
}

jirasend_code jirasend_client_show(jirasend_client *client, const char *document, size_t length,
                                   int64_t timeout_ms, char **answer, jirasend_error *error) {
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, show(client, document, length, timeout_ms, answer, error))
               : code;
}
