/* Finding issue keys in text. */
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
    js_buf_clear(&shown);
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
        while (text[length] != '\0' && strchr(",;", text[length]) == NULL &&
               !is_space(text[length])) {
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

void js_key_rules_clear(js_key_rules *rules) {
    js_strings_clear(&rules->projects);
    js_strings_clear(&rules->not_keys);
    rules->any_case = false;
}

/* ---- Scanning ------------------------------------------------------------------------------ */

/*
 * The grammar is [A-Z][A-Z0-9_]+-[1-9][0-9]*, each part of at most 255 characters, with nothing that
 * joins() directly before or after. A key needs a hyphen before a digit, which texts
 * seldom have: so memchr() looks for hyphens, as fast as memory is read, and only at such a one we
 * look back for the project. Never back beyond the number before: each byte is looked at a few
 * times, whatever the text.
 */
enum { NOWHERE = -1 };

/* A project whose keys are taken, whatever their number: in a text the same few come again and again. */
enum { TAKEN_PROJECTS = 128, TAKEN_LENGTH = 15 };
typedef struct taken_project {
    unsigned char length; /* 0: none */
    char name[TAKEN_LENGTH];
} taken_project;

typedef struct scan {
    js_key_set *set;
    const js_key_rules *rules;
    js_passed_keys *passed; /* null: nobody asks */
    const char *text;
    ptrdiff_t length;
    ptrdiff_t from; /* what comes before belongs to the number before, or to the hyphen */
    taken_project taken[TAKEN_PROJECTS];
} scan;

/* The rule by which a key of this project is passed over; 0: none. All in upper case. */
static int rule_against(const js_key_rules *rules, const char *key, size_t project_length,
                        size_t length) {
    char project[PART_MAX + 1];
    memcpy(project, key, project_length);
    project[project_length] = '\0';
    if (js_strings_contain(&rules->not_keys, project)) {
        return JS_RULE_NOT_KEYS;
    }
    if (rules->projects.count > 0) {
        return js_strings_contain(&rules->projects, project) ? 0 : JS_RULE_PROJECTS;
    }
    bool none =
        js_not_a_key(key, project_length, key + project_length + 1, length - project_length - 1);
    return none ? JS_RULE_NOT_KEYS : 0;
}

static size_t copy_upper(const scan *in, ptrdiff_t begin, ptrdiff_t end, char key[KEY_MAX]) {
    size_t length = (size_t)(end - begin);
    for (size_t i = 0; i < length; i++) {
        key[i] = upper(in->text[(size_t)begin + i]);
    }
    return length;
}

static taken_project *taken_at(scan *in, const char *name, size_t length) {
    unsigned mark = 0;
    for (size_t i = 0; i < length; i++) {
        mark = mark * 11U + (unsigned char)name[i]; /* whoever makes two collide gains nothing */
    }
    return &in->taken[mark % TAKEN_PROJECTS];
}

static bool is_taken(const taken_project *known, const char *name, size_t length) {
    return known->length == length && memcmp(known->name, name, length) == 0;
}

static bool report(scan *in, ptrdiff_t begin, ptrdiff_t hyphen, ptrdiff_t end) {
    char key[KEY_MAX];
    size_t length = copy_upper(in, begin, end, key);
    size_t project = (size_t)(hyphen - begin);
    taken_project *known = taken_at(in, key, project);
    if (is_taken(known, key, project)) {
        return js_key_set_add(in->set, key, length);
    }
    if (js_key_set_holds(in->set, key, length)) {
        return true;
    }
    int rule = rule_against(in->rules, key, project, length);
    if (rule == 0) {
        if (project <= TAKEN_LENGTH && !js_not_a_key_sometimes(key, project)) {
            known->length = (unsigned char)project;
            memcpy(known->name, key, project);
        }
        return js_key_set_add(in->set, key, length);
    }
    return in->passed == NULL || js_passed_add(in->passed, key, length, (js_key_rule)rule);
}

static bool starts_project(char byte, bool strict) {
    return is_upper(byte) || (!strict && is_lower(byte));
}

static bool in_project(char byte, bool strict) {
    return starts_project(byte, strict) || is_digit(byte) || byte == '_';
}

/*
 * Whether no key may begin or end next to the character: a letter or digit of any script, but for the
 * letters of scripts that put no blanks between words. There a key is in the middle of a sentence.
 */
static bool joins(int32_t code) {
    return code >= 0 && js_is_letter_or_digit(code) && !js_is_unspaced_letter(code);
}

/* Whether the character before is one that a key may not follow. */
static bool word_before(const scan *in, ptrdiff_t at) {
    ptrdiff_t lead = at - 1;
    while (lead > 0 && at - lead < 4 && ((unsigned char)in->text[lead] & 0xC0U) == 0x80U) {
        lead--;
    }
    int32_t code;
    return at > 0 &&
           js_utf8_next(in->text + lead, (size_t)(at - lead), &code) == (size_t)(at - lead) &&
           joins(code);
}

/* Where a project part that ends before the hyphen may have begun at the earliest, or NOWHERE. */
static ptrdiff_t run_begin(const scan *in, ptrdiff_t hyphen, bool strict) {
    ptrdiff_t at = hyphen;
    while (at > in->from && in_project(in->text[at - 1], strict)) {
        at--;
    }
    bool after_word = at < hyphen && word_before(in, at);
    for (; at < hyphen; at++) {
        if (!after_word && starts_project(in->text[at], strict)) {
            return at;
        }
        after_word = in->text[at] != '_';
    }
    return NOWHERE;
}

/*
 * The longest project part that ends before the hyphen and has 2 to 255 characters. When the run is
 * longer, a later letter after an underscore may still begin one.
 */
static ptrdiff_t project_begin(const scan *in, ptrdiff_t hyphen, bool strict) {
    ptrdiff_t begin = run_begin(in, hyphen, strict);
    if (begin != NOWHERE && hyphen - begin > PART_MAX) {
        begin = hyphen - PART_MAX;
        while (begin < hyphen &&
               !(in->text[begin - 1] == '_' && starts_project(in->text[begin], strict))) {
            begin++;
        }
    }
    return begin != NOWHERE && hyphen - begin >= 2 ? begin : NOWHERE;
}

static bool word_at(const scan *in, ptrdiff_t at) {
    int32_t code;
    if (at >= in->length) {
        return false;
    }
    (void)js_utf8_next(in->text + at, (size_t)(in->length - at), &code);
    return joins(code);
}

/* The same, were a letter or digit before it no matter. */
static ptrdiff_t unbordered_begin(const scan *in, ptrdiff_t hyphen) {
    ptrdiff_t begin = hyphen;
    while (begin > in->from && hyphen - begin < PART_MAX && in_project(in->text[begin - 1], true)) {
        begin--;
    }
    while (begin < hyphen && !starts_project(in->text[begin], true)) {
        begin++;
    }
    return hyphen - begin >= 2 ? begin : NOWHERE;
}

/* Somebody wants to know what looks like a key, and is not taken for one. */
static bool note_other(scan *in, ptrdiff_t hyphen, ptrdiff_t end) {
    ptrdiff_t begin = unbordered_begin(in, hyphen);
    js_key_rule rule = JS_RULE_BORDER;
    if (begin == NOWHERE && !word_at(in, end)) {
        begin = project_begin(in, hyphen, false);
        rule = JS_RULE_CASE;
    }
    char key[KEY_MAX];
    size_t length = begin == NOWHERE ? 0 : copy_upper(in, begin, end, key);
    /* What would be no key in any case or place needs no mention. */
    bool none = length == 0 || js_key_set_holds(in->set, key, length) ||
                rule_against(in->rules, key, (size_t)(hyphen - begin), length) != 0;
    return none || js_passed_add(in->passed, key, length, rule);
}

/* Reads the number after a hyphen, reports a key if there is one, and goes on after it. */
static bool take_number(scan *in, ptrdiff_t hyphen) {
    ptrdiff_t end = hyphen + 1;
    while (end < in->length && is_digit(in->text[end])) {
        end++;
    }
    ptrdiff_t digits = end - hyphen - 1;
    ptrdiff_t begin = NOWHERE;
    bool number = digits > 0 && digits <= PART_MAX && in->text[hyphen + 1] != '0';
    if (number && !word_at(in, end)) {
        /* One in upper case first: any_case must not turn feature_APP-1 into FEATURE_APP-1. */
        begin = project_begin(in, hyphen, true);
        if (begin == NOWHERE && in->rules->any_case) {
            begin = project_begin(in, hyphen, false);
        }
    }
    bool good = true;
    if (begin != NOWHERE) {
        good = report(in, begin, hyphen, end);
    } else if (number && in->passed != NULL) {
        good = note_other(in, hyphen, end);
    }
    in->from = end;
    return good;
}

bool js_keys_scan(js_key_set *set, const js_key_rules *rules, const char *text, size_t length) {
    return js_keys_scan_noting(set, rules, NULL, text, length);
}

bool js_keys_scan_noting(js_key_set *set, const js_key_rules *rules, js_passed_keys *passed,
                         const char *text, size_t length) {
    scan in = {
        .set = set, .rules = rules, .passed = passed, .text = text, .length = (ptrdiff_t)length};
    while (in.from < in.length) {
        const char *hyphen = memchr(text + in.from, '-', (size_t)(in.length - in.from));
        if (hyphen == NULL) {
            break;
        }
        if (!take_number(&in, hyphen - text)) {
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
