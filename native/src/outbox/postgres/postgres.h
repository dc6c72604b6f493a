/*
 * The outbox on PostgreSQL: several processes and machines share it (docs/fleet.md).
 *
 * Any thread may call any operation. Each takes a connection of its own for its time, so nobody waits
 * for somebody else's round trip but where all connections are in use. Errors beside those of
 * outbox.h: NETWORK (the server is away, starting, or has no connection left; trying again may help),
 * STORAGE (its disk is full), REFUSED (it only reads; no or a newer schema; no such database; missing
 * rights; log-in, TLS or certificate).
 */
#ifndef JS_OUTBOX_POSTGRES_H
#define JS_OUTBOX_POSTGRES_H

#include "base/world.h"
#include "outbox/outbox.h"
#include "outbox/postgres/address.h"

typedef struct js_postgres_options {
    const char *address;   /* postgresql://…, see address.h */
    const char *password;  /* null: none. Copied, and wiped when the outbox is closed */
    const char *ca_file;   /* trusted roots, where the address names none; null: none */
    int64_t max_events;    /* waiting */
    int64_t max_bytes;     /* of their documents */
    const js_world *world; /* randomness and clocks; must outlive the outbox */
    int keep_days; /* how long the history goes back; 0: 400, negative: it knows what is open alone */
    int64_t wait_ms;     /* how long a call waits for a server that is away; 0: 10 s */
    int64_t patience_ms; /* for all calls together, from the opening on; 0: no bound */
    int connections;     /* most at a time; 0: 4 */
    int64_t lease_ms;    /* for tests: how long a lane belongs to whom has claimed it; 0: 90 s */
} js_postgres_options;

/* Connects, and looks whether the tables are there and may be used. ARGUMENT: the address. */
jirasend_code js_postgres_open(const js_postgres_options *options, js_outbox **outbox,
                               jirasend_error *error);

/*
 * The clock of the database, which all who share the outbox go by: the world of whoever uses it. Its
 * randomness and its monotonic clock are those of the options. Valid as long as the outbox.
 */
js_world js_postgres_world(js_outbox *outbox);

/*
 * Makes the tables, or brings them up to date; prepares the partitions of the months to come; and gives
 * the role (null: none) what a runtime needs. With the rights of the tables' owner. *said: what was
 * done, a sentence.
 */
jirasend_code js_postgres_migrate(const js_postgres_options *options, const char *role,
                                  char said[JIRASEND_ERROR_MESSAGE_SIZE], jirasend_error *error);

#endif
