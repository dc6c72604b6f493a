/* jirasend verify: every accepted event against what Jira has, and --repair. */
#include "base/buf.h"
#include "base/world.h"
#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "event/json.h"

#include <jirasend/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    REWRITE_MS = 250,
    PLAIN_MS = 5000,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 15000,
    SILENCE_MS = 30000 /* without --wait: how long nobody may answer */
};

/* Something that differs, to be repaired. */
typedef struct cli_differing {
    int64_t id;
    char kind[16];
} cli_differing;

/* One run of it. */
typedef struct verifying {
    const cli_options *options;
    cli_client *client;
    jirasend_verification *verification;
    cli_differing *differing;
    size_t count, room;
    int64_t answered_ms; /* when Jira has answered last */
    int64_t shown_ms;
    bool table; /* its head was printed */
    bool cut;   /* not everything was asked: no answer, or the time is up */
    int code;   /* the gravest so far */
} verifying;

static json_object *summary_of(const verifying *in) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    json_object *summary = NULL;
    if (jirasend_verify_summary(in->verification, &text, &error) == JIRASEND_OK) {
        summary = json_tokener_parse(text);
    }
    jirasend_free(text);
    return summary;
}

/* ---- how far it is ---- */

static void show_progress(verifying *in) {
    bool terminal = cli_output_terminal();
    int64_t now_ms = js_monotonic_ms();
    if (cli_output_is_quiet() || now_ms - in->shown_ms < (terminal ? REWRITE_MS : PLAIN_MS)) {
        return;
    }
    in->shown_ms = now_ms;
    json_object *summary = summary_of(in);
    js_buf line = JS_BUF_INIT;
    js_buf_addf(&line, "%lld of %lld things asked, %lld differ",
                (long long)js_json_number_of(summary, "asked"),
                (long long)js_json_number_of(summary, "things"),
                (long long)js_json_number_of(summary, "differing"));
    if (!line.failed && terminal) {
        cli_progress_line(line.data);
    } else if (!line.failed) {
        cli_note("%s.", line.data);
    }
    js_buf_clear(&line);
    json_object_put(summary);
}

/* ---- what differs ---- */

static json_object *differences_of(json_object *line) {
    json_object *differences = NULL;
    json_object_object_get_ex(line, "differences", &differences);
    return differences;
}

/* "not in Jira" where nothing is there; else the members. */
static void name_members(js_buf *out, json_object *differences) {
    bool gone = true;
    for (size_t i = 0; i < json_object_array_length(differences); i++) {
        json_object *one = json_object_array_get_idx(differences, i);
        json_object *jira = NULL;
        json_object_object_get_ex(one, "jira", &jira);
        gone = gone && jira == NULL;
        js_buf_addf(out, "%s%s", i > 0 ? ", " : "", js_json_text_of(one, "member"));
    }
    if (gone) {
        js_buf_reset(out);
        js_buf_add_text(out, "not in Jira");
    }
}

static void print_line(verifying *in, json_object *line) {
    if (in->options->set[CLI_JSON]) {
        cli_out_line(cli_ask_line(line));
        return;
    }
    json_object *differences = differences_of(line);
    js_buf members = JS_BUF_INIT;
    name_members(&members, differences);
    if (!in->table) {
        cli_table_head("differs in");
        in->table = true;
    }
    bool gone = !members.failed && members.length > 0 && strcmp(members.data, "not in Jira") == 0;
    cli_table_event(line, members.failed || members.data == NULL ? "" : members.data);
    for (size_t i = 0; i < json_object_array_length(differences) && !gone; i++) {
        cli_ask_print_difference("    ", json_object_array_get_idx(differences, i));
    }
    js_buf_clear(&members);
}

