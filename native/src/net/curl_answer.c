/* Reads what libcurl brought back: a status with its hints, or a failure in words. */
#include "net/curl_internal.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "net/hints.h"

#include <stdio.h>
#include <string.h>

static const char *header(js_transfer *transfer, const char *name) {
    struct curl_header *found = NULL;
    if (curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) {
        return NULL;
    }
    return found->value;
}

static void read_location_host(js_transfer *transfer, js_net_answer *answer) {
    char *target = NULL;
    char *host = NULL;
    CURLU *url = curl_url();
    if (url != NULL &&
        curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target) == CURLE_OK &&
        target != NULL && curl_url_set(url, CURLUPART_URL, target, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        strlen(host) < sizeof answer->location_host) { /* half a host is not one */
        (void)snprintf(answer->location_host, sizeof answer->location_host, "%s", host);
    }
    curl_free(host);
    curl_url_cleanup(url);
}

static void read_hints(const js_curl *self, js_transfer *transfer, js_net_answer *answer) {
    int64_t server_now_ms = js_wall_ms(self->world);
    const char *date = header(transfer, "Date");
    if (date != NULL && js_http_date_parse(date, strlen(date), &answer->server_date_ms)) {
        server_now_ms = answer->server_date_ms;
    }
    const char *retry = header(transfer, "Retry-After");
    if (retry != NULL) {
        answer->retry_after_ms = js_hint_retry_after(retry, server_now_ms);
    }
    const char *reset = header(transfer, "X-RateLimit-Reset");
    if (reset != NULL) {
        answer->rate_reset_ms = js_hint_rate_reset(reset, server_now_ms);
    }
    const char *reason = header(transfer, "RateLimit-Reason");
    if (reason != NULL && strlen(reason) < sizeof answer->rate_reason) {
        (void)snprintf(answer->rate_reason, sizeof answer->rate_reason, "%s", reason);
    }
    if (answer->status >= 300 && answer->status < 400) {
        read_location_host(transfer, answer);
    }
}

static bool was_connected(js_transfer *transfer) {
    curl_off_t connected = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    return connected > 0;
}

static js_net_failure classify(js_transfer *transfer) {
    switch (transfer->code) {
    case CURLE_OK:
        return transfer->headers_ended ? JS_NET_ANSWERED : JS_NET_BROKEN;
    case CURLE_OPERATION_TIMEDOUT:
        return was_connected(transfer) ? JS_NET_TIMEOUT : JS_NET_UNREACHED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
        return JS_NET_UNREACHED;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
    case CURLE_LOGIN_DENIED:
        return JS_NET_PROXY;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return JS_NET_TLS;
    case CURLE_WRITE_ERROR:
        return JS_NET_OVERSIZE;
    default:
        return JS_NET_BROKEN;
    }
}

/* What a person sees of a failure. libcurl's own reason is good English without secrets. */
static void put_reason(js_transfer *transfer, js_net_answer *answer) {
    const char *reason =
        transfer->reason[0] != '\0' ? transfer->reason : curl_easy_strerror(transfer->code);
    if (answer->failure == JS_NET_OVERSIZE) {
        reason = "the answer is longer than 1 MiB, or its headers are longer than 256 KiB";
    }
    if (transfer->code == CURLE_OK) {
        reason = "the answer ended in the middle of its headers";
    }
    js_buf safe = JS_BUF_INIT;
    js_text_escape(&safe, reason, strlen(reason));
    (void)snprintf(answer->message, sizeof answer->message, "%s",
                   safe.failed || safe.data == NULL ? "unknown reason" : safe.data);
    js_buf_clear(&safe);
}

static bool body_was_sent(js_transfer *transfer) {
    curl_off_t sent = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    return sent > 0;
}

void js_curl_answer(const js_curl *self, js_transfer *transfer, js_net_answer *answer) {
    memset(answer, 0, sizeof *answer);
    answer->ticket = transfer->ticket;
    answer->failure = classify(transfer);
    answer->sent = body_was_sent(transfer);
    long status = 0;
    long proxy_status = 0;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (answer->failure == JS_NET_ANSWERED) {
        answer->status = (int)status;
        read_hints(self, transfer, answer);
    } else {
        if (proxy_status >= 300) {
            answer->failure = JS_NET_PROXY;
        }
        put_reason(transfer, answer);
    }
    answer->body = transfer->answer;
    transfer->answer = (js_buf)JS_BUF_INIT;
}
