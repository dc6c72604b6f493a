/*
 * The history: what was told to Jira, and what became of it. It is kept in the outbox, and goes back as
 * far as jirasend_config_set_keep() says. Newest means: submitted last.
 *
 * Threads: as in client.h, any number at the same time. Every answer is a JSON document in UTF-8, freed
 * with jirasend_free(). Errors of every function here: ARGUMENT, STORAGE, REFUSED (damaged, or another
 * process keeps it busy), MEMORY, CLOSED.
 */
#ifndef JIRASEND_HISTORY_H
#define JIRASEND_HISTORY_H

#include <jirasend/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which events are asked for: all that fit every member that is not null or 0. */
typedef struct jirasend_history_filter {
    size_t size;
    const char *key;         /* issue key, in any case */
    const char *project;     /* of one of their keys, in any case */
    const char *kinds;       /* comma-separated: "build,deployment" */
    const char *pipeline;    /* id, of builds and deployments */
    const char *environment; /* id or name, of deployments */
    const char *statuses;    /* comma-separated: "accepted,rejected" */
    int64_t since_ms;        /* submitted at this time (since 1970) or later */
    int64_t until_ms;        /* submitted before it */
    int64_t number;          /* of builds and deployments; 0: any */
    const char *state;       /* as it was told: "failed", "rolled_back" */
} jirasend_history_filter;

#define JIRASEND_HISTORY_FILTER_INIT                                                               \
    { sizeof(jirasend_history_filter), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * One page, newest first, of what was settled, what waits and dead letters, at most `limit` (1 to 1000):
 * {"receipts": [...], "cursor": "..."}. `cursor` is null for the first page, then that of the page
 * before; the last page has none. `filter` may be null.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_history(jirasend_client *client, const jirasend_history_filter *filter,
                        const char *cursor, int limit, char **page, jirasend_error *error);

/* Receipts of a requestId, of every kind and scope, newest first, as an array: at most `limit` (1 to 10000). */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_receipts_by_request(jirasend_client *client, const char *request_id, int limit,
                                    char **receipts, jirasend_error *error);

/*
 * Why an issue shows what it shows, as far as the history knows: {"key": "APP-1", "events": [...],
 * "dropped": [...], "droppedBy": [...], "deleted": [7], "jira": []}. Events are receipts with "found":
 * {"from": "message", "commit": "..."}; dropped are {"id": 7, "key": "APP-1", "rule": "case"}: texts that hold
 * the key and were not taken, droppedBy the receipts of their events; deleted are events about things that
 * were deleted since, of each thing (the newest 200) the newest. Newest first; at most 10,000 events, and 100
 * dropped.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_explain(jirasend_client *client,
                                                                      const char *key,
                                                                      char **answer,
                                                                      jirasend_error *error);

/*
 * The same, and what Jira has now: each thing once, at most 200 (the number of others is "unasked"), at most 20
 * questions a second. "jira" are
 * Jira's own documents; "things" says of each that was asked for: {"event": 7, "there": "yes", "named": true,
 * "newer": false, "differences": [...]}; the id is that of its newest event; there is "no", too, and "not known";
 * named: Jira has it with the key. An API that does not answer keeps nobody from asking the others: those that did
 * not are "unanswered": {"site": "acme.atlassian.net", "permission": "Builds", "message": "..."}. Errors besides:
 * ARGUMENT (no credentials, a relay), CREDENTIALS, NETWORK, TIMEOUT: not all was answered within the time; there is an
 * answer all the same.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_explain_now(jirasend_client *client,
                                                                          const char *key,
                                                                          int64_t timeout_ms,
                                                                          char **answer,
                                                                          jirasend_error *error);

/*
 * Issues that are in the first environment (id or name) and not in the second one, as an array of keys.
 * NOT_FOUND: of one of the two nothing is known.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_diff(jirasend_client *client,
                                                                   const char *first,
                                                                   const char *second, char **keys,
                                                                   jirasend_error *error);

/*
 * The last deployment of a pipeline to an environment (ids) that Jira accepted, that was successful or a
 * rollback, and that knows its commit: {"receipt": {...}, "found": [{"key": "APP-1", "from": "message",
 * "commit": "..."}]}. `site` null: the default site. NOT_FOUND: there is none.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_last_deployment(
    jirasend_client *client, const char *site, const char *pipeline_id, const char *environment_id,
    char **deployment, jirasend_error *error);

/*
 * The id by which Jira knows a repository (an address on the web), if it has development information of it
 * from this outbox: what ties a deployment to a commit. `site` null: the default site. Errors: DOCUMENT (no
 * such address), NOT_FOUND, too.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_repository_id(
    jirasend_client *client, const char *site, const char *url, char **id, jirasend_error *error);

typedef enum jirasend_told {
    JIRASEND_TOLD_NOTHING = 0, /* never, or something else */
    JIRASEND_TOLD_WAITS = 1,
    JIRASEND_TOLD_ACCEPTED = 2
} jirasend_told;

/*
 * Whether the newest event about the same thing said the same, and waits or was accepted: then nobody
 * learns anything by telling it again. Nothing is stored. Takes a document as jirasend_client_submit()
 * does. Errors: DOCUMENT, too.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_told(
    jirasend_client *client, const char *document, size_t length,
    const jirasend_submit_options *options, jirasend_told *told, jirasend_error *error);

/*
 * When the newest news about the same thing changed, by its document, else when it came (milliseconds since
 * 1970); 0: there is none. Takes a document as jirasend_client_told() does. Errors: DOCUMENT, too.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_changed(
    jirasend_client *client, const char *document, size_t length,
    const jirasend_submit_options *options, int64_t *changed_ms, jirasend_error *error);

/*
 * One more of something that the caller counts: it is kept in the outbox and shown among the metrics, as the
 * counter jirasend_NAME. `name` is of lower-case letters, digits and '_', 1 to 60 of them.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_count(jirasend_client *client,
                                                                    const char *name,
                                                                    jirasend_error *error);

/*
 * Whether what Jira was told by this event can be told again: the document of the newest accepted event
 * about a thing is kept 30 days.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_kept(jirasend_client *client,
                                                                   int64_t id, int *kept,
                                                                   jirasend_error *error);

/*
 * Tells Jira once more what it was told by this event, as the newest news, in another state unless
 * `state` is null ("cancelled"). `again` is the new event. Errors: NOT_FOUND: it is not kept; ARGUMENT:
 * something newer about the same thing is in the outbox, or it has no such state.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_tell_again(
    jirasend_client *client, int64_t id, const char *state, int64_t *again, jirasend_error *error);

/*
 * A text that the caller keeps in the outbox under a name (as of jirasend_client_count()), for all who share
 * it; null: there is none, or it is forgotten. What was kept last may be lost with the power. `text` of
 * _note_get() is freed with jirasend_free().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_note_get(jirasend_client *client,
                                                                       const char *name,
                                                                       char **text,
                                                                       jirasend_error *error);
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_note_put(jirasend_client *client,
                                                                       const char *name,
                                                                       const char *text,
                                                                       jirasend_error *error);

/* Counters and measures as an OpenMetrics text (docs/metrics.md), ended by "# EOF". */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_metrics(jirasend_client *client,
                                                                      char **text,
                                                                      jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
