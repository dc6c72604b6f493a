/* The files of the page, put into the program when it is built (cmake/Embed.cmake). */
#ifndef SB_PAGE_H
#define SB_PAGE_H

#include <stddef.h>

typedef struct sb_page_file {
    const char *name; /* "index.html" */
    const unsigned char *bytes;
    size_t length;
} sb_page_file;

extern const sb_page_file sb_page_files[];
extern const size_t sb_page_file_count;

#endif
