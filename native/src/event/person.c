/* Authors and reviewers. */
#include "event/person.h"

#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

jirasend_code js_email_read(const js_reader *in, char **email, json_object *person,
                            const js_place *place, size_t limit) {
    json_object *value = js_member_of(person, "email");
    if (value == NULL || in->rules->no_emails) {
        return JIRASEND_OK;
    }
    size_t length = (size_t)json_object_get_string_len(value);
    bool usable = length > 0 && js_utf16_length(json_object_get_string(value), length) <= limit;
    return usable ? js_read_part(email, person, place, "email", js_limit_text, in->error)
                  : JIRASEND_OK;
}

static jirasend_code read_person(const js_reader *in, js_person *person, json_object *value,
                                 const js_place *place) {
    json_object *name = js_member_of(value, "name");
    jirasend_code code = js_email_read(in, &person->email, value, place, JS_EMAIL_UNITS);
    if (code == JIRASEND_OK && name != NULL && json_object_get_string_len(name) > 0) {
        code = js_read_part(&person->name, value, place, "name", js_limit_text, in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&person->url, value, place, "url", js_limit_url, in->error);
    }
    return code == JIRASEND_OK
               ? js_read_part(&person->avatar, value, place, "avatar", js_limit_url, in->error)
               : code;
}

jirasend_code js_author_read(const js_reader *in, js_person *person, json_object *object,
                             const js_place *place) {
    static const js_member members[] = {
        {"name", json_type_string, false},
        {"email", json_type_string, false},
        {"url", json_type_string, false},
        {"avatar", json_type_string, false},
    };
    json_object *value = js_member_of(object, "author");
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_place at = js_place_member(place, "author");
    jirasend_code code = js_members_check(value, &at, members, COUNT_OF(members), in->error);
    return code == JIRASEND_OK ? read_person(in, person, value, &at) : code;
}

bool js_person_put(js_json_out *object, const js_person *person) {
    return js_write_text(object, "name", person->name) &&
           js_write_text(object, "email", person->email) &&
           js_write_text(object, "url", person->url) &&
           js_write_text(object, "avatar", person->avatar);
}

bool js_author_write(js_json_out *object, const js_person *person) {
    bool empty = person->name == NULL && person->email == NULL && person->url == NULL &&
                 person->avatar == NULL;
    return empty || js_person_put(js_write_object(object, "author"), person);
}

void js_person_clear(js_person *person) {
    free(person->name);
    free(person->email);
    free(person->url);
    free(person->avatar);
}
