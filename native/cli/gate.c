/* jirasend gate */
#include "cli/gate.h"

#include "base/buf.h"
#include "base/world.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/facts.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <string.h>

enum {
    FIRST_PAUSE_MS = 5000,
    LAST_PAUSE_MS = 30000,
    ONE_REQUEST_MS = 30000,
    ONCE_MS = 10000,       /* --wait 0 */
    LAST_QUESTION_MS = 500 /* how long before the end it is asked once more */
};

/* Which deployment: options, else the CI's variables. */
static int read_query(cli_facts *facts, jirasend_gate_query *query) {
    static const cli_fact needed[] = {CLI_FACT_PIPELINE, CLI_FACT_ENVIRONMENT, CLI_FACT_NUMBER};
    int code = CLI_OK;
    if (cli_lacks_site(facts->options)) {
        code = cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                         "JIRASEND_SITE.");
    }
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        const char *value = cli_facts_get(facts, needed[i]);
        int failed = value == NULL
                         ? cli_facts_missing(facts, needed[i])
                         : cli_check_text(cli_facts_origin(facts, needed[i]), value, false);
        code = failed != CLI_OK ? failed : code;
    }
    query->pipeline_id = cli_facts_get(facts, CLI_FACT_PIPELINE);
    query->environment_id = cli_facts_get(facts, CLI_FACT_ENVIRONMENT);
    if (code == CLI_OK) {
        code = cli_check_number(cli_facts_origin(facts, CLI_FACT_NUMBER),
                                cli_facts_get(facts, CLI_FACT_NUMBER), &query->number);
    }
    if (code == CLI_OK && cli_facts_failed(facts)) {
        code = cli_no_memory();
    }
    return code;
}

/* Shows an answer; its exit code. */
static int show(bool json, const jirasend_gate_query *query, const char *answer) {
    json_object *document = json_tokener_parse(answer);
    json_object *status = NULL, *message = NULL, *keys = NULL;
    json_object_object_get_ex(document, "status", &status);
    json_object_object_get_ex(document, "message", &message);
    json_object_object_get_ex(document, "issueKeys", &keys);
    const char *word = status != NULL ? json_object_get_string(status) : "";
    int code = cli_exit_of_gate(word);
    if (json) {
        cli_out_line(answer);
    } else if (code != CLI_OK || !cli_output_is_quiet()) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "deployment %s #%lld to %s", query->pipeline_id,
                    (long long)query->number, query->environment_id);
        for (size_t i = 0; keys != NULL && i < json_object_array_length(keys); i++) {
            js_buf_addf(&text, "%s%s", i == 0 ? ": see " : ", ",
                        json_object_get_string(json_object_array_get_idx(keys, i)));
        }
        const char *words = message != NULL ? json_object_get_string(message) : "";
        js_buf_addf(&text, "%s%s", words[0] != '\0' ? ". " : "", words);
        cli_event_line(code == CLI_OK              ? CLI_GREEN
                       : code == CLI_GATE_AWAITING ? CLI_YELLOW
                                                   : CLI_RED,
                       code == CLI_OK              ? "\xE2\x9C\x93"
                       : code == CLI_GATE_AWAITING ? "\xE2\x80\xA6"
                                                   : "\xE2\x9C\x97",
                       word, text.failed ? "" : text.data);
        js_buf_clear(&text);
    }
    json_object_put(document);
    return code;
}

static int64_t smaller(int64_t one, int64_t other) {
    return one < other ? one : other;
}

/* Up to a fifth more, so that many waiting jobs do not ask in step. */
static int64_t with_jitter(int64_t ms) {
    js_world world = js_world_system();
    return ms + js_random_below(&world, ms / 5 + 1);
}

static int exit_of(const char *answer) {
    json_object *document = json_tokener_parse(answer);
    json_object *status = NULL;
    json_object_object_get_ex(document, "status", &status);
    int code = cli_exit_of_gate(status != NULL ? json_object_get_string(status) : "");
    json_object_put(document);
    return code;
}

