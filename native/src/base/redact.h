/* A secret that comes back: servers and proxies repeat what they were sent in their error texts. */
#ifndef JS_BASE_REDACT_H
#define JS_BASE_REDACT_H

#include "base/secret.h"

enum { JS_REDACT_MIN = 8 }; /* a shorter one would be found by accident in any text */

/*
 * Puts asterisks over the secrets wherever they appear: as they are, in other letter case, or with the
 * escapes of JSON, also nested; and over the beginning of one where the text was cut in its middle.
 * Linear in the text. False when memory is short: asterisks are all that is left.
 */
bool js_redact(char *text, size_t length, const js_secret *secrets, size_t count);

#endif
