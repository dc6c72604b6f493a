/*
 * Moving all that an outbox keeps into another one, of whatever store.
 *
 * In batches. One is read and locked in the source, committed in the target together with a note of which
 * events it was, and then removed from the source: whenever the program dies, the next move finds the
 * note, removes what the target has, and goes on. Numbers are raised and never lowered, so that what is
 * moved twice does no harm.
 */
#ifndef JS_OUTBOX_MOVE_H
#define JS_OUTBOX_MOVE_H

#include "outbox/store.h"

typedef struct js_moved_stream {
    char *name; /* the members of a js_stream; null: there is none */
    int64_t number;
    char *part;
    int64_t sequence, used_ms;
    int64_t accepted; /* the highest number that Jira has */
    int64_t wait_until_ms;
    bool whole;            /* it is the deletion of everything of its name */
    int64_t lane_until_ms; /* its lane waits so long, after a deletion by properties */
    bool lane_asks;        /* it is what Jira is asked for meanwhile */
} js_moved_stream;

/* The envelope of what was swept: deleted, whatever its id is there; no other deletion means it. */
#define JS_MOVED_SWEPT_ENVELOPE "{\"delete\":true,\"swept\":true}"

typedef struct js_moved_key {
    char *key, *commit; /* commit: may be null */
    int source, rule;
} js_moved_key;

/* An event with all that is stored of it. */
typedef struct js_move_event {
    int64_t id; /* in the source */
    js_lane lane;
    js_moved_stream stream, touched; /* names alone */
    char
        *envelope; /* of what has a document made of that, else as it was stored; null until then */
    bool swept;    /* a deletion by properties has taken it since */
    js_status status;
    bool open; /* it waits, or is a dead letter that may be retried */
    bool gated, barrier, history;
    int kind, format, attempts, unmentioned, http_status;
    int64_t sequence, dropped, relay_id, created_ms, queued_ms, not_before_ms, settled_ms;
    char *request_id, *scope;        /* scope: never null */
    char *issue_keys, *unknown_keys; /* a line each; never null */
    char *message, *facts;           /* may be null */
    char *document;                  /* of an open event; else null */
    char *told;                      /* the document that is kept to be told again; may be null */
    unsigned char *digest;           /* JS_DIGEST_SIZE bytes; may be null */
    js_moved_key *keys;
    size_t key_count;
} js_move_event;

/* Under which envelope it is stored. */
static inline const char *js_moved_envelope(const js_move_event *event) {
    return event->swept ? JS_MOVED_SWEPT_ENVELOPE : event->envelope;
}

/* For one thread; lists belong to the caller. All but the first two inside a transaction. */
struct js_move_ops {
    /* What the transaction that comes next works on, until leave(). */
    jirasend_code (*enter)(js_outbox *self, js_store **store, jirasend_error *error);
    /* Whether what failed got into another's way, or was cut off: it is worth another try. */
    bool (*leave)(js_store *store);
    /* Events after an id, oldest first, that this version knows; locked until the end. */
    jirasend_code (*read)(js_store *self, int64_t after, js_move_event *events, size_t max,
                          size_t *count, jirasend_error *error);
    /* Into this outbox, with ids of its own. One whose requestId is there already is left out. */
    jirasend_code (*take)(js_store *self, const js_move_event *events, size_t count,
                          jirasend_error *error);
    jirasend_code (*forget)(js_store *self, const js_move_event *events, size_t count,
                            jirasend_error *error);
    /* Streams after a number of the store's (*cursor, moved on; 0: from the first). */
    jirasend_code (*read_streams)(js_store *self, int64_t *cursor, js_lane *lanes,
                                  js_moved_stream *streams, size_t max, size_t *count,
                                  jirasend_error *error);
    jirasend_code (*take_streams)(js_store *self, const js_lane *lanes,
                                  const js_moved_stream *streams, size_t count,
                                  jirasend_error *error);
    /* Counters; freed with js_metrics_free(). */
    jirasend_code (*read_counters)(js_store *self, js_metric **counters, size_t *count,
                                   jirasend_error *error);
    jirasend_code (*add_counter)(js_store *self, const char *name, const char *label, int64_t value,
                                 jirasend_error *error);
    /* As bookmark_get and bookmark_put of outbox.h. */
    jirasend_code (*read_note)(js_store *self, const char *name, js_buf *text,
                               jirasend_error *error);
    jirasend_code (*write_note)(js_store *self, const char *name, const char *text,
                                jirasend_error *error);
};

typedef struct js_move_report {
    int64_t waiting, dead, settled; /* events that were moved */
} js_move_report;

/*
 * Errors: ARGUMENT (both are the same outbox), REFUSED (a lane of either is in use), and those of
 * outbox.h. What was moved before an error stays moved.
 */
jirasend_code js_outbox_move(js_outbox *from, js_outbox *to, js_move_report *report,
                             jirasend_error *error);

void js_moved_clear(js_move_event *events, size_t count);
void js_moved_streams_clear(js_moved_stream *streams, size_t count);

#endif
