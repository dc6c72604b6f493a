/*
 * Events that this process has just committed, as they were read: one that is sent a moment later
 * need not be read from its document again. What does not fit is forgotten; the disk has it all.
 */
#ifndef JS_OUTBOX_RECENT_H
#define JS_OUTBOX_RECENT_H

#include "event/event.h"

/* A lane's five full batches. Beside long documents a second reading does not matter. */
enum { JS_RECENT_MAX = 512, JS_RECENT_BYTES_MAX = 2048 };

/* All zero is empty. */
typedef struct js_recent {
    struct {
        int64_t id, length;
        js_event *event;
    } slots[JS_RECENT_MAX]; /* by id: ids that follow each other do not collide */
} js_recent;

/* Takes what is in `event`, which is empty then; or leaves it. `length` is that of its document. */
void js_recent_keep(js_recent *recent, int64_t id, js_event *event, size_t length);
/*
 * Gives the event out, once. False: it is not there, or its document was of another length than the row
 * with this id says. `event` is empty before.
 */
bool js_recent_take(js_recent *recent, int64_t id, int64_t length, js_event *event);
void js_recent_clear(js_recent *recent);

#endif
