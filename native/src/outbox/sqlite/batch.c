/* Choosing what goes out next. */
#include "outbox/sqlite/internal.h"

#include "base/error.h"
#include "event/document.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_MAX = 100,
    LOOK_MAX = 2000, /* events looked at for one batch: many may belong to few streams */
    BLOCKED_MS = 60 * 1000
};

#define DAMAGED "Its stored document is damaged. The event cannot be sent; send it again."

typedef struct picker {
    js_sqlite *outbox;
    const js_lane *lane;
    int64_t lane_id;
    size_t max_events;
    int64_t max_bytes, now_ms;
    int suspect_from;
    bool suspects_last;
    bool suspects; /* the batch is one of suspects */
    js_batch *batch;
    int64_t bytes;
    int64_t streams[BATCH_MAX]; /* of the batch */
} picker;

/* What became of an event that was to join the batch. */
typedef enum joined { JOINED, DAMAGED_ROW, NO_ROOM, NOT_NOW } joined;

typedef struct candidate {
    int64_t id, stream;
    bool gated;
} candidate;

/* What is to be done with a candidate. */
typedef enum choice { TAKE, ENOUGH, BLOCKED } choice;

/* Two columns of at most one row, 0 and 0 when there is none. */
static jirasend_code two_numbers(js_query *query, int64_t *first, int64_t *second,
                                 jirasend_error *error) {
    bool found = js_query_row(query);
    *first = found ? sqlite3_column_int64(query->statement, 0) : 0;
    *second = found ? sqlite3_column_int64(query->statement, 1) : 0;
    return js_query_end(query, error);
}

/* The first event that may go, after one that was looked at. Its id is 0 when there is none. */
static jirasend_code next_candidate(picker *pick, int64_t after, candidate *found,
                                    jirasend_error *error) {
    js_query query = js_sq_query(pick->outbox, JS_SQL_CANDIDATE);
    js_query_int(&query, pick->lane_id);
    js_query_int(&query, after);
    *found = (candidate){0};
    if (js_query_row(&query)) {
        *found = (candidate){sqlite3_column_int64(query.statement, 0),
                             sqlite3_column_int64(query.statement, 1),
                             sqlite3_column_int(query.statement, 2) != 0};
    }
    return js_query_end(&query, error);
}

/* The queue is an index: what it says of an event must be what the event says. */
static jirasend_code contradiction(picker *pick, jirasend_error *error) {
    return js_folder_damaged(&pick->outbox->folder, "its queue and its events contradict", error);
}

static bool in_batch(const picker *pick, int64_t stream) {
    for (size_t i = 0; i < pick->batch->count; i++) {
        if (pick->streams[i] == stream) {
            return true;
        }
    }
    return false;
}

/*
 * Who goes for the candidate: itself when gated, else the newest ungated event of its stream that
 * does not overtake a gated one. BLOCKED (until *until): something of its stream has to go first.
 */
