/*
 * The client: takes events, keeps them until Jira has them, says what became of them.
 *
 * Threads: unless a function says otherwise, any number of threads may call any function on
 * one client at the same time. Only jirasend_client_close() must be the last call: it ends the
 * waits of others, lets the calls that began before it come to their end, turns away with CLOSED
 * what comes while it runs, and the handle is gone when it returns.
 * A null client, or null where a result should go, is JIRASEND_E_ARGUMENT, here and in the other headers.
 * After fork() a client must not be used in the child; closing it there does nothing. Nor can the
 * child open a folder that was open in its parent at the fork: it is REFUSED, as SQLite would lose
 * what the child commits. Fork first, or start a program in the child.
 */
#ifndef JIRASEND_CLIENT_H
#define JIRASEND_CLIENT_H

#include <jirasend/config.h>
#include <jirasend/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jirasend_client jirasend_client;

/* Frees a document that the library handed out. Null is allowed. */
JIRASEND_API void jirasend_free(char *document);

/*
 * Opens the outbox and starts the delivery thread. The config is copied.
 * Errors: ARGUMENT, MEMORY, STORAGE, REFUSED (damaged, newer version, a second copy of the
 * library in this process, open in the parent at the fork), FILE (CA file).
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_open(const jirasend_config *config,
                                                                   jirasend_client **client,
                                                                   jirasend_error *error);

/* Ends every wait with JIRASEND_E_CLOSED; the client can still be used. For a clean shutdown. */
JIRASEND_API void jirasend_client_cancel_waits(jirasend_client *client);

/*
 * Stops delivery, waiting at most `deadline_ms` for a request in flight and for other processes
 * that have the outbox, and frees the client.
 * Events that were not delivered stay in the outbox folder; without one they are gone.
 */
JIRASEND_API void jirasend_client_close(jirasend_client *client, int64_t deadline_ms);

/* Owned by the caller; every text is copied by the call, the secret into memory that is wiped. */
typedef struct jirasend_site {
    size_t size;
    const char *site;      /* host name or URL; null: "every site a document may name" */
    const char *client_id; /* of the OAuth credentials (2LO) */
    const void *secret;    /* UTF-8 bytes, no NUL needed */
    size_t secret_length;
    const char *cloud_id; /* null: looked up at https://SITE/_edge/tenant_info */
    const char *api_url;  /* null: the config's; another one for a site on the sandbox */
    const jirasend_submit_options *options; /* for events of this site; null: the config's */
} jirasend_site;

#define JIRASEND_SITE_INIT                                                                         \
    { sizeof(jirasend_site), 0, 0, 0, 0, 0, 0, 0 }

/*
 * Gives the client the credentials of a site, or new ones. Events of a site without
 * credentials stay in the outbox. New credentials end a hold that the old ones caused.
 * Errors: ARGUMENT, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_put_site(jirasend_client *client,
                                                                       const jirasend_site *site,
                                                                       jirasend_error *error);

/*
 * Forgets the credentials of a site (null: those for every site): its events stay, nothing is sent.
 * Errors: ARGUMENT, NOT_FOUND, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_remove_site(jirasend_client *client,
                                                                          const char *site,
                                                                          jirasend_error *error);

/* Owned by the caller; every text is copied by the call, secrets into memory that is wiped. */
typedef struct jirasend_relay {
    size_t size;
    const void *token; /* bearer token, visible ASCII; null: none, or asked for */
    size_t token_length;
    /*
     * Where a CI system gives ID tokens (GitHub's ACTIONS_ID_TOKEN_REQUEST_URL), and the token that
     * allows to ask. They are asked for when needed: when the last one runs out, and once when it is refused.
     */
    const char *id_token_url; /* null: nowhere */
    const void *id_token_secret;
    size_t id_token_secret_length;
    const char *audience; /* of ID tokens; null: the relay's address without a slash at its end */
} jirasend_relay;

#define JIRASEND_RELAY_INIT                                                                        \
    { sizeof(jirasend_relay), 0, 0, 0, 0, 0, 0 }

/*
 * Says who we are to the relay of the config, or somebody else from now on: until then nothing is sent.
 * With neither a token nor an address for one the client certificate alone says it. Errors: ARGUMENT (also
 * without a relay), MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_put_relay(jirasend_client *client,
                                                                        const jirasend_relay *relay,
                                                                        jirasend_error *error);

/*
 * Checks one event document (docs/events.md) and commits it to the outbox: on return it is on
 * disk, or nothing happened. `id` is the event's number in this outbox; ids are never used again.
 * An event without anything to associate is not sent: it gets an id and a receipt `skipped`.
 * `options` may be null (options.h). Errors: ARGUMENT (an option), DOCUMENT, STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_submit(jirasend_client *client, const char *document, size_t length,
                       const jirasend_submit_options *options, int64_t *id, jirasend_error *error);

typedef struct jirasend_document {
    const char *text;
    size_t length;
    const char *scope; /* of its requestId; null: that of the options */
} jirasend_document;

