/* The kind `repository`, which is there to be deleted: all that Jira has of one. */
#include "base/error.h"
#include "event/repository.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {{"repository", json_type_object, true}};
static const char *const stream_members[] = {"repository", NULL};

static jirasend_code refuse_news(js_reader *in) {
    return js_fail(
        in->error, JIRASEND_E_DOCUMENT,
        "\"kind\" is \"repository\", and \"delete\" is not true. A repository can only be "
        "deleted; send its commits, branches and pull requests by themselves.");
}

static bool write_repository(js_json_out *document, const js_event *event) {
    return js_repository_write(document, event);
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.repository.id, JS_STREAM_REPOSITORY, ""};
}

static void clear(js_event *event) {
    js_repository_clear(&event->of.repository);
}

const js_kind_info js_kind_repository = {
    .name = "repository",
    .noun = "repository",
    .plural = "repositories",
    .api = JS_API_DEVINFO,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = refuse_news,
    .read_stream = js_repository_read,
    .write = write_repository,
    .write_facts = js_repository_write_facts,
    .stream = stream_of,
    .takes_name = true,
    .clear = clear,
};
