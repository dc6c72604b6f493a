/* A relay's words of each event: receipts and refusals, a line each, or the errors of a problem. */
#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "payload/answer.h"
#include "payload/answer_json.h"
#include "payload/words.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_FORBIDDEN = 403, STATUS_SERVER = 500 };

static jirasend_code nonsense(jirasend_error *error, const char *what) {
    return js_fail(error, JIRASEND_E_NETWORK, "The relay's answer makes no sense: %s.", what);
}

static bool put_message(js_item_answer *item, const char *text) {
    js_buf words = JS_BUF_INIT;
    js_words_escape(&words, text);
    item->message = js_buf_take(&words);
    return item->message != NULL;
}

static jirasend_code read_refusal(js_item_answer *item, json_object *line, jirasend_error *error) {
    const char *why = js_answer_text(js_answer_member(line, "error"));
    json_object *number = js_answer_member(line, "errorStatus");
    if (why == NULL || !json_object_is_type(number, json_type_int)) {
        return nonsense(error, "a refused event lacks error or errorStatus");
    }
    item->http_status = json_object_get_int(number);
    item->verdict = item->http_status == STATUS_FORBIDDEN ? JS_VERDICT_FORBIDDEN
                    : item->http_status >= STATUS_SERVER  ? JS_VERDICT_POSTPONED
                                                          : JS_VERDICT_REFUSED;
    return put_message(item, why) ? JIRASEND_OK : js_fail_memory(error);
}

/* Held is the relay's trouble, not ours: it has the event. */
static bool read_status(js_status *status, const char *name) {
    static const js_status known[] = {JS_STATUS_QUEUED,  JS_STATUS_HELD,       JS_STATUS_ACCEPTED,
                                      JS_STATUS_SKIPPED, JS_STATUS_SUPERSEDED, JS_STATUS_REJECTED};
    for (size_t i = 0; name != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, js_status_name(known[i])) == 0) {
            *status = js_status_settled(known[i]) ? known[i] : JS_STATUS_RELAYED;
            return true;
        }
    }
    return false;
}

static bool read_keys(js_strings *keys, json_object *list) {
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *key = js_answer_text(json_object_array_get_idx(list, i));
        if (key != NULL && !js_strings_add(keys, key, strlen(key))) {
            return false;
        }
    }
    return true;
}

static jirasend_code read_receipt(js_item_answer *item, json_object *line, jirasend_error *error) {
    json_object *id = js_answer_member(line, "id");
    const char *message = js_answer_text(js_answer_member(line, "message"));
    item->relay_id = json_object_is_type(id, json_type_int) ? json_object_get_int64(id) : 0;
    if (item->relay_id <= 0 ||
        !read_status(&item->status, js_answer_text(js_answer_member(line, "status")))) {
        return nonsense(error, "a receipt lacks its id or a status that is known");
    }
    item->verdict = JS_VERDICT_COMMITTED;
    bool settled = item->status != JS_STATUS_RELAYED;
    int status = json_object_get_int(js_answer_member(line, "httpStatus"));
    item->http_status = settled && status > 0 ? status : STATUS_OK;
    bool kept = !settled || message == NULL || put_message(item, message);
    return kept && read_keys(&item->unknown_keys, js_answer_member(line, "unknownIssueKeys"))
               ? JIRASEND_OK
               : js_fail_memory(error);
}

static jirasend_code read_one(js_item_answer *items, size_t count, json_object *line,
                              jirasend_error *error) {
    json_object *index = js_answer_member(line, "index");
    int64_t at = json_object_is_type(index, json_type_int) ? json_object_get_int64(index) : -1;
    if (at < 0 || (size_t)at >= count || items[at].verdict != JS_VERDICT_NOT_MENTIONED) {
        return nonsense(error, "its index is not that of one of the events, or comes twice");
    }
    bool refused = js_answer_member(line, "error") != NULL;
    return (refused ? read_refusal : read_receipt)(&items[at], line, error);
}

static jirasend_code check_all(const js_item_answer *items, size_t count, jirasend_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (items[i].verdict == JS_VERDICT_NOT_MENTIONED) {
            return nonsense(error, "it does not say what became of each event");
        }
    }
    return JIRASEND_OK;
}

static jirasend_code read_lines(js_item_answer *items, size_t count, const char *body,
                                size_t length, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    while (length > 0 && code == JIRASEND_OK) {
        const char *end = memchr(body, '\n', length);
        size_t line_length = end != NULL ? (size_t)(end - body) : length;
        json_object *line = js_json_parse(body, line_length, JS_JSON_ANSWER, NULL);
        code = line != NULL ? read_one(items, count, line, error)
                            : nonsense(error, "a line is not JSON");
        json_object_put(line);
        size_t whole = line_length + (end != NULL ? 1 : 0);
        body += whole;
        length -= whole;
    }
    return code;
}

static jirasend_code read_errors(js_item_answer *items, size_t count, const char *body,
                                 size_t length, jirasend_error *error) {
    json_object *problem = js_json_parse(body, length, JS_JSON_ANSWER, NULL);
    json_object *errors = js_answer_member(problem, "errors");
    jirasend_code code = json_object_is_type(errors, json_type_array)
                             ? JIRASEND_OK
                             : nonsense(error, "it judges the post as a whole");
    size_t told = code == JIRASEND_OK ? json_object_array_length(errors) : 0;
    for (size_t i = 0; i < told && code == JIRASEND_OK; i++) {
        code = read_one(items, count, json_object_array_get_idx(errors, i), error);
    }
    json_object_put(problem);
    return code;
}

jirasend_code js_answer_relay(js_item_answer *items, size_t count, bool lines, const char *body,
                              size_t length, jirasend_error *error) {
    memset(items, 0, count * sizeof *items);
    jirasend_code code = lines ? read_lines(items, count, body, length, error)
                               : read_errors(items, count, body, length, error);
    if (code == JIRASEND_OK) {
        code = check_all(items, count, error);
    }
    if (code != JIRASEND_OK) {
        js_item_answers_clear(items, count);
    }
    return code;
}
