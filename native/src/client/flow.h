/* How changes flow to production, by the history of 30 days. */
#ifndef JS_CLIENT_FLOW_H
#define JS_CLIENT_FLOW_H

#include "client/client_internal.h"

/* Negative: the facts for it are not there. */
typedef struct js_flow {
    double failure_ratio, lead_time_s, restore_time_s;
} js_flow;

jirasend_code js_flow_measure(jirasend_client *client, int64_t now_ms, js_flow *flow,
                              jirasend_error *error);

#endif
