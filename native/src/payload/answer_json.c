/* Looking into answers, whose types are not to be trusted. */
#include "payload/answer_json.h"

#include "base/error.h"
#include "event/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

json_object *js_answer_member(json_object *object, const char *name) {
    return js_json_member_of(object, name);
}

const char *js_answer_text(json_object *value) {
    if (!json_object_is_type(value, json_type_string)) {
        return NULL;
    }
    const char *text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

bool js_answer_is(json_object *value, const char *text) {
    const char *found = js_answer_text(value);
    return found != NULL && strcmp(found, text) == 0;
}

static bool digits(const char *text, int64_t *out) {
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789") != length) {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    *out = number;
    return errno == 0;
}

bool js_answer_number(json_object *value, int64_t *out) {
    const char *text = js_answer_text(value);
    if (text != NULL) {
        return digits(text, out);
    }
    if (!json_object_is_type(value, json_type_int)) {
        return false;
    }
    *out = json_object_get_int64(value);
    return *out < 0 || json_object_get_uint64(value) <= (uint64_t)INT64_MAX;
}

jirasend_code js_answer_object(json_object **out, const char *body, size_t length, const char *what,
                               jirasend_code failure, jirasend_error *error) {
    js_error_clear(error);
    jirasend_error reason = JIRASEND_ERROR_INIT;
    *out = js_json_parse(body, length, JS_JSON_ANSWER, &reason);
    if (*out == NULL && reason.code == JIRASEND_E_MEMORY) {
        return js_fail_memory(error);
    }
    /* The parser's sentence may quote the answer, which may hold a token: it stays here. */
    if (*out == NULL) {
        return js_fail(error, failure, "%s is not JSON.", what);
    }
    if (!json_object_is_type(*out, json_type_object)) {
        json_object_put(*out);
        *out = NULL;
        return js_fail(error, failure, "%s is JSON, but not an object.", what);
    }
    return JIRASEND_OK;
}