/* What is known of a gate that is asked for again and again. */
typedef struct watch {
    const cli_client *client;
    bool json;
    const jirasend_gate_query *query;
    char *awaiting;       /* the last answer that said so */
    jirasend_code failed; /* the last question had no answer */
    jirasend_error error;
} watch;

/* Asks once, and no longer than the time allows. True when that is the end of it, with its code. */
static bool ask_once(watch *on, int *code) {
    bool once = on->client->wait_ms == 0;
    int64_t left = cli_client_left_ms(on->client);
    char *answer = NULL;
    on->error = (jirasend_error)JIRASEND_ERROR_INIT;
    on->failed =
        jirasend_client_gate(on->client->handle, on->query,
                             once ? ONCE_MS : smaller(left, ONE_REQUEST_MS), &answer, &on->error);
    if (on->failed != JIRASEND_OK) {
        bool again = on->failed == JIRASEND_E_NETWORK || on->failed == JIRASEND_E_TIMEOUT;
        *code = CLI_OK;
        return once || !again || on->error.retry_after_ms > cli_client_left_ms(on->client);
    }
    *code = exit_of(answer);
    if (*code != CLI_GATE_AWAITING || once) {
        *code = show(on->json, on->query, answer);
        jirasend_free(answer);
        return true;
    }
    jirasend_free(on->awaiting);
    on->awaiting = answer;
    return false;
}

/* How long until the next question; once more just before the end. -1: there is no time for one. */
static int64_t until_next(const watch *on, int64_t pause) {
    int64_t left = cli_client_left_ms(on->client);
    int64_t wait = with_jitter(pause);
    wait = wait > on->error.retry_after_ms ? wait : on->error.retry_after_ms;
    if (wait + LAST_QUESTION_MS < left) {
        return wait;
    }
    return left > 2 * LAST_QUESTION_MS ? left - LAST_QUESTION_MS : -1;
}

/* The time is over. */
static int give_up(const watch *on) {
    return on->awaiting != NULL ? show(on->json, on->query, on->awaiting)
                                : cli_library_failed(on->failed, &on->error);
}

/* Asks until there is a decision, the time is over, or asking again makes no sense. */
static int ask(watch *on) {
    int64_t pause = FIRST_PAUSE_MS;
    for (;;) {
        int code = CLI_OK;
        if (ask_once(on, &code)) {
            return on->failed != JIRASEND_OK ? cli_library_failed(on->failed, &on->error) : code;
        }
        int64_t wait = until_next(on, pause);
        if (on->failed != JIRASEND_OK && wait >= 0) {
            cli_note("%s", on->error.message);
        }
        if (!cli_signals_sleep(wait >= 0 ? wait : cli_client_left_ms(on->client))) {
            return CLI_TEMPORARY;
        }
        if (wait < 0) {
            return give_up(on);
        }
        pause = smaller(pause * 3 / 2, LAST_PAUSE_MS);
    }
}

int cli_gate_wait(const cli_client *client, const jirasend_gate_query *query, bool json) {
    watch on = {.client = client, .json = json, .query = query};
    int code = ask(&on);
    jirasend_free(on.awaiting);
    return code;
}

int cli_verb_gate(const cli_options *options) {
    int code = cli_no_arguments(options);
    if (code != CLI_OK) {
        return code;
    }
    cli_facts facts;
    cli_facts_init(&facts, options);
    jirasend_gate_query query = JIRASEND_GATE_QUERY_INIT;
    code = read_query(&facts, &query);
    cli_client client;
    if (code == CLI_OK) {
        code = cli_client_open(&client, options, CLI_MODE_DELIVER);
        if (code == CLI_OK) {
            code = cli_gate_wait(&client, &query, options->set[CLI_JSON]);
            cli_client_close(&client);
        }
    }
    cli_facts_free(&facts);
    return code;
}
