/* Checking the values of options. */
#include "cli/values.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "base/url.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a bad value is worth showing. */
#define SHOWN "%.80s%s"
#define SHOW(text) (text), strlen(text) > 80 ? "..." : ""

int cli_check_text(const char *origin, const char *value, bool lines) {
    size_t length = strlen(value);
    for (size_t i = 0; i < length;) {
        int32_t code;
        i += js_utf8_next(value + i, length - i, &code);
        if (code < 0) {
            return cli_usage("%s is not valid UTF-8 (at byte %zu).", origin, i);
        }
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        if (control && !(lines && (code == '\n' || code == '\t' || code == '\r'))) {
            return cli_usage("%s contains a control character (at byte %zu).", origin, i);
        }
    }
    return CLI_OK;
}

int cli_check_length(const char *origin, const char *value, size_t units) {
    size_t length = js_utf16_length(value, strlen(value));
    if (length > units) {
        return cli_usage("%s has %zu characters; Jira takes at most %zu.", origin, length, units);
    }
    return CLI_OK;
}

static bool all_digits(const char *text) {
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

int cli_check_number(const char *origin, const char *value, int64_t *number) {
    errno = 0;
    long long read = all_digits(value) ? strtoll(value, NULL, 10) : -1;
    if (read < 0 || errno == ERANGE) {
        return cli_usage("%s is '" SHOWN "', which is not a whole number from 0 to %lld.", origin,
                         SHOW(value), (long long)INT64_MAX);
    }
    *number = read;
    return CLI_OK;
}

int cli_check_range(const char *origin, const char *value, int64_t low, int64_t high,
                    int64_t *number) {
    errno = 0;
    long long read = all_digits(value) ? strtoll(value, NULL, 10) : -1;
    if (read >= low && read <= high && errno == 0) {
        *number = read;
        return CLI_OK;
    }
    char to[32] = "";
    if (high < INT64_MAX) {
        (void)snprintf(to, sizeof to, " to %lld", (long long)high);
    }
    return cli_usage("%s is '" SHOWN "'; it takes a whole number from %lld%s.", origin, SHOW(value),
                     (long long)low, to);
}

/* Seconds with at most so many digits, in ms; -1: something else. */
static int64_t read_seconds(const char *value, size_t digits) {
    const char *point = strchr(value, '.');
    size_t whole = point != NULL ? (size_t)(point - value) : strlen(value);
    bool good = whole > 0 && whole <= digits && strspn(value, "0123456789") == whole &&
                (point == NULL || all_digits(point + 1));
    int64_t seconds = good ? strtoll(value, NULL, 10) : 0;
    int64_t fraction = 0;
    for (int digit = 1; good && point != NULL && digit <= 3; digit++) {
        fraction = fraction * 10;
        if ((size_t)digit <= strlen(point + 1)) {
            fraction += point[digit] - '0';
        }
    }
    return good ? seconds * 1000 + fraction : -1;
}

int cli_check_wait(const char *origin, const char *value, int64_t *ms) {
    int64_t sum = read_seconds(value, 5);
    if (sum < 0 || sum > (int64_t)CLI_WAIT_MAX_S * 1000) {
        return cli_usage("%s is '" SHOWN "', which is not a number of seconds from 0 to %d.",
                         origin, SHOW(value), CLI_WAIT_MAX_S);
    }
    *ms = sum;
    return CLI_OK;
}

int cli_check_long_wait(const char *origin, const char *value, int64_t *ms) {
    enum { DIGITS = 15 }; /* 30 million years */
    bool for_ever = strlen(value) > DIGITS && all_digits(value);
    int64_t sum = read_seconds(for_ever ? "999999999999999" : value, DIGITS);
    if (sum < 0) {
        return cli_usage("%s is '" SHOWN "', which is not a number of seconds.", origin,
                         SHOW(value));
    }
    *ms = sum;
    return CLI_OK;
}

int cli_check_duration(const char *origin, const char *value, int64_t *ms) {
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    size_t length = strspn(value, "0123456789");
    /* Nine digits of weeks are far from the largest number. */
    bool good = length > 0 && length <= 9 && value[length] != '\0' && value[length + 1] == '\0';
    for (size_t i = 0; good && i < sizeof(units) / sizeof(units[0]); i++) {
        if (value[length] == units[i].unit) {
            *ms = strtoll(value, NULL, 10) * units[i].ms;
            return CLI_OK;
        }
    }
    return cli_usage("%s is '" SHOWN
                     "', which is not a length of time such as 90s, 5m, 24h, 7d or 2w.",
                     origin, SHOW(value));
}

int cli_check_tests(const char *origin, const char *value, int64_t counts[4]) {
    const char *rest = value;
    for (int i = 0; i < 4; i++) {
        size_t length = strcspn(rest, ",");
        bool last = rest[length] == '\0';
        bool good = length > 0 && length <= 18 && strspn(rest, "0123456789") == length;
        if (!good || last != (i == 3)) {
            return cli_usage("%s is '" SHOWN "'; it takes four whole numbers with commas between "
                             "them: TOTAL,PASSED,FAILED,SKIPPED, such as 120,118,1,1.",
                             origin, SHOW(value));
        }
        counts[i] = strtoll(rest, NULL, 10);
        rest += length + 1;
    }
    return CLI_OK;
}

int cli_check_time(const char *origin, const char *value) {
    int64_t ms;
    const char *why = NULL;
    if (!js_timestamp_parse(value, strlen(value), &ms, &why)) {
        return cli_usage("%s is '" SHOWN "', which %s; write it like 2026-11-23T10:00:00Z or "
                         "2026-11-23T11:00:00+01:00.",
                         origin, SHOW(value), why != NULL ? why : "is not a point in time");
    }
    return CLI_OK;
}

/* Milliseconds of "24h"; -1: that is something else. */
static int64_t duration_ms(const char *value) {
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000},
                 {'m', 60000},
                 {'h', 3600000},
                 {'d', 24 * INT64_C(3600000)},
                 {'w', 7 * 24 * INT64_C(3600000)}};
    enum { DIGITS_MAX = 9 };
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || value[digits] == '\0' || value[digits + 1] != '\0') {
        return -1;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (units[i].unit == value[digits]) {
            return strtoll(value, NULL, 10) * units[i].ms;
        }
    }
    return -1;
}

