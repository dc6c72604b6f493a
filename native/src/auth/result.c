/* Facts and words of an answer. */
#include "auth/result.h"

#include "payload/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_words(js_result *result, const char *words) {
    (void)snprintf(result->words, sizeof result->words, "%s", words);
}

const char *js_endpoint_name(js_endpoint endpoint) {
    static const char *const names[] = {
        [JS_ENDPOINT_TOKEN] = "token",      [JS_ENDPOINT_TENANT] = "cloud id",
        [JS_ENDPOINT_BULK] = "events",      [JS_ENDPOINT_GATE] = "gate",
        [JS_ENDPOINT_THING] = "thing",      [JS_ENDPOINT_RELAY] = "relay",
        [JS_ENDPOINT_ID_TOKEN] = "ID token"};
    return names[endpoint];
}

bool js_endpoint_is_lookup(js_endpoint endpoint) {
    return endpoint == JS_ENDPOINT_TOKEN || endpoint == JS_ENDPOINT_TENANT ||
           endpoint == JS_ENDPOINT_ID_TOKEN;
}

bool js_endpoint_carries(js_endpoint endpoint) {
    return endpoint == JS_ENDPOINT_BULK || endpoint == JS_ENDPOINT_RELAY;
}

void js_result_of(js_result *result, js_endpoint endpoint, const js_net_answer *answer) {
    memset(result, 0, sizeof *result);
    result->endpoint = endpoint;
    result->failure = answer->failure;
    result->status = answer->status;
    result->sent = answer->sent;
    bool quota = strncmp(answer->rate_reason, "jira-quota-", strlen("jira-quota-")) == 0;
    result->rate_scope = quota ? JS_RATE_SITE : JS_RATE_LANE;
    result->retry_after_ms = answer->retry_after_ms;
    result->rate_reset_ms = answer->rate_reset_ms;
    memcpy(result->location_host, answer->location_host, sizeof result->location_host);
    if (answer->failure != JS_NET_ANSWERED) {
        put_words(result, answer->message);
    } else if (answer->status >= 400 && answer->body.data != NULL) {
        char *words = js_answer_words(answer->body.data, answer->body.length);
        put_words(result, words != NULL ? words : "");
        free(words);
    }
}

void js_result_nonsense(js_result *result, const char *why) {
    result->nonsense = true;
    put_words(result, why);
}
