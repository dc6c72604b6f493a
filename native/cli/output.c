/* Standard output, and sentences on standard error. */
#include "cli/output.h"

#include "base/buf.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/options.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* One line of stderr at a time, and the progress line never in the middle of one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool quiet;
static bool unicode;
static bool coloured;
static bool stdout_coloured;
static bool terminal;
static bool progress_shown;
static bool reader_may_leave;
static bool stdout_terminal;
static pthread_mutex_t stdout_lock = PTHREAD_MUTEX_INITIALIZER;
static char waiting[16 * 1024]; /* for stdout */
static size_t waiting_length;
static int stdout_error; /* errno of the first failure, 0 while all is well */

void cli_output_start(void) {
    /* Only the character set: numbers and messages stay as they are in every locale. */
    setlocale(LC_CTYPE, "");
    unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    const char *term = cli_environment("TERM");
    terminal = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    bool colours = term != NULL && strcmp(term, "dumb") != 0 && cli_environment("NO_COLOR") == NULL;
    coloured = terminal && colours;
    stdout_terminal = isatty(STDOUT_FILENO) == 1;
    stdout_coloured = stdout_terminal && colours;
}

void cli_output_quiet(bool value) {
    quiet = value;
}

bool cli_output_is_quiet(void) {
    return quiet;
}

bool cli_output_unicode(void) {
    return unicode;
}

bool cli_output_terminal(void) {
    return terminal;
}

/* Escapes control characters and, for a terminal without Unicode, everything beyond ASCII. */
static void add_shown(js_buf *out, const char *text, size_t length) {
    if (unicode) {
        js_text_escape(out, text, length);
        return;
    }
    for (size_t i = 0; i < length;) {
        int32_t code;
        size_t taken = js_utf8_next(text + i, length - i, &code);
        if (code < 0x80) {
            js_text_escape(out, text + i, taken);
        } else {
            js_buf_addf(out, "\\u{%X}", (unsigned)code);
        }
        i += taken;
    }
}

size_t cli_out_shown(js_buf *out, const char *text, size_t *columns) {
    int32_t code = 0;
    size_t before = out->length;
    *columns = 0;
    if (text[0] == '\0') {
        return 0;
    }
    size_t taken = js_utf8_next(text, strlen(text), &code);
    add_shown(out, text, taken);
    bool escaped = !out->failed &&
                   (out->length - before != taken || memcmp(out->data + before, text, taken) != 0);
    int width = escaped ? (int)(out->length - before) : wcwidth((wchar_t)code);
    *columns = width > 0 ? (size_t)width : 0;
    return taken;
}

/* One write a line, so that lines of several processes in one log do not mix. */
static void write_line(js_buf *line) {
    js_buf_add_text(line, "\n");
    pthread_mutex_lock(&lock);
    if (progress_shown) {
        (void)js_write_all(STDERR_FILENO, "\r\033[K", 4);
        progress_shown = false;
    }
    if (line->failed || line->data == NULL) {
        static const char short_line[] = "jirasend: Out of memory.\n";
        (void)js_write_all(STDERR_FILENO, short_line, sizeof(short_line) - 1);
    } else {
        (void)js_write_all(STDERR_FILENO, line->data, line->length);
    }
    pthread_mutex_unlock(&lock);
    js_buf_clear(line);
}

static void say(const char *format, va_list arguments) JIRASEND_PRINTF(1, 0);
static void say(const char *format, va_list arguments) {
    char small[2048];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof(small), format, arguments);
    char *large = NULL;
    if (length >= (int)sizeof(small)) {
        large = malloc((size_t)length + 1);
        if (large != NULL) {
            vsnprintf(large, (size_t)length + 1, format, again);
        }
    }
    va_end(again);
    const char *text = large != NULL ? large : small;
    js_buf line = JS_BUF_INIT;
    js_buf_add_text(&line, "jirasend: ");
    add_shown(&line, text, strlen(text));
    write_line(&line);
    free(large);
}

void cli_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int cli_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return CLI_USAGE;
}

int cli_no_memory(void) {
    cli_fail("Out of memory.");
    return CLI_SOFTWARE;
}

