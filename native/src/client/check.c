/* The inquiry whether token, site and permissions are right. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/json.h"
#include "event/kind.h"

#include <inttypes.h>
#include <stdio.h>

static bool put_finding(json_object *report, const char *name, const js_finding *finding,
                        const char *good, const char *value) {
    bool ok = finding->readiness == JS_ACCESS_READY;
    json_object *object = js_json_put_object(report, name);
    return js_json_put_flag(object, "ok", ok) &&
           js_json_put_text(object, "value", ok ? value : NULL) &&
           js_json_put_text(object, "message", ok ? good : finding->message);
}

static const char *permission_word(js_permission permission) {
    static const char *const words[] = {
        [JS_PERMISSION_NOT_KNOWN] = "not known",
        [JS_PERMISSION_YES] = "yes",
        [JS_PERMISSION_NO] = "no",
        [JS_PERMISSION_WRITE_ONLY] = "yes, but not to read back",
    };
    return words[permission];
}

static bool put_kinds(json_object *object, js_api api) {
    json_object *kinds = js_json_put_array(object, "kinds");
    bool good = kinds != NULL;
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST && good; i++) {
        good =
            js_kind_api((js_kind)i) != api || js_json_append_text(kinds, js_kind_name((js_kind)i));
    }
    return good;
}

static bool put_permissions(json_object *report, const js_inquiry *inquiry) {
    json_object *list = js_json_put_array(report, "permissions");
    bool good = list != NULL;
    for (int i = JS_API_FIRST; i <= JS_API_LAST && good; i++) {
        json_object *object = js_json_append_object(list);
        good = js_json_put_text(object, "permission", js_api_of((js_api)i)->permission) &&
               put_kinds(object, (js_api)i) &&
               js_json_put_text(object, "answer", permission_word(inquiry->permissions[i]));
    }
    return good;
}

static jirasend_code hand_out_report(const js_inquiry *inquiry, char **report,
                                     jirasend_error *error) {
    json_object *object = json_object_new_object();
    bool good = js_json_put_text(object, "site", inquiry->site) &&
                put_finding(object, "token", &inquiry->token,
                            "Jira accepts the client id and the secret.", NULL) &&
                put_finding(object, "cloudId", &inquiry->cloud, "The site is a Jira Cloud site.",
                            inquiry->cloud_id) &&
                put_permissions(object, inquiry);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    return js_hand_out(&out, report, error);
}

/* No other has it: nothing in Jira can have this name. */
static void make_absent(const jirasend_client *client, char absent[JS_ABSENT_SIZE]) {
    uint64_t number = 0;
    client->world.random(client->world.self, &number, sizeof number);
    (void)snprintf(absent, JS_ABSENT_SIZE, "jirasend-check-%016" PRIx64, number);
}

static bool is_known(const js_inquiry *inquiry) {
    return inquiry->token.readiness != JS_ACCESS_PENDING &&
           inquiry->cloud.readiness != JS_ACCESS_PENDING;
}

/* Whom the relay takes us for, and what we may do there. */
static jirasend_code check_relay(jirasend_client *client, int64_t timeout_ms, char **report,
                                 jirasend_error *error) {
    const char *site = client->config->relay_site.name;
    js_inquiry inquiry = {.subject = JS_INQUIRY_WHOAMI, .site = site};
    jirasend_code code = js_client_knows(client, site, error);
    if (code == JIRASEND_OK) {
        code = js_client_inquire(client, &inquiry, timeout_ms, error);
    }
    if (code == JIRASEND_OK && inquiry.answer.readiness != JS_ACCESS_READY) {
        code = js_client_fail_as_found(&inquiry.answer, error);
    }
    if (code == JIRASEND_OK) {
        json_object_object_del(inquiry.json, "relay");
        bool good = js_json_put_text(inquiry.json, "relay", client->config->relay);
        js_buf out = JS_BUF_INIT;
        js_json_write_built(&out, inquiry.json, good);
        return js_hand_out(&out, report, error);
    }
    json_object_put(inquiry.json);
    return code;
}

static jirasend_code check(jirasend_client *client, const char *site_text, int64_t timeout_ms,
                           char **report, jirasend_error *error) {
    js_site site;
    if (client->config->relay != NULL) {
        return check_relay(client, timeout_ms, report, error);
    }
    jirasend_code code = js_client_site(client, site_text, &site, error);
    if (code == JIRASEND_OK) {
        code = js_client_knows(client, site.name, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_inquiry inquiry = {
        .subject = JS_INQUIRY_ACCESS, .site = site.name, .api = (js_api)JS_API_FIRST};
    make_absent(client, inquiry.absent);
    code = js_client_inquire(client, &inquiry, timeout_ms, error);
    /* Permissions that there was no time to ask for are not known. */
    if (code == JIRASEND_OK || (code == JIRASEND_E_TIMEOUT && is_known(&inquiry))) {
        js_error_clear(error);
        code = hand_out_report(&inquiry, report, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    if (inquiry.token.readiness == JS_ACCESS_FAILED) {
        return js_client_fail_as_found(&inquiry.token, error);
    }
    return inquiry.cloud.readiness == JS_ACCESS_FAILED
               ? js_client_fail_as_found(&inquiry.cloud, error)
               : JIRASEND_OK;
}

jirasend_code jirasend_client_check(jirasend_client *client, const char *site, int64_t timeout_ms,
                                    char **report, jirasend_error *error) {
    if (report == NULL) {
        return js_fail_nowhere(error);
    }
    *report = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, check(client, site, timeout_ms, report, error))
                               : code;
}
