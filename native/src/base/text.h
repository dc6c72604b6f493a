/* UTF-8: checking, measuring the way Jira does, cutting, and showing it safely. */
#ifndef JS_BASE_TEXT_H
#define JS_BASE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character at `text` (`length` > 0 bytes left) and returns how many bytes it takes.
 * Invalid input (overlong, surrogate, above U+10FFFF, cut off) gives *code = -1 and takes one byte.
 */
size_t js_utf8_next(const char *text, size_t length, int32_t *code);
/* Valid UTF-8 without surrogates. */
bool js_utf8_valid(const char *text, size_t length);
/*
 * How many bytes at its beginning may stand in a JSON string as they are: ASCII without control characters,
 * quotes and backslashes.
 */
size_t js_plain_length(const char *text, size_t length);
/* How many UTF-16 units a valid text has. Jira's limits count these. */
size_t js_utf16_length(const char *text, size_t length);
/* The longest prefix (in bytes) of at most `units` UTF-16 units that ends between characters. */
size_t js_utf8_cut(const char *text, size_t length, size_t units);
/* A letter of any script (Unicode L*). */
bool js_is_letter(int32_t code);
/* A letter or a decimal digit of any script (Unicode L*, Nd). */
bool js_is_letter_or_digit(int32_t code);
/*
 * A letter of a script that is written without blanks between words, or whose words grow endings:
 * Han, Hiragana, Katakana, Hangul, Thai, Lao, Khmer, Myanmar (by Script_Extensions).
 */
bool js_is_unspaced_letter(int32_t code);
/*
 * Appends the text so that it can go to a terminal or a log: control characters (C0, C1, DEL, bidi
 * controls, line separators) and invalid bytes as \xNN or \u{NNNN}, tab and line breaks as \t, \n, \r.
 * A backslash stays as it is: the result is for reading, not for taking back.
 */
void js_text_escape(js_buf *out, const char *text, size_t length);
/* Appends a character as UTF-8. */
void js_utf8_add(js_buf *out, uint32_t code);
/* What a hexadecimal digit of either case stands for; -1 for any other byte. */
int js_hex_digit(char c);
/* The four hexadecimal digits of \uXXXX, of which `length` bytes are left; -1: they are not. */
int32_t js_hex_unit(const char *digits, size_t length);
/* A copy with its %XX taken out; null when one of them is malformed or NUL, or memory is short. */
char *js_percent_decode(const char *text, size_t length);
/* strdup() and strndup() of ISO C: null in, null out; null when memory is short. */
char *js_copy(const char *text);
char *js_copy_n(const char *text, size_t length);

#endif
