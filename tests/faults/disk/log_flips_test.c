/*
 * The write-ahead log of a process that died: one flipped bit in the header and in the content of
 * each frame, and the log cut at each frame. SQLite drops what follows without a word; what was
 * committed is not lost in silence all the same.
 */
#include "drain.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 8, WAL_HEADER = 32, FRAME_HEADER = 24, PAGE = 4096, FRAME = FRAME_HEADER + PAGE };

typedef struct files {
    unsigned char *bytes[2];
    size_t size[2];
} files;

static const char *const names[2] = {"outbox.db", "outbox.db-wal"};

static void put_settle_and_die(fixture *fix) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        open_outbox(fix);
        for (int i = 1; i <= EVENTS; i++) {
            (void)put_build(fix->outbox, i);
            if (i == 2) {
                settle_as(fix->outbox, &builds, 1, JS_STATUS_ACCEPTED);
            }
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void keep_files(const fixture *fix, files *kept) {
    for (int i = 0; i < 2; i++) {
        char path[256];
        path_in(fix, names[i], path);
        int fd = open(path, O_RDONLY);
        assert_true(fd >= 0);
        struct stat facts;
        assert_int_equal(fstat(fd, &facts), 0);
        kept->size[i] = (size_t)facts.st_size;
        kept->bytes[i] = malloc(kept->size[i] + 1);
        assert_int_equal(read(fd, kept->bytes[i], kept->size[i]), (ssize_t)kept->size[i]);
        assert_int_equal(close(fd), 0);
    }
}

static void put_back(const fixture *fix, const files *kept, size_t log_size) {
    char path[256];
    path_in(fix, "outbox.db-shm", path);
    (void)unlink(path);
    for (int i = 0; i < 2; i++) {
        path_in(fix, names[i], path);
        int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
        assert_true(fd >= 0);
        size_t size = i == 1 ? log_size : kept->size[i];
        assert_int_equal(write(fd, kept->bytes[i], size), (ssize_t)size);
        assert_int_equal(close(fd), 0);
    }
}

/* Refused, or all there. How often it was refused. */
static int judge(fixture *fix, size_t at) {
    drained *out = calloc(1, sizeof *out);
    drain(fix, out);
    int refused = 0;
    if (out->code != JIRASEND_OK) {
        if (!failure_is_said(out)) {
            fail_msg("at %zu: %s", at, out->error.message);
        }
        refused = 1;
    }
    for (int i = 2; refused == 0 && i <= EVENTS; i++) {
        if (!drained_has(out, "app", i)) {
            fail_msg("at %zu: event %d is gone without a word: %s", at, i, fate(fix->outbox, i));
        }
    }
    drain_close(fix);
    free(out);
    return refused;
}

static void each_frame(void **state) {
    fixture *fix = *state;
    put_settle_and_die(fix);
    files kept;
    keep_files(fix, &kept);
    int refused = 0;
    int frames = 0;
    for (size_t frame = WAL_HEADER; frame + FRAME <= kept.size[1]; frame += FRAME, frames++) {
        const size_t places[] = {frame + 3, frame + FRAME_HEADER - 2, frame + FRAME_HEADER + 100,
                                 frame + FRAME - 700};
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            kept.bytes[1][places[i]] ^= 0x04U;
            put_back(fix, &kept, kept.size[1]);
            kept.bytes[1][places[i]] ^= 0x04U;
            refused += judge(fix, places[i]);
        }
        put_back(fix, &kept, frame); /* the log ends here */
        refused += judge(fix, frame);
        put_back(fix, &kept, frame + FRAME / 2); /* or within this frame */
        refused += judge(fix, frame);
    }
    for (size_t at = 0; at < WAL_HEADER; at++) {
        kept.bytes[1][at] ^= 0x40U;
        put_back(fix, &kept, kept.size[1]);
        kept.bytes[1][at] ^= 0x40U;
        refused += judge(fix, at);
    }
    print_message("%d frames, %d times refused\n", frames, refused);
    assert_true(frames >= EVENTS && refused > frames);
    put_back(fix, &kept, kept.size[1]);
    assert_int_equal(judge(fix, 0), 0);
    free(kept.bytes[0]);
    free(kept.bytes[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_frame, setup_closed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
