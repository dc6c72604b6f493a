/* Lanes: who has them, and why they stand still. */
#include "outbox/sqlite/internal.h"

#include "base/crash_point.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

jirasend_code js_sq_find_lane(js_sqlite *self, const char *site, int kind, int64_t *id,
                              int64_t *fence, jirasend_error *error) {
    js_query query = js_sq_query(self, JS_SQL_LANE_FIND);
    js_query_text(&query, site);
    js_query_int(&query, kind);
    bool found = js_query_row(&query);
    *id = found ? sqlite3_column_int64(query.statement, 0) : 0;
    *fence = found ? sqlite3_column_int64(query.statement, 1) : 0;
    return js_query_end(&query, error);
}

jirasend_code js_sq_lane_id(js_sqlite *self, const char *site, int kind, int64_t *id,
                            int64_t *fence, jirasend_error *error) {
    jirasend_code code = js_sq_find_lane(self, site, kind, id, fence, error);
    if (code != JIRASEND_OK || *id != 0) {
        return code;
    }
    js_query query = js_sq_query(self, JS_SQL_LANE_ADD);
    js_query_text(&query, site);
    js_query_int(&query, kind);
    code = js_query_run(&query, error);
    *id = sqlite3_last_insert_rowid(self->db);
    return code;
}

void js_sq_read_stop(sqlite3_stmt *row, int column, js_stop *stop) {
    *stop = (js_stop){
        .backoff_until_ms = sqlite3_column_int64(row, column),
        .rate_until_ms = sqlite3_column_int64(row, column + 1),
        .failures = sqlite3_column_int(row, column + 2),
        .culprits = sqlite3_column_int(row, column + 3),
        .limit = sqlite3_column_int(row, column + 4),
        .size_cap = sqlite3_column_int64(row, column + 5),
        .held = sqlite3_column_int(row, column + 6) != 0,
        .probe_at_ms = sqlite3_column_int64(row, column + 8),
        .http_status = sqlite3_column_int(row, column + 9),
    };
    int64_t fingerprint = sqlite3_column_int64(row, column + 7);
    memcpy(&stop->hold_fingerprint, &fingerprint, sizeof fingerprint);
    const char *message = (const char *)sqlite3_column_text(row, column + 10);
    (void)snprintf(stop->message, sizeof stop->message, "%s", message == NULL ? "" : message);
}

static bool add_view(js_lane_view **views, size_t *count, size_t *capacity, int64_t now_ms,
                     sqlite3_stmt *row) {
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 8 : *capacity * 2;
        js_lane_view *grown = realloc(*views, larger * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        *views = grown;
        *capacity = larger;
    }
    js_lane_view *view = &(*views)[*count];
    const char *site = (const char *)sqlite3_column_text(row, 0);
    (void)snprintf(view->lane.site, sizeof view->lane.site, "%s", site == NULL ? "" : site);
    view->lane.api = (js_api)sqlite3_column_int(row, 1);
    view->waiting = sqlite3_column_int64(row, 2);
    int64_t due_ms = sqlite3_column_int64(row, 3);
    view->due_ms = due_ms >= now_ms + JS_ASIDE_MAX_MS ? 0 : due_ms;
    js_sq_read_stop(row, 5, &view->stop);
    js_sq_read_stop(row, 16, &view->site_stop);
    (*count)++;
    return true;
}

jirasend_code js_sq_lanes(js_outbox *outbox, int64_t now_ms, js_lane_view **views, size_t *count,
                          jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    *views = NULL;
    *count = 0;
    size_t capacity = 0;
    bool memory = true;
    js_query query = js_sq_query(self, JS_SQL_LANES);
    jirasend_code checked = JIRASEND_OK;
    while (memory && checked == JIRASEND_OK && js_query_row(&query)) {
        /* No time: all that waits there was written by a newer version and is left to it. */
        if (sqlite3_column_type(query.statement, 3) != SQLITE_NULL) {
            memory = add_view(views, count, &capacity, now_ms, query.statement);
        } else {
            checked = js_sq_check_lane(self, sqlite3_column_int64(query.statement, 4), error);
        }
    }
    jirasend_code code = js_query_end(&query, checked == JIRASEND_OK ? error : NULL);
    code = checked == JIRASEND_OK ? code : checked;
    if (code == JIRASEND_OK && !memory) {
        code = js_fail_memory(error);
    }
    if (code != JIRASEND_OK) {
        free(*views);
        *views = NULL;
        *count = 0;
    }
    return js_sq_leave(self, code);
}

