/*
 * Runs commands in turn, A B C A B C ..., and prints what the system says each run took:
 *
 *     runner ROUNDS -- [NAME=VALUE ...] [<FILE] COMMAND [ARG ...] -- ...
 *     runner --once -- ...      one round, and none before it that warms up
 *
 * One line a run: command, round, wall ns, CPU us, peak KiB, exit code. "%r" in an argument or a
 * value becomes the round's number, <FILE is the standard input. A small program of its own, because a child's peak memory
 * cannot read below that of whoever started it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 256, COMMANDS_MAX = 64, FAILED = 127 };

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t us_of(struct timeval value) {
    return (int64_t)value.tv_sec * 1000000 + value.tv_usec;
}

static char *with_round(const char *text, int round) {
    const char *mark = strstr(text, "%r");
    size_t size = strlen(text) + 12;
    char *made = malloc(size);
    if (made == NULL) {
        _exit(FAILED);
    }
    if (mark == NULL) {
        (void)snprintf(made, size, "%s", text);
    } else {
        (void)snprintf(made, size, "%.*s%d%s", (int)(mark - text), text, round, mark + 2);
    }
    return made;
}

static void stand_in(const char *file, int flags, int fd) {
    int opened = open(file, flags, 0600);
    if (opened < 0 || dup2(opened, fd) < 0) {
        _exit(FAILED);
    }
    (void)close(opened);
}

static void become(char **arguments, int count, int round) {
    char *made[ARGUMENTS_MAX];
    int first = 0;
    stand_in("/dev/null", O_RDONLY, 0);
    /* Not /dev/null: grep looks for that, and then no further than the first match. */
    stand_in("runner.output", O_WRONLY | O_CREAT | O_TRUNC, 1);
    stand_in("/dev/null", O_WRONLY, 2);
    for (; first < count; first++) {
        if (arguments[first][0] == '<') {
            stand_in(arguments[first] + 1, O_RDONLY, 0);
        } else if (strchr(arguments[first], '=') != NULL) {
            (void)putenv(with_round(arguments[first], round));
        } else {
            break;
        }
    }
    int length = 0;
    for (int i = first; i < count; i++) {
        made[length++] = with_round(arguments[i], round);
    }
    made[length] = NULL;
    if (length > 0) {
        (void)execvp(made[0], made);
    }
    _exit(FAILED);
}

static bool run(int command, char **arguments, int count, int round) {
    /* To let go of megabytes that the one before has written takes time that is not this one's. */
    (void)unlink("runner.output");
    int64_t start = now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        become(arguments, count, round);
    }
    int status = 0;
    struct rusage used;
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid) {
        perror("runner");
        return false;
    }
    int64_t wall = now_ns() - start;
    (void)printf("%d %d %" PRId64 " %" PRId64 " %ld %d\n", command, round, wall,
                 us_of(used.ru_utime) + us_of(used.ru_stime), used.ru_maxrss,
                 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return true;
}

int main(int argc, char **argv) {
    int starts[COMMANDS_MAX], counts[COMMANDS_MAX], commands = 0;
    bool single = argc > 1 && strcmp(argv[1], "--once") == 0;
    int rounds = single ? 1 : argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            if (commands == COMMANDS_MAX) {
                (void)fprintf(stderr, "runner: more than %d commands\n", (int)COMMANDS_MAX);
                return 64;
            }
            starts[commands] = i + 1;
            counts[commands++] = 0;
        } else if (commands > 0 && ++counts[commands - 1] >= ARGUMENTS_MAX) {
            commands = 0;
            break;
        }
    }
    if (rounds < 1 || commands == 0) {
        (void)fprintf(stderr, "runner ROUNDS -- [NAME=VALUE ...] COMMAND [ARG ...] -- ...\n");
        return 64;
    }
    /* The first round warms the caches: it has the number 0. */
    for (int round = single ? 1 : 0; round <= rounds; round++) {
        for (int command = 0; command < commands; command++) {
            if (!run(command, argv + starts[command], counts[command], round)) {
                return 70;
            }
        }
        (void)fflush(stdout);
    }
    return 0;
}
