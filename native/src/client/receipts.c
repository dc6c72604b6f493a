/* What became of an event: asked, waited for, or followed. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static jirasend_code replace_message(js_receipt *receipt, const char *message,
                                     jirasend_error *error) {
    char *copy = js_copy(message);
    if (copy == NULL) {
        return js_fail_memory(error);
    }
    free(receipt->message);
    receipt->message = copy;
    return JIRASEND_OK;
}

/* An event that waits, as the outbox says, and what stops its lane and its site. */
typedef struct look {
    js_receipt receipt;
    js_lane lane;
    js_stop stop, site_stop;
} look;

static jirasend_code find_lane(const js_receipt *receipt, js_lane *lane, jirasend_error *error) {
    *lane = (js_lane){.api = js_kind_api(receipt->kind)};
    size_t length = strlen(receipt->site);
    if (length >= sizeof lane->site) {
        return js_fail(error, JIRASEND_E_INTERNAL, "The stored site name is too long.");
    }
    memcpy(lane->site, receipt->site, length + 1);
    return JIRASEND_OK;
}

/* The stops before the receipt: what ends them shows in it. Without the client's lock. */
static jirasend_code read_outbox(js_outbox *outbox, int64_t id, look *seen, jirasend_error *error) {
    js_lane site = seen->lane;
    site.api = JS_API_NONE;
    jirasend_code code = outbox->ops->stop_get(outbox, &seen->lane, &seen->stop, error);
    if (code == JIRASEND_OK) {
        code = outbox->ops->stop_get(outbox, &site, &seen->site_stop, error);
    }
    return code == JIRASEND_OK ? outbox->ops->receipt(outbox, id, &seen->receipt, error) : code;
}

/* A waiting event whose lane is stopped, or has something in hand, says so. */
static jirasend_code comment(const jirasend_client *client, look *seen, const js_outlook *outlook,
                             jirasend_error *error) {
    js_receipt *receipt = &seen->receipt;
    if (outlook->paused) {
        receipt->status = JS_STATUS_QUEUED;
        return replace_message(receipt, "Sending is paused; the event is kept.", error);
    }
    if (receipt->status == JS_STATUS_HELD && !receipt->forbidden && !outlook->held &&
        !outlook->no_credentials) {
        receipt->status =
            JS_STATUS_QUEUED; /* the hold is of other credentials and about to be lifted */
    }
    const jirasend_error *trouble = js_delivery_trouble(client->delivery, &seen->lane);
    if (trouble != NULL && receipt->status == JS_STATUS_QUEUED) {
        return replace_message(receipt, trouble->message, error);
    }
    const char *progress = js_delivery_progress(client->delivery, receipt->id);
    if (progress == NULL) {
        progress = js_delivery_elsewhere(client->delivery, &seen->lane);
    }
    bool first_time = receipt->attempts == 0 && !outlook->explained;
    if (progress != NULL && first_time && receipt->status == JS_STATUS_QUEUED) {
        return replace_message(receipt, progress, error);
    }
    return JIRASEND_OK;
}

/* Nothing will happen to it within the time. */
static bool stuck(const js_outlook *outlook, int64_t left_ms) {
    bool stopped = outlook->held || outlook->pause_ms > left_ms;
    return outlook->paused || outlook->no_credentials || (stopped && !outlook->trying);
}

static jirasend_code say_why_stuck(const js_outlook *outlook, js_receipt *receipt,
                                   jirasend_error *error) {
    if (!outlook->no_credentials || receipt->status != JS_STATUS_QUEUED) {
        return JIRASEND_OK;
    }
    return replace_message(receipt,
                           "There are no credentials for its site here; the event is kept.", error);
}

/* One look at an event: OK with `settled`, or with the state of its lane. The lock is held around it. */
static jirasend_code look_once(jirasend_client *client, js_wait *wait, int64_t id, look *seen,
                               js_outlook *outlook, bool *settled, jirasend_error *error) {
    js_look_begin(client, wait);
    jirasend_code code = read_outbox(client->outbox, id, seen, error);
    js_look_end(client);
    code = code == JIRASEND_OK ? js_given_check(client, &seen->receipt, error) : code;
    if (code != JIRASEND_OK) {
        return code;
    }
    *settled = js_status_settled(seen->receipt.status);
    if (!*settled) {
        *outlook =
            js_delivery_outlook(client->delivery, &seen->lane, &seen->stop, &seen->site_stop);
        code = comment(client, seen, outlook, error);
    }
    if (code != JIRASEND_OK) {
        js_receipt_clear(&seen->receipt);
    }
    return code;
}

