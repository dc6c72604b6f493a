/* POST /v1/events: documents in, receipts out. */
#include "base/error.h"
#include "base/text.h"
#include "event/environment.h"
#include "event/json.h"
#include "event/words.h"
#include "relay/callers/rule.h"
#include "relay/routes/documents.h"
#include "relay/routes/receipt_lines.h"
#include "relay/routes/route.h"
#include "relay/routes/waits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DOCUMENTS_MAX = 10000,
    KEY_MAX = 200,
    AHEAD_MS = 5 * 60 * 1000, /* how far a clock may be ahead */
    WHY_SIZE = JIRASEND_ERROR_MESSAGE_SIZE,
    BUSY_SECONDS = 5
};

/* One document of the body. */
typedef struct entry {
    int refused; /* the status it is refused with; 0: it was not */
    char *error; /* the sentence then */
    int64_t id;  /* once it is committed */
    char *text;  /* what is submitted */
    char *scope, *site, *kind;
    json_object *dropped; /* given keys that the rule drops; null: none */
} entry;

typedef struct events_work {
    entry *entries;
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
        entry *one = &work->entries[i];
        free(one->error);
        free(one->text);
        free(one->scope);
        free(one->site);
        free(one->kind);
        (void)json_object_put(one->dropped);
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
    return length >= 1 && length <= KEY_MAX;
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

static bool refuse(entry *one, int status, size_t line, const char *sentence) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Line %zu: %s", line, sentence);
    one->refused = status;
    one->error = js_buf_take(&text);
    return false;
}

/* A document's site must be a configured one, before anything else is looked at. */
static bool settle_site(const rl_exchange *exchange, json_object *document, entry *one,
                        size_t line) {
    const rl_caller *caller = exchange->caller;
    json_object *value = NULL;
    js_site site;
    char why[WHY_SIZE];
    if (!json_object_object_get_ex(document, "site", &value)) {
        const char *only = caller->sites.count == 1 ? caller->sites.items[0]
                           : caller->sites.count == 0 && exchange->config->site_count == 1
                               ? exchange->config->sites[0].site.name
                               : NULL;
        if (only == NULL) {
            return refuse(one, 422, line, "The document needs 'site', as the rule has several.");
        }
        one->site = js_copy(only);
        return json_object_object_add(document, "site", json_object_new_string(only)) == 0;
    }
    if (!json_object_is_type(value, json_type_string)) {
        return refuse(one, 422, line, "'site' must be a text.");
    }
    if (js_site_parse(&site, json_object_get_string(value), "site", NULL) != JIRASEND_OK ||
        rl_config_site(exchange->config, site.name) == NULL ||
        !rl_rule_has_site(caller, site.name)) {
        (void)snprintf(why, sizeof why, "The rule '%s' does not allow the site '%.120s'.",
                       caller->name, json_object_get_string(value));
        return refuse(one, 403, line, why);
    }
    one->site = js_copy(site.name);
    return true;
}

/*
 * The type of the environment: by the site's patterns, else as given, else by its words. Where the type
 * decides, it is written down, so that what was judged is what is sent.
 */
static bool settle_environment(const rl_exchange *exchange, json_object *document, rl_facts *facts,
                               const char *site_name) {
    const rl_site *site = rl_config_site(exchange->config, site_name);
    const char *type = NULL;
    json_object *environment = NULL;
    if (facts->environment == NULL ||
        !json_object_object_get_ex(document, "environment", &environment) || facts->deletion) {
        return true;
    }
    for (size_t i = 0; i < site->environments.count && type == NULL; i++) {
        if (rl_pattern_fits(&site->environments.items[i], NULL, facts->environment,
                            strlen(facts->environment))) {
            type = site->environment_types.items[i];
        }
    }
    if (type == NULL && exchange->caller->environment_types.count == 0) {
        return true;
    }
    if (type == NULL && facts->environment_type == NULL) {
        type = js_environment_type_name(
            js_environment_map(facts->environment_name, facts->environment));
    } else if (type == NULL) {
        type =
            js_environment_type_word(facts->environment_type); /* an unknown one is refused later */
    }
    if (type != NULL) {
        if (json_object_object_add(environment, "type", json_object_new_string(type)) != 0) {
            return false;
        }
        facts->environment_type = type;
    }
    return true;
}

