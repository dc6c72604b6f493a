/* A fixed number of threads over one queue. */
#include "relay/life/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { STACK_BYTES = 512 * 1024 };

struct rl_pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    rl_job *first;
    rl_job **last;
    bool ending;
    size_t count;
    unsigned long *threads;
};

bool rl_thread_start(unsigned long *thread, void *(*body)(void *), void *context) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    sigset_t all;
    sigset_t before;
    pthread_t made;
    sigfillset(&all);
    bool good = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0 &&
                pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    if (good) {
        good = pthread_create(&made, &attributes, body, context) == 0;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        *thread = good ? (unsigned long)made : 0;
    }
    (void)pthread_attr_destroy(&attributes);
    return good;
}

static void *work(void *context) {
    rl_pool *pool = context;
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->first == NULL && !pool->ending) {
            (void)pthread_cond_wait(&pool->filled, &pool->lock);
        }
        rl_job *job = pool->first;
        if (job == NULL) {
            break;
        }
        pool->first = job->next;
        if (pool->first == NULL) {
            pool->last = &pool->first;
        }
        (void)pthread_mutex_unlock(&pool->lock);
        job->run(job->context);
        (void)pthread_mutex_lock(&pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

rl_pool *rl_pool_new(size_t threads) {
    rl_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->filled, NULL);
    pool->last = &pool->first;
    pool->threads = calloc(threads, sizeof *pool->threads);
    while (pool->threads != NULL && pool->count < threads &&
           rl_thread_start(&pool->threads[pool->count], work, pool)) {
        pool->count++;
    }
    if (pool->count < threads) {
        rl_pool_free(pool);
        return NULL;
    }
    return pool;
}

void rl_pool_add(rl_pool *pool, rl_job *job) {
    job->next = NULL;
    (void)pthread_mutex_lock(&pool->lock);
    *pool->last = job;
    pool->last = &job->next;
    (void)pthread_cond_signal(&pool->filled);
    (void)pthread_mutex_unlock(&pool->lock);
}

void rl_pool_free(rl_pool *pool) {
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    (void)pthread_cond_broadcast(&pool->filled);
    (void)pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) {
        (void)pthread_join((pthread_t)pool->threads[i], NULL);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    (void)pthread_cond_destroy(&pool->filled);
    free(pool->threads);
    free(pool);
}
