/* The operations of outbox/store.h on PostgreSQL, and what their files share. */
#ifndef JS_OUTBOX_POSTGRES_ROWS_H
#define JS_OUTBOX_POSTGRES_ROWS_H

#include "outbox/postgres/internal.h"

/* names.c: numbers that do not change, remembered. 0: not known here. */
int64_t js_pg_name_find(js_postgres *self, const js_lane *lane, const unsigned char *envelope,
                        bool history);
void js_pg_name_keep(js_postgres *self, const js_lane *lane, const unsigned char *envelope,
                     bool history, int64_t lane_id, int64_t id);
/* The number of a lane, made if need be; outside of a transaction. */
jirasend_code js_pg_lane_id(js_pg *pg, const js_lane *lane, int64_t *id, jirasend_error *error);
/* The same of an envelope. The plain one is 0. */
jirasend_code js_pg_envelope_id(js_pg *pg, const js_row *row, int64_t lane, int64_t now_ms,
                                int64_t *id, jirasend_error *error);
/* Keys that stand for texts. False: memory is short. */
bool js_pg_key_of_stream(const js_stream *stream, unsigned char key[JS_PG_KEY_SIZE]);
bool js_pg_key_of_text(const char *text, unsigned char key[JS_PG_KEY_SIZE]);
bool js_pg_key_of_request(int kind, const char *scope, const char *request_id,
                          unsigned char key[JS_PG_KEY_SIZE]);

/* lanes.c */
jirasend_code js_pg_lane_find(js_store *store, const js_lane *lane, js_lane_row *row,
                              jirasend_error *error);
jirasend_code js_pg_lane_add(js_store *store, const js_lane *lane, js_lane_row *row,
                             jirasend_error *error);
jirasend_code js_pg_lane_of(js_store *store, int64_t id, js_lane_row *row, jirasend_error *error);
jirasend_code js_pg_lane_next(js_store *store, const char *site, int64_t after, js_lane_row *row,
                              jirasend_error *error);
jirasend_code js_pg_lane_states(js_store *store, js_lane_state **states, size_t *count,
                                jirasend_error *error);
jirasend_code js_pg_stop_read(js_store *store, const js_lane *lane, js_stop *stop,
                              jirasend_error *error);
jirasend_code js_pg_stop_write(js_store *store, int64_t lane, const js_stop *stop,
                               jirasend_error *error);
jirasend_code js_pg_backoff_write(js_store *store, int64_t envelope, const js_backoff *backoff,
                                  jirasend_error *error);
jirasend_code js_pg_backoffs_end(js_store *store, int64_t lane, jirasend_error *error);

/* claims.c */
int64_t js_pg_lease_ms(int64_t given_ms);
jirasend_code js_pg_lane_check_claim(js_store *store, const js_lane *lane, int64_t fence,
                                     js_lane_row *row, jirasend_error *error);
jirasend_code js_pg_claim_lane(js_pg *pg, const js_lane *lane, int64_t *fence,
                               jirasend_error *error);
/* The claim, when it is of this fence, and in use or not. With the mutex. */
js_pg_claim *js_pg_claim_of(js_postgres *self, const js_lane *lane);
/* Lengthens the lease. CLOSED: the lane now belongs to another process. */
jirasend_code js_pg_renew(js_pg *pg, const js_lane *lane, int64_t fence, jirasend_error *error);
/* By our own clock, counted from before the claim was sent. */
bool js_pg_has_claim(js_postgres *self, const js_lane *lane, int64_t fence);
bool js_pg_lease_is_fresh(js_postgres *self, const js_lane *lane, int64_t fence);
bool js_pg_lease_outlasts_request(js_postgres *self, const js_lane *lane, int64_t fence);
/*
 * Nobody uses the claim for now. After a settlement there may be more to send, so it is kept for a while.
 * unanswered: a deletion may still be on its way; nobody may have the lane before the lease is over.
 */
