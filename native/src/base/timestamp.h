/* Points in time as text. All are milliseconds since 1970 in UTC. */
#ifndef JS_BASE_TIMESTAMP_H
#define JS_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JS_TIMESTAMP_SIZE = 32 };

/*
 * Reads RFC 3339 / ISO 8601 (2026-11-23T10:00:00Z, .5, .123456+01:00, +0100). A zone is required;
 * impossible dates (2026-02-30, 24:00:01) are refused; a leap second counts as the next second.
 * `why` (may be null) gets a clause such as "has no time zone" on failure.
 */
bool js_timestamp_parse(const char *text, size_t length, int64_t *ms, const char **why);
/* Writes 2026-11-23T10:00:00.000Z. */
void js_timestamp_format(int64_t ms, char out[JS_TIMESTAMP_SIZE]);
/* Reads the three date forms of HTTP (RFC 9110): IMF-fixdate, RFC 850, asctime. */
bool js_http_date_parse(const char *text, size_t length, int64_t *ms);

#endif
