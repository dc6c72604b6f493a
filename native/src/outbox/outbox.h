/*
 * Keeps every event until Jira has it, and remembers what became of it.
 *
 * A table of operations. What they decide is the same whatever keeps the events (outbox/store.h);
 * SQLite is one such store (outbox/sqlite/sqlite.h). Nothing above may assume one process or one
 * machine. Every operation may be called by any thread. Errors: STORAGE (disk), REFUSED (our own bounds, damage, busy longer than 10 s),
 * MEMORY, NOT_FOUND. On an error nothing was changed.
 */
#ifndef JS_OUTBOX_OUTBOX_H
#define JS_OUTBOX_OUTBOX_H

#include "base/buf.h"
#include "event/event.h"
#include "event/receipt.h"

#include <jirasend/error.h>

typedef struct js_outbox js_outbox;

/* One queue: the events that one API of one site takes, delivered in order. */
typedef struct js_lane {
    char site[JS_ORIGIN_SIZE]; /* canonical name */
    js_api api;                /* JS_API_NONE: the whole site */
} js_lane;

typedef struct js_put {
    js_event *event;
    const char *document; /* what js_document_write() wrote */
    size_t length;
    /* Not null: it will not be sent and is settled as `skipped` with this sentence. */
    const char *skip;
    bool may_keep; /* the outbox may take over what is in the event, which is empty then */

    /* The rest may stay zero: what the event says itself counts then. */
    size_t content; /* where in the document begins what the event says */
    /*
     * What the events of one request must share, as a text of whatever form: only events of equal
     * envelopes travel together. Null: what the event says itself (event/envelope.h).
     */
    const char *envelope;
    /*
     * A deletion. What waits before it in its stream is not sent any more, and superseded once it
     * is accepted; what comes later waits for it.
     */
    bool barrier;
    /* News of the past: waits behind everything new of its lane. */
    bool history;
    /* Its own number, which raises nothing; 0: the next of its stream, of history its updatedAt. */
    int64_t sequence;
    const char *scope; /* of its requestId; null is "" */
    const char *facts; /* what its receipt says beside the columns, a JSON object; null: nothing */
    /*
     * Filled in as of the commit when it is stored now. Null: nobody asks; its id stays 0 where the store
     * tells nothing at the commit.
     */
    js_receipt *receipt;
} js_put;

typedef struct js_put_result {
    jirasend_code code; /* OK; DOCUMENT: this requestId belongs to something else; REFUSED: full */
    int64_t id;
    bool fresh; /* stored now, and not for a requestId that was known */
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
} js_put_result;

/* An event on its way out. */
typedef struct js_outgoing {
    int64_t id;
    int64_t sequence; /* its updateSequenceNumber */
    int attempts;     /* how often it was sent before */
    int unmentioned;  /* how often Jira's answer did not mention it */
    bool waited_out;  /* after a deletion, and nobody knows whether that is done */
    js_event event;
} js_outgoing;

/*
 * The pause of one envelope: an envelope that Jira chokes on does not stop the others of its lane.
 * The same four are in js_stop, where a lane has one envelope only.
 */
typedef struct js_backoff {
    int64_t until_ms; /* wall clock; 0: none */
    int failures;     /* in a row; 0 after a success */
    int culprits;     /* set aside since the last success */
    int limit;        /* most events a request; 0: as many as Jira takes */
} js_backoff;

/* All of one envelope. */
typedef struct js_batch {
    js_outgoing *items;
    size_t count;
    js_backoff backoff; /* of that envelope */
    int64_t look_ms;    /* empty, as the lane waits after a deletion: when to look again; else 0 */
} js_batch;

/* What is to happen to one event of a batch. */
typedef struct js_outcome {
    int64_t id;
    js_status status;      /* QUEUED: it stays and is tried again */
    bool sent;             /* counts as an attempt */
    bool unmentioned;      /* counts towards the five */
    bool forbidden;        /* QUEUED: it alone is held; a relay forbids it */
    int64_t not_before_ms; /* QUEUED: wall clock; 0: with the lane */
    int http_status;
    const char *message;            /* sentence for the receipt; null keeps the old one */
    const js_strings *unknown_keys; /* null: none */
    int64_t relay_id;               /* RELAYED, and what the relay has settled; else 0 */
    /* An accepted deletion: what comes later in its stream waits until then; wall clock, 0: no wait */
    int64_t stream_wait_until_ms;
    const js_event *sweep; /* it is this deletion by properties; else null (event/sweep.h) */
    /* As it is stored, where it is at hand: spares reading its document. Null: read that */
    const js_event *event;
} js_outcome;

