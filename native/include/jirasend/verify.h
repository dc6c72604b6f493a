/*
 * Verifying: every accepted event of the history against what Jira has, one question after the other, and
 * sending again what differs. Each stream is asked once, at most 20 questions a second go out.
 *
 * Threads: as in client.h; one verification is one thread's at a time, and ends before its client.
 */
#ifndef JIRASEND_VERIFY_H
#define JIRASEND_VERIFY_H

#include <jirasend/history.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jirasend_verification jirasend_verification;

/* What is verified; all when a member is null or 0. */
typedef struct jirasend_verify_options {
    size_t size;
    const char *kinds; /* comma-separated: "build,deployment" */
    int64_t since_ms;  /* submitted at this time (since 1970) or later */
    int64_t sample;    /* at most so many, chosen at random */
} jirasend_verify_options;

#define JIRASEND_VERIFY_OPTIONS_INIT                                                               \
    { sizeof(jirasend_verify_options), 0, 0, 0 }

/*
 * Gathers what there is to verify; nothing is asked yet. `options` may be null. One that was ended
 * less than a day ago before all was asked goes on: what was asked then and did not differ is left out.
 * Errors: ARGUMENT (also beside a relay, which does not show what Jira has), STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_verify_begin(jirasend_client *client, const jirasend_verify_options *options,
                             jirasend_verification **verification, jirasend_error *error);

/*
 * Asks Jira one question. `lines` is an array of what it shows to differ: receipts with "differences" as in
 * jirasend_client_show(). Freed with jirasend_free(). Errors: NOT_FOUND when nothing is left to ask;
 * CREDENTIALS, after which the next call asks about another API; NETWORK and TIMEOUT, after which it asks
 * the same again; ARGUMENT (no credentials), STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_verify_next(
    jirasend_verification *verification, int64_t timeout_ms, char **lines, jirasend_error *error);

/*
 * How far it is: {"things": 3400, "asked": 120, "same": 117, "differing": 2, "newer": 1, "notKnown": 0,
 * "wentOn": 0, "strangers": ["Builds"], "strangerKinds": ["build"]}. Newer are things of which Jira has a later
 * update than was told; "wentOn" were asked by the one before; of strangers, named as Jira's permissions are and
 * once more by their kinds, everything, and more than one thing, was not there. Freed with jirasend_free().
 * Errors: MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_verify_summary(
    const jirasend_verification *verification, char **summary, jirasend_error *error);

/* Ends it, and notes in the outbox how far it came. Null is allowed. */
JIRASEND_API void jirasend_verify_end(jirasend_verification *verification);

/*
 * Submits again what was told of the thing of an accepted event, by its id, with a new number; development
 * information moves no issues. `again` is the new event's id. Errors: NOT_FOUND: its document, which is kept for
 * 30 days, is not there any more: it must be sent again from its source; ARGUMENT: newer news of the thing
 * waits; STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_repair(jirasend_client *client,
                                                                     int64_t id, int64_t *again,
                                                                     jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
