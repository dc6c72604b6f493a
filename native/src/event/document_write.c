/* Writing the form of an event that the outbox keeps. */
#include "base/timestamp.h"
#include "event/document.h"
#include "event/json.h"
#include "event/kind.h"
#include "event/properties.h"
#include "event/sweep.h"

#include <string.h>

static bool put_found(json_object *document, const js_event *event) {
    if (event->found == NULL) {
        return true;
    }
    json_object *list = js_json_put_array(document, "found");
    bool good = list != NULL;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        json_object *found = js_json_append_object(list);
        good = js_json_put_text(found, "from", js_key_source_name(event->found[i].from)) &&
               js_json_put_text(found, "commit", event->found[i].commit);
    }
    return good;
}

static bool put_passed(json_object *document, const js_event *event) {
    if (event->passed.count == 0) {
        return true;
    }
    json_object *list = js_json_put_array(document, "dropped");
    bool good = list != NULL;
    for (size_t i = 0; i < event->passed.count && good; i++) {
        const js_passed *passed = &event->passed.items[i];
        json_object *entry = js_json_append_object(list);
        good = js_json_put_text(entry, "key", passed->key) &&
               js_json_put_text(entry, "rule", js_key_rule_name(passed->rule));
    }
    return good;
}

static bool put_head(json_object *document, const js_event *event) {
    char updated_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, updated_at);
    return js_json_put_text(document, "kind", js_kind_name(event->kind)) &&
           js_json_put_text(document, "site", event->site.name) &&
           js_json_put_text(document, "requestId", event->request_id) &&
           js_json_put_text(document, "origin", event->origin) &&
           js_json_put_text(document, "updatedAt", updated_at) &&
           (!event->history || js_json_put_flag(document, "history", true)) &&
           (!event->deletion || js_json_put_flag(document, "delete", true)) &&
           (event->sweep == NULL || js_json_put_flag(document, "all", true));
}

/* A sweep names no thing. */
static bool put_own(json_object *document, const js_event *event) {
    return event->sweep != NULL || js_kind_of(event->kind)->write(document, event);
}

static bool put_rest(json_object *document, const js_event *event) {
    return (event->issue_keys.count == 0 ||
            js_json_put_texts(document, "issueKeys", &event->issue_keys)) &&
           put_found(document, event) && put_passed(document, event) &&
           js_properties_write(document, event) &&
           (event->dropped <= 0 || js_json_put_number(document, "droppedKeys", event->dropped));
}

void js_document_write(js_buf *out, const js_event *event) {
    json_object *document = json_object_new_object();
    bool good = put_head(document, event) && put_own(document, event) && put_rest(document, event);
    js_json_write_built(out, document, good);
}

/* A deletion only names a thing. */
static bool put_post_head(json_object *document, const js_event *event, const char *request_id,
                          const char *nameless) {
    char updated_at[JS_TIMESTAMP_SIZE];
    bool named = strcmp(event->site.name, nameless) != 0;
    js_timestamp_format(event->updated_at_ms, updated_at);
    return js_json_put_text(document, "kind", js_kind_name(event->kind)) &&
           js_json_put_text(document, "site", named ? event->site.name : NULL) &&
           js_json_put_text(document, "requestId",
                            event->request_id != NULL ? event->request_id : request_id) &&
           js_json_put_text(document, "updatedAt", event->deletion ? NULL : updated_at) &&
           (!event->history || js_json_put_flag(document, "history", true)) &&
           (!event->deletion || js_json_put_flag(document, "delete", true));
}

static bool is_given(const js_event *event, size_t i) {
    return event->found == NULL || event->found[i].from == JS_KEY_GIVEN;
}

static bool put_given(json_object *document, const js_event *event) {
    json_object *list = NULL;
    bool good = true;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        if (is_given(event, i)) {
            list = list != NULL ? list : js_json_put_array(document, "issueKeys");
            good = list != NULL && js_json_append_text(list, event->issue_keys.items[i]);
        }
    }
    return good;
}

static bool put_found_texts(json_object *document, const js_event *event) {
    json_object *list = NULL;
    bool good = true;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        if (is_given(event, i)) {
            continue;
        }
        list = list != NULL ? list : js_json_put_array(document, "keyText");
        json_object *found = js_json_append_object(list);
        good = js_json_put_text(found, "text", event->issue_keys.items[i]) &&
               js_json_put_text(found, "from", js_key_source_name(event->found[i].from)) &&
               js_json_put_text(found, "commit", event->found[i].commit);
    }
    return good;
}

void js_document_write_post(js_buf *out, const js_event *event, const char *request_id,
                            const char *nameless) {
    json_object *document = json_object_new_object();
    bool good = put_post_head(document, event, request_id, nameless) &&
                js_kind_of(event->kind)->write(document, event) && put_given(document, event) &&
                put_found_texts(document, event) && js_properties_write(document, event);
    js_json_write_built(out, document, good);
}

static bool put_own_facts(json_object *facts, const js_event *event) {
    js_property properties[JS_PROPERTIES_MAX + 1];
    if (event->sweep == NULL) {
        return js_kind_of(event->kind)->write_facts(facts, event);
    }
    json_object *object = js_json_put_object(facts, "properties");
    size_t count = js_sweep_properties(event, properties);
    bool good = object != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_json_put_text(object, properties[i].name, properties[i].value);
    }
    return good;
}

void js_document_write_facts(js_buf *out, const js_event *event) {
    json_object *facts = json_object_new_object();
    bool good = put_own_facts(facts, event) &&
                (!event->deletion || js_json_put_flag(facts, "deleted", true));
    js_json_write_built(out, facts, good);
}
