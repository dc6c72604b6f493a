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

/* Told from the start, so that a rule on it works before the first. */
static const char hooks_head[] = "# TYPE jirasend_relay_hooks_without_news counter\n";

/* What the outbox counts: relays that share it report the same numbers. */
void rl_metrics_run(rl_exchange *exchange) {
    static const char end[] = "# EOF\n";
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_core_metrics(exchange->relay->core, &text, &error);
    size_t length = code == JIRASEND_OK ? strlen(text) : 0;
    if (length < sizeof end - 1) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s",
                        code == JIRASEND_OK ? "The outbox has no counters." : error.message);
    } else {
        js_buf *out = &exchange->answer.body;
        rl_answer_begin(&exchange->answer, 200,
                        "application/openmetrics-text; version=1.0.0; charset=utf-8");
        js_buf_add(out, text, length - (sizeof end - 1));
        if (strstr(text, hooks_head) == NULL) {
            js_buf_addf(out, "%sjirasend_relay_hooks_without_news_total 0\n", hooks_head);
        }
        js_buf_add_text(out, end);
    }
    jirasend_free(text);
    rl_exchange_done(exchange);
}