/*
 * As jirasend_client_open() and jirasend_client_put_site(), for a program that submits this very event next.
 * Without an outbox folder, where nothing that is stored could forbid it, the connection is made and a token
 * asked for while the outbox opens; a document that is refused or skipped lets nothing be asked, and
 * the submit says why. Errors: those of both.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_open_for(
    const jirasend_config *config, const jirasend_site *site, const jirasend_document *document,
    jirasend_client **client, jirasend_error *error);

typedef struct jirasend_submitted {
    jirasend_code code;
    int64_t id; /* 0 unless code is JIRASEND_OK */
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
    int fresh; /* 1: committed by this call; 0: its requestId was known, and the id is the first one's */
} jirasend_submitted;

/*
 * The same for many documents, in one transaction. Each document is judged by itself: results[i]
 * says what became of documents[i]. The sizes are those of one element as the caller was compiled:
 * sizeof *documents, sizeof *results. Returns JIRASEND_OK when the transaction was committed, also
 * when some documents were refused; any other code means that nothing was stored.
 * Errors: ARGUMENT (an option, a missing array), STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_submit_many(
    jirasend_client *client, const jirasend_document *documents, size_t document_size, size_t count,
    const jirasend_submit_options *options, jirasend_submitted *results, size_t result_size,
    jirasend_error *error);

/*
 * The same, and tells each event that this call committed as it was then: receipts[i], an array of `count`,
 * is its receipt, freed with jirasend_free(), or null where jirasend_client_receipt() has to be asked, as
 * always when its requestId was known. Spares a look at the outbox for each of them.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_submit_told(
    jirasend_client *client, const jirasend_document *documents, size_t document_size, size_t count,
    const jirasend_submit_options *options, jirasend_submitted *results, size_t result_size,
    char **receipts, jirasend_error *error);

/*
 * Waits until the event is settled (accepted, rejected, skipped, superseded, held), or until it is
 * certain that it will not be within `timeout_ms` (rate limit, back-off), or until the time is
 * over. `receipt` is then the receipt as a JSON document; status `queued` says that it is still
 * waiting and the message why. Freed with jirasend_free().
 * With a relay it is Jira's answer, asked for at the relay, that is waited for; a relay that refuses to
 * tell is an error.
 * Errors: NOT_FOUND, CREDENTIALS, CLOSED, STORAGE, REFUSED, MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_wait(jirasend_client *client,
                                                                   int64_t id, int64_t timeout_ms,
                                                                   char **receipt,
                                                                   jirasend_error *error);

/*
 * The same, but with a relay it ends as soon as the relay has committed the event: the receipt then says
 * `queued`, with `relayId`. Errors: NOT_FOUND, CLOSED, STORAGE, REFUSED, MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_wait_sent(
    jirasend_client *client, int64_t id, int64_t timeout_ms, char **receipt, jirasend_error *error);

/*
 * The next settled receipt after the cursor, in the order of settling, for a single pump thread.
 * `*cursor` is 0 for "from now on" and is moved on each receipt; do not keep it over a restart of
 * the machine, as Jira's yes need not be on disk when the power fails. One of another outbox means
 * "from now on", too. At the end of the time: JIRASEND_E_TIMEOUT. No error moves it past a receipt.
 * Receipts of other processes on the same outbox come too. Freed with jirasend_free().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_next_receipt(jirasend_client *client,
                                                                           int64_t *cursor,
                                                                           int64_t timeout_ms,
                                                                           char **receipt,
                                                                           jirasend_error *error);

/*
 * What is known of an event now, also after a restart; receipts are kept 30 days.
 * Freed with jirasend_free(). Errors: NOT_FOUND, STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_receipt(jirasend_client *client,
                                                                      int64_t id, char **receipt,
                                                                      jirasend_error *error);

/* Which deployment a gate is asked for. */
typedef struct jirasend_gate_query {
    size_t size;
    const char *site; /* null: the default site */
    const char *pipeline_id;
    const char *environment_id;
    int64_t number;
} jirasend_gate_query;

#define JIRASEND_GATE_QUERY_INIT                                                                   \
    { sizeof(jirasend_gate_query), 0, 0, 0, 0 }

