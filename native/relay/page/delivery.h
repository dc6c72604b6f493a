/* The view of the outbox: what waits and why, by site and lane, and what an admin may do about it. */
#ifndef RELAY_PAGE_DELIVERY_H
#define RELAY_PAGE_DELIVERY_H

#include "relay/page/html.h"

/* `outbox` is its status. False: the answer is 503 or 404. */
bool rl_page_delivery(const rl_page *page, json_object *outbox);
/* One event with its document. */
bool rl_page_event(const rl_page *page, json_object *outbox);

#endif
