/*
 * The key scan beside a simple and slow one that follows the sentences of docs/events.md letter by
 * letter. The first byte says with which rules, the rest is the text.
 */
#include "fuzz.h"

#include "base/text.h"
#include "event/keys.h"
#include "event/not_keys.h"

#include <stdlib.h>
#include <string.h>

enum { PART_MAX = 255, TEXT_MAX = 8192, ANY_CASE = 1, PROJECTS = 2, NOT_KEYS = 4 };

/* ---- the slow one ---- */

typedef struct slow {
    const char *text;
    size_t length;
    bool *word; /* word[i]: byte i belongs to a letter or digit of any script */
    const js_key_rules *rules;
    js_strings keys;
} slow;

/* By RFC 3629's table; 0: no character begins here. */
static size_t character(const unsigned char *at, size_t left, int32_t *code) {
    static const struct {
        unsigned char first, last, low, high; /* of the first byte, of the second */
        size_t length;
    } table[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (*at < table[i].first || *at > table[i].last || table[i].length > left) {
            continue;
        }
        if (table[i].length > 1 && (at[1] < table[i].low || at[1] > table[i].high)) {
            return 0;
        }
        static const int32_t mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
        *code = *at & mask[table[i].length];
        for (size_t k = 1; k < table[i].length; k++) {
            if ((at[k] & 0xC0U) != 0x80U) {
                return 0;
            }
            *code = *code * 64 + (at[k] & 0x3F);
        }
        return table[i].length;
    }
    return 0;
}

static void mark_words(slow *in) {
    for (size_t at = 0; at < in->length;) {
        int32_t code = 0;
        size_t length = character((const unsigned char *)in->text + at, in->length - at, &code);
        for (size_t i = 0; i < length; i++) {
            in->word[at + i] = js_is_letter_or_digit(code);
        }
        at += length > 0 ? length : 1;
    }
}

static bool upper_case(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool letter(char c, bool any_case) {
    return upper_case(c) || (any_case && c >= 'a' && c <= 'z');
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_project(const slow *in, size_t begin, size_t hyphen, bool any_case) {
    size_t length = hyphen - begin;
    if (length < 2 || length > PART_MAX || !letter(in->text[begin], any_case) ||
        (begin > 0 && in->word[begin - 1])) {
        return false;
    }
    for (size_t i = begin; i < hyphen; i++) {
        if (!letter(in->text[i], any_case) && !digit(in->text[i]) && in->text[i] != '_') {
            return false;
        }
    }
    return true;
}

static bool find_project(const slow *in, size_t hyphen, bool any_case, size_t *begin) {
    for (*begin = hyphen > PART_MAX ? hyphen - PART_MAX : 0; *begin < hyphen; (*begin)++) {
        if (is_project(in, *begin, hyphen, any_case)) {
            return true;
        }
    }
    return false;
}

static void take(slow *in, size_t begin, size_t hyphen, size_t end) {
    char key[2 * PART_MAX + 2];
    for (size_t i = begin; i < end; i++) {
        char c = in->text[i];
        key[i - begin] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    key[end - begin] = '\0';
    size_t project = hyphen - begin;
    key[project] = '\0';
    bool named = js_strings_contain(&in->rules->projects, key);
    bool forbidden = js_strings_contain(&in->rules->not_keys, key);
    bool well_known = js_not_a_key(key, project, key + project + 1, end - hyphen - 1);
    key[project] = '-';
    bool wanted = !forbidden && (in->rules->projects.count > 0 ? named : !well_known);
    if (wanted && !js_strings_contain(&in->keys, key)) {
        FUZZ_EXPECT(js_strings_add(&in->keys, key, end - begin));
    }
}

static void scan_slowly(slow *in) {
    mark_words(in);
    for (size_t hyphen = 0; hyphen < in->length; hyphen++) {
        size_t end = hyphen + 1;
        while (end < in->length && digit(in->text[end])) {
            end++;
        }
        size_t digits = end - hyphen - 1;
        size_t begin = 0;
        if (in->text[hyphen] != '-' || digits == 0 || digits > PART_MAX ||
            in->text[hyphen + 1] == '0' || (end < in->length && in->word[end])) {
            continue;
        }
        /* any case never hides a key that is found without it */
        if (find_project(in, hyphen, false, &begin) ||
            (in->rules->any_case && find_project(in, hyphen, true, &begin))) {
            take(in, begin, hyphen, end);
        }
    }
}

/* ---- both ---- */

static void compare(const js_key_rules *rules, const char *text, size_t length) {
    js_strings quick = JS_STRINGS_INIT;
    js_key_set *set = js_key_set_new();
    FUZZ_EXPECT(set != NULL && js_keys_scan(set, rules, text, length));
    FUZZ_EXPECT(js_key_set_take(set, &quick));
    js_key_set_free(set);
    slow other = {text, length, calloc(length + 1, sizeof(bool)), rules, JS_STRINGS_INIT};
    FUZZ_EXPECT(other.word != NULL);
    scan_slowly(&other);
    FUZZ_EXPECT(quick.count == other.keys.count);
    for (size_t i = 0; i < quick.count; i++) {
        char normal[2 * PART_MAX + 2];
        const char *key = quick.items[i];
        FUZZ_EXPECT(strcmp(key, other.keys.items[i]) == 0);
        FUZZ_EXPECT(js_key_normalise(key, strlen(key), normal, sizeof normal));
        FUZZ_EXPECT(strcmp(key, normal) == 0);
    }
    js_strings_clear(&quick);
    js_strings_clear(&other.keys);
    free(other.word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > TEXT_MAX) {
        return 0;
    }
    js_key_rules rules = JS_KEY_RULES_INIT;
    rules.any_case = (data[0] & ANY_CASE) != 0;
    if ((data[0] & PROJECTS) != 0) {
        FUZZ_EXPECT(js_key_words(&rules.projects, "APP, ops UTF", "projects", NULL) == JIRASEND_OK);
    }
    if ((data[0] & NOT_KEYS) != 0) {
        FUZZ_EXPECT(js_key_words(&rules.not_keys, "KIP,RFC,APP", "words", NULL) == JIRASEND_OK);
    }
    compare(&rules, (const char *)data + 1, size - 1);
    js_key_rules_clear(&rules);
    return 0;
}
