#include "postgres_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOBODY = 65534, WAIT_STEPS = 600, STEP_NS = 50 * 1000 * 1000 };

static char folder[256], bin[128], base_address[256];
static pid_t server;
static int port;
static bool tried, usable;

static bool find_programs(void) {
    for (int version = 18; version >= 13; version--) {
        char path[160];
        (void)snprintf(bin, sizeof bin, "/usr/lib/postgresql/%d/bin", version);
        (void)snprintf(path, sizeof path, "%.120s/initdb", bin);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

static int free_port(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int found = 0;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &size) == 0) {
        found = ntohs(at.sin_port);
    }
    (void)close(fd);
    return found;
}

/* PostgreSQL refuses root. */
static void become_ordinary(void) {
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
        _exit(126);
    }
}

/* Its output goes to a file in the folder. */
static pid_t start(char *const arguments[], bool dies_with_us) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) {
        return child;
    }
    become_ordinary();
    if (dies_with_us && (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0 || getppid() != parent)) {
        _exit(126);
    }
    char log[300];
    (void)snprintf(log, sizeof log, "%s/log", folder);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(out, STDERR_FILENO);
    if (chdir(folder) == 0) {
        (void)execv(arguments[0], arguments);
    }
    _exit(127);
}

static bool run(char *const arguments[]) {
    int status = -1;
    pid_t child = start(arguments, false);
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool init_cluster(void) {
    char program[160];
    char data[300];
    (void)snprintf(program, sizeof program, "%s/initdb", bin);
    (void)snprintf(data, sizeof data, "%s/data", folder);
    char *arguments[] = {program, "-D", data,   "-U",         "jirasend",  "-A",
                         "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
                         NULL};
    return run(arguments);
}

static bool answers(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    (void)close(fd);
    return good;
}

static bool start_server(void) {
    char program[160];
    char data[300];
    char number[16];
    char sockets[320];
    (void)snprintf(program, sizeof program, "%s/postgres", bin);
    (void)snprintf(data, sizeof data, "%s/data", folder);
    (void)snprintf(number, sizeof number, "%d", port);
    (void)snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", folder);
    char *arguments[] = {program,
                         "-D",
                         data,
                         "-p",
                         number,
                         "-c",
                         "listen_addresses=127.0.0.1",
                         "-c",
                         sockets,
                         "-c",
                         "shared_buffers=32MB",
                         "-c",
                         "max_connections=60",
                         "-c",
                         "fsync=off",
                         "-c",
                         "full_page_writes=off",
                         NULL};
    const struct timespec step = {0, STEP_NS};
    server = start(arguments, true);
    for (int i = 0; i < WAIT_STEPS && server > 0; i++) {
        if (waitpid(server, NULL, WNOHANG) == server) {
            server = 0;
        } else if (answers()) {
            return true;
        }
        (void)nanosleep(&step, NULL);
    }
    return false;
}

static void show_log(void) {
    char log[300];
    char line[512];
    (void)snprintf(log, sizeof log, "%s/log", folder);
    FILE *file = fopen(log, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        (void)fputs(line, stderr);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static bool start_own(void) {
    const char *where = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%.100s/jirasend-postgres-XXXXXX",
                   where == NULL ? "/tmp" : where);
    if (!find_programs() || mkdtemp(folder) == NULL ||
        (geteuid() == 0 && chown(folder, NOBODY, NOBODY) != 0)) {
        return false;
    }
    port = free_port();
    (void)snprintf(base_address, sizeof base_address, "postgresql://jirasend@127.0.0.1:%d/postgres",
                   port);
    (void)atexit(postgres_server_stop);
    if (init_cluster() && start_server()) {
        return true;
    }
    show_log();
    return false;
}

bool postgres_server_start(void) {
    if (tried) {
        return usable;
    }
    tried = true;
    const char *given = getenv("JIRASEND_TEST_POSTGRES");
    if (given != NULL && given[0] != '\0') {
        (void)snprintf(base_address, sizeof base_address, "%.250s", given);
        usable = true;
    } else {
        usable = start_own();
    }
    if (!usable) {
        (void)fprintf(stderr,
                      "There is no PostgreSQL server for the tests; script/bootstrap --tests "
                      "installs one.\n");
    }
    return usable;
}

void postgres_server_kill(void) {
    if (server > 0) {
        (void)kill(server, SIGKILL);
        (void)waitpid(server, NULL, 0);
    }
    server = 0;
}

/* The others of a killed server end by themselves; until then it does not start. */
void postgres_server_restart(void) {
    const struct timespec pause = {0, 200 * 1000 * 1000};
    for (int i = 0; i < 50 && server == 0; i++) {
        (void)nanosleep(&pause, NULL);
        if (start_server()) {
            return;
        }
    }
}

int postgres_server_pid(void) {
    return (int)server;
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *walk) {
    (void)facts;
    (void)type;
    (void)walk;
    return remove(path);
}

void postgres_server_stop(void) {
    if (server > 0) {
        (void)kill(server, SIGINT);
        (void)waitpid(server, NULL, 0);
        server = 0;
    }
    if (folder[0] != '\0') {
        (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        folder[0] = '\0';
    }
}

void postgres_server_address(char *out, size_t size, const char *schema) {
    (void)snprintf(out, size, "%.250s?schema=%.63s", base_address, schema);
}

void postgres_server_sql(const char *sql) {
    char program[160];
    if (bin[0] == '\0') {
        (void)find_programs();
    }
    (void)snprintf(program, sizeof program, "%s/psql", bin);
    pid_t child = fork();
    if (child == 0) {
        (void)execl(program, program, base_address, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o",
                    "/dev/null", "-c", sql, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (waitpid(child, &status, 0) != child || status != 0) {
        (void)fprintf(stderr, "psql failed: %s\n", sql);
        abort();
    }
}
