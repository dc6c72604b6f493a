/* Handing out the page's files. */
#include "page.h"

#include "sandbox.h"

#include <string.h>

static const char *type_of(const char *name) {
    static const char *const types[][2] = {
        {".html", "text/html;charset=UTF-8"},
        {".css", "text/css;charset=UTF-8"},
        {".js", "text/javascript;charset=UTF-8"},
        {".svg", "image/svg+xml"},
    };
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(ending, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}

static const sb_page_file *find(const char *path) {
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    if (strcmp(path, "/favicon.ico") == 0) {
        name = "icon.svg"; /* browsers ask for it unasked */
    }
    for (size_t i = 0; i < sb_page_file_count; i++) {
        if (strcmp(sb_page_files[i].name, name) == 0) {
            return &sb_page_files[i];
        }
    }
    return NULL;
}

bool sb_page(const sb_request *request, sb_answer *answer) {
    const sb_page_file *file = request->path[0] == '/' ? find(request->path) : NULL;
    if (file == NULL) {
        return false;
    }
    answer->status = 200;
    answer->fixed = file->bytes;
    answer->fixed_length = file->length;
    bool ok = sb_headers_add(&answer->headers, "Content-Type", type_of(file->name)) &&
              sb_headers_add(&answer->headers, "Content-Security-Policy",
                             "default-src 'none'; script-src 'self'; style-src 'self'; "
                             "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
                             "form-action 'none'; frame-ancestors 'none'") &&
              sb_headers_add(&answer->headers, "Referrer-Policy", "no-referrer");
    answer->body.failed = !ok;
    return true;
}
