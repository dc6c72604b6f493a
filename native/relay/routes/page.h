/* Files put into the program by cmake/Embed.cmake. */
#ifndef RELAY_ROUTES_PAGE_H
#define RELAY_ROUTES_PAGE_H

#include <stddef.h>

typedef struct rl_page_file {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} rl_page_file;

extern const rl_page_file rl_page_files[];
extern const size_t rl_page_file_count;

#endif
