/* The kind `branch`: where it is, and the commit at its end. */
#include "base/error.h"
#include "event/commit.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/repository.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {
    {"repository", json_type_object, true}, {"transitions", json_type_boolean, false},
    {"name", json_type_string, true},       {"url", json_type_string, true},
    {"lastCommit", json_type_object, true}, {"createPullRequestUrl", json_type_string, false},
};
static const char *const stream_members[] = {"repository", "name", NULL};

static const js_place ROOT = JS_PLACE_ROOT;

static jirasend_code read_stream(js_reader *in) {
    const js_text_member texts[] = {{"name", &in->event->of.branch.name, js_limit_ref}};
    jirasend_code code = js_repository_read(in);
    return code == JIRASEND_OK ? js_read_texts(in, texts, COUNT_OF(texts)) : code;
}

/* Gathers the commit's own keys, which are not the branch's, in a set of their own. */
static jirasend_code gather_last(js_reader *in, js_reader *inner, const js_place *place) {
    js_branch *branch = &in->event->of.branch;
    jirasend_code code = inner->keys == NULL ? js_fail_memory(in->error) : js_read_keys(inner);
    if (code == JIRASEND_OK) {
        code = js_commit_read(inner, &branch->last, inner->document, place);
    }
    if (code == JIRASEND_OK) {
        code = js_read_keys_only(inner, &branch->last_keys);
        js_limit_keys(in->event, &branch->last_keys);
    }
    js_reader_clear(inner);
    return code;
}

static jirasend_code read_last(js_reader *in) {
    static const js_member table[] = {
        JS_COMMIT_MEMBERS,
        {"issueKeys", json_type_array, false},
        {"keyText", json_type_array, false},
    };
    json_object *value = js_read_member(in, "lastCommit");
    js_place place = js_place_member(&ROOT, "lastCommit");
    jirasend_code code = js_members_check(value, &place, table, COUNT_OF(table), in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_reader inner = *in;
    inner.document = value;
    inner.place = place;
    inner.keys = js_key_set_new();
    inner.found = NULL;
    inner.found_capacity = 0;
    inner.passed = (js_passed_keys){NULL, 0};
    return gather_last(in, &inner, &place);
}

static jirasend_code read_branch(js_reader *in) {
    js_branch *branch = &in->event->of.branch;
    const js_text_member texts[] = {
        {"url", &in->event->url, js_limit_url},
        {"createPullRequestUrl", &branch->create_url, js_limit_url},
    };
    jirasend_code code = read_stream(in);
    if (code == JIRASEND_OK) {
        js_transitions_read(in);
        code = js_read_texts(in, texts, COUNT_OF(texts));
    }
    if (code == JIRASEND_OK) {
        code = js_read_scan(in, branch->name, strlen(branch->name), JS_KEY_BRANCH, NULL);
    }
    return code == JIRASEND_OK ? read_last(in) : code;
}

static bool write_last(js_json_out *document, const js_branch *branch) {
    js_json_out *last = js_write_object(document, "lastCommit");
    return js_commit_write(last, &branch->last) &&
           (branch->last_keys.count == 0 || js_write_texts(last, "issueKeys", &branch->last_keys));
}

static bool write_branch(js_json_out *document, const js_event *event) {
    const js_branch *branch = &event->of.branch;
    return js_repository_write(document, event) && js_transitions_write(document, event) &&
           js_write_text(document, "name", branch->name) &&
           (event->deletion ||
            (js_write_text(document, "url", event->url) &&
             js_write_text(document, "createPullRequestUrl", branch->create_url) &&
             write_last(document, branch)));
}

static bool write_facts(js_json_out *facts, const js_event *event) {
    return js_repository_write_facts(facts, event) &&
           js_write_text(facts, "branch", event->of.branch.name) &&
           js_write_text(facts, "url", event->url);
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.repository.id, JS_STREAM_BRANCH, event->of.branch.name};
}

/* Jira stores the last commit, too, and it must not become older than what is known of it. */
static bool stream_touched(const js_event *event, js_stream *stream) {
    if (event->deletion) {
        return false;
    }
    *stream = (js_stream){event->of.repository.id, JS_STREAM_COMMIT, event->of.branch.last.hash};
    return true;
}

static js_strings *lent_keys(js_event *event) {
    js_branch *branch = &event->of.branch;
    return branch->last_keys.count > 0 ? NULL : &branch->lent_keys;
}

static void clear(js_event *event) {
    js_branch *branch = &event->of.branch;
    js_repository_clear(&branch->repository);
    js_commit_clear(&branch->last);
    js_strings_clear(&branch->last_keys);
    js_strings_clear(&branch->lent_keys);
    free(branch->name);
    free(branch->create_url);
}

const js_kind_info js_kind_branch = {
    .name = "branch",
    .noun = "branch",
    .plural = "branches",
    .api = JS_API_DEVINFO,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_branch,
    .read_stream = read_stream,
    .write = write_branch,
    .write_facts = write_facts,
    .stream = stream_of,
    .touches = stream_touched,
    .lent_keys = lent_keys,
    .clear = clear,
};
