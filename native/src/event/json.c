/*
 * Reading. json-c's tokener knows the grammar. A pass before it (event/json_prescan.c) finds what
 * the tokener lets pass, and counts; a walk over the result counts again: a value less than the
 * text holds is a duplicate member, of which json-c keeps only the last, or one that was lost when
 * memory was short, which json-c 0.16 does not always say.
 */
#include "event/json.h"

#include "base/error.h"
#include "base/secret.h"
#include "event/json_prescan.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * The tokener gathers each token in a buffer. Here it gets room for the longest one before it
 * starts: json-c 0.16 cuts a text in silence when the buffer cannot grow, and a growing buffer
 * would leave pieces of a secret behind. The field is public, if not meant for everyday use.
 */
static json_tokener *new_tokener(size_t longest) {
    json_tokener *tokener = json_tokener_new_ex(JS_JSON_DEPTH_MAX + 1); /* the innermost values */
    if (tokener == NULL) {
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    if (printbuf_memset(tokener->pb, 0, '\0', (int)longest + 64) < 0) {
        json_tokener_free(tokener);
        return NULL;
    }
    printbuf_reset(tokener->pb);
    return tokener;
}

/* An answer's token was in the buffer. What the caller still needs to wipe is its object. */
static void free_tokener(json_tokener *tokener) {
    if (tokener != NULL) {
        js_wipe(tokener->pb->buf, (size_t)tokener->pb->size);
        printbuf_reset(tokener->pb);
        json_tokener_free(tokener);
    }
}

static json_object *feed(json_tokener *tokener, const char *text, size_t length, size_t *end) {
    json_object *value = json_tokener_parse_ex(tokener, text, (int)length);
    *end += json_tokener_get_parse_end(tokener);
    return value;
}

/* A number may go on, as far as the tokener knows, until it is told that the text ends. */
static json_object *feed_end(json_tokener *tokener) {
    return json_tokener_parse_ex(tokener, "", 1);
}

/*
 * Feeds the first `length` bytes. json-c would clamp an integer of more than 64 bits; with ".0"
 * behind it, it is a double. `*end` is how many bytes of the text were taken.
 */
static json_object *feed_all(json_tokener *tokener, const js_json_scan *whole, size_t length,
                             size_t *end) {
    js_json_scan in;
    js_json_scan_again(&in, whole, length);
    *end = in.begin;
    int token = whole->long_integers > 0 ? js_json_next(&in) : JS_JSON_END;
    for (; token != JS_JSON_END && token != JS_JSON_BAD; token = js_json_next(&in)) {
        if (in.beyond_64) {
            json_object *value = feed(tokener, in.text + *end, in.at - *end, end);
            if (json_tokener_get_error(tokener) != json_tokener_continue) {
                return value;
            }
            value = json_tokener_parse_ex(tokener, ".0", 2);
            if (json_tokener_get_error(tokener) != json_tokener_continue) {
                return value;
            }
        }
    }
    return feed(tokener, in.text + *end, length - *end, end);
}

/* Success, continue, or what is wrong at `*end`; json_tokener_error_size: memory was short. */
static enum json_tokener_error read_part(const js_json_scan *whole, size_t length,
                                         json_object **value, size_t *end) {
    *value = NULL;
    json_tokener *tokener = new_tokener(whole->longest);
    if (tokener == NULL) {
        return json_tokener_error_size;
    }
    *value = feed_all(tokener, whole, length, end);
    bool is_scalar = whole->containers == 0 && length == whole->length;
    if (json_tokener_get_error(tokener) == json_tokener_continue && is_scalar) {
        *value = feed_end(tokener);
    }
    enum json_tokener_error result = json_tokener_get_error(tokener);
    free_tokener(tokener);
    bool lost = result == json_tokener_success && *end != length;
    return lost || result > json_tokener_error_size ? json_tokener_error_size : result;
}

/* What the grammar wants at `at`: json-c says it when it gets what fits nowhere. */
static const char *expected_at(const js_json_scan *whole, size_t at) {
    js_json_scan before;
    js_json_scan_again(&before, whole, at);
    if (js_json_scan_all(&before) && before.depth == 0 && js_json_scan_values(&before) > 0) {
        return "the end of the text";
    }
    json_tokener *tokener = new_tokener(before.longest);
    if (tokener == NULL) {
        return "something else";
    }
    size_t end = 0;
    json_object_put(feed_all(tokener, whole, at, &end));
    json_object_put(json_tokener_parse_ex(tokener, " ?", 2));
    enum json_tokener_error error = json_tokener_get_error(tokener);
    free_tokener(tokener);
    switch (error) {
    case json_tokener_error_parse_array:
        return "a comma or ]";
    case json_tokener_error_parse_object_key_name:
        return "the name of a member in double quotes";
    case json_tokener_error_parse_object_key_sep:
        return "a colon";
    case json_tokener_error_parse_object_value_sep:
        return "a comma or }";
    default:
        return "a value";
    }
}

static void fail_unexpected_at(js_json_scan *in, size_t at) {
    in->at = at;
    (void)js_json_fail_unexpected(in, expected_at(in, at));
}

/* The scan found something bad; it is reported, unless the grammar was violated before that. */
static void fail_at_first_fault(js_json_scan *in) {
    json_object *value = NULL;
    size_t end = 0;
    enum json_tokener_error result = read_part(in, in->bad_at, &value, &end);
    json_object_put(value);
    if (result == json_tokener_error_size) {
        (void)js_fail_memory(in->error);
    } else if (result != json_tokener_success && result != json_tokener_continue) {
        fail_unexpected_at(in, end);
    } else if (in->stray) {
        fail_unexpected_at(in, in->bad_at);
    }
}

typedef struct count {
    size_t values, nulls;
    bool infinite;
} count;

/* In an answer, what is beyond all numbers becomes the largest one. */
static void walk(json_object *value, bool strict, count *counted) {
    counted->values++;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member) {
            (void)name;
            walk(member, strict, counted);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            walk(json_object_array_get_idx(value, i), strict, counted);
        }
    } else if (json_object_is_type(value, json_type_double)) {
        double number = json_object_get_double(value);
        if (!isfinite(number) && !strict) {
            number = number > 0 ? DBL_MAX : -DBL_MAX;
            (void)json_object_set_double(value, number);
        }
        counted->infinite = counted->infinite || !isfinite(number);
    }
    counted->nulls += value == NULL ? 1 : 0;
}

