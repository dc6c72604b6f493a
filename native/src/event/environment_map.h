/* What a person says about the types of environments: `*-live=production`, before any word counts. */
#ifndef JS_EVENT_ENVIRONMENT_MAP_H
#define JS_EVENT_ENVIRONMENT_MAP_H

#include "event/event.h"

#include <jirasend/error.h>

typedef struct js_environment_rule {
    char *glob; /* `*` any run of characters, `?` one, over the whole text in any case */
    js_environment_type type;
} js_environment_rule;

typedef struct js_environment_rules {
    js_environment_rule *items;
    size_t count, capacity;
} js_environment_rules;

#define JS_ENVIRONMENT_RULES_INIT                                                                  \
    { NULL, 0, 0 }

/*
 * Adds one `GLOB=TYPE`; the last `=` splits, blanks around either part do not count. ARGUMENT names
 * what is wrong, `what` being where it came from ("--map-environment").
 */
jirasend_code js_environment_rules_add(js_environment_rules *rules, const char *text, size_t length,
                                       const char *what, jirasend_error *error);
/* The same for a list with commas between; empty entries are passed over. */
jirasend_code js_environment_rules_list(js_environment_rules *rules, const char *text,
                                        const char *what, jirasend_error *error);
void js_environment_rules_clear(js_environment_rules *rules);

/*
 * The type of an environment: by the first rule that fits its name or its id, else by their words
 * (event/environment.h). `rules`, and either text, may be null.
 */
js_environment_type js_environment_type_of(const js_environment_rules *rules, const char *name,
                                           const char *id);

#endif