void js_pg_put_down(js_postgres *self, const js_lane *lane, int64_t fence, bool unanswered);
/* A settlement has renewed the lease at that time. */
void js_pg_note_settled(js_postgres *self, const js_lane *lane, int64_t fence, int64_t held_ms);
/* Gives back claims that nobody uses; all: whatever is left, when the client is closed. */
void js_pg_release_idle(js_postgres *self, bool all);
void js_pg_claims_free(js_postgres *self);

/* queue.c */
jirasend_code js_pg_any_aside(js_store *store, int64_t lane, int64_t from, int64_t until, bool *any,
                              jirasend_error *error);
jirasend_code js_pg_wake(js_store *store, int64_t lane, int64_t from, int64_t until,
                         jirasend_error *error);
jirasend_code js_pg_set_aside(js_store *store, const js_queued *events, size_t count,
                              jirasend_error *error);
jirasend_code js_pg_heads(js_store *store, int64_t lane, js_head **heads, size_t *count,
                          jirasend_error *error);
jirasend_code js_pg_window(js_store *store, int64_t lane, int64_t envelope, int64_t after,
                           js_queued *events, size_t max, size_t *count, jirasend_error *error);
jirasend_code js_pg_check_idle(js_store *store, int64_t lane, jirasend_error *error);
/* What js_pg_read_queued() reads, from a column on: e is the event. */
#define JS_PG_QUEUED                                                                               \
    "e.id, e.stream, e.envelope, e.sequence, e.not_before, e.bytes, e.queued_ms, e.attempts,"      \
    " e.gated, e.barrier, e.history, e.touched, " JS_KNOWN_ROW("e")
js_queued js_pg_read_queued(const js_pg_query *query, int from);

/* queue_floor.c: below which number nothing waits, as a hint; 0: look from the beginning. */
int64_t js_pg_low_of(js_postgres *self, int64_t lane, int64_t envelope);
void js_pg_low_note(js_postgres *self, int64_t lane, int64_t envelope, int64_t id);
void js_pg_low_forget(js_postgres *self, int64_t lane);

/* streams.c and load.c */
jirasend_code js_pg_streams(js_store *store, js_stream_view *views, size_t count, bool history,
                            jirasend_error *error);
jirasend_code js_pg_unblock(js_store *store, const js_event_row *barrier, jirasend_error *error);
jirasend_code js_pg_stream_waits(js_store *store, int64_t now_ms, js_stream_wait **waits,
                                 size_t *count, jirasend_error *error);
jirasend_code js_pg_stream_wait_end(js_store *store, const js_stream_wait *wait,
                                    jirasend_error *error);
jirasend_code js_pg_load(js_store *store, const js_lane_row *lane, const js_queued *events,
                         size_t count, js_outgoing *items, bool *whole, jirasend_error *error);

/* sweep.c */
jirasend_code js_pg_envelopes(js_store *store, int64_t lane, js_envelope_row **rows, size_t *count,
                              jirasend_error *error);
jirasend_code js_pg_swept(js_store *store, const js_sweeping *sweep, js_event_row *rows, size_t max,
                          size_t *count, jirasend_error *error);
jirasend_code js_pg_sweep_accepted(js_store *store, const js_sweeping *sweep,
                                   jirasend_error *error);
jirasend_code js_pg_lane_wait_end(js_store *store, const js_stream_wait *wait,
                                  jirasend_error *error);
/* Whether the event e, of the lane l, was deleted by its properties since; v is its envelope. */
#define JS_PG_JOIN_ENVELOPE " LEFT JOIN @.envelope v ON v.id = e.envelope AND e.envelope > 0"
#define JS_PG_SWEPT "e.id < CASE e.envelope WHEN 0 THEN l.swept ELSE coalesce(v.swept, 0) END"

/* room.c */
/* What this process has put counts at once. */
void js_pg_room_use(js_postgres *self, const js_put *puts, const js_put_result *results,
                    size_t count);
