/*
 * Writing the frames of a commit in one go: what a connection has committed is in its files, whatever it did before,
 * and what it has rolled back stays out of the way of others.
 *
 * What breaks it: not writing when a commit is complete; gathering what is written over (the sums of a transaction that
 * had no room in memory); keeping what was rolled back when the lock for writing is given back; forgetting what could
 * not be written; reading on a full disk only what it takes.
 */
#include "outbox/sqlite/log_vfs.h"
#include "shim_vfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS = 100, TEXT = 600 };

typedef struct fixture {
    char folder[64], file[128];
    js_log_vfs vfs;
    sqlite3 *db;
    uint32_t seed;
} fixture;

static uint32_t draw(fixture *fix, uint32_t below) {
    fix->seed = fix->seed * 1664525U + 1013904223U;
    return (fix->seed >> 8U) % below;
}

static int run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int setup(void **state) {
    fixture *fix = calloc(1, sizeof *fix);
    jirasend_error error = JIRASEND_ERROR_INIT;
    shim_fail(-1, SQLITE_OK);
    (void)snprintf(fix->folder, sizeof fix->folder, "/tmp/jirasend-log-XXXXXX");
    assert_non_null(mkdtemp(fix->folder));
    (void)snprintf(fix->file, sizeof fix->file, "%s/a.db", fix->folder);
    assert_int_equal(js_log_vfs_open(&fix->vfs, SHIM_VFS, &error), JIRASEND_OK);
    assert_int_equal(sqlite3_open_v2(fix->file, &fix->db,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fix->vfs.name),
                     SQLITE_OK);
    /* Little memory, so that a transaction of many pages writes them before its end, and again. */
    assert_int_equal(run(fix->db, "PRAGMA journal_mode=WAL; PRAGMA cache_size=8;"
                                  "CREATE TABLE t (id INTEGER PRIMARY KEY, n, bytes);"
                                  "CREATE INDEX i ON t (n)"),
                     SQLITE_OK);
    *state = fix;
    return 0;
}

static int teardown(void **state) {
    fixture *fix = *state;
    char command[256];
    shim_fail(-1, SQLITE_OK);
    assert_int_equal(sqlite3_close(fix->db), SQLITE_OK);
    js_log_vfs_close(&fix->vfs);
    assert_null(sqlite3_vfs_find(fix->vfs.name));
    (void)snprintf(command, sizeof command, "rm -rf '%s'", fix->folder);
    assert_int_equal(system(command), 0);
    free(fix);
    return 0;
}

/* The same text for the same content, whichever connection is asked. */
static void describe(sqlite3 *db, char out[TEXT]) {
    sqlite3_stmt *ask = NULL;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT printf('%d %d %d %s', count(*), total(id * n),"
                                        " total(length(bytes) * (n % 1000)),"
                                        " (SELECT group_concat(integrity_check, ' ') FROM"
                                        " pragma_integrity_check)) FROM t",
                                        -1, &ask, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(ask), SQLITE_ROW);
    (void)snprintf(out, TEXT, "%s", (const char *)sqlite3_column_text(ask, 0));
    assert_int_equal(sqlite3_finalize(ask), SQLITE_OK);
}

/*
 * What a process would find that comes after a crash: the files without the memory that processes share. They are
 * copied by another process, as closing a file here would give back the locks that SQLite has on it.
 */
