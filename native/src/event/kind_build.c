/* The kind `build`: what a build's document has, and how it is read and kept. */
#include "base/error.h"
#include "event/json.h"
#include "event/run.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {JS_RUN_MEMBERS, {"tests", json_type_object, false}};
static const char *const stream_members[] = {"pipelineId", "number", NULL};

static jirasend_code read_tests(js_reader *in) {
    static const js_member counts[] = {
        {"total", json_type_int, true},
        {"passed", json_type_int, true},
        {"failed", json_type_int, true},
        {"skipped", json_type_int, false},
    };
    json_object *value = js_read_member(in, "tests");
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_tests *tests = &in->event->of.build.tests;
    const js_place root = JS_PLACE_ROOT;
    js_place place = js_place_member(&root, "tests");
    jirasend_code code = js_members_check(value, &place, counts, COUNT_OF(counts), in->error);
    int64_t *const targets[] = {&tests->total, &tests->passed, &tests->failed, &tests->skipped};
    for (size_t i = 0; i < COUNT_OF(counts) && code == JIRASEND_OK; i++) {
        json_object *number = js_member_of(value, counts[i].name);
        js_place at = js_place_member(&place, counts[i].name);
        if (number != NULL) {
            code = js_count_read(targets[i], number, &at, in->error);
        }
    }
    tests->given = code == JIRASEND_OK;
    return code;
}

static jirasend_code read_build(js_reader *in) {
    jirasend_code code = js_run_read(in);
    return code == JIRASEND_OK ? read_tests(in) : code;
}

static bool write_tests(js_json_out *document, const js_tests *tests) {
    js_json_out *counts = js_write_object(document, "tests");
    return js_write_number(counts, "total", tests->total) &&
           js_write_number(counts, "passed", tests->passed) &&
           js_write_number(counts, "failed", tests->failed) &&
           js_write_number(counts, "skipped", tests->skipped);
}

static bool write_build(js_json_out *document, const js_event *event) {
    const js_tests *tests = &event->of.build.tests;
    return js_run_write(document, event) && (!tests->given || write_tests(document, tests));
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.run.pipeline_id, event->of.run.number, ""};
}

static void clear(js_event *event) {
    js_run_clear(&event->of.run);
}

const js_kind_info js_kind_build = {
    .name = "build",
    .noun = "build",
    .plural = "builds",
    .api = JS_API_BUILDS,
    .states = JS_RUN_STATES,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_build,
    .read_stream = js_run_read_stream,
    .write = write_build,
    .write_facts = js_run_write_facts,
    .stream = stream_of,
    .clear = clear,
};
