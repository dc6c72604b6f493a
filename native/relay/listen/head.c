/* Strictness about heads: what two servers in a row could understand differently is refused. */
#include "relay/listen/head.h"

#include "base/text.h"
#include "relay/life/new_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct survey {
    size_t bytes;
    bool blank;  /* in the name of a header */
    bool coding; /* another transfer coding than chunked */
    bool chunked, length;
    const char *twice;
    unsigned seen;
} survey;

static const char *const single[] = {"Host",
                                     "Authorization",
                                     "Content-Length",
                                     "Content-Type",
                                     "Idempotency-Key",
                                     "Transfer-Encoding",
                                     NULL};

static enum MHD_Result look_at(void *context, enum MHD_ValueKind kind, const char *name,
                               const char *value) {
    survey *so_far = context;
    (void)kind;
    so_far->bytes += strlen(name) + (value != NULL ? strlen(value) : 0) + 4;
    so_far->blank = so_far->blank || name[0] == '\0' || strpbrk(name, " \t\r\n") != NULL;
    for (unsigned i = 0; single[i] != NULL; i++) {
        if (strcasecmp(single[i], name) == 0) {
            so_far->twice = (so_far->seen & (1U << i)) != 0 ? single[i] : so_far->twice;
            so_far->seen |= 1U << i;
        }
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        so_far->chunked = true;
        so_far->coding = so_far->coding || value == NULL || strcasecmp(value, "chunked") != 0;
    }
    so_far->length = so_far->length || strcasecmp(name, "Content-Length") == 0;
    return MHD_YES;
}

static bool refuse(rl_exchange *exchange, int status, const char *sentence) {
    exchange->answer.close = true;
    rl_answer_problem(&exchange->answer, status, "%s", sentence);
    return false;
}

/* Randomness costs the same for one and for thirty. */
static const unsigned char *next_random(rl_relay *relay) {
    if (relay->random_ahead.left == 0) {
        relay->world.random(relay->world.self, relay->random_ahead.bytes,
                            sizeof relay->random_ahead.bytes);
        relay->random_ahead.left =
            sizeof relay->random_ahead.bytes / sizeof relay->random_ahead.bytes[0];
    }
    return relay->random_ahead.bytes[--relay->random_ahead.left];
}

static void take_request_id(rl_exchange *exchange) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *given = rl_exchange_header(exchange, "X-Request-Id");
    size_t length = given != NULL ? strlen(given) : 0;
    if (length > 0 && length < RL_REQUEST_ID_SIZE && given[strspn(given, allowed)] == '\0') {
        memcpy(exchange->request_id, given, length + 1);
        return;
    }
    rl_base64url(next_random(exchange->relay), RL_REQUEST_ID_BYTES, exchange->request_id);
}

/* A query's + is a blank, as forms write it. */
static char *decode_value(const char *text, size_t length) {
    char *copy = js_copy_n(text, length);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        *at = *at == '+' ? ' ' : *at;
    }
    char *out = copy != NULL ? js_percent_decode(copy, length) : NULL;
    free(copy);
    if (out != NULL && !js_utf8_valid(out, strlen(out))) {
        free(out);
        out = NULL;
    }
    return out;
}

static bool split_query(rl_exchange *exchange, const char *query) {
    while (*query != '\0') {
        size_t length = strcspn(query, "&");
        size_t name = strcspn(query, "=&");
        bool bare = name == length;
        if (length > 0) {
            if (exchange->query_count == RL_QUERY_MAX) {
                return refuse(exchange, 400, "The query has too many parameters.");
            }
            rl_query *one = &exchange->query[exchange->query_count++];
            one->name = decode_value(query, name);
            one->value = bare ? js_copy("") : decode_value(query + name + 1, length - name - 1);
            if (one->name == NULL || one->value == NULL) {
                return refuse(exchange, 400, "The query is not valid percent-encoded UTF-8.");
            }
        }
        query += length;
        query += *query == '&' ? 1 : 0;
    }
    return true;
}

static bool split_target(rl_exchange *exchange) {
    const char *target = exchange->target;
    size_t length = strcspn(target, "?");
    if (target[0] != '/') {
        return refuse(exchange, 400, "The target of the request must be a path.");
    }
    exchange->path = js_copy_n(target, length);
    if (exchange->path == NULL) {
        return refuse(exchange, 503, "Out of memory.");
    }
    return target[length] == '\0' || split_query(exchange, target + length + 1);
}

bool rl_head_check(rl_exchange *exchange, const char *version) {
    survey so_far = {0};
    take_request_id(exchange);
    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, look_at, &so_far);
    if (so_far.bytes + strlen(exchange->target) + strlen(exchange->method) > RL_HEAD_MAX) {
        return refuse(exchange, 431, "The head of the request is larger than 16 KiB.");
    }
    if (so_far.blank) {
        return refuse(exchange, 400, "The name of a header contains a blank.");
    }
    if (so_far.twice != NULL) {
        exchange->answer.close = true;
        rl_answer_problem(&exchange->answer, 400, "The header %s appears twice.", so_far.twice);
        return false;
    }
    if (so_far.coding) {
        return refuse(exchange, 400, "The only transfer coding is 'chunked'.");
    }
    if (so_far.chunked && so_far.length) {
        return refuse(exchange, 400, "Content-Length and Transfer-Encoding exclude each other.");
    }
    if (so_far.chunked && strcmp(version, "HTTP/1.0") == 0) {
        return refuse(exchange, 400, "HTTP/1.0 has no transfer codings.");
    }
    exchange->chunked = so_far.chunked;
    return split_target(exchange);
}

bool rl_head_query(rl_exchange *exchange, const char *const *names) {
    for (size_t i = 0; i < exchange->query_count; i++) {
        const char *name = exchange->query[i].name;
        bool known = false;
        for (size_t k = 0; names[k] != NULL; k++) {
            known = known || strcmp(names[k], name) == 0;
        }
        if (!known) {
            rl_answer_problem(&exchange->answer, 400,
                              "The query parameter '%.60s' is not known here.", name);
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(exchange->query[k].name, name) == 0) {
                rl_answer_problem(&exchange->answer, 400, "The query parameter '%s' appears twice.",
                                  name);
                return false;
            }
        }
    }
    return true;
}
