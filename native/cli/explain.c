/* jirasend explain: why an issue shows what it shows. */
#include "base/buf.h"
#include "cli/ask.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/table.h"
#include "cli/verbs.h"

#include <jirasend/history.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MAX = 200, HASH_SHOWN = 7 };

static json_object *member_of(json_object *object, const char *name) {
    json_object *member = NULL;
    json_object_object_get_ex(object, name, &member);
    return member;
}

/* ---- what Jira has now ---- */

/* Names the thing of a receipt as a deletion does: by the members of its stream. */
static json_object *thing_of(json_object *receipt) {
    static const char *const members[] = {"kind", "site", "pipelineId", "number", "flagId", "hash"};
    json_object *thing = json_object_new_object();
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_object *member = member_of(receipt, members[i]);
        if (member != NULL) {
            json_object_object_add(thing, members[i], json_object_get(member));
        }
    }
    const char *branch = cli_table_text(receipt, "branch");
    if (branch[0] != '\0' && strcmp(cli_table_text(receipt, "kind"), "branch") == 0) {
        json_object_object_add(thing, "name", json_object_new_string(branch));
    }
    static const char *const nested[] = {"environment", "repository"};
    for (size_t i = 0; i < 2; i++) {
        json_object *member = member_of(receipt, nested[i]);
        json_object *id = member != NULL ? member_of(member, "id") : NULL;
        if (id != NULL) {
            json_object *only = json_object_new_object();
            json_object_object_add(only, "id", json_object_get(id));
            json_object_object_add(thing, nested[i], only);
        }
    }
    return thing;
}

/* 66 is an answer: Jira does not have it. */
static int ask_one(cli_client *client, json_object *thing, json_object *jira) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *answer = NULL;
    const char *document = cli_ask_line(thing);
    jirasend_code code = jirasend_client_show(client->handle, document, strlen(document),
                                              cli_client_left_ms(client), &answer, &error);
    json_object *read = answer != NULL ? json_tokener_parse(answer) : NULL;
    json_object *has = read != NULL ? member_of(read, "jira") : NULL;
    if (has != NULL) {
        json_object_array_add(jira, json_object_get(has));
    }
    json_object_put(read);
    jirasend_free(answer);
    bool answered = code == JIRASEND_OK || code == JIRASEND_E_NOT_FOUND;
    return answered ? CLI_OK : cli_library_failed(code, &error);
}

/* Each thing once, the newest first; until Jira does not answer any more. */
static int ask_jira(cli_client *client, json_object *events, json_object *jira) {
    js_strings asked = JS_STRINGS_INIT;
    int code = CLI_OK;
    for (size_t i = 0; i < json_object_array_length(events) && asked.count < ASKED_MAX; i++) {
        json_object *thing = thing_of(json_object_array_get_idx(events, i));
        const char *name = cli_ask_line(thing);
        if (code == CLI_OK && !js_strings_contain(&asked, name)) {
            code = js_strings_add(&asked, name, strlen(name)) ? ask_one(client, thing, jira)
                                                              : cli_no_memory();
        }
        json_object_put(thing);
    }
    js_strings_clear(&asked);
    return code;
}

/* ---- for people ---- */

static void print_line(js_buf *line) {
    cli_out_escaped(line->failed || line->data == NULL ? "" : line->data);
    cli_out("\n", 1);
    js_buf_clear(line);
}

static void print_event(json_object *receipt) {
    json_object *found = member_of(receipt, "found");
    js_buf from = JS_BUF_INIT;
    const char *commit = cli_table_text(found, "commit");
    js_buf_addf(&from, "%s%s%.*s", cli_table_text(found, "from"), commit[0] != '\0' ? " " : "",
                HASH_SHOWN, commit);
    cli_table_event(receipt, from.failed || from.data == NULL ? "" : from.data);
    js_buf_clear(&from);
    if (strcmp(cli_table_text(receipt, "status"), "accepted") != 0) {
        cli_table_wrapped("    ", cli_table_text(receipt, "message"));
    }
}

static bool unknown_to_jira(json_object *receipt, const char *key) {
    json_object *unknown = member_of(receipt, "unknownIssueKeys");
    for (size_t i = 0; unknown != NULL && i < json_object_array_length(unknown); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(unknown, i)), key) == 0) {
            return true;
        }
    }
    return false;
}

