#include "fake_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_n(const char *text, size_t length) {
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static void answer(fake_net *fake, const fake_request *request, fake_answer said) {
    if (said.later) {
        return;
    }
    js_net_answer *ready = &fake->ready[fake->ready_count++];
    memset(ready, 0, sizeof *ready);
    ready->ticket = request->ticket;
    ready->failure = said.failure;
    ready->status = said.failure == JS_NET_ANSWERED ? said.status : 0;
    ready->retry_after_ms = said.retry_after_ms;
    ready->server_date_ms = said.server_date_ms;
    ready->sent = said.sent;
    if (said.rate_reason != NULL) {
        (void)snprintf(ready->rate_reason, sizeof ready->rate_reason, "%s", said.rate_reason);
    }
    if (said.location_host != NULL) {
        (void)snprintf(ready->location_host, sizeof ready->location_host, "%s", said.location_host);
    }
    if (said.failure != JS_NET_ANSWERED) {
        (void)snprintf(ready->message, sizeof ready->message, "the fake network says so");
    }
    if (said.body != NULL) {
        js_buf_add_text(&ready->body, said.body);
        free(said.body);
    }
}

static jirasend_code start(js_net *net, const js_net_request *request, js_net_ticket *ticket,
                           jirasend_error *error) {
    fake_net *fake = (fake_net *)net;
    (void)error;
    if (fake->refuse_start || fake->count == FAKE_NET_MAX) {
        return JIRASEND_E_MEMORY;
    }
    fake_request *kept = &fake->requests[fake->count++];
    memset(kept, 0, sizeof *kept);
    kept->ticket = fake->count;
    kept->method = request->method;
    kept->secret = request->body_secret;
    (void)snprintf(kept->url, sizeof kept->url, "%s", request->url);
    if (request->bearer != NULL) {
        (void)snprintf(kept->bearer, sizeof kept->bearer, "%s", request->bearer->text);
    }
    if (request->body != NULL) {
        kept->body = copy_n(request->body, request->body_length);
    }
    *ticket = kept->ticket;
    answer(fake, kept, fake->handler(fake->context, kept));
    return JIRASEND_OK;
}

static void poll_nothing(js_net *net, int64_t timeout_ms) {
    (void)net;
    (void)timeout_ms;
}

static bool collect(js_net *net, js_net_answer *out) {
    fake_net *fake = (fake_net *)net;
    while (fake->taken < fake->ready_count) {
        js_net_answer *ready = &fake->ready[fake->taken++];
        if (!fake->requests[ready->ticket - 1].cancelled) {
            *out = *ready;
            ready->body = (js_buf)JS_BUF_INIT;
            return true;
        }
    }
    return false;
}

static void cancel(js_net *net, js_net_ticket ticket) {
    fake_net *fake = (fake_net *)net;
    fake->requests[ticket - 1].cancelled = true;
}

static void wake(js_net *net) {
    (void)net;
}

static const struct js_net_ops ops = {start, poll_nothing, collect, cancel, wake, wake};

void fake_net_init(fake_net *fake, fake_handler handler, void *context) {
    memset(fake, 0, sizeof *fake);
    fake->net.ops = &ops;
    fake->handler = handler;
    fake->context = context;
}

void fake_net_free(fake_net *fake) {
    for (size_t i = 0; i < fake->count; i++) {
        free(fake->requests[i].body);
    }
    for (size_t i = 0; i < fake->ready_count; i++) {
        js_buf_clear(&fake->ready[i].body);
    }
}

size_t fake_net_count(const fake_net *fake, const char *part) {
    size_t found = 0;
    for (size_t i = 0; i < fake->count; i++) {
        found += strstr(fake->requests[i].url, part) != NULL;
    }
    return found;
}
