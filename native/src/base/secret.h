/* Memory that is wiped before it is given back. */
#ifndef JS_BASE_SECRET_H
#define JS_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Overwrites in a way the compiler may not leave out. */
void js_wipe(void *memory, size_t length);

typedef struct js_secret {
    char *text; /* NUL-terminated; null when there is none */
    size_t length;
} js_secret;

#define JS_SECRET_INIT                                                                             \
    { NULL, 0 }

/* Copies; wipes what was there. False when memory is short: the old secret is gone then, too. */
bool js_secret_set(js_secret *secret, const void *bytes, size_t length);
void js_secret_wipe(js_secret *secret);

#endif
