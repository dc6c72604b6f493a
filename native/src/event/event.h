/* One build or deployment, as a struct. Everything a document can say, and nothing else. */
#ifndef JS_EVENT_EVENT_H
#define JS_EVENT_EVENT_H

#include "base/strings.h"
#include "event/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum js_kind { JS_BUILD = 1, JS_DEPLOYMENT = 2 } js_kind;
enum { JS_KINDS = 2 };

typedef enum js_state {
    JS_STATE_PENDING,
    JS_STATE_IN_PROGRESS,
    JS_STATE_SUCCESSFUL,
    JS_STATE_FAILED,
    JS_STATE_CANCELLED,
    JS_STATE_ROLLED_BACK, /* deployments only */
    JS_STATE_UNKNOWN
} js_state;

typedef enum js_environment_type {
    JS_ENVIRONMENT_UNMAPPED,
    JS_ENVIRONMENT_DEVELOPMENT,
    JS_ENVIRONMENT_TESTING,
    JS_ENVIRONMENT_STAGING,
    JS_ENVIRONMENT_PRODUCTION
} js_environment_type;

typedef struct js_tests {
    bool given;
    int64_t total, passed, failed, skipped;
} js_tests;

typedef struct js_reference {
    char *commit_id, *commit_repository_uri; /* both or neither */
    char *ref_name, *ref_uri;                /* both or neither */
} js_reference;

typedef struct js_commit {
    char *hash, *repository_id;
} js_commit;

/* Jira's own limit for references; the association limit is in event/limits.h. */
enum { JS_REFERENCES_MAX = 5 };

typedef struct js_event {
    js_kind kind;
    js_site site;
    char *request_id; /* null when none */
    char *pipeline_id;
    char *pipeline_name; /* never null after reading: the id stands in */
    char *pipeline_url;  /* deployments; never null after reading: the url stands in */
    int64_t number;
    char *url;
    js_state state;
    int64_t updated_at_ms;
    char *description;     /* null when absent or empty */
    char *label;           /* likewise */
    js_strings issue_keys; /* given and scanned, without duplicates, in order */
    js_tests tests;        /* builds */
    js_reference references[JS_REFERENCES_MAX]; /* builds */
    size_t reference_count;
    char *environment_id, *environment_name; /* deployments, never null there */
    js_environment_type environment_type;
    bool has_duration;
    int64_t duration_s;
    js_strings services;
    js_commit *commits;
    size_t commit_count;
    js_strings repositories;
    bool gate;
    int64_t dropped; /* association values over Jira's limit, left out */
} js_event;

void js_event_init(js_event *event);
void js_event_free(js_event *event);
/* Whether there is anything to associate it with. Builds: issue keys only. */
bool js_event_has_associations(const js_event *event);

const char *js_kind_name(js_kind kind);
bool js_kind_from_name(const char *name, js_kind *kind);
const char *js_state_name(js_state state);
bool js_state_from_name(js_kind kind, const char *name, js_state *state);
const char *js_environment_type_name(js_environment_type type);
bool js_environment_type_from_name(const char *name, js_environment_type *type);

#endif
