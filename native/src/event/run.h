/* What builds and deployments have in common: a run of a pipeline. Internal to their two files. */
#ifndef JS_EVENT_RUN_H
#define JS_EVENT_RUN_H

#include "event/kind.h"

/* The members of a run, at the head of the table of both kinds. */
#define JS_RUN_MEMBERS                                                                             \
    {"pipelineId", json_type_string, true}, {"pipelineName", json_type_string, false},             \
        {"number", json_type_int, true}, {"url", json_type_string, true},                          \
        {"state", json_type_string, true}, {"description", json_type_string, false},               \
        {"label", json_type_string, false}, {                                                      \
        "references", json_type_array, false                                                       \
    }

/* The states that a build may have, too. */
#define JS_RUN_STATES                                                                              \
    (1U << JS_STATE_PENDING | 1U << JS_STATE_IN_PROGRESS | 1U << JS_STATE_SUCCESSFUL |             \
     1U << JS_STATE_FAILED | 1U << JS_STATE_CANCELLED | 1U << JS_STATE_UNKNOWN)

jirasend_code js_run_read(js_reader *in);
/* pipelineId and number, of a deletion. */
jirasend_code js_run_read_stream(js_reader *in);
bool js_run_write(js_json_out *document, const js_event *event);
bool js_run_write_facts(js_json_out *facts, const js_event *event);
void js_run_clear(js_run *run);

#endif
