/*
 * Why json-c's own tokener is not used: even in its strict mode it takes the last of two equal
 * members, clamps large integers, cuts member names at a NUL and may cut a text when memory is
 * short, all in silence and not the same in each version. A check in front of it would have to be
 * a whole parser, and two parsers that may disagree are worse than one. So this one builds json-c's
 * objects itself and looks at every return value.
 */
#include "event/json.h"

#include "base/error.h"
#include "event/json_parser.h"

#include <stdint.h>
#include <string.h>

static bool read_value(js_json_parser *in, int depth, json_object **value);

static void skip_space(js_json_parser *in) {
    while (in->at < in->length && strchr(" \t\n\r", in->text[in->at]) != NULL &&
           in->text[in->at] != '\0') {
        in->at++;
    }
}

/* Behind the brace or comma: "name": value. */
static bool read_member(js_json_parser *in, int depth, js_buf *name, json_object *object) {
    skip_space(in);
    size_t start = in->at;
    if (js_json_peek(in) != '"') {
        return js_json_fail_unexpected(in, "the name of a member in double quotes");
    }
    if (!js_json_read_text(in, name)) {
        return false;
    }
    if (in->strict && json_object_object_get_ex(object, name->data, NULL)) {
        return js_json_fail_shown(in, start, "the member \"", name->data, name->length,
                                  "\" stands twice in the same object");
    }
    skip_space(in);
    if (js_json_peek(in) != ':') {
        return js_json_fail_unexpected(in, "a colon");
    }
    in->at++;
    json_object *value = NULL;
    if (!read_value(in, depth, &value)) {
        return false;
    }
    if (json_object_object_add(object, name->data, value) != 0) {
        json_object_put(value);
        return js_json_fail_memory(in);
    }
    return true;
}

static bool read_element(js_json_parser *in, int depth, json_object *array) {
    json_object *value = NULL;
    if (!read_value(in, depth, &value)) {
        return false;
    }
    if (json_object_array_add(array, value) != 0) {
        json_object_put(value);
        return js_json_fail_memory(in);
    }
    return true;
}

/* At the brace or bracket; fills `container`. */
static bool read_items(js_json_parser *in, int depth, json_object *container) {
    bool is_object = json_object_is_type(container, json_type_object);
    char close = is_object ? '}' : ']';
    js_buf name = JS_BUF_INIT;
    bool good = true;
    in->at++;
    skip_space(in);
    bool more = js_json_peek(in) != close;
    while (good && more) {
        good = is_object ? read_member(in, depth, &name, container)
                         : read_element(in, depth, container);
        if (good) {
            skip_space(in);
            more = js_json_peek(in) == ',';
            in->at += more ? 1 : 0;
        }
    }
    js_buf_free(&name);
    if (good && js_json_peek(in) != close) {
        good = js_json_fail_unexpected(in, is_object ? "a comma or }" : "a comma or ]");
    }
    in->at++;
    return good;
}

static bool read_container(js_json_parser *in, int depth, json_object **value) {
    if (depth >= JS_JSON_DEPTH_MAX) {
        return js_json_fail_at(in, in->at, "objects and arrays are nested more than %d deep",
                               (int)JS_JSON_DEPTH_MAX);
    }
    /* One place: json-c's default of 32 would make a text of many empty arrays costly. */
    json_object *container =
        js_json_peek(in) == '{' ? json_object_new_object() : json_object_new_array_ext(1);
    if (container == NULL) {
        return js_json_fail_memory(in);
    }
    if (!read_items(in, depth + 1, container)) {
        json_object_put(container);
        return false;
    }
    *value = container;
    return true;
}

static bool read_string(js_json_parser *in, json_object **value) {
    size_t start = in->at;
    if (!js_json_read_text(in, &in->scratch)) {
        return false;
    }
    if (in->scratch.length > INT32_MAX) {
        return js_json_fail_at(in, start, "the text that begins here is too long");
    }
    *value = json_object_new_string_len(in->scratch.data, (int)in->scratch.length);
    return *value != NULL ? true : js_json_fail_memory(in);
}

static bool read_boolean(js_json_parser *in, bool boolean, json_object **value) {
    in->at += boolean ? strlen("true") : strlen("false");
    *value = json_object_new_boolean(boolean);
    return *value != NULL ? true : js_json_fail_memory(in);
}

static bool read_value(js_json_parser *in, int depth, json_object **value) {
    skip_space(in);
    char first = js_json_peek(in);
    if (first == '{' || first == '[') {
        return read_container(in, depth, value);
    }
    if (first == '"') {
        return read_string(in, value);
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        return js_json_read_number(in, value);
    }
    if (js_json_starts_with(in, "true") || js_json_starts_with(in, "false")) {
        return read_boolean(in, first == 't', value);
    }
    if (js_json_starts_with(in, "null")) {
        in->at += strlen("null");
        *value = NULL; /* json-c's null */
        return true;
    }
    return js_json_fail_unexpected(in, "a value");
}

static bool read_all(js_json_parser *in, json_object **value) {
    if (js_json_starts_with(in, "\xEF\xBB\xBF")) {
        if (in->strict) {
            return js_json_fail_at(in, 0, "a byte order mark stands before the JSON; remove it");
        }
        in->at += 3;
    }
    skip_space(in);
    if (in->at == in->length) {
        (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The text is empty where JSON was expected.");
        return false;
    }
    if (!read_value(in, 0, value)) {
        return false;
    }
    skip_space(in);
    if (in->at < in->length) {
        return js_json_fail_unexpected(in, "the end of the text");
    }
    if (*value == NULL) {
        (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The JSON is only null; give an object.");
        return false;
    }
    return true;
}

json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error) {
    js_json_parser in = {.text = text,
                         .length = length,
                         .strict = strictness == JS_JSON_STRICT,
                         .scratch = JS_BUF_INIT,
                         .error = error};
    json_object *value = NULL;
    if (!read_all(&in, &value)) {
        json_object_put(value);
        value = NULL;
    }
    js_buf_free(&in.scratch);
    return value;
}
