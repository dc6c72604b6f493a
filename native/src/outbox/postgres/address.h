/*
 * The address of an outbox on PostgreSQL: postgresql://USER@HOST[:PORT][,HOST…]/DATABASE[?…].
 *
 * We take it apart ourselves: libpq knows a hundred parameters, some of which would undo what an
 * outbox promises, and takes what is missing from the environment. Pure, but for the check of the
 * environment.
 */
#ifndef JS_OUTBOX_POSTGRES_ADDRESS_H
#define JS_OUTBOX_POSTGRES_ADDRESS_H

#include <jirasend/error.h>

#include <stdbool.h>
#include <stddef.h>

/* Schema where the address names none. */
#define JS_POSTGRES_SCHEMA "jirasend"

enum {
    JS_POSTGRES_HOSTS_MAX = 16,
    JS_POSTGRES_PORT = 5432,
    JS_POSTGRES_NAME_SIZE = 64, /* the server cuts longer names off in silence */
};

/* Weakest first, as libpq has them. */
typedef enum js_postgres_ssl {
    JS_POSTGRES_SSL_DISABLE,
    JS_POSTGRES_SSL_ALLOW,
    JS_POSTGRES_SSL_PREFER,
    JS_POSTGRES_SSL_REQUIRE,
    JS_POSTGRES_SSL_VERIFY_CA,
    JS_POSTGRES_SSL_VERIFY_FULL,
} js_postgres_ssl;

/* One server to be tried. */
typedef struct js_postgres_host {
    char *name; /* a name, an address (IPv6 without brackets), or the folder of a Unix socket */
    int port;
    bool is_socket; /* `name` begins with '/' */
    bool is_local;  /* a Unix socket or loopback: TLS is not a must */
    js_postgres_ssl ssl;
} js_postgres_host;

typedef struct js_postgres_address {
    js_postgres_host *hosts; /* in the order in which they are tried; at least one */
    size_t host_count;
    char user[JS_POSTGRES_NAME_SIZE];
    char database[JS_POSTGRES_NAME_SIZE]; /* may hold any character: not a conninfo for libpq */
    char schema[JS_POSTGRES_NAME_SIZE];   /* [a-z_][a-z0-9_]{0,62}: needs no quotes in SQL */
    /* Files; null where the address names none. A certificate never comes without its key. */
    char *root_certificate;
    char *certificate;
    char *key;
    const char *target_session_attrs; /* "read-write", "primary" or "any" */
} js_postgres_address;

/*
 * Whether the outbox is meant to be a database and not a folder: it begins with a scheme, whichever, or is
 * a list of libpq's settings. js_postgres_address_parse() refuses all but one form.
 */
bool js_postgres_is_address(const char *outbox);

/*
 * Reads an address. ARGUMENT, with a sentence that names what is wrong and repeats nothing in which
 * a password could hide; MEMORY. On an error there is nothing to clear.
 */
jirasend_code js_postgres_address_parse(js_postgres_address *address, const char *text,
                                        jirasend_error *error);
void js_postgres_address_clear(js_postgres_address *address);

/* The word that libpq has for it. */
const char *js_postgres_ssl_word(js_postgres_ssl ssl);

/*
 * ARGUMENT, naming it, where the environment holds a variable that libpq would heed whatever we
 * tell it. Our own programs take all PG* away before threads start; a host process may have them.
 */
jirasend_code js_postgres_environment_check(jirasend_error *error);

#endif
