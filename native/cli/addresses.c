/* Addresses of repositories and web pages: credentials are taken out. */
#include "cli/addresses.h"

#include "base/url.h"

#include <string.h>
#include <strings.h>

void cli_percent_encode(js_buf *text) {
    static const char kept[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    js_buf out = JS_BUF_INIT;
    for (size_t i = 0; i < text->length; i++) {
        char c = text->data[i];
        if (strchr(kept, c) != NULL) {
            js_buf_add(&out, &c, 1);
        } else {
            js_buf_addf(&out, "%%%02X", (unsigned char)c);
        }
    }
    js_buf_clear(text);
    *text = out;
}

bool cli_is_web_scheme(const char *text, size_t length) {
    return (length == 4 && strncasecmp(text, "http", 4) == 0) ||
           (length == 5 && strncasecmp(text, "https", 5) == 0);
}

/* What logs in goes first, so that no part of it is taken for a host or a path. */
bool cli_web_address(js_buf *text) {
    cli_remove_login(text);
    const char *rest = text->length > 0 ? text->data : "";
    const char *scheme = "https";
    bool ssh = false;
    const char *mark = strstr(rest, "://");
    if (mark != NULL) {
        size_t length = (size_t)(mark - rest);
        bool http = length == 4 && strncasecmp(rest, "http", 4) == 0;
        bool https = length == 5 && strncasecmp(rest, "https", 5) == 0;
        ssh = (length == 3 && strncasecmp(rest, "ssh", 3) == 0) ||
              (length == 3 && strncasecmp(rest, "git", 3) == 0) ||
              (length == 7 && strncasecmp(rest, "git+ssh", 7) == 0);
        if (!http && !https && !ssh) {
            return length != 4 || strncasecmp(rest, "file", 4) != 0;
        }
        scheme = http ? "http" : "https";
        rest = mark + 3;
    }
    size_t authority = strcspn(rest, mark != NULL ? "/?#" : ":/");
    bool scp = mark == NULL && rest[authority] == ':' && !cli_is_web_scheme(rest, authority);
    if (mark == NULL && !scp) {
        return rest[0] != '/' && rest[0] != '.'; /* kept as it is, to be judged later */
    }
    const char *host = rest;
    for (size_t i = 0; i < authority; i++) {
        host = rest[i] == '@' ? rest + i + 1 : host;
    }
    size_t host_length = authority - (size_t)(host - rest);
    const char *path = rest + authority + (scp ? 1 : 0);
    if (ssh) {
        host_length = strcspn(host, ":/?#"); /* the port is not that of the web page */
    }
    js_buf out = JS_BUF_INIT;
    js_buf_addf(&out, "%s://%.*s%s%s", scheme, (int)host_length, host,
                scp && path[0] != '/' ? "/" : "", path);
    js_buf_clear(text);
    *text = out;
    return true;
}

void cli_remove_login(js_buf *url) {
    if (url->length > 0) {
        js_url_forget_login(url->data);
        url->length = strlen(url->data);
    }
}

void cli_fill_in_branch(js_buf *url, const char *branch) {
    static const char place[] = "{branch}";
    js_buf encoded = JS_BUF_INIT;
    js_buf_add_text(&encoded, branch);
    cli_percent_encode(&encoded);
    js_buf out = JS_BUF_INIT;
    const char *rest = url->length > 0 ? url->data : "";
    for (const char *at = strstr(rest, place); at != NULL; at = strstr(rest, place)) {
        js_buf_add(&out, rest, (size_t)(at - rest));
        js_buf_add(&out, encoded.data, encoded.length);
        rest = at + sizeof(place) - 1;
    }
    js_buf_add_text(&out, rest);
    out.failed = out.failed || encoded.failed;
    js_buf_clear(&encoded);
    js_buf_clear(url);
    *url = out;
}
