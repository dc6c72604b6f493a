/* Deleting all of a kind that has certain properties. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/kind.h"
#include "event/properties.h"
#include "payload/request.h"

#include <string.h>

/* What is asked for, checked. The texts belong to the query. */
typedef struct order {
    js_api api;
    js_property properties[JIRASEND_DELETE_PROPERTIES_MAX];
    size_t count;
} order;

/* Of development information only whole repositories have properties. */
static jirasend_code read_kind(order *in, const char *name, jirasend_error *error) {
    js_kind kind;
    if (name == NULL || !js_kind_from_name(name, &kind)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The kind must be build, deployment, flag or repository.");
    }
    in->api = js_kind_api(kind);
    if (js_api_of(in->api)->entities && !js_kind_of(kind)->takes_name) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Jira deletes whole repositories by property, and no single %s.",
                       js_kind_of(kind)->plural);
    }
    return JIRASEND_OK;
}

/* The name `jirasend` is allowed here: it asks for an origin. */
static jirasend_code read_property(order *in, const jirasend_property *given,
                                   jirasend_error *error) {
    const char *name = given->name != NULL ? given->name : "";
    const char *value = given->value != NULL ? given->value : "";
    const char *checked = strcmp(name, "jirasend") == 0 ? "origin" : name;
    jirasend_code code = js_property_check(checked, strlen(checked), value, strlen(value),
                                           JIRASEND_E_ARGUMENT, error);
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        if (strcmp(in->properties[i].name, name) == 0) {
            code =
                js_fail(error, JIRASEND_E_ARGUMENT, "The property \"%.80s\" appears twice.", name);
        }
    }
    in->properties[in->count++] = (js_property){(char *)name, (char *)value};
    return code;
}

static jirasend_code read_query(order *in, const jirasend_delete_query *query,
                                jirasend_error *error) {
    *in = (order){0};
    if (query == NULL || query->size < sizeof *query) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The query lacks its size: begin with JIRASEND_DELETE_QUERY_INIT.");
    }
    if (query->property_count == 0 || query->property_count > JIRASEND_DELETE_PROPERTIES_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "All is deleted by 1 to %d properties.",
                       JIRASEND_DELETE_PROPERTIES_MAX);
    }
    jirasend_code code = read_kind(in, query->kind, error);
    for (size_t i = 0; i < query->property_count && code == JIRASEND_OK; i++) {
        code = read_property(in, &query->properties[i], error);
    }
    return code;
}

static jirasend_code delete_all(jirasend_client *client, const jirasend_delete_query *query,
                                int64_t timeout_ms, jirasend_error *error) {
    order what;
    js_site site;
    if (client->config->relay != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "A relay deletes nothing by properties: ask Jira itself.");
    }
    jirasend_code code = read_query(&what, query, error);
    if (code == JIRASEND_OK) {
        code = js_client_site(client, query->site, &site, error);
    }
    if (code == JIRASEND_OK) {
        code = js_client_knows(client, site.name, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_inquiry inquiry = {.subject = JS_INQUIRY_DELETION,
                          .site = site.name,
                          .api = what.api,
                          .properties = what.properties,
                          .property_count = what.count};
    code = js_client_inquire(client, &inquiry, timeout_ms, error);
    if (code == JIRASEND_OK && inquiry.answer.readiness != JS_ACCESS_READY) {
        code = js_client_fail_as_found(&inquiry.answer, error);
    }
    return code;
}

jirasend_code jirasend_client_delete_all(jirasend_client *client,
                                         const jirasend_delete_query *query, int64_t timeout_ms,
                                         jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, delete_all(client, query, timeout_ms, error))
                               : code;
}

jirasend_code jirasend_delete_request(const jirasend_delete_query *query, char **request,
                                      jirasend_error *error) {
    js_error_clear(error);
    *request = NULL;
    order what;
    jirasend_code code = read_query(&what, query, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "DELETE ");
    js_payload_properties_path(&out, what.api, "{cloudId}", what.properties, what.count);
    return js_hand_out(&out, request, error);
}
