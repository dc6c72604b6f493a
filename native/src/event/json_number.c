/* JSON numbers: 64-bit integers and finite doubles, whatever the process's locale. */
#include "event/json_parser.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static bool at_digit(const js_json_parser *in) {
    return js_json_peek(in) >= '0' && js_json_peek(in) <= '9';
}

/* One or more digits, also into the scratch buffer. */
static bool read_digits(js_json_parser *in) {
    size_t start = in->at;
    while (at_digit(in)) {
        in->at++;
    }
    js_buf_add(&in->scratch, in->text + start, in->at - start);
    return in->at > start ? true : js_json_fail_unexpected(in, "a digit");
}

/* The exponent with its sign, clamped where it is beyond all numbers anyway. */
static bool read_exponent(js_json_parser *in, int64_t *exponent) {
    enum { BEYOND = 1000000000 };
    in->at++;
    bool negative = js_json_peek(in) == '-';
    if (negative || js_json_peek(in) == '+') {
        in->at++;
    }
    if (!at_digit(in)) {
        return js_json_fail_unexpected(in, "a digit");
    }
    int64_t value = 0;
    for (; at_digit(in); in->at++) {
        value = value >= BEYOND ? BEYOND : value * 10 + (js_json_peek(in) - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

static bool out_of_range(js_json_parser *in, size_t start) {
    return js_json_fail_shown(in, start, "the number ", in->text + start, in->at - start,
                              " is out of range");
}

/*
 * The scratch buffer holds sign and digits without the point, which is taken into the exponent:
 * strtod() would expect the point of the process's locale.
 */
static bool make_double(js_json_parser *in, size_t start, int64_t exponent, json_object **value) {
    js_buf_addf(&in->scratch, "e%" PRId64, exponent);
    if (in->scratch.failed) {
        return js_json_fail_memory(in);
    }
    double number = strtod(in->scratch.data, NULL);
    if (isinf(number)) {
        if (in->strict) {
            return out_of_range(in, start);
        }
        number = number > 0 ? DBL_MAX : -DBL_MAX;
    }
    *value = json_object_new_double(number);
    return *value != NULL ? true : js_json_fail_memory(in);
}

/* The scratch buffer holds sign and digits. */
static bool make_integer(js_json_parser *in, size_t start, json_object **value) {
    const char *digit = in->scratch.data;
    bool negative = *digit == '-';
    uint64_t number = 0;
    bool over = false;
    for (digit += negative ? 1 : 0; *digit != '\0' && !over; digit++) {
        uint64_t next = (uint64_t)(*digit - '0');
        over = number > (UINT64_MAX - next) / 10;
        number = over ? number : number * 10 + next;
    }
    over = over || (negative && number > (uint64_t)INT64_MAX + 1);
    if (over) {
        return in->strict ? out_of_range(in, start) : make_double(in, start, 0, value);
    }
    if (negative) {
        *value = json_object_new_int64(number == 0 ? 0 : -(int64_t)(number - 1) - 1);
    } else if (number <= INT64_MAX) {
        *value = json_object_new_int64((int64_t)number);
    } else {
        *value = json_object_new_uint64(number);
    }
    return *value != NULL ? true : js_json_fail_memory(in);
}

bool js_json_read_number(js_json_parser *in, json_object **value) {
    size_t start = in->at;
    bool is_integer = true;
    int64_t exponent = 0;
    js_buf_clear(&in->scratch);
    if (js_json_peek(in) == '-') {
        js_buf_add_text(&in->scratch, "-");
        in->at++;
        if (js_json_peek(in) == 'I') {
            in->at = start;
            return js_json_fail_unexpected(in, "a value");
        }
    }
    if (js_json_peek(in) == '0') {
        js_buf_add_text(&in->scratch, "0");
        in->at++;
        if (at_digit(in)) {
            return js_json_fail_at(in, start, "a number may not begin with a zero");
        }
    } else if (!read_digits(in)) {
        return false;
    }
    if (js_json_peek(in) == '.') {
        is_integer = false;
        size_t point = ++in->at;
        if (!read_digits(in)) {
            return false;
        }
        exponent = -(int64_t)(in->at - point);
    }
    if (js_json_peek(in) == 'e' || js_json_peek(in) == 'E') {
        is_integer = false;
        int64_t given = 0;
        if (!read_exponent(in, &given)) {
            return false;
        }
        exponent += given;
    }
    if (in->scratch.failed) {
        return js_json_fail_memory(in);
    }
    return is_integer ? make_integer(in, start, value) : make_double(in, start, exponent, value);
}
