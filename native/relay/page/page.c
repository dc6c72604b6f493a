/* The delivery page: who gets in, which view is shown, and what its forms do. */
#include "relay/page/page.h"

#include "base/text.h"
#include "relay/callers/identify.h"
#include "relay/listen/head.h"
#include "relay/page/delivery.h"
#include "relay/page/history.h"
#include "relay/page/session.h"
#include "relay/routes/page.h"
#include "relay/routes/route.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { GUESSES_A_MINUTE = 10, BUSY_SECONDS = 5 };

static const char cookie_name[] = "jirasend-relay";

static const char *cookie_of(const rl_exchange *exchange) {
    return MHD_lookup_connection_value(exchange->connection, MHD_COOKIE_KIND, cookie_name);
}

static void show_login(rl_exchange *exchange, int status, const char *trouble) {
    rl_page page = {exchange, &exchange->answer.body, NULL, "",
                    strcmp(exchange->path, "/") == 0 ? "" : "../"};
    js_buf *out = page.out;
    rl_html_begin(&page, status, RL_VIEW_LOGIN, NULL);
    if (trouble != NULL) {
        js_buf_addf(out, "<p class=\"warning\" role=\"alert\">%s</p>\n", trouble);
    }
    js_buf_addf(
        out,
        "<form class=\"login card\" method=\"post\" action=\"%spage/login\">\n"
        "<label for=\"token\">Token of an admin</label>\n"
        "<input id=\"token\" name=\"token\" type=\"password\" "
        "autocomplete=\"current-password\" autofocus>\n<p class=\"quiet\">With a client "
        "certificate leave it empty.</p>\n<button class=\"plain\">Log in</button>\n</form>\n",
        page.root);
    rl_html_end(&page);
}

/* Styles, the picture and the script lie beside the page. */
void rl_page_file_run(rl_exchange *exchange) {
    const char *name = exchange->argument;
    const char *dot = strrchr(name, '.');
    const char *type = dot != NULL && strcmp(dot, ".css") == 0   ? "text/css; charset=utf-8"
                       : dot != NULL && strcmp(dot, ".svg") == 0 ? "image/svg+xml"
                       : dot != NULL && strcmp(dot, ".js") == 0  ? "text/javascript; charset=utf-8"
                                                                 : NULL;
    for (size_t i = 0; type != NULL && i < rl_page_file_count; i++) {
        if (strcmp(rl_page_files[i].name, name) == 0) {
            rl_html_headers(exchange, 200, type);
            js_buf_add(&exchange->answer.body, rl_page_files[i].bytes, rl_page_files[i].length);
            return;
        }
    }
    rl_answer_problem(&exchange->answer, 404, "There is nothing at this path.");
}

/* The view that the query names; LOGIN: there is none of that name. */
static rl_view view_of(const rl_exchange *exchange) {
    static const struct {
        const char *name;
        rl_view view;
    } views[] = {{"history", RL_VIEW_HISTORY},
                 {"explain", RL_VIEW_EXPLAIN},
                 {"diff", RL_VIEW_DIFF},
                 {"event", RL_VIEW_EVENT}};
    const char *name = rl_exchange_query(exchange, "view");
    for (size_t i = 0; name != NULL && i < sizeof views / sizeof views[0]; i++) {
        if (strcmp(views[i].name, name) == 0) {
            return views[i].view;
        }
    }
    return name == NULL ? RL_VIEW_DELIVERY : RL_VIEW_LOGIN;
}

static void show_view(const rl_page *page, json_object *outbox) {
    switch (view_of(page->exchange)) {
    case RL_VIEW_DELIVERY:
        (void)rl_page_delivery(page, outbox);
        break;
    case RL_VIEW_HISTORY:
        (void)rl_page_history(page, outbox);
        break;
    case RL_VIEW_EXPLAIN:
        (void)rl_page_explain(page, outbox);
        break;
    case RL_VIEW_DIFF:
        (void)rl_page_diff(page, outbox);
        break;
    case RL_VIEW_EVENT:
        (void)rl_page_event(page, outbox);
        break;
    case RL_VIEW_LOGIN:
        rl_answer_problem(&page->exchange->answer, 404, "The page has no such view.");
        break;
    }
}

static void show_page(rl_exchange *exchange, const rl_caller *caller, const char *csrf) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_page page = {exchange, &exchange->answer.body, caller, csrf, ""};
    if (rl_core_status(exchange->relay->core, &text, &error) != JIRASEND_OK) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        return;
    }
    json_object *outbox = json_tokener_parse(text);
    show_view(&page, outbox);
    (void)json_object_put(outbox);
    jirasend_free(text);
}

void rl_page_run(rl_exchange *exchange) {
    rl_sessions *sessions = exchange->relay->sessions;
    const char *cookie = cookie_of(exchange);
    char csrf[RL_CSRF_SIZE];
    const rl_caller *caller = rl_session_caller(sessions, exchange->config, cookie);
    if (caller == NULL || !rl_session_csrf(sessions, cookie, csrf)) {
        show_login(exchange, 200, NULL);
    } else {
        exchange->log_name = caller->name;
        show_page(exchange, caller, csrf);
    }
    rl_exchange_done(exchange);
}

