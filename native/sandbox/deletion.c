/* Deletions, by properties and of single things. */
#include "deletion.h"

#include "store.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

static void deletion_free(sb_deletion *deletion) {
    free(deletion->key);
    js_strings_clear(&deletion->properties);
    free(deletion);
}

void sb_deletions_clear(sb_deletions *deletions) {
    while (deletions->first != NULL) {
        sb_deletion *next = deletions->first->next;
        deletion_free(deletions->first);
        deletions->first = next;
    }
    *deletions = (sb_deletions){0};
}

bool sb_deletions_add(sb_deletions *deletions, const sb_deletion *deletion) {
    sb_deletion *own = calloc(1, sizeof *own);
    if (own == NULL || deletions->count >= SB_DELETIONS_MAX) {
        free(own);
        return false;
    }
    *own = *deletion;
    own->next = NULL;
    if (deletions->last == NULL) {
        deletions->first = own;
    } else {
        *deletions->last = own;
    }
    deletions->last = &own->next;
    deletions->count++;
    return true;
}

static void delete_up_to(sb_store *store, sb_kind kind, const char *key, int64_t sequence) {
    const sb_item *item = sb_store_find(store, kind, key);
    if (item != NULL && item->sequence <= sequence) {
        (void)sb_store_delete(store, kind, key);
    }
}

/* All that lies in the repository, up to that number. */
static void empty_repository(sb_store *store, const char *repository, int64_t sequence) {
    for (int kind = SB_COMMIT; kind <= SB_PULL_REQUEST; kind++) {
        /* A deletion may rebuild the table, so what to delete is found first. */
        js_strings keys = JS_STRINGS_INIT;
        for (const struct lh_entry *entry = store->items[kind]->head; entry != NULL;
             entry = entry->next) {
            const sb_item *item = lh_entry_v(entry);
            if (sb_key_is_in(item->key, repository) && item->sequence <= sequence) {
                (void)js_strings_add(&keys, item->key, strlen(item->key));
            }
        }
        for (size_t i = 0; i < keys.count; i++) {
            (void)sb_store_delete(store, (sb_kind)kind, keys.items[i]);
        }
        js_strings_clear(&keys);
    }
}

static void delete_key(sb_store *store, sb_kind kind, const char *key, int64_t sequence) {
    if (kind == SB_REPOSITORY) {
        empty_repository(store, key, sequence);
    }
    delete_up_to(store, kind, key, sequence);
}

static void delete_matching(sb_store *store, sb_kind kind, const js_strings *properties) {
    js_strings keys = JS_STRINGS_INIT;
    for (const struct lh_entry *entry = store->items[kind]->head; entry != NULL;
         entry = entry->next) {
        const sb_item *item = lh_entry_v(entry);
        if (sb_item_has_properties(item, properties)) {
            (void)js_strings_add(&keys, item->key, strlen(item->key));
        }
    }
    for (size_t i = 0; i < keys.count; i++) {
        delete_key(store, kind, keys.items[i], INT64_MAX);
    }
    js_strings_clear(&keys);
}

int64_t sb_deletions_run(sb_store *store, int64_t now_ms) {
    sb_deletions *deletions = &store->deletions;
    while (deletions->first != NULL && deletions->first->due_ms <= now_ms) {
        sb_deletion *deletion = deletions->first;
        if (deletion->key == NULL) {
            delete_matching(store, deletion->kind, &deletion->properties);
        } else {
            delete_key(store, deletion->kind, deletion->key, deletion->sequence);
        }
        deletions->first = deletion->next;
        deletions->last = deletion->next == NULL ? NULL : deletions->last;
        deletions->count--;
        deletion_free(deletion);
    }
    return deletions->first == NULL ? -1 : deletions->first->due_ms - now_ms;
}
