/* Web addresses: what must not be in them, and where they lead. */
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The length of "@" or "%40" at `text`; 0: neither is there. */
static size_t at_sign(const char *text) {
    return text[0] == '@' ? 1 : strncmp(text, "%40", 3) == 0 ? 3 : 0;
}

/* Behind the last at sign from `text` on; null: there is none. */
static char *behind_last_at(char *text, const char *end) {
    char *behind = NULL;
    while (text < end) {
        size_t length = at_sign(text);
        behind = length > 0 ? text + length : behind;
        text += length > 0 ? length : 1;
    }
    return behind;
}

/* http: and https:, with whatever stands before them ("scm:git:https:"). */
static char *behind_web_scheme(char *url) {
    for (char *at = url; (at = strchr(at, ':')) != NULL; at++) {
        bool plain = at - url >= 4 && strncasecmp(at - 4, "http", 4) == 0;
        if (plain || (at - url >= 5 && strncasecmp(at - 5, "https", 5) == 0)) {
            return at + 1;
        }
    }
    return NULL;
}

/* Where the authority begins; *web: a lone name in it is a login, too. Null: there is none. */
static char *find_authority(char *url, bool *web) {
    char *mark = strstr(url, "://");
    char *scheme = behind_web_scheme(url);
    *web = scheme != NULL && (mark == NULL || scheme == mark + 1);
    if (*web) {
        return scheme + strspn(scheme, "/\\"); /* browsers take any number of either */
    }
    if (mark != NULL) {
        return mark + 3;
    }
    if (strncmp(url, "//", 2) == 0 || strncmp(url, "\\\\", 2) == 0) {
        *web = true;
        return url + strspn(url, "/\\");
    }
    return NULL;
}

/* "host:" must be followed by a port: else a password begins there, and goes on behind a slash. */
static bool ends_in_password(const char *authority, const char *end) {
    const char *bracket = authority < end && *authority == '['
                              ? memchr(authority, ']', (size_t)(end - authority))
                              : NULL;
    const char *from = bracket != NULL ? bracket : authority;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    return colon != NULL && strspn(colon + 1, "0123456789") < (size_t)(end - colon - 1);
}

/* user:password@host without a scheme; in git@host:path nothing logs in. */
static void forget_without_scheme(char *text) {
    size_t name = strcspn(text, ":@/?#");
    char *behind =
        text[name] == ':' ? behind_last_at(text + name, text + strcspn(text, "/?#")) : NULL;
    if (behind != NULL) {
        memmove(text, behind, strlen(behind) + 1);
    }
}

void js_url_forget_login(char *url) {
    bool web = false;
    char *authority = find_authority(url, &web);
    if (authority == NULL) {
        forget_without_scheme(url);
        return;
    }
    char *end = authority + strcspn(authority, "/?#");
    char *host = behind_last_at(authority, end);
    if (host != NULL) {
        bool password = memchr(authority, ':', (size_t)(host - authority)) != NULL;
        host = web || password ? host : NULL;
    } else if (ends_in_password(authority, end)) {
        host = behind_last_at(end, end + strlen(end));
    }
    if (host != NULL) {
        memmove(authority, host, strlen(host) + 1);
    }
}

bool js_host_is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24U == 127;
    }
    if (inet_pton(AF_INET6, host, &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return strcasecmp(host, "localhost") == 0;
}
