/* The history of an SQLite outbox: what is written when events settle, and what is asked of it. */
#ifndef JS_OUTBOX_SQLITE_HISTORY_H
#define JS_OUTBOX_SQLITE_HISTORY_H

#include "outbox/digest.h"
#include "outbox/sqlite/internal.h"

typedef struct js_note {
    char site[JS_ORIGIN_SIZE];
    int kind;
    int64_t created_ms;
    int64_t accepted; /* the highest number of its stream that Jira has */
    bool whole;       /* its document was there and could be read */
    bool summed;      /* it has a digest, which is not stored yet: */
    unsigned char digest[JS_DIGEST_SIZE];
} js_note;

/*
 * history_note.c, inside a writing transaction. Of an event that is settled now, before its document goes;
 * of one that was accepted the document takes the place of the one before in its stream.
 */
jirasend_code js_sq_note(js_sqlite *self, const js_settling *as, int64_t now_ms, js_note *note,
                         jirasend_error *error);
/* Of events of one lane that end alike and whose digests are stored, but for their documents. */
jirasend_code js_sq_note_alike(js_sqlite *self, const js_settling *events, size_t count,
                               int64_t now_ms, jirasend_error *error);
/* Of one that was never to be sent. */
jirasend_code js_sq_note_skipped(js_sqlite *self, int64_t id, const js_event *event, int64_t now_ms,
                                 jirasend_error *error);
jirasend_code js_sq_note_keys(js_sqlite *self, int64_t id, const js_event *event,
                              jirasend_error *error);

/* history_count.c, inside a writing transaction: what settles is counted. */
jirasend_code js_sq_count_event(js_sqlite *self, const js_note *note, js_status status,
                                jirasend_error *error);
jirasend_code js_sq_count_settled(js_sqlite *self, const js_note *note, const js_settling *as,
                                  int64_t now_ms, const js_event *event, jirasend_error *error);
/* Of events that end alike; the note says their site. */
jirasend_code js_sq_count_alike(js_sqlite *self, const js_note *note, const js_settling *events,
                                size_t count, int64_t now_ms, jirasend_error *error);
/* Of an event that a relay has, and of which it says now what became. */
jirasend_code js_sq_count_answered(js_sqlite *self, int64_t id, const js_note *note,
                                   js_status status, int64_t now_ms, jirasend_error *error);
jirasend_code js_sq_count_request(js_store *store, js_api api, int http_status,
                                  jirasend_error *error);

/* One of the counters, by so much. */
jirasend_code js_sq_count_metric(js_sqlite *self, const char *name, const char *label,
                                 int64_t change, jirasend_error *error);
/* Those that the transaction counted: at its end, or not at all. */
jirasend_code js_sq_write_counted(js_sqlite *self, jirasend_error *error);
void js_sq_forget_counted(js_sqlite *self);
/* Of an event that a relay has, and of which it says now what became. */
jirasend_code js_sq_note_answered(js_sqlite *self, int64_t id, js_status status, int64_t now_ms,
                                  jirasend_error *error);

/* front_end.c, in the table of operations */
jirasend_code js_sq_changed(js_outbox *outbox, const js_event *event, int64_t *changed_ms,
                            jirasend_error *error);
jirasend_code js_sq_answered(js_outbox *outbox, const js_outcome *outcome, int64_t now_ms,
                             jirasend_error *error);
jirasend_code js_sq_count_one(js_outbox *outbox, const char *name, jirasend_error *error);
jirasend_code js_sq_document(js_outbox *outbox, int64_t id, char **text, jirasend_error *error);

/* history.c and metrics.c, in the table of operations */
jirasend_code js_sq_history(js_outbox *outbox, const js_history_query *asked, js_history_row **rows,
                            size_t *count, bool *more, jirasend_error *error);
jirasend_code js_sq_requested(js_outbox *outbox, const char *request_id, size_t limit,
                              js_receipt **receipts, size_t *count, jirasend_error *error);
jirasend_code js_sq_told(js_outbox *outbox, const js_event *event, js_told *told,
                         jirasend_error *error);
/* deployed.c, in the table of operations */
jirasend_code js_sq_deployed(js_outbox *outbox, const char *const names[2], js_deployed **rows,
                             size_t *count, jirasend_error *error);
/* told.c, in the table of operations */
jirasend_code js_sq_last_told(js_outbox *outbox, const js_event *event, int64_t id,
                              js_last_told *last, jirasend_error *error);
jirasend_code js_sq_told_ids(js_outbox *outbox, unsigned kinds, int64_t since_ms, js_told_id **ids,
                             size_t *count, jirasend_error *error);
jirasend_code js_sq_told_document(js_outbox *outbox, int64_t id, js_buf *document,
                                  jirasend_error *error);
jirasend_code js_sq_knows_repository(js_outbox *outbox, const char *site, const char *repository,
                                     bool *knows, jirasend_error *error);
jirasend_code js_sq_bookmark_get(js_outbox *outbox, const char *name, js_buf *text,
                                 jirasend_error *error);
jirasend_code js_sq_bookmark_put(js_outbox *outbox, const char *name, const char *text,
                                 jirasend_error *error);
jirasend_code js_sq_take_moment(js_outbox *outbox, const char *name, int64_t now_ms,
                                int64_t apart_ms, int64_t *moment_ms, jirasend_error *error);
/* The lowest id that may have been submitted since then. */
jirasend_code js_sq_first_since(js_sqlite *self, int64_t since_ms, int64_t *first,
                                jirasend_error *error);
jirasend_code js_sq_metrics(js_outbox *outbox, js_metric **metrics, size_t *count,
                            jirasend_error *error);

#endif
