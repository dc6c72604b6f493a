/* One inquiry: token and cloud id, then its questions. */
#include "delivery/inquiry.h"

#include "delivery/decide.h"
#include "delivery/delivery_internal.h"
#include "delivery/explain.h"
#include "delivery/question.h"

#include <stdio.h>
#include <string.h>

static const js_question *question_of(const js_inquiry *inquiry) {
    static const js_question *const questions[] = {
        [JS_INQUIRY_GATE] = &js_question_gate,
        [JS_INQUIRY_THING] = &js_question_thing,
        [JS_INQUIRY_ACCESS] = &js_question_permissions,
        [JS_INQUIRY_RELAY_GATE] = &js_question_relay_gate,
        [JS_INQUIRY_RECEIPT] = &js_question_receipt,
        [JS_INQUIRY_WHOAMI] = &js_question_whoami};
    return questions[inquiry->subject];
}

/* What a failed request means to somebody who asks once: fix something, or try again. */
static void put_failure(js_delivery *delivery, const js_inquiry *inquiry, js_finding *finding,
                        const js_result *result, js_action action) {
    js_about about = {inquiry->site, js_access_api_url(delivery->access, inquiry->site),
                      question_of(inquiry)->api(inquiry)};
    finding->readiness = JS_ACCESS_FAILED;
    finding->http_status = result->status;
    finding->retry_after_ms = result->retry_after_ms;
    finding->code = action == JS_ACTION_WAIT ? JIRASEND_E_NETWORK : JIRASEND_E_CREDENTIALS;
    js_explain(finding->message, sizeof finding->message, result, &about);
}

void js_inquiry_fail(js_delivery *delivery, js_inquiry *inquiry, const js_result *result,
                     js_action action) {
    put_failure(delivery, inquiry, &inquiry->answer, result, action);
}

static void put_lookup_failure(js_delivery *delivery, const js_inquiry *inquiry,
                               js_finding *finding, const js_result *result) {
    js_past past = {0};
    js_decision decision = js_decide(result, &past, delivery->world);
    put_failure(delivery, inquiry, finding, result, decision.action);
}

/* ---- token and cloud id ---- */

static void look_up_token(js_delivery *delivery, js_inquiry *inquiry) {
    js_grant grant;
    js_result why;
    inquiry->token.readiness = js_access_token(delivery->access, inquiry->site, &grant, &why);
    if (inquiry->token.readiness == JS_ACCESS_FAILED) {
        put_lookup_failure(delivery, inquiry, &inquiry->token, &why);
    }
}

static void keep_cloud_id(js_inquiry *inquiry, const char *cloud_id) {
    (void)snprintf(inquiry->cloud_id, sizeof inquiry->cloud_id, "%s", cloud_id);
}

static void look_up_cloud(js_delivery *delivery, js_inquiry *inquiry) {
    js_grant grant;
    js_result why;
    inquiry->cloud.readiness = js_access_cloud(delivery->access, inquiry->site, &grant, &why);
    if (inquiry->cloud.readiness == JS_ACCESS_FAILED) {
        put_lookup_failure(delivery, inquiry, &inquiry->cloud, &why);
    } else if (inquiry->cloud.readiness == JS_ACCESS_READY) {
        keep_cloud_id(inquiry, grant.cloud_id);
    }
}

static void put_difference(js_finding *finding, const js_inquiry *inquiry, const char *found,
                           const char *given) {
    finding->readiness = JS_ACCESS_FAILED;
    finding->code = JIRASEND_E_CREDENTIALS;
    (void)snprintf(finding->message, sizeof finding->message,
                   "%s says that its cloud id is %s, and %s was given. Correct the cloud id, or "
                   "leave it out.",
                   inquiry->site, found, given);
}

/*
 * A cloud id that is configured is compared with what the site itself says, which also goes before it:
 * with a wrong one all is 404.
 */
static void verify_cloud(js_delivery *delivery, js_inquiry *inquiry) {
    js_result why;
    const char *found = "";
    const char *given = js_access_cloud_given(delivery->access, inquiry->site);
    inquiry->cloud.readiness = js_access_cloud_asked(delivery->access, inquiry->site, &found, &why);
    if (inquiry->cloud.readiness == JS_ACCESS_PENDING) {
        return;
    }
    bool ready = inquiry->cloud.readiness == JS_ACCESS_READY;
    if (!ready) {
        put_lookup_failure(delivery, inquiry, &inquiry->cloud, &why);
    } else if (given != NULL && strcmp(given, found) != 0) {
        put_difference(&inquiry->cloud, inquiry, found, given);
    }
    keep_cloud_id(inquiry, ready ? found : given != NULL ? given : "");
}

