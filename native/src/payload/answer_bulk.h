/* The answer to a bulk request while it is being read. Internal to payload. */
#ifndef JS_PAYLOAD_ANSWER_BULK_H
#define JS_PAYLOAD_ANSWER_BULK_H

#include "payload/answer.h"

#include <json-c/json.h>

typedef struct js_named_event js_named_event; /* an event and the text its answer is known by */

typedef struct js_bulk {
    js_item_answer *items;
    js_api api;
    const js_event *const *events;
    size_t count;
    js_named_event *names; /* sorted by text */
    jirasend_error *error;
} js_bulk;

/* NETWORK: "Jira's answer cannot be understood: LIST WHAT." */
jirasend_code js_bulk_nonsense(const js_bulk *bulk, const char *list, const char *what);

/* Each about the event of this text; one that we did not send is passed over. */
void js_bulk_take(js_bulk *bulk, const char *key);
/* A refusal beats an acceptance: what is in both lists is refused. `reasons` may be null. */
jirasend_code js_bulk_refuse(js_bulk *bulk, const char *key, const char *reasons);
/* Refuses all whose text begins so and that nothing was said about. */
jirasend_code js_bulk_refuse_rest(js_bulk *bulk, const char *prefix, const char *reasons);

/* The messages of an array of {"message": ...} as one text; null when there are none. */
jirasend_code js_bulk_reasons(const js_bulk *bulk, json_object *errors, const char *list,
                              char **reasons);

/* The shape of builds and deployments: a list of keys, and a list of {key, errors}. */
jirasend_code js_bulk_read_key_lists(js_bulk *bulk, json_object *answer);
/* The shape of flags: a list of ids, and an object of errors by id. */
jirasend_code js_bulk_read_id_lists(js_bulk *bulk, json_object *answer);

/* The shape of development information: by repository, and in it by type. */
jirasend_code js_bulk_read_repositories(js_bulk *bulk, json_object *answer);

/* Takes each id of an array; `prefix` is what comes before it in the events' texts. */
jirasend_code js_bulk_take_ids(js_bulk *bulk, json_object *ids, const char *list,
                               const char *prefix);

#endif
