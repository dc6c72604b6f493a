/* Where the certificates are in a PEM file, and whose they are. */
#include "net/roots.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUNDLE_MAX = 64 * 1024 * 1024 };

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

/* All of the file, with a NUL after it; those within become blanks, as no PEM text has any. */
static char *read_text(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    size_t length = 0;
    size_t capacity = 262144;
    char *text = malloc(capacity);
    while (text != NULL) {
        length += fread(text + length, 1, capacity - 1 - length, file);
        if (length < capacity - 1) {
            break;
        }
        capacity *= 2;
        char *longer = capacity <= BUNDLE_MAX ? realloc(text, capacity) : NULL;
        if (longer == NULL) {
            free(text);
        }
        text = longer;
    }
    if (text != NULL && ferror(file) != 0) {
        free(text);
        text = NULL;
    }
    (void)fclose(file);
    if (text != NULL) {
        text[length] = '\0';
        for (char *nul = text; (nul = memchr(nul, '\0', length - (size_t)(nul - text))) != NULL;) {
            *nul = ' ';
        }
    }
    return text;
}

/* Some DER, of which only the first `known` bytes are at hand: lengths within it may say more. */
typedef struct der_view {
    const unsigned char *at, *known, *end;
} der_view;

typedef struct der_object {
    int tag;
    der_view content;
} der_object;

/* Takes the next object off. False: there is none, or its head is not at hand. */
static bool next_object(der_view *view, der_object *object) {
    enum { HEAD_MAX = 16 };
    if (view->known - view->at < HEAD_MAX && view->known < view->end) {
        return false;
    }
    const unsigned char *content = view->at;
    long length = 0;
    int class = 0;
    if (view->at >= view->end ||
        (ASN1_get_object(&content, &length, &object->tag, &class, view->end - view->at) & 0x80) !=
            0) {
        return false;
    }
    view->at = content + length;
    object->content = (der_view){content, view->known, view->at};
    return true;
}

static bool is_text(int tag) {
    return tag == V_ASN1_PRINTABLESTRING || tag == V_ASN1_UTF8STRING || tag == V_ASN1_IA5STRING ||
           tag == V_ASN1_T61STRING || tag == V_ASN1_VISIBLESTRING || tag == V_ASN1_NUMERICSTRING;
}

static uint64_t fold(uint64_t key, const unsigned char *from, const unsigned char *to) {
    for (; from < to; from++) {
        uint64_t c = *from;
        bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            c = upper ? c | 0x20 : c;
            key = (key ^ c) * UINT64_C(0x100000001b3);
        }
    }
    return key;
}

/* One attribute of a name. False: it cannot be read, or is of two or four bytes a character. */
static bool fold_attribute(uint64_t *key, der_view attribute) {
    der_object type;
    der_object value;
    if (!next_object(&attribute, &type) || !next_object(&attribute, &value) ||
        !is_text(value.tag)) {
        return false;
    }
    *key = fold(*key, value.content.at, value.content.end);
    return true;
}

/*
 * OpenSSL takes two names for one whatever their case, blanks and kinds of text. So the key is of
 * the ASCII letters and digits alone, which all of them share.
 */
uint64_t js_root_key(const unsigned char *name, size_t length) {
    der_view outer = {name, name + length, name + length};
    der_object all;
    if (!next_object(&outer, &all)) {
        return JS_ROOT_ANY;
    }
    uint64_t key = UINT64_C(0xcbf29ce484222325);
    der_object set;
    while (next_object(&all.content, &set)) {
        der_object attribute;
        while (next_object(&set.content, &attribute)) {
            if (!fold_attribute(&key, attribute.content)) {
                return JS_ROOT_ANY;
            }
        }
    }
    return key != JS_ROOT_ANY ? key : 1;
}

