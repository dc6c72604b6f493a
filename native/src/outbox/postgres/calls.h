/* The operations of the outbox: each takes a connection, and repeats what got in another's way. */
#ifndef JS_OUTBOX_POSTGRES_CALLS_H
#define JS_OUTBOX_POSTGRES_CALLS_H

#include "outbox/postgres/internal.h"

extern const struct js_outbox_ops js_pg_operations;

typedef jirasend_code js_pg_action(js_pg *pg, void *argument, jirasend_error *error);

/*
 * Does it on a connection. When it got into another's way it is done again; when the connection broke,
 * too, so it must come to the same when it was done already. A server that is away is waited for so long.
 */
jirasend_code js_pg_visit(js_postgres *self, int64_t wait_ms, js_pg_action *action, void *argument,
                          jirasend_error *error);

void js_pg_close(js_outbox *outbox);

#endif
