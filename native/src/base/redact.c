/* Finds secrets in foreign texts: both are read as plain bytes first, then one pass for each secret. */
#include "base/redact.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a text says when its escapes are read, and where in the text each byte of that is. */
typedef struct plain {
    unsigned char *bytes;
    uint32_t *from; /* one more than bytes: the end */
    size_t length;
} plain;

static void plain_clear(plain *read) {
    if (read->bytes != NULL) {
        js_wipe(read->bytes, read->length);
    }
    free(read->bytes);
    free(read->from);
    *read = (plain){NULL, NULL, 0};
}

/*
 * Puts a character down as UTF-8 that begins at `from`. A pair of surrogates comes as two halves of
 * three bytes each; the second turns both into the one character that they stand for.
 */
static void put_character(plain *read, int32_t code, size_t from) {
    int32_t high = -1;
    size_t n = read->length;
    if (code >= 0xDC00 && code < 0xE000 && n >= 3 && read->bytes[n - 3] == 0xED &&
        read->bytes[n - 2] >= 0xA0 && read->bytes[n - 2] < 0xB0 &&
        read->from[n - 1] == read->from[n - 3]) {
        high = 0xD000 | (read->bytes[n - 2] & 0x3F) << 6 | (read->bytes[n - 1] & 0x3F);
        from = read->from[n - 3];
        code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
        n -= 3;
    }
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t i = 0; i <= more; i++) {
        int32_t part = code >> (6 * (more - i));
        read->bytes[n + i] = (unsigned char)(i == 0 ? first[more] | part : 0x80 | (part & 0x3F));
        read->from[n + i] = (uint32_t)from;
    }
    read->length = n + more + 1;
}

static unsigned char fold(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/*
 * Backslashes are passed over, with whatever number before a \uXXXX: JSON inside a text of JSON has
 * escaped escapes. Only control characters are lost by that, and a secret holds none.
 */
static bool read_plain(plain *read, const char *text, size_t length, bool escapes) {
    read->bytes = calloc(length + 1, sizeof *read->bytes);
    read->from = malloc((length + 1) * sizeof *read->from);
    read->length = 0;
    if (read->bytes == NULL || read->from == NULL) {
        plain_clear(read);
        return false;
    }
    size_t run = 0; /* backslashes just before */
    for (size_t i = 0; i < length; i++) {
        if (escapes && text[i] == '\\') {
            run++;
            continue;
        }
        int32_t code = run > 0 && text[i] == 'u' ? js_hex_unit(text + i + 1, length - i - 1) : -1;
        if (code >= 0) {
            put_character(read, code < 0x80 ? fold((char)code) : code, i - run);
            i += 4;
        } else {
            read->bytes[read->length] = fold(text[i]);
            read->from[read->length++] = (uint32_t)(i - run);
        }
        run = 0;
    }
    read->from[read->length] = (uint32_t)(length - run);
    return true;
}

/* For each beginning of the secret, how long its longest end is that is a beginning, too. */
static size_t *make_borders(const plain *secret) {
    size_t *borders = calloc(secret->length, sizeof *borders);
    size_t matched = 0;
    for (size_t i = 1; borders != NULL && i < secret->length; i++) {
        while (matched > 0 && secret->bytes[i] != secret->bytes[matched]) {
            matched = borders[matched - 1];
        }
        matched += secret->bytes[i] == secret->bytes[matched] ? 1 : 0;
        borders[i] = matched;
    }
    return borders;
}

static void cover(char *text, const plain *read, size_t first, size_t end) {
    memset(text + read->from[first], '*', read->from[end] - read->from[first]);
}

/* One pass, after Knuth, Morris and Pratt. */
static bool redact_one(char *text, const plain *read, const plain *secret) {
    size_t *borders = make_borders(secret);
    if (borders == NULL) {
        return false;
    }
    size_t matched = 0;
    for (size_t i = 0; i < read->length; i++) {
        while (matched > 0 && read->bytes[i] != secret->bytes[matched]) {
            matched = borders[matched - 1];
        }
        matched += read->bytes[i] == secret->bytes[matched] ? 1 : 0;
        if (matched == secret->length) {
            cover(text, read, i + 1 - matched, i + 1);
            matched = 0;
        }
    }
    if (matched >= JS_REDACT_MIN) {
        cover(text, read, read->length - matched, read->length);
    }
    free(borders);
    return true;
}

static bool redact_secret(char *text, const plain *read, const js_secret *secret, bool escapes) {
    plain wanted = {NULL, NULL, 0};
    if (secret->text == NULL || secret->length < JS_REDACT_MIN) {
        return true;
    }
    if (!read_plain(&wanted, secret->text, secret->length, escapes)) {
        return false;
    }
    bool done = wanted.length < JS_REDACT_MIN || redact_one(text, read, &wanted);
    plain_clear(&wanted);
    return done;
}

static bool redact_all(char *text, size_t length, const js_secret *secrets, size_t count,
                       bool escapes) {
    plain read = {NULL, NULL, 0};
    bool done = length < UINT32_MAX && read_plain(&read, text, length, escapes);
    for (size_t i = 0; done && i < count; i++) {
        done = redact_secret(text, &read, &secrets[i], escapes);
    }
    plain_clear(&read);
    return done;
}

bool js_redact(char *text, size_t length, const js_secret *secrets, size_t count) {
    if (length == 0 || count == 0) {
        return true;
    }
    /* As it is, too: what looks like an escape may be a backslash followed by the secret. */
    bool done =
        redact_all(text, length, secrets, count, false) &&
        (memchr(text, '\\', length) == NULL || redact_all(text, length, secrets, count, true));
    if (!done) {
        memset(text, '*', length);
    }
    return done;
}
