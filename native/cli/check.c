/* jirasend check */
#include "base/buf.h"
#include "cli/client.h"
#include "cli/database.h"
#include "cli/exit_code.h"
#include "cli/kind_list.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/verbs.h"

#include <jirasend/client.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

/* One step of the report in a line of its own. */
static void show_step(json_object *report, const char *member, const char *title) {
    json_object *step = NULL, *ok = NULL, *value = NULL, *message = NULL;
    if (!json_object_object_get_ex(report, member, &step)) {
        return;
    }
    json_object_object_get_ex(step, "ok", &ok);
    json_object_object_get_ex(step, "value", &value);
    json_object_object_get_ex(step, "message", &message);
    bool good = json_object_get_boolean(ok);
    if (good && cli_output_is_quiet()) {
        return;
    }
    const char *words = message != NULL ? json_object_get_string(message) : "";
    const char *found = value != NULL ? json_object_get_string(value) : "";
    char text[1024];
    snprintf(text, sizeof(text), "%s%s%s%s%s", title, found[0] != '\0' ? " " : "", found,
             words[0] != '\0' ? ": " : "", words);
    cli_event_line(good ? CLI_GREEN : CLI_RED, good ? "\xE2\x9C\x93" : "\xE2\x9C\x97",
                   good ? "works" : "fails", text);
}

static const char *answer_of(json_object *permission) {
    json_object *answer = NULL;
    json_object_object_get_ex(permission, "answer", &answer);
    return answer != NULL ? json_object_get_string(answer) : "";
}

static const char *name_of(json_object *permission) {
    json_object *name = NULL;
    json_object_object_get_ex(permission, "permission", &name);
    return name != NULL ? json_object_get_string(name) : "";
}

static bool is_yes(const char *answer) {
    return strncmp(answer, "yes", 3) == 0; /* also: but not to read back */
}

static json_object *permissions_of(json_object *report) {
    json_object *list = NULL;
    json_object_object_get_ex(report, "permissions", &list);
    return json_object_is_type(list, json_type_array) ? list : NULL;
}

static size_t count_of(json_object *list) {
    return list != NULL ? json_object_array_length(list) : 0;
}

static void show_permissions(json_object *report) {
    json_object *list = permissions_of(report);
    for (size_t i = 0; i < count_of(list); i++) {
        json_object *permission = json_object_array_get_idx(list, i);
        const char *answer = answer_of(permission);
        char line[128];
        snprintf(line, sizeof(line), "%s: %s", name_of(permission), answer);
        if (!is_yes(answer) || !cli_output_is_quiet()) {
            cli_plain_line(line);
        }
    }
}

/* Whether it is for one of these kinds. */
static bool is_for(json_object *permission, const js_strings *kinds) {
    json_object *names = NULL;
    json_object_object_get_ex(permission, "kinds", &names);
    for (size_t i = 0; i < count_of(names); i++) {
        if (cli_kinds_hold(kinds, json_object_get_string(json_object_array_get_idx(names, i)))) {
            return true;
        }
    }
    return false;
}

/* 77 when nothing at all may be sent, or one of the kinds that were named may not. */
static int exit_of_permissions(const char *report, const js_strings *kinds) {
    json_object *document = json_tokener_parse(report);
    json_object *list = permissions_of(document);
    js_buf lacking = JS_BUF_INIT;
    size_t yes = 0, wanted = 0;
    for (size_t i = 0; i < count_of(list); i++) {
        json_object *permission = json_object_array_get_idx(list, i);
        yes += is_yes(answer_of(permission)) ? 1 : 0;
        if (strcmp(answer_of(permission), "no") == 0) {
            wanted += is_for(permission, kinds) ? 1 : 0;
            js_buf_addf(&lacking, "%s%s", lacking.length > 0 ? ", " : "", name_of(permission));
        }
    }
    bool refused = (yes == 0 && lacking.length > 0) || wanted > 0;
    if (refused) {
        cli_fail("The credentials lack: %s. In Jira, give them these permissions: Settings, Apps, "
                 "OAuth credentials.",
                 lacking.failed ? "permissions" : lacking.data);
    }
    js_buf_clear(&lacking);
    json_object_put(document);
    return refused ? CLI_NO_PERMISSION : CLI_OK;
}

