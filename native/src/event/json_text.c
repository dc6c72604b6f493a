/* Strings in JSON: what may be between the quotes, and what the escapes mean. */
#include "base/error.h"
#include "base/text.h"
#include "event/json_reader.h"

#include <stdint.h>
#include <string.h>

bool js_json_starts_with(const js_json_reader *in, const char *word) {
    size_t length = strlen(word);
    return in->length - in->at >= length && memcmp(in->text + in->at, word, length) == 0;
}

/* The four digits of \uXXXX at `at`; -1: they are not. */
static int32_t read_unit(const js_json_reader *in, size_t at) {
    return at < in->length ? js_hex_unit(in->text + at, in->length - at) : -1;
}

/* At "\u": one character, which may need a second escape. */
static bool read_unicode_escape(js_json_reader *in) {
    size_t start = in->at;
    int32_t code = read_unit(in, start + 2);
    if (code < 0) {
        return js_json_fail_at(in, start, "\\u needs four hexadecimal digits");
    }
    in->at += 6;
    if (code == 0 && in->strict) {
        return js_json_fail_at(in, start, "a NUL character is not allowed in a text");
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        bool pair = code < 0xDC00 && js_json_starts_with(in, "\\u");
        int32_t low = pair ? read_unit(in, in->at + 2) : -1;
        bool whole = low >= 0xDC00 && low <= 0xDFFF;
        if (!whole && in->strict) {
            return js_json_fail_at(in, start, "half of a surrogate pair (\\u%04X) stands alone",
                                   (unsigned)code);
        }
        code = whole ? 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00) : 0xFFFD;
        in->at += whole ? 6 : 0;
    }
    js_utf8_add(&in->scratch, (uint32_t)code);
    return true;
}

/* At a backslash. */
static bool read_escape(js_json_reader *in) {
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (js_json_starts_with(in, "\\u")) {
        return read_unicode_escape(in);
    }
    char name = in->at + 1 < in->length ? in->text[in->at + 1] : '\0';
    const char *found = name == '\0' ? NULL : strchr(names, name);
    if (found == NULL) {
        return js_json_fail_at(in, in->at,
                               "a backslash must be followed by one of \" \\ / b f n r t u");
    }
    js_buf_add(&in->scratch, &meanings[found - names], 1);
    in->at += 2;
    return true;
}

/* Where the plain ASCII ends that begins here. */
static size_t plain_end(const js_json_reader *in) {
    return in->at + js_plain_length(in->text + in->at, in->length - in->at);
}

/* Passes over everything up to a quote, a backslash or the end. */
static bool pass_characters(js_json_reader *in) {
    for (in->at = plain_end(in); in->at < in->length; in->at = plain_end(in)) {
        unsigned char next = (unsigned char)in->text[in->at];
        if (next == '"' || next == '\\') {
            return true;
        }
        if (next == 0) {
            return js_json_fail_at(in, in->at, "a NUL character is not allowed in a text");
        }
        if (next < 0x20) {
            return js_json_fail_at(in, in->at, "the control character %d must be escaped in a text",
                                   (int)next);
        }
        int32_t code;
        size_t size = js_utf8_next(in->text + in->at, in->length - in->at, &code);
        if (code < 0) {
            return js_json_fail_at(in, in->at, "the text is not valid UTF-8");
        }
        in->at += size;
    }
    return true;
}

bool js_json_read_text(js_json_reader *in) {
    size_t start = in->at++;
    for (;;) {
        size_t run = in->at;
        if (!pass_characters(in)) {
            return false;
        }
        bool ends = in->at < in->length && in->text[in->at] == '"';
        char *piece =
            in->only_checks ? NULL : js_buf_grow(&in->scratch, in->at - run + (ends ? 1 : 0));
        if (piece != NULL) {
            memcpy(piece, in->text + run, in->at - run);
        }
        if (in->at == in->length) {
            return js_json_fail_at(in, start, "the text that begins here has no closing quote");
        }
        if (ends) {
            if (piece != NULL) {
                piece[in->at - run] = '\0';
            }
            in->at++;
            if (in->scratch.failed) {
                (void)js_fail_memory(in->error);
            }
            return !in->scratch.failed;
        }
        if (!read_escape(in)) {
            return false;
        }
    }
}
