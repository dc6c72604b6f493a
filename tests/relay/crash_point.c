/* Ends this process by SIGKILL the nth time that it passes the point: JIRASEND_CRASH_AT=NAME:N. */
#include "base/crash_point.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void js_crash_point(const char *name) {
    static atomic_int passed;
    const char *wanted = getenv("JIRASEND_CRASH_AT");
    size_t length = strlen(name);
    if (wanted == NULL || strncmp(wanted, name, length) != 0 || wanted[length] != ':') {
        return;
    }
    if (atomic_fetch_add(&passed, 1) + 1 == strtol(wanted + length + 1, NULL, 10)) {
        (void)kill(getpid(), SIGKILL);
        for (;;) {
            (void)pause(); /* the signal may take a moment to arrive */
        }
    }
}
