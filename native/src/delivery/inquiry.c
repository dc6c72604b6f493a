/* One inquiry: token and cloud id, then the gate. */
#include "delivery/inquiry.h"

#include "delivery/decide.h"
#include "delivery/delivery_internal.h"
#include "delivery/explain.h"
#include "payload/request.h"

#include <stdio.h>
#include <string.h>

/* What a failed request means to somebody who asks once: mend something, or try again. */
static void put_failure(js_delivery *delivery, const js_inquiry *inquiry, js_finding *finding,
                        const js_result *result, js_action action) {
    js_about about = {inquiry->site, js_access_api_url(delivery->access, inquiry->site),
                      JS_API_DEPLOYMENTS};
    finding->readiness = JS_FAILED;
    finding->http_status = result->status;
    finding->retry_after_ms = result->retry_after_ms;
    finding->code = action == JS_ACTION_WAIT ? JIRASEND_E_NETWORK : JIRASEND_E_CREDENTIALS;
    js_explain(finding->message, sizeof finding->message, result, &about);
}

static void put_lookup_failure(js_delivery *delivery, const js_inquiry *inquiry,
                               js_finding *finding, const js_result *result) {
    js_past past = {0};
    js_decision decision = js_decide(result, &past, delivery->world);
    put_failure(delivery, inquiry, finding, result, decision.action);
}

static void look_up(js_delivery *delivery, js_inquiry *inquiry, js_grant *grant) {
    js_result why;
    if (inquiry->token.readiness == JS_PENDING) {
        inquiry->token.readiness = js_access_token(delivery->access, inquiry->site, grant, &why);
        if (inquiry->token.readiness == JS_FAILED) {
            put_lookup_failure(delivery, inquiry, &inquiry->token, &why);
        }
    }
    if (inquiry->cloud.readiness == JS_PENDING) {
        inquiry->cloud.readiness = js_access_cloud(delivery->access, inquiry->site, grant, &why);
        if (inquiry->cloud.readiness == JS_FAILED) {
            put_lookup_failure(delivery, inquiry, &inquiry->cloud, &why);
        } else if (inquiry->cloud.readiness == JS_READY) {
            (void)snprintf(inquiry->cloud_id, sizeof inquiry->cloud_id, "%s", grant->cloud_id);
        }
    }
}

static void send(js_delivery *delivery, js_inquiry *inquiry, const js_grant *grant) {
    js_buf url = JS_BUF_INIT;
    js_buf_add_text(&url, grant->api_url);
    js_payload_gate_path(&url, inquiry->cloud_id, inquiry->pipeline_id, inquiry->environment_id,
                         inquiry->number);
    js_net_request request = {.url = url.data, .bearer = grant->token};
    if (url.failed ||
        delivery->net->ops->start(delivery->net, &request, &inquiry->ticket, NULL) != JIRASEND_OK) {
        inquiry->gate.readiness = JS_FAILED;
        inquiry->gate.code = JIRASEND_E_MEMORY;
        (void)snprintf(inquiry->gate.message, sizeof inquiry->gate.message,
                       "Out of memory: the gate was not asked for.");
        inquiry->done = true;
    }
    inquiry->generation = grant->token_generation;
    js_buf_free(&url);
}

static void fail_with(js_inquiry *inquiry, const js_finding *finding) {
    inquiry->gate = *finding;
    inquiry->done = true;
}

static void turn_gate(js_delivery *delivery, js_inquiry *inquiry) {
    js_grant grant;
    js_result why;
    if (inquiry->ticket != 0) {
        return;
    }
    look_up(delivery, inquiry, &grant);
    if (inquiry->token.readiness == JS_FAILED) {
        fail_with(inquiry, &inquiry->token);
    } else if (inquiry->cloud.readiness == JS_FAILED) {
        fail_with(inquiry, &inquiry->cloud);
    } else if (inquiry->token.readiness == JS_READY && inquiry->cloud.readiness == JS_READY) {
        if (js_access_want(delivery->access, inquiry->site, &grant, &why) == JS_READY) {
            send(delivery, inquiry, &grant);
        } else {
            inquiry->token.readiness = JS_PENDING; /* it ran out meanwhile */
        }
    }
}

