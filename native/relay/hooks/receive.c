/* POST /v1/hooks/{name}: from the request to committed events. */
#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "relay/hooks/news.h"
#include "relay/hooks/order.h"
#include "relay/hooks/signature.h"
#include "relay/life/memory.h"
#include "relay/routes/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGE = 256 * 1024,
    WRONG_A_MINUTE = 300,
    BUSY_SECONDS = 5,
    DELIVERY_MAX = 200,
    AHEAD_MS = 5 * 60 * 1000
};

void rl_hook_admit(rl_exchange *exchange) {
    static const char *const types[] = {"application/json", NULL};
    (void)rl_route_type(exchange, types);
}

/* False: the answer is 401, or 429. */
static bool check_signature(rl_exchange *exchange) {
    const rl_hook *hook = exchange->hook;
    const char *given = rl_exchange_header(exchange, rl_signature_header(hook->type));
    const char *body = exchange->body.data != NULL ? exchange->body.data : "";
    if (rl_signature_good(hook, given, body, exchange->body.length)) {
        return true;
    }
    int64_t seconds = rl_wrong_count(exchange->relay->limits, &exchange->address, WRONG_A_MINUTE,
                                     js_mono_ms(&exchange->relay->world));
    if (seconds > 0) {
        rl_answer_later(&exchange->answer, 429, seconds,
                        "Too many wrong credentials came from this address.");
    } else {
        rl_answer_problem(&exchange->answer, 401,
                          "The signature of the webhook is missing or wrong.");
        rl_answer_header(&exchange->answer, "WWW-Authenticate",
                         "Signature realm=\"jirasend-relay\"");
    }
    return false;
}

/* What names this delivery: the git server's own id, else the hash of the body. */
static void delivery_of(const rl_exchange *exchange, char out[DELIVERY_MAX + 1]) {
    static const char *const headers[][2] = {
        [RL_HOOK_GITHUB] = {"X-GitHub-Delivery", NULL},
        [RL_HOOK_GITLAB] = {"Idempotency-Key", "X-Gitlab-Event-UUID"},
        [RL_HOOK_BITBUCKET] = {"X-Request-Id", NULL},
        [RL_HOOK_GITEA] = {"X-Gitea-Delivery", NULL}};
    unsigned char digest[JS_SHA256_SIZE] = {0};
    for (size_t i = 0; i < 2; i++) {
        const char *name = headers[exchange->hook->type][i];
        const char *given = name != NULL ? rl_exchange_header(exchange, name) : NULL;
        if (given != NULL && given[0] != '\0' && strlen(given) <= DELIVERY_MAX &&
            js_utf8_valid(given, strlen(given))) {
            memcpy(out, given, strlen(given) + 1);
            return;
        }
    }
    (void)js_sha256(exchange->body.data, exchange->body.length, digest);
    js_hex(digest, sizeof digest, out);
}

static const char *event_of(const rl_exchange *exchange) {
    static const char *const headers[] = {[RL_HOOK_GITHUB] = "X-GitHub-Event",
                                          [RL_HOOK_GITLAB] = "X-Gitlab-Event",
                                          [RL_HOOK_BITBUCKET] = "X-Event-Key",
                                          [RL_HOOK_GITEA] = "X-Gitea-Event"};
    const char *event = rl_exchange_header(exchange, headers[exchange->hook->type]);
    return event != NULL ? event : "";
}

static void read_payload(const rl_hook *hook, rl_news *news, const char *event,
                         json_object *payload) {
    switch (hook->type) {
    case RL_HOOK_GITHUB:
        rl_hook_github(news, event, payload);
        break;
    case RL_HOOK_GITLAB:
        rl_hook_gitlab(news, event, payload);
        break;
    case RL_HOOK_BITBUCKET:
        rl_hook_bitbucket(news, event, payload);
        break;
    case RL_HOOK_GITEA:
        rl_hook_gitea(news, event, payload);
        break;
    }
    if (news->repository != NULL &&
        !rl_patterns_fit(&hook->repositories, NULL, news->repository, strlen(news->repository))) {
        rl_news_nothing(news, "The hook '%s' is not set up for the repository '%.120s'.",
                        hook->name, news->repository);
        (void)json_object_put(news->documents);
        news->documents = json_object_new_array();
    }
}

/* Which of its kind the document's environment is, as the configuration of the site has it. */
static bool map_environment(const rl_site *site, json_object *document) {
    const char *id = rl_text_at(document, "environment.id");
    const char *type = id != NULL ? rl_site_environment_type(site, id) : NULL;
    return type == NULL || json_object_object_add(rl_at(document, "environment"), "type",
                                                  json_object_new_string(type)) == 0;
}

typedef struct batch {
    rl_submission *items;
    rl_outcome *outcomes;
    size_t count, late;
} batch;

static void batch_clear(batch *made) {
    for (size_t i = 0; i < made->count; i++) {
        free((char *)(uintptr_t)made->items[i].text);
        free((char *)(uintptr_t)made->items[i].scope);
    }
    free(made->items);
    free(made->outcomes);
}

static char *scope_of(const rl_hook *hook, json_object *document) {
    const char *pipeline = rl_text_at(document, "pipelineId");
    const char *repository = rl_text_at(document, "repository.url");
    js_buf scope = JS_BUF_INIT;
    js_buf_addf(&scope, "hook/%s/%s", hook->name,
                pipeline != NULL     ? pipeline
                : repository != NULL ? repository
                                     : "");
    return js_buf_take(&scope);
}

