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

/*
 * An answer's token was in the buffer. Its object is left to the caller to wipe; the objects of a
 * text that breaks off behind its token are json-c's, which frees them as they are.
 */
static void free_tokener(json_tokener *tokener) {
    if (tokener != NULL) {
        js_wipe(tokener->pb->buf, (size_t)tokener->pb->size);
        printbuf_reset(tokener->pb);
        json_tokener_free(tokener);
    }
}

/* A tokener on its way through a text. */
typedef struct reader {
    json_tokener *tokener;
    json_object *value; /* when there is one; owned */
    size_t end;         /* bytes of the text that were taken */
} reader;

/* False: the reading ends here, for better or worse. */
static bool feed(reader *in, const char *text, size_t length) {
    in->value = json_tokener_parse_ex(in->tokener, text, (int)length);
    return json_tokener_get_error(in->tokener) == json_tokener_continue;
}

static bool feed_up_to(reader *in, const js_json_scan *whole, size_t end) {
    bool goes_on = feed(in, whole->text + in->end, end - in->end);
    in->end += json_tokener_get_parse_end(in->tokener);
    return goes_on;
}

/* Before 0.17 json-c does not look whether its copy of a member's name could be made. */
static bool name_is_lost(const json_tokener *tokener) {
    const struct json_tokener_srec *level = &tokener->stack[tokener->depth];
    return level->saved_state == json_tokener_state_object_field_end &&
           level->obj_field_name == NULL;
}

/*
 * Feeds the first `length` bytes, in pieces where json-c needs help: it would clamp an integer of
 * more than 64 bits, which ".0" behind it makes a double; and see name_is_lost(). The result is
 * json_tokener_error_size, which cannot be otherwise, when memory was short.
 */
static enum json_tokener_error feed_all(reader *in, const js_json_scan *whole, size_t length) {
    bool checks_names = json_c_version_num() < (17 << 8);
    bool in_pieces = whole->long_integers > 0 || (checks_names && whole->colons > 0);
    bool goes_on = true;
    js_json_scan scan;
    js_json_scan_again(&scan, whole, length);
    in->end = scan.begin;
    while (in_pieces && goes_on) {
        int token = js_json_next(&scan);
        if (token == JS_JSON_END || token == JS_JSON_BAD) {
            break;
        }
        if (scan.beyond_64) {
            goes_on = feed_up_to(in, whole, scan.at) && feed(in, ".0", 2);
        } else if (token == ':' && checks_names) {
            goes_on = feed_up_to(in, whole, scan.start);
            if (goes_on && name_is_lost(in->tokener)) {
                return json_tokener_error_size;
            }
            if (!goes_on && in->value != NULL && in->end == scan.start) {
                return json_tokener_error_parse_unexpected; /* a whole value before a colon */
            }
        }
    }
    if (goes_on) {
        (void)feed_up_to(in, whole, length);
    }
    enum json_tokener_error result = json_tokener_get_error(in->tokener);
    bool lost = result == json_tokener_success && in->end != length;
    return lost || result > json_tokener_error_size ? json_tokener_error_size : result;
}

/*
 * Reads up to `length`, which may be where the scan found a fault. Success, continue, or what is
 * wrong at `*end`; json_tokener_error_size: memory was short.
 */
static enum json_tokener_error read_part(const js_json_scan *whole, size_t length, bool faulty,
                                         json_object **value, size_t *end) {
    reader in = {.tokener = new_tokener(whole->longest)};
    *value = NULL;
    if (in.tokener == NULL) {
        return json_tokener_error_size;
    }
    enum json_tokener_error result = feed_all(&in, whole, length);
    if (result == json_tokener_continue && !faulty && whole->containers == 0) {
        /* A number may go on, as far as json-c knows, until it is told that the text ends. */
        (void)feed(&in, "", 1);
        result = json_tokener_get_error(in.tokener) == json_tokener_success
                     ? json_tokener_success
                     : json_tokener_error_size;
    }
    free_tokener(in.tokener);
    *value = in.value;
    *end = in.end;
    return result;
}

/* What the grammar wants at `at`: json-c says it when it gets what fits nowhere. */
static const char *expected_at(const js_json_scan *whole, size_t at) {
    js_json_scan before;
    js_json_scan_again(&before, whole, at);
    if (js_json_scan_all(&before) && before.depth == 0 && js_json_scan_values(&before) > 0) {
        return "the end of the text";
    }
    reader in = {.tokener = new_tokener(before.longest)};
    if (in.tokener == NULL) {
        return "something else";
    }
    if (feed_all(&in, whole, at) == json_tokener_continue) {
        (void)feed(&in, " ?", 2);
    }
    enum json_tokener_error error = json_tokener_get_error(in.tokener);
    json_object_put(in.value);
    free_tokener(in.tokener);
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
    enum json_tokener_error result = read_part(in, in->bad_at, true, &value, &end);
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
    /* An answer may hold duplicates, so it is not told of them. */
    bool duplicate = js_json_find_duplicate(in, in->strict ? in->error : NULL);
    if (duplicate && !in->strict && value != NULL) {
        return true;
    }
    if ((!in->strict || !duplicate) &&
        !(counted.infinite && js_json_find_infinite(in, in->error))) {
        (void)js_fail_memory(in->error);
    }
    return false;
}

static json_object *read_whole(js_json_scan *in) {
    json_object *value = NULL;
    size_t end = 0;
    enum json_tokener_error result = read_part(in, in->length, false, &value, &end);
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
