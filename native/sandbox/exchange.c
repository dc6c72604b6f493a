/* One request of libmicrohttpd, from its head to the answer. */
#include "exchange.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An event stream says something at least this often, so that a dead connection is found out; and
 * changes are told at most so often, since a page reads the whole state after each. */
enum { STREAM_PING_MS = 15000, STREAM_PAUSE_MS = 50, BLOCK = 4096, TRUNCATED_BYTES = 1000 };

struct sb_exchange {
    sb_exchanges *all;
    struct MHD_Connection *connection;
    sb_request request;
    char *method, *uri, *query;
    size_t discarded;
    bool started, handled;
    bool gone; /* the client left, or we are stopping */
    sb_answer answer;
    bool waiting;
    int64_t due_ms;                              /* of a late answer; INT64_MAX: never */
    int64_t told_version, told_request, told_ms; /* of a stream */
    sb_exchange *previous, *next;                /* among the waiting */
};

static int64_t now_ms(const sb_exchange *exchange) {
    return js_mono_ms(&exchange->all->sandbox->world);
}

static void wait_begin(sb_exchange *exchange) {
    sb_waiting *waiting = &exchange->all->waiting;
    exchange->waiting = true;
    exchange->previous = NULL;
    exchange->next = waiting->first;
    if (waiting->first != NULL) {
        waiting->first->previous = exchange;
    }
    waiting->first = exchange;
    waiting->count++;
    MHD_suspend_connection(exchange->connection);
}

static void wait_forget(sb_exchange *exchange) {
    sb_waiting *waiting = &exchange->all->waiting;
    if (exchange->previous != NULL) {
        exchange->previous->next = exchange->next;
    } else {
        waiting->first = exchange->next;
    }
    if (exchange->next != NULL) {
        exchange->next->previous = exchange->previous;
    }
    exchange->waiting = false;
    waiting->count--;
}

static void wait_end(sb_exchange *exchange) {
    wait_forget(exchange);
    MHD_resume_connection(exchange->connection);
}

void *sb_on_uri(void *self, const char *uri, struct MHD_Connection *connection) {
    sb_exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        return NULL;
    }
    size_t path = strcspn(uri, "?");
    exchange->all = self;
    exchange->connection = connection;
    exchange->uri = js_copy_n(uri, path);
    exchange->query = js_copy(uri[path] == '?' ? uri + path + 1 : "");
    exchange->request.body.max = SB_BODY_MAX;
    exchange->request.body.secret = true; /* a token request holds one */
    return exchange;
}

void sb_on_completed(void *self, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode how) {
    sb_exchange *exchange = *context;
    (void)self;
    (void)connection;
    (void)how;
    if (exchange == NULL) {
        return;
    }
    if (exchange->waiting) {
        wait_forget(exchange);
    }
    sb_headers_free(&exchange->request.headers);
    js_buf_clear(&exchange->request.body);
    sb_answer_free(&exchange->answer);
    free(exchange->method);
    free(exchange->uri);
    free(exchange->query);
    free(exchange);
    *context = NULL;
}

void sb_on_connection(void *self, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode what) {
    sb_exchanges *all = self;
    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = (void *)(uintptr_t)++all->connections;
    }
}

static enum MHD_Result add_header(void *self, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    (void)kind;
    return sb_headers_add(self, name, value == NULL ? "" : value) ? MHD_YES : MHD_NO;
}

/* The first call for a request: its head is there. */
static enum MHD_Result begin(sb_exchange *exchange, const char *method) {
    sb_request *request = &exchange->request;
    exchange->started = true;
    exchange->method = js_copy(method);
    if (exchange->method == NULL || exchange->uri == NULL || exchange->query == NULL) {
        return MHD_NO;
    }
    request->method = exchange->method;
    request->path = exchange->uri;
    request->query = exchange->query;
    int count = MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, NULL, NULL);
    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_header,
                                    &request->headers);
    if (count < 0 || request->headers.count != (size_t)count) {
        return MHD_NO;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->connection = info == NULL ? 0 : (uint64_t)(uintptr_t)info->socket_context;
    return MHD_YES;
}

static enum MHD_Result take_body(sb_exchange *exchange, const char *bytes, size_t *length) {
    sb_request *request = &exchange->request;
    if (!request->body_too_large && request->body.length + *length <= SB_BODY_MAX) {
        js_buf_add(&request->body, bytes, *length);
        *length = 0;
        return request->body.failed ? MHD_NO : MHD_YES;
    }
    request->body_too_large = true;
    exchange->discarded += *length;
    js_buf_clear(&request->body);
    *length = 0;
    return exchange->discarded > SB_DISCARD_MAX ? MHD_NO : MHD_YES;
}

/* After a reset the numbers start over. */
static bool has_new_request(const sb_exchange *exchange) {
    return exchange->answer.requests_too &&
           exchange->told_request != exchange->all->sandbox->log.last;
}

