/* The delivery page: what waits and why, and what an admin may do about it. */
#include "relay/page/page.h"

#include "base/text.h"
#include "relay/callers/identify.h"
#include "relay/listen/head.h"
#include "relay/page/session.h"
#include "relay/routes/page.h"
#include "relay/routes/route.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_EVENTS = 200, GUESSES_A_MINUTE = 10, BUSY_SECONDS = 5 };

static const char cookie_name[] = "jirasend-relay";

static void put_html(js_buf *out, const char *text) {
    for (; *text != '\0'; text++) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity != NULL) {
            js_buf_add_text(out, entity);
        } else {
            js_buf_add(out, text, 1);
        }
    }
}

static void begin(rl_exchange *exchange, int status, const char *type) {
    rl_answer *answer = &exchange->answer;
    rl_answer_begin(answer, status, type);
    rl_answer_header(answer, "Content-Security-Policy",
                     "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                     "frame-ancestors 'none'; base-uri 'none'");
    rl_answer_header(answer, "X-Content-Type-Options", "nosniff");
    rl_answer_header(answer, "Referrer-Policy", "same-origin");
    rl_answer_header(answer, "Cache-Control", "no-store");
}

static void begin_html(rl_exchange *exchange, int status) {
    begin(exchange, status, "text/html; charset=utf-8");
    js_buf_add_text(
        &exchange->answer.body,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>Delivery to Jira</title>\n"
        "<link rel=\"icon\" href=\"page/icon.svg\">\n"
        "<link rel=\"stylesheet\" href=\"page/base.css\">\n"
        "<link rel=\"stylesheet\" href=\"page/page.css\">\n<main>\n<h1>Delivery to Jira</h1>\n");
}

static const char *cookie_of(const rl_exchange *exchange) {
    return MHD_lookup_connection_value(exchange->connection, MHD_COOKIE_KIND, cookie_name);
}

static void show_login(rl_exchange *exchange, int status, const char *trouble) {
    js_buf *out = &exchange->answer.body;
    begin_html(exchange, status);
    if (trouble != NULL) {
        js_buf_addf(out, "<p class=\"trouble\" role=\"alert\">%s</p>\n", trouble);
    }
    js_buf_add_text(
        out, "<form class=\"login\" method=\"post\" action=\"page/login\">\n"
             "<label for=\"token\">Token of an admin (none with a certificate)</label>\n"
             "<input id=\"token\" name=\"token\" type=\"password\" "
             "autocomplete=\"current-password\">\n<button>Log in</button>\n</form>\n</main>\n");
}

/* The page itself is read without a script; the styles lie beside it. */
void rl_page_file_run(rl_exchange *exchange) {
    const char *name = exchange->argument;
    const char *dot = strrchr(name, '.');
    const char *type = dot != NULL && strcmp(dot, ".css") == 0   ? "text/css; charset=utf-8"
                       : dot != NULL && strcmp(dot, ".svg") == 0 ? "image/svg+xml"
                                                                 : NULL;
    for (size_t i = 0; type != NULL && i < rl_page_file_count; i++) {
        if (strcmp(rl_page_files[i].name, name) == 0) {
            begin(exchange, 200, type);
            js_buf_add(&exchange->answer.body, rl_page_files[i].bytes, rl_page_files[i].length);
            return;
        }
    }
    rl_answer_problem(&exchange->answer, 404, "There is nothing at this path.");
}

static const char *text_in(json_object *object, const char *name) {
    json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) && value != NULL
               ? json_object_get_string(value)
               : "";
}

static void put_button(js_buf *out, const char *action, const char *id, const char *csrf,
                       const char *label) {
    js_buf_addf(out,
                "<form class=\"inline\" method=\"post\" action=\"page/%s\">"
                "<input type=\"hidden\" name=\"csrf\" value=\"%s\">"
                "<input type=\"hidden\" name=\"id\" value=\"",
                action, csrf);
    put_html(out, id);
    js_buf_addf(out, "\"><button>%s</button></form> ", label);
}

