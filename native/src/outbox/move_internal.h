/* The parts of a move: what they share, and what they do for each other. Internal to outbox/move*.c. */
#ifndef JS_OUTBOX_MOVE_INTERNAL_H
#define JS_OUTBOX_MOVE_INTERNAL_H

#include "outbox/move.h"

enum { JS_MOVER_BATCH = 200, JS_MOVER_NOTE_NAME = 64 };

/* A lane that is held for the time of the move, in one of the two. */
typedef struct js_mover_claimed {
    js_outbox *outbox;
    js_lane lane;
    int64_t fence;
} js_mover_claimed;

typedef struct js_mover {
    js_outbox *from, *to;
    js_mover_claimed *claims;
    size_t claim_count, claim_room;
    char note[JS_MOVER_NOTE_NAME]; /* in the target: which events of the source came last */
    bool again;                    /* what failed is worth another try */
    js_move_report *report;
    jirasend_error *error;
} js_mover;

/* A transaction of one of the two; a store that many share has a connection for its time only. */
jirasend_code js_mover_begin(const js_mover *in, js_outbox *outbox, js_work work, js_store **store);
jirasend_code js_mover_end(js_mover *in, js_outbox *outbox, js_store *store, jirasend_code code);
/* What the target noted under a name. */
jirasend_code js_mover_note(js_mover *in, const char *name, js_buf *text);

/* ---- move_claims.c ---- */

/* All lanes of an outbox; freed with free(). */
jirasend_code js_mover_lanes(js_mover *in, js_outbox *of, js_lane **lanes, size_t *count);
/* The lanes of either, in both. REFUSED when somebody sends there. */
jirasend_code js_mover_claim(js_mover *in);
void js_mover_release(js_mover *in);
bool js_mover_has(const js_mover *in, const js_outbox *outbox, const js_lane *lane);
/* A claim that ends by itself is lengthened in time. */
jirasend_code js_mover_keep(const js_mover *in);
/* Inside a transaction: the lanes of these events are still ours there. */
jirasend_code js_mover_hold(const js_mover *in, js_outbox *outbox, js_store *store,
                            const js_move_event *events, size_t count);

/* ---- move_state.c: each comes to the same when it is done twice ---- */

jirasend_code js_mover_streams(js_mover *in);
jirasend_code js_mover_rates(js_mover *in);
jirasend_code js_mover_counters(js_mover *in);
jirasend_code js_mover_cloud_ids(js_mover *in);

#endif
