/* Asking for what was deleted, until it is gone. */
#include "delivery/deletion_watch.h"

#include "delivery/delivery_internal.h"
#include "event/sweep.h"
#include "payload/answer.h"
#include "payload/request.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_MS = 500, WHOLE_MS = 60 * 1000, NO_ANSWER_MS = 1000 };

static void free_one(js_delivery *delivery, js_deletion_watch *one) {
    if (one->ticket != 0) {
        delivery->net->ops->cancel(delivery->net, one->ticket);
    }
    free(one->wait.name);
    free(one->wait.part);
    free(one);
}

void js_deletion_watches_free(js_delivery *delivery) {
    while (delivery->deletion_watches != NULL) {
        js_deletion_watch *one = delivery->deletion_watches;
        delivery->deletion_watches = one->next;
        free_one(delivery, one);
    }
}

/* ---- what there is to ask for ---- */

static js_deletion_watch *find(const js_delivery *delivery, const js_stream_wait *wait) {
    js_deletion_watch *one = delivery->deletion_watches;
    while (one != NULL &&
           (one->wait.stream != wait->stream || one->wait.until_ms != wait->until_ms ||
            one->wait.whole_lane != wait->whole_lane)) {
        one = one->next;
    }
    return one;
}

/* Takes the texts of the wait over. */
static bool add(js_delivery *delivery, js_stream_wait *wait) {
    js_deletion_watch *one = calloc(1, sizeof *one);
    if (one == NULL) {
        return false;
    }
    one->wait = *wait;
    wait->name = wait->part = NULL;
    one->seen = true;
    one->pause_ms = FIRST_MS;
    one->next_ask_ms = one->wait.until_ms - WHOLE_MS + FIRST_MS;
    one->next = delivery->deletion_watches;
    delivery->deletion_watches = one;
    return true;
}

static void remove_unseen(js_delivery *delivery) {
    for (js_deletion_watch **at = &delivery->deletion_watches; *at != NULL;) {
        js_deletion_watch *one = *at;
        if (one->seen) {
            at = &one->next;
        } else {
            *at = one->next;
            free_one(delivery, one);
        }
    }
}

bool js_deletion_watches_note(js_delivery *delivery, js_stream_wait *waits, size_t count) {
    bool noted = true;
    for (js_deletion_watch *one = delivery->deletion_watches; one != NULL; one = one->next) {
        one->seen = false;
    }
    for (size_t i = 0; i < count; i++) {
        js_deletion_watch *known = find(delivery, &waits[i]);
        if (known != NULL) {
            known->seen = true;
        } else {
            noted = add(delivery, &waits[i]) && noted;
        }
    }
    remove_unseen(delivery);
    return noted;
}

/* ---- asking ---- */

static void ask_later(js_delivery *delivery, js_deletion_watch *one, int64_t ms) {
    one->next_ask_ms = js_delivery_now_ms(delivery) + ms;
}

/* After a deletion by properties Jira is asked for one such thing; of repositories by the properties. */
static bool asks_by_properties(const js_deletion_watch *one) {
    return one->wait.number == JS_STREAM_SWEEP;
}

static void add_exists_path(js_buf *url, const js_deletion_watch *one, const char *cloud_id) {
    js_event sweep;
    js_property properties[JS_PROPERTIES_MAX + 1];
    js_event_init(&sweep);
    if (js_sweep_of_part(&sweep, one->wait.part)) {
        js_payload_exists_path(url, cloud_id, properties, js_sweep_properties(&sweep, properties));
    } else {
        url->failed = true;
    }
    js_event_clear(&sweep);
}

static void send(js_delivery *delivery, js_deletion_watch *one, const js_grant *grant) {
    const js_stream stream = {one->wait.name, one->wait.number, one->wait.part};
    js_buf url = JS_BUF_INIT;
    js_buf_add_text(&url, grant->api_url);
    if (asks_by_properties(one)) {
        add_exists_path(&url, one, grant->cloud_id);
    } else {
        js_payload_stream_path(&url, one->wait.lane.api, &stream, grant->cloud_id);
    }
    js_net_request request = {.url = url.data, .bearer = grant->token};
    if (url.failed ||
        delivery->net->ops->start(delivery->net, &request, &one->ticket, NULL) != JIRASEND_OK) {
        one->ticket = 0;
        ask_later(delivery, one, NO_ANSWER_MS);
    }
    one->generation = grant->token_generation;
    js_buf_clear(&url);
}

static bool may_ask(const js_delivery *delivery, const js_deletion_watch *one) {
    uint64_t fingerprint = 0;
    return one->ticket == 0 && !one->blind && !one->over && !js_delivery_paused(delivery) &&
           !delivery->stopping &&
           js_access_knows(delivery->access, one->wait.lane.site, &fingerprint);
}

