/* Commits: news of their own, and the last ones of branches. Internal to the readers of the two kinds. */
#ifndef JS_EVENT_COMMIT_H
#define JS_EVENT_COMMIT_H

#include "event/json_out.h"
#include "event/reader.h"

/* The members of a commit but the repository. */
#define JS_COMMIT_MEMBERS                                                                          \
    {"hash", json_type_string, true}, {"message", json_type_string, true},                         \
        {"author", json_type_object, false}, {"authoredAt", json_type_string, false},              \
        {"url", json_type_string, true}, {"merge", json_type_boolean, false},                      \
        {"fileCount", json_type_int, false}, {                                                     \
        "files", json_type_array, false                                                            \
    }

/* Reads an object whose members were checked; keys in its message are added to what `in` gathers. */
jirasend_code js_commit_read(js_reader *in, js_commit *commit, json_object *object,
                             const js_place *place);
bool js_commit_write(js_json_out *object, const js_commit *commit);
void js_commit_clear(js_commit *commit);
/* "modified" */
const char *js_change_name(js_change change);

#endif
