/* One document of a post to /v1/events, from its text to what is submitted. */
#ifndef RELAY_ROUTES_ENTRY_H
#define RELAY_ROUTES_ENTRY_H

#include "relay/listen/exchange.h"

enum { RL_IDEMPOTENCY_KEY_MAX = 200 };

typedef struct rl_entry {
    size_t line;   /* where it begins in the body */
    int refused;   /* the status it is refused with; 0: it was not */
    char *error;   /* the sentence then */
    int64_t id;    /* once it is committed */
    bool fresh;    /* by this post, not by an earlier one with its requestId */
    char *text;    /* what is submitted */
    char *receipt; /* as of the commit, freed with jirasend_free(); null: it has to be read */
    char *scope, *site, *kind;
    json_object *dropped; /* given keys that the rule drops; null: none */
} rl_entry;

void rl_entry_clear(rl_entry *one);
/* Always false, for the caller to return. */
bool rl_entry_refuse(rl_entry *one, int status, size_t line, const char *sentence);
/* Fills in a fresh entry: its text, or the refusal. `index` is its place in the post. */
void rl_entry_judge(const rl_exchange *exchange, json_object *document, rl_entry *one, size_t index,
                    size_t line);

#endif
