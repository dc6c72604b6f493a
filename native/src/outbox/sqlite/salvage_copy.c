/*
 * A copy of a damaged database that SQLite is willing to open. The frames of the write-ahead log are
 * laid over it whatever their checksums say: SQLite stops at the first that is wrong and drops all
 * that follow, though one flipped bit spoils one page only. What stands in the rows has checksums of
 * its own.
 */
#include "base/error.h"
#include "outbox/sqlite/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, LOG_HEADER = 32, FRAME_HEADER = 24, FRAME = FRAME_HEADER + PAGE, PATH = 700 };

static jirasend_code failed(const char *what, const char *path, jirasend_error *error) {
    return js_fail(error, JIRASEND_E_STORAGE, "%.300s cannot be %s: %s.", path, what,
                   strerror(errno));
}

static uint32_t number_at(const unsigned char *at) {
    return (uint32_t)at[0] << 24U | (uint32_t)at[1] << 16U | (uint32_t)at[2] << 8U | at[3];
}

static void put_number(unsigned char *at, uint32_t number) {
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (unsigned char)(number >> (24 - 8 * i));
    }
}

static bool write_at(int fd, const void *bytes, size_t length, int64_t at) {
    ssize_t written = pwrite(fd, bytes, length, (off_t)at);
    if (written >= 0 && (size_t)written != length) {
        errno = ENOSPC;
    }
    return written == (ssize_t)length;
}

/* *there false: there is no such file. */
static jirasend_code copy_file(const char *from, const char *to, bool *there,
                               jirasend_error *error) {
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *there = in >= 0;
    if (in < 0) {
        return errno == ENOENT ? JIRASEND_OK : failed("opened", from, error);
    }
    jirasend_code code = JIRASEND_OK;
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (out < 0) {
        code = failed("made", to, error);
    }
    unsigned char page[PAGE];
    int64_t at = 0;
    ssize_t got = 1;
    while (code == JIRASEND_OK && got > 0) {
        got = pread(in, page, sizeof page, (off_t)at);
        if (got < 0 && errno == EIO) {
            memset(page, 0, sizeof page); /* a bad sector: the rest is what we came for */
            got = PAGE;
        }
        if (got < 0) {
            code = failed("read", from, error);
        } else if (got > 0 && !write_at(out, page, (size_t)got, at)) {
            code = failed("written", to, error);
        }
        at += got;
    }
    (void)close(in);
    if (out >= 0) {
        (void)close(out);
    }
    return code;
}

/* Frames of an earlier round of the log have other salts, and are older than the database. */
static bool find_salts(int log, unsigned char salts[8]) {
    unsigned char header[LOG_HEADER];
    unsigned char first[FRAME_HEADER];
    unsigned char second[FRAME_HEADER];
    if (pread(log, header, sizeof header, 0) != (ssize_t)sizeof header ||
        pread(log, first, sizeof first, LOG_HEADER) != (ssize_t)sizeof first) {
        return false;
    }
    memcpy(salts, header + 16, 8);
    bool two = pread(log, second, sizeof second, LOG_HEADER + FRAME) == (ssize_t)sizeof second;
    if (two && memcmp(first + 8, second + 8, 8) == 0) {
        memcpy(salts, first + 8, 8); /* two against one: the header may be what is damaged */
    }
    return true;
}

static jirasend_code lay_over(int database, int log, int64_t pages, jirasend_error *error) {
    unsigned char salts[8];
    unsigned char frame[FRAME];
    if (!find_salts(log, salts)) {
        return JIRASEND_OK;
    }
    struct stat facts;
    pages += fstat(log, &facts) == 0 ? facts.st_size / FRAME : 0; /* no frame adds more than one */
    for (int64_t at = LOG_HEADER;; at += FRAME) {
        ssize_t got = pread(log, frame, sizeof frame, (off_t)at);
        if (got != (ssize_t)sizeof frame) {
            return JIRASEND_OK; /* torn: the last commit was not confirmed to anybody */
        }
        int64_t page = number_at(frame);
        if (memcmp(frame + 8, salts, sizeof salts) == 0 && page >= 1 && page <= pages &&
            !write_at(database, frame + FRAME_HEADER, PAGE, (page - 1) * PAGE)) {
            return js_fail(error, JIRASEND_E_STORAGE, "The copy cannot be written: %s.",
                           strerror(errno));
        }
    }
}

