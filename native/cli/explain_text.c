/* Why an issue shows what it shows, in words: what Jira has, what it was told, what waits, what is missing. */
#include "cli/explain_text.h"

#include "base/buf.h"
#include "cli/ask.h"
#include "cli/output.h"
#include "cli/receipts.h"
#include "cli/table.h"
#include "event/json.h"

#include <string.h>

enum { SHOWN_MAX = 10, HASH_SHOWN = 7 };
enum {
    TIME_WIDTH = 16,
    STATE_WIDTH = 11,
    NAME_WIDTH = 26,
    FOUND_WIDTH = 15,
    NOW_WIDTH = 6,
    HEAD_WIDTH = 30
};

/* ---- lines ---- */

static void print_text(const char *indent, js_buf *text) {
    cli_table_wrapped(indent, text->failed || text->data == NULL ? "" : text->data);
    js_buf_clear(text);
}

void cli_explain_head(const char *text) {
    cli_out("\n", 1);
    cli_out_escaped(text);
    cli_out("\n", 1);
}

/* What is not there may never have been. */
static const char *word_of_thing(json_object *thing, json_object *event) {
    const char *there = cli_table_text(thing, "there");
    if (strcmp(there, "yes") != 0) {
        return strcmp(there, "no") != 0 ? "?" : cli_has_status(event, "accepted") ? "gone" : "no";
    }
    return !cli_flag_of(thing, "named")                                     ? "no key"
           : js_json_length_of(js_json_member_of(thing, "differences")) > 0 ? "other"
           : cli_flag_of(thing, "newer")                                    ? "newer"
                                                                            : "yes";
}

static void add_found(js_buf *out, json_object *event) {
    json_object *found = js_json_member_of(event, "found");
    const char *commit = cli_table_text(found, "commit");
    js_buf_addf(out, "%s%s%.*s", cli_table_text(found, "from"), commit[0] != '\0' ? " " : "",
                HASH_SHOWN, commit);
}

static cli_colour colour_of(const char *now) {
    return strcmp(now, "yes") == 0 ? CLI_GREEN : now[0] == '\0' ? CLI_PLAIN : CLI_YELLOW;
}

static void out_row(const char *when, const char *state, const char *name, const char *found,
                    const char *now, cli_colour colour) {
    js_buf row = JS_BUF_INIT;
    js_buf_add_text(&row, "  ");
    cli_table_cell(&row, when, TIME_WIDTH);
    js_buf_add_text(&row, " ");
    cli_table_cell(&row, state, STATE_WIDTH);
    js_buf_add_text(&row, " ");
    cli_table_cell(&row, name, cli_table_name_width(NAME_WIDTH));
    js_buf_add_text(&row, " ");
    cli_table_cell(&row, found, FOUND_WIDTH);
    while (now[0] == '\0' && !row.failed && row.length > 0 && row.data[row.length - 1] == ' ') {
        row.data[--row.length] = '\0';
    }
    js_buf_add_text(&row, now[0] != '\0' ? " " : "");
    cli_out_escaped(row.failed ? "" : row.data);
    cli_out_painted(colour, now);
    cli_out("\n", 1);
    js_buf_clear(&row);
}

/* "commit 08cd9c2 of app" */
static void add_development(js_buf *name, json_object *event) {
    const char *repository = cli_table_text(js_json_member_of(event, "repository"), "id");
    const char *last = strrchr(repository, '/');
    const char *branch = cli_table_text(event, "branch");
    js_buf_add_text(name, cli_flag_of(event, "deleted") ? "deletion of " : "");
    if (cli_has_kind(event, "commit")) {
        js_buf_addf(name, "commit %.*s", HASH_SHOWN, cli_table_text(event, "hash"));
    } else if (branch[0] != '\0') {
        js_buf_addf(name, "branch %s", branch);
        return;
    } else if (cli_has_kind(event, "pull_request")) {
        js_buf_addf(name, "pull request #%lld", (long long)js_json_number_of(event, "number"));
    } else {
        js_buf_add_text(name, cli_table_text(event, "kind"));
    }
    js_buf_addf(name, " of %s", last != NULL ? last + 1 : repository);
}

