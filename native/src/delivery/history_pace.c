/* The pace at which news of the past go to a site. */
#include "delivery/history_pace.h"

#include "delivery/delivery_internal.h"

#include <stdio.h>

enum { HISTORY_PAUSE_MS = 100 };

static bool is_history(const js_courier *courier) {
    return courier->state == JS_COURIER_ASKING && courier->trip.batch.items[0].event.history;
}

void js_history_pace_take(js_delivery *delivery, js_courier *courier) {
    if (!is_history(courier) || courier->trip.history_slot_ms != 0) {
        return;
    }
    int64_t now_ms = js_delivery_now_ms(delivery);
    int64_t slot_ms = now_ms;
    char name[JS_ORIGIN_SIZE + 16];
    (void)snprintf(name, sizeof name, "history.%s", courier->lane.site);
    js_outbox *outbox = js_outbox_begin(delivery);
    jirasend_code code =
        outbox->ops->take_moment(outbox, name, now_ms, HISTORY_PAUSE_MS, &slot_ms, NULL);
    js_outbox_end(delivery);
    /* A full disk does not keep it back. */
    courier->trip.history_slot_ms = code == JIRASEND_OK ? slot_ms : now_ms;
}

int64_t js_history_pace_left_ms(const js_delivery *delivery, const js_courier *courier) {
    int64_t left =
        is_history(courier) ? courier->trip.history_slot_ms - js_delivery_now_ms(delivery) : 0;
    return left > 0 ? left : 0;
}
