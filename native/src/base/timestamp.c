/* Points in time as text. */
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS_A_DAY = 86400 };
static const int64_t END_OF_9999_MS = 253402300800000; /* 10000-01-01T00:00:00Z */

/* A text and how far it has been read. */
typedef struct cursor {
    const char *at, *end;
} cursor;

typedef struct fields {
    int year, month, day, hour, minute, second;
} fields;

static bool take(cursor *in, char wanted) {
    if (in->at == in->end || *in->at != wanted) {
        return false;
    }
    in->at++;
    return true;
}

static bool take_text(cursor *in, const char *wanted) {
    size_t length = strlen(wanted);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, wanted, length) != 0) {
        return false;
    }
    in->at += length;
    return true;
}

static bool at_digit(const cursor *in) {
    return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

/* Exactly `digits` decimal digits. */
static bool take_number(cursor *in, int digits, int *number) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!at_digit(in)) {
            return false;
        }
        value = value * 10 + (*in->at++ - '0');
    }
    *number = value;
    return true;
}

static bool is_leap(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool day_exists(const fields *time) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (time->month < 1 || time->month > 12 || time->day < 1) {
        return false;
    }
    int last = days[time->month - 1] + (time->month == 2 && is_leap(time->year) ? 1 : 0);
    return time->day <= last;
}

/* 24:00:00 is the end of the day; second 60 is judged once the zone is known. */
static bool hour_exists(const fields *time) {
    if (time->hour == 24) {
        return time->minute == 0 && time->second == 0;
    }
    return time->hour < 24 && time->minute < 60 && time->second <= 60;
}

/* Days since 1970-01-01 in the Gregorian calendar; years from 0 on. */
static int64_t days_since_epoch(const fields *time) {
    /* Years that begin in March have the leap day at their end. */
    int year = time->year - (time->month <= 2 ? 1 : 0);
    int month = (time->month + 9) % 12;
    int64_t leap_days = year < 0 ? -1 : year / 4 - year / 100 + year / 400;
    int64_t days_before_month = (153 * month + 2) / 5;
    return (int64_t)year * 365 + leap_days + days_before_month + (time->day - 1) - 719468;
}

static int64_t seconds_since_epoch(const fields *time) {
    return days_since_epoch(time) * SECONDS_A_DAY + time->hour * INT64_C(3600) +
           time->minute * INT64_C(60) + time->second;
}

/* ".5", ",123456": milliseconds, the rest cut off. */
static bool take_fraction(cursor *in, int *ms) {
    *ms = 0;
    if (!take(in, '.') && !take(in, ',')) {
        return true;
    }
    if (!at_digit(in)) {
        return false;
    }
    for (int weight = 100; at_digit(in); weight /= 10) {
        *ms += (*in->at++ - '0') * weight;
    }
    return true;
}

