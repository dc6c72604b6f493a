/* One commit may appear in a request several times: alone, and at the end of branches. */
#include "base/text.h"
#include "event/keys.h"
#include "event/limits.h"
#include "payload/devinfo.h"

#include <stdlib.h>
#include <string.h>

/* A commit of one item. */
typedef struct mention {
    js_commit_part part;
    const char *repository;
    int64_t sequence;
    size_t index;
} mention;

static int compare_names(const char *repository, const char *hash, const char *other_repository,
                         const char *other_hash) {
    int order = strcmp(repository, other_repository);
    return order != 0 ? order : strcmp(hash, other_hash);
}

static int compare_mentions(const void *a, const void *b) {
    const mention *one = a;
    const mention *other = b;
    int order = compare_names(one->repository, one->part.commit->hash, other->repository,
                              other->part.commit->hash);
    return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

static bool same_commit(const mention *one, const mention *other) {
    return compare_names(one->repository, one->part.commit->hash, other->repository,
                         other->part.commit->hash) == 0;
}

static size_t gather(mention *mentions, const js_payload_item *items, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const js_event *event = items[i].event;
        const js_payload_kind *kind = js_payload_kind_of(event->kind);
        if (kind->commit_of != NULL) {
            mentions[found++] = (mention){.part = kind->commit_of(event),
                                          .repository = js_event_stream(event).name,
                                          .sequence = items[i].sequence,
                                          .index = i};
        }
    }
    return found;
}

static bool add_keys(js_key_set *set, const mention *mentions, size_t count, bool borrowed) {
    for (size_t i = 0; i < count; i++) {
        const js_commit_part *part = &mentions[i].part;
        for (size_t k = 0; part->borrowed == borrowed && k < part->keys->count; k++) {
            const char *key = part->keys->items[k];
            if (js_key_set_count(set) < JS_ASSOCIATION_VALUES &&
                !js_key_set_add(set, key, strlen(key))) {
                return false;
            }
        }
    }
    return true;
}

static bool gather_keys(js_strings *keys, const mention *mentions, size_t count) {
    js_key_set *set = js_key_set_new();
    bool good = set != NULL && add_keys(set, mentions, count, false);
    if (good && js_key_set_count(set) == 0) {
        good = add_keys(set, mentions, count, true);
    }
    good = good && js_key_set_take(set, keys);
    js_key_set_free(set);
    return good;
}

/* Of a run of mentions of one commit. */
static bool make_copy(js_commit_copy *copy, const mention *mentions, size_t count) {
    const mention *newest = mentions;
    for (size_t i = 1; i < count; i++) {
        newest = mentions[i].sequence >= newest->sequence ? &mentions[i] : newest;
    }
    *copy = (js_commit_copy){.repository = newest->repository,
                             .commit = newest->part.commit,
                             .sequence = newest->sequence,
                             .keys = JS_STRINGS_INIT};
    return gather_keys(&copy->keys, mentions, count);
}

bool js_commit_copies_make(js_commit_copies *copies, const js_payload_item *items, size_t count) {
    mention *mentions = calloc(count, sizeof *mentions);
    *copies = (js_commit_copies){.items = calloc(count, sizeof *copies->items)};
    bool good = mentions != NULL && copies->items != NULL;
    size_t found = good ? gather(mentions, items, count) : 0;
    if (found > 1) {
        qsort(mentions, found, sizeof *mentions, compare_mentions);
    }
    for (size_t from = 0, to; from < found && good; from = to) {
        for (to = from + 1; to < found && same_commit(&mentions[from], &mentions[to]);) {
            to++;
        }
        good = make_copy(&copies->items[copies->count++], &mentions[from], to - from);
    }
    free(mentions);
    if (!good) {
        js_commit_copies_clear(copies);
    }
    return good;
}

void js_commit_copies_clear(js_commit_copies *copies) {
    for (size_t i = 0; i < copies->count; i++) {
        js_strings_clear(&copies->items[i].keys);
    }
    free(copies->items);
    *copies = (js_commit_copies){NULL, 0};
}

static int compare_copies(const void *a, const void *b) {
    const js_commit_copy *one = a;
    const js_commit_copy *other = b;
    return compare_names(one->repository, one->commit->hash, other->repository,
                         other->commit->hash);
}

const js_commit_copy *js_commit_copy_of(const js_commit_copies *copies, const js_event *event) {
    const js_payload_kind *kind = js_payload_kind_of(event->kind);
    if (kind->commit_of == NULL) {
        return NULL;
    }
    const js_commit_copy wanted = {.repository = js_event_stream(event).name,
                                   .commit = kind->commit_of(event).commit};
    return bsearch(&wanted, copies->items, copies->count, sizeof wanted, compare_copies);
}
