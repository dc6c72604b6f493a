/* Reaching a server: its hosts one after the other, without waiting for one of them forever. */
#include "outbox/postgres/internal.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libpq takes a file that is not there for none; an empty name would be one in the home folder. */
#define NO_FILE "/dev/null/none"

enum { SLICE_MS = 50, KEYWORDS = 24 };

bool js_pg_wait(js_pg *pg, bool writes, int64_t deadline_ms) {
    struct pollfd socket = {PQsocket(pg->conn), (short)(POLLIN | (writes ? POLLOUT : 0)), 0};
    while (true) {
        int64_t now_ms = js_monotonic_ms();
        int64_t leave_ms = atomic_load(&pg->outbox->leave_ms);
        int64_t until_ms = deadline_ms < leave_ms ? deadline_ms : leave_ms;
        if (now_ms >= until_ms) {
            return false;
        }
        int64_t left = until_ms - now_ms;
        int ready = poll(&socket, 1, (int)(left < SLICE_MS ? left : SLICE_MS));
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return ready > 0;
        }
    }
}

typedef struct settings {
    const char *keys[KEYWORDS], *values[KEYWORDS];
    int count;
} settings;

static void set(settings *to, const char *key, const char *value) {
    to->keys[to->count] = key;
    to->values[to->count++] = value;
}

/* libpq takes a file of roots, and no folder: what is named, else what the system is known to have. */
static const char *roots_of(const js_postgres *outbox) {
    static const char *const known[] = {
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
    const char *named = getenv("SSL_CERT_FILE");
    const char *roots = outbox->address.root_certificate != NULL ? outbox->address.root_certificate
                        : outbox->ca_file != NULL                ? outbox->ca_file
                        : named != NULL && named[0] != '\0'      ? named
                                                                 : NULL;
    for (size_t i = 0; roots == NULL && i < sizeof known / sizeof known[0]; i++) {
        roots = access(known[i], R_OK) == 0 ? known[i] : NULL;
    }
    return roots;
}

static void fill(settings *to, const js_postgres *outbox, const js_postgres_host *host,
                 const char *address, const char *port) {
    const js_postgres_address *where = &outbox->address;
    bool verifies = host->ssl >= JS_POSTGRES_SSL_VERIFY_CA;
    const char *roots = verifies ? roots_of(outbox) : NULL;
    set(to, "host", host->name);
    if (address != NULL) {
        set(to, "hostaddr", address);
    }
    set(to, "port", port);
    set(to, "user", where->user);
    set(to, "dbname", where->database);
    if (outbox->password != NULL) {
        set(to, "password", outbox->password);
    }
    set(to, "passfile", NO_FILE);
    set(to, "sslmode", js_postgres_ssl_word(host->ssl));
    /* With roots libpq verifies whatever the mode, and a mode that may do without TLS does without. */
    set(to, "sslrootcert", roots != NULL ? roots : NO_FILE);
    set(to, "sslcrl", NO_FILE);
    set(to, "sslcert", where->certificate != NULL ? where->certificate : NO_FILE);
    set(to, "sslkey", where->key != NULL ? where->key : NO_FILE);
    set(to, "gssencmode", "disable");
    set(to, "target_session_attrs", where->target_session_attrs);
    set(to, "application_name", "jirasend");
    set(to, "client_encoding", "UTF8");
    set(to, "tcp_user_timeout", "15000");
    set(to, "keepalives_idle", "15");
    set(to, "keepalives_interval", "5");
    set(to, NULL, NULL);
}

/*
 * An administrator may end a commit's wait for its standby; the server then says COMMIT all
 * the same, with a warning. It is known by where it comes from, as its words are translated. What else the
 * server has to say, from the log-in on, would go to a terminal that is not ours.
 */
static void on_notice(void *argument, const PGresult *notice) {
    js_pg *pg = argument;
    const char *from = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (from != NULL && strcmp(from, "SyncRepWaitForLSN") == 0) {
        pg->here_alone = true;
    }
}

/* One address of one host. */
static jirasend_code dial(js_pg *pg, const js_postgres_host *host, const char *address,
                          int64_t deadline_ms, jirasend_error *error) {
    settings with = {.count = 0};
    char port[8];
    (void)snprintf(port, sizeof port, "%d", host->port);
    fill(&with, pg->outbox, host, address, port);
    pg->conn = PQconnectStartParams(with.keys, with.values, 0);
    if (pg->conn == NULL) {
        return js_fail_memory(error);
    }
    (void)PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
    (void)PQsetNoticeReceiver(pg->conn, on_notice, pg);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(pg->conn) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
        struct pollfd socket = {PQsocket(pg->conn),
                                state == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0};
        int64_t now_ms = js_monotonic_ms();
        int64_t leave_ms = atomic_load(&pg->outbox->leave_ms);
        int64_t until_ms = deadline_ms < leave_ms ? deadline_ms : leave_ms;
        if (now_ms >= until_ms) {
            break;
        }
        int64_t left = until_ms - now_ms;
        int ready = poll(&socket, 1, (int)(left < SLICE_MS ? left : SLICE_MS));
        if (ready > 0) {
            state = PQconnectPoll(pg->conn);
        }
    }
    bool late = PQstatus(pg->conn) != CONNECTION_BAD && state != PGRES_POLLING_FAILED;
    return state == PGRES_POLLING_OK ? JIRASEND_OK : js_pg_fail_connection(pg, host, late, error);
}

