/* Faults by script: what goes wrong, where, and how often. */
#ifndef SB_FAULTS_H
#define SB_FAULTS_H

#include "base/strings.h"
#include "http.h"

#include <json-c/json.h>

typedef enum sb_action {
    SB_ACTION_NONE,
    SB_ACTION_RESET,
    SB_ACTION_GARBAGE,
    SB_ACTION_TRUNCATE,
    SB_ACTION_OVERSIZE,
    SB_ACTION_HTML,
    SB_ACTION_REDIRECT,
    SB_ACTION_HANG
} sb_action;

typedef struct sb_fault {
    char *path;    /* substring, or a pattern when it holds a star */
    char *method;  /* null: any */
    int64_t count; /* how many requests it strikes; 0: until reset */
    int64_t skip;  /* how many it lets pass first */
    int64_t struck;
    int status; /* 0: none given */
    sb_headers headers;
    char *body; /* null: none given */
    int64_t delay_ms;
    sb_action action;
    bool processed;          /* Jira does its work first, only the answer is lost */
    js_strings reject;       /* parts of pipeline ids whose items are rejected */
    js_strings omit;         /* parts of pipeline ids whose items the answer does not mention */
    js_strings unknown_keys; /* keys that Jira does not know for this request */
} sb_fault;

enum { SB_FAULTS_MAX = 1000 };

typedef struct sb_faults {
    sb_fault **items;
    size_t count;
} sb_faults;

/* Null when it cannot be read; `why` is then a sentence, owned by the caller ("" or null when memory
 * is short). */
sb_fault *sb_fault_read(json_object *description, char **why);
void sb_fault_free(sb_fault *fault);

/* Adds one description or an array of them, all or none. Null, or a sentence that names the member,
 * owned by the caller ("" when memory is short). */
char *sb_faults_add(sb_faults *faults, json_object *description);
/* The fault that strikes this request, counted; null when none does. Valid until the next call. */
const sb_fault *sb_faults_take(sb_faults *faults, const char *method, const char *path);
void sb_faults_clear(sb_faults *faults);
/* Appends the array of faults that are still to come. */
void sb_faults_write(sb_faults *faults, js_buf *out);

bool sb_fault_matches(const sb_fault *fault, const char *method, const char *path);
/* Whether the fault stands in for the answer, and does not only change it. */
bool sb_fault_replaces(const sb_fault *fault);
/* Puts the fault into the answer that was given (or, when it replaces it, that is still empty). */
void sb_fault_apply(const sb_fault *fault, const sb_request *request, sb_answer *answer);
const char *sb_action_name(sb_action action);

#endif
