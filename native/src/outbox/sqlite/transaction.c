/* Transactions, and the counters that are written at their end. */
#include "outbox/sqlite/history.h"

JS_SQL(begin_read, "BEGIN");
JS_SQL(begin_write, "BEGIN IMMEDIATE");
JS_SQL(commit, "COMMIT");
JS_SQL(rollback, "ROLLBACK");

static jirasend_code run(js_sqlite *self, const char *sql, jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    return js_query_run(&query, error);
}

/* With a write-ahead log a commit without sync is whole or not there; only power can undo it. */
static jirasend_code set_soft(js_sqlite *self, bool soft, jirasend_error *error) {
    if (!self->wal || self->soft == soft) {
        return JIRASEND_OK;
    }
    jirasend_code code =
        js_sq_exec(self, soft ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", error);
    if (code == JIRASEND_OK) {
        self->soft = soft;
    }
    return code;
}

JS_SQL(get_tally, "SELECT waiting, bytes, dead, removed_dead, settled_no FROM tally WHERE id = 1");
enum { TALLY_WAITING, TALLY_BYTES, TALLY_DEAD, TALLY_REMOVED, TALLY_SETTLED };

static jirasend_code read_tally(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, get_tally);
    bool found = js_query_row(&query);
    if (found) {
        self->tally = (js_tally){.waiting = js_query_read(&query, TALLY_WAITING),
                                 .bytes = js_query_read(&query, TALLY_BYTES),
                                 .dead = js_query_read(&query, TALLY_DEAD),
                                 .removed_dead = js_query_read(&query, TALLY_REMOVED),
                                 .settled_no = js_query_read(&query, TALLY_SETTLED)};
    }
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK && !found) {
        return js_folder_damaged(&self->folder, "its counters are gone", error);
    }
    self->tally_changed = false;
    self->counter_count = 0;
    js_sq_forget_counted(self);
    return code;
}

JS_SQL(set_tally, "UPDATE tally SET waiting = ?1, bytes = ?2, dead = ?3, removed_dead = ?4,"
                  " settled_no = ?5 WHERE id = 1");

static jirasend_code write_tally(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, set_tally);
    js_query_int(&query, self->tally.waiting);
    js_query_int(&query, self->tally.bytes);
    js_query_int(&query, self->tally.dead);
    js_query_int(&query, self->tally.removed_dead);
    js_query_int(&query, self->tally.settled_no);
    return js_query_run(&query, error);
}

JS_SQL(count_lane, "UPDATE lane SET waiting = waiting + ?2 WHERE id = ?1");
JS_SQL(count_envelope, "UPDATE envelope SET waiting = waiting + ?2 WHERE id = ?1");

static jirasend_code write_counter(js_sqlite *self, const char *sql, int64_t id, int64_t change,
                                   jirasend_error *error) {
    js_query query = js_sq_query(self, sql);
    js_query_int(&query, id);
    js_query_int(&query, change);
    return js_query_run(&query, error);
}

static jirasend_code write_counters(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < self->counter_count && code == JIRASEND_OK; i++) {
        const js_counter *counter = &self->counters[i];
        if (counter->change != 0) {
            code = write_counter(self, count_lane, counter->lane, counter->change, error);
        }
        if (code == JIRASEND_OK && counter->change != 0 && counter->envelope != 0) {
            code = write_counter(self, count_envelope, counter->envelope, counter->change, error);
        }
    }
    self->counter_count = 0;
    return code;
}

jirasend_code js_sq_count(js_sqlite *self, int64_t lane, int64_t envelope, int64_t change,
                          jirasend_error *error) {
    for (size_t i = 0; i < self->counter_count; i++) {
        if (self->counters[i].lane == lane && self->counters[i].envelope == envelope) {
            self->counters[i].change += change;
            return JIRASEND_OK;
        }
    }
    jirasend_code code =
        self->counter_count == JS_COUNTERS ? write_counters(self, error) : JIRASEND_OK;
    if (code == JIRASEND_OK) {
        self->counters[self->counter_count++] = (js_counter){lane, envelope, change};
    }
    return code;
}

