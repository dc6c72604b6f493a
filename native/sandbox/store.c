/* What this Jira knows. */
#include "store.h"

#include "base/text.h"
#include "event/json.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

static const char *const gate_names[] = {"none",      "awaiting", "allowed",
                                         "prevented", "expired",  "invalid"};

const char *sb_gate_name(sb_gate gate) {
    return gate_names[gate];
}

bool sb_gate_from_name(const char *name, sb_gate *gate) {
    for (size_t i = 0; i < sizeof gate_names / sizeof *gate_names; i++) {
        if (strcmp(gate_names[i], name) == 0) {
            *gate = (sb_gate)i;
            return true;
        }
    }
    return false;
}

/* The unit separator keeps the parts apart; JSON texts of ids may hold it, but never in all parts. */
char *sb_key_build(const char *pipeline, int64_t number) {
    js_buf key = JS_BUF_INIT;
    js_buf_addf(&key, "%lld\x1f%s", (long long)number, pipeline);
    return js_buf_take(&key);
}

char *sb_key_deployment(const char *pipeline, const char *environment, int64_t number) {
    js_buf key = JS_BUF_INIT;
    js_buf_addf(&key, "%lld\x1f%zu\x1f%s\x1f%s", (long long)number, strlen(pipeline), pipeline,
                environment);
    return js_buf_take(&key);
}

char *sb_key_entity(const char *repository, const char *id) {
    js_buf key = JS_BUF_INIT;
    js_buf_addf(&key, "%s\x1f%s", repository, id);
    return js_buf_take(&key);
}

bool sb_key_is_in(const char *key, const char *repository) {
    size_t length = strlen(repository);
    return strncmp(key, repository, length) == 0 && key[length] == '\x1f';
}

static void item_free(sb_item *item) {
    free(item->properties);
    free(item->key);
    free(item->text);
    free(item->issue_keys);
    free(item);
}

static void entry_free(struct lh_entry *entry) {
    item_free(lh_entry_v(entry));
}

static void grave_free(struct lh_entry *entry) {
    sb_grave *grave = lh_entry_v(entry);
    free(grave->name);
    free(grave);
}

bool sb_store_open(sb_store *store) {
    *store = (sb_store){.items_max = SB_ITEMS_MAX, .version = 1};
    bool ok = true;
    for (int kind = 0; kind < SB_KINDS; kind++) {
        store->items[kind] = lh_kchar_table_new(FIRST_SIZE, entry_free);
        ok = ok && store->items[kind] != NULL;
    }
    store->graves = lh_kchar_table_new(FIRST_SIZE, grave_free);
    if (!ok || store->graves == NULL) {
        sb_store_close(store);
        return false;
    }
    return true;
}

void sb_store_close(sb_store *store) {
    for (int kind = 0; kind < SB_KINDS; kind++) {
        if (store->items[kind] != NULL) {
            lh_table_free(store->items[kind]);
        }
    }
    if (store->graves != NULL) {
        lh_table_free(store->graves);
    }
    sb_deletions_clear(&store->deletions);
    js_strings_clear(&store->unknown_keys);
    *store = (sb_store){0};
}

static void empty(struct lh_table *table) {
    while (table->head != NULL) {
        (void)lh_table_delete_entry(table, table->head);
    }
    (void)lh_table_resize(table, FIRST_SIZE);
}

void sb_store_reset(sb_store *store) {
    for (int kind = 0; kind < SB_KINDS; kind++) {
        empty(store->items[kind]);
        store->deleted[kind] = 0;
    }
    empty(store->graves);
    sb_deletions_clear(&store->deletions);
    js_strings_clear(&store->unknown_keys);
    store->bytes = 0;
    store->ignored = 0;
    store->version++;
}

sb_item *sb_store_find(const sb_store *store, sb_kind kind, const char *key) {
    struct lh_entry *entry = lh_table_lookup_entry(store->items[kind], key);
    return entry == NULL ? NULL : lh_entry_v(entry);
}

size_t sb_store_count(const sb_store *store, sb_kind kind) {
    return (size_t)lh_table_length(store->items[kind]);
}

/* Makes room. A tenth at a time, since the deleted slots are only swept by rebuilding the table. */
static void forget_oldest(sb_store *store, sb_kind kind) {
    struct lh_table *table = store->items[kind];
    size_t goal = (size_t)table->count - (size_t)table->count / 10 - 1;
    while ((size_t)table->count > goal && table->head != NULL) {
        store->bytes -= ((sb_item *)lh_entry_v(table->head))->length;
        (void)lh_table_delete_entry(table, table->head);
    }
    (void)lh_table_resize(table, table->size);
}

