/* Which sites of an outbox are none: the addresses of relays that stood for the site of events without one. */
#include "client/client_internal.h"

#include "base/error.h"
#include "delivery/destination.h"

#include <string.h>

enum { KEPT_BYTES = 4096 };

static const char name[] = "relay addresses";

/*
 * A line each, the newest last. A note that cannot be read or kept is not worth a failure: the address of
 * this relay is known anyway, and what waits under an older one is held, not lost.
 */
jirasend_code js_relay_sites(jirasend_client *client, jirasend_error *error) {
    const jirasend_config *config = client->config;
    const char *own = config->relay_site.name;
    js_outbox *outbox = client->outbox;
    js_buf sites = JS_BUF_INIT;
    if (config->outbox == NULL ||
        outbox->ops->bookmark_get(outbox, name, &sites, NULL) != JIRASEND_OK) {
        js_buf_reset(&sites);
    }
    if (sites.data == NULL || !js_relay_site_among(sites.data, own)) {
        js_buf_addf(&sites, "%s\n", own);
        char *kept = sites.data;
        while (!sites.failed && strlen(kept) > KEPT_BYTES) {
            kept = strchr(kept, '\n') + 1;
        }
        bool needed = config->outbox != NULL && config->has_default_site &&
                      strcmp(config->default_site.name, own) == 0;
        if (needed && !sites.failed) {
            (void)outbox->ops->bookmark_put(outbox, name, kept, NULL);
        }
    }
    client->relay_sites = js_buf_take(&sites);
    return client->relay_sites != NULL ? JIRASEND_OK : js_fail_memory(error);
}
