/* ID tokens (JWT): what is checked of them, before and after their signature. */
#ifndef RELAY_CALLERS_ID_TOKEN_H
#define RELAY_CALLERS_ID_TOKEN_H

#include "relay/callers/identify.h"

#include <stdint.h>

enum { RL_ID_TOKEN_MAX = 12 * 1024 };

typedef struct rl_id_token {
    const char *text; /* the caller's */
    size_t length;
    json_object *header, *claims;
    const char *algorithm, *kid, *issuer; /* in these */
} rl_id_token;

/*
 * Everything but the signature, the audience and the times: three canonical base64url parts, strict JSON,
 * an algorithm of ours, a key id, no extensions. False: it is not one, and nothing has to be cleared.
 */
bool rl_id_token_read(rl_id_token *token, const char *text, size_t length);
void rl_id_token_clear(rl_id_token *token);
/* `exp` is there and not over, `nbf` and `iat` are not to come, each give or take 60 s. */
bool rl_id_token_current(json_object *claims, int64_t now_s);
/* `aud` is this, or a list that has it. */
bool rl_id_token_is_for(json_object *claims, const char *audience);
/* Each claim of the rule is a text equal to the rule's. */
bool rl_id_token_has_claims(json_object *claims, const rl_oidc *oidc);

/* As rl_identify(), for what may be an ID token. */
rl_who rl_id_token_identify(const rl_config *config, struct rl_issuers *issuers, const char *text,
                            size_t length, bool wait, rl_identity *out);

#endif
