/* A relay in Jira's place: who we are to it, and what became of the events that it has. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "event/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CERTIFICATE_MAX = 64 * 1024,
    TOKEN_MAX = 16 * 1024,
    WAIT_MAX_S = 20,   /* a request ends after 30 */
    ANSWER_MS = 10000, /* beside the wait */
    PAUSE_MS = 1000,   /* between two questions that had no end */
    ASKED_MAX = 100    /* events, when nobody waits for one of them */
};

jirasend_code js_relay_check_options(const jirasend_config *config, const js_options *options,
                                     jirasend_error *error) {
    if (config->relay != NULL && (options->origin != NULL || options->scope != NULL)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The relay itself says where an event comes from: leave out the origin and "
                       "the scope of requestIds.");
    }
    return JIRASEND_OK;
}

jirasend_code js_client_prepare_relay(jirasend_config *config, jirasend_error *error) {
    if (config->relay == NULL) {
        return JIRASEND_OK;
    }
    if (!config->has_default_site) {
        config->default_site = config->relay_site;
        config->has_default_site = true;
    }
    return js_relay_check_options(config, &config->options, error);
}

/* ---- who we are ---- */

/* A certificate is told from another by what is in its file. "": there is none. */
static bool identify(const char *path, char identity[JS_SHA256_HEX_SIZE]) {
    identity[0] = '\0';
    if (path == NULL) {
        return true;
    }
    unsigned char digest[JS_SHA256_SIZE];
    char *text = malloc(CERTIFICATE_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 && text != NULL ? read(fd, text, CERTIFICATE_MAX) : -1;
    bool good = length >= 0 && js_sha256(text, (size_t)length, digest);
    if (good) {
        js_hex(digest, sizeof digest, identity);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(text);
    return good;
}

/* It goes into a header. */
static jirasend_code check_token(const void *token, size_t length, const char *what,
                                 jirasend_error *error) {
    const unsigned char *at = token;
    if (token == NULL || length == 0 || length > TOKEN_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s must have 1 to %d bytes.", what,
                       (int)TOKEN_MAX);
    }
    for (size_t i = 0; i < length; i++) {
        if (at[i] <= 0x20 || at[i] >= 0x7F) {
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "The %s contains a character that is not visible ASCII; remove it.",
                           what);
        }
    }
    return JIRASEND_OK;
}

/* A secret goes there: https, but for this machine. The query may be anything visible. */
static jirasend_code check_address(const char *url, jirasend_error *error) {
    static const char what[] = "address for ID tokens";
    char place[JS_ORIGIN_SIZE + sizeof "https://"];
    const char *separator = strstr(url, "://");
    const char *host = separator != NULL ? separator + 3 : url;
    size_t length = (size_t)(host - url) + strcspn(host, "/?#");
    js_site site;
    if (separator == NULL || length >= sizeof place) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s does not begin with https://.", what);
    }
    (void)snprintf(place, sizeof place, "%.*s", (int)length, url);
    jirasend_code code = js_site_parse(&site, place, what, error);
    return code == JIRASEND_OK ? check_token(url, strlen(url), what, error) : code;
}

static void add_audience(js_buf *url, const char *audience) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    bool has_query = strchr(url->data != NULL ? url->data : "", '?') != NULL;
    js_buf_addf(url, "%caudience=", has_query ? '&' : '?');
    for (const char *at = audience; *at != '\0'; at++) {
        if (strchr(plain, *at) != NULL) {
            js_buf_add(url, at, 1);
        } else {
            js_buf_addf(url, "%%%02X", (unsigned)(unsigned char)*at);
        }
    }
}

static jirasend_code check(const jirasend_client *client, const jirasend_relay *relay,
                           jirasend_error *error) {
    if (client->config->relay == NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The client's config names no relay.");
    }
    if (relay == NULL || relay->size < sizeof *relay) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "A relay needs its size.");
    }
    if (relay->token != NULL) {
        return check_token(relay->token, relay->token_length, "token for the relay", error);
    }
    if (relay->id_token_url != NULL) {
        jirasend_code code = check_address(relay->id_token_url, error);
        return code == JIRASEND_OK
                   ? check_token(relay->id_token_secret, relay->id_token_secret_length,
                                 "token for requesting ID tokens", error)
                   : code;
    }
    return JIRASEND_OK;
}

