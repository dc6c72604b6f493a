/* Threads that do jobs which wait for a disk or for Jira, so that the one that serves never waits. */
#ifndef RELAY_LIFE_POOL_H
#define RELAY_LIFE_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rl_pool rl_pool;

/* Part of whatever is to be done; in a pool from rl_pool_add() until `run` is called. */
typedef struct rl_job {
    struct rl_job *next;
    void (*run)(void *context);
    void *context;
} rl_job;

/* Null when memory or threads are short. */
rl_pool *rl_pool_new(size_t threads);
/* In the order given. Never fails. Any thread. */
void rl_pool_add(rl_pool *pool, rl_job *job);
/* Does what was added, then ends the threads. Null is fine. */
void rl_pool_free(rl_pool *pool);

/* A thread of ours: a small stack, signals blocked. False when there is none to be had. */
bool rl_thread_start(unsigned long *thread, void *(*body)(void *), void *context);

#endif
