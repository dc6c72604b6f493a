/* Checking values as Atlassian's schema has them. */
#include "schema.h"

#include "base/buf.h"
#include "base/text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Enough to fix a payload by; a hostile item must not fill the answer. */
enum { FINDINGS_MAX = 50 };

void sb_findings_free(sb_findings *findings) {
    js_strings_clear(&findings->errors);
    js_strings_clear(&findings->warnings);
    findings->failed = false;
}

/* A precision such as %.100s may have cut a character in two. */
static void replace_invalid(char *text) {
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        int32_t code = -1;
        size_t taken = js_utf8_next(text + at, length - at, &code);
        if (code < 0) {
            text[at] = '?';
        }
        at += taken;
    }
}

static void note(sb_findings *findings, js_strings *list, const char *format, va_list arguments)
    JIRASEND_PRINTF(3, 0);

static void note(sb_findings *findings, js_strings *list, const char *format, va_list arguments) {
    char text[1024];
    if (list->count >= FINDINGS_MAX) {
        return;
    }
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) {
        findings->failed = true;
        return;
    }
    replace_invalid(text);
    if (!js_strings_add(list, text, strlen(text))) {
        findings->failed = true;
    }
}

void sb_error(sb_findings *findings, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    note(findings, &findings->errors, format, arguments);
    va_end(arguments);
}

void sb_warning(sb_findings *findings, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    note(findings, &findings->warnings, format, arguments);
    va_end(arguments);
}

/* The member, when it is there and of that type. */
static json_object *member(const sb_object *in, const char *name, sb_need need, json_type type,
                           const char *type_name) {
    json_object *value = NULL;
    if (!json_object_object_get_ex(in->json, name, &value)) {
        if (need != SB_OPTIONAL) {
            sb_error(in->findings, "'%s%s' is required.", in->where, name);
        }
        return NULL;
    }
    if (!json_object_is_type(value, type)) {
        sb_error(in->findings, "'%s%s' must be %s.", in->where, name, type_name);
        return NULL;
    }
    return value;
}

json_object *sb_check_object(const sb_object *in, const char *name, sb_need need) {
    return member(in, name, need, json_type_object, "an object");
}

json_object *sb_check_array(const sb_object *in, const char *name, sb_need need, size_t min,
                            size_t max) {
    json_object *value = member(in, name, need, json_type_array, "an array");
    if (value == NULL) {
        return NULL;
    }
    size_t length = json_object_array_length(value);
    if (length < min) {
        sb_error(in->findings, "'%s%s' must provide at least one value.", in->where, name);
        return NULL;
    }
    if (length > max) {
        sb_error(in->findings, "'%s%s' must not have more than %zu values, and has %zu.", in->where,
                 name, max, length);
        return NULL;
    }
    return value;
}

const char *sb_check_text(const sb_object *in, const char *name, sb_need need, size_t max) {
    json_object *value = member(in, name, need, json_type_string, "a string");
    if (value == NULL) {
        return NULL;
    }
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    if (need == SB_REQUIRED_NOT_EMPTY && length == 0) {
        sb_error(in->findings, "'%s%s' must not be empty.", in->where, name);
        return NULL;
    }
    size_t units = sb_utf16_units(text, length);
    if (units > max) {
        sb_error(in->findings, "'%s%s' must not be longer than %zu characters, and has %zu.",
                 in->where, name, max, units);
        return NULL;
    }
    return text;
}

const char *sb_check_uri(const sb_object *in, const char *name, sb_need need, size_t max) {
    const char *text = sb_check_text(in, name, need, max);
    if (text != NULL && !sb_is_uri(text)) {
        sb_error(in->findings, "'%s%s' is not a valid URL.", in->where, name);
        return NULL;
    }
    return text;
}

void sb_check_date_time(const sb_object *in, const char *name, sb_need need) {
    json_object *value = member(in, name, need, json_type_string, "a string");
    if (value != NULL && !sb_is_date_time(json_object_get_string(value))) {
        sb_error(in->findings, "'%s%s' is not a valid ISO 8601 date-time with a zone.", in->where,
                 name);
    }
}

bool sb_check_integer(const sb_object *in, const char *name, sb_need need, int64_t *value) {
    json_object *number = member(in, name, need, json_type_int, "an integer");
    if (number == NULL) {
        return false;
    }
    /* json-c clamps what is out of range: the lowest number can only mean that. */
    int64_t as_signed = json_object_get_int64(number);
    if (as_signed == INT64_MIN || (as_signed > 0 && json_object_get_uint64(number) > INT64_MAX)) {
        sb_error(in->findings, "'%s%s' is out of range.", in->where, name);
        return false;
    }
    if (value != NULL) {
        *value = as_signed;
    }
    return true;
}

void sb_check_count(const sb_object *in, const char *name, sb_need need) {
    int64_t value = 0;
    if (sb_check_integer(in, name, need, &value) && (value < 0 || value > INT32_MAX)) {
        sb_error(in->findings, "'%s%s' must be a number from 0 to %d.", in->where, name, INT32_MAX);
    }
}

void sb_check_boolean(const sb_object *in, const char *name, sb_need need) {
    (void)member(in, name, need, json_type_boolean, "true or false");
}

const char *sb_check_enum(const sb_object *in, const char *name, sb_need need,
                          const char *const *allowed) {
    json_object *value = member(in, name, need, json_type_string, "a string");
    if (value == NULL) {
        return NULL;
    }
    const char *text = json_object_get_string(value);
    js_buf list = JS_BUF_INIT;
    for (size_t i = 0; allowed[i] != NULL; i++) {
        if (strcmp(text, allowed[i]) == 0) {
            js_buf_clear(&list);
            return text;
        }
        js_buf_addf(&list, "%s%s", i == 0 ? "" : ", ", allowed[i]);
    }
    sb_error(in->findings, "'%s%s' is not valid. Allowed values are: [%s].", in->where, name,
             list.failed || list.data == NULL ? "" : list.data);
    js_buf_clear(&list);
    return NULL;
}

void sb_check_members(const sb_object *in, const char *const *known) {
    json_object_object_foreach(in->json, name, value) {
        (void)value;
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++) {
            found = strcmp(known[i], name) == 0;
        }
        if (!found) {
            sb_warning(in->findings, "'%s%.100s' is not in the schema; Jira ignores it.", in->where,
                       name);
        }
    }
}