static jirasend_code choose(picker *pick, const candidate *from, choice *verdict, int64_t *id,
                            int64_t *until, jirasend_error *error) {
    int64_t gate = 0;
    js_query gates = js_sq_query(pick->outbox, JS_SQL_GATE_FIRST);
    js_query_int(&gates, from->stream);
    jirasend_code code = two_numbers(&gates, &gate, until, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (gate != 0 && gate < from->id) {
        *verdict = BLOCKED;
        return JIRASEND_OK;
    }
    *id = from->id;
    *verdict = from->gated && pick->batch->count > 0 ? ENOUGH : TAKE;
    if (from->gated) {
        return JIRASEND_OK;
    }
    js_query newest = js_sq_query(pick->outbox, JS_SQL_NEWEST);
    js_query_int(&newest, from->stream);
    js_query_int(&newest, gate == 0 ? INT64_MAX : gate);
    code = two_numbers(&newest, id, until, error);
    if (code == JIRASEND_OK && *id < from->id) {
        return contradiction(pick, error); /* it should have found at least the candidate */
    }
    if (code == JIRASEND_OK && *until > 0) {
        *verdict = BLOCKED;
    }
    return code;
}

/* Reads the event from the row and checks it. `whole` false: it is damaged. */
static jirasend_code read_document(picker *pick, sqlite3_stmt *row, js_outgoing *out, bool *whole,
                                   jirasend_error *error) {
    const char *text = sqlite3_column_blob(row, 8);
    size_t length = (size_t)sqlite3_column_bytes(row, 8);
    js_row_facts facts = {
        .id = out->id,
        .number = sqlite3_column_int64(row, 6),
        .sequence = sqlite3_column_int64(row, 0),
        .site = pick->lane->site,
        .pipeline = (const char *)sqlite3_column_text(row, 5),
        .environment = (const char *)sqlite3_column_text(row, 7),
        .request_id = (const char *)sqlite3_column_text(row, 4),
        .kind = (int)pick->lane->api,
        .gated = sqlite3_column_int(row, 3) != 0,
    };
    *whole = false;
    int64_t sum = 0;
    if (text == NULL || facts.pipeline == NULL) {
        return JIRASEND_OK;
    }
    if (!js_row_sum(&facts, text, length, &sum)) {
        return js_fail_memory(error);
    }
    if (sum != sqlite3_column_int64(row, 9)) {
        return JIRASEND_OK;
    }
    jirasend_error words = JIRASEND_ERROR_INIT;
    jirasend_code code = js_document_read_stored(&out->event, text, length, &words);
    if (code == JIRASEND_E_MEMORY) {
        return js_fail_memory(error);
    }
    *whole = code == JIRASEND_OK;
    return JIRASEND_OK;
}

static jirasend_code read_row(picker *pick, sqlite3_stmt *row, js_outgoing *out, bool *whole,
                              jirasend_error *error) {
    out->sequence = sqlite3_column_int64(row, 0);
    out->attempts = sqlite3_column_int(row, 1);
    out->unmentioned = sqlite3_column_int(row, 2);
    const char *pipeline = (const char *)sqlite3_column_text(row, 5);
    *whole = pipeline != NULL && js_recent_take(&pick->outbox->recent, out->id, pipeline,
                                                sqlite3_column_int64(row, 6), &out->event);
    return *whole ? JIRASEND_OK : read_document(pick, row, out, whole, error);
}

/* Whether it is one that Jira seems to choke on. */
static bool suspect(const picker *pick, sqlite3_stmt *row) {
    return pick->suspect_from > 0 && sqlite3_column_int(row, 1) >= pick->suspect_from;
}

/* Puts an event into the batch, if it still fits and may travel with the others. */
static jirasend_code load(picker *pick, int64_t id, int64_t stream, joined *how,
                          jirasend_error *error) {
    js_outgoing out = {.id = id};
    js_event_init(&out.event);
    *how = DAMAGED_ROW;
    js_query query = js_sq_query(pick->outbox, JS_SQL_LOAD);
    js_query_int(&query, id);
    js_query_int(&query, pick->lane_id);
    js_query_int(&query, stream);
    int64_t length = 0;
    bool whole = false;
    bool first = pick->batch->count == 0;
    jirasend_code code = JIRASEND_OK;
    if (js_query_row(&query)) {
        length = sqlite3_column_bytes(query.statement, 8);
        code =
            sqlite3_column_int(query.statement, 10) == 1 ? JIRASEND_OK : contradiction(pick, error);
        bool suspects = suspect(pick, query.statement);
        bool apart = first ? suspects && pick->suspects_last : suspects != pick->suspects;
        if (apart) {
            *how = NOT_NOW;
        } else {
            *how = first || length <= pick->max_bytes - pick->bytes ? JOINED : NO_ROOM;
        }
        if (code == JIRASEND_OK && *how == JOINED) {
            pick->suspects = suspects;
            code = read_row(pick, query.statement, &out, &whole, error);
            *how = whole ? *how : DAMAGED_ROW;
        }
    }
    jirasend_code ended = js_query_end(&query, code == JIRASEND_OK ? error : NULL);
    code = code == JIRASEND_OK ? ended : code;
    if (code != JIRASEND_OK || !whole) {
        js_event_free(&out.event);
        return code;
    }
    pick->streams[pick->batch->count] = stream;
    pick->batch->items[pick->batch->count++] = out;
    pick->bytes += length;
    return JIRASEND_OK;
}

/* Writes in the middle of picking: leaves the reading transaction for it. */
static jirasend_code begin_aside(picker *pick, js_transaction kind, jirasend_error *error) {
    jirasend_code code = js_sq_commit(pick->outbox, error);
    return code == JIRASEND_OK ? js_sq_begin(pick->outbox, kind, error) : code;
}

static jirasend_code end_aside(picker *pick, jirasend_code code, jirasend_error *error) {
    code = js_sq_end(pick->outbox, code, error);
    return code == JIRASEND_OK ? js_sq_begin(pick->outbox, JS_READ, error) : code;
}

static jirasend_code set_aside(picker *pick, int64_t id, jirasend_error *error) {
    jirasend_code code = begin_aside(pick, JS_WRITE, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_waiting event;
    code = js_sq_look_up(pick->outbox, id, &event, error);
    if (code == JIRASEND_OK && event.open && event.status == JS_QUEUED) {
        js_settlement settlement = {.status = JS_REJECTED,
                                    .keep_document = true,
                                    .http_status = -1,
                                    .message = DAMAGED,
                                    .now_ms = pick->now_ms};
        code = js_sq_settle_one(pick->outbox, &event, &settlement, error);
    }
    return end_aside(pick, code == JIRASEND_E_NOT_FOUND ? JIRASEND_OK : code, error);
}

/* So that a lane whose events all wait for something does not look due. */
static jirasend_code park(picker *pick, int64_t id, int64_t until, jirasend_error *error) {
    jirasend_code code = begin_aside(pick, JS_WRITE_SOFT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = js_sq_query(pick->outbox, JS_SQL_PARK);
    js_query_int(&query, id);
    js_query_int(&query, until > pick->now_ms ? until : pick->now_ms + BLOCKED_MS);
    return end_aside(pick, js_query_run(&query, error), error);
}

static jirasend_code pick_all(picker *pick, jirasend_error *error) {
    int64_t after = 0;
    jirasend_code code = JIRASEND_OK;
    for (int looks = 0; looks < LOOK_MAX && pick->batch->count < pick->max_events; looks++) {
        candidate from;
        code = next_candidate(pick, after, &from, error);
        if (code != JIRASEND_OK || from.id == 0) {
            return code;
        }
        after = from.id;
        if (in_batch(pick, from.stream) && !from.gated) {
            continue;
        }
        choice verdict = TAKE;
        int64_t id = 0;
        int64_t until = 0;
        code = choose(pick, &from, &verdict, &id, &until, error);
        if (code == JIRASEND_OK && verdict == BLOCKED) {
            code = park(pick, from.id, until, error);
        }
        if (code != JIRASEND_OK || verdict == ENOUGH) {
            return code;
        }
        if (verdict == BLOCKED) {
            continue;
        }
        joined how = JOINED;
        code = load(pick, id, from.stream, &how, error);
        bool full = how == NO_ROOM || (how == JOINED && from.gated);
        if (code != JIRASEND_OK || full) {
            return code;
        }
        if (how == DAMAGED_ROW) {
            code = set_aside(pick, id, error);
            after = from.id - 1; /* another of its stream may go for it now */
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return code;
}

/* Events that were set aside until a time in this range join the others. */
static jirasend_code unpark(picker *pick, int64_t from, int64_t until, jirasend_error *error) {
    js_query due = js_sq_query(pick->outbox, JS_SQL_PARKED_DUE);
    js_query_int(&due, pick->lane_id);
    js_query_int(&due, from);
    js_query_int(&due, until);
    bool any = js_query_row(&due);
    jirasend_code code = js_query_end(&due, error);
    if (code != JIRASEND_OK || !any) {
        return code;
    }
    code = js_sq_begin(pick->outbox, JS_WRITE_SOFT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_query query = js_sq_query(pick->outbox, JS_SQL_UNPARK);
    js_query_int(&query, pick->lane_id);
    js_query_int(&query, from);
    js_query_int(&query, until);
    return js_sq_end(pick->outbox, js_query_run(&query, error), error);
}

static jirasend_code fill(picker *pick, const js_batch_limits *limits, jirasend_error *error) {
    int64_t fence = 0;
    jirasend_code code = js_sq_find_lane(pick->outbox, pick->lane->site, (int)pick->lane->api,
                                         &pick->lane_id, &fence, error);
    if (code != JIRASEND_OK || pick->lane_id == 0) {
        return code;
    }
    code = unpark(pick, 1, limits->ignore_not_before ? INT64_MAX : limits->now_ms, error);
    if (code == JIRASEND_OK) {
        code = unpark(pick, limits->now_ms + JS_ASIDE_MAX_MS, INT64_MAX, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    pick->batch->items = calloc(pick->max_events, sizeof *pick->batch->items);
    if (pick->batch->items == NULL) {
        return js_fail_memory(error);
    }
    code = js_sq_begin(pick->outbox, JS_READ, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = pick_all(pick, error);
    if (code == JIRASEND_OK && pick->batch->count == 0 && pick->suspects_last) {
        pick->suspects_last = false;
        code = pick_all(pick, error);
    }
    if (code == JIRASEND_OK && pick->batch->count == 0) {
        code = js_sq_check_lane(pick->outbox, pick->lane_id, error); /* is there really nothing? */
    }
    return js_sq_end(pick->outbox, code, error);
}

jirasend_code js_sq_next_batch(js_outbox *outbox, const js_lane *lane,
                               const js_batch_limits *limits, js_batch *batch,
                               jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *batch = (js_batch){NULL, 0};
    picker pick = {.outbox = self,
                   .lane = lane,
                   .max_events = (size_t)(limits->max_events < 1           ? 1
                                          : limits->max_events > BATCH_MAX ? BATCH_MAX
                                                                           : limits->max_events),
                   .max_bytes = limits->max_bytes,
                   .now_ms = limits->now_ms,
                   .suspect_from = limits->suspect_from,
                   .suspects_last = limits->suspects_last,
                   .batch = batch};
    jirasend_code code = fill(&pick, limits, error);
    if (code != JIRASEND_OK) {
        js_batch_free(batch);
    }
    return js_sq_leave(self, code);
}
