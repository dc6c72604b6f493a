/* What a line for people says of a receipt. */
#include "cli/receipt.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "event/json.h"
#include "event/json_members.h"

#include <string.h>

static const struct {
    const char *name;
    const char *mark;
    cli_colour colour;
} statuses[CLI_STATUSES] = {
    [CLI_ACCEPTED] = {"accepted", "\xE2\x9C\x93", CLI_GREEN},
    [CLI_SKIPPED] = {"skipped", "\xE2\x97\x8B", CLI_YELLOW},
    [CLI_SUPERSEDED] = {"superseded", "\xE2\x97\x8B", CLI_YELLOW},
    [CLI_QUEUED] = {"queued", "\xE2\x80\xA6", CLI_YELLOW},
    [CLI_HELD] = {"held", "!", CLI_RED},
    [CLI_REJECTED] = {"rejected", "\xE2\x9C\x97", CLI_RED},
    [CLI_ODD] = {"?", "?", CLI_RED},
};

const char *cli_status_name(cli_status status) {
    return statuses[status].name;
}

static cli_status status_of(const char *word) {
    int status = 0;
    while (status < CLI_ODD && strcmp(word, statuses[status].name) != 0) {
        status++;
    }
    return (cli_status)status;
}

/* ---- reading ---- */

typedef const char *cli_receipt_text; /* a member of the struct, by its place */