static void expect_in_files(fixture *fix) {
    char command[512];
    char copy[128];
    char here[TEXT];
    char there[TEXT];
    sqlite3 *db = NULL;
    (void)snprintf(copy, sizeof copy, "%s/b.db", fix->folder);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && rm -f b.db* && cp a.db b.db && cp a.db-wal b.db-wal", fix->folder);
    assert_int_equal(system(command), 0);
    describe(fix->db, here);
    assert_int_equal(sqlite3_open_v2(copy, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    describe(db, there);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_string_equal(here, there);
    assert_non_null(strstr(here, " ok"));
}

/* Another program writes to the database, without our layer. */
static int write_as_another(const char *file, const char *number) {
    sqlite3 *db = NULL;
    char sql[200];
    (void)snprintf(
        sql, sizeof sql,
        "PRAGMA busy_timeout=10000; INSERT INTO t (n, bytes) VALUES (%s, zeroblob(9000))", number);
    int rc = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL);
    rc = rc == SQLITE_OK ? run(db, sql) : rc;
    (void)sqlite3_close(db);
    return rc;
}

static void let_another_write(fixture *fix) {
    char number[16];
    int status = 0;
    (void)snprintf(number, sizeof number, "%u", draw(fix, 1000000));
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "log_vfs_test", fix->file, number, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int write_some(fixture *fix) {
    int rc = SQLITE_OK;
    for (uint32_t left = 1 + draw(fix, 40); left > 0 && rc == SQLITE_OK; left--) {
        char sql[200];
        uint32_t id = 1 + draw(fix, 200);
        switch (draw(fix, 4)) {
        case 0:
            (void)snprintf(sql, sizeof sql, "DELETE FROM t WHERE id = %u", id);
            break;
        case 1:
            (void)snprintf(sql, sizeof sql, "UPDATE t SET n = n + 1 WHERE id < %u", id);
            break;
        default:
            (void)snprintf(sql, sizeof sql,
                           "INSERT OR REPLACE INTO t VALUES (%u, %u, randomblob(%u))", id,
                           draw(fix, 1000000), draw(fix, 6000));
        }
        rc = run(fix->db, sql);
    }
    return rc;
}

static void one_transaction(fixture *fix) {
    bool fails = draw(fix, 5) == 0;
    assert_int_equal(
        run(fix->db, draw(fix, 2) == 0 ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL"),
        SQLITE_OK);
    if (fails) {
        shim_fail_kind(SHIM_WRITE | SHIM_SYNC, (int)draw(fix, 4), SQLITE_FULL, true);
    }
    int rc = run(fix->db, "BEGIN IMMEDIATE");
    rc = rc == SQLITE_OK ? write_some(fix) : rc;
    if (rc == SQLITE_OK && draw(fix, 4) == 0) {
        rc = run(fix->db, "SAVEPOINT s");
        rc = rc == SQLITE_OK ? write_some(fix) : rc;
        rc = rc == SQLITE_OK ? run(fix->db, "ROLLBACK TO s; RELEASE s") : rc;
        rc = rc == SQLITE_OK ? write_some(fix) : rc;
    }
    if (rc == SQLITE_OK) {
        rc = run(fix->db, draw(fix, 4) == 0 ? "ROLLBACK" : "COMMIT");
    }
    assert_true(rc == SQLITE_OK || fails);
    shim_fail(-1, SQLITE_OK);
    if (sqlite3_get_autocommit(fix->db) == 0) {
        assert_int_equal(run(fix->db, "ROLLBACK"), SQLITE_OK);
    }
}

static void what_is_committed_is_in_the_files(void **state) {
    fixture *fix = *state;
    static const char *const checkpoints[] = {"PRAGMA wal_checkpoint(PASSIVE)",
                                              "PRAGMA wal_checkpoint(RESTART)",
                                              "PRAGMA wal_checkpoint(TRUNCATE)"};
    for (int i = 0; i < STEPS; i++) {
        switch (draw(fix, 12)) {
        case 0:
            let_another_write(fix);
            break;
        case 1:
            assert_int_equal(run(fix->db, checkpoints[draw(fix, 3)]), SQLITE_OK);
            break;
        default:
            one_transaction(fix);
        }
        expect_in_files(fix);
    }
}

static int64_t writes_of(fixture *fix, const char *sql) {
    int before = atomic_load(&shim.writes);
    assert_int_equal(run(fix->db, sql), SQLITE_OK);
    return atomic_load(&shim.writes) - before;
}

static void a_commit_is_one_write(void **state) {
    fixture *fix = *state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(writes_of(fix, "INSERT INTO t (n, bytes) VALUES (1, zeroblob(20000))"), 1);
    }
    /* As much as there is room for at a time. */
    assert_in_range(writes_of(fix, "INSERT INTO t (n, bytes) VALUES (1, zeroblob(25000))"), 1, 2);
}

/* What its caller was told is not there must not be there after a crash either. */
static void a_failed_commit_has_no_end_in_the_file(void **state) {
    fixture *fix = *state;
    assert_int_equal(run(fix->db, "PRAGMA synchronous=NORMAL"), SQLITE_OK);
    shim_fail_kind(SHIM_WRITE, 0, SQLITE_FULL, true);
    assert_int_equal(run(fix->db, "INSERT INTO t (n, bytes) VALUES (1, zeroblob(9000))"),
                     SQLITE_FULL);
    shim_fail(-1, SQLITE_OK);
    expect_in_files(fix);
}

static void a_failed_write_fails_its_commit(void **state) {
    fixture *fix = *state;
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE};
    char before[TEXT];
    char after[TEXT];
    describe(fix->db, before);
    for (int soft = 0; soft < 2; soft++) {
        assert_int_equal(
            run(fix->db, soft ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL"),
            SQLITE_OK);
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
            shim_fail_kind(SHIM_WRITE, 0, codes[i], false);
            assert_int_equal(run(fix->db, "INSERT INTO t (n, bytes) VALUES (1, zeroblob(9000))"),
                             codes[i] & 0xFF);
            shim_fail(-1, SQLITE_OK);
            describe(fix->db, after);
            assert_string_equal(before, after);
            expect_in_files(fix);
        }
    }
    assert_int_equal(run(fix->db, "INSERT INTO t (n, bytes) VALUES (1, zeroblob(9000))"),
                     SQLITE_OK);
    expect_in_files(fix);
}

/* Its pages do not fit into memory, so they are written before its end, some twice. */
static const char large[] = "BEGIN IMMEDIATE;"
                            "INSERT INTO t (n, bytes) VALUES (1, zeroblob(30000));"
                            "UPDATE t SET n = n + 1;"
                            "INSERT INTO t (n, bytes) VALUES (2, zeroblob(30000));"
                            "UPDATE t SET n = n + 1;";

static void any_write_of_a_large_one_may_fail(void **state) {
    fixture *fix = *state;
    bool failed = true;
    assert_int_equal(run(fix->db, "PRAGMA synchronous=NORMAL"), SQLITE_OK);
    for (int at = 0; failed; at++) {
        shim_fail_kind(SHIM_WRITE, at, SQLITE_FULL, true);
        int rc = run(fix->db, large);
        rc = rc == SQLITE_OK ? run(fix->db, "COMMIT") : rc;
        failed = atomic_load(&shim.failed) > 0;
        assert_int_equal(rc, failed ? SQLITE_FULL : SQLITE_OK);
        shim_fail(-1, SQLITE_OK);
        if (sqlite3_get_autocommit(fix->db) == 0) {
            assert_int_equal(run(fix->db, "ROLLBACK"), SQLITE_OK);
        }
        expect_in_files(fix);
    }
}

/* Of a full disk SQLite undoes the statement alone, where it can: those before it are committed, with all their pages. */
static void a_transaction_may_go_on_after_a_failed_write(void **state) {
    fixture *fix = *state;
    static const char *const statements[] = {
        "INSERT INTO t (n, bytes) VALUES (1, randomblob(30000)), (2, randomblob(9000))",
        "INSERT INTO t (id, n, bytes) SELECT id + 100000, n, randomblob(5000) FROM t",
        "UPDATE t SET id = id + 200000, n = n + 1",
        "UPDATE t SET bytes = randomblob(3000), n = n + 1"};
    int went_on = 0;
    assert_int_equal(run(fix->db, "PRAGMA synchronous=NORMAL"), SQLITE_OK);
    for (int at = 0; at < 30; at++) {
        assert_int_equal(run(fix->db, "DELETE FROM t; BEGIN IMMEDIATE"), SQLITE_OK);
        shim_fail_kind(SHIM_WRITE, at, SQLITE_FULL, true);
        for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
            int rc = run(fix->db, statements[i]);
            went_on += rc != SQLITE_OK && sqlite3_get_autocommit(fix->db) == 0 ? 1 : 0;
        }
        shim_fail(-1, SQLITE_OK);
        if (sqlite3_get_autocommit(fix->db) == 0) {
            assert_int_equal(run(fix->db, "COMMIT"), SQLITE_OK);
        }
        expect_in_files(fix);
    }
    assert_true(went_on > 0);
}

