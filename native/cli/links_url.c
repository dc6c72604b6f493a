/* The address that git knows a repository by, as one that people can open. */
#include "cli/links.h"

#include "base/text.h"
#include "base/url.h"
#include "cli/addresses.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct address {
    const char *scheme; /* of the web page */
    const char *host;   /* with a port where it is that of the page */
    size_t host_length;
    const char *path; /* without a slash at its beginning */
    size_t path_length;
} address;

static bool scheme_is(const char *text, size_t length, const char *scheme) {
    return strlen(scheme) == length && strncasecmp(text, scheme, length) == 0;
}

/* Leaves out what git logs in with, and where ssh listens. */
static void set_host(address *in, const char *authority, size_t length, bool ssh) {
    in->host = authority;
    for (size_t i = 0; i < length; i++) {
        in->host = authority[i] == '@' ? authority + i + 1 : in->host;
    }
    in->host_length = length - (size_t)(in->host - authority);
    if (ssh) {
        const char *bracket =
            in->host[0] == '[' ? memchr(in->host, ']', in->host_length) : NULL; /* IPv6 */
        const char *from = bracket != NULL ? bracket : in->host;
        size_t rest = in->host_length - (size_t)(from - in->host);
        const char *port = memchr(from, ':', rest);
        in->host_length = port != NULL ? (size_t)(port - in->host) : in->host_length;
    }
}

static void set_path(address *in, const char *path) {
    path += strspn(path, "/");
    in->path = path;
    in->path_length = strcspn(path, "?#");
    while (in->path_length > 0 && path[in->path_length - 1] == '/') {
        in->path_length--;
    }
    if (in->path_length > 4 && strncmp(path + in->path_length - 4, ".git", 4) == 0) {
        in->path_length -= 4;
    }
}

/* scheme://[user[:password]@]host[:port]/path */
static bool read_url(const char *text, const char *mark, address *in) {
    static const char *const over_ssh[] = {"ssh", "git", "git+ssh", "ssh+git"};
    size_t length = (size_t)(mark - text);
    bool ssh = false;
    for (size_t i = 0; i < sizeof(over_ssh) / sizeof(over_ssh[0]); i++) {
        ssh = ssh || scheme_is(text, length, over_ssh[i]);
    }
    bool http = scheme_is(text, length, "http");
    if (!ssh && !http && !scheme_is(text, length, "https")) {
        return false;
    }
    in->scheme = http ? "http" : "https";
    const char *authority = mark + 3;
    size_t authority_length = strcspn(authority, "/?#");
    set_host(in, authority, authority_length, ssh);
    set_path(in, authority + authority_length);
    return true;
}

/* [user@]host:path, as scp has it. */
static bool read_scp(const char *text, address *in) {
    const char *bracket = strchr(text, '[') != NULL ? strchr(text, ']') : NULL;
    const char *colon = strchr(bracket != NULL ? bracket : text, ':');
    const char *slash = strchr(text, '/');
    if (colon == NULL || (slash != NULL && slash < colon) || colon - text < 2) {
        return false; /* a folder, or a drive's letter */
    }
    if (cli_is_web_scheme(text, (size_t)(colon - text))) {
        return false; /* one that lacks its slashes */
    }
    in->scheme = "https";
    set_host(in, text, (size_t)(colon - text), true);
    set_path(in, colon + 1);
    return true;
}

/* Azure's ssh addresses are v3/ORGANISATION/PROJECT/REPOSITORY on a host of their own. */
static bool add_azure(const address *in, js_buf *url) {
    bool devops = in->host_length == 17 && strncasecmp(in->host, "ssh.dev.azure.com", 17) == 0;
    bool studio =
        in->host_length == 23 && strncasecmp(in->host, "vs-ssh.visualstudio.com", 23) == 0;
    const char *organisation = in->path + 3, *end = in->path + in->path_length;
    if ((!devops && !studio) || in->path_length < 4 || strncmp(in->path, "v3/", 3) != 0) {
        return false;
    }
    const char *project = memchr(organisation, '/', (size_t)(end - organisation));
    const char *name =
        project != NULL ? memchr(project + 1, '/', (size_t)(end - project - 1)) : NULL;
    if (name == NULL) {
        return false;
    }
    js_buf_addf(url, "https://dev.azure.com/%.*s%.*s/_git%.*s", (int)(project - organisation),
                organisation, (int)(name - project), project, (int)(end - name), name);
    return true;
}

static bool write_web_url(const char *text, js_buf *url) {
    address in = {.scheme = "https"};
    const char *mark = strstr(text, "://");
    bool read = mark != NULL ? read_url(text, mark, &in) : read_scp(text, &in);
    if (!read || in.host_length == 0 || in.path_length == 0) {
        return false;
    }
    if (!add_azure(&in, url)) {
        js_buf_addf(url, "%s://%.*s/%.*s", in.scheme, (int)in.host_length, in.host,
                    (int)in.path_length, in.path);
    }
    return true;
}

/* What logs in goes first, so that no part of it is taken for a host or a path. */
bool cli_repository_url(const char *text, js_buf *url) {
    char *safe = js_copy(text);
    bool read = safe != NULL;
    if (read) {
        js_url_forget_login(safe);
        read = write_web_url(safe, url);
    } else {
        url->failed = true;
    }
    free(safe);
    return read;
}
