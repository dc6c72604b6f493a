/* The pass over the text before json-c's, for event/json*.c only. */
#ifndef JS_EVENT_JSON_PRESCAN_H
#define JS_EVENT_JSON_PRESCAN_H

#include <jirasend/error.h>
#include <stdbool.h>
#include <stddef.h>

/* A token is its first byte, except for these. */
enum {
    JS_JSON_BAD = -1,
    JS_JSON_END = 0,
    JS_JSON_NUMBER = '0',
    JS_JSON_LITERAL = 't' /* true, false, null */
};

typedef struct js_json_scan {
    const char *text;
    size_t length, at;
    bool strict;
    jirasend_error *error;
    size_t begin;      /* behind the byte order mark */
    size_t start;      /* of the token read last, which ends at `at` */
    bool beyond_64;    /* that token is an integer of more than 64 bits */
    int depth;         /* how many objects and arrays are open */
    size_t containers; /* how many were opened */
    size_t scalars;    /* texts (with the members' names), numbers, literals */
    size_t colons, nulls;
    size_t long_integers; /* those of more than 64 bits */
    size_t longest;       /* bytes of the longest token */
    size_t bad_at;        /* where JS_JSON_BAD was found */
    bool stray;           /* it can start no token; the error is not set */
} js_json_scan;

/* Passes over a byte order mark. */
void js_json_scan_begin(js_json_scan *in, const char *text, size_t length, bool strict,
                        jirasend_error *error);
/* The next token. BAD: the error says why, unless `stray` is set. */
int js_json_next(js_json_scan *in);
/* All the rest; false: BAD. */
bool js_json_scan_all(js_json_scan *in);
/* How many values the text holds: members' names are none. */
size_t js_json_scan_values(const js_json_scan *in);
/* Begins again, with the first `length` bytes of the same text, and without an error to set. */
void js_json_scan_again(js_json_scan *in, const js_json_scan *whole, size_t length);

/* At an opening quote: passes over the text. */
bool js_json_pass_string(js_json_scan *in);
bool js_json_starts_with(const js_json_scan *in, const char *word);

/* Each of these sets the error and returns false. `at` counts from 0, the message from 1. */
bool js_json_fail_at(js_json_scan *in, size_t at, const char *format, ...) JIRASEND_PRINTF(3, 4);
/* Says what stands at `at` where something else was expected, with a hint for the usual mistakes. */
bool js_json_fail_unexpected(js_json_scan *in, const char *expected);
/* The clause is before, the piece (shortened and escaped), after. */
bool js_json_fail_shown(js_json_scan *in, size_t at, const char *before, const char *piece,
                        size_t length, const char *after);

/*
 * Slow searches, for texts that json-c took and yet are not as they should be: a second member of
 * the same name, a number that became infinite. False when there is none, or memory is short.
 * With an error it says what was found and where.
 */
bool js_json_find_duplicate(const js_json_scan *whole, jirasend_error *error);
bool js_json_find_infinite(const js_json_scan *whole, jirasend_error *error);

#endif
