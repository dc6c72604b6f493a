/*
 * What to do after an answer: the table of the design, section 5, as a pure function.
 * It knows nothing of events, lanes or the network.
 */
#ifndef JS_DELIVERY_DECIDE_H
#define JS_DELIVERY_DECIDE_H

#include "auth/result.h"
#include "base/world.h"

/* What happened before. */
typedef struct js_past {
    int failures;         /* in a row on this lane, before this one */
    int culprits;         /* set aside since the last success */
    int batch;            /* events in the request */
    int attempts;         /* how often the first of them was sent before */
    bool token_was_fresh; /* this request already went out with a token renewed after a 401 */
    bool cloud_was_fresh; /* this request already went out with a cloud id looked up after a 404 */
    bool gateway_probed;  /* it probes a hold that began because a gateway refuses all */
} js_past;

typedef enum js_action {
    JS_ACTION_SETTLE,      /* read the answer's lists */
    JS_ACTION_RENEW_TOKEN, /* new token, then the same request again */
    JS_ACTION_RENEW_CLOUD, /* new cloud id, then the same request again */
    JS_ACTION_SPLIT,       /* a smaller batch at once (400) */
    JS_ACTION_SHRINK,      /* a smaller batch at once, and remember the size (413) */
    JS_ACTION_DOUBT,  /* the lone event is a dead letter, if Jira said so (delivery/refusals.h) */
    JS_ACTION_REJECT, /* the lone event is a dead letter */
    JS_ACTION_WAIT,   /* again later, the lane waits */
    JS_ACTION_SPLIT_LATER, /* again later with half the batch: somewhere in it is a culprit */
    JS_ACTION_SET_ASIDE,   /* the lone culprit waits by itself, the lane goes on */
    JS_ACTION_HOLD_LANE,   /* stop this lane until somebody fixes the cause */
    JS_ACTION_HOLD_SITE    /* stop the whole site */
} js_action;

/* For traces. */
const char *js_action_name(js_action action);

typedef struct js_decision {
    js_action action;
    int64_t delay_ms;       /* WAIT, SPLIT_LATER, SET_ASIDE: of the lane */
    int64_t event_delay_ms; /* SET_ASIDE: of the event */
    bool whole_site;        /* WAIT: the delay is of the whole site */
    bool rate_limited;      /* the delay is Jira's wish, not ours: heeded by everybody */
} js_decision;

enum {
    JS_BACKOFF_BASE_MS = 1000,
    JS_BACKOFF_MAX_MS = 5 * 60 * 1000,
    JS_WAIT_MAX_MS = 24 * 60 * 60 * 1000,
    JS_CULPRIT_FAILURES = 5,  /* in a row before a batch is bisected */
    JS_SUSPECT_ATTEMPTS = 10, /* an event that was sent so often in vain is a suspect */
    JS_UNMENTIONED_MAX = 5,   /* sends before "not mentioned" makes a dead letter */
    JS_PROBE_INTERVAL_MS = 60 * 60 * 1000,
    JS_POSTPONED_MS = 5000,               /* of an event that a relay's outbox does not take now */
    JS_PROBE_AGAIN_MS = JS_BACKOFF_MAX_MS /* after one that brought no verdict on the hold */
};

/*
 * Whether a status says that something is wrong with what was sent, so that nothing will change that;
 * said of one event after the other it is the word of a gateway.
 */
bool js_gateway_may_say(int status);
/* `world` gives the jitter only. */
js_decision js_decide(const js_result *result, const js_past *past, const js_world *world);

#endif
