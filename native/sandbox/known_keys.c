/* Which issue keys this Jira knows. */
#include "known_keys.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static bool is_pattern(const char *word, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)word[i]) && strchr("_-*?", word[i]) == NULL) {
            return false;
        }
    }
    return length > 0;
}

bool sb_known_keys_parse(js_strings *patterns, const char *text, char bad[64]) {
    static const char separators[] = ", \t\r\n";
    bad[0] = '\0';
    text += strspn(text, separators);
    while (*text != '\0') {
        size_t length = strcspn(text, separators);
        if (!is_pattern(text, length)) {
            (void)snprintf(bad, 64, "%.*s", (int)(length < 60 ? length : 60), text);
            return false;
        }
        if (!js_strings_add(patterns, text, length)) {
            return false;
        }
        text += length;
        text += strspn(text, separators);
    }
    return true;
}

bool sb_known_key(const js_strings *patterns, const char *key) {
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i], key, FNM_CASEFOLD) == 0) {
            return true;
        }
    }
    return patterns->count == 0;
}
