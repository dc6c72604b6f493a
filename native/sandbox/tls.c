/* A certificate of its own, for https. */
#include "tls.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "persist.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Browsers refuse certificates that live longer than 398 days. */
enum { DAY_S = 86400, VALID_DAYS = 390, RENEW_DAYS = 30, PEM_MAX = 64 * 1024 };

static const char ca_name[] = "sandbox-ca.pem";
static const char certificate_name[] = "sandbox-certificate.pem";
static const char key_name[] = "sandbox-key.pem";

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_serial(X509 *certificate) {
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    bytes[0] &= 0x7F;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return ok;
}

/* An unsigned certificate with all but its extensions. */
static X509 *new_certificate(const char *name, EVP_PKEY *key) {
    X509 *certificate = X509_new();
    bool ok = certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              set_serial(certificate) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), (long)VALID_DAYS * DAY_S) != NULL &&
              X509_set_pubkey(certificate, key) == 1 &&
              X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                         (const unsigned char *)name, -1, -1, 0) == 1;
    if (!ok) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static X509 *make_authority(EVP_PKEY *key) {
    X509 *ca = new_certificate("jirasend-sandbox local authority", key);
    bool ok = ca != NULL && X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
              add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
              add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
              add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
              X509_sign(ca, key, EVP_sha256()) > 0;
    if (!ok) {
        X509_free(ca);
        return NULL;
    }
    return ca;
}

static X509 *make_leaf(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key) {
    X509 *leaf = new_certificate("localhost", key);
    bool ok = leaf != NULL && X509_set_issuer_name(leaf, X509_get_subject_name(ca)) == 1 &&
              add_extension(leaf, ca, NID_basic_constraints, "critical,CA:FALSE") &&
              add_extension(leaf, ca, NID_key_usage, "critical,digitalSignature") &&
              add_extension(leaf, ca, NID_ext_key_usage, "serverAuth") &&
              add_extension(leaf, ca, NID_subject_key_identifier, "hash") &&
              add_extension(leaf, ca, NID_authority_key_identifier, "keyid:always") &&
              add_extension(leaf, ca, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
              X509_sign(leaf, ca_key, EVP_sha256()) > 0;
    if (!ok) {
        X509_free(leaf);
        return NULL;
    }
    return leaf;
}

/* What was written to the memory, as a text; null when something failed. */
static char *take_pem(BIO *memory, int written) {
    char *bytes = NULL;
    long length = memory == NULL ? 0 : BIO_get_mem_data(memory, &bytes);
    char *text = written == 1 && length > 0 ? js_copy_n(bytes, (size_t)length) : NULL;
    BIO_free(memory);
    return text;
}

static char *certificate_pem(X509 *certificate) {
    BIO *memory = BIO_new(BIO_s_mem());
    return take_pem(memory, memory == NULL ? 0 : PEM_write_bio_X509(memory, certificate));
}

static char *key_pem(EVP_PKEY *key) {
    BIO *memory = BIO_new(BIO_s_secmem());
    return take_pem(memory, memory == NULL
                                ? 0
                                : PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL));
}

/* Makes all three texts. The authority's key is thrown away: nothing else can be signed with it. */
static bool make(sb_tls *tls, char **ca_pem) {
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = ca_key == NULL ? NULL : make_authority(ca_key);
    X509 *leaf = key == NULL || ca == NULL ? NULL : make_leaf(key, ca, ca_key);
    if (leaf != NULL) {
        *ca_pem = certificate_pem(ca);
        tls->certificate_pem = certificate_pem(leaf);
        tls->key_pem = key_pem(key);
    }
    X509_free(leaf);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return leaf != NULL && *ca_pem != NULL && tls->certificate_pem != NULL && tls->key_pem != NULL;
}

static char *join(const char *folder, const char *name) {
    js_buf path = JS_BUF_INIT;
    js_buf_addf(&path, "%s/%s", folder, name);
    return js_buf_take(&path);
}