static void turn_access(js_delivery *delivery, js_inquiry *inquiry) {
    js_grant grant;
    look_up(delivery, inquiry, &grant);
    inquiry->done =
        inquiry->token.readiness != JS_PENDING && inquiry->cloud.readiness != JS_PENDING;
}

void js_inquiry_turn(js_delivery *delivery, js_inquiry *inquiry) {
    if (inquiry->done) {
        return;
    }
    if (inquiry->subject == JS_INQUIRY_GATE) {
        turn_gate(delivery, inquiry);
    } else {
        turn_access(delivery, inquiry);
    }
}

static void read_gate(js_inquiry *inquiry, const js_net_answer *answer, js_result *result) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (js_answer_gate(&inquiry->gate_answer, inquiry->pipeline_id, inquiry->environment_id,
                       inquiry->number, body, answer->body.length, &error) != JIRASEND_OK) {
        js_result_nonsense(result, error.message);
    }
}

/* Asks for what was refused anew, and the question again. False: it was fresh. */
static bool renew(js_delivery *delivery, js_inquiry *inquiry, js_action action) {
    if (action == JS_ACTION_RENEW_TOKEN) {
        js_access_token_refused(delivery->access, inquiry->site, inquiry->generation);
        inquiry->token_was_fresh = true;
        inquiry->token.readiness = JS_PENDING;
        return true;
    }
    inquiry->cloud_was_fresh = true;
    if (!js_access_cloud_refused(delivery->access, inquiry->site)) {
        return false;
    }
    inquiry->cloud.readiness = JS_PENDING;
    return true;
}

static js_decision decide(const js_delivery *delivery, const js_inquiry *inquiry,
                          const js_result *result) {
    js_past past = {.token_was_fresh = inquiry->token_was_fresh,
                    .cloud_was_fresh = inquiry->cloud_was_fresh ||
                                       js_access_cloud_fresh(delivery->access, inquiry->site)};
    return js_decide(result, &past, delivery->world);
}

static void conclude(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    inquiry->done = true;
    inquiry->gate.readiness = JS_READY;
    if (action == JS_ACTION_SETTLE) {
        if (result->status == 404) {
            inquiry->gate_answer.gate = JS_GATE_UNKNOWN;
        }
    } else if (action == JS_ACTION_REJECT) { /* to ask once more would not change it */
        inquiry->gate_answer.gate = JS_GATE_INVALID;
        (void)snprintf(inquiry->gate.message, sizeof inquiry->gate.message,
                       "Jira finds the question for this gate invalid (HTTP %d).%s%.300s",
                       result->status, result->words[0] != '\0' ? " It says: " : "", result->words);
    } else {
        put_failure(delivery, inquiry, &inquiry->gate, result, action);
    }
}

bool js_inquiry_receive(js_delivery *delivery, js_inquiry *inquiry, const js_net_answer *answer) {
    if (inquiry->ticket == 0 || inquiry->ticket != answer->ticket) {
        return false;
    }
    inquiry->ticket = 0;
    js_result result;
    js_result_of(&result, JS_ENDPOINT_GATE, answer);
    if (answer->failure == JS_NET_ANSWERED && answer->status == 200) {
        read_gate(inquiry, answer, &result);
    }
    js_decision decision = decide(delivery, inquiry, &result);
    bool stale =
        decision.action == JS_ACTION_RENEW_TOKEN || decision.action == JS_ACTION_RENEW_CLOUD;
    if (stale && renew(delivery, inquiry, decision.action)) {
        return true;
    }
    if (stale) {
        decision = decide(delivery, inquiry, &result);
    }
    conclude(delivery, inquiry, &result, decision.action);
    return true;
}