/* What the first look is for: whether it is settled, and which lane to look at. The receipt is in `seen`. */
static jirasend_code read_first(jirasend_client *client, js_wait *wait, int64_t id, look *seen,
                                bool *settled, jirasend_error *error) {
    js_look_begin(client, wait);
    jirasend_code code = client->outbox->ops->receipt(client->outbox, id, &seen->receipt, error);
    js_look_end(client);
    code = code == JIRASEND_OK ? js_given_check(client, &seen->receipt, error) : code;
    if (code != JIRASEND_OK) {
        return code;
    }
    *settled = js_status_settled(seen->receipt.status);
    code = *settled ? JIRASEND_OK : find_lane(&seen->receipt, &seen->lane, error);
    if (code != JIRASEND_OK) {
        js_receipt_clear(&seen->receipt);
    }
    return code;
}

/* The same, also of an outbox that is away for a while; the receipt is there only when it is settled. */
static jirasend_code look_first(jirasend_client *client, js_wait *wait, int64_t id, look *seen,
                                bool *settled, jirasend_error *error) {
    jirasend_code code = read_first(client, wait, id, seen, settled, error);
    while (code != JIRASEND_OK) {
        code = js_wait_out(client, wait, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        code = read_first(client, wait, id, seen, settled, error);
    }
    if (!*settled) {
        js_receipt_clear(&seen->receipt);
    }
    return JIRASEND_OK;
}

/*
 * A single look, for a receipt as it is now. What stops the lane matters only to an event that is held,
 * or in hand here: the others, which may be thousands after a `send`, are read once and not four times.
 */
static jirasend_code look_now(jirasend_client *client, js_wait *wait, int64_t id, look *seen,
                              jirasend_error *error) {
    static const js_stop nothing;
    js_outlook outlook;
    bool settled = false;
    jirasend_code code = read_first(client, wait, id, seen, &settled, error);
    if (code != JIRASEND_OK || settled) {
        return code;
    }
    if (seen->receipt.status != JS_STATUS_QUEUED ||
        js_delivery_progress(client->delivery, id) != NULL) {
        js_receipt_clear(&seen->receipt);
        return look_once(client, wait, id, seen, &outlook, &settled, error);
    }
    outlook = js_delivery_outlook(client->delivery, &seen->lane, &nothing, &nothing);
    code = comment(client, seen, &outlook, error);
    if (code != JIRASEND_OK) {
        js_receipt_clear(&seen->receipt);
    }
    return code;
}

void js_client_tell_committed(jirasend_client *client, js_receipt *receipt, char **out) {
    static const js_stop nothing;
    look seen = {.receipt = *receipt};
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = find_lane(receipt, &seen.lane, &error);
    if (code == JIRASEND_OK && receipt->status == JS_STATUS_QUEUED) {
        (void)pthread_mutex_lock(&client->lock);
        js_outlook outlook = js_delivery_outlook(client->delivery, &seen.lane, &nothing, &nothing);
        code = comment(client, &seen, &outlook, &error);
        (void)pthread_mutex_unlock(&client->lock);
    }
    *receipt = seen.receipt;
    *out = NULL;
    /* Whose hold it is, and whether it still counts, takes another look at the outbox. */
    if (code == JIRASEND_OK && receipt->status != JS_STATUS_HELD) {
        code = js_hand_out_receipt(receipt, out, &error);
    }
    js_error_clear(&error);
}

/* Looks again and again until it is settled, stuck, or the time is over. The receipt is in `seen`. */
static jirasend_code watch(jirasend_client *client, js_wait *wait, int64_t id, look *seen,
                           jirasend_error *error) {
    bool settled = false;
    jirasend_code code = look_first(client, wait, id, seen, &settled, error);
    while (code == JIRASEND_OK && !settled) {
        js_outlook outlook;
        unsigned changes = js_delivery_changes(client->delivery, seen->lane.site);
        code = look_once(client, wait, id, seen, &outlook, &settled, error);
        if (code != JIRASEND_OK) {
            code = js_wait_out(client, wait, error);
            continue;
        }
        if (settled) {
            break;
        }
        bool still = changes == js_delivery_changes(client->delivery, seen->lane.site);
        bool stands = seen->receipt.forbidden || stuck(&outlook, js_wait_left_ms(client, wait));
        if (still && stands) {
            code = say_why_stuck(&outlook, &seen->receipt, error);
            if (code != JIRASEND_OK) {
                js_receipt_clear(&seen->receipt);
            }
            return code;
        }
        code = js_wait_more(client, wait, error);
        if (code == JIRASEND_E_TIMEOUT) {
            js_error_clear(error);
            return JIRASEND_OK; /* the receipt says `queued` and why */
        }
        js_receipt_clear(&seen->receipt);
    }
    return code;
}

/* `through`: an event that a relay has is followed there. */
static jirasend_code wait_for(jirasend_client *client, int64_t id, int64_t timeout_ms, bool through,
                              char **receipt, jirasend_error *error) {
    if (receipt == NULL) {
        return js_fail_nowhere(error);
    }
    *receipt = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    look seen;
    js_wait wait;
    jirasend_error why = JIRASEND_ERROR_INIT;
    js_wait_begin(client, &wait, timeout_ms);
    code = watch(client, &wait, id, &seen, &why);
    js_wait_end(client);
    if (code != JIRASEND_OK) {
        (void)js_error_pass(&why, error);
    } else {
        bool follows =
            through && seen.receipt.status == JS_STATUS_RELAYED && client->config->relay != NULL;
        code = follows
                   ? js_client_follow_relay(client, &seen.receipt, wait.until_ms, receipt, error)
                   : js_hand_out_receipt(&seen.receipt, receipt, error);
        js_receipt_clear(&seen.receipt);
    }
    return js_leave(client, code);
}

jirasend_code jirasend_client_wait(jirasend_client *client, int64_t id, int64_t timeout_ms,
                                   char **receipt, jirasend_error *error) {
    return wait_for(client, id, timeout_ms, true, receipt, error);
}

jirasend_code jirasend_client_wait_sent(jirasend_client *client, int64_t id, int64_t timeout_ms,
                                        char **receipt, jirasend_error *error) {
    return wait_for(client, id, timeout_ms, false, receipt, error);
}

jirasend_code jirasend_client_receipt(jirasend_client *client, int64_t id, char **receipt,
                                      jirasend_error *error) {
    if (receipt == NULL) {
        return js_fail_nowhere(error);
    }
    *receipt = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    look seen;
    js_wait wait;
    jirasend_error why = JIRASEND_ERROR_INIT;
    js_wait_begin(client, &wait, js_client_patience_ms(client));
    do {
        code = look_now(client, &wait, id, &seen, &why);
    } while (code != JIRASEND_OK && js_wait_out(client, &wait, &why) == JIRASEND_OK);
    js_wait_end(client);
    if (code != JIRASEND_OK) {
        code = js_error_pass(&why, error);
    } else {
        code = js_hand_out_receipt(&seen.receipt, receipt, error);
        js_receipt_clear(&seen.receipt);
    }
    return js_leave(client, code);
}

/*
 * The caller's cursor is the outbox's plus one, so that 0 can mean "from now on". So does one of another
 * outbox, as after a restored backup or a salvage: until this one had settled as much, nothing would come.
 */
static jirasend_code start_cursor(jirasend_client *client, int64_t *cursor, jirasend_error *error) {
    int64_t newest = 0;
    jirasend_code code = client->outbox->ops->cursor(client->outbox, &newest, error);
    if (code == JIRASEND_OK && (*cursor <= 0 || *cursor - 1 > newest)) {
        *cursor = newest + 1;
    }
    return code;
}

/*
 * `next`: where the cursor is after the receipt, once that has been handed out. Where the cursor is
 * is asked for when nothing follows it: what follows shows that it is of this outbox.
 */
static jirasend_code follow(jirasend_client *client, js_wait *wait, int64_t *cursor, int64_t *next,
                            js_receipt *receipt, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    bool checked = false;
    while (code == JIRASEND_OK && *cursor <= 0) {
        checked = true;
        js_look_begin(client, wait);
        code = start_cursor(client, cursor, error);
        js_look_end(client);
        code = code == JIRASEND_OK ? code : js_wait_out(client, wait, error);
    }
    while (code == JIRASEND_OK) {
        int64_t at = *cursor - 1;
        js_look_begin(client, wait);
        code = client->outbox->ops->next_settled(client->outbox, &at, receipt, error);
        if (code == JIRASEND_E_NOT_FOUND && !checked) {
            checked = true;
            jirasend_code started = start_cursor(client, cursor, error);
            code = started == JIRASEND_OK ? code : started;
        }
        js_look_end(client);
        if (code == JIRASEND_OK) {
            *next = at + 1;
            return code;
        }
        code = code == JIRASEND_E_NOT_FOUND ? js_wait_more(client, wait, error)
                                            : js_wait_out(client, wait, error);
    }
    return code;
}

jirasend_code jirasend_client_next_receipt(jirasend_client *client, int64_t *cursor,
                                           int64_t timeout_ms, char **receipt,
                                           jirasend_error *error) {
    if (receipt == NULL || cursor == NULL) {
        return js_fail_nowhere(error);
    }
    *receipt = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_receipt found;
    js_wait wait;
    jirasend_error why = JIRASEND_ERROR_INIT;
    js_wait_begin(client, &wait, timeout_ms);
    int64_t next = 0;
    code = follow(client, &wait, cursor, &next, &found, &why);
    js_wait_end(client);
    if (code != JIRASEND_OK) {
        (void)js_error_pass(&why, error);
    } else {
        code = js_hand_out_receipt(&found, receipt, error);
        js_receipt_clear(&found);
    }
    *cursor = code == JIRASEND_OK ? next : *cursor; /* not past one that could not be handed out */
    return js_leave(client, code);
}
