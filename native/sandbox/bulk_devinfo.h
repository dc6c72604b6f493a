/* The types of development information, and the request that brings them. */
#ifndef SB_BULK_DEVINFO_H
#define SB_BULK_DEVINFO_H

#include "bulk.h"

enum { SB_DEVINFO_TYPES = 3 };

typedef struct sb_devinfo_type {
    const char *list; /* in a repository */
    sb_kind kind;
    sb_item_check *check;
} sb_devinfo_type;

extern const sb_devinfo_type sb_devinfo_types[SB_DEVINFO_TYPES];

/* 0 when it is no array. */
size_t sb_length_of(json_object *list);
/* Null, or the sentence that refuses the request as a whole. Says how many entities there are. */
const char *sb_devinfo_check(json_object *body, int64_t *items);

#endif
