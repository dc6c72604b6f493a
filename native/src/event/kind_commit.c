/* The kind `commit`: one commit of a repository. */
#include "event/commit.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/repository.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {
    {"repository", json_type_object, true},
    {"transitions", json_type_boolean, false},
    JS_COMMIT_MEMBERS,
};
static const char *const stream_members[] = {"repository", "hash", NULL};

static const js_place ROOT = JS_PLACE_ROOT;

static jirasend_code read_stream(js_reader *in) {
    const js_text_member texts[] = {{"hash", &in->event->of.commit.commit.hash, js_limit_hash}};
    jirasend_code code = js_repository_read(in);
    return code == JIRASEND_OK ? js_read_texts(in, texts, COUNT_OF(texts)) : code;
}

/* A commit of the past says when it was by either of its times. */
static void date_by_author(js_reader *in) {
    if (!in->dated && js_read_member(in, "authoredAt") != NULL &&
        json_object_get_boolean(js_read_member(in, "history"))) {
        in->event->updated_at_ms = in->event->of.commit.commit.authored_at_ms;
        in->dated = true;
    }
}

static jirasend_code read_commit(js_reader *in) {
    jirasend_code code = js_repository_read(in);
    if (code == JIRASEND_OK) {
        js_transitions_read(in);
        code = js_commit_read(in, &in->event->of.commit.commit, in->document, &ROOT);
    }
    if (code == JIRASEND_OK) {
        date_by_author(in);
    }
    return code;
}

static bool write_commit(js_json_out *document, const js_event *event) {
    const js_commit *commit = &event->of.commit.commit;
    return js_repository_write(document, event) && js_transitions_write(document, event) &&
           (event->deletion ? js_write_text(document, "hash", commit->hash)
                            : js_commit_write(document, commit));
}

static bool write_facts(js_json_out *facts, const js_event *event) {
    const js_commit *commit = &event->of.commit.commit;
    return js_repository_write_facts(facts, event) && js_write_text(facts, "hash", commit->hash) &&
           js_write_text(facts, "url", commit->url);
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.repository.id, JS_STREAM_COMMIT, event->of.commit.commit.hash};
}

static void clear(js_event *event) {
    js_repository_clear(&event->of.repository);
    js_commit_clear(&event->of.commit.commit);
}

const js_kind_info js_kind_commit = {
    .name = "commit",
    .noun = "commit",
    .plural = "commits",
    .api = JS_API_DEVINFO,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_commit,
    .read_stream = read_stream,
    .write = write_commit,
    .write_facts = write_facts,
    .stream = stream_of,
    .clear = clear,
};