jirasend_code js_pg_room(js_store *store, int64_t *waiting, int64_t *bytes, jirasend_error *error);

/* add.c */
jirasend_code js_pg_add(js_store *store, js_adding *events, size_t count, int64_t now_ms,
                        int64_t forgotten_before_ms, jirasend_error *error);

/* events.c */
jirasend_code js_pg_find(js_store *store, js_event_row *rows, size_t count, jirasend_error *error);
jirasend_code js_pg_stay(js_store *store, const js_staying *events, size_t count,
                         jirasend_error *error);
jirasend_code js_pg_accepted(js_store *store, const js_accepting *events, size_t count,
                             jirasend_error *error);
jirasend_code js_pg_older(js_store *store, const js_accepting *events, size_t event_count, bool all,
                          js_event_row *rows, size_t max, size_t *count, jirasend_error *error);
jirasend_code js_pg_aside_with(js_store *store, const js_event_row *event, int64_t until_ms,
                               jirasend_error *error);
/* What js_pg_read_event() reads: e is a row of `waiting`, or of `dead`. */
#define JS_PG_EVENT                                                                                \
    "e.id, e.lane, e.stream, e.envelope, e.sequence, e.bytes, e.queued_ms, e.gated, e.barrier"
#define JS_PG_WAITING_EVENT JS_PG_EVENT ", 0, 0, true"
#define JS_PG_DEAD_EVENT JS_PG_EVENT ", e.status, e.settled_ms, true"
void js_pg_read_event(const js_pg_query *query, js_event_row *row);
/* Runs the query and reads its rows, at most so many. Ends it. */
jirasend_code js_pg_read_events(js_pg_query *query, js_event_row *rows, size_t max, size_t *count,
                                jirasend_error *error);

/* settle.c */
jirasend_code js_pg_settle(js_store *store, const js_settling *events, size_t count, int64_t now_ms,
                           jirasend_error *error);
jirasend_code js_pg_counts(js_store *store, js_counts *counts, jirasend_error *error);

/* dead.c */
jirasend_code js_pg_revive(js_store *store, const js_event_row *events, size_t count,
                           int64_t now_ms, jirasend_error *error);
jirasend_code js_pg_give_up(js_store *store, const js_event_row *events, size_t count,
                            const char *message, int64_t now_ms, jirasend_error *error);
jirasend_code js_pg_dead_of(js_store *store, int64_t lane, int64_t after, js_event_row *rows,
                            size_t max, size_t *count, jirasend_error *error);
jirasend_code js_pg_dead_oldest(js_store *store, int64_t before_ms, js_event_row *rows, size_t max,
                                size_t *count, jirasend_error *error);

/* forget.c */
jirasend_code js_pg_waiting_since(js_store *store, int64_t before_ms, js_event_row *rows,
                                  js_receipt *receipts, size_t max, size_t *count,
                                  jirasend_error *error);
jirasend_code js_pg_tidy_due(js_store *store, int64_t now_ms, bool *due, jirasend_error *error);
jirasend_code js_pg_forget(js_store *store, int64_t now_ms, size_t max, size_t *done,
                           jirasend_error *error);

/* note.c: keys and counters of what is settled, gathered first and written in two statements. */
typedef struct js_pg_notes {
    js_pg_query keys, metrics;
    int key[5], metric[5];
    size_t key_count, metric_count;
} js_pg_notes;
void js_pg_notes_begin(js_pg_notes *notes, js_pg *pg);
void js_pg_note_key(js_pg_notes *notes, int64_t id, const char *key, int source, int rule,
                    const char *commit);
void js_pg_note_keys(js_pg_notes *notes, int64_t id, const js_event *event);
/* `other` takes what would be one label too many; null: there are few. */
void js_pg_note_count(js_pg_notes *notes, const char *name, const char *label, const char *other,
                      int64_t change);
