/* A sandbox without sockets, and requests to it in one line. */
#ifndef SANDBOX_SUPPORT_H
#define SANDBOX_SUPPORT_H

#include "fake_world.h"
#include "sandbox.h"

typedef struct bench {
    fake_world world;
    js_strings known_keys;
    sb_sandbox sandbox;
    char token[SB_TOKEN_SIZE]; /* "" : no Authorization header */
    sb_answer answer;          /* of the last request */
} bench;

/* `known_keys` may be null: all are known. The test fails when it cannot be opened. */
void bench_open(bench *bench, const char *known_keys);
void bench_close(bench *bench);
/* Sends a request with the headers that a good client sends; returns the status. */
int bench_send(bench *bench, const char *method, const char *path, const char *body);
/* The same with one header added or, when the value is null, left out. */
int bench_send_header(bench *bench, const char *method, const char *path, const char *body,
                      const char *name, const char *value);
/* Gets a token for the requests that follow. */
void bench_log_in(bench *bench);
/* A POST to the bulk endpoint of "builds", "deployments" or "featureflags". */
int bench_bulk(bench *bench, const char *module, const char *body);
/* The last answer's body; the test fails when it does not hold the text. */
void bench_says(const bench *bench, const char *text);
void bench_says_not(const bench *bench, const char *text);

/* A whole build and deployment, with what follows the braces' other members. */
#define BUILD(number, sequence, keys, more)                                                        \
    "{\"pipelineId\":\"team/app\",\"buildNumber\":" number ",\"updateSequenceNumber\":" sequence   \
    ",\"displayName\":\"app\","                                                                    \
    "\"url\":\"https://ci.example.com/1\",\"state\":\"failed\","                                   \
    "\"lastUpdated\":\"2026-11-23T10:00:00Z\",\"associations\":[{\"associationType\":"             \
    "\"issueIdOrKeys\",\"values\":[" keys "]}]" more "}"
#define BUILDS(items) "{\"builds\":[" items "]}"
#define DEPLOYMENT(sequence, state, more)                                                          \
    "{\"deploymentSequenceNumber\":7,\"updateSequenceNumber\":" sequence                           \
    ",\"displayName\":\"app\",\"url\":\"https://ci.example.com/7\",\"description\":\"\","          \
    "\"state\":\"" state "\",\"lastUpdated\":\"2026-11-23T10:00:00Z\",\"associations\":[{"         \
    "\"associationType\":\"issueIdOrKeys\",\"values\":[\"APP-1\"]}],\"pipeline\":{\"id\":"         \
    "\"team/app\",\"displayName\":\"app\",\"url\":\"https://ci.example.com/\"},\"environment\":{"  \
    "\"id\":\"prod eu\",\"displayName\":\"Prod\",\"type\":\"production\"}" more "}"
#define DEPLOYMENTS(items) "{\"deployments\":[" items "]}"

#endif
