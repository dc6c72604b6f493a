/* What the program says: sentences and event lines on stderr, results on stdout. Any thread. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "base/buf.h"

#include <jirasend/export.h>
#include <stdbool.h>
#include <stddef.h>

/* Finds out what the terminal can show. Before it nothing is coloured and all is ASCII. */
void cli_output_start(void);
void cli_output_quiet(bool quiet);
bool cli_output_is_quiet(void);
/* Whether characters beyond ASCII can be shown. */
bool cli_output_unicode(void);
/* Whether stderr is a terminal that lines can be rewritten on. */
bool cli_output_terminal(void);

/* "jirasend: ..." on stderr, whatever --quiet says. Control characters are escaped. */
void cli_fail(const char *format, ...) JIRASEND_PRINTF(1, 2);
/* The same, and returns 64. */
int cli_usage(const char *format, ...) JIRASEND_PRINTF(1, 2);
/* "jirasend: out of memory", and returns 70. */
int cli_no_memory(void);
/* "jirasend: ..." on stderr unless --quiet. */
void cli_note(const char *format, ...) JIRASEND_PRINTF(1, 2);

typedef enum cli_colour { CLI_PLAIN, CLI_GREEN, CLI_YELLOW, CLI_RED } cli_colour;
/* One line on stderr: `mark` and `word` in colour, then the text. Not touched by --quiet. */
void cli_event_line(cli_colour colour, const char *mark, const char *word, const char *text);

/* One line on stderr that says it all by itself. Not touched by --quiet. */
void cli_plain_line(const char *text);

/* The line at the bottom of a terminal that is rewritten; null takes it away. */
void cli_progress_line(const char *text);

/* Bytes for stdout. Failures are remembered for cli_output_finish(). */
void cli_out(const char *bytes, size_t length);
void cli_out_line(const char *text);
/*
 * Appends the first character of a text as cli_out_escaped() shows it. How many bytes it is in the text (0: there
 * is none), and how many columns of a terminal it takes.
 */
size_t cli_out_shown(js_buf *out, const char *text, size_t *columns);
/* Text for people on stdout: escaped, and in ASCII where the terminal needs it. */
void cli_out_escaped(const char *text);
/* The same in colour, where stdout is a terminal that has some. */
void cli_out_painted(cli_colour colour, const char *text);
/*
 * For what only prints: whoever has read enough may close the other end of a pipe, as a pager does. The program then
 * ends by SIGPIPE, without a word.
 */
void cli_output_reader_may_leave(bool value);
/* Whether stdout has failed already, so that going on makes no sense. */
bool cli_output_failed(void);
/* Writes out what waits. The exit code: 74 when stdout could not take everything. */
int cli_output_finish(int code);

#endif