/* A deployment that was accepted counts once for each state. `id`: its own. False: memory is short. */
bool js_pg_note_deployment(js_pg_notes *notes, int64_t id, js_state state, const char *environment);
/* `id`: its own. False: memory is short. */
bool js_pg_note_settled_event(js_pg_notes *notes, int64_t id, const js_event *event, int kind,
                              const char *site, js_status status, int64_t took_ms);
/* Puts them into the queue of statements. */
void js_pg_notes_queue(js_pg_notes *notes);
void js_pg_notes_end(js_pg_notes *notes);
jirasend_code js_pg_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error);

/* receipts.c: e is an event of any of the three tables, l its lane, s its site */
#define JS_PG_RECEIPT                                                                              \
    "e.id, e.request_id, CASE e.kind WHEN 0 THEN l.kind ELSE e.kind END, l.site, e.status,"        \
    " e.issue_keys, e.unknown_keys, e.dropped, e.message, e.http_status, e.attempts, e.open,"      \
    " e.queued_ms, e.settled_ms, e.created_ms, e.facts, e.relay_id, e.forbidden,"                  \
    " l.held, l.http_status, l.message, s.held, s.http_status, s.message"
#define JS_PG_LANE_AND_SITE                                                                        \
    " JOIN @.lane l ON l.id = e.lane LEFT JOIN @.lane s ON s.site = l.site AND s.kind = 0"
/* Rows of the three tables in one form, which the planner sees through. */
#define JS_PG_SHARED                                                                               \
    "e.id, e.lane, e.stream, e.kind, e.request_id, e.issue_keys, e.unknown_keys, e.dropped,"       \
    " e.message, e.http_status, e.attempts, e.queued_ms, e.created_ms, e.facts, e.relay_id,"       \
    " e.history, e.sequence, e.barrier, e.envelope"
#define JS_PG_OF_WAITING                                                                           \
    "SELECT " JS_PG_SHARED ", 0 AS status, true AS open, 0::bigint AS settled_ms, e.forbidden,"    \
    " 0::bigint AS settled_no FROM @.waiting e"
#define JS_PG_OF_DEAD                                                                              \
    "SELECT " JS_PG_SHARED ", e.status, true AS open, e.settled_ms, false AS forbidden,"           \
    " e.settled_no FROM @.dead e"
#define JS_PG_OF_RECEIPT                                                                           \
    "SELECT " JS_PG_SHARED ", e.status, false AS open,"                                            \
    " round(extract(epoch FROM e.settled_at) * 1000)::bigint AS settled_ms, false AS forbidden,"   \
    " e.settled_no FROM @.receipt e"
/* *forgotten (may be null): it is too old to be shown. False: memory is short. */
bool js_pg_read_receipt(const js_pg_query *query, int64_t now_ms, js_receipt *receipt,
                        bool *forgotten);

/* receipt_cache.c. False: it has to be asked for. */
bool js_pg_ahead_next(js_postgres *self, int64_t *cursor, js_receipt *receipt, jirasend_code *code,
                      jirasend_error *error);
bool js_pg_ahead_of_id(js_postgres *self, int64_t id, js_receipt *receipt, jirasend_code *code,
                       jirasend_error *error);
/* How many ids are worth reading, this one the first. */
int64_t js_pg_ahead_span(js_postgres *self, int64_t id);
/* Take over the rows after the one that was read; version: of before they were asked for. */
void js_pg_ahead_keep_settled(js_postgres *self, js_pg_query *query, int64_t cursor);
void js_pg_ahead_keep_ids(js_postgres *self, js_pg_query *query, uint64_t version);
void js_pg_ahead_free(js_postgres *self);
/*
 * What somebody who waits looks at again and again, as it was: while another thread asks for news and there
 * is none. Also true where it was read (*code).
 */
void js_pg_watched(js_postgres *self);
void js_pg_same_keep(js_postgres *self, js_pg_query *query, uint64_t version);
bool js_pg_same(js_postgres *self, int64_t id, js_receipt *receipt, jirasend_code *code,
                jirasend_error *error);