/* Whom the relay takes us for, a member a line. */
static void show_relay(json_object *report) {
    json_object_object_foreach(report, name, value) {
        js_buf line = JS_BUF_INIT;
        js_buf_addf(&line, "%s:", name);
        if (json_object_is_type(value, json_type_array)) {
            for (size_t i = 0; i < json_object_array_length(value); i++) {
                js_buf_addf(&line, "%s %s", i > 0 ? "," : "",
                            json_object_get_string(json_object_array_get_idx(value, i)));
            }
        } else {
            const char *text = json_object_get_string(value);
            js_buf_addf(&line, " %s", text != NULL ? text : "null");
        }
        if (!line.failed) {
            cli_plain_line(line.data);
        }
        js_buf_clear(&line);
    }
}

static void show_report(const cli_options *options, const char *report) {
    if (options->set[CLI_JSON]) {
        cli_out_line(report);
        return;
    }
    json_object *document = json_tokener_parse(report);
    if (json_object_object_get_ex(document, "relay", NULL)) {
        if (!cli_output_is_quiet()) {
            show_relay(document);
        }
    } else {
        show_step(document, "token", "token");
        show_step(document, "cloudId", "cloud id");
        show_permissions(document);
    }
    json_object_put(document);
}

static int check(const cli_options *options, const char *site, const js_strings *kinds) {
    cli_client client;
    int code = cli_client_open(&client, options, CLI_MODE_DELIVER);
    if (code != CLI_OK) {
        return code;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *report = NULL;
    /* "Once" still needs a moment to ask: --wait 0 would else never see an answer. */
    int64_t wait_ms = client.wait_ms > 0 ? client.wait_ms : 10000;
    jirasend_code failed = jirasend_client_check(client.handle, site, wait_ms, &report, &error);
    if (report != NULL) {
        show_report(options, report);
        code = cli_exit_of_code(failed);
        code = code == CLI_OK ? exit_of_permissions(report, kinds) : code;
        jirasend_free(report);
    } else {
        code = cli_library_failed(failed, &error);
    }
    cli_client_close(&client);
    return code;
}

/* An outbox may be looked at where no credentials of Jira are. */
static bool asks_outbox_alone(const cli_options *options) {
    return options->given[CLI_OUTBOX_DIR].count > 0 && cli_lacks_site(options) &&
           cli_value(options, CLI_CLIENT_ID) == NULL;
}

int cli_verb_check(const cli_options *options) {
    int code = cli_no_arguments(options);
    const char *site = cli_value(options, CLI_SITE);
    /* Of variables it is told only where it is asked for: they are there for other calls. */
    const char *outbox =
        options->given[CLI_OUTBOX_DIR].count > 0 ? cli_value(options, CLI_OUTBOX_DIR) : NULL;
    if (code == CLI_OK && asks_outbox_alone(options)) {
        return cli_check_outbox(options, outbox);
    }
    if (code == CLI_OK && cli_lacks_site(options)) {
        return cli_usage("There is no Jira site. Give --site acme.atlassian.net or set "
                         "JIRASEND_SITE.");
    }
    js_strings kinds = JS_STRINGS_INIT;
    code = code == CLI_OK ? cli_kinds_read(options, &kinds) : code;
    code = code == CLI_OK ? check(options, site, &kinds) : code;
    if (outbox != NULL && code != CLI_USAGE) {
        code = cli_exit_graver(code, cli_check_outbox(options, outbox));
    }
    js_strings_clear(&kinds);
    return code;
}
