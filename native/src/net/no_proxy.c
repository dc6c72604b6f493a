/* Which hosts are reached without the proxy. */
#include "net/no_proxy.h"

#include <string.h>

/* A text inside a longer one. */
typedef struct part {
    const char *at;
    size_t length;
} part;

static part rest_behind(part text, size_t length) {
    return (part){text.at + length, text.length - length};
}

static bool all_digits(part text) {
    return text.length > 0 && strspn(text.at, "0123456789") >= text.length;
}

/* Parts "host:8080", "[::1]:8080" or "[::1]"; anything else, such as "::1", is all host. */
static void split(part entry, part *host, part *port) {
    *host = entry;
    *port = (part){entry.at + entry.length, 0};
    const char *closing =
        entry.length > 0 && entry.at[0] == '[' ? memchr(entry.at, ']', entry.length) : NULL;
    part rest = *port;
    part name = entry;
    if (closing != NULL) {
        name = (part){entry.at + 1, (size_t)(closing - entry.at) - 1};
        rest = rest_behind(entry, name.length + 2);
    } else {
        const char *colon = memchr(entry.at, ':', entry.length);
        if (colon != NULL) {
            name.length = (size_t)(colon - entry.at);
            rest = rest_behind(entry, name.length);
        }
    }
    bool has_port = rest.length > 1 && rest.at[0] == ':' && all_digits(rest_behind(rest, 1));
    if (has_port || (closing != NULL && rest.length == 0)) {
        *host = name;
        *port = has_port ? rest_behind(rest, 1) : rest;
    }
}

static part port_of(const char *url) {
    const char *authority = strstr(url, "://");
    authority = authority != NULL ? authority + 3 : url;
    part host;
    part port;
    split((part){authority, strcspn(authority, "/?#")}, &host, &port);
    if (port.length > 0) {
        return port;
    }
    bool http = strncmp(url, "http:", 5) == 0;
    return http ? (part){"80", 2} : (part){"443", 3};
}

static bool same(part a, part b) {
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

void js_no_proxy_for(js_buf *out, const char *list, const char *url) {
    static const char separators[] = ", \t";
    part wanted = port_of(url);
    for (const char *at = list + strspn(list, separators); *at != '\0';) {
        part entry = {at, strcspn(at, separators)};
        part host;
        part port;
        split(entry, &host, &port);
        if (host.length > 0 && (port.length == 0 || same(port, wanted))) {
            js_buf_add_text(out, out->length > 0 ? "," : "");
            js_buf_add(out, host.at, host.length);
        }
        at += entry.length;
        at += strspn(at, separators);
    }
}
