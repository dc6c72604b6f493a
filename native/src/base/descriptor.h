/*
 * Reading and writing what may be set not to wait: whoever shares a terminal or a pipe with us may have done that,
 * as Node.js and ssh do, and it holds for all who share it. Any thread.
 */
#ifndef JS_BASE_DESCRIPTOR_H
#define JS_BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As read(), and waits until there is something. */
ssize_t js_read(int fd, void *bytes, size_t size);
/* Writes all of it, and waits until there is room. False: errno says why. */
bool js_write_all(int fd, const char *bytes, size_t length);

#endif
