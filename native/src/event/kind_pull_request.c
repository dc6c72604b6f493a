/* The kind `pull_request`: what is to be merged where, and who looked at it. */
#include "base/error.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/person.h"
#include "event/repository.h"
#include "event/words.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {
    {"repository", json_type_object, true},
    {"transitions", json_type_boolean, false},
    {"number", json_type_int, true},
    {"title", json_type_string, true},
    {"state", json_type_string, true},
    {"author", json_type_object, false},
    {"url", json_type_string, true},
    {"sourceBranch", json_type_string, true},
    {"sourceBranchUrl", json_type_string, false},
    {"destinationBranch", json_type_string, false},
    {"destinationBranchUrl", json_type_string, false},
    {"commentCount", json_type_int, false},
    {"reviewers", json_type_array, false},
};
static const char *const stream_members[] = {"repository", "number", NULL};

static const char *const state_names[] = {
    [JS_PULL_REQUEST_OPEN] = "open",
    [JS_PULL_REQUEST_MERGED] = "merged",
    [JS_PULL_REQUEST_DECLINED] = "declined",
    [JS_PULL_REQUEST_UNKNOWN] = "unknown",
};

static const js_place ROOT = JS_PLACE_ROOT;

const char *js_pull_request_state_name(js_pull_request_state state) {
    return state_names[state];
}

static jirasend_code read_state(js_reader *in) {
    const char *name = json_object_get_string(js_read_member(in, "state"));
    const char *word = js_pull_request_state_word(name);
    for (int i = JS_PULL_REQUEST_OPEN; word != NULL && i <= JS_PULL_REQUEST_UNKNOWN; i++) {
        if (strcmp(word, state_names[i]) == 0) {
            in->event->of.pull_request.state = (js_pull_request_state)i;
            return JIRASEND_OK;
        }
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"state\" is \"%s\". The state of a pull request must be one of %s.", shown,
                   js_pull_request_state_words);
}

/* ---- reviewers ---- */

static jirasend_code read_approval(const js_reader *in, js_reviewer *reviewer, json_object *value,
                                   const js_place *place) {
    json_object *state = js_member_of(value, "state");
    const char *name = state == NULL ? "unapproved" : json_object_get_string(state);
    reviewer->approved = js_word_is(name, "approved");
    if (reviewer->approved || js_word_is(name, "unapproved")) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"%s.state\" is \"%s\". It must be approved or unapproved.", place->text,
                   shown);
}

static jirasend_code read_reviewer(const js_reader *in, js_reviewer *reviewer, json_object *value,
                                   const js_place *place) {
    static const js_member table[] = {
        {"name", json_type_string, false},
        {"email", json_type_string, false},
        {"state", json_type_string, false},
    };
    jirasend_code code = js_members_check(value, place, table, COUNT_OF(table), in->error);
    json_object *name = code == JIRASEND_OK ? js_member_of(value, "name") : NULL;
    if (name != NULL && json_object_get_string_len(name) > 0) {
        code = js_read_part(&reviewer->name, value, place, "name", js_limit_text, in->error);
    }
    if (code == JIRASEND_OK) {
        code = js_email_read(in, &reviewer->email, value, place, JS_REVIEWER_EMAIL_UNITS);
    }
    return code == JIRASEND_OK ? read_approval(in, reviewer, value, place) : code;
}

static jirasend_code read_reviewers(js_reader *in) {
    js_pull_request *own = &in->event->of.pull_request;
    json_object *list = js_read_member(in, "reviewers");
    js_place place = js_place_member(&ROOT, "reviewers");
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    if (count == 0) {
        return JIRASEND_OK;
    }
    own->reviewers = calloc(count, sizeof *own->reviewers);
    jirasend_code code = own->reviewers == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_place at = js_place_element(&place, i);
        own->reviewer_count++; /* from here on it is freed with the event */
        code = read_reviewer(in, &own->reviewers[i], json_object_array_get_idx(list, i), &at);
    }
    return code;
}

/* ---- the pull request ---- */

static jirasend_code read_stream(js_reader *in) {
    jirasend_code code = js_repository_read(in);
    return code == JIRASEND_OK
               ? js_read_count(in, "number", &in->event->of.pull_request.number, NULL)
               : code;
}

