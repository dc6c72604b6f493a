/* Asking for a token while the outbox opens. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/document.h"

#include <string.h>

/* Whether the event is one of this site, and there is something to send of it. */
static bool is_sent(const jirasend_client *client, const jirasend_site *site,
                    const jirasend_document *document) {
    const jirasend_config *config = client->config;
    js_rules rules;
    js_site named;
    js_event event;
    if (!js_config_rules(config, &rules)) {
        return false;
    }
    rules.read.default_site = config->has_default_site ? &config->default_site : NULL;
    rules.read.now_ms = js_wall_ms(&client->world);
    bool sent = js_document_read(&event, document->text, document->length, &rules.read, NULL) ==
                JIRASEND_OK;
    if (sent) {
        sent = (event.deletion || js_event_has_associations(&event)) &&
               (site->site == NULL ||
                (js_site_parse(&named, site->site, "site", NULL) == JIRASEND_OK &&
                 strcmp(named.name, event.site.name) == 0));
        js_event_clear(&event);
    }
    js_rules_clear(&rules);
    return sent;
}

/* A folder may hold stops, or the very event already. */
bool js_head_start_pays(const jirasend_client *client, const jirasend_site *site,
                        const jirasend_document *event) {
    const jirasend_config *config = client->config;
    return event->text != NULL && config->outbox == NULL && config->relay == NULL &&
           !config->paused && site->options == NULL && is_sent(client, site, event);
}

bool js_head_start_run(jirasend_client *client) {
    enum { LOOK_MS = 1000 };
    if (client->head_start) { /* also when the outbox was quicker than this thread */
        js_access_head_start(client->access);
    }
    while (client->delivery == NULL && !client->closing) {
        js_net_answer answer;
        (void)pthread_mutex_unlock(&client->lock);
        client->net->ops->poll(client->net, LOOK_MS);
        (void)pthread_mutex_lock(&client->lock);
        while (client->net->ops->collect(client->net, &answer)) {
            js_access_redact(client->access, &answer);
            (void)js_access_receive(client->access, &answer);
            js_net_answer_clear(&answer);
        }
    }
    return client->delivery != NULL;
}

void js_head_start_abort(jirasend_client *client) {
    if (client->running) {
        (void)pthread_mutex_lock(&client->lock);
        client->closing = true;
        (void)pthread_mutex_unlock(&client->lock);
        client->net->ops->wake(client->net);
        (void)pthread_join(client->thread, NULL);
    }
}
