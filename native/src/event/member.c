/* Checking the members of an object against their table. */
#include "event/member.h"

#include "base/buf.h"
#include "base/error.h"
#include "event/json.h"
#include "event/limits.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HINT_LENGTH = 24, LISTED_MEMBERS = 6 };

/* By hand, as places are made for every member and read for the few that are wrong. */
static size_t append(js_place *place, size_t at, const char *text, size_t most) {
    size_t room = sizeof place->text - 1 - at;
    size_t length = strnlen(text, most < room ? most : room);
    memcpy(place->text + at, text, length);
    place->text[at + length] = '\0';
    return at + length;
}

js_place js_place_member(const js_place *parent, const char *name) {
    js_place place;
    size_t at = 0;
    if (parent->text[0] != '\0') {
        at = append(&place, 0, parent->text, JS_PLACE_SIZE / 2);
        place.text[at++] = '.';
    }
    (void)append(&place, at, name, JS_PLACE_SIZE / 2 - 2);
    return place;
}

js_place js_place_element(const js_place *parent, size_t index) {
    char number[24]; /* from its end on: "[17]" */
    size_t first = sizeof number;
    number[--first] = '\0';
    number[--first] = ']';
    do {
        number[--first] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    number[--first] = '[';
    js_place place;
    size_t at = append(&place, 0, parent->text, JS_PLACE_SIZE / 2);
    (void)append(&place, at, number + first, sizeof number);
    return place;
}

json_object *js_member_of(json_object *object, const char *name) {
    return js_json_member_of(object, name);
}

const js_member *js_member_find(const js_member *members, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (members[i].name[0] == name[0] && strcmp(members[i].name, name) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

static size_t least(size_t a, size_t b, size_t c) {
    size_t smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* How many letters must change, come or go (Levenshtein), upper and lower case alike. */
static size_t distance(const char *a, const char *b) {
    size_t row[HINT_LENGTH + 1];
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    if (a_length > HINT_LENGTH || b_length > HINT_LENGTH) {
        return HINT_LENGTH;
    }
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t replaced = diagonal + (same ? 0 : 1);
            diagonal = row[j];
            row[j] = least(replaced, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b_length];
}

static const char *similar(const js_member *members, size_t count, const char *name) {
    const char *best = NULL;
    size_t best_distance = 3;
    for (size_t i = 0; i < count; i++) {
        /* In a short name two changes make any other name. */
        size_t most = strlen(members[i].name) <= 4 ? 1 : 2;
        size_t found = distance(name, members[i].name);
        if (found <= most && found < best_distance) {
            best = members[i].name;
            best_distance = found;
        }
    }
    return best;
}

static jirasend_code fail_unknown(const js_place *place, const char *name, const js_member *members,
                                  size_t count, jirasend_error *error) {
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    const char *dot = place->text[0] == '\0' ? "" : ".";
    const char *hint = similar(members, count, name);
    if (hint != NULL) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "The event has an unknown member \"%s%s%s\". Did you mean \"%s%s%s\"?",
                       place->text, dot, shown, place->text, dot, hint);
    }
    js_buf known = JS_BUF_INIT;
    for (size_t i = 0; i < count && count <= LISTED_MEMBERS; i++) {
        js_buf_addf(&known, "%s\"%s\"", i == 0 ? " Known here: " : ", ", members[i].name);
    }
    js_buf_add_text(&known, count <= LISTED_MEMBERS
                                ? "."
                                : " Remove it, or correct its name (docs/events.md lists them).");
    jirasend_code code =
        js_fail(error, JIRASEND_E_DOCUMENT, "The event has an unknown member \"%s%s%s\".%s",
                place->text, dot, shown, known.failed ? "" : known.data);
    js_buf_clear(&known);
    return code;
}

jirasend_code js_members_known(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error) {
    json_object_object_foreach(object, name, value) {
        (void)value;
        if (js_member_find(members, count, name) == NULL) {
            return fail_unknown(place, name, members, count, error);
        }
    }
    return JIRASEND_OK;
}

static const char *type_wanted(json_type type) {
    switch (type) {
    case json_type_string:
        return "a string";
    case json_type_int:
        return "a whole number";
    case json_type_boolean:
        return "true or false";
    case json_type_array:
        return "an array";
    default:
        return "an object";
    }
}

static const char *type_found(json_object *value) {
    switch (json_object_get_type(value)) {
    case json_type_null:
        return "null";
    case json_type_boolean:
        return json_object_get_boolean(value) ? "true" : "false";
    case json_type_double:
        return "a number with a fraction or an exponent";
    case json_type_int:
        return "a number";
    default:
        return type_wanted(json_object_get_type(value));
    }
}

jirasend_code js_type_check(json_object *value, json_type type, const js_place *place,
                            jirasend_error *error) {
    if (json_object_get_type(value) == type) {
        return JIRASEND_OK;
    }
    if (place->text[0] == '\0') {
        return js_fail(error, JIRASEND_E_DOCUMENT, "The event must be %s, not %s.",
                       type_wanted(type), type_found(value));
    }
    return js_fail(error, JIRASEND_E_DOCUMENT, "\"%s\" must be %s, not %s.", place->text,
                   type_wanted(type), type_found(value));
}

jirasend_code js_members_typed(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error) {
    json_object_object_foreach(object, name, value) {
        const js_member *member = js_member_find(members, count, name);
        if (member != NULL && json_object_get_type(value) != member->type) {
            js_place at = js_place_member(place, name);
            return js_type_check(value, member->type, &at, error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_members_present(json_object *object, const js_place *place,
                                 const js_member *members, size_t count, jirasend_error *error) {
    js_buf missing = JS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (members[i].required && js_member_of(object, members[i].name) == NULL) {
            js_place at = js_place_member(place, members[i].name);
            js_buf_addf(&missing, "%s\"%s\"", missing.length == 0 ? "" : ", ", at.text);
        }
    }
    jirasend_code code = JIRASEND_OK;
    if (missing.failed) {
        code = js_fail_memory(error);
    } else if (missing.length > 0) {
        code = js_fail(error, JIRASEND_E_DOCUMENT, "The event lacks %s. Add what is missing.",
                       missing.data);
    }
    js_buf_clear(&missing);
    return code;
}

jirasend_code js_members_check(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error) {
    jirasend_code code = js_type_check(object, json_type_object, place, error);
    if (code == JIRASEND_OK) {
        code = js_members_known(object, place, members, count, error);
    }
    if (code == JIRASEND_OK) {
        code = js_members_typed(object, place, members, count, error);
    }
    if (code == JIRASEND_OK) {
        code = js_members_present(object, place, members, count, error);
    }
    return code;
}

jirasend_code js_count_read(int64_t *out, json_object *value, const js_place *place,
                            jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_int, place, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    int64_t number = json_object_get_int64(value);
    if (number < 0) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is %lld; it must be 0 or a positive number.", place->text,
                       (long long)number);
    }
    /* The signed reading stops at its own maximum without a word; the unsigned one goes on. */
    if (json_object_get_uint64(value) > (uint64_t)INT64_MAX) {
        return js_fail(error, JIRASEND_E_DOCUMENT,
                       "\"%s\" is too large; the largest number is 9223372036854775807.",
                       place->text);
    }
    *out = number;
    return JIRASEND_OK;
}