/*
 * Asks Jira once, waiting at most `timeout_ms`. `answer` is a JSON document
 * {"status": "allowed|prevented|awaiting|expired|invalid|unknown", "issueKeys": [...],
 * "issueLinks": [...], "updatedAt": "...", "message": "..."}, with a link (or "") for each key;
 * `updatedAt` is left out where Jira does not say when.
 * `unknown` means that Jira does not know this deployment. Freed with jirasend_free().
 * Errors: ARGUMENT, CREDENTIALS, NETWORK, TIMEOUT, CLOSED, MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_gate(jirasend_client *client,
                                                                   const jirasend_gate_query *query,
                                                                   int64_t timeout_ms,
                                                                   char **answer,
                                                                   jirasend_error *error);

/*
 * Gets a token and the cloud id of the site, and asks each API for something that cannot be there.
 * `report` is a JSON document {"site": ..., "token": {"ok": true, "message": ...},
 * "cloudId": {"ok": ..., "value": ..., "message": ...}, "permissions": [{"permission": "Builds",
 * "kinds": ["build"], "answer": "yes" | "no" | "not known" | "yes, but not to read back"}, ...]}.
 * A cloud id that was given must be the site's own. Where an API refuses to be asked, it is sent an
 * empty list, which can store nothing. Freed with jirasend_free(). Returns OK only when token and
 * cloud id are right, whatever the permissions; the report is given either way once the site could
 * be read.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_client_check(jirasend_client *client,
                                                                    const char *site,
                                                                    int64_t timeout_ms,
                                                                    char **report,
                                                                    jirasend_error *error);

enum { JIRASEND_KEY_SIZE = 32 };

/*
 * A secret key that everybody who shares this outbox gets for the same name, and nobody else knows:
 * for a front end that signs something of its own, such as session cookies. It lives as long as the
 * outbox; without an outbox folder, as long as the client. Wipe it after use.
 * Errors: ARGUMENT (an empty name), STORAGE, REFUSED, MEMORY, CLOSED.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_key(jirasend_client *client, const char *name, unsigned char key[JIRASEND_KEY_SIZE],
                    jirasend_error *error);

/*
 * Asks Jira what it has of one thing. The document names it as a deletion does ("delete" may be left
 * out): kind, site and the members of its stream. `answer` is a JSON document {"told": {...}, "jira": {...},
 * "differences": []}: the receipt of what Jira has accepted last, as far as the outbox knows, Jira's own
 * document, and {"member": "state", "told": "successful", "jira": "failed"} for each member that differs;
 * "told" and "jira" may be null. What differs and was told less than 60 s ago is asked once more, 2 s later.
 * At most 20 questions a second go out. Freed with jirasend_free().
 * Errors: DOCUMENT, ARGUMENT (no credentials), STORAGE, REFUSED, CREDENTIALS, NETWORK, TIMEOUT, CLOSED, MEMORY;
 * NOT_FOUND when Jira does not have it, and then there is an answer, too; or when that cannot be known, as
 * Jira gives back only the newest 400 entities of a repository, and then there is none. Where Jira did not
 * answer there is one if the outbox knows what was told.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_show(jirasend_client *client, const char *document, size_t length,
                     int64_t timeout_ms, char **answer, jirasend_error *error);

/* Which things are deleted together: all of a kind that have all of these properties. */
typedef struct jirasend_delete_query {
    size_t size;
    const char *site;                    /* null: the default site */
    const char *kind;                    /* "build", "deployment", "flag" or "repository" */
    const jirasend_property *properties; /* "jirasend" asks for an origin */
    size_t property_count;               /* 1 to 5 */
} jirasend_delete_query;

#define JIRASEND_DELETE_QUERY_INIT                                                                 \
    { sizeof(jirasend_delete_query), 0, 0, 0, 0 }

enum { JIRASEND_DELETE_PROPERTIES_MAX = 5 };

/*
 * Takes the deletion into the outbox like any event, whose receipt says what became of it; on disk when
 * this returns. What waits before it and has the properties is not sent any more once Jira has accepted
 * it, and what comes later in its lane waits until Jira has deleted.
 * Errors: ARGUMENT, REFUSED, STORAGE, CLOSED, MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_client_delete_all(jirasend_client *client, const jirasend_delete_query *query, int64_t *id,
                           jirasend_error *error);

/*
 * Method and path that the same would have, with "{cloudId}" for the cloud id: "DELETE /jira/...". Stands
 * alone; `site` is not read. Freed with jirasend_free(). Errors: ARGUMENT, MEMORY.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code
jirasend_delete_request(const jirasend_delete_query *query, char **request, jirasend_error *error);

/* Issue keys of a text, as a JSON array of strings, by the config's scan settings. Stands alone. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_keys_scan(const jirasend_config *config,
                                                                 const char *text, size_t length,
                                                                 char **keys,
                                                                 jirasend_error *error);

/*
 * The exact request body that would be sent for one document, without sending or storing it.
 * Freed with jirasend_free(). An event with nothing to associate: JIRASEND_OK and null. Of a deletion,
 * which has no body, method and path, with "{cloudId}" for the cloud id: "DELETE /jira/...".
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_dry_run(const jirasend_config *config,
                                                               const char *document, size_t length,
                                                               char **body, jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
