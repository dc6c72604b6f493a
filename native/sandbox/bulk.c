/* POST .../bulk: what is checked of the request as a whole, before its items. */
#include "sandbox.h"

#include "event/json.h"

#include <string.h>

enum { ITEMS_MAX = 100, PROPERTIES_MAX = 5, PROPERTY_TEXT_MAX = 255 };

static const char *const list_names[SB_KINDS] = {"builds", "deployments", "flags"};

static json_object *get(json_object *object, const char *name) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return value;
}

static void bad_request(sb_call *call, int status, const char *format, const char *argument) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "%s%s", argument, format);
    sb_answer_json(call->answer, status);
    js_buf_add_text(&call->answer->body, "[{\"message\":");
    js_json_write_string(&call->answer->body, text.failed ? "" : text.data);
    js_buf_add_text(&call->answer->body, "}]");
    js_buf_free(&text);
}

/* `properties` and `providerMetadata`; a sentence when they are malformed. */
static const char *check_frame(json_object *body) {
    json_object *properties = get(body, "properties");
    if (json_object_object_get_ex(body, "properties", NULL)) {
        if (!json_object_is_type(properties, json_type_object) ||
            json_object_object_length(properties) > PROPERTIES_MAX) {
            return "'properties' must be an object of 5 members at most.";
        }
        json_object_object_foreach(properties, name, value) {
            if (!json_object_is_type(value, json_type_string) || name[0] == '_' ||
                strchr(name, ':') != NULL ||
                sb_utf16_units(json_object_get_string(value),
                               (size_t)json_object_get_string_len(value)) > PROPERTY_TEXT_MAX) {
                return "'properties' must hold texts of 255 characters at most, and names without "
                       "':' that do not start with '_'.";
            }
        }
    }
    if (json_object_object_get_ex(body, "providerMetadata", NULL)) {
        json_object *metadata = get(body, "providerMetadata");
        json_object *product = get(metadata, "product");
        if (!json_object_is_type(metadata, json_type_object) ||
            (json_object_object_get_ex(metadata, "product", NULL) &&
             !json_object_is_type(product, json_type_string))) {
            return "'providerMetadata' must be an object whose 'product' is a text.";
        }
    }
    return NULL;
}

/* The list of items; null, and the answer is written, when the request as a whole is malformed. */
static json_object *check_body(sb_call *call, json_object *body, const char *list_name) {
    const char *wrong = NULL;
    json_object *list = get(body, list_name);
    if (!json_object_is_type(body, json_type_object)) {
        bad_request(call, 400, "The body must be a JSON object.", "");
        return NULL;
    }
    wrong = check_frame(body);
    if (wrong != NULL) {
        bad_request(call, 400, wrong, "");
        return NULL;
    }
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    call->items = (int64_t)count;
    if (count == 0) {
        bad_request(call, 400, " must be an array that is not empty.", list_name);
        return NULL;
    }
    if (count > ITEMS_MAX) {
        bad_request(call, 400, " must not hold more than 100 items.", list_name);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!json_object_is_type(json_object_array_get_idx(list, i), json_type_object)) {
            bad_request(call, 400, " must hold objects only.", list_name);
            return NULL;
        }
    }
    return list;
}

static void note_frame(sb_call *call, json_object *body, const char *list_name) {
    const char *const known[] = {"properties", "providerMetadata", list_name, NULL};
    sb_findings findings = {0};
    sb_object frame = {body, "", &findings};
    sb_check_members(&frame, known);
    for (size_t i = 0; i < findings.warnings.count; i++) {
        const char *text = findings.warnings.items[i];
        (void)js_strings_add(&call->warnings, text, strlen(text));
    }
    sb_findings_free(&findings);
}

void sb_bulk_endpoint(sb_call *call, sb_kind kind) {
    const js_buf *text = &call->request->body;
    if (!sb_is_json_request(call)) {
        return;
    }
    if (call->request->body_too_large) {
        bad_request(call, 413, "Data is too large. Submit fewer items in each payload.", "");
        return;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    json_object *body = NULL;
    if (text->length > 0) {
        body = js_json_parse(text->data, text->length, JS_JSON_STRICT, &error);
    }
    if (body == NULL) {
        bad_request(call, 400, error.message, "The body is no valid JSON. ");
        return;
    }
    json_object *list = check_body(call, body, list_names[kind]);
    if (list != NULL) {
        note_frame(call, body, list_names[kind]);
        sb_bulk_judge(call, kind, list);
    }
    json_object_put(body);
}
