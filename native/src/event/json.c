/*
 * Reading. One pass over the text builds json-c's objects. json-c's own tokener takes too much in
 * silence, in its strict mode, too: numbers such as 1. and -.5, NaN, names in single quotes, control
 * characters; it clamps large integers, keeps the last of duplicate members, and cuts a text when
 * memory is short (json-c 0.15 to 0.17, each a little differently).
 */
#include "event/json.h"

#include "base/error.h"
#include "event/json_reader.h"

#include <string.h>

static bool read_value(js_json_reader *in, json_object **value);

static void pass_blanks(js_json_reader *in) {
    while (js_json_peek(in) == ' ' || js_json_peek(in) == '\n' || js_json_peek(in) == '\r' ||
           js_json_peek(in) == '\t') {
        in->at++;
    }
}

/* Behind blanks. */
static bool pass(js_json_reader *in, char mark) {
    pass_blanks(in);
    bool there = js_json_peek(in) == mark;
    in->at += there ? 1 : 0;
    return there;
}

bool js_json_made(js_json_reader *in, const json_object *value) {
    if (value == NULL) {
        (void)js_fail_memory(in->error);
    }
    return value != NULL;
}

static bool read_text(js_json_reader *in, json_object **value) {
    size_t copy = in->scratch.length;
    if (!js_json_read_text(in)) {
        return false;
    }
    if (in->only_checks) {
        js_buf_cut(&in->scratch, copy);
        return true;
    }
    *value =
        json_object_new_string_len(in->scratch.data + copy, (int)(in->scratch.length - copy - 1));
    js_buf_cut(&in->scratch, copy);
    return js_json_made(in, *value);
}

static bool read_word(js_json_reader *in, json_object **value) {
    if (js_json_starts_with(in, "null")) {
        in->at += strlen("null");
        return true;
    }
    bool is_true = js_json_starts_with(in, "true");
    if (!is_true && !js_json_starts_with(in, "false")) {
        return js_json_fail_unexpected(in, "a value");
    }
    in->at += strlen(is_true ? "true" : "false");
    if (in->only_checks) {
        return true;
    }
    *value = json_object_new_boolean(is_true);
    return js_json_made(in, *value);
}

/* Behind the opening bracket. */
static bool read_items(js_json_reader *in, json_object *array) {
    if (pass(in, ']')) {
        return true;
    }
    do {
        json_object *item = NULL;
        if (!read_value(in, &item)) {
            return false;
        }
        if (array != NULL && json_object_array_add(array, item) != 0) {
            json_object_put(item);
            return js_json_made(in, NULL);
        }
    } while (pass(in, ','));
    return pass(in, ']') || js_json_fail_unexpected(in, "a comma or ]");
}

/* Of duplicates in an answer the last counts. The name is in the scratch, from `name_at` on. */
static bool add_member(js_json_reader *in, json_object *object, size_t name_at, size_t at,
                       json_object *value) {
    if (object == NULL) {
        return true;
    }
    const char *name = in->scratch.data + name_at;
    int before = json_object_object_length(object);
    if (json_object_object_add(object, name, value) != 0) {
        json_object_put(value);
        return js_json_made(in, NULL);
    }
    if (in->strict && json_object_object_length(object) == before) {
        return js_json_fail_shown(in, at, "the member \"", name, strlen(name),
                                  "\" appears twice in the same object");
    }
    return true;
}

/* Behind the opening brace. */
static bool read_members(js_json_reader *in, json_object *object) {
    if (pass(in, '}')) {
        return true;
    }
    do {
        size_t name_at = in->scratch.length;
        pass_blanks(in);
        size_t at = in->at;
        if (js_json_peek(in) != '"') {
            return js_json_fail_unexpected(in, "the name of a member in double quotes");
        }
        if (!js_json_read_text(in)) {
            return false;
        }
        if (!pass(in, ':')) {
            return js_json_fail_unexpected(in, "a colon");
        }
        json_object *value = NULL;
        if (!read_value(in, &value) || !add_member(in, object, name_at, at, value)) {
            return false;
        }
        js_buf_cut(&in->scratch, name_at);
    } while (pass(in, ','));
    return pass(in, '}') || js_json_fail_unexpected(in, "a comma or }");
}

/* At the opening brace or bracket. */
static bool read_container(js_json_reader *in, json_object **value) {
    if (in->depth == JS_JSON_DEPTH_MAX) {
        return js_json_fail_at(in, in->at, "objects and arrays are nested more than %d deep",
                               (int)JS_JSON_DEPTH_MAX);
    }
    if (in->containers == JS_JSON_CONTAINERS_MAX) {
        return js_json_fail_at(in, in->at, "there are more than %d objects and arrays",
                               (int)JS_JSON_CONTAINERS_MAX);
    }
    bool is_object = in->text[in->at++] == '{';
    if (!in->only_checks) {
        *value = is_object ? json_object_new_object() : json_object_new_array();
    }
    in->depth++;
    in->containers++;
    bool good = (in->only_checks || js_json_made(in, *value)) &&
                (is_object ? read_members(in, *value) : read_items(in, *value));
    in->depth--;
    return good;
}

static bool read_value(js_json_reader *in, json_object **value) {
    pass_blanks(in);
    if (in->values == JS_JSON_VALUES_MAX) {
        return js_json_fail_at(in, in->at, "there are more than %d values",
                               (int)JS_JSON_VALUES_MAX);
    }
    in->values++;
    char first = js_json_peek(in);
    bool good = first == '{' || first == '[' ? read_container(in, value)
                : first == '"'               ? read_text(in, value)
                : (first >= '0' && first <= '9') || (first == '-' && !js_json_starts_with(in, "-I"))
                    ? js_json_read_number(in, value)
                    : read_word(in, value);
    if (!good) {
        js_json_wipe(*value); /* an answer that breaks off may hold a token */
        json_object_put(*value);
        *value = NULL;
    }
    return good;
}

static bool read_whole(js_json_reader *in, json_object **value) {
    static const char order_mark[] = "\xEF\xBB\xBF";
    if (!in->strict && js_json_starts_with(in, order_mark)) {
        in->at += strlen(order_mark);
    }
    pass_blanks(in);
    if (in->at == in->length) {
        (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The text is empty where JSON was expected.");
        return false;
    }
    if (!read_value(in, value)) {
        return false;
    }
    pass_blanks(in);
    if (in->at < in->length) {
        return js_json_fail_unexpected(in, "the end of the text");
    }
    if (*value == NULL && !in->only_checks) {
        (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The JSON is only null; give an object.");
    }
    return *value != NULL || in->only_checks;
}

bool js_json_is_object(const char *text, size_t length) {
    js_json_reader in = {.text = text, .length = length, .strict = true, .only_checks = true};
    json_object *none = NULL;
    bool good = length > 0 && text[0] == '{' && read_whole(&in, &none);
    js_buf_clear(&in.scratch);
    return good;
}

json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error) {
    if (length > (size_t)JS_JSON_MIB_MAX * 1024 * 1024) {
        (void)js_fail(error, JIRASEND_E_DOCUMENT, "The JSON has %zu bytes; the limit is %d MiB.",
                      length, (int)JS_JSON_MIB_MAX);
        return NULL;
    }
    js_json_reader in = {.text = text,
                         .length = length,
                         .strict = strictness == JS_JSON_STRICT,
                         .error = error,
                         .scratch = {.secret = true}};
    json_object *value = NULL;
    if (!read_whole(&in, &value)) {
        js_json_wipe(value);
        json_object_put(value);
        value = NULL;
    }
    js_buf_clear(&in.scratch);
    return value;
}
