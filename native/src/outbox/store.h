/*
 * What a store must be able to do: find rows and change them. What is to become of events (which
 * travel together, what supersedes what, what a person's retry does, the words of receipts) is
 * decided above, in plain C, for every store alike: put.c, batch.c, settle.c, stop.c, sweep.c, admin.c,
 * tidy.c, move.c, words.c. A store puts a js_store at its beginning, fills both tables, and is only its
 * statements and their readers.
 *
 * Rows are asked for and changed many at a time, so that a store behind a network needs a few round
 * trips for an operation, whatever the number of events. But for begin() everything is called between
 * begin() and end(), by one thread at a time. Errors are those of outbox.h.
 */
#ifndef JS_OUTBOX_STORE_H
#define JS_OUTBOX_STORE_H

#include "base/world.h"
#include "outbox/outbox.h"

#define JS_DAY_MS (24 * INT64_C(3600000))
enum { JS_KEEP_HISTORY_DAYS = 400 };            /* unless somebody wants another time */
#define JS_MOMENT_TRUST_MS (60 * INT64_C(1000)) /* moments further ahead are of a wrong clock */
#define JS_KEEP_MS (30 * JS_DAY_MS)             /* waiting events, receipts, request ids, streams */
#define JS_KEEP_DEAD_MS (90 * JS_DAY_MS)        /* dead letters */
/* No event is set aside for longer, as Jira's wishes end at a day: the clock was wrong, or a bit is. */
#define JS_ASIDE_MAX_MS (JS_DAY_MS + INT64_C(3600000))
/* After a deletion Jira is asked for 60 s; a longer wait was written by a wrong clock. */
#define JS_STREAM_WAIT_MAX_MS INT64_C(70000)
enum {
    JS_FORMAT = 3, /* of the rows that this program writes; it reads all up to this one */
    JS_DEAD_MAX = 10000,
    JS_PAGE = 500 /* rows asked for at a time */
};

typedef enum js_work {
    JS_WORK_READ,
    JS_WORK_WRITE,      /* on disk when ended */
    JS_WORK_WRITE_SOFT, /* may be lost with the power, never with the process: pauses, good news */
    JS_WORK_WRITE_QUIET /* soft, and nobody has to wake up for it: fences */
} js_work;

/* An event in the queue of a lane. Envelope 0 is the plain one. */
typedef struct js_queued {
    int64_t id; /* 0: there is none */
    int64_t stream, envelope, sequence, not_before_ms, bytes, queued_ms;
    int attempts;
    int64_t touched; /* a stream to which it gives its number, too; 0: none */
    bool gated, barrier, history;
    bool known; /* false: a newer version wrote it, and it is left alone */
    /* For load() of the same store, where it needs them. */
    int unmentioned;
    bool waited; /* its stream, after a deletion */
} js_queued;

/* The queue of one envelope in a lane. */
typedef struct js_head {
    int64_t envelope;
    bool history;
    bool any;      /* something waits in it, whenever it may go */
    int64_t first; /* the oldest that is not set aside; 0: none */
    js_backoff backoff;
    bool sweep; /* deletions by properties: nothing else of the lane goes before them */
    int64_t
        wait_until_ms; /* the whole lane waits so long after one; each head says it, or the plain one */
} js_head;

/* What waits in a stream, as far as it decides what may go. */
typedef struct js_stream_view {
    int64_t stream;
    int64_t accepted; /* the highest number that Jira has accepted, or deleted all of; 0: none */
    int64_t wait_until_ms; /* after a deletion */
    js_queued barrier;     /* the newest deletion that may go, else the newest */
    js_queued gate;        /* the oldest gated deployment */
    js_queued newest;      /* the newest ungated one before that; of history, by its number */
    bool behind; /* a deletion of all of its name waits, or one of what the event touches */
} js_stream_view;

/* An event, whatever became of it. */
typedef struct js_event_row {
    int64_t id; /* 0: there is none */
    int64_t lane, stream, envelope, sequence, bytes, queued_ms, settled_ms;
    int64_t created_ms; /* SQLite alone fills in this one, and the next */
    bool summed;        /* the digest of what it says is stored */
    js_status status;
    bool open; /* it waits, or is a dead letter that may be retried */
    bool gated, barrier;
} js_event_row;

/* An event that leaves the queue. */
typedef struct js_settling {
    const js_event_row *event;
    const js_event *told; /* what its document says; null: the document has to be read */
    js_status status;
    bool keep_document;                     /* a dead letter that may be retried */
    int attempts, unmentioned, http_status; /* the first two are added; http_status -1: as it was */
    const char *message;                    /* null: as it was */
    const char *unknown_keys;               /* a line each; null: as they were */
    int64_t relay_id;                       /* 0: none */
} js_settling;

