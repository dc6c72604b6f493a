/* Runs something again and again, each time with another allocation that fails. */
#ifndef RUNNER_H
#define RUNNER_H

#include <jirasend/error.h>

typedef struct scenario {
    const char *name;
    /* OK: everything came out as it should. It cleans up behind itself whatever happens. */
    jirasend_code (*run)(jirasend_error *error);
    long dense,
        stride; /* every n up to `dense`, then each `stride`th; 0: all, as with JIRASEND_TEST_ALL */
    const long *dense_from; /* and every n behind it, once each; null: nowhere */
} scenario;

/* Ends the program with a sentence when a promise is broken. */
void run_with_failures(const scenario *what);

#endif
