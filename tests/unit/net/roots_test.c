/* Roots of a bundle: found by name whatever the name's spelling, decoded only when asked for. */
#include "net/roots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/jirasend-roots-XXXXXX";
static char file[64];

static EVP_PKEY *new_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static X509_NAME *name_of(const char *text, int type) {
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_organizationName, type,
                                                (const unsigned char *)text, -1, -1, 0),
                     1);
    return name;
}

static void add_extension(X509 *to, X509V3_CTX *context, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(to, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Of `subject`, signed with the key `by` of `ca` (null: itself), which is called `issuer`. */
static X509 *certificate(const X509_NAME *subject, EVP_PKEY *key, X509 *ca, const X509_NAME *issuer,
                         EVP_PKEY *by) {
    X509 *made = X509_new();
    assert_int_equal(X509_set_version(made, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made), 3600));
    assert_int_equal(X509_set_subject_name(made, subject), 1);
    assert_int_equal(X509_set_issuer_name(made, issuer), 1);
    assert_int_equal(X509_set_pubkey(made, key), 1);
    /* With the ids of both keys, as two roots of one name could not be told apart without. */
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca != NULL ? ca : made, made, NULL, NULL, 0);
    add_extension(made, &context, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made, &context, NID_subject_key_identifier, "hash");
    add_extension(made, &context, NID_authority_key_identifier, "keyid");
    assert_true(X509_sign(made, by, EVP_sha256()) > 0);
    return made;
}

typedef struct root {
    X509_NAME *name;
    EVP_PKEY *key;
    X509 *certificate;
} root;

static root new_root(const char *text, int type) {
    root made = {.name = name_of(text, type), .key = new_key()};
    made.certificate = certificate(made.name, made.key, NULL, made.name, made.key);
    return made;
}

static void free_root(root *made) {
    X509_NAME_free(made->name);
    EVP_PKEY_free(made->key);
    X509_free(made->certificate);
}

static FILE *begin_file(void) {
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    return out;
}

/* Whether what `issuer` has signed, naming it as it likes, is trusted. */
static bool trusts(js_roots *roots, const root *issuer, const X509_NAME *called) {
    X509_NAME *subject = name_of("a server", MBSTRING_UTF8);
    EVP_PKEY *key = new_key();
    X509 *leaf = certificate(subject, key, issuer->certificate,
                             called != NULL ? called : issuer->name, issuer->key);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE *store = js_roots_store(roots);
    assert_non_null(store);
    assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
    bool trusted = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    X509_free(leaf);
    EVP_PKEY_free(key);
    X509_NAME_free(subject);
    return trusted;
}

static void trusts_what_is_in_the_file_and_nothing_else(void **state) {
    (void)state;
    root first = new_root("First Root", MBSTRING_UTF8);
    root second = new_root("Second Root", MBSTRING_UTF8);
    root stranger = new_root("A Stranger", MBSTRING_UTF8);
    root impostor = new_root("First Root", MBSTRING_UTF8); /* of that name, with another key */
    FILE *out = begin_file();
    PEM_write_X509(out, first.certificate);
    PEM_write_X509_AUX(out, second.certificate);
    (void)fclose(out);
    js_roots *roots = js_roots_new(file, NULL);
    assert_true(trusts(roots, &first, NULL));
    assert_true(trusts(roots, &second, NULL));
    assert_true(trusts(roots, &first, NULL)); /* once more, as it is decoded by now */
    assert_false(trusts(roots, &stranger, NULL));
    assert_false(trusts(roots, &impostor, NULL));
    js_roots_free(roots);
    free_root(&first);
    free_root(&second);
    free_root(&stranger);
    free_root(&impostor);
}

static void finds_the_right_one_of_two_with_one_name(void **state) {
    (void)state;
    root old = new_root("Renewed Root", MBSTRING_UTF8);
    root renewed = new_root("Renewed Root", MBSTRING_UTF8);
    FILE *out = begin_file();
    PEM_write_X509(out, old.certificate);
    PEM_write_X509(out, old.certificate); /* twice, as bundles put together by hand have it */
    PEM_write_X509(out, renewed.certificate);
    (void)fclose(out);
    js_roots *roots = js_roots_new(file, NULL);
    assert_true(trusts(roots, &renewed, NULL));
    assert_true(trusts(roots, &old, NULL));
    js_roots_free(roots);
    free_root(&old);
    free_root(&renewed);
}

