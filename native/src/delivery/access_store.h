/* What delivery keeps for auth, which knows no outbox: cloud ids, and the key of fingerprints. */
#ifndef JS_DELIVERY_ACCESS_STORE_H
#define JS_DELIVERY_ACCESS_STORE_H

#include "auth/access.h"
#include "outbox/outbox.h"

/* Borrows the outbox. */
js_access_memory js_access_store_in(js_outbox *outbox);

#endif
