/* A wrong CA file, certificate or key is said when the client opens, not at the first request. */
#include "net/curl_internal.h"

#include "base/error.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

static jirasend_code check_file(const char *path, jirasend_error *error) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return js_fail(error, JIRASEND_E_FILE, "The CA file %s cannot be read: %s.", path,
                       strerror(errno));
    }
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (certificate == NULL) {
        ERR_clear_error();
        return js_fail(error, JIRASEND_E_FILE,
                       "The CA file %s contains no certificate: it must be in PEM form "
                       "(-----BEGIN CERTIFICATE-----).",
                       path);
    }
    X509_free(certificate);
    return JIRASEND_OK;
}

static jirasend_code check_folder(const char *path, jirasend_error *error) {
    struct stat found;
    if (stat(path, &found) != 0) {
        return js_fail(error, JIRASEND_E_FILE, "The CA folder %s cannot be read: %s.", path,
                       strerror(errno));
    }
    if (!S_ISDIR(found.st_mode)) {
        return js_fail(error, JIRASEND_E_FILE,
                       "%s is not a folder: name a folder of certificates with hash links.", path);
    }
    return JIRASEND_OK;
}

jirasend_code js_curl_check_roots(const js_curl *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    if (self->ca_file != NULL) {
        code = check_file(self->ca_file, error);
    }
    if (code == JIRASEND_OK && self->ca_folder != NULL) {
        code = check_folder(self->ca_folder, error);
    }
    return code;
}

/* It takes no password: a key that wants one is refused, rather than asked for on a terminal. */
static int no_password(char *buffer, int size, int writing, void *user) {
    if (size > 0) {
        buffer[0] = '\0';
    }
    (void)writing;
    (void)user;
    return -1;
}

static jirasend_code check_key(const char *path, X509 *certificate, jirasend_error *error) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return js_fail(error, JIRASEND_E_FILE, "The key file %s cannot be read: %s.", path,
                       strerror(errno));
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    (void)fclose(file);
    jirasend_code code = JIRASEND_OK;
    if (key == NULL) {
        code = js_fail(error, JIRASEND_E_FILE,
                       "The key file %s contains no private key in PEM form without a password.",
                       path);
    } else if (X509_check_private_key(certificate, key) != 1) {
        code = js_fail(error, JIRASEND_E_FILE,
                       "The key in %s does not belong to the client's certificate.", path);
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
    return code;
}

jirasend_code js_curl_check_certificate(const js_curl *self, jirasend_error *error) {
    if (self->certificate == NULL) {
        return JIRASEND_OK;
    }
    FILE *file = fopen(self->certificate, "re");
    if (file == NULL) {
        return js_fail(error, JIRASEND_E_FILE, "The certificate file %s cannot be read: %s.",
                       self->certificate, strerror(errno));
    }
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (certificate == NULL) {
        ERR_clear_error();
        return js_fail(error, JIRASEND_E_FILE,
                       "The certificate file %s contains no certificate in PEM form.",
                       self->certificate);
    }
    jirasend_code code =
        check_key(self->key != NULL ? self->key : self->certificate, certificate, error);
    X509_free(certificate);
    return code;
}
