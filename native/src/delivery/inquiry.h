/* An inquiry at Jira beside the lanes: what a gate says, or whether token and site work. */
#ifndef JS_DELIVERY_INQUIRY_H
#define JS_DELIVERY_INQUIRY_H

#include "auth/access.h"
#include "payload/answer.h"

typedef enum js_inquiry_subject { JS_INQUIRY_GATE, JS_INQUIRY_ACCESS } js_inquiry_subject;

/* One half of an access check. */
typedef struct js_finding {
    js_readiness readiness;
    jirasend_code code; /* FAILED: CREDENTIALS or NETWORK */
    int http_status;
    int64_t retry_after_ms;
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
} js_finding;

typedef struct js_inquiry {
    struct js_inquiry *next;
    js_inquiry_subject subject;
    const char *site; /* canonical name; the texts are borrowed */
    const char *pipeline_id, *environment_id;
    int64_t number;

    bool done; /* read the rest only then */
    js_finding token, cloud;
    char cloud_id[JS_CLOUD_ID_SIZE];
    js_finding gate; /* READY: gate_answer is filled in; the message only with Jira's own words */
    js_gate_answer gate_answer;

    js_net_ticket ticket;
    unsigned generation;
    bool token_was_fresh, cloud_was_fresh;
} js_inquiry;

#endif
