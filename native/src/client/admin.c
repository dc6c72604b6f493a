/* Looking into the outbox, and retrying or dropping what is stuck in it. */
#include "client/client_internal.h"

#include "base/error.h"
#include "delivery/stops.h"
#include "event/json.h"
#include "event/kind.h"

#include <jirasend/outbox.h>
#include <stdlib.h>

enum { LIST_MAX = 1000 };

static jirasend_code list(jirasend_client *client, int64_t after, int limit, char **receipts,
                          jirasend_error *error) {
    if (limit < 1 || limit > LIST_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "Ask for 1 to %d receipts a page.",
                       (int)LIST_MAX);
    }
    js_receipt *found = NULL;
    size_t count = 0;
    jirasend_code code =
        client->outbox->ops->list(client->outbox, after, limit, &found, &count, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *page = json_object_new_array();
    bool good = page != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_json_append(page, js_receipt_json(&found[i]));
    }
    js_receipts_free(found, count);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, page, good);
    return js_hand_out(&out, receipts, error);
}

jirasend_code jirasend_outbox_list(jirasend_client *client, int64_t after, int limit,
                                   char **receipts, jirasend_error *error) {
    if (receipts == NULL) {
        return js_fail_nowhere(error);
    }
    *receipts = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, list(client, after, limit, receipts, error))
                               : code;
}

jirasend_code jirasend_outbox_document(jirasend_client *client, int64_t id, char **document,
                                       jirasend_error *error) {
    if (document == NULL) {
        return js_fail_nowhere(error);
    }
    *document = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_outbox *outbox = client->outbox;
    code = outbox->ops->document != NULL
               ? outbox->ops->document(outbox, id, document, error)
               : js_fail(error, JIRASEND_E_NOT_FOUND, "This outbox cannot show documents.");
    return js_leave(client, code);
}

/* ---- status ---- */

static bool put_lane(json_object *lane, jirasend_client *client, const js_lane_view *view) {
    uint64_t fingerprint = 0;
    bool knows = js_access_knows(client->access, view->lane.site, &fingerprint);
    /* Without credentials here, any hold is a hold. */
    bool lane_held = knows ? js_stop_holds(&view->stop, fingerprint) : view->stop.held;
    bool site_held = knows ? js_stop_holds(&view->site_stop, fingerprint) : view->site_stop.held;
    const char *elsewhere = js_delivery_elsewhere(client->delivery, &view->lane);
    const char *message = view->site_stop.message[0] != '\0' ? view->site_stop.message
                          : view->stop.message[0] != '\0'    ? view->stop.message
                          : elsewhere != NULL                ? elsewhere
                                                             : "";
    int64_t wait_ms = js_stops_wait_ms(&view->stop, &view->site_stop, fingerprint,
                                       js_delivery_now_ms(client->delivery));
    return js_json_put_text(lane, "site", view->lane.site) &&
           js_json_put_text(lane, "api", js_api_of(view->lane.api)->name) &&
           js_json_put_text(lane, "kind", js_api_of(view->lane.api)->noun) &&
           js_json_put_text(lane, "plural", js_api_of(view->lane.api)->plural) &&
           js_json_put_number(lane, "waiting", view->waiting) &&
           js_json_put_flag(lane, "held", lane_held || site_held) &&
           js_json_put_text(lane, "message", message) &&
           js_json_put_number(lane, "retryInMs", wait_ms);
}

static bool put_lanes(json_object *status, jirasend_client *client, const js_lane_view *views,
                      size_t count) {
    json_object *lanes = js_json_put_array(status, "lanes");
    bool good = lanes != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = put_lane(js_json_append_object(lanes), client, &views[i]);
    }
    return good;
}

static jirasend_code write_status(jirasend_client *client, js_buf *out, jirasend_error *error) {
    js_counts counts;
    js_lane_view *views = NULL;
    size_t count = 0;
    js_outbox *outbox = client->outbox;
    bool paused = client->config->paused;
    int64_t now_ms = js_delivery_now_ms(client->delivery); /* set when the client was opened */
    jirasend_code code = outbox->ops->counts(outbox, &counts, error);
    if (code == JIRASEND_OK && !paused) {
        code = js_outbox_pause_get(outbox, &paused, error);
    }
    if (code == JIRASEND_OK) {
        code = outbox->ops->lanes(outbox, now_ms, &views, &count, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    (void)pthread_mutex_lock(&client->lock); /* not before: nobody waits for the outbox under it */
    if (paused && !client->config->paused) { /* receipts that are asked for now must say so, too */
        js_delivery_hear_of_pause(client->delivery);
        client->net->ops->wake(client->net);
    }
    json_object *status = json_object_new_object();
    bool good = js_json_put_number(status, "waiting", counts.waiting) &&
                js_json_put_number(status, "held", counts.held) &&
                js_json_put_number(status, "dead", counts.dead) &&
                js_json_put_number(status, "removedDead", counts.removed_dead) &&
                js_json_put_flag(status, "paused", paused) &&
                put_lanes(status, client, views, count);
    (void)pthread_mutex_unlock(&client->lock);
    js_json_write_built(out, status, good);
    free(views);
    return JIRASEND_OK;
}

static jirasend_code hand_out_status(jirasend_client *client, char **status,
                                     jirasend_error *error) {
    js_buf out = JS_BUF_INIT;
    jirasend_code code = write_status(client, &out, error);
    if (code != JIRASEND_OK) {
        js_buf_clear(&out);
        return code;
    }
    return js_hand_out(&out, status, error);
}

jirasend_code jirasend_outbox_status(jirasend_client *client, char **status,
                                     jirasend_error *error) {
    if (status == NULL) {
        return js_fail_nowhere(error);
    }
    *status = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, hand_out_status(client, status, error)) : code;
}

/* ---- retry and drop ---- */

static jirasend_code retry(jirasend_client *client, int64_t id, const char *site,
                           jirasend_error *error) {
    jirasend_code code =
        client->outbox->ops->retry(client->outbox, id, site, js_wall_ms(&client->world), error);
    client->net->ops->wake(client->net);
    return code;
}

jirasend_code jirasend_outbox_retry(jirasend_client *client, int64_t id, jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, retry(client, id, NULL, error)) : code;
}

