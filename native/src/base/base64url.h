/* Base64url without padding (RFC 4648, section 5), as in tokens. */
#ifndef JS_BASE_BASE64URL_H
#define JS_BASE_BASE64URL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the bytes. False: it is not base64url, or memory is short; then nothing of it counts. */
bool js_base64url_read(js_buf *out, const char *text, size_t length);

#endif