static bool names_origin(json_object *document) {
    json_object *properties = NULL;
    return json_object_object_get_ex(document, "properties", &properties) &&
           json_object_is_type(properties, json_type_object) &&
           json_object_object_get_ex(properties, "jirasend", NULL);
}

/* Whom the requestId belongs to: the caller, and what the event is about. */
static char *scope_of(const rl_exchange *exchange, const rl_facts *facts) {
    js_buf scope = JS_BUF_INIT;
    js_buf_addf(&scope, "caller/%s/%s", exchange->caller->name,
                facts->pipeline != NULL     ? facts->pipeline
                : facts->flag != NULL       ? facts->flag
                : facts->repository != NULL ? facts->repository
                                            : "");
    return js_buf_take(&scope);
}

static bool give_request_id(const rl_exchange *exchange, json_object *document, size_t index) {
    const char *key = rl_exchange_header(exchange, "Idempotency-Key");
    char request_id[KEY_MAX + 24];
    if (key == NULL || json_object_object_get_ex(document, "requestId", NULL)) {
        return true;
    }
    (void)snprintf(request_id, sizeof request_id, "%s/%zu", key, index);
    return json_object_object_add(document, "requestId", json_object_new_string(request_id)) == 0;
}

/* Whether the key is of one of the rule's projects. */
static bool is_of_projects(const js_strings *projects, const char *key) {
    const char *dash = strrchr(key, '-');
    for (size_t i = 0; dash != NULL && i < projects->count; i++) {
        const char *project = projects->items[i];
        if (strlen(project) == (size_t)(dash - key) &&
            strncasecmp(project, key, (size_t)(dash - key)) == 0) {
            return true;
        }
    }
    return dash == NULL; /* no key at all: the core says so */
}

/* Keys that are given name an issue, whatever `projects` says to the search: the rule drops them here. */
static bool drop_given_keys(const js_strings *projects, json_object *holder, entry *one) {
    json_object *keys = NULL;
    if (projects->count == 0 || !json_object_is_type(holder, json_type_object) ||
        !json_object_object_get_ex(holder, "issueKeys", &keys) ||
        !json_object_is_type(keys, json_type_array)) {
        return true;
    }
    size_t i = 0;
    while (i < json_object_array_length(keys)) {
        json_object *key = json_object_array_get_idx(keys, i);
        if (!json_object_is_type(key, json_type_string) ||
            is_of_projects(projects, json_object_get_string(key))) {
            i++;
            continue;
        }
        one->dropped = one->dropped != NULL ? one->dropped : json_object_new_array();
        if (one->dropped == NULL ||
            json_object_array_add(one->dropped, json_object_get(key)) != 0 ||
            json_object_array_del_idx(keys, i, 1) != 0) {
            return false;
        }
    }
    return true;
}

static bool drop_keys(const rl_exchange *exchange, json_object *document, entry *one) {
    json_object *last = NULL;
    const js_strings *projects = &exchange->caller->projects;
    (void)json_object_object_get_ex(document, "lastCommit", &last);
    return drop_given_keys(projects, document, one) && drop_given_keys(projects, last, one);
}

static bool judge_facts(const rl_exchange *exchange, json_object *document, rl_facts *facts,
                        entry *one, size_t line) {
    char why[WHY_SIZE];
    if (!rl_facts_read(facts, document, why, sizeof why)) {
        return refuse(one, 422, line, why);
    }
    facts->site = one->site;
    one->kind = js_copy(facts->kind);
    one->scope = scope_of(exchange, facts);
    if (one->site == NULL || one->kind == NULL || one->scope == NULL ||
        !settle_environment(exchange, document, facts, one->site)) {
        return refuse(one, 503, line, "Out of memory.");
    }
    if (!rl_rule_allows(exchange->caller, exchange->claims, facts, why, sizeof why)) {
        return refuse(one, 403, line, why);
    }
    if (facts->updated_ms > js_wall_ms(&exchange->relay->world) + AHEAD_MS) {
        return refuse(one, 422, line, "'updatedAt' is more than five minutes in the future.");
    }
    if (names_origin(document)) {
        return refuse(one, 422, line, "The property 'jirasend' is the relay's own; leave it out.");
    }
    return true;
}

