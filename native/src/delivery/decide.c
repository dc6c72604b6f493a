/* The rules of delivery, row by row. */
#include "delivery/decide.h"

const char *js_action_name(js_action action) {
    static const char *const names[] = {[JS_ACTION_SETTLE] = "settle",
                                        [JS_ACTION_RENEW_TOKEN] = "new token",
                                        [JS_ACTION_RENEW_CLOUD] = "new cloud id",
                                        [JS_ACTION_SPLIT] = "smaller batch",
                                        [JS_ACTION_SHRINK] = "smaller body",
                                        [JS_ACTION_DOUBT] = "refused alone",
                                        [JS_ACTION_REJECT] = "reject",
                                        [JS_ACTION_WAIT] = "wait",
                                        [JS_ACTION_SPLIT_LATER] = "search",
                                        [JS_ACTION_SET_ASIDE] = "set aside",
                                        [JS_ACTION_HOLD_LANE] = "hold the lane",
                                        [JS_ACTION_HOLD_SITE] = "hold the site"};
    return names[action];
}

static const js_decision settle = {.action = JS_ACTION_SETTLE};

/* Full jitter: anything from 0 to the doubled base, so that many senders do not come back together. */
static int64_t backoff(int failures, const js_world *world) {
    int64_t most = JS_BACKOFF_BASE_MS;
    for (int i = 0; i < failures && most < JS_BACKOFF_MAX_MS; i++) {
        most *= 2;
    }
    if (most > JS_BACKOFF_MAX_MS) {
        most = JS_BACKOFF_MAX_MS;
    }
    return js_random_below(world, most + 1);
}

/* What Jira asks for, and a little above it: never below. */
static int64_t asked_for(const js_result *result, const js_world *world) {
    int64_t hint = result->retry_after_ms > result->rate_reset_ms ? result->retry_after_ms
                                                                  : result->rate_reset_ms;
    if (hint <= 0) {
        return 0;
    }
    int64_t delay = hint + js_random_below(world, hint / 10 + 1);
    return delay > JS_WAIT_MAX_MS ? JS_WAIT_MAX_MS : delay;
}

static js_decision wait_by_itself(const js_past *past, const js_world *world) {
    return (js_decision){.action = JS_ACTION_WAIT, .delay_ms = backoff(past->failures, world)};
}

/* Atlassian's gateway puts X-RateLimit-Reset on every answer: on another 500 it asks for nothing. */
static bool heeds_hints(const js_result *result) {
    return result->status == 429 || result->status == 503;
}

/* Again later: when Jira says when, then; else by our own back-off. */
static js_decision again_later(const js_result *result, const js_past *past,
                               const js_world *world) {
    int64_t hint = heeds_hints(result) ? asked_for(result, world) : 0;
    js_decision later = wait_by_itself(past, world);
    if (hint > 0) {
        later = (js_decision){.action = JS_ACTION_WAIT, .delay_ms = hint, .rate_limited = true};
    }
    later.whole_site = result->status == 429 && result->rate_scope == JS_RATE_SITE;
    return later;
}

/* The host answers, but not to this: an event may be what it chokes on. */
static bool may_be_a_culprit(const js_result *result) {
    switch (result->failure) {
    case JS_NET_ANSWERED:
        return result->nonsense || result->status >= 500;
    case JS_NET_TIMEOUT:
    case JS_NET_OVERSIZE:
        return true;
    case JS_NET_BROKEN:
        return result->sent; /* a firewall resets what it does not like */
    case JS_NET_UNREACHED:
    case JS_NET_TLS:
    case JS_NET_PROXY:
    default:
        return false;
    }
}

static js_decision bisect_or_wait(const js_result *result, const js_past *past,
                                  const js_world *world) {
    js_decision later = again_later(result, past, world);
    /* One that was found out before is set aside at once: its lane has waited for it already. */
    bool known = past->batch <= 1 && past->attempts >= JS_SUSPECT_ATTEMPTS;
    bool suspicious = !later.rate_limited && may_be_a_culprit(result) &&
                      (known || past->failures + 1 >= JS_CULPRIT_FAILURES);
    if (!suspicious) {
        return later;
    }
    /* Looking for it is quick, unless nothing has worked since the last one: then Jira is down. */
    later.delay_ms = backoff(past->culprits, world);
    later.action = past->batch > 1 ? JS_ACTION_SPLIT_LATER : JS_ACTION_SET_ASIDE;
    if (later.action == JS_ACTION_SET_ASIDE) {
        later.event_delay_ms = later.delay_ms + backoff(past->attempts, world);
    }
    return later;
}

static bool worth_another_try(int status) {
    return status == 407 || status == 408 || status == 425 || status == 429 || status >= 500;
}

static js_decision on_token(const js_result *result, const js_past *past, const js_world *world) {
    bool odd_success = result->status >= 200 && result->status < 300; /* without a usable token */
    if (odd_success || worth_another_try(result->status)) {
        return again_later(result, past, world);
    }
    return (js_decision){.action = JS_ACTION_HOLD_SITE};
}

