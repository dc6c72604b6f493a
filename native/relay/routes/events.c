/* POST /v1/events: documents in, receipts out. */
#include "base/error.h"
#include "event/json.h"
#include "relay/life/memory.h"
#include "relay/routes/documents.h"
#include "relay/routes/entry.h"
#include "relay/routes/receipt_lines.h"
#include "relay/routes/route.h"
#include "relay/routes/waits.h"

#include <stdlib.h>
#include <string.h>

enum {
    DOCUMENTS_MAX = 10000,
    FEW = 4,            /* receipts that are read one by one */
    LARGE = 256 * 1024, /* a body whose memory is worth giving back */
    BUSY_SECONDS = 5
};

typedef struct events_work {
    rl_entry *entries;
    size_t count, capacity;
    size_t committed;
    rl_wait wait;
    rl_wait_item *items;
} events_work;

void rl_events_clear(rl_exchange *exchange) {
    events_work *work = exchange->work;
    if (work == NULL) {
        return;
    }
    for (size_t i = 0; i < work->count; i++) {
        rl_entry_clear(&work->entries[i]);
    }
    free(work->entries);
    free(work->items);
    free(work);
    exchange->work = NULL;
}

static bool key_is_good(const char *key) {
    size_t length = strlen(key);
    for (size_t i = 0; i < length; i++) {
        if (key[i] < 0x21 || key[i] > 0x7e) {
            return false;
        }
    }
    return length >= 1 && length <= RL_IDEMPOTENCY_KEY_MAX;
}

void rl_events_admit(rl_exchange *exchange) {
    static const char *const types[] = {"application/json", "application/x-ndjson",
                                        "application/jsonl", NULL};
    rl_answer *answer = &exchange->answer;
    const rl_caller *caller = exchange->caller;
    if (rl_exchange_header(exchange, "Origin") != NULL) {
        rl_answer_problem(answer, 403, "Browsers may not send events.");
        return;
    }
    if (!caller->sender) {
        rl_answer_problem(answer, 403, "The rule '%s' does not allow sending.", caller->name);
        return;
    }
    if (!rl_route_type(exchange, types)) {
        return;
    }
    const char *key = rl_exchange_header(exchange, "Idempotency-Key");
    if (key != NULL && !key_is_good(key)) {
        rl_answer_problem(answer, 400, "Idempotency-Key is 1 to 200 visible ASCII characters.");
        return;
    }
    int64_t seconds = rl_rate_admit(exchange->relay->limits, caller->name, caller->rate,
                                    js_mono_ms(&exchange->relay->world));
    if (seconds > 0) {
        rl_answer_later(answer, 429, seconds, "The rule '%s' allows %lld events a second.",
                        caller->name, (long long)caller->rate);
    }
}

/* False: too many documents, or no memory; the answer is there. */
static bool read_documents(rl_exchange *exchange, events_work *work) {
    rl_reader reader;
    rl_piece_of_text piece;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_reader_begin(&reader, exchange->body.data != NULL ? exchange->body.data : "",
                    exchange->body.length);
    while (rl_reader_next(&reader, &piece, &error)) {
        if (work->count == DOCUMENTS_MAX) {
            (void)json_object_put(piece.object);
            rl_answer_problem(&exchange->answer, 413, "A post has at most %d documents.",
                              DOCUMENTS_MAX);
            return false;
        }
        if (work->count == work->capacity) {
            size_t capacity = work->capacity == 0 ? 16 : 2 * work->capacity;
            rl_entry *grown = realloc(work->entries, capacity * sizeof *grown);
            if (grown == NULL) {
                (void)json_object_put(piece.object);
                rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
                return false;
            }
            work->entries = grown;
            work->capacity = capacity;
        }
        rl_entry *one = &work->entries[work->count++];
        *one = (rl_entry){0};
        if (piece.object == NULL) {
            (void)rl_entry_refuse(one, 422, piece.line, error.message);
        } else {
            rl_entry_judge(exchange, piece.object, one, work->count - 1, piece.line);
        }
        (void)json_object_put(piece.object);
        js_error_clear(&error);
    }
    return true;
}

