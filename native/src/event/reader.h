/* Reading the members of a document into an event. Internal to the readers of the kinds. */
#ifndef JS_EVENT_READER_H
#define JS_EVENT_READER_H

#include "event/document.h"
#include "event/member.h"

typedef struct js_reader {
    js_event *event;
    json_object *document;
    js_place place; /* of `document` in what was given; empty for the whole */
    const js_read_rules *rules;
    int64_t now_ms;
    bool stored;           /* the form that the outbox keeps */
    bool dated;            /* it says itself when it was */
    js_key_set *keys;      /* given and found so far */
    js_found *found;       /* where each of them was found */
    size_t found_capacity; /* of that array */
    js_passed_keys passed; /* over, in the texts so far */
    jirasend_error *error;
} js_reader;

/* Frees what was gathered and not taken over by the event. */
void js_reader_clear(js_reader *in);

/* One of the functions of event/limits.h. */
typedef jirasend_code (*js_limit)(char **out, const char *text, size_t length, const char *place,
                                  jirasend_error *error);

/* A text member of the document and where it goes. */
typedef struct js_text_member {
    const char *name;
    char **target;
    js_limit limit;
} js_text_member;

/* Null when absent. */
json_object *js_read_member(const js_reader *in, const char *name);
/* Each one: absent leaves its target as it is, and so does an empty text; an empty id or URL is an error. */
jirasend_code js_read_texts(js_reader *in, const js_text_member *texts, size_t count);
/* A whole number that is not negative; *given (may be null) says whether it was there. */
jirasend_code js_read_count(js_reader *in, const char *name, int64_t *target, bool *given);
/* A time; absent leaves *ms as it is. *given says whether it was there. */
jirasend_code js_read_time(js_reader *in, const char *name, int64_t *ms, bool *given);
/* The time `name` of a nested object, or, with the root's place, of the document. */
jirasend_code js_read_time_of(int64_t *ms, json_object *object, const js_place *place,
                              const char *name, jirasend_error *error);
/* The text member `name` of a nested object that was checked; absent leaves *out as it is. */
jirasend_code js_read_part(char **out, json_object *object, const js_place *place, const char *name,
                           js_limit limit, jirasend_error *error);
/*
 * The member `type` of an environment; absent: by the patterns of the rules, else by the words of
 * its name and id, which may be null.
 */
jirasend_code js_read_environment_type(const js_reader *in, json_object *environment,
                                       const js_place *place, const char *name, const char *id,
                                       js_environment_type *type);
/* An array of ids, without duplicates. */
jirasend_code js_read_ids(js_reader *in, js_strings *list, const char *name);
/* `commits` of the associations. */
jirasend_code js_read_commit_ties(js_reader *in);
/* `issueKeys` and `keyText` into the set: given keys first, then what the scan of the texts finds. */
jirasend_code js_read_keys(js_reader *in);
/* Keys of a member's own text, such as a branch's name. Nothing to do for the stored form. */
jirasend_code js_read_scan(js_reader *in, const char *text, size_t length, js_key_source from,
                           const char *commit);

/* Moves the keys into a list of their own, without where they were found. Errors: MEMORY. */
jirasend_code js_read_keys_only(js_reader *in, js_strings *keys);
/* Hands the keys over to the event, when all texts were scanned. */
jirasend_code js_read_keys_taken(js_reader *in);

/* Where a text came from, by its word in `keyText`. */
bool js_key_source_from_name(const char *name, js_key_source *source);
const char *js_key_source_name(js_key_source source);

#endif
