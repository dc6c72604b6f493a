#include "delivery/ask.h"

#include "delivery/decide.h"
#include "delivery/delivery_internal.h"
#include "delivery/explain.h"
#include "payload/request.h"

#include <stdio.h>
#include <string.h>

/* What a failed request means to somebody who asks once: mend something, or try again. */
static void put_failure(js_delivery *delivery, const js_ask *ask, js_finding *finding,
                        const js_result *result, js_action action) {
    js_about about = {ask->site, js_access_api_url(delivery->access, ask->site),
                      JS_API_DEPLOYMENTS};
    finding->readiness = JS_FAILED;
    finding->http_status = result->status;
    finding->retry_after_ms = result->retry_after_ms;
    finding->code = action == JS_WAIT ? JIRASEND_E_NETWORK : JIRASEND_E_CREDENTIALS;
    js_explain(finding->message, sizeof finding->message, result, &about);
}

static void put_lookup_failure(js_delivery *delivery, const js_ask *ask, js_finding *finding,
                               const js_result *result) {
    js_past past = {0};
    js_decision decision = js_decide(result, &past, delivery->world);
    put_failure(delivery, ask, finding, result, decision.action);
}

static void look_up(js_delivery *delivery, js_ask *ask, js_grant *grant) {
    js_result why;
    if (ask->token.readiness == JS_PENDING) {
        ask->token.readiness = js_access_token(delivery->access, ask->site, grant, &why);
        if (ask->token.readiness == JS_FAILED) {
            put_lookup_failure(delivery, ask, &ask->token, &why);
        }
    }
    if (ask->cloud.readiness == JS_PENDING) {
        ask->cloud.readiness = js_access_cloud(delivery->access, ask->site, grant, &why);
        if (ask->cloud.readiness == JS_FAILED) {
            put_lookup_failure(delivery, ask, &ask->cloud, &why);
        } else if (ask->cloud.readiness == JS_READY) {
            (void)snprintf(ask->cloud_id, sizeof ask->cloud_id, "%s", grant->cloud_id);
        }
    }
}

static void send(js_delivery *delivery, js_ask *ask, const js_grant *grant) {
    js_buf url = JS_BUF_INIT;
    js_buf_add_text(&url, grant->api_url);
    js_payload_gate_path(&url, ask->cloud_id, ask->pipeline_id, ask->environment_id, ask->number);
    js_net_request request = {.url = url.data, .bearer = grant->token};
    if (url.failed ||
        delivery->net->ops->start(delivery->net, &request, &ask->ticket, NULL) != JIRASEND_OK) {
        ask->gate.readiness = JS_FAILED;
        ask->gate.code = JIRASEND_E_MEMORY;
        (void)snprintf(ask->gate.message, sizeof ask->gate.message,
                       "Out of memory: the gate was not asked for.");
        ask->done = true;
    }
    ask->generation = grant->token_generation;
    js_buf_free(&url);
}

static void fail_with(js_ask *ask, const js_finding *finding) {
    ask->gate = *finding;
    ask->done = true;
}

static void turn_gate(js_delivery *delivery, js_ask *ask) {
    js_grant grant;
    js_result why;
    if (ask->ticket != 0) {
        return;
    }
    look_up(delivery, ask, &grant);
    if (ask->token.readiness == JS_FAILED) {
        fail_with(ask, &ask->token);
    } else if (ask->cloud.readiness == JS_FAILED) {
        fail_with(ask, &ask->cloud);
    } else if (ask->token.readiness == JS_READY && ask->cloud.readiness == JS_READY) {
        if (js_access_want(delivery->access, ask->site, &grant, &why) == JS_READY) {
            send(delivery, ask, &grant);
        } else {
            ask->token.readiness = JS_PENDING; /* it ran out meanwhile */
        }
    }
}

static void turn_access(js_delivery *delivery, js_ask *ask) {
    js_grant grant;
    look_up(delivery, ask, &grant);
    ask->done = ask->token.readiness != JS_PENDING && ask->cloud.readiness != JS_PENDING;
}

void js_ask_turn(js_delivery *delivery, js_ask *ask) {
    if (ask->done) {
        return;
    }
    if (ask->what == JS_ASK_ABOUT_GATE) {
        turn_gate(delivery, ask);
    } else {
        turn_access(delivery, ask);
    }
}

static void read_gate(js_ask *ask, const js_net_answer *answer, js_result *result) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    if (js_answer_gate(&ask->gate_answer, ask->pipeline_id, ask->environment_id, ask->number, body,
                       answer->body.length, &error) != JIRASEND_OK) {
        js_result_nonsense(result, error.message);
    }
}

bool js_ask_take(js_delivery *delivery, js_ask *ask, const js_net_answer *answer) {
    if (ask->ticket == 0 || ask->ticket != answer->ticket) {
        return false;
    }
    ask->ticket = 0;
    js_result result;
    js_result_of(&result, JS_ASK_GATE, answer);
    if (answer->failure == JS_NET_ANSWERED && answer->status == 200) {
        read_gate(ask, answer, &result);
    }
    /* A 404 is an answer here, so the cloud id is not doubted. */
    js_past past = {.token_was_fresh = ask->token_was_fresh, .cloud_was_fresh = true};
    js_decision decision = js_decide(&result, &past, delivery->world);
    if (decision.action == JS_RENEW_TOKEN) {
        js_access_token_refused(delivery->access, ask->site, ask->generation);
        ask->token_was_fresh = true;
        ask->token.readiness = JS_PENDING;
        return true;
    }
    ask->done = true;
    if (decision.action == JS_SETTLE) {
        ask->gate.readiness = JS_READY;
        if (answer->status == 404) {
            ask->gate_answer.gate = JS_GATE_UNKNOWN;
        }
    } else if (decision.action == JS_REJECT) { /* to ask once more would not change it */
        ask->gate.readiness = JS_READY;
        ask->gate_answer.gate = JS_GATE_INVALID;
        (void)snprintf(ask->gate.message, sizeof ask->gate.message,
                       "Jira finds the question for this gate invalid (HTTP %d).%s%.300s",
                       answer->status, result.words[0] != '\0' ? " It says: " : "", result.words);
    } else {
        put_failure(delivery, ask, &ask->gate, &result, decision.action);
    }
    return true;
}
