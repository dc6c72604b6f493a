/* jirasend gate */
#include "base/buf.h"
#include "base/world.h"
#include "cli/client.h"
#include "cli/exit_code.h"
#include "cli/facts.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/values.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <string.h>

enum { FIRST_PAUSE_MS = 5000, LAST_PAUSE_MS = 30000, ONE_REQUEST_MS = 30000 };

/* Which deployment: options, else the CI's variables. */
static int read_query(cli_facts *facts, jirasend_gate_query *query) {
    static const cli_fact needed[] = {CLI_FACT_PIPELINE, CLI_FACT_ENVIRONMENT, CLI_FACT_NUMBER};
    int code = CLI_OK;
    if (cli_value(facts->options, CLI_SITE) == NULL) {
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

/* The exit code of an answer; shows it when it is the last one. */
static int judge(const cli_options *options, const jirasend_gate_query *query, const char *answer,
                 bool last) {
    json_object *document = json_tokener_parse(answer);
    json_object *status = NULL, *message = NULL, *keys = NULL;
    json_object_object_get_ex(document, "status", &status);
    json_object_object_get_ex(document, "message", &message);
    json_object_object_get_ex(document, "issueKeys", &keys);
    const char *word = status != NULL ? json_object_get_string(status) : "";
    int code = cli_exit_of_gate(word);
    bool shown = last || code != CLI_GATE_AWAITING;
    if (shown && options->set[CLI_JSON]) {
        cli_out_line(answer);
    } else if (shown && (code != CLI_OK || !cli_output_is_quiet())) {
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
        js_buf_free(&text);
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

/* Asks until there is a decision, the time is over, or asking again makes no sense. */
static int ask(const cli_client *client, const cli_options *options,
               const jirasend_gate_query *query) {
    int64_t pause = FIRST_PAUSE_MS;
    for (;;) {
        jirasend_error error = JIRASEND_ERROR_INIT;
        char *answer = NULL;
        int64_t left = cli_client_left_ms(client);
        /* The last question is asked at the deadline and gets its answer, too. */
        jirasend_code failed =
            jirasend_client_gate(client->handle, query, ONE_REQUEST_MS, &answer, &error);
        bool last = cli_client_left_ms(client) == 0 || left == 0;
        int code;
        if (failed == JIRASEND_OK) {
            code = judge(options, query, answer, last);
            jirasend_free(answer);
            if (code != CLI_GATE_AWAITING || last) {
                return code;
            }
        } else {
            bool again = failed == JIRASEND_E_NETWORK || failed == JIRASEND_E_TIMEOUT;
            if (last || !again || error.retry_after_ms > cli_client_left_ms(client)) {
                return cli_library_failed(failed, &error);
            }
            cli_note("%s", error.message);
        }
        int64_t wait = with_jitter(pause);
        wait = wait > error.retry_after_ms ? wait : error.retry_after_ms;
        if (!cli_signals_sleep(smaller(wait, cli_client_left_ms(client)))) {
            return CLI_TEMPORARY;
        }
        pause = smaller(pause * 3 / 2, LAST_PAUSE_MS);
    }
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
            code = ask(&client, options, &query);
            cli_client_close(&client);
        }
    }
    cli_facts_free(&facts);
    return code;
}
