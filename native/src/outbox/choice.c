/* Which event of a stream goes, and when what waits is looked at again. Pure. */
#include "outbox/batch.h"

enum { STREAM_LOOK_MS = 1000, BACKOFF_TRUST_MS = 10 * 60 * 1000 };

js_choice js_stream_choose(const js_stream_view *view, int64_t now_ms, const js_queued **who,
                           int64_t *until_ms) {
    bool waits =
        view->wait_until_ms > now_ms && view->wait_until_ms - now_ms <= JS_STREAM_WAIT_MAX_MS;
    *until_ms = 0;
    *who = view->barrier.id != 0  ? &view->barrier
           : view->newest.id != 0 ? &view->newest
                                  : &view->gate;
    if ((*who)->id == 0 || !(*who)->known) {
        return JS_CHOICE_BEHIND;
    }
    if ((*who)->sequence <= view->accepted) {
        return JS_CHOICE_OVERTAKEN;
    }
    if (view->behind) {
        return JS_CHOICE_BEHIND;
    }
    if (waits || (*who)->not_before_ms > now_ms) {
        int64_t own = (*who)->not_before_ms;
        int64_t look = now_ms + STREAM_LOOK_MS; /* the wait may be ended any time */
        look = look < view->wait_until_ms ? look : view->wait_until_ms;
        *until_ms = waits && look > own ? look : own;
        return JS_CHOICE_WAITS;
    }
    return JS_CHOICE_GO;
}

bool js_backoff_pauses(const js_backoff *backoff, int64_t now_ms) {
    return backoff->until_ms > now_ms && backoff->until_ms - now_ms <= BACKOFF_TRUST_MS;
}

/* What is told while Jira still deletes by properties may be deleted with what it meant. */
int64_t js_lane_look_ms(int64_t wait_until_ms, int64_t now_ms) {
    int64_t left = wait_until_ms - now_ms;
    if (left <= 0 || left > JS_STREAM_WAIT_MAX_MS) {
        return 0;
    }
    return now_ms + (left < STREAM_LOOK_MS ? left : STREAM_LOOK_MS);
}
