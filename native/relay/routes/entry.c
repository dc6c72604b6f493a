/* One document of a post: what the rule says to it, and what the relay writes into it. */
#include "relay/routes/entry.h"

#include "base/text.h"
#include "event/json.h"
#include "event/words.h"
#include "relay/callers/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    AHEAD_MS = 5 * 60 * 1000, /* how far a clock may be ahead */
    WHY_SIZE = JIRASEND_ERROR_MESSAGE_SIZE
};

void rl_entry_clear(rl_entry *one) {
    free(one->error);
    free(one->text);
    jirasend_free(one->receipt);
    free(one->scope);
    free(one->site);
    free(one->kind);
    (void)json_object_put(one->dropped);
    *one = (rl_entry){0};
}

bool rl_entry_refuse(rl_entry *one, int status, size_t line, const char *sentence) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "Line %zu: %s", line, sentence);
    one->line = line;
    one->refused = status;
    one->error = js_buf_take(&text);
    return false;
}

/* A document's site must be a configured one, before anything else is looked at. */
static bool settle_site(const rl_exchange *exchange, json_object *document, rl_entry *one,
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
            return rl_entry_refuse(one, 422, line,
                                   "The document needs 'site', as the rule allows several.");
        }
        one->site = js_copy(only);
        return json_object_object_add(document, "site", json_object_new_string(only)) == 0;
    }
    if (!json_object_is_type(value, json_type_string)) {
        return rl_entry_refuse(one, 422, line, "'site' must be a text.");
    }
    if (js_site_parse(&site, json_object_get_string(value), "site", NULL) != JIRASEND_OK ||
        rl_config_site(exchange->config, site.name) == NULL ||
        !rl_rule_has_site(caller, site.name)) {
        (void)snprintf(why, sizeof why, "The rule '%s' does not allow the site '%.120s'.",
                       caller->name, json_object_get_string(value));
        return rl_entry_refuse(one, 403, line, why);
    }
    one->site = js_copy(site.name);
    return true;
}

/*
 * The type of the environment: by the site's patterns, else as given, else by its words. Where the type
 * decides, it is written down, so that what was judged is what is sent. A deletion has no type: it is
 * judged by what its id says, or one who may not touch production could delete it.
 */
static bool settle_environment(const rl_exchange *exchange, json_object *document, rl_facts *facts,
                               const char *site_name) {
    const rl_site *site = rl_config_site(exchange->config, site_name);
    const char *type = NULL;
    json_object *environment = NULL;
    if (facts->environment == NULL ||
        !json_object_object_get_ex(document, "environment", &environment)) {
        return true;
    }
    type = rl_site_environment_type(site, facts->environment);
    if (type == NULL && exchange->caller->environment_types.count == 0) {
        return true;
    }
    if (type == NULL && facts->environment_type == NULL) {
        type = rl_site_environment_guess(site, facts->environment_name, facts->environment);
    } else if (type == NULL) {
        type =
            js_environment_type_word(facts->environment_type); /* an unknown one is refused later */
    }
    if (type != NULL) {
        if (!facts->deletion &&
            json_object_object_add(environment, "type", json_object_new_string(type)) != 0) {
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
    char request_id[RL_IDEMPOTENCY_KEY_MAX + 24];
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
static bool drop_given_keys(const js_strings *projects, json_object *holder, rl_entry *one) {
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

static bool drop_keys(const rl_exchange *exchange, json_object *document, rl_entry *one) {
    json_object *last = NULL;
    const js_strings *projects = &exchange->caller->projects;
    (void)json_object_object_get_ex(document, "lastCommit", &last);
    return drop_given_keys(projects, document, one) && drop_given_keys(projects, last, one);
}

static bool judge_facts(const rl_exchange *exchange, json_object *document, rl_facts *facts,
                        rl_entry *one, size_t line) {
    char why[WHY_SIZE];
    if (!rl_facts_read(facts, document, why, sizeof why)) {
        return rl_entry_refuse(one, 422, line, why);
    }
    facts->site = one->site;
    one->kind = js_copy(facts->kind);
    one->scope = scope_of(exchange, facts);
    if (one->site == NULL || one->kind == NULL || one->scope == NULL ||
        !settle_environment(exchange, document, facts, one->site)) {
        return rl_entry_refuse(one, 503, line, "Out of memory.");
    }
    if (!rl_rule_allows(exchange->caller, exchange->claims, facts, why, sizeof why)) {
        return rl_entry_refuse(one, 403, line, why);
    }
    if (facts->updated_ms > js_wall_ms(&exchange->relay->world) + AHEAD_MS) {
        return rl_entry_refuse(one, 422, line,
                               "'updatedAt' is more than five minutes in the future.");
    }
    if (names_origin(document)) {
        return rl_entry_refuse(one, 422, line,
                               "The property 'jirasend' is the relay's own; leave it out.");
    }
    return true;
}

void rl_entry_judge(const rl_exchange *exchange, json_object *document, rl_entry *one, size_t index,
                    size_t line) {
    one->line = line;
    rl_facts facts = {0};
    js_buf text = JS_BUF_INIT;
    if (!json_object_is_type(document, json_type_object)) {
        (void)rl_entry_refuse(one, 422, line, "A document must be a JSON object.");
        return;
    }
    if (settle_site(exchange, document, one, line) &&
        judge_facts(exchange, document, &facts, one, line)) {
        if (give_request_id(exchange, document, index) && drop_keys(exchange, document, one)) {
            js_json_write(&text, document);
            one->text = js_buf_take(&text);
        }
        if (one->text == NULL) {
            (void)rl_entry_refuse(one, 503, line, "Out of memory.");
        }
    }
    rl_facts_clear(&facts);
}
