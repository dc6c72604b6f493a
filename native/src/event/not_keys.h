/* Well-known names that look like an issue key but are not, such as UTF-8. */
#ifndef JS_EVENT_NOT_KEYS_H
#define JS_EVENT_NOT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the built-in list names PROJECT-NUMBER; both in upper case and not NUL-terminated. */
bool js_not_a_key(const char *project, size_t project_length, const char *number,
                  size_t number_length);
/* Whether it names PROJECT with any number. */
bool js_not_a_key_sometimes(const char *project, size_t length);

#endif
