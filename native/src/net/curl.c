/* Requests over one curl multi handle. */
#include "net/curl_internal.h"

#include "base/error.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void free_transfer(js_transfer *transfer) {
    js_curl_wipe(transfer);
    if (transfer->easy != NULL) {
        curl_easy_cleanup(transfer->easy);
    }
    js_buf_clear(&transfer->answer);
    free(transfer);
}

static void append(js_curl *self, js_transfer *transfer) {
    js_transfer **end = &self->transfers;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = transfer;
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    js_curl *self = (js_curl *)net;
    js_transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        return js_fail_memory(error);
    }
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL) {
        free_transfer(transfer);
        return js_fail_memory(error);
    }
    jirasend_code code = js_curl_prepare(self, transfer, request, error);
    if (code == JIRASEND_OK && curl_multi_add_handle(self->multi, transfer->easy) != CURLM_OK) {
        code = js_fail_memory(error);
    }
    if (code != JIRASEND_OK) {
        free_transfer(transfer);
        return code;
    }
    transfer->ticket = ++self->last_ticket;
    append(self, transfer);
    *ticket = transfer->ticket;
    return JIRASEND_OK;
}

static void note_done(js_curl *self) {
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(self->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        js_transfer *transfer = NULL;
        CURLcode result = message->data.result;
        CURL *easy = message->easy_handle;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
        (void)curl_multi_remove_handle(self->multi, easy);
        transfer->done = true;
        transfer->code = result;
        js_curl_wipe(transfer);
    }
}

static bool any_done(const js_curl *self) {
    for (const js_transfer *t = self->transfers; t != NULL; t = t->next) {
        if (t->done) {
            return true;
        }
    }
    return false;
}

static void poll_once(js_net *net, int64_t timeout_ms) {
    js_curl *self = (js_curl *)net;
    int running = 0;
    (void)curl_multi_perform(self->multi, &running);
    note_done(self);
    if (any_done(self) || timeout_ms <= 0) {
        return;
    }
    int wait = timeout_ms > 60000 ? 60000 : (int)timeout_ms;
    (void)curl_multi_poll(self->multi, NULL, 0, wait, NULL);
    atomic_store(&self->woken, false);
    (void)curl_multi_perform(self->multi, &running);
    note_done(self);
}

static bool collect(js_net *net, js_net_answer *answer) {
    js_curl *self = (js_curl *)net;
    for (js_transfer **at = &self->transfers; *at != NULL; at = &(*at)->next) {
        js_transfer *transfer = *at;
        if (transfer->done) {
            *at = transfer->next;
            js_curl_answer(self, transfer, answer);
            free_transfer(transfer);
            return true;
        }
    }
    return false;
}

static void forget(js_curl *self, js_transfer *transfer) {
    if (!transfer->done) {
        (void)curl_multi_remove_handle(self->multi, transfer->easy);
    }
    free_transfer(transfer);
}

static void cancel(js_net *net, js_net_ticket ticket) {
    js_curl *self = (js_curl *)net;
    for (js_transfer **at = &self->transfers; *at != NULL; at = &(*at)->next) {
        js_transfer *transfer = *at;
        if (transfer->ticket == ticket) {
            *at = transfer->next;
            forget(self, transfer);
            return;
        }
    }
}

/* Many threads that submit at once wake it once: until its poll is over, it need not be told again. */
static void wake(js_net *net) {
    js_curl *self = (js_curl *)net;
    if (!atomic_exchange(&self->woken, true)) {
        (void)curl_multi_wakeup(self->multi);
    }
}

static void close_net(js_net *net) {
    js_curl *self = (js_curl *)net;
    while (self->transfers != NULL) {
        js_transfer *transfer = self->transfers;
        self->transfers = transfer->next;
        forget(self, transfer);
    }
    if (self->multi != NULL) {
        (void)curl_multi_cleanup(self->multi);
    }
    if (self->proxy != NULL) { /* may hold a password */
        js_wipe(self->proxy, strlen(self->proxy));
    }
    free(self->proxy);
    free(self->no_proxy);
    js_roots_free(self->roots);
    free(self->ca_file);
    free(self->ca_folder);
    free(self->certificate);
    free(self->key);
    free(self->user_agent);
    free(self);
}

static const struct js_net_ops curl_ops = {start, poll_once, collect, cancel, wake, close_net};

static CURLcode global_code;

static void global_init(void) {
    /* Never undone: other libraries of this process may use libcurl, too. */
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static jirasend_code check_library(jirasend_error *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, global_init);
    if (global_code != CURLE_OK) {
        return js_fail(error, JIRASEND_E_INTERNAL, "libcurl cannot start: %s.",
                       curl_easy_strerror(global_code));
    }
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    if (info->version_num < 0x075700) {
        return js_fail(error, JIRASEND_E_INTERNAL,
                       "libcurl %s is too old: version 7.87 or newer is needed.", info->version);
    }
    if (info->ssl_version == NULL || strstr(info->ssl_version, "OpenSSL") == NULL) {
        return js_fail(error, JIRASEND_E_INTERNAL,
                       "This libcurl uses %s for TLS: install the one built with OpenSSL.",
                       info->ssl_version != NULL ? info->ssl_version : "nothing");
    }
    return JIRASEND_OK;
}

/* Copies an optional text. */
static bool keep(char **to, const char *text) {
    *to = js_copy(text);
    return text == NULL || *to != NULL;
}

/*
 * The multi handle takes "no signals" only from a request that it has carried. Without one, closing
 * it would touch the process's SIGPIPE, which two closing threads could leave ignored for good.
 */
static bool teach_no_signals(CURLM *multi) {
    CURL *easy = curl_easy_init();
    if (easy == NULL) {
        return false;
    }
    bool taught = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                  curl_multi_add_handle(multi, easy) == CURLM_OK &&
                  curl_multi_remove_handle(multi, easy) == CURLM_OK;
    curl_easy_cleanup(easy);
    return taught;
}

jirasend_code js_curl_open(const js_curl_options *options, js_net **net, jirasend_error *error) {
    jirasend_code code = check_library(error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_curl *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return js_fail_memory(error);
    }
    self->net.ops = &curl_ops;
    self->world = options->world;
    self->multi = js_curl_multi_new();
    bool copied = keep(&self->proxy, options->proxy) && keep(&self->no_proxy, options->no_proxy) &&
                  keep(&self->ca_file, options->ca_file) &&
                  keep(&self->ca_folder, options->ca_folder) &&
                  keep(&self->certificate, options->certificate) &&
                  keep(&self->key, options->key) && keep(&self->user_agent, options->user_agent);
    if (copied && self->ca_file != NULL) {
        self->roots = js_roots_new(self->ca_file, self->ca_folder);
        copied = self->roots != NULL;
    }
    if (self->multi == NULL || !copied || !teach_no_signals(self->multi)) {
        code = js_fail_memory(error);
    } else {
        code = js_curl_check_roots(self, error);
        code = code == JIRASEND_OK ? js_curl_check_certificate(self, error) : code;
    }
    if (code != JIRASEND_OK) {
        close_net(&self->net);
        return code;
    }
    *net = &self->net;
    return JIRASEND_OK;
}

bool js_curl_proxy_readable(const char *url) {
    CURLU *parts = curl_url();
    char *host = NULL;
    bool readable = parts != NULL &&
                    curl_url_set(parts, CURLUPART_URL, url,
                                 CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
                    curl_url_get(parts, CURLUPART_HOST, &host, CURLU_URLDECODE) == CURLUE_OK;
    curl_free(host);
    curl_url_cleanup(parts);
    return readable;
}