/* As long as it is full: what was committed before can be read, and the transaction be rolled back. */
static void a_full_disk_lets_read_and_roll_back(void **state) {
    fixture *fix = *state;
    char before[TEXT];
    char after[TEXT];
    assert_int_equal(run(fix->db, "PRAGMA synchronous=NORMAL;"
                                  "INSERT INTO t (n, bytes) VALUES (1, zeroblob(90000))"),
                     SQLITE_OK);
    describe(fix->db, before);
    for (int at = 0; at < 20; at++) {
        shim_fail_kind(SHIM_WRITE, at, SQLITE_FULL, false);
        (void)run(fix->db, large);
        if (sqlite3_get_autocommit(fix->db) == 0) {
            assert_int_equal(run(fix->db, "ROLLBACK"), SQLITE_OK);
        }
        describe(fix->db, after);
        assert_string_equal(before, after);
        shim_fail(-1, SQLITE_OK);
        expect_in_files(fix);
    }
}

static void what_was_rolled_back_is_in_nobodys_way(void **state) {
    fixture *fix = *state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(run(fix->db, "BEGIN IMMEDIATE;"
                                      "INSERT INTO t (n, bytes) VALUES (1, zeroblob(200000))"),
                         SQLITE_OK);
        assert_int_equal(run(fix->db, "ROLLBACK"), SQLITE_OK);
        let_another_write(fix);
        assert_int_equal(run(fix->db, "INSERT INTO t (n, bytes) VALUES (3, zeroblob(900))"),
                         SQLITE_OK);
        expect_in_files(fix);
    }
}

