/* One piece of news as a struct: everything a document can say, and nothing else. */
#ifndef JS_EVENT_EVENT_H
#define JS_EVENT_EVENT_H

#include "base/strings.h"
#include "event/devinfo.h"
#include "event/keys.h"
#include "event/site.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers of kinds and APIs are on people's disks. */
typedef enum js_kind {
    JS_KIND_BUILD = 1,
    JS_KIND_DEPLOYMENT = 2,
    JS_KIND_FLAG = 3,
    JS_KIND_COMMIT = 4,
    JS_KIND_BRANCH = 5,
    JS_KIND_PULL_REQUEST = 6,
    JS_KIND_REPOSITORY = 7 /* there to be deleted */
} js_kind;
enum { JS_KIND_FIRST = JS_KIND_BUILD, JS_KIND_LAST = JS_KIND_REPOSITORY };

typedef enum js_api {
    JS_API_NONE = 0, /* the whole site, where a lane is asked for */
    JS_API_BUILDS = 1,
    JS_API_DEPLOYMENTS = 2,
    JS_API_FLAGS = 3,
    JS_API_DEVINFO = 4
} js_api;
enum { JS_API_FIRST = JS_API_BUILDS, JS_API_LAST = JS_API_DEVINFO };

typedef struct js_kind_info js_kind_info; /* event/kind.h */

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

/* Where an issue key was found. */
typedef enum js_key_source {
    JS_KEY_GIVEN,
    JS_KEY_BRANCH,
    JS_KEY_TAG,
    JS_KEY_TITLE,
    JS_KEY_MESSAGE,
    JS_KEY_TEXT
} js_key_source;

typedef struct js_found {
    js_key_source from;
    char *commit; /* whose message it was; may be null */
} js_found;

typedef struct js_property {
    char *name, *value;
} js_property;
/* Jira takes five; one of them, `jirasend`, is ours. */
enum { JS_PROPERTIES_MAX = 4 };

typedef struct js_tests {
    bool given;
    int64_t total, passed, failed, skipped;
} js_tests;

typedef struct js_reference {
    char *commit_id, *commit_repository_uri; /* both or neither */
    char *ref_name, *ref_uri;                /* both or neither */
} js_reference;
/* Jira's own limit for references; the association limit is in event/limits.h. */
enum { JS_REFERENCES_MAX = 5 };

/* What builds and deployments have in common. */
typedef struct js_run {
    char *pipeline_id;
    char *pipeline_name; /* never null after reading: the id stands in */
    int64_t number;
    js_state state;
    char *description; /* null when absent or empty */
    char *label;       /* likewise */
    js_reference references[JS_REFERENCES_MAX];
    size_t reference_count;
} js_run;

typedef struct js_build {
    js_run run;
    js_tests tests;
} js_build;

typedef struct js_environment {
    char *id, *name;
    js_environment_type type;
} js_environment;

typedef struct js_deployment {
    js_run run;
    char *pipeline_url; /* never null after reading: the url stands in */
    js_environment environment;
    bool has_duration;
    int64_t duration_s;
    char *revision; /* the commit that runs there, for our own history; null when none */
} js_deployment;

/* To whom a flag is rolled out; Jira takes one of the three. */
typedef enum js_rollout_form {
    JS_ROLLOUT_NONE,
    JS_ROLLOUT_PERCENTAGE,
    JS_ROLLOUT_TEXT,
    JS_ROLLOUT_RULES
} js_rollout_form;

typedef struct js_rollout {
    js_rollout_form form;
    char *text;    /* the digits of the percentage, as they were given, or the text */
    int64_t rules; /* how many */
} js_rollout;

typedef struct js_flag_status {
    bool enabled;
    char *default_value; /* null when absent or empty */
    js_rollout rollout;
} js_flag_status;

typedef struct js_flag_environment {
    char *name;
    js_environment_type type; /* Jira has no word for unmapped here: it is left out */
    char *url;                /* never null after reading: the flag's stands in */
    js_flag_status status;
    int64_t updated_at_ms; /* the flag's stands in */
} js_flag_environment;

typedef struct js_flag {
    char *id, *key, *name; /* never null after reading */
    js_flag_status status;
    js_flag_environment *environments;
    size_t environment_count;
} js_flag;

/* A commit that a deployment is tied to. */
typedef struct js_commit_tie {
    char *hash, *repository_id;
} js_commit_tie;

typedef struct js_event {
    js_kind kind;
    js_site site;
    char *request_id; /* null when none */
    char *origin;     /* of the property `jirasend`; null: "default" */
    char *url;        /* null: a flag whose environments have their own, and commits (of.commit) */
    int64_t updated_at_ms;
    bool history;  /* news of the past */
    bool deletion; /* only the stream's members are there */
    char *sweep;   /* a deletion of all that has these properties (event/sweep.h); else null */
    bool no_transitions; /* of development information: Jira moves no issue for it */
    bool gate;           /* deployments */
    js_property properties[JS_PROPERTIES_MAX];
    size_t property_count;

    /* What it is tied to in Jira. */
    js_strings issue_keys; /* given and found, without duplicates, in order */
    js_found *found;       /* where each of them was found; null: all were given */
    js_passed_keys passed; /* what its texts hold and was not taken for a key */
    js_strings services;
    js_commit_tie *commits;
    size_t commit_count;
    js_strings repositories;
    int64_t dropped; /* values over Jira's limit, left out */

    union {
        js_run run; /* of builds and deployments alike */
        js_build build;
        js_deployment deployment;
        js_flag flag;
        js_repository repository; /* of all development information alike */
        js_commit_news commit;
        js_branch branch;
        js_pull_request pull_request;
    } of;
} js_event;

/*
 * What a newer update replaces: a build, a flag, a branch. Together with its lane it names a stream.
 * Kinds of one API that have no number of their own take different negative ones, so that their
 * streams never meet. The texts belong to the event.
 */
typedef struct js_stream {
    const char *name; /* pipelineId, flagId, repository id */
    int64_t number;
    const char *part; /* environment.id, hash, name of a branch; "" when there is none */
} js_stream;

void js_event_init(js_event *event);
void js_event_clear(js_event *event);
js_stream js_event_stream(const js_event *event);
/*
 * The stream that the event gives a number to besides its own: a branch that of its last commit.
 * False: there is none.
 */
bool js_event_stream_touched(const js_event *event, js_stream *stream);
/*
 * Where the keys belong with which Jira last took the stream it touches, as it has none of its own
 * for that; null: it needs none.
 */
js_strings *js_event_lent_keys(js_event *event);
/* The id of the environment where it runs, of kinds that know one; else null. */
const char *js_event_environment(const js_event *event);
/* Whether it stands for all streams of its name: a repository that is deleted. */
bool js_event_takes_name(const js_event *event);
/* Whether there is anything to associate it with. */
bool js_event_has_associations(const js_event *event);

const char *js_kind_name(js_kind kind);
bool js_kind_from_name(const char *name, js_kind *kind);
/* The API that takes the kind. */
js_api js_kind_api(js_kind kind);
const char *js_state_name(js_state state);
bool js_state_from_name(const char *name, js_state *state);
const char *js_pull_request_state_name(js_pull_request_state state);
const char *js_environment_type_name(js_environment_type type);
bool js_environment_type_from_name(const char *name, js_environment_type *type);

#endif
