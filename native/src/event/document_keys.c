/* Issue keys of a document: those that were given, and those that its texts hold. */
#include "base/error.h"
#include "base/text.h"
#include "event/kind.h"
#include "event/limits.h"
#include "event/reader.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { KEY_SIZE = 512 }; /* two parts of 255 letters, the hyphen, and the end */

static const char *const source_names[] = {
    [JS_KEY_GIVEN] = "given", [JS_KEY_BRANCH] = "branch",   [JS_KEY_TAG] = "tag",
    [JS_KEY_TITLE] = "title", [JS_KEY_MESSAGE] = "message", [JS_KEY_TEXT] = "text",
};

const char *js_key_source_name(js_key_source source) {
    return source_names[source];
}

bool js_key_source_from_name(const char *name, js_key_source *source) {
    for (int i = JS_KEY_GIVEN; i <= JS_KEY_TEXT; i++) {
        if (strcmp(name, source_names[i]) == 0) {
            *source = (js_key_source)i;
            return true;
        }
    }
    return false;
}

static void forget_found(js_reader *in) {
    for (size_t i = 0; i < in->found_capacity; i++) {
        free(in->found[i].commit);
    }
    free(in->found);
    in->found = NULL;
    in->found_capacity = 0;
}

void js_reader_clear(js_reader *in) {
    forget_found(in);
    js_passed_clear(&in->passed);
    js_key_set_free(in->keys);
    in->keys = NULL;
}

