/* Development information on its way to Jira: repositories, and in each what is new in it. */
#include "payload/devinfo.h"

#include "event/json.h"
#include "event/person.h"
#include "payload/wire.h"

#include <stdlib.h>
#include <string.h>

/*
 * Whether keys go out as associations. Never as both: Jira would refuse the whole request. The last
 * commit of a branch cannot have associations, and is to be the same as the commit by itself.
 */
enum { KEYS_ARE_ASSOCIATIONS = 0 };

/* ---- what entities share ---- */

bool js_put_entity_keys(js_json_out *entity, const js_strings *keys) {
    if (keys->count == 0) {
        return entity != NULL;
    }
    return KEYS_ARE_ASSOCIATIONS ? js_put_key_association(entity, keys)
                                 : js_write_texts(entity, "issueKeys", keys);
}

bool js_put_author(js_json_out *entity, const js_person *author) {
    return js_person_put(js_write_object(entity, "author"), author);
}

bool js_put_count(js_json_out *entity, const char *name, int64_t count) {
    return js_write_number(entity, name, count < INT32_MAX ? count : INT32_MAX);
}

void js_devinfo_key(js_buf *out, const js_event *event) {
    js_wire_id(out, event->of.repository.id);
    js_buf_add_text(out, "\n");
    js_buf_add_text(out, js_payload_kind_of(event->kind)->list);
    js_buf_add_text(out, "\n");
}

void js_devinfo_path(js_buf *out, const js_event *event, const char *type) {
    js_repository_path(out, event);
    js_buf_addf(out, "/%s/", type);
}

bool js_put_devinfo_frame(js_json_out *body, const js_event *first) {
    return (!(first->no_transitions || first->history) ||
            js_write_flag(body, "preventTransitions", true)) &&
           (!first->history || js_write_text(body, "operationType", "BACKFILL"));
}

/* ---- by repository ---- */

/* An item, and its place among all. */
typedef struct placed_item {
    const js_payload_item *item;
    size_t place;
} placed_item;

typedef struct item_group {
    const placed_item *items; /* of one repository, in the order in which they came */
    size_t count;
    const js_commit_copies *copies;
} item_group;

static const char *repository_of(const placed_item *from) {
    return from->item->event->of.repository.id;
}

static int compare_items(const void *a, const void *b) {
    const placed_item *one = a;
    const placed_item *other = b;
    int order = strcmp(repository_of(one), repository_of(other));
    return order != 0 ? order : (one->place > other->place) - (one->place < other->place);
}

/* The items that go into this list of the repository. */
static bool put_list(js_json_out *repository, const item_group *group, const char *list) {
    js_json_out *array = NULL;
    bool good = true;
    for (size_t i = 0; i < group->count && good; i++) {
        const js_payload_item *item = group->items[i].item;
        const js_payload_kind *kind = js_payload_kind_of(item->event->kind);
        if (kind->list == NULL || strcmp(kind->list, list) != 0) {
            continue;
        }
        if (array == NULL) {
            array = js_write_array(repository, list);
        }
        good = kind->put_entity(js_write_item_object(array), item->event, item->sequence,
                                js_commit_copy_of(group->copies, item->event));
    }
    return good;
}

static bool put_lists(js_json_out *object, const item_group *group) {
    bool good = true;
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST && good; i++) {
        const char *list = js_payload_kind_of((js_kind)i)->list;
        good = list == NULL || put_list(object, group, list);
    }
    return good;
}

/* Of different streams the one submitted last is the newer; of the past its own time says it. */
static bool is_newer(const js_payload_item *item, const js_payload_item *than) {
    return item->event->history ? item->sequence >= than->sequence : item->order >= than->order;
}

/* Named and linked as the newest document has it. */
static bool put_repository(js_json_out *object, const item_group *group) {
    const js_payload_item *newest = group->items[0].item;
    int64_t sequence = newest->sequence;
    for (size_t i = 1; i < group->count; i++) {
        const js_payload_item *item = group->items[i].item;
        newest = is_newer(item, newest) ? item : newest;
        sequence = item->sequence > sequence ? item->sequence : sequence;
    }
    const js_repository *repository = &newest->event->of.repository;
    return js_write_text(object, "name", repository->name) &&
           js_write_text(object, "url", repository->url) &&
           js_wire_put(object, "id", repository->id) &&
           js_write_number(object, "updateSequenceId", sequence) && put_lists(object, group);
}

static bool put_groups(js_json_out *list, const placed_item *sorted, size_t count,
                       const js_commit_copies *copies) {
    bool good = list != NULL;
    for (size_t from = 0, to; from < count && good; from = to) {
        const char *id = repository_of(&sorted[from]);
        for (to = from + 1; to < count && strcmp(repository_of(&sorted[to]), id) == 0;) {
            to++;
        }
        const item_group group = {&sorted[from], to - from, copies};
        good = put_repository(js_write_item_object(list), &group);
    }
    return good;
}

bool js_put_repositories(js_json_out *body, const js_payload_item *items, size_t count) {
    js_json_out *list =
        js_write_array(body, js_payload_api_of(js_kind_api(items[0].event->kind))->list);
    js_commit_copies copies = {NULL, 0};
    placed_item *sorted = calloc(count, sizeof *sorted);
    bool good = sorted != NULL && js_commit_copies_make(&copies, items, count);
    for (size_t i = 0; i < count && good; i++) {
        sorted[i] = (placed_item){&items[i], i};
    }
    if (good) {
        qsort(sorted, count, sizeof *sorted, compare_items);
        good = put_groups(list, sorted, count, &copies);
    }
    js_commit_copies_clear(&copies);
    free(sorted);
    return good;
}
