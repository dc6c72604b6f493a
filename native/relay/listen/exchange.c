/* The path of a request: head, who it is, body, work, answer. */
#include "relay/listen/exchange.h"

#include "base/text.h"
#include "relay/callers/identify.h"
#include "relay/listen/head.h"
#include "relay/listen/server_internal.h"
#include "relay/routes/route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LARGE_BODY = 64 * 1024, /* what is larger counts in the sum */
    WRONG_A_MINUTE = 300,
    KEYS_WAIT_MS = 10 * 1000,
    BUSY_SECONDS = 5
};

const char *rl_exchange_header(const rl_exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *rl_exchange_query(const rl_exchange *exchange, const char *name) {
    for (size_t i = 0; i < exchange->query_count; i++) {
        if (strcmp(exchange->query[i].name, name) == 0) {
            return exchange->query[i].value;
        }
    }
    return NULL;
}

void rl_exchange_id(rl_exchange *exchange, int64_t id) {
    if (exchange->id_count < RL_LOG_IDS) {
        exchange->ids[exchange->id_count++] = id;
    }
}

void rl_exchange_release(rl_exchange *exchange) {
    (void)atomic_fetch_sub(&exchange->relay->body_bytes, exchange->reserved);
    exchange->reserved = 0;
}

void rl_exchange_free(rl_exchange *exchange) {
    if (exchange->route != NULL && exchange->route->clear != NULL) {
        exchange->route->clear(exchange);
    }
    rl_exchange_release(exchange);
    free(exchange->target);
    free(exchange->path);
    free(exchange->argument);
    free(exchange->subject);
    for (size_t i = 0; i < exchange->query_count; i++) {
        free(exchange->query[i].name);
        free(exchange->query[i].value);
    }
    (void)json_object_put(exchange->claims);
    rl_config_release(exchange->config);
    js_buf_clear(&exchange->body);
    rl_answer_clear(&exchange->answer);
    free(exchange);
}

void *rl_on_uri(void *self, const char *uri, struct MHD_Connection *connection) {
    rl_server *server = self;
    rl_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    exchange->relay = server->relay;
    exchange->connection = connection;
    exchange->begun_ms = js_mono_ms(&server->relay->world);
    exchange->target = js_copy(uri);
    exchange->config = rl_relay_config(server->relay);
    exchange->next = server->first;
    if (exchange->next != NULL) {
        exchange->next->previous = exchange;
    }
    server->first = exchange;
    return exchange;
}

/* Who calls. False: the answer is there, or the exchange waits for keys. */
static bool identify(rl_server *server, rl_exchange *exchange) {
    rl_relay *relay = exchange->relay;
    const char *authorization = rl_exchange_header(exchange, "Authorization");
    const union MHD_ConnectionInfo *session =
        server->tls != NULL && authorization == NULL
            ? MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
            : NULL;
    char *subject = session != NULL ? rl_tls_subject(server->tls, session->tls_session) : NULL;
    int64_t now = js_mono_ms(&relay->world);
    bool patient =
        exchange->waiting_since_ms == 0 || now - exchange->waiting_since_ms < KEYS_WAIT_MS;
    rl_identity who;
    rl_who found =
        rl_identify(exchange->config, relay->issuers, authorization, subject, patient, &who);
    bool shown = authorization != NULL || subject != NULL;
    free(subject);
    int64_t seconds = 0;
    switch (found) {
    case RL_WHO_KNOWN:
        exchange->caller = who.caller;
        exchange->claims = who.claims;
        exchange->log_name = who.caller->name;
        return true;
    case RL_WHO_WRONG:
        seconds =
            shown ? rl_wrong_count(relay->limits, &exchange->address, WRONG_A_MINUTE, now) : 0;
        if (seconds > 0) {
            rl_answer_later(&exchange->answer, 429, seconds,
                            "Too many wrong credentials came from this address.");
            break;
        }
        rl_answer_problem(&exchange->answer, 401, "This needs the credentials of a caller.");
        rl_answer_header(&exchange->answer, "WWW-Authenticate", "Bearer realm=\"jirasend-relay\"");
        break;
    case RL_WHO_NO_RULE:
        rl_answer_problem(&exchange->answer, 403,
                          "The ID token is genuine, but its claims fit no entry of 'callers'.");
        break;
    case RL_WHO_AWAY:
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS,
                        "The keys of the token's issuer are not available now.");
        break;
    case RL_WHO_LATER:
        exchange->waiting_since_ms =
            exchange->waiting_since_ms == 0 ? now : exchange->waiting_since_ms;
        exchange->phase = RL_PHASE_KEYS;
        rl_socket_enter(exchange->socket, RL_SOCKET_WORKING, now);
        MHD_suspend_connection(exchange->connection);
        break;
    }
    return false;
}

