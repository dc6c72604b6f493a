/*
 * How each kind goes out and comes back, one row each in the file of its kind. Internal to payload.
 */
#ifndef JS_PAYLOAD_KIND_H
#define JS_PAYLOAD_KIND_H

#include "base/buf.h"
#include "event/kind.h"
#include "payload/answer_bulk.h"
#include "payload/request.h"

typedef struct js_commit_part js_commit_part; /* payload/devinfo.h */
typedef struct js_commit_copy js_commit_copy;

typedef struct js_payload_kind {
    const char *list; /* of its repository, where it goes: "commits"; null where there is none */
    /* Fills in the item of the event in the body of a bulk request. */
    bool (*put)(js_json_out *item, const js_event *event, int64_t sequence);
    /* The same for what goes into a list of its repository; its commit as the whole request has it. */
    bool (*put_entity)(js_json_out *item, const js_event *event, int64_t sequence,
                       const js_commit_copy *copy);
    /* The commit that it is or ends in; null where there is none. */
    js_commit_part (*commit_of)(const js_event *event);
    /* The text by which an answer's item is told from others: of the event, and of the answer's key. */
    void (*key_of_event)(js_buf *out, const js_event *event);
    /* Null where the answer has no objects as keys. */
    bool (*key_of_answer)(js_buf *out, json_object *key);
    /* Its path below the cloud id: "/pipelines/P/builds/N". Only the members of its stream are read. */
    void (*path)(js_buf *out, const js_event *event);
    /* The path by which it is read back; null: the same. */
    void (*read_path)(js_buf *out, const js_event *event);
    /* What Jira has of it in the words of a receipt's facts; null: only that it is there. */
    bool (*put_seen)(json_object *facts, json_object *jira);
    bool shares_keys; /* in Jira it may have keys that others gave it: the end of a branch */
} js_payload_kind;

const js_payload_kind *js_payload_kind_of(js_kind kind);

extern const js_payload_kind js_payload_build;
extern const js_payload_kind js_payload_deployment;
extern const js_payload_kind js_payload_flag;
extern const js_payload_kind js_payload_commit;
extern const js_payload_kind js_payload_branch;
extern const js_payload_kind js_payload_pull_request;
extern const js_payload_kind js_payload_repository;

/* How an API takes many and answers. */
typedef struct js_payload_api {
    const char *list; /* of the body: "builds" */
    /* Puts the items into the body. */
    bool (*put_items)(js_json_out *body, const js_payload_item *items, size_t count);
    /* Puts what else the whole request carries of its first event; null: nothing. */
    bool (*put_frame)(js_json_out *body, const js_event *first);
    /* Reads who was taken and who was refused. */
    jirasend_code (*read_lists)(js_bulk *bulk, json_object *answer);
    const char *accepted, *rejected; /* names in the answer */
    const char *absent;              /* path of one thing, a star in place of each id */
    bool guarded;                    /* a deletion says by its number what stays */
    /* The path of what a stream names, below the cloud id; null where deletions are guarded. */
    void (*stream_path)(js_buf *out, const js_stream *stream);
} js_payload_api;

const js_payload_api *js_payload_api_of(js_api api);

void js_build_path(js_buf *out, const js_stream *stream);
void js_deployment_path(js_buf *out, const js_stream *stream);
void js_flag_path(js_buf *out, const js_stream *stream);

/* "/repository/WIRE-ID": what is read back of anything in it. */
void js_repository_path(js_buf *out, const js_event *event);

/* ---- what kinds share when they are read back ---- */

/* A member that is a text, under the name that facts have for it. Absent: nothing is put. */
bool js_seen_put_text(json_object *facts, const char *name, json_object *jira, const char *member);
/* The same of a word that facts have in lower case. */
bool js_seen_put_word(json_object *facts, const char *name, json_object *jira, const char *member);

/* ---- what kinds share in their items ---- */

/* `displayName` of a run: "NAME #42". A long name is cut, the number never. */
bool js_put_display_name(js_json_out *item, const js_run *run);
bool js_put_time(js_json_out *item, const char *name, int64_t ms);
/* `associations`, with what Jira takes of this kind; nothing when there is none. */
bool js_put_associations(js_json_out *item, const js_event *event);

/* `associations` with issue keys alone. */
bool js_put_key_association(js_json_out *item, const js_strings *keys);

/* The items one after the other in the array that the API names. */
bool js_put_item_list(js_json_out *body, const js_payload_item *items, size_t count);

#endif
