/* Writing the form of an event that the outbox keeps. */
#include "base/timestamp.h"
#include "event/document.h"
#include "event/json.h"
#include "event/kind.h"
#include "event/properties.h"
#include "event/sweep.h"

#include <string.h>

static bool put_found(js_json_out *document, const js_event *event) {
    if (event->found == NULL) {
        return true;
    }
    js_json_out *list = js_write_array(document, "found");
    bool good = list != NULL;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        js_json_out *found = js_write_item_object(list);
        good = js_write_text(found, "from", js_key_source_name(event->found[i].from)) &&
               js_write_text(found, "commit", event->found[i].commit);
    }
    return good;
}

static bool put_passed(js_json_out *document, const js_event *event) {
    if (event->passed.count == 0) {
        return true;
    }
    js_json_out *list = js_write_array(document, "dropped");
    bool good = list != NULL;
    for (size_t i = 0; i < event->passed.count && good; i++) {
        const js_passed *passed = &event->passed.items[i];
        js_json_out *entry = js_write_item_object(list);
        good = js_write_text(entry, "key", passed->key) &&
               js_write_text(entry, "rule", js_key_rule_name(passed->rule));
    }
    return good;
}

/* How and when it was told: what does not count when two events are compared. */
static bool put_telling(js_json_out *document, const js_event *event) {
    char updated_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(event->updated_at_ms, updated_at);
    return js_write_text(document, "requestId", event->request_id) &&
           js_write_text(document, "updatedAt", updated_at) &&
           (!event->history || js_write_flag(document, "history", true)) &&
           put_passed(document, event);
}

static bool put_head(js_json_out *document, const js_event *event) {
    return js_write_text(document, "kind", js_kind_name(event->kind)) &&
           js_write_text(document, "site", event->site.name) &&
           js_write_text(document, "origin", event->origin) &&
           (!event->deletion || js_write_flag(document, "delete", true)) &&
           (event->sweep == NULL || js_write_flag(document, "all", true));
}

/* A sweep names no thing. */
static bool put_own(js_json_out *document, const js_event *event) {
    return event->sweep != NULL || js_kind_of(event->kind)->write(document, event);
}

static bool put_rest(js_json_out *document, const js_event *event) {
    return (event->issue_keys.count == 0 ||
            js_write_texts(document, "issueKeys", &event->issue_keys)) &&
           put_found(document, event) && js_properties_write(document, event) &&
           (event->dropped <= 0 || js_write_number(document, "droppedKeys", event->dropped));
}

size_t js_document_write(js_buf *out, const js_event *event) {
    js_json_writer writer;
    size_t start = out->length;
    js_json_out *document = js_write_begin(&writer, out);
    bool good = put_telling(document, event);
    size_t content = out->length + 1 - start; /* behind the comma */
    good =
        good && put_head(document, event) && put_own(document, event) && put_rest(document, event);
    js_write_end(&writer, good);
    return content;
}

/* A deletion only names a thing. */
static bool put_post_head(js_json_out *document, const js_event *event, const char *request_id,
                          const char *nameless) {
    char updated_at[JS_TIMESTAMP_SIZE];
    bool named = strcmp(event->site.name, nameless) != 0;
    js_timestamp_format(event->updated_at_ms, updated_at);
    return js_write_text(document, "kind", js_kind_name(event->kind)) &&
           js_write_text(document, "site", named ? event->site.name : NULL) &&
           js_write_text(document, "requestId",
                         event->request_id != NULL ? event->request_id : request_id) &&
           js_write_text(document, "updatedAt", event->deletion ? NULL : updated_at) &&
           (!event->history || js_write_flag(document, "history", true)) &&
           (!event->deletion || js_write_flag(document, "delete", true));
}

static bool is_given(const js_event *event, size_t i) {
    return event->found == NULL || event->found[i].from == JS_KEY_GIVEN;
}

static bool put_given(js_json_out *document, const js_event *event) {
    js_json_out *list = NULL;
    bool good = true;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        if (is_given(event, i)) {
            list = list != NULL ? list : js_write_array(document, "issueKeys");
            good = list != NULL && js_write_item(list, event->issue_keys.items[i]);
        }
    }
    return good;
}

static bool put_found_texts(js_json_out *document, const js_event *event) {
    js_json_out *list = NULL;
    bool good = true;
    for (size_t i = 0; i < event->issue_keys.count && good; i++) {
        if (is_given(event, i)) {
            continue;
        }
        list = list != NULL ? list : js_write_array(document, "keyText");
        js_json_out *found = js_write_item_object(list);
        good = js_write_text(found, "text", event->issue_keys.items[i]) &&
               js_write_text(found, "from", js_key_source_name(event->found[i].from)) &&
               js_write_text(found, "commit", event->found[i].commit);
    }
    return good;
}

void js_document_write_post(js_buf *out, const js_event *event, const char *request_id,
                            const char *nameless) {
    js_json_writer writer;
    js_json_out *document = js_write_begin(&writer, out);
    bool good = put_post_head(document, event, request_id, nameless) &&
                js_kind_of(event->kind)->write(document, event) && put_given(document, event) &&
                put_found_texts(document, event) && js_properties_write(document, event);
    js_write_end(&writer, good);
}

static bool put_own_facts(js_json_out *facts, const js_event *event) {
    js_property properties[JS_PROPERTIES_MAX + 1];
    if (event->sweep == NULL) {
        return js_kind_of(event->kind)->write_facts(facts, event);
    }
    js_json_out *object = js_write_object(facts, "properties");
    size_t count = js_sweep_properties(event, properties);
    bool good = object != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_write_any_name(object, properties[i].name, properties[i].value);
    }
    return good;
}

void js_document_write_facts(js_buf *out, const js_event *event) {
    js_json_writer writer;
    js_json_out *facts = js_write_begin(&writer, out);
    bool good =
        put_own_facts(facts, event) && (!event->deletion || js_write_flag(facts, "deleted", true));
    js_write_end(&writer, good);
}
