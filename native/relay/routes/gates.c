/* GET /v1/gates. */
#include "relay/routes/gates.h"

#include "base/text.h"
#include "relay/callers/rule.h"
#include "relay/routes/route.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASK_EVERY_MS = 5000,
    ASK_TIMEOUT_MS = 10000,
    PATIENCE_MS = 12000, /* for the first answer, where nobody said how long to wait */
    FORGET_MS = 60000,
    BUSY_SECONDS = 5
};

/* Somebody who waits for a gate; `work` of its exchange. */
typedef struct gate_wait {
    struct gate_wait *next;
    rl_exchange *exchange;
    int64_t deadline_ms, patience_ms;
} gate_wait;

typedef struct gate {
    struct gate *next;
    rl_gates *gates;
    char *site, *pipeline, *environment;
    int64_t number;
    int64_t asked_ms; /* when the answer came; -1: never */
    bool asking;
    jirasend_code code;
    char *answer; /* the last one; null when the code is not OK */
    char trouble[JIRASEND_ERROR_MESSAGE_SIZE];
    bool open; /* it may still change: awaiting */
    gate_wait *first;
    rl_job job;
} gate;

struct rl_gates {
    rl_relay *relay;
    pthread_mutex_t lock;
    gate *first;
};

rl_gates *rl_gates_new(rl_relay *relay) {
    rl_gates *gates = calloc(1, sizeof *gates);
    if (gates != NULL) {
        gates->relay = relay;
        (void)pthread_mutex_init(&gates->lock, NULL);
    }
    return gates;
}

static void free_gate(gate *old) {
    free(old->site);
    free(old->pipeline);
    free(old->environment);
    jirasend_free(old->answer);
    free(old);
}

void rl_gates_free(rl_gates *gates) {
    if (gates == NULL) {
        return;
    }
    while (gates->first != NULL) {
        gate *old = gates->first;
        gates->first = old->next;
        free_gate(old);
    }
    (void)pthread_mutex_destroy(&gates->lock);
    free(gates);
}

void rl_gate_clear(rl_exchange *exchange) {
    free(exchange->work);
    exchange->work = NULL;
}

static bool read_number(const char *text, int64_t *number) {
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return false;
    }
    *number = strtoll(text, NULL, 10);
    return true;
}

/* The site that is asked for; the only one when none is named. */
static bool find_site(rl_exchange *exchange, js_site *site) {
    const rl_config *config = exchange->config;
    const rl_caller *caller = exchange->caller;
    const char *given = rl_exchange_query(exchange, "site");
    if (given == NULL) {
        given = caller->sites.count == 1                              ? caller->sites.items[0]
                : caller->sites.count == 0 && config->site_count == 1 ? config->sites[0].site.name
                                                                      : NULL;
    }
    if (given == NULL) {
        rl_answer_problem(&exchange->answer, 400, "'site' is needed, as the rule allows several.");
        return false;
    }
    if (js_site_parse(site, given, "site", NULL) != JIRASEND_OK ||
        rl_config_site(config, site->name) == NULL || !rl_rule_has_site(caller, site->name)) {
        rl_answer_problem(&exchange->answer, 403, "The rule '%s' does not allow the site '%.120s'.",
                          caller->name, given);
        return false;
    }
    return true;
}

/* Null: it may be any, as whoever sent the deployment may have said so. */
static const char *type_of(const rl_exchange *exchange, const js_site *site,
                           const char *environment) {
    const char *type =
        rl_site_environment_guess(rl_config_site(exchange->config, site->name), NULL, environment);
    return strcmp(type, "unmapped") != 0 ? type : NULL;
}

void rl_gate_admit(rl_exchange *exchange) {
    js_site site;
    char why[JIRASEND_ERROR_MESSAGE_SIZE];
    int64_t number = 0;
    rl_facts facts = {.kind = "deployment",
                      .pipeline = rl_exchange_query(exchange, "pipelineId"),
                      .environment = rl_exchange_query(exchange, "environmentId")};
    if (facts.pipeline == NULL || facts.environment == NULL || facts.pipeline[0] == '\0' ||
        facts.environment[0] == '\0' ||
        !read_number(rl_exchange_query(exchange, "number"), &number)) {
        rl_answer_problem(&exchange->answer, 400,
                          "'pipelineId', 'environmentId' and 'number' name the deployment.");
        return;
    }
    if (!find_site(exchange, &site)) {
        return;
    }
    facts.site = site.name;
    facts.environment_type = type_of(exchange, &site, facts.environment);
    if (!rl_rule_allows(exchange->caller, exchange->claims, &facts, why, sizeof why)) {
        rl_answer_problem(&exchange->answer, 403, "%s", why);
    }
}

/* With the lock: answers with what is known. */
static void reply(const gate *from, gate_wait *wait) {
    rl_exchange *exchange = wait->exchange;
    if (from->answer != NULL) {
        rl_answer_begin(&exchange->answer, 200, "application/json");
        js_buf_add_text(&exchange->answer.body, from->answer);
        js_buf_add_text(&exchange->answer.body, "\n");
    } else {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "%s",
                        from->trouble[0] != '\0' ? from->trouble : "Jira did not answer in time.");
    }
    rl_exchange_done(exchange);
}

