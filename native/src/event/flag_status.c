/* Whether a flag is on, and for whom. */
#include "event/flag_status.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { DIGITS_MAX = 24, PERCENT_MAX = 100 };

static jirasend_code read_percentage(js_rollout *rollout, json_object *value, const js_place *place,
                                     jirasend_error *error) {
    json_type type = json_object_get_type(value);
    if (type != json_type_int && type != json_type_double) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" must be a number from 0 to 100, such as 12.5.", place->text);
    }
    const char *digits = json_object_get_string(value);
    if (digits == NULL) {
        return js_fail_memory(error);
    }
    double number = json_object_get_double(value);
    if (!(number >= 0 && number <= PERCENT_MAX) || strlen(digits) > DIGITS_MAX) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, digits, strlen(digits));
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is %s. It must be a number from 0 to 100 of at most %d digits.",
                       place->text, shown, DIGITS_MAX);
    }
    rollout->form = JS_ROLLOUT_PERCENTAGE;
    rollout->text = js_copy(digits);
    return rollout->text == NULL ? js_fail_memory(error) : JIRASEND_OK;
}

static jirasend_code read_text(js_rollout *rollout, json_object *value, const js_place *place,
                               jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_string, place, error);
    rollout->form = JS_ROLLOUT_TEXT;
    return code == JIRASEND_OK
               ? js_limit_name(&rollout->text, json_object_get_string(value),
                               (size_t)json_object_get_string_len(value), place->text, error)
               : code;
}

static jirasend_code read_rules(js_rollout *rollout, json_object *value, const js_place *place,
                                jirasend_error *error) {
    rollout->form = JS_ROLLOUT_RULES;
    return js_count_read(&rollout->rules, value, place, error);
}

static jirasend_code read_rollout(js_rollout *rollout, json_object *object, const js_place *place,
                                  jirasend_error *error) {
    static const js_member names[] = {{"percentage", json_type_double, false},
                                      {"text", json_type_string, false},
                                      {"rules", json_type_int, false}};
    typedef jirasend_code (*reader)(js_rollout *, json_object *, const js_place *,
                                    jirasend_error *);
    static const reader readers[COUNT_OF(names)] = {read_percentage, read_text, read_rules};
    jirasend_code code = js_members_known(object, place, names, COUNT_OF(names), error);
    if (code == JIRASEND_OK && json_object_object_length(object) != 1) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" must have exactly one of \"percentage\", \"text\" and \"rules\"; it "
                       "has %d.",
                       place->text, json_object_object_length(object));
    }
    for (size_t i = 0; i < COUNT_OF(names) && code == JIRASEND_OK; i++) {
        json_object *value = NULL;
        if (json_object_object_get_ex(object, names[i].name, &value)) {
            js_place at = js_place_member(place, names[i].name);
            code = readers[i](rollout, value, &at, error);
        }
    }
    return code;
}

jirasend_code js_flag_status_read(js_flag_status *status, json_object *object,
                                  const js_place *place, jirasend_error *error) {
    json_object *enabled = js_member_of(object, "enabled");
    json_object *value = js_member_of(object, "defaultValue");
    json_object *rollout = js_member_of(object, "rollout");
    status->enabled = enabled != NULL && json_object_get_boolean(enabled);
    jirasend_code code = JIRASEND_OK;
    if (value != NULL && json_object_get_string_len(value) > 0) {
        code = js_read_part(&status->default_value, object, place, "defaultValue", js_limit_text,
                            error);
    }
    if (code == JIRASEND_OK && rollout != NULL) {
        js_place at = js_place_member(place, "rollout");
        code = read_rollout(&status->rollout, rollout, &at, error);
    }
    return code;
}

bool js_rollout_put(js_json_out *object, const js_rollout *rollout) {
    if (rollout->form == JS_ROLLOUT_NONE) {
        return object != NULL;
    }
    js_json_out *form = js_write_object(object, "rollout");
    switch (rollout->form) {
    case JS_ROLLOUT_PERCENTAGE:
        return js_write_digits(form, "percentage", rollout->text);
    case JS_ROLLOUT_TEXT:
        return js_write_text(form, "text", rollout->text);
    case JS_ROLLOUT_RULES:
        return js_write_number(form, "rules", rollout->rules);
    case JS_ROLLOUT_NONE:
        break;
    }
    return true;
}

bool js_flag_status_write(js_json_out *object, const js_flag_status *status) {
    return js_write_flag(object, "enabled", status->enabled) &&
           js_write_text(object, "defaultValue", status->default_value) &&
           js_rollout_put(object, &status->rollout);
}

void js_flag_status_clear(js_flag_status *status) {
    free(status->default_value);
    free(status->rollout.text);
}
