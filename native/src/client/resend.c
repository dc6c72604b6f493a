/* Telling Jira again what it was told: to repair a difference, or because somebody asks for it. */
#include "client/things.h"

#include "base/error.h"
#include "event/document.h"
#include "event/kind.h"
#include "event/words.h"

#include <jirasend/history.h>
#include <jirasend/verify.h>
#include <stdlib.h>

static jirasend_code put_again(jirasend_client *client, js_event *event, int64_t *again,
                               jirasend_error *error) {
    js_buf document = JS_BUF_INIT;
    js_buf facts = JS_BUF_INIT;
    js_document_write(&document, event);
    js_document_write_facts(&facts, event);
    jirasend_code code = document.failed || facts.failed ? js_fail_memory(error) : JIRASEND_OK;
    if (code == JIRASEND_OK) {
        js_put one = {.event = event,
                      .document = document.data,
                      .length = document.length,
                      .facts = facts.data,
                      .may_keep = true};
        js_put_result result = {.code = JIRASEND_OK};
        code = client->outbox->ops->put(client->outbox, &one, 1, js_wall_ms(&client->world),
                                        &result, error);
        if (code == JIRASEND_OK && result.code != JIRASEND_OK) {
            code = js_fail(error, result.code, "%s", result.message);
        }
        *again = code == JIRASEND_OK ? result.id : 0;
    }
    js_buf_clear(&document);
    js_buf_clear(&facts);
    client->net->ops->wake(client->net);
    return code;
}

static void make_news(js_event *event) {
    free(event->request_id);
    event->request_id = NULL;
    event->history = false;
}

static jirasend_code read_told(jirasend_client *client, int64_t id, js_event *event,
                               jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    jirasend_code code = client->outbox->ops->told_document(client->outbox, id, &text, error);
    if (code == JIRASEND_OK) {
        code = js_document_read_stored(event, text.data, text.length, error);
    }
    js_buf_clear(&text);
    return code;
}

/* What should be gone is deleted once more; everything else is told as it was. */
static jirasend_code repair_told(jirasend_client *client, const js_last_told *told, int64_t *again,
                                 jirasend_error *error) {
    const js_receipt *receipt = &told->row.receipt;
    js_event event;
    if (receipt->id == 0) {
        return js_fail(error, JIRASEND_E_NOT_FOUND, "The history does not know this event.");
    }
    if (told->waits) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "Something newer about it waits to be sent.");
    }
    jirasend_code code = told->gone ? js_thing_of_receipt(client, receipt, &event, error)
                                    : read_told(client, receipt->id, &event, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (!told->gone) {
        make_news(&event);
        event.no_transitions = js_api_of(js_kind_api(event.kind))->entities; /* moves no issue */
    }
    code = put_again(client, &event, again, error);
    js_event_clear(&event);
    return code;
}

jirasend_code jirasend_client_repair(jirasend_client *client, int64_t id, int64_t *again,
                                     jirasend_error *error) {
    if (again == NULL) {
        return js_fail_nowhere(error);
    }
    *again = 0;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_last_told told;
    code = client->outbox->ops->last_told(client->outbox, NULL, id, &told, error);
    if (code == JIRASEND_OK) {
        code = repair_told(client, &told, again, error);
        js_last_told_clear(&told);
    }
    return js_leave(client, code);
}

/* Nothing newer was told of the same thing, nor that it is gone. */
static jirasend_code check_last(jirasend_client *client, int64_t id, jirasend_error *error) {
    js_last_told last = {.gone = false};
    jirasend_code code = client->outbox->ops->last_told(client->outbox, NULL, id, &last, error);
    if (code == JIRASEND_OK && (last.row.receipt.id != id || last.gone)) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "Jira was told something newer than event %lld, or to delete it.",
                       (long long)id);
    }
    js_last_told_clear(&last);
    return code;
}

/* Sent again it would be the newest news: not over something newer that is on its way. */
static jirasend_code check_newest(jirasend_client *client, const js_event *event,
                                  jirasend_error *error) {
    js_told told = JS_TOLD_NOTHING;
    jirasend_code code = client->outbox->ops->told(client->outbox, event, &told, error);
    if (code == JIRASEND_OK && told != JS_TOLD_ACCEPTED) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "Something newer about the same thing is in the outbox already.");
    }
    return code;
}

static jirasend_code set_state(js_event *event, const char *name, jirasend_error *error) {
    const char *word = js_state_word(name);
    js_state state = JS_STATE_UNKNOWN;
    if (word == NULL || !js_state_from_name(word, &state) ||
        (js_kind_of(event->kind)->states & 1U << state) == 0) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "\"%.40s\" is not a state of a %s.", name,
                       js_kind_of(event->kind)->noun);
    }
    event->of.run.state = state;
    return JIRASEND_OK;
}

static jirasend_code tell_again(jirasend_client *client, int64_t id, const char *state,
                                int64_t *again, jirasend_error *error) {
    js_event event;
    jirasend_code code = read_told(client, id, &event, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = check_last(client, id, error);
    if (code == JIRASEND_OK) {
        code = check_newest(client, &event, error);
    }
    if (code == JIRASEND_OK && state != NULL) {
        code = set_state(&event, state, error);
    }
    if (code == JIRASEND_OK) {
        js_error_clear(error);
        event.updated_at_ms = js_wall_ms(&client->world);
        make_news(&event);
        code = put_again(client, &event, again, error);
    }
    js_event_clear(&event);
    return code;
}

jirasend_code jirasend_client_tell_again(jirasend_client *client, int64_t id, const char *state,
                                         int64_t *again, jirasend_error *error) {
    if (again == NULL) {
        return js_fail_nowhere(error);
    }
    *again = 0;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, tell_again(client, id, state, again, error))
                               : code;
}

jirasend_code jirasend_client_kept(jirasend_client *client, int64_t id, int *kept,
                                   jirasend_error *error) {
    if (kept == NULL) {
        return js_fail_nowhere(error);
    }
    *kept = 0;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_buf document = JS_BUF_INIT;
    code = client->outbox->ops->told_document(client->outbox, id, &document, error);
    *kept = code == JIRASEND_OK ? 1 : 0;
    js_buf_clear(&document);
    if (code == JIRASEND_E_NOT_FOUND) {
        js_error_clear(error);
        code = JIRASEND_OK;
    }
    return js_leave(client, code);
}
