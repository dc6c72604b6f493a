/* Authors and reviewers. Internal to the readers of development information. */
#ifndef JS_EVENT_PERSON_H
#define JS_EVENT_PERSON_H

#include "event/json_out.h"
#include "event/reader.h"

enum { JS_EMAIL_UNITS = 255, JS_REVIEWER_EMAIL_UNITS = 254 };

/* An address that is too long, or that the rules keep out, is left out: Jira would show a stranger. */
jirasend_code js_email_read(const js_reader *in, char **email, json_object *person,
                            const js_place *place, size_t limit);
/* The member `author` of the object; absent leaves the person empty. */
jirasend_code js_author_read(const js_reader *in, js_person *person, json_object *object,
                             const js_place *place);
/* Adds the members of the person, which Jira wants as the document has them. */
bool js_person_put(js_json_out *object, const js_person *person);
/* Adds the member "author" unless the person is empty. */
bool js_author_write(js_json_out *object, const js_person *person);
void js_person_clear(js_person *person);

#endif