/* With the lock: those who need not wait any longer. */
static void reply_to_some(gate *from, int64_t now) {
    bool fresh = from->asked_ms >= 0 && now - from->asked_ms < ASK_EVERY_MS;
    bool stopping = atomic_load(&from->gates->relay->stopping);
    gate_wait **at = &from->first;
    while (*at != NULL) {
        gate_wait *wait = *at;
        bool known = fresh && !from->open;
        bool late = now >= wait->deadline_ms && (fresh || now >= wait->patience_ms);
        if (known || late || stopping || atomic_load(&wait->exchange->gone)) {
            *at = wait->next;
            reply(from, wait);
        } else {
            at = &wait->next;
        }
    }
}

/* Those who waited for it may have left while others were asked for. True: nobody is left. */
static bool give_up(gate *self) {
    (void)pthread_mutex_lock(&self->gates->lock);
    bool unwanted = self->first == NULL;
    self->asking = self->asking && !unwanted;
    (void)pthread_mutex_unlock(&self->gates->lock);
    return unwanted;
}

/* In the pool for what waits for Jira. */
static void ask(void *context) {
    gate *self = context;
    rl_relay *relay = self->gates->relay;
    if (give_up(self)) {
        return;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    char *answer = NULL;
    query.site = self->site;
    query.pipeline_id = self->pipeline;
    query.environment_id = self->environment;
    query.number = self->number;
    jirasend_code code = rl_core_gate(relay->core, &query, ASK_TIMEOUT_MS, &answer, &error);
    (void)pthread_mutex_lock(&self->gates->lock);
    jirasend_free(self->answer);
    self->answer = code == JIRASEND_OK ? answer : NULL;
    self->code = code;
    memcpy(self->trouble, error.message, sizeof self->trouble);
    self->asking = false;
    self->asked_ms = js_mono_ms(&relay->world);
    self->open = self->answer != NULL && strstr(self->answer, "\"status\":\"awaiting\"") != NULL;
    reply_to_some(self, self->asked_ms);
    (void)pthread_mutex_unlock(&self->gates->lock);
}

/* With the lock. */
static void ask_if_due(gate *self, int64_t now) {
    if (!self->asking && (self->asked_ms < 0 || now - self->asked_ms >= ASK_EVERY_MS)) {
        self->asking = true;
        self->job = (rl_job){NULL, ask, self};
        rl_pool_add(self->gates->relay->ask_pool, &self->job);
    }
}

/* With the lock: the gate, made when it is not there; null when memory is short. */
static gate *find(rl_gates *gates, const char *site, const char *pipeline, const char *environment,
                  int64_t number) {
    for (gate *at = gates->first; at != NULL; at = at->next) {
        if (at->number == number && strcmp(at->pipeline, pipeline) == 0 &&
            strcmp(at->environment, environment) == 0 && strcmp(at->site, site) == 0) {
            return at;
        }
    }
    gate *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    made->gates = gates;
    made->site = js_copy(site);
    made->pipeline = js_copy(pipeline);
    made->environment = js_copy(environment);
    made->number = number;
    made->asked_ms = -1;
    if (made->site == NULL || made->pipeline == NULL || made->environment == NULL) {
        free_gate(made);
        return NULL;
    }
    made->next = gates->first;
    gates->first = made;
    return made;
}

void rl_gate_run(rl_exchange *exchange) {
    rl_gates *gates = exchange->relay->gates;
    js_site site;
    int64_t number = 0;
    gate_wait *wait = calloc(1, sizeof *wait);
    bool good = wait != NULL && find_site(exchange, &site) &&
                read_number(rl_exchange_query(exchange, "number"), &number);
    exchange->work = wait;
    (void)pthread_mutex_lock(&gates->lock);
    gate *found = good ? find(gates, site.name, rl_exchange_query(exchange, "pipelineId"),
                              rl_exchange_query(exchange, "environmentId"), number)
                       : NULL;
    if (found == NULL) {
        rl_answer_later(&exchange->answer, 503, BUSY_SECONDS, "Out of memory.");
        rl_exchange_done(exchange);
    } else {
        int64_t now = js_mono_ms(&exchange->relay->world);
        wait->exchange = exchange;
        wait->deadline_ms = now + exchange->wait_seconds * 1000;
        wait->patience_ms =
            exchange->wait_seconds * 1000 > PATIENCE_MS ? wait->deadline_ms : now + PATIENCE_MS;
        wait->next = found->first;
        found->first = wait;
        reply_to_some(found, now);
        if (found->first != NULL) {
            ask_if_due(found, now);
        }
    }
    (void)pthread_mutex_unlock(&gates->lock);
}

void rl_gates_tick(rl_gates *gates) {
    int64_t now = js_mono_ms(&gates->relay->world);
    (void)pthread_mutex_lock(&gates->lock);
    gate **at = &gates->first;
    while (*at != NULL) {
        gate *one = *at;
        reply_to_some(one, now);
        if (one->first != NULL) {
            ask_if_due(one, now);
        } else if (!one->asking && now - one->asked_ms >= FORGET_MS) {
            *at = one->next;
            free_gate(one);
            continue;
        }
        at = &one->next;
    }
    (void)pthread_mutex_unlock(&gates->lock);
}
