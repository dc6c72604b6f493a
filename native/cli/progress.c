/* A line on a terminal that shows how far it is. */
#include "cli/progress.h"

#include "base/buf.h"
#include "base/world.h"
#include "cli/client.h"
#include "cli/output.h"

#include <jirasend/outbox.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { REWRITE_MS = 250, PLAIN_MS = 5000, MESSAGE_MAX = 120, HANDFUL = 5 };

struct cli_progress {
    jirasend_client *client;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bool flushes; /* what there is to do is what the outbox holds */
    bool begun;
    atomic_long submitted, settled;
    int64_t start_ms;
};

/* The first lane that has a reason not to move. */
static void add_reason(js_buf *line, json_object *status) {
    json_object *lanes = NULL;
    if (!json_object_object_get_ex(status, "lanes", &lanes) ||
        !json_object_is_type(lanes, json_type_array)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(lanes); i++) {
        json_object *lane = json_object_array_get_idx(lanes, i);
        json_object *message = NULL, *waiting = NULL, *site = NULL;
        json_object_object_get_ex(lane, "message", &message);
        json_object_object_get_ex(lane, "waiting", &waiting);
        json_object_object_get_ex(lane, "site", &site);
        const char *text = message != NULL ? json_object_get_string(message) : "";
        if (text != NULL && text[0] != '\0' && json_object_get_int64(waiting) > 0) {
            js_buf_addf(line, "; %s: %.*s", site != NULL ? json_object_get_string(site) : "?",
                        MESSAGE_MAX, text);
            return;
        }
    }
}

char *cli_progress_text(long submitted, long settled, int64_t elapsed_ms, const char *status) {
    js_buf line = JS_BUF_INIT;
    int64_t seconds_10 = elapsed_ms > 100 ? elapsed_ms / 100 : 1;
    js_buf_addf(&line, "%ld of %ld events done, %lld a second, %ld waiting", settled, submitted,
                (long long)(settled * 10 / seconds_10), submitted - settled);
    json_object *document = status != NULL ? json_tokener_parse(status) : NULL;
    if (document != NULL) {
        add_reason(&line, document);
        json_object_put(document);
    }
    return js_buf_take(&line);
}

/* A line that is wider than the terminal could not be rewritten. */
static void cut_to_terminal(char *text) {
    struct winsize size;
    size_t columns = 80;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10) {
        columns = size.ws_col;
    }
    size_t length = strlen(text);
    if (length >= columns) {
        length = columns - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
            length--;
        }
        text[length] = '\0';
    }
}

static char *ask(const cli_progress *progress) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *status = NULL;
    jirasend_code code = jirasend_outbox_status(progress->client, &status, &error);
    return code == JIRASEND_OK ? status : NULL;
}

long cli_progress_left(const char *status) {
    json_object *document = status != NULL ? json_tokener_parse(status) : NULL;
    json_object *waiting = NULL, *held = NULL;
    if (!json_object_object_get_ex(document, "waiting", &waiting) ||
        !json_object_object_get_ex(document, "held", &held)) {
        json_object_put(document);
        return -1;
    }
    long left = (long)(json_object_get_int64(waiting) + json_object_get_int64(held));
    json_object_put(document);
    return left;
}

/* Others may put events in while a flush sends, so there may be more to do than at its start. */
static void count_left(cli_progress *progress, const char *status) {
    long left = cli_progress_left(status);
    if (left >= 0) {
        long all = atomic_load(&progress->submitted);
        all = left > all ? left : all;
        atomic_store(&progress->submitted, all);
        atomic_store(&progress->settled, all - left);
    }
}

static void show(cli_progress *progress) {
    if (!progress->flushes && atomic_load(&progress->submitted) <= HANDFUL) {
        return;
    }
    char *status = ask(progress);
    if (progress->flushes) {
        count_left(progress, status);
    }
    long submitted = atomic_load(&progress->submitted);
    char *text = submitted > HANDFUL
                     ? cli_progress_text(submitted, atomic_load(&progress->settled),
                                         js_monotonic_ms() - progress->start_ms, status)
                     : NULL;
    jirasend_free(status);
    if (text != NULL && cli_output_terminal()) {
        cut_to_terminal(text);
        cli_progress_line(text);
    } else if (text != NULL) {
        cli_note("%s.", text);
    }
    free(text);
}

static void *run(void *argument) {
    cli_progress *progress = argument;
    int interval = cli_output_terminal() ? REWRITE_MS : PLAIN_MS;
    pthread_mutex_lock(&progress->lock);
    while (!progress->stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += interval / 1000;
        until.tv_nsec += interval % 1000 * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
        int woken = pthread_cond_timedwait(&progress->wake, &progress->lock, &until);
        if (woken != 0 && !progress->stop) {
            pthread_mutex_unlock(&progress->lock);
            show(progress);
            pthread_mutex_lock(&progress->lock);
        }
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

/* A terminal is told at once: what goes fast would else be over before the first line. */
static void begin(cli_progress *progress) {
    if (!progress->begun && cli_output_terminal() && atomic_load(&progress->submitted) > HANDFUL) {
        progress->begun = true;
        show(progress);
    }
}

static cli_progress *start(jirasend_client *client, bool flushes) {
    cli_progress *progress = cli_output_is_quiet() ? NULL : calloc(1, sizeof(*progress));
    if (progress == NULL) {
        return NULL;
    }
    progress->client = client;
    progress->flushes = flushes;
    progress->start_ms = js_monotonic_ms();
    pthread_mutex_init(&progress->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&progress->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&progress->thread, NULL, run, progress) != 0) {
        pthread_cond_destroy(&progress->wake);
        pthread_mutex_destroy(&progress->lock);
        free(progress);
        return NULL;
    }
    return progress;
}

cli_progress *cli_progress_start(jirasend_client *client) {
    return start(client, false);
}

cli_progress *cli_progress_start_flush(jirasend_client *client) {
    cli_progress *progress = start(client, true);
    if (progress != NULL) {
        char *status = ask(progress);
        count_left(progress, status);
        jirasend_free(status);
        begin(progress);
    }
    return progress;
}

void cli_progress_set(cli_progress *progress, long submitted, long settled) {
    if (progress != NULL) {
        atomic_store(&progress->submitted, submitted);
        atomic_store(&progress->settled, settled);
        begin(progress);
    }
}

void cli_progress_stop(cli_progress *progress) {
    if (progress == NULL) {
        return;
    }
    pthread_mutex_lock(&progress->lock);
    progress->stop = true;
    pthread_cond_signal(&progress->wake);
    pthread_mutex_unlock(&progress->lock);
    pthread_join(progress->thread, NULL);
    pthread_cond_destroy(&progress->wake);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
    cli_progress_line(NULL);
}
