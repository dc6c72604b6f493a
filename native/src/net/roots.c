/* Hands OpenSSL the root that a chain asks for, of a bundle that nobody has decoded. */
#include "net/roots.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

struct js_roots {
    char *file, *folder;
    struct stat seen; /* the file as it was read */
    X509_LOOKUP_METHOD *method;
    X509_STORE *store;
};

/* The bundle keeps it. Null: it is not one after all, or memory is out. */
static X509 *decode(const js_bundle *bundle, js_root *root) {
    if (root->decoded == NULL) {
        BIO *text = BIO_new_mem_buf(bundle->text + root->at, (int)root->length);
        root->decoded = text != NULL ? PEM_read_bio_X509_AUX(text, NULL, NULL, NULL) : NULL;
        BIO_free(text);
    }
    return root->decoded;
}

/*
 * All roots of that name go into the store, where OpenSSL looks for further ones of the name. It takes
 * what `found` holds for ours and counts no reference for it, so the one that it got is given back.
 */
static int find(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
                X509_OBJECT *found) {
    const js_bundle *bundle = X509_LOOKUP_get_method_data(lookup);
    const unsigned char *der = NULL;
    size_t length = 0;
    if (type != X509_LU_X509 || X509_NAME_get0_der(name, &der, &length) != 1) {
        return 0;
    }
    uint64_t key = js_root_key(der, length);
    int any = 0;
    for (size_t i = 0; i < bundle->count; i++) {
        js_root *root = &bundle->roots[i];
        if (root->key != key && root->key != JS_ROOT_ANY && key != JS_ROOT_ANY) {
            continue;
        }
        X509 *certificate = decode(bundle, root);
        if (certificate == NULL || X509_NAME_cmp(X509_get_subject_name(certificate), name) != 0 ||
            X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), certificate) != 1) {
            continue;
        }
        if (any == 0 && X509_OBJECT_set1_X509(found, certificate) == 1) {
            X509_free(certificate);
            any = 1;
        }
    }
    ERR_clear_error();
    return any;
}

static void free_bundle(X509_LOOKUP *lookup) {
    js_bundle_free(X509_LOOKUP_get_method_data(lookup));
}

static X509_STORE *store_of(const js_roots *roots, js_bundle *bundle) {
    X509_STORE *store = X509_STORE_new();
    X509_LOOKUP *lookup = store != NULL ? X509_STORE_add_lookup(store, roots->method) : NULL;
    if (lookup == NULL || X509_LOOKUP_set_method_data(lookup, bundle) != 1) {
        js_bundle_free(bundle);
        X509_STORE_free(store);
        return NULL;
    }
    /* An intermediate in the file is trusted as such, as libcurl has it. */
    if (X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
        (roots->folder != NULL && X509_STORE_load_path(store, roots->folder) != 1)) {
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

static bool unchanged(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

X509_STORE *js_roots_store(js_roots *roots) {
    struct stat now;
    if (stat(roots->file, &now) != 0 || (roots->store != NULL && unchanged(&roots->seen, &now))) {
        return roots->store;
    }
    js_bundle *bundle = js_bundle_read(roots->file);
    X509_STORE *store = bundle != NULL ? store_of(roots, bundle) : NULL;
    if (store != NULL) {
        X509_STORE_free(roots->store); /* connections that were made with it keep it alive */
        roots->store = store;
        roots->seen = now;
    }
    return roots->store;
}

js_roots *js_roots_new(const char *file, const char *folder) {
    js_roots *roots = calloc(1, sizeof *roots);
    if (roots == NULL) {
        return NULL;
    }
    roots->method = X509_LOOKUP_meth_new("roots of a bundle, when asked for");
    roots->file = js_copy(file);
    roots->folder = js_copy(folder);
    if (roots->file == NULL || (folder != NULL && roots->folder == NULL) || roots->method == NULL ||
        X509_LOOKUP_meth_set_get_by_subject(roots->method, find) != 1 ||
        X509_LOOKUP_meth_set_free(roots->method, free_bundle) != 1) {
        js_roots_free(roots);
        return NULL;
    }
    return roots;
}

void js_roots_free(js_roots *roots) {
    if (roots == NULL) {
        return;
    }
    X509_STORE_free(roots->store);
    X509_LOOKUP_meth_free(roots->method);
    free(roots->file);
    free(roots->folder);
    free(roots);
}