static bool is_number(const js_postgres_host *host) {
    unsigned char bytes[sizeof(struct in6_addr)];
    return host->is_socket || inet_pton(AF_INET, host->name, bytes) == 1 ||
           inet_pton(AF_INET6, host->name, bytes) == 1;
}

static void hang_up(js_pg *pg) {
    PQfinish(pg->conn);
    pg->conn = NULL;
}

static jirasend_code try_host(js_pg *pg, const js_postgres_host *host, int64_t deadline_ms,
                              jirasend_error *error) {
    if (is_number(host)) {
        return dial(pg, host, NULL, deadline_ms, error);
    }
    js_pg_addresses found;
    char why[160];
    if (!js_pg_resolve(host->name, deadline_ms, &found, why, sizeof why)) {
        pg->trouble = JS_PG_AWAY;
        return js_fail(error, JIRASEND_E_NETWORK, "The outbox's server %.200s was not reached: %s.",
                       host->name, why);
    }
    jirasend_code code = JIRASEND_E_NETWORK;
    for (size_t i = 0; i < found.count && code != JIRASEND_OK; i++) {
        if (pg->conn != NULL) {
            hang_up(pg);
        }
        code = dial(pg, host, found.text[i], deadline_ms, error);
        if (code != JIRASEND_OK && pg->trouble == JS_PG_FINAL) {
            break;
        }
    }
    return code;
}

/* What has to be known of a connection before it is used; and the time of the database. */
static const char greeting[] = "SELECT current_setting('synchronous_commit'),"
                               " (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text,"
                               " extract(epoch FROM pg_postmaster_start_time())::text,"
                               " pg_backend_pid()";

static jirasend_code greet(js_pg *pg, jirasend_error *error) {
    (void)PQsetnonblocking(pg->conn, 1);
    if (PQenterPipelineMode(pg->conn) != 1) {
        return js_pg_fail_lost(pg, error);
    }
    js_pg_query query = js_pg_begin(pg, greeting);
    int64_t before_ms = js_pg_mono_ms(pg->outbox);
    jirasend_code code = js_pg_exec(&query, error);
    if (code == JIRASEND_OK && js_pg_row(&query)) {
        const char *commit = js_pg_read_text(&query, 0);
        atomic_store(&pg->outbox->weak,
                     strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0);
        int64_t middle_ms = before_ms + (js_pg_mono_ms(pg->outbox) - before_ms) / 2;
        atomic_store(&pg->outbox->wall_minus_mono_ms, js_pg_read(&query, 1) - middle_ms);
        js_pg_meet_server(pg->outbox, js_pg_read_text(&query, 2));
        pg->direct = js_pg_read(&query, 3) == PQbackendPID(pg->conn);
    }
    js_pg_end(&query);
    return code;
}

static jirasend_code meet(js_pg *pg, const js_postgres_host *host, jirasend_error *error) {
    int64_t until_ms = js_pg_until_ms(pg->outbox, JS_PG_CONNECT_MS);
    jirasend_code code = try_host(pg, host, until_ms, error);
    code = code == JIRASEND_OK ? greet(pg, error) : code;
    if (code != JIRASEND_OK && pg->conn != NULL) {
        hang_up(pg);
    }
    return code;
}

/* A standby that is all there is tells more than the primary that does not answer, named after it. */
jirasend_code js_pg_connect(js_pg *pg, jirasend_error *error) {
    const js_postgres_address *where = &pg->outbox->address;
    jirasend_code code = JIRASEND_E_NETWORK;
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error said = JIRASEND_ERROR_INIT;
    jirasend_error *e = error != NULL ? error : &own;
    bool standby = false;
    for (size_t i = 0; i < where->host_count && code != JIRASEND_OK; i++) {
        code = meet(pg, &where->hosts[i], e);
        if (code != JIRASEND_OK && pg->trouble == JS_PG_READONLY) {
            standby = true;
            said = *e;
        } else if (code != JIRASEND_OK && pg->trouble != JS_PG_FINAL && standby) {
            pg->trouble = JS_PG_READONLY;
            code = said.code;
            *e = said;
        }
    }
    pg->broken = code != JIRASEND_OK;
    return code;
}
