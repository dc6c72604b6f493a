#include "runner.h"

#include "failing.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKS_EACH = 8 }; /* what is left behind would show in the next run anyway */

static void broken(const scenario *what, long nth, bool all, const char *how, jirasend_code code,
                   const jirasend_error *error) {
    (void)fprintf(stderr, "%s, allocation %ld%s fails: %s (code %d: %s)\n", what->name, nth,
                  all ? " and all later ones" : "", how, (int)code, error->message);
    exit(1);
}

static void must_work(const scenario *what, long nth, bool all, const char *when) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    failing_arm(LONG_MAX, false); /* counts, and nothing fails */
    jirasend_code code = what->run(&error);
    failing_end();
    if (code != JIRASEND_OK) {
        broken(what, nth, all, when, code, &error);
    }
}

/* True: there was an nth allocation. */
static bool fail_one(const scenario *what, long nth, bool all) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    long before = failing_blocks();
    failing_arm(nth, all);
    jirasend_code code = what->run(&error);
    bool happened = failing_disarm();
    long left = failing_blocks() - before;
    if (code != JIRASEND_OK && code != JIRASEND_E_MEMORY) {
        broken(what, nth, all, "another error than MEMORY came back", code, &error);
    }
    if (code != JIRASEND_OK && !happened) {
        broken(what, nth, all, "an error without a cause came back", code, &error);
    }
    if (left > 0 && !failing_was_excused()) {
        /* What a library keeps for later is kept once; a leak comes back. */
        before = failing_blocks();
        failing_arm(nth, all);
        (void)what->run(&error);
        (void)failing_disarm();
        if (failing_blocks() > before) {
            broken(what, nth, all, "memory was left behind", code, &error);
        }
    }
    if (happened && nth % WORKS_EACH == 0) {
        must_work(what, nth, all, "afterwards it does not work any more");
    }
    return happened;
}

void run_with_failures(const scenario *what) {
    must_work(what, 0, false, "it does not work with all memory there");
    must_work(what, 0, false, "it does not work a second time");
    bool each = what->dense == 0 || getenv("JIRASEND_TEST_ALL") != NULL;
    for (int all = 0; all < 2; all++) {
        long nth = 1;
        long runs = 0;
        while (fail_one(what, nth, all == 1)) {
            bool here =
                all == 0 && what->dense_from != NULL && nth + what->stride > *what->dense_from;
            nth += each || here || nth < what->dense ? 1 : what->stride;
            runs++;
        }
        (void)printf("%s: %ld allocations, %ld made to fail%s\n", what->name, nth - 1, runs,
                     all == 1 ? ", with all later ones" : "");
    }
}