/* The name without what the head of its section says already. */
static void add_name(js_buf *name, json_object *event) {
    const char *pipeline = cli_table_text(event, "pipelineId");
    if (pipeline[0] != '\0') { /* which receipts of 0.1.0 do not say */
        js_buf_addf(name, "%s%s #%lld", cli_flag_of(event, "deleted") ? "deletion of " : "",
                    pipeline, (long long)js_json_number_of(event, "number"));
    } else if (js_json_member_of(event, "repository") != NULL) {
        add_development(name, event);
    } else {
        cli_receipt_name(event, name);
    }
}

static const char *state_of(json_object *event) {
    const char *state = cli_table_text(event, "state");
    const char *status = cli_table_text(event, "status");
    return cli_has_status(event, "accepted") ? state : status;
}

static void print_event(const cli_explaining *in, json_object *event) {
    char when[24];
    js_buf name = JS_BUF_INIT, found = JS_BUF_INIT;
    json_object *thing = cli_explaining_thing(in, event);
    cli_table_time(cli_table_text(event, "submittedAt"), when);
    add_name(&name, event);
    cli_table_shorten(&name, cli_table_name_width(NAME_WIDTH));
    add_found(&found, event);
    const char *now = thing != NULL ? word_of_thing(thing, event) : "";
    out_row(when, state_of(event), name.failed || name.data == NULL ? "" : name.data,
            found.failed || found.data == NULL ? "" : found.data, now, colour_of(now));
    json_object *differences = js_json_member_of(thing, "differences");
    bool gone = strcmp(cli_table_text(thing, "there"), "no") == 0;
    for (size_t i = 0; i < js_json_length_of(differences) && !gone; i++) {
        cli_ask_print_difference("      ", cli_at(differences, i));
    }
    if (!cli_has_status(event, "accepted")) { /* the number is what `outbox retry` wants */
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "Event %lld: %s", (long long)js_json_number_of(event, "id"),
                    cli_table_text(event, "message"));
        print_text("      ", &text);
    } else if (cli_explaining_deleted(in, event)) {
        cli_table_wrapped("      ", "It was deleted since.");
    }
    js_buf_clear(&name);
    js_buf_clear(&found);
}

/* ---- sections ---- */

typedef bool (*chooser)(const cli_explaining *in, json_object *event, const void *what);

/* The events that are chosen, newest first, under a head; nothing where there is none. */
static void print_section(const cli_explaining *in, const char *head, chooser choose,
                          const void *what) {
    size_t shown = 0;
    for (size_t i = 0; i < js_json_length_of(in->events) && !cli_output_failed(); i++) {
        json_object *event = cli_at(in->events, i);
        if (!choose(in, event, what)) {
            continue;
        }
        if (shown == 0) {
            cli_explain_head(head);
        }
        if (shown++ < SHOWN_MAX) {
            print_event(in, event);
        }
    }
    if (shown > SHOWN_MAX) {
        js_buf more = JS_BUF_INIT;
        js_buf_addf(&more, "and %zu more; `jirasend log --key %s` lists them.", shown - SHOWN_MAX,
                    in->key);
        print_text("  ", &more);
    }
}

static bool was_taken(json_object *event) {
    return cli_has_status(event, "accepted") || cli_has_status(event, "superseded");
}

static bool of_environment(const cli_explaining *in, json_object *event, const void *what) {
    (void)in;
    const char *id = what;
    return cli_has_kind(event, "deployment") && was_taken(event) &&
           strcmp(cli_table_text(js_json_member_of(event, "environment"), "id"), id) == 0;
}

static bool of_kind(const cli_explaining *in, json_object *event, const void *what) {
    (void)in;
    return cli_has_kind(event, what) && was_taken(event);
}

static bool of_development(const cli_explaining *in, json_object *event, const void *what) {
    (void)in;
    (void)what;
    return js_json_member_of(event, "repository") != NULL && was_taken(event);
}

static bool with_status(const cli_explaining *in, json_object *event, const void *what) {
    (void)in;
    return cli_has_status(event, what);
}

static bool said_before(const cli_explaining *in, size_t index, const char *id) {
    for (size_t i = 0; i < index; i++) {
        if (of_environment(in, cli_at(in->events, i), id)) {
            return true;
        }
    }
    return false;
}

