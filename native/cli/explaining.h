/* What the answer to "why does this issue show what it shows" comes to. */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of the answer, which owns them, and what they come to. */
typedef struct cli_explaining {
    const char *key;
    json_object *events, *things, *dropped, *dropped_by, *deleted, *unanswered;
    bool asked, complete;
    size_t named, missing, differing; /* of what Jira has now */
    size_t without;                   /* things that it has without a key that it knows */
    int64_t unasked;
    size_t waiting, held, rejected, accepted, skipped;
    bool unknown; /* Jira said that it knows no such issue */
} cli_explaining;

/* `asked`: Jira was; `complete`: and answered for all. */
void cli_explaining_read(json_object *answer, bool asked, bool complete, cli_explaining *in);

/* What Jira has of the thing whose newest event this is; null: it was not asked, or not of this event. */
json_object *cli_explaining_thing(const cli_explaining *in, json_object *event);
/* The thing, of which this is the newest event here. */
bool cli_explaining_deleted(const cli_explaining *in, json_object *event);

/* Members of a document that may be missing. */
json_object *cli_at(json_object *list, size_t index);
bool cli_flag_of(json_object *object, const char *name);
bool cli_has_status(json_object *event, const char *status);
bool cli_has_kind(json_object *event, const char *kind);

#endif
