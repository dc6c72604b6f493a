/* A list of owned texts. */
#ifndef JS_BASE_STRINGS_H
#define JS_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct js_strings {
    char **items;
    size_t count;
    size_t capacity;
} js_strings;

#define JS_STRINGS_INIT                                                                            \
    { NULL, 0, 0 }

/* Copies `length` bytes. False when memory is short; the list is then as before. */
bool js_strings_add(js_strings *list, const char *text, size_t length);
bool js_strings_contain(const js_strings *list, const char *text);
void js_strings_clear(js_strings *list);

#endif
