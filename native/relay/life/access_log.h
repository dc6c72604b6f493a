/*
 * The access log: JSON lines on standard output, written by a thread of their own. A standard output
 * that is blocked or closed stalls nobody: lines are then left out, and counted once it flows again.
 */
#ifndef RELAY_LIFE_ACCESS_LOG_H
#define RELAY_LIFE_ACCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RL_LOG_IDS = 20 };

typedef struct rl_access_log rl_access_log;

typedef struct rl_access {
    int64_t wall_ms;
    const char *request_id;
    const char *caller; /* null: nobody known */
    const char *method, *path;
    int status;
    uint64_t bytes; /* of the answer's body */
    int64_t ms;
    const int64_t *ids;
    size_t id_count; /* RL_LOG_IDS at most are shown */
} rl_access;

/* Null when memory or threads are short. */
rl_access_log *rl_access_log_new(int fd);
/* One request. Beyond ten a second, those that were refused are only counted. Any thread. */
void rl_access_log_add(rl_access_log *log, const rl_access *access);
/* Once a second: tells how many refused requests were only counted. */
void rl_access_log_tick(rl_access_log *log, int64_t wall_ms);
/* A line of another kind: {"time": ..., "message": ...}. */
void rl_access_log_say(rl_access_log *log, int64_t wall_ms, const char *message);
/* Gives the writer a moment for what is left. */
void rl_access_log_free(rl_access_log *log);

#endif
