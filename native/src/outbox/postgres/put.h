/* Taking events in, for many threads at once. */
#ifndef JS_OUTBOX_POSTGRES_PUT_H
#define JS_OUTBOX_POSTGRES_PUT_H

#include "outbox/outbox.h"

#include <pthread.h>

typedef struct js_pg_putting js_pg_putting;

/* Calls that wait until they are taken along. Has a mutex of its own. */
typedef struct js_pg_put_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    js_pg_putting *first, *last;
    int leaders; /* threads that are storing for all they found */
} js_pg_put_queue;

/* False: it cannot be made. */
bool js_pg_put_queue_init(js_pg_put_queue *queue);
void js_pg_put_queue_destroy(js_pg_put_queue *queue);

/* Of the table of operations: see outbox.h. */
jirasend_code js_pg_put(js_outbox *outbox, const js_put *puts, size_t count, int64_t now_ms,
                        js_put_result *results, jirasend_error *error);

#endif
