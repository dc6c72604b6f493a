/* Reading JSON of our own making in place. */
#include "event/json_members.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

js_json_walk js_json_walk_begin(char *text, size_t length) {
    return (js_json_walk){text, text + length};
}

static void pass_blanks(js_json_walk *walk) {
    while (*walk->at == ' ' || *walk->at == '\n' || *walk->at == '\r' || *walk->at == '\t') {
        walk->at++;
    }
}

/* At an opening quote: goes behind the closing one. */
static void pass_text(js_json_walk *walk) {
    char *at = walk->at + 1;
    for (;;) {
        at += js_plain_length(at, (size_t)(walk->end - at));
        if (at == walk->end || *at == '"') {
            break;
        }
        at += *at == '\\' && at + 1 < walk->end ? 2 : 1;
    }
    walk->at = at < walk->end ? at + 1 : at;
}

/* A number or a word goes on up to what may follow it. */
static void pass_value(js_json_walk *walk) {
    size_t depth = 0;
    do {
        char first = *walk->at;
        if (first == '"') {
            pass_text(walk);
        } else if (first == '{' || first == '[') {
            depth++;
            walk->at++;
        } else if ((first == '}' || first == ']') && depth > 0) {
            depth--;
            walk->at++;
        } else if (depth > 0 && walk->at < walk->end) {
            walk->at++;
        } else {
            walk->at += strcspn(walk->at, ",}] \n\r\t");
        }
    } while (depth > 0 && walk->at < walk->end);
}

bool js_json_walk_into(js_json_walk *walk) {
    pass_blanks(walk);
    bool there = *walk->at == '{' || *walk->at == '[';
    walk->at += there ? 1 : 0;
    return there;
}

/* Before a member, its value or an item; false: it was the last one. */
static bool go_on(js_json_walk *next) {
    pass_blanks(next);
    if (*next->at == ',' || *next->at == ':') {
        next->at++;
        pass_blanks(next);
    }
    return next->at < next->end && *next->at != '}' && *next->at != ']';
}

bool js_json_next_item(js_json_walk *next, js_json_walk *value) {
    if (!go_on(next)) {
        return false;
    }
    char *start = next->at;
    pass_value(next);
    *value = (js_json_walk){start, next->at};
    return next->at > start;
}

/* At a quote: sets the end behind the closing one. Names are short, so each byte is looked at. */
static void pass_name(js_json_walk *name, const char *end) {
    do {
        name->end += name->end[0] == '\\' && end - name->end > 1 ? 2 : 1;
    } while (name->end < end && name->end[0] != '"');
    name->end += name->end < end ? 1 : 0;
}

bool js_json_next_member(js_json_walk *next, const char **name, js_json_walk *value) {
    if (!go_on(next) || *next->at != '"') {
        return false;
    }
    js_json_walk read = {next->at, next->at};
    pass_name(&read, next->end);
    *next = (js_json_walk){read.end, next->end};
    *name = js_json_walk_text(&read);
    pass_blanks(next);
    return *next->at == ':' && js_json_next_item(next, value);
}

/* Behind a backslash, where we write no more than what may not stand as it is; anything else is U+FFFD. */
static char *put_escaped(char *to, const char **at) {
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    static const unsigned char unknown[] = {0xEF, 0xBF, 0xBD};
    const char *found = **at == '\0' ? NULL : strchr(names, **at);
    if (found != NULL) {
        *to = meanings[found - names];
        *at += 1;
        return to + 1;
    }
    int32_t code = **at == 'u' ? js_hex_unit(*at + 1, strnlen(*at + 1, 4)) : -1;
    if (code < 0) {
        return to;
    }
    *at += 5;
    if (code > 0 && code < 0x80) {
        *to = (char)code;
        return to + 1;
    }
    memcpy(to, unknown, sizeof unknown);
    return to + sizeof unknown;
}

/* What an escape says takes less room than the escape, so it is written over it. */
static void resolve_escapes(char *text) {
    char *to = strchr(text, '\\');
    for (const char *at = to; at != NULL && *at != '\0';) {
        if (*at == '\\') {
            at++;
            to = put_escaped(to, &at);
        } else {
            *to++ = *at++;
        }
    }
    if (to != NULL) {
        *to = '\0';
    }
}

const char *js_json_walk_text(js_json_walk *value) {
    if (value->end - value->at < 2 || value->at[0] != '"' || value->end[-1] != '"') {
        return "";
    }
    value->end[-1] = '\0';
    resolve_escapes(value->at + 1);
    return value->at + 1;
}

int64_t js_json_walk_number(const js_json_walk *value) {
    return strtoll(value->at, NULL, 10); /* 0 where there is no digit */
}
