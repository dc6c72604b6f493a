/* A lock whose holder lets go of it while something slow is done, without knowing what it is. */
#ifndef JS_BASE_GUARD_H
#define JS_BASE_GUARD_H

#include <stddef.h>

typedef struct js_guard {
    void *self;
    void (*leave)(void *self); /* gives the lock back; null: there is none */
    void (*enter)(void *self); /* takes it again */
} js_guard;

static inline void js_guard_leave(const js_guard *guard) {
    if (guard->leave != NULL) {
        guard->leave(guard->self);
    }
}

static inline void js_guard_enter(const js_guard *guard) {
    if (guard->enter != NULL) {
        guard->enter(guard->self);
    }
}

#endif