/* "Z", "+01:00", "+0100", "+01": seconds east of Greenwich. */
static bool take_zone(cursor *in, int *offset) {
    *offset = 0;
    if (take(in, 'Z') || take(in, 'z')) {
        return true;
    }
    bool west = take(in, '-');
    if (!west && !take(in, '+')) {
        return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!take_number(in, 2, &hours)) {
        return false;
    }
    bool colon = take(in, ':');
    if ((colon || at_digit(in)) && !take_number(in, 2, &minutes)) {
        return false;
    }
    if (hours > 23 || minutes > 59) {
        return false;
    }
    *offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static bool take_date_and_time(cursor *in, fields *time) {
    return take_number(in, 4, &time->year) && take(in, '-') && take_number(in, 2, &time->month) &&
           take(in, '-') && take_number(in, 2, &time->day) && (take(in, 'T') || take(in, 't')) &&
           take_number(in, 2, &time->hour) && take(in, ':') && take_number(in, 2, &time->minute) &&
           take(in, ':') && take_number(in, 2, &time->second);
}

/* Null when it was read, else what is wrong with it. */
static const char *parse(const char *text, size_t length, int64_t *ms) {
    static const char shape[] = "is not a point in time such as 2026-11-23T10:00:00Z";
    static const char never[] = "names a day or time that does not exist";
    cursor in = {text, text + length};
    fields time = {0};
    int fraction = 0;
    int offset = 0;
    if (!take_date_and_time(&in, &time) || !take_fraction(&in, &fraction)) {
        return shape;
    }
    if (in.at == in.end) {
        return "has no time zone";
    }
    if (!take_zone(&in, &offset) || in.at != in.end) {
        return shape;
    }
    if (!day_exists(&time) || !hour_exists(&time) || (time.hour == 24 && fraction != 0)) {
        return never;
    }
    int64_t seconds = seconds_since_epoch(&time) - offset;
    if (time.second == 60 && seconds % SECONDS_A_DAY != 0) {
        return never; /* leap seconds come at midnight UTC only */
    }
    int64_t result = seconds * 1000 + fraction;
    if (result < 0 || result >= END_OF_9999_MS) {
        return "is not between the years 1970 and 9999";
    }
    *ms = result;
    return NULL;
}

bool js_timestamp_parse(const char *text, size_t length, int64_t *ms, const char **why) {
    const char *wrong = parse(text, length, ms);
    if (wrong != NULL && why != NULL) {
        *why = wrong;
    }
    return wrong == NULL;
}

/* The inverse of days_since_epoch(), for days from 1970 on. */
static fields date_of(int64_t days) {
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097; /* 400 years */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    fields date = {0};
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(era * 400 + year_of_era + (date.month <= 2 ? 1 : 0));
    return date;
}

static void put_digits(char *out, int count, unsigned value) {
    for (; count > 0; value /= 10U) {
        out[--count] = (char)('0' + value % 10U);
    }
}

/* By hand, as each event has five of them. */
void js_timestamp_format(int64_t ms, char out[JS_TIMESTAMP_SIZE]) {
    static const char pattern[] = "0000-00-00T00:00:00.000Z";
    /* A clock that is beyond all reason must still give a text that Jira can read. */
    if (ms < 0) {
        ms = 0;
    } else if (ms >= END_OF_9999_MS) {
        ms = END_OF_9999_MS - 1;
    }
    int64_t seconds = ms / 1000;
    fields date = date_of(seconds / SECONDS_A_DAY);
    unsigned of_day = (unsigned)(seconds % SECONDS_A_DAY);
    memcpy(out, pattern, sizeof pattern);
    put_digits(out, 4, (unsigned)date.year);
    put_digits(out + 5, 2, (unsigned)date.month);
    put_digits(out + 8, 2, (unsigned)date.day);
    put_digits(out + 11, 2, of_day / 3600U);
    put_digits(out + 14, 2, of_day / 60U % 60U);
    put_digits(out + 17, 2, of_day % 60U);
    put_digits(out + 20, 3, (unsigned)(ms % 1000));
}

static bool take_name(cursor *in, const char *const *names, int count, int *index) {
    for (int i = 0; i < count; i++) {
        if (take_text(in, names[i])) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool take_weekday(cursor *in) {
    /* The long names first: "Sun" would match the start of "Sunday". */
    static const char *const names[] = {"Monday",   "Tuesday", "Wednesday", "Thursday", "Friday",
                                        "Saturday", "Sunday",  "Mon",       "Tue",      "Wed",
                                        "Thu",      "Fri",     "Sat",       "Sun"};
    int index = 0;
    return take_name(in, names, 14, &index);
}

static bool take_month(cursor *in, int *month) {
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (!take_name(in, names, 12, month)) {
        return false;
    }
    *month += 1;
    return true;
}

static bool take_clock(cursor *in, fields *time) {
    return take_number(in, 2, &time->hour) && take(in, ':') && take_number(in, 2, &time->minute) &&
           take(in, ':') && take_number(in, 2, &time->second);
}

/* "06 Nov 1994 08:49:37 GMT" and "06-Nov-94 08:49:37 GMT" */
static bool take_fixed_date(cursor *in, fields *time) {
    if (!take_number(in, 2, &time->day)) {
        return false;
    }
    bool old = take(in, '-');
    if ((!old && !take(in, ' ')) || !take_month(in, &time->month) || !take(in, old ? '-' : ' ') ||
        !take_number(in, old ? 2 : 4, &time->year)) {
        return false;
    }
    if (old) {
        time->year += time->year < 70 ? 2000 : 1900;
    }
    return take(in, ' ') && take_clock(in, time) && take_text(in, " GMT");
}

/* "Nov  6 08:49:37 1994" */
static bool take_asctime(cursor *in, fields *time) {
    if (!take_month(in, &time->month) || !take(in, ' ')) {
        return false;
    }
    bool one_digit = take(in, ' ');
    return take_number(in, one_digit ? 1 : 2, &time->day) && take(in, ' ') &&
           take_clock(in, time) && take(in, ' ') && take_number(in, 4, &time->year);
}

bool js_http_date_parse(const char *text, size_t length, int64_t *ms) {
    cursor in = {text, text + length};
    while (take(&in, ' ') || take(&in, '\t')) {
    }
    while (in.end > in.at && (in.end[-1] == ' ' || in.end[-1] == '\t')) {
        in.end--;
    }
    fields time = {0};
    if (!take_weekday(&in)) {
        return false;
    }
    bool read = take_text(&in, ", ") ? take_fixed_date(&in, &time)
                                     : take(&in, ' ') && take_asctime(&in, &time);
    if (!read || in.at != in.end || !day_exists(&time) || !hour_exists(&time) || time.hour == 24) {
        return false;
    }
    int64_t result = seconds_since_epoch(&time) * 1000;
    if (result < 0) {
        return false;
    }
    *ms = result;
    return true;
}
