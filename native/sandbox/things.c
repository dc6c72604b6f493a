/* GET and DELETE: one thing by its key, or all that has certain properties. */
#include "things.h"

#include "event/json.h"
#include "query.h"

#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

static const char *const not_found[SB_KINDS] = {
    [SB_BUILD] = "No build data found for the given key.",
    [SB_DEPLOYMENT] = "No data found for the given deployment ID.",
    [SB_FLAG] = "No data found for the given Feature Flag ID.",
    [SB_REPOSITORY] = "No data found for the given repository ID.",
    [SB_COMMIT] = "",
    [SB_BRANCH] = "",
    [SB_PULL_REQUEST] = "",
};

static sb_module module_of(sb_kind kind) {
    switch (kind) {
    case SB_BUILD:
        return SB_BUILDS;
    case SB_DEPLOYMENT:
        return SB_DEPLOYMENTS;
    case SB_FLAG:
        return SB_FLAGS;
    case SB_REPOSITORY:
    case SB_COMMIT:
    case SB_BRANCH:
    case SB_PULL_REQUEST:
        break;
    }
    return SB_DEVINFO;
}

/* Of the path's number; false when there cannot be such a thing. */
static bool read_number(const char *text, int64_t *number) {
    *number = sb_parse_number(text, strlen(text));
    return *number >= 0;
}

/* Null with `failed` when memory is short, null without when no such thing can be there. */
static char *key_of(sb_kind kind, char *const *ids, bool *failed) {
    int64_t number = 0;
    char *key = NULL;
    switch (kind) {
    case SB_BUILD:
        if (!read_number(ids[1], &number)) {
            return NULL;
        }
        key = sb_key_build(ids[0], number);
        break;
    case SB_DEPLOYMENT:
        if (!read_number(ids[2], &number)) {
            return NULL;
        }
        key = sb_key_deployment(ids[0], ids[1], number);
        break;
    case SB_FLAG:
        key = sb_key_build(ids[0], 0);
        break;
    case SB_REPOSITORY:
        key = strdup(ids[0]);
        break;
    case SB_COMMIT:
    case SB_BRANCH:
    case SB_PULL_REQUEST:
        key = sb_key_entity(ids[0], ids[1]);
        break;
    }
    *failed = key == NULL;
    return key;
}

void sb_get_thing(sb_call *call, sb_kind kind, char *const *ids) {
    bool failed = false;
    char *key = key_of(kind, ids, &failed);
    const sb_item *item = key == NULL ? NULL : sb_store_find(&call->sandbox->store, kind, key);
    free(key);
    if (item == NULL) {
        sb_refuse(call, module_of(kind), 404, not_found[kind]);
    } else {
        sb_answer_json(call->answer, 200);
        sb_write_item(&call->answer->body, item);
    }
    call->answer->body.failed = call->answer->body.failed || failed;
}

static void accept(sb_call *call, sb_deletion *deletion) {
    sb_store *store = &call->sandbox->store;
    deletion->due_ms = js_later_ms(js_mono_ms(&call->sandbox->world), call->sandbox->eventually_ms);
    if (sb_deletions_add(&store->deletions, deletion)) {
        *deletion = (sb_deletion){0};
        store->version++; /* it is written down, and the page learns of it */
        call->answer->status = 202;
    } else {
        call->answer->body.failed = true;
    }
}

void sb_delete_thing(sb_call *call, sb_kind kind, char *const *ids) {
    sb_query query;
    bool devinfo = kind >= SB_REPOSITORY;
    /* The others' _updateSequenceNumber is no longer supported, and passed over. */
    const char *wrong =
        sb_query_read(call->request->query, devinfo ? "_updateSequenceId" : "", &query);
    bool failed = query.failed;
    sb_deletion deletion = {.kind = kind, .sequence = query.sequence};
    if (wrong != NULL) {
        sb_refuse(call, module_of(kind), 400, wrong);
    } else {
        deletion.key = key_of(kind, ids, &failed);
        if (deletion.key == NULL) {
            call->answer->status = 202; /* nothing can be there */
        } else {
            failed = query.sequence != INT64_MAX &&
                     !sb_graves_add(&call->sandbox->store, kind, deletion.key, query.sequence);
            accept(call, &deletion);
        }
    }
    call->answer->body.failed = call->answer->body.failed || failed;
    free(deletion.key);
    sb_query_free(&query);
}

