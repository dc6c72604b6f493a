/*
 * The kinds of news, one row each: everything that differs from kind to kind is asked of its row, so
 * that another kind is a row here, its own file in event/ and its own file in payload/.
 */
#ifndef JS_EVENT_KIND_H
#define JS_EVENT_KIND_H

#include "event/event.h"
#include "event/json_out.h"
#include "event/member.h"
#include "event/reader.h"

/* What Jira lets a kind be tied to besides issue keys. */
enum { JS_TIES_SERVICES = 1U, JS_TIES_COMMITS = 2U, JS_TIES_REPOSITORIES = 4U };

struct js_kind_info {
    const char *name;   /* in documents: "pull_request" */
    const char *noun;   /* in sentences: "pull request" */
    const char *plural; /* "pull requests" */
    js_api api;
    unsigned ties;
    /* 1 << js_state of each that it may have, where its members begin with a js_run; 0: it has none of these. */
    unsigned states;
    /* Its own members; those that every kind has stand in document.c. */
    const js_member *members;
    size_t member_count;
    /* The members that name its stream: all that a deletion has. Ends with null. */
    const char *const *stream_members;
    /* Reads its own members, whose names and types were checked. */
    jirasend_code (*read)(js_reader *in);
    /* Reads the members that name its stream, of a deletion. */
    jirasend_code (*read_stream)(js_reader *in);
    /* Adds its own members in the form that the outbox keeps; of a deletion those of the stream. */
    bool (*write)(js_json_out *document, const js_event *event);
    /* Adds the members of a receipt that say which thing it is about. */
    bool (*write_facts)(js_json_out *facts, const js_event *event);
    js_stream (*stream)(const js_event *event);
    /* Null where an event touches no stream but its own (js_event_stream_touched). */
    bool (*touches)(const js_event *event, js_stream *stream);
    /* Null where an event needs no keys for what it touches (js_event_lent_keys). */
    js_strings *(*lent_keys)(js_event *event);
    /* The id of the environment where it runs. Null where the kind knows none. */
    const char *(*environment)(const js_event *event);
    bool takes_name; /* its stream stands for all of its name */
    /* Frees what is in the union. */
    void (*clear)(js_event *event);
};

/* The row of a kind. */
const js_kind_info *js_kind_of(js_kind kind);

/* One API of Jira: a lane per site, and a permission of its own. */
typedef struct js_api_info {
    const char *name;       /* in paths: "featureflags" */
    const char *permission; /* as Jira's form for credentials shows it */
    const char *noun;       /* in sentences: one of what it takes */
    const char *plural;     /* in sentences: what it takes */
    bool entities;          /* a request holds repositories, and entities in them */
} js_api_info;

const js_api_info *js_api_of(js_api api);

/* The rows, each in the file of its kind. */
extern const js_kind_info js_kind_build;
extern const js_kind_info js_kind_deployment;
extern const js_kind_info js_kind_flag;
extern const js_kind_info js_kind_commit;
extern const js_kind_info js_kind_branch;
extern const js_kind_info js_kind_pull_request;
extern const js_kind_info js_kind_repository;

#endif
