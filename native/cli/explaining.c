/* Counts what the events and things of an issue come to. */
#include "cli/explaining.h"

#include "cli/table.h"
#include "event/json.h"

#include <string.h>

json_object *cli_at(json_object *list, size_t index) {
    return json_object_array_get_idx(list, index);
}

bool cli_has_status(json_object *event, const char *status) {
    return strcmp(cli_table_text(event, "status"), status) == 0;
}

bool cli_has_kind(json_object *event, const char *kind) {
    return strcmp(cli_table_text(event, "kind"), kind) == 0;
}

bool cli_flag_of(json_object *object, const char *name) {
    json_object *member = js_json_member_of(object, name);
    return member != NULL && json_object_get_boolean(member);
}

static bool holds(json_object *list, const char *text) {
    for (size_t i = 0; i < js_json_length_of(list); i++) {
        if (strcmp(json_object_get_string(cli_at(list, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

json_object *cli_explaining_thing(const cli_explaining *in, json_object *event) {
    int64_t id = js_json_number_of(event, "id");
    for (size_t i = 0; i < js_json_length_of(in->things); i++) {
        if (js_json_number_of(cli_at(in->things, i), "event") == id) {
            return cli_at(in->things, i);
        }
    }
    return NULL;
}

/* Its newest event that names the key. */
static json_object *event_of(const cli_explaining *in, json_object *thing) {
    int64_t id = js_json_number_of(thing, "event");
    size_t i = 0;
    while (i < js_json_length_of(in->events) &&
           js_json_number_of(cli_at(in->events, i), "id") != id) {
        i++;
    }
    return i < js_json_length_of(in->events) ? cli_at(in->events, i) : NULL;
}

static bool is_unknown(const cli_explaining *in, json_object *event) {
    return holds(js_json_member_of(event, "unknownIssueKeys"), in->key);
}

static void count_event(cli_explaining *in, json_object *event) {
    in->waiting += cli_has_status(event, "queued") ? 1 : 0;
    in->held += cli_has_status(event, "held") ? 1 : 0;
    in->rejected += cli_has_status(event, "rejected") ? 1 : 0;
    in->skipped += cli_has_status(event, "skipped") ? 1 : 0;
    in->accepted += cli_has_status(event, "accepted") ? 1 : 0;
    in->unknown = in->unknown || is_unknown(in, event);
}

static void count_thing(cli_explaining *in, json_object *thing) {
    const char *there = cli_table_text(thing, "there");
    size_t differences = js_json_length_of(js_json_member_of(thing, "differences"));
    bool named = cli_flag_of(thing, "named");
    bool without = strcmp(there, "yes") == 0 && !named && !is_unknown(in, event_of(in, thing));
    in->named += named ? 1 : 0;
    in->without += without ? 1 : 0;
    in->missing += strcmp(there, "no") == 0 && differences > 0 ? 1 : 0;
    in->differing += strcmp(there, "yes") == 0 && differences > 0 ? 1 : 0;
}

bool cli_explaining_deleted(const cli_explaining *in, json_object *event) {
    int64_t id = js_json_number_of(event, "id");
    size_t i = 0;
    while (i < js_json_length_of(in->deleted) &&
           json_object_get_int64(cli_at(in->deleted, i)) != id) {
        i++;
    }
    return i < js_json_length_of(in->deleted);
}

void cli_explaining_read(json_object *answer, bool asked, bool complete, cli_explaining *in) {
    *in = (cli_explaining){.key = cli_table_text(answer, "key"),
                           .events = js_json_member_of(answer, "events"),
                           .things = js_json_member_of(answer, "things"),
                           .dropped = js_json_member_of(answer, "dropped"),
                           .dropped_by = js_json_member_of(answer, "droppedBy"),
                           .deleted = js_json_member_of(answer, "deleted"),
                           .unanswered = js_json_member_of(answer, "unanswered"),
                           .unasked = js_json_number_of(answer, "unasked"),
                           .asked = asked,
                           .complete = complete};
    for (size_t i = 0; i < js_json_length_of(in->events); i++) {
        count_event(in, cli_at(in->events, i));
    }
    for (size_t i = 0; i < js_json_length_of(in->things); i++) {
        count_thing(in, cli_at(in->things, i));
    }
}
