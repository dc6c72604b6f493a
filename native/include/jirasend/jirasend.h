/*
 * jirasend: tells Jira Cloud about builds and deployments.
 *
 * The short of it:
 *     jirasend_config *config = jirasend_config_new();
 *     jirasend_client *client;
 *     jirasend_client_open(config, &client, &error);
 *     jirasend_client_put_site(client, &site, &error);
 *     jirasend_client_submit(client, document, strlen(document), NULL, NULL, &id, &error);
 *     jirasend_client_wait(client, id, 30000, &receipt, &error);
 *     jirasend_client_close(client, 5000);
 *
 * Documents (events in, receipts out) are JSON in UTF-8; docs/events.md describes them.
 */
#ifndef JIRASEND_JIRASEND_H
#define JIRASEND_JIRASEND_H

#include <jirasend/client.h>
#include <jirasend/config.h>
#include <jirasend/error.h>
#include <jirasend/history.h>
#include <jirasend/options.h>
#include <jirasend/outbox.h>
#include <jirasend/verify.h>
#include <jirasend/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library in use, such as "0.1.0". Never freed. */
JIRASEND_API const char *jirasend_version(void);

#ifdef __cplusplus
}
#endif

#endif
