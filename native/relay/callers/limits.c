/* Buckets of callers and counts of wrong tokens. */
#include "relay/callers/limits.h"

#include "base/text.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BURST_SECONDS = 10, MINUTE_MS = 60000, ADDRESSES = 4096, WAYS = 8 };

typedef struct bucket {
    char *caller;
    double level;
    int64_t at_ms;
    int64_t rate;
} bucket;

typedef struct wrong {
    rl_address address;
    int64_t since_ms; /* when the minute began */
    int count;
} wrong;

struct rl_limits_table {
    pthread_mutex_t lock;
    bucket *buckets;
    size_t bucket_count;
    wrong wrongs[ADDRESSES];
};

rl_address rl_address_of(const struct sockaddr *address) {
    rl_address out = {{0}, false};
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *v6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(v6)) {
            memcpy(out.bytes, v6->s6_addr + 12, 4);
        } else {
            memcpy(out.bytes, v6->s6_addr, 8);
            out.v6 = true;
        }
    } else if (address->sa_family == AF_INET) {
        memcpy(out.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    }
    return out;
}

bool rl_address_same(const rl_address *one, const rl_address *other) {
    return one->v6 == other->v6 && memcmp(one->bytes, other->bytes, sizeof one->bytes) == 0;
}

rl_limits_table *rl_limits_new(void) {
    rl_limits_table *limits = calloc(1, sizeof *limits);
    if (limits != NULL) {
        (void)pthread_mutex_init(&limits->lock, NULL);
    }
    return limits;
}

void rl_limits_free(rl_limits_table *limits) {
    if (limits == NULL) {
        return;
    }
    for (size_t i = 0; i < limits->bucket_count; i++) {
        free(limits->buckets[i].caller);
    }
    free(limits->buckets);
    (void)pthread_mutex_destroy(&limits->lock);
    free(limits);
}

/* The caller's bucket, filled up to now; null when memory is short. */
static bucket *bucket_of(rl_limits_table *limits, const char *caller, int64_t rate,
                         int64_t now_ms) {
    double most = (double)rate * BURST_SECONDS;
    bucket *found = NULL;
    for (size_t i = 0; i < limits->bucket_count && found == NULL; i++) {
        found = strcmp(limits->buckets[i].caller, caller) == 0 ? &limits->buckets[i] : NULL;
    }
    if (found == NULL) {
        bucket *grown =
            realloc(limits->buckets, (limits->bucket_count + 1) * sizeof *limits->buckets);
        if (grown == NULL) {
            return NULL;
        }
        limits->buckets = grown;
        found = &grown[limits->bucket_count];
        *found = (bucket){js_copy(caller), most, now_ms, rate};
        if (found->caller == NULL) {
            return NULL;
        }
        limits->bucket_count++;
    }
    found->level += (double)(now_ms - found->at_ms) * (double)rate / 1000.0;
    found->level = found->level > most ? most : found->level;
    found->at_ms = now_ms;
    return found;
}

int64_t rl_rate_admit(rl_limits_table *limits, const char *caller, int64_t rate, int64_t now_ms) {
    int64_t seconds = 0;
    if (rate == 0) {
        return 0;
    }
    (void)pthread_mutex_lock(&limits->lock);
    const bucket *found = bucket_of(limits, caller, rate, now_ms);
    if (found != NULL && found->level <= 0) {
        seconds = (int64_t)(-found->level / (double)rate) + 1;
    }
    (void)pthread_mutex_unlock(&limits->lock);
    return seconds;
}

void rl_rate_take(rl_limits_table *limits, const char *caller, int64_t rate, int64_t events,
                  int64_t now_ms) {
    if (rate == 0) {
        return;
    }
    (void)pthread_mutex_lock(&limits->lock);
    bucket *found = bucket_of(limits, caller, rate, now_ms);
    if (found != NULL) {
        found->level -= (double)events;
    }
    (void)pthread_mutex_unlock(&limits->lock);
}

/* The address's own place, else the oldest of the few where it may be. */
static wrong *place_of(rl_limits_table *limits, const rl_address *address) {
    uint64_t hash = 1469598103934665603U;
    for (size_t i = 0; i < sizeof address->bytes; i++) {
        hash = (hash ^ address->bytes[i]) * 1099511628211U;
    }
    wrong *first = &limits->wrongs[(hash >> 20) % (ADDRESSES / WAYS) * WAYS];
    wrong *oldest = first;
    for (size_t i = 0; i < WAYS; i++) {
        if (first[i].count > 0 && rl_address_same(&first[i].address, address)) {
            return &first[i];
        }
        oldest = first[i].since_ms < oldest->since_ms ? &first[i] : oldest;
    }
    *oldest = (wrong){.address = *address};
    return oldest;
}

int64_t rl_wrong_count(rl_limits_table *limits, const rl_address *address, int most,
                       int64_t now_ms) {
    int64_t seconds = 0;
    (void)pthread_mutex_lock(&limits->lock);
    wrong *place = place_of(limits, address);
    if (place->count == 0 || now_ms - place->since_ms >= MINUTE_MS) {
        place->since_ms = now_ms;
        place->count = 0;
    }
    if (place->count >= most) {
        seconds = (place->since_ms + MINUTE_MS - now_ms + 999) / 1000;
    } else {
        place->count++;
    }
    (void)pthread_mutex_unlock(&limits->lock);
    return seconds;
}
