/* A folder for the outbox target, and the files of a small outbox to begin with: always the same. */
#ifndef JS_TESTS_FUZZ_OUTBOX_IMAGE_H
#define JS_TESTS_FUZZ_OUTBOX_IMAGE_H

#include "outbox/sqlite/sqlite.h"

#include <stddef.h>
#include <stdint.h>

/* 2026-11-23T10:00:00Z: when it was written, and the present. */
#define OUTBOX_IMAGE_MS INT64_C(1795428000000)
enum { OUTBOX_IMAGE_EVENTS = 5 };

typedef enum image_part { IMAGE_DATABASE, IMAGE_LOG } image_part;
typedef struct image {
    uint8_t *bytes; /* a copy to write into, good until the next call for the same part */
    size_t size;
} image;

/* The database as of before the events, and the log with the events; or, without it, all of them. */
image outbox_image(image_part part);
/* Makes the checksums of all frames of a log right. */
void outbox_image_sum(image *log);

const char *outbox_folder(void);
void outbox_clear(void);
void outbox_file(const char *name, const void *bytes, size_t size);
jirasend_code outbox_open(js_outbox **outbox, bool as_large, jirasend_error *error);
/* An empty one beside it. */
js_outbox *outbox_open_new(void);
/* Puts a build with this number. */
jirasend_code outbox_put(js_outbox *outbox, int64_t number, jirasend_error *error);

#endif
