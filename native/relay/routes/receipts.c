/* GET /v1/receipts: what became of events, told to those whose rule allows them. */
#include "event/json.h"
#include "relay/callers/rule.h"
#include "relay/routes/receipt_lines.h"
#include "relay/routes/route.h"
#include "relay/routes/waits.h"

#include <stdlib.h>
#include <string.h>

enum { BUSY_SECONDS = 5, ID_DIGITS = 18, PAGE_RECEIPTS = 200 };

static void begin_line(js_buf *out, int64_t index) {
    if (index >= 0) {
        js_buf_addf(out, "{\"index\":%lld,", (long long)index);
    } else {
        js_buf_add_text(out, "{");
    }
}

/* Behind begin_line(): the members of a receipt, or of one that cannot be read. */
static void add_members(js_buf *out, const char *receipt, int64_t id) {
    if (receipt != NULL && receipt[0] == '{') {
        js_buf_add_text(out, receipt + 1);
    } else {
        js_buf_addf(out,
                    "\"id\":%lld,\"status\":\"queued\",\"message\":\"It is committed; its receipt "
                    "cannot be read now.\"}",
                    (long long)id);
    }
}

/* Nothing was to be sent of it: that was clear at the commit. */
static bool was_skipped(json_object *receipt) {
    return strcmp(js_json_text_of(receipt, "status"), "skipped") == 0 &&
           js_json_number_of(receipt, "attempts") == 0;
}

/* Takes back what happened since the commit; why its lane is held remains said. */
static bool take_back(json_object *receipt) {
    bool held = strcmp(js_json_text_of(receipt, "status"), "held") == 0;
    json_object_object_del(receipt, "settledAt");
    return json_object_object_add(receipt, "status", json_object_new_string("queued")) == 0 &&
           (held || json_object_object_add(receipt, "message",
                                           json_object_new_string("Waiting to be sent.")) == 0) &&
           json_object_object_add(receipt, "unknownIssueKeys", json_object_new_array()) == 0 &&
           json_object_object_add(receipt, "httpStatus", json_object_new_int(0)) == 0 &&
           json_object_object_add(receipt, "attempts", json_object_new_int(0)) == 0;
}

/*
 * Who does not wait for Jira gets one and the same answer, however quick Jira is: a job must not end
 * differently by chance.
 */
static void add_as_committed(js_buf *out, const char *text, int64_t id) {
    json_object *receipt = text != NULL ? json_tokener_parse(text) : NULL;
    js_buf told = JS_BUF_INIT;
    if (receipt != NULL && (was_skipped(receipt) || take_back(receipt))) {
        js_json_write(&told, receipt);
    }
    add_members(out, told.data, id);
    js_buf_clear(&told);
    (void)json_object_put(receipt);
}

static void add_receipt(js_buf *out, const char *text, rl_receipt_of which) {
    begin_line(out, which.index);
    if (which.as_committed && text != NULL && strstr(text, "\"status\":\"queued\"") == NULL) {
        add_as_committed(out, text, which.id);
    } else {
        add_members(out, text, which.id);
    }
}

void rl_receipt_told(js_buf *out, const char *receipt, rl_receipt_of which) {
    begin_line(out, which.index);
    add_members(out, receipt, which.id);
}

void rl_receipt_line(js_buf *out, rl_relay *relay, rl_receipt_of which) {
    char *text = NULL;
    jirasend_code code = rl_core_receipt(relay->core, which.id, &text, NULL);
    add_receipt(out, code == JIRASEND_OK ? text : NULL, which);
    jirasend_free(text);
}

/* ---- many ---- */

static int64_t id_at(json_object *page, size_t at) {
    return js_json_number_of(json_object_array_get_idx(page, at), "id");
}

