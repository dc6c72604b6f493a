/* What only a deployment has. */
#include "cli/client.h"
#include "cli/config.h"
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/links.h"
#include "cli/output.h"
#include "cli/secret.h"
#include "cli/values.h"
#include "event/words.h"

#include <jirasend/history.h>
#include <sys/stat.h>

static void add_environment_type(cli_maker *in, json_object *environment) {
    const char *type = cli_facts_get(&in->facts, CLI_FACT_ENVIRONMENT_TYPE);
    if (type == NULL || in->code != CLI_OK) {
        return;
    }
    if (cli_value(in->options, CLI_ENVIRONMENT_TYPE) == NULL) {
        const char *ours = cli_ci_word_of(in->facts.ci->environment_types, type);
        if (ours == NULL) {
            cli_maker_fail(in, cli_usage("%s is '%.80s', which jirasend does not know as a type of "
                                         "environment. Give --environment-type.",
                                         cli_facts_origin(&in->facts, CLI_FACT_ENVIRONMENT_TYPE),
                                         type));
            return;
        }
        type = ours;
    } else {
        cli_maker_fail(in, cli_check_word("--environment-type", type, js_environment_type_word,
                                          js_environment_type_words, "type of environment", &type));
    }
    if (in->code == CLI_OK) {
        cli_maker_add_text(in, environment, "type", type);
    }
}

static void add_environment(cli_maker *in, js_buf *label) {
    const char *id = cli_maker_text(in, CLI_FACT_ENVIRONMENT, CLI_LONG_ID_UNITS);
    if (id == NULL) {
        return;
    }
    json_object *environment = json_object_new_object();
    cli_maker_add_text(in, environment, "id", id);
    js_buf_addf(label, " to %s", id);
    /* The CI's name belongs to the CI's environment. */
    bool named = cli_value(in->options, CLI_ENVIRONMENT) == NULL ||
                 cli_value(in->options, CLI_ENVIRONMENT_NAME) != NULL;
    const char *name = named ? cli_maker_text(in, CLI_FACT_ENVIRONMENT_NAME, 0) : NULL;
    cli_maker_add_text(in, environment, "name", name != NULL ? name : id);
    if (cli_value(in->options, CLI_ENVIRONMENT) == NULL ||
        cli_value(in->options, CLI_ENVIRONMENT_TYPE) != NULL) {
        add_environment_type(in, environment);
    }
    cli_maker_add(in, in->document, "environment", environment);
}

/*
 * Opens the outbox to look into it, without a word: whatever is wrong with it is said when the event is to
 * be stored, and does not keep a command of `run` from starting.
 */
static jirasend_client *open_quietly(const cli_options *options, const char *outbox) {
    enum { BUSY_MS = 1000 };
    jirasend_config *config = NULL;
    jirasend_client *client = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_secret password = JS_SECRET_INIT;
    struct stat status;
    bool database = cli_is_database(outbox);
    int code = database ? cli_secret_read_outbox_password(options, &password) : CLI_OK;
    if (code == CLI_OK && (database || stat(outbox, &status) == 0)) {
        code = database ? cli_client_database_config(options, outbox,
                                                     cli_origin(options, CLI_OUTBOX_DIR), &password,
                                                     &config)
                        : cli_config_make(options, false, &config);
    }
    js_secret_wipe(&password);
    if (code == CLI_OK && config != NULL &&
        jirasend_config_set_outbox(config, outbox, &error) == JIRASEND_OK &&
        jirasend_config_set_busy_wait(config, BUSY_MS, &error) == JIRASEND_OK &&
        jirasend_config_set_paused(config, 1, &error) == JIRASEND_OK &&
        jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        client = NULL;
    }
    jirasend_config_free(config);
    return client;
}

/* The id under which the outbox has sent development information of the repository; null: it has not. */
static char *known_repository(cli_maker *in) {
    const char *folder = cli_value(in->options, CLI_OUTBOX_DIR);
    const char *address =
        in->code == CLI_OK && folder != NULL && cli_value(in->options, CLI_SITE) != NULL
            ? cli_maker_uri(in, CLI_FACT_REPOSITORY)
            : NULL;
    js_buf url = JS_BUF_INIT;
    char *id = NULL;
    jirasend_client *client = address != NULL && cli_repository_url(address, &url) && !url.failed
                                  ? open_quietly(in->options, folder)
                                  : NULL;
    if (client != NULL) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        if (jirasend_client_repository_id(client, cli_value(in->options, CLI_SITE), url.data, &id,
                                          &error) != JIRASEND_OK) {
            id = NULL;
        }
        jirasend_client_close(client, 0);
    }
    js_buf_clear(&url);
    return id;
}

/* A deployment is tied to a commit only together with Jira's id of the repository. */
static void add_commit_of(cli_maker *in, const char *repository) {
    const char *hash = cli_maker_text(in, CLI_FACT_COMMIT, CLI_ID_UNITS);
    if (in->code != CLI_OK) {
        return;
    }
    json_object *array = json_object_new_array();
    if (hash != NULL) {
        json_object *commit = json_object_new_object();
        cli_maker_add_text(in, commit, "hash", hash);
        cli_maker_add_text(in, commit, "repositoryId", repository);
        cli_maker_add_to(in, array, commit);
    } else {
        cli_maker_add_to(in, array, json_object_new_string(repository));
    }
    cli_maker_add(in, in->document, hash != NULL ? "commits" : "repositories", array);
}

static void add_commit(cli_maker *in) {
    const char *given = cli_value(in->options, CLI_REPOSITORY_ID);
    if (given != NULL && in->code == CLI_OK) {
        cli_maker_fail(in, cli_check_length("--repository-id", given, CLI_ID_UNITS));
    }
    char *known = given == NULL ? known_repository(in) : NULL;
    if (in->code == CLI_OK && (given != NULL || known != NULL)) {
        add_commit_of(in, given != NULL ? given : known);
    }
    jirasend_free(known);
}

static void add_services(cli_maker *in) {
    const js_strings *given = &in->options->given[CLI_SERVICE];
    if (given->count == 0) {
        return;
    }
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < given->count && in->code == CLI_OK; i++) {
        cli_maker_fail(in, cli_check_length("--service", given->items[i], CLI_ID_UNITS));
        cli_maker_add_to(in, array, json_object_new_string(given->items[i]));
    }
    cli_maker_add(in, in->document, "services", array);
}

void cli_document_add_deployment(cli_maker *in, js_buf *label) {
    add_environment(in, label);
    const char *url = in->code == CLI_OK ? cli_maker_url(in, CLI_FACT_PIPELINE_URL) : NULL;
    if (url != NULL) {
        cli_maker_add_text(in, in->document, "pipelineUrl", url);
    }
    const char *duration = cli_value(in->options, CLI_DURATION);
    int64_t seconds = 0;
    if (duration != NULL && in->code == CLI_OK) {
        cli_maker_fail(in, cli_check_number("--duration", duration, &seconds));
        cli_maker_add(in, in->document, "duration", json_object_new_int64(seconds));
    }
    add_services(in);
    add_commit(in);
    if (in->options->set[CLI_GATED]) {
        cli_maker_add(in, in->document, "gate", json_object_new_boolean(true));
    }
}
