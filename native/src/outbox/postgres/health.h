/* What an administrator should know of a database before events are entrusted to it. */
#ifndef JS_OUTBOX_POSTGRES_HEALTH_H
#define JS_OUTBOX_POSTGRES_HEALTH_H

#include "outbox/outbox.h"

typedef struct js_postgres_health {
    char server[64]; /* "PostgreSQL 15.4" */
    char tables[40]; /* the version of jirasend that made them */
    char schema[64];
    char user[64];
    char lacking[400]; /* rights that the user lacks: "INSERT on waiting, …"; "": none */
    int64_t clock_ms;  /* the database's clock less ours */
    bool encrypted;    /* TLS */
    bool standby;      /* it only reads */
    bool fsync, full_page_writes;
    char synchronous_commit[24];
    char synchronous_standbys[200]; /* as the setting has it; "": none */
    int64_t standbys;               /* that follow it */
    bool lag_known;                 /* else the user may not see it */
    int64_t lag_bytes, lag_ms;      /* of the one that is furthest behind */
} js_postgres_health;

/* Of an outbox of js_postgres_open(). Errors are those of outbox.h. */
jirasend_code js_postgres_health_read(js_outbox *outbox, js_postgres_health *health,
                                      jirasend_error *error);

#endif
