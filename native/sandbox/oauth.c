/* POST /oauth/token, in the words of Atlassian's identity service. */
#include "sandbox.h"

#include "event/json.h"

#include <string.h>

static void refuse(sb_call *call, int status, const char *error, const char *description) {
    sb_answer_json(call->answer, status);
    js_buf_addf(&call->answer->body, "{\"error\":\"%s\",\"error_description\":", error);
    js_json_write_string(&call->answer->body, description);
    js_buf_add_text(&call->answer->body, "}");
}

/* A member that is a text; null, and the refusal is written, when it is none. */
static const char *parameter(sb_call *call, json_object *body, const char *name) {
    json_object *value = NULL;
    if (json_object_object_get_ex(body, name, &value) &&
        json_object_is_type(value, json_type_string)) {
        return json_object_get_string(value);
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Missing required parameter: %s", name);
    refuse(call, 400, "invalid_request", text.failed ? "" : text.data);
    js_buf_free(&text);
    return NULL;
}

static bool is_client(const sb_sandbox *sandbox, const char *id, const char *secret) {
    bool found = false;
    for (size_t i = 0; i < sandbox->client_count; i++) {
        found = found || (strcmp(sandbox->clients[i].id, id) == 0 &&
                          strcmp(sandbox->clients[i].secret, secret) == 0);
    }
    return found;
}

static void give(sb_call *call) {
    sb_sandbox *sandbox = call->sandbox;
    const char *token = sb_token_give(&sandbox->tokens, &sandbox->world, sandbox->token_lifetime_s);
    sb_answer_json(call->answer, 200);
    call->answer->body.secret = true;
    js_buf_addf(&call->answer->body,
                "{\"access_token\":\"%s\",\"scope\":\"write:build-info write:deployment-info "
                "write:feature-flag-info\",\"expires_in\":%lld,\"token_type\":\"Bearer\"}",
                token, (long long)sandbox->token_lifetime_s);
}

static void check(sb_call *call, json_object *body) {
    const char *grant = parameter(call, body, "grant_type");
    const char *id = grant == NULL ? NULL : parameter(call, body, "client_id");
    const char *secret = id == NULL ? NULL : parameter(call, body, "client_secret");
    const char *audience = secret == NULL ? NULL : parameter(call, body, "audience");
    if (audience == NULL) {
        return;
    }
    if (strcmp(grant, "client_credentials") != 0) {
        refuse(call, 403, "unauthorized_client", "Grant type not allowed for the client.");
    } else if (!is_client(call->sandbox, id, secret)) {
        refuse(call, 401, "access_denied", "Unauthorized");
    } else if (strcmp(audience, "api.atlassian.com") != 0) {
        refuse(call, 403, "access_denied", "Service not enabled within domain.");
    } else {
        give(call);
    }
}

void sb_token_endpoint(sb_call *call) {
    const js_buf *text = &call->request->body;
    if (!sb_is_json_request(call)) {
        return;
    }
    json_object *body = text->length == 0 || call->request->body_too_large
                            ? NULL
                            : js_json_parse(text->data, text->length, JS_JSON_STRICT, NULL);
    if (json_object_is_type(body, json_type_object)) {
        check(call, body);
    } else {
        refuse(call, 400, "invalid_request", "The body must be a JSON object.");
    }
    json_object_put(body);
}
