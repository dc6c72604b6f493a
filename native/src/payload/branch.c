/* Branches on their way to Jira and back. */
#include "base/text.h"
#include "event/json.h"
#include "payload/devinfo.h"
#include "payload/wire.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_UNITS = 512 };

/* Jira demands keys of the last commit: its own, else those it had, else the branch's. */
static js_commit_part commit_of(const js_event *event) {
    const js_branch *branch = &event->of.branch;
    bool own = branch->last_keys.count > 0;
    bool lent = !own && branch->lent_keys.count > 0;
    const js_strings *keys = own    ? &branch->last_keys
                             : lent ? &branch->lent_keys
                                    : &event->issue_keys;
    return (js_commit_part){&branch->last, keys, !own && !lent};
}

static bool put_name(js_json_out *entity, const char *name) {
    char *shown = js_copy_n(name, js_utf8_cut(name, strlen(name), NAME_UNITS));
    bool good = shown != NULL && js_write_text(entity, "name", shown);
    free(shown);
    return good;
}

static bool put_entity(js_json_out *entity, const js_event *event, int64_t sequence,
                       const js_commit_copy *copy) {
    const js_branch *branch = &event->of.branch;
    return js_wire_put(entity, "id", branch->name) &&
           js_put_entity_keys(entity, &event->issue_keys) &&
           js_write_number(entity, "updateSequenceId", sequence) &&
           put_name(entity, branch->name) &&
           js_put_commit(js_write_object(entity, "lastCommit"), copy, true) &&
           js_write_text(entity, "createPullRequestUrl", branch->create_url) &&
           js_write_text(entity, "url", event->url);
}

static bool put(js_json_out *entity, const js_event *event, int64_t sequence) {
    js_commit_part part = commit_of(event);
    const js_commit_copy copy = {event->of.repository.id, part.commit, sequence, *part.keys};
    return put_entity(entity, event, sequence, &copy);
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_devinfo_key(out, event);
    js_wire_id(out, event->of.branch.name);
}

static void path(js_buf *out, const js_event *event) {
    js_devinfo_path(out, event, "branch");
    js_wire_id(out, event->of.branch.name);
}

static bool put_seen(json_object *facts, json_object *jira) {
    return js_seen_put_text(facts, "url", jira, "url");
}

const js_payload_kind js_payload_branch = {
    .list = "branches",
    .put = put,
    .put_entity = put_entity,
    .commit_of = commit_of,
    .key_of_event = key_of_event,
    .path = path,
    .read_path = js_repository_path,
    .put_seen = put_seen,
};
