/* The requests that came, the last of them, with every secret left out. */
#ifndef SB_REQUEST_LOG_H
#define SB_REQUEST_LOG_H

#include "base/strings.h"
#include "http.h"

#include <stdint.h>

enum { SB_LOG_MAX = 10000, SB_LOG_BODY_MAX = 256 * 1024, SB_LOG_ANSWER_MAX = 64 * 1024 };
#define SB_LOG_BYTES_MAX ((size_t)64 * 1024 * 1024)

typedef struct sb_log_entry {
    int64_t number;
    char *text; /* a JSON object */
    size_t length;
} sb_log_entry;

typedef struct sb_log {
    sb_log_entry *entries; /* a ring */
    size_t first, count, capacity;
    size_t bytes;
    int64_t last; /* number of the newest request, from 1 */
} sb_log;

/* What there is to say of a request beside itself. */
typedef struct sb_log_note {
    int64_t at_ms;
    int status;        /* 0: no answer */
    int64_t items;     /* of a bulk request; -1: none */
    const char *fault; /* name of what struck it; null: nothing did */
    const js_strings *warnings;
    const js_buf *answer; /* its body */
} sb_log_note;

/* A request that cannot be kept for want of memory is counted all the same. */
void sb_log_add(sb_log *log, const sb_request *request, const sb_log_note *note);
/* Appends the array of requests after that number and, when `before` is above 0, before that one;
 * of these the last `limit` (-1: all). */
typedef struct sb_log_range {
    int64_t after, before, limit;
} sb_log_range;

void sb_log_write(const sb_log *log, const sb_log_range *range, js_buf *out);
void sb_log_clear(sb_log *log);

#endif
