/* Where the client secret comes from. */
#include "cli/secret.h"

#include "base/buf.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX = 64 * 1024 };

/* A name that climbs up again, /run/secrets/../../tmp/x, is not below. */
static bool below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/' &&
           strstr(path + length, "/../") == NULL;
}

/* Whether some folder above the file keeps everybody else out. */
static bool unreachable(const char *path) {
    char folder[PATH_MAX];
    if (strlen(path) >= sizeof(folder) || path[0] != '/') {
        return false;
    }
    strcpy(folder, path);
    for (char *slash = strrchr(folder, '/'); slash != NULL; slash = strrchr(folder, '/')) {
        slash[slash == folder] = '\0';
        struct stat status;
        if (stat(folder, &status) == 0 && (status.st_mode & S_IXOTH) == 0) {
            return true;
        }
        if (slash == folder) {
            break;
        }
    }
    return false;
}

/* Where the descriptor really leads, whatever links the name went through. */
static void real_path(int fd, const char *given, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length > 0 && path[0] == '/') {
        path[length] = '\0';
    } else if (realpath(given, path) == NULL) {
        path[0] = '\0';
    }
}

/* Only the owner and the group may read the secret; checked on what was opened, not on a name. */
static int check_mode(const cli_options *options, int fd, const char *given, cli_option option) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & (S_IROTH | S_IWOTH)) == 0) {
        return CLI_OK;
    }
    const char *what = (status.st_mode & S_IROTH) != 0 ? "read" : "changed";
    char path[PATH_MAX];
    real_path(fd, given, path);
    bool provided = below(given, "/run/secrets") || below(given, "/var/run/secrets") ||
                    below(path, "/run/secrets") || below(path, "/var/run/secrets");
    if (provided || cli_environment("GITLAB_CI") != NULL || unreachable(path)) {
        cli_note("Warning: the secret file '%s' may be %s by everybody on this machine who "
                 "reaches it.",
                 given, what);
        return CLI_OK;
    }
    const char *name = cli_option_spec_of(option)->name;
    bool taken = cli_standard_input_taken(options);
    cli_fail("The secret file '%s' (%s) may be %s by everybody on this machine. Run `chmod 600 "
             "%s`%s%s%s.",
             given, cli_origin(options, option), what, given,
             taken ? "" : ", or hand the secret over on standard input with --", taken ? "" : name,
             taken ? "" : " -");
    return CLI_NO_PERMISSION;
}

static int read_file(const cli_options *options, const char *path, cli_option option,
                     js_buf *content) {
    const char *origin = cli_origin(options, option);
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int flags = standard ? fcntl(fd, F_GETFL) : 0;
    if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY) {
        cli_fail("Standard input is closed: there is no secret to read from it (%s).", origin);
        return CLI_NO_INPUT;
    }
    if (fd < 0) {
        cli_fail("The secret file '%s' (%s) cannot be opened: %s.", path, origin, strerror(errno));
        return CLI_NO_INPUT;
    }
    int code = standard ? CLI_OK : check_mode(options, fd, path, option);
    char part[4096];
    while (code == CLI_OK && !content->failed) {
        ssize_t length = js_read(fd, part, sizeof(part));
        if (length < 0) {
            cli_fail("The secret file '%s' (%s) cannot be read: %s.", path, origin,
                     strerror(errno));
            code = errno == EISDIR || errno == EBADF ? CLI_NO_INPUT : CLI_IO;
        }
        if (length <= 0) {
            break;
        }
        js_buf_add(content, part, (size_t)length);
    }
    js_wipe(part, sizeof(part));
    if (!standard) {
        close(fd);
    }
    if (code == CLI_OK && content->failed) {
        code = cli_usage("The secret (%s) is longer than %d bytes.", origin, SECRET_MAX);
    }
    return code;
}

static int check(const js_buf *content, size_t length, const char *origin) {
    if (length == 0) {
        return cli_usage("The secret (%s) is empty.", origin);
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)content->data[i];
        if (c < 0x20 || c == 0x7f) {
            return cli_usage("The secret (%s) contains %s; it must be one line of text.", origin,
                             c == '\n' ? "more than one line" : "a control character");
        }
    }
    if (!js_utf8_valid(content->data, length)) {
        return cli_usage("The secret (%s) is not valid UTF-8.", origin);
    }
    return CLI_OK;
}

/* Some editors put a byte-order mark before everything. */
static void cut_mark(js_buf *content) {
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t length = sizeof(mark) - 1;
    if (content->length >= length && memcmp(content->data, mark, length) == 0) {
        content->length -= length;
        memmove(content->data, content->data + length, content->length + 1);
    }
}

/* Where a secret may come from. */
typedef struct source {
    cli_option file;
    const char *variable;
    const char *what; /* the words of the sentence when it is missing */
    const char *others;
} source;

static const source of_jira = {CLI_SECRET_FILE, "JIRASEND_CLIENT_SECRET", "client secret",
                               "or set JIRASEND_CLIENT_SECRET_FILE or JIRASEND_CLIENT_SECRET."};
