/* Who calls: by bearer token, ID token or client certificate. */
#ifndef RELAY_CALLERS_IDENTIFY_H
#define RELAY_CALLERS_IDENTIFY_H

#include "relay/life/config.h"

#include <json-c/json.h>

struct rl_issuers;

typedef enum rl_who {
    RL_WHO_KNOWN,
    RL_WHO_WRONG,   /* no or a wrong credential: 401 */
    RL_WHO_NO_RULE, /* a true token that no entry fits: 403 */
    RL_WHO_LATER,   /* the issuer's keys are being fetched */
    RL_WHO_AWAY     /* they cannot be had now: 503 */
} rl_who;

typedef struct rl_identity {
    const rl_caller *caller;
    json_object *claims; /* null without an ID token; owned by whoever asked */
} rl_identity;

/*
 * `authorization` is the header, null without one; it beats the certificate's `subject` (null without
 * one). `wait`: keys that are missing may be fetched; without it that is AWAY.
 */
rl_who rl_identify(const rl_config *config, struct rl_issuers *issuers, const char *authorization,
                   const char *subject, bool wait, rl_identity *out);

/* The caller of this token, compared in constant time; null when there is none. */
const rl_caller *rl_identify_token(const rl_config *config, const char *token, size_t length);

#endif
