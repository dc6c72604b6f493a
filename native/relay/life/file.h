/* Files that the configuration names: secrets, certificates. */
#ifndef RELAY_LIFE_FILE_H
#define RELAY_LIFE_FILE_H

#include "base/secret.h"

#include <jirasend/error.h>

#include <stdbool.h>

enum { RL_FILE_MAX = 1024 * 1024 };

/*
 * Reads the whole file, RL_FILE_MAX bytes at most. `secret`: one that everybody may read is refused (but
 * below /run/secrets, or where nobody else can reach its folder), white space at its end is cut off, and
 * nothing left is an error. Errors: FILE (missing, unreadable), ARGUMENT (all else), MEMORY.
 */
jirasend_code rl_file_read(js_secret *out, const char *path, bool secret, jirasend_error *error);

#endif
