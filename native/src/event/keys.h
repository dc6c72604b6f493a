/* Finding Jira issue keys in text. Linear in the text, whatever the text. */
#ifndef JS_EVENT_KEYS_H
#define JS_EVENT_KEYS_H

#include "base/strings.h"

#include <jirasend/error.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * `any_case` never hides a key that is found without it: feature_APP-1 holds APP-1 either way, and
 * only feature_app-1, which holds none otherwise, becomes FEATURE_APP-1.
 * A project that `projects` names is kept even when the built-in list of non-keys has its name;
 * `not_keys` beats both.
 */
typedef struct js_key_rules {
    bool any_case;       /* take lower case too; keys are upper-cased */
    js_strings projects; /* upper case; empty: all */
    js_strings not_keys; /* upper case, beside the built-in list */
} js_key_rules;

#define JS_KEY_RULES_INIT                                                                          \
    { false, JS_STRINGS_INIT, JS_STRINGS_INIT }

/* Splits "APP, OPS" at commas and white space, upper-cased, into the list. ARGUMENT names a bad word. */
jirasend_code js_key_words(js_strings *list, const char *text, const char *what,
                           jirasend_error *error);
void js_key_rules_clear(js_key_rules *rules);

/* Why a text that looks like a key was passed over. The numbers are on people's disks. */
typedef enum js_key_rule {
    JS_RULE_PROJECTS = 1, /* not of the projects that were asked for */
    JS_RULE_NOT_KEYS = 2, /* a word that looks like a project but is not one */
    JS_RULE_CASE = 3,     /* in lower case */
    JS_RULE_BORDER = 4,   /* a letter or digit is directly before or after it */
    JS_RULE_TOO_MANY = 5  /* beyond Jira's limit */
} js_key_rule;
enum { JS_RULE_FIRST = JS_RULE_PROJECTS, JS_RULE_LAST = JS_RULE_TOO_MANY };

typedef struct js_passed {
    char *key; /* upper case */
    js_key_rule rule;
} js_passed;

/* The first JS_PASSED_MAX keys that were passed over, each once. */
typedef struct js_passed_keys {
    js_passed *items; /* room for JS_PASSED_MAX, or null */
    size_t count;
} js_passed_keys;
enum { JS_PASSED_MAX = 100 };

/* Adds a key unless it is there, or the list is full. False when memory is short. */
bool js_passed_add(js_passed_keys *passed, const char *key, size_t length, js_key_rule rule);
void js_passed_clear(js_passed_keys *passed);
const char *js_key_rule_name(js_key_rule rule);
bool js_key_rule_from_name(const char *name, js_key_rule *rule);

/* An ordered set of keys (open hashing inside): adding stays cheap with 100,000 keys in a text. */
typedef struct js_key_set js_key_set;
js_key_set *js_key_set_new(void);
void js_key_set_free(js_key_set *set);
/* Adds one key as it is, unless there. False when memory is short. */
bool js_key_set_add(js_key_set *set, const char *key, size_t length);
bool js_key_set_holds(const js_key_set *set, const char *key, size_t length);
size_t js_key_set_count(const js_key_set *set);
/* Adds all keys of the text in their order. False when memory is short. */
bool js_keys_scan(js_key_set *set, const js_key_rules *rules, const char *text, size_t length);
/* The same, and notes what it passes over and why. A key in both was taken elsewhere in the texts. */
bool js_keys_scan_noting(js_key_set *set, const js_key_rules *rules, js_passed_keys *passed,
                         const char *text, size_t length);
/*
 * The key after this one, which has that length, or the first after null; null: there is none. Valid until one is
 * added.
 */
const char *js_key_set_next(const js_key_set *set, const char *key, size_t *length);
/*
 * Moves the keys out, in order, in place of what was in the list; the set is empty then. False when memory is
 * short: they are all in the set still, and the list is empty.
 */
bool js_key_set_take(js_key_set *set, js_strings *keys);

/* Whether the whole text is one key once upper-cased (a key that a person gave). Writes it upper-cased. */
bool js_key_normalise(const char *text, size_t length, char *out, size_t out_size);

#endif
