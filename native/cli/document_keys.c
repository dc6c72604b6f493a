/* Issue keys of an event document, and the texts to find keys in. */
#include "base/text.h"
#include "cli/client.h"
#include "cli/config.h"
#include "cli/document_maker.h"
#include "cli/exit_code.h"
#include "cli/git_document.h"
#include "cli/git_scan.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/values.h"

#include <string.h>

/* So much of commits' messages goes into a document as it is; of the rest only their keys. */
enum { MESSAGES_MAX = 4 * 1024 * 1024 };

static void add_given_keys(cli_maker *in, cli_option option) {
    const js_strings *given = &in->options->given[option];
    const char *origin = cli_origin(in->options, option);
    js_strings keys = JS_STRINGS_INIT;
    for (size_t i = 0; i < given->count && in->code == CLI_OK; i++) {
        cli_maker_fail(in, cli_check_keys(origin, given->items[i], &keys));
    }
    if (keys.count > 0 && in->code == CLI_OK) {
        json_object *array = json_object_new_array();
        for (size_t i = 0; i < keys.count; i++) {
            cli_maker_add_to(in, array, json_object_new_string(keys.items[i]));
        }
        cli_maker_add(in, in->document, "issueKeys", array);
    }
    js_strings_clear(&keys);
}

/* Text of any origin as JSON can hold it. What is replaced was a border between keys before, too. */
static void add_text(cli_maker *in, json_object *texts, const char *text, size_t length,
                     const char *from, const char *commit) {
    js_buf clean = JS_BUF_INIT;
    if (length == 0) {
        return;
    }
    git_add_text(&clean, text, length);
    if (clean.failed) {
        cli_maker_fail(in, cli_no_memory());
    } else {
        json_object *one = json_object_new_object();
        cli_maker_add(in, one, "text", json_object_new_string_len(clean.data, (int)clean.length));
        cli_maker_add_text(in, one, "from", from);
        if (commit != NULL) {
            cli_maker_add_text(in, one, "commit", commit);
        }
        cli_maker_add_to(in, texts, one);
    }
    js_buf_clear(&clean);
}

typedef struct told {
    cli_maker *in;
    json_object *texts;
} told;

static void add_told(void *context, const char *hash, const char *message) {
    told *to = context;
    if (to->in->code == CLI_OK) {
        add_text(to->in, to->texts, message, strlen(message), "message", hash);
    }
}

/* Of all commits of a push, where the CI tells them; else of the one that is built. */
static void add_messages(cli_maker *in, json_object *texts) {
    told to = {in, texts};
    if (in->facts.ci != NULL && in->facts.ci->told_commits != NULL) {
        in->facts.ci->told_commits(add_told, &to);
    }
    const char *message = cli_facts_get(&in->facts, CLI_FACT_MESSAGE);
    const char *commit = cli_facts_get(&in->facts, CLI_FACT_COMMIT);
    if (message != NULL && in->code == CLI_OK) {
        bool ours = cli_value(in->options, CLI_COMMIT) == NULL && commit != NULL;
        bool known = ours && js_utf16_length(commit, strlen(commit)) <= CLI_ID_UNITS;
        add_text(in, texts, message, strlen(message), "message", known ? commit : NULL);
    }
}

static void add_facts(cli_maker *in, json_object *texts) {
    static const struct {
        cli_fact fact;
        const char *from;
    } scanned[] = {{CLI_FACT_BRANCH, "branch"},
                   {CLI_FACT_TAG, "tag"},
                   {CLI_FACT_PR_BRANCH, "branch"},
                   {CLI_FACT_PR_TITLE, "title"}};
    for (size_t i = 0; i < sizeof(scanned) / sizeof(scanned[0]) && in->code == CLI_OK; i++) {
        /* A branch that was given stands for those that the CI tells. */
        bool replaced =
            scanned[i].fact == CLI_FACT_PR_BRANCH && cli_value(in->options, CLI_BRANCH) != NULL;
        const char *text = replaced ? NULL : cli_facts_get(&in->facts, scanned[i].fact);
        if (text != NULL) {
            add_text(in, texts, text, strlen(text), scanned[i].from, NULL);
        }
    }
    add_messages(in, texts);
}

static void add_file(cli_maker *in, json_object *texts) {
    const char *file = cli_value(in->options, CLI_KEYS_FROM);
    js_buf content = JS_BUF_INIT;
    if (file != NULL && in->code == CLI_OK) {
        cli_maker_fail(in,
                       cli_input_read_all(file, "The file of --keys-from", CLI_TEXT_MAX, &content));
    }
    if (in->code == CLI_OK) {
        add_text(in, texts, content.data, content.length, "text", NULL);
    }
    js_buf_clear(&content);
}

