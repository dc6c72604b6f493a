/* Web addresses: what must not be in them, and where they lead. */
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535, PORT_OF_PAGES = 80 };

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

/* http: and https:, with whatever comes before them ("scm:git:https:"). */
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

/* "host:" must be followed by a port: else a password begins there, and goes on after a slash. */
static bool ends_in_password(const char *authority, const char *end) {
    const char *bracket = authority < end && *authority == '['
                              ? memchr(authority, ']', (size_t)(end - authority))
                              : NULL;
    const char *from = bracket != NULL ? bracket : authority;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    return colon != NULL &&
           (digits < (size_t)(end - colon - 1) || strtol(colon + 1, NULL, 10) > PORT_MAX);
}

/* "git.example.com", "127.0.0.1", "[::1]", "git:8080", and where `lone` also "git": no version, no file's name. */
static bool begins_host(const char *text, bool lone) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct in_addr v4;
    char name[64] = "";
    size_t length = strcspn(text, ":/?#");
    strncat(name, text, length < sizeof name - 1 ? length : sizeof name - 1);
    if (text[0] == '[' || inet_pton(AF_INET, name, &v4) == 1) {
        return true;
    }
    const char *dot = strrchr(name, '.');
    const char *last = dot != NULL ? dot + 1 : name;
    bool port = text[length] == ':' && text[length + 1] >= '0' && text[length + 1] <= '9';
    return strspn(text, letters) > 0 && strspn(last, letters) > 0 &&
           (dot != NULL || lone || port || strcasecmp(name, "localhost") == 0);
}

/* At signs of their own have the paths of Jenkins (/job/) and GitLab (/-/). */
static bool leads_to_ci(const char *path, const char *end) {
    for (const char *at = path; at < end; at++) {
        if (strncmp(at, "/job/", 5) == 0 || strncmp(at, "/-/", 3) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * http://user:80/word@host: by RFC 3986 and WHATWG a path at the host "user" and a port, and to whoever
 * wrote it a password. What follows an at sign counts as the host when it reads like one, for a password
 * must never get out, and a page that is not found costs little. But at /@scope nobody logs in, and where
 * dots tell of a host before its port, it is one: https://ci.example.com:8443/u/me@example.com. No page
 * has no port behind a colon, or one below 80: that is always a password.
 */
static char *behind_doubtful_at(const char *authority, char *end) {
    const char *colon = memchr(authority, ':', (size_t)(end - authority));
    bool in_path = *end == '/' || *end == '\\';
    char *behind = NULL;
    if (colon == NULL || *authority == '[' || *end == '\0') {
        return NULL;
    }
    bool sure = strtol(colon + 1, NULL, 10) < PORT_OF_PAGES;
    if (!sure && memchr(authority, '.', (size_t)(colon - authority)) != NULL) {
        return NULL;
    }
    for (char *at = end + 1; *at != '\0' && strchr(in_path ? "?#" : "=", *at) == NULL; at++) {
        size_t length = at[-1] != '/' ? at_sign(at) : 0;
        if (length > 0 && begins_host(at + length, sure || !leads_to_ci(end, at))) {
            behind = at + length;
        }
    }
    return behind;
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
    } else {
        host = behind_doubtful_at(authority, end);
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