static bool remember(verifying *in, json_object *line) {
    if (in->count == in->room) {
        size_t room = in->room == 0 ? 16 : in->room * 2;
        cli_differing *grown = realloc(in->differing, room * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        in->differing = grown;
        in->room = room;
    }
    cli_differing *one = &in->differing[in->count++];
    *one = (cli_differing){.id = js_json_number_of(line, "id")};
    (void)snprintf(one->kind, sizeof one->kind, "%s", js_json_text_of(line, "kind"));
    return true;
}

static void take_lines(verifying *in, const char *text) {
    json_object *lines = json_tokener_parse(text);
    size_t count =
        json_object_is_type(lines, json_type_array) ? json_object_array_length(lines) : 0;
    if (count > 0) {
        cli_progress_line(NULL);
    }
    for (size_t i = 0; i < count && !cli_output_failed(); i++) {
        json_object *line = json_object_array_get_idx(lines, i);
        print_line(in, line);
        in->code = cli_exit_graver(in->code, CLI_DATA);
        if (!remember(in, line)) {
            in->code = cli_no_memory();
        }
    }
    json_object_put(lines);
}

/* ---- asking ---- */

static bool bounded(const verifying *in) {
    return cli_value(in->options, CLI_WAIT) != NULL;
}

/* With --wait what is left of it; else as long as it takes one answer. */
static int64_t left_ms(const verifying *in) {
    return bounded(in) ? cli_client_left_ms(in->client) : SILENCE_MS;
}

/*
 * Sleeps before the same is asked again. Jira's own wish is heeded as long as it takes; from who does not
 * answer at all nothing is to be expected for long. False: it was the last time.
 */
static bool pause_for(const verifying *in, int64_t *pause_ms, const jirasend_error *error) {
    int64_t wait_ms = error->retry_after_ms > *pause_ms ? error->retry_after_ms : *pause_ms;
    int64_t silent_ms = js_monotonic_ms() - in->answered_ms;
    *pause_ms = *pause_ms * 2 < LONGEST_PAUSE_MS ? *pause_ms * 2 : LONGEST_PAUSE_MS;
    bool worth_it = bounded(in) ? wait_ms < cli_client_left_ms(in->client)
                                : error->retry_after_ms > 0 || silent_ms + wait_ms < SILENCE_MS;
    return worth_it && cli_signals_sleep(wait_ms);
}

static int say_failure(const verifying *in, jirasend_code code, const jirasend_error *error) {
    if (cli_signals_caught() != 0) {
        return CLI_TEMPORARY;
    }
    if (bounded(in) && cli_client_left_ms(in->client) == 0) {
        cli_fail("The time is up before everything was asked. The next `jirasend verify` goes on "
                 "where this one ended.");
        return CLI_TEMPORARY;
    }
    return code == JIRASEND_E_ARGUMENT ? cli_ask_failed(code, error)
                                       : cli_library_failed(code, error);
}

/* False: it is over, one way or the other. */
static bool ask_once(verifying *in, int64_t *pause_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *lines = NULL;
    bool late = bounded(in) && cli_client_left_ms(in->client) == 0;
    jirasend_code code = late ? JIRASEND_E_TIMEOUT
                              : jirasend_verify_next(in->verification, left_ms(in), &lines, &error);
    bool goes_on = code == JIRASEND_OK;
    if (code == JIRASEND_OK) {
        *pause_ms = FIRST_PAUSE_MS;
        in->answered_ms = js_monotonic_ms();
        take_lines(in, lines);
        goes_on = !cli_output_failed();
    } else if (code == JIRASEND_E_CREDENTIALS) { /* of one API, perhaps */
        cli_progress_line(NULL);
        in->code = cli_exit_graver(in->code, cli_library_failed(code, &error));
        goes_on = true;
    } else if (code != JIRASEND_E_NOT_FOUND) {
        bool again = (code == JIRASEND_E_NETWORK || code == JIRASEND_E_TIMEOUT) && !late;
        goes_on = again && pause_for(in, pause_ms, &error);
        if (!goes_on) {
            cli_progress_line(NULL);
            in->cut = true;
            in->code = cli_exit_graver(in->code, say_failure(in, code, &error));
        }
    }
    jirasend_free(lines);
    return goes_on && cli_signals_caught() == 0;
}

static void ask_all(verifying *in) {
    int64_t pause_ms = FIRST_PAUSE_MS;
    in->answered_ms = js_monotonic_ms();
    in->shown_ms = cli_output_terminal() ? 0 : in->answered_ms;
    while (ask_once(in, &pause_ms)) {
        show_progress(in);
    }
    cli_progress_line(NULL);
}

/* ---- the end ---- */

static void say_strangers(json_object *summary) {
    json_object *strangers = NULL;
    json_object_object_get_ex(summary, "strangers", &strangers);
    for (size_t i = 0; strangers != NULL && i < json_object_array_length(strangers); i++) {
        cli_fail("%s: Jira has none of what was asked for. Perhaps the credentials are new: Jira "
                 "shows them only what they sent themselves.",
                 json_object_get_string(json_object_array_get_idx(strangers, i)));
    }
}

static void say_summary(json_object *summary) {
    long long newer = js_json_number_of(summary, "newer");
    long long not_known = js_json_number_of(summary, "notKnown");
    long long went_on = js_json_number_of(summary, "wentOn");
    long long differing = js_json_number_of(summary, "differing");
    js_buf line = JS_BUF_INIT;
    js_buf_addf(&line, "%lld of %lld things asked: %lld differ%s",
                (long long)js_json_number_of(summary, "asked") - went_on,
                (long long)js_json_number_of(summary, "things"), differing,
                differing == 1 ? "s" : "");
    if (newer > 0) {
        js_buf_addf(&line, ", %lld %s newer in Jira", newer, newer == 1 ? "is" : "are");
    }
    if (not_known > 0) {
        js_buf_addf(&line, ", %lld %s not known", not_known, not_known == 1 ? "is" : "are");
    }
    if (went_on > 0) {
        js_buf_addf(&line, ", %lld were asked by the run before", went_on);
    }
    if (!line.failed) {
        cli_note("%s.", line.data);
    }
    js_buf_clear(&line);
}

/* ---- --repair ---- */

static void name_event(const verifying *in, int64_t id, js_buf *name) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    if (jirasend_client_receipt(in->client->handle, id, &text, &error) == JIRASEND_OK) {
        json_object *receipt = json_tokener_parse(text);
        cli_receipt_name(receipt, name);
        json_object_put(receipt);
    }
    js_buf_addf(name, "%sevent %lld", name->length > 0 ? ", " : "", (long long)id);
    jirasend_free(text);
}