static bool check_access(rl_server *server, rl_exchange *exchange) {
    switch (exchange->route->access) {
    case RL_ACCESS_CALLER:
        return identify(server, exchange);
    case RL_ACCESS_HOOK:
        exchange->hook = rl_config_hook(exchange->config, exchange->argument);
        if (exchange->hook == NULL) {
            rl_answer_problem(&exchange->answer, 404, "There is no such hook.");
            return false;
        }
        exchange->log_name = exchange->hook->name;
        return true;
    case RL_ACCESS_PAGE:
        if (server->tls != NULL) {
            exchange->subject = rl_tls_subject(
                server->tls,
                MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
                    ->tls_session);
        }
        break;
    case RL_ACCESS_ALL:
        break;
    }
    return true;
}

/* What the body will be; false: the answer is there. */
static bool check_body(rl_exchange *exchange) {
    const char *length = rl_exchange_header(exchange, "Content-Length");
    unsigned long long declared = length != NULL ? strtoull(length, NULL, 10) : 0;
    exchange->body_most = exchange->route->body_most;
    if (declared > exchange->body_most || (exchange->chunked && exchange->body_most == 0)) {
        if (exchange->body_most == 0) {
            rl_answer_problem(&exchange->answer, 413, "This takes no body.");
        } else {
            rl_answer_problem(&exchange->answer, 413, "The body is larger than %zu MiB.",
                              exchange->body_most / (1024 * 1024));
        }
        return false;
    }
    if (exchange->body_most > 0 && rl_exchange_header(exchange, "Content-Encoding") != NULL) {
        rl_answer_problem(&exchange->answer, 415,
                          "Content-Encoding is not supported: send it plain.");
        return false;
    }
    return true;
}

/* Large bodies under way are bounded in sum; false: the answer is there. */
static bool reserve_body(rl_exchange *exchange) {
    const char *length = rl_exchange_header(exchange, "Content-Length");
    long long size = exchange->chunked ? (long long)exchange->body_most
                     : length != NULL  ? strtoll(length, NULL, 10)
                                       : 0;
    if (size <= LARGE_BODY) {
        return true;
    }
    atomic_llong *sum = &exchange->relay->body_bytes;
    if (atomic_fetch_add(sum, size) + size > exchange->config->limits.bodies) {
        (void)atomic_fetch_sub(sum, size);
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS,
                        "Too many large bodies are in progress; try again.");
        return false;
    }
    exchange->reserved = size;
    return true;
}

/* Everything that is judged before the body. Afterwards there is an answer, or the body may come. */
static void admit(rl_server *server, rl_exchange *exchange, const char *version) {
    if (exchange->route == NULL) { /* else it has waited for keys */
        if (!rl_head_check(exchange, version)) {
            return;
        }
        if (server->ending) {
            exchange->answer.close = true;
            rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "The relay is stopping.");
            return;
        }
        rl_route_find(exchange);
    }
    if (exchange->route == NULL || !check_access(server, exchange)) {
        return;
    }
    if (!rl_head_query(exchange, exchange->route->query) || !rl_route_wait(exchange) ||
        !check_body(exchange)) {
        return;
    }
    if (exchange->route->admit != NULL) {
        exchange->route->admit(exchange);
    }
    if (exchange->answer.status == 0) {
        (void)reserve_body(exchange);
    }
}

static void log_answer(const rl_exchange *exchange) {
    const rl_answer *answer = &exchange->answer;
    rl_relay *relay = exchange->relay;
    if (answer->status < 400 && exchange->route != NULL && exchange->route->quiet) {
        return;
    }
    rl_access access = {.wall_ms = js_wall_ms(&relay->world),
                        .request_id = exchange->request_id,
                        .caller = exchange->log_name,
                        .method = exchange->method,
                        .path = exchange->path != NULL ? exchange->path : "-",
                        .status = answer->status,
                        .bytes = answer->body.length,
                        .ms = js_mono_ms(&relay->world) - exchange->begun_ms,
                        .ids = exchange->ids,
                        .id_count = exchange->id_count};
    rl_access_log_add(relay->log, &access);
}

