/*
 * The state on disk, so that a restart shows the same site: DIR/state.jsonl, a line for the whole
 * and a line for each item. Written to a new file that takes the old one's place.
 */
#ifndef SB_PERSIST_H
#define SB_PERSIST_H

#include "store.h"

#include <jirasend/error.h>

enum { SB_PERSIST_FORMAT = 1 };

/* DIR/state.jsonl; null when memory is short. */
char *sb_persist_path(const char *directory);
/* A missing file is an empty state. STORAGE, DOCUMENT (damaged) or MEMORY on failure. */
jirasend_code sb_persist_load(sb_store *store, const char *directory, jirasend_error *error);
jirasend_code sb_persist_save(const sb_store *store, const char *directory, jirasend_error *error);
/* Writes a small file (mode 0600) the same way: never half of it is seen. */
jirasend_code sb_write_file(const char *path, const char *text, size_t length,
                            jirasend_error *error);

#endif
