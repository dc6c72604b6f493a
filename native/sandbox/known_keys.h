/* Which issue keys exist on the site. */
#ifndef SB_KNOWN_KEYS_H
#define SB_KNOWN_KEYS_H

#include "base/strings.h"

#include <stdbool.h>

/* Splits 'APP-*,OPS-1' at commas and white space. False when a word is no key pattern (it is
 * copied to `bad`) or memory is short (`bad` is empty then). */
bool sb_known_keys_parse(js_strings *patterns, const char *text, char bad[64]);
/* Whether the key matches a pattern (* and ? stand for any run and any one character). Without
 * patterns every key is known. Upper and lower case are the same, as in Jira. */
bool sb_known_key(const js_strings *patterns, const char *key);

#endif
