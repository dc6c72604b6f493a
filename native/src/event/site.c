/* Addresses of sites and APIs, taken apart. */
#include "event/site.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, CLOUD_ID_MAX = 64, PORT_MAX = 65535, SHOWN_MAX = 80 };

/* What is read, and how to speak of it. */
typedef struct input {
    const char *text;
    const char *what;
    jirasend_error *error;
} input;

/* "site "x" has ...": the text is shown escaped and shortened. */
static jirasend_code refuse(const input *in, const char *clause) {
    js_buf shown = JS_BUF_INIT;
    size_t length = strlen(in->text);
    size_t cut = js_utf8_cut(in->text, length, SHOWN_MAX);
    js_text_escape(&shown, in->text, cut);
    jirasend_code code = shown.failed
                             ? js_fail_memory(in->error)
                             : js_fail(in->error, JIRASEND_E_ARGUMENT, "%s: \"%s%s\" %s", in->what,
                                       shown.data, cut < length ? "…" : "", clause);
    js_buf_clear(&shown);
    return code;
}

/* For what may hold a password or a token: the text is not shown. */
static jirasend_code refuse_unseen(const input *in, const char *sentence) {
    return js_fail(in->error, JIRASEND_E_ARGUMENT, "%s: %s", in->what, sentence);
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

static bool is_alphanumeric(char byte) {
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Everything that is wrong wherever it is, the things that may carry a secret first. */
static jirasend_code check_characters(const input *in) {
    const char *text = in->text;
    if (strchr(text, '@') != NULL) {
        return refuse_unseen(in,
                             "A user name or password (\"...@\") is not allowed in it. Give the "
                             "host name only; credentials have options of their own.");
    }
    if (strchr(text, '?') != NULL) {
        return refuse_unseen(in, "A query (\"?...\") is not allowed in it. Leave it out.");
    }
    if (strchr(text, '#') != NULL) {
        return refuse_unseen(in, "A fragment (\"#...\") is not allowed in it. Leave it out.");
    }
    if (text[0] == '\0') {
        return refuse_unseen(in, "It is empty. Give a host name such as acme.atlassian.net.");
    }
    bool foreign = false;
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
            return refuse(in, "contains white space. Remove it.");
        }
        if (byte < 0x20 || byte == 0x7F) {
            return refuse(in, "contains a control character. Remove it.");
        }
        foreign = foreign || byte >= 0x80;
    }
    if (!js_utf8_valid(text, strlen(text))) {
        return refuse(in, "is not valid UTF-8.");
    }
    if (foreign) {
        return refuse(in, "contains letters outside ASCII. Give the host name in its ASCII form "
                          "(Punycode), which begins with xn--.");
    }
    if (strchr(text, '\\') != NULL) {
        return refuse(in, "contains a backslash. Use / only.");
    }
    if (strchr(text, '%') != NULL) {
        return refuse(in, "contains a percent sign. Give the name without escapes or zone.");
    }
    return JIRASEND_OK;
}

/* Moves *text past "https://" or "http://". */
static jirasend_code take_scheme(const input *in, const char **text, bool *http) {
    const char *separator = strstr(*text, "://");
    *http = false;
    if (separator == NULL || memchr(*text, '/', (size_t)(separator - *text)) != NULL) {
        if (strncasecmp(*text, "http:", 5) == 0 || strncasecmp(*text, "https:", 6) == 0) {
            return refuse(in, "is not a URL. Two slashes are missing after the colon.");
        }
        return JIRASEND_OK;
    }
    size_t length = (size_t)(separator - *text);
    *http = length == 4 && strncasecmp(*text, "http", 4) == 0;
    if (!*http && (length != 5 || strncasecmp(*text, "https", 5) != 0)) {
        return refuse(in, "does not begin with https://. No other kind of URL can be used.");
    }
    *text = separator + 3;
    return JIRASEND_OK;
}