/* An event that Jira has, or a relay. */
typedef struct js_accepting {
    const js_event_row *event;
    int64_t wait_until_ms; /* of a deletion: so long its stream waits; 0: not at all */
} js_accepting;

/* An event that stays in the queue. */
typedef struct js_staying {
    const js_event_row *event;
    int attempts, unmentioned, http_status;
    bool forbidden; /* by a relay, and held by itself */
    int64_t not_before_ms;
    const char *message, *unknown_keys; /* null: as they were */
} js_staying;

/* An envelope of a lane, whether something waits in it or not. */
typedef struct js_envelope_row {
    int64_t id; /* 0: the plain one */
    char *key;  /* what js_event_envelope() wrote */
} js_envelope_row;

/* A deletion by properties that Jira has accepted (event/sweep.h). */
typedef struct js_sweeping {
    const js_event_row *event;
    const int64_t *envelopes; /* what was told in them before it, it meant */
    size_t count;
    bool names; /* Jira is asked by the properties; else for one such thing */
    int64_t until_ms,
        short_until_ms; /* the lane waits so long; the latter if nothing is known of */
} js_sweeping;

/* A lane, or without an API a whole site. */
typedef struct js_lane_row {
    int64_t id; /* 0: there is none yet */
    js_lane lane;
    int64_t fence;
} js_lane_row;

/* One envelope of a lane with events that wait. */
typedef struct js_lane_state {
    js_lane_view view; /* due_ms and stop are those of the envelope */
    bool history;
    bool sweep;            /* as in js_head */
    int64_t wait_until_ms; /* of the lane */
} js_lane_state;

typedef struct js_store js_store;
struct js_adding; /* outbox/put.h */

struct js_store_ops {
    /* On a failure nothing has begun. end() commits when `code` is OK, and returns the first failure. */
    jirasend_code (*begin)(js_store *self, js_work work, jirasend_error *error);
    jirasend_code (*end)(js_store *self, jirasend_code code, jirasend_error *error);
    /* REFUSED: what is stored contradicts itself. */
    jirasend_code (*damaged)(js_store *self, const char *what, jirasend_error *error);

    /* Lanes. lane_add() finds it or makes it. */
    jirasend_code (*lane_find)(js_store *self, const js_lane *lane, js_lane_row *row,
                               jirasend_error *error);
    jirasend_code (*lane_add)(js_store *self, const js_lane *lane, js_lane_row *row,
                              jirasend_error *error);
    /* The lane, if it is still claimed with this fence, and nobody else can claim it until the end. CLOSED. */
    jirasend_code (*lane_check_claim)(js_store *self, const js_lane *lane, int64_t fence,
                                      js_lane_row *row, jirasend_error *error);
    jirasend_code (*lane_of)(js_store *self, int64_t id, js_lane_row *row, jirasend_error *error);
    /* The next lane after an id, of one site or (null) of all; its id is 0 when there is none. */
    jirasend_code (*lane_next)(js_store *self, const char *site, int64_t after, js_lane_row *row,
                               jirasend_error *error);
    /* Every envelope of every lane with events that wait. Freed with free(). */
    jirasend_code (*lane_states)(js_store *self, js_lane_state **states, size_t *count,
                                 jirasend_error *error);
    jirasend_code (*stop_read)(js_store *self, const js_lane *lane, js_stop *stop,
                               jirasend_error *error);
    jirasend_code (*stop_write)(js_store *self, int64_t lane, const js_stop *stop,
                                jirasend_error *error);
    /* Of an envelope that is not the plain one. */
    jirasend_code (*backoff_write)(js_store *self, int64_t envelope, const js_backoff *backoff,
                                   jirasend_error *error);
    /* Of all envelopes of the lane: no pause, no failures. What was learnt of sizes stays. */
    jirasend_code (*backoffs_end)(js_store *self, int64_t lane, jirasend_error *error);

    /* The queue of a lane. Events set aside until a time in the range join the others: any to wake? */
    jirasend_code (*any_aside)(js_store *self, int64_t lane, int64_t from, int64_t until, bool *any,
                               jirasend_error *error);
    jirasend_code (*wake)(js_store *self, int64_t lane, int64_t from, int64_t until,
                          jirasend_error *error);
    jirasend_code (*set_aside)(js_store *self, const js_queued *events, size_t count,
                               jirasend_error *error); /* each until its not_before_ms */
    /* Freed with free(). */
    jirasend_code (*heads)(js_store *self, int64_t lane, js_head **heads, size_t *count,
                           jirasend_error *error);
    /* Events of an envelope that are not set aside, after an id, oldest first. */
    jirasend_code (*window)(js_store *self, int64_t lane, int64_t envelope, int64_t after,
                            js_queued *events, size_t max, size_t *count, jirasend_error *error);
    /*
     * views[i].stream says which; of history or of what is new. views[i].newest may be an event of it that
     * was read in this transaction, and then need not be read again.
     */
    jirasend_code (*streams)(js_store *self, js_stream_view *views, size_t count, bool history,
                             jirasend_error *error);
    /* Reads the events; whole[i] false: that one is damaged, and items[i] has only its id. */
    jirasend_code (*load)(js_store *self, const js_lane_row *lane, const js_queued *events,
                          size_t count, js_outgoing *items, bool *whole, jirasend_error *error);
    /* Nothing is due in the lane, it seems: whether that is true. */
    jirasend_code (*check_idle)(js_store *self, int64_t lane, jirasend_error *error);

