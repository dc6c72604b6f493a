/* Files that other programs read while they are written. Any thread. */
#ifndef JS_BASE_PLACE_FILE_H
#define JS_BASE_PLACE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Makes `length` bytes the whole content of a file, with these permissions: whoever reads it meanwhile sees the old
 * bytes or the new ones, never a part. A link is followed to the file that it names. What is not a regular file, such
 * as /dev/stdout or a pipe that somebody waits at, is written to and stays what it is; a pipe once it has a
 * reader. False: errno says why.
 */
bool js_place_file(const char *path, const char *bytes, size_t length, mode_t mode);
/*
 * Takes the file away again, where it is one: not what is no regular file, and not what standard output goes to.
 * False: errno says why; one that is not there is gone already.
 */
bool js_remove_placed_file(const char *path);

#endif