void cli_note(const char *format, ...) {
    if (quiet) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

static const char *const start[] = {"", "\033[32m", "\033[33m", "\033[31m"};

enum { WORD_WIDTH = 10 };

void cli_event_line(cli_colour colour, const char *mark, const char *word, const char *text) {
    bool paint = coloured && colour != CLI_PLAIN;
    js_buf line = JS_BUF_INIT;
    if (paint) {
        js_buf_add_text(&line, start[colour]);
    }
    if (unicode) {
        js_buf_add_text(&line, mark);
        js_buf_add(&line, " ", 1);
    }
    size_t before = line.length, length = strlen(word);
    add_shown(&line, word, length); /* a relay may have made it up */
    length = line.length - before;
    js_buf_add(&line, "          ", length < WORD_WIDTH ? WORD_WIDTH - length : 0);
    if (paint) {
        js_buf_add_text(&line, "\033[0m");
    }
    js_buf_add_text(&line, " ");
    add_shown(&line, text, strlen(text));
    write_line(&line);
}

void cli_plain_line(const char *text) {
    js_buf line = JS_BUF_INIT;
    add_shown(&line, text, strlen(text));
    write_line(&line);
}

void cli_progress_line(const char *text) {
    js_buf line = JS_BUF_INIT;
    pthread_mutex_lock(&lock);
    if (progress_shown) {
        js_buf_add_text(&line, "\r\033[K");
    }
    progress_shown = text != NULL;
    if (text != NULL) {
        add_shown(&line, text, strlen(text));
    }
    if (!line.failed && line.length > 0) {
        (void)js_write_all(STDERR_FILENO, line.data, line.length);
    }
    pthread_mutex_unlock(&lock);
    js_buf_clear(&line);
}

/* With its lock. stdio would lose what it holds where a pipe is full and set not to wait. */
static void write_out(const char *bytes, size_t length) {
    if (stdout_error == 0 && !js_write_all(STDOUT_FILENO, bytes, length)) {
        stdout_error = errno != 0 ? errno : EIO;
    }
}

static void flush_out(void) {
    write_out(waiting, waiting_length);
    waiting_length = 0;
}

void cli_out(const char *bytes, size_t length) {
    pthread_mutex_lock(&stdout_lock);
    if (length > sizeof(waiting) - waiting_length) {
        flush_out();
    }
    if (length > sizeof(waiting)) {
        write_out(bytes, length);
    } else if (length > 0) {
        memcpy(waiting + waiting_length, bytes, length);
        waiting_length += length;
    }
    if (stdout_terminal && length > 0 && memchr(bytes, '\n', length) != NULL) {
        flush_out();
    }
    pthread_mutex_unlock(&stdout_lock);
}

void cli_out_line(const char *text) {
    cli_out(text, strlen(text));
    cli_out("\n", 1);
    /* A reader at the other end of a pipe wants each receipt when it is known. */
    pthread_mutex_lock(&stdout_lock);
    flush_out();
    pthread_mutex_unlock(&stdout_lock);
}

void cli_out_escaped(const char *text) {
    js_buf shown = JS_BUF_INIT;
    add_shown(&shown, text, strlen(text));
    if (shown.failed) {
        stdout_error = stdout_error != 0 ? stdout_error : ENOMEM;
    } else if (shown.length > 0) {
        cli_out(shown.data, shown.length);
    }
    js_buf_clear(&shown);
}

void cli_out_painted(cli_colour colour, const char *text) {
    bool paint = stdout_coloured && colour != CLI_PLAIN;
    if (paint) {
        cli_out(start[colour], strlen(start[colour]));
    }
    cli_out_escaped(text);
    if (paint) {
        cli_out("\033[0m", 4);
    }
}

void cli_output_reader_may_leave(bool value) {
    reader_may_leave = value;
}

bool cli_output_failed(void) {
    return stdout_error != 0;
}

int cli_output_finish(int code) {
    pthread_mutex_lock(&stdout_lock);
    flush_out();
    pthread_mutex_unlock(&stdout_lock);
    /* Some file systems (NFS) report a full disk only here. */
    if (close(STDOUT_FILENO) != 0 && stdout_error == 0 && errno != EBADF) {
        stdout_error = errno;
    }
    if (stdout_error == 0) {
        return code;
    }
    if (stdout_error == EPIPE && reader_may_leave) {
        signal(SIGPIPE, SIG_DFL);
        (void)raise(SIGPIPE);
    }
    cli_fail("Standard output cannot be written: %s.", strerror(stdout_error));
    return cli_exit_graver(code, CLI_IO);
}
