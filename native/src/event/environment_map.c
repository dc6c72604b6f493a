/* The types of environments by patterns that a person gave. */
#include "event/environment_map.h"

#include "base/error.h"
#include "base/text.h"
#include "event/environment.h"
#include "event/limits.h"
#include "event/words.h"

#include <stdlib.h>
#include <string.h>

/* ---- matching ---- */

/* In lower case, of the scripts in which systems are named: Latin, Greek, Cyrillic. */
static int32_t fold(int32_t code) {
    bool ascii = code >= 'A' && code <= 'Z';
    bool latin = code >= 0xC0 && code <= 0xDE && code != 0xD7;
    bool greek = code >= 0x391 && code <= 0x3A9;
    bool cyrillic = code >= 0x410 && code <= 0x42F;
    if (ascii || latin || greek || cyrillic) {
        return code + 0x20;
    }
    return code >= 0x400 && code <= 0x40F ? code + 0x50 : code;
}

static size_t next(const char *text, int32_t *code) {
    size_t size = js_utf8_next(text, strlen(text), code);
    *code = fold(*code);
    return size;
}

/* Behind a star that fitted too little the search goes on one character later: no recursion. */
static bool fits(const char *glob, const char *text) {
    const char *star = NULL;
    const char *behind_star = NULL;
    while (*text != '\0') {
        int32_t wanted = 0;
        int32_t found;
        size_t taken = next(text, &found);
        size_t size = *glob == '\0' ? 0 : next(glob, &wanted);
        if (*glob == '*') {
            star = ++glob;
            behind_star = text;
        } else if (size > 0 && (*glob == '?' || wanted == found)) {
            glob += size;
            text += taken;
        } else if (star != NULL) {
            behind_star += next(behind_star, &found);
            glob = star;
            text = behind_star;
        } else {
            return false;
        }
    }
    return glob[strspn(glob, "*")] == '\0';
}

js_environment_type js_environment_type_of(const js_environment_rules *rules, const char *name,
                                           const char *id) {
    for (size_t i = 0; rules != NULL && i < rules->count; i++) {
        const char *glob = rules->items[i].glob;
        if ((name != NULL && fits(glob, name)) || (id != NULL && fits(glob, id))) {
            return rules->items[i].type;
        }
    }
    return js_environment_map(name, id);
}

/* ---- reading ---- */

typedef struct span {
    const char *text;
    size_t length;
} span;

static bool is_blank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static span trimmed(const char *text, size_t length) {
    while (length > 0 && is_blank(*text)) {
        text++;
        length--;
    }
    while (length > 0 && is_blank(text[length - 1])) {
        length--;
    }
    return (span){text, length};
}

static jirasend_code fail_rule(const span *rule, const char *what, jirasend_error *error) {
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, rule->text, rule->length);
    return js_fail(error, JIRASEND_E_ARGUMENT,
                   "%s: \"%s\" is not GLOB=TYPE. Give a pattern for the name or id of an "
                   "environment and one of %s, such as *-live=production.",
                   what, shown, js_environment_type_words);
}

/* Longer than any word that there is. */
enum { WORD_SIZE = 64 };

static bool read_type(js_environment_type *type, const span *text) {
    char copy[WORD_SIZE];
    if (text->length >= sizeof copy || memchr(text->text, '\0', text->length) != NULL) {
        return false;
    }
    memcpy(copy, text->text, text->length);
    copy[text->length] = '\0';
    const char *word = js_environment_type_word(copy);
    return word != NULL && js_environment_type_from_name(word, type);
}

static bool append(js_environment_rules *rules, const span *glob, js_environment_type type) {
    if (rules->count == rules->capacity) {
        size_t capacity = rules->capacity == 0 ? 4 : 2 * rules->capacity;
        js_environment_rule *grown = realloc(rules->items, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        rules->items = grown;
        rules->capacity = capacity;
    }
    char *copy = js_copy_n(glob->text, glob->length);
    if (copy == NULL) {
        return false;
    }
    rules->items[rules->count++] = (js_environment_rule){copy, type};
    return true;
}

jirasend_code js_environment_rules_add(js_environment_rules *rules, const char *text, size_t length,
                                       const char *what, jirasend_error *error) {
    span rule = trimmed(text, length);
    size_t split = rule.length;
    while (split > 0 && rule.text[split - 1] != '=') {
        split--;
    }
    js_environment_type type;
    if (split == 0) {
        return fail_rule(&rule, what, error);
    }
    span glob = trimmed(rule.text, split - 1);
    span word = trimmed(rule.text + split, rule.length - split);
    if (glob.length == 0 || memchr(glob.text, '\0', glob.length) != NULL ||
        !read_type(&type, &word)) {
        return fail_rule(&rule, what, error);
    }
    return append(rules, &glob, type) ? JIRASEND_OK : js_fail_memory(error);
}

jirasend_code js_environment_rules_list(js_environment_rules *rules, const char *text,
                                        const char *what, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    while (*text != '\0' && code == JIRASEND_OK) {
        size_t length = strcspn(text, ",");
        span rule = trimmed(text, length);
        if (rule.length > 0) {
            code = js_environment_rules_add(rules, rule.text, rule.length, what, error);
        }
        text += length + (text[length] == ',' ? 1 : 0);
    }
    return code;
}

void js_environment_rules_clear(js_environment_rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].glob);
    }
    free(rules->items);
    *rules = (js_environment_rules)JS_ENVIRONMENT_RULES_INIT;
}
