/* Which cloud id a site has: asked at the site itself, kept, and remembered on disk. */
#include "auth/access_internal.h"

#include "auth/cloud_ids.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

js_tenant *js_tenant_find(js_access *access, const char *site, jirasend_error *error) {
    for (js_tenant *tenant = access->tenants; tenant != NULL; tenant = tenant->next) {
        if (strcmp(tenant->site.name, site) == 0) {
            return tenant;
        }
    }
    js_tenant *tenant = calloc(1, sizeof *tenant);
    if (tenant == NULL) {
        (void)js_fail_memory(error);
        return NULL;
    }
    if (js_site_parse(&tenant->site, site, "site", error) != JIRASEND_OK) {
        free(tenant);
        return NULL;
    }
    tenant->next = access->tenants;
    access->tenants = tenant;
    return tenant;
}

static void ask(js_access *access, js_tenant *tenant) {
    char origin[JS_ORIGIN_SIZE];
    js_site_origin(&tenant->site, origin);
    char url[JS_ORIGIN_SIZE + sizeof "/_edge/tenant_info"];
    (void)snprintf(url, sizeof url, "%s/_edge/tenant_info", origin);
    js_net_request request = {.url = url};
    if (access->net->ops->start(access->net, &request, &tenant->lookup.ticket, NULL) !=
        JIRASEND_OK) {
        js_lookup_fail(&tenant->lookup, JS_ENDPOINT_TENANT,
                       "out of memory, or this libcurl lacks a feature that jirasend needs");
    }
}

js_readiness js_tenant_cloud(js_access *access, js_tenant *tenant, js_result *why) {
    if (tenant->cloud_id[0] != '\0') {
        return JS_ACCESS_READY;
    }
    if (!tenant->remembered) {
        tenant->wanted = true;
        return JS_ACCESS_PENDING;
    }
    if (!tenant->lookup.failed && tenant->lookup.ticket == 0) {
        ask(access, tenant);
    }
    if (tenant->lookup.failed) {
        *why = tenant->lookup.why;
        return JS_ACCESS_FAILED;
    }
    return JS_ACCESS_PENDING;
}

static bool keep_cloud_id(const js_access *access, js_tenant *tenant, const js_net_answer *answer) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    jirasend_code code = js_answer_tenant(tenant->cloud_id, body, answer->body.length, &error);
    if (code != JIRASEND_OK) {
        tenant->cloud_id[0] = '\0';
        if (code == JIRASEND_E_MEMORY) { /* says nothing about the site, which would be held */
            js_lookup_fail(&tenant->lookup, JS_ENDPOINT_TENANT, error.message);
        } else {
            js_result_nonsense(&tenant->lookup.why, error.message);
        }
        return false;
    }
    tenant->changed = true;
    tenant->asked_ms = js_mono_ms(access->world);
    return true;
}

void js_tenant_receive(js_access *access, js_tenant *tenant, const js_net_answer *answer) {
    js_lookup *lookup = &tenant->lookup;
    lookup->ticket = 0;
    js_result_of(&lookup->why, JS_ENDPOINT_TENANT, answer);
    bool answered = answer->failure == JS_NET_ANSWERED && answer->status == 200;
    lookup->failed = !answered || !keep_cloud_id(access, tenant, answer);
}

static void recall(js_access *access, js_tenant *tenant) {
    char cloud_id[JS_CLOUD_ID_SIZE] = "";
    js_guard_leave(&access->guard);
    access->memory.cloud_id_get(access->memory.self, tenant->site.name, cloud_id);
    bool found =
        js_cloud_id_valid(cloud_id) ||
        js_cloud_ids_get(access->cloud_ids, &tenant->site, js_wall_ms(access->world), cloud_id);
    js_guard_enter(&access->guard);
    tenant->remembered = true;
    if (found) {
        memcpy(tenant->cloud_id, cloud_id, sizeof tenant->cloud_id);
    }
}

/* Only a convenience for the next run: a failure costs one more request there. */
static void tell(js_access *access, js_tenant *tenant) {
    char cloud_id[JS_CLOUD_ID_SIZE];
    memcpy(cloud_id, tenant->cloud_id, sizeof cloud_id);
    tenant->changed = false;
    js_guard_leave(&access->guard);
    access->memory.cloud_id_put(access->memory.self, tenant->site.name,
                                cloud_id[0] != '\0' ? cloud_id : NULL);
    js_cloud_ids_put(access->cloud_ids, &tenant->site, cloud_id);
    js_guard_enter(&access->guard);
}

bool js_tenant_remember(js_access *access, js_tenant *tenant) {
    bool recalls = tenant->wanted && !tenant->remembered;
    if (recalls) {
        recall(access, tenant);
    }
    if (tenant->changed) {
        tell(access, tenant);
    }
    return recalls;
}