static jirasend_code put_relay(jirasend_client *client, const jirasend_relay *relay,
                               jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT; /* access reports through it */
    jirasend_error *e = error != NULL ? error : &own;
    char identity[JS_SHA256_HEX_SIZE];
    jirasend_code code = check(client, relay, e);
    if (code == JIRASEND_OK && !identify(client->config->relay_certificate, identity)) {
        code = js_fail(e, JIRASEND_E_FILE, "The certificate file %.300s cannot be read.",
                       client->config->relay_certificate);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf url = JS_BUF_INIT;
    bool asks = relay->token == NULL && relay->id_token_url != NULL;
    if (asks) {
        js_buf_add_text(&url, relay->id_token_url);
        add_audience(&url, relay->audience != NULL ? relay->audience : client->config->relay);
    }
    js_relay_credentials credentials = {.url = client->config->relay,
                                        .identity = identity,
                                        .token = relay->token,
                                        .token_length = relay->token_length,
                                        .request_url = asks ? url.data : NULL,
                                        .request_token = relay->id_token_secret,
                                        .request_token_length = relay->id_token_secret_length};
    if (url.failed) {
        code = js_fail_memory(e);
    } else {
        (void)pthread_mutex_lock(&client->lock);
        code = js_access_put_relay(client->access, &credentials, e);
        (void)pthread_mutex_unlock(&client->lock);
    }
    js_buf_clear(&url);
    client->net->ops->wake(client->net);
    return code;
}

jirasend_code jirasend_client_put_relay(jirasend_client *client, const jirasend_relay *relay,
                                        jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, put_relay(client, relay, error)) : code;
}

/* ---- what became of an event ---- */

static bool read_status(json_object *json, js_status *status) {
    static const js_status ends[] = {JS_STATUS_ACCEPTED, JS_STATUS_SKIPPED, JS_STATUS_SUPERSEDED,
                                     JS_STATUS_REJECTED};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (strcmp(js_json_text_of(json, "status"), js_status_name(ends[i])) == 0) {
            *status = ends[i];
            return true;
        }
    }
    return false;
}

/*
 * What became of it is written down here, too, so that whoever asks this outbox later need not ask the
 * relay. That it could not be is no reason to keep the answer from the caller.
 */
static void remember_answer(jirasend_client *client, json_object *json, const js_receipt *receipt) {
    js_outbox *outbox = client->outbox;
    json_object *list = NULL;
    json_object *http = NULL;
    js_strings unknown = JS_STRINGS_INIT;
    js_outcome outcome = {.id = receipt->id, .unknown_keys = &unknown};
    if (outbox->ops->answered == NULL || !read_status(json, &outcome.status)) {
        return;
    }
    bool good = true;
    if (json_object_object_get_ex(json, "unknownIssueKeys", &list) &&
        json_object_is_type(list, json_type_array)) {
        for (size_t i = 0; good && i < json_object_array_length(list); i++) {
            const char *key = json_object_get_string(json_object_array_get_idx(list, i));
            good = key != NULL && js_strings_add(&unknown, key, strlen(key));
        }
    }
    outcome.message = js_json_text_of(json, "message");
    outcome.http_status =
        json_object_object_get_ex(json, "httpStatus", &http) ? json_object_get_int(http) : 0;
    if (good) {
        (void)outbox->ops->answered(outbox, &outcome, js_wall_ms(&client->world), NULL);
    }
    js_strings_clear(&unknown);
}

/* The relay's receipt under our own number. Takes the object. */
static jirasend_code hand_out(json_object *json, const js_receipt *receipt, char **out,
                              jirasend_error *error) {
    json_object_object_del(json, "relayId");
    bool good = json_object_object_add(json, "id", json_object_new_int64(receipt->id)) == 0 &&
                js_json_put_number(json, "relayId", receipt->relay_id);
    js_buf text = JS_BUF_INIT;
    js_json_write_built(&text, json, good);
    return js_hand_out(&text, out, error);
}

static bool is_queued(json_object *json) {
    json_object *status = NULL;
    return json_object_object_get_ex(json, "status", &status) &&
           strcmp(json_object_get_string(status), js_status_name(JS_STATUS_QUEUED)) == 0;
}

static int64_t left_ms(const jirasend_client *client, int64_t until_ms) {
    int64_t left = until_ms - js_mono_ms(&client->world);
    return left > 0 ? left : 0;
}

/* What both say, and say the same. */
static bool agree(json_object *theirs, json_object *ours, const char *name) {
    json_object *one = js_json_member_of(theirs, name);
    json_object *other = js_json_member_of(ours, name);
    return one == NULL || other == NULL || json_object_equal(one, other) == 1;
}

/*
 * Whether the relay's answer is about our event. A relay whose database failed over, or was moved or restored,
 * may have given the number to another one; the requestId stays. One that we made has this beginning.
 */
