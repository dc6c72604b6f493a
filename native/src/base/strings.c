/* Lists of texts. */
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static bool grow(js_strings *list) {
    size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    char **items = realloc(list->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->capacity = capacity;
    return true;
}

bool js_strings_add(js_strings *list, const char *text, size_t length) {
    if (list->count == list->capacity && !grow(list)) {
        return false;
    }
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        return false;
    }
    if (length > 0) {
        memcpy(copy, text, length);
    }
    copy[length] = '\0';
    list->items[list->count++] = copy;
    return true;
}

bool js_strings_contain(const js_strings *list, const char *text) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

void js_strings_clear(js_strings *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (js_strings)JS_STRINGS_INIT;
}