const js_claim *js_sq_find_claim(const js_sqlite *self, const js_lane *lane) {
    for (const js_claim *claim = self->claims; claim != NULL; claim = claim->next) {
        if (js_lane_equal(&claim->lane, lane)) {
            return claim;
        }
    }
    return NULL;
}

static void free_claim(js_claim *claim) {
    if (claim->fd >= 0) {
        js_lane_lock_give(claim->fd);
    }
    free(claim);
}

void js_sq_forget_claims(js_sqlite *self) {
    while (self->claims != NULL) {
        js_claim *next = self->claims->next;
        free_claim(self->claims);
        self->claims = next;
    }
}

/* Whoever had the lane before can no longer settle. */
static jirasend_code raise_fence(js_sqlite *self, const js_lane *lane, int64_t *fence,
                                 jirasend_error *error) {
    jirasend_code code = js_sq_begin(self, JS_WRITE_QUIET, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    int64_t id = 0;
    code = js_sq_lane_id(self, lane->site, (int)lane->api, &id, fence, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(self, JS_SQL_LANE_FENCE);
        js_query_int(&query, id);
        if (js_query_row(&query)) {
            *fence = sqlite3_column_int64(query.statement, 0);
            (void)js_query_row(&query);
        }
        code = js_query_end(&query, error);
    }
    return js_sq_end(self, code, error);
}

static jirasend_code claim_lane(js_sqlite *self, const js_lane *lane, int64_t *fence,
                                jirasend_error *error) {
    if (js_sq_find_claim(self, lane) != NULL) {
        return js_fail(error, JIRASEND_E_CLOSED, "This process is already sending to %s.",
                       lane->site);
    }
    js_claim *claim = calloc(1, sizeof *claim);
    if (claim == NULL) {
        return js_fail_memory(error);
    }
    claim->lane = *lane;
    claim->fd = -1;
    jirasend_code code = JIRASEND_OK;
    if (self->folder.path != NULL) {
        code = js_lane_lock_take(&self->folder, lane, &claim->fd, error);
    }
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("lane.locked");
        code = raise_fence(self, lane, &claim->fence, error);
        JS_CRASH_POINT("lane.taken");
    }
    if (code != JIRASEND_OK) {
        free_claim(claim);
        return code;
    }
    claim->next = self->claims;
    self->claims = claim;
    *fence = claim->fence;
    return JIRASEND_OK;
}

jirasend_code js_sq_claim(js_outbox *outbox, const js_lane *lane, int64_t *fence,
                          jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    return js_sq_leave(self, claim_lane(self, lane, fence, error));
}

void js_sq_release(js_outbox *outbox, const js_lane *lane, int64_t fence) {
    js_sqlite *self = js_sq_enter(outbox, NULL);
    for (js_claim **link = &self->claims; *link != NULL; link = &(*link)->next) {
        js_claim *claim = *link;
        if (claim->fence == fence && js_lane_equal(&claim->lane, lane)) {
            *link = claim->next;
            JS_CRASH_POINT("lane.before-release");
            free_claim(claim);
            JS_CRASH_POINT("lane.released");
            break;
        }
    }
    (void)js_sq_leave(self, JIRASEND_OK);
}

static jirasend_code read_stop(js_sqlite *self, const char *site, int kind, js_stop *stop,
                               jirasend_error *error) {
    *stop = (js_stop){0};
    js_query query = js_sq_query(self, JS_SQL_STOP_GET);
    js_query_text(&query, site);
    js_query_int(&query, kind);
    if (js_query_row(&query)) {
        js_sq_read_stop(query.statement, 0, stop);
    }
    return js_query_end(&query, error);
}

jirasend_code js_sq_stop_get(js_outbox *outbox, const js_lane *lane, js_stop *stop,
                             jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    return js_sq_leave(self, read_stop(self, lane->site, (int)lane->api, stop, error));
}