static ssize_t read_stream(void *self, uint64_t position, char *out, size_t size) {
    sb_exchange *exchange = self;
    (void)position;
    if (exchange->gone) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    int64_t version = exchange->all->sandbox->store.version;
    int64_t now = now_ms(exchange);
    int length = 0;
    if (exchange->told_version != version) {
        length =
            snprintf(out, size, "event: change\ndata: {\"version\":%lld}\n\n", (long long)version);
    } else if (has_new_request(exchange)) {
        exchange->told_request = exchange->all->sandbox->log.last;
        length = snprintf(out, size, "event: request\ndata: {\"n\":%lld}\n\n",
                          (long long)exchange->told_request);
    } else if (now - exchange->told_ms >= STREAM_PING_MS) {
        length = snprintf(out, size, ": still here\n\n");
    } else {
        wait_begin(exchange);
        return 0;
    }
    exchange->told_version = version;
    exchange->told_ms = now;
    return length > 0 && (size_t)length < size ? length : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Gives out the whole body and then breaks off, though more was promised. */
static ssize_t read_truncated(void *self, uint64_t position, char *out, size_t size) {
    const sb_exchange *exchange = self;
    const js_buf *body = &exchange->answer.body;
    if (position >= body->length) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = body->length - (size_t)position;
    size_t taken = left < size ? left : size;
    memcpy(out, body->data + position, taken);
    return (ssize_t)taken;
}

static struct MHD_Response *make_response(sb_exchange *exchange) {
    sb_answer *answer = &exchange->answer;
    if (answer->ending == SB_STREAM) {
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, exchange,
                                                 NULL);
    }
    if (answer->ending == SB_TRUNCATE) {
        return MHD_create_response_from_callback(answer->body.length + TRUNCATED_BYTES, BLOCK,
                                                 read_truncated, exchange, NULL);
    }
    if (answer->fixed != NULL) {
        void *fixed = (void *)(uintptr_t)answer->fixed; /* the library only reads it */
        return MHD_create_response_from_buffer(answer->fixed_length, fixed, MHD_RESPMEM_PERSISTENT);
    }
    size_t length = answer->body.length;
    char *body = js_buf_take(&answer->body);
    struct MHD_Response *response =
        body == NULL ? NULL
                     : MHD_create_response_from_buffer_with_free_callback(length, body, free);
    if (response == NULL) {
        free(body);
    }
    return response;
}

/* Closes with a reset instead of an orderly end. */
static enum MHD_Result reset(sb_exchange *exchange) {
    struct linger now = {1, 0};
    (void)setsockopt(sb_exchange_socket(exchange), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return MHD_NO;
}

static enum MHD_Result send_answer(sb_exchange *exchange) {
    sb_answer *answer = &exchange->answer;
    if (answer->body.failed) {
        sb_answer_free(answer);
        sb_answer_error(answer, 500, "The sandbox is out of memory.");
    }
    struct MHD_Response *response = make_response(exchange);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < answer->headers.count && result == MHD_YES; i++) {
        result = MHD_add_response_header(response, answer->headers.items[i].name,
                                         answer->headers.items[i].value);
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(exchange->connection, (unsigned int)answer->status, response);
    }
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result sb_on_request(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context) {
    sb_exchange *exchange = *context;
    (void)self;
    (void)connection;
    (void)url; /* already decoded, so a slash within an id is lost: sb_on_uri() has the original */
    (void)version;
    if (exchange == NULL) {
        return MHD_NO;
    }
    if (!exchange->started) {
        return begin(exchange, method);
    }
    if (*upload_size > 0) {
        return take_body(exchange, upload, upload_size);
    }
    if (!exchange->handled) {
        exchange->handled = true;
        sb_handle(exchange->all->sandbox, &exchange->request, &exchange->answer);
        bool never = exchange->answer.ending == SB_HANG;
        exchange->due_ms = never ? INT64_MAX : now_ms(exchange) + exchange->answer.delay_ms;
        if (never || exchange->answer.delay_ms > 0) {
            wait_begin(exchange);
            return MHD_YES;
        }
    }
    if (exchange->gone) {
        return MHD_NO;
    }
    return exchange->answer.ending == SB_RESET ? reset(exchange) : send_answer(exchange);
}

int sb_exchange_socket(const sb_exchange *exchange) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

sb_exchange *sb_exchange_next(const sb_exchange *exchange) {
    return exchange->next;
}

void sb_exchange_gone(sb_exchanges *all, sb_exchange *exchange) {
    (void)all;
    exchange->gone = true;
    wait_end(exchange);
}

static int64_t stream_due(const sb_exchange *exchange) {
    bool news = exchange->told_version != exchange->all->sandbox->store.version ||
                has_new_request(exchange);
    return exchange->told_ms + (news ? STREAM_PAUSE_MS : STREAM_PING_MS);
}

int64_t sb_exchanges_wake(sb_exchanges *all) {
    int64_t now = js_mono_ms(&all->sandbox->world);
    int64_t soonest = INT64_MAX;
    sb_exchange *next = NULL;
    for (sb_exchange *exchange = all->waiting.first; exchange != NULL; exchange = next) {
        next = exchange->next;
        bool stream = exchange->answer.ending == SB_STREAM;
        int64_t due = stream ? stream_due(exchange) : exchange->due_ms;
        if (due <= now) {
            wait_end(exchange);
            soonest = now; /* the library must run at once to take it up */
        } else if (due < soonest) {
            soonest = due;
        }
    }
    return soonest == INT64_MAX ? -1 : soonest - now;
}

void sb_exchanges_stop(sb_exchanges *all) {
    all->stopping = true;
    while (all->waiting.first != NULL) {
        sb_exchange_gone(all, all->waiting.first);
    }
}