/* Remembers for the keys from the `before`th on where they were found. */
static jirasend_code note_found(js_reader *in, size_t before, js_key_source from,
                                const char *commit) {
    size_t count = js_key_set_count(in->keys);
    if (count > in->found_capacity) {
        size_t capacity = count < 16 ? 16 : count + count / 2;
        js_found *grown = realloc(in->found, capacity * sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(in->error);
        }
        memset(grown + in->found_capacity, 0, (capacity - in->found_capacity) * sizeof *grown);
        in->found = grown;
        in->found_capacity = capacity;
    }
    for (size_t i = before; i < count; i++) {
        in->found[i] = (js_found){from, js_copy(commit)};
        if (commit != NULL && in->found[i].commit == NULL) {
            return js_fail_memory(in->error);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code scan(js_reader *in, const char *text, size_t length, js_key_source from,
                          const char *commit) {
    if (in->stored || in->rules->no_search || text == NULL) {
        return JIRASEND_OK;
    }
    size_t before = js_key_set_count(in->keys);
    if (!js_keys_scan_noting(in->keys, in->rules->keys, &in->passed, text, length)) {
        return js_fail_memory(in->error);
    }
    return note_found(in, before, from, commit);
}

jirasend_code js_read_scan(js_reader *in, const char *text, size_t length, js_key_source from,
                           const char *commit) {
    return in->stored || in->rules->no_own_texts ? JIRASEND_OK
                                                 : scan(in, text, length, from, commit);
}

static jirasend_code add_given_key(js_key_set *set, json_object *value, const js_place *place,
                                   jirasend_error *error) {
    jirasend_code code = js_type_check(value, json_type_string, place, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    char key[KEY_SIZE];
    if (!js_key_normalise(text, length, key, sizeof key)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, text, length);
        return js_fail(
            error, JIRASEND_E_DOCUMENT,
            "\"%s\" is \"%s\", which is not an issue key. An issue key looks like APP-123.",
            place->text, shown);
    }
    return js_key_set_add(set, key, strlen(key)) ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code read_given(js_reader *in) {
    json_object *given = js_read_member(in, "issueKeys");
    js_place place = js_place_member(&in->place, "issueKeys");
    size_t count = given == NULL ? 0 : json_object_array_length(given);
    for (size_t i = 0; i < count; i++) {
        js_place at = js_place_element(&place, i);
        jirasend_code code =
            add_given_key(in->keys, json_object_array_get_idx(given, i), &at, in->error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return note_found(in, 0, JS_KEY_GIVEN, NULL);
}

static jirasend_code read_source(js_reader *in, json_object *value, const js_place *place,
                                 js_key_source *from) {
    *from = JS_KEY_TEXT;
    if (value == NULL) {
        return JIRASEND_OK;
    }
    const char *name = json_object_get_string(value);
    if (js_key_source_from_name(name, from) && (*from != JS_KEY_GIVEN || in->stored)) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"%s.from\" is \"%s\". It must be branch, tag, title, message or text.",
                   place->text, shown);
}

/* {"text": ..., "from": ..., "commit": ...}; the outbox's form has no text. */
static jirasend_code read_described(js_reader *in, json_object *value, const js_place *place,
                                    js_key_source *from, char **commit) {
    static const js_member members[] = {
        {"from", json_type_string, false},
        {"commit", json_type_string, false},
        {"text", json_type_string, true},
    };
    size_t count = COUNT_OF(members) - (in->stored ? 1 : 0);
    jirasend_code code = js_members_check(value, place, members, count, in->error);
    if (code == JIRASEND_OK) {
        code = read_source(in, js_member_of(value, "from"), place, from);
    }
    return code == JIRASEND_OK
               ? js_read_part(commit, value, place, "commit", js_limit_id, in->error)
               : code;
}

static jirasend_code read_text(js_reader *in, json_object *value, const js_place *place) {
    js_key_source from = JS_KEY_TEXT;
    char *commit = NULL;
    json_object *text = value;
    jirasend_code code = JIRASEND_OK;
    if (json_object_is_type(value, json_type_object)) {
        code = read_described(in, value, place, &from, &commit);
        text = js_member_of(value, "text");
    } else {
        code = js_type_check(value, json_type_string, place, in->error);
    }
    if (code == JIRASEND_OK) {
        code = scan(in, json_object_get_string(text), (size_t)json_object_get_string_len(text),
                    from, commit);
    }
    free(commit);
    return code;
}

/* Of the outbox's form: where each key was found, in the order of the keys. */
static jirasend_code read_found(js_reader *in) {
    json_object *list = in->stored ? js_read_member(in, "found") : NULL;
    js_place place = js_place_member(&in->place, "found");
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count && i < js_key_set_count(in->keys); i++) {
        js_place at = js_place_element(&place, i);
        jirasend_code code = read_described(in, json_object_array_get_idx(list, i), &at,
                                            &in->found[i].from, &in->found[i].commit);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

/* Of the outbox's form: what was passed over, and why. */
static jirasend_code read_passed(js_reader *in) {
    static const js_member members[] = {
        {"key", json_type_string, true},
        {"rule", json_type_string, true},
    };
    json_object *list = in->stored ? js_read_member(in, "dropped") : NULL;
    js_place place = js_place_member(&in->place, "dropped");
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        js_place at = js_place_element(&place, i);
        js_key_rule rule;
        jirasend_code code = js_members_check(entry, &at, members, COUNT_OF(members), in->error);
        if (code != JIRASEND_OK) {
            return code;
        }
        json_object *key = js_member_of(entry, "key");
        if (js_key_rule_from_name(json_object_get_string(js_member_of(entry, "rule")), &rule) &&
            !js_passed_add(&in->passed, json_object_get_string(key),
                           (size_t)json_object_get_string_len(key), rule)) {
            return js_fail_memory(in->error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_read_keys(js_reader *in) {
    json_object *texts = js_read_member(in, "keyText");
    js_place place = js_place_member(&in->place, "keyText");
    size_t count = texts == NULL ? 0 : json_object_array_length(texts);
    jirasend_code code = read_given(in);
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_place at = js_place_element(&place, i);
        code = read_text(in, json_object_array_get_idx(texts, i), &at);
    }
    if (code == JIRASEND_OK) {
        code = read_found(in);
    }
    return code == JIRASEND_OK ? read_passed(in) : code;
}

jirasend_code js_read_keys_only(js_reader *in, js_strings *keys) {
    forget_found(in);
    return js_key_set_take(in->keys, keys) ? JIRASEND_OK : js_fail_memory(in->error);
}

/* What one text had wrong and another one right was not passed over. */
static void take_passed(js_reader *in) {
    js_passed_keys *passed = &in->passed;
    size_t kept = 0;
    for (size_t i = 0; i < passed->count; i++) {
        js_passed entry = passed->items[i];
        if (js_key_set_holds(in->keys, entry.key, strlen(entry.key))) {
            free(entry.key);
        } else {
            passed->items[kept++] = entry;
        }
    }
    passed->count = kept;
    in->event->passed = *passed;
    *passed = (js_passed_keys){NULL, 0};
}

jirasend_code js_read_keys_taken(js_reader *in) {
    bool searched = false;
    for (size_t i = 0; i < js_key_set_count(in->keys) && !searched; i++) {
        searched = in->found[i].from != JS_KEY_GIVEN;
    }
    take_passed(in);
    if (!js_key_set_take(in->keys, &in->event->issue_keys)) {
        return js_fail_memory(in->error);
    }
    if (searched) {
        in->event->found = in->found;
    } else {
        free(in->found); /* no commit belongs to a given key */
    }
    in->found = NULL;
    in->found_capacity = 0;
    return JIRASEND_OK;
}
