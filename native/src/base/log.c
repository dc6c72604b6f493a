/* Lines for the caller's log. */
#include "base/log.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024 };

void js_log_line(const js_log *log, jirasend_log_level level, const char *format, ...) {
    if (log == NULL || log->write == NULL || level > log->level) {
        return;
    }
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (written < 0) {
        return;
    }
    js_buf safe = JS_BUF_INIT;
    js_text_escape(&safe, line, strlen(line));
    if (!safe.failed && safe.data != NULL) {
        log->write(log->context, level, safe.data);
    }
    js_buf_clear(&safe);
}