static jirasend_code read_texts(js_reader *in) {
    js_pull_request *own = &in->event->of.pull_request;
    const js_text_member texts[] = {
        {"title", &own->title, js_limit_title},
        {"url", &in->event->url, js_limit_url},
        {"sourceBranch", &own->source_branch, js_limit_name},
        {"sourceBranchUrl", &own->source_branch_url, js_limit_url},
        {"destinationBranch", &own->destination_branch, js_limit_text},
        {"destinationBranchUrl", &own->destination_branch_url, js_limit_url},
    };
    jirasend_code code = js_read_texts(in, texts, COUNT_OF(texts));
    return code == JIRASEND_OK ? js_author_read(in, &own->author, in->document, &ROOT) : code;
}

/* Of the whole texts: Jira only gets their beginnings. */
static jirasend_code scan(js_reader *in, const char *name, js_key_source from) {
    json_object *text = js_read_member(in, name);
    return js_read_scan(in, json_object_get_string(text), (size_t)json_object_get_string_len(text),
                        from, NULL);
}

static jirasend_code read_pull_request(js_reader *in) {
    jirasend_code code = read_stream(in);
    if (code == JIRASEND_OK) {
        js_transitions_read(in);
        code = read_texts(in);
    }
    if (code == JIRASEND_OK) {
        code = scan(in, "title", JS_KEY_TITLE);
    }
    if (code == JIRASEND_OK) {
        code = scan(in, "sourceBranch", JS_KEY_BRANCH);
    }
    if (code == JIRASEND_OK) {
        code = read_state(in);
    }
    if (code == JIRASEND_OK) {
        code = js_read_count(in, "commentCount", &in->event->of.pull_request.comment_count, NULL);
    }
    return code == JIRASEND_OK ? read_reviewers(in) : code;
}

static bool write_reviewers(js_json_out *document, const js_pull_request *own) {
    js_json_out *list = own->reviewer_count > 0 ? js_write_array(document, "reviewers") : NULL;
    bool good = own->reviewer_count == 0 || list != NULL;
    for (size_t i = 0; i < own->reviewer_count && good; i++) {
        const js_reviewer *reviewer = &own->reviewers[i];
        js_json_out *object = js_write_item_object(list);
        good = js_write_text(object, "name", reviewer->name) &&
               js_write_text(object, "email", reviewer->email) &&
               js_write_text(object, "state", reviewer->approved ? "approved" : "unapproved");
    }
    return good;
}

static bool write_rest(js_json_out *document, const js_event *event) {
    const js_pull_request *own = &event->of.pull_request;
    return js_write_text(document, "title", own->title) &&
           js_write_text(document, "state", js_pull_request_state_name(own->state)) &&
           js_author_write(document, &own->author) && js_write_text(document, "url", event->url) &&
           js_write_text(document, "sourceBranch", own->source_branch) &&
           js_write_text(document, "sourceBranchUrl", own->source_branch_url) &&
           js_write_text(document, "destinationBranch", own->destination_branch) &&
           js_write_text(document, "destinationBranchUrl", own->destination_branch_url) &&
           js_write_number(document, "commentCount", own->comment_count) &&
           write_reviewers(document, own);
}

static bool write_pull_request(js_json_out *document, const js_event *event) {
    return js_repository_write(document, event) && js_transitions_write(document, event) &&
           js_write_number(document, "number", event->of.pull_request.number) &&
           (event->deletion || write_rest(document, event));
}

static bool write_facts(js_json_out *facts, const js_event *event) {
    const js_pull_request *own = &event->of.pull_request;
    return js_repository_write_facts(facts, event) &&
           js_write_number(facts, "number", own->number) &&
           (event->deletion ||
            (js_write_text(facts, "state", js_pull_request_state_name(own->state)) &&
             js_write_text(facts, "url", event->url)));
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.repository.id, event->of.pull_request.number, ""};
}

static void clear(js_event *event) {
    js_pull_request *own = &event->of.pull_request;
    js_repository_clear(&own->repository);
    js_person_clear(&own->author);
    for (size_t i = 0; i < own->reviewer_count; i++) {
        free(own->reviewers[i].name);
        free(own->reviewers[i].email);
    }
    free(own->reviewers);
    free(own->title);
    free(own->source_branch);
    free(own->source_branch_url);
    free(own->destination_branch);
    free(own->destination_branch_url);
}

const js_kind_info js_kind_pull_request = {
    .name = "pull_request",
    .noun = "pull request",
    .plural = "pull requests",
    .api = JS_API_DEVINFO,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_pull_request,
    .read_stream = read_stream,
    .write = write_pull_request,
    .write_facts = write_facts,
    .stream = stream_of,
    .clear = clear,
};
