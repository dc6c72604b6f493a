/* Documents between Java's bytes and the core. */
#include "documents.h"

#include "errors.h"

#include "base/error.h"
#include "base/secret.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

bool jn_bytes_read(JNIEnv *env, jbyteArray array, const char *name, jn_bytes *out) {
    *out = (jn_bytes){NULL, 0};
    if (array == NULL) {
        jn_throw_null(env, name);
        return false;
    }
    jsize length = (*env)->GetArrayLength(env, array);
    char *text = malloc((size_t)length + 1);
    if (text == NULL) {
        jn_throw_memory(env);
        return false;
    }
    (*env)->GetByteArrayRegion(env, array, 0, length, (jbyte *)text);
    text[length] = '\0';
    *out = (jn_bytes){text, (size_t)length};
    return true;
}

void jn_bytes_free(jn_bytes *bytes) {
    if (bytes->text != NULL) {
        js_wipe(bytes->text, bytes->length);
    }
    free(bytes->text);
    *bytes = (jn_bytes){NULL, 0};
}

jbyteArray jn_bytes_new(JNIEnv *env, const char *text) {
    size_t length = strlen(text);
    if (length > INT32_MAX) {
        jn_throw_memory(env); /* no Java array is that long */
        return NULL;
    }
    jbyteArray array = (*env)->NewByteArray(env, (jsize)length);
    if (array != NULL) {
        (*env)->SetByteArrayRegion(env, array, 0, (jsize)length, (const jbyte *)text);
    }
    return array;
}

static json_object *member_value(json_object *object, const char *name) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return value;
}

bool jn_has(json_object *object, const char *name) {
    return member_value(object, name) != NULL;
}

static const jn_member *member_named(const jn_member *members, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(members[i].name, name) == 0) {
            return &members[i];
        }
    }
    return NULL;
}

static const char *type_name(json_type type) {
    switch (type) {
    case json_type_string:
        return "a string";
    case json_type_int:
        return "a whole number";
    case json_type_boolean:
        return "true or false";
    default:
        return "of another type";
    }
}

static bool fits(json_object *value, json_type type) {
    if (value == NULL) {
        return true;
    }
    if (type == json_type_int && json_object_get_type(value) == json_type_int) {
        /* the signed reading stops at its own maximum without a word; the unsigned one goes on */
        return json_object_get_int64(value) >= 0 &&
               json_object_get_uint64(value) <= (uint64_t)INT64_MAX;
    }
    return json_object_get_type(value) == type;
}

static jirasend_code check(json_object *object, const char *what, const jn_member *members,
                           size_t count, jirasend_error *error) {
    if (json_object_get_type(object) != json_type_object) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The %s must be a JSON object.", what);
    }
    json_object_object_foreach(object, name, value) {
        const jn_member *member = member_named(members, count, name);
        if (member == NULL) {
            char shown[JS_QUOTE_SIZE];
            js_quote(shown, name, strlen(name));
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "The %s has the unknown member \"%s\". Remove it, or correct its name.",
                           what, shown);
        }
        if (!fits(value, member->type)) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "\"%s\" of the %s must be %s%s.", name, what,
                           type_name(member->type),
                           member->type == json_type_int ? ", 0 or above" : "");
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].required && !jn_has(object, members[i].name)) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "The %s must have \"%s\".", what,
                           members[i].name);
        }
    }
    return JIRASEND_OK;
}

json_object *jn_object_read(const jn_bytes *bytes, const char *what, const jn_member *members,
                            size_t count, jirasend_error *error) {
    js_error_clear(error);
    json_object *object = js_json_parse(bytes->text, bytes->length, JS_JSON_STRICT, error);
    if (object == NULL) {
        if (error->code == JIRASEND_E_DOCUMENT) {
            error->code = JIRASEND_E_ARGUMENT; /* DOCUMENT is kept for events */
        }
        return NULL;
    }
    if (check(object, what, members, count, error) != JIRASEND_OK) {
        json_object_put(object);
        return NULL;
    }
    return object;
}

const char *jn_text(json_object *object, const char *name) {
    json_object *value = member_value(object, name);
    return value != NULL ? json_object_get_string(value) : NULL;
}

int64_t jn_number(json_object *object, const char *name, int64_t otherwise) {
    json_object *value = member_value(object, name);
    return value != NULL ? json_object_get_int64(value) : otherwise;
}

bool jn_switch(json_object *object, const char *name) {
    return json_object_get_boolean(member_value(object, name)) != 0;
}

void jn_text_wipe(json_object *object, const char *name) {
    json_object *value = member_value(object, name);
    if (json_object_get_type(value) == json_type_string) {
        /* json-c hands its own memory out as const, and would free it unwiped */
        js_wipe((char *)(uintptr_t)json_object_get_string(value),
                (size_t)json_object_get_string_len(value));
    }
}
