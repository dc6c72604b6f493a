/* Which words of a name say what kind of environment it is. */
#include "event/environment.h"

#include "base/text.h"

#include <string.h>

enum { WORD_SIZE = 16 }; /* more than the longest word of the list */

#define E2E "e2e" /* the one word of the list that holds a digit */

typedef struct meaning {
    const char *word;
    js_environment_type type;
} meaning;

static const meaning meanings[] = {
    {"production", JS_ENVIRONMENT_PRODUCTION},
    {"prod", JS_ENVIRONMENT_PRODUCTION},
    {"live", JS_ENVIRONMENT_PRODUCTION},
    {"prd", JS_ENVIRONMENT_PRODUCTION},
    {"stage", JS_ENVIRONMENT_STAGING},
    {"staging", JS_ENVIRONMENT_STAGING},
    {"stg", JS_ENVIRONMENT_STAGING},
    {"preprod", JS_ENVIRONMENT_STAGING},
    {"preproduction", JS_ENVIRONMENT_STAGING},
    {"uat", JS_ENVIRONMENT_STAGING},
    {"test", JS_ENVIRONMENT_TESTING},
    {"testing", JS_ENVIRONMENT_TESTING},
    {"qa", JS_ENVIRONMENT_TESTING},
    {"int", JS_ENVIRONMENT_TESTING},
    {"ci", JS_ENVIRONMENT_TESTING},
    {"nonprod", JS_ENVIRONMENT_TESTING},
    {"nonproduction", JS_ENVIRONMENT_TESTING},
    {"integration", JS_ENVIRONMENT_TESTING},
    {"sit", JS_ENVIRONMENT_TESTING},
    {"tst", JS_ENVIRONMENT_TESTING},
    {"acceptance", JS_ENVIRONMENT_TESTING},
    {"acc", JS_ENVIRONMENT_TESTING},
    {"perf", JS_ENVIRONMENT_TESTING},
    {E2E, JS_ENVIRONMENT_TESTING},
    {"dev", JS_ENVIRONMENT_DEVELOPMENT},
    {"develop", JS_ENVIRONMENT_DEVELOPMENT},
    {"devel", JS_ENVIRONMENT_DEVELOPMENT},
    {"development", JS_ENVIRONMENT_DEVELOPMENT},
    {"local", JS_ENVIRONMENT_DEVELOPMENT},
    {"sandbox", JS_ENVIRONMENT_DEVELOPMENT},
};

static js_environment_type meaning_of(const char *word) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(meanings[i].word, word) == 0) {
            return meanings[i].type;
        }
    }
    return JS_ENVIRONMENT_UNMAPPED;
}

/*
 * pre-prod and non-prod say the opposite of what their second word says alone. So does
 * pre-production: any word for production behind them is theirs.
 */
static js_environment_type meaning_after(const char *before, const char *word) {
    js_environment_type type = meaning_of(word);
    if (type == JS_ENVIRONMENT_PRODUCTION && strcmp(before, "pre") == 0) {
        return JS_ENVIRONMENT_STAGING;
    }
    if (type == JS_ENVIRONMENT_PRODUCTION && strcmp(before, "non") == 0) {
        return JS_ENVIRONMENT_TESTING;
    }
    return type;
}

/* The types are in ascending order of how productive they are, unmapped first. */
static js_environment_type less_productive(js_environment_type one, js_environment_type other) {
    if (one == JS_ENVIRONMENT_UNMAPPED || other == JS_ENVIRONMENT_UNMAPPED) {
        return one == JS_ENVIRONMENT_UNMAPPED ? other : one;
    }
    return one < other ? one : other;
}

static char lower(int32_t code) {
    return (char)(code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code);
}

/* Whether the text begins with e2e as a whole word. */
static bool at_e2e(const char *text) {
    const size_t length = sizeof(E2E) - 1;
    for (size_t i = 0; i < length; i++) {
        if (lower((unsigned char)text[i]) != E2E[i]) {
            return false;
        }
    }
    int32_t code;
    (void)js_utf8_next(text + length, strlen(text + length), &code);
    return code < 0 || !js_is_letter(code);
}

/* Reads the next word in lower case; an overlong or foreign one is empty, as it means nothing to us. */
static bool next_word(const char **text, char word[WORD_SIZE]) {
    size_t left = strlen(*text);
    size_t length = 0;
    bool inside = false;
    while (left > 0) {
        int32_t code;
        size_t size = js_utf8_next(*text, left, &code);
        bool letter = code >= 0 && js_is_letter(code);
        if (inside && !letter) {
            break;
        }
        if (letter && !inside && at_e2e(*text)) {
            memcpy(word, E2E, sizeof(E2E));
            *text += sizeof(E2E) - 1;
            return true;
        }
        if (letter) {
            inside = true;
            if (code >= 0x80 || length == WORD_SIZE) {
                length = WORD_SIZE;
            } else {
                word[length++] = lower(code);
            }
        }
        *text += size;
        left -= size;
    }
    word[length < WORD_SIZE ? length : 0] = '\0';
    return inside;
}

static js_environment_type map_text(const char *text) {
    js_environment_type type = JS_ENVIRONMENT_UNMAPPED;
    char before[WORD_SIZE] = "";
    char word[WORD_SIZE];
    while (text != NULL && next_word(&text, word)) {
        type = less_productive(type, meaning_after(before, word));
        memcpy(before, word, sizeof before);
    }
    return type;
}

js_environment_type js_environment_map(const char *name, const char *id) {
    return less_productive(map_text(name), map_text(id));
}

js_environment_type js_environment_of_word(const char *word) {
    static const char *const before[] = {"pre", "non"};
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        size_t length = strlen(before[i]);
        if (strncmp(word, before[i], length) == 0 && word[length] == '_') {
            const char *rest = word + length + 1;
            bool productive = meaning_of(rest) == JS_ENVIRONMENT_PRODUCTION;
            return productive ? meaning_after(before[i], rest) : JS_ENVIRONMENT_UNMAPPED;
        }
    }
    return meaning_of(word);
}
