/* Commits on their way to Jira and back. */
#include "event/commit.h"

#include "base/text.h"
#include "event/json.h"
#include "payload/devinfo.h"

#include <string.h>

enum { SHORT_HASH = 7 };

/* "MODIFIED" */
static bool put_change(js_json_out *file, js_change change) {
    char word[16];
    size_t length = 0;
    for (const char *at = js_change_name(change); *at != '\0' && length < sizeof word - 1; at++) {
        word[length++] = (char)(*at - 'a' + 'A');
    }
    word[length] = '\0';
    return js_write_text(file, "changeType", word);
}

static bool put_files(js_json_out *entity, const js_commit *commit) {
    js_json_out *files = commit->listed > 0 ? js_write_array(entity, "files") : NULL;
    bool good = true;
    for (size_t i = 0; i < commit->listed && good; i++) {
        const js_file *from = &commit->files[i];
        js_json_out *file = js_write_item_object(files);
        good = js_write_text(file, "path", from->path) && js_write_text(file, "url", from->url) &&
               put_change(file, from->change) &&
               js_put_count(file, "linesAdded", from->lines_added) &&
               js_put_count(file, "linesRemoved", from->lines_removed);
    }
    return good;
}

static bool put_short_hash(js_json_out *entity, const js_commit *commit) {
    char text[SHORT_HASH + 1] = "";
    strncat(text, commit->hash, SHORT_HASH);
    return js_write_text(entity, "displayId", text);
}

static bool put_flags(js_json_out *entity, const js_commit *commit) {
    return !commit->merge || js_write_item(js_write_array(entity, "flags"), "MERGE_COMMIT");
}

bool js_put_commit(js_json_out *entity, const js_commit_copy *copy, bool last) {
    const js_commit *commit = copy->commit;
    return js_write_text(entity, "id", commit->hash) &&
           (last ? js_write_texts(entity, "issueKeys", &copy->keys)
                 : js_put_entity_keys(entity, &copy->keys)) &&
           js_write_number(entity, "updateSequenceId", copy->sequence) &&
           put_flags(entity, commit) && js_write_text(entity, "message", commit->message) &&
           js_put_author(entity, &commit->author) &&
           js_put_count(entity, "fileCount", commit->file_count) &&
           js_write_text(entity, "url", commit->url) && put_files(entity, commit) &&
           js_put_time(entity, "authorTimestamp", commit->authored_at_ms) &&
           put_short_hash(entity, commit);
}

static js_commit_part commit_of(const js_event *event) {
    return (js_commit_part){&event->of.commit.commit, &event->issue_keys, false};
}

static bool put_entity(js_json_out *entity, const js_event *event, int64_t sequence,
                       const js_commit_copy *copy) {
    (void)event;
    (void)sequence;
    return js_put_commit(entity, copy, false);
}

static bool put(js_json_out *entity, const js_event *event, int64_t sequence) {
    const js_commit_copy copy = {event->of.repository.id, &event->of.commit.commit, sequence,
                                 event->issue_keys};
    return js_put_commit(entity, &copy, false);
}

static void key_of_event(js_buf *out, const js_event *event) {
    js_devinfo_key(out, event);
    js_buf_add_text(out, event->of.commit.commit.hash);
}

static void path(js_buf *out, const js_event *event) {
    js_devinfo_path(out, event, "commit");
    js_buf_add_text(out, event->of.commit.commit.hash);
}

static bool put_seen(json_object *facts, json_object *jira) {
    return js_seen_put_text(facts, "url", jira, "url");
}

const js_payload_kind js_payload_commit = {
    .list = "commits",
    .put = put,
    .put_entity = put_entity,
    .commit_of = commit_of,
    .key_of_event = key_of_event,
    .path = path,
    .read_path = js_repository_path,
    .put_seen = put_seen,
    .shares_keys = true,
};
