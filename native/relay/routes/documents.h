/*
 * Documents that follow each other in a body, each over one line or several. After text that cannot be
 * parsed, reading goes on at the next line, counted from where that text begins, whose first character
 * is `{`. Linear in the text.
 */
#ifndef RELAY_ROUTES_DOCUMENTS_H
#define RELAY_ROUTES_DOCUMENTS_H

#include <jirasend/error.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct rl_reader {
    const char *text;
    size_t length, at;
    size_t line; /* of `at`, from 1 */
} rl_reader;

typedef struct rl_piece_of_text {
    const char *text;
    size_t length;
    size_t line; /* where it begins */
    json_object
        *object; /* null: it is not a document, and the error says why; owned by the caller */
} rl_piece_of_text;

void rl_reader_begin(rl_reader *reader, const char *text, size_t length);
/* False at the end. */
bool rl_reader_next(rl_reader *reader, rl_piece_of_text *piece, jirasend_error *error);

#endif