void js_pg_stop_keep(js_postgres *self, const js_lane *lane, const js_stop *stop, uint64_t version);
bool js_pg_stop_known(js_postgres *self, const js_lane *lane, js_stop *stop);

/* What the operations of the outbox need a connection for: one receipt, and so on. */
jirasend_code js_pg_receipt(js_pg *pg, int64_t id, js_receipt *receipt, jirasend_error *error);
jirasend_code js_pg_next_settled(js_pg *pg, int64_t *cursor, js_receipt *receipt,
                                 jirasend_error *error);
jirasend_code js_pg_cursor(js_pg *pg, int64_t *cursor, jirasend_error *error);
jirasend_code js_pg_list(js_pg *pg, int64_t after, int limit, js_receipt **receipts, size_t *count,
                         jirasend_error *error);
jirasend_code js_pg_requested(js_pg *pg, const char *request_id, size_t limit,
                              js_receipt **receipts, size_t *count, jirasend_error *error);
jirasend_code js_pg_history(js_pg *pg, const js_history_query *asked, js_history_row **rows,
                            size_t *count, bool *more, jirasend_error *error);
jirasend_code js_pg_deployed(js_pg *pg, const char *const names[2], js_deployed **rows,
                             size_t *count, jirasend_error *error);
jirasend_code js_pg_told(js_pg *pg, const js_event *event, js_told *told, jirasend_error *error);
jirasend_code js_pg_last_told(js_pg *pg, const js_event *event, int64_t id, js_last_told *last,
                              jirasend_error *error);
jirasend_code js_pg_told_ids(js_pg *pg, unsigned kinds, int64_t since_ms, js_told_id **ids,
                             size_t *count, jirasend_error *error);
jirasend_code js_pg_told_document(js_pg *pg, int64_t id, js_buf *document, jirasend_error *error);
jirasend_code js_pg_knows_repository(js_pg *pg, const char *site, const char *repository,
                                     bool *knows, jirasend_error *error);
jirasend_code js_pg_bookmark_get(js_pg *pg, const char *name, js_buf *text, jirasend_error *error);
jirasend_code js_pg_bookmark_put(js_pg *pg, const char *name, const char *text,
                                 jirasend_error *error);
jirasend_code js_pg_take_moment(js_pg *pg, const char *name, int64_t now_ms, int64_t apart_ms,
                                int64_t *moment_ms, jirasend_error *error);
jirasend_code js_pg_metrics(js_pg *pg, js_metric **metrics, size_t *count, jirasend_error *error);
jirasend_code js_pg_cloud_id_get(js_pg *pg, const char *site, char *out, size_t size,
                                 jirasend_error *error);
jirasend_code js_pg_cloud_id_put(js_pg *pg, const char *site, const char *cloud_id,
                                 jirasend_error *error);

/* front_end.c */
jirasend_code js_pg_changed(js_pg *pg, const js_event *event, int64_t *changed_ms,
                            jirasend_error *error);
jirasend_code js_pg_answered(js_pg *pg, const js_outcome *outcome, int64_t now_ms,
                             jirasend_error *error);
jirasend_code js_pg_count_one(js_pg *pg, const char *name, jirasend_error *error);
jirasend_code js_pg_document(js_pg *pg, int64_t id, char **text, jirasend_error *error);

/* news.c */
uint64_t js_pg_version(js_postgres *self);
void js_pg_rest(js_outbox *outbox, int64_t ms);
/* All lanes were looked at: in these something waits. And: these events were put. */
void js_pg_note_busy(js_postgres *self, const js_lane_state *states, size_t count);
/* Somebody asks what became of this event; of all that is settled. News of that is told sooner, for a while. */
void js_pg_note_asked(js_postgres *self, int64_t id);
void js_pg_note_followed(js_postgres *self);
void js_pg_note_put(js_postgres *self, const js_put *puts, size_t count);

#endif
