/* Whether a flag is on, and for whom: of the whole flag, and of one environment. */
#ifndef JS_EVENT_FLAG_STATUS_H
#define JS_EVENT_FLAG_STATUS_H

#include "event/json_out.h"
#include "event/reader.h"

/* The members of a status, which are among others of the object. */
#define JS_FLAG_STATUS_MEMBERS                                                                     \
    {"defaultValue", json_type_string, false}, {                                                   \
        "rollout", json_type_object, false                                                         \
    }

/* `enabled`, `defaultValue` and `rollout` of an object whose members were checked. */
jirasend_code js_flag_status_read(js_flag_status *status, json_object *object,
                                  const js_place *place, jirasend_error *error);
bool js_flag_status_write(js_json_out *object, const js_flag_status *status);
/* Adds the member "rollout", which Jira wants as the document has it. */
bool js_rollout_put(js_json_out *object, const js_rollout *rollout);
void js_flag_status_clear(js_flag_status *status);

#endif
