/* Starts git in an environment where only the repository decides what it prints. */
#include "cli/git_process.h"

#include "cli/exit_code.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* More than git ever says; a repository made to be talked about endlessly must not fill memory. */
enum { WORDS_MAX = 64 * 1024, WORDS_SHOWN = 300 };

/*
 * Before the verb. Plumbing reads few settings; these are those that it does read, and those that
 * would let it go to the network for objects that a partial clone lacks.
 */
static const char *const first_arguments[] = {
    "git",
    "--no-pager",
    "--no-replace-objects",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "color.ui=false",
    "-c",
    "i18n.logOutputEncoding=UTF-8",
    "-c",
    "protocol.allow=never",
};
enum { FIRST_ARGUMENTS = sizeof(first_arguments) / sizeof(first_arguments[0]), ARGUMENTS_MAX = 64 };

/* Variables that change what git prints or does, and those that are none of its business. */
static const char *const dropped[] = {
    "GIT_TRACE",        "GIT_TR2",   "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS",
    "GIT_GRAFT_FILE",   "GIT_PAGER", "GIT_CURL_VERBOSE",  "GIT_NO_REPLACE_OBJECTS",
    "GIT_REF_PARANOIA", "GIT_FLUSH", "GIT_NOTES_REF",     "LC_ALL",
    "LANGUAGE",         "LANG",      "JIRASEND_",
};

/*
 * Old versions do not know every one of them, which does no harm. Git would flush what it prints after
 * each commit; the mark at the end of a batch is flushed all the same.
 */
static const char *const added[] = {"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0",
                                    "GIT_NO_LAZY_FETCH=1", "GIT_FLUSH=0"};

