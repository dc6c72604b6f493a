/*
 * An inquiry at Jira beside the lanes: what a gate says, what Jira has of a thing, or whether token,
 * site and permissions are right.
 */
#ifndef JS_DELIVERY_INQUIRY_H
#define JS_DELIVERY_INQUIRY_H

#include "auth/access.h"
#include "payload/answer.h"

typedef enum js_inquiry_subject {
    JS_INQUIRY_GATE,
    JS_INQUIRY_THING,
    JS_INQUIRY_ACCESS,
    /* of a relay */
    JS_INQUIRY_RELAY_GATE,
    JS_INQUIRY_RECEIPT,
    JS_INQUIRY_WHOAMI
} js_inquiry_subject;

/* What became of one step. */
typedef struct js_finding {
    js_readiness readiness;
    jirasend_code code; /* FAILED: CREDENTIALS or NETWORK */
    int http_status;
    int64_t retry_after_ms;
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
} js_finding;

/* Whether credentials may use an API. */
typedef enum js_permission {
    JS_PERMISSION_NOT_KNOWN,
    JS_PERMISSION_YES,
    JS_PERMISSION_NO,
    JS_PERMISSION_WRITE_ONLY /* but not read back what was sent */
} js_permission;

enum { JS_ABSENT_SIZE = 40 };

typedef struct js_inquiry {
    struct js_inquiry *next;
    js_inquiry_subject subject;
    const char *site; /* canonical name; the texts are borrowed */
    /* GATE, RELAY_GATE */
    const char *pipeline_id, *environment_id;
    int64_t number;
    /* THING: the members of its stream say which */
    const js_event *event;
    /* RECEIPT: which, and how long the relay may wait with it */
    int64_t relay_id;
    int wait_s;
    bool nameless; /* RELAY_GATE: of the one site that the caller's rule allows */
    /* ACCESS: the id of something that cannot be there */
    char absent[JS_ABSENT_SIZE];

    bool done; /* read the rest only then */
    js_finding token, cloud;
    char cloud_id[JS_CLOUD_ID_SIZE];
    js_finding
        answer; /* READY: what follows is filled in; the message only with Jira's own words */
    js_gate_answer gate_answer;
    js_thing_answer thing_answer;
    struct json_object *json;                   /* what a relay says; owned by the caller */
    js_permission permissions[JS_API_LAST + 1]; /* also while it is not done */

    js_api api;      /* ACCESS: that is asked about just now */
    bool by_writing; /* ACCESS: reading was refused, so an empty list is sent */
    js_net_ticket ticket;
    unsigned generation;
    bool token_was_fresh, cloud_was_fresh;
} js_inquiry;

#endif