static js_decision on_tenant(const js_result *result, const js_past *past, const js_world *world) {
    if (worth_another_try(result->status)) {
        return again_later(result, past, world);
    }
    return (js_decision){.action = JS_ACTION_HOLD_SITE}; /* no Jira lives there */
}

/* What bulk and gate requests have in common: the token, the cloud id, the permission. */
static js_decision on_permission(const js_result *result, const js_past *past) {
    switch (result->status) {
    case 401:
        return (js_decision){.action = past->token_was_fresh ? JS_ACTION_HOLD_SITE
                                                             : JS_ACTION_RENEW_TOKEN};
    case 403:
        return (js_decision){.action = JS_ACTION_HOLD_LANE};
    case 404:
        return (js_decision){.action = past->cloud_was_fresh ? JS_ACTION_HOLD_SITE
                                                             : JS_ACTION_RENEW_CLOUD};
    default:
        return (js_decision){.action = JS_ACTION_HOLD_SITE};
    }
}

static bool refuses_the_request(int status) {
    return status == 400 || status == 409 || status == 422;
}

bool js_gateway_may_say(int status) {
    return refuses_the_request(status) || status == 413;
}

/* Of a batch the size is learnt, whoever says so. */
static js_decision too_large(const js_past *past) {
    bool lone = past->batch <= 1;
    bool again = lone && past->gateway_probed;
    return (js_decision){.action = again  ? JS_ACTION_HOLD_LANE
                                   : lone ? JS_ACTION_DOUBT
                                          : JS_ACTION_SHRINK};
}

static js_decision on_bulk(const js_result *result, const js_past *past, const js_world *world) {
    bool lone = past->batch <= 1;
    int status = result->status;
    if (status == 202 && !result->nonsense) {
        return settle;
    }
    if (refuses_the_request(status)) {
        if (past->gateway_probed) {
            return (js_decision){.action = JS_ACTION_HOLD_LANE};
        }
        return (js_decision){.action = lone ? JS_ACTION_DOUBT : JS_ACTION_SPLIT};
    }
    if (status == 413) {
        return too_large(past);
    }
    if (status < 300 || worth_another_try(status)) {
        return bisect_or_wait(result, past, world);
    }
    return on_permission(result, past);
}

/* A gate, or a thing that is read back. */
static js_decision on_question(const js_result *result, const js_past *past,
                               const js_world *world) {
    int status = result->status;
    bool answered = status == 200 && !result->nonsense;
    if (answered || (status == 404 && past->cloud_was_fresh)) {
        return settle; /* 404: Jira does not know it */
    }
    if (status == 400) {
        return (js_decision){.action = JS_ACTION_REJECT};
    }
    if (status < 300 || worth_another_try(status)) {
        return again_later(result, past, world);
    }
    return on_permission(result, past);
}

/* Whatever is asked of a relay. It knows no cloud id, and holds are of the whole relay. */
static js_decision on_relay(const js_result *result, const js_past *past, const js_world *world) {
    bool lone = past->batch <= 1;
    int status = result->status;
    if (result->by_event || (status == 200 && !result->nonsense)) {
        return settle;
    }
    if (status == 413) {
        return too_large(past);
    }
    if (status == 422) {
        return (js_decision){.action = lone ? JS_ACTION_REJECT : JS_ACTION_SPLIT};
    }
    if (status < 300 || worth_another_try(status)) {
        return bisect_or_wait(result, past, world);
    }
    bool renews = status == 401 && !past->token_was_fresh;
    return (js_decision){.action = renews ? JS_ACTION_RENEW_TOKEN : JS_ACTION_HOLD_SITE};
}

static js_decision decide(const js_result *result, const js_past *past, const js_world *world) {
    if (result->failure != JS_NET_ANSWERED) {
        return js_endpoint_carries(result->endpoint) ? bisect_or_wait(result, past, world)
                                                     : wait_by_itself(past, world);
    }
    switch (result->endpoint) {
    case JS_ENDPOINT_TOKEN:
    case JS_ENDPOINT_ID_TOKEN:
        return on_token(result, past, world);
    case JS_ENDPOINT_TENANT:
        return on_tenant(result, past, world);
    case JS_ENDPOINT_GATE:
    case JS_ENDPOINT_THING:
        return on_question(result, past, world);
    case JS_ENDPOINT_RELAY:
        return on_relay(result, past, world);
    case JS_ENDPOINT_BULK:
    default:
        return on_bulk(result, past, world);
    }
}

js_decision js_decide(const js_result *result, const js_past *past, const js_world *world) {
    js_decision decision = decide(result, past, world);
    if (decision.action == JS_ACTION_WAIT && js_endpoint_is_lookup(result->endpoint)) {
        decision.whole_site = true;
    }
    return decision;
}
