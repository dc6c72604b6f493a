/* What would make a thing appear that an issue does not show. */
#include "cli/explain_text.h"

#include "cli/output.h"
#include "cli/table.h"
#include "event/json.h"

#include <string.h>

static void hint(bool *any, const char *text) {
    if (!*any) {
        cli_explain_head("What would make it appear");
        *any = true;
    }
    cli_table_wrapped("  ", text);
}

static bool dropped_by(const cli_explaining *in, const char *rule) {
    for (size_t i = 0; i < js_json_length_of(in->dropped); i++) {
        if (strcmp(cli_table_text(cli_at(in->dropped, i), "rule"), rule) == 0) {
            return true;
        }
    }
    return false;
}

static void hint_at_texts(const cli_explaining *in, bool *any) {
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

void cli_explain_hints(const cli_explaining *in) {
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
    if (js_json_length_of(in->deleted) > 0) {
        hint(&any, "Things were deleted: send them again if they should be there.");
    }
    if (in->without > 0) {
        hint(&any, "Jira has things without this key: send them again with it.");
    }
    hint_at_texts(in, &any);
    if (!any && in->asked && in->complete && in->named > 0 && in->unasked == 0) {
        cli_out("\n", 1);
        cli_table_wrapped("", "Jira has all of it. Anyone who does not see it lacks the permission "
                              "to view development tools in this project.");
    }
}
