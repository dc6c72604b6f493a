/* Outboxes that a parent had open when it forked this process. */
#include "outbox/sqlite/inherited.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Without a lock, as a fork may come at any moment and would leave one taken in the child. Nodes stay
 * for ever and are used again. In a child they still name the parent; what a parent was just writing
 * down is of no account, as the database is opened later.
 */
struct js_in_use {
    _Atomic pid_t owner; /* 0: free. The rest is read only when the owner is another process */
    dev_t device;
    ino_t file;
    js_in_use *next;
};

static _Atomic(js_in_use *) nodes;

bool js_inherited(int fd) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) {
        return false;
    }
    for (js_in_use *at = atomic_load(&nodes); at != NULL; at = at->next) {
        pid_t owner = atomic_load(&at->owner);
        if (owner != 0 && owner != getpid() && at->device == facts.st_dev &&
            at->file == facts.st_ino) {
            return true;
        }
    }
    return false;
}

static js_in_use *take_free(pid_t self) {
    for (js_in_use *at = atomic_load(&nodes); at != NULL; at = at->next) {
        pid_t nobody = 0;
        if (atomic_compare_exchange_strong(&at->owner, &nobody, self)) {
            return at;
        }
    }
    return NULL;
}

static js_in_use *add(pid_t self) {
    js_in_use *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    atomic_init(&made->owner, self);
    made->next = atomic_load(&nodes);
    while (!atomic_compare_exchange_weak(&nodes, &made->next, made)) {
        /* `next` is the new first one now */
    }
    return made;
}

js_in_use *js_in_use_begin(int fd) {
    struct stat facts = {0};
    (void)fstat(fd, &facts); /* a file that cannot be asked stays nobody's */
    js_in_use *mine = take_free(getpid());
    if (mine == NULL) {
        mine = add(getpid());
    }
    if (mine != NULL) {
        mine->device = facts.st_dev;
        mine->file = facts.st_ino;
    }
    return mine;
}

void js_in_use_end(js_in_use *use) {
    if (use != NULL) {
        atomic_store(&use->owner, 0);
    }
}
