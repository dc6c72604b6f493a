/* Development information on its way out: what commits and branches share. Internal to payload. */
#ifndef JS_PAYLOAD_DEVINFO_H
#define JS_PAYLOAD_DEVINFO_H

#include "payload/kind.h"

/* A commit as one event has it, and with which keys. */
struct js_commit_part {
    const js_commit *commit;
    const js_strings *keys;
    bool borrowed; /* the keys are the branch's: any other give them a rest */
};

/* A commit as it goes out, the same wherever it is in the request. */
struct js_commit_copy {
    const char *repository; /* its id */
    const js_commit *commit;
    int64_t sequence;
    js_strings keys;
};

/* The commits of all items, each once: number and content of the newest, keys of all. */
typedef struct js_commit_copies {
    js_commit_copy *items; /* by repository and hash */
    size_t count;
} js_commit_copies;

/* False when memory is short. */
bool js_commit_copies_make(js_commit_copies *copies, const js_payload_item *items, size_t count);
void js_commit_copies_clear(js_commit_copies *copies);
/* The copy of the event's commit; null when it has none. */
const js_commit_copy *js_commit_copy_of(const js_commit_copies *copies, const js_event *event);

/* The keys of a commit, branch or pull request. */
bool js_put_entity_keys(js_json_out *entity, const js_strings *keys);
/* The members of a commit. The last commit of a branch has its keys as `issueKeys` in any case. */
bool js_put_commit(js_json_out *entity, const js_commit_copy *copy, bool last);
/* The member "author", which Jira wants even of nobody. */
bool js_put_author(js_json_out *entity, const js_person *author);
/* A count, at most what Jira's 32 bits hold. */
bool js_put_count(js_json_out *entity, const char *name, int64_t count);

/* "WIRE-ID-OF-REPOSITORY\nLIST\n", before an entity's id. */
void js_devinfo_key(js_buf *out, const js_event *event);
/* "/repository/WIRE-ID/TYPE/", before an entity's id. */
void js_devinfo_path(js_buf *out, const js_event *event, const char *type);

/* The items by repository, in the array that the API names. */
bool js_put_repositories(js_json_out *body, const js_payload_item *items, size_t count);
/* `preventTransitions` and `operationType`. */
bool js_put_devinfo_frame(js_json_out *body, const js_event *first);

#endif