bool sb_store_delete(sb_store *store, sb_kind kind, const char *key) {
    struct lh_table *table = store->items[kind];
    struct lh_entry *entry = lh_table_lookup_entry(table, key);
    if (entry == NULL) {
        return false;
    }
    store->bytes -= ((sb_item *)lh_entry_v(entry))->length;
    (void)lh_table_delete_entry(table, entry);
    store->version++;
    if (++store->deleted[kind] > (size_t)table->size / 4) {
        /* A table without an empty slot is searched to its end for each key that it lacks. */
        (void)lh_table_resize(table, table->size);
        store->deleted[kind] = 0;
    }
    return true;
}

bool sb_item_has_properties(const sb_item *item, const js_strings *wanted) {
    for (size_t i = 0; i < wanted->count; i++) {
        if (item->properties == NULL || strstr(item->properties, wanted->items[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool insert(sb_store *store, sb_kind kind, sb_item *item) {
    struct lh_table *table = store->items[kind];
    struct lh_entry *old = lh_table_lookup_entry(table, item->key);
    if (old != NULL) {
        /* Delete and insert again: this puts it at the end of the order. */
        store->bytes -= ((sb_item *)lh_entry_v(old))->length;
        (void)lh_table_delete_entry(table, old);
    }
    while (table->count > 0 && ((size_t)table->count >= store->items_max ||
                                (store->bytes + item->length > SB_ITEM_BYTES_MAX))) {
        forget_oldest(store, kind);
    }
    if (lh_table_insert(table, item->key, item) != 0) {
        return false;
    }
    store->bytes += item->length;
    return true;
}

static bool set_member(json_object *object, const char *name, json_object *value) {
    if (value == NULL || json_object_object_add(object, name, value) != 0) {
        json_object_put(value);
        return false;
    }
    return true;
}

static json_object *key_array(const js_strings *keys) {
    json_object *array = json_object_new_array();
    for (size_t i = 0; array != NULL && i < keys->count; i++) {
        json_object *text = json_object_new_string(keys->items[i]);
        if (text == NULL || json_object_array_add(array, text) != 0) {
            json_object_put(text);
            json_object_put(array);
            return NULL;
        }
    }
    return array;
}

/* The texts of the item that is kept: what the client sent, receivedAt and the known keys. */
static bool item_texts(sb_item *item, const sb_update *update) {
    json_object *keys = key_array(update->issue_keys);
    if (keys == NULL) {
        return false;
    }
    js_buf text = JS_BUF_INIT;
    js_json_write(&text, keys);
    item->issue_keys = js_buf_take(&text);
    json_object_object_del(update->item, "gate");
    if (!set_member(update->item, "issueKeys", keys) ||
        !set_member(update->item, "receivedAt", json_object_new_int64(update->now_ms))) {
        return false;
    }
    js_json_write(&text, update->item);
    item->length = text.length > 0 ? text.length - 1 : 0;
    item->text = js_buf_take(&text);
    item->key = js_copy(update->key);
    item->properties = js_copy(update->properties == NULL ? "" : update->properties);
    if (item->text == NULL || item->length == 0) {
        return false;
    }
    item->text[item->length] = '\0';
    return item->issue_keys != NULL && item->key != NULL && item->properties != NULL;
}

sb_stored sb_store_put(sb_store *store, const sb_update *update) {
    const sb_item *old = sb_store_find(store, update->kind, update->key);
    if ((old != NULL && update->sequence <= old->sequence) ||
        sb_graves_hold(store, update->kind, update->key, update->repository, update->sequence)) {
        store->ignored++;
        store->version++;
        return SB_IGNORED;
    }
    sb_item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        return SB_NO_MEMORY;
    }
    item->sequence = update->sequence;
    item->received_ms = update->now_ms;
    item->gate = old != NULL ? old->gate : SB_GATE_NONE;
    item->gate_ms = old != NULL ? old->gate_ms : 0;
    if (update->gate && item->gate == SB_GATE_NONE) {
        item->gate = SB_GATE_AWAITING;
        item->gate_ms = update->now_ms;
    }
    if (!item_texts(item, update) || !insert(store, update->kind, item)) {
        item_free(item);
        return SB_NO_MEMORY;
    }
    store->version++;
    return SB_STORED;
}

bool sb_store_restore(sb_store *store, sb_kind kind, sb_item *item) {
    sb_item *own = calloc(1, sizeof *own);
    if (own == NULL) {
        return false;
    }
    *own = *item;
    *item = (sb_item){0};
    if (!insert(store, kind, own)) {
        item_free(own);
        return false;
    }
    return true;
}

void sb_store_unknown_key(sb_store *store, const char *key) {
    if (store->unknown_keys.count < SB_UNKNOWN_KEYS_MAX &&
        !js_strings_contain(&store->unknown_keys, key) &&
        js_strings_add(&store->unknown_keys, key, strlen(key))) {
        store->version++;
    }
}
