/* Options of calls, sites and the client: kept, laid over each other, made ready for reading. */
#ifndef JS_CLIENT_OPTIONS_H
#define JS_CLIENT_OPTIONS_H

#include "event/document.h"

#include <jirasend/options.h>

/* One layer, checked and owned. All zero says nothing. */
typedef struct js_options {
    char *origin, *scope;
    js_property properties[JS_PROPERTIES_MAX];
    size_t property_count;
    char *projects, *not_keys, *environments;
    jirasend_choice any_case, emails, search, own_texts;
} js_options;

/* Null says nothing. ARGUMENT names what cannot be used. On failure *options says nothing. */
jirasend_code js_options_read(js_options *options, const jirasend_submit_options *given,
                              jirasend_error *error);
bool js_options_copy(js_options *to, const js_options *from);
void js_options_clear(js_options *options);

/* Layers as one, ready for use. */
typedef struct js_rules {
    js_options options;
    js_key_rules keys;
    js_environment_rules environments;
    js_read_rules read; /* points into this struct: it must not be moved */
} js_rules;

/* `layers` from the call's to the client's; nulls are passed over. False when memory is short. */
bool js_rules_make(js_rules *rules, const js_options *const *layers, size_t count);
void js_rules_clear(js_rules *rules);
/* What the options say of the event that was read with them. DOCUMENT: too many properties. */
jirasend_code js_rules_mark(const js_rules *rules, js_event *event, jirasend_error *error);

/* The rules of the sites that have options of their own, and of all others. */
typedef struct js_site_rules js_site_rules;
js_site_rules *js_site_rules_new(const js_options *config);
void js_site_rules_free(js_site_rules *rules);
/* Replaces a site's; `options` is emptied. The site "" stands for the default. MEMORY. */
bool js_site_rules_put(js_site_rules *rules, const char *site, js_options *options);
/* Between these two nobody replaces any rules. Any number of threads at the same time. */
void js_site_rules_enter(js_site_rules *rules);
void js_site_rules_leave(js_site_rules *rules);
/* Of a site by its canonical name. */
const js_rules *js_site_rules_find(const js_site_rules *rules, const char *site);
/* The layers beneath a call's for this site. */
void js_site_rules_layers(const js_site_rules *rules, const char *site,
                          const js_options *layers[2]);

#endif
