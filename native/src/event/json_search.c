/* Where in a text is what json-c does not tell. Needed only to say what is wrong with it. */
#include "event/json.h"
#include "event/json_prescan.h"

#include <math.h>
#include <string.h>

typedef struct json_search {
    js_json_scan in;
    json_tokener *tokener;
    json_object *names[JS_JSON_DEPTH_MAX + 1]; /* by depth: of the open objects, in hash tables */
} json_search;

/* Reads a piece of the text, one text or number, by itself. */
static json_object *read_piece(json_search *search, size_t at, size_t end) {
    json_tokener_reset(search->tokener);
    json_object *value =
        json_tokener_parse_ex(search->tokener, search->in.text + at, (int)(end - at));
    if (json_tokener_get_error(search->tokener) == json_tokener_continue) {
        value = json_tokener_parse_ex(search->tokener, "", 1);
    }
    return value;
}

static bool open_object(json_search *search) {
    json_object **names = &search->names[search->in.depth];
    json_object_put(*names);
    *names = json_object_new_object();
    return *names != NULL;
}

/* False: the search ends, because the name stands twice or memory is short. */
static bool add_name(json_search *search, size_t at, size_t end, bool *found) {
    json_object *names = search->names[search->in.depth];
    json_object *text = read_piece(search, at, end);
    const char *name = json_object_get_string(text);
    bool goes_on = false;
    if (name != NULL && json_object_object_get_ex(names, name, NULL)) {
        *found = true;
        (void)js_json_fail_shown(&search->in, at, "the member \"", name, strlen(name),
                                 "\" stands twice in the same object");
    } else if (name != NULL) {
        goes_on = json_object_object_add(names, name, NULL) == 0;
    }
    json_object_put(text);
    return goes_on;
}

bool js_json_find_duplicate(const js_json_scan *whole, jirasend_error *error) {
    json_search search = {.tokener = json_tokener_new()};
    js_json_scan_again(&search.in, whole, whole->length);
    search.in.error = error;
    bool goes_on = search.tokener != NULL;
    bool found = false;
    size_t text_at = 0;
    size_t text_end = 0;
    while (goes_on) {
        int token = js_json_next(&search.in);
        goes_on = token != JS_JSON_END && token != JS_JSON_BAD;
        if (token == '"') {
            text_at = search.in.start;
            text_end = search.in.at;
        } else if (token == '{') {
            goes_on = open_object(&search);
        } else if (token == ':') {
            goes_on = add_name(&search, text_at, text_end, &found);
        }
    }
    for (int depth = 0; depth <= JS_JSON_DEPTH_MAX; depth++) {
        json_object_put(search.names[depth]);
    }
    if (search.tokener != NULL) {
        json_tokener_free(search.tokener);
    }
    return found;
}

bool js_json_find_infinite(const js_json_scan *whole, jirasend_error *error) {
    json_search search = {.tokener = json_tokener_new()};
    js_json_scan *in = &search.in;
    js_json_scan_again(in, whole, whole->length);
    in->error = error;
    bool goes_on = search.tokener != NULL;
    bool found = false;
    while (goes_on && !found) {
        int token = js_json_next(in);
        goes_on = token != JS_JSON_END && token != JS_JSON_BAD;
        if (token == JS_JSON_NUMBER) {
            json_object *number = read_piece(&search, in->start, in->at);
            found = number != NULL && !isfinite(json_object_get_double(number));
            json_object_put(number);
        }
    }
    if (found) {
        (void)js_json_fail_shown(in, in->start, "the number ", in->text + in->start,
                                 in->at - in->start, " is out of range");
    }
    if (search.tokener != NULL) {
        json_tokener_free(search.tokener);
    }
    return found;
}
