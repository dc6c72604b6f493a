/*
 * What a long history costs those who only send.
 *
 *     history seed FOLDER COUNT                     a history of so many events, in a new outbox
 *     history submit SHORT LONG ROUNDS COMMITS      commits to both in turn: round side ns-each
 *     history tidy FOLDER                           commits while a tenth is removed: side ns, for each
 */
#include "floor.h"

#include "base/world.h"
#include "event/document.h"
#include "outbox/sqlite/sqlite.h"
#include "seed_history.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE_US = 100000, TIDY_DAYS = 40, BEFORE = 300, ROOM = 1000000 };

static js_world world;
static int next_number = 1000000000;

static js_outbox *open_in(const char *folder) {
    js_sqlite_options options = {
        .folder = folder, .max_events = ROOM, .max_bytes = INT64_C(1) << 30, .world = &world};
    js_outbox *outbox = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (js_sqlite_open(&options, &outbox, &error) != JIRASEND_OK) {
        (void)fprintf(stderr, "history: %s\n", error.message);
        exit(1);
    }
    return outbox;
}

/* How long one commit takes. */
static int64_t commit(js_outbox *outbox) {
    char text[400];
    js_event event;
    js_put_result result = {.code = JIRASEND_OK};
    jirasend_error error = JIRASEND_ERROR_INIT;
    const js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys, .now_ms = js_wall_ms(&world)};
    int length = snprintf(text, sizeof text,
                          "{\"kind\":\"build\",\"site\":\"acme.atlassian.net\",\"pipelineId\":"
                          "\"team/app-1/main\",\"number\":%d,\"url\":\"https://ci.example.com/1\","
                          "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}",
                          next_number++);
    if (js_document_read(&event, text, (size_t)length, &rules, &error) != JIRASEND_OK) {
        (void)fprintf(stderr, "history: %s\n", error.message);
        exit(1);
    }
    js_put put = {.event = &event, .document = text, .length = (size_t)length};
    int64_t start = bench_now_ns();
    jirasend_code code = outbox->ops->put(outbox, &put, 1, rules.now_ms, &result, &error);
    int64_t took = bench_now_ns() - start;
    if (code != JIRASEND_OK || result.code != JIRASEND_OK) {
        (void)fprintf(stderr, "history: %s%s\n", error.message, result.message);
        exit(1);
    }
    js_event_clear(&event);
    return took;
}

static int seed(const char *folder, int64_t count) {
    js_outbox *outbox = open_in(folder);
    outbox->ops->close(outbox);
    if (!seed_history_in(folder, count, js_wall_ms(&world))) {
        return 1;
    }
    outbox = open_in(folder); /* sealed, as an outbox that was closed is */
    outbox->ops->close(outbox);
    return 0;
}

static int submit(const char *short_one, const char *long_one, int rounds, int commits) {
    js_outbox *outboxes[2] = {open_in(short_one), open_in(long_one)};
    for (int round = 0; round <= rounds; round++) {
        int64_t sums[2] = {0, 0};
        for (int i = 0; i < commits * 2; i++) {
            int side = (i + round) % 2;
            sums[side] += commit(outboxes[side]);
        }
        for (int side = 0; side < 2; side++) {
            (void)printf("%d %s %" PRId64 "\n", round, side == 0 ? "short" : "long",
                         sums[side] / commits);
        }
    }
    outboxes[0]->ops->close(outboxes[0]);
    outboxes[1]->ops->close(outboxes[1]);
    return 0;
}

static atomic_bool tidied;

static void *tidy_up(void *argument) {
    js_outbox *outbox = argument;
    int64_t later = js_wall_ms(&world) + TIDY_DAYS * INT64_C(86400000);
    jirasend_error error = JIRASEND_ERROR_INIT;
    for (int64_t start = 0, took = JS_TIDY_MS; took >= JS_TIDY_MS;) {
        start = js_mono_ms(&world);
        if (outbox->ops->tidy(outbox, later, &error) != JIRASEND_OK) {
            (void)fprintf(stderr, "history: %s\n", error.message);
            exit(1);
        }
        took = js_mono_ms(&world) - start;
        (void)usleep(PAUSE_US); /* delivery comes again after a second */
    }
    atomic_store(&tidied, true);
    return NULL;
}

static int tidy(const char *folder) {
    js_outbox *outbox = open_in(folder);
    pthread_t thread;
    for (int i = 0; i < BEFORE; i++) {
        (void)printf("before %" PRId64 "\n", commit(outbox));
    }
    int64_t start = bench_now_ns();
    if (pthread_create(&thread, NULL, tidy_up, outbox) != 0) {
        return 1;
    }
    while (!atomic_load(&tidied)) {
        (void)printf("meanwhile %" PRId64 "\n", commit(outbox));
    }
    (void)pthread_join(thread, NULL);
    (void)printf("whole %" PRId64 "\n", bench_now_ns() - start);
    outbox->ops->close(outbox);
    return 0;
}

int main(int argc, char **argv) {
    world = js_world_system();
    if (argc == 4 && strcmp(argv[1], "seed") == 0) {
        return seed(argv[2], atoll(argv[3]));
    }
    if (argc == 6 && strcmp(argv[1], "submit") == 0) {
        return submit(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
    }
    return argc == 3 && strcmp(argv[1], "tidy") == 0 ? tidy(argv[2]) : 64;
}
