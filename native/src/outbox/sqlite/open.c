/* Opening and closing. */
#include "outbox/sqlite/sqlite.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/secret.h"
#include "outbox/sqlite/history.h"
#include "outbox/sqlite/move.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 10000, BUSY_STEP_MS = 10, CHECK_PAGES = 512 };
/*
 * SQLite's own small memory, of which each run of a statement takes a piece a cursor. An INSERT into the
 * events has seventeen, and what finds no piece is a malloc() and a free(): one of twelve instructions.
 */
enum { PIECE_BYTES = 800, PIECES = 160 };

js_sqlite *js_sq_enter(js_outbox *self, jirasend_error *error) {
    js_error_clear(error);
    js_sqlite *outbox = (js_sqlite *)self;
    (void)pthread_mutex_lock(&outbox->mutex);
    return outbox;
}

jirasend_code js_sq_leave(js_sqlite *self, jirasend_code code) {
    (void)pthread_mutex_unlock(&self->mutex);
    return code;
}

static jirasend_code fingerprint_of(js_outbox *self, const void *bytes, size_t length,
                                    uint64_t *fingerprint, jirasend_error *error) {
    js_error_clear(error);
    const js_sqlite *outbox = (const js_sqlite *)self; /* the key never changes */
    return js_hmac64(outbox->key, sizeof outbox->key, bytes, length, fingerprint)
               ? JIRASEND_OK
               : js_fail_memory(error);
}

JS_SQL(data_version, "PRAGMA data_version");

/*
 * Our own commits are counted; those of others show in SQLite's data version, which is asked only
 * when the connection is free: while one of our threads works, the next call will see.
 */
static uint64_t version_of(js_outbox *self) {
    js_sqlite *outbox = (js_sqlite *)self;
    if (pthread_mutex_trylock(&outbox->mutex) == 0) {
        js_query query = js_sq_query(outbox, data_version);
        bool read = js_query_row(&query);
        int64_t seen = read ? sqlite3_column_int64(query.statement, 0) : outbox->data_version;
        (void)js_query_end(&query, NULL);
        if (seen != outbox->data_version) {
            outbox->data_version = seen;
            (void)atomic_fetch_add(&outbox->version, 1);
        }
        js_host_renew(&outbox->host, js_monotonic_ms());
        (void)pthread_mutex_unlock(&outbox->mutex);
    }
    return atomic_load(&outbox->version);
}

