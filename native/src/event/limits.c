/* Jira's limits, and the sentences about them. */
#include "event/limits.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { QUOTED_UNITS = 60, PORT_MAX = 65535 };

void js_quote(char out[JS_QUOTE_SIZE], const char *text, size_t length) {
    size_t shown = js_utf8_cut(text, length, QUOTED_UNITS);
    js_buf escaped = JS_BUF_INIT;
    js_text_escape(&escaped, text, shown);
    if (escaped.failed || escaped.data == NULL) {
        out[0] = '\0';
    } else {
        size_t cut = js_utf8_cut(escaped.data, escaped.length, QUOTED_UNITS);
        (void)snprintf(out, JS_QUOTE_SIZE, "%.*s%s", (int)cut, escaped.data,
                       shown < length || cut < escaped.length ? "…" : "");
    }
    js_buf_clear(&escaped);
}

static jirasend_code copy(char **out, const char *text, size_t length, jirasend_error *error) {
    *out = js_copy_n(text, length);
    return *out == NULL ? js_fail_memory(error) : JIRASEND_OK;
}

static jirasend_code check_filled(size_t length, const char *place, jirasend_error *error) {
    if (length == 0) {
        return js_fail(error, JIRASEND_E_DOCUMENT, "\"%s\" is empty. Give it a value.", place);
    }
    return JIRASEND_OK;
}

static jirasend_code check_units(const char *text, size_t length, size_t limit, const char *place,
                                 jirasend_error *error) {
    size_t units = js_utf16_length(text, length);
    if (units > limit) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is %zu characters long (UTF-16 units); Jira takes at most %zu. "
                       "Give a shorter one.",
                       place, units, limit);
    }
    return JIRASEND_OK;
}

static jirasend_code check_controls(const char *text, size_t length, const char *place,
                                    jirasend_error *error) {
    for (size_t at = js_plain_length(text, length); at < length;) {
        int32_t code = 0;
        at += js_utf8_next(text + at, length - at, &code);
        if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) {
            return js_fail(error, JIRASEND_E_DOCUMENT,
                           "\"%s\" contains the control character U+%04X. Remove it.", place,
                           (unsigned)(code < 0 ? 0xFFFD : code));
        }
    }
    return JIRASEND_OK;
}

static jirasend_code check_name(const char *text, size_t length, size_t limit, const char *place,
                                jirasend_error *error) {
    jirasend_code code = check_filled(length, place, error);
    if (code == JIRASEND_OK) {
        code = check_controls(text, length, place, error);
    }
    return code == JIRASEND_OK ? check_units(text, length, limit, place, error) : code;
}

jirasend_code js_limit_id(char **out, const char *text, size_t length, const char *place,
                          jirasend_error *error) {
    jirasend_code code = check_name(text, length, JS_ID_UNITS, place, error);
    return code == JIRASEND_OK ? copy(out, text, length, error) : code;
}

jirasend_code js_limit_long_id(char **out, const char *text, size_t length, const char *place,
                               jirasend_error *error) {
    jirasend_code code = check_name(text, length, JS_LONG_ID_UNITS, place, error);
    return code == JIRASEND_OK ? copy(out, text, length, error) : code;
}

static bool is_hash(const char *text, size_t length) {
    return (length == 40 || length == 64) && strspn(text, "0123456789abcdefABCDEF") == length;
}

jirasend_code js_limit_hash(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error) {
    if (!is_hash(text, length)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, text, length);
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is \"%s\", which is not the hash of a commit. Give all of its 40 or "
                       "64 hexadecimal digits.",
                       place, shown);
    }
    jirasend_code code = copy(out, text, length, error);
    for (size_t i = 0; code == JIRASEND_OK && i < length; i++) {
        (*out)[i] = (char)tolower((unsigned char)(*out)[i]);
    }
    return code;
}

/* A text that names something in Jira's view must not be empty. */
jirasend_code js_limit_name(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error) {
    jirasend_code code = check_filled(length, place, error);
    return code == JIRASEND_OK ? js_limit_text(out, text, length, place, error) : code;
}

static jirasend_code copy_url(char **out, const char *text, size_t length, jirasend_error *error) {
    jirasend_code code = copy(out, text, length, error);
    if (code == JIRASEND_OK) {
        js_url_forget_login(*out);
    }
    return code;
}

jirasend_code js_limit_uri(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error) {
    jirasend_code code = check_name(text, length, JS_URL_UNITS, place, error);
    return code == JIRASEND_OK ? copy_url(out, text, length, error) : code;
}

jirasend_code js_limit_text(char **out, const char *text, size_t length, const char *place,
                            jirasend_error *error) {
    (void)place; /* no text is refused: it is cut */
    return copy(out, text, js_utf8_cut(text, length, JS_TEXT_UNITS), error);
}

jirasend_code js_limit_message(char **out, const char *text, size_t length, const char *place,
                               jirasend_error *error) {
    (void)place;
    return copy(out, text, js_utf8_cut(text, length, JS_LONG_TEXT_UNITS), error);
}

jirasend_code js_limit_title(char **out, const char *text, size_t length, const char *place,
                             jirasend_error *error) {
    jirasend_code code = check_filled(length, place, error);
    return code == JIRASEND_OK ? js_limit_message(out, text, length, place, error) : code;
}

jirasend_code js_limit_ref(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error) {
    jirasend_code code = check_name(text, length, SIZE_MAX, place, error);
    return code == JIRASEND_OK ? copy(out, text, length, error) : code;
}

