/* A secret that comes back: servers and proxies repeat what they were sent in their error texts. */
#ifndef JS_BASE_REDACT_H
#define JS_BASE_REDACT_H

#include "base/secret.h"

enum { JS_REDACT_MIN = 8 }; /* a shorter one would be found by accident in any text */

/* Puts asterisks over the secret wherever it stands, as it is or with the escapes of JSON, also nested. */
void js_redact(char *text, size_t length, const js_secret *secret);

#endif
