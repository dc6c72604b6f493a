/* Building json-c's objects, with every return value looked at; and looking into them. */
#include "base/text.h"
#include "event/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Takes the value, also when it fails. A literal's name need not be copied. */
static bool put(json_object *object, const char *name, json_object *value) {
    const unsigned literal = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT;
    if (object == NULL || value == NULL ||
        json_object_object_add_ex(object, name, value, literal) != 0) {
        json_object_put(value);
        return false;
    }
    return true;
}

bool js_json_append(json_object *array, json_object *value) {
    if (array == NULL || value == NULL || json_object_array_add(array, value) != 0) {
        json_object_put(value);
        return false;
    }
    return true;
}

/* Invalid bytes become U+FFFD. What is not valid text may still be a secret. */
static json_object *new_mended_string(const char *text, size_t length) {
    js_buf mended = JS_BUF_INIT;
    mended.secret = true;
    size_t size = 0;
    for (size_t at = 0; at < length; at += size) {
        int32_t code;
        size = js_utf8_next(text + at, length - at, &code);
        if (code < 0) {
            js_buf_add_text(&mended, "\xEF\xBF\xBD");
        } else {
            js_buf_add(&mended, text + at, size);
        }
    }
    json_object *string = NULL;
    if (!mended.failed && mended.length <= INT_MAX) {
        string = json_object_new_string_len(mended.data, (int)mended.length);
    }
    js_buf_clear(&mended);
    return string;
}

static json_object *new_string(const char *text) {
    size_t length = strlen(text);
    if (!js_utf8_valid(text, length)) {
        return new_mended_string(text, length);
    }
    return length <= INT_MAX ? json_object_new_string_len(text, (int)length) : NULL;
}

bool js_json_put_text(json_object *object, const char *name, const char *text) {
    return text == NULL ? object != NULL : put(object, name, new_string(text));
}

bool js_json_put_number(json_object *object, const char *name, int64_t number) {
    return put(object, name, json_object_new_int64(number));
}

bool js_json_put_flag(json_object *object, const char *name, bool flag) {
    return put(object, name, json_object_new_boolean(flag));
}

json_object *js_json_put_object(json_object *object, const char *name) {
    json_object *member = json_object_new_object();
    return put(object, name, member) ? member : NULL;
}

json_object *js_json_put_array(json_object *object, const char *name) {
    json_object *member = json_object_new_array();
    return put(object, name, member) ? member : NULL;
}

bool js_json_put_texts(json_object *object, const char *name, const js_strings *texts) {
    return js_json_append_texts(js_json_put_array(object, name), texts);
}

bool js_json_append_text(json_object *array, const char *text) {
    return js_json_append(array, new_string(text));
}

bool js_json_append_texts(json_object *array, const js_strings *texts) {
    bool good = array != NULL;
    for (size_t i = 0; i < texts->count && good; i++) {
        good = js_json_append_text(array, texts->items[i]);
    }
    return good;
}

json_object *js_json_append_object(json_object *array) {
    json_object *element = json_object_new_object();
    return js_json_append(array, element) ? element : NULL;
}

/*
 * Our objects have few members, and most of those that are asked for are not there: to look at first
 * letters takes a quarter of what json-c's hash of the name does.
 */
json_object *js_json_member_of(json_object *object, const char *name) {
    enum { FEW = 24 };
    json_object *member = NULL;
    if (!json_object_is_type(object, json_type_object)) {
        return NULL;
    }
    if (json_object_object_length(object) > FEW) {
        return json_object_object_get_ex(object, name, &member) ? member : NULL;
    }
    json_object_object_foreach(object, key, value) {
        if (key[0] == name[0] && strcmp(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

const char *js_json_text_of(json_object *object, const char *name) {
    json_object *member = js_json_member_of(object, name);
    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : "";
}

size_t js_json_length_of(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

int64_t js_json_number_of(json_object *object, const char *name) {
    json_object *member = js_json_member_of(object, name);
    return json_object_is_type(member, json_type_int) ? json_object_get_int64(member) : 0;
}
