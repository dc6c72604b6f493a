/* Writing JSON. Not with json-c's writer, which cuts the text in silence when memory is short. */
#include "base/text.h"
#include "event/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

static void escape(js_buf *out, char byte) {
    static const char names[] = "\"\\bfnrt";
    static const char bytes[] = "\"\\\b\f\n\r\t";
    const char *found = byte == '\0' ? NULL : strchr(bytes, byte);
    if (found != NULL) {
        const char escaped[2] = {'\\', names[found - bytes]};
        js_buf_add(out, escaped, sizeof escaped);
    } else {
        js_buf_addf(out, "\\u%04x", (unsigned)(unsigned char)byte);
    }
}

static void write_text(js_buf *out, const char *text, size_t length) {
    js_buf_add_text(out, "\"");
    size_t plain = 0;
    size_t at = 0;
    while (at < length && !out->failed) {
        int32_t code;
        size_t size = js_utf8_next(text + at, length - at, &code);
        if (code < 0x20 || code == '"' || code == '\\') {
            js_buf_add(out, text + plain, at - plain);
            if (code < 0) {
                js_buf_add_text(out, REPLACEMENT);
            } else {
                escape(out, text[at]);
            }
            plain = at + size;
        }
        at += size;
    }
    js_buf_add(out, text + plain, at - plain);
    js_buf_add_text(out, "\"");
}

void js_json_write_string(js_buf *out, const char *text) {
    write_text(out, text, strlen(text));
}

static void write_object(js_buf *out, json_object *object) {
    const char *before = "{";
    json_object_object_foreach(object, name, member) {
        js_buf_add_text(out, before);
        js_json_write_string(out, name);
        js_buf_add_text(out, ":");
        js_json_write(out, member);
        before = ",";
    }
    js_buf_add_text(out, *before == '{' ? "{}" : "}");
}

static void write_array(js_buf *out, json_object *array) {
    size_t count = json_object_array_length(array);
    js_buf_add_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write(out, json_object_array_get_idx(array, i));
    }
    js_buf_add_text(out, "]");
}

static void write_integer(js_buf *out, json_object *number) {
    /* Above the signed range json-c clamps the one and knows the other. */
    int64_t value = json_object_get_int64(number);
    if (value == INT64_MAX) {
        js_buf_addf(out, "%" PRIu64, json_object_get_uint64(number));
    } else {
        js_buf_addf(out, "%" PRId64, value);
    }
}

static void write_double(js_buf *out, json_object *number) {
    double value = json_object_get_double(number);
    char text[40];
    if (!isfinite(value)) {
        out->failed = true;
        return;
    }
    (void)snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) < value || strtod(text, NULL) > value) {
        (void)snprintf(text, sizeof text, "%.17g", value);
    }
    /* The process's locale may have another decimal point; no other byte can stand there. */
    for (char *at = text; *at != '\0'; at++) {
        if (strchr("0123456789+-e", *at) == NULL) {
            *at = '.';
        }
    }
    js_buf_add_text(out, text);
}

void js_json_write(js_buf *out, json_object *value) {
    switch (json_object_get_type(value)) {
    case json_type_null:
        js_buf_add_text(out, "null");
        break;
    case json_type_boolean:
        js_buf_add_text(out, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_double:
        write_double(out, value);
        break;
    case json_type_int:
        write_integer(out, value);
        break;
    case json_type_object:
        write_object(out, value);
        break;
    case json_type_array:
        write_array(out, value);
        break;
    case json_type_string:
        write_text(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    }
}
