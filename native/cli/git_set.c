/* A hash table with open addressing; hashes of commits need no hashing of their own. */
#include "cli/git_set.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

static uint64_t read_digits(const char *hash) {
    char digits[17];
    memcpy(digits, hash, 16);
    digits[16] = '\0';
    return strtoull(digits, NULL, 16);
}

/* Where the item is, or the empty place where it belongs. */
static git_set_item *place(git_set_item *items, size_t capacity, git_set_item item) {
    size_t at = (size_t)(item.high ^ item.low) & (capacity - 1);
    while ((items[at].high != 0 || items[at].low != 0) &&
           (items[at].high != item.high || items[at].low != item.low)) {
        at = (at + 1) & (capacity - 1);
    }
    return &items[at];
}

static bool grow(git_set *set) {
    size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    git_set_item *items = calloc(capacity, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->items[i].high != 0 || set->items[i].low != 0) {
            *place(items, capacity, set->items[i]) = set->items[i];
        }
    }
    free(set->items);
    set->items = items;
    set->capacity = capacity;
    return true;
}

git_set_added git_set_add(git_set *set, const char *hash) {
    if (set->count * 2 >= set->capacity && !grow(set)) {
        return GIT_SET_NO_MEMORY;
    }
    git_set_item item = {read_digits(hash), read_digits(hash + 16)};
    git_set_item *found = place(set->items, set->capacity, item);
    if (found->high != 0 || found->low != 0) {
        return GIT_SET_KNOWN;
    }
    *found = item;
    set->count++;
    return GIT_SET_NEW;
}

void git_set_free(git_set *set) {
    free(set->items);
    *set = (git_set)GIT_SET_INIT;
}
