/* How changes flow to production, by the history of 30 days. */
#ifndef JS_CLIENT_DORA_H
#define JS_CLIENT_DORA_H

#include "client/client_internal.h"

/* Negative: the facts for it are not there. */
typedef struct js_dora {
    double failure_ratio, lead_time_s, restore_time_s;
} js_dora;

jirasend_code js_dora_measure(jirasend_client *client, int64_t now_ms, js_dora *flow,
                              jirasend_error *error);

#endif
