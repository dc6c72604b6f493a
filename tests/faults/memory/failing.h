/* malloc and its like of the whole program, libraries included, that fail when they are told to. */
#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>

/* From now on the nth allocation of any thread fails (1: the next), and with `all` every later one. */
void failing_arm(long nth, bool all);
/* Allocations since it was armed. */
long failing_count(void);
/* No more failures. True: there was one. */
bool failing_disarm(void);
/* The same, and a later failing_disarm() still says whether there was one. */
void failing_end(void);
/* Whether a failure was where a library itself forgets a block: json-c's hash table, OpenSSL's digests. */
bool failing_was_excused(void);
/* The calling thread's allocations do not count until it says otherwise: fakes. */
void failing_spare(bool spared);
/* Blocks that are allocated now. */
long failing_blocks(void);

#endif