/*
 * The newest dead letters of a lane, when they were refused alone, in equal words, and nothing was
 * accepted in between: in processes that send one event and end, nobody else counts them.
 */
enum { JS_REFUSED_MAX = 4 };
typedef struct js_refused {
    int count;
    int64_t ids[JS_REFUSED_MAX];
    uint64_t words; /* a hash of the status and the words */
} js_refused;

/* Why and how long something is stopped. Times are wall clock, 0: none. */
typedef struct js_stop {
    int64_t backoff_until_ms; /* our own pause: `flush` ignores it */
    int64_t rate_until_ms;    /* Jira asked for it (Retry-After): always heeded */
    int failures;             /* in a row; 0 after a success */
    int culprits;             /* set aside since the last success */
    int limit;                /* most events a request, 0: as many as Jira takes */
    int64_t size_cap;         /* most bytes a request, learnt from a 413; 0: the full 1 MiB */
    bool held;
    uint64_t hold_fingerprint; /* of the credentials that were refused */
    int64_t probe_at_ms;       /* held: when one probe may go out */
    bool
        carried; /* not stored. The hold is as it was read: written only where nobody has lifted it */
    int http_status;
    js_refused refused;
    char
        message[JIRASEND_ERROR_MESSAGE_SIZE]; /* what a person should know of it; "" when nothing */
} js_stop;

/* A stream that waits after a deletion, though it has news; or a lane, after one by properties. */
typedef struct js_stream_wait {
    bool whole_lane; /* the name, number and part are of what is asked for, and may be null */
    int64_t stream;  /* or the lane */
    js_lane lane;
    char *name; /* the members of a js_stream */
    int64_t number;
    char *part;
    int64_t until_ms; /* wall clock */
} js_stream_wait;

/* A lane with events that wait, as of now. */
typedef struct js_lane_view {
    js_lane lane;
    int64_t waiting; /* events */
    int64_t due_ms;  /* when the first of them may go, by the events' own not_before; wall clock */
    js_stop stop;    /* of the lane */
    js_stop site_stop; /* of the whole site */
    bool paused;       /* the whole outbox is */
} js_lane_view;

typedef struct js_counts {
    int64_t waiting, held, dead, removed_dead;
} js_counts;

typedef struct js_batch_limits {
    int max_events;         /* 1 to 1000; of the request, Jira's limits count, too */
    int64_t max_bytes;      /* of documents; the first event always fits */
    int64_t now_ms;         /* wall clock; events with a later not_before are passed over */
    bool ignore_not_before; /* flush */
    int suspect_from;       /* events sent so often travel among themselves; 0: none does */
    bool suspects_last;     /* they go only when nothing else does */
} js_batch_limits;

/* Which events of the history are asked for; texts may be null, then they do not matter. */
typedef struct js_history_query {
    const char *key;     /* events that name it; upper case */
    bool passed_over;    /* events whose texts hold `key`, and by some rule do not name it */
    const char *project; /* of one of their keys; upper case */
    const char *pipeline;
    const char *environment;    /* id or name */
    bool environment_is_id;     /* the name does not count */
    int64_t number;             /* of builds and deployments; 0: any */
    const char *state;          /* as receipts write it */
    unsigned kinds, statuses;   /* a bit each, by their numbers; 0: all */
    int64_t since_ms, until_ms; /* of the submission; 0: open. Until is not included */
    int64_t before;             /* only ids below; 0: from the newest */
    size_t limit;
} js_history_query;

typedef struct js_history_row {
    js_receipt receipt;
    js_found found;   /* of a query with a key: where that was found */
    js_key_rule rule; /* passed_over: by which */
    bool history;     /* news of the past, as old as its sequence says */
    bool swept;       /* deleted since, with all that had some property (event/sweep.h) */
    int64_t sequence;
} js_history_row;

/* The newest accepted event of one deployment: of news where there are any, else of the past. */
typedef struct js_deployed {
    int64_t id, sequence;
    bool history;
    bool counts;       /* successful or rolled back, and neither deleted nor swept since */
    bool there;        /* and successful */
    bool named[2];     /* its environment is called like the first, the second of those asked for */
    char *environment; /* its id */
    char *keys, *unknown_keys; /* a line each */
} js_deployed;

