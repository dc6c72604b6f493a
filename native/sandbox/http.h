/* One request and its answer, free of any server library, so that everything above the socket can
 * be tested by calling it. */
#ifndef SB_HTTP_H
#define SB_HTTP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sb_header {
    char *name, *value;
} sb_header;

typedef struct sb_headers {
    sb_header *items;
    size_t count;
} sb_headers;

/* Copies both. False when memory is short. */
bool sb_headers_add(sb_headers *headers, const char *name, const char *value);
/* The first of that name, whatever its case; null when there is none. */
const char *sb_headers_get(const sb_headers *headers, const char *name);
void sb_headers_free(sb_headers *headers);

/* Jira takes no larger body. */
enum { SB_BODY_MAX = 1024 * 1024 };

typedef struct sb_request {
    const char *method;
    const char *path;  /* as it came: still percent-encoded, without the query */
    const char *query; /* without the question mark; "" when there is none */
    sb_headers headers;
    js_buf body; /* empty when `body_too_large` */
    bool body_too_large;
    uint64_t connection; /* number of the TCP connection */
} sb_request;

typedef enum sb_ending {
    SB_ANSWER,   /* as usual */
    SB_RESET,    /* close the connection without a word */
    SB_HANG,     /* say nothing until the client gives up */
    SB_TRUNCATE, /* promise more bytes than are sent */
    SB_STREAM    /* an event stream: a body without an end */
} sb_ending;

typedef struct sb_answer {
    int status;
    sb_headers headers;
    js_buf body;
    const void *fixed; /* a body that lives as long as the program, instead of `body` */
    size_t fixed_length;
    int64_t delay_ms;
    sb_ending ending;
    bool requests_too; /* of a stream: each request that comes is told, too */
} sb_answer;

void sb_answer_free(sb_answer *answer);
/* Sets the status and a JSON body's type. The caller writes the body. */
void sb_answer_json(sb_answer *answer, int status);
/* {"code":status,"message":"..."}, as Atlassian's gateway answers. */
void sb_answer_error(sb_answer *answer, int status, const char *message);

/* A parameter of the query that is a number from 0; `otherwise` when absent, -1 when it is not one. */
int64_t sb_query_number(const char *query, const char *name, int64_t otherwise);
/* A whole decimal number without sign, up to INT64_MAX; -1 when the text is not one. */
int64_t sb_parse_number(const char *text, size_t length);

#endif
