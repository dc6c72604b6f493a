/* UTF-8, and showing foreign texts. */
#include "base/text.h"

#include "base/unicode_letters.h"

#include <stdlib.h>
#include <string.h>

enum { INVALID = -1 };

static size_t invalid(int32_t *code) {
    *code = INVALID;
    return 1;
}

size_t js_utf8_next(const char *text, size_t length, int32_t *code) {
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char lead = bytes[0];
    if (lead < 0x80U) {
        *code = lead;
        return 1;
    }
    /* 0x80..0xC1: a lone continuation byte, or the lead of an overlong pair. */
    if (lead < 0xC2U || lead > 0xF4U) {
        return invalid(code);
    }
    size_t size = lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
    if (length < size) {
        return invalid(code);
    }
    int32_t value = lead & (0x7F >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0U) != 0x80U) {
            return invalid(code);
        }
        value = value << 6 | (bytes[i] & 0x3F);
    }
    bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) {
        return invalid(code);
    }
    *code = value;
    return size;
}

bool js_utf8_valid(const char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        int32_t code;
        at += js_utf8_next(text + at, length - at, &code);
        if (code == INVALID) {
            return false;
        }
    }
    return true;
}

static bool is_plain(unsigned char byte) {
    return byte >= 0x20U && byte < 0x80U && byte != '"' && byte != '\\';
}

/* Of eight bytes at once: whether one is below `least`, which is at most 0x80. */
static bool has_below(uint64_t bytes, uint64_t least) {
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    return ((bytes - ones * least) & ~bytes & tops) != 0;
}

static bool are_plain(uint64_t bytes) {
    const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
    return (bytes & tops) == 0 && !has_below(bytes, 0x20) && !has_below(bytes ^ (ones * '"'), 1) &&
           !has_below(bytes ^ (ones * '\\'), 1);
}

size_t js_plain_length(const char *text, size_t length) {
    size_t at = 0;
    uint64_t bytes;
    for (; length - at >= sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, text + at, sizeof bytes);
        if (!are_plain(bytes)) {
            break;
        }
    }
    while (at < length && is_plain((unsigned char)text[at])) {
        at++;
    }
    return at;
}

static size_t units_of(int32_t code) {
    return code > 0xFFFF ? 2 : 1;
}

size_t js_utf16_length(const char *text, size_t length) {
    size_t units = js_plain_length(text, length);
    for (size_t at = units; at < length;) {
        int32_t code;
        at += js_utf8_next(text + at, length - at, &code);
        units += units_of(code);
    }
    return units;
}

size_t js_utf8_cut(const char *text, size_t length, size_t units) {
    size_t at = js_plain_length(text, length < units ? length : units);
    units -= at;
    while (at < length) {
        int32_t code;
        size_t size = js_utf8_next(text + at, length - at, &code);
        if (units_of(code) > units) {
            break;
        }
        units -= units_of(code);
        at += size;
    }
    return at;
}

static bool in_ranges(const js_code_range *ranges, size_t count, int32_t code) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else if (code < ranges[middle].first) {
            high = middle;
        } else {
            return true;
        }
    }
    return false;
}

bool js_is_letter(int32_t code) {
    if (code < 0x80) {
        return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    }
    return in_ranges(js_unicode_letters, js_unicode_letters_count, code);
}

bool js_is_letter_or_digit(int32_t code) {
    if (code < 0x80) {
        return js_is_letter(code) || (code >= '0' && code <= '9');
    }
    return js_is_letter(code) || in_ranges(js_unicode_digits, js_unicode_digits_count, code);
}

bool js_is_unspaced_letter(int32_t code) {
    return code >= 0x80 && in_ranges(js_unicode_unspaced, js_unicode_unspaced_count, code);
}

/*
 * Characters that would move the cursor, start a line, or turn round the direction of the text:
 * what a person then sees is not what the text says.
 */
static bool misleads(int32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) ||        /* C0, DEL, C1 */
           code == 0x061C || (code >= 0x200E && code <= 0x200F) || /* bidi marks */
           (code >= 0x2028 && code <= 0x202E) ||                   /* separators, bidi overrides */
           (code >= 0x2066 && code <= 0x2069);                     /* bidi isolates */
}

static void escape_character(js_buf *out, int32_t code) {
    if (code == '\t') {
        js_buf_add_text(out, "\\t");
    } else if (code == '\n') {
        js_buf_add_text(out, "\\n");
    } else if (code == '\r') {
        js_buf_add_text(out, "\\r");
    } else if (code < 0x80) {
        js_buf_addf(out, "\\x%02X", (unsigned)code);
    } else {
        js_buf_addf(out, "\\u{%04X}", (unsigned)code);
    }
}

void js_text_escape(js_buf *out, const char *text, size_t length) {
    size_t plain = 0; /* where the run begins that can be copied as it is */
    size_t at = 0;
    while (at < length && !out->failed) {
        int32_t code;
        size_t size = js_utf8_next(text + at, length - at, &code);
        if (code == INVALID || misleads(code)) {
            js_buf_add(out, text + plain, at - plain);
            if (code == INVALID) {
                js_buf_addf(out, "\\x%02X", (unsigned)(unsigned char)text[at]);
            } else {
                escape_character(out, code);
            }
            plain = at + size;
        }
        at += size;
    }
    js_buf_add(out, text + plain, at - plain);
}

void js_utf8_add(js_buf *out, uint32_t code) {
    char bytes[4];
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    bytes[0] = (char)(first[length] | code);
    js_buf_add(out, bytes, length);
}

int js_hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int32_t js_hex_unit(const char *digits, size_t length) {
    int32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < length ? js_hex_digit(digits[i]) : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

char *js_percent_decode(const char *text, size_t length) {
    char *out = malloc(length + 1);
    size_t used = 0;
    for (size_t i = 0; out != NULL && i < length; i++) {
        if (text[i] != '%') {
            out[used++] = text[i];
            continue;
        }
        int high = length - i > 2 ? js_hex_digit(text[i + 1]) : -1;
        int low = length - i > 2 ? js_hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
            free(out);
            return NULL;
        }
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    if (out != NULL) {
        out[used] = '\0';
    }
    return out;
}

char *js_copy(const char *text) {
    return text == NULL ? NULL : js_copy_n(text, strlen(text));
}

char *js_copy_n(const char *text, size_t length) {
    if (text == NULL) {
        return NULL;
    }
    size_t size = strnlen(text, length);
    char *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}
