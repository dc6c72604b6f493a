/* `properties`: what can be deleted together later. */
#include "event/properties.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

static bool length_fits(const char *text, size_t length) {
    size_t units = js_utf16_length(text, length);
    return units >= 1 && units <= JS_PROPERTY_UNITS;
}

jirasend_code js_property_check(const char *name, size_t name_length, const char *value,
                                size_t value_length, jirasend_code failure, jirasend_error *error) {
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, name_length);
    if (strcmp(name, JS_PROPERTY_ORIGIN) == 0) {
        return js_fail(error, failure,
                       "The property \"" JS_PROPERTY_ORIGIN "\" is set for every event and says "
                       "where it comes from. Choose another name.");
    }
    if (!length_fits(name, name_length)) {
        return js_fail(error, failure,
                       "The name of a property must have 1 to %d characters; \"%s\" has %zu.",
                       JS_PROPERTY_UNITS, shown, js_utf16_length(name, name_length));
    }
    if (memchr(name, ':', name_length) != NULL || name[0] == '_') {
        return js_fail(error, failure,
                       "The property \"%s\" must not begin with \"_\" or contain a colon: Jira "
                       "reserves such names. Choose another name.",
                       shown);
    }
    if (!length_fits(value, value_length)) {
        return js_fail(error, failure,
                       "The value of the property \"%s\" must have 1 to %d characters; it has %zu.",
                       shown, JS_PROPERTY_UNITS, js_utf16_length(value, value_length));
    }
    return JIRASEND_OK;
}

static bool has(const js_event *event, const char *name) {
    for (size_t i = 0; i < event->property_count; i++) {
        if (strcmp(event->properties[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

jirasend_code js_property_add(js_event *event, const char *name, const char *value,
                              jirasend_error *error) {
    if (has(event, name)) {
        return JIRASEND_OK;
    }
    if (event->property_count == JS_PROPERTIES_MAX) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "The event has more than %d properties. Jira takes no more: remove some.",
                       JS_PROPERTIES_MAX);
    }
    js_property *property = &event->properties[event->property_count];
    *property = (js_property){js_copy(name), js_copy(value)};
    event->property_count++;
    return property->name != NULL && property->value != NULL ? JIRASEND_OK : js_fail_memory(error);
}

jirasend_code js_read_properties(js_reader *in) {
    json_object *object = js_read_member(in, "properties");
    if (object == NULL) {
        return JIRASEND_OK;
    }
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "properties");
    json_object_object_foreach(object, name, value) {
        js_place at = js_place_member(&place, name);
        jirasend_code code = js_type_check(value, json_type_string, &at, in->error);
        if (code == JIRASEND_OK) {
            code = js_property_check(name, strlen(name), json_object_get_string(value),
                                     (size_t)json_object_get_string_len(value), JIRASEND_E_DOCUMENT,
                                     in->error);
        }
        if (code == JIRASEND_OK) {
            code = js_property_add(in->event, name, json_object_get_string(value), in->error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

bool js_properties_put(js_json_out *object, const js_event *event) {
    bool good = object != NULL;
    for (size_t i = 0; i < event->property_count && good; i++) {
        good = js_write_any_name(object, event->properties[i].name, event->properties[i].value);
    }
    return good;
}

bool js_properties_write(js_json_out *document, const js_event *event) {
    return event->property_count == 0 ||
           js_properties_put(js_write_object(document, "properties"), event);
}