/* All of our databases begin alike, so the fixed part can be written again. */
static bool mend_header(int database, bool has_journal) {
    static const char magic[16] = "SQLite format 3";
    unsigned char head[100];
    struct stat facts;
    if (fstat(database, &facts) != 0 || pread(database, head, sizeof head, 0) != sizeof head) {
        return true; /* too short to hold anything: reading will tell */
    }
    if (has_journal) {
        return true; /* SQLite takes back the interrupted write first, and needs it as it was */
    }
    memcpy(head, magic, sizeof magic);
    head[16] = PAGE >> 8;
    head[17] = 0;
    head[18] = 1; /* no write-ahead log: it has been laid over */
    head[19] = 1;
    head[20] = 0;
    head[21] = 64;
    head[22] = 32;
    head[23] = 32;
    put_number(head + 28, (uint32_t)(facts.st_size / PAGE));
    memcpy(head + 92, head + 24, 4); /* that size is valid */
    put_number(head + 44, 4);
    put_number(head + 56, 1);
    return write_at(database, head, sizeof head, 0);
}

static jirasend_code copy_log(const char *log_path, const char *to, bool has_journal, bool *there,
                              jirasend_error *error) {
    int database = open(to, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int log = open(log_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat facts;
    jirasend_code code = JIRASEND_OK;
    *there = log >= 0;
    if (database < 0 || fstat(database, &facts) != 0) {
        code = failed("written", to, error);
    } else if (log < 0 && errno != ENOENT) {
        code = failed("opened", log_path, error);
    } else if (log >= 0) {
        code = lay_over(database, log, facts.st_size / PAGE, error);
    }
    if (code == JIRASEND_OK && !mend_header(database, has_journal)) {
        code = failed("written", to, error);
    }
    if (log >= 0) {
        (void)close(log);
    }
    if (database >= 0) {
        (void)close(database);
    }
    return code;
}

jirasend_code js_salvage_copy(const char *from, const char *to, jirasend_error *error) {
    char source[PATH];
    char target[PATH];
    bool has_database = false;
    bool has_journal = false;
    bool has_log = false;
    (void)snprintf(source, sizeof source, "%.500s/" JS_DATABASE_NAME, from);
    (void)snprintf(target, sizeof target, "%.500s/" JS_DATABASE_NAME, to);
    jirasend_code code = copy_file(source, target, &has_database, error);
    if (code == JIRASEND_OK && has_database) {
        (void)snprintf(source, sizeof source, "%.500s/" JS_DATABASE_NAME "-journal", from);
        (void)snprintf(target, sizeof target, "%.500s/" JS_DATABASE_NAME "-journal", to);
        code = copy_file(source, target, &has_journal, error);
    }
    (void)snprintf(source, sizeof source, "%.500s/" JS_DATABASE_NAME "-wal", from);
    (void)snprintf(target, sizeof target, "%.500s/" JS_DATABASE_NAME, to);
    if (code == JIRASEND_OK && !has_database && access(source, F_OK) == 0) {
        code = js_salvage_empty(target, error);
    }
    if (code == JIRASEND_OK) {
        code = copy_log(source, target, has_journal, &has_log, error);
    }
    if (code == JIRASEND_OK && !has_database && !has_log) {
        return js_fail(error, JIRASEND_E_NOT_FOUND,
                       "There is no outbox in %.300s: it holds no " JS_DATABASE_NAME ".", from);
    }
    return code;
}