static const struct {
    const char *name;
    size_t place;
} texts[] = {
    {"status", offsetof(cli_receipt, word)},
    {"message", offsetof(cli_receipt, message)},
    {"site", offsetof(cli_receipt, site)},
    {"kind", offsetof(cli_receipt, kind)},
    {"pipelineId", offsetof(cli_receipt, pipeline_id)},
    {"flagId", offsetof(cli_receipt, flag_id)},
    {"branch", offsetof(cli_receipt, branch)},
    {"hash", offsetof(cli_receipt, hash)},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static const struct {
    const char *name;
    size_t place;
} numbers[] = {
    {"id", offsetof(cli_receipt, id)},
    {"number", offsetof(cli_receipt, number)},
    {"httpStatus", offsetof(cli_receipt, http_status)},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static cli_receipt_text *text_at(cli_receipt *receipt, size_t place) {
    return (cli_receipt_text *)(void *)((char *)receipt + place);
}

static int64_t *number_at(cli_receipt *receipt, size_t place) {
    return (int64_t *)(void *)((char *)receipt + place);
}

static void start(cli_receipt *receipt) {
    *receipt = (cli_receipt){.environment_id = "", .repository_id = ""};
    for (size_t i = 0; i < TEXTS; i++) {
        *text_at(receipt, texts[i].place) = "";
    }
}

static bool is(const char *name, const char *other) {
    return name[0] == other[0] && strcmp(name, other) == 0;
}

/* Its mere being there says something. */
static void note_there(cli_receipt *receipt, const char *name) {
    receipt->has_number |= is(name, "number");
    receipt->deleted |= is(name, "deleted");
    receipt->relayed |= is(name, "relayId");
}

static void add_key(cli_receipt *receipt, const char *key) {
    if (receipt->key_count < CLI_KEYS_SHOWN) {
        receipt->keys[receipt->key_count] = key;
    }
    receipt->key_count++;
}

static void add_property(cli_receipt *receipt, const char *name, const char *value) {
    if (receipt->property_count < CLI_KEYS_SHOWN) {
        receipt->properties[2 * receipt->property_count] = name;
        receipt->properties[2 * receipt->property_count + 1] = value;
        receipt->property_count++;
    }
}

static void read_keys(cli_receipt *receipt, js_json_walk at) {
    js_json_walk key;
    js_json_walk_into(&at);
    while (js_json_next_item(&at, &key)) {
        add_key(receipt, js_json_walk_text(&key));
    }
}

static void read_properties(cli_receipt *receipt, js_json_walk at) {
    const char *name = NULL;
    js_json_walk value;
    while (js_json_next_member(&at, &name, &value)) {
        add_property(receipt, name, js_json_walk_text(&value));
    }
}

/* Of an environment or a repository. */
static const char *read_id(js_json_walk at) {
    const char *name = NULL;
    js_json_walk value;
    while (js_json_next_member(&at, &name, &value)) {
        if (is(name, "id")) {
            return js_json_walk_text(&value);
        }
    }
    return "";
}

static void read_object(cli_receipt *receipt, const char *name, js_json_walk value) {
    if (!js_json_walk_into(&value)) {
        return;
    }
    if (is(name, "environment")) {
        receipt->has_environment = true;
        receipt->environment_id = read_id(value);
    } else if (is(name, "repository")) {
        receipt->has_repository = true;
        receipt->repository_id = read_id(value);
    } else if (is(name, "properties")) {
        receipt->has_properties = true;
        read_properties(receipt, value);
    }
}

static void read_member(cli_receipt *receipt, const char *name, js_json_walk value) {
    note_there(receipt, name);
    if (*value.at == '{') {
        read_object(receipt, name, value);
        return;
    }
    if (is(name, "issueKeys")) {
        read_keys(receipt, value);
        return;
    }
    bool is_text = *value.at == '"';
    for (size_t i = 0; is_text && i < TEXTS; i++) {
        if (is(name, texts[i].name)) {
            *text_at(receipt, texts[i].place) = js_json_walk_text(&value);
            return;
        }
    }
    for (size_t i = 0; !is_text && i < NUMBERS; i++) {
        if (is(name, numbers[i].name)) {
            *number_at(receipt, numbers[i].place) = js_json_walk_number(&value);
        }
    }
}

void cli_receipt_read(cli_receipt *receipt, char *text) {
    const char *name = NULL;
    js_json_walk value;
    js_json_walk at = js_json_walk_begin(text, strlen(text));
    start(receipt);
    if (js_json_walk_into(&at)) {
        while (js_json_next_member(&at, &name, &value)) {
            read_member(receipt, name, value);
        }
    }
    receipt->status = status_of(receipt->word);
}

static json_object *object_of(json_object *document, const char *name, bool *there) {
    json_object *member = js_json_member_of(document, name);
    *there = json_object_is_type(member, json_type_object);
    return *there ? member : NULL;
}

void cli_receipt_of(cli_receipt *receipt, json_object *document) {
    start(receipt);
    for (size_t i = 0; i < TEXTS; i++) {
        *text_at(receipt, texts[i].place) = js_json_text_of(document, texts[i].name);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        *number_at(receipt, numbers[i].place) = js_json_number_of(document, numbers[i].name);
    }
    receipt->has_number = js_json_member_of(document, "number") != NULL;
    receipt->deleted = js_json_member_of(document, "deleted") != NULL;
    receipt->relayed = js_json_member_of(document, "relayId") != NULL;
    receipt->environment_id =
        js_json_text_of(object_of(document, "environment", &receipt->has_environment), "id");
    receipt->repository_id =
        js_json_text_of(object_of(document, "repository", &receipt->has_repository), "id");
    json_object *properties = object_of(document, "properties", &receipt->has_properties);
    if (properties != NULL) {
        json_object_object_foreach(properties, property, value) {
            add_property(receipt, property, json_object_get_string(value));
        }
    }
    json_object *keys = js_json_member_of(document, "issueKeys");
    for (size_t i = 0; i < js_json_length_of(keys); i++) {
        add_key(receipt, json_object_get_string(json_object_array_get_idx(keys, i)));
    }
    receipt->status = status_of(receipt->word);
}

/* ---- saying ---- */

bool cli_receipt_is_open(const cli_receipt *receipt) {
    return receipt->status == CLI_QUEUED || receipt->status == CLI_HELD;
}

static void add_named(js_buf *name, const char *before, const char *what) {
    if (what[0] != '\0') {
        js_buf_add_text(name, before);
        js_buf_add_text(name, what);
    }
}

static void add_number(js_buf *name, const char *before, int64_t number) {
    js_buf_add_text(name, before);
    js_buf_add_number(name, number);
}

/* "pull request", of a deletion by properties "every pull request with team=app". */
static void add_kind(const cli_receipt *receipt, js_buf *name) {
    js_buf_add_text(name, receipt->deleted ? "deletion of " : "");
    js_buf_add_text(name, receipt->has_properties ? "every " : "");
    for (const char *at = receipt->kind; *at != '\0'; at++) {
        js_buf_add(name, *at == '_' ? " " : at, 1);
    }
    for (size_t i = 0; i < receipt->property_count; i++) {
        js_buf_addf(name, "%s%s=%s", i == 0 ? " with " : " and ", receipt->properties[2 * i],
                    receipt->properties[2 * i + 1]);
    }
}

void cli_receipt_add_name(const cli_receipt *receipt, js_buf *name) {
    enum { HASH_SHOWN = 7 }; /* the shorter name of a commit, as people know it */
    add_kind(receipt, name);
    add_named(name, " ", receipt->pipeline_id);
    add_named(name, " ", receipt->flag_id);
    add_named(name, " ", receipt->branch);
    if (strcmp(receipt->kind, "commit") == 0) {
        js_buf_addf(name, " %.*s", HASH_SHOWN, receipt->hash);
    }
    if (receipt->has_number) {
        add_number(name, " #", receipt->number);
    }
    if (receipt->has_environment) {
        js_buf_add_text(name, " to ");
        js_buf_add_text(name, receipt->environment_id);
    }
    if (receipt->has_repository) {
        js_buf_add_text(name, " of ");
        js_buf_add_text(name, receipt->repository_id);
    }
}

void cli_receipt_name(json_object *document, js_buf *name) {
    cli_receipt receipt;
    cli_receipt_of(&receipt, document);
    cli_receipt_add_name(&receipt, name);
}

static void add_keys(js_buf *line, const cli_receipt *receipt) {
    for (size_t i = 0; i < receipt->key_count && i < CLI_KEYS_SHOWN; i++) {
        js_buf_add_text(line, i > 0 ? ", " : ": ");
        js_buf_add_text(line, receipt->keys[i]);
    }
    if (receipt->key_count > CLI_KEYS_SHOWN) {
        js_buf_addf(line, " and %zu more", receipt->key_count - CLI_KEYS_SHOWN);
    }
}

static void add_fate(js_buf *line, const cli_receipt *receipt, bool kept, const char *folder) {
    if (!cli_receipt_is_open(receipt)) {
        return;
    }
    if (kept && folder == NULL) {
        js_buf_add_text(line, " (the relay has it)");
    } else if (kept) {
        js_buf_addf(line, " (kept in %s)", folder);
    } else {
        js_buf_addf(line, " (%s, and kept nowhere)", statuses[receipt->status].name);
    }
}

/* What Jira does not know and what was left out is said in the message. */
static void describe(js_buf *line, const cli_receipt *receipt, const char *label, bool why) {
    js_buf_add_text(line, label);
    js_buf_add_text(line, cli_output_unicode() ? " \xE2\x86\x92 " : " -> ");
    js_buf_add_text(line, receipt->site);
    add_keys(line, receipt);
    if (why) {
        add_named(line, ". ", receipt->message);
    }
}

void cli_receipt_show_as(const cli_receipt *receipt, const char *label, bool kept,
                         const char *folder, bool why) {
    cli_status status = receipt->status;
    bool went_wrong = cli_exit_of_status(statuses[status].name, kept) != CLI_OK;
    if (cli_output_is_quiet() && !went_wrong) {
        return;
    }
    js_buf line = JS_BUF_INIT;
    describe(&line, receipt, label, why);
    add_fate(&line, receipt, kept, folder);
    bool lost = cli_receipt_is_open(receipt) && !kept;
    const char *word = status == CLI_ODD ? receipt->word : statuses[status].name;
    cli_event_line(lost ? CLI_RED : statuses[status].colour,
                   lost ? statuses[CLI_REJECTED].mark : statuses[status].mark,
                   lost ? "not sent" : word, line.failed || line.data == NULL ? label : line.data);
    js_buf_clear(&line);
}

void cli_receipt_show(const cli_receipt *receipt, const char *folder, bool why) {
    js_buf name = JS_BUF_INIT;
    cli_receipt_add_name(receipt, &name);
    if (receipt->id != 0) {
        add_number(&name, ", event ", receipt->id);
    }
    cli_receipt_show_as(receipt, name.failed ? "event" : name.data, true, folder, why);
    js_buf_clear(&name);
}
