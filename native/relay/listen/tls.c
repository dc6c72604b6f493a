/* Certificates by GnuTLS. */
#include "relay/listen/tls.h"

#include "base/error.h"
#include "base/text.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN_MAX = 16 };

const char rl_tls_priorities[] =
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"
    "+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD";

typedef struct identity {
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
} identity;

struct rl_tls_state {
    identity *now;
    identity *before;                 /* of handshakes under way; those end within half a minute */
    gnutls_x509_trust_list_t clients; /* null: no clientCa */
};

static rl_tls_state *the_state;

static void free_identity(identity *old) {
    if (old == NULL) {
        return;
    }
    for (unsigned i = 0; i < old->count; i++) {
        gnutls_pcert_deinit(&old->chain[i]);
    }
    if (old->key != NULL) {
        gnutls_privkey_deinit(old->key);
    }
    free(old);
}

static gnutls_datum_t datum(const js_secret *secret) {
    return (gnutls_datum_t){(unsigned char *)secret->text, (unsigned)secret->length};
}

/* The public keys of both are the same. */
static bool belong_together(const identity *made) {
    unsigned char ids[2][64];
    size_t sizes[2] = {sizeof ids[0], sizeof ids[1]};
    gnutls_pubkey_t own = NULL;
    bool good = gnutls_pubkey_init(&own) == 0 &&
                gnutls_pubkey_import_privkey(own, made->key, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(own, GNUTLS_KEYID_USE_SHA256, ids[0], &sizes[0]) == 0 &&
                gnutls_pubkey_get_key_id(made->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, ids[1],
                                         &sizes[1]) == 0 &&
                sizes[0] == sizes[1] && memcmp(ids[0], ids[1], sizes[0]) == 0;
    if (own != NULL) {
        gnutls_pubkey_deinit(own);
    }
    return good;
}

static jirasend_code read_identity(identity **out, const rl_tls *tls, jirasend_error *error) {
    identity *made = calloc(1, sizeof *made);
    gnutls_datum_t certificate = datum(&tls->certificate);
    gnutls_datum_t key = datum(&tls->key);
    if (made == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = JIRASEND_OK;
    unsigned count = CHAIN_MAX;
    if (gnutls_pcert_list_import_x509_raw(made->chain, &count, &certificate, GNUTLS_X509_FMT_PEM,
                                          0) < 0 ||
        count == 0) {
        code = js_fail(error, JIRASEND_E_ARGUMENT, "%s contains no certificate (PEM).",
                       tls->certificate_file);
    } else {
        made->count = count;
    }
    if (code == JIRASEND_OK &&
        (gnutls_privkey_init(&made->key) < 0 ||
         gnutls_privkey_import_x509_raw(made->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) < 0)) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "%s contains no private key without a password (PEM).", tls->key_file);
    }
    if (code == JIRASEND_OK && !belong_together(made)) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "The key in %s is not that of the certificate in %s.", tls->key_file,
                       tls->certificate_file);
    }
    if (code != JIRASEND_OK) {
        free_identity(made);
        return code;
    }
    *out = made;
    return JIRASEND_OK;
}

static jirasend_code read_clients(gnutls_x509_trust_list_t *out, const rl_tls *tls,
                                  jirasend_error *error) {
    gnutls_x509_trust_list_t list = NULL;
    if (tls->client_ca_file == NULL) {
        return JIRASEND_OK;
    }
    gnutls_datum_t roots = datum(&tls->client_ca);
    if (gnutls_x509_trust_list_init(&list, 0) < 0) {
        return js_fail_memory(error);
    }
    if (gnutls_x509_trust_list_add_trust_mem(list, &roots, NULL, GNUTLS_X509_FMT_PEM, 0, 0) <= 0) {
        gnutls_x509_trust_list_deinit(list, 1);
        return js_fail(error, JIRASEND_E_ARGUMENT, "%s contains no certificate (PEM).",
                       tls->client_ca_file);
    }
    *out = list;
    return JIRASEND_OK;
}