/* One of the metrics. What counts never falls; parts of a label have a line break between them. */
typedef struct js_metric {
    char *name, *label;
    int64_t value;
} js_metric;

/* Upper bounds, in seconds, of the classes of "delivery": from the submission to Jira's yes. */
enum { JS_DELIVERY_BOUNDS = 11 };
extern const int64_t js_delivery_bounds_s[JS_DELIVERY_BOUNDS];

/* What the outbox knows of the newest event of a stream. */
typedef enum js_told {
    JS_TOLD_NOTHING,  /* or something else */
    JS_TOLD_WAITS,    /* the same content waits */
    JS_TOLD_ACCEPTED, /* Jira has taken it */
} js_told;

/* The newest event of a stream that Jira has accepted, and what is expected of Jira since. */
typedef struct js_last_told {
    js_history_row row; /* its receipt.id is 0 where nothing is known */
    bool gone;          /* Jira must not have it: it was deleted, alone or with all of its name */
    bool waits;         /* there is newer news of it, not sent yet */
} js_last_told;

/* One event of those, by its id. */
typedef struct js_told_id {
    int64_t id;
    int64_t group; /* the same for all that one question at Jira answers; 0: it is alone */
} js_told_id;

enum { JS_TIDY_MS = 100 };

struct js_outbox_ops {
    /*
     * Commits all in one transaction (shared with other threads' puts that come at the same time):
     * durable on return. Gives each its id and its sequence number. A known requestId gives the
     * first id again. results[i].code is per event; the return code is for the whole.
     */
    jirasend_code (*put)(js_outbox *self, const js_put *puts, size_t count, int64_t now_ms,
                         js_put_result *results, jirasend_error *error);

    /*
     * All lanes that have waiting events, of any site; where envelopes have pauses of their own, as
     * the one is that may go first. Freed with free().
     */
    jirasend_code (*lanes)(js_outbox *self, int64_t now_ms, js_lane_view **views, size_t *count,
                           jirasend_error *error);

    /*
     * Takes the lane for this process. CLOSED: somebody else has it, try later. The fence must be
     * shown by settle; a claim that was lost (another machine took over) makes settle fail with CLOSED.
     */
    jirasend_code (*claim)(js_outbox *self, const js_lane *lane, int64_t *fence,
                           jirasend_error *error);
    /*
     * Before a request starts: the lane is ours for longer than a request takes. `renew`: for its whole
     * time from now on, as a deletion that lands late does harm. CLOSED: it was lost.
     */
    jirasend_code (*keep)(js_outbox *self, const js_lane *lane, int64_t fence, bool renew,
                          jirasend_error *error);
    /*
     * `unanswered`: a deletion may still be on its way. Where a claim has an end of its own nobody else
     * gets the lane before it.
     */
    void (*release)(js_outbox *self, const js_lane *lane, int64_t fence, bool unanswered);

    /*
     * The oldest event of the lane that may go now, and all that may travel with it: see
     * outbox/batch.h. Empty when none is due. What is damaged, too old or overtaken by something
     * that Jira has is settled on the way. Freed with js_batch_clear().
     */
    jirasend_code (*next_batch)(js_outbox *self, const js_lane *lane, const js_batch_limits *limits,
                                js_batch *batch, jirasend_error *error);

    /*
     * Writes what became of a batch and the new state of the lane (and of the site, when
     * `site_stop` is not null) in one transaction. Of `stop` the pause, its failures and limits are
     * noted for the batch's envelope, too. An accepted event supersedes the older
     * ungated waiting ones of its stream, an accepted deletion all of them. A dead letter keeps its
     * document.
     */
    jirasend_code (*settle)(js_outbox *self, const js_lane *lane, int64_t fence,
                            const js_outcome *outcomes, size_t count, const js_stop *stop,
                            const js_stop *site_stop, int64_t now_ms, jirasend_error *error);

    /*
     * The streams in which something waits for a deletion that Jira has accepted, of any site, and
     * the end of such a wait. Freed with js_stream_waits_free().
     */
    jirasend_code (*stream_waits)(js_outbox *self, int64_t now_ms, js_stream_wait **waits,
                                  size_t *count, jirasend_error *error);
    jirasend_code (*stream_wait_end)(js_outbox *self, const js_stream_wait *wait,
                                     jirasend_error *error);

