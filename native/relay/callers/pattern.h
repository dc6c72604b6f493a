/*
 * Patterns of a rule: `*` is any run without `/`, `**` any run, `?` one character but `/`, `\` takes
 * the next character as it is, `{claim}` stands for a claim of the caller's ID token, literally. A
 * pattern fits the whole text, byte for byte, in time linear in the text.
 */
#ifndef RELAY_CALLERS_PATTERN_H
#define RELAY_CALLERS_PATTERN_H

#include "base/buf.h"

#include <jirasend/error.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct rl_piece rl_piece;

typedef struct rl_pattern {
    rl_piece *pieces;
    size_t count;
    char *text; /* as it was written */
} rl_pattern;

typedef struct rl_patterns {
    rl_pattern *items;
    size_t count;
    bool given; /* the member is there, even if empty */
} rl_patterns;

/*
 * Errors: ARGUMENT with a clause that goes after "The pattern '…' " ("has no '}' for its '{'."), MEMORY.
 * `claims`: whether it may contain `{`.
 */
jirasend_code rl_pattern_read(rl_pattern *pattern, const char *text, bool claims,
                              jirasend_error *error);
void rl_pattern_clear(rl_pattern *pattern);
void rl_patterns_clear(rl_patterns *patterns);

/* `claims` may be null. A claim that is missing, empty or no text makes the pattern fit nothing. */
bool rl_pattern_fits(const rl_pattern *pattern, json_object *claims, const char *text,
                     size_t length);
bool rl_patterns_fit(const rl_patterns *patterns, json_object *claims, const char *text,
                     size_t length);
/* Appends the pattern with the claims put in, escaped so that it means the same. */
void rl_pattern_show(const rl_pattern *pattern, json_object *claims, js_buf *out);

/* The claim as a text that is not empty; else null. */
const char *rl_claim_text(json_object *claims, const char *name);

#endif
