/* What the server's failures mean. */
#include "outbox/postgres/internal.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* By SQLSTATE, or by its class of two. The first one that fits counts. */
typedef struct meaning {
    const char *state;
    js_pg_trouble trouble;
    jirasend_code code;
    const char *advice;
} meaning;

static const meaning meanings[] = {
    {"23505", JS_PG_AGAIN, JIRASEND_E_NETWORK, "A concurrent transaction did the same; try again."},
    {"40", JS_PG_AGAIN, JIRASEND_E_NETWORK, "Other transactions were in the way; try again."},
    {"25006", JS_PG_READONLY, JIRASEND_E_REFUSED,
     "It only reads, as a standby does. Name the primary, or wait for the failover to end."},
    {"57014", JS_PG_AWAY, JIRASEND_E_NETWORK, "It was cancelled, or took too long; try again."},
    {"55P03", JS_PG_AWAY, JIRASEND_E_NETWORK, "It is locked by another; try again."},
    {"53100", JS_PG_FINAL, JIRASEND_E_STORAGE, "Its disk is full: make room there."},
    {"53", JS_PG_AWAY, JIRASEND_E_NETWORK, "It is overloaded; try again, or raise its limits."},
    {"57P03", JS_PG_AWAY, JIRASEND_E_NETWORK, "It is not ready yet; try again."},
    {"57", JS_PG_LOST, JIRASEND_E_NETWORK, "It was stopped; try again."},
    {"25P0", JS_PG_LOST, JIRASEND_E_NETWORK, "It ended the connection; try again."},
    {"08", JS_PG_LOST, JIRASEND_E_NETWORK, "The connection broke; try again."},
    {"58", JS_PG_FINAL, JIRASEND_E_STORAGE, "Its disk or its system fails: see its log."},
    {"XX001", JS_PG_FINAL, JIRASEND_E_REFUSED, "Its data are damaged: see its log."},
    {"XX002", JS_PG_FINAL, JIRASEND_E_REFUSED, "Its data are damaged: see its log."},
    {"3D000", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "There is no such database: create it, or name another."},
    {"3F000", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "The tables of the outbox are not there: migrate it first."},
    {"42P01", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "The tables of the outbox are not there: migrate it first."},
    {"26000", JS_PG_AGAIN, JIRASEND_E_NETWORK, "A pooler is in between; try again."},
    {"42P05", JS_PG_AGAIN, JIRASEND_E_NETWORK, "A pooler is in between; try again."},
    {"42P0", JS_PG_AGAIN, JIRASEND_E_NETWORK,
     "Another process created the same tables; try again."},
    {"42704", JS_PG_FINAL, JIRASEND_E_REFUSED, "There is no such role: create it first."},
    {"42703", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "The tables of the outbox are older than this program: migrate it first."},
    {"42501", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "The user lacks rights: grant them, or let the owner of the tables migrate for this role."},
    {"28", JS_PG_FINAL, JIRASEND_E_REFUSED,
     "The server refuses the log-in: check user and password."},
};

static const meaning *meaning_of(const char *state) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0) {
            return &meanings[i];
        }
    }
    return NULL;
}

/* Its first line, without what PQERRORS_VERBOSE adds; what it says goes to logs and terminals. */
static void first_line(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (; *text != '\0' && *text != '\n' && used + 1 < size; text++) {
        out[used++] = (unsigned char)*text < 0x20 ? ' ' : *text;
    }
    while (used > 0 && (out[used - 1] == ' ' || out[used - 1] == '.')) {
        used--;
    }
    out[used] = '\0';
}

jirasend_code js_pg_fail_lost(js_pg *pg, jirasend_error *error) {
    char words[200];
    first_line(PQerrorMessage(pg->conn), words, sizeof words);
    pg->trouble = JS_PG_LOST;
    pg->broken = true;
    return js_fail(error, JIRASEND_E_NETWORK,
                   "The connection to the outbox's server broke%s%s. Try again.",
                   words[0] == '\0' ? "" : ": ", words);
}

/* The put is then repeated, and its commit waits for the standby again. */
jirasend_code js_pg_fail_alone(js_pg *pg, jirasend_error *error) {
    pg->trouble = JS_PG_AWAY;
    return js_fail(error, JIRASEND_E_NETWORK,
                   "The outbox's server did not wait for its standby: what it committed might be "
                   "lost with it. Try again.");
}

