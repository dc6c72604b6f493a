/* What rules look at: the facts of an event, out of its document or its receipt. */
#ifndef RELAY_CALLERS_FACTS_H
#define RELAY_CALLERS_FACTS_H

#include "base/strings.h"

#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rl_facts {
    const char *kind; /* of the texts, these belong to the JSON document; null: absent */
    const char *site; /* as given */
    const char *request_id;
    const char *pipeline, *flag, *environment, *environment_name, *environment_type;
    char *repository;        /* its id, else host and path of its url; owned */
    js_strings repositories; /* further ones that a deployment names */
    bool deletion, history;
    int64_t updated_ms; /* 0: absent */
} rl_facts;

/*
 * Reads them. False: `why` says what is wrong with the document (422), or what is missing that the kind
 * needs. The object must outlive the facts.
 */
bool rl_facts_read(rl_facts *facts, json_object *document, char *why, size_t why_size);
/* Of a receipt. False when what the kind needs is not in it. */
bool rl_facts_of_receipt(rl_facts *facts, json_object *receipt);
void rl_facts_clear(rl_facts *facts);

/* Host in lower case with its port, and path: what a repository without an id is called. Null: no memory. */
char *rl_repository_name(const char *url);

#endif