/* Hands the answer to the library. */
static enum MHD_Result send_answer(rl_exchange *exchange) {
    rl_answer *answer = &exchange->answer;
    if (answer->body.failed) {
        rl_answer_later(answer, 503, BUSY_SECONDS, "Out of memory.");
    }
    size_t length = answer->body.length;
    log_answer(exchange);
    char *body = js_buf_take(&answer->body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(body);
        return MHD_NO;
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        (void)MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    }
    (void)MHD_add_response_header(response, "X-Request-Id", exchange->request_id);
    if (answer->close || atomic_load(&exchange->relay->stopping)) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    enum MHD_Result queued =
        MHD_queue_response(exchange->connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    exchange->phase = RL_PHASE_SENT;
    rl_socket_enter(exchange->socket, RL_SOCKET_ANSWER, js_mono_ms(&exchange->relay->world));
    return queued;
}

static void run_job(void *context) {
    rl_exchange *exchange = context;
    exchange->route->run(exchange);
}

static enum MHD_Result run(rl_exchange *exchange) {
    if (exchange->route->in_loop) {
        exchange->route->run(exchange);
        return send_answer(exchange);
    }
    exchange->phase = RL_PHASE_WORKING;
    rl_socket_enter(exchange->socket, RL_SOCKET_WORKING, js_mono_ms(&exchange->relay->world));
    exchange->job = (rl_job){NULL, run_job, exchange};
    MHD_suspend_connection(exchange->connection);
    rl_pool_add(exchange->relay->pool, &exchange->job);
    return MHD_YES;
}

static bool expects_body(const rl_exchange *exchange) {
    const char *length = rl_exchange_header(exchange, "Content-Length");
    return exchange->chunked || (length != NULL && strtoull(length, NULL, 10) > 0);
}

static enum MHD_Result begin(rl_server *server, rl_exchange *exchange, const char *method,
                             const char *version) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    exchange->socket = info->socket_context;
    if (exchange->socket == NULL || exchange->target == NULL) {
        return MHD_NO;
    }
    exchange->address = exchange->socket->address;
    size_t length = strnlen(method, sizeof exchange->method - 1);
    memcpy(exchange->method, method, length);
    exchange->method[length] = '\0';
    admit(server, exchange, version);
    if (exchange->phase == RL_PHASE_KEYS) {
        return MHD_YES;
    }
    if (exchange->answer.status != 0) {
        if (exchange->answer.close || expects_body(exchange)) {
            return send_answer(exchange);
        }
        exchange->phase = RL_PHASE_READY; /* with the next call the connection stays open */
        return MHD_YES;
    }
    exchange->phase = RL_PHASE_BODY;
    rl_socket_enter(exchange->socket, RL_SOCKET_BODY, js_mono_ms(&exchange->relay->world));
    return MHD_YES;
}

/* More than is taken can only come in chunks: the head has told all else. */
static enum MHD_Result take_body(rl_exchange *exchange, const char *upload, size_t *size) {
    if (exchange->body.length + *size > exchange->body_most) {
        return MHD_NO;
    }
    js_buf_add(&exchange->body, upload, *size);
    *size = 0;
    return exchange->body.failed ? MHD_NO : MHD_YES;
}

enum MHD_Result rl_on_request(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context) {
    rl_exchange *exchange = *context;
    (void)url;
    (void)connection;
    if (exchange == NULL) {
        return MHD_NO;
    }
    switch (exchange->phase) {
    case RL_PHASE_HEAD:
        return begin(self, exchange, method, version);
    case RL_PHASE_BODY:
        return *upload_size > 0 ? take_body(exchange, upload, upload_size) : run(exchange);
    case RL_PHASE_READY:
        return send_answer(exchange);
    case RL_PHASE_KEYS:
    case RL_PHASE_WORKING:
    case RL_PHASE_SENT:
        break;
    }
    return MHD_YES;
}

/* The answer came before the body, which is still being sent. */
static bool ends_early(const rl_exchange *exchange) {
    return exchange->phase == RL_PHASE_SENT && exchange->body.length == 0 &&
           exchange->answer.status >= 400 && expects_body(exchange);
}

static void leave(rl_server *server, rl_exchange *exchange) {
    if (exchange->previous != NULL) {
        exchange->previous->next = exchange->next;
    } else {
        server->first = exchange->next;
    }
    if (exchange->next != NULL) {
        exchange->next->previous = exchange->previous;
    }
    rl_exchange_free(exchange);
}

void rl_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode how) {
    rl_server *server = self;
    rl_exchange *exchange = *context;
    (void)connection;
    (void)how;
    *context = NULL;
    if (exchange == NULL) {
        return;
    }
    if (exchange->socket != NULL) {
        int64_t now = js_mono_ms(&server->relay->world);
        if (ends_early(exchange)) {
            rl_linger_add(&server->sockets, exchange->socket->fd, now);
        }
        exchange->socket->fresh = false;
        rl_socket_enter(exchange->socket, RL_SOCKET_HEAD, now);
    }
    leave(server, exchange);
}

/* The library calls nobody when its memory for the connection is full before a head is read to its end. */
static void leave_unheard(rl_server *server, const struct MHD_Connection *connection) {
    rl_exchange *next = NULL;
    for (rl_exchange *at = server->first; at != NULL; at = next) {
        next = at->next;
        if (at->connection == connection) {
            leave(server, at);
        }
    }
}

void rl_on_connection(void *self, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what) {
    rl_server *server = self;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        leave_unheard(server, connection);
        if (*socket_context != NULL) {
            rl_sockets_remove(&server->sockets, *socket_context);
            *socket_context = NULL;
        }
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *socket_context =
        rl_sockets_add(&server->sockets, fd, address != NULL ? address->client_addr : NULL,
                       js_mono_ms(&server->relay->world));
    if (server->tls != NULL) {
        rl_tls_ask(
            server->tls,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    }
}

void rl_exchanges_tick(rl_server *server, int64_t now_ms) {
    for (rl_exchange *at = server->first; at != NULL; at = at->next) {
        if (at->phase == RL_PHASE_WORKING && rl_socket_left(at->socket)) {
            atomic_store(&at->gone, true);
        }
        if (at->phase == RL_PHASE_KEYS &&
            (now_ms - at->waiting_since_ms >= KEYS_WAIT_MS || server->ending)) {
            at->phase = RL_PHASE_HEAD;
            MHD_resume_connection(at->connection);
        }
    }
}