/* SQLite would not notice that its files were deleted or replaced, or are another host's now. */
static jirasend_code still_there(js_sqlite *self, jirasend_error *error) {
    jirasend_code code = js_folder_still_there(&self->folder, self->inode, self->log_inode, error);
    return code == JIRASEND_OK ? js_host_check(&self->host, &self->folder, error) : code;
}

/*
 * The way back is made ready before the way in: when memory runs short inside a transaction, it
 * would stay open for ever. One that could not be ended then is ended now.
 */
static jirasend_code prepare_rollback(js_sqlite *self, jirasend_error *error) {
    js_query query = js_sq_query(self, rollback);
    jirasend_code code = js_query_end(&query, error);
    if (code == JIRASEND_OK) {
        js_sq_rollback(self);
    }
    return code;
}

static jirasend_code start_now(js_sqlite *self, js_work work, jirasend_error *error) {
    jirasend_code code = prepare_rollback(self, error);
    if (code == JIRASEND_OK && work != JS_WORK_READ) {
        code = still_there(self, error);
    }
    if (code == JIRASEND_OK && work != JS_WORK_READ) {
        code = set_soft(self, work != JS_WORK_WRITE, error);
    }
    if (code == JIRASEND_OK) {
        code = run(self, work == JS_WORK_READ ? begin_read : begin_write, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    self->work = work;
    if (work == JS_WORK_READ) {
        return JIRASEND_OK;
    }
    code = read_tally(self, error);
    if (code != JIRASEND_OK) {
        js_sq_rollback(self);
    }
    return code;
}

/*
 * While another process is writing, nobody in this one waits with us who only wants to read: nothing
 * has begun, so the mutex is free between two looks.
 */
jirasend_code js_sq_start(js_sqlite *self, js_work work, jirasend_error *error) {
    if (work == JS_WORK_READ) {
        return start_now(self, work, error);
    }
    int64_t since_ms = js_monotonic_ms();
    for (int looks = 0;; looks++) {
        self->looks_once = true;
        self->was_busy = false;
        jirasend_code code = start_now(self, work, error);
        self->looks_once = false;
        if (code == JIRASEND_OK || !self->was_busy || !js_sq_may_wait(self, since_ms)) {
            return code;
        }
        (void)pthread_mutex_unlock(&self->mutex);
        js_sq_pause(looks);
        (void)pthread_mutex_lock(&self->mutex);
    }
}

static jirasend_code commit_all(js_sqlite *self, jirasend_error *error) {
    bool writes = self->work != JS_WORK_READ;
    jirasend_code code = writes ? write_counters(self, error) : JIRASEND_OK;
    if (code == JIRASEND_OK && writes) {
        code = js_sq_write_counted(self, error);
    }
    if (code == JIRASEND_OK && writes && self->tally_changed) {
        code = write_tally(self, error);
    }
    if (code == JIRASEND_OK) {
        code = run(self, commit, error);
    }
    if (code == JIRASEND_OK && self->work == JS_WORK_WRITE) {
        /* Into files that nobody can open any more: nothing that may be promised. */
        code = still_there(self, error);
    }
    if (code != JIRASEND_OK) {
        js_sq_rollback(self);
    } else if (writes && self->work != JS_WORK_WRITE_QUIET) {
        (void)atomic_fetch_add(&self->version, 1);
    }
    return code;
}

void js_sq_rollback(js_sqlite *self) {
    /* Some failures have already ended the transaction. */
    if (sqlite3_get_autocommit(self->db) == 0) {
        (void)run(self, rollback, NULL);
    }
}

jirasend_code js_sq_finish(js_sqlite *self, jirasend_code code, jirasend_error *error) {
    if (code == JIRASEND_OK) {
        return commit_all(self, error);
    }
    js_sq_rollback(self);
    return code;
}

jirasend_code js_sq_begin(js_store *store, js_work work, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    (void)pthread_mutex_lock(&self->mutex);
    jirasend_code code = js_sq_start(self, work, error);
    return code == JIRASEND_OK ? code : js_sq_leave(self, code);
}

jirasend_code js_sq_end(js_store *store, jirasend_code code, jirasend_error *error) {
    js_sqlite *self = js_sq_of(store);
    return js_sq_leave(self, js_sq_finish(self, code, error));
}
