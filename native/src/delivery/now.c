#include "delivery/delivery_internal.h"

int64_t js_delivery_now_ms(const js_delivery *delivery) {
    return js_mono_ms(delivery->world) + delivery->wall_minus_mono_ms;
}
