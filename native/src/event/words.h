/* The words that people and CI systems use for states and types. Pure. */
#ifndef JS_EVENT_WORDS_H
#define JS_EVENT_WORDS_H

#include <stdbool.h>

/*
 * Each takes a word in any case, with `-` or a blank for `_`, and returns our own word for it
 * ("successful", "production", "open"), which is static; null when nobody knows the word.
 */

/* The state of a build or a deployment. Only a deployment may be rolled_back: the caller's business. */
const char *js_state_word(const char *text);
/* The type of an environment, by the words that names are judged by (event/environment.h), too. */
const char *js_environment_type_word(const char *text);
const char *js_pull_request_state_word(const char *text);

/* Whether a text is our word, in any case and with `-` or a blank for `_`. */
bool js_word_is(const char *text, const char *ours);

/* The known words in one line, for the sentence about one that is not: "pending, in_progress, ...". */
extern const char js_state_words[];
extern const char js_build_state_words[];
extern const char js_environment_type_words[];
extern const char js_pull_request_state_words[];

#endif
