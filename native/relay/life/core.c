/* The relay's use of the library. */
#include "relay/life/core.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/world.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TROUBLE_MS = 10000, PROBE_MS = 1000 };

struct rl_core {
    jirasend_client *client;
    js_world world;
    atomic_int trouble;      /* the code of the last submit, if it failed */
    atomic_llong trouble_ms; /* when that was */
};

static void say_line(void *context, jirasend_log_level level, const char *line) {
    (void)context;
    (void)level;
    (void)fprintf(stderr, "jirasend-relay: %s\n", line);
}

static jirasend_code fill_in(jirasend_config *config, const rl_config *from, bool verbose,
                             jirasend_error *error) {
    const rl_site *site = &from->sites[0]; /* the way to Jira is the same for all */
    jirasend_code code = jirasend_config_set_outbox(config, from->outbox, error);
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_outbox_password(config, from->outbox_password.text,
                                                   from->outbox_password.length, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_user_agent(config, "jirasend-relay", error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_ca_file(config, site->ca_file, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_proxy(config, site->proxy, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_no_proxy(config, site->no_proxy, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_exclusive_host(config, 1, 0, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_keep(config, (int)from->keep, error);
    }
    return code == JIRASEND_OK
               ? jirasend_config_set_log(config, say_line, NULL,
                                         verbose ? JIRASEND_LOG_DEBUG : JIRASEND_LOG_WARNING, error)
               : code;
}

static jirasend_code put_site(rl_core *core, const rl_site *site, jirasend_error *error) {
    jirasend_site given = JIRASEND_SITE_INIT;
    given.site = site->site.name;
    given.client_id = site->client_id;
    given.secret = site->secret.text;
    given.secret_length = site->secret.length;
    given.cloud_id = site->cloud_id;
    given.api_url = site->api_url;
    return jirasend_client_put_site(core->client, &given, error);
}

jirasend_code rl_core_change(rl_core *core, const rl_config *before, const rl_config *now,
                             jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && i < now->site_count; i++) {
        code = put_site(core, &now->sites[i], error);
    }
    for (size_t i = 0; before != NULL && code == JIRASEND_OK && i < before->site_count; i++) {
        if (rl_config_site(now, before->sites[i].site.name) == NULL) {
            code = jirasend_client_remove_site(core->client, before->sites[i].site.name, error);
            code = code == JIRASEND_E_NOT_FOUND ? JIRASEND_OK : code;
        }
    }
    return code;
}

jirasend_code rl_core_open(rl_core **core, const rl_config *config, bool verbose,
                           jirasend_error *error) {
    *core = NULL;
    rl_core *made = calloc(1, sizeof *made);
    jirasend_config *settings = jirasend_config_new();
    jirasend_code code = JIRASEND_OK;
    if (made == NULL || settings == NULL) {
        code = js_fail_memory(error);
    } else {
        made->world = js_world_system();
        code = fill_in(settings, config, verbose, error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_client_open(settings, &made->client, error);
    }
    if (code == JIRASEND_OK) {
        code = rl_core_change(made, NULL, config, error);
    }
    jirasend_config_free(settings);
    if (code != JIRASEND_OK) {
        if (made != NULL && made->client != NULL) {
            jirasend_client_close(made->client, 0);
        }
        free(made);
        return code;
    }
    *core = made;
    return JIRASEND_OK;
}

void rl_core_cancel(rl_core *core) {
    jirasend_client_cancel_waits(core->client);
}

void rl_core_close(rl_core *core, int64_t deadline_ms) {
    if (core != NULL) {
        jirasend_client_close(core->client, deadline_ms);
        free(core);
    }
}

/* "PAY,OPS"; null when there are none, or memory is short. */
static char *joined(const js_strings *texts) {
    js_buf out = JS_BUF_INIT;
    for (size_t i = 0; i < texts->count; i++) {
        js_buf_addf(&out, "%s%s", i > 0 ? "," : "", texts->items[i]);
    }
    return texts->count > 0 ? js_buf_take(&out) : NULL;
}

jirasend_code rl_core_submit(rl_core *core, const rl_sender *sender, const rl_submission *items,
                             size_t count, rl_outcome *outcomes, jirasend_error *error) {
    jirasend_submit_options options = JIRASEND_SUBMIT_OPTIONS_INIT;
    char *projects = joined(sender->projects);
    jirasend_document *documents = calloc(count + 1, sizeof *documents);
    jirasend_submitted *results = calloc(count + 1, sizeof *results);
    char **receipts = calloc(count + 1, sizeof *receipts);
    jirasend_code code = JIRASEND_OK;
    options.origin = sender->origin;
    options.projects = projects;
    options.own_texts = sender->keys_found ? JIRASEND_NO : JIRASEND_INHERIT;
    if (documents == NULL || results == NULL || receipts == NULL ||
        (projects == NULL && sender->projects->count > 0)) {
        code = js_fail_memory(error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i < count; i++) {
        documents[i] = (jirasend_document){items[i].text, items[i].length, items[i].scope};
    }
    if (code == JIRASEND_OK) {
        code = jirasend_client_submit_told(core->client, documents, sizeof *documents, count,
                                           &options, results, sizeof *results,
                                           sender->wants_receipts ? receipts : NULL, error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i < count; i++) {
        outcomes[i].code = results[i].code;
        outcomes[i].id = results[i].id;
        outcomes[i].fresh = results[i].fresh != 0;
        outcomes[i].receipt = receipts[i];
        memcpy(outcomes[i].message, results[i].message, sizeof outcomes[i].message);
    }
    free(projects);
    free(documents);
    free(results);
    free(receipts);
    atomic_store(&core->trouble_ms, js_mono_ms(&core->world));
    atomic_store(&core->trouble, (int)code);
    return code;
}

jirasend_code rl_core_ready(rl_core *core) {
    char *status = NULL;
    jirasend_code code = jirasend_outbox_status(core->client, &status, NULL);
    jirasend_free(status);
    jirasend_code trouble = (jirasend_code)atomic_load(&core->trouble);
    int64_t since_ms = js_mono_ms(&core->world) - atomic_load(&core->trouble_ms);
    if (code != JIRASEND_OK || trouble == JIRASEND_OK) {
        return code;
    }
    if (trouble == JIRASEND_E_STORAGE && since_ms >= PROBE_MS) {
        /* Nobody posts to a relay that is not ready: whether the disk writes again only a write shows. */
        atomic_store(&core->trouble_ms, js_mono_ms(&core->world));
        code = jirasend_client_count(core->client, "relay_disk_probes", NULL);
        atomic_store(&core->trouble, (int)code);
        return code;
    }
    return trouble == JIRASEND_E_STORAGE || since_ms < TROUBLE_MS ? trouble : JIRASEND_OK;
}

jirasend_code rl_core_receipt(rl_core *core, int64_t id, char **receipt, jirasend_error *error) {
    return jirasend_client_receipt(core->client, id, receipt, error);
}

jirasend_code rl_core_receipts(rl_core *core, const char *request_id, int limit, char **receipts,
                               jirasend_error *error) {
    return jirasend_client_receipts_by_request(core->client, request_id, limit, receipts, error);
}

jirasend_code rl_core_changed(rl_core *core, const char *document, size_t length,
                              int64_t *changed_ms) {
    return jirasend_client_changed(core->client, document, length, NULL, changed_ms, NULL);
}

void rl_core_count(rl_core *core, const char *name) {
    jirasend_code code = jirasend_client_count(core->client, name, NULL);
    (void)code;
}

jirasend_code rl_core_metrics(rl_core *core, char **text, jirasend_error *error) {
    return jirasend_client_metrics(core->client, text, error);
}

jirasend_code rl_core_next(rl_core *core, int64_t *cursor, int64_t timeout_ms, char **receipt,
                           jirasend_error *error) {
    return jirasend_client_next_receipt(core->client, cursor, timeout_ms, receipt, error);
}

jirasend_code rl_core_status(rl_core *core, char **status, jirasend_error *error) {
    return jirasend_outbox_status(core->client, status, error);
}

jirasend_code rl_core_gate(rl_core *core, const jirasend_gate_query *query, int64_t timeout_ms,
                           char **answer, jirasend_error *error) {
    return jirasend_client_gate(core->client, query, timeout_ms, answer, error);
}

jirasend_client *rl_core_client(rl_core *core) {
    return core->client;
}
