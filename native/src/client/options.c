/* One layer of options, and several as one. */
#include "client/options.h"

#include "base/error.h"
#include "base/text.h"
#include "event/properties.h"

#include <stdlib.h>
#include <string.h>

enum { ORIGIN_UNITS = 255 };

void js_options_clear(js_options *options) {
    free(options->origin);
    free(options->scope);
    for (size_t i = 0; i < options->property_count; i++) {
        free(options->properties[i].name);
        free(options->properties[i].value);
    }
    free(options->projects);
    free(options->not_keys);
    free(options->environments);
    *options = (js_options){0};
}

static bool has_control(const char *text) {
    for (size_t at = 0, length = strlen(text); at < length;) {
        int32_t code = 0;
        at += js_utf8_next(text + at, length - at, &code);
        if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) {
            return true;
        }
    }
    return false;
}

static jirasend_code check_origin(const char *origin, jirasend_error *error) {
    size_t units = origin == NULL ? 1 : js_utf16_length(origin, strlen(origin));
    if (units < 1 || units > ORIGIN_UNITS || (origin != NULL && has_control(origin))) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The origin must have 1 to %d characters and no control characters.",
                       ORIGIN_UNITS);
    }
    return JIRASEND_OK;
}

static jirasend_code check_words(const char *words, const char *what, jirasend_error *error) {
    js_strings read = JS_STRINGS_INIT;
    jirasend_code code = words == NULL ? JIRASEND_OK : js_key_words(&read, words, what, error);
    js_strings_clear(&read);
    return code;
}

static jirasend_code check_environments(const char *list, jirasend_error *error) {
    js_environment_rules read = JS_ENVIRONMENT_RULES_INIT;
    jirasend_code code =
        list == NULL ? JIRASEND_OK : js_environment_rules_list(&read, list, "environments", error);
    js_environment_rules_clear(&read);
    return code;
}

static jirasend_code copy_property(js_options *options, const jirasend_property *property,
                                   jirasend_error *error) {
    if (options->property_count == JS_PROPERTIES_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "There are more than %d properties.",
                       JS_PROPERTIES_MAX);
    }
    const char *name = property->name != NULL ? property->name : "";
    const char *value = property->value != NULL ? property->value : "";
    for (size_t i = 0; i < options->property_count; i++) {
        if (strcmp(options->properties[i].name, name) == 0) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "The property \"%.80s\" appears twice.",
                           name);
        }
    }
    jirasend_code code =
        js_property_check(name, strlen(name), value, strlen(value), JIRASEND_E_ARGUMENT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_property *copy = &options->properties[options->property_count++];
    *copy = (js_property){js_copy(name), js_copy(value)};
    return copy->name != NULL && copy->value != NULL ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code check(const jirasend_submit_options *given, jirasend_error *error) {
    if (given->size < sizeof *given) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The options lack their size: begin with JIRASEND_SUBMIT_OPTIONS_INIT.");
    }
    if (given->properties == NULL && given->property_count > 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The options count properties and have none.");
    }
    jirasend_code code = check_origin(given->origin, error);
    if (code == JIRASEND_OK) {
        code = check_words(given->projects, "projects", error);
    }
    if (code == JIRASEND_OK) {
        code = check_words(given->not_keys, "not-keys", error);
    }
    return code == JIRASEND_OK ? check_environments(given->environments, error) : code;
}

static bool copy_text(char **to, const char *from) {
    *to = js_copy(from);
    return from == NULL || *to != NULL;
}

jirasend_code js_options_read(js_options *options, const jirasend_submit_options *given,
                              jirasend_error *error) {
    *options = (js_options){0};
    if (given == NULL) {
        return JIRASEND_OK;
    }
    jirasend_code code = check(given, error);
    if (code != JIRASEND_OK) {
        return code; /* what is too short has no more members */
    }
    for (size_t i = 0; i < given->property_count && code == JIRASEND_OK; i++) {
        code = copy_property(options, &given->properties[i], error);
    }
    options->any_case = given->any_case;
    options->emails = given->emails;
    options->search = given->search;
    options->own_texts = given->own_texts;
    if (code == JIRASEND_OK &&
        !(copy_text(&options->origin, given->origin) && copy_text(&options->scope, given->scope) &&
          copy_text(&options->projects, given->projects) &&
          copy_text(&options->not_keys, given->not_keys) &&
          copy_text(&options->environments, given->environments))) {
        code = js_fail_memory(error);
    }
    if (code != JIRASEND_OK) {
        js_options_clear(options);
    }
    return code;
}