/* json-c took the text. */
static bool check_result(js_json_scan *in, json_object *value) {
    if (value == NULL && in->nulls > 0) {
        (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The JSON is only null; give an object.");
        return false;
    }
    count counted = {0, 0, false};
    walk(value, in->strict, &counted);
    bool whole = counted.values == js_json_scan_values(in) && counted.nulls == in->nulls;
    if (value != NULL && !counted.infinite && whole) {
        return true;
    }
    if (!in->strict && js_json_find_duplicate(in, NULL)) {
        return true;
    }
    if (!js_json_find_duplicate(in, in->error) && !js_json_find_infinite(in, in->error)) {
        (void)js_fail_memory(in->error);
    }
    return false;
}

static json_object *read_whole(js_json_scan *in) {
    json_object *value = NULL;
    size_t end = 0;
    enum json_tokener_error result = read_part(in, in->length, &value, &end);
    if (result == json_tokener_error_size) {
        (void)js_fail_memory(in->error);
    } else if (result == json_tokener_continue) {
        fail_unexpected_at(in, in->length);
    } else if (result != json_tokener_success) {
        fail_unexpected_at(in, end);
    } else if (check_result(in, value)) {
        return value;
    }
    json_object_put(value);
    return NULL;
}

json_object *js_json_parse(const char *text, size_t length, js_json_strictness strictness,
                           jirasend_error *error) {
    if (length > (size_t)JS_JSON_MIB_MAX * 1024 * 1024) {
        (void)js_fail(error, JIRASEND_E_DOCUMENT,
                      "The JSON has %zu bytes; more than %d MiB are not read.", length,
                      (int)JS_JSON_MIB_MAX);
        return NULL;
    }
    js_json_scan in;
    js_json_scan_begin(&in, text, length, strictness == JS_JSON_STRICT, error);
    if (!js_json_scan_all(&in)) {
        fail_at_first_fault(&in);
        return NULL;
    }
    js_json_scan first;
    js_json_scan_again(&first, &in, length);
    if (js_json_next(&first) == JS_JSON_END) {
        (void)js_fail(error, JIRASEND_E_DOCUMENT, "The text is empty where JSON was expected.");
        return NULL;
    }
    return read_whole(&in);
}