static void print_dropped(json_object *dropped) {
    static const struct {
        const char *rule, *why;
    } rules[] = {
        {"projects", "its project is not among those of --projects"},
        {"not-keys", "such words are no issue keys (--not-keys, or the built-in list)"},
        {"case", "it is in lower case; --any-case takes it"},
        {"border", "a letter or digit stands directly before or after it"},
        {"more than 500", "Jira takes 500 issue keys for one event"},
    };
    const char *rule = cli_table_text(dropped, "rule");
    const char *why = "";
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        why = strcmp(rules[i].rule, rule) == 0 ? rules[i].why : why;
    }
    js_buf line = JS_BUF_INIT;
    js_buf_addf(&line, "event %lld: %s: %s",
                (long long)json_object_get_int64(member_of(dropped, "id")), rule, why);
    cli_table_wrapped("  ", line.failed ? "" : line.data);
    js_buf_clear(&line);
}

static void print_jira(json_object *jira, bool asked) {
    js_buf line = JS_BUF_INIT;
    size_t count = json_object_array_length(jira);
    if (!asked) {
        return;
    }
    js_buf_addf(&line, "Jira has %zu of these things now.", count);
    print_line(&line);
}

static void print_hints(json_object *answer, const char *key) {
    json_object *events = member_of(answer, "events");
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        if (unknown_to_jira(json_object_array_get_idx(events, i), key)) {
            js_buf line = JS_BUF_INIT;
            js_buf_addf(&line, "Jira said that it knows no issue %s.", key);
            print_line(&line);
            return;
        }
    }
}

static void print_answer(json_object *answer, bool asked) {
    json_object *events = member_of(answer, "events");
    json_object *dropped = member_of(answer, "dropped");
    const char *key = cli_table_text(answer, "key");
    size_t count = json_object_array_length(events);
    js_buf line = JS_BUF_INIT;
    if (count == 0) {
        js_buf_addf(&line, "%s was never told to Jira.", key);
    } else {
        js_buf_addf(&line, "%s was named by %zu event%s, newest first:", key, count,
                    count == 1 ? "" : "s");
    }
    print_line(&line);
    if (count > 0) {
        cli_table_head("found in");
    }
    for (size_t i = 0; i < count && !cli_output_failed(); i++) {
        print_event(json_object_array_get_idx(events, i));
    }
    print_hints(answer, key);
    for (size_t i = 0; i < json_object_array_length(dropped); i++) {
        if (i == 0) {
            js_buf head = JS_BUF_INIT;
            js_buf_addf(&head, "Texts that hold %s, and where it was not taken:", key);
            print_line(&head);
        }
        print_dropped(json_object_array_get_idx(dropped, i));
    }
    print_jira(member_of(answer, "jira"), asked && count > 0);
}

/* ---- the verb ---- */

static int answer_for(cli_client *client, const cli_options *options, const char *text) {
    json_object *answer = json_tokener_parse(text);
    json_object *events = answer != NULL ? member_of(answer, "events") : NULL;
    json_object *dropped = answer != NULL ? member_of(answer, "dropped") : NULL;
    json_object *jira = json_object_new_array();
    if (events == NULL || dropped == NULL || jira == NULL) {
        json_object_put(answer);
        json_object_put(jira);
        return cli_no_memory();
    }
    json_object_object_add(answer, "jira", jira);
    bool known = json_object_array_length(events) + json_object_array_length(dropped) > 0;
    bool asks = !options->set[CLI_OFFLINE];
    int code = known && asks ? ask_jira(client, events, jira) : CLI_OK;
    if (options->set[CLI_JSON]) {
        cli_out_line(cli_ask_line(answer));
    } else if (known) {
        print_answer(answer, asks && code == CLI_OK);
    }
    if (!known) {
        cli_fail(
            "The history in %s does not know %s: no event named it, and no text of one held it.",
            client->folder, cli_table_text(answer, "key"));
        code = CLI_NO_INPUT;
    }
    json_object_put(answer);
    return code;
}

int cli_verb_explain(const cli_options *options) {
    cli_client client;
    int code = cli_ask_arguments(options, 1, "an issue key, such as APP-1");
    if (code == CLI_OK) {
        code = cli_ask_open(&client, options,
                            options->set[CLI_OFFLINE] ? CLI_MODE_LOOK : CLI_MODE_DELIVER);
    }
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *answer = NULL;
    jirasend_code failed =
        jirasend_client_explain(client.handle, options->arguments.items[0], &answer, &error);
    code = failed == JIRASEND_OK ? answer_for(&client, options, answer)
                                 : cli_ask_failed(failed, &error);
    jirasend_free(answer);
    cli_client_close(&client);
    return code;
}
