/* GET /v1/receipts?requestId=R: what became of everything with that requestId. */
#include "event/json.h"
#include "relay/routes/receipt_lines.h"
#include "relay/routes/route.h"

enum { BUSY_SECONDS = 5, RECEIPTS_MOST = 100, LOOKED_AT_MOST = 10000 };

void rl_receipts_admit(rl_exchange *exchange) {
    const char *id = rl_exchange_query(exchange, "requestId");
    if (id == NULL || id[0] == '\0') {
        rl_answer_problem(&exchange->answer, 400,
                          "Say which receipts: /v1/receipts?requestId=..., or /v1/receipts/ID.");
    }
}

/* Those that this caller may see, one per line. */
static size_t write_lines(rl_exchange *exchange, json_object *receipts) {
    size_t shown = 0;
    for (size_t i = 0; i < json_object_array_length(receipts) && shown < RECEIPTS_MOST; i++) {
        json_object *receipt = json_object_array_get_idx(receipts, i);
        if (rl_receipt_visible(exchange, receipt)) {
            js_json_write(&exchange->answer.body, receipt);
            js_buf_add_text(&exchange->answer.body, "\n");
            shown++;
        }
    }
    return shown;
}

/* False: there are more than these, and too few of them are for this caller. */
static bool look(rl_exchange *exchange, int looked_at) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_core_receipts(
        exchange->relay->core, rl_exchange_query(exchange, "requestId"), looked_at, &text, &error);
    json_object *receipts = code == JIRASEND_OK ? json_tokener_parse(text) : NULL;
    bool whole = true;
    jirasend_free(text);
    if (receipts == NULL && code != JIRASEND_E_NOT_FOUND) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s",
                        code == JIRASEND_OK ? "Out of memory." : error.message);
    } else {
        rl_answer_begin(&exchange->answer, 200, "application/x-ndjson");
        size_t shown = receipts != NULL ? write_lines(exchange, receipts) : 0;
        whole = shown == RECEIPTS_MOST || receipts == NULL ||
                json_object_array_length(receipts) < (size_t)looked_at;
        if (shown == 0) {
            rl_answer_problem(&exchange->answer, 404, "There is no such receipt.");
        }
    }
    (void)json_object_put(receipts);
    return whole;
}

/* Others may use the same requestId, and theirs are not to hide the caller's own. */
void rl_receipts_run(rl_exchange *exchange) {
    int looked_at = RECEIPTS_MOST;
    while (!look(exchange, looked_at) && looked_at < LOOKED_AT_MOST) {
        looked_at *= 10;
    }
    rl_exchange_done(exchange);
}
