/*
 * The trusted roots of a bundle, of which a handshake needs one. The file's text is kept with a key of
 * each subject, and OpenSSL decodes a certificate when it builds a chain that asks for it:
 * decoding all 144 of a system would cost more than everything else that a short process does.
 * Verifying stays OpenSSL's alone, and so does the answer whether two names are one: the key only
 * leaves out most of those that are not. What is not a certificate in the file is skipped.
 */
#ifndef JS_NET_ROOTS_H
#define JS_NET_ROOTS_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

/* The key of a name that has none: it may be any other, too. */
#define JS_ROOT_ANY UINT64_C(0)
/* Of the DER of a name. */
uint64_t js_root_key(const unsigned char *name, size_t length);

typedef struct js_root {
    uint64_t key;      /* of its subject */
    size_t at, length; /* of its PEM text */
    X509 *decoded;     /* null: nobody has asked for it yet */
} js_root;

typedef struct js_bundle {
    char *text;
    js_root *roots; /* in the order of the file */
    size_t count;
} js_bundle;

/* Null: the file cannot be read, is absurdly long, or memory is out. */
js_bundle *js_bundle_read(const char *file);
void js_bundle_free(js_bundle *bundle);

typedef struct js_roots js_roots;

/* Both are copied; `folder` has hash links, and may be null. Null: no memory. */
js_roots *js_roots_new(const char *file, const char *folder);
/* When no connection is left that was made with them. */
void js_roots_free(js_roots *roots);
/*
 * What a handshake is verified against, ours: the file as it is now, if it can be read, else as it was.
 * Null: it never could. One thread at a time.
 */
X509_STORE *js_roots_store(js_roots *roots);

#endif
