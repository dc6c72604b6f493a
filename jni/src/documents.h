/* Documents across the border: byte arrays in, byte arrays out, and reading small JSON objects. */
#ifndef JN_DOCUMENTS_H
#define JN_DOCUMENTS_H

#include <jirasend/error.h>
#include <jni.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jn_bytes {
    char *text; /* with a NUL after it */
    size_t length;
} jn_bytes;

/* Copies a Java array. False with an exception pending; `name` is for NullPointerException. */
bool jn_bytes_read(JNIEnv *env, jbyteArray array, const char *name, jn_bytes *out);
/* Wipes, always: settings and secrets go through here, and wiping costs less than being wrong. */
void jn_bytes_free(jn_bytes *bytes);

/* A Java array of the text. Null with OutOfMemoryError pending. */
jbyteArray jn_bytes_new(JNIEnv *env, const char *text);

/* One member that an object may have. A member that is null counts as left out. */
typedef struct jn_member {
    const char *name;
    json_type type;
    bool required;
} jn_member;

/*
 * Reads one JSON object with these members and no others. Null with ARGUMENT or MEMORY in `error`;
 * `what` appears in its sentence ("settings"). Owned by the caller: json_object_put().
 */
json_object *jn_object_read(const jn_bytes *bytes, const char *what, const jn_member *members,
                            size_t count, jirasend_error *error);

/* Whether the member is there, and not null. */
bool jn_has(json_object *object, const char *name);
/* The member's text, valid as long as the object; null when it was left out. */
const char *jn_text(json_object *object, const char *name);
/* The member's number, or `otherwise`. */
int64_t jn_number(json_object *object, const char *name, int64_t otherwise);
/* Whether the member is there and true. */
bool jn_switch(json_object *object, const char *name);
/* Overwrites the member's text in place, for one that may hold a secret. */
void jn_text_wipe(json_object *object, const char *name);

#endif
