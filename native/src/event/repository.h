/* The member `repository` of development information. Internal to the readers of its kinds. */
#ifndef JS_EVENT_REPOSITORY_H
#define JS_EVENT_REPOSITORY_H

#include "event/kind.h"

/*
 * Numbers of the streams of kinds without a number of their own: no pull request has them. The
 * stream of a repository stands for all streams of its name, for a deletion of it takes all.
 */
enum {
    JS_STREAM_COMMIT = -1,    /* the part is the hash */
    JS_STREAM_BRANCH = -2,    /* the part is the name */
    JS_STREAM_REPOSITORY = -3 /* no part */
};

/* url, name and id, each made of the url where it is not given. A deletion has exactly one of id and url. */
jirasend_code js_repository_read(js_reader *in);
bool js_repository_write(js_json_out *document, const js_event *event);
/* Adds the member "repository" of a receipt. */
bool js_repository_write_facts(js_json_out *facts, const js_event *event);
void js_repository_clear(js_repository *repository);

/* `transitions`: false keeps Jira from moving issues because of the event. */
void js_transitions_read(js_reader *in);
bool js_transitions_write(js_json_out *document, const js_event *event);

#endif