/* ---- layers ---- */

static bool fill_text(char **upper, const char *lower) {
    return *upper != NULL || copy_text(upper, lower);
}

static bool has_property(const js_options *options, const char *name) {
    for (size_t i = 0; i < options->property_count; i++) {
        if (strcmp(options->properties[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What the upper layer leaves open is the lower one's. Of properties there is room for four. */
static bool fill(js_options *upper, const js_options *lower) {
    bool good = fill_text(&upper->origin, lower->origin) &&
                fill_text(&upper->scope, lower->scope) &&
                fill_text(&upper->projects, lower->projects) &&
                fill_text(&upper->not_keys, lower->not_keys) &&
                fill_text(&upper->environments, lower->environments);
    upper->any_case = upper->any_case == JIRASEND_INHERIT ? lower->any_case : upper->any_case;
    upper->emails = upper->emails == JIRASEND_INHERIT ? lower->emails : upper->emails;
    upper->search = upper->search == JIRASEND_INHERIT ? lower->search : upper->search;
    upper->own_texts = upper->own_texts == JIRASEND_INHERIT ? lower->own_texts : upper->own_texts;
    for (size_t i = 0; i < lower->property_count && good; i++) {
        const js_property *property = &lower->properties[i];
        if (has_property(upper, property->name) || upper->property_count == JS_PROPERTIES_MAX) {
            continue;
        }
        js_property *copy = &upper->properties[upper->property_count++];
        *copy = (js_property){js_copy(property->name), js_copy(property->value)};
        good = copy->name != NULL && copy->value != NULL;
    }
    return good;
}

bool js_options_copy(js_options *to, const js_options *from) {
    *to = (js_options){0};
    if (!fill(to, from)) {
        js_options_clear(to);
        return false;
    }
    return true;
}

static bool make_keys(js_key_rules *keys, const js_options *options) {
    *keys = (js_key_rules)JS_KEY_RULES_INIT;
    keys->any_case = options->any_case == JIRASEND_YES;
    return (options->projects == NULL ||
            js_key_words(&keys->projects, options->projects, "projects", NULL) == JIRASEND_OK) &&
           (options->not_keys == NULL ||
            js_key_words(&keys->not_keys, options->not_keys, "not-keys", NULL) == JIRASEND_OK);
}

bool js_rules_make(js_rules *rules, const js_options *const *layers, size_t count) {
    *rules = (js_rules){.keys = JS_KEY_RULES_INIT, .environments = JS_ENVIRONMENT_RULES_INIT};
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = layers[i] == NULL || fill(&rules->options, layers[i]);
    }
    const char *environments = rules->options.environments;
    if (!good || !make_keys(&rules->keys, &rules->options) ||
        (environments != NULL &&
         js_environment_rules_list(&rules->environments, environments, "", NULL) != JIRASEND_OK)) {
        js_rules_clear(rules);
        return false;
    }
    rules->read = (js_read_rules){.keys = &rules->keys,
                                  .environments = &rules->environments,
                                  .no_emails = rules->options.emails == JIRASEND_NO,
                                  .no_search = rules->options.search == JIRASEND_NO,
                                  .no_own_texts = rules->options.own_texts == JIRASEND_NO};
    return true;
}

void js_rules_clear(js_rules *rules) {
    js_options_clear(&rules->options);
    js_key_rules_clear(&rules->keys);
    js_environment_rules_clear(&rules->environments);
}

jirasend_code js_rules_mark(const js_rules *rules, js_event *event, jirasend_error *error) {
    const js_options *options = &rules->options;
    if (options->origin != NULL) {
        event->origin = js_copy(options->origin);
        if (event->origin == NULL) {
            return js_fail_memory(error);
        }
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < options->property_count && code == JIRASEND_OK && !event->deletion;
         i++) {
        code = js_property_add(event, options->properties[i].name, options->properties[i].value,
                               error);
    }
    return code;
}