int cli_check_ago(const char *origin, const char *value, int64_t now_ms, int64_t *ms) {
    int64_t ago_ms = duration_ms(value);
    if (ago_ms >= 0) {
        *ms = ago_ms < now_ms ? now_ms - ago_ms : 1;
        return CLI_OK;
    }
    const char *why = NULL;
    if (js_timestamp_parse(value, strlen(value), ms, &why)) {
        return CLI_OK;
    }
    return cli_usage(
        "%s is '%.80s'. Give how long ago it was, such as 90s, 5m, 24h, 7d or 2w, or a "
        "time with a zone, such as 2026-11-23T10:00:00Z.",
        origin, value);
}

/* Of an address without what logs in. */
static int check_web(const char *origin, const char *url) {
    const char *host = NULL;
    if (strncasecmp(url, "http://", 7) == 0) {
        host = url + 7;
    } else if (strncasecmp(url, "https://", 8) == 0) {
        host = url + 8;
    }
    if (host == NULL || strcspn(host, "/?#:") == 0 || strpbrk(url, " <>\"\\^`{|}") != NULL) {
        return cli_usage("%s is '" SHOWN "', which is not a web address; it takes a URL such as "
                         "https://ci.example.com/job/app/42/.",
                         origin, SHOW(url));
    }
    const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL; /* of an IPv6 address */
    const char *port = bracket != NULL ? bracket + 1 : host + strcspn(host, "/?#:");
    if (port[0] == ':' && strchr("/?#", port[1 + strspn(port + 1, "0123456789")]) == NULL) {
        return cli_usage("%s has a port that is not a number.", origin);
    }
    return cli_check_length(origin, url, 2000);
}

int cli_check_url(const char *origin, const char *value) {
    char *url = js_copy(value);
    if (url == NULL) {
        return cli_no_memory();
    }
    js_url_forget_login(url);
    int code = check_web(origin, url);
    free(url);
    return code;
}

/* The listed word that is nearest to a mistyped one; empty when none is near. */
static void nearest_of_list(const char *typed, const char *list, char near[32]) {
    char copy[256] = "";
    const char *words[16];
    size_t count = 0;
    strncat(copy, list, sizeof(copy) - 1);
    char *rest = copy;
    for (char *word = strtok_r(copy, ", ", &rest); word != NULL && count < 16;
         word = strtok_r(NULL, ", ", &rest)) {
        words[count++] = word;
    }
    const char *found = cli_nearest(typed, words, count);
    near[0] = '\0';
    if (found != NULL) {
        strncat(near, found, 31);
    }
}

