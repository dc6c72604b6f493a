/* Deleting all of a kind that has certain properties. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"
#include "event/kind.h"
#include "event/properties.h"
#include "event/sweep.h"
#include "payload/request.h"

#include <string.h>

/* What is asked for, checked. The texts belong to the query. */
typedef struct order {
    js_kind kind;
    js_property properties[JIRASEND_DELETE_PROPERTIES_MAX];
    size_t count;
} order;

/* Of development information only whole repositories have properties. */
static bool has_properties(js_kind kind) {
    return !js_api_of(js_kind_api(kind))->entities || js_kind_of(kind)->takes_name;
}

static jirasend_code fail_kind(jirasend_error *error) {
    js_buf known = JS_BUF_INIT;
    for (int kind = JS_KIND_FIRST; kind <= JS_KIND_LAST; kind++) {
        if (has_properties((js_kind)kind)) {
            js_buf_addf(&known, "%s%s", known.length > 0 ? ", " : "", js_kind_name((js_kind)kind));
        }
    }
    jirasend_code code = known.failed ? js_fail_memory(error)
                                      : js_fail(error, JIRASEND_E_ARGUMENT,
                                                "The kind must be one of: %s.", known.data);
    js_buf_clear(&known);
    return code;
}

static jirasend_code read_kind(order *in, const char *name, jirasend_error *error) {
    js_kind kind = (js_kind)JS_KIND_FIRST;
    if (name == NULL || !js_kind_from_name(name, &kind)) {
        return fail_kind(error);
    }
    in->kind = kind;
    if (!has_properties(kind)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Jira deletes whole repositories by property, and no %s by themselves. Name "
                       "the kind repository, or delete each %s by itself.",
                       js_kind_of(kind)->plural, js_kind_of(kind)->noun);
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
    if (query->properties == NULL || query->property_count == 0 ||
        query->property_count > JIRASEND_DELETE_PROPERTIES_MAX) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Give 1 to %d properties: what has them all is deleted.",
                       JIRASEND_DELETE_PROPERTIES_MAX);
    }
    jirasend_code code = read_kind(in, query->kind, error);
    for (size_t i = 0; i < query->property_count && code == JIRASEND_OK; i++) {
        code = read_property(in, &query->properties[i], error);
    }
    return code;
}

/* The same as an event of the outbox. */
static jirasend_code make_event(js_event *event, const order *in, const js_site *site,
                                int64_t now_ms, jirasend_error *error) {
    js_event_init(event);
    event->kind = in->kind;
    event->site = *site;
    event->updated_at_ms = now_ms;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < in->count && code == JIRASEND_OK; i++) {
        const js_property *property = &in->properties[i];
        if (strcmp(property->name, JS_PROPERTY_ORIGIN) == 0) {
            event->origin = js_copy(property->value);
            code = event->origin == NULL ? js_fail_memory(error) : JIRASEND_OK;
        } else {
            code = js_property_add(event, property->name, property->value, error);
        }
    }
    return code == JIRASEND_OK && !js_sweep_make(event) ? js_fail_memory(error) : code;
}

static jirasend_code put(jirasend_client *client, js_event *event, int64_t *id,
                         jirasend_error *error) {
    js_buf stored = JS_BUF_INIT;
    js_buf facts = JS_BUF_INIT;
    js_document_write(&stored, event);
    js_document_write_facts(&facts, event);
    const js_put one = {.event = event,
                        .document = stored.data,
                        .length = stored.length,
                        .facts = facts.data,
                        .may_keep = true};
    js_put_result result = {.code = JIRASEND_OK};
    jirasend_code code = JIRASEND_OK;
    if (stored.failed || facts.failed) {
        code = js_fail_memory(error);
    } else {
        code = client->outbox->ops->put(client->outbox, &one, 1, js_wall_ms(&client->world),
                                        &result, error);
    }
    if (code == JIRASEND_OK && result.code != JIRASEND_OK) {
        code = js_fail(error, result.code, "%s", result.message);
    }
    *id = code == JIRASEND_OK ? result.id : 0;
    js_buf_clear(&facts);
    js_buf_clear(&stored);
    client->net->ops->wake(client->net);
    return code;
}

static jirasend_code delete_all(jirasend_client *client, const jirasend_delete_query *query,
                                int64_t *id, jirasend_error *error) {
    order what;
    js_site site;
    if (client->config->relay != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "A relay cannot delete by property; connect to Jira directly.");
    }
    jirasend_code code = read_query(&what, query, error);
    if (code == JIRASEND_OK) {
        code = js_client_site(client, query->site, &site, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    js_event event;
    code = make_event(&event, &what, &site, js_wall_ms(&client->world), error);
    if (code == JIRASEND_OK) {
        code = put(client, &event, id, error);
    }
    js_event_clear(&event);
    return code;
}

jirasend_code jirasend_client_delete_all(jirasend_client *client,
                                         const jirasend_delete_query *query, int64_t *id,
                                         jirasend_error *error) {
    if (id == NULL) {
        return js_fail_nowhere(error);
    }
    *id = 0;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, delete_all(client, query, id, error)) : code;
}

jirasend_code jirasend_delete_request(const jirasend_delete_query *query, char **request,
                                      jirasend_error *error) {
    js_error_clear(error);
    if (request == NULL) {
        return js_fail_nowhere(error);
    }
    *request = NULL;
    order what;
    jirasend_code code = read_query(&what, query, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf out = JS_BUF_INIT;
    js_buf_add_text(&out, "DELETE ");
    js_payload_properties_path(&out, js_kind_api(what.kind), "{cloudId}", what.properties,
                               what.count);
    return js_hand_out(&out, request, error);
}
