/* How long a lane is stopped, by what is stored of it. */
#include "delivery/stops.h"

#include "delivery/decide.h"

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Clocks of those who share an outbox differ by a little. */
enum { APART_MS = 10 * 1000 };

int64_t js_stop_left_ms(int64_t until_ms, int64_t now_ms, int64_t most_ms) {
    bool over = until_ms <= now_ms;
    return over || until_ms - now_ms > most_ms + APART_MS ? 0 : until_ms - now_ms;
}

static void doubt(js_doubt *known, int64_t *until_ms, int64_t most_ms, int64_t now_ms) {
    if (*until_ms - now_ms <= most_ms + APART_MS) {
        return;
    }
    if (*until_ms != known->value) {
        known->value = *until_ms;
        known->until_ms = larger(known->next_ms, now_ms);
        known->next_ms = now_ms < known->next_ms ? known->next_ms : now_ms + most_ms;
    }
    *until_ms = known->until_ms;
}

void js_stop_doubt(js_stop *stop, js_doubts *doubts, int64_t now_ms) {
    doubt(&doubts->backoff, &stop->backoff_until_ms, JS_BACKOFF_MAX_MS, now_ms);
    doubt(&doubts->rate, &stop->rate_until_ms, JS_WAIT_MAX_MS, now_ms);
    doubt(&doubts->probe, &stop->probe_at_ms, JS_PROBE_INTERVAL_MS, now_ms);
}

bool js_stop_calm(const js_stop *stop) {
    return !stop->held && stop->failures == 0 && stop->culprits == 0 &&
           stop->backoff_until_ms == 0 && stop->rate_until_ms == 0 && stop->message[0] == '\0';
}

bool js_stop_holds(const js_stop *stop, uint64_t fingerprint) {
    return stop->held && stop->hold_fingerprint == fingerprint;
}

static int64_t wait_of(const js_stop *stop, uint64_t fingerprint, int64_t now_ms) {
    bool foreign_hold = stop->held && !js_stop_holds(stop, fingerprint);
    if (foreign_hold) {
        return 0; /* it stopped other credentials, and so did what came before it */
    }
    int64_t wait = larger(js_stop_left_ms(stop->backoff_until_ms, now_ms, JS_BACKOFF_MAX_MS),
                          js_stop_left_ms(stop->rate_until_ms, now_ms, JS_WAIT_MAX_MS));
    if (stop->held) {
        wait = larger(wait, js_stop_left_ms(stop->probe_at_ms, now_ms, JS_PROBE_INTERVAL_MS));
    }
    return wait;
}

int64_t js_stops_wait_ms(const js_stop *lane, const js_stop *site, uint64_t fingerprint,
                         int64_t now_ms) {
    return larger(wait_of(lane, fingerprint, now_ms), wait_of(site, fingerprint, now_ms));
}
