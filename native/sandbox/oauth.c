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

/* A member that is a text; null, and the refusal is written, when it is not one. */
static const char *parameter(sb_call *call, json_object *body, const char *name) {
    json_object *value = NULL;
    if (json_object_object_get_ex(body, name, &value) &&
        json_object_is_type(value, json_type_string)) {
        return json_object_get_string(value);
    }
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Missing required parameter: %s", name);
    refuse(call, 400, "invalid_request", text.failed ? "" : text.data);
    js_buf_clear(&text);
    return NULL;
}

static const sb_client *find_client(const sb_sandbox *sandbox, const char *id, const char *secret) {
    const sb_client *found = NULL;
    for (size_t i = 0; i < sandbox->client_count && found == NULL; i++) {
        const sb_client *client = &sandbox->clients[i];
        found = strcmp(client->id, id) == 0 && strcmp(client->secret, secret) == 0 ? client : NULL;
    }
    return found;
}

static void write_scopes(js_buf *out, unsigned modules) {
    static const char *const scopes[SB_MODULES] = {
        [SB_BUILDS] = "write:build-info",
        [SB_DEPLOYMENTS] = "write:deployment-info",
        [SB_FLAGS] = "write:feature-flag-info",
        [SB_DEVINFO] = "write:development-info",
    };
    const char *separator = "";
    for (int module = 0; module < SB_MODULES; module++) {
        if ((modules & (1U << module)) != 0) {
            js_buf_addf(out, "%s%s", separator, scopes[module]);
            separator = " ";
        }
    }
}

static void give(sb_call *call, const sb_client *client) {
    sb_sandbox *sandbox = call->sandbox;
    js_buf *out = &call->answer->body;
    unsigned modules = SB_ALL_MODULES & ~client->denied;
    const char *token =
        sb_token_give(&sandbox->tokens, &sandbox->world, sandbox->token_lifetime_s, modules);
    sb_answer_json(call->answer, 200);
    out->secret = true;
    js_buf_addf(out, "{\"access_token\":\"%s\",\"scope\":\"", token);
    write_scopes(out, modules);
    js_buf_addf(out, "\",\"expires_in\":%lld,\"token_type\":\"Bearer\"}",
                (long long)sandbox->token_lifetime_s);
}

static void check(sb_call *call, json_object *body) {
    const char *grant = parameter(call, body, "grant_type");
    const char *id = grant == NULL ? NULL : parameter(call, body, "client_id");
    const char *secret = id == NULL ? NULL : parameter(call, body, "client_secret");
    const char *audience = secret == NULL ? NULL : parameter(call, body, "audience");
    if (audience == NULL) {
        return;
    }
    const sb_client *client = find_client(call->sandbox, id, secret);
    if (strcmp(grant, "client_credentials") != 0) {
        refuse(call, 403, "unauthorized_client", "Grant type not allowed for the client.");
    } else if (client == NULL) {
        refuse(call, 401, "access_denied", "Unauthorized");
    } else if (strcmp(audience, "api.atlassian.com") != 0) {
        refuse(call, 403, "access_denied", "Service not enabled within domain.");
    } else {
        give(call, client);
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
