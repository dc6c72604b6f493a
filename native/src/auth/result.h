/* What came back from a question, in the terms of the delivery rules. */
#ifndef JS_AUTH_RESULT_H
#define JS_AUTH_RESULT_H

#include "net/net.h"

/* Which question was asked: the same status means different things. */
typedef enum js_question { JS_ASK_TOKEN, JS_ASK_TENANT, JS_ASK_BULK, JS_ASK_GATE } js_question;

typedef struct js_result {
    js_question question;
    js_net_failure failure;
    int status;              /* HTTP, 0 unless answered */
    bool nonsense;           /* the status was right, the body was not understood */
    int64_t retry_after_ms;  /* 0: none */
    int64_t rate_reset_ms;   /* 0: none */
    char location_host[256]; /* of a redirect */
    char words[300];         /* Jira's own, or what the network says; "" when there are none */
} js_result;

/* The facts of an answer; words from the body of an error. */
void js_result_of(js_result *result, js_question question, const js_net_answer *answer);
/* Marks it as not understood, with the reader's sentence as words. */
void js_result_nonsense(js_result *result, const char *why);

#endif
