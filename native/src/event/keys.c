#include "event/keys.h"

#include "base/error.h"
#include "base/text.h"
#include "event/not_keys.h"

#include <string.h>

enum { PART_MAX = 255, KEY_MAX = 2 * PART_MAX + 1, SHOWN_MAX = 60 };

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_upper(char byte) {
    return byte >= 'A' && byte <= 'Z';
}

static bool is_lower(char byte) {
    return byte >= 'a' && byte <= 'z';
}

static char upper(char byte) {
    return is_lower(byte) ? (char)(byte - 'a' + 'A') : byte;
}

static bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* ---- Words of an option -------------------------------------------------------------------- */

static bool is_word(const char *word, size_t length) {
    if (length > PART_MAX || !js_is_letter((unsigned char)word[0])) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)word[i];
        if (byte >= 0x80U || (!js_is_letter_or_digit(byte) && byte != '_')) {
            return false;
        }
    }
    return true;
}

static jirasend_code bad_word(const char *word, size_t length, const char *what,
                              jirasend_error *error) {
    js_buf shown = JS_BUF_INIT;
    js_text_escape(&shown, word, js_utf8_cut(word, length, SHOWN_MAX));
    jirasend_code code =
        shown.failed ? js_fail_memory(error)
                     : js_fail(error, JIRASEND_E_ARGUMENT,
                               "%s: \"%s\" is not the key of a project. Give letters, digits and "
                               "underscores, beginning with a letter, such as APP,OPS.",
                               what, shown.data);
    js_buf_free(&shown);
    return code;
}

static bool add_upper(js_strings *list, const char *word, size_t length) {
    if (!js_strings_add(list, word, length)) {
        return false;
    }
    for (char *at = list->items[list->count - 1]; *at != '\0'; at++) {
        *at = upper(*at);
    }
    return true;
}

jirasend_code js_key_words(js_strings *list, const char *text, const char *what,
                           jirasend_error *error) {
    while (*text != '\0') {
        size_t length = 0;
        while (text[length] != '\0' && text[length] != ',' && !is_space(text[length])) {
            length++;
        }
        if (length > 0) {
            if (!is_word(text, length)) {
                return bad_word(text, length, what, error);
            }
            if (!add_upper(list, text, length)) {
                return js_fail_memory(error);
            }
        }
        text += length + (text[length] != '\0' ? 1 : 0);
    }
    return JIRASEND_OK;
}

void js_key_rules_free(js_key_rules *rules) {
    js_strings_free(&rules->projects);
    js_strings_free(&rules->not_keys);
    rules->any_case = false;
}

/* ---- Scanning ------------------------------------------------------------------------------ */

/*
 * The grammar is [A-Z][A-Z0-9_]+-[1-9][0-9]*, each part of at most 255 characters, with no letter
 * or digit of any script directly before or after. One pass over the text: at each byte we know
 * where a project part that reaches up to here may have begun, so that a hyphen and its digits
 * decide at once. Nothing is read twice but the underscores of an overlong project part.
 */
enum { NOWHERE = -1 };

typedef struct scan {
    js_key_set *set;
    const js_key_rules *rules;
    const char *text;
    ptrdiff_t length;
    ptrdiff_t strict;   /* where an upper-case project part began, or NOWHERE */
    ptrdiff_t any_case; /* the same when case does not matter */
    bool after_word;    /* the character before is a letter or digit: nothing may begin here */
} scan;

/* Whether the rules let a key of this project through. All in upper case. */
static bool is_wanted(const js_key_rules *rules, const char *key, size_t project_length,
                      size_t length) {
    char project[PART_MAX + 1];
    memcpy(project, key, project_length);
    project[project_length] = '\0';
    if (js_strings_contain(&rules->not_keys, project)) {
        return false;
    }
    if (rules->projects.count > 0) {
        return js_strings_contain(&rules->projects, project);
    }
    return !js_not_a_key(key, project_length, key + project_length + 1,
                         length - project_length - 1);
}

static bool report(scan *in, ptrdiff_t begin, ptrdiff_t hyphen, ptrdiff_t end) {
    char key[KEY_MAX];
    size_t length = (size_t)(end - begin);
    for (size_t i = 0; i < length; i++) {
        key[i] = upper(in->text[(size_t)begin + i]);
    }
    return !is_wanted(in->rules, key, (size_t)(hyphen - begin), length) ||
           js_key_set_add(in->set, key, length);
}

