/* What the items of several kinds have in common. */
#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"
#include "event/limits.h"
#include "payload/kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The number is what tells builds apart. */
bool js_put_display_name(js_json_out *item, const js_run *run) {
    char number[24];
    (void)snprintf(number, sizeof number, " #%" PRId64, run->number);
    const char *name = run->pipeline_name;
    size_t cut = js_utf8_cut(name, strlen(name), JS_TEXT_UNITS - strlen(number));
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, name, cut);
    js_buf_add_text(&text, number);
    bool good = !text.failed && js_write_text(item, "displayName", text.data);
    js_buf_clear(&text);
    return good;
}

bool js_put_time(js_json_out *item, const char *name, int64_t ms) {
    char stamp[JS_TIMESTAMP_SIZE];
    js_timestamp_format(ms, stamp);
    return js_write_text(item, name, stamp);
}

/* An association without its values yet: their array. */
static js_json_out *append_association(js_json_out *associations, const char *type) {
    js_json_out *association = js_write_item_object(associations);
    return js_write_text(association, "associationType", type)
               ? js_write_array(association, "values")
               : NULL;
}

/* Jira refuses an association without values, so a type that has none is left out. */
static bool put_text_association(js_json_out *associations, const char *type,
                                 const js_strings *values) {
    return values->count == 0 || js_write_items(append_association(associations, type), values);
}

static bool put_commit_association(js_json_out *associations, const js_event *event) {
    if (event->commit_count == 0) {
        return true;
    }
    js_json_out *values = append_association(associations, "commit");
    bool good = values != NULL;
    for (size_t i = 0; i < event->commit_count && good; i++) {
        js_json_out *commit = js_write_item_object(values);
        good = js_write_text(commit, "commitHash", event->commits[i].hash) &&
               js_write_text(commit, "repositoryId", event->commits[i].repository_id);
    }
    return good;
}

static bool put_repository_association(js_json_out *associations, const js_event *event) {
    if (event->repositories.count == 0) {
        return true;
    }
    js_json_out *values = append_association(associations, "repository");
    bool good = values != NULL;
    for (size_t i = 0; i < event->repositories.count && good; i++) {
        js_json_out *repository = js_write_item_object(values);
        good = js_write_text(repository, "repositoryId", event->repositories.items[i]);
    }
    return good;
}

bool js_put_key_association(js_json_out *item, const js_strings *keys) {
    return put_text_association(js_write_array(item, "associations"), "issueIdOrKeys", keys);
}

bool js_put_associations(js_json_out *item, const js_event *event) {
    if (!js_event_has_associations(event)) {
        return true;
    }
    js_json_out *associations = js_write_array(item, "associations");
    return put_text_association(associations, "issueIdOrKeys", &event->issue_keys) &&
           put_text_association(associations, "serviceIdOrKeys", &event->services) &&
           put_commit_association(associations, event) &&
           put_repository_association(associations, event);
}

bool js_put_item_list(js_json_out *body, const js_payload_item *items, size_t count) {
    js_api api = js_kind_api(items[0].event->kind);
    js_json_out *list = js_write_array(body, js_payload_api_of(api)->list);
    bool good = list != NULL;
    for (size_t i = 0; i < count && good; i++) {
        const js_event *event = items[i].event;
        good = js_payload_kind_of(event->kind)
                   ->put(js_write_item_object(list), event, items[i].sequence);
    }
    return good;
}
