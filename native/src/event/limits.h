/* Jira's limits. A text that is too long is cut; an id or a URL that is too long is an error. */
#ifndef JS_EVENT_LIMITS_H
#define JS_EVENT_LIMITS_H

#include "event/event.h"

#include <jirasend/error.h>

#include <stddef.h>

/* Lengths count UTF-16 units, as Jira does. */
enum {
    JS_ID_UNITS = 255,
    JS_LONG_ID_UNITS = 1000, /* of ids that go out in their wire form (payload/wire.h) */
    JS_PROPERTY_UNITS = 255,
    JS_TEXT_UNITS = 255,
    JS_LONG_TEXT_UNITS = 1024, /* of messages, titles and paths */
    JS_URL_UNITS = 2000,
    JS_ASSOCIATION_VALUES = 500, /* over all kinds of association together */
    JS_QUOTE_SIZE = 200
};

/*
 * Each copies a valid UTF-8 text into *out, which the caller frees, or fails with DOCUMENT or
 * MEMORY. `place` names the member in the error ("environment.id").
 */

/* Not empty, no control characters, at most JS_ID_UNITS long. */
jirasend_code js_limit_id(char **out, const char *text, size_t length, const char *place,
                          jirasend_error *error);
/* The same, at most JS_LONG_ID_UNITS long. */
jirasend_code js_limit_long_id(char **out, const char *text, size_t length, const char *place,
                               jirasend_error *error);
/* 40 or 64 hex digits, in lower case then. */
jirasend_code js_limit_hash(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error);
/* Not empty, and cut to JS_TEXT_UNITS. */
jirasend_code js_limit_name(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error);
/* Cut to JS_TEXT_UNITS. */
jirasend_code js_limit_text(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error);
/* Cut to JS_LONG_TEXT_UNITS. */
jirasend_code js_limit_message(char **out, const char *text, size_t length, const char *place,
                               jirasend_error *error);
/* Not empty, and cut to JS_LONG_TEXT_UNITS. */
jirasend_code js_limit_title(char **out, const char *text, size_t length, const char *place,
                             jirasend_error *error);
/* The name of a branch: not empty, no control characters, of any length. */
jirasend_code js_limit_ref(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error);
/*
 * http or https, with a host, without white space or control characters. What logs in (user:token@)
 * is taken out: it must reach neither Jira nor the disk.
 */
jirasend_code js_limit_url(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error);
/*
 * Not empty, no control characters; names a repository or a ref and need not be a web address. What
 * logs in is taken out.
 */
jirasend_code js_limit_uri(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error);

/*
 * Keeps the first 500 association values: keys, then services, commits, repositories. Jira takes
 * at most three kinds, so repositories give way where the other three are present. What is left
 * out is added to event->dropped.
 */
void js_limit_associations(js_event *event);

/* Keeps the first 500 of other keys of the event; the rest is added to event->dropped. */
void js_limit_keys(js_event *event, js_strings *keys);

/* Writes a text for an error: escaped, and cut when it is long. */
void js_quote(char out[JS_QUOTE_SIZE], const char *text, size_t length);

#endif
