/*
 * The stamp of a host in `outbox.open`: SQLite's database supports many processes of one machine, and no
 * second machine. Whoever has the outbox open renews it; another host that finds one which is still
 * fresh is refused. A clean close takes it away, so that job after job from different hosts works.
 * Its age is measured by the file system's clock, as those of hosts differ.
 */
#ifndef JS_OUTBOX_SQLITE_HOST_H
#define JS_OUTBOX_SQLITE_HOST_H

#include "outbox/sqlite/process_lock.h"

enum { JS_HOST_STAMP_SIZE = 200, JS_HOST_RENEW_MS = 15000, JS_HOST_ALIVE_MS = 60000 };

typedef struct js_host {
    int fd; /* of outbox.open, which is the presence's; -1: no stamp is kept */
    char name[JS_HOST_STAMP_SIZE]; /* "BOOT_ID HOST" */
    int64_t renewed_ms;            /* monotonic */
    char ousted_by
        [JS_HOST_STAMP_SIZE]; /* another host has taken over: nothing may be written any more */
} js_host;

#define JS_HOST_INIT                                                                               \
    { -1, "", 0, "" }

/*
 * Puts the stamp down. `name` null: this machine's. Waits so long for another host to close. REFUSED:
 * it is alive.
 */
jirasend_code js_host_enter(js_host *host, const js_folder *folder, const js_presence *presence,
                            const char *name, int64_t wait_ms, jirasend_error *error);
/* When it is time, and nothing else. */
void js_host_renew(js_host *host, int64_t mono_ms);
/* REFUSED: another host has taken over, as this one was still for too long. */
jirasend_code js_host_check(js_host *host, const js_folder *folder, jirasend_error *error);
/* Takes the stamp away, unless another process of this host still needs it. */
void js_host_leave(js_host *host);

#endif
