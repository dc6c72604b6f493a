/* Queries that go by properties. */
#include "query.h"

#include "base/buf.h"
#include "base/text.h"
#include "event/json.h"
#include "http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In a query a plus is a blank. */
static char *decode(const char *text, size_t length) {
    js_buf copy = JS_BUF_INIT;
    js_buf_add(&copy, text, length);
    for (size_t i = 0; i < copy.length; i++) {
        copy.data[i] = copy.data[i] == '+' ? ' ' : copy.data[i];
    }
    char *decoded = copy.failed ? NULL : js_percent_decode(length == 0 ? "" : copy.data, length);
    js_buf_clear(&copy);
    return decoded;
}

static bool read_number(const char *text, int64_t *number) {
    char *end = NULL;
    bool digits = text[strspn(text, "+-0123456789")] == '\0' && *text != '\0';
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *number = value;
    return digits && errno == 0 && *end == '\0';
}

/* Whether a property of that name is there already: `,"name":` is how its text begins. */
static bool has_name(const js_strings *properties, const char *start, size_t length) {
    for (size_t i = 0; i < properties->count; i++) {
        if (strncmp(properties->items[i], start, length) == 0) {
            return true;
        }
    }
    return false;
}

static const char *add_property(sb_query *query, const char *name, const char *value) {
    js_buf text = JS_BUF_INIT;
    const char *wrong = NULL;
    js_buf_add_text(&text, ",");
    js_json_write_string(&text, name);
    js_buf_add_text(&text, ":");
    size_t start = text.length;
    js_json_write_string(&text, value);
    js_buf_add_text(&text, ",");
    if (!text.failed && has_name(&query->properties, text.data, start)) {
        wrong = "The same property must not be given twice.";
    } else if (text.failed || !js_strings_add(&query->properties, text.data, text.length)) {
        query->failed = true;
    }
    js_buf_clear(&text);
    return wrong;
}

static const char *read_parameter(const char *text, size_t length, const char *sequence_name,
                                  sb_query *query) {
    size_t name_length = 0;
    while (name_length < length && text[name_length] != '=') {
        name_length++;
    }
    bool has_value = name_length < length;
    char *name = decode(text, name_length);
    char *value = decode(text + name_length + (has_value ? 1 : 0),
                         length - name_length - (has_value ? 1 : 0));
    const char *wrong = NULL;
    if (name == NULL || value == NULL) {
        wrong = "The query is malformed.";
    } else if (strcmp(name, sequence_name) == 0) {
        wrong =
            read_number(value, &query->sequence) ? NULL : "The sequence number must be a number.";
    } else if (name[0] != '_' && name[0] != '\0') {
        wrong = add_property(query, name, value);
    }
    free(name);
    free(value);
    return wrong;
}

const char *sb_query_read(const char *text, const char *sequence_name, sb_query *query) {
    *query = (sb_query){.sequence = INT64_MAX};
    const char *wrong = NULL;
    while (wrong == NULL && *text != '\0') {
        size_t length = strcspn(text, "&");
        wrong = read_parameter(text, length, sequence_name, query);
        text += length;
        text += *text == '&' ? 1 : 0;
    }
    return wrong;
}

void sb_query_free(sb_query *query) {
    js_strings_clear(&query->properties);
}