static void destroy(js_sqlite *self) {
    js_sq_finalize(self);
    js_sq_forget_counted(self);
    bool closed = sqlite3_close(self->db) == SQLITE_OK;
    js_log_vfs_close(&self->log_vfs);
    js_sq_forget_claims(self);
    js_recent_clear(&self->recent);
    free(self->seen.ids);
    js_sq_ahead_clear(&self->ids_ahead);
    js_sq_ahead_clear(&self->settled_ahead);
    if (closed && self->whole) {
        js_seal_put(&self->folder, &self->mark, self->store.world);
    }
    js_mark_close(&self->mark);
    js_host_leave(&self->host);
    js_presence_give(&self->presence); /* after the database: until then it is in use */
    js_folder_close(&self->folder);
    js_wipe(self->key, sizeof self->key);
    js_put_queue_destroy(&self->queue);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

static void close_outbox(js_outbox *self) {
    if (self != NULL) {
        destroy((js_sqlite *)self);
    }
}

static void leave_soon(js_outbox *self, int64_t ms) {
    atomic_store(&((js_sqlite *)self)->leave_ms, js_later_ms(js_monotonic_ms(), ms));
}

static const struct js_outbox_ops operations = {
    .put = js_sq_put,
    .lanes = js_store_lanes,
    .claim = js_sq_claim,
    .keep = js_sq_keep,
    .release = js_sq_release,
    .next_batch = js_store_next_batch,
    .stream_waits = js_store_stream_waits,
    .stream_wait_end = js_store_stream_wait_end,
    .settle = js_sq_settle_batch,
    .stop_get = js_store_stop_get,
    .stop_put = js_store_stop_put,
    .backoff_end = js_store_backoff_end,
    .receipt = js_sq_receipt,
    .next_settled = js_sq_next_settled,
    .cursor = js_sq_cursor,
    .list = js_sq_list,
    .counts = js_store_counts,
    .retry = js_store_retry,
    .drop = js_store_drop,
    .history = js_sq_history,
    .deployed = js_sq_deployed,
    .requested = js_sq_requested,
    .told = js_sq_told,
    .last_told = js_sq_last_told,
    .told_ids = js_sq_told_ids,
    .told_document = js_sq_told_document,
    .knows_repository = js_sq_knows_repository,
    .bookmark_get = js_sq_bookmark_get,
    .bookmark_put = js_sq_bookmark_put,
    .take_moment = js_sq_take_moment,
    .changed = js_sq_changed,
    .answered = js_sq_answered,
    .count = js_sq_count_one,
    .document = js_sq_document,
    .metrics = js_sq_metrics,
    .cloud_id_get = js_sq_cloud_id_get,
    .cloud_id_put = js_sq_cloud_id_put,
    .fingerprint = fingerprint_of,
    .version = version_of,
    .tidy = js_store_tidy,
    .leave_soon = leave_soon,
    .moves = &js_sq_moves,
    .close = close_outbox,
};

static const struct js_store_ops rows = {
    .begin = js_sq_begin,
    .end = js_sq_end,
    .damaged = js_sq_damaged,
    .lane_find = js_sq_lane_find,
    .lane_add = js_sq_lane_add,
    .lane_check_claim = js_sq_lane_check_claim,
    .lane_of = js_sq_lane_of,
    .lane_next = js_sq_lane_next,
    .lane_states = js_sq_lane_states,
    .stop_read = js_sq_stop_read,
    .stop_write = js_sq_stop_write,
    .backoff_write = js_sq_backoff_write,
    .backoffs_end = js_sq_backoffs_end,
    .any_aside = js_sq_any_aside,
    .wake = js_sq_wake,
    .set_aside = js_sq_set_aside,
    .heads = js_sq_heads,
    .window = js_sq_window,
    .streams = js_sq_streams,
    .load = js_sq_load,
    .check_idle = js_sq_check_idle,
    .room = js_sq_room,
    .add = js_sq_add,
    .find = js_sq_find,
    .settle = js_sq_settle,
    .stay = js_sq_stay,
    .accepted = js_sq_accepted,
    .older = js_sq_older,
    .unblock = js_sq_unblock,
    .envelopes = js_sq_envelopes,
    .swept = js_sq_swept,
    .sweep_accepted = js_sq_sweep_accepted,
    .stream_waits = js_sq_stream_waits,
    .stream_wait_end = js_sq_stream_wait_end,
    .aside_with = js_sq_aside_with,
    .revive = js_sq_revive,
    .give_up = js_sq_give_up,
    .dead_of = js_sq_dead_of,
    .dead_oldest = js_sq_dead_oldest,
    .waiting_since = js_sq_waiting_since,
    .counts = js_sq_counts,
    .count_request = js_sq_count_request,
    .tidy_due = js_sq_tidy_due,
    .forget = js_sq_forget,
};

static js_sqlite *create(const js_sqlite_options *options, jirasend_error *error) {
    js_sqlite *self = calloc(1, sizeof *self);
    if (self == NULL) {
        (void)js_fail_memory(error);
        return NULL;
    }
    self->store =
        (js_store){.base.ops = &operations,
                   .rows = &rows,
                   .world = options->world,
                   .wall_minus_mono_ms = js_wall_ms(options->world) - js_mono_ms(options->world),
                   .max_events = options->max_events,
                   .max_bytes = options->max_bytes,
                   .keep_ms = options->keep_days < 0    ? 0
                              : options->keep_days == 0 ? JS_KEEP_HISTORY_DAYS * JS_DAY_MS
                                                        : options->keep_days * JS_DAY_MS};
    self->folder = (js_folder)JS_FOLDER_INIT;
    self->mark = (js_mark)JS_MARK_INIT;
    self->presence = (js_presence)JS_PRESENCE_INIT;
    self->host = (js_host)JS_HOST_INIT;
    self->busy_ms = options->busy_ms > 0 ? options->busy_ms : BUSY_MS;
    atomic_init(&self->leave_ms, INT64_MAX);
    self->check_pages = options->check_pages != 0 ? options->check_pages : CHECK_PAGES;
    if (pthread_mutex_init(&self->mutex, NULL) != 0) {
        (void)js_fail_memory(error);
        free(self);
        return NULL;
    }
    if (js_put_queue_init(&self->queue, error) != JIRASEND_OK) {
        (void)pthread_mutex_destroy(&self->mutex);
        free(self);
        return NULL;
    }
    return self;
}

bool js_sq_may_wait(const js_sqlite *self, int64_t since_ms) {
    int64_t now_ms = js_monotonic_ms();
    return now_ms - since_ms < self->busy_ms && now_ms < atomic_load(&self->leave_ms);
}

/*
 * SQLite's own handler sleeps up to 100 ms between two looks and may starve beside a process that
 * writes without a break; short, uneven sleeps get a turn.
 */
void js_sq_pause(int looks) {
    js_sleep_ms(1 + (looks * INT64_C(5) + getpid()) % BUSY_STEP_MS);
}

/* Another process has the database. */
static int wait_for_others(void *context, int count) {
    js_sqlite *self = context;
    if (self->looks_once) {
        self->was_busy = true;
        return 0;
    }
    if (count == 0) {
        self->busy_since_ms = js_monotonic_ms();
    }
    if (!js_sq_may_wait(self, self->busy_since_ms)) {
        return 0;
    }
    js_sq_pause(count);
    return 1;
}

static jirasend_code open_connection(js_sqlite *self, const js_sqlite_options *options,
                                     jirasend_error *error) {
    char file[1024] = ":memory:";
    if (self->folder.path != NULL) {
        (void)snprintf(file, sizeof file, "%s/%s", self->folder.path, JS_DATABASE_NAME);
    }
    /* The database was made before, with the right mode: CREATE is for memory only. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    flags |= self->folder.path == NULL ? SQLITE_OPEN_CREATE : SQLITE_OPEN_NOFOLLOW;
    bool on_disk = self->folder.path != NULL;
    jirasend_code code =
        on_disk ? js_log_vfs_open(&self->log_vfs, options->vfs, error) : JIRASEND_OK;
    if (code != JIRASEND_OK) {
        return code;
    }
    int rc = sqlite3_open_v2(file, &self->db, flags, on_disk ? self->log_vfs.name : options->vfs);
    if (rc != SQLITE_OK) {
        return js_sq_fail(self, rc, error);
    }
    (void)sqlite3_extended_result_codes(self->db, 1);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, PIECE_BYTES, PIECES);
    self->inode = js_folder_inode(&self->folder);
    (void)sqlite3_busy_handler(self->db, wait_for_others, self);
    /* Until it has passed the checks: closing must leave a damaged log as it is. */
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    return js_sq_exec(self,
                      "PRAGMA cell_size_check=ON;"
                      "PRAGMA mmap_size=0;"      /* a bad disk must be an error, not a SIGBUS */
                      "PRAGMA cache_size=-1024;" /* also with a hundred thousand events */
                      "PRAGMA temp_store=MEMORY;"
                      "PRAGMA secure_delete=FAST;"
                      "PRAGMA journal_size_limit=4194304;",
                      error);
}

/* "wal" or "delete": which mode the database is in after asking for one. */
static int ask_mode(js_sqlite *self, const char *pragma, char mode[16]) {
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(self->db, pragma, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    mode[0] = '\0';
    if (rc == SQLITE_ROW) {
        (void)snprintf(mode, 16, "%s", (const char *)sqlite3_column_text(statement, 0));
        rc = SQLITE_OK;
    }
    (void)sqlite3_finalize(statement);
    return rc;
}

/*
 * Changing the mode needs the database alone, and SQLite does not wait for that by itself. Where
 * there is no shared memory the log is impossible and SQLite stays with the rollback journal.
 */
static jirasend_code set_mode(js_sqlite *self, bool wal, jirasend_error *error) {
    const char *pragma = wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE";
    char mode[16];
    int rc = ask_mode(self, "PRAGMA journal_mode", mode);
    if (rc == SQLITE_OK && strcmp(mode, wal ? "wal" : "delete") != 0) {
        int64_t end = js_monotonic_ms() + self->busy_ms;
        rc = ask_mode(self, pragma, mode);
        while ((rc & 0xFF) == SQLITE_BUSY && js_monotonic_ms() < end) {
            js_sleep_ms(BUSY_STEP_MS);
            rc = ask_mode(self, pragma, mode);
        }
    }
    if (rc != SQLITE_OK) {
        return js_sq_fail(self, rc, error);
    }
    self->wal = strcmp(mode, "wal") == 0;
    return js_sq_exec(self, self->wal ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=EXTRA",
                      error);
}

static jirasend_code open_folder(js_sqlite *self, const js_sqlite_options *options,
                                 jirasend_error *error) {
    jirasend_code code = js_folder_open(&self->folder, options->folder, error);
    if (code == JIRASEND_OK) {
        code = js_presence_take(&self->folder, &self->presence, error);
    }
    if (code == JIRASEND_OK && (options->exclusive_host || !self->folder.local)) {
        code = js_host_enter(&self->host, &self->folder, &self->presence, options->host,
                             options->host_wait_ms, error);
    }
    if (code == JIRASEND_OK) {
        /* Before the database, so that a commit in between cannot make the mark the larger one. */
        code = js_mark_open(&self->mark, &self->folder, error);
    }
    if (code == JIRASEND_OK) {
        JS_CRASH_POINT("open.before-database");
        code = js_folder_prepare_database(&self->folder, self->mark.id > 0, error);
        JS_CRASH_POINT("open.empty-database");
    }
    return code;
}

jirasend_code js_sqlite_open(const js_sqlite_options *options, js_outbox **outbox,
                             jirasend_error *error) {
    js_error_clear(error);
    *outbox = NULL;
    js_sqlite *self = create(options, error);
    if (self == NULL) {
        return JIRASEND_E_MEMORY;
    }
    jirasend_code code = JIRASEND_OK;
    if (options->folder != NULL) {
        code = open_folder(self, options, error);
    }
    if (code == JIRASEND_OK) {
        code = open_connection(self, options, error);
    }
    if (code == JIRASEND_OK) {
        code = js_sq_schema_open(self, options->world, error);
    }
    if (code == JIRASEND_OK && options->folder != NULL) {
        JS_CRASH_POINT("open.before-journal");
        code = set_mode(self, self->folder.local && !options->rollback_journal, error);
        JS_CRASH_POINT("open.after-journal");
    }
    if (code != JIRASEND_OK) {
        destroy(self);
        return code;
    }
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    (void)version_of(&self->store.base); /* what was there before is no change */
    self->log_inode = self->wal ? js_folder_log_inode(&self->folder) : 0;
    self->whole = true;
    *outbox = &self->store.base;
    return JIRASEND_OK;
}
