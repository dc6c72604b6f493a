/* Keys that were passed over, and by which rule. */
#include "base/text.h"
#include "event/keys.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    [JS_RULE_PROJECTS] = "projects", [JS_RULE_NOT_KEYS] = "not-keys",      [JS_RULE_CASE] = "case",
    [JS_RULE_BORDER] = "border",     [JS_RULE_TOO_MANY] = "more than 500",
};

const char *js_key_rule_name(js_key_rule rule) {
    return names[rule];
}

bool js_key_rule_from_name(const char *name, js_key_rule *rule) {
    for (int i = JS_RULE_FIRST; i <= JS_RULE_LAST; i++) {
        if (strcmp(name, names[i]) == 0) {
            *rule = (js_key_rule)i;
            return true;
        }
    }
    return false;
}

bool js_passed_add(js_passed_keys *passed, const char *key, size_t length, js_key_rule rule) {
    if (passed->items == NULL) {
        passed->items = calloc(JS_PASSED_MAX, sizeof *passed->items);
    }
    if (passed->items == NULL) {
        return false;
    }
    for (size_t i = 0; i < passed->count; i++) {
        if (passed->items[i].key != NULL && strncmp(passed->items[i].key, key, length) == 0 &&
            passed->items[i].key[length] == '\0') {
            return true;
        }
    }
    if (passed->count == JS_PASSED_MAX) {
        return true;
    }
    char *copy = js_copy_n(key, length);
    if (copy == NULL) {
        return false;
    }
    passed->items[passed->count++] = (js_passed){copy, rule};
    return true;
}

void js_passed_clear(js_passed_keys *passed) {
    for (size_t i = 0; i < passed->count; i++) {
        free(passed->items[i].key);
    }
    free(passed->items);
    *passed = (js_passed_keys){NULL, 0};
}
