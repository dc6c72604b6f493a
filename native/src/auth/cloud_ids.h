/*
 * Cloud ids between runs that keep no outbox: a folder with a small file for each site, such as
 * ~/.cache/jirasend/cloud-ids/acme.atlassian.net. Only a convenience, as an id can be asked for
 * again: whatever goes wrong here costs one request and is not said.
 */
#ifndef JS_AUTH_CLOUD_IDS_H
#define JS_AUTH_CLOUD_IDS_H

#include "event/site.h"
#include "payload/answer.h"

/* False: not known, too old to be trusted, or written by somebody else. Without a folder, too. */
bool js_cloud_ids_get(const char *folder, const js_site *site, int64_t now_ms,
                      char cloud_id[JS_CLOUD_ID_SIZE]);
/* "" forgets it. The folder is made, 0700; its parent must exist. */
void js_cloud_ids_put(const char *folder, const js_site *site, const char *cloud_id);

#endif