static bool is_about(json_object *json, const js_receipt *receipt) {
    static const char own[] = "jirasend-";
    const char *theirs = js_json_text_of(json, "requestId");
    bool same = theirs[0] == '\0' ||
                (receipt->request_id != NULL ? strcmp(theirs, receipt->request_id) == 0
                                             : strncmp(theirs, own, sizeof own - 1) == 0);
    js_buf text = JS_BUF_INIT;
    js_receipt_write(&text, receipt);
    json_object *ours =
        text.failed ? NULL : js_json_parse(text.data, text.length, JS_JSON_ANSWER, NULL);
    same = same && agree(json, ours, "kind") && agree(json, ours, "pipelineId") &&
           agree(json, ours, "number");
    json_object_put(ours);
    js_buf_clear(&text);
    return same;
}

/* One question. OK with the answer in *json, or without one that is worth waiting for. */
static jirasend_code ask(jirasend_client *client, const js_receipt *receipt, int64_t left,
                         json_object **json, jirasend_error *error) {
    int wait_s = left / 1000 > WAIT_MAX_S ? WAIT_MAX_S : (int)(left / 1000);
    js_inquiry inquiry = {.subject = JS_INQUIRY_RECEIPT,
                          .site = receipt->site,
                          .relay_id = receipt->relay_id,
                          .wait_s = wait_s};
    int64_t most_ms = (int64_t)wait_s * 1000 + ANSWER_MS;
    jirasend_code code =
        js_client_inquire(client, &inquiry, left < most_ms ? left : most_ms, error);
    *json = inquiry.json;
    if (code == JIRASEND_OK && inquiry.answer.readiness == JS_ACCESS_FAILED) {
        json_object_put(inquiry.json);
        *json = NULL;
        code = js_client_fail_as_found(&inquiry.answer, error);
    } else if (code == JIRASEND_OK && *json != NULL && !is_about(*json, receipt)) {
        json_object_put(*json);
        *json = NULL;
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "The relay does not have event %" PRId64
                       " any more: its number there, %" PRId64 ", is another one's by now.",
                       receipt->id, receipt->relay_id);
    }
    return code == JIRASEND_E_TIMEOUT || code == JIRASEND_E_NETWORK ? JIRASEND_OK : code;
}

jirasend_code js_client_follow_relay(jirasend_client *client, const js_receipt *receipt,
                                     int64_t until_ms, char **out, jirasend_error *error) {
    json_object *last = NULL;
    jirasend_code code = js_client_knows(client, receipt->site, NULL);
    bool waits = code == JIRASEND_OK; /* else only what we know ourselves */
    for (code = JIRASEND_OK; waits && code == JIRASEND_OK;) {
        json_object *json = NULL;
        int64_t before_ms = js_mono_ms(&client->world);
        code = ask(client, receipt, left_ms(client, until_ms), &json, error);
        if (json != NULL) {
            json_object_put(last);
            last = json;
        }
        waits = (last == NULL || is_queued(last)) && left_ms(client, until_ms) > 0;
        bool quick = js_mono_ms(&client->world) - before_ms < PAUSE_MS;
        if (waits && code == JIRASEND_OK && quick) {
            int64_t left = left_ms(client, until_ms);
            code = js_client_sleep(client, left < PAUSE_MS ? left : PAUSE_MS, error);
        }
    }
    if (code != JIRASEND_OK) {
        json_object_put(last);
        return code;
    }
    js_error_clear(error);
    if (last != NULL) {
        remember_answer(client, last, receipt);
    }
    return last != NULL ? hand_out(last, receipt, out, error)
                        : js_hand_out_receipt(receipt, out, error);
}

/* ---- answers to what was handed over earlier ---- */

jirasend_code js_client_ask_relayed(jirasend_client *client, int64_t until_ms,
                                    jirasend_error *error) {
    const js_history_query query = {.statuses = 1U << JS_STATUS_RELAYED};
    js_history_row *rows = NULL;
    size_t count = 0;
    jirasend_code code = js_history_all(client, &query, ASKED_MAX, &rows, &count, error);
    for (size_t i = 0; code == JIRASEND_OK && i < count && left_ms(client, until_ms) > 0; i++) {
        const js_receipt *receipt = &rows[i].receipt;
        json_object *json = NULL;
        bool known = js_client_knows(client, receipt->site, NULL) == JIRASEND_OK;
        int64_t most_ms = left_ms(client, until_ms) < 1000 ? left_ms(client, until_ms) : 999;
        jirasend_code asked =
            known ? ask(client, receipt, most_ms, &json, NULL) : JIRASEND_E_CREDENTIALS;
        if (asked == JIRASEND_E_NOT_FOUND) {
            continue; /* nobody will ever say what became of it */
        }
        if (asked != JIRASEND_OK || json == NULL) {
            break; /* the events are safe, and the next time is soon enough */
        }
        remember_answer(client, json, receipt);
        json_object_put(json);
    }
    js_history_free(rows, count);
    return code;
}
