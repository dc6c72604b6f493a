/* The ordered set behind event/keys.h: the keys one behind the other, and an open hash table of places in there. */
#include "base/buf.h"
#include "base/siphash.h"
#include "event/keys.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

typedef struct slot {
    uint32_t place; /* in the text, from 1 on; 0: free */
    uint32_t hash;  /* tells most others apart without a look at the text */
} slot;

struct js_key_set {
    js_buf text; /* each key ends with a NUL; a text may hold a million of them */
    size_t count;
    slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    uint64_t hash_key[2];
};

enum { FIRST_SLOTS = 16 };

js_key_set *js_key_set_new(void) {
    js_key_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        return NULL;
    }
    /* A random key, because the text may be written by somebody who wants us to be slow. */
    if (getrandom(set->hash_key, sizeof set->hash_key, GRND_NONBLOCK) !=
        (ssize_t)sizeof set->hash_key) {
        set->hash_key[0] = (uint64_t)(uintptr_t)set; /* early at boot: better than nothing */
    }
    return set;
}

void js_key_set_free(js_key_set *set) {
    if (set == NULL) {
        return;
    }
    js_buf_clear(&set->text);
    free(set->slots);
    free(set);
}

static uint32_t hash_of(const js_key_set *set, const char *key, size_t length) {
    return (uint32_t)js_siphash(set->hash_key, key, length);
}

static size_t slot_for(const js_key_set *set, uint32_t hash, const char *key, size_t length) {
    size_t mask = set->slot_count - 1;
    size_t at = hash & mask;
    while (set->slots[at].place != 0) {
        if (set->slots[at].hash == hash) {
            const char *other = set->text.data + set->slots[at].place - 1;
            if (strncmp(other, key, length) == 0 && other[length] == '\0') {
                return at;
            }
        }
        at = (at + 1) & mask;
    }
    return at;
}

/* Doubles the table before it is three quarters full. */
static bool make_room(js_key_set *set) {
    if (set->slots != NULL && set->count < set->slot_count / 4 * 3) {
        return true;
    }
    size_t count = set->slots == NULL ? FIRST_SLOTS : set->slot_count * 2;
    if (count > UINT32_MAX) {
        return false;
    }
    slot *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        size_t at = set->slots[i].hash & (count - 1);
        while (set->slots[i].place != 0 && slots[at].place != 0) {
            at = (at + 1) & (count - 1);
        }
        if (set->slots[i].place != 0) {
            slots[at] = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = count;
    return true;
}

bool js_key_set_add(js_key_set *set, const char *key, size_t length) {
    if (!make_room(set)) {
        return false;
    }
    uint32_t hash = hash_of(set, key, length);
    size_t at = slot_for(set, hash, key, length);
    if (set->slots[at].place != 0) {
        return true;
    }
    size_t place = set->text.length;
    if (place >= UINT32_MAX - length - 1) {
        return false;
    }
    char *copy = js_buf_grow(&set->text, length + 1);
    if (copy == NULL) {
        set->text.failed = false; /* it is as it was, and may be asked for more later */
        return false;
    }
    memcpy(copy, key, length);
    copy[length] = '\0';
    set->slots[at] = (slot){(uint32_t)place + 1, hash};
    set->count++;
    return true;
}

bool js_key_set_holds(const js_key_set *set, const char *key, size_t length) {
    if (set->slots == NULL) {
        return false;
    }
    uint32_t hash = hash_of(set, key, length);
    return set->slots[slot_for(set, hash, key, length)].place != 0;
}

size_t js_key_set_count(const js_key_set *set) {
    return set->count;
}

const char *js_key_set_next(const js_key_set *set, const char *key, size_t *length) {
    const char *next = key == NULL ? set->text.data : key + *length + 1;
    if (next == NULL || next == set->text.data + set->text.length) {
        return NULL;
    }
    *length = strlen(next);
    return next;
}

bool js_key_set_take(js_key_set *set, js_strings *keys) {
    bool memory = true;
    size_t length = 0;
    js_strings_clear(keys);
    for (const char *key = js_key_set_next(set, NULL, &length); memory && key != NULL;
         key = js_key_set_next(set, key, &length)) {
        memory = js_strings_add(keys, key, length);
    }
    if (!memory) {
        js_strings_clear(keys);
        return false;
    }
    js_buf_clear(&set->text);
    free(set->slots);
    set->slots = NULL;
    set->slot_count = 0;
    set->count = 0;
    return true;
}