    /*
     * Coming in (outbox/put.h). room(): what waits, and its bytes; REFUSED with a sentence when the
     * store itself takes no more (its disk); what it says may be a second old. add() is one round
     * trip: finds each by its requestId (in its lane, kind and scope; what was settled before that
     * time is free again), else stores it, in the order given.
     */
    jirasend_code (*room)(js_store *self, int64_t *waiting, int64_t *bytes, jirasend_error *error);
    jirasend_code (*add)(js_store *self, struct js_adding *events, size_t count, int64_t now_ms,
                         int64_t forgotten_before_ms, jirasend_error *error);

    /* Events. find(): rows[i].id says which, and becomes 0 where there is none. */
    jirasend_code (*find)(js_store *self, js_event_row *rows, size_t count, jirasend_error *error);
    jirasend_code (*settle)(js_store *self, const js_settling *events, size_t count, int64_t now_ms,
                            jirasend_error *error);
    jirasend_code (*stay)(js_store *self, const js_staying *events, size_t count,
                          jirasend_error *error);
    /* Jira has these numbers of their streams; a deletion's wait goes on until then (0: none). */
    jirasend_code (*accepted)(js_store *self, const js_accepting *events, size_t count,
                              jirasend_error *error);
    /*
     * Those that wait before any of these events in its stream, by number and id: the ungated ones;
     * all: of deletions, and in all streams that they cover. At most `max`, in any order.
     */
    jirasend_code (*older)(js_store *self, const js_accepting *events, size_t event_count, bool all,
                           js_event_row *rows, size_t max, size_t *count, jirasend_error *error);
    /* A deletion has left the queue: what waited behind it and was never sent may go. */
    jirasend_code (*unblock)(js_store *self, const js_event_row *barrier, jirasend_error *error);
    /* All envelopes of the lane. Freed with js_envelopes_free(). */
    jirasend_code (*envelopes)(js_store *self, int64_t lane, js_envelope_row **rows, size_t *count,
                               jirasend_error *error);
    /* What waits in these envelopes before the deletion, at most `max`, in any order. */
    jirasend_code (*swept)(js_store *self, const js_sweeping *sweep, js_event_row *rows, size_t max,
                           size_t *count, jirasend_error *error);
    /*
     * What was told in these envelopes before it counts as deleted, and the lane waits. Jira is asked
     * whether the newest accepted event among it is gone, of which nothing newer is accepted.
     */
    jirasend_code (*sweep_accepted)(js_store *self, const js_sweeping *sweep,
                                    jirasend_error *error);
    /*
     * Streams that wait after a deletion, and whose events do, and whole lanes that do. Freed with
     * js_stream_waits_free().
     */
    jirasend_code (*stream_waits)(js_store *self, int64_t now_ms, js_stream_wait **waits,
                                  size_t *count, jirasend_error *error);
    /* That wait is over, unless another has begun since. */
    jirasend_code (*stream_wait_end)(js_store *self, const js_stream_wait *wait,
                                     jirasend_error *error);
    /* What is ungated before an event (gated: everything after it) waits at least until then. */
    jirasend_code (*aside_with)(js_store *self, const js_event_row *event, int64_t until_ms,
                                jirasend_error *error);
    /* Back into the queue as if it had come now. */
    jirasend_code (*revive)(js_store *self, const js_event_row *events, size_t count,
                            int64_t now_ms, jirasend_error *error);
    /* Dead letters lose their documents. With a message: it is said, with the time. */
    jirasend_code (*give_up)(js_store *self, const js_event_row *events, size_t count,
                             const char *message, int64_t now_ms, jirasend_error *error);
    /* Dead letters of a lane, after an id. */
    jirasend_code (*dead_of)(js_store *self, int64_t lane, int64_t after, js_event_row *rows,
                             size_t max, size_t *count, jirasend_error *error);
    /* The oldest dead letters that were settled before a time (INT64_MAX: any). */
    jirasend_code (*dead_oldest)(js_store *self, int64_t before_ms, js_event_row *rows, size_t max,
                                 size_t *count, jirasend_error *error);
    /* Events that have waited since before a time; their receipts as js_words_expired() takes them. */
    jirasend_code (*waiting_since)(js_store *self, int64_t before_ms, js_event_row *rows,
                                   js_receipt *receipts, size_t max, size_t *count,
                                   jirasend_error *error);
    jirasend_code (*counts)(js_store *self, js_counts *counts, jirasend_error *error);
    /* One more request of the API was answered so. */
    jirasend_code (*count_request)(js_store *self, js_api api, int http_status,
                                   jirasend_error *error);
    /* Whether anything is older than it may be; and removing some receipts and streams that are. */
    jirasend_code (*tidy_due)(js_store *self, int64_t now_ms, bool *due, jirasend_error *error);
    jirasend_code (*forget)(js_store *self, int64_t now_ms, size_t max, size_t *done,
                            jirasend_error *error);
};

