/*
 * One flipped bit at every 97th byte of the database. Each time either the outbox says that it is
 * damaged, or every event that waited comes out, or is a dead letter that says why. Never silence.
 */
#include "drain.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { STRIDE = 97, WAITING = 30, SETTLED = 30, DEAD = 3 };

typedef struct image {
    unsigned char *bytes;
    size_t size;
} image;

/* Builds 1 .. that wait, two updates of one, deployments, receipts of the past, dead letters. */
static void fill(fixture *fix) {
    open_outbox(fix);
    for (int i = 0; i < SETTLED; i++) {
        int64_t id = put(fix->outbox, &(spec){.pipeline = "past", .number = i + 1}, NOW);
        settle_as(fix->outbox, &builds, id, JS_STATUS_ACCEPTED);
    }
    for (int i = 0; i < DEAD; i++) {
        int64_t id = put(fix->outbox, &(spec){.pipeline = "dead", .number = i + 1}, NOW);
        settle_as(fix->outbox, &builds, id, JS_STATUS_REJECTED);
    }
    for (int i = 0; i < WAITING; i++) {
        char request[32];
        (void)snprintf(request, sizeof request, "request-%d", i);
        (void)put(fix->outbox, &(spec){.number = i + 1, .request_id = i % 2 == 0 ? request : NULL},
                  NOW);
    }
    (void)put(fix->outbox, &(spec){.number = 1}, NOW);
    for (int i = 0; i < 6; i++) {
        (void)put(
            fix->outbox,
            &(spec){.pipeline = "deploy", .number = i + 1, .environment = "prod", .gate = i == 3},
            NOW);
    }
    close_outbox(fix);
}

static image read_image(const fixture *fix) {
    char path[256];
    path_in(fix, "outbox.db", path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    struct stat facts;
    assert_int_equal(fstat(fd, &facts), 0);
    image whole = {malloc((size_t)facts.st_size), (size_t)facts.st_size};
    assert_non_null(whole.bytes);
    assert_int_equal(read(fd, whole.bytes, whole.size), (ssize_t)whole.size);
    assert_int_equal(close(fd), 0);
    return whole;
}

static void write_image(const fixture *fix, const image *whole) {
    static const char *const others[] = {"outbox.db-wal", "outbox.db-shm", "outbox.db-journal"};
    char path[256];
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        path_in(fix, others[i], path);
        (void)unlink(path);
    }
    path_in(fix, "outbox.db", path);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, whole->bytes, whole->size), (ssize_t)whole->size);
    assert_int_equal(close(fd), 0);
}

typedef struct tally {
    int refused, dead_letters, whole;
} tally;

/* Whether a person can see it: it is listed as a dead letter with its reason, or as waiting. */
static bool listed_as_dead(fixture *fix, int64_t id) {
    return strstr(fate(fix->outbox, id), "rejected: Its stored document is damaged") != NULL;
}

static void judge(fixture *fix, drained *out, size_t at, tally *sum) {
    if (out->code != JIRASEND_OK) {
        if (!failure_is_said(out)) {
            fail_msg("byte %zu: %d %s", at, (int)out->code, out->error.message);
        }
        sum->refused++;
        return;
    }
    bool dead = false;
    for (int i = 0; i < WAITING + 6; i++) {
        bool build = i < WAITING;
        const char *pipeline = build ? "app" : "deploy";
        int64_t number = build ? i + 1 : i - WAITING + 1;
        int64_t id = SETTLED + DEAD + (build ? number : WAITING + 1 + number);
        if (drained_has(out, pipeline, number)) {
            continue;
        }
        if (!listed_as_dead(fix, id)) {
            fail_msg("byte %zu: %s %" PRId64 " is gone without a word: %s", at, pipeline, number,
                     fate(fix->outbox, id));
        }
        dead = true;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].sequence < NOW || out->items[i].sequence > NOW + 1) {
            fail_msg("byte %zu: event %" PRId64 " got the sequence number %" PRId64, at,
                     out->items[i].id, out->items[i].sequence);
        }
    }
    *(dead ? &sum->dead_letters : &sum->whole) += 1;
}

static void flip_all(fixture *fix, unsigned shift) {
    fill(fix);
    image whole = read_image(fix);
    tally sum = {0, 0, 0};
    drained *out = calloc(1, sizeof *out);
    for (size_t at = shift; at < whole.size; at += STRIDE) {
        unsigned char bit = (unsigned char)(1U << ((at / STRIDE + shift) % 8));
        whole.bytes[at] ^= bit;
        write_image(fix, &whole);
        whole.bytes[at] ^= bit;
        drain(fix, out);
        judge(fix, out, at, &sum);
        drain_close(fix);
    }
    print_message("%zu bytes: %d times refused, %d with dead letters, %d without effect\n",
                  whole.size, sum.refused, sum.dead_letters, sum.whole);
    assert_true(sum.refused > 0 && sum.whole > 0);
    write_image(fix, &whole);
    drain(fix, out);
    assert_int_equal(out->code, JIRASEND_OK);
    judge(fix, out, 0, &sum);
    free(whole.bytes);
    free(out);
}

/* JIRASEND_FAULT_SHIFT moves the bytes that are struck: with 0 to 96 each byte has its turn. */
static unsigned shift_wanted(void) {
    const char *text = getenv("JIRASEND_FAULT_SHIFT");
    return text == NULL ? 0 : (unsigned)strtoul(text, NULL, 10);
}

static void small_database(void **state) {
    flip_all(*state, shift_wanted());
}

/* What holds when the database is too large to be checked as a whole. */
static void large_database(void **state) {
    fixture *fix = *state;
    fix->options.check_pages = -1;
    flip_all(fix, shift_wanted());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(small_database, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(large_database, setup_closed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
