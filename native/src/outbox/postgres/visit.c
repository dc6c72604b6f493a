/* Doing something on a connection, and repeating it where that helps. */
#include "outbox/postgres/visit.h"

#include "base/error.h"

enum { AGAIN_MAX = 30, LOST_MAX = 6, PAUSE_MS = 20, PAUSE_MAX_MS = 400, STANDBY_MS = 5000 };

/* Whether it is worth another try; waits a little before it. */
static bool try_again(const js_postgres *self, js_pg_tries *so_far, js_pg_trouble trouble,
                      int64_t until_ms) {
    int64_t now_ms = js_monotonic_ms();
    int count = 0;
    switch (trouble) {
    case JS_PG_AGAIN:
        count = ++so_far->again;
        if (count > AGAIN_MAX) {
            return false;
        }
        js_sleep_ms(count < 3 ? 0 : js_random_below(&self->own_world, PAUSE_MS));
        return true;
    case JS_PG_LOST:
        /* All that are in the pool may be of a server that was restarted. */
        count = ++so_far->lost;
        if (count > LOST_MAX && now_ms >= until_ms) {
            return false;
        }
        js_sleep_ms(count <= LOST_MAX ? 0 : PAUSE_MAX_MS / 4);
        return now_ms < atomic_load(&self->leave_ms);
    case JS_PG_AWAY:
    case JS_PG_READONLY:
        if (now_ms + PAUSE_MS >= until_ms) {
            return false;
        }
        count = ++so_far->away;
        js_sleep_ms(count * PAUSE_MS < PAUSE_MAX_MS ? count * PAUSE_MS : PAUSE_MAX_MS);
        return js_monotonic_ms() < atomic_load(&self->leave_ms);
    case JS_PG_FINE:
    case JS_PG_FINAL:
    default:
        return false;
    }
}

/* It may be better in a while; who waits for something goes on waiting. */
static void say_for_now(jirasend_code code, js_pg_trouble trouble, jirasend_error *error) {
    bool passes = trouble != JS_PG_FINE && trouble != JS_PG_FINAL;
    if (passes && (code == JIRASEND_E_NETWORK || code == JIRASEND_E_REFUSED)) {
        js_error_because(error, JIRASEND_REASON_AWAY);
    }
}

/*
 * The last try has little time: that a standby was all there is counts although that one did not reach it,
 * and so does what a server said that refused.
 */
static jirasend_code say_more(jirasend_code code, js_pg_tries *so_far, js_pg_trouble trouble,
                              bool late, jirasend_error *error) {
    int64_t now_ms = js_monotonic_ms();
    if (trouble == JS_PG_READONLY) {
        (void)js_error_pass(error, &so_far->standby);
        so_far->standby_ms = now_ms;
    } else if (trouble == JS_PG_AWAY && so_far->standby.code != JIRASEND_OK &&
               now_ms - so_far->standby_ms < STANDBY_MS) {
        return js_error_pass(&so_far->standby, error);
    } else if (!late) {
        (void)js_error_pass(error, &so_far->said);
    } else if (so_far->said.code != JIRASEND_OK) {
        return js_error_pass(&so_far->said, error);
    }
    return code;
}

static js_pg_visit begin(js_outbox *outbox, int64_t wait_ms, jirasend_error *error) {
    js_postgres *self = (js_postgres *)outbox;
    return (js_pg_visit){.self = self,
                         .error = error,
                         .until_ms = wait_ms > 0 ? js_pg_until_ms(self, wait_ms) : 0,
                         .so_far.standby = JIRASEND_ERROR_INIT,
                         .so_far.said = JIRASEND_ERROR_INIT,
                         .own = JIRASEND_ERROR_INIT};
}

js_pg_visit js_pg_patiently(js_outbox *outbox, jirasend_error *error) {
    return begin(outbox, ((js_postgres *)outbox)->wait_ms, error);
}

js_pg_visit js_pg_at_once(js_outbox *outbox, jirasend_error *error) {
    return begin(outbox, 0, error);
}

/* Gives the connection of a try back. Whether that was the last one. */
static bool is_over(js_pg_visit *visit) {
    js_pg_trouble trouble = visit->pg == NULL ? JS_PG_AWAY : visit->pg->trouble;
    bool late = visit->pg != NULL && visit->pg->late;
    if (visit->pg != NULL) {
        js_pg_give(visit->pg);
        visit->pg = NULL;
    }
    if (visit->code == JIRASEND_OK) {
        return true;
    }
    visit->code = say_more(visit->code, &visit->so_far, trouble, late, visit->error);
    if (try_again(visit->self, &visit->so_far, trouble, visit->until_ms)) {
        return false;
    }
    say_for_now(visit->code, trouble, visit->error);
    return true;
}

bool js_pg_goes_on(js_pg_visit *visit) {
    visit->error = visit->error != NULL ? visit->error : &visit->own;
    while (!visit->begun || !is_over(visit)) {
        visit->begun = true;
        js_error_clear(visit->error);
        visit->code = js_pg_take(visit->self, &visit->pg, visit->error);
        if (visit->code == JIRASEND_OK) {
            return true;
        }
    }
    return false;
}
