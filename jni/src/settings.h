/* The JSON of NativeCore.open() and NativeCore.putSite(), into the core's structs. */
#ifndef JN_SETTINGS_H
#define JN_SETTINGS_H

#include "documents.h"

#include <jirasend/jirasend.h>

/* A new config: jirasend_config_free(). Null with the reason in `error`. */
jirasend_config *jn_settings_read(const jn_bytes *settings, jirasend_error *error);

jirasend_code jn_site_put(jirasend_client *client, const jn_bytes *site, const jn_bytes *secret,
                          jirasend_error *error);

/* Says to the relay of the settings who we are. */
jirasend_code jn_relay_put(jirasend_client *client, const jn_bytes *token, jirasend_error *error);

#endif
