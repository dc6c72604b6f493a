/* Asking Jira what it has of things: at most 20 a second, and never more than needed. */
#include "client/things.h"

#include "base/error.h"
#include "event/document.h"
#include "event/json.h"
#include "event/kind.h"

#include <string.h>

enum { APART_MS = 1000 / JS_THINGS_A_SECOND };

/* ---- which thing ---- */

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

jirasend_code js_thing_read(const jirasend_client *client, js_event *event, const char *text,
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

static bool put_member(json_object *thing, const char *name, json_object *value) {
    return value == NULL || json_object_object_add(thing, name, json_object_get(value)) == 0;
}

/* An environment or a repository, by its id alone. */
static bool put_id(json_object *thing, const char *name, json_object *from) {
    json_object *id = NULL;
    if (!json_object_object_get_ex(from, "id", &id)) {
        return true;
    }
    json_object *only = js_json_put_object(thing, name);
    return only != NULL && put_member(only, "id", id);
}

/* The members of its stream, from the facts of a receipt: they have the same names but for a branch. */
static bool put_stream(json_object *thing, const js_kind_info *kind, json_object *facts) {
    bool good = true;
    for (size_t i = 0; good && kind->stream_members[i] != NULL; i++) {
        const char *name = kind->stream_members[i];
        json_object *value = NULL;
        if (!json_object_object_get_ex(facts, name, &value)) {
            json_object_object_get_ex(facts, "branch", &value);
        }
        good = json_object_is_type(value, json_type_object) ? put_id(thing, name, value)
                                                            : put_member(thing, name, value);
    }
    return good;
}

jirasend_code js_thing_name(js_buf *out, const js_receipt *receipt, jirasend_error *error) {
    const char *text = receipt->facts != NULL ? receipt->facts : "{}";
    json_object *facts = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    json_object *thing = json_object_new_object();
    bool good = js_json_put_text(thing, "kind", js_kind_name(receipt->kind)) &&
                js_json_put_text(thing, "site", receipt->site) &&
                js_json_put_flag(thing, "delete", true) &&
                put_stream(thing, js_kind_of(receipt->kind), facts);
    json_object_put(facts);
    js_json_write_built(out, thing, good);
    return out->failed ? js_fail_memory(error) : JIRASEND_OK;
}

jirasend_code js_thing_of_receipt(const jirasend_client *client, const js_receipt *receipt,
                                  js_event *event, jirasend_error *error) {
    js_buf name = JS_BUF_INIT;
    jirasend_code code = js_thing_name(&name, receipt, error);
    if (code == JIRASEND_OK) {
        code = js_thing_read(client, event, name.data, name.length, error);
    }
    js_buf_clear(&name);
    return code;
}

bool js_things_together(const js_event *one, const js_event *other) {
    js_stream a = js_event_stream(one);
    js_stream b = js_event_stream(other);
    return js_kind_api(one->kind) == js_kind_api(other->kind) &&
           js_api_of(js_kind_api(one->kind))->entities &&
           strcmp(one->site.name, other->site.name) == 0 && strcmp(a.name, b.name) == 0;
}

/* ---- asking ---- */

/* When this question may go out: so many milliseconds from now. */
static int64_t take_turn(jirasend_client *client) {
    (void)pthread_mutex_lock(&client->lock);
    int64_t now_ms = js_mono_ms(&client->world);
    int64_t at_ms = client->next_thing_ms > now_ms ? client->next_thing_ms : now_ms;
    client->next_thing_ms = at_ms + APART_MS;
    (void)pthread_mutex_unlock(&client->lock);
    return at_ms - now_ms;
}

jirasend_code js_things_allowed(const jirasend_client *client, jirasend_error *error) {
    return client->config->relay == NULL
               ? JIRASEND_OK
               : js_fail(error, JIRASEND_E_ARGUMENT,
                         "A relay cannot show what Jira has; connect to Jira directly.");
}

jirasend_code js_thing_ask(jirasend_client *client, const js_event *event, int64_t timeout_ms,
                           js_thing_answer *answer, jirasend_error *error) {
    js_inquiry inquiry = {.subject = JS_INQUIRY_THING, .site = event->site.name, .event = event};
    *answer = (js_thing_answer){.thing = JS_THING_NOT_KNOWN};
    jirasend_code code = js_client_knows(client, event->site.name, error);
    if (code == JIRASEND_OK) {
        int64_t turn_ms = take_turn(client);
        code = turn_ms > 0 ? js_client_sleep(client, turn_ms, error) : JIRASEND_OK;
    }
    if (code == JIRASEND_OK) {
        code = js_client_inquire(client, &inquiry, timeout_ms, error);
    }
    if (code == JIRASEND_OK && inquiry.answer.readiness != JS_ACCESS_READY) {
        code = js_client_fail_as_found(&inquiry.answer, error);
    }
    if (code == JIRASEND_OK) {
        *answer = inquiry.thing_answer;
    } else {
        js_thing_answer_clear(&inquiry.thing_answer);
    }
    return code;
}
