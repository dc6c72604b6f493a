/* Answers, headers and numbers of HTTP. */
#include "http.h"

#include "base/text.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool sb_headers_add(sb_headers *headers, const char *name, const char *value) {
    sb_header *items = realloc(headers->items, (headers->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    headers->items = items;
    sb_header *header = &items[headers->count];
    header->name = js_copy(name);
    header->value = js_copy(value);
    if (header->name == NULL || header->value == NULL) {
        free(header->name);
        free(header->value);
        return false;
    }
    headers->count++;
    return true;
}

const char *sb_headers_get(const sb_headers *headers, const char *name) {
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) == 0) {
            return headers->items[i].value;
        }
    }
    return NULL;
}

void sb_headers_free(sb_headers *headers) {
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->items[i].name);
        free(headers->items[i].value);
    }
    free(headers->items);
    *headers = (sb_headers){NULL, 0};
}

void sb_answer_free(sb_answer *answer) {
    sb_headers_free(&answer->headers);
    js_buf_clear(&answer->body);
    *answer = (sb_answer){0};
}

void sb_answer_json(sb_answer *answer, int status) {
    answer->status = status;
    if (!sb_headers_add(&answer->headers, "Content-Type", "application/json;charset=UTF-8")) {
        answer->body.failed = true;
    }
}

void sb_answer_error(sb_answer *answer, int status, const char *message) {
    sb_answer_json(answer, status);
    js_buf_addf(&answer->body, "{\"code\":%d,\"message\":", status);
    js_json_write_string(&answer->body, message);
    js_buf_add_text(&answer->body, "}");
}

int64_t sb_parse_number(const char *text, size_t length) {
    int64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10) {
            return -1;
        }
        number = number * 10 + digit;
    }
    return length == 0 ? -1 : number;
}

int64_t sb_query_number(const char *query, const char *name, int64_t otherwise) {
    size_t name_length = strlen(name);
    while (*query != '\0') {
        size_t length = strcspn(query, "&");
        if (length > name_length && query[name_length] == '=' &&
            memcmp(query, name, name_length) == 0) {
            return sb_parse_number(query + name_length + 1, length - name_length - 1);
        }
        query += length;
        query += *query == '&' ? 1 : 0;
    }
    return otherwise;
}
