/* Asking Jira for all that an issue's events are about. */
#ifndef JS_CLIENT_EXPLAIN_H
#define JS_CLIENT_EXPLAIN_H

#include "client/things.h"

/* An API of a site, which answers or does not; by its pause it is asked again. */
typedef struct js_asked_lane {
    const char *site; /* of a thing */
    js_api api;
    jirasend_error why; /* its code is OK: all was answered so far */
    int64_t again_ms;   /* monotonic */
} js_asked_lane;

/* A thing that an event of the key is about. */
typedef struct js_asked_thing {
    int64_t id; /* of its newest event here */
    js_event event;
    size_t lane;
    bool done;
    json_object *jira; /* what Jira has; null: nothing, or it was not answered */
} js_asked_thing;

typedef struct js_asking {
    jirasend_client *client;
    const char *key;
    int64_t until_ms; /* monotonic */
    js_asked_thing *things;
    size_t count, unasked; /* unasked: how many more there are */
    js_asked_lane *lanes;  /* no more than things */
    size_t lane_count;
    bool offline;
    bool stopped;        /* nobody is to be asked any more */
    json_object *states; /* of the answer */
    jirasend_error why;  /* why not all was answered; its code is OK: all was */
    jirasend_error *error;
} js_asking;

/* What there is to ask for, each thing once, by its newest event: the rows are newest first. */
jirasend_code js_asking_gather(js_asking *in, const js_history_row *rows, size_t count);
/* Adds "deleted": the things that were deleted after all that names them, by the ids of their newest events. */
jirasend_code js_asking_put_deleted(const js_asking *in, json_object *answer);
/*
 * Adds "jira" and, unless it is offline, "things", "unasked" and "unanswered". OK also where not all was
 * answered, which in->why says.
 */
jirasend_code js_asking_put_jira(js_asking *in, json_object *answer);
void js_asking_clear(js_asking *in);

#endif