/* Somebody may have lifted the hold while a probe was on its way: that stands. */
static jirasend_code heed_lifted_hold(js_sqlite *self, const char *site, int kind, js_stop *stop,
                                      jirasend_error *error) {
    js_stop now;
    jirasend_code code = read_stop(self, site, kind, &now, error);
    if (code == JIRASEND_OK && (!now.held || now.hold_fingerprint != stop->hold_fingerprint)) {
        stop->held = now.held;
        stop->hold_fingerprint = now.hold_fingerprint;
        stop->probe_at_ms = now.probe_at_ms;
        stop->http_status = now.http_status;
        memcpy(stop->message, now.message, sizeof stop->message);
    }
    return code;
}

static jirasend_code write_stop(js_sqlite *self, int64_t id, const js_stop *stop,
                                jirasend_error *error) {
    int64_t fingerprint = 0;
    memcpy(&fingerprint, &stop->hold_fingerprint, sizeof fingerprint);
    js_query query = js_sq_query(self, JS_SQL_STOP_SET);
    js_query_int(&query, id);
    js_query_int(&query, stop->backoff_until_ms);
    js_query_int(&query, stop->rate_until_ms);
    js_query_int(&query, stop->failures);
    js_query_int(&query, stop->culprits);
    js_query_int(&query, stop->limit);
    js_query_int(&query, stop->size_cap);
    js_query_int(&query, stop->held ? 1 : 0);
    js_query_int(&query, fingerprint);
    js_query_int(&query, stop->probe_at_ms);
    js_query_int(&query, stop->http_status);
    js_query_text(&query, stop->message);
    return js_query_run(&query, error);
}

jirasend_code js_sq_write_stop(js_sqlite *self, const char *site, int kind, const js_stop *stop,
                               jirasend_error *error) {
    int64_t id = 0;
    int64_t fence = 0;
    jirasend_code code = js_sq_lane_id(self, site, kind, &id, &fence, error);
    js_stop actual = *stop;
    if (code == JIRASEND_OK && stop->held && stop->carried) {
        code = heed_lifted_hold(self, site, kind, &actual, error);
    }
    return code == JIRASEND_OK ? write_stop(self, id, &actual, error) : code;
}

jirasend_code js_sq_stop_put(js_outbox *outbox, const js_lane *lane, const js_stop *stop,
                             jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    jirasend_code code = js_sq_begin(self, JS_WRITE, error);
    if (code == JIRASEND_OK) {
        code = js_sq_write_stop(self, lane->site, (int)lane->api, stop, error);
        code = js_sq_end(self, code, error);
    }
    return js_sq_leave(self, code);
}

jirasend_code js_sq_backoff_end(js_outbox *outbox, const js_lane *lane, jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    jirasend_code code = js_sq_begin(self, JS_WRITE, error);
    if (code == JIRASEND_OK) {
        js_query query = js_sq_query(self, JS_SQL_BACKOFF_END);
        js_query_text(&query, lane->site);
        js_query_int(&query, (int)lane->api);
        code = js_query_run(&query, error);
        code = js_sq_end(self, code, error);
    }
    return js_sq_leave(self, code);
}

jirasend_code js_sq_cloud_id_get(js_outbox *outbox, const char *site, char *out, size_t size,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    js_query query = js_sq_query(self, JS_SQL_CLOUD_ID_GET);
    js_query_text(&query, site);
    const char *found =
        js_query_row(&query) ? (const char *)sqlite3_column_text(query.statement, 0) : NULL;
    (void)snprintf(out, size, "%s", found == NULL ? "" : found);
    return js_sq_leave(self, js_query_end(&query, error));
}

jirasend_code js_sq_cloud_id_put(js_outbox *outbox, const char *site, const char *cloud_id,
                                 jirasend_error *error) {
    js_sqlite *self = js_sq_enter(outbox, error);
    /* Soft: after a power failure it is simply asked for again. */
    jirasend_code code = js_sq_begin(self, JS_WRITE_SOFT, error);
    if (code == JIRASEND_OK) {
        int64_t id = 0;
        int64_t fence = 0;
        code = js_sq_lane_id(self, site, 0, &id, &fence, error);
        if (code == JIRASEND_OK) {
            js_query query = js_sq_query(self, JS_SQL_CLOUD_ID_SET);
            js_query_int(&query, id);
            js_query_text(&query, cloud_id == NULL ? "" : cloud_id);
            code = js_query_run(&query, error);
        }
        code = js_sq_end(self, code, error);
    }
    return js_sq_leave(self, code);
}
