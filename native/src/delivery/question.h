/* What an inquiry asks once token and cloud id are there, one row for each subject. Internal to inquiries. */
#ifndef JS_DELIVERY_QUESTION_H
#define JS_DELIVERY_QUESTION_H

#include "auth/result.h"
#include "delivery/decide.h"
#include "delivery/delivery.h"

typedef struct js_question {
    js_endpoint endpoint;
    js_api (*api)(const js_inquiry *inquiry); /* whose permission it takes */
    /* Appends the path below the API's address, and the body of a POST. */
    js_net_method (*write)(const js_inquiry *inquiry, js_buf *path, js_buf *body);
    /* Reads an answer with status 200; what cannot be understood makes the result nonsense. */
    void (*read)(js_inquiry *inquiry, const js_net_answer *answer, js_result *result);
    /* Fills in what it means. False: there is more to ask. */
    bool (*conclude)(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action);
} js_question;

extern const js_question js_question_gate;
extern const js_question js_question_thing;
extern const js_question js_question_permissions;
extern const js_question js_question_relay_gate;
extern const js_question js_question_receipt;
extern const js_question js_question_whoami;

/* The answer is a failure: fix something, or try again. */
void js_inquiry_fail(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action);

#endif
