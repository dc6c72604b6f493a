/* JSON documents that follow each other in a text, a line each or over several lines. */
#ifndef CLI_DOCUMENTS_H
#define CLI_DOCUMENTS_H

#include "base/buf.h"
#include "cli/input.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a text begins with a whole JSON value. Pure; `open` goes on over several pieces. */
typedef enum cli_extent { CLI_EXTENT_OPEN, CLI_EXTENT_WHOLE, CLI_EXTENT_BAD } cli_extent;

enum { CLI_DEPTH_MAX = 32 }; /* what the library reads */

typedef enum cli_expected {
    CLI_EXPECTS_VALUE,
    CLI_EXPECTS_FIRST_ITEM, /* or ] */
    CLI_EXPECTS_FIRST_NAME, /* or } */
    CLI_EXPECTS_NAME,
    CLI_EXPECTS_COLON,
    CLI_EXPECTS_NEXT /* a comma, or the end of what is open */
} cli_expected;

typedef struct cli_scan {
    char open[CLI_DEPTH_MAX]; /* { and [ */
    int depth;
    cli_expected expected;
} cli_scan;

/*
 * Reads on from `*at`, where no text, number or word may be cut off. WHOLE: `*at` is after the value;
 * BAD: where it stops to be JSON; OPEN: at the end.
 */
cli_extent cli_scan_on(cli_scan *scan, const char *text, size_t length, size_t *at);

/*
 * Finds where each document ends. What is no JSON is handed out, too, for the library to say what is
 * wrong with it; reading then goes on at the next line that begins with `{`, counted from where that
 * text began.
 */
typedef struct cli_documents {
    cli_input *input;
    js_buf text;     /* whole lines, each with a line break */
    size_t start;    /* what comes before was handed out */
    long line;       /* number of the line that `start` is in */
    bool to_bracket; /* passes over lines until one begins with `{` */
    bool begun;      /* a document begins at `start`, read up to `at` */
    size_t at;
    cli_scan scan;
    bool handed_out; /* the text up to `next`; then `to_bracket` becomes `next_to_bracket` */
    size_t next;
    bool next_to_bracket;
} cli_documents;

void cli_documents_begin(cli_documents *documents, cli_input *input);
void cli_documents_end(cli_documents *documents);

/*
 * The next document, good until the next call, and the line where it begins. TOO_LONG: it is longer
 * than CLI_LINE_MAX. LATER only when `patient` is false.
 */
cli_line cli_documents_next(cli_documents *documents, bool patient, const char **text,
                            size_t *length, long *line);

#endif