/* An empty port ("host:") is valid in a URL and means the scheme's own. */
static bool port_valid(const char *text, size_t length) {
    long port = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        port = port * 10 + (text[i] - '0');
        if (port > PORT_MAX) {
            return false;
        }
    }
    return true;
}

/* "[::1]" or a name without the characters that end or forbid one. */
static bool host_valid(const char *host, size_t length) {
    if (length == 0) {
        return false;
    }
    if (host[0] == '[') {
        return length > 2 && host[length - 1] == ']' &&
               strspn(host + 1, "0123456789abcdefABCDEF:.") == length - 2;
    }
    return strcspn(host, "\"<>[]\\^`{|}:@") >= length;
}

/* user@host:port */
static bool authority_valid(const char *text, size_t length) {
    const char *host = text;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '@') {
            host = text + i + 1;
        }
    }
    size_t left = length - (size_t)(host - text);
    size_t host_length = left;
    for (size_t i = left; i > 0; i--) {
        if (host[i - 1] == ']') {
            break; /* the colons before it belong to an IPv6 address */
        }
        if (host[i - 1] == ':') {
            host_length = i - 1;
            if (!port_valid(host + i, left - i)) {
                return false;
            }
            break;
        }
    }
    return host_valid(host, host_length);
}

/* `clause`: what it does wrong, and what to do. */
static jirasend_code fail_web(const char *url, const char *place, const char *clause,
                              jirasend_error *error) {
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, url, strlen(url));
    return js_fail(error, JIRASEND_E_DOCUMENT, "\"%s\" is \"%s\", which %s", place, shown, clause);
}

/* Of an address from which what logs in was taken. */
static jirasend_code check_web(const char *url, const char *place, jirasend_error *error) {
    size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                    : strncasecmp(url, "http://", 7) == 0 ? 7
                                                          : 0;
    if (scheme == 0) {
        return fail_web(url, place, "is not a web address. It must begin with https:// or http://.",
                        error);
    }
    if (strchr(url, ' ') != NULL) {
        return fail_web(url, place, "contains a space. Write it as %20.", error);
    }
    const char *forbidden = strpbrk(url, "\"<>\\^`{|}"); /* RFC 3986; Jira rejects the event */
    if (forbidden != NULL) {
        char clause[64];
        (void)snprintf(clause, sizeof clause, "contains the character %c. Write it as %%%02X.",
                       *forbidden, (unsigned)*forbidden);
        return fail_web(url, place, clause, error);
    }
    if (!authority_valid(url + scheme, strcspn(url + scheme, "/?#"))) {
        /* Not shown: what stands where a port should may be a password. */
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" has no usable host name and port. Give a whole address such as "
                       "https://ci.example.com/job/app/42/.",
                       place);
    }
    return JIRASEND_OK;
}

jirasend_code js_limit_url(char **out, const char *text, size_t length, const char *place,
                           jirasend_error *error) {
    char *url = NULL;
    jirasend_code code = check_name(text, length, JS_URL_UNITS, place, error);
    if (code == JIRASEND_OK) {
        code = copy_url(&url, text, length, error);
    }
    if (code == JIRASEND_OK) {
        code = check_web(url, place, error);
    }
    if (code != JIRASEND_OK) {
        free(url);
        return code;
    }
    *out = url;
    return JIRASEND_OK;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static void keep_strings(js_strings *list, size_t *room, int64_t *dropped) {
    size_t kept = smaller(list->count, *room);
    for (size_t i = kept; i < list->count; i++) {
        free(list->items[i]);
    }
    *dropped += (int64_t)(list->count - kept);
    list->count = kept;
    *room -= kept;
}

static void keep_found(js_event *event, size_t room) {
    for (size_t i = room; event->found != NULL && i < event->issue_keys.count; i++) {
        free(event->found[i].commit);
        event->found[i].commit = NULL;
    }
}

/* What does not fit into the list of such keys is counted all the same. */
static void note_keys(js_event *event, size_t room) {
    for (size_t i = room; i < event->issue_keys.count && event->passed.count < JS_PASSED_MAX; i++) {
        const char *key = event->issue_keys.items[i];
        (void)js_passed_add(&event->passed, key, strlen(key), JS_RULE_TOO_MANY);
    }
}

static void keep_commits(js_event *event, size_t *room) {
    size_t kept = smaller(event->commit_count, *room);
    for (size_t i = kept; i < event->commit_count; i++) {
        free(event->commits[i].hash);
        free(event->commits[i].repository_id);
    }
    event->dropped += (int64_t)(event->commit_count - kept);
    event->commit_count = kept;
    *room -= kept;
}

void js_limit_keys(js_event *event, js_strings *keys) {
    size_t room = JS_ASSOCIATION_VALUES;
    keep_strings(keys, &room, &event->dropped);
}

void js_limit_associations(js_event *event) {
    bool three_others =
        event->issue_keys.count > 0 && event->services.count > 0 && event->commit_count > 0;
    size_t room = JS_ASSOCIATION_VALUES;
    keep_found(event, room);
    note_keys(event, room);
    keep_strings(&event->issue_keys, &room, &event->dropped);
    keep_strings(&event->services, &room, &event->dropped);
    keep_commits(event, &room);
    if (three_others) {
        room = 0;
    }
    keep_strings(&event->repositories, &room, &event->dropped);
}