static bool listed(const char *list, const char *word) {
    const char *found = strstr(list, word);
    size_t length = strlen(word);
    return found != NULL && (found == list || found[-1] == ' ') &&
           (found[length] == ',' || found[length] == '\0');
}

int cli_check_word(const char *origin, const char *value, cli_word_fn word_of, const char *list,
                   const char *what, const char **word) {
    *word = word_of(value);
    if (*word != NULL && listed(list, *word)) {
        return CLI_OK;
    }
    char near[32];
    nearest_of_list(value, list, near);
    return cli_usage("%s is '" SHOWN "', which is not a %s%s%s%s It is one of: %s.", origin,
                     SHOW(value), what, near[0] != '\0' ? "; did you mean '" : ".", near,
                     near[0] != '\0' ? "'?" : "", list);
}

/* PROJECT-NUMBER; case does not matter in a key that a person gave. */
static bool looks_like_key(const char *text, size_t length) {
    size_t dash = 0;
    while (dash < length && text[dash] != '-') {
        char c = text[dash];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool other = (c >= '0' && c <= '9') || c == '_';
        if (!letter && !(other && dash > 0)) {
            return false;
        }
        dash++;
    }
    size_t digits = length > dash ? length - dash - 1 : 0;
    if (dash < 2 || dash > 255 || digits < 1 || digits > 255 || text[dash + 1] == '0') {
        return false;
    }
    return strspn(text + dash + 1, "0123456789") >= digits;
}

int cli_check_keys(const char *origin, const char *value, js_strings *keys) {
    static const char separators[] = ",; \t\r\n";
    const char *rest = value + strspn(value, separators);
    while (*rest != '\0') {
        size_t length = strcspn(rest, separators);
        if (!looks_like_key(rest, length)) {
            return cli_usage("%s contains '%.*s%s', which is not an issue key such as APP-1.",
                             origin, (int)(length > 80 ? 80 : length), rest,
                             length > 80 ? "..." : "");
        }
        if (!js_strings_add(keys, rest, length)) {
            return cli_no_memory();
        }
        rest += length;
        rest += strspn(rest, separators);
    }
    return CLI_OK;
}

/* What is typed by mistake: letters left out, doubled or swapped more often than wrong ones. */
enum { COST_SLIP = 2, COST_WRONG = 3, COST_NEAR = 5, COST_NEAR_LONG = 8, LONG_WORD = 8 };

static size_t smallest(size_t one, size_t other) {
    return one < other ? one : other;
}

/* How far one word is from another. */
static size_t distance(const char *one, const char *other) {
    enum { MAX = 32 };
    size_t rows = strlen(one), columns = strlen(other);
    if (rows > MAX || columns > MAX) {
        return SIZE_MAX;
    }
    size_t table[MAX + 1][MAX + 1];
    for (size_t i = 0; i <= rows; i++) {
        for (size_t j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = (i + j) * COST_SLIP;
                continue;
            }
            size_t wrong = one[i - 1] != other[j - 1] ? COST_WRONG : 0;
            size_t best = table[i - 1][j - 1] + wrong;
            best = smallest(best, table[i - 1][j] + COST_SLIP);
            best = smallest(best, table[i][j - 1] + COST_SLIP);
            bool swapped =
                i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
            best = swapped ? smallest(best, table[i - 2][j - 2] + COST_SLIP) : best;
            table[i][j] = best;
        }
    }
    return table[rows][columns];
}

const char *cli_nearest(const char *typed, const char *const *words, size_t count) {
    const char *nearest = NULL;
    size_t shortest = SIZE_MAX, length = strlen(typed);
    for (size_t i = 0; i < count; i++) {
        size_t away = distance(typed, words[i]);
        /* The beginning of a word is near to it, however much is left out. */
        if (length >= 3 && strncmp(typed, words[i], length) == 0) {
            away = COST_SLIP;
        }
        if (away < shortest) {
            shortest = away;
            nearest = words[i];
        }
    }
    size_t near = length >= LONG_WORD ? COST_NEAR_LONG : COST_NEAR;
    return shortest <= near ? nearest : NULL;
}
