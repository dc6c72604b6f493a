/* Few heaps, and trimmed: glibc gives each of the many threads one, and keeps what was in use once. */
#include "relay/life/memory.h"

#include <stdlib.h> /* says whether this is glibc */

#ifdef __GLIBC__
#include <malloc.h>

enum { HEAPS = 4 };

void rl_memory_begin(void) {
    (void)mallopt(M_ARENA_MAX, HEAPS);
}

void rl_memory_give_back(void) {
    (void)malloc_trim(0);
}
#else
void rl_memory_begin(void) {
}

void rl_memory_give_back(void) {
}
#endif