static void look_up(js_delivery *delivery, js_inquiry *inquiry) {
    if (inquiry->token.readiness == JS_ACCESS_PENDING) {
        look_up_token(delivery, inquiry);
    }
    if (inquiry->cloud.readiness == JS_ACCESS_PENDING) {
        (inquiry->subject == JS_INQUIRY_ACCESS ? verify_cloud : look_up_cloud)(delivery, inquiry);
    }
}

/* ---- the questions ---- */

static void send(js_delivery *delivery, js_inquiry *inquiry, const js_grant *grant) {
    js_buf url = JS_BUF_INIT, body = JS_BUF_INIT;
    js_buf_add_text(&url, grant->api_url);
    js_net_method method = question_of(inquiry)->write(inquiry, &url, &body);
    js_net_request request = {.method = method,
                              .url = url.data,
                              .bearer = grant->token,
                              .certificate = question_of(inquiry)->endpoint == JS_ENDPOINT_RELAY,
                              .body = body.data,
                              .body_length = body.length};
    if (url.failed || body.failed ||
        delivery->net->ops->start(delivery->net, &request, &inquiry->ticket, NULL) != JIRASEND_OK) {
        inquiry->answer.readiness = JS_ACCESS_FAILED;
        inquiry->answer.code = JIRASEND_E_MEMORY;
        (void)snprintf(inquiry->answer.message, sizeof inquiry->answer.message,
                       "Out of memory: nothing was asked.");
        inquiry->done = true;
    }
    inquiry->generation = grant->token_generation;
    js_buf_clear(&url);
    js_buf_clear(&body);
}

static void fail_with(js_inquiry *inquiry, const js_finding *finding) {
    inquiry->answer = *finding;
    inquiry->done = true;
}

/* Of an access check both halves are told, so none ends the other. */
static bool ends(js_inquiry *inquiry) {
    bool both = inquiry->token.readiness != JS_ACCESS_PENDING &&
                inquiry->cloud.readiness != JS_ACCESS_PENDING;
    if (inquiry->subject == JS_INQUIRY_ACCESS) {
        bool askable = inquiry->token.readiness == JS_ACCESS_READY && inquiry->cloud_id[0] != '\0';
        inquiry->done = both && !askable;
    } else if (inquiry->token.readiness == JS_ACCESS_FAILED) {
        fail_with(inquiry, &inquiry->token);
    } else if (inquiry->cloud.readiness == JS_ACCESS_FAILED) {
        fail_with(inquiry, &inquiry->cloud);
    }
    return inquiry->done || !both;
}

void js_inquiry_turn(js_delivery *delivery, js_inquiry *inquiry) {
    js_grant grant;
    js_result why;
    if (inquiry->done || inquiry->ticket != 0) {
        return;
    }
    look_up(delivery, inquiry);
    if (ends(inquiry)) {
        return;
    }
    if (js_access_want(delivery->access, inquiry->site, &grant, &why) == JS_ACCESS_READY) {
        send(delivery, inquiry, &grant);
    } else {
        inquiry->token.readiness = JS_ACCESS_PENDING; /* it expired meanwhile */
    }
}

/* Gets again what was refused, and asks the question again. False: it was fresh. */
static bool renew(js_delivery *delivery, js_inquiry *inquiry, js_action action) {
    if (action == JS_ACTION_RENEW_TOKEN) {
        js_access_token_refused(delivery->access, inquiry->site, inquiry->generation);
        inquiry->token_was_fresh = true;
        inquiry->token.readiness = JS_ACCESS_PENDING;
        return true;
    }
    inquiry->cloud_was_fresh = true;
    if (!js_access_cloud_refused(delivery->access, inquiry->site)) {
        return false;
    }
    inquiry->cloud.readiness = JS_ACCESS_PENDING;
    return true;
}

static js_decision decide(const js_delivery *delivery, const js_inquiry *inquiry,
                          const js_result *result) {
    js_past past = {.token_was_fresh = inquiry->token_was_fresh ||
                                       !js_access_token_renewable(delivery->access, inquiry->site),
                    .cloud_was_fresh = inquiry->cloud_was_fresh ||
                                       js_access_cloud_fresh(delivery->access, inquiry->site)};
    return js_decide(result, &past, delivery->world);
}

bool js_inquiry_receive(js_delivery *delivery, js_inquiry *inquiry, const js_net_answer *answer) {
    if (inquiry->ticket == 0 || inquiry->ticket != answer->ticket) {
        return false;
    }
    const js_question *question = question_of(inquiry);
    inquiry->ticket = 0;
    js_result result;
    js_result_of(&result, question->endpoint, answer);
    if (answer->failure == JS_NET_ANSWERED && answer->status == 200) {
        question->read(inquiry, answer, &result);
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
    inquiry->answer.readiness = JS_ACCESS_READY;
    inquiry->done = question->conclude(delivery, inquiry, &result, decision.action);
    return true;
}
