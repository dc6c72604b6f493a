/* POST .../bulk: what is checked of the request as a whole, before what is in it. */
#include "bulk.h"

#include "base/text.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>

enum { PROPERTIES_MAX = 5, PROPERTY_TEXT_MAX = 255 };

json_object *sb_member(json_object *object, const char *name) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return value;
}

const char *sb_member_text(json_object *object, const char *name) {
    json_object *value = sb_member(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

void sb_refuse(sb_call *call, sb_module module, int status, const char *message) {
    js_buf *out = &call->answer->body;
    bool devinfo = module == SB_DEVINFO;
    sb_answer_json(call->answer, status);
    js_buf_add_text(out, devinfo ? "{\"errorMessages\":[{\"message\":" : "[{\"message\":");
    js_json_write_string(out, message);
    js_buf_add_text(out, devinfo ? "}]}" : "}]");
}

static bool is_property(const char *name, json_object *value) {
    size_t units = sb_utf16_units(name, strlen(name));
    return units >= 1 && units <= PROPERTY_TEXT_MAX && name[0] != '_' &&
           strchr(name, ':') == NULL && json_object_is_type(value, json_type_string) &&
           sb_utf16_units(json_object_get_string(value),
                          (size_t)json_object_get_string_len(value)) <= PROPERTY_TEXT_MAX;
}

/* A sentence when they are malformed. */
static const char *check_properties(json_object *body) {
    json_object *properties = sb_member(body, "properties");
    if (!json_object_object_get_ex(body, "properties", NULL)) {
        return NULL;
    }
    if (!json_object_is_type(properties, json_type_object) ||
        json_object_object_length(properties) > PROPERTIES_MAX) {
        return "'properties' must be an object of 5 members at most.";
    }
    json_object_object_foreach(properties, name, value) {
        if (!is_property(name, value)) {
            return "'properties' must hold texts of 255 characters at most, and names of 1 to 255 "
                   "characters without ':' that do not start with '_'.";
        }
    }
    return NULL;
}

static const char *check_metadata(json_object *body) {
    json_object *metadata = sb_member(body, "providerMetadata");
    json_object *product = sb_member(metadata, "product");
    if (json_object_object_get_ex(body, "providerMetadata", NULL) &&
        (!json_object_is_type(metadata, json_type_object) ||
         (json_object_object_get_ex(metadata, "product", NULL) &&
          !json_object_is_type(product, json_type_string)))) {
        return "'providerMetadata' must be an object whose 'product' is a text.";
    }
    return NULL;
}

static const char *check_frame(json_object *body) {
    if (!json_object_is_type(body, json_type_object)) {
        return "The body must be a JSON object.";
    }
    const char *wrong = check_properties(body);
    return wrong != NULL ? wrong : check_metadata(body);
}

char *sb_properties_text(json_object *properties) {
    js_buf text = JS_BUF_INIT;
    json_object_object_foreach(properties, name, value) {
        js_buf_add_text(&text, ",");
        js_json_write_string(&text, name);
        js_buf_add_text(&text, ":");
        js_json_write_string(&text, json_object_get_string(value));
    }
    js_buf_add_text(&text, text.length == 0 ? "" : ",");
    return js_buf_take(&text);
}

static json_object *parse(sb_call *call, sb_module module) {
    const js_buf *text = &call->request->body;
    jirasend_error error = JIRASEND_ERROR_INIT;
    json_object *body = NULL;
    if (text->length > 0) {
        body = js_json_parse(text->data, text->length, JS_JSON_STRICT, &error);
    }
    if (body == NULL) {
        js_buf why = JS_BUF_INIT;
        js_buf_addf(&why, "The body is not valid JSON. %s", error.message);
        sb_refuse(call, module, 400, why.failed ? "" : why.data);
        js_buf_clear(&why);
    }
    return body;
}

bool sb_bulk_read(sb_call *call, sb_module module, sb_bulk_body *body) {
    *body = (sb_bulk_body){0};
    if (!sb_is_json_request(call)) {
        return false;
    }
    if (call->request->body_too_large) {
        sb_refuse(call, module, 413, "Data is too large. Submit fewer items in each payload.");
        return false;
    }
    body->json = parse(call, module);
    const char *wrong = body->json == NULL ? NULL : check_frame(body->json);
    if (wrong != NULL) {
        sb_refuse(call, module, 400, wrong);
    }
    if (body->json != NULL && wrong == NULL) {
        json_object *properties = sb_member(body->json, "properties");
        body->properties = properties == NULL ? js_copy("") : sb_properties_text(properties);
        call->answer->body.failed = body->properties == NULL;
    }
    if (body->properties == NULL) {
        sb_bulk_free(body);
        return false;
    }
    return true;
}

void sb_bulk_free(sb_bulk_body *body) {
    json_object_put(body->json);
    free(body->properties);
    *body = (sb_bulk_body){0};
}

void sb_bulk_note_frame(sb_call *call, json_object *body, const char *const *known) {
    sb_findings findings = {0};
    sb_object frame = {body, "", &findings};
    sb_check_members(&frame, known);
    sb_note_warnings(call, "", &findings);
    sb_findings_free(&findings);
}