struct js_store {
    js_outbox base;
    const struct js_store_ops *rows;
    const js_world *world;
    int64_t wall_minus_mono_ms;    /* when it was opened */
    int64_t max_events, max_bytes; /* our own bounds */
    int64_t keep_ms;               /* how long the history knows of what is settled */
};

/*
 * By which it is judged what is too old to be believed or shown. What was stored has the wall clock's
 * time; when that has jumped ahead, nothing is old by it.
 */
static inline int64_t js_store_now_ms(const js_store *self) {
    int64_t wall_ms = js_wall_ms(self->world);
    int64_t steady_ms = js_mono_ms(self->world) + self->wall_minus_mono_ms;
    return wall_ms < steady_ms ? wall_ms : steady_ms;
}

static inline js_store *js_store_of(js_outbox *outbox) {
    return (js_store *)outbox;
}

/* For the table of operations of every store. */
jirasend_code js_store_lanes(js_outbox *self, int64_t now_ms, js_lane_view **views, size_t *count,
                             jirasend_error *error);
jirasend_code js_store_next_batch(js_outbox *self, const js_lane *lane,
                                  const js_batch_limits *limits, js_batch *batch,
                                  jirasend_error *error);
jirasend_code js_store_stop_get(js_outbox *self, const js_lane *lane, js_stop *stop,
                                jirasend_error *error);
jirasend_code js_store_stop_put(js_outbox *self, const js_lane *lane, const js_stop *stop,
                                jirasend_error *error);
jirasend_code js_store_backoff_end(js_outbox *self, const js_lane *lane, jirasend_error *error);
jirasend_code js_store_stream_waits(js_outbox *self, int64_t now_ms, js_stream_wait **waits,
                                    size_t *count, jirasend_error *error);
jirasend_code js_store_stream_wait_end(js_outbox *self, const js_stream_wait *wait,
                                       jirasend_error *error);
jirasend_code js_store_counts(js_outbox *self, js_counts *counts, jirasend_error *error);
jirasend_code js_store_retry(js_outbox *self, int64_t id, const char *site, int64_t now_ms,
                             jirasend_error *error);
jirasend_code js_store_drop(js_outbox *self, int64_t id, int64_t now_ms, jirasend_error *error);
jirasend_code js_store_tidy(js_outbox *self, int64_t now_ms, jirasend_error *error);
/*
 * settle(), for a store that has found out that the lane is claimed with this fence. CLOSED:
 * another process has it now.
 */
jirasend_code js_store_settle(js_store *self, const js_lane *lane, int64_t fence,
                              const js_outcome *outcomes, size_t count, const js_stop *stop,
                              const js_stop *site_stop, int64_t now_ms, jirasend_error *error);
jirasend_code js_store_lost(const js_lane *lane, jirasend_error *error); /* that sentence */

/* Shared by the files above: stops, and what they are made of. */
js_lane js_lane_of_site(const js_lane *lane);
js_backoff js_stop_backoff(const js_stop *stop);
/* What a person's retry leaves of it. */
void js_stop_lift(js_stop *stop, int64_t now_ms);

/* The same, inside a writing transaction. */
jirasend_code js_store_write_stop(js_store *self, const js_lane_row *lane, const js_stop *stop,
                                  jirasend_error *error);
/* rows[i].id says which; what does not wait any more is left alone. *done grows. */
jirasend_code js_store_settle_by_id(js_store *self, js_event_row *rows, size_t count,
                                    const js_settling *as, int64_t now_ms, size_t *done,
                                    jirasend_error *error);
jirasend_code js_store_bound_dead(js_store *self, jirasend_error *error);
void js_envelopes_free(js_envelope_row *rows, size_t count);
jirasend_code js_store_expire(js_store *self, int64_t now_ms, size_t max, size_t *done,
                              jirasend_error *error);

#endif
