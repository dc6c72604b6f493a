/* How long a connection may take for what, by a clock of the test's own. */
#include "relay/listen/sockets.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000)

typedef struct fixture {
    rl_sockets sockets;
    rl_socket *socket;
    int ours, theirs;
} fixture;

static void open_one(fixture *fix) {
    int pair[2];
    *fix = (fixture){0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    fix->ours = pair[0];
    fix->theirs = pair[1];
    fix->socket = rl_sockets_add(&fix->sockets, fix->ours, NULL, 0);
    assert_non_null(fix->socket);
}

static void close_one(fixture *fix) {
    rl_sockets_remove(&fix->sockets, fix->socket);
    (void)close(fix->ours);
    (void)close(fix->theirs);
}

/* Whether the client finds its connection ended. */
static bool ended(const fixture *fix) {
    char byte;
    return recv(fix->theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

static void expect_end_at(fixture *fix, int64_t ms) {
    rl_sockets_tick(&fix->sockets, ms - 1);
    assert_false(ended(fix));
    rl_sockets_tick(&fix->sockets, ms);
    assert_true(ended(fix));
    close_one(fix);
}

static void the_first_head_has_30_seconds(void **state) {
    fixture fix;
    (void)state;
    open_one(&fix);
    expect_end_at(&fix, 30 * SECOND);
}

static void a_later_head_has_75_seconds_from_the_answer(void **state) {
    fixture fix;
    (void)state;
    open_one(&fix);
    rl_socket_enter(fix.socket, RL_SOCKET_ANSWER, 10 * SECOND);
    fix.socket->fresh = false;
    rl_socket_enter(fix.socket, RL_SOCKET_HEAD, 20 * SECOND);
    expect_end_at(&fix, 95 * SECOND);
}

static void a_body_has_120_seconds(void **state) {
    fixture fix;
    (void)state;
    open_one(&fix);
    rl_socket_enter(fix.socket, RL_SOCKET_BODY, 5 * SECOND);
    expect_end_at(&fix, 125 * SECOND);
}

static void our_own_work_has_all_the_time(void **state) {
    fixture fix;
    (void)state;
    open_one(&fix);
    rl_socket_enter(fix.socket, RL_SOCKET_WORKING, 0);
    rl_sockets_tick(&fix.sockets, 100000 * SECOND);
    assert_false(ended(&fix));
    rl_socket_enter(fix.socket, RL_SOCKET_ANSWER, 0);
    expect_end_at(&fix, 120 * SECOND);
}

static void a_client_that_left_is_seen(void **state) {
    fixture fix;
    (void)state;
    open_one(&fix);
    assert_false(rl_socket_left(fix.socket));
    (void)shutdown(fix.theirs, SHUT_WR);
    assert_true(rl_socket_left(fix.socket));
    close_one(&fix);
}

static struct sockaddr_in6 v6(unsigned char network, unsigned char host) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    address.sin6_addr.s6_addr[0] = 0x20;
    address.sin6_addr.s6_addr[7] = network;
    address.sin6_addr.s6_addr[15] = host;
    return address;
}

/* Of IPv6 a network of 64 bits is one address: a client has all of it. */
static void connections_are_counted_by_address(void **state) {
    const rl_limits limits = {.connections = 3, .per_address = 2, .bodies = 0};
    struct sockaddr_in6 one = v6(1, 1);
    struct sockaddr_in6 neighbour = v6(1, 2);
    struct sockaddr_in6 other = v6(2, 1);
    rl_sockets sockets = {0};
    (void)state;
    const struct sockaddr *address = (const struct sockaddr *)&one;
    rl_socket *first = rl_sockets_add(&sockets, -1, address, 0);
    rl_socket *second = rl_sockets_add(&sockets, -1, (const struct sockaddr *)&neighbour, 0);
    assert_false(rl_sockets_admit(&sockets, &limits, address));
    assert_true(rl_sockets_admit(&sockets, &limits, (const struct sockaddr *)&other));
    rl_socket *third = rl_sockets_add(&sockets, -1, (const struct sockaddr *)&other, 0);
    assert_false(rl_sockets_admit(&sockets, &limits, (const struct sockaddr *)&other));
    assert_int_equal(sockets.turned_away_address, 1);
    assert_int_equal(sockets.turned_away_full, 1);
    rl_sockets_remove(&sockets, second);
    rl_sockets_remove(&sockets, first);
    rl_sockets_remove(&sockets, third);
    assert_int_equal(sockets.count, 0);
    assert_null(sockets.first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_head_has_30_seconds),
        cmocka_unit_test(a_later_head_has_75_seconds_from_the_answer),
        cmocka_unit_test(a_body_has_120_seconds),
        cmocka_unit_test(our_own_work_has_all_the_time),
        cmocka_unit_test(a_client_that_left_is_seen),
        cmocka_unit_test(connections_are_counted_by_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