/* SQLite itself looks at the log when it rolls back, so this is asked of the layer alone. */
static void nothing_stays_gathered_without_the_lock(void **state) {
    fixture *fix = *state;
    static const unsigned char head[24] = {1};
    sqlite3_file *file = NULL;
    sqlite3_file *log = NULL;
    assert_int_equal(run(fix->db, "INSERT INTO t (n) VALUES (1)"), SQLITE_OK);
    assert_int_equal(sqlite3_file_control(fix->db, "main", SQLITE_FCNTL_FILE_POINTER, &file),
                     SQLITE_OK);
    assert_int_equal(sqlite3_file_control(fix->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log),
                     SQLITE_OK);
    int before = atomic_load(&shim.writes);
    assert_int_equal(file->pMethods->xShmLock(file, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE),
                     SQLITE_OK);
    assert_int_equal(log->pMethods->xWrite(log, head, sizeof head, 1 << 20), SQLITE_OK);
    assert_int_equal(atomic_load(&shim.writes), before);
    assert_int_equal(file->pMethods->xShmLock(file, 0, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE),
                     SQLITE_OK);
    assert_int_equal(log->pMethods->xSync(log, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(atomic_load(&shim.writes), before);
}

int main(int argc, char **argv) {
    if (argc == 3) {
        return write_as_another(argv[1], argv[2]);
    }
    shim_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_committed_is_in_the_files, setup, teardown),
        cmocka_unit_test_setup_teardown(a_commit_is_one_write, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_commit_has_no_end_in_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_write_fails_its_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(any_write_of_a_large_one_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(a_transaction_may_go_on_after_a_failed_write, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_lets_read_and_roll_back, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_rolled_back_is_in_nobodys_way, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_stays_gathered_without_the_lock, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