    /* Reads and writes the state of a lane, or without an API of a whole site. */
    jirasend_code (*stop_get)(js_outbox *self, const js_lane *lane, js_stop *stop,
                              jirasend_error *error);
    jirasend_code (*stop_put)(js_outbox *self, const js_lane *lane, const js_stop *stop,
                              jirasend_error *error);
    /* Ends our own pause and touches nothing else, whatever was written there meanwhile. */
    jirasend_code (*backoff_end)(js_outbox *self, const js_lane *lane, jirasend_error *error);

    /* What became of an event, or that it waits and why. Freed with js_receipt_clear(). */
    jirasend_code (*receipt)(js_outbox *self, int64_t id, js_receipt *receipt,
                             jirasend_error *error);
    /* The next settled event after *cursor, which is moved. NOT_FOUND: none yet. */
    jirasend_code (*next_settled)(js_outbox *self, int64_t *cursor, js_receipt *receipt,
                                  jirasend_error *error);
    /* The cursor after the newest settled event. */
    jirasend_code (*cursor)(js_outbox *self, int64_t *cursor, jirasend_error *error);

    /* Waiting, held and dead events after an id, at most `limit`. Freed with js_receipts_free(). */
    jirasend_code (*list)(js_outbox *self, int64_t after, int limit, js_receipt **receipts,
                          size_t *count, jirasend_error *error);
    jirasend_code (*counts)(js_outbox *self, js_counts *counts, jirasend_error *error);
    /* id 0: everything of the site (null: of all sites). Lifts holds and pauses, revives dead letters. */
    jirasend_code (*retry)(js_outbox *self, int64_t id, const char *site, int64_t now_ms,
                           jirasend_error *error);
    jirasend_code (*drop)(js_outbox *self, int64_t id, int64_t now_ms, jirasend_error *error);

    /*
     * Newest first, what waits and dead letters included; at most `limit`. *more: there may be others.
     * Freed with js_history_free().
     */
    jirasend_code (*history)(js_outbox *self, const js_history_query *query, js_history_row **rows,
                             size_t *count, bool *more, jirasend_error *error);
    /*
     * Every deployment that the history knows, in no order, and whether its environment has one of two
     * names. Freed with js_deployed_free().
     */
    jirasend_code (*deployed)(js_outbox *self, const char *const names[2], js_deployed **rows,
                              size_t *count, jirasend_error *error);
    /* Receipts of a requestId, of whatever lane, newest first. Freed with js_receipts_free(). */
    jirasend_code (*requested)(js_outbox *self, const char *request_id, size_t limit,
                               js_receipt **receipts, size_t *count, jirasend_error *error);
    /* What became of the newest event of this one's stream, if that had the same content. */
    jirasend_code (*told)(js_outbox *self, const js_event *event, js_told *told,
                          jirasend_error *error);
    /*
     * The newest accepted event of the event's stream, or (null) that of the event with this id, as far
     * as the history goes back. Cleared with js_last_told_clear().
     */
    jirasend_code (*last_told)(js_outbox *self, const js_event *event, int64_t id,
                               js_last_told *last, jirasend_error *error);
    /*
     * The newest accepted event of every stream, newest first, of these kinds (a bit each; 0: all) and
     * submitted since then (0: ever). Freed with free().
     */
    jirasend_code (*told_ids)(js_outbox *self, unsigned kinds, int64_t since_ms, js_told_id **ids,
                              size_t *count, jirasend_error *error);
    /*
     * Its document, in the stored form, of an event that is the newest accepted one of its stream. NOT_FOUND:
     * it is not kept any more.
     */
    jirasend_code (*told_document)(js_outbox *self, int64_t id, js_buf *document,
                                   jirasend_error *error);
    /* Whether Jira has development information of the repository (our id), as far as is known. */
    jirasend_code (*knows_repository)(js_outbox *self, const char *site, const char *repository,
                                      bool *knows, jirasend_error *error);
    /* A text that is kept under a name ("" when none), and keeping or (null) forgetting it. */
    jirasend_code (*bookmark_get)(js_outbox *self, const char *name, js_buf *text,
                                  jirasend_error *error);
    jirasend_code (*bookmark_put)(js_outbox *self, const char *name, const char *text,
                                  jirasend_error *error);
    /*
     * The next moment, from now_ms on, that is `apart_ms` behind the one that was given out last under this
     * name, to whichever process; kept beside the bookmarks. A last one that is absurd is forgotten.
     */
    jirasend_code (*take_moment)(js_outbox *self, const char *name, int64_t now_ms,
                                 int64_t apart_ms, int64_t *moment_ms, jirasend_error *error);
    /*
     * When the newest event of this one's stream changed, by its document, else when it came; wall
     * clock. 0: there is none.
     */
    jirasend_code (*changed)(js_outbox *self, const js_event *event, int64_t *changed_ms,
                             jirasend_error *error);
    /* What Jira said of an event that a relay has. One that is anything but RELAYED is left alone. */
    jirasend_code (*answered)(js_outbox *self, const js_outcome *outcome, int64_t now_ms,
                              jirasend_error *error);
    /* One more of something that a front end counts. */
    jirasend_code (*count)(js_outbox *self, const char *name, jirasend_error *error);
    /* The document of an event that waits or is a dead letter, to be freed. NOT_FOUND. */
    jirasend_code (*document)(js_outbox *self, int64_t id, char **text, jirasend_error *error);
    /* Freed with js_metrics_free(). */
    jirasend_code (*metrics)(js_outbox *self, js_metric **metrics, size_t *count,
                             jirasend_error *error);

