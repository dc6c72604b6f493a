/* Tokens that are valid for a while: of Jira by OAuth 2LO, for a relay from the CI that runs us. */
#include "auth/access_internal.h"

#include "payload/request.h"

#include <stdlib.h>
#include <string.h>

js_kept *js_kept_new(const void *bytes, size_t length) {
    js_kept *kept = calloc(1, sizeof *kept);
    if (kept != NULL && !js_secret_set(&kept->secret, bytes, length)) {
        free(kept);
        kept = NULL;
    }
    return kept;
}

void js_kept_free(js_kept *kept) {
    if (kept != NULL) {
        js_secret_wipe(&kept->secret);
        free(kept);
    }
}

void js_login_free(js_login *login) {
    free(login->site);
    free(login->client_id);
    free(login->cloud_id);
    free(login->api_url);
    free(login->request_url);
    js_kept_free(login->secret);
    js_kept_free(login->token);
    free(login);
}

static bool has_token(const js_access *access, const js_login *login) {
    return login->token != NULL && js_mono_ms(access->world) < login->renew_at_ms;
}

static js_endpoint endpoint_of(const js_login *login) {
    return login->kind == JS_LOGIN_ID_TOKEN ? JS_ENDPOINT_ID_TOKEN : JS_ENDPOINT_TOKEN;
}

static jirasend_code ask_ci(const js_access *access, js_login *login) {
    js_net_request request = {.url = login->request_url, .bearer = &login->secret->secret};
    return access->net->ops->start(access->net, &request, &login->lookup.ticket, NULL);
}

static jirasend_code ask_jira(const js_access *access, js_login *login) {
    js_buf url = JS_BUF_INIT;
    js_buf body = JS_BUF_INIT;
    body.secret = true;
    js_buf_add_text(&url, js_login_api_url(access, login));
    js_buf_add_text(&url, "/oauth/token");
    js_payload_token(&body, login->client_id, &login->secret->secret);
    jirasend_code code = JIRASEND_E_MEMORY;
    if (!url.failed && !body.failed) {
        js_net_request request = {.method = JS_NET_POST,
                                  .url = url.data,
                                  .body = body.data,
                                  .body_length = body.length,
                                  .body_secret = true};
        code = access->net->ops->start(access->net, &request, &login->lookup.ticket, NULL);
    }
    js_buf_clear(&body);
    js_buf_clear(&url);
    return code;
}

static void ask(const js_access *access, js_login *login) {
    bool of_ci = login->kind == JS_LOGIN_ID_TOKEN;
    if ((of_ci ? ask_ci : ask_jira)(access, login) != JIRASEND_OK) {
        js_lookup_fail(&login->lookup, endpoint_of(login),
                       "out of memory, or this libcurl lacks a feature that jirasend needs");
    }
}

js_readiness js_login_token(js_access *access, js_login *login, js_result *why) {
    if (login->kind == JS_LOGIN_FIXED || has_token(access, login)) {
        return JS_ACCESS_READY;
    }
    if (!login->lookup.failed && login->lookup.ticket == 0) {
        ask(access, login);
    }
    if (login->lookup.failed) {
        login->lookup.early = false;
        *why = login->lookup.why;
        return JS_ACCESS_FAILED;
    }
    return JS_ACCESS_PENDING;
}

void js_access_head_start(js_access *access) {
    for (js_login *login = access->logins; login != NULL; login = login->next) {
        if (login->kind == JS_LOGIN_JIRA && login->lookup.ticket == 0 && login->token == NULL) {
            ask(access, login);
            login->lookup.early = true;
        }
    }
}

static bool keep_token(js_access *access, js_login *login, const js_net_answer *answer) {
    js_token_answer token = {JS_SECRET_INIT, 0};
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    bool of_ci = login->kind == JS_LOGIN_ID_TOKEN;
    if ((of_ci ? js_answer_id_token : js_answer_token)(&token, body, answer->body.length, &error) !=
        JIRASEND_OK) {
        js_result_nonsense(&login->lookup.why, error.message);
        return false;
    }
    js_kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL) {
        js_secret_wipe(&token.token);
        js_result_nonsense(&login->lookup.why, "out of memory while reading the answer");
        return false;
    }
    kept->secret = token.token;
    js_access_spend(access, login->token);
    login->token = kept;
    login->generation++;
    /* Renewed at 90 %: a token must not run out between here and Jira. */
    login->got_ms = js_mono_ms(access->world);
    login->renew_at_ms = login->got_ms + token.lifetime_ms / 10 * 9;
    return true;
}

void js_login_receive(js_access *access, js_login *login, const js_net_answer *answer) {
    js_lookup *lookup = &login->lookup;
    lookup->ticket = 0;
    js_result_of(&lookup->why, endpoint_of(login), answer);
    bool answered = answer->failure == JS_NET_ANSWERED && answer->status == 200;
    lookup->failed = !answered || !keep_token(access, login, answer);
}

bool js_access_token_age(const js_access *access, size_t n, const char **site, int64_t *age_ms) {
    for (const js_login *login = access->logins; login != NULL; login = login->next) {
        if (login->token != NULL && login->got_ms > 0 && n-- == 0) {
            *site = login->site;
            *age_ms = js_mono_ms(access->world) - login->got_ms;
            return true;
        }
    }
    return false;
}
