/*
 * Writing, by json-c's serializer. It does not look at the return values of its own buffer, so it
 * leaves out what the buffer has no memory for, and says nothing. So the buffer gets its room
 * before: a serializer of ours, which json-c calls for the outermost object or array, sees it.
 * A buffer that never grows leaves no pieces of a secret behind either.
 */
#include "base/secret.h"
#include "event/json.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { NUMBER_SIZE = 64 };

/* Room for a text between quotes; an escape takes at most six bytes. */
static size_t measure_text(const char *text, size_t length) {
    size_t size = length + 2;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == '"' || text[i] == '\\') {
            size += 5;
        }
    }
    return size;
}

/* At least as many bytes as the value takes. False: it holds what is no JSON. */
static bool measure(json_object *value, size_t *size) {
    bool good = true;
    *size += NUMBER_SIZE;
    if (json_object_is_type(value, json_type_string)) {
        *size +=
            measure_text(json_object_get_string(value), (size_t)json_object_get_string_len(value));
    } else if (json_object_is_type(value, json_type_double)) {
        /* Of a double that was read json-c keeps the digits. */
        const char *digits = json_object_get_userdata(value);
        *size += digits != NULL ? strlen(digits) : 0;
        good = isfinite(json_object_get_double(value));
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value) && good; i++) {
            good = measure(json_object_array_get_idx(value, i), size);
        }
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member) {
            *size += measure_text(name, strlen(name));
            good = measure(member, size) && good;
        }
    }
    return good;
}

static int make_room(json_object *value, struct printbuf *out, int level, int flags) {
    (void)level;
    (void)flags;
    const size_t *size = json_object_get_userdata(value);
    return printbuf_memset(out, 0, '\0', (int)*size);
}

static bool reserve(json_object *value, size_t size) {
    /* A number's own serializer may need what would be replaced, and says when it fails. */
    if (!json_object_is_type(value, json_type_object) &&
        !json_object_is_type(value, json_type_array) &&
        !json_object_is_type(value, json_type_string)) {
        return true;
    }
    size_t length = 0;
    json_object_set_serializer(value, make_room, &size, NULL);
    bool good = json_object_to_json_string_length(value, 0, &length) != NULL;
    json_object_set_serializer(value, NULL, NULL, NULL);
    return good;
}

void js_json_write(js_buf *out, json_object *value) {
    size_t size = 0;
    size_t length = 0;
    const char *text = NULL;
    if (!out->failed && measure(value, &size) && size < INT_MAX / 2 && reserve(value, size)) {
        text = json_object_to_json_string_length(
            value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    }
    if (text == NULL) {
        out->failed = true;
        return;
    }
    js_buf_add(out, text, length);
    if (out->secret && value != NULL) {
        js_wipe((char *)(uintptr_t)text, length);
    }
}

void js_json_wipe(json_object *value) {
    if (json_object_is_type(value, json_type_string)) {
        js_wipe((char *)(uintptr_t)json_object_get_string(value),
                (size_t)json_object_get_string_len(value));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member) {
            (void)name;
            js_json_wipe(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            js_json_wipe(json_object_array_get_idx(value, i));
        }
    }
}

void js_json_write_built(js_buf *out, json_object *value, bool good) {
    if (good) {
        js_json_write(out, value);
    } else {
        out->failed = true;
    }
    if (out->secret) {
        js_json_wipe(value);
    }
    json_object_put(value);
}