/* False, and the request is refused, when the query names no properties. */
static bool read_properties(sb_call *call, sb_module module, sb_query *query) {
    bool numbered = module == SB_BUILDS || module == SB_DEPLOYMENTS;
    const char *wrong = sb_query_read(
        call->request->query, numbered ? "_updateSequenceNumber" : "_updateSequenceId", query);
    if (wrong == NULL && query->properties.count == 0) {
        wrong = "At least one property must be given.";
    }
    if (wrong != NULL) {
        sb_refuse(call, module, 400, wrong);
    }
    call->answer->body.failed = call->answer->body.failed || query->failed;
    return wrong == NULL && !query->failed;
}

void sb_delete_by_properties(sb_call *call, sb_module module, sb_kind kind) {
    sb_query query;
    if (read_properties(call, module, &query)) {
        /* Its sequence number is no longer supported by any of the APIs. */
        sb_deletion deletion = {
            .kind = kind, .sequence = INT64_MAX, .properties = query.properties};
        query.properties = (js_strings)JS_STRINGS_INIT;
        accept(call, &deletion);
        js_strings_clear(&deletion.properties);
    }
    sb_query_free(&query);
}

void sb_exists_by_properties(sb_call *call) {
    sb_query query;
    if (read_properties(call, SB_DEVINFO, &query)) {
        bool found = false;
        const struct lh_entry *entry = call->sandbox->store.items[SB_REPOSITORY]->head;
        for (; entry != NULL && !found; entry = entry->next) {
            const sb_item *item = lh_entry_v(entry);
            found =
                item->sequence <= query.sequence && sb_item_has_properties(item, &query.properties);
        }
        sb_answer_json(call->answer, 200);
        js_buf_addf(&call->answer->body, "{\"hasDataMatchingProperties\":%s}",
                    found ? "true" : "false");
    }
    sb_query_free(&query);
}

/* --- a repository with what lies in it */

enum { TYPES = 3, GIVEN_MAX = 400 };

typedef struct newest {
    const struct lh_entry *next[TYPES]; /* from the last update back */
    js_buf lists[TYPES];
} newest;

/* The latest entry of the repository at or before this one. */
static const struct lh_entry *in_repository(const struct lh_entry *entry, const char *id) {
    while (entry != NULL && !sb_key_is_in(((const sb_item *)lh_entry_v(entry))->key, id)) {
        entry = entry->prev;
    }
    return entry;
}

/* The type whose next entity is the newest; TYPES when there is none. */
static size_t pick(const newest *from) {
    size_t best = TYPES;
    int64_t order = -1;
    for (size_t i = 0; i < TYPES; i++) {
        const sb_item *item = from->next[i] == NULL ? NULL : lh_entry_v(from->next[i]);
        if (item != NULL && item->received_ms > order) {
            best = i;
            order = item->received_ms;
        }
    }
    return best;
}

/* Jira gives back the 400 entities that were updated last, whatever their type. */
static void collect(const sb_store *store, const char *id, newest *found) {
    for (size_t i = 0; i < TYPES; i++) {
        found->next[i] = in_repository(store->items[SB_COMMIT + i]->tail, id);
    }
    for (size_t given = 0; given < GIVEN_MAX; given++) {
        size_t type = pick(found);
        if (type == TYPES) {
            break;
        }
        js_buf *list = &found->lists[type];
        js_buf_add_text(list, list->length == 0 ? "" : ",");
        sb_write_item(list, lh_entry_v(found->next[type]));
        found->next[type] = in_repository(found->next[type]->prev, id);
    }
}

void sb_get_repository(sb_call *call, const char *id) {
    static const char *const names[TYPES] = {"commits", "branches", "pullRequests"};
    js_buf *out = &call->answer->body;
    newest found = {{NULL}, {JS_BUF_INIT, JS_BUF_INIT, JS_BUF_INIT}};
    const sb_item *item = sb_store_find(&call->sandbox->store, SB_REPOSITORY, id);
    if (item == NULL) {
        sb_refuse(call, SB_DEVINFO, 404, not_found[SB_REPOSITORY]);
        return;
    }
    sb_answer_json(call->answer, 200);
    sb_write_item(out, item);
    if (!out->failed && out->length > 0) {
        out->data[--out->length] = '\0'; /* the brace; the lists come before it */
    }
    collect(&call->sandbox->store, id, &found);
    for (size_t i = 0; i < TYPES; i++) {
        js_buf_addf(out, ",\"%s\":[", names[i]);
        js_buf_add(out, found.lists[i].data, found.lists[i].length);
        js_buf_add_text(out, "]");
        out->failed = out->failed || found.lists[i].failed;
        js_buf_clear(&found.lists[i]);
    }
    js_buf_add_text(out, "}");
}
