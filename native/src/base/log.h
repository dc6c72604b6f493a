/* Lines for the caller's log callback. */
#ifndef JS_BASE_LOG_H
#define JS_BASE_LOG_H

#include <jirasend/config.h>

typedef struct js_log {
    jirasend_log_fn write; /* null: nobody listens */
    void *context;
    jirasend_log_level level;
} js_log;

/* Formats one line, escapes control characters, and hands it over if it is loud enough. */
void js_log_line(const js_log *log, jirasend_log_level level, const char *format, ...)
    JIRASEND_PRINTF(3, 4);

#endif