/* False: memory is short. Documents that are older than what was told are left out. */
static bool collect(rl_exchange *exchange, const rl_news *news, batch *out) {
    const rl_hook *hook = exchange->hook;
    const rl_site *site = &exchange->config->sites[hook->site];
    char delivery[DELIVERY_MAX + 1];
    delivery_of(exchange, delivery);
    size_t count = json_object_array_length(news->documents);
    int64_t now = js_wall_ms(&exchange->relay->world);
    int64_t changed =
        news->changed_ms > 0 && news->changed_ms < now + AHEAD_MS ? news->changed_ms : now;
    out->items = calloc(count + 1, sizeof *out->items);
    out->outcomes = calloc(count + 1, sizeof *out->outcomes);
    bool good = out->items != NULL && out->outcomes != NULL;
    for (size_t i = 0; good && i < count; i++) {
        json_object *document = json_object_array_get_idx(news->documents, i);
        char request_id[DELIVERY_MAX + 100];
        js_buf text = JS_BUF_INIT;
        if (!rl_order_admit(exchange->relay->order, document, changed)) {
            out->late++;
            continue;
        }
        (void)snprintf(request_id, sizeof request_id, "%s/%s/%zu", hook->name, delivery, i);
        good = json_object_object_add(document, "requestId", json_object_new_string(request_id)) ==
                   0 &&
               map_environment(site, document);
        js_json_write(&text, document);
        rl_submission *item = &out->items[out->count];
        item->length = text.length;
        item->text = js_buf_take(&text);
        item->scope = scope_of(hook, document);
        out->count++;
        good = good && item->text != NULL && item->scope != NULL;
    }
    return good;
}

/* What became of the documents, and the sentence about the last that was not taken. */
typedef struct tally {
    size_t committed;
    const char *trouble; /* null: all were taken */
    bool later;          /* one found no room, and may when it is delivered again */
} tally;

static tally count_outcomes(rl_exchange *exchange, const batch *made) {
    tally all = {0, NULL, false};
    for (size_t i = 0; i < made->count; i++) {
        const rl_outcome *outcome = &made->outcomes[i];
        if (outcome->code == JIRASEND_OK) {
            all.committed++;
            rl_exchange_id(exchange, outcome->id);
        } else {
            all.trouble = outcome->message;
            all.later = all.later || (outcome->code != JIRASEND_E_DOCUMENT &&
                                      outcome->code != JIRASEND_E_ARGUMENT);
        }
    }
    return all;
}

static void answer(rl_exchange *exchange, const rl_news *news, const batch *made) {
    js_buf *body = &exchange->answer.body;
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    const tally all = count_outcomes(exchange, made);
    size_t committed = all.committed;
    if (all.later) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", all.trouble);
        return;
    }
    if (made->count > 0 && committed == 0) {
        rl_answer_problem(&exchange->answer, 400, "%s", all.trouble);
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "%zu %s taken.%s%s%s%s", committed,
                   committed == 1 ? "event was" : "events were",
                   made->late > 0 ? " Some are superseded: newer ones came before them." : "",
                   news->sentence[0] != '\0' ? " " : "", news->sentence,
                   all.trouble != NULL ? " Some could not be taken." : "");
    rl_answer_begin(&exchange->answer, 202, "application/json");
    js_buf_add_text(body, "{\"message\":");
    js_json_write_string(body, made->count + made->late > 0 || news->sentence[0] == '\0'
                                   ? sentence
                                   : news->sentence);
    js_buf_addf(body, ",\"events\":%zu}\n", committed);
}

static void tell(rl_exchange *exchange, const rl_news *news) {
    batch made = {0};
    const js_strings no_projects = JS_STRINGS_INIT;
    const rl_sender sender = {.origin = exchange->hook->name, .projects = &no_projects};
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code = JIRASEND_OK;
    if (news->failed || !collect(exchange, news, &made)) {
        code = js_fail_memory(&error);
    } else if (made.count > 0) {
        code = rl_core_submit(exchange->relay->core, &sender, made.items, made.count, made.outcomes,
                              &error);
    }
    if (code != JIRASEND_OK) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
    } else {
        answer(exchange, news, &made);
    }
    if (news->unknown) {
        rl_core_count(exchange->relay->core, "relay_hooks_without_news");
    }
    batch_clear(&made);
}

void rl_hook_run(rl_exchange *exchange) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_news news;
    if (!check_signature(exchange)) {
        rl_exchange_done(exchange);
        return;
    }
    json_object *payload = js_json_parse(exchange->body.data != NULL ? exchange->body.data : "",
                                         exchange->body.length, JS_JSON_ANSWER, &error);
    if (payload == NULL || !json_object_is_type(payload, json_type_object)) {
        rl_answer_problem(&exchange->answer, 400, "%s",
                          payload == NULL ? error.message : "The payload must be a JSON object.");
    } else if (!rl_news_init(&news, exchange->config->sites[exchange->hook->site].site.name)) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
    } else {
        read_payload(exchange->hook, &news, event_of(exchange), payload);
        tell(exchange, &news);
        rl_news_clear(&news);
    }
    (void)json_object_put(payload);
    if (exchange->body.length >= LARGE) {
        rl_memory_give_back();
    }
    rl_exchange_done(exchange);
}