/* The place of the first whose id is not below this one. */
static size_t place_of(json_object *page, int64_t id) {
    size_t low = 0;
    size_t high = json_object_array_length(page);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_at(page, middle) < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool ends_before(const rl_receipt_pages *pages, int64_t id) {
    size_t count = json_object_array_length(pages->page);
    return count == pages->asked && id_at(pages->page, count - 1) < id;
}

static void turn_page(rl_receipt_pages *pages, int64_t id) {
    char *text = NULL;
    (void)json_object_put(pages->page);
    pages->page = NULL;
    pages->asked = pages->left < PAGE_RECEIPTS ? pages->left : PAGE_RECEIPTS;
    if (jirasend_outbox_list(rl_core_client(pages->relay->core), id - 1, (int)pages->asked, &text,
                             NULL) == JIRASEND_OK) {
        pages->page = json_tokener_parse(text);
    }
    jirasend_free(text);
}

void rl_receipt_pages_line(rl_receipt_pages *pages, js_buf *out, rl_receipt_of which) {
    if (pages->page == NULL || ends_before(pages, which.id)) {
        turn_page(pages, which.id);
    }
    size_t at = pages->page != NULL ? place_of(pages->page, which.id) : 0;
    pages->left--;
    if (pages->page == NULL || at == json_object_array_length(pages->page) ||
        id_at(pages->page, at) != which.id) {
        rl_receipt_line(out, pages->relay, which); /* it is settled */
        return;
    }
    js_buf text = JS_BUF_INIT;
    js_json_write(&text, json_object_array_get_idx(pages->page, at));
    add_receipt(out, text.data, which);
    js_buf_clear(&text);
}

void rl_receipt_pages_clear(rl_receipt_pages *pages) {
    (void)json_object_put(pages->page);
    pages->page = NULL;
}

/* ---- one ---- */

typedef struct receipt_work {
    int64_t id;
    json_object *receipt;
    rl_wait wait;
    rl_wait_item item;
} receipt_work;

void rl_receipt_clear(rl_exchange *exchange) {
    receipt_work *work = exchange->work;
    if (work != NULL) {
        (void)json_object_put(work->receipt);
        free(work);
        exchange->work = NULL;
    }
}

void rl_receipt_admit(rl_exchange *exchange) {
    const char *id = exchange->argument;
    size_t digits = strspn(id, "0123456789");
    if (digits == 0 || digits > ID_DIGITS || id[digits] != '\0') {
        rl_answer_problem(&exchange->answer, 404, "There is no such receipt.");
    }
}

/* Whether this caller may know of the event. */
bool rl_receipt_visible(const rl_exchange *exchange, json_object *receipt) {
    rl_facts facts;
    bool good = rl_facts_of_receipt(&facts, receipt);
    const rl_site *site = good ? rl_config_site(exchange->config, facts.site) : NULL;
    if (site != NULL && facts.environment != NULL && facts.environment_type == NULL) {
        facts.environment_type =
            rl_site_environment_guess(site, facts.environment_name, facts.environment);
    }
    good = good && rl_rule_allows(exchange->caller, exchange->claims, &facts, NULL, 0);
    rl_facts_clear(&facts);
    return good;
}

static void finish(void *context) {
    rl_exchange *exchange = context;
    const receipt_work *work = exchange->work;
    rl_answer_begin(&exchange->answer, 200, "application/json");
    rl_receipt_line(&exchange->answer.body, exchange->relay,
                    (rl_receipt_of){.id = work->id, .index = -1});
    js_buf_add_text(&exchange->answer.body, "\n");
    rl_exchange_done(exchange);
}

/* False: the answer is there. */
static bool find_receipt(rl_exchange *exchange, receipt_work *work) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_core_receipt(exchange->relay->core, work->id, &text, &error);
    if (code == JIRASEND_OK) {
        work->receipt = json_tokener_parse(text);
    }
    jirasend_free(text);
    if (code != JIRASEND_OK && code != JIRASEND_E_NOT_FOUND) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        return false;
    }
    if (work->receipt == NULL || !rl_receipt_visible(exchange, work->receipt)) {
        rl_answer_problem(&exchange->answer, 404, "There is no such receipt.");
        return false;
    }
    rl_exchange_id(exchange, work->id);
    return true;
}

void rl_receipt_run(rl_exchange *exchange) {
    receipt_work *work = calloc(1, sizeof *work);
    exchange->work = work;
    if (work == NULL) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
        rl_exchange_done(exchange);
        return;
    }
    work->id = strtoll(exchange->argument, NULL, 10);
    if (!find_receipt(exchange, work)) {
        rl_exchange_done(exchange);
        return;
    }
    if (exchange->wait_seconds == 0 ||
        strcmp(js_json_text_of(work->receipt, "status"), "queued") != 0) {
        finish(exchange);
        return;
    }
    work->item = (rl_wait_item){.id = work->id,
                                .site = js_json_text_of(work->receipt, "site"),
                                .kind = js_json_text_of(work->receipt, "kind")};
    work->wait = (rl_wait){.items = &work->item,
                           .count = 1,
                           .deadline_ms =
                               js_mono_ms(&exchange->relay->world) + exchange->wait_seconds * 1000,
                           .gone = &exchange->gone,
                           .job = {NULL, finish, exchange}};
    rl_waits_add(exchange->relay->waits, &work->wait);
}
