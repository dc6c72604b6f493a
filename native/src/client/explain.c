/* Why an issue shows what it shows: what the history knows, and what Jira has now. */
#include "client/explain.h"

#include "base/error.h"
#include "event/kind.h"

#include <jirasend/history.h>
#include <stdlib.h>
#include <string.h>

enum { EXPLAINED_MAX = 10000, DROPPED_MAX = 100 };

/* ---- what the history knows ---- */

static bool put_found(json_object *object, const js_history_row *row) {
    json_object *found = js_json_put_object(object, "found");
    return js_json_put_text(found, "from", js_key_source_name(row->found.from)) &&
           js_json_put_text(found, "commit", row->found.commit);
}

static bool put_events(json_object *answer, const js_history_row *rows, size_t count) {
    json_object *events = js_json_put_array(answer, "events");
    bool good = events != NULL;
    for (size_t i = 0; i < count && good; i++) {
        json_object *receipt = js_receipt_json(&rows[i].receipt);
        good = js_json_append(events, receipt) && put_found(receipt, &rows[i]);
    }
    return good;
}

/* Which rule, and the receipts of the events whose texts they were. */
static bool put_dropped(json_object *answer, const char *key, const js_history_row *rows,
                        size_t count) {
    json_object *list = js_json_put_array(answer, "dropped");
    json_object *receipts = js_json_put_array(answer, "droppedBy");
    bool good = list != NULL && receipts != NULL;
    for (size_t i = 0; i < count && good; i++) {
        json_object *dropped = js_json_append_object(list);
        good = js_json_put_number(dropped, "id", rows[i].receipt.id) &&
               js_json_put_text(dropped, "key", key) &&
               js_json_put_text(dropped, "rule", js_key_rule_name(rows[i].rule)) &&
               js_json_append(receipts, js_receipt_json(&rows[i].receipt));
    }
    return good;
}

/* ---- and what Jira has now ---- */

/* The rows are those of the key, and those whose texts hold it. */
typedef struct explained {
    char key[JS_HISTORY_KEY_SIZE];
    js_history_row *named, *passed;
    size_t named_count, passed_count;
} explained;

static jirasend_code ask_history(jirasend_client *client, const char *given, explained *out,
                                 jirasend_error *error) {
    jirasend_code code = js_history_key(given, out->key, error);
    js_history_query query = {.key = out->key};
    if (code == JIRASEND_OK) {
        code = js_history_all(client, &query, EXPLAINED_MAX, &out->named, &out->named_count, error);
    }
    query.passed_over = true;
    if (code == JIRASEND_OK) {
        code = js_history_all(client, &query, DROPPED_MAX, &out->passed, &out->passed_count, error);
    }
    return code;
}

static jirasend_code put_all(js_asking *in, const explained *what, json_object *object) {
    bool good = js_json_put_text(object, "key", what->key) &&
                put_events(object, what->named, what->named_count) &&
                put_dropped(object, what->key, what->passed, what->passed_count);
    jirasend_code code =
        good ? js_asking_gather(in, what->named, what->named_count) : js_fail_memory(in->error);
    if (code == JIRASEND_OK) {
        code = js_asking_put_deleted(in, object);
    }
    return code == JIRASEND_OK ? js_asking_put_jira(in, object) : code;
}

static jirasend_code explain(js_asking *in, const char *given, char **answer) {
    explained what = {.named = NULL};
    jirasend_code code = ask_history(in->client, given, &what, in->error);
    if (code == JIRASEND_OK) {
        json_object *object = json_object_new_object();
        in->key = what.key;
        code = put_all(in, &what, object);
        js_asking_clear(in);
        js_buf out = JS_BUF_INIT;
        js_json_write_built(&out, object, code == JIRASEND_OK);
        if (code == JIRASEND_OK) {
            code = js_hand_out(&out, answer, in->error);
        } else {
            js_buf_clear(&out);
        }
    }
    js_history_free(what.named, what.named_count);
    js_history_free(what.passed, what.passed_count);
    return code;
}

jirasend_code jirasend_client_explain(jirasend_client *client, const char *key, char **answer,
                                      jirasend_error *error) {
    if (answer == NULL) {
        return js_fail_nowhere(error);
    }
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    js_asking in = {.client = client, .offline = true, .error = error};
    return code == JIRASEND_OK ? js_leave(client, explain(&in, key, answer)) : code;
}

jirasend_code jirasend_client_explain_now(jirasend_client *client, const char *key,
                                          int64_t timeout_ms, char **answer,
                                          jirasend_error *error) {
    if (answer == NULL) {
        return js_fail_nowhere(error);
    }
    *answer = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_asking in = {.client = client,
                    .until_ms = js_later_ms(js_mono_ms(&client->world), timeout_ms),
                    .why = JIRASEND_ERROR_INIT,
                    .error = error};
    code = js_things_allowed(client, error);
    if (code == JIRASEND_OK) {
        code = explain(&in, key, answer);
    }
    if (code == JIRASEND_OK && in.why.code != JIRASEND_OK) {
        code = js_fail(error, in.why.code, "%s", in.why.message);
    }
    return js_leave(client, code);
}
