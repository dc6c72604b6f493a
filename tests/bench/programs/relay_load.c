/*
 * Posts to a server over TLS from so many connections that stay open, each on a thread of its own that waits
 * for one answer before it posts again; they begin when all of them are connected. Prints: posts, answers of 200, ns in all, p50 and p99 of a post in ns.
 * With a RATE so many posts a second come from all together, evenly, and a post that has to wait for the one
 * before it on its connection takes the longer for it; 0: each connection posts as fast as it is answered.
 *
 *   relay_load PORT CONNECTIONS SECONDS EVENTS TOKEN RATE
 */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TIMES_MAX = 1 << 20, HEAD_SIZE = 512, EVENT_SIZE = 320, ANSWER_SIZE = 256 * 1024 };

static int port, events, connections;
static long rate;
static const char *token;
static int64_t from_ns, until_ns;
static int64_t *times;
static atomic_long posts, good;
static gnutls_certificate_credentials_t credentials;
/* All are connected; and from when to when they post is known. */
static pthread_barrier_t connected, begun;

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int connect_to_it(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        exit(1);
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static gnutls_session_t greet(int fd) {
    gnutls_session_t session;
    if (gnutls_init(&session, GNUTLS_CLIENT) != 0 || gnutls_set_default_priority(session) != 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials) != 0) {
        exit(1);
    }
    gnutls_transport_set_int(session, fd);
    int code = gnutls_handshake(session);
    if (code != 0) {
        (void)fprintf(stderr, "handshake: %s\n", gnutls_strerror(code));
        exit(1);
    }
    return session;
}

static size_t make_post(char *out, size_t size, int connection, long number) {
    char *body = malloc((size_t)events * EVENT_SIZE);
    size_t length = 0;
    for (int i = 0; body != NULL && i < events; i++) {
        length += (size_t)snprintf(
            body + length, EVENT_SIZE,
            "{\"kind\":\"build\",\"pipelineId\":\"bench/%d-%d\",\"number\":%ld,\"state\":"
            "\"successful\",\"url\":\"https://ci.example.com/job/%d/"
            "%ld\",\"issueKeys\":[\"APP-%d\"]}\n",
            connection, i, number, connection, number, i + 1);
    }
    int head =
        snprintf(out, size,
                 "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
                 token, length);
    memcpy(out + head, body, length);
    free(body);
    return (size_t)head + length;
}

/* Whether all of the answer has come. */
static bool whole(const char *answer, size_t length) {
    const char *end = memmem(answer, length, "\r\n\r\n", 4);
    const char *field = end != NULL ? memmem(answer, length, "Content-Length: ", 16) : NULL;
    return field != NULL && length >= (size_t)(end + 4 - answer) + strtoul(field + 16, NULL, 10);
}

static bool exchange(gnutls_session_t session, const char *post, size_t length, char *answer) {
    size_t got = 0;
    for (size_t sent = 0; sent < length;) {
        ssize_t piece = gnutls_record_send(session, post + sent, length - sent);
        if (piece <= 0) {
            return false;
        }
        sent += (size_t)piece;
    }
    while (!whole(answer, got)) {
        ssize_t piece = gnutls_record_recv(session, answer + got, ANSWER_SIZE - got);
        if (piece == GNUTLS_E_AGAIN || piece == GNUTLS_E_INTERRUPTED) {
            continue;
        }
        if (piece <= 0) {
            return false;
        }
        got += (size_t)piece;
    }
    return memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

/* When the post of this number is due; waits until then. */
static int64_t wait_for_turn(int connection, long number) {
    int64_t now = now_ns();
    if (rate == 0) {
        return now;
    }
    int64_t due = from_ns + ((number - 1) * connections + connection) * 1000000000 / rate;
    if (due > now) {
        struct timespec left = {(time_t)((due - now) / 1000000000), (due - now) % 1000000000};
        (void)nanosleep(&left, NULL);
    }
    return due;
}

static void *client(void *context) {
    int connection = (int)(intptr_t)context;
    size_t size = (size_t)events * EVENT_SIZE + HEAD_SIZE;
    char *post = malloc(size);
    char *answer = malloc(ANSWER_SIZE);
    int fd = connect_to_it();
    gnutls_session_t session = greet(fd);
    (void)pthread_barrier_wait(&connected);
    (void)pthread_barrier_wait(&begun);
    for (long number = 1; post != NULL && answer != NULL && now_ns() < until_ns; number++) {
        size_t length = make_post(post, size, connection, number);
        int64_t began = wait_for_turn(connection, number);
        bool taken = exchange(session, post, length, answer);
        long at = atomic_fetch_add(&posts, 1);
        if (at < TIMES_MAX) {
            times[at] = now_ns() - began;
        }
        atomic_fetch_add(&good, taken ? 1 : 0);
        if (!taken) {
            break;
        }
    }
    gnutls_deinit(session);
    (void)close(fd);
    free(post);
    free(answer);
    return NULL;
}

static int compare(const void *a, const void *b) {
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return one < other ? -1 : one > other;
}

int main(int argc, char **argv) {
    if (argc != 7) {
        (void)fprintf(stderr, "relay_load PORT CONNECTIONS SECONDS EVENTS TOKEN RATE\n");
        return 64;
    }
    port = (int)strtol(argv[1], NULL, 10);
    connections = (int)strtol(argv[2], NULL, 10);
    events = (int)strtol(argv[4], NULL, 10);
    token = argv[5];
    rate = strtol(argv[6], NULL, 10);
    times = calloc(TIMES_MAX, sizeof *times);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    if (times == NULL || threads == NULL ||
        gnutls_certificate_allocate_credentials(&credentials) != 0 ||
        pthread_barrier_init(&connected, NULL, (unsigned)connections + 1) != 0 ||
        pthread_barrier_init(&begun, NULL, (unsigned)connections + 1) != 0) {
        return 1;
    }
    for (int i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, client, (void *)(intptr_t)i) != 0) {
            return 1;
        }
    }
    (void)pthread_barrier_wait(&connected);
    int64_t began = now_ns();
    from_ns = began;
    until_ns = began + (int64_t)(strtod(argv[3], NULL) * 1e9);
    (void)pthread_barrier_wait(&begun);
    for (int i = 0; i < connections; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    long count = posts < TIMES_MAX ? posts : TIMES_MAX;
    qsort(times, (size_t)count, sizeof *times, compare);
    (void)printf("%ld %ld %lld %lld %lld\n", posts, good, (long long)(now_ns() - began),
                 (long long)times[count / 2], (long long)times[count * 99 / 100]);
    return good == posts ? 0 : 1;
}
