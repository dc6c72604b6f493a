/*
 * Receipts that are read before they are asked for. Who asks for one mostly asks for the next, and to run a
 * statement costs more than to read another row of it. What is settled for good does not change any more.
 */
#include "outbox/sqlite/internal.h"

/* What is forgotten meanwhile was there when it was asked for first. */
enum { BELIEVED_MS = 10000 };

void js_sq_ahead_clear(js_sq_ahead *ahead) {
    while (ahead->at < ahead->count) {
        js_receipt_clear(&ahead->items[ahead->at++].receipt);
    }
    ahead->at = ahead->count = 0;
}

static bool give(js_sq_ahead *ahead, js_receipt *receipt) {
    *receipt = ahead->items[ahead->at].receipt;
    ahead->last = ahead->items[ahead->at++].number;
    return true;
}

static bool is_fresh(const js_sq_ahead *ahead) {
    return ahead->at < ahead->count && js_monotonic_ms() - ahead->since_ms < BELIEVED_MS;
}

/* As many as the query has, or as there is room and memory for. */
static void fill(js_sqlite *self, js_sq_ahead *ahead, js_query *query, int column) {
    js_sq_ahead_clear(ahead);
    int64_t now_ms = js_store_now_ms(&self->store);
    while (ahead->count < JS_AHEAD && js_query_row(query)) {
        bool forgotten = false;
        js_receipt *receipt = &ahead->items[ahead->count].receipt;
        if (!js_sq_read_receipt(query, now_ms, receipt, &forgotten)) {
            break;
        }
        if (forgotten && column == JS_RECEIPT_ID) {
            js_receipt_clear(receipt);
        } else {
            ahead->items[ahead->count++].number = js_query_read(query, column);
        }
    }
    ahead->since_ms = js_monotonic_ms();
}

/* ---- by id ---- */

JS_SQL(settled_after, "SELECT " JS_RECEIPT_COLUMNS " FROM event e" JS_LANE_AND_SITE
                      " WHERE e.id BETWEEN ?1 AND ?2 AND e.open = 0 AND e.status BETWEEN 2 AND 5"
                      " AND " JS_KNOWN_LANE("l") " ORDER BY e.id");

bool js_sq_ahead_of_id(js_sqlite *self, int64_t id, js_receipt *receipt) {
    js_sq_ahead *ahead = &self->ids_ahead;
    if (is_fresh(ahead) && ahead->items[ahead->at].number == id) {
        return give(ahead, receipt);
    }
    js_sq_ahead_clear(ahead);
    return false;
}

void js_sq_ahead_read_ids(js_sqlite *self, int64_t id, bool settled) {
    js_sq_ahead *ahead = &self->ids_ahead;
    if (settled && ahead->last > 0 && ahead->last == id - 1) {
        js_query query = js_sq_query(self, settled_after);
        js_query_int(&query, id + 1);
        js_query_int(&query, id + JS_AHEAD);
        fill(self, ahead, &query, JS_RECEIPT_ID);
        (void)js_query_end(&query, NULL); /* whoever asks for them will hear of it */
    }
    ahead->last = id;
}

/* ---- in the order of settling ---- */

bool js_sq_ahead_next(js_sqlite *self, int64_t *cursor, js_receipt *receipt) {
    js_sq_ahead *ahead = &self->settled_ahead;
    bool same = atomic_load(&self->version) == ahead->version;
    if (same && is_fresh(ahead) && ahead->last == *cursor && give(ahead, receipt)) {
        *cursor = ahead->last;
        return true;
    }
    return false;
}

void js_sq_ahead_keep_settled(js_sqlite *self, js_query *query, int64_t cursor) {
    fill(self, &self->settled_ahead, query, JS_RECEIPT_END);
    self->settled_ahead.last = cursor;
    self->settled_ahead.version =
        atomic_load(&self->version); /* a dead letter may be tried again */
}
