/* GET /metrics: OpenMetrics, for those whose entry says so. */
#include "relay/routes/route.h"

#include <string.h>

enum { BUSY_SECONDS = 5 };

void rl_metrics_admit(rl_exchange *exchange) {
    if (!exchange->caller->metrics && !exchange->caller->admin) {
        rl_answer_problem(&exchange->answer, 403, "The rule '%s' does not allow metrics.",
                          exchange->caller->name);
    }
}

/* What the outbox counts, which all relays that share it report alike, and what this process does. */
void rl_metrics_run(rl_exchange *exchange) {
    static const char end[] = "# EOF\n";
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_core_metrics(exchange->relay->core, &text, &error);
    size_t length = code == JIRASEND_OK ? strlen(text) : 0;
    if (length < sizeof end - 1) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s",
                        code == JIRASEND_OK ? "The outbox counts nothing." : error.message);
        jirasend_free(text);
        rl_exchange_done(exchange);
        return;
    }
    js_buf *out = &exchange->answer.body;
    rl_answer_begin(&exchange->answer, 200,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8");
    js_buf_add(out, text, length - (sizeof end - 1));
    jirasend_free(text);
    js_buf_add_text(
        out, "# TYPE jirasend_relay_hooks_without_news counter\n"
             "# HELP jirasend_relay_hooks_without_news Webhooks of which nothing was told, of "
             "this process.\n");
    js_buf_addf(out, "jirasend_relay_hooks_without_news_total %lld\n%s",
                (long long)atomic_load(&exchange->relay->hooks_without_news), end);
    rl_exchange_done(exchange);
}
