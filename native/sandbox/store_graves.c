/* What was deleted up to a number, so that an older update that arrives late stays away. */
#include "store.h"

#include <json-c/linkhash.h>
#include <stdlib.h>

/* `repositories REPOSITORY`, `commits REPOSITORY HASH`: one table for all kinds. */
static char *grave_name(sb_kind kind, const char *key) {
    js_buf name = JS_BUF_INIT;
    js_buf_addf(&name, "%s %s", sb_kind_name(kind), key);
    return js_buf_take(&name);
}

/* A tenth at a time: rebuilding the table sweeps the slots of the deleted. */
static void forget_oldest(struct lh_table *graves) {
    for (int left = graves->count / 10 + 1; left > 0 && graves->head != NULL; left--) {
        (void)lh_table_delete_entry(graves, graves->head);
    }
    (void)lh_table_resize(graves, graves->size);
}

bool sb_graves_add(sb_store *store, sb_kind kind, const char *key, int64_t sequence) {
    char *name = grave_name(kind, key);
    if (name == NULL) {
        return false;
    }
    struct lh_entry *entry = lh_table_lookup_entry(store->graves, name);
    sb_grave *grave = entry == NULL ? NULL : lh_entry_v(entry);
    if (grave != NULL) {
        free(name);
        grave->sequence = sequence > grave->sequence ? sequence : grave->sequence;
        store->version++;
        return true;
    }
    if ((size_t)lh_table_length(store->graves) >= store->items_max) {
        forget_oldest(store->graves);
    }
    grave = calloc(1, sizeof *grave);
    if (grave == NULL) {
        free(name);
        return false;
    }
    *grave = (sb_grave){name, sequence};
    if (lh_table_insert(store->graves, name, grave) != 0) {
        free(name);
        free(grave);
        return false;
    }
    store->version++;
    return true;
}

static bool holds(const sb_store *store, sb_kind kind, const char *key, int64_t sequence) {
    char *name = grave_name(kind, key);
    struct lh_entry *entry = name == NULL ? NULL : lh_table_lookup_entry(store->graves, name);
    free(name);
    return entry != NULL && sequence <= ((const sb_grave *)lh_entry_v(entry))->sequence;
}

bool sb_graves_hold(const sb_store *store, sb_kind kind, const char *key, const char *repository,
                    int64_t sequence) {
    if (lh_table_length(store->graves) == 0) {
        return false;
    }
    return holds(store, kind, key, sequence) ||
           (repository != NULL && holds(store, SB_REPOSITORY, repository, sequence));
}
