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

/* What is printed, and what was found out on the way. */
typedef struct explaining {
    const char *key;
    json_object *events, *things, *dropped, *dropped_by, *deleted, *unanswered;
    bool asked;
    size_t named, missing, differing; /* of what Jira has now */
    size_t without;                   /* things that it has without a key that it knows */
    int64_t unasked;
    size_t waiting, held, rejected, accepted, skipped;
    bool unknown; /* Jira said that it knows no such issue */
} explaining;

static json_object *member_of(json_object *object, const char *name) {
    json_object *member = NULL;
    json_object_object_get_ex(object, name, &member);
    return member;
}

static size_t length_of(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static json_object *at(json_object *list, size_t index) {
    return json_object_array_get_idx(list, index);
}

static bool has_status(json_object *event, const char *status) {
    return strcmp(cli_table_text(event, "status"), status) == 0;
}

static bool has_kind(json_object *event, const char *kind) {
    return strcmp(cli_table_text(event, "kind"), kind) == 0;
}

static bool flag_of(json_object *object, const char *name) {
    json_object *member = member_of(object, name);
    return member != NULL && json_object_get_boolean(member);
}

static bool holds(json_object *list, const char *text) {
    for (size_t i = 0; i < length_of(list); i++) {
        if (strcmp(json_object_get_string(at(list, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

/* What Jira has of the thing whose newest event this is; null: it was not asked, or not of this event. */
static json_object *thing_of(const explaining *in, json_object *event) {
    int64_t id = js_json_number_of(event, "id");
    for (size_t i = 0; i < length_of(in->things); i++) {
        if (js_json_number_of(at(in->things, i), "event") == id) {
            return at(in->things, i);
        }
    }
    return NULL;
}

/* ---- counting ---- */

/* Its newest event that names the key. */
static json_object *event_of(const explaining *in, json_object *thing) {
    int64_t id = js_json_number_of(thing, "event");
    size_t i = 0;
    while (i < length_of(in->events) && js_json_number_of(at(in->events, i), "id") != id) {
        i++;
    }
    return i < length_of(in->events) ? at(in->events, i) : NULL;
}

static bool is_unknown(const explaining *in, json_object *event) {
    return holds(member_of(event, "unknownIssueKeys"), in->key);
}

static void count_event(explaining *in, json_object *event) {
    in->waiting += has_status(event, "queued") ? 1 : 0;
    in->held += has_status(event, "held") ? 1 : 0;
    in->rejected += has_status(event, "rejected") ? 1 : 0;
    in->skipped += has_status(event, "skipped") ? 1 : 0;
    in->accepted += has_status(event, "accepted") ? 1 : 0;
    in->unknown = in->unknown || is_unknown(in, event);
}

static void count_thing(explaining *in, json_object *thing) {
    const char *there = cli_table_text(thing, "there");
    size_t differences = length_of(member_of(thing, "differences"));
    bool named = flag_of(thing, "named");
    bool without = strcmp(there, "yes") == 0 && !named && !is_unknown(in, event_of(in, thing));
    in->named += named ? 1 : 0;
    in->without += without ? 1 : 0;
    in->missing += strcmp(there, "no") == 0 && differences > 0 ? 1 : 0;
    in->differing += strcmp(there, "yes") == 0 && differences > 0 ? 1 : 0;
}

/* The thing, of which this is the newest event here. */
static bool was_deleted(const explaining *in, json_object *event) {
    int64_t id = js_json_number_of(event, "id");
    size_t i = 0;
    while (i < length_of(in->deleted) && json_object_get_int64(at(in->deleted, i)) != id) {
        i++;
    }
    return i < length_of(in->deleted);
}

/* ---- lines ---- */

static void print_text(const char *indent, js_buf *text) {
    cli_table_wrapped(indent, text->failed || text->data == NULL ? "" : text->data);
    js_buf_clear(text);
}

static void print_head(const char *text) {
    cli_out("\n", 1);
    cli_out_escaped(text);
    cli_out("\n", 1);
}

/* What is not there may never have been. */
static const char *word_of_thing(json_object *thing, json_object *event) {
    const char *there = cli_table_text(thing, "there");
    if (strcmp(there, "yes") != 0) {
        return strcmp(there, "no") != 0 ? "?" : has_status(event, "accepted") ? "gone" : "no";
    }
    return !flag_of(thing, "named")                         ? "no key"
           : length_of(member_of(thing, "differences")) > 0 ? "other"
           : flag_of(thing, "newer")                        ? "newer"
                                                            : "yes";
}

static void add_found(js_buf *out, json_object *event) {
    json_object *found = member_of(event, "found");
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
    cli_table_cell(&row, name, NAME_WIDTH);
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
    const char *repository = cli_table_text(member_of(event, "repository"), "id");
    const char *last = strrchr(repository, '/');
    const char *branch = cli_table_text(event, "branch");
    js_buf_add_text(name, flag_of(event, "deleted") ? "deletion of " : "");
    if (has_kind(event, "commit")) {
        js_buf_addf(name, "commit %.*s", HASH_SHOWN, cli_table_text(event, "hash"));
    } else if (branch[0] != '\0') {
        js_buf_addf(name, "branch %s", branch);
        return;
    } else if (has_kind(event, "pull_request")) {
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
        js_buf_addf(name, "%s%s #%lld", flag_of(event, "deleted") ? "deletion of " : "", pipeline,
                    (long long)js_json_number_of(event, "number"));
    } else if (member_of(event, "repository") != NULL) {
        add_development(name, event);
    } else {
        cli_receipt_name(event, name);
    }
}

static const char *state_of(json_object *event) {
    const char *state = cli_table_text(event, "state");
    const char *status = cli_table_text(event, "status");
    return has_status(event, "accepted") ? state : status;
}

static void print_event(const explaining *in, json_object *event) {
    char when[24];
    js_buf name = JS_BUF_INIT, found = JS_BUF_INIT;
    json_object *thing = thing_of(in, event);
    cli_table_time(cli_table_text(event, "submittedAt"), when);
    add_name(&name, event);
    add_found(&found, event);
    const char *now = thing != NULL ? word_of_thing(thing, event) : "";
    out_row(when, state_of(event), name.failed || name.data == NULL ? "" : name.data,
            found.failed || found.data == NULL ? "" : found.data, now, colour_of(now));
    json_object *differences = member_of(thing, "differences");
    bool gone = strcmp(cli_table_text(thing, "there"), "no") == 0;
    for (size_t i = 0; i < length_of(differences) && !gone; i++) {
        cli_ask_print_difference("      ", at(differences, i));
    }
    if (!has_status(event, "accepted")) { /* the number is what `outbox retry` wants */
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "Event %lld: %s", (long long)js_json_number_of(event, "id"),
                    cli_table_text(event, "message"));
        print_text("      ", &text);
    } else if (was_deleted(in, event)) {
        cli_table_wrapped("      ", "It was deleted since.");
    }
    js_buf_clear(&name);
    js_buf_clear(&found);
}

/* ---- sections ---- */

typedef bool (*chooser)(const explaining *in, json_object *event, const void *what);

/* The events that are chosen, newest first, under a head; nothing where there is none. */
static void print_section(const explaining *in, const char *head, chooser choose,
                          const void *what) {
    size_t shown = 0;
    for (size_t i = 0; i < length_of(in->events) && !cli_output_failed(); i++) {
        json_object *event = at(in->events, i);
        if (!choose(in, event, what)) {
            continue;
        }
        if (shown == 0) {
            print_head(head);
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
    return has_status(event, "accepted") || has_status(event, "superseded");
}

static bool of_environment(const explaining *in, json_object *event, const void *what) {
    (void)in;
    const char *id = what;
    return has_kind(event, "deployment") && was_taken(event) &&
           strcmp(cli_table_text(member_of(event, "environment"), "id"), id) == 0;
}

static bool of_kind(const explaining *in, json_object *event, const void *what) {
    (void)in;
    return has_kind(event, what) && was_taken(event);
}

static bool of_development(const explaining *in, json_object *event, const void *what) {
    (void)in;
    (void)what;
    return member_of(event, "repository") != NULL && was_taken(event);
}

static bool with_status(const explaining *in, json_object *event, const void *what) {
    (void)in;
    return has_status(event, what);
}

static bool said_before(const explaining *in, size_t index, const char *id) {
    for (size_t i = 0; i < index; i++) {
        if (of_environment(in, at(in->events, i), id)) {
            return true;
        }
    }
    return false;
}

static void print_environments(const explaining *in) {
    for (size_t i = 0; i < length_of(in->events); i++) {
        json_object *environment = member_of(at(in->events, i), "environment");
        const char *id = cli_table_text(environment, "id");
        const char *name = cli_table_text(environment, "name");
        if (!of_environment(in, at(in->events, i), id) || said_before(in, i, id)) {
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

static void print_dropped(const explaining *in) {
    static const struct {
        const char *rule, *why;
    } rules[] = {
        {"projects", "Its project is not among those of --projects."},
        {"not-keys", "Such words are not issue keys (--not-keys, or the built-in list)."},
        {"case", "It is in lower case; --any-case takes it."},
        {"border", "There is a letter or digit directly before or after it."},
        {"more than 500", "Jira takes 500 issue keys for one event."},
    };
    for (size_t i = 0; i < length_of(in->dropped) && i < SHOWN_MAX; i++) {
        const char *rule = cli_table_text(at(in->dropped, i), "rule");
        json_object *event = at(in->dropped_by, i);
        char when[24];
        js_buf name = JS_BUF_INIT;
        if (i == 0) {
            print_head("Texts that hold it, and where it was not taken");
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

/* ---- the first sentence, and the last ---- */

/* ": no answer for Builds, Deployments." */
static void add_unanswered(js_buf *out, json_object *list) {
    js_buf_add_text(out, length_of(list) > 0 ? ": no answer for " : "");
    for (size_t i = 0; i < length_of(list); i++) {
        js_buf_addf(out, "%s%s", i > 0 ? ", " : "", cli_table_text(at(list, i), "permission"));
    }
    js_buf_add_text(out, ".");
}

static void print_answer(const explaining *in, bool complete) {
    js_buf text = JS_BUF_INIT;
    size_t events = length_of(in->events);
    if (events == 0) {
        js_buf_addf(&text, "%s was never told to Jira: texts hold it, and it was not taken.",
                    in->key);
    } else if (!in->asked || (!complete && in->named == 0)) {
        js_buf_addf(&text, "%s was named by %zu event%s, of which Jira accepted %zu.", in->key,
                    events, events == 1 ? "" : "s", in->accepted);
    } else {
        bool more = !complete || in->unasked > 0;
        js_buf_addf(&text, "Jira shows %s%zu thing%s for %s now; %zu event%s named it.",
                    more ? "at least " : "", in->named, in->named == 1 ? "" : "s", in->key, events,
                    events == 1 ? "" : "s");
    }
    if (in->asked && !complete && events > 0) {
        js_buf_add_text(&text, " What Jira has now could not be asked in full");
        add_unanswered(&text, in->unanswered);
    } else if (in->unasked > 0) {
        js_buf_addf(&text, " It was asked for the newest %zu things, not for %lld older ones.",
                    length_of(in->things), (long long)in->unasked);
    }
    print_text("", &text);
    if (events > 0) {
        out_row("told", "state", "what", "key found in", in->asked ? "now" : "", CLI_PLAIN);
    }
}

static void hint(bool *any, const char *text) {
    if (!*any) {
        print_head("What would make it appear");
        *any = true;
    }
    cli_table_wrapped("  ", text);
}

static bool dropped_by(const explaining *in, const char *rule) {
    for (size_t i = 0; i < length_of(in->dropped); i++) {
        if (strcmp(cli_table_text(at(in->dropped, i), "rule"), rule) == 0) {
            return true;
        }
    }
    return false;
}

static void hint_at_texts(const explaining *in, bool *any) {
    if (dropped_by(in, "case")) {
        hint(any, "Keys in lower case: send with --any-case, or write them in capitals.");
    }
    if (dropped_by(in, "projects")) {
        hint(any, "Its project: add it to --projects.");
    }
    if (dropped_by(in, "not-keys")) {
        hint(any, "A word that is passed over: take it out of --not-keys, or name its project in "
                  "--projects.");
    }
    if (dropped_by(in, "border")) {
        hint(any, "A letter or digit beside it: put a blank or a hyphen between them.");
    }
    if (dropped_by(in, "more than 500")) {
        hint(any, "More than 500 keys: send in smaller steps.");
    }
}

static void print_hints(const explaining *in, bool complete) {
    bool any = false;
    if (in->unknown) {
        hint(&any, "Jira does not know this issue: compare the key and the site. Once the issue "
                   "exists, send the event again.");
    }
    if (in->held > 0) {
        hint(&any, "Events are held: `jirasend check` says which permission or credentials to fix; "
                   "then they go out.");
    }
    if (in->waiting > 0) {
        hint(&any, "Events wait: `jirasend outbox flush` sends them now.");
    }
    if (in->rejected > 0) {
        hint(&any, "Jira refused events: fix what it says, then `jirasend outbox retry ID`.");
    }
    if (in->missing + in->differing > 0) {
        hint(&any,
             "Jira does not have what it accepted: `jirasend verify --repair` sends it again.");
    }
    if (length_of(in->deleted) > 0) {
        hint(&any, "Things were deleted: send them again if they should be there.");
    }
    if (in->without > 0) {
        hint(&any, "Jira has things without this key: send them again with it.");
    }
    hint_at_texts(in, &any);
    if (!any && in->asked && complete && in->named > 0 && in->unasked == 0) {
        cli_out("\n", 1);
        cli_table_wrapped("", "Jira has all of it. Anyone who does not see it lacks the permission "
                              "to view development tools in this project.");
    }
}

void cli_explain_print(json_object *answer, bool asked, bool complete) {
    explaining in = {.key = cli_table_text(answer, "key"),
                     .events = member_of(answer, "events"),
                     .things = member_of(answer, "things"),
                     .dropped = member_of(answer, "dropped"),
                     .dropped_by = member_of(answer, "droppedBy"),
                     .deleted = member_of(answer, "deleted"),
                     .unanswered = member_of(answer, "unanswered"),
                     .unasked = js_json_number_of(answer, "unasked"),
                     .asked = asked};
    for (size_t i = 0; i < length_of(in.events); i++) {
        count_event(&in, at(in.events, i));
    }
    for (size_t i = 0; i < length_of(in.things); i++) {
        count_thing(&in, at(in.things, i));
    }
    print_answer(&in, complete);
    print_environments(&in);
    print_section(&in, "Builds", of_kind, "build");
    print_section(&in, "Commits, branches and pull requests", of_development, NULL);
    print_section(&in, "Feature flags", of_kind, "flag");
    print_section(&in, "Waiting", with_status, "queued");
    print_section(&in, "Held until somebody fixes the cause", with_status, "held");
    print_section(&in, "Refused by Jira", with_status, "rejected");
    print_section(&in, "Not sent", with_status, "skipped");
    print_dropped(&in);
    print_hints(&in, complete);
}
