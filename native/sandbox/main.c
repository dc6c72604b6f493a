/* jirasend-sandbox: a Jira Cloud on your own machine. */
#include "announce.h"
#include "options.h"
#include "persist.h"
#include "server.h"
#include "tls.h"

#include "base/error.h"
#include "base/place_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static int exit_code(jirasend_code code) {
    switch (code) {
    case JIRASEND_OK:
        return EX_OK;
    case JIRASEND_E_REFUSED:
        return EX_UNAVAILABLE;
    case JIRASEND_E_STORAGE:
        return EX_IOERR;
    case JIRASEND_E_DOCUMENT:
        return EX_DATAERR;
    default:
        return EX_SOFTWARE;
    }
}

/* The signals that end it, as a file that becomes readable. */
static int stop_signals(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static jirasend_code make_data_directory(const char *path, jirasend_error *error) {
    struct stat status;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return js_fail(error, JIRASEND_E_STORAGE, "Cannot make the folder %s: %s.", path,
                       strerror(errno));
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return js_fail(error, JIRASEND_E_STORAGE, "%s is not a folder.", path);
    }
    return JIRASEND_OK;
}

typedef struct program {
    sb_options options;
    sb_sandbox sandbox;
    sb_tls tls;
    int port;
} program;

static jirasend_code prepare(program *self, jirasend_error *error) {
    const sb_options *options = &self->options;
    sb_sandbox *sandbox = &self->sandbox;
    sandbox->world = js_world_system();
    sandbox->site = options->site;
    sandbox->clients = options->clients;
    sandbox->client_count = options->client_count;
    sandbox->known_keys = &options->known_keys;
    sandbox->token_lifetime_s = options->token_lifetime_s;
    sandbox->delay_ms = options->delay_ms;
    sandbox->eventually_ms = options->eventually_ms;
    if (!sb_sandbox_open(sandbox)) {
        return js_fail_memory(error);
    }
    if (options->data_directory != NULL) {
        jirasend_code code = make_data_directory(options->data_directory, error);
        if (code == JIRASEND_OK) {
            code = sb_persist_load(&sandbox->store, options->data_directory, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return options->tls ? sb_tls_open(&self->tls, options->data_directory, error) : JIRASEND_OK;
}

static jirasend_code tell(const program *self, jirasend_error *error) {
    const sb_options *options = &self->options;
    sb_place place = {self->sandbox.base_url, self->port, self->sandbox.cloud_id,
                      self->tls.ca_file};
    jirasend_code code = JIRASEND_OK;
    if (options->ready_file != NULL) {
        code = sb_write_ready_file(options, &place, error);
    }
    if (code == JIRASEND_OK && !options->quiet && !sb_announce(options, &place)) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot write to standard output: %s.",
                       strerror(errno));
    }
    return code;
}

static jirasend_code serve(program *self, int stop_fd, jirasend_error *error) {
    self->port = self->options.port;
    int listen_socket = sb_listen(&self->port, error);
    if (listen_socket < 0) {
        return error->code;
    }
    (void)snprintf(self->sandbox.base_url, sizeof self->sandbox.base_url, "%s://127.0.0.1:%d",
                   self->options.tls ? "https" : "http", self->port);
    self->sandbox.ca_file = self->tls.ca_file;
    sb_server_settings settings = {listen_socket, self->tls.certificate_pem, self->tls.key_pem,
                                   self->options.data_directory};
    sb_server *server = sb_server_start(&self->sandbox, &settings, error);
    if (server == NULL) {
        return error->code;
    }
    jirasend_code code = tell(self, error);
    if (code == JIRASEND_OK && !sb_server_run(server, stop_fd)) {
        code = js_fail(error, JIRASEND_E_INTERNAL, "The sandbox had to stop.");
    }
    sb_server_stop(server);
    return code;
}

static int run(program *self) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int stop_fd = stop_signals();
    jirasend_code code = JIRASEND_OK;
    if (stop_fd < 0) {
        code =
            js_fail(&error, JIRASEND_E_INTERNAL, "Cannot watch for signals: %s.", strerror(errno));
    }
    /* A file of an earlier run must not look like ours. */
    if (code == JIRASEND_OK && self->options.ready_file != NULL &&
        !js_remove_placed_file(self->options.ready_file)) {
        code = js_fail(&error, JIRASEND_E_STORAGE, "Cannot replace %s: %s.",
                       self->options.ready_file, strerror(errno));
    }
    if (code == JIRASEND_OK) {
        code = prepare(self, &error);
    }
    if (code == JIRASEND_OK) {
        code = serve(self, stop_fd, &error);
        if (self->options.ready_file != NULL) {
            (void)js_remove_placed_file(self->options.ready_file);
        }
    }
    if (code != JIRASEND_OK) {
        (void)fprintf(stderr, "jirasend-sandbox: %s\n", error.message);
    }
    if (stop_fd >= 0) {
        (void)close(stop_fd);
    }
    return exit_code(code);
}

int main(int argc, char **argv) {
    static program self; /* the token table is large for a stack */
    int code = EX_USAGE;
    switch (sb_options_parse(&self.options, argc, argv)) {
    case SB_RUN:
        code = run(&self);
        break;
    case SB_DONE:
        code = EX_OK;
        break;
    case SB_USAGE:
        break;
    }
    sb_tls_close(&self.tls);
    sb_sandbox_close(&self.sandbox);
    sb_options_free(&self.options);
    return code;
}