/* Forms come from our own page: its origin is publicUrl's, else that of the Host. */
void rl_page_admit(rl_exchange *exchange) {
    static const char *const types[] = {"application/x-www-form-urlencoded", NULL};
    const rl_config *config = exchange->config;
    const char *origin = rl_exchange_header(exchange, "Origin");
    const char *host = rl_exchange_header(exchange, "Host");
    js_buf own = JS_BUF_INIT;
    js_site site;
    char path[256];
    if (config->public_url != NULL && js_api_parse(&site, path, sizeof path, config->public_url,
                                                   "publicUrl", NULL) == JIRASEND_OK) {
        char out[JS_ORIGIN_SIZE];
        js_site_origin(&site, out);
        js_buf_add_text(&own, out);
    } else {
        js_buf_addf(&own, "%s://%s", config->has_tls ? "https" : "http", host != NULL ? host : "");
    }
    if (origin == NULL || own.failed || strcmp(origin, own.data) != 0) {
        rl_answer_problem(&exchange->answer, 403, "This form belongs to another page.");
    } else {
        (void)rl_route_type(exchange, types);
    }
    js_buf_clear(&own);
}

/* A field of the form; freed by the caller, null when it is not there. */
static char *field(const rl_exchange *exchange, const char *name) {
    const char *at = exchange->body.data != NULL ? exchange->body.data : "";
    size_t name_length = strlen(name);
    while (*at != '\0') {
        size_t length = strcspn(at, "&");
        if (length > name_length && at[name_length] == '=' && memcmp(at, name, name_length) == 0) {
            return js_percent_decode(at + name_length + 1, length - name_length - 1);
        }
        at += length + (at[length] == '&' ? 1 : 0);
    }
    return NULL;
}

static void go_back(rl_exchange *exchange) {
    rl_html_headers(exchange, 303, "text/plain; charset=utf-8");
    rl_answer_header(&exchange->answer, "Location", "../");
}

static void set_cookie(rl_exchange *exchange, const char *value, int seconds) {
    const rl_config *config = exchange->config;
    bool secure = config->has_tls ||
                  (config->public_url != NULL && strncmp(config->public_url, "https://", 8) == 0);
    rl_answer_header(&exchange->answer, "Set-Cookie",
                     "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", cookie_name, value,
                     seconds, secure ? "; Secure" : "");
}

static void refuse_login(rl_exchange *exchange) {
    int64_t seconds = rl_wrong_count(exchange->relay->limits, &exchange->address, GUESSES_A_MINUTE,
                                     js_mono_ms(&exchange->relay->world));
    if (seconds > 0) {
        rl_answer_later(&exchange->answer, 429, seconds,
                        "Too many wrong tokens came from this address.");
    } else {
        show_login(exchange, 401, "This is not an admin's token.");
        rl_answer_header(&exchange->answer, "WWW-Authenticate", "Form realm=\"jirasend-relay\"");
    }
}

void rl_page_login_run(rl_exchange *exchange) {
    char *token = field(exchange, "token");
    const rl_caller *caller = NULL;
    rl_identity who = {NULL, NULL};
    char session[RL_SESSION_SIZE];
    if (token != NULL && token[0] != '\0') {
        caller = rl_identify_token(exchange->config, token, strlen(token));
    } else if (exchange->subject != NULL &&
               rl_identify(exchange->config, exchange->relay->issuers, NULL, exchange->subject,
                           false, &who) == RL_WHO_KNOWN) {
        caller = who.caller;
    }
    free(token);
    if (caller == NULL || !caller->admin ||
        !rl_session_make(exchange->relay->sessions, caller, session)) {
        refuse_login(exchange);
        return;
    }
    exchange->log_name = caller->name;
    go_back(exchange);
    set_cookie(exchange, session, RL_SESSION_SECONDS);
}

/* What the last part of the path says is to be done. */
static jirasend_code act(rl_exchange *exchange, const char *action, const char *id,
                         jirasend_error *error) {
    jirasend_client *client = rl_core_client(exchange->relay->core);
    if (strcmp(action, "retry-site") == 0) {
        return jirasend_outbox_retry_site(client, id, error);
    }
    if (strcmp(action, "pause") == 0 || strcmp(action, "resume") == 0) {
        return jirasend_outbox_pause(client, strcmp(action, "pause") == 0, error);
    }
    int64_t number = strtoll(id, NULL, 10);
    if (number <= 0) {
        return JIRASEND_E_NOT_FOUND;
    }
    return strcmp(action, "drop") == 0 ? jirasend_outbox_drop(client, number, error)
                                       : jirasend_outbox_retry(client, number, error);
}

void rl_page_action_run(rl_exchange *exchange) {
    rl_sessions *sessions = exchange->relay->sessions;
    const char *cookie = cookie_of(exchange);
    const char *action = strrchr(exchange->path, '/') + 1;
    char wanted[RL_CSRF_SIZE];
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *csrf = field(exchange, "csrf");
    char *id = field(exchange, "id");
    const rl_caller *caller = rl_session_caller(sessions, exchange->config, cookie);
    if (caller == NULL || csrf == NULL || !rl_session_csrf(sessions, cookie, wanted) ||
        strlen(csrf) != sizeof wanted - 1 || CRYPTO_memcmp(csrf, wanted, sizeof wanted - 1) != 0) {
        rl_answer_problem(&exchange->answer, 403,
                          "The session has ended, or the form does not belong to it.");
    } else if (strcmp(action, "logout") == 0) {
        rl_session_end(sessions, cookie);
        go_back(exchange);
        set_cookie(exchange, "", 0);
    } else {
        exchange->log_name = caller->name;
        jirasend_code code = act(exchange, action, id != NULL ? id : "", &error);
        if (code == JIRASEND_OK || code == JIRASEND_E_NOT_FOUND) {
            go_back(exchange); /* what is gone needs no more doing */
        } else {
            rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        }
    }
    free(csrf);
    free(id);
    rl_exchange_done(exchange);
}
