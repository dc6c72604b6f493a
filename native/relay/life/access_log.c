/* The access log: lines are made by whoever has one, and written by one thread. */
#include "relay/life/access_log.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "event/json.h"
#include "relay/life/pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    WAITING_BYTES = 1024 * 1024,
    PATH_BYTES = 500, /* written out with six signs each they still fit into a line */
    REFUSED_A_SECOND = 10,
    FREE_WAIT_MS = 500,
    POLL_MS = 100,
    GATHER_MS = 10 /* lines that come meanwhile are written together */
};

struct rl_access_log {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t emptied;
    js_buf lines;
    uint64_t left_out; /* lines for which there was no room */
    int64_t second;    /* that `shown` and `counted` are of */
    int shown;
    uint64_t counted; /* refused requests without a line */
    bool ending, idle;
    atomic_bool give_up;
    int fd;
    unsigned long thread;
};

/* Writes all of it; false when the output is gone or the end does not wait any longer. */
static bool write_out(rl_access_log *log, const char *text, size_t length) {
    while (length > 0) {
        struct pollfd out = {log->fd, POLLOUT, 0};
        int ready = poll(&out, 1, POLL_MS);
        if (atomic_load(&log->give_up)) {
            return false;
        }
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            continue;
        }
        /* A pipe that is ready has room for this much, so that the write does not block. */
        size_t piece = length < 4096 ? length : 4096;
        ssize_t written = write(log->fd, text, piece);
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* With the lock, which is free meanwhile. */
static void gather(rl_access_log *log) {
    const struct timespec pause = {0, GATHER_MS * 1000000L};
    if (!log->ending) {
        (void)pthread_mutex_unlock(&log->lock);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&log->lock);
    }
}

static void *write_lines(void *context) {
    rl_access_log *log = context;
    bool broken = false;
    (void)pthread_mutex_lock(&log->lock);
    while (true) {
        while (log->lines.length == 0 && !log->ending) {
            log->idle = true;
            (void)pthread_cond_signal(&log->emptied);
            (void)pthread_cond_wait(&log->filled, &log->lock);
        }
        if (log->lines.length == 0) {
            break;
        }
        log->idle = false;
        gather(log);
        js_buf taken = log->lines;
        log->lines = (js_buf){.max = WAITING_BYTES};
        (void)pthread_mutex_unlock(&log->lock);
        broken = broken || !write_out(log, taken.data, taken.length);
        js_buf_clear(&taken);
        (void)pthread_mutex_lock(&log->lock);
    }
    log->idle = true;
    (void)pthread_cond_signal(&log->emptied);
    (void)pthread_mutex_unlock(&log->lock);
    return NULL;
}

rl_access_log *rl_access_log_new(int fd) {
    rl_access_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&log->lock, NULL);
    (void)pthread_cond_init(&log->filled, NULL);
    (void)pthread_cond_init(&log->emptied, &clock);
    (void)pthread_condattr_destroy(&clock);
    log->lines.max = WAITING_BYTES;
    log->fd = fd;
    if (!rl_thread_start(&log->thread, write_lines, log)) {
        free(log);
        return NULL;
    }
    return log;
}

static void begin_line(js_buf *line, int64_t wall_ms) {
    char time[JS_TIMESTAMP_SIZE];
    js_timestamp_format(wall_ms, time);
    js_buf_addf(line, "{\"time\":\"%s\"", time);
}

/* With the lock. */
static void queue_line(rl_access_log *log, const js_buf *line) {
    if (line->failed || log->lines.failed ||
        log->lines.length + line->length + 1 >= WAITING_BYTES) {
        log->left_out++;
        return;
    }
    js_buf_add(&log->lines, line->data, line->length);
    js_buf_add_text(&log->lines, "\n");
    (void)pthread_cond_signal(&log->filled);
}

