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
    /* The rest may stay zero. */
    bool rollback_journal; /* as on a network file system, whatever the file system says */
    int busy_ms;           /* how long to wait for other processes; 0: 10 s */
    const char *vfs;       /* which of SQLite's ways to the files; null: the default */
    int64_t check_pages;   /* so large may it be to be checked whole when opened; 0: 512 pages */
    /*
     * Keeps the host's stamp (outbox/sqlite/host.h) on any file system; without it only on those not
     * known to be local. How long opening waits for another host that is alive.
     */
    bool exclusive_host;
    int64_t host_wait_ms;
    int keep_days; /* how long the history goes back; 0: 400, negative: it knows what is open alone */
    const char *host; /* "BOOT_ID NAME" of the machine; null: as it is */
} js_sqlite_options;

/*
 * Errors: ARGUMENT (folder empty or too long), REFUSED (folder is a file, not ours or
 * world-writable; damaged; newer version; already open in this process, or on another host), STORAGE, MEMORY.
 */
jirasend_code js_sqlite_open(const js_sqlite_options *options, js_outbox **outbox,
                             jirasend_error *error);

#endif
