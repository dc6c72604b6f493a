/* The pure rules: what is a date-time, a URI, an issue key. */
#include "schema.h"

#include <string.h>
#include <strings.h>

size_t sb_utf16_units(const char *text, size_t length) {
    size_t units = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte & 0xC0) == 0x80) {
            continue; /* inside a character */
        }
        units += byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Reads `count` digits; -1 when there are not that many. */
static int digits(const char **text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(**text)) {
            return -1;
        }
        number = number * 10 + (**text - '0');
        (*text)++;
    }
    return number;
}

static bool take(const char **text, char c) {
    if (**text != c) {
        return false;
    }
    (*text)++;
    return true;
}

static bool in_range(int number, int low, int high) {
    return number >= low && number <= high;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_date(const char **text) {
    int year = digits(text, 4);
    if (year < 0 || !take(text, '-')) {
        return false;
    }
    int month = digits(text, 2);
    if (!in_range(month, 1, 12) || !take(text, '-')) {
        return false;
    }
    return in_range(digits(text, 2), 1, days_in_month(year, month));
}

static bool is_zone(const char **text) {
    if (take(text, 'Z') || take(text, 'z')) {
        return true;
    }
    if (!take(text, '+') && !take(text, '-')) {
        return false;
    }
    return in_range(digits(text, 2), 0, 23) && take(text, ':') && in_range(digits(text, 2), 0, 59);
}

bool sb_is_date_time(const char *text) {
    if (!is_date(&text) || !(take(&text, 'T') || take(&text, 't'))) {
        return false;
    }
    bool time = in_range(digits(&text, 2), 0, 23) && take(&text, ':') &&
                in_range(digits(&text, 2), 0, 59) && take(&text, ':') &&
                in_range(digits(&text, 2), 0, 60);
    if (!time) {
        return false;
    }
    if (take(&text, '.')) {
        if (!is_digit(*text)) {
            return false;
        }
        while (is_digit(*text)) {
            text++;
        }
    }
    return is_zone(&text) && *text == '\0';
}

bool sb_is_uri(const char *text) {
    size_t scheme = 0;
    while (is_letter(text[scheme]) ||
           (scheme > 0 && (is_digit(text[scheme]) || strchr("+-.", text[scheme]) != NULL) &&
            text[scheme] != '\0')) {
        scheme++;
    }
    if (scheme == 0 || text[scheme] != ':' || text[scheme + 1] == '\0') {
        return false;
    }
    bool web = (scheme == 4 && strncasecmp(text, "http", 4) == 0) ||
               (scheme == 5 && strncasecmp(text, "https", 5) == 0);
    const char *rest = text + scheme + 1;
    if (web && (strncmp(rest, "//", 2) != 0 || strcspn(rest + 2, "/?#") == 0)) {
        return false; /* no host */
    }
    for (; *rest != '\0'; rest++) {
        unsigned char byte = (unsigned char)*rest;
        if (byte <= ' ' || byte == 0x7F || strchr("\"<>\\^`{|}", *rest) != NULL) {
            return false;
        }
    }
    return true;
}

static size_t run_of_digits(const char *text) {
    size_t length = 0;
    while (is_digit(text[length])) {
        length++;
    }
    return length;
}

bool sb_is_issue_key(const char *text) {
    size_t word = 0;
    while (is_letter(text[word]) || is_digit(text[word]) || text[word] == '_') {
        word++;
    }
    if (word < 1 || word > 255 || text[word] != '-') {
        return false;
    }
    size_t number = run_of_digits(text + word + 1);
    return number >= 1 && number <= 255 && text[word + 1 + number] == '\0';
}

bool sb_is_issue_id(const char *text) {
    size_t number = run_of_digits(text);
    return number >= 1 && number <= 255 && text[number] == '\0';
}

/* Letters beyond ASCII are taken as they come. */
static bool is_wide_letter(char c) {
    return is_letter(c) || ((unsigned char)c & 0x80) != 0;
}

bool sb_is_devinfo_key(const char *text) {
    size_t word = 0;
    if (!is_wide_letter(*text)) {
        return false;
    }
    while (is_wide_letter(text[word]) || is_digit(text[word]) || text[word] == '_') {
        word++;
    }
    if (text[word] != '-' || sb_utf16_units(text, word) < 2 || sb_utf16_units(text, word) > 256) {
        return false;
    }
    return sb_is_issue_id(text + word + 1);
}

bool sb_is_entity_id(const char *text) {
    size_t length = 0;
    while (is_letter(text[length]) || is_digit(text[length]) ||
           (text[length] != '\0' && strchr("~.-_", text[length]) != NULL)) {
        length++;
    }
    return length >= 1 && length <= 1024 && text[length] == '\0';
}
