/* Writing JSON member by member. */
#include "event/json.h"

#include "base/assert.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

/* The escape of a character that may not be in a string as it is. As json-c writes it. */
static const char *escape_of(unsigned char byte, char unit[8]) {
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    const char *found = byte == 0 ? NULL : strchr(named, byte);
    if (found != NULL) {
        unit[0] = '\\';
        unit[1] = names[found - named];
        unit[2] = '\0';
        return unit;
    }
    memcpy(unit, "\\u00", 4);
    unit[4] = hex[byte >> 4U];
    unit[5] = hex[byte & 0xFU];
    unit[6] = '\0';
    return unit;
}

/* How many bytes the character at `text` has, and what is written instead of it, if anything. */
static size_t look_at(const char *text, size_t length, char unit[8], const char **instead) {
    unsigned char byte = (unsigned char)text[0];
    *instead = NULL;
    if (byte >= 0x80U) {
        int32_t code;
        size_t size = js_utf8_next(text, length, &code);
        *instead = code < 0 ? "\xEF\xBF\xBD" : NULL;
        return size;
    }
    if (byte < 0x20U || byte == '"' || byte == '\\') {
        *instead = escape_of(byte, unit);
    }
    return 1;
}

static void quote_into(char *to, const char *text, size_t length) {
    to[0] = '"';
    memcpy(to + 1, text, length);
    to[length + 1] = '"';
}

static void add_quoted(js_buf *out, const char *text, size_t length) {
    char *to = js_buf_grow(out, length + 2);
    if (to != NULL) {
        quote_into(to, text, length);
    }
}

void js_json_write_string(js_buf *out, const char *text) {
    size_t length = strlen(text);
    /* Nearly all texts of events are ASCII that may stand as it is. */
    if (js_plain_length(text, length) == length) {
        add_quoted(out, text, length);
        return;
    }
    size_t from = 0;
    js_buf_add(out, "\"", 1);
    for (size_t at = 0; at < length;) {
        char unit[8];
        const char *instead;
        size_t size = look_at(text + at, length - at, unit, &instead);
        if (instead != NULL) {
            js_buf_add(out, text + from, at - from);
            js_buf_add_text(out, instead);
            from = at + size;
        }
        at += size;
    }
    js_buf_add(out, text + from, length - from);
    js_buf_add(out, "\"", 1);
}

/* ---- objects and arrays ---- */

static void end_innermost(js_json_writer *writer) {
    writer->depth--;
    js_buf_add(writer->out, &writer->open[writer->depth].end, 1);
}

/* Ends what is open inside it. Null: it is null, or the buffer has failed. */
static js_buf *end_inner(js_json_out *container) {
    if (container == NULL || container->writer->out->failed) {
        return NULL;
    }
    js_json_writer *writer = container->writer;
    size_t place = (size_t)(container - writer->open);
    js_assert(place < writer->depth);
    while (writer->depth > place + 1) {
        end_innermost(writer);
    }
    return writer->out;
}

/* The same, and puts the comma. */
static js_buf *next_in(js_json_out *container) {
    js_buf *out = end_inner(container);
    if (out != NULL && container->follows) {
        js_buf_add(out, ",", 1);
    }
    if (out != NULL) {
        container->follows = true;
    }
    return out;
}

/* The comma, the name and the colon in one piece: most of what is written are members. */
static js_buf *member(js_json_out *object, const char *name) {
    js_buf *out = end_inner(object);
    size_t length = strlen(name);
    size_t comma = out != NULL && object->follows ? 1 : 0;
    char *to = out != NULL ? js_buf_grow(out, comma + length + 3) : NULL;
    if (to != NULL) {
        to[0] = ',';
        quote_into(to + comma, name, length);
        to[comma + length + 2] = ':';
        object->follows = true;
    }
    return out;
}

static js_json_out *open_one(js_json_writer *writer, bool array) {
    js_assert(writer->depth < JS_JSON_OUT_DEPTH);
    js_json_out *opened = &writer->open[writer->depth++];
    *opened = (js_json_out){.writer = writer, .end = array ? ']' : '}'};
    js_buf_add(writer->out, array ? "[" : "{", 1);
    return writer->out->failed ? NULL : opened;
}

js_json_out *js_write_begin(js_json_writer *writer, js_buf *out) {
    writer->out = out;
    writer->depth = 0;
    return open_one(writer, false);
}

void js_write_end(js_json_writer *writer, bool good) {
    while (writer->depth > 0) {
        end_innermost(writer);
    }
    writer->out->failed = writer->out->failed || !good;
}

js_json_out *js_write_object(js_json_out *object, const char *name) {
    return member(object, name) == NULL ? NULL : open_one(object->writer, false);
}

js_json_out *js_write_array(js_json_out *object, const char *name) {
    return member(object, name) == NULL ? NULL : open_one(object->writer, true);
}

js_json_out *js_write_item_object(js_json_out *array) {
    return next_in(array) == NULL ? NULL : open_one(array->writer, false);
}

/* ---- values ---- */

static bool add_text(js_buf *out, const char *text) {
    if (out != NULL) {
        js_json_write_string(out, text);
    }
    return out != NULL && !out->failed;
}

bool js_write_text(js_json_out *object, const char *name, const char *text) {
    return text == NULL ? object != NULL : add_text(member(object, name), text);
}

bool js_write_any_name(js_json_out *object, const char *name, const char *text) {
    js_buf *out = next_in(object);
    if (!add_text(out, name)) {
        return false;
    }
    js_buf_add(out, ":", 1);
    return add_text(out, text);
}

bool js_write_number(js_json_out *object, const char *name, int64_t number) {
    js_buf *out = member(object, name);
    if (out != NULL) {
        js_buf_add_number(out, number);
    }
    return out != NULL && !out->failed;
}

bool js_write_digits(js_json_out *object, const char *name, const char *digits) {
    js_buf *out = isfinite(strtod(digits, NULL)) ? member(object, name) : NULL;
    if (out != NULL) {
        js_buf_add_text(out, digits);
    }
    return out != NULL && !out->failed;
}

bool js_write_flag(js_json_out *object, const char *name, bool flag) {
    js_buf *out = member(object, name);
    if (out != NULL) {
        js_buf_add_text(out, flag ? "true" : "false");
    }
    return out != NULL && !out->failed;
}

bool js_write_texts(js_json_out *object, const char *name, const js_strings *texts) {
    return js_write_items(js_write_array(object, name), texts);
}

/* What is on somebody's disk may be damaged, and must not make all of it so. */
bool js_write_members(js_json_out *object, const char *text) {
    if (!js_json_is_object(text, strlen(text))) {
        return false;
    }
    const char *end = strrchr(text, '}');
    js_buf *out = end > text + 1 ? next_in(object) : object->writer->out;
    if (out != NULL) {
        js_buf_add(out, text + 1, (size_t)(end - text) - 1);
    }
    return out != NULL && !out->failed;
}

bool js_write_item(js_json_out *array, const char *text) {
    return add_text(next_in(array), text);
}

bool js_write_items(js_json_out *array, const js_strings *texts) {
    bool good = array != NULL;
    for (size_t i = 0; i < texts->count && good; i++) {
        good = js_write_item(array, texts->items[i]);
    }
    return good;
}