jirasend_code rl_tls_change(rl_tls_state *tls, const rl_config *config, jirasend_error *error) {
    identity *made = NULL;
    gnutls_x509_trust_list_t clients = NULL;
    jirasend_code code = read_identity(&made, &config->tls, error);
    if (code == JIRASEND_OK) {
        code = read_clients(&clients, &config->tls, error);
    }
    if (code != JIRASEND_OK) {
        free_identity(made);
        return code;
    }
    free_identity(tls->before);
    tls->before = tls->now;
    tls->now = made;
    if (tls->clients != NULL) {
        gnutls_x509_trust_list_deinit(tls->clients, 1);
    }
    tls->clients = clients;
    return JIRASEND_OK;
}

jirasend_code rl_tls_open(rl_tls_state **tls, const rl_config *config, jirasend_error *error) {
    *tls = calloc(1, sizeof **tls);
    if (*tls == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = rl_tls_change(*tls, config, error);
    if (code != JIRASEND_OK) {
        rl_tls_close(*tls);
        *tls = NULL;
        return code;
    }
    the_state = *tls;
    return JIRASEND_OK;
}

void rl_tls_close(rl_tls_state *tls) {
    if (tls == NULL) {
        return;
    }
    if (the_state == tls) {
        the_state = NULL;
    }
    free_identity(tls->now);
    free_identity(tls->before);
    if (tls->clients != NULL) {
        gnutls_x509_trust_list_deinit(tls->clients, 1);
    }
    free(tls);
}

jirasend_code rl_tls_try(const rl_config *config, jirasend_error *error) {
    rl_tls_state tried = {NULL, NULL, NULL};
    if (!config->has_tls) {
        return JIRASEND_OK;
    }
    jirasend_code code = rl_tls_change(&tried, config, error);
    free_identity(tried.now);
    if (tried.clients != NULL) {
        gnutls_x509_trust_list_deinit(tried.clients, 1);
    }
    return code;
}

int rl_tls_choose(gnutls_session_t session, const gnutls_datum_t *issuers, int issuer_count,
                  const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                  gnutls_pcert_st **chain, unsigned int *count, gnutls_privkey_t *key) {
    (void)session;
    (void)issuers;
    (void)issuer_count;
    (void)algorithms;
    (void)algorithm_count;
    if (the_state == NULL) {
        return -1;
    }
    *chain = the_state->now->chain;
    *count = the_state->now->count;
    *key = the_state->now->key;
    return 0;
}

void rl_tls_ask(const rl_tls_state *tls, gnutls_session_t session) {
    if (tls->clients != NULL) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    }
}

static char *subject_of(gnutls_x509_crt_t certificate) {
    gnutls_datum_t name = {NULL, 0};
    if (gnutls_x509_crt_get_dn3(certificate, &name, 0) < 0) {
        return NULL;
    }
    char *copy = memchr(name.data, '\0', name.size) == NULL
                     ? js_copy_n((const char *)name.data, name.size)
                     : NULL;
    gnutls_free(name.data);
    return copy;
}

static bool is_good(gnutls_x509_trust_list_t clients, gnutls_x509_crt_t *chain, unsigned count) {
    unsigned status = 0;
    char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st wanted = {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)purpose, 0};
    return gnutls_x509_trust_list_verify_crt2(clients, chain, count, &wanted, 1, 0, &status,
                                              NULL) == 0 &&
           status == 0;
}

char *rl_tls_subject(const rl_tls_state *tls, gnutls_session_t session) {
    unsigned shown = 0;
    const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &shown);
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned count = 0;
    char *subject = NULL;
    if (tls->clients == NULL || raw == NULL || shown == 0 || shown > CHAIN_MAX) {
        return NULL;
    }
    bool good = true;
    while (good && count < shown) {
        good = gnutls_x509_crt_init(&chain[count]) == 0;
        if (good) {
            good = gnutls_x509_crt_import(chain[count], &raw[count], GNUTLS_X509_FMT_DER) == 0;
            count++;
        }
    }
    if (good && is_good(tls->clients, chain, count)) {
        subject = subject_of(chain[0]);
    }
    for (unsigned i = 0; i < count; i++) {
        gnutls_x509_crt_deinit(chain[i]);
    }
    return subject;
}
