/* Checking ID tokens: the library that verifies the signature lets most of this through. */
#include "relay/callers/id_token.h"

#include "event/json.h"
#include "relay/callers/issuers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEEWAY_S = 60, KID_MAX = 200 };

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* Only the one way to write these bytes; null: it is another. `out_length` may be null. */
static char *decode(const char *text, size_t length, size_t *out_length) {
    if (length == 0 || length % 4 == 1) {
        return NULL;
    }
    char *out = malloc(length / 4 * 3 + 4);
    unsigned held = 0;
    int bits = 0;
    size_t used = 0;
    for (size_t i = 0; out != NULL && i < length; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0) {
            free(out);
            return NULL;
        }
        held = (held << 6 | (unsigned)digit) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[used++] = (char)(held >> bits & 0xff);
        }
    }
    if (out != NULL && (held & ((1U << bits) - 1)) != 0) {
        free(out);
        return NULL;
    }
    if (out_length != NULL && out != NULL) {
        *out_length = used;
    }
    return out;
}

static json_object *read_part(const char *text, size_t length) {
    size_t used = 0;
    char *json = decode(text, length, &used);
    json_object *object = json != NULL ? js_json_parse(json, used, JS_JSON_STRICT, NULL) : NULL;
    free(json);
    if (object != NULL && !json_object_is_type(object, json_type_object)) {
        (void)json_object_put(object);
        object = NULL;
    }
    return object;
}

static const char *text_in(json_object *object, const char *name) {
    json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, json_type_string)) {
        return NULL;
    }
    const char *text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static bool algorithm_is_ours(const char *algorithm) {
    return algorithm != NULL &&
           (strcmp(algorithm, "RS256") == 0 || strcmp(algorithm, "PS256") == 0 ||
            strcmp(algorithm, "ES256") == 0);
}

static bool check_header(rl_id_token *token) {
    token->algorithm = text_in(token->header, "alg");
    token->kid = text_in(token->header, "kid");
    return algorithm_is_ours(token->algorithm) && token->kid != NULL && token->kid[0] != '\0' &&
           strlen(token->kid) <= KID_MAX &&
           !json_object_object_get_ex(token->header, "crit", NULL) &&
           !json_object_object_get_ex(token->header, "b64", NULL);
}

bool rl_id_token_read(rl_id_token *token, const char *text, size_t length) {
    *token = (rl_id_token){.text = text, .length = length};
    if (length > RL_ID_TOKEN_MAX) {
        return false;
    }
    const char *first = memchr(text, '.', length);
    const char *second =
        first != NULL ? memchr(first + 1, '.', length - (size_t)(first + 1 - text)) : NULL;
    if (second == NULL || memchr(second + 1, '.', length - (size_t)(second + 1 - text)) != NULL) {
        return false;
    }
    char *signature = decode(second + 1, length - (size_t)(second + 1 - text), NULL);
    bool good = signature != NULL;
    free(signature);
    if (good) {
        token->header = read_part(text, (size_t)(first - text));
        token->claims = read_part(first + 1, (size_t)(second - first - 1));
    }
    good = token->header != NULL && token->claims != NULL && check_header(token);
    if (good) {
        token->issuer = text_in(token->claims, "iss");
        good = token->issuer != NULL;
    }
    if (!good) {
        rl_id_token_clear(token);
    }
    return good;
}

void rl_id_token_clear(rl_id_token *token) {
    (void)json_object_put(token->header);
    (void)json_object_put(token->claims);
    *token = (rl_id_token){0};
}

/* False: it is there and no finite number. Absent: NAN. */
static bool number_in(json_object *claims, const char *name, double *out) {
    json_object *value = NULL;
    *out = NAN;
    if (!json_object_object_get_ex(claims, name, &value)) {
        return true;
    }
    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_double)) {
        return false;
    }
    *out = json_object_get_double(value);
    return isfinite(*out);
}