static char *read_pem(const char *folder, const char *name) {
    char *path = join(folder, name);
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    char *text = file == NULL ? NULL : calloc(1, PEM_MAX);
    if (text != NULL && fread(text, 1, PEM_MAX - 1, file) == 0) {
        free(text);
        text = NULL;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(path);
    return text;
}

static X509 *parse_certificate(const char *pem) {
    BIO *memory = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
    X509 *certificate = memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    BIO_free(memory);
    return certificate;
}

/* Whether the three files belong together and last a while. */
static bool still_good(const char *ca_pem, const sb_tls *tls) {
    time_t limit = time(NULL) + (time_t)RENEW_DAYS * DAY_S;
    X509 *ca = parse_certificate(ca_pem);
    X509 *leaf = parse_certificate(tls->certificate_pem);
    BIO *memory = tls->key_pem == NULL ? NULL : BIO_new_mem_buf(tls->key_pem, -1);
    EVP_PKEY *key = memory == NULL ? NULL : PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    bool good = ca != NULL && leaf != NULL && key != NULL &&
                X509_cmp_time(X509_get0_notAfter(leaf), &limit) > 0 &&
                X509_cmp_time(X509_get0_notAfter(ca), &limit) > 0 &&
                X509_check_private_key(leaf, key) == 1 &&
                X509_verify(leaf, X509_get0_pubkey(ca)) == 1;
    EVP_PKEY_free(key);
    BIO_free(memory);
    X509_free(leaf);
    X509_free(ca);
    return good;
}

static void drop_texts(sb_tls *tls) {
    if (tls->key_pem != NULL) {
        js_wipe(tls->key_pem, strlen(tls->key_pem));
    }
    free(tls->key_pem);
    free(tls->certificate_pem);
    tls->key_pem = NULL;
    tls->certificate_pem = NULL;
}

static bool find_again(sb_tls *tls, const char *folder) {
    char *ca_pem = read_pem(folder, ca_name);
    tls->certificate_pem = read_pem(folder, certificate_name);
    tls->key_pem = read_pem(folder, key_name);
    bool good = still_good(ca_pem, tls);
    free(ca_pem);
    if (!good) {
        drop_texts(tls);
    }
    return good;
}

static char *temporary_folder(void) {
    const char *base = getenv("TMPDIR");
    char *path = join(base != NULL && *base == '/' ? base : "/tmp", "jirasend-sandbox-XXXXXX");
    if (path != NULL && mkdtemp(path) == NULL) {
        free(path);
        return NULL;
    }
    return path;
}

static jirasend_code write_text(const char *folder, const char *name, const char *text,
                                jirasend_error *error) {
    char *path = join(folder, name);
    jirasend_code code =
        path == NULL ? js_fail_memory(error) : sb_write_file(path, text, strlen(text), error);
    free(path);
    return code;
}

jirasend_code sb_tls_open(sb_tls *tls, const char *data_directory, jirasend_error *error) {
    *tls = (sb_tls){NULL, NULL, NULL, NULL};
    jirasend_code code = JIRASEND_OK;
    if (data_directory == NULL) {
        tls->folder = temporary_folder();
        if (tls->folder == NULL) {
            return js_fail(error, JIRASEND_E_STORAGE, "Cannot make a temporary folder: %s.",
                           strerror(errno));
        }
    }
    const char *folder = data_directory != NULL ? data_directory : tls->folder;
    tls->ca_file = join(folder, ca_name);
    if (tls->ca_file == NULL) {
        code = js_fail_memory(error);
    } else if (data_directory == NULL || !find_again(tls, folder)) {
        char *ca_pem = NULL;
        if (!make(tls, &ca_pem)) {
            code = js_fail(error, JIRASEND_E_INTERNAL, "OpenSSL cannot make a certificate.");
        }
        if (code == JIRASEND_OK) {
            code = write_text(folder, ca_name, ca_pem, error);
        }
        if (code == JIRASEND_OK && data_directory != NULL) {
            code = write_text(folder, certificate_name, tls->certificate_pem, error);
        }
        if (code == JIRASEND_OK && data_directory != NULL) {
            code = write_text(folder, key_name, tls->key_pem, error);
        }
        free(ca_pem);
    }
    if (code != JIRASEND_OK) {
        sb_tls_close(tls);
    }
    return code;
}

void sb_tls_close(sb_tls *tls) {
    if (tls->folder != NULL) {
        if (tls->ca_file != NULL) {
            (void)unlink(tls->ca_file);
        }
        (void)rmdir(tls->folder);
    }
    drop_texts(tls);
    free(tls->ca_file);
    free(tls->folder);
    *tls = (sb_tls){NULL, NULL, NULL, NULL};
}
