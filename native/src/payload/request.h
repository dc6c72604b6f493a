/* Jira's request bodies, exactly as Atlassian's schema has them. */
#ifndef JS_PAYLOAD_REQUEST_H
#define JS_PAYLOAD_REQUEST_H

#include "base/buf.h"
#include "base/secret.h"
#include "event/event.h"

typedef struct js_payload_item {
    const js_event *event;
    int64_t sequence; /* updateSequenceNumber */
    int64_t order;    /* of submission, such as the outbox's id; where equal, as they come */
} js_payload_item;

/*
 * Appends the bulk body of one or more events of one API and one envelope (event/envelope.h). Out of
 * memory: the buffer's failed flag.
 */
void js_payload_bulk(js_buf *out, const js_payload_item *items, size_t count);
/* Appends the item of one event alone, as it is in the bulk body's array. */
void js_payload_item_write(js_buf *out, const js_payload_item *item);
/* The token request's body. `out` must be a secret buffer. */
void js_payload_token(js_buf *out, const char *client_id, const js_secret *secret);
/* The path of an API's bulk requests: "/jira/builds/0.1/cloud/ID/bulk". */
void js_payload_bulk_path(js_buf *out, js_api api, const char *cloud_id);
/* The path of one thing, which its stream names. */
void js_payload_thing_path(js_buf *out, const js_event *event, const char *cloud_id);
/* Where it can be read back: development information only with its whole repository. */
void js_payload_read_path(js_buf *out, const js_event *event, const char *cloud_id);
/* The path of what a stream names, of an API whose deletions are not guarded. */
void js_payload_stream_path(js_buf *out, js_api api, const js_stream *stream, const char *cloud_id);
/*
 * Where it is deleted. Development information says by the deletion's number what is newer and stays;
 * the other APIs take no such number any more.
 */
void js_payload_delete_path(js_buf *out, const js_event *event, int64_t sequence,
                            const char *cloud_id);
/*
 * Whether the number of a deletion protects what is newer. Where it does not, what is told soon after
 * it may be deleted with what it meant.
 */
bool js_payload_deletion_guarded(js_api api);
/* ".../bulkByProperties?NAME=VALUE&...": to delete all that has all of these properties. */
void js_payload_properties_path(js_buf *out, js_api api, const char *cloud_id,
                                const js_property *properties, size_t count);
/* ".../existsByProperties?...": whether there is any; development information only. */
void js_payload_exists_path(js_buf *out, const char *cloud_id, const js_property *properties,
                            size_t count);
/* Where something of the API would be, by an id that nothing has (of letters, digits and hyphens). */
void js_payload_absent_path(js_buf *out, js_api api, const char *id, const char *cloud_id);
/* Appends a bulk body without any item, which Jira refuses. */
void js_payload_empty(js_buf *out, js_api api);
/* ".../gating-status" */
void js_payload_gate_path(js_buf *out, const char *cloud_id, const char *pipeline_id,
                          const char *environment_id, int64_t number);

#endif
