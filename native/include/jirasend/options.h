/*
 * How events are read and marked when they are submitted. The same options can be given for one call,
 * for a site and for a whole client: what a call leaves out is the site's, then the client's.
 */
#ifndef JIRASEND_OPTIONS_H
#define JIRASEND_OPTIONS_H

#include <jirasend/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks an event in Jira, so that all with the same can be deleted together. */
typedef struct jirasend_property {
    const char *name;  /* 1 to 255 UTF-16 units, no colon, no leading '_', not "jirasend" */
    const char *value; /* 1 to 255 UTF-16 units */
} jirasend_property;

/* For what can be left to the site or the client. */
typedef enum jirasend_choice {
    JIRASEND_INHERIT = 0,
    JIRASEND_YES = 1,
    JIRASEND_NO = 2
} jirasend_choice;

/* Owned by the caller; every text is copied by the call that takes it. Null: inherit. */
typedef struct jirasend_submit_options {
    size_t size;
    /* Of the property "jirasend", which every event carries: 1 to 255 units. Default: "default". */
    const char *origin;
    /* requestIds are unique for a site, a kind and a scope. Default: one scope for all. */
    const char *scope;
    /* At most 4, with those of the site and the client; a document's own win, then the call's. */
    const jirasend_property *properties;
    size_t property_count;
    const char *projects;     /* keep only keys of these projects, comma separated */
    const char *not_keys;     /* words that look like a project but are not, comma separated */
    const char *environments; /* "GLOB=TYPE,...", the first that fits id or name decides */
    jirasend_choice any_case; /* take issue keys in lower case, too */
    jirasend_choice emails;   /* send e-mail addresses of authors and reviewers; default: yes */
    jirasend_choice search;   /* look for issue keys in texts, names and titles; default: yes */
    /* ... in messages, names and titles, beside keyText; default: yes. No: they were searched before. */
    jirasend_choice own_texts;
} jirasend_submit_options;

#define JIRASEND_SUBMIT_OPTIONS_INIT                                                               \
    {                                                                                              \
        sizeof(jirasend_submit_options), 0, 0, 0, 0, 0, 0, 0, JIRASEND_INHERIT, JIRASEND_INHERIT,  \
            JIRASEND_INHERIT, JIRASEND_INHERIT                                                     \
    }

/*
 * The options of a whole client, beneath those of its sites and calls. Null: none. Replaces what
 * jirasend_config_set_any_case(), _projects() and _not_keys() set where it says something itself.
 * Errors: ARGUMENT (names what cannot be used), MEMORY. One thread at a time may use a config.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_config_set_options(
    jirasend_config *config, const jirasend_submit_options *options, jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
