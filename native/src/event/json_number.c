/* Numbers in JSON: what is one, and what becomes of one that is too large. */
#include "event/json_reader.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

static bool at_digit(const js_json_reader *in) {
    return js_json_peek(in) >= '0' && js_json_peek(in) <= '9';
}

static bool pass_digits(js_json_reader *in) {
    if (!at_digit(in)) {
        return js_json_fail_unexpected(in, "a digit");
    }
    while (at_digit(in)) {
        in->at++;
    }
    return true;
}

/* At a minus or digit: passes over the number. */
static bool pass_number(js_json_reader *in, bool *is_integer) {
    size_t start = in->at;
    in->at += js_json_peek(in) == '-' ? 1 : 0;
    size_t digits = in->at;
    if (!pass_digits(in)) {
        return false;
    }
    if (in->text[digits] == '0' && in->at > digits + 1) {
        return js_json_fail_at(in, start, "a number may not begin with a zero");
    }
    *is_integer = js_json_peek(in) != '.' && js_json_peek(in) != 'e' && js_json_peek(in) != 'E';
    if (js_json_peek(in) == '.') {
        in->at++;
        if (!pass_digits(in)) {
            return false;
        }
    }
    if (js_json_peek(in) == 'e' || js_json_peek(in) == 'E') {
        in->at++;
        in->at += js_json_peek(in) == '-' || js_json_peek(in) == '+' ? 1 : 0;
        return pass_digits(in);
    }
    return true;
}

/* A host program may have set a locale whose decimal point is a comma. */
static bool to_double(const char *digits, double *number) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", NULL);
    if (plain == NULL) {
        return false;
    }
    locale_t before = uselocale(plain);
    *number = strtod(digits, NULL);
    (void)uselocale(before);
    freelocale(plain);
    return true;
}

/* Its digits are kept, so that it is written as it was read. */
static json_object *new_double(js_json_reader *in, const char *digits, bool *out_of_range) {
    double number = 0;
    if (!to_double(digits, &number)) {
        return NULL;
    }
    *out_of_range = !isfinite(number);
    if (*out_of_range) {
        return in->strict ? NULL : json_object_new_double(number > 0 ? DBL_MAX : -DBL_MAX);
    }
    return json_object_new_double_s(number, digits);
}

static json_object *new_integer(const char *digits, bool *out_of_range) {
    errno = 0;
    if (digits[0] == '-') {
        int64_t number = strtoll(digits, NULL, 10);
        *out_of_range = errno == ERANGE;
        return *out_of_range ? NULL : json_object_new_int64(number);
    }
    uint64_t number = strtoull(digits, NULL, 10);
    *out_of_range = errno == ERANGE;
    return *out_of_range         ? NULL
           : number <= INT64_MAX ? json_object_new_int64((int64_t)number)
                                 : json_object_new_uint64(number);
}

bool js_json_read_number(js_json_reader *in, json_object **value) {
    size_t start = in->at;
    size_t copy = in->scratch.length;
    bool is_integer = false;
    bool out_of_range = false;
    if (!pass_number(in, &is_integer)) {
        return false;
    }
    if (in->only_checks) {
        return true;
    }
    /* ".0" for an integer that has to become a double. */
    js_buf_add(&in->scratch, in->text + start, in->at - start);
    size_t end = in->scratch.length;
    js_buf_add(&in->scratch, ".0", 2);
    if (!in->scratch.failed) {
        char *digits = in->scratch.data + copy;
        in->scratch.data[end] = '\0';
        *value =
            is_integer ? new_integer(digits, &out_of_range) : new_double(in, digits, &out_of_range);
        if (is_integer && out_of_range && !in->strict) {
            in->scratch.data[end] = '.';
            *value = new_double(in, digits, &out_of_range);
        }
    }
    js_buf_cut(&in->scratch, copy);
    if (*value == NULL && out_of_range && in->strict) {
        return js_json_fail_shown(in, start, "the number ", in->text + start, in->at - start,
                                  " is out of range");
    }
    return js_json_made(in, *value);
}
