/*
 * Runs stories by seed.
 *   test_simulation              eighty, from the first on
 *   test_simulation FIRST COUNT  these
 *   test_simulation SEED         one, told step by step: exactly what failed before
 */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct totals {
    int64_t hours, events, requests, restarts, turns;
} totals;

static bool run(uint64_t seed, bool loud, void (*tell)(simulation *), totals *sum) {
    simulation *story = calloc(1, sizeof *story);
    if (story == NULL) {
        return false;
    }
    story->seed = seed;
    story->loud = loud;
    tell(story);
    bool good = story->problem[0] == '\0';
    if (!good) {
        (void)printf("seed %" PRIu64 ": %s\n  again: test_simulation %" PRIu64 "\n", seed,
                     story->problem, seed);
    }
    sum->hours += story->clock.mono_ms / HOUR;
    sum->events += story->event_count;
    sum->requests += story->requests;
    sum->restarts += story->restarts;
    sum->turns += story->turns;
    free(story);
    return good;
}

int main(int argc, char **argv) {
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a seed that fails is known at once */
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : argc > 1 ? 1 : 80;
    totals sum = {0};
    uint64_t failed = 0;
    for (uint64_t seed = 0; argc == 1 && seed < 2; seed++) {
        failed += run(seed, false, story_refused, &sum) ? 0 : 1;
        failed += run(seed, false, story_probe, &sum) ? 0 : 1;
    }
    for (uint64_t seed = first; seed < first + count && failed < 5; seed++) {
        failed += run(seed, argc == 2, story_run, &sum) ? 0 : 1;
    }
    (void)printf("%" PRIu64 " stories of %" PRId64 " virtual hours: %" PRId64 " events, %" PRId64
                 " requests, %" PRId64 " starts of a process, %" PRId64 " turns\n",
                 count, sum.hours, sum.events, sum.requests, sum.restarts, sum.turns);
    return failed == 0 ? 0 : 1;
}