static void judge(const rl_exchange *exchange, json_object *document, entry *one, size_t index,
                  size_t line) {
    rl_facts facts = {0};
    js_buf text = JS_BUF_INIT;
    if (!json_object_is_type(document, json_type_object)) {
        (void)refuse(one, 422, line, "A document must be a JSON object.");
        return;
    }
    if (settle_site(exchange, document, one, line) &&
        judge_facts(exchange, document, &facts, one, line)) {
        if (give_request_id(exchange, document, index) && drop_keys(exchange, document, one)) {
            js_json_write(&text, document);
            one->text = js_buf_take(&text);
        }
        if (one->text == NULL) {
            (void)refuse(one, 503, line, "Out of memory.");
        }
    }
    rl_facts_clear(&facts);
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
            entry *grown = realloc(work->entries, capacity * sizeof *grown);
            if (grown == NULL) {
                (void)json_object_put(piece.object);
                rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
                return false;
            }
            work->entries = grown;
            work->capacity = capacity;
        }
        entry *one = &work->entries[work->count++];
        *one = (entry){0};
        if (piece.object == NULL) {
            (void)refuse(one, 422, piece.line, error.message);
        } else {
            judge(exchange, piece.object, one, work->count - 1, piece.line);
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
        entry *one = &work->entries[i];
        if (one->refused != 0) {
            continue;
        }
        const rl_outcome *outcome = &outcomes[at++];
        if (outcome->code == JIRASEND_OK) {
            one->id = outcome->id;
            work->committed++;
        } else {
            one->refused = status_of(outcome->code);
            one->error = js_copy(outcome->message);
        }
    }
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
        const entry *one = &work->entries[i];
        if (one->refused == 0) {
            items[count++] = (rl_submission){one->text, strlen(one->text), one->scope};
        }
    }
    if (code == JIRASEND_OK && count > 0) {
        const rl_sender sender = {exchange->caller->origin, &exchange->caller->projects};
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

static void write_refused(js_buf *out, const entry *one, size_t index) {
    js_buf_addf(out, "{\"index\":%zu,\"error\":", index);
    js_json_write_string(out, one->error != NULL ? one->error : "Out of memory.");
    js_buf_addf(out, ",\"errorStatus\":%d}", one->refused);
}

/* What is said when nothing was committed: what may pass when tried again, else 403 before 422. */
static void answer_refused(rl_exchange *exchange, const events_work *work) {
    static const int order[] = {503, 403, 422};
    rl_answer *answer = &exchange->answer;
    const entry *first = NULL;
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
    answer->body.length -= 2; /* "}\n", to be written again behind the errors */
    js_buf_add_text(&answer->body, ",\"errors\":[");
    for (size_t i = 0; i < work->count; i++) {
        js_buf_add_text(&answer->body, i > 0 ? "," : "");
        write_refused(&answer->body, &work->entries[i], i);
    }
    js_buf_add_text(&answer->body, "]}\n");
}

/* Behind a receipt, inside its braces: what the rule took out of the given keys. */
static void write_dropped(js_buf *out, const entry *one) {
    if (one->dropped != NULL && !out->failed) {
        out->length--;
        js_buf_add_text(out, ",\"droppedByRule\":");
        js_json_write(out, one->dropped);
        js_buf_add_text(out, "}");
    }
}

/* A line for each document, in order. */
static void finish(void *context) {
    rl_exchange *exchange = context;
    const events_work *work = exchange->work;
    rl_answer_begin(&exchange->answer, 200, "application/x-ndjson");
    for (size_t i = 0; i < work->count; i++) {
        const entry *one = &work->entries[i];
        if (one->id == 0) {
            write_refused(&exchange->answer.body, one, i);
        } else {
            rl_receipt_line(&exchange->answer.body, exchange->relay, one->id, (int64_t)i);
            write_dropped(&exchange->answer.body, one);
        }
        js_buf_add_text(&exchange->answer.body, "\n");
    }
    rl_exchange_done(exchange);
}

static bool begin_wait(rl_exchange *exchange, events_work *work) {
    work->items = calloc(work->committed, sizeof *work->items);
    if (work->items == NULL) {
        return false;
    }
    rl_wait *wait = &work->wait;
    for (size_t i = 0; i < work->count; i++) {
        const entry *one = &work->entries[i];
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
    js_buf_clear(&exchange->body);
    if (!submit(exchange, work)) {
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
