/* Reading small files whole, and judging who else may read them. */
#include "relay/life/file.h"

#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_MS = 5000 };

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* Secrets of Docker and Kubernetes are readable by all inside their container. */
static bool in_container_place(const char *real) {
    return starts_with(real, "/run/secrets/") || starts_with(real, "/var/run/secrets/");
}

/* A folder on the way that others may not pass keeps them from the file, whatever its mode. */
static bool out_of_reach(const char *real) {
    char path[4096];
    size_t length = strlen(real);
    if (length >= sizeof path) {
        return false;
    }
    memcpy(path, real, length + 1);
    for (char *slash = strrchr(path, '/'); slash != NULL && slash != path;
         slash = strrchr(path, '/')) {
        struct stat folder;
        *slash = '\0';
        if (stat(path, &folder) == 0 && (folder.st_mode & S_IXOTH) == 0) {
            return true;
        }
    }
    return false;
}

static jirasend_code judge_mode(const char *path, const struct stat *status,
                                jirasend_error *error) {
    if (!S_ISREG(status->st_mode) || (status->st_mode & S_IROTH) == 0) {
        return JIRASEND_OK;
    }
    char *real = realpath(path, NULL);
    bool fine = real != NULL && (in_container_place(real) || out_of_reach(real));
    free(real);
    return fine ? JIRASEND_OK
                : js_fail(error, JIRASEND_E_ARGUMENT,
                          "The secret file %s can be read by everybody; run: chmod o-r %s", path,
                          path);
}

static jirasend_code read_all(int fd, const char *path, js_buf *content, jirasend_error *error) {
    char piece[16384];
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return js_fail(error, JIRASEND_E_FILE, "Cannot read %s: %s.", path, strerror(errno));
        }
        if (got == 0) {
            js_wipe(piece, sizeof piece);
            return JIRASEND_OK;
        }
        js_buf_add(content, piece, (size_t)got);
        if (content->failed) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "%s is larger than %d KiB.", path,
                           RL_FILE_MAX / 1024);
        }
    }
}

static jirasend_code keep(js_secret *out, js_buf *content, const char *path, bool secret,
                          jirasend_error *error) {
    size_t length = content->length;
    while (secret && length > 0 && strchr(" \t\r\n", content->data[length - 1]) != NULL) {
        length--;
    }
    if (secret && length == 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The secret file %s is empty.", path);
    }
    if (secret && memchr(content->data, '\0', length) != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The secret file %s contains a NUL byte.", path);
    }
    return js_secret_set(out, length > 0 ? content->data : "", length) ? JIRASEND_OK
                                                                       : js_fail_memory(error);
}

/* A pipe that nobody writes to would keep us for ever. */
static jirasend_code wait_for_writer(int fd, const struct stat *status, const char *path,
                                     jirasend_error *error) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (S_ISFIFO(status->st_mode) && poll(&ready, 1, PIPE_MS) == 0) {
        return js_fail(error, JIRASEND_E_FILE, "%s is a pipe, and nobody writes to it.", path);
    }
    return fcntl(fd, F_SETFL, 0) == 0
               ? JIRASEND_OK
               : js_fail(error, JIRASEND_E_FILE, "Cannot read %s: %s.", path, strerror(errno));
}

jirasend_code rl_file_read(js_secret *out, const char *path, bool secret, jirasend_error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return js_fail(error, JIRASEND_E_FILE, "Cannot read %s: %s.", path, strerror(errno));
    }
    js_buf content = {.max = RL_FILE_MAX, .secret = true};
    struct stat status;
    jirasend_code code = JIRASEND_OK;
    if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
        code = js_fail(error, JIRASEND_E_FILE, "%s is not a file.", path);
    }
    if (code == JIRASEND_OK) {
        code = wait_for_writer(fd, &status, path, error);
    }
    if (code == JIRASEND_OK && secret) {
        code = judge_mode(path, &status, error);
    }
    if (code == JIRASEND_OK) {
        code = read_all(fd, path, &content, error);
    }
    if (code == JIRASEND_OK) {
        code = keep(out, &content, path, secret, error);
    }
    js_buf_clear(&content);
    (void)close(fd);
    return code;
}
