/* The child process of `jirasend run`. */
#include "cli/run_command.h"

#include "base/world.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

/* main() ignores two of these, and SIGCHLD has to be there for waiting. */
static const int changed[] = {SIGPIPE, SIGXFSZ, SIGCHLD};
enum { CHANGED = sizeof(changed) / sizeof(changed[0]) };

static struct sigaction before[CHANGED];
static sigset_t mask_before;
static char **variables;

void cli_command_remember(void) {
    for (int i = 0; i < CHANGED; i++) {
        sigaction(changed[i], NULL, &before[i]);
    }
    sigprocmask(SIG_SETMASK, NULL, &mask_before);
    size_t count = 0, kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    variables = calloc(count + 1, sizeof(*variables));
    static const char *const secrets[] = {"JIRASEND_CLIENT_SECRET=", "JIRASEND_RELAY_TOKEN="};
    for (size_t i = 0; variables != NULL && i < count; i++) {
        bool is_secret = false;
        for (size_t k = 0; k < sizeof(secrets) / sizeof(secrets[0]); k++) {
            is_secret |= strncmp(environ[i], secrets[k], strlen(secrets[k])) == 0;
        }
        if (!is_secret) {
            variables[kept++] = environ[i];
        }
    }
}

bool cli_command_watch_signals(cli_command *command) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    memset(command, 0, sizeof(*command));
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        struct sigaction now;
        /* What nohup or a background shell told us to ignore stays ignored. */
        if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaddset(&watched, ending[i]);
        }
    }
    signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit status away */
    command->signal_fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    return command->signal_fd >= 0 && sigprocmask(SIG_BLOCK, &watched, NULL) == 0;
}

/* In the child: never returns. */
static void become(char *const arguments[], int report) {
    for (int i = 0; i < CHANGED; i++) {
        sigaction(changed[i], &before[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    execvpe(arguments[0], arguments, variables);
    int why = errno;
    ssize_t written = write(report, &why, sizeof(why));
    (void)written; /* our parent is there as long as the pipe is */
    _exit(NOT_FOUND);
}

static void not_started(cli_command *command, const char *name, int why) {
    cli_fail("'%s' cannot be started: %s.", name, strerror(why));
    command->pid = 0;
    command->status = why == ENOENT || why == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

void cli_command_start(cli_command *command, char *const arguments[]) {
    int report[2];
    if (variables == NULL || pipe2(report, O_CLOEXEC) != 0) {
        not_started(command, arguments[0], variables == NULL ? ENOMEM : errno);
        return;
    }
    command->pid = fork();
    if (command->pid == 0) {
        become(arguments, report[1]);
    }
    int why = command->pid < 0 ? errno : 0;
    close(report[1]);
    if (command->pid > 0) {
        ssize_t length;
        do { /* its end closes the pipe, and so does a start that worked */
            length = read(report[0], &why, sizeof(why));
        } while (length < 0 && errno == EINTR);
        if (length > 0) {
            waitpid(command->pid, NULL, 0);
        }
    }
    close(report[0]);
    if (why != 0) {
        not_started(command, arguments[0], why);
    }
}

static bool take_end(cli_command *command) {
    int status = 0;
    if (waitpid(command->pid, &status, WNOHANG) != command->pid) {
        return false;
    }
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    command->status = number != 0 ? BY_SIGNAL + number : WEXITSTATUS(status);
    command->by_interrupt =
        number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
    return true;
}

/* The next signal that is not of a child; 0: none waits. */
static int next_signal(const cli_command *command, bool *by_terminal) {
    struct signalfd_siginfo info;
    while (read(command->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo != SIGCHLD) {
            *by_terminal = info.ssi_code == SI_KERNEL;
            return (int)info.ssi_signo;
        }
    }
    return 0;
}

void cli_command_wait(cli_command *command) {
    struct pollfd fd = {.fd = command->signal_fd, .events = POLLIN};
    while (command->pid > 0 && !take_end(command)) {
        (void)poll(&fd, 1, -1);
        bool by_terminal = false;
        for (int number = next_signal(command, &by_terminal); number != 0;
             number = next_signal(command, &by_terminal)) {
            command->interrupted = true;
            if (!by_terminal) { /* which sends it to the whole group, the command included */
                kill(command->pid, number);
            }
        }
    }
}

bool cli_command_wait_for(cli_command *command, int fd, int ms) {
    int64_t until = js_monotonic_ms() + ms;
    for (;;) {
        int64_t left = until - js_monotonic_ms();
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                                {.fd = command->signal_fd, .events = POLLIN}};
        if (left <= 0 || (poll(fds, 2, (int)left) > 0 && fds[0].revents != 0)) {
            return true;
        }
        bool by_terminal = false;
        if (next_signal(command, &by_terminal) != 0) {
            return false;
        }
    }
}
