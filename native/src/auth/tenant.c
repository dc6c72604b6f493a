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

static void recall(js_access *access, js_tenant *tenant) {
    if (tenant->remembered) {
        return;
    }
    tenant->remembered = true;
    char cloud_id[JS_CLOUD_ID_SIZE] = "";
    jirasend_code code = access->outbox->ops->cloud_id_get(access->outbox, tenant->site.name,
                                                           cloud_id, sizeof cloud_id, NULL);
    if ((code == JIRASEND_OK && js_cloud_id_valid(cloud_id)) ||
        js_cloud_ids_get(access->cloud_ids, &tenant->site, js_wall_ms(access->world), cloud_id)) {
        memcpy(tenant->cloud_id, cloud_id, sizeof tenant->cloud_id);
    }
}

static void ask(js_access *access, js_tenant *tenant) {
    char origin[JS_ORIGIN_SIZE];
    js_site_origin(&tenant->site, origin);
    char url[JS_ORIGIN_SIZE + sizeof "/_edge/tenant_info"];
    (void)snprintf(url, sizeof url, "%s/_edge/tenant_info", origin);
    js_net_request request = {.url = url};
    if (access->net->ops->start(access->net, &request, &tenant->lookup.ticket, NULL) !=
        JIRASEND_OK) {
        js_lookup_fail(&tenant->lookup, JS_ASK_TENANT,
                       "out of memory, or this libcurl lacks a feature that jirasend needs");
    }
}

js_readiness js_tenant_cloud(js_access *access, js_tenant *tenant, js_result *why) {
    recall(access, tenant);
    if (tenant->cloud_id[0] != '\0') {
        return JS_READY;
    }
    if (!tenant->lookup.failed && tenant->lookup.ticket == 0) {
        ask(access, tenant);
    }
    if (tenant->lookup.failed) {
        *why = tenant->lookup.why;
        return JS_FAILED;
    }
    return JS_PENDING;
}

static bool keep_cloud_id(js_access *access, js_tenant *tenant, const js_net_answer *answer) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *body = answer->body.data != NULL ? answer->body.data : "";
    jirasend_code code = js_answer_tenant(tenant->cloud_id, body, answer->body.length, &error);
    if (code != JIRASEND_OK) {
        tenant->cloud_id[0] = '\0';
        if (code == JIRASEND_E_MEMORY) { /* says nothing about the site, which would be held */
            js_lookup_fail(&tenant->lookup, JS_ASK_TENANT, error.message);
        } else {
            js_result_nonsense(&tenant->lookup.why, error.message);
        }
        return false;
    }
    /* Only a convenience for the next run: a failure costs one more request there. */
    (void)access->outbox->ops->cloud_id_put(access->outbox, tenant->site.name, tenant->cloud_id,
                                            NULL);
    js_cloud_ids_put(access->cloud_ids, &tenant->site, tenant->cloud_id);
    return true;
}

void js_tenant_take(js_access *access, js_tenant *tenant, const js_net_answer *answer) {
    js_lookup *lookup = &tenant->lookup;
    lookup->ticket = 0;
    js_result_of(&lookup->why, JS_ASK_TENANT, answer);
    bool answered = answer->failure == JS_NET_ANSWERED && answer->status == 200;
    lookup->failed = !answered || !keep_cloud_id(access, tenant, answer);
}