static void put_lanes(js_buf *out, json_object *status, const char *csrf) {
    json_object *lanes = NULL;
    (void)json_object_object_get_ex(status, "lanes", &lanes);
    js_buf_add_text(
        out, "<h2>What waits, by site</h2>\n<table>\n<tr><th scope=\"col\">Site<th scope=\"col\">"
             "Kind<th scope=\"col\">Waiting<th scope=\"col\">State<th scope=\"col\">Action\n");
    for (size_t i = 0; lanes != NULL && i < json_object_array_length(lanes); i++) {
        json_object *lane = json_object_array_get_idx(lanes, i);
        json_object *held = NULL;
        bool stopped =
            json_object_object_get_ex(lane, "held", &held) && json_object_get_boolean(held);
        js_buf_add_text(out, "<tr><td>");
        put_html(out, text_in(lane, "site"));
        js_buf_add_text(out, "<td>");
        put_html(out, text_in(lane, "kind"));
        js_buf_add_text(out, "<td>");
        put_html(out, text_in(lane, "waiting"));
        js_buf_addf(out, "<td%s>%s", stopped ? " class=\"trouble\"" : "", stopped ? "Held. " : "");
        put_html(out, text_in(lane, "message"));
        js_buf_add_text(out, "<td>");
        put_button(out, "retry-site", text_in(lane, "site"), csrf, "Try again");
        js_buf_add_text(out, "\n");
    }
    js_buf_add_text(out, "</table>\n");
}

static void put_event(js_buf *out, json_object *receipt, const char *csrf) {
    static const char *const shown[] = {"kind", "site", "pipelineId", "number", "status"};
    js_buf_addf(out, "<tr><td>%s", text_in(receipt, "id"));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        js_buf_add_text(out, "<td>");
        put_html(out, text_in(receipt, shown[i]));
    }
    js_buf_add_text(out, "<td>");
    put_html(out, text_in(receipt, "message"));
    js_buf_add_text(out, "<td>");
    put_button(out, "retry", text_in(receipt, "id"), csrf, "Try again");
    js_buf_add_text(out, "<details><summary>Drop…</summary>");
    put_button(out, "drop", text_in(receipt, "id"), csrf, "Drop it for good");
    js_buf_add_text(out, "</details>\n");
}

static void put_events(js_buf *out, json_object *receipts, const char *csrf) {
    size_t count =
        json_object_is_type(receipts, json_type_array) ? json_object_array_length(receipts) : 0;
    js_buf_add_text(out, "<h2>Waiting, held and rejected events</h2>\n");
    if (count == 0) {
        js_buf_add_text(out, "<p>There are none.</p>\n");
        return;
    }
    js_buf_add_text(out,
                    "<table>\n<tr><th scope=\"col\">Id<th scope=\"col\">Kind<th scope=\"col\">Site"
                    "<th scope=\"col\">Pipeline<th scope=\"col\">Number<th scope=\"col\">Status"
                    "<th scope=\"col\">What Jira or the relay says<th scope=\"col\">Action\n");
    for (size_t i = 0; i < count; i++) {
        put_event(out, json_object_array_get_idx(receipts, i), csrf);
    }
    js_buf_add_text(out, "</table>\n");
    if (count == SHOWN_EVENTS) {
        js_buf_addf(out, "<p class=\"quiet\">The oldest %d are shown.</p>\n", SHOWN_EVENTS);
    }
}

static void show_page(rl_exchange *exchange, const char *csrf) {
    char *status_text = NULL;
    char *list_text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_client *client = rl_core_client(exchange->relay->core);
    if (jirasend_outbox_status(client, &status_text, &error) != JIRASEND_OK ||
        jirasend_outbox_list(client, 0, SHOWN_EVENTS, &list_text, &error) != JIRASEND_OK) {
        jirasend_free(status_text);
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        return;
    }
    json_object *status = json_tokener_parse(status_text);
    json_object *list = json_tokener_parse(list_text);
    js_buf *out = &exchange->answer.body;
    begin_html(exchange, 200);
    js_buf_addf(out, "<p>%s waiting, %s held, %s rejected. <a href=\"./\">Look again</a> ",
                text_in(status, "waiting"), text_in(status, "held"), text_in(status, "dead"));
    put_button(out, "logout", "", csrf, "Log out");
    js_buf_add_text(out, "</p>\n");
    put_lanes(out, status, csrf);
    put_events(out, list, csrf);
    js_buf_add_text(out, "</main>\n");
    (void)json_object_put(status);
    (void)json_object_put(list);
    jirasend_free(status_text);
    jirasend_free(list_text);
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
        show_page(exchange, csrf);
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
    begin(exchange, 303, "text/plain; charset=utf-8");
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
        show_login(exchange, 401, "That is not the token of an admin.");
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
        strcmp(csrf, wanted) != 0) {
        rl_answer_problem(&exchange->answer, 403, "The session is over, or the form is not of it.");
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
