/* What Jira knows: every thing of every kind by its key, newest update only. */
#ifndef SB_STORE_H
#define SB_STORE_H

#include "base/buf.h"
#include "base/strings.h"
#include "deletion.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SB_ITEMS_MAX = 250000, /* of a kind; then the items without news for the longest time go */
    SB_UNKNOWN_KEYS_MAX = 1000
};
#define SB_ITEM_BYTES_MAX ((size_t)512 * 1024 * 1024)

typedef enum sb_gate {
    SB_GATE_NONE,
    SB_GATE_AWAITING,
    SB_GATE_ALLOWED,
    SB_GATE_PREVENTED,
    SB_GATE_EXPIRED,
    SB_GATE_INVALID
} sb_gate;

typedef struct sb_item {
    char *key;
    char *text; /* a JSON object without its last brace: what the client sent, and our members */
    size_t length;
    char *issue_keys; /* JSON array of the keys that Jira knows */
    char *properties; /* of the request that brought it: `,"name":"value",...,`; "" without */
    int64_t sequence;
    int64_t received_ms;
    sb_gate gate;
    int64_t gate_ms;
} sb_item;

typedef struct sb_store {
    struct lh_table *items[SB_KINDS]; /* in the order of their last update */
    size_t deleted[SB_KINDS];         /* slots of the table that are waiting to be swept */
    struct lh_table *graves;          /* deleted for good up to a number: store_graves.c */
    sb_deletions deletions;           /* promised, to be done in a moment */
    size_t bytes;
    size_t items_max; /* SB_ITEMS_MAX, less in a test */
    int64_t version;  /* grows with every change */
    int64_t ignored;  /* updates with a sequence number that was not above the stored one */
    js_strings unknown_keys;
} sb_store;

typedef enum sb_stored { SB_STORED, SB_IGNORED, SB_NO_MEMORY } sb_stored;

typedef struct sb_update {
    sb_kind kind;
    const char *key; /* from sb_key_...() */
    int64_t sequence;
    json_object *item; /* changed: our own members are set in it */
    const js_strings *issue_keys;
    int64_t now_ms;
    bool gate;              /* the item asks for a gate */
    const char *properties; /* as in sb_item; null: none */
    const char *repository; /* of development information: the repository's id */
} sb_update;

bool sb_store_open(sb_store *store);
void sb_store_close(sb_store *store);
/* Forgets all; the version goes on. */
void sb_store_reset(sb_store *store);
sb_stored sb_store_put(sb_store *store, const sb_update *update);
/* As it was, at start. False when memory is short. Takes over `item`'s texts. */
bool sb_store_restore(sb_store *store, sb_kind kind, sb_item *item);
sb_item *sb_store_find(const sb_store *store, sb_kind kind, const char *key);
size_t sb_store_count(const sb_store *store, sb_kind kind);
/* False when there is no such item. */
bool sb_store_delete(sb_store *store, sb_kind kind, const char *key);
/* Whether all of these properties, each as `,"name":"value",`, are the item's. */
bool sb_item_has_properties(const sb_item *item, const js_strings *wanted);
void sb_store_unknown_key(sb_store *store, const char *key);

/*
 * Graves. Development information is deleted up to a number: what arrives later with a number that
 * is not above it is ignored. The grave of a repository holds for everything in it.
 */
bool sb_graves_add(sb_store *store, sb_kind kind, const char *key, int64_t sequence);
bool sb_graves_hold(const sb_store *store, sb_kind kind, const char *key, const char *repository,
                    int64_t sequence);
typedef struct sb_grave {
    char *name; /* the kind's name, a space, the key */
    int64_t sequence;
} sb_grave;

/* The key of an item, owned by the caller; null when memory is short. */
char *sb_key_build(const char *pipeline, int64_t number);
char *sb_key_deployment(const char *pipeline, const char *environment, int64_t number);
char *sb_key_entity(const char *repository, const char *id); /* a commit, branch, pull request */
/* Whether the key is of something in that repository. */
bool sb_key_is_in(const char *key, const char *repository);

const char *sb_gate_name(sb_gate gate);
bool sb_gate_from_name(const char *name, sb_gate *gate);

#endif