static bool is_dropped(const char *variable) {
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
        if (strncmp(variable, dropped[i], strlen(dropped[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The variables of the child; the texts belong to others, the list is freed. */
static char **make_environment(void) {
    size_t count = 0, more = sizeof(added) / sizeof(added[0]), used = 0;
    while (environ != NULL && environ[count] != NULL) {
        count++;
    }
    char **list = calloc(count + more + 1, sizeof(*list));
    if (list == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_dropped(environ[i])) {
            list[used++] = environ[i];
        }
    }
    for (size_t i = 0; i < more; i++) {
        list[used++] = (char *)(uintptr_t)added[i];
    }
    return list;
}

/* A file in memory that cannot grow beyond its bound, so that git never waits for its reader. */
static int open_words(void) {
    int fd = memfd_create("git", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, WORDS_MAX) != 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

typedef struct pipes {
    int in[2], out[2], words;
} pipes;

static void close_pair(int pair[2]) {
    for (int i = 0; i < 2; i++) {
        if (pair[i] >= 0) {
            close(pair[i]);
            pair[i] = -1;
        }
    }
}

static bool open_pipes(pipes *all, bool input) {
    all->in[0] = all->in[1] = all->out[0] = all->out[1] = -1;
    all->words = open_words();
    bool good = all->words >= 0 && pipe2(all->out, O_CLOEXEC) == 0;
    if (good && input) {
        good = pipe2(all->in, O_CLOEXEC) == 0;
    } else if (good) {
        all->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        good = all->in[0] >= 0;
    }
    return good;
}

/* Our own signals are blocked for a thread that waits for them; the child's are as a shell has them. */
static int spawn(const pipes *all, char **arguments, char **environment, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    const int ends[3] = {all->in[0], all->out[1], all->words};
    for (int fd = 0; fd < 3 && failed == 0; fd++) {
        failed = posix_spawn_file_actions_adddup2(&actions, ends[fd], fd);
    }
    failed = failed != 0 ? failed : posix_spawnattr_setsigmask(&attributes, &none);
    failed = failed != 0 ? failed : posix_spawnattr_setsigdefault(&attributes, &defaults);
    failed = failed != 0 ? failed
                         : posix_spawnattr_setflags(&attributes,
                                                    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (failed == 0) {
        failed = posix_spawnp(pid, "git", &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int say_not_started(int failed) {
    if (failed == ENOENT || failed == EACCES) {
        cli_fail("The program git cannot be started: %s. Install git, or put its folder into PATH.",
                 strerror(failed));
        return CLI_NO_INPUT;
    }
    if (failed == ENOMEM) {
        return cli_no_memory();
    }
    cli_fail("The program git cannot be started: %s.", strerror(failed));
    return CLI_SOFTWARE;
}

int git_start(git_process *process, const char *const *arguments, bool input) {
    *process = (git_process)GIT_PROCESS_INIT;
    char *all[FIRST_ARGUMENTS + ARGUMENTS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < FIRST_ARGUMENTS; i++) {
        all[count++] = (char *)(uintptr_t)first_arguments[i];
    }
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++) {
        all[count++] = (char *)(uintptr_t)arguments[i];
    }
    all[count] = NULL;
    char **environment = make_environment();
    pipes ends;
    pid_t pid = 0;
    int failed = 0;
    if (!open_pipes(&ends, input)) {
        failed = errno;
    } else {
        failed = environment != NULL ? spawn(&ends, all, environment, &pid) : ENOMEM;
    }
    free(environment);
    if (failed != 0) {
        close_pair(ends.in);
        close_pair(ends.out);
        if (ends.words >= 0) {
            close(ends.words);
        }
        return say_not_started(failed);
    }
    close(ends.in[0]);
    close(ends.out[1]);
    process->pid = pid;
    process->in = ends.in[1];
    process->out.fd = ends.out[0];
    process->words = ends.words;
    return CLI_OK;
}

bool git_write(const git_process *process, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(process->in, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

size_t git_input_capacity(const git_process *process) {
    enum { LEAST = 4096 }; /* every pipe has a page */
    int size = fcntl(process->in, F_GETPIPE_SZ);
    return size > LEAST ? (size_t)size : LEAST;
}

void git_widen_output(const git_process *process) {
    enum { WIDE = 1024 * 1024 }; /* what a user may have */
    (void)fcntl(process->out.fd, F_SETPIPE_SZ, WIDE);
}

void git_close_input(git_process *process) {
    if (process->in >= 0) {
        close(process->in);
        process->in = -1;
    }
}

int git_end(git_process *process, bool killed) {
    git_close_input(process);
    git_stream_free(&process->out);
    if (process->pid == 0) {
        return 0;
    }
    if (killed) {
        kill(process->pid, SIGTERM);
    }
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(process->pid, &status, 0);
    } while (ended < 0 && errno == EINTR);
    process->pid = 0;
    if (ended < 0 || killed) {
        return 0;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void git_words(const git_process *process, js_buf *words) {
    static const char *const labels[] = {"fatal: ", "error: "};
    char text[WORDS_SHOWN + 1];
    ssize_t length = process->words >= 0 ? pread(process->words, text, WORDS_SHOWN, 0) : 0;
    text[length > 0 ? length : 0] = '\0';
    const char *rest = text;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        rest += strncmp(rest, labels[i], strlen(labels[i])) == 0 ? strlen(labels[i]) : 0;
    }
    while (*rest != '\0') {
        rest += strspn(rest, " \t\r\n");
        size_t line = strcspn(rest, "\r\n");
        if (line > 0) {
            js_buf_addf(words, "%s%.*s", words->length > 0 ? " " : "", (int)line, rest);
        }
        rest += line;
    }
    if (words->length == 0) {
        js_buf_add_text(words, "it did not say why");
    }
}

int git_say_failed(const git_process *process, int code) {
    js_buf words = JS_BUF_INIT;
    git_words(process, &words);
    if (words.failed) {
        code = cli_no_memory();
    } else {
        cli_fail("git: %s", words.data);
    }
    js_buf_clear(&words);
    return code;
}

void git_free(git_process *process) {
    (void)git_end(process, true);
    if (process->words >= 0) {
        close(process->words);
        process->words = -1;
    }
}
