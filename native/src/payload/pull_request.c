/* Pull requests on their way to Jira and back. */
#include "event/json.h"
#include "payload/devinfo.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBER_SIZE = 24 };

static const char *const status_names[] = {
    [JS_PULL_REQUEST_OPEN] = "OPEN",
    [JS_PULL_REQUEST_MERGED] = "MERGED",
    [JS_PULL_REQUEST_DECLINED] = "DECLINED",
    [JS_PULL_REQUEST_UNKNOWN] = "UNKNOWN",
};

/* With '#' in front it is what people call it. */
static bool put_number(js_json_out *entity, const char *name, const char *before, int64_t number) {
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "%s%" PRId64, before, number);
    return js_write_text(entity, name, text);
}

static bool put_reviewers(js_json_out *entity, const js_pull_request *own) {
    js_json_out *list = own->reviewer_count > 0 ? js_write_array(entity, "reviewers") : NULL;
    bool good = true;
    for (size_t i = 0; i < own->reviewer_count && good; i++) {
        const js_reviewer *from = &own->reviewers[i];
        js_json_out *reviewer = js_write_item_object(list);
        const char *status = from->approved ? "APPROVED" : "UNAPPROVED";
        good = js_write_text(reviewer, "name", from->name) &&
               js_write_text(reviewer, "approvalStatus", status) &&
               js_write_text(reviewer, "email", from->email);
    }
    return good;
}

static bool put(js_json_out *entity, const js_event *event, int64_t sequence) {
    const js_pull_request *own = &event->of.pull_request;
    return put_number(entity, "id", "", own->number) &&
           js_put_entity_keys(entity, &event->issue_keys) &&
           js_write_number(entity, "updateSequenceId", sequence) &&
           js_write_text(entity, "status", status_names[own->state]) &&
           js_write_text(entity, "title", own->title) && js_put_author(entity, &own->author) &&
           js_put_count(entity, "commentCount", own->comment_count) &&
           js_write_text(entity, "sourceBranch", own->source_branch) &&
           js_write_text(entity, "sourceBranchUrl", own->source_branch_url) &&
           js_put_time(entity, "lastUpdate", event->updated_at_ms) &&
           js_write_text(entity, "destinationBranch", own->destination_branch) &&
           js_write_text(entity, "destinationBranchUrl", own->destination_branch_url) &&
           put_reviewers(entity, own) && js_write_text(entity, "url", event->url) &&
           put_number(entity, "displayId", "#", own->number);
}

static bool put_entity(js_json_out *entity, const js_event *event, int64_t sequence,
                       const js_commit_copy *copy) {
    (void)copy;
    return put(entity, event, sequence);
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_devinfo_key(out, event);
    js_buf_addf(out, "%" PRId64, event->of.pull_request.number);
}

static void path(js_buf *out, const js_event *event) {
    js_devinfo_path(out, event, "pull_request");
    js_buf_addf(out, "%" PRId64, event->of.pull_request.number);
}

static bool put_seen(json_object *facts, json_object *jira) {
    return js_seen_put_word(facts, "state", jira, "status") &&
           js_seen_put_text(facts, "url", jira, "url");
}

const js_payload_kind js_payload_pull_request = {
    .list = "pullRequests",
    .put = put,
    .put_entity = put_entity,
    .key_of_event = key_of_event,
    .path = path,
    .read_path = js_repository_path,
    .put_seen = put_seen,
};
