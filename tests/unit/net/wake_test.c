/* Waking the thread that polls: never missed, and told once however many threads wake it. */
#include "base/world.h"
#include "net/curl.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAKES = 1000, FOREVER_MS = 60000, SOON_MS = 30000 };

static atomic_int told;

/* In front of the C library's own: libcurl wakes by one of them. */
__attribute__((visibility("default"))) ssize_t send(int fd, const void *bytes, size_t length,
                                                    int flags) {
    (void)atomic_fetch_add(&told, 1);
    return syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

__attribute__((visibility("default"))) ssize_t write(int fd, const void *bytes, size_t length) {
    (void)atomic_fetch_add(&told, 1);
    return syscall(SYS_write, fd, bytes, length);
}

static int setup(void **state) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    static js_world world;
    js_net *net = NULL;
    world = js_world_system();
    const js_curl_options options = {.world = &world};
    assert_int_equal(js_curl_open(&options, &net, &error), JIRASEND_OK);
    *state = net;
    return 0;
}

static int teardown(void **state) {
    js_net *net = *state;
    net->ops->close(net);
    return 0;
}

static void expect_woken(js_net *net) {
    int64_t since_ms = js_monotonic_ms();
    net->ops->poll(net, FOREVER_MS);
    assert_true(js_monotonic_ms() - since_ms < SOON_MS);
}

static void many_wakes_are_told_once(void **state) {
    js_net *net = *state;
    for (int round = 0; round < 3;
         round++) { /* each poll makes it deaf to those before, and to no other */
        atomic_store(&told, 0);
        for (int i = 0; i < WAKES; i++) {
            net->ops->wake(net);
        }
        assert_int_equal(atomic_load(&told), 1);
        expect_woken(net);
    }
}

typedef struct shared {
    js_net *net;
    atomic_int asked, seen;
} shared;

static void *ask(void *argument) {
    shared *all = argument;
    for (int i = 1; i <= WAKES; i++) {
        atomic_store(&all->asked, i);
        all->net->ops->wake(all->net);
        while (i % 3 == 0 && atomic_load(&all->seen) < i) {
            (void)sched_yield();
        }
    }
    return NULL;
}

/* As the delivery thread does: it looks at what there is after each poll. */
static void none_is_missed(void **state) {
    shared all = {.net = *state};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask, &all), 0);
    while (atomic_load(&all.seen) < WAKES) {
        expect_woken(all.net);
        atomic_store(&all.seen, atomic_load(&all.asked));
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_wakes_are_told_once, setup, teardown),
        cmocka_unit_test_setup_teardown(none_is_missed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
