/* Deletions that Jira has promised: it answers 202 at once, and deletes a moment later. */
#ifndef SB_DELETION_H
#define SB_DELETION_H

#include "base/strings.h"
#include "kind.h"

#include <stddef.h>
#include <stdint.h>

struct sb_store;

enum { SB_DELETIONS_MAX = 100000, SB_EVENTUALLY_MS = 100 };

typedef struct sb_deletion {
    struct sb_deletion *next;
    int64_t due_ms; /* of the monotonic clock */
    sb_kind kind;
    char *key;             /* null: by properties */
    js_strings properties; /* each `,"name":"value",` */
    int64_t sequence;      /* what is newer stays; INT64_MAX: nothing stays */
} sb_deletion;

typedef struct sb_deletions {
    sb_deletion *first, **last; /* in the order they are due; `last` is null while there is none */
    size_t count;
} sb_deletions;

/* Takes over the key and the properties. False when memory is short or too many wait. */
bool sb_deletions_add(sb_deletions *deletions, const sb_deletion *deletion);
/* Deletes what is due at `now_ms`; says in how many ms there will be more (-1: nothing waits). */
int64_t sb_deletions_run(struct sb_store *store, int64_t now_ms);
void sb_deletions_clear(sb_deletions *deletions);

#endif