/* An IPv6 address between brackets, in its shortest form. */
static jirasend_code take_ipv6(const input *in, const char **text, js_site *site) {
    const char *close = strchr(*text, ']');
    char address[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    size_t length = close == NULL ? sizeof address : (size_t)(close - *text) - 1;
    if (length >= sizeof address) {
        return refuse(in, "does not contain a valid IPv6 address in brackets.");
    }
    memcpy(address, *text + 1, length);
    address[length] = '\0';
    if (inet_pton(AF_INET6, address, &binary) != 1 ||
        inet_ntop(AF_INET6, &binary, site->host, sizeof site->host) == NULL) {
        return refuse(in, "does not contain a valid IPv6 address in brackets.");
    }
    *text = close + 1;
    return JIRASEND_OK;
}

static jirasend_code check_labels(const input *in, const char *host) {
    size_t label = 0;
    for (const char *at = host;; at++) {
        if (*at == '.' || *at == '\0') {
            if (label == 0) {
                return refuse(in, "has an empty part between two dots of its host name.");
            }
            if (at[-1] == '-' || *(at - label) == '-') {
                return refuse(in, "has a part of its host name that begins or ends with a hyphen.");
            }
            if (label > LABEL_MAX) {
                return refuse(in, "has a part of its host name with more than 63 characters.");
            }
            if (*at == '\0') {
                return JIRASEND_OK;
            }
            label = 0;
        } else if (is_alphanumeric(*at) || *at == '-') {
            label++;
        } else {
            return refuse(in, "is not a host name. It has letters, digits, hyphens and dots only, "
                              "such as acme.atlassian.net.");
        }
    }
}

/*
 * Names such as 127.1, 0x7f.1 or 2130706433 are addresses to many a resolver and to libcurl: what
 * ends with a number must be an address written in full.
 */
static jirasend_code check_numeric(const input *in, const char *host) {
    const char *dot = strrchr(host, '.');
    const char *last = dot == NULL ? host : dot + 1;
    bool hex = last[0] == '0' && last[1] == 'x' &&
               strspn(last + 2, "0123456789abcdef") == strlen(last + 2);
    struct in_addr binary;
    if ((hex || strspn(last, "0123456789") == strlen(last)) &&
        inet_pton(AF_INET, host, &binary) != 1) {
        return refuse(
            in, "is not a valid IPv4 address. Write all four numbers, without leading zeros.");
    }
    return JIRASEND_OK;
}

static jirasend_code take_name(const input *in, const char **text, js_site *site) {
    size_t length = strcspn(*text, ":/");
    const char *begin = *text;
    *text += length;
    if (length > 1 && begin[length - 1] == '.') {
        length--; /* the root of the DNS, which browsers drop as well */
    }
    if (length == 0) {
        return refuse(in, "has no host name.");
    }
    if (length > HOST_MAX) {
        return refuse(in, "has a host name with more than 253 characters.");
    }
    for (size_t i = 0; i < length; i++) {
        char byte = begin[i];
        site->host[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    site->host[length] = '\0';
    jirasend_code code = check_labels(in, site->host);
    return code != JIRASEND_OK ? code : check_numeric(in, site->host);
}

static jirasend_code take_host(const input *in, const char **text, js_site *site) {
    if (**text == '[') {
        return take_ipv6(in, text, site);
    }
    size_t length = strcspn(*text, "/");
    const char *colon = memchr(*text, ':', length);
    if (colon != NULL && memchr(colon + 1, ':', length - (size_t)(colon - *text) - 1) != NULL) {
        return refuse(in, "has more than one colon. Write an IPv6 address in brackets, such as "
                          "[::1].");
    }
    return take_name(in, text, site);
}

static jirasend_code take_port(const input *in, const char **text, js_site *site) {
    if (**text != ':') {
        return JIRASEND_OK;
    }
    const char *at = *text + 1;
    int port = 0;
    while (is_digit(*at) && port <= PORT_MAX) {
        port = port * 10 + (*at++ - '0');
    }
    if (port < 1 || port > PORT_MAX || (*at != '\0' && *at != '/')) {
        return refuse(in, "has no valid port after the colon. Give a number from 1 to 65535.");
    }
    site->port = port == (site->http ? 80 : 443) ? 0 : port;
    *text = at;
    return JIRASEND_OK;
}

static void write_place(const js_site *site, const char *scheme, char *out, size_t size) {
    char port[8] = "";
    bool v6 = strchr(site->host, ':') != NULL;
    if (site->port != 0) {
        (void)snprintf(port, sizeof port, ":%u", (unsigned)site->port & PORT_MAX);
    }
    (void)snprintf(out, size, "%s%s%s%s%s", scheme, v6 ? "[" : "", site->host, v6 ? "]" : "", port);
}

/* Everything up to the path; *rest points to the path. */
static jirasend_code parse(const input *in, js_site *site, const char **rest) {
    *rest = in->text;
    jirasend_code code = check_characters(in);
    if (code == JIRASEND_OK) {
        code = take_scheme(in, rest, &site->http);
    }
    if (code == JIRASEND_OK) {
        code = take_host(in, rest, site);
    }
    if (code == JIRASEND_OK && **rest != '\0' && **rest != ':' && **rest != '/') {
        code = refuse(in, "has something after the bracket that is neither a port nor a path.");
    }
    if (code == JIRASEND_OK) {
        code = take_port(in, rest, site);
    }
    if (code == JIRASEND_OK && site->http && !js_host_is_loopback(site->host)) {
        code = refuse(in, "begins with http://, which is allowed for this machine only (localhost, "
                          "127.0.0.0/8, [::1]). Use https://.");
    }
    if (code == JIRASEND_OK) {
        write_place(site, site->http ? "http://" : "", site->name, sizeof site->name);
    }
    return code;
}

jirasend_code js_site_parse(js_site *site, const char *text, const char *what,
                            jirasend_error *error) {
    input in = {text == NULL ? "" : text, what, error};
    const char *rest;
    memset(site, 0, sizeof *site);
    jirasend_code code = parse(&in, site, &rest);
    if (code == JIRASEND_OK && strcmp(rest, "") != 0 && strcmp(rest, "/") != 0) {
        code = refuse(&in, "has a path. Give the host only, such as acme.atlassian.net.");
    }
    if (code != JIRASEND_OK) {
        memset(site, 0, sizeof *site);
    }
    return code;
}

/* Segments of plain characters, none of them empty, "." or "..". */
static bool path_is_plain(const char *path, size_t length) {
    size_t segment = 0;
    for (size_t i = 1; i <= length; i++) {
        if (i == length || path[i] == '/') {
            bool dots = (segment == 1 && path[i - 1] == '.') ||
                        (segment == 2 && path[i - 1] == '.' && path[i - 2] == '.');
            if (segment == 0 || dots) {
                return false;
            }
            segment = 0;
        } else if (is_alphanumeric(path[i]) || strchr("-._~", path[i]) != NULL) {
            segment++;
        } else {
            return false;
        }
    }
    return true;
}

jirasend_code js_api_parse(js_site *site, char *path, size_t path_size, const char *text,
                           const char *what, jirasend_error *error) {
    input in = {text == NULL ? "" : text, what, error};
    const char *rest;
    memset(site, 0, sizeof *site);
    jirasend_code code = parse(&in, site, &rest);
    size_t length = 0;
    if (code == JIRASEND_OK) {
        length = strlen(rest);
        length -= length > 0 && rest[length - 1] == '/' ? 1 : 0;
        if (length > 0 && !path_is_plain(rest, length)) {
            code = refuse(&in, "has a path that cannot be used. Its parts may hold letters, digits "
                               "and - . _ ~ only.");
        } else if (length >= path_size) {
            code = refuse(&in, "has a path that is too long.");
        }
    }
    if (code != JIRASEND_OK) {
        memset(site, 0, sizeof *site);
        length = 0;
        rest = "";
    }
    if (path_size > 0) {
        memcpy(path, rest, length);
        path[length] = '\0';
    }
    return code;
}

void js_site_origin(const js_site *site, char out[JS_ORIGIN_SIZE]) {
    write_place(site, site->http ? "http://" : "https://", out, JS_ORIGIN_SIZE);
}

bool js_cloud_id_valid(const char *text) {
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        if (length == CLOUD_ID_MAX || (!is_alphanumeric(text[length]) && text[length] != '-')) {
            return false;
        }
    }
    return length > 0;
}
