/* Reads submit options out of their document. */
#include "options.h"

#include "base/error.h"

static const jn_member members[] = {
    {"origin", json_type_string, false},     {"scope", json_type_string, false},
    {"properties", json_type_object, false}, {"projects", json_type_string, false},
    {"notKeys", json_type_string, false},    {"environments", json_type_string, false},
    {"anyCase", json_type_boolean, false},   {"emails", json_type_boolean, false},
};

static jirasend_choice choice(json_object *object, const char *name) {
    if (!jn_has(object, name)) {
        return JIRASEND_INHERIT;
    }
    return jn_switch(object, name) ? JIRASEND_YES : JIRASEND_NO;
}

static jirasend_code read_properties(jn_options *out, jirasend_error *error) {
    if (!jn_has(out->object, "properties")) {
        return JIRASEND_OK;
    }
    json_object *properties = json_object_object_get(out->object, "properties");
    json_object_object_foreach(properties, name, value) {
        if (!json_object_is_type(value, json_type_string)) {
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "options: the values of properties are texts.");
        }
        if (out->options.property_count == JN_PROPERTIES_MAX) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "options: there are too many properties.");
        }
        out->properties[out->options.property_count++] =
            (jirasend_property){name, json_object_get_string(value)};
    }
    out->options.properties = out->properties;
    return JIRASEND_OK;
}

jirasend_code jn_options_read(jn_options *out, const jn_bytes *bytes, jirasend_error *error) {
    *out = (jn_options){.options = JIRASEND_SUBMIT_OPTIONS_INIT};
    out->object =
        jn_object_read(bytes, "options", members, sizeof members / sizeof *members, error);
    if (out->object == NULL) {
        return error->code;
    }
    out->options.origin = jn_text(out->object, "origin");
    out->options.scope = jn_text(out->object, "scope");
    out->options.projects = jn_text(out->object, "projects");
    out->options.not_keys = jn_text(out->object, "notKeys");
    out->options.environments = jn_text(out->object, "environments");
    out->options.any_case = choice(out->object, "anyCase");
    out->options.emails = choice(out->object, "emails");
    jirasend_code code = read_properties(out, error);
    if (code != JIRASEND_OK) {
        jn_options_clear(out);
    }
    return code;
}

void jn_options_clear(jn_options *options) {
    json_object_put(options->object);
    options->object = NULL;
}
