/* Checks of single values. Each says its sentence, naming where the value came from, and gives 64. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Valid UTF-8 without control characters (`lines`: but tab and line break). */
int cli_check_text(const char *origin, const char *value, bool lines);
/* A text of at most `units` UTF-16 units. */
int cli_check_length(const char *origin, const char *value, size_t units);
/* A whole number of at least 0. */
int cli_check_number(const char *origin, const char *value, int64_t *number);
/* One from `low`, which is not negative, to `high`; INT64_MAX: as large as it can be. */
int cli_check_range(const char *origin, const char *value, int64_t low, int64_t high,
                    int64_t *number);
/* Seconds, whole or with decimals, up to a day. */
int cli_check_wait(const char *origin, const char *value, int64_t *ms);
/* The same without an upper limit: people take two weeks to approve. */
int cli_check_long_wait(const char *origin, const char *value, int64_t *ms);
/* 90s 5m 24h 7d 2w. */
int cli_check_duration(const char *origin, const char *value, int64_t *ms);
/* TOTAL,PASSED,FAILED,SKIPPED. */
int cli_check_tests(const char *origin, const char *value, int64_t counts[4]);
/* A point in time with a zone. */
int cli_check_time(const char *origin, const char *value);
/* How long ago (90s, 5m, 24h, 7d, 2w), or a point in time with a zone: milliseconds since 1970. */
int cli_check_ago(const char *origin, const char *value, int64_t now_ms, int64_t *ms);
/* http:// or https://, a host, no blanks, at most 2000 characters. */
int cli_check_url(const char *origin, const char *value);
typedef const char *(*cli_word_fn)(const char *text);
/*
 * What people call one of the words in `list` ("pending, failed"): `word` gets ours, as `word_of` knows
 * it (event/words.h). `what` names the thing in the sentence.
 */
int cli_check_word(const char *origin, const char *value, cli_word_fn word_of, const char *list,
                   const char *what, const char **word);
/* Splits at commas, semicolons and white space and adds what look like issue keys. */
int cli_check_keys(const char *origin, const char *value, js_strings *keys);

/* The word among `words` that is nearest to a mistyped one; null when none is near. */
const char *cli_nearest(const char *typed, const char *const *words, size_t count);

#endif