    /* The remembered cloud id of a site ("" when none), and remembering or (null) forgetting it. */
    jirasend_code (*cloud_id_get)(js_outbox *self, const char *site, char *out, size_t size,
                                  jirasend_error *error);
    jirasend_code (*cloud_id_put)(js_outbox *self, const char *site, const char *cloud_id,
                                  jirasend_error *error);

    /* The fingerprint of credentials under the outbox's own random key. */
    jirasend_code (*fingerprint)(js_outbox *self, const void *bytes, size_t length,
                                 uint64_t *fingerprint, jirasend_error *error);

    /*
     * Nothing of what waits can be sent for so long (0: something may): version() need not notice soon what
     * others do. Neither waits nor reads; may be null.
     */
    void (*rest)(js_outbox *self, int64_t ms);
    /* A number that changes whenever anybody, in any process, may have changed something. */
    uint64_t (*version)(js_outbox *self);

    /*
     * Housekeeping, cheap when nothing is due: expires, forgets old receipts, bounds dead letters. Ends
     * after JS_TIDY_MS: then there may be more to do.
     */
    jirasend_code (*tidy)(js_outbox *self, int64_t now_ms, jirasend_error *error);

    /*
     * From now on nothing waits for other processes, but for so long. Comes from any thread at any
     * time: what another thread is waiting for just now ends, too.
     */
    void (*leave_soon)(js_outbox *self, int64_t ms);

    /* How everything is moved to another outbox (outbox/move.h); null: not at all. */
    const struct js_move_ops *moves;

    void (*close)(js_outbox *self);
};

struct js_outbox {
    const struct js_outbox_ops *ops;
};

/* The name under which `count` is found among the metrics; the label says of what. */
#define JS_METRIC_COUNTED "counted"

/*
 * The pause of the whole outbox, for everybody who has it: it is stored where a lane's stop is, under a
 * name that no site has.
 */
extern const js_lane js_pause_lane;
jirasend_code js_outbox_pause_get(js_outbox *outbox, bool *paused, jirasend_error *error);
jirasend_code js_outbox_pause_put(js_outbox *outbox, bool paused, jirasend_error *error);

void js_batch_clear(js_batch *batch);
void js_stream_waits_free(js_stream_wait *waits, size_t count);
void js_receipts_free(js_receipt *receipts, size_t count);
void js_history_free(js_history_row *rows, size_t count);
void js_deployed_free(js_deployed *rows, size_t count);

/* What a store reads of one deployment; null: it is not said. */
typedef struct js_deployed_row {
    int64_t id, sequence;
    bool history;
    bool gone; /* deleted or swept since */
    const char *state, *name, *environment, *keys, *unknown_keys;
} js_deployed_row;

/* What a store gathers; begun with the names that were asked for. */
typedef struct js_deployed_list {
    const char *const *names;
    js_deployed *rows;
    size_t count, room;
} js_deployed_list;

/* Copies the row. False when memory is short. */
bool js_deployed_add(js_deployed_list *list, const js_deployed_row *row);
/* Hands out what was gathered; after a failure nothing. Returns the code. */
jirasend_code js_deployed_end(js_deployed_list *list, jirasend_code code, js_deployed **rows,
                              size_t *count);
void js_last_told_clear(js_last_told *last);
void js_metrics_free(js_metric *metrics, size_t count);
bool js_lane_equal(const js_lane *a, const js_lane *b);

#endif