typedef struct messages {
    cli_maker *maker;
    json_object *texts;
    jirasend_config *keys; /* made when it is needed */
    size_t length;
} messages;

/* Whether it can hold a key: a hyphen with a digit after it. */
static bool may_hold_key(const char *text, size_t length) {
    const char *rest = text, *end = text + length;
    while (rest < end && (rest = memchr(rest, '-', (size_t)(end - rest))) != NULL) {
        if (++rest < end && *rest >= '1' && *rest <= '9') {
            return true;
        }
    }
    return false;
}

/* The keys of a message in its place, as text. */
static int add_found(messages *in, const char *hash, const char *message, size_t length) {
    char *keys = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    int code = in->keys == NULL ? cli_config_make(in->maker->options, false, &in->keys) : CLI_OK;
    if (code != CLI_OK) {
        return code;
    }
    jirasend_code failed = jirasend_keys_scan(in->keys, message, length, &keys, &error);
    if (failed != JIRASEND_OK) {
        return cli_library_failed(failed, &error);
    }
    if (strcmp(keys, "[]") != 0) {
        add_text(in->maker, in->texts, keys, strlen(keys), "message", hash);
    }
    jirasend_free(keys);
    return in->maker->code;
}

static int take_message(void *context, const char *hash, const char *message, size_t length) {
    messages *in = context;
    if (!may_hold_key(message, length)) {
        return CLI_OK;
    }
    in->length += length;
    if (in->length > MESSAGES_MAX) {
        return add_found(in, hash, message, length);
    }
    add_text(in->maker, in->texts, message, length, "message", hash);
    return in->maker->code;
}

static const char *text_of(json_object *object, const char *name) {
    json_object *member = NULL;
    return json_object_object_get_ex(object, name, &member) ? json_object_get_string(member) : NULL;
}

static void add_remembered_given(cli_maker *in, const char *key) {
    json_object *given = NULL;
    if (!json_object_object_get_ex(in->document, "issueKeys", &given)) {
        given = json_object_new_array();
        cli_maker_add(in, in->document, "issueKeys", given);
    }
    if (in->code == CLI_OK) {
        cli_maker_add_to(in, given, json_object_new_string(key));
    }
}

/* The same commit again: the keys of the deployment that brought it, found where they were found. */
static void add_remembered(cli_maker *in, json_object *texts) {
    json_object *found = NULL;
    json_object_object_get_ex(in->last, "found", &found);
    size_t count = found != NULL ? json_object_array_length(found) : 0;
    for (size_t i = 0; i < count && in->code == CLI_OK; i++) {
        json_object *one = json_object_array_get_idx(found, i);
        const char *key = text_of(one, "key"), *from = text_of(one, "from");
        if (key == NULL || from == NULL) {
            continue;
        }
        if (strcmp(from, "given") == 0) {
            add_remembered_given(in, key);
        } else {
            add_text(in, texts, key, strlen(key), from, text_of(one, "commit"));
        }
    }
}

/* A job without git or without a clone still runs its command: Jira never keeps it from starting. */
static void add_pushed(cli_maker *in, messages *context) {
    int code = git_pushed_messages(in->facts.ci, take_message, context);
    if (code == CLI_NO_INPUT && in->options->verb == CLI_RUN) {
        cli_note("The command runs all the same; issue keys are not searched in commits.");
        code = CLI_OK;
    }
    cli_maker_fail(in, code);
}

void cli_document_add_keys(cli_maker *in, bool told_too) {
    if (in->options->set[CLI_ONLY_KEYS]) {
        add_given_keys(in, CLI_ONLY_KEYS);
        return;
    }
    json_object *texts = json_object_new_array();
    messages context = {.maker = in, .texts = texts};
    bool rollback = in->compared && in->since.relation == GIT_BACK;
    add_given_keys(in, CLI_KEYS_GIVEN);
    if (told_too &&
        !rollback) { /* it is about what runs now, and the news about what no longer does */
        add_facts(in, texts);
    }
    add_file(in, texts);
    if (in->options->set[CLI_COMMITS] && !rollback && in->code == CLI_OK) {
        add_pushed(in, &context);
    }
    if (in->compared && in->code == CLI_OK) {
        cli_maker_fail(in, git_range_messages(&in->since.range, take_message, &context));
    }
    if (in->compared && in->since.relation == GIT_SAME) {
        add_remembered(in, texts);
    }
    jirasend_config_free(context.keys);
    if (in->code == CLI_OK && json_object_array_length(texts) > 0) {
        cli_maker_add(in, in->document, "keyText", texts);
    } else {
        json_object_put(texts);
    }
}