bool rl_id_token_current(json_object *claims, int64_t now_s) {
    double now = (double)now_s;
    double expires;
    double begins;
    double issued;
    return number_in(claims, "exp", &expires) && number_in(claims, "nbf", &begins) &&
           number_in(claims, "iat", &issued) && !isnan(expires) && expires + LEEWAY_S > now &&
           (isnan(begins) || begins - LEEWAY_S <= now) &&
           (isnan(issued) || issued - LEEWAY_S <= now);
}

bool rl_id_token_is_for(json_object *claims, const char *audience) {
    json_object *value = NULL;
    const char *one = text_in(claims, "aud");
    if (one != NULL) {
        return strcmp(one, audience) == 0;
    }
    if (!json_object_object_get_ex(claims, "aud", &value) ||
        !json_object_is_type(value, json_type_array)) {
        return false;
    }
    bool found = false;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        json_object *element = json_object_array_get_idx(value, i);
        if (!json_object_is_type(element, json_type_string)) {
            return false;
        }
        found = found || strcmp(json_object_get_string(element), audience) == 0;
    }
    return found;
}

bool rl_id_token_has_claims(json_object *claims, const rl_oidc *oidc) {
    for (size_t i = 0; i < oidc->claims.count; i++) {
        const char *value = text_in(claims, oidc->claims.items[i]);
        if (value == NULL || strcmp(value, oidc->values.items[i]) != 0) {
            return false;
        }
    }
    return oidc->claims.count > 0;
}

/* The first caller whose entry fits a token that is genuine, and for its audience. */
typedef struct search {
    const rl_id_token *token;
    struct rl_issuers *issuers;
    int64_t now_s;
    bool wait;
    bool genuine; /* for an audience of ours */
    rl_who trouble;
} search;

/* Whether it is signed with a key of this entry's issuer. */
static bool is_signed(search *in, const rl_oidc *oidc) {
    rl_keys *keys = NULL;
    switch (rl_issuers_keys(in->issuers, oidc, in->token->kid, in->wait, &keys)) {
    case RL_KEYS_THERE:
        break;
    case RL_KEYS_UNKNOWN:
        return false;
    case RL_KEYS_LATER:
        in->trouble = RL_WHO_LATER;
        return false;
    case RL_KEYS_AWAY:
        in->trouble = in->trouble == RL_WHO_LATER ? RL_WHO_LATER : RL_WHO_AWAY;
        return false;
    }
    const rl_id_token *token = in->token;
    bool good = rl_keys_verify(keys, token->kid, token->algorithm, token->text, token->length);
    rl_keys_release(keys);
    return good;
}

static bool fits(search *in, const rl_caller *caller) {
    if (caller->by != RL_BY_OIDC || strcmp(caller->oidc.issuer, in->token->issuer) != 0 ||
        !rl_id_token_is_for(in->token->claims, caller->oidc.audience) ||
        !is_signed(in, &caller->oidc)) {
        return false;
    }
    in->genuine = true;
    return rl_id_token_has_claims(in->token->claims, &caller->oidc);
}

rl_who rl_id_token_identify(const rl_config *config, struct rl_issuers *issuers, const char *text,
                            size_t length, bool wait, rl_identity *out) {
    rl_id_token token;
    if (!rl_id_token_read(&token, text, length)) {
        return RL_WHO_WRONG;
    }
    search in = {.token = &token,
                 .issuers = issuers,
                 .now_s = rl_issuers_wall_ms(issuers) / 1000,
                 .wait = wait,
                 .trouble = RL_WHO_WRONG};
    bool current = rl_id_token_current(token.claims, in.now_s);
    for (size_t i = 0; current && i < config->caller_count && out->caller == NULL; i++) {
        out->caller = fits(&in, &config->callers[i]) ? &config->callers[i] : NULL;
        if (in.trouble == RL_WHO_LATER) {
            break; /* an earlier entry may fit, once its keys are there */
        }
    }
    if (out->caller != NULL) {
        out->claims = json_object_get(token.claims);
    }
    rl_id_token_clear(&token);
    if (out->caller != NULL) {
        return RL_WHO_KNOWN;
    }
    return in.genuine && in.trouble == RL_WHO_WRONG ? RL_WHO_NO_RULE : in.trouble;
}
