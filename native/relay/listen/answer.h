/* What is answered to one request. */
#ifndef RELAY_LISTEN_ANSWER_H
#define RELAY_LISTEN_ANSWER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RL_HEADERS_MAX = 16 };

typedef struct rl_header {
    const char *name; /* a literal */
    char *value;
} rl_header;

typedef struct rl_answer {
    int status; /* 0: none yet */
    js_buf body;
    rl_header headers[RL_HEADERS_MAX];
    size_t header_count;
    bool close; /* the connection ends with it */
} rl_answer;

void rl_answer_clear(rl_answer *answer);
/* A value that is too long, or the one header too many, is left out. */
void rl_answer_header(rl_answer *answer, const char *name, const char *format, ...)
    JIRASEND_PRINTF(3, 4);
/* Begins the answer: status and content type. */
void rl_answer_begin(rl_answer *answer, int status, const char *type);
/*
 * An error as RFC 9457 has it: application/problem+json with the sentence. What was begun before is
 * forgotten.
 */
void rl_answer_problem(rl_answer *answer, int status, const char *format, ...)
    JIRASEND_PRINTF(3, 4);
/* The same for 429 and 503: says when to come again. */
void rl_answer_later(rl_answer *answer, int status, int64_t seconds, const char *format, ...)
    JIRASEND_PRINTF(4, 5);
/* "Forbidden" for 403. */
const char *rl_status_title(int status);

#endif
