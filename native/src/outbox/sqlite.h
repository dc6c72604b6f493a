/* The outbox in an SQLite database: in a folder, or in memory. */
#ifndef JS_OUTBOX_SQLITE_H
#define JS_OUTBOX_SQLITE_H

#include "base/world.h"
#include "outbox/outbox.h"

typedef struct js_sqlite_options {
    const char *folder;    /* null: in memory, for this client only */
    int64_t max_events;    /* waiting */
    int64_t max_bytes;     /* of their documents */
    const js_world *world; /* randomness for the key; must outlive the outbox */
} js_sqlite_options;

/* Errors: ARGUMENT or REFUSED (folder is not ours, a file, world-writable, damaged, newer version), STORAGE, MEMORY. */
jirasend_code js_sqlite_open(const js_sqlite_options *options, js_outbox **outbox,
                             jirasend_error *error);

#endif