/* False: it cannot be repaired, which was said. */
static bool repair_one(const verifying *in, int64_t id, cli_receipts *receipts) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t again = 0;
    jirasend_code code = jirasend_client_repair(in->client->handle, id, &again, &error);
    if (code == JIRASEND_OK) {
        return cli_receipts_add(receipts, again, 0);
    }
    js_buf name = JS_BUF_INIT;
    name_event(in, id, &name);
    cli_fail("%s cannot be repaired. %s", name.failed ? "An event" : name.data, error.message);
    js_buf_clear(&name);
    return false;
}

/* Whoever looks with the wrong credentials must not send everything once more by mistake. */
static bool is_strange(const verifying *in, json_object *summary, const char *kind) {
    json_object *kinds = NULL;
    json_object_object_get_ex(summary, "strangerKinds", &kinds);
    size_t count = kinds != NULL ? json_object_array_length(kinds) : 0;
    bool strange = false;
    for (size_t i = 0; i < count && !strange; i++) {
        strange = strcmp(json_object_get_string(json_object_array_get_idx(kinds, i)), kind) == 0;
    }
    return strange && in->options->given[CLI_KIND].count == 0;
}

static int repair_all(verifying *in, json_object *summary) {
    cli_receipts receipts;
    bool all = true, strange = false;
    cli_client_start_clock(in->client);
    cli_receipts_init(&receipts, in->client, false, NULL);
    for (size_t i = 0; i < in->count && cli_signals_caught() == 0; i++) {
        if (is_strange(in, summary, in->differing[i].kind)) {
            strange = true;
        } else {
            all = repair_one(in, in->differing[i].id, &receipts) && all;
        }
    }
    if (strange) {
        cli_fail("Nothing was repaired there. To repair them too, name the kinds with --kind.");
    }
    cli_receipts_settle_all(&receipts);
    cli_receipts_summary(&receipts);
    all = all && receipts.totals[CLI_ACCEPTED] == (long)in->count;
    cli_receipts_free(&receipts);
    return all ? CLI_OK : CLI_DATA;
}

/* What the credentials may not read keeps nothing else from being repaired. */
static void repair(verifying *in, json_object *summary) {
    if (in->cut) {
        cli_fail("Nothing was repaired, as not everything was asked. The next `jirasend verify "
                 "--repair` goes on where this one ended.");
    } else if (in->code == CLI_DATA) {
        in->code = repair_all(in, summary);
    } else if (in->code == CLI_NO_PERMISSION) {
        in->code = cli_exit_graver(in->code, repair_all(in, summary));
    }
}

static void end(verifying *in) {
    json_object *summary = summary_of(in);
    say_strangers(summary);
    say_summary(summary);
    if (in->options->set[CLI_REPAIR] && in->count > 0) {
        repair(in, summary);
    }
    json_object_put(summary);
}

/* ---- the verb ---- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int read_options(const cli_options *options, jirasend_verify_options *out, js_buf *kinds) {
    cli_ask_join(options, CLI_KIND, kinds);
    const char *since = cli_value(options, CLI_SINCE);
    const char *sample = cli_value(options, CLI_SAMPLE);
    int code = kinds->failed ? cli_no_memory() : CLI_OK;
    out->kinds = kinds->data;
    if (code == CLI_OK && since != NULL) {
        code = cli_check_ago("--since", since, now_ms(), &out->since_ms);
    }
    if (code == CLI_OK && sample != NULL) {
        code = cli_check_range("--sample", sample, 1, INT64_MAX, &out->sample);
    }
    return code;
}

static int run(cli_client *client, const cli_options *options,
               const jirasend_verify_options *chosen) {
    verifying in = {.options = options, .client = client};
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code code =
        jirasend_client_verify_begin(client->handle, chosen, &in.verification, &error);
    if (code != JIRASEND_OK) {
        return cli_ask_failed(code, &error);
    }
    ask_all(&in);
    if (cli_signals_caught() == 0) {
        end(&in);
    }
    jirasend_verify_end(in.verification);
    free(in.differing);
    return in.code;
}

int cli_verb_verify(const cli_options *options) {
    jirasend_verify_options chosen = JIRASEND_VERIFY_OPTIONS_INIT;
    js_buf kinds = JS_BUF_INIT;
    cli_client client;
    int code = cli_ask_arguments(options, 0, "options alone");
    if (code == CLI_OK) {
        code = read_options(options, &chosen, &kinds);
    }
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options, CLI_MODE_DELIVER);
        if (code == CLI_OK) {
            code = run(&client, options, &chosen);
            cli_client_close(&client);
        }
    }
    js_buf_clear(&kinds);
    return code;
}
