/* Looking into the outbox, and setting right what is stuck in it. */
#include "client/client_internal.h"

#include "base/error.h"
#include "delivery/stops.h"
#include "event/json.h"

#include <inttypes.h>
#include <jirasend/outbox.h>
#include <stdlib.h>

enum { LIST_MAX = 1000 };

jirasend_code jirasend_outbox_list(jirasend_client *client, int64_t after, int limit,
                                   char **receipts, jirasend_error *error) {
    js_error_clear(error);
    *receipts = NULL;
    if (limit < 1 || limit > LIST_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "A page has 1 to %d receipts.", (int)LIST_MAX);
    }
    js_receipt *found = NULL;
    size_t count = 0;
    jirasend_code code =
        client->outbox->ops->list(client->outbox, after, limit, &found, &count, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "[");
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(&out, i == 0 ? "" : ",\n");
        js_receipt_write(&out, &found[i]);
    }
    js_buf_add_text(&out, "]");
    js_receipts_free(found, count);
    return js_hand_out(&out, receipts, error);
}

/* ---- status ---- */

static void write_lane(js_buf *out, jirasend_client *client, const js_lane_view *view) {
    uint64_t fingerprint = 0;
    bool knows = js_access_knows(client->access, view->lane.site, &fingerprint);
    /* Without credentials here, any hold is a hold. */
    bool lane_held = knows ? js_stop_holds(&view->stop, fingerprint) : view->stop.held;
    bool site_held = knows ? js_stop_holds(&view->site_stop, fingerprint) : view->site_stop.held;
    const char *message =
        view->site_stop.message[0] != '\0' ? view->site_stop.message : view->stop.message;
    js_buf_add_text(out, "{\"site\":");
    js_json_write_string(out, view->lane.site);
    js_buf_addf(out, ",\"kind\":\"%s\",\"waiting\":%" PRId64 ",\"held\":%s,\"message\":",
                js_kind_name(view->lane.kind), view->waiting,
                lane_held || site_held ? "true" : "false");
    js_json_write_string(out, message);
    js_buf_addf(out, ",\"retryInMs\":%" PRId64 "}",
                js_stops_wait_ms(&view->stop, &view->site_stop, fingerprint,
                                 js_delivery_now_ms(client->delivery)));
}

static jirasend_code write_status(jirasend_client *client, js_buf *out, jirasend_error *error) {
    js_counts counts;
    js_lane_view *views = NULL;
    size_t count = 0;
    js_outbox *outbox = client->outbox;
    jirasend_code code = outbox->ops->counts(outbox, &counts, error);
    if (code == JIRASEND_OK) {
        code =
            outbox->ops->lanes(outbox, js_delivery_now_ms(client->delivery), &views, &count, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf_addf(out,
                "{\"waiting\":%" PRId64 ",\"held\":%" PRId64 ",\"dead\":%" PRId64
                ",\"removedDead\":%" PRId64 ",\"lanes\":[",
                counts.waiting, counts.held, counts.dead, counts.removed_dead);
    for (size_t i = 0; i < count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        write_lane(out, client, &views[i]);
    }
    js_buf_add_text(out, "]}");
    free(views);
    return JIRASEND_OK;
}

jirasend_code jirasend_outbox_status(jirasend_client *client, char **status,
                                     jirasend_error *error) {
    js_error_clear(error);
    *status = NULL;
    js_buf out = JS_BUF_INIT;
    (void)pthread_mutex_lock(&client->lock);
    jirasend_code code = write_status(client, &out, error);
    (void)pthread_mutex_unlock(&client->lock);
    if (code != JIRASEND_OK) {
        js_buf_free(&out);
        return code;
    }
    return js_hand_out(&out, status, error);
}

/* ---- retry and drop ---- */

jirasend_code jirasend_outbox_retry(jirasend_client *client, int64_t id, jirasend_error *error) {
    js_error_clear(error);
    jirasend_code code =
        client->outbox->ops->retry(client->outbox, id, NULL, js_wall_ms(&client->world), error);
    client->net->ops->wake(client->net);
    return code;
}

jirasend_code jirasend_outbox_retry_site(jirasend_client *client, const char *site_text,
                                         jirasend_error *error) {
    js_error_clear(error);
    js_site site;
    jirasend_code code = js_client_site(client, site_text, &site, error);
    if (code == JIRASEND_OK) {
        code = client->outbox->ops->retry(client->outbox, 0, site.name, js_wall_ms(&client->world),
                                          error);
    }
    client->net->ops->wake(client->net);
    return code;
}

jirasend_code jirasend_outbox_drop(jirasend_client *client, int64_t id, jirasend_error *error) {
    js_error_clear(error);
    return client->outbox->ops->drop(client->outbox, id, js_wall_ms(&client->world), error);
}

/* ---- flush ---- */

/* Whether a lane will move within the time. */
static jirasend_code any_moves(jirasend_client *client, int64_t left_ms, bool *moves,
                               jirasend_error *error) {
    js_lane_view *views = NULL;
    size_t count = 0;
    int64_t now_ms = js_delivery_now_ms(client->delivery);
    *moves = false;
    jirasend_code code = client->outbox->ops->lanes(client->outbox, now_ms, &views, &count, error);
    for (size_t i = 0; code == JIRASEND_OK && i < count && !*moves; i++) {
        uint64_t fingerprint = 0;
        const js_lane_view *view = &views[i];
        if (!js_access_knows(client->access, view->lane.site, &fingerprint)) {
            continue;
        }
        int64_t pause = js_stops_wait_ms(&view->stop, &view->site_stop, fingerprint, now_ms);
        bool due = view->due_ms - now_ms <= left_ms;
        *moves = due && pause <= left_ms;
    }
    free(views);
    return code;
}

static jirasend_code flush(jirasend_client *client, const js_wait *wait, jirasend_error *error) {
    jirasend_code code = js_delivery_flush(client->delivery, error);
    client->net->ops->wake(client->net);
    while (code == JIRASEND_OK) {
        bool moves = js_delivery_busy(client->delivery);
        if (!moves) {
            code = any_moves(client, js_wait_left_ms(client, wait), &moves, error);
        }
        if (code != JIRASEND_OK || !moves) {
            return code;
        }
        code = js_wait_more(client, wait, error);
    }
    if (code == JIRASEND_E_TIMEOUT) {
        js_error_clear(error);
        return JIRASEND_OK; /* the status says what is left */
    }
    return code;
}

jirasend_code jirasend_outbox_flush(jirasend_client *client, int64_t timeout_ms, char **status,
                                    jirasend_error *error) {
    js_error_clear(error);
    *status = NULL;
    js_wait wait;
    js_wait_begin(client, &wait, timeout_ms);
    jirasend_code code = client->config->paused ? JIRASEND_OK : flush(client, &wait, error);
    js_wait_end(client);
    return code == JIRASEND_OK ? jirasend_outbox_status(client, status, error) : code;
}
