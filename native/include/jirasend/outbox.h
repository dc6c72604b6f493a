/*
 * Looking into the outbox of a client, and setting right what is stuck in it.
 *
 * Threads: as in client.h, any number at the same time. Errors of every function here: ARGUMENT,
 * STORAGE, REFUSED (damaged, or another process keeps it busy), MEMORY, CLOSED; and where an id is
 * given, NOT_FOUND when there is no such event in the queue.
 */
#ifndef JIRASEND_OUTBOX_H
#define JIRASEND_OUTBOX_H

#include <jirasend/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Waiting, held and dead events after event `after` (0: from the start), oldest first, at most
 * `limit` of them (1 to 1000), as a JSON array of receipts; dead letters have status `rejected`.
 * Freed with jirasend_free().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_list(jirasend_client *client,
                                                                   int64_t after, int limit,
                                                                   char **receipts,
                                                                   jirasend_error *error);

/*
 * The document of an event that waits or is a dead letter, as it is stored: what was sent in to be searched
 * for keys is not in it. Freed with jirasend_free().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_document(jirasend_client *client,
                                                                       int64_t id, char **document,
                                                                       jirasend_error *error);

/*
 * Counts as a JSON document: {"waiting": n, "held": n, "dead": n, "removedDead": n, "paused": bool,
 * "lanes": [{"site", "kind", "waiting", "held": bool, "message", "retryInMs"}]}.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_status(jirasend_client *client,
                                                                     char **status,
                                                                     jirasend_error *error);

/* Marks an event (id 0: all) to be tried again: lifts holds, waits and back-offs, revives dead letters. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_retry(jirasend_client *client,
                                                                    int64_t id,
                                                                    jirasend_error *error);

/* Lifts the hold and the waits of one site only. */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_retry_site(jirasend_client *client,
                                                                         const char *site,
                                                                         jirasend_error *error);

/*
 * Pauses the outbox, or lets it go on: nothing is sent from it, by anybody who has it, also after a
 * restart. Events are still taken, and wait. What is on its way comes to its end.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_pause(jirasend_client *client,
                                                                    int paused,
                                                                    jirasend_error *error);

/* Removes one event that waits or is a dead letter. Its receipt then says rejected: "dropped". */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_drop(jirasend_client *client,
                                                                   int64_t id,
                                                                   jirasend_error *error);

/*
 * Tries at once everything that waits, whatever the stored back-off (a Retry-After of Jira is
 * heeded, a hold is not lifted), and returns when nothing is left that can be sent now, or when
 * the time is over. With a relay it also asks once what became of the newest events that the relay has.
 * `status` as from jirasend_outbox_status().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_flush(jirasend_client *client,
                                                                    int64_t timeout_ms,
                                                                    char **status,
                                                                    jirasend_error *error);

/*
 * Reads what can be read of the damaged outbox in `folder` into the outbox of this client, which
 * must be in another folder. The damaged one stays as it is. `report`: {"waiting": n, "dead": n,
 * "known": n, "missing": n, "doubtful": [{"id": n, "document": "..."}], "lost": [{"id": n,
 * "pipelineId": "...", "number": n}]}: events that wait here now, dead letters, events that this
 * outbox knew already or knows a newer update of; documents whose checksum is wrong or that were
 * perhaps sent, to be looked at by a person; and events whose document can no longer be read. Of
 * `missing` events nothing else can be read, either: the first thousand are among the lost, with their
 * ids alone. Blocks until done; may be repeated.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_salvage(jirasend_client *client,
                                                                      const char *folder,
                                                                      char **report,
                                                                      jirasend_error *error);

/*
 * Whether an outbox on PostgreSQL can be used, and what protects it, as a JSON object: server, tables, schema,
 * user, encrypted, lacking, clockMs, fsync, fullPageWrites, synchronousCommit, synchronousStandbyNames,
 * standbys, lagBytes, lagMs, and the sentences disk, commit, replication, clock. REFUSED with a report: it
 * lacks rights, or the server is a standby.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_check(const jirasend_config *config,
                                                                    char **report,
                                                                    jirasend_error *error);

/*
 * Moves everything that the first outbox keeps into the second: what waits, dead letters, the history,
 * numbers, counters. Ids become the second's own, requestIds stay; what was held is tried once there.
 * Both clients must be paused (jirasend_config_set_paused()). `report`: {"waiting": n, "dead": n,
 * "settled": n}. Blocks until done; may be broken off, also by the end of the process, and repeated.
 * ARGUMENT: both are the same outbox; REFUSED: somebody sends from one of them just now.
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_move(jirasend_client *from,
                                                                   jirasend_client *to,
                                                                   char **report,
                                                                   jirasend_error *error);

/*
 * Makes the tables of the outbox that the config names, on PostgreSQL, or brings them up to date; prepares
 * the months of receipts to come and removes empty ones that are over; and grants the role (null: none)
 * what a client needs. It takes the rights of the tables' owner, and nobody need stop for it. `said`: a
 * sentence on what was done. ARGUMENT: the outbox is no address. Errors of the server are those of
 * jirasend_client_open().
 */
JIRASEND_API JIRASEND_NODISCARD jirasend_code jirasend_outbox_migrate(const jirasend_config *config,
                                                                      const char *role, char **said,
                                                                      jirasend_error *error);

#ifdef __cplusplus
}
#endif

#endif
