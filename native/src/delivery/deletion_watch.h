/*
 * What Jira deletes some time after it has said so: asked for by its key until it is gone, so that
 * what comes later in its stream is not deleted with it. The wait itself is stored with the stream
 * and ends by itself; whoever asks only makes it shorter.
 */
#ifndef JS_DELIVERY_DELETION_WATCH_H
#define JS_DELIVERY_DELETION_WATCH_H

#include "net/net.h"
#include "outbox/outbox.h"

typedef struct js_delivery js_delivery;

typedef struct js_deletion_watch {
    struct js_deletion_watch *next;
    js_stream_wait wait; /* its texts are our own */
    bool seen;           /* in the outbox, when that was last looked through */
    bool blind;          /* we may not look: the wait takes its time */
    bool gone;           /* Jira says so */
    bool over;           /* ... and the outbox knows it */
    bool pending;        /* the token or the cloud id is being asked for */
    bool token_was_fresh, cloud_was_fresh;
    int64_t pause_ms;     /* before the next question */
    int64_t next_ask_ms;  /* as js_delivery_now_ms() */
    js_net_ticket ticket; /* 0: nothing is asked */
    unsigned generation;  /* of the token that was used */
} js_deletion_watch;

/* What the outbox says now. Takes the texts over. False: memory is short. */
bool js_deletion_watches_note(js_delivery *delivery, js_stream_wait *waits, size_t count);
/* Moves them on. True when something was written down, and lanes may move. */
bool js_deletion_watches_turn(js_delivery *delivery);
/* True when the answer was theirs. */
bool js_deletion_watches_receive(js_delivery *delivery, const js_net_answer *answer);
/* After how many ms one of them wants to ask; -1: none. */
int64_t js_deletion_watches_wait_ms(const js_delivery *delivery);
void js_deletion_watches_free(js_delivery *delivery);

#endif
