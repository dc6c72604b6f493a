/* An outbox in a database: opening and judging it. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/json.h"
#include "outbox/postgres/health.h"

#include <inttypes.h>
#include <jirasend/outbox.h>
#include <stdio.h>
#include <string.h>

enum { CLOCK_APART_MS = 5000 };

js_postgres_options js_database_options(const jirasend_config *config, const js_world *world) {
    return (js_postgres_options){
        .address = config->outbox,
        .password = config->outbox_password.text,
        .ca_file = config->ca_file,
        .max_events = config->max_events > 0 ? config->max_events : JS_DEFAULT_MAX_EVENTS,
        .max_bytes = config->max_bytes > 0 ? config->max_bytes : JS_DEFAULT_MAX_BYTES,
        .world = world,
        .keep_days = js_config_keep_days(config),
        .wait_ms = config->host_wait_ms > 0 ? config->host_wait_ms : config->busy_wait_ms,
        .patience_ms = config->host_wait_ms};
}

jirasend_code js_database_open(const jirasend_config *config, const js_world *world,
                               js_outbox **outbox, jirasend_error *error) {
    js_postgres_options options = js_database_options(config, world);
    return js_postgres_open(&options, outbox, error);
}

static jirasend_code need_address(const jirasend_config *config, jirasend_error *error) {
    js_error_clear(error);
    return config != NULL && js_postgres_is_address(config->outbox)
               ? JIRASEND_OK
               : js_fail(error, JIRASEND_E_ARGUMENT,
                         "This is for an outbox in a database: postgresql://USER@HOST/DATABASE. A "
                         "folder needs no preparation.");
}

/* ---- what protects it ---- */

static void say_disk(js_buf *out, const js_postgres_health *health) {
    if (health->fsync && health->full_page_writes) {
        js_buf_add_text(out, "What is committed is on the server's disk.");
        return;
    }
    js_buf_addf(out,
                "%s off: what is committed may be lost, or the database damaged, when the server's "
                "power fails.",
                health->fsync              ? "full_page_writes is"
                : health->full_page_writes ? "fsync is"
                                           : "fsync and full_page_writes are");
}

static void say_lag(js_buf *out, const js_postgres_health *health) {
    if (!health->lag_known) {
        js_buf_add_text(out,
                        " How far they lag is not shown to this role (pg_monitor may see it).");
        return;
    }
    js_buf_addf(out, " The last of them lags %" PRId64 " bytes and %" PRId64 " ms.",
                health->lag_bytes, health->lag_ms);
}

static void say_replication(js_buf *out, const js_postgres_health *health) {
    if (health->standby) {
        js_buf_add_text(out, "This server is a standby, which only reads.");
    } else if (health->synchronous_standbys[0] != '\0') {
        js_buf_addf(
            out,
            "Replication is synchronous (%s): a commit is on a standby, too, and a failover "
            "to it loses nothing.",
            health->synchronous_standbys);
        if (health->standbys == 0) {
            js_buf_add_text(out, " No standby follows now, so commits wait for one.");
        }
    } else if (health->standbys > 0) {
        js_buf_addf(out,
                    "Replication is asynchronous (standbys: %" PRId64
                    "): a failover may lose what was committed last and no standby had yet. "
                    "Whoever kept the documents and their requestIds repairs that by submitting "
                    "them again.",
                    health->standbys);
        say_lag(out, health);
    } else {
        js_buf_add_text(out, "No standby follows: when the server's disk is lost, so is the "
                             "outbox, up to its last backup.");
    }
}

static void say_commit(js_buf *out, const js_postgres_health *health) {
    bool weak = strcmp(health->synchronous_commit, "on") != 0 &&
                strcmp(health->synchronous_commit, "remote_apply") != 0;
    js_buf_addf(out, "synchronous_commit is %s%s.", health->synchronous_commit,
                weak ? "; for its own commits jirasend raises it to on" : "");
}

static void say_clock(js_buf *out, const js_postgres_health *health) {
    int64_t apart = health->clock_ms < 0 ? -health->clock_ms : health->clock_ms;
    js_buf_addf(out, "The clock of the server is %" PRId64 " ms %s this machine's%s.", apart,
                health->clock_ms < 0 ? "behind" : "ahead of",
                apart > CLOCK_APART_MS ? ", which is too much: correct them" : "");
}

static bool put_sentence(json_object *document, const char *name,
                         void (*say)(js_buf *, const js_postgres_health *),
                         const js_postgres_health *health) {
    js_buf text = JS_BUF_INIT;
    say(&text, health);
    bool good = !text.failed && js_json_put_text(document, name, text.data);
    js_buf_clear(&text);
    return good;
}

static bool put_health(json_object *document, const js_postgres_health *health) {
    bool good =
        js_json_put_text(document, "server", health->server) &&
        js_json_put_text(document, "tables", health->tables) &&
        js_json_put_text(document, "schema", health->schema) &&
        js_json_put_text(document, "user", health->user) &&
        js_json_put_flag(document, "encrypted", health->encrypted) &&
        js_json_put_text(document, "lacking", health->lacking) &&
        js_json_put_number(document, "clockMs", health->clock_ms) &&
        js_json_put_flag(document, "fsync", health->fsync) &&
        js_json_put_flag(document, "fullPageWrites", health->full_page_writes) &&
        js_json_put_text(document, "synchronousCommit", health->synchronous_commit) &&
        js_json_put_text(document, "synchronousStandbyNames", health->synchronous_standbys) &&
        js_json_put_number(document, "standbys", health->standbys);
    if (good && health->standbys > 0 && health->lag_known) {
        good = js_json_put_number(document, "lagBytes", health->lag_bytes) &&
               js_json_put_number(document, "lagMs", health->lag_ms);
    }
    return good && put_sentence(document, "disk", say_disk, health) &&
           put_sentence(document, "commit", say_commit, health) &&
           put_sentence(document, "replication", say_replication, health) &&
           put_sentence(document, "clock", say_clock, health);
}

static jirasend_code judge(const js_postgres_health *health, jirasend_error *error) {
    if (health->lacking[0] != '\0') {
        return js_fail(error, JIRASEND_E_REFUSED,
                       "The role %.63s lacks rights on the outbox: %.300s. Migrating it with the "
                       "owner's rights for this role gives them.",
                       health->user, health->lacking);
    }
    return health->standby
               ? js_fail(error, JIRASEND_E_REFUSED,
                         "The server of the outbox is a standby, which only reads. Name "
                         "the primary, too.")
               : JIRASEND_OK;
}

jirasend_code jirasend_outbox_check(const jirasend_config *config, char **report,
                                    jirasend_error *error) {
    if (report == NULL) {
        return js_fail_nowhere(error);
    }
    *report = NULL;
    jirasend_code code = need_address(config, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_world world = js_world_system();
    js_outbox *outbox = NULL;
    js_postgres_health health;
    code = js_database_open(config, &world, &outbox, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_postgres_health_read(outbox, &health, error);
    if (code == JIRASEND_OK) {
        json_object *document = json_object_new_object();
        bool good = document != NULL && put_health(document, &health);
        js_buf out = JS_BUF_INIT;
        js_json_write_built(&out, document, good);
        code = js_hand_out(&out, report, error);
        code = code == JIRASEND_OK ? judge(&health, error) : code;
    }
    outbox->ops->close(outbox);
    return code;
}
