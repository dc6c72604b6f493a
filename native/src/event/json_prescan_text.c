/* Texts in JSON: what may stand between the quotes. json-c takes the escapes out later. */
#include "base/text.h"
#include "event/json_prescan.h"

#include <stdint.h>
#include <string.h>

bool js_json_starts_with(const js_json_scan *in, const char *word) {
    size_t length = strlen(word);
    return in->length - in->at >= length && memcmp(in->text + in->at, word, length) == 0;
}

/* The four digits of \uXXXX at `at`. */
static bool read_hex(const js_json_scan *in, size_t at, uint32_t *code) {
    static const char digits[] = "0123456789abcdef";
    *code = 0;
    for (size_t i = at; i < at + 4; i++) {
        char digit = i < in->length ? in->text[i] : '\0';
        char lower = (char)(digit >= 'A' && digit <= 'F' ? digit - 'A' + 'a' : digit);
        const char *found = lower == '\0' ? NULL : strchr(digits, lower);
        if (found == NULL) {
            return false;
        }
        *code = *code << 4U | (uint32_t)(found - digits);
    }
    return true;
}

/* At "\u": one character, which may need a second escape. */
static bool pass_unicode_escape(js_json_scan *in) {
    size_t start = in->at;
    uint32_t code;
    if (!read_hex(in, start + 2, &code)) {
        return js_json_fail_at(in, start, "\\u needs four hexadecimal digits");
    }
    in->at += 6;
    if (!in->strict) {
        return true;
    }
    if (code == 0) {
        return js_json_fail_at(in, start, "a NUL character is not allowed in a text");
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
        uint32_t low = 0;
        if (code >= 0xDC00 || !js_json_starts_with(in, "\\u") || !read_hex(in, in->at + 2, &low) ||
            low < 0xDC00 || low > 0xDFFF) {
            return js_json_fail_at(in, start, "half of a surrogate pair (\\u%04X) stands alone",
                                   (unsigned)code);
        }
        in->at += 6;
    }
    return true;
}

/* At a backslash. */
static bool pass_escape(js_json_scan *in) {
    if (js_json_starts_with(in, "\\u")) {
        return pass_unicode_escape(in);
    }
    char name = in->at + 1 < in->length ? in->text[in->at + 1] : '\0';
    if (name == '\0' || strchr("\"\\/bfnrt", name) == NULL) {
        return js_json_fail_at(in, in->at,
                               "a backslash must be followed by one of \" \\ / b f n r t u");
    }
    in->at += 2;
    return true;
}

/* At a byte of a text that is no quote and no backslash. */
static bool pass_character(js_json_scan *in) {
    int32_t code;
    size_t size = js_utf8_next(in->text + in->at, in->length - in->at, &code);
    if (code < 0) {
        return js_json_fail_at(in, in->at, "the text is not valid UTF-8");
    }
    if (code == 0) {
        return js_json_fail_at(in, in->at, "a NUL character is not allowed in a text");
    }
    if (code < 0x20) {
        return js_json_fail_at(in, in->at, "the control character %d must be escaped in a text",
                               (int)code);
    }
    in->at += size;
    return true;
}

/* At an opening quote. */
bool js_json_pass_string(js_json_scan *in) {
    for (in->at++; in->at < in->length;) {
        char next = in->text[in->at];
        if (next == '"') {
            in->at++;
            return true;
        }
        if (!(next == '\\' ? pass_escape(in) : pass_character(in))) {
            return false;
        }
    }
    return js_json_fail_at(in, in->start, "the text that begins here has no closing quote");
}
