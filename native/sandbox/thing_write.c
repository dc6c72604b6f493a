/* What was stored as Jira gives it back: with the keys that it knows, without what is ours. */
#include "things.h"

#include "bulk.h"
#include "event/json.h"

#include <string.h>

static json_object *parse_item(const sb_item *item) {
    js_buf text = JS_BUF_INIT;
    js_buf_add(&text, item->text, item->length);
    js_buf_add_text(&text, "}");
    json_object *json =
        text.failed ? NULL : js_json_parse(text.data, text.length, JS_JSON_ANSWER, NULL);
    js_buf_clear(&text);
    return json;
}

/* The known keys as a set. */
static json_object *known_set(json_object *keys) {
    json_object *set = json_object_new_object();
    size_t count = json_object_is_type(keys, json_type_array) ? json_object_array_length(keys) : 0;
    for (size_t i = 0; set != NULL && i < count; i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
        (void)json_object_object_add(set, key, NULL);
    }
    return set;
}

static bool is_of_issues(json_object *association) {
    return strncmp(sb_member_text(association, "associationType"), "issue", 5) == 0;
}

/* The values that are in the set, in a new array. */
static json_object *known_values(json_object *values, json_object *set) {
    json_object *kept = json_object_new_array();
    for (size_t i = 0; kept != NULL && i < json_object_array_length(values); i++) {
        json_object *value = json_object_array_get_idx(values, i);
        if (json_object_object_get_ex(set, json_object_get_string(value), NULL)) {
            (void)json_object_array_add(kept, json_object_get(value));
        }
    }
    return kept;
}

/* The associations without unknown issues, in a new array. */
static json_object *known_associations(json_object *list, json_object *set) {
    json_object *kept = json_object_new_array();
    for (size_t i = 0; kept != NULL && i < json_object_array_length(list); i++) {
        json_object *association = json_object_array_get_idx(list, i);
        if (is_of_issues(association)) {
            json_object *values = known_values(sb_member(association, "values"), set);
            if (values == NULL || json_object_array_length(values) == 0) {
                json_object_put(values);
                continue;
            }
            (void)json_object_object_add(association, "values", values);
        }
        (void)json_object_array_add(kept, json_object_get(association));
    }
    return kept;
}

void sb_write_item(js_buf *out, const sb_item *item) {
    json_object *json = parse_item(item);
    json_object *set = known_set(sb_member(json, "issueKeys"));
    json_object *associations = sb_member(json, "associations");
    if (json == NULL || set == NULL) {
        out->failed = true;
    } else {
        json_object_object_del(json, "receivedAt");
        json_object_object_del(json, "repositoryId");
        if (associations != NULL) {
            json_object *kept = known_associations(associations, set);
            out->failed = out->failed || kept == NULL ||
                          json_object_object_add(json, "associations", kept) != 0;
        }
        if (associations != NULL || json_object_object_length(set) == 0) {
            json_object_object_del(json, "issueKeys"); /* ours, not the client's */
        }
        js_json_write(out, json);
    }
    json_object_put(set);
    json_object_put(json);
}
