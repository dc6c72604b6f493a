/*
 * Which events travel together. Pure, but for what it asks of the store.
 *
 * - The oldest event that may go picks the envelope; all of that envelope goes along, oldest first,
 *   up to the limits, whose stream has nothing older waiting but what it supersedes.
 * - For a stream its newest ungated event goes, in the place of the oldest. A gated deployment is
 *   superseded by nothing but a deletion and travels alone; so does a deletion, before everything
 *   else of its stream.
 * - A deletion by properties (event/sweep.h) goes before everything else of its lane; after it the
 *   lane waits until Jira has deleted.
 * - History waits until nothing new waits in the lane, whenever that may go.
 * - An event of a number that Jira is past already is superseded, one that is too old expires, one
 *   that is damaged is a dead letter: all this is settled on the way.
 */
#ifndef JS_OUTBOX_BATCH_H
#define JS_OUTBOX_BATCH_H

#include "outbox/store.h"

typedef enum js_choice {
    JS_CHOICE_GO,
    JS_CHOICE_WAITS,    /* until a time */
    JS_CHOICE_BEHIND,   /* something of the stream has to go first, and cannot be sent by us */
    JS_CHOICE_OVERTAKEN /* Jira has something newer of the stream */
} js_choice;

/* When a lane that waits after a deletion is looked at again; 0: it does not wait (any more). */
int64_t js_lane_look_ms(int64_t wait_until_ms, int64_t now_ms);

/* Which event goes for the stream, and whether it may. *until_ms: of JS_CHOICE_WAITS. */
js_choice js_stream_choose(const js_stream_view *view, int64_t now_ms, const js_queued **who,
                           int64_t *until_ms);

/* Whether the pause of an envelope counts now: one much too far ahead was written by a wrong clock. */
bool js_backoff_pauses(const js_backoff *backoff, int64_t now_ms);

#endif
