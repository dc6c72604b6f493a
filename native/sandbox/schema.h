/*
 * The rules of Atlassian's schema, written down a second time and on purpose without a line of the
 * client's code: a check that shares code with what it checks proves nothing.
 */
#ifndef SB_SCHEMA_H
#define SB_SCHEMA_H

#include "base/strings.h"

#include <jirasend/export.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was found out about one item. */
typedef struct sb_findings {
    js_strings errors;   /* Jira would reject the item */
    js_strings warnings; /* Jira would take it, but the sender should know */
    bool failed;         /* out of memory: the findings are not whole */
} sb_findings;

void sb_findings_free(sb_findings *findings);
void sb_error(sb_findings *findings, const char *format, ...) JIRASEND_PRINTF(2, 3);
void sb_warning(sb_findings *findings, const char *format, ...) JIRASEND_PRINTF(2, 3);

/* An object within an item. `where` is its path with a dot at the end, "" for the item itself. */
typedef struct sb_object {
    json_object *json;
    const char *where;
    sb_findings *findings;
} sb_object;

typedef enum sb_need { SB_OPTIONAL, SB_REQUIRED, SB_REQUIRED_NOT_EMPTY } sb_need;

/* Each checks one member and adds what is wrong. They return the value when it is usable. */
json_object *sb_check_object(const sb_object *in, const char *name, sb_need need);
json_object *sb_check_array(const sb_object *in, const char *name, sb_need need, size_t min,
                            size_t max);
const char *sb_check_text(const sb_object *in, const char *name, sb_need need, size_t max);
const char *sb_check_uri(const sb_object *in, const char *name, sb_need need, size_t max);
void sb_check_date_time(const sb_object *in, const char *name, sb_need need);
bool sb_check_integer(const sb_object *in, const char *name, sb_need need, int64_t *value);
/* From 0, of 32 bits. */
void sb_check_count(const sb_object *in, const char *name, sb_need need);
void sb_check_boolean(const sb_object *in, const char *name, sb_need need);
/* `allowed` ends with null. Returns the text when it is allowed. */
const char *sb_check_enum(const sb_object *in, const char *name, sb_need need,
                          const char *const *allowed);
/* Jira ignores members it does not know; the sender learns of them by a warning. */
void sb_check_members(const sb_object *in, const char *const *known);

/* What an item is tied to. */
typedef struct sb_associations {
    js_strings issues; /* keys and ids */
    size_t others;     /* services, commits, repositories */
    bool given;        /* there was something to read, well formed or not */
} sb_associations;

void sb_associations_free(sb_associations *associations);
/* The member `associations`, and `issueKeys`, its forerunner. `wide`: services, commits and
 * repositories are allowed too, and there are at most three kinds. */
void sb_check_associations(const sb_object *item, bool wide, sb_associations *associations);

/* The same for development information, where `issueKeys` are no forerunner, and need not be there
 * when `associations` are. */
void sb_check_devinfo_keys(const sb_object *item, sb_need need, sb_associations *associations);
/* `issueKeys` and `associations` beside each other: Jira refuses the whole request. */
bool sb_has_two_kinds_of_keys(json_object *item);

typedef void sb_item_check(json_object *item, sb_findings *findings, sb_associations *associations);
sb_item_check sb_check_build, sb_check_deployment, sb_check_flag;
sb_item_check sb_check_commit, sb_check_branch, sb_check_pull_request;
/* The commit that a branch ends in: its keys are required, and its place is in front of its findings. */
void sb_check_last_commit(json_object *item, sb_findings *findings, sb_associations *associations);
/* A repository without what lies in it. */
void sb_check_repository(json_object *item, sb_findings *findings);

/* Pure rules, also for the tests. */
size_t sb_utf16_units(const char *text, size_t length); /* of valid UTF-8 */
bool sb_is_date_time(const char *text);                 /* RFC 3339 */
bool sb_is_uri(const char *text);                       /* RFC 3986, and characters beyond ASCII */
bool sb_is_issue_key(const char *text);                 /* \w{1,255}-\d{1,255} */
bool sb_is_issue_id(const char *text);                  /* \d{1,255} */
bool sb_is_devinfo_key(const char *text); /* \p{L}[\p{L}\p{Digit}_]{1,255}-\p{Digit}{1,255} */
bool sb_is_entity_id(const char *text);   /* [A-Za-z0-9~._-]{1,1024} */

#endif
