/* GET /healthz and /readyz: whether the relay lives, and whether its outbox takes events. */
#include "relay/routes/route.h"

enum { BUSY_SECONDS = 5 };

void rl_health_run(rl_exchange *exchange) {
    rl_answer_begin(&exchange->answer, 200, "text/plain; charset=utf-8");
    js_buf_add_text(&exchange->answer.body, "ok\n");
}

/* A sentence without path, site or host: anybody may read it. */
static const char *reason(jirasend_code code) {
    switch (code) {
    case JIRASEND_E_STORAGE:
        return "The outbox cannot be used: the disk is full or does not answer.";
    case JIRASEND_E_REFUSED:
        return "The outbox refuses: it is full, damaged, or kept busy.";
    case JIRASEND_E_CLOSED:
        return "The relay is stopping.";
    case JIRASEND_E_MEMORY:
        return "The relay is out of memory.";
    case JIRASEND_OK:
    case JIRASEND_E_ARGUMENT:
    case JIRASEND_E_DOCUMENT:
    case JIRASEND_E_NOT_FOUND:
    case JIRASEND_E_TIMEOUT:
    case JIRASEND_E_CREDENTIALS:
    case JIRASEND_E_NETWORK:
    case JIRASEND_E_FILE:
    case JIRASEND_E_INTERNAL:
        break;
    }
    return "The outbox cannot be used.";
}

void rl_ready_run(rl_exchange *exchange) {
    jirasend_code code = rl_core_ready(exchange->relay->core);
    code = atomic_load(&exchange->relay->stopping) ? JIRASEND_E_CLOSED : code;
    if (code == JIRASEND_OK) {
        rl_health_run(exchange);
    } else {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", reason(code));
    }
    rl_exchange_done(exchange);
}