jirasend_code jirasend_outbox_retry_site(jirasend_client *client, const char *site_text,
                                         jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_site site;
    code = js_client_site(client, site_text, &site, error);
    return js_leave(client, code == JIRASEND_OK ? retry(client, 0, site.name, error) : code);
}

jirasend_code jirasend_outbox_drop(jirasend_client *client, int64_t id, jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = client->outbox->ops->drop(client->outbox, id, js_wall_ms(&client->world), error);
    return js_leave(client, code);
}

jirasend_code jirasend_outbox_pause(jirasend_client *client, int paused, jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_outbox_pause_put(client->outbox, paused != 0, error);
    if (code == JIRASEND_OK) { /* a wait that follows must not be told what was before */
        (void)pthread_mutex_lock(&client->lock);
        js_delivery_note_paused(client->delivery, paused != 0);
        (void)pthread_mutex_unlock(&client->lock);
    }
    client->net->ops->wake(client->net);
    return js_leave(client, code);
}

/* ---- flush ---- */

/* Whether a lane will move within the time, or may have moved while we looked. */
static jirasend_code any_moves(jirasend_client *client, js_wait *wait, bool *moves,
                               jirasend_error *error) {
    js_lane_view *views = NULL;
    size_t count = 0;
    int64_t now_ms = js_delivery_now_ms(client->delivery);
    unsigned changes = js_delivery_changes(client->delivery, NULL);
    js_look_begin(client, wait);
    jirasend_code code = client->outbox->ops->lanes(client->outbox, now_ms, &views, &count, error);
    js_look_end(client);
    *moves = changes != js_delivery_changes(client->delivery, NULL);
    for (size_t i = 0; code == JIRASEND_OK && i < count && !*moves; i++) {
        *moves = js_delivery_moves(client->delivery, &views[i], js_wait_left_ms(client, wait));
    }
    free(views);
    return code;
}

static jirasend_code flush(jirasend_client *client, js_wait *wait, jirasend_error *error) {
    js_delivery_flush(client->delivery);
    client->net->ops->wake(client->net);
    jirasend_code code = JIRASEND_OK;
    bool moves = true;
    while (code == JIRASEND_OK && moves) {
        wait->seen = client->turns;
        if (!js_delivery_flush_left(client->delivery) && !js_delivery_moving(client->delivery)) {
            code = js_error_pass(js_delivery_flush_error(client->delivery), error);
            if (code == JIRASEND_OK) {
                code = any_moves(client, wait, &moves, error);
            }
            if (code != JIRASEND_OK) {
                code = js_wait_out(client, wait, error);
                moves = true;
                continue;
            }
        }
        if (moves) {
            code = js_wait_more(client, wait, error);
        }
    }
    if (code != JIRASEND_E_TIMEOUT) {
        return code;
    }
    js_error_clear(error);
    if (js_delivery_flush_left(
            client->delivery)) { /* the outbox is still away, if it could be asked */
        code = js_error_pass(js_delivery_flush_error(client->delivery), error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    const jirasend_error *trouble = js_delivery_trouble(client->delivery, NULL);
    if (trouble != NULL) {
        return js_error_pass(trouble, error);
    }
    return JIRASEND_OK; /* the status says what is left */
}

jirasend_code jirasend_outbox_flush(jirasend_client *client, int64_t timeout_ms, char **status,
                                    jirasend_error *error) {
    if (status == NULL) {
        return js_fail_nowhere(error);
    }
    *status = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_wait wait;
    jirasend_error why = JIRASEND_ERROR_INIT;
    js_wait_begin(client, &wait, timeout_ms);
    code = client->config->paused ? JIRASEND_OK : flush(client, &wait, &why);
    if (code != JIRASEND_OK) {
        (void)js_error_pass(&why, error);
    }
    int64_t until_ms = wait.until_ms;
    js_wait_end(client);
    if (code == JIRASEND_OK && client->config->relay != NULL && !client->config->paused) {
        code = js_client_ask_relayed(client, until_ms, error);
    }
    return js_leave(client, code == JIRASEND_OK ? hand_out_status(client, status, error) : code);
}