/* The subject of a certificate of which some is at hand. False: its name is not all within that. */
static bool subject_of(der_view certificate, uint64_t *key) {
    der_object whole;
    der_object signed_part;
    if (!next_object(&certificate, &whole) || !next_object(&whole.content, &signed_part)) {
        return false;
    }
    der_view *fields = &signed_part.content;
    bool versioned =
        fields->at < fields->known && *fields->at == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED);
    int before = versioned ? 5 : 4; /* version, serial number, algorithm, issuer, validity */
    der_object field;
    for (int i = 0; i < before; i++) {
        if (!next_object(fields, &field)) {
            return false;
        }
    }
    const unsigned char *name = fields->at;
    if (!next_object(fields, &field) || field.content.end > field.content.known) {
        return false;
    }
    *key = js_root_key(name, (size_t)(field.content.end - name));
    return true;
}

/* Base64 of a certificate. It is decoded as far as it must be to see the subject. */
static bool find_subject(EVP_ENCODE_CTX *context, const char *body, size_t length,
                         unsigned char *der, uint64_t *key) {
    enum { FIRST = 704 }; /* is enough for nine of ten */
    for (size_t part = length < FIRST ? length : FIRST;; part = length) {
        int written = 0;
        EVP_DecodeInit(context);
        if (EVP_DecodeUpdate(context, der, &written, (const unsigned char *)body, (int)part) < 0) {
            return false;
        }
        if (subject_of((der_view){der, der + written, der + length}, key)) {
            return true;
        }
        if (part == length) {
            return false;
        }
    }
}

static bool is_certificate(const char *label, size_t length) {
    static const char *const names[] = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], label, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The next PEM block of any kind: its label, its body, and where it ends. */
typedef struct pem_block {
    const char *start, *label, *body, *body_end, *end;
    size_t label_length;
} pem_block;

static bool next_block(const char *from, pem_block *block) {
    const char *start = strstr(from, begin_mark);
    if (start == NULL) {
        return false;
    }
    const char *label = start + strlen(begin_mark);
    const char *label_end = strstr(label, dashes);
    const char *body_end = label_end != NULL ? strstr(label_end, end_mark) : NULL;
    const char *end = body_end != NULL ? strstr(body_end + strlen(end_mark), dashes) : NULL;
    if (end == NULL) {
        return false;
    }
    *block = (pem_block){.start = start,
                         .label = label,
                         .label_length = (size_t)(label_end - label),
                         .body = label_end + strlen(dashes),
                         .body_end = body_end,
                         .end = end + strlen(dashes)};
    return true;
}

static bool add(js_bundle *bundle, size_t *capacity, js_root root) {
    if (bundle->count == *capacity) {
        size_t more = *capacity == 0 ? 256 : 2 * *capacity;
        js_root *roots = realloc(bundle->roots, more * sizeof *roots);
        if (roots == NULL) {
            return false;
        }
        bundle->roots = roots;
        *capacity = more;
    }
    bundle->roots[bundle->count++] = root;
    return true;
}

static bool find_roots(js_bundle *bundle, EVP_ENCODE_CTX *context, unsigned char *der) {
    size_t capacity = 0;
    pem_block block = {.end = bundle->text};
    while (next_block(block.end, &block)) {
        js_root root = {.at = (size_t)(block.start - bundle->text),
                        .length = (size_t)(block.end - block.start)};
        if (is_certificate(block.label, block.label_length) &&
            find_subject(context, block.body, (size_t)(block.body_end - block.body), der,
                         &root.key) &&
            !add(bundle, &capacity, root)) {
            return false;
        }
    }
    return true;
}

js_bundle *js_bundle_read(const char *file) {
    js_bundle *bundle = calloc(1, sizeof *bundle);
    if (bundle == NULL) {
        return NULL;
    }
    bundle->text = read_text(file);
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    unsigned char *der = bundle->text != NULL ? malloc(strlen(bundle->text) + 1) : NULL;
    bool found = context != NULL && der != NULL && find_roots(bundle, context, der);
    free(der);
    EVP_ENCODE_CTX_free(context);
    ERR_clear_error(); /* of what was passed over */
    if (!found) {
        js_bundle_free(bundle);
        return NULL;
    }
    return bundle;
}

void js_bundle_free(js_bundle *bundle) {
    if (bundle == NULL) {
        return;
    }
    for (size_t i = 0; i < bundle->count; i++) {
        X509_free(bundle->roots[i].decoded);
    }
    free(bundle->roots);
    free(bundle->text);
    free(bundle);
}