static int status_of(jirasend_code code) {
    return code == JIRASEND_E_DOCUMENT || code == JIRASEND_E_ARGUMENT ? 422 : 503;
}

static void take_outcomes(events_work *work, const rl_outcome *outcomes) {
    size_t at = 0;
    for (size_t i = 0; i < work->count; i++) {
        rl_entry *one = &work->entries[i];
        if (one->refused != 0) {
            continue;
        }
        const rl_outcome *outcome = &outcomes[at++];
        if (outcome->code == JIRASEND_OK) {
            one->id = outcome->id;
            one->fresh = outcome->fresh;
            one->receipt = outcome->receipt;
            work->committed++;
        } else {
            (void)rl_entry_refuse(one, status_of(outcome->code), one->line, outcome->message);
        }
    }
}

/* jirasend says so: what --only-keys, --projects and the like left out must not be found here again. */
static bool keys_were_found(const rl_exchange *exchange) {
    const char *keys = rl_exchange_header(exchange, "Jirasend-Keys");
    return keys != NULL && strcmp(keys, "found") == 0;
}

/* False: nothing was stored; the answer is there. */
static bool submit(rl_exchange *exchange, events_work *work) {
    rl_submission *items = calloc(work->count + 1, sizeof *items);
    rl_outcome *outcomes = calloc(work->count + 1, sizeof *outcomes);
    jirasend_error error = JIRASEND_ERROR_INIT;
    size_t count = 0;
    jirasend_code code = JIRASEND_OK;
    if (items == NULL || outcomes == NULL) {
        code = js_fail_memory(&error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i < work->count; i++) {
        const rl_entry *one = &work->entries[i];
        if (one->refused == 0) {
            items[count++] = (rl_submission){one->text, strlen(one->text), one->scope};
        }
    }
    if (code == JIRASEND_OK && count > 0) {
        const rl_sender sender = {.origin = exchange->caller->origin,
                                  .projects = &exchange->caller->projects,
                                  .keys_found = keys_were_found(exchange),
                                  .wants_receipts = exchange->wait_seconds == 0};
        code = rl_core_submit(exchange->relay->core, &sender, items, count, outcomes, &error);
    }
    if (code == JIRASEND_OK) {
        take_outcomes(work, outcomes);
    } else {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
    }
    free(items);
    free(outcomes);
    return code == JIRASEND_OK;
}

/* What was posted is not needed any more, and makes room for others while Jira is waited for. */
static void let_go(rl_exchange *exchange, events_work *work, bool large) {
    for (size_t i = 0; i < work->count; i++) {
        free(work->entries[i].text);
        work->entries[i].text = NULL;
    }
    rl_exchange_release(exchange);
    if (large) {
        rl_memory_give_back();
    }
}

static void write_refused(js_buf *out, const rl_entry *one, size_t index) {
    js_buf_addf(out, "{\"index\":%zu,\"error\":", index);
    js_json_write_string(out, one->error != NULL ? one->error : "Out of memory.");
    js_buf_addf(out, ",\"errorStatus\":%d}", one->refused);
}

/* What is said when nothing was committed: what may pass when tried again, else 403 before 422. */
static void answer_refused(rl_exchange *exchange, const events_work *work) {
    static const int order[] = {503, 403, 422};
    rl_answer *answer = &exchange->answer;
    const rl_entry *first = NULL;
    for (size_t k = 0; k < 3 && first == NULL; k++) {
        for (size_t i = 0; i < work->count && first == NULL; i++) {
            first = work->entries[i].refused == order[k] ? &work->entries[i] : NULL;
        }
    }
    const char *sentence = first->error != NULL ? first->error : "Out of memory.";
    if (first->refused == 503) {
        rl_answer_later(answer, 503, BUSY_SECONDS, "%s", sentence);
    } else {
        rl_answer_problem(answer, first->refused, "%s", sentence);
    }
    answer->body.length -= 2; /* "}\n", to be written again after the errors */
    js_buf_add_text(&answer->body, ",\"errors\":[");
    for (size_t i = 0; i < work->count; i++) {
        js_buf_add_text(&answer->body, i > 0 ? "," : "");
        write_refused(&answer->body, &work->entries[i], i);
    }
    js_buf_add_text(&answer->body, "]}\n");
}

/* Behind a receipt, inside its braces: what the rule took out of the given keys. */
static void write_dropped(js_buf *out, const rl_entry *one) {
    if (one->dropped != NULL && !out->failed) {
        out->length--;
        js_buf_add_text(out, ",\"droppedByRule\":");
        js_json_write(out, one->dropped);
        js_buf_add_text(out, "}");
    }
}

/* Of those that have one: the other receipts have to be read. */
static size_t count_told(const events_work *work) {
    size_t told = 0;
    for (size_t i = 0; i < work->count; i++) {
        told += work->entries[i].receipt != NULL ? 1 : 0;
    }
    return told;
}

/* A line for each document, in order. */
static void finish(void *context) {
    rl_exchange *exchange = context;
    const events_work *work = exchange->work;
    rl_receipt_pages pages = {.relay = exchange->relay, .left = work->committed - count_told(work)};
    bool many = pages.left > FEW;
    rl_answer_begin(&exchange->answer, 200, "application/x-ndjson");
    for (size_t i = 0; i < work->count; i++) {
        const rl_entry *one = &work->entries[i];
        rl_receipt_of which = {one->id, (int64_t)i, one->fresh && exchange->wait_seconds == 0};
        if (one->id == 0) {
            write_refused(&exchange->answer.body, one, i);
        } else if (one->receipt != NULL) {
            rl_receipt_told(&exchange->answer.body, one->receipt, which);
        } else if (many) {
            rl_receipt_pages_line(&pages, &exchange->answer.body, which);
        } else {
            rl_receipt_line(&exchange->answer.body, exchange->relay, which);
        }
        if (one->id != 0) {
            write_dropped(&exchange->answer.body, one);
        }
        js_buf_add_text(&exchange->answer.body, "\n");
    }
    rl_receipt_pages_clear(&pages);
    rl_exchange_done(exchange);
}

static bool begin_wait(rl_exchange *exchange, events_work *work) {
    work->items = calloc(work->committed, sizeof *work->items);
    if (work->items == NULL) {
        return false;
    }
    rl_wait *wait = &work->wait;
    for (size_t i = 0; i < work->count; i++) {
        const rl_entry *one = &work->entries[i];
        if (one->id != 0) {
            work->items[wait->count++] =
                (rl_wait_item){.id = one->id, .site = one->site, .kind = one->kind};
        }
    }
    wait->items = work->items;
    wait->deadline_ms = js_mono_ms(&exchange->relay->world) + exchange->wait_seconds * 1000;
    wait->gone = &exchange->gone;
    wait->job = (rl_job){NULL, finish, exchange};
    rl_waits_add(exchange->relay->waits, wait);
    return true;
}

void rl_events_run(rl_exchange *exchange) {
    events_work *work = calloc(1, sizeof *work);
    exchange->work = work;
    if (work == NULL) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
        rl_exchange_done(exchange);
        return;
    }
    if (!read_documents(exchange, work)) {
        rl_exchange_done(exchange);
        return;
    }
    rl_rate_take(exchange->relay->limits, exchange->caller->name, exchange->caller->rate,
                 (int64_t)work->count, js_mono_ms(&exchange->relay->world));
    bool large = exchange->body.length >= LARGE;
    js_buf_clear(&exchange->body);
    bool stored = submit(exchange, work);
    let_go(exchange, work, large);
    if (!stored) {
        rl_exchange_done(exchange);
        return;
    }
    for (size_t i = 0; i < work->count; i++) {
        if (work->entries[i].id != 0) {
            rl_exchange_id(exchange, work->entries[i].id);
        }
    }
    if (work->count > 0 && work->committed == 0) {
        answer_refused(exchange, work);
        rl_exchange_done(exchange);
        return;
    }
    if (exchange->wait_seconds == 0 || work->committed == 0 || !begin_wait(exchange, work)) {
        finish(exchange);
    }
}
