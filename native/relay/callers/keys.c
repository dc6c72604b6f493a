/* Keys by libcjose, which imports more than may be trusted: only what verifies is handed to it. */
#include "relay/callers/keys.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"

#include <cjose/cjose.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 100, RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, KID_MAX = 200 };

typedef struct key {
    char *kid;
    char *algorithm; /* null: any of its kind */
    bool rsa;
    cjose_jwk_t *jwk;
} key;

struct rl_keys {
    atomic_int references;
    key *items;
    size_t count;
};

static const char *text_in(json_object *object, const char *name) {
    json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) &&
                   json_object_is_type(value, json_type_string)
               ? json_object_get_string(value)
               : NULL;
}

/* `use` and `key_ops`, where they are there, say that it verifies signatures. */
static bool is_for_signatures(json_object *object) {
    json_object *operations = NULL;
    const char *use = text_in(object, "use");
    if (json_object_object_get_ex(object, "use", NULL) &&
        (use == NULL || strcmp(use, "sig") != 0)) {
        return false;
    }
    if (!json_object_object_get_ex(object, "key_ops", &operations)) {
        return true;
    }
    if (!json_object_is_type(operations, json_type_array)) {
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(operations); i++) {
        json_object *one = json_object_array_get_idx(operations, i);
        if (json_object_is_type(one, json_type_string) &&
            strcmp(json_object_get_string(one), "verify") == 0) {
            return true;
        }
    }
    return false;
}

/* A JWK of the public members alone; null when one is missing. */
static cjose_jwk_t *import_public(json_object *object, bool rsa) {
    static const char *const rsa_members[] = {"n", "e", NULL};
    static const char *const ec_members[] = {"crv", "x", "y", NULL};
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "{\"kty\":\"%s\"", rsa ? "RSA" : "EC");
    const char *const *names = rsa ? rsa_members : ec_members;
    bool whole = true;
    for (; *names != NULL && whole; names++) {
        const char *value = text_in(object, *names);
        whole = value != NULL && value[0] != '\0';
        if (whole) {
            js_buf_addf(&text, ",\"%s\":", *names);
            js_json_write_string(&text, value);
        }
    }
    js_buf_add_text(&text, "}");
    cjose_err error;
    cjose_jwk_t *jwk =
        whole && !text.failed ? cjose_jwk_import(text.data, text.length, &error) : NULL;
    js_buf_clear(&text);
    return jwk;
}

static bool size_is_good(const cjose_jwk_t *jwk, bool rsa) {
    cjose_err error;
    size_t bits = cjose_jwk_get_keysize(jwk, &error);
    return rsa ? bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX : bits == 256;
}

/* False: the key is of no use here. */
static bool read_key(key *out, json_object *object) {
    const char *type = text_in(object, "kty");
    const char *kid = text_in(object, "kid");
    const char *algorithm = text_in(object, "alg");
    const char *curve = text_in(object, "crv");
    if (type == NULL || kid == NULL || kid[0] == '\0' || strlen(kid) > KID_MAX ||
        !is_for_signatures(object)) {
        return false;
    }
    out->rsa = strcmp(type, "RSA") == 0;
    bool ec = strcmp(type, "EC") == 0 && curve != NULL && strcmp(curve, "P-256") == 0;
    if (!out->rsa && !ec) {
        return false;
    }
    out->jwk = import_public(object, out->rsa);
    if (out->jwk == NULL) {
        return false;
    }
    out->kid = js_copy(kid);
    out->algorithm = js_copy(algorithm);
    if (out->kid != NULL && (algorithm == NULL || out->algorithm != NULL) &&
        size_is_good(out->jwk, out->rsa)) {
        return true;
    }
    (void)cjose_jwk_release(out->jwk);
    free(out->kid);
    free(out->algorithm);
    return false;
}

jirasend_code rl_keys_read(rl_keys **keys, const char *text, size_t length, jirasend_error *error) {
    json_object *list = NULL;
    *keys = NULL;
    json_object *whole = js_json_parse(text, length, JS_JSON_STRICT, error);
    if (whole == NULL) {
        return error != NULL ? error->code : JIRASEND_E_DOCUMENT;
    }
    if (!json_object_is_type(whole, json_type_object) ||
        !json_object_object_get_ex(whole, "keys", &list) ||
        !json_object_is_type(list, json_type_array)) {
        (void)json_object_put(whole);
        return js_fail(error, JIRASEND_E_DOCUMENT, "This is not a set of keys (JWKS).");
    }
    size_t count = json_object_array_length(list);
    count = count > KEYS_MAX ? KEYS_MAX : count;
    rl_keys *made = calloc(1, sizeof *made);
    if (made != NULL) {
        atomic_init(&made->references, 1);
        made->items = calloc(count + 1, sizeof *made->items);
    }
    if (made == NULL || made->items == NULL) {
        free(made);
        (void)json_object_put(whole);
        return js_fail_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        json_object *one = json_object_array_get_idx(list, i);
        if (json_object_is_type(one, json_type_object) &&
            read_key(&made->items[made->count], one)) {
            made->count++;
        }
    }
    (void)json_object_put(whole);
    *keys = made;
    return JIRASEND_OK;
}

rl_keys *rl_keys_retain(rl_keys *keys) {
    if (keys != NULL) {
        (void)atomic_fetch_add(&keys->references, 1);
    }
    return keys;
}

void rl_keys_release(rl_keys *keys) {
    if (keys == NULL || atomic_fetch_sub(&keys->references, 1) > 1) {
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        free(keys->items[i].kid);
        free(keys->items[i].algorithm);
        (void)cjose_jwk_release(keys->items[i].jwk);
    }
    free(keys->items);
    free(keys);
}

size_t rl_keys_count(const rl_keys *keys) {
    return keys != NULL ? keys->count : 0;
}

bool rl_keys_have(const rl_keys *keys, const char *kid) {
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->items[i].kid, kid) == 0) {
            return true;
        }
    }
    return false;
}

static bool fits(const key *one, const char *kid, const char *algorithm) {
    bool rsa = strcmp(algorithm, "RS256") == 0 || strcmp(algorithm, "PS256") == 0;
    bool ec = strcmp(algorithm, "ES256") == 0;
    return strcmp(one->kid, kid) == 0 && (one->rsa ? rsa : ec) &&
           (one->algorithm == NULL || strcmp(one->algorithm, algorithm) == 0);
}

bool rl_keys_verify(const rl_keys *keys, const char *kid, const char *algorithm, const char *token,
                    size_t length) {
    bool good = false;
    cjose_err error;
    for (size_t i = 0; i < keys->count && !good; i++) {
        if (!fits(&keys->items[i], kid, algorithm)) {
            continue;
        }
        cjose_jws_t *jws = cjose_jws_import(token, length, &error);
        good = jws != NULL && cjose_jws_verify(jws, keys->items[i].jwk, &error);
        cjose_jws_release(jws);
    }
    return good;
}