static void a_name_may_be_spelt_otherwise(void **state) {
    (void)state;
    root plain = new_root("Some Root, Inc.", V_ASN1_PRINTABLESTRING);
    root wide = new_root("Wide Root", V_ASN1_UTF8STRING);
    FILE *out = begin_file();
    PEM_write_X509(out, plain.certificate);
    PEM_write_X509(out, wide.certificate);
    (void)fclose(out);
    js_roots *roots = js_roots_new(file, NULL);
    X509_NAME *shouted = name_of("  SOME   ROOT, inc.", V_ASN1_UTF8STRING);
    assert_true(trusts(roots, &plain, shouted));
    static const unsigned char two_bytes[] = "\0W\0i\0d\0e\0 \0R\0o\0o\0t";
    X509_NAME *bmp = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_NID(bmp, NID_organizationName, V_ASN1_BMPSTRING,
                                                two_bytes, 18, -1, 0),
                     1);
    assert_true(trusts(roots, &wide, bmp));
    X509_NAME_free(shouted);
    X509_NAME_free(bmp);
    js_roots_free(roots);
    free_root(&plain);
    free_root(&wide);
}

static void passes_over_what_is_no_certificate(void **state) {
    (void)state;
    root good = new_root("Good Root", MBSTRING_UTF8);
    FILE *out = begin_file();
    (void)fputs("# a comment\n-----BEGIN CERTIFICATE-----\nMIIBsjCC!!!\n-----END CERTIFICATE-----\n"
                "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n",
                out);
    (void)fwrite("\0\0", 1, 2, out);
    PEM_write_PrivateKey(out, good.key, NULL, NULL, 0, NULL, NULL);
    (void)fputs("\nGood Root\n=========\n", out);
    PEM_write_X509(out, good.certificate);
    (void)fputs("-----BEGIN CERTIFICATE-----\nMIIB", out);
    (void)fclose(out);
    js_bundle *bundle = js_bundle_read(file);
    assert_int_equal(bundle->count, 1);
    js_bundle_free(bundle);
    js_roots *roots = js_roots_new(file, NULL);
    assert_true(trusts(roots, &good, NULL));
    js_roots_free(roots);
    free_root(&good);
}

static void a_long_name_is_seen_whole(void **state) {
    (void)state;
    X509_NAME *name = X509_NAME_new();
    char part[64];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(part, sizeof part, "part %d of a name that goes on and on", i);
        assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_organizationalUnitName, MBSTRING_UTF8,
                                                    (unsigned char *)part, -1, -1, 0),
                         1);
    }
    root wordy = {.name = name, .key = new_key()};
    wordy.certificate = certificate(name, wordy.key, NULL, name, wordy.key);
    FILE *out = begin_file();
    PEM_write_X509(out, wordy.certificate);
    (void)fclose(out);
    js_roots *roots = js_roots_new(file, NULL);
    assert_true(trusts(roots, &wordy, NULL));
    js_roots_free(roots);
    free_root(&wordy);
}

static void decodes_nothing_that_no_chain_asks_for(void **state) {
    (void)state;
    root first = new_root("First Root", MBSTRING_UTF8);
    FILE *out = begin_file();
    PEM_write_X509(out, first.certificate);
    (void)fclose(out);
    js_bundle *bundle = js_bundle_read(file);
    assert_int_equal(bundle->count, 1);
    assert_null(bundle->roots[0].decoded);
    js_bundle_free(bundle);
    free_root(&first);
}

static void a_new_file_counts_and_a_missing_one_does_not(void **state) {
    (void)state;
    root first = new_root("First Root", MBSTRING_UTF8);
    root second = new_root("Second Root, longer", MBSTRING_UTF8);
    FILE *out = begin_file();
    PEM_write_X509(out, first.certificate);
    (void)fclose(out);
    js_roots *roots = js_roots_new(file, NULL);
    assert_true(trusts(roots, &first, NULL));
    assert_int_equal(unlink(file), 0);
    assert_true(trusts(roots, &first, NULL));
    out = begin_file();
    PEM_write_X509(out, second.certificate);
    (void)fclose(out);
    assert_true(trusts(roots, &second, NULL));
    assert_false(trusts(roots, &first, NULL));
    js_roots_free(roots);
    free_root(&first);
    free_root(&second);
}

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(file, sizeof file, "%s/roots.pem", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(file);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusts_what_is_in_the_file_and_nothing_else),
        cmocka_unit_test(finds_the_right_one_of_two_with_one_name),
        cmocka_unit_test(a_name_may_be_spelt_otherwise),
        cmocka_unit_test(passes_over_what_is_no_certificate),
        cmocka_unit_test(a_long_name_is_seen_whole),
        cmocka_unit_test(decodes_nothing_that_no_chain_asks_for),
        cmocka_unit_test(a_new_file_counts_and_a_missing_one_does_not),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