static const source of_relay = {CLI_RELAY_TOKEN_FILE, "JIRASEND_RELAY_TOKEN", "token for the relay",
                                "set JIRASEND_RELAY_TOKEN_FILE or JIRASEND_RELAY_TOKEN, or give "
                                "--relay-certificate and --relay-key. In GitHub Actions the job's "
                                "ID token is used where it has `permissions: id-token: write`."};

/* A variable of its own it has not: what connects to databases is left lying in environments. */
static const source of_outbox = {CLI_OUTBOX_PASSWORD, NULL, NULL, NULL};

static void forget(const char *name) {
    char *variable = getenv(name);
    if (variable != NULL) {
        js_wipe(variable, strlen(variable)); /* /proc shows the first environment forever */
        unsetenv(name);
    }
}

void cli_secret_forget(void) {
    forget(of_jira.variable);
    forget(of_relay.variable);
}

/* The copy is in our memory alone: /proc shows what we were started with. */
static bool hide(const char *name) {
    char *variable = getenv(name);
    char *copy = variable != NULL ? js_copy(variable) : NULL;
    bool hidden = variable == NULL || (copy != NULL && setenv(name, copy, 1) == 0);
    if (variable != NULL) {
        js_wipe(variable, strlen(variable));
    }
    if (copy != NULL) {
        js_wipe(copy, strlen(copy));
    }
    free(copy);
    return hidden;
}

bool cli_secret_hide(void) {
    bool hidden = hide(of_jira.variable);
    return hide(of_relay.variable) && hidden;
}

cli_option cli_secret_option(const cli_options *options) {
    return cli_value(options, CLI_RELAY) != NULL ? CLI_RELAY_TOKEN_FILE : CLI_SECRET_FILE;
}

/* The file that counts; null: the variable does, or there is neither. */
static const char *file_of(const cli_options *options, const source *from) {
    const char *file = cli_value(options, from->file);
    /* variables beat the settings file */
    bool beaten = from->variable != NULL && file == options->settled[from->file] &&
                  cli_environment(from->variable) != NULL;
    return beaten ? NULL : file;
}

bool cli_secret_has_relay_token(const cli_options *options) {
    return file_of(options, &of_relay) != NULL || cli_environment(of_relay.variable) != NULL;
}

static int read_from(const cli_options *options, const source *from, js_secret *secret) {
    js_buf content = JS_BUF_INIT;
    content.max = SECRET_MAX;
    content.secret = true;
    const char *origin = from->variable;
    const char *file = file_of(options, from);
    const char *variable = from->variable != NULL ? cli_environment(from->variable) : NULL;
    int code = CLI_OK;
    if (file != NULL) {
        origin = cli_origin(options, from->file);
        code = read_file(options, file, from->file, &content);
    } else if (variable != NULL) {
        js_buf_add_text(&content, variable);
        code = content.failed ? cli_usage("The secret (%s) is too long.", origin) : CLI_OK;
    } else {
        code = cli_usage("There is no %s. Give --%s FILE%s, %s", from->what,
                         cli_option_spec_of(from->file)->name,
                         cli_standard_input_taken(options) ? "" : " (- is standard input)",
                         from->others);
    }
    if (from->variable != NULL) { /* else the others are still to be read */
        cli_secret_forget();
    }
    cut_mark(&content);
    size_t length = content.length;
    if (code == CLI_OK && length > 0 && content.data[length - 1] == '\n') {
        length--;
        length -= length > 0 && content.data[length - 1] == '\r';
    }
    code = code == CLI_OK ? check(&content, length, origin) : code;
    if (code == CLI_OK && !js_secret_set(secret, content.data, length)) {
        code = cli_no_memory();
    }
    js_buf_clear(&content);
    return code;
}

int cli_secret_read(const cli_options *options, js_secret *secret) {
    return read_from(options, &of_jira, secret);
}

/* Standard input is read once, and an outbox is opened twice where its history is asked before something is stored. */
static js_secret from_standard_input = JS_SECRET_INIT;

static void wipe_standard_input(void) {
    js_secret_wipe(&from_standard_input);
}

int cli_secret_read_outbox_password(const cli_options *options, js_secret *secret) {
    const char *file = file_of(options, &of_outbox);
    bool once = file != NULL && strcmp(file, "-") == 0;
    if (once && from_standard_input.length > 0) {
        return js_secret_set(secret, from_standard_input.text, from_standard_input.length)
                   ? CLI_OK
                   : cli_no_memory();
    }
    int code = file != NULL ? read_from(options, &of_outbox, secret) : CLI_OK;
    if (code == CLI_OK && once && atexit(wipe_standard_input) == 0 &&
        !js_secret_set(&from_standard_input, secret->text, secret->length)) {
        code = cli_no_memory();
    }
    return code;
}

int cli_secret_read_relay_token(const cli_options *options, js_secret *secret) {
    return read_from(options, &of_relay, secret);
}
