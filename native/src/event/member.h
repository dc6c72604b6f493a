/* Checking the members of one object of a document against what is known. Internal to the reader. */
#ifndef JS_EVENT_MEMBER_H
#define JS_EVENT_MEMBER_H

#include <jirasend/error.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JS_PLACE_SIZE = 96 };

/* A place for errors: "references[0].commit"; empty for the document itself. */
typedef struct js_place {
    char text[JS_PLACE_SIZE];
} js_place;

#define JS_PLACE_ROOT                                                                              \
    {                                                                                              \
        { 0 }                                                                                      \
    }

js_place js_place_member(const js_place *parent, const char *name);
js_place js_place_element(const js_place *parent, size_t index);

typedef struct js_member {
    const char *name;
    json_type type;
    bool required;
} js_member;

/* Every member of the object is in the table; otherwise an error with a hint. */
jirasend_code js_members_known(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error);
/* Every member has the table's type. */
jirasend_code js_members_typed(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error);
/* Every required member is there; otherwise an error names all that miss. */
jirasend_code js_members_present(json_object *object, const js_place *place,
                                 const js_member *members, size_t count, jirasend_error *error);
/* The three above, for a nested object. */
jirasend_code js_members_check(json_object *object, const js_place *place, const js_member *members,
                               size_t count, jirasend_error *error);

/* The value has this type; otherwise an error that says what it is instead. */
jirasend_code js_type_check(json_object *value, json_type type, const js_place *place,
                            jirasend_error *error);
/* A whole number from 0 to 2^63-1. */
jirasend_code js_count_read(int64_t *out, json_object *value, const js_place *place,
                            jirasend_error *error);
/* The row of the table with this name; null: there is none. */
const js_member *js_member_find(const js_member *members, size_t count, const char *name);
/* Null when absent. */
json_object *js_member_of(json_object *object, const char *name);

#endif