static void print_environments(const cli_explaining *in) {
    for (size_t i = 0; i < js_json_length_of(in->events); i++) {
        json_object *environment = js_json_member_of(cli_at(in->events, i), "environment");
        const char *id = cli_table_text(environment, "id");
        const char *name = cli_table_text(environment, "name");
        if (!of_environment(in, cli_at(in->events, i), id) || said_before(in, i, id)) {
            continue;
        }
        js_buf head = JS_BUF_INIT;
        bool same = name[0] == '\0' || strcmp(id, name) == 0;
        js_buf_add_text(&head, "Deployed to ");
        cli_table_cut(&head, same ? id : name, HEAD_WIDTH);
        if (!same) {
            js_buf_add_text(&head, " (");
            cli_table_cut(&head, id, HEAD_WIDTH);
            js_buf_add_text(&head, ")");
        }
        print_section(in, head.failed ? "Deployed" : head.data, of_environment, id);
        js_buf_clear(&head);
    }
}

static void print_dropped(const cli_explaining *in) {
    static const struct {
        const char *rule, *why;
    } rules[] = {
        {"projects", "Its project is not among those of --projects."},
        {"not-keys", "Such words are not issue keys (--not-keys, or the built-in list)."},
        {"case", "It is in lower case; --any-case takes it."},
        {"border", "There is a letter or digit directly before or after it."},
        {"more than 500", "Jira takes 500 issue keys for one event."},
    };
    for (size_t i = 0; i < js_json_length_of(in->dropped) && i < SHOWN_MAX; i++) {
        const char *rule = cli_table_text(cli_at(in->dropped, i), "rule");
        json_object *event = cli_at(in->dropped_by, i);
        char when[24];
        js_buf name = JS_BUF_INIT;
        if (i == 0) {
            cli_explain_head("Texts that hold it, and where it was not taken");
        }
        cli_table_time(cli_table_text(event, "submittedAt"), when);
        add_name(&name, event);
        out_row(when, cli_table_text(event, "status"),
                name.failed || name.data == NULL ? "" : name.data, rule, "", CLI_PLAIN);
        js_buf_clear(&name);
        for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++) {
            if (strcmp(rules[k].rule, rule) == 0) {
                cli_table_wrapped("      ", rules[k].why);
            }
        }
    }
}

/* ---- the first sentence ---- */

/* ": no answer for Builds, Deployments." */
static void add_unanswered(js_buf *out, json_object *list) {
    js_buf_add_text(out, js_json_length_of(list) > 0 ? ": no answer for " : "");
    for (size_t i = 0; i < js_json_length_of(list); i++) {
        js_buf_addf(out, "%s%s", i > 0 ? ", " : "", cli_table_text(cli_at(list, i), "permission"));
    }
    js_buf_add_text(out, ".");
}

static void print_answer(const cli_explaining *in) {
    js_buf text = JS_BUF_INIT;
    size_t events = js_json_length_of(in->events);
    if (events == 0) {
        js_buf_addf(&text, "%s was never sent to Jira: texts contain it, but it did not count.",
                    in->key);
    } else if (!in->asked || (!in->complete && in->named == 0)) {
        js_buf_addf(&text, "%s was named by %zu event%s, of which Jira accepted %zu.", in->key,
                    events, events == 1 ? "" : "s", in->accepted);
    } else {
        bool more = !in->complete || in->unasked > 0;
        js_buf_addf(&text, "Jira shows %s%zu thing%s for %s now; %zu event%s named it.",
                    more ? "at least " : "", in->named, in->named == 1 ? "" : "s", in->key, events,
                    events == 1 ? "" : "s");
    }
    if (in->asked && !in->complete && events > 0) {
        js_buf_add_text(&text, " What Jira has now could not be asked in full");
        add_unanswered(&text, in->unanswered);
    } else if (in->unasked > 0) {
        js_buf_addf(&text, " It was asked for the newest %zu things, not for %lld older ones.",
                    js_json_length_of(in->things), (long long)in->unasked);
    }
    print_text("", &text);
    if (events > 0) {
        out_row("told", "state", "what", "key found in", in->asked ? "now" : "", CLI_PLAIN);
    }
}

void cli_explain_print(json_object *answer, bool asked, bool complete) {
    cli_explaining in;
    cli_explaining_read(answer, asked, complete, &in);
    print_answer(&in);
    print_environments(&in);
    print_section(&in, "Builds", of_kind, "build");
    print_section(&in, "Commits, branches and pull requests", of_development, NULL);
    print_section(&in, "Feature flags", of_kind, "flag");
    print_section(&in, "Waiting", with_status, "queued");
    print_section(&in, "Held until somebody fixes the cause", with_status, "held");
    print_section(&in, "Refused by Jira", with_status, "rejected");
    print_section(&in, "Not sent", with_status, "skipped");
    print_dropped(&in);
    cli_explain_hints(&in);
}