jirasend_code js_pg_fail_result(js_pg *pg, const PGresult *result, jirasend_error *error) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state == NULL || primary == NULL) {
        return js_pg_fail_lost(pg, error);
    }
    char words[240];
    first_line(primary, words, sizeof words);
    if (strstr(primary, "statement pooling mode") !=
        NULL) { /* under the state of a broken connection */
        pg->trouble = JS_PG_FINAL;
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The pooler in front of the outbox's server says: %s. Set its pool_mode to "
                       "transaction.",
                       words);
    }
    const meaning *means = meaning_of(state);
    if (means == NULL) {
        pg->trouble = JS_PG_FINAL;
        return js_fail(error, JIRASEND_E_INTERNAL,
                       "The outbox's server refuses a statement: %s (%.5s). This is a bug.", words,
                       state);
    }
    if (strcmp(means->state, "26000") == 0 || strcmp(means->state, "42P05") == 0) {
        js_pg_keep_nothing(pg->outbox);
    }
    pg->trouble = means->trouble;
    pg->broken = pg->broken || means->trouble == JS_PG_LOST;
    return js_fail(error, means->code, "The outbox's server says: %s (%.5s). %s", words, state,
                   means->advice);
}

/* "FATAL:  28P01: …": of a refused log-in there is no result that could be asked. */
static bool find_state(const char *text, char state[6]) {
    for (const char *at = strstr(text, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        size_t length = 0;
        while (length < 5 &&
               (isdigit((unsigned char)at[3 + length]) || isupper((unsigned char)at[3 + length]))) {
            length++;
        }
        if (length == 5 && at[8] == ':') {
            (void)snprintf(state, 6, "%.5s", at + 3);
            return true;
        }
    }
    return false;
}

static bool has(const char *text, const char *words) {
    return strstr(text, words) != NULL;
}

/* TLS that will not be better in a minute; a connection that broke in its midst may. */
static bool about_tls(const char *text) {
    bool broke = has(text, "SSL SYSCALL") || has(text, "closed unexpectedly");
    return !broke && (has(text, "SSL") || has(text, "certificate"));
}

/* What a pooler says in its own words, all with one SQLSTATE. */
static bool about_pooler(const char *text) {
    return has(text, "no such database") || has(text, "no such user") || has(text, "auth failed") ||
           has(text, "SASL authentication failed") || has(text, "unsupported startup parameter");
}

static jirasend_code fail_state(js_pg *pg, const char *place, const char *state, const char *words,
                                jirasend_error *error) {
    const meaning *means = meaning_of(state);
    bool refuses = means == NULL || strcmp(means->state, "42501") == 0;
    pg->trouble = refuses ? JS_PG_FINAL : means->trouble;
    return js_fail(error, refuses ? JIRASEND_E_REFUSED : means->code,
                   "The outbox's server %s refuses the connection: %s. %s", place, words,
                   refuses ? "See its configuration." : means->advice);
}

jirasend_code js_pg_fail_connection(js_pg *pg, const js_postgres_host *host, bool late,
                                    jirasend_error *error) {
    /* While it is still tried, libpq's words end where the reason would begin. */
    const char *text = late ? "" : PQerrorMessage(pg->conn);
    char place[120];
    char words[240];
    char state[6];
    if (host->is_socket) {
        (void)snprintf(place, sizeof place, "in %.100s", host->name);
    } else {
        bool colons = strchr(host->name, ':') != NULL;
        (void)snprintf(place, sizeof place, "%s%.100s%s:%d", colons ? "[" : "", host->name,
                       colons ? "]" : "", host->port);
    }
    pg->broken = true;
    pg->late = late;
    if (find_state(text, state) && !about_pooler(text)) {
        const char *at = strstr(text, state);
        first_line(at + 7, words, sizeof words);
        return fail_state(pg, place, state, words, error);
    }
    first_line(text, words, sizeof words);
    if (has(text, "session is read-only") || has(text, "server is in hot standby") ||
        has(text, "session is not read-only")) {
        pg->trouble = JS_PG_READONLY;
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The outbox's server %s only reads, as a standby does. Name the primary, or "
                       "wait for the failover to end.",
                       place);
    }
    if (about_tls(text) || about_pooler(text) || has(text, "no password supplied") ||
        has(text, "authentication")) {
        pg->trouble = JS_PG_FINAL;
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The connection to the outbox's server %s is refused: %s.", place, words);
    }
    pg->trouble = JS_PG_AWAY;
    return js_fail(error, JIRASEND_E_NETWORK, "The outbox's server %s was not reached%s%s.", place,
                   words[0] == '\0' ? " in time" : ": ", words);
}

jirasend_code js_pg_fail_damaged(js_store *store, const char *what, jirasend_error *error) {
    js_pg_of(store)->trouble = JS_PG_FINAL;
    jirasend_code code = js_fail(error, JIRASEND_E_REFUSED,
                                 "The outbox on PostgreSQL contradicts itself: %s. Nothing was "
                                 "changed; restore a backup, or migrate again.",
                                 what);
    js_error_because(error, JIRASEND_REASON_DAMAGED);
    return code;
}
