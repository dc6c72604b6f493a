#include "base/redact.h"

#include <stdint.h>
#include <string.h>

/* Four hexadecimal digits; -1: something else. */
static int32_t read_hex(const char *at, size_t left) {
    int32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        char c = i < left ? at[i] : '\0';
        const char *found = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        if (found == NULL) {
            return -1;
        }
        code = code * 16 + (int32_t)(found - digits);
    }
    return code;
}

static size_t write_utf8(int32_t code, unsigned char out[4]) {
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (unsigned char)(first[more] | code);
    return more + 1;
}

static size_t backslashes(const char *at, size_t left) {
    size_t count = 0;
    while (count < left && at[count] == '\\') {
        count++;
    }
    return count;
}

/* Reads \uXXXX, with any number of backslashes. The length read; 0: none. */
static size_t read_code(const char *at, size_t left, int32_t *code) {
    size_t slashes = backslashes(at, left);
    bool named = slashes > 0 && slashes < left && at[slashes] == 'u';
    *code = named ? read_hex(at + slashes + 1, left - slashes - 1) : -1;
    return *code < 0 ? 0 : slashes + 5;
}

/* One character that is written as one code or as two. The length read; 0: none. */
static size_t read_character(const char *at, size_t left, int32_t *code) {
    size_t length = read_code(at, left, code);
    int32_t low = 0;
    bool high = length > 0 && *code >= 0xD800 && *code < 0xDC00;
    size_t more = high ? read_code(at + length, left - length, &low) : 0;
    if (more > 0 && low >= 0xDC00 && low < 0xE000) {
        *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
        return length + more;
    }
    return length;
}

/*
 * The next byte, or what an escape stands for; returns the length read. Backslashes are passed over:
 * JSON inside a text of JSON has escaped escapes. Only control characters are lost by that, and a
 * secret holds none.
 */
static size_t read_unit(const char *at, size_t left, unsigned char out[4], size_t *count) {
    int32_t code = 0;
    size_t length = read_character(at, left, &code);
    if (length > 0) {
        *count = write_utf8(code, out);
        return length;
    }
    size_t slashes = backslashes(at, left);
    *count = slashes < left ? 1 : 0;
    out[0] = *count > 0 ? (unsigned char)at[slashes] : 0;
    return slashes + *count;
}

/* How long the secret is that begins here; 0: none does. */
static size_t match(const char *at, size_t left, const js_secret *secret) {
    if (left >= secret->length && memcmp(at, secret->text, secret->length) == 0) {
        return secret->length;
    }
    size_t read = 0;
    size_t matched = backslashes(secret->text, secret->length);
    while (matched < secret->length && read < left) {
        unsigned char unit[4];
        size_t count = 0;
        read += read_unit(at + read, left - read, unit, &count);
        if (count > secret->length - matched || memcmp(unit, secret->text + matched, count) != 0) {
            return 0;
        }
        matched += count;
        matched += backslashes(secret->text + matched, secret->length - matched);
    }
    return matched == secret->length ? read : 0;
}

void js_redact(char *text, size_t length, const js_secret *secret) {
    if (secret->text == NULL || secret->length < JS_REDACT_MIN) {
        return;
    }
    for (size_t i = 0; i < length;) {
        size_t found = match(text + i, length - i, secret);
        if (found > 0) {
            memset(text + i, '*', found);
        }
        i += found > 0 ? found : 1;
    }
}