static bool starts_project(const scan *in, char byte, bool strict) {
    return is_upper(byte) || (!strict && in->rules->any_case && is_lower(byte));
}

/*
 * The longest project part that ends before the hyphen and has 2 to 255 characters. When the run is
 * longer, a later letter after an underscore may still begin one.
 */
static ptrdiff_t project_begin(const scan *in, ptrdiff_t begin, ptrdiff_t hyphen, bool strict) {
    if (begin == NOWHERE) {
        return NOWHERE;
    }
    if (hyphen - begin > PART_MAX) {
        begin = hyphen - PART_MAX;
        while (begin < hyphen &&
               !(in->text[begin - 1] == '_' && starts_project(in, in->text[begin], strict))) {
            begin++;
        }
    }
    return hyphen - begin >= 2 ? begin : NOWHERE;
}

static bool word_at(const scan *in, ptrdiff_t at) {
    int32_t code;
    if (at >= in->length) {
        return false;
    }
    (void)js_utf8_next(in->text + at, (size_t)(in->length - at), &code);
    return code >= 0 && js_is_letter_or_digit(code);
}

/* At a hyphen: reads the number after it, reports a key if there is one, and stands behind it. */
static bool take_number(scan *in, ptrdiff_t *at) {
    ptrdiff_t hyphen = *at;
    ptrdiff_t end = hyphen + 1;
    while (end < in->length && is_digit(in->text[end])) {
        end++;
    }
    ptrdiff_t digits = end - hyphen - 1;
    bool number = digits > 0 && digits <= PART_MAX && in->text[hyphen + 1] != '0';
    /* A key in upper case comes first: any_case must not turn feature_APP-1 into FEATURE_APP-1. */
    ptrdiff_t begin = project_begin(in, in->strict, hyphen, true);
    if (begin == NOWHERE) {
        begin = project_begin(in, in->any_case, hyphen, false);
    }
    in->strict = NOWHERE;
    in->any_case = NOWHERE;
    in->after_word = digits > 0;
    *at = end;
    return begin == NOWHERE || !number || word_at(in, end) || report(in, begin, hyphen, end);
}

/* Any character but a hyphen. */
static void take_character(scan *in, ptrdiff_t *at) {
    char byte = in->text[*at];
    if (is_upper(byte) || is_lower(byte)) {
        if (is_lower(byte)) {
            in->strict = NOWHERE;
        } else if (in->strict == NOWHERE && !in->after_word) {
            in->strict = *at;
        }
        if (!in->rules->any_case) {
            in->any_case = NOWHERE;
        } else if (in->any_case == NOWHERE && !in->after_word) {
            in->any_case = *at;
        }
        in->after_word = true;
        *at += 1;
        return;
    }
    if (is_digit(byte) || byte == '_') {
        in->after_word = byte != '_';
        *at += 1;
        return;
    }
    int32_t code;
    *at += (ptrdiff_t)js_utf8_next(in->text + *at, (size_t)(in->length - *at), &code);
    in->strict = NOWHERE;
    in->any_case = NOWHERE;
    in->after_word = code >= 0 && js_is_letter_or_digit(code);
}

bool js_keys_scan(js_key_set *set, const js_key_rules *rules, const char *text, size_t length) {
    scan in = {set, rules, text, (ptrdiff_t)length, NOWHERE, NOWHERE, false};
    for (ptrdiff_t at = 0; at < in.length;) {
        if (text[at] != '-') {
            take_character(&in, &at);
        } else if (!take_number(&in, &at)) {
            return false;
        }
    }
    return true;
}

/* ---- One key ------------------------------------------------------------------------------- */

bool js_key_normalise(const char *text, size_t length, char *out, size_t out_size) {
    size_t project = 0;
    while (project < length &&
           (is_upper(upper(text[project])) ||
            (project > 0 && (is_digit(text[project]) || text[project] == '_')))) {
        project++;
    }
    if (project < 2 || project > PART_MAX || project == length || text[project] != '-') {
        return false;
    }
    size_t digits = length - project - 1;
    if (digits == 0 || digits > PART_MAX || text[project + 1] == '0' || length >= out_size) {
        return false;
    }
    for (size_t i = project + 1; i < length; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < length; i++) {
        out[i] = upper(text[i]);
    }
    out[length] = '\0';
    return true;
}