static void ask(js_delivery *delivery, js_deletion_watch *one) {
    js_grant grant;
    js_result why;
    js_readiness readiness = js_access_want(delivery->access, one->wait.lane.site, &grant, &why);
    one->pending = readiness == JS_ACCESS_PENDING;
    switch (readiness) {
    case JS_ACCESS_READY:
        send(delivery, one, &grant);
        return;
    case JS_ACCESS_FAILED:
        ask_later(delivery, one, NO_ANSWER_MS);
        return;
    case JS_ACCESS_PENDING:
    default:
        return;
    }
}

/* Gone: what waited for that may go. */
static bool end_wait(js_delivery *delivery, js_deletion_watch *one) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_stream_wait wait = one->wait; /* nobody else changes the list meanwhile */
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code = outbox->ops->stream_wait_end(outbox, &wait, &error);
    js_outbox_end(delivery);
    if (code != JIRASEND_OK) {
        js_log_line(delivery->log, JIRASEND_LOG_WARNING, "%s", error.message);
        ask_later(delivery, one, NO_ANSWER_MS);
    }
    one->over = code == JIRASEND_OK;
    return one->over;
}

bool js_deletion_watches_turn(js_delivery *delivery) {
    bool moved = false;
    int64_t now_ms = js_delivery_now_ms(delivery);
    for (js_deletion_watch *one = delivery->deletion_watches; one != NULL; one = one->next) {
        if (one->gone && !one->over && one->next_ask_ms <= now_ms) {
            moved = end_wait(delivery, one) || moved;
        } else if (may_ask(delivery, one) && one->next_ask_ms <= now_ms) {
            ask(delivery, one);
        }
    }
    return moved;
}

int64_t js_deletion_watches_wait_ms(const js_delivery *delivery) {
    int64_t least = -1;
    int64_t now_ms = js_delivery_now_ms(delivery);
    for (const js_deletion_watch *one = delivery->deletion_watches; one != NULL; one = one->next) {
        if ((one->gone && !one->over) || (may_ask(delivery, one) && !one->pending)) {
            int64_t left = one->next_ask_ms > now_ms ? one->next_ask_ms - now_ms : 0;
            least = least < 0 || left < least ? left : least;
        }
    }
    return least;
}

/* ---- the answer ---- */

static bool says_none(const js_net_answer *answer, int status) {
    bool exists = true;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    return status == 200 &&
           js_answer_exists(&exists, body, answer->body.length, NULL) == JIRASEND_OK && !exists;
}

/* With an old cloud id everything is 404. False: the site has just named it, or nobody can ask. */
static bool renew_cloud(js_delivery *delivery, js_deletion_watch *one) {
    const char *site = one->wait.lane.site;
    one->cloud_was_fresh = true;
    if (js_access_cloud_fresh(delivery->access, site) ||
        !js_access_cloud_refused(delivery->access, site)) {
        return false;
    }
    ask_later(delivery, one, 0);
    return true;
}

static void heed(js_delivery *delivery, js_deletion_watch *one, const js_net_answer *answer) {
    int status = answer->failure == JS_NET_ANSWERED ? answer->status : 0;
    if (status == 401 && !one->token_was_fresh) {
        js_access_token_refused(delivery->access, one->wait.lane.site, one->generation);
        one->token_was_fresh = true;
        ask_later(delivery, one, 0);
        return;
    }
    one->token_was_fresh = false;
    if (status == 404 && !one->cloud_was_fresh && renew_cloud(delivery, one)) {
        return;
    }
    one->gone = asks_by_properties(one) ? says_none(answer, status) : status == 404;
    one->blind = status == 401 || status == 403;
    one->pause_ms *= 2;
    int64_t asked_for =
        answer->retry_after_ms > one->pause_ms ? answer->retry_after_ms : one->pause_ms;
    ask_later(delivery, one, one->gone ? 0 : asked_for);
}

bool js_deletion_watches_receive(js_delivery *delivery, const js_net_answer *answer) {
    for (js_deletion_watch *one = delivery->deletion_watches; one != NULL; one = one->next) {
        if (one->ticket != 0 && one->ticket == answer->ticket) {
            one->ticket = 0;
            heed(delivery, one, answer);
            js_log_line(delivery->log, JIRASEND_LOG_DEBUG, "%s: what was deleted is %s (HTTP %d)",
                        one->wait.lane.site, one->gone ? "gone" : "not known to be gone",
                        answer->status);
            return true;
        }
    }
    return false;
}
