/*
 * What json-c takes in silence, found before it reads: in its strict mode, too, it takes numbers
 * such as 1. and -.5, NaN, names in single quotes, control characters and overlong UTF-8, clamps
 * large integers, and allocates without a bound (json-c 0.15 to 0.17, each a little differently).
 * This knows texts and tokens and counts them; it knows no grammar, which is json-c's.
 */
#include "event/json_prescan.h"

#include "event/json.h"

#include <string.h>

static char peek(const js_json_scan *in) {
    return in->at < in->length ? in->text[in->at] : '\0';
}

static int stray(js_json_scan *in) {
    in->stray = true;
    in->bad_at = in->at;
    return JS_JSON_BAD;
}

static bool at_digit(const js_json_scan *in) {
    return peek(in) >= '0' && peek(in) <= '9';
}

static bool pass_digits(js_json_scan *in) {
    if (!at_digit(in)) {
        return js_json_fail_unexpected(in, "a digit");
    }
    while (at_digit(in)) {
        in->at++;
    }
    return true;
}

static bool check_integer(js_json_scan *in, size_t digits) {
    const char *most = digits > in->start ? "9223372036854775808" : "18446744073709551615";
    size_t count = in->at - digits;
    size_t most_count = strlen(most);
    in->beyond_64 =
        count > most_count || (count == most_count && memcmp(in->text + digits, most, count) > 0);
    if (in->beyond_64 && in->strict) {
        return js_json_fail_shown(in, in->start, "the number ", in->text + in->start,
                                  in->at - in->start, " is out of range");
    }
    in->long_integers += in->beyond_64 ? 1 : 0;
    return true;
}

/* At a minus or digit. */
static bool pass_number(js_json_scan *in) {
    in->at += peek(in) == '-' ? 1 : 0;
    size_t digits = in->at;
    if (!pass_digits(in)) {
        return false;
    }
    if (in->text[digits] == '0' && in->at > digits + 1) {
        return js_json_fail_at(in, in->start, "a number may not begin with a zero");
    }
    bool is_integer = true;
    if (peek(in) == '.') {
        is_integer = false;
        in->at++;
        if (!pass_digits(in)) {
            return false;
        }
    }
    if (peek(in) == 'e' || peek(in) == 'E') {
        is_integer = false;
        in->at++;
        in->at += peek(in) == '-' || peek(in) == '+' ? 1 : 0;
        if (!pass_digits(in)) {
            return false;
        }
    }
    if (peek(in) == '-' || peek(in) == '+' || peek(in) == '.') {
        (void)stray(in); /* json-c would take 1-1 for one number */
        return false;
    }
    return is_integer ? check_integer(in, digits) : true;
}

static int scalar(js_json_scan *in, int token, bool good) {
    in->scalars++;
    in->longest = in->at - in->start > in->longest ? in->at - in->start : in->longest;
    return good ? token : JS_JSON_BAD;
}

static int literal(js_json_scan *in) {
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (js_json_starts_with(in, words[i])) {
            in->at += strlen(words[i]);
            in->nulls += i == 0 ? 1 : 0;
            return scalar(in, JS_JSON_LITERAL, true);
        }
    }
    return stray(in);
}

static int mark(js_json_scan *in, char which) {
    bool opens = which == '{' || which == '[';
    if (opens && in->depth >= JS_JSON_DEPTH_MAX) {
        (void)js_json_fail_at(in, in->at, "objects and arrays are nested more than %d deep",
                              (int)JS_JSON_DEPTH_MAX);
        return JS_JSON_BAD;
    }
    if (opens && in->containers >= JS_JSON_CONTAINERS_MAX) {
        (void)js_json_fail_at(in, in->at, "there are more than %d objects and arrays",
                              (int)JS_JSON_CONTAINERS_MAX);
        return JS_JSON_BAD;
    }
    in->containers += opens ? 1 : 0;
    in->depth += opens ? 1 : which == '}' || which == ']' ? -1 : 0;
    in->colons += which == ':' ? 1 : 0;
    in->at++;
    return which;
}

int js_json_next(js_json_scan *in) {
    static const char blanks[] = {' ', '\t', '\n', '\r'};
    while (in->at < in->length && memchr(blanks, in->text[in->at], sizeof blanks) != NULL) {
        in->at++;
    }
    in->start = in->at;
    in->beyond_64 = false;
    if (in->at == in->length) {
        return JS_JSON_END;
    }
    if (js_json_scan_values(in) > JS_JSON_VALUES_MAX) {
        (void)js_json_fail_at(in, in->at, "there are more than %d values", (int)JS_JSON_VALUES_MAX);
        return JS_JSON_BAD;
    }
    char first = in->text[in->at];
    if (first != '\0' && strchr("{}[]:,", first) != NULL) {
        return mark(in, first);
    }
    if (first == '"') {
        return scalar(in, first, js_json_pass_string(in));
    }
    if (at_digit(in) || (first == '-' && !js_json_starts_with(in, "-I"))) {
        return scalar(in, JS_JSON_NUMBER, pass_number(in));
    }
    return literal(in);
}

size_t js_json_scan_values(const js_json_scan *in) {
    return in->containers + (in->scalars > in->colons ? in->scalars - in->colons : 0);
}

bool js_json_scan_all(js_json_scan *in) {
    int token = JS_JSON_LITERAL;
    while (token != JS_JSON_END && token != JS_JSON_BAD) {
        token = js_json_next(in);
    }
    return token == JS_JSON_END;
}

void js_json_scan_begin(js_json_scan *in, const char *text, size_t length, bool strict,
                        jirasend_error *error) {
    static const char order[] = "\xEF\xBB\xBF";
    *in = (js_json_scan){.text = text, .length = length, .strict = strict, .error = error};
    in->begin = !strict && js_json_starts_with(in, order) ? strlen(order) : 0;
    in->at = in->begin;
}

void js_json_scan_again(js_json_scan *in, const js_json_scan *whole, size_t length) {
    js_json_scan_begin(in, whole->text, length, whole->strict, NULL);
}
