/* Building answers. */
#include "relay/listen/answer.h"

#include "base/text.h"
#include "event/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_SIZE = 1024, HEADER_VALUE_SIZE = 512 };

void rl_answer_clear(rl_answer *answer) {
    js_buf_clear(&answer->body);
    for (size_t i = 0; i < answer->header_count; i++) {
        free(answer->headers[i].value);
    }
    *answer = (rl_answer){0};
}

void rl_answer_header(rl_answer *answer, const char *name, const char *format, ...) {
    if (answer->header_count >= RL_HEADERS_MAX) {
        return;
    }
    char value[HEADER_VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    char *copy = length >= 0 && (size_t)length < sizeof value ? js_copy(value) : NULL;
    if (copy != NULL) {
        answer->headers[answer->header_count++] = (rl_header){name, copy};
    }
}

void rl_answer_begin(rl_answer *answer, int status, const char *type) {
    bool close = answer->close;
    rl_answer_clear(answer);
    answer->status = status;
    answer->close = close;
    rl_answer_header(answer, "Content-Type", "%s", type);
}

const char *rl_status_title(int status) {
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

static void problem(rl_answer *answer, int status, const char *format, va_list arguments)
    JIRASEND_PRINTF(3, 0);

static void problem(rl_answer *answer, int status, const char *format, va_list arguments) {
    char sentence[SENTENCE_SIZE];
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    rl_answer_begin(answer, status, "application/problem+json");
    js_buf_addf(&answer->body,
                "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                rl_status_title(status), status);
    js_json_write_string(&answer->body, sentence);
    js_buf_add_text(&answer->body, "}\n");
}

void rl_answer_problem(rl_answer *answer, int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    problem(answer, status, format, arguments);
    va_end(arguments);
}

void rl_answer_later(rl_answer *answer, int status, int64_t seconds, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    problem(answer, status, format, arguments);
    va_end(arguments);
    rl_answer_header(answer, "Retry-After", "%lld", (long long)seconds);
}