static void put_texts(js_buf *line, const rl_access *access) {
    char path[PATH_BYTES + 1];
    size_t length = strlen(access->path);
    length = length > PATH_BYTES ? PATH_BYTES : length;
    memcpy(path, access->path, length);
    path[length] = '\0';
    js_buf_add_text(line, ",\"caller\":");
    if (access->caller != NULL) {
        js_json_write_string(line, access->caller);
    } else {
        js_buf_add_text(line, "null");
    }
    js_buf_add_text(line, ",\"method\":");
    js_json_write_string(line, access->method);
    js_buf_add_text(line, ",\"path\":");
    js_json_write_string(line, path);
}

static void put_access(js_buf *line, const rl_access *access) {
    begin_line(line, access->wall_ms);
    put_texts(line, access);
    js_buf_addf(line, ",\"status\":%d,\"bytes\":%llu,\"ms\":%lld,\"requestId\":", access->status,
                (unsigned long long)access->bytes, (long long)access->ms);
    js_json_write_string(line, access->request_id);
    if (access->id_count > 0) {
        js_buf_add_text(line, ",\"ids\":[");
        for (size_t i = 0; i < access->id_count && i < RL_LOG_IDS; i++) {
            js_buf_addf(line, "%s%lld", i > 0 ? "," : "", (long long)access->ids[i]);
        }
        js_buf_add_text(line, "]");
    }
    js_buf_add_text(line, "}");
}

/* With the lock. */
static void tell_counts(rl_access_log *log, int64_t wall_ms) {
    js_buf line = {.max = 4096};
    if (log->counted > 0) {
        begin_line(&line, wall_ms);
        js_buf_addf(&line, ",\"refused\":%llu}", (unsigned long long)log->counted);
        queue_line(log, &line);
        log->counted = 0;
    }
    js_buf_reset(&line);
    if (log->left_out > 0 && log->lines.length < WAITING_BYTES / 2) {
        begin_line(&line, wall_ms);
        js_buf_addf(&line, ",\"leftOut\":%llu}", (unsigned long long)log->left_out);
        log->left_out = 0;
        queue_line(log, &line);
    }
    js_buf_clear(&line);
}

void rl_access_log_add(rl_access_log *log, const rl_access *access) {
    js_buf line = {.max = 4096};
    (void)pthread_mutex_lock(&log->lock);
    if (access->wall_ms / 1000 != log->second) {
        tell_counts(log, access->wall_ms);
        log->second = access->wall_ms / 1000;
        log->shown = 0;
    }
    if (access->status >= 400 && ++log->shown > REFUSED_A_SECOND) {
        log->counted++;
    } else {
        put_access(&line, access);
        queue_line(log, &line);
    }
    (void)pthread_mutex_unlock(&log->lock);
    js_buf_clear(&line);
}

void rl_access_log_tick(rl_access_log *log, int64_t wall_ms) {
    (void)pthread_mutex_lock(&log->lock);
    if (wall_ms / 1000 != log->second) {
        tell_counts(log, wall_ms);
    }
    (void)pthread_mutex_unlock(&log->lock);
}

void rl_access_log_say(rl_access_log *log, int64_t wall_ms, const char *message) {
    js_buf line = {.max = 4096};
    begin_line(&line, wall_ms);
    js_buf_add_text(&line, ",\"message\":");
    js_json_write_string(&line, message);
    js_buf_add_text(&line, "}");
    (void)pthread_mutex_lock(&log->lock);
    queue_line(log, &line);
    (void)pthread_mutex_unlock(&log->lock);
    js_buf_clear(&line);
}

void rl_access_log_free(rl_access_log *log) {
    if (log == NULL) {
        return;
    }
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += FREE_WAIT_MS * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&log->lock);
    log->ending = true;
    (void)pthread_cond_signal(&log->filled);
    while (!log->idle && pthread_cond_timedwait(&log->emptied, &log->lock, &end) == 0) {
    }
    (void)pthread_mutex_unlock(&log->lock);
    atomic_store(&log->give_up, true);
    (void)pthread_join((pthread_t)log->thread, NULL);
    (void)pthread_mutex_destroy(&log->lock);
    (void)pthread_cond_destroy(&log->filled);
    (void)pthread_cond_destroy(&log->emptied);
    js_buf_clear(&log->lines);
    free(log);
}
