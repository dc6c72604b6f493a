/* The history: which events there were, why an issue shows what it shows, what was deployed last. */
#include "client/verify.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/kind.h"
#include "event/kind_names.h"
#include "event/reader.h"

#include <inttypes.h>
#include <jirasend/history.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIMIT_MAX = 1000,
    REQUESTED_MAX = 10000,
    EXPLAINED_MAX = 10000,
    DROPPED_MAX = 100,
    KEY_SIZE = 512,
    COUNTER_NAME_MAX = 60
};

/* ---- filters ---- */

jirasend_code js_history_key(const char *text, char key[KEY_SIZE], jirasend_error *error) {
    if (js_key_normalise(text, strlen(text), key, KEY_SIZE)) {
        return JIRASEND_OK;
    }
    return js_fail(error, JIRASEND_E_ARGUMENT,
                   "\"%.80s\" is not an issue key. An issue key looks like APP-123.", text);
}

static bool kind_bit(const char *name, int *bit) {
    js_kind kind;
    bool known = js_kind_from_name(name, &kind);
    *bit = known ? (int)kind : 0;
    return known;
}

static bool status_bit(const char *name, int *bit) {
    for (int status = JS_STATUS_QUEUED; status <= JS_STATUS_REJECTED; status++) {
        if (strcmp(name, js_status_name((js_status)status)) == 0) {
            *bit = status;
            return true;
        }
    }
    return false;
}

/* Comma-separated names as bits. */
static jirasend_code read_names(const char *list, bool (*bit_of)(const char *name, int *bit),
                                const char *wrong, unsigned *bits, jirasend_error *error) {
    *bits = 0;
    while (list != NULL && *list != '\0') {
        char name[40] = "";
        list += strspn(list, ", ");
        size_t length = strcspn(list, ", ");
        int bit = 0;
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 39 ? length : 39), list);
        for (char *at = name; *at != '\0'; at++) {
            *at = *at == '-' ? '_' : *at;
        }
        if (length > 0 && !bit_of(name, &bit)) {
            return js_fail(error, JIRASEND_E_ARGUMENT, "\"%.40s\" is not %s", name, wrong);
        }
        *bits |= length > 0 ? 1U << bit : 0;
        list += length;
    }
    return JIRASEND_OK;
}

/* The query and the texts that it points to. */
typedef struct asked {
    js_history_query query;
    char key[KEY_SIZE];
    char *project;
} asked;

static const char *or_null(const char *text) {
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static jirasend_code read_project(const char *text, asked *out, jirasend_error *error) {
    js_strings words = JS_STRINGS_INIT;
    jirasend_code code = js_key_words(&words, text, "project", NULL);
    if (code == JIRASEND_E_MEMORY) {
        code = js_fail_memory(error);
    } else if (code != JIRASEND_OK || words.count != 1) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "\"%.80s\" is not the key of one project, such as APP.", text);
    }
    if (code == JIRASEND_OK) {
        out->project = js_copy(words.items[0]);
        code = out->project != NULL ? JIRASEND_OK : js_fail_memory(error);
        out->query.project = out->project;
    }
    js_strings_clear(&words);
    return code;
}

jirasend_code js_history_kinds(const char *list, unsigned *kinds, jirasend_error *error) {
    char known[JS_KIND_LIST_SIZE];
    char wrong[JS_KIND_LIST_SIZE + 40];
    js_kind_list(known);
    (void)snprintf(wrong, sizeof wrong, "a kind of event. Known are: %s.", known);
    return read_names(list, kind_bit, wrong, kinds, error);
}

static jirasend_code read_filter(const jirasend_history_filter *given, asked *out,
                                 jirasend_error *error) {
    jirasend_history_filter filter = JIRASEND_HISTORY_FILTER_INIT;
    *out = (asked){.project = NULL};
    if (given != NULL) {
        memcpy(&filter, given, given->size < sizeof filter ? given->size : sizeof filter);
    }
    out->query.pipeline = or_null(filter.pipeline);
    out->query.environment = or_null(filter.environment);
    out->query.number = filter.number;
    out->query.state = or_null(filter.state);
    out->query.since_ms = filter.since_ms;
    out->query.until_ms = filter.until_ms;
    jirasend_code code = js_history_kinds(filter.kinds, &out->query.kinds, error);
    if (code == JIRASEND_OK) {
        code = read_names(filter.statuses, status_bit,
                          "a status. It must be queued, held, accepted, skipped, superseded or "
                          "rejected.",
                          &out->query.statuses, error);
    }
    if (code == JIRASEND_OK && or_null(filter.key) != NULL) {
        code = js_history_key(filter.key, out->key, error);
        out->query.key = out->key;
    }
    return code == JIRASEND_OK && or_null(filter.project) != NULL
               ? read_project(filter.project, out, error)
               : code;
}

/* ---- pages ---- */

static jirasend_code ask(jirasend_client *client, const js_history_query *query,
                         js_history_row **rows, size_t *count, bool *more, jirasend_error *error) {
    return client->outbox->ops->history(client->outbox, query, rows, count, more, error);
}

static jirasend_code write_page(const js_history_row *rows, size_t count, bool more, char **page,
                                jirasend_error *error) {
    json_object *object = json_object_new_object();
    json_object *receipts = js_json_put_array(object, "receipts");
    bool good = receipts != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_json_append(receipts, js_receipt_json(&rows[i].receipt));
    }
    if (good && more && count > 0) {
        char cursor[32];
        (void)snprintf(cursor, sizeof cursor, "%" PRId64, rows[count - 1].receipt.id);
        good = js_json_put_text(object, "cursor", cursor);
    }
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, good);
    return js_hand_out(&out, page, error);
}

static jirasend_code check_limit(int limit, int most, jirasend_error *error) {
    return limit >= 1 && limit <= most
               ? JIRASEND_OK
               : js_fail(error, JIRASEND_E_ARGUMENT, "Ask for 1 to %d receipts a page.", most);
}

static jirasend_code read_cursor(const char *cursor, int64_t *before, jirasend_error *error) {
    char *end = NULL;
    *before = cursor == NULL ? 0 : strtoll(cursor, &end, 10);
    return cursor == NULL || (*end == '\0' && *before > 0)
               ? JIRASEND_OK
               : js_fail(error, JIRASEND_E_ARGUMENT, "\"%.40s\" is not the cursor of a page.",
                         cursor);
}

static jirasend_code history(jirasend_client *client, const jirasend_history_filter *filter,
                             const char *cursor, int limit, char **page, jirasend_error *error) {
    asked what;
    js_history_row *rows = NULL;
    size_t count = 0;
    bool more = false;
    jirasend_code code = read_filter(filter, &what, error);
    if (code == JIRASEND_OK) {
        code = check_limit(limit, LIMIT_MAX, error);
    }
    if (code == JIRASEND_OK) {
        code = read_cursor(cursor, &what.query.before, error);
    }
    if (code == JIRASEND_OK) {
        what.query.limit = (size_t)limit;
        code = ask(client, &what.query, &rows, &count, &more, error);
    }
    if (code == JIRASEND_OK) {
        code = write_page(rows, count, more, page, error);
    }
    js_history_free(rows, count);
    free(what.project);
    return code;
}

jirasend_code jirasend_client_history(jirasend_client *client,
                                      const jirasend_history_filter *filter, const char *cursor,
                                      int limit, char **page, jirasend_error *error) {
    if (page == NULL) {
        return js_fail_nowhere(error);
    }
    *page = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, history(client, filter, cursor, limit, page, error))
               : code;
}

/* ---- by requestId ---- */

static jirasend_code by_request(jirasend_client *client, const char *request_id, int limit,
                                char **receipts, jirasend_error *error) {
    js_receipt *found = NULL;
    size_t count = 0;
    jirasend_code code = check_limit(limit, REQUESTED_MAX, error);
    if (code == JIRASEND_OK) {
        code = client->outbox->ops->requested(client->outbox, request_id, (size_t)limit, &found,
                                              &count, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *list = json_object_new_array();
    bool good = list != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_json_append(list, js_receipt_json(&found[i]));
    }
    js_receipts_free(found, count);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, list, good);
    return js_hand_out(&out, receipts, error);
}

jirasend_code jirasend_client_receipts_by_request(jirasend_client *client, const char *request_id,
                                                  int limit, char **receipts,
                                                  jirasend_error *error) {
    if (receipts == NULL) {
        return js_fail_nowhere(error);
    }
    *receipts = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, by_request(client, request_id, limit, receipts, error))
               : code;
}

/* ---- all pages ---- */

jirasend_code js_history_all(jirasend_client *client, const js_history_query *query, size_t most,
                             js_history_row **rows, size_t *count, jirasend_error *error) {
    js_history_query step = *query;
    bool more = true;
    *rows = NULL;
    *count = 0;
    while (more && *count < most) {
        js_history_row *page = NULL;
        size_t got = 0;
        step.limit = most - *count < LIMIT_MAX ? most - *count : LIMIT_MAX;
        jirasend_code code = ask(client, &step, &page, &got, &more, error);
        js_history_row *grown = NULL;
        if (code == JIRASEND_OK && got > 0) {
            step.before = page[got - 1].receipt.id;
            grown = realloc(*rows, (*count + got) * sizeof **rows);
            code = grown != NULL ? JIRASEND_OK : js_fail_memory(error);
        }
        if (code != JIRASEND_OK) {
            js_history_free(page, got);
            return code;
        }
        if (got == 0 || grown == NULL) {
            free(page);
            break;
        }
        *rows = grown;
        memcpy(*rows + *count, page, got * sizeof *page);
        *count += got;
        free(page);
    }
    return JIRASEND_OK;
}

/* ---- diff, told, changed, metrics ---- */

jirasend_code jirasend_client_diff(jirasend_client *client, const char *first, const char *second,
                                   char **keys, jirasend_error *error) {
    if (keys == NULL) {
        return js_fail_nowhere(error);
    }
    *keys = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK
               ? js_leave(client, js_history_diff(client, first, second, keys, error))
               : code;
}

jirasend_code jirasend_client_told(jirasend_client *client, const char *document, size_t length,
                                   const jirasend_submit_options *options, jirasend_told *told,
                                   jirasend_error *error) {
    if (told == NULL) {
        return js_fail_nowhere(error);
    }
    *told = JIRASEND_TOLD_NOTHING;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    jirasend_document one = {document, length, NULL};
    js_told known = JS_TOLD_NOTHING;
    code = js_submit_told(client, &one, options, &known, NULL, error);
    *told = known == JS_TOLD_WAITS      ? JIRASEND_TOLD_WAITS
            : known == JS_TOLD_ACCEPTED ? JIRASEND_TOLD_ACCEPTED
                                        : JIRASEND_TOLD_NOTHING;
    return js_leave(client, code);
}

jirasend_code jirasend_client_changed(jirasend_client *client, const char *document, size_t length,
                                      const jirasend_submit_options *options, int64_t *changed_ms,
                                      jirasend_error *error) {
    if (changed_ms == NULL) {
        return js_fail_nowhere(error);
    }
    *changed_ms = 0;
    jirasend_code code = js_enter(client, error);
    jirasend_document one = {document, length, NULL};
    return code == JIRASEND_OK
               ? js_leave(client, js_submit_told(client, &one, options, NULL, changed_ms, error))
               : code;
}

static bool is_counter_name(const char *name) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = name != NULL ? strlen(name) : 0;
    return length >= 1 && length <= COUNTER_NAME_MAX && name[strspn(name, allowed)] == '\0';
}

jirasend_code jirasend_client_count(jirasend_client *client, const char *name,
                                    jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    js_outbox *outbox = client->outbox;
    if (!is_counter_name(name)) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "The name of a counter has 1 to %d lower-case letters, digits and '_'.",
                       (int)COUNTER_NAME_MAX);
    } else if (outbox->ops->count != NULL) {
        code = outbox->ops->count(outbox, name, error);
    }
    return js_leave(client, code);
}

enum { NOTE_NAME_SIZE = COUNTER_NAME_MAX + 8 };

/* Apart from what the library keeps there for itself. */
static jirasend_code note_name(const char *name, char out[NOTE_NAME_SIZE], jirasend_error *error) {
    if (!is_counter_name(name)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "The name of a note has 1 to %d lower-case letters, digits and '_'.",
                       (int)COUNTER_NAME_MAX);
    }
    (void)snprintf(out, NOTE_NAME_SIZE, "note.%s", name);
    return JIRASEND_OK;
}

jirasend_code jirasend_client_note_get(jirasend_client *client, const char *name, char **text,
                                       jirasend_error *error) {
    char full[NOTE_NAME_SIZE];
    js_buf found = JS_BUF_INIT;
    if (text == NULL) {
        return js_fail_nowhere(error);
    }
    *text = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = note_name(name, full, error);
    if (code == JIRASEND_OK) {
        code = client->outbox->ops->bookmark_get(client->outbox, full, &found, error);
    }
    if (code == JIRASEND_OK && found.length > 0) {
        code = js_hand_out(&found, text, error);
    }
    js_buf_clear(&found);
    return js_leave(client, code);
}

jirasend_code jirasend_client_note_put(jirasend_client *client, const char *name, const char *text,
                                       jirasend_error *error) {
    char full[NOTE_NAME_SIZE];
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = note_name(name, full, error);
    if (code == JIRASEND_OK) {
        code = client->outbox->ops->bookmark_put(client->outbox, full, text, error);
    }
    return js_leave(client, code);
}

static jirasend_code metrics(jirasend_client *client, char **text, jirasend_error *error) {
    js_buf out = JS_BUF_INIT;
    jirasend_code code = js_metrics_write(client, &out, error);
    if (code != JIRASEND_OK) {
        js_buf_clear(&out);
        return code;
    }
    return js_hand_out(&out, text, error);
}

jirasend_code jirasend_client_metrics(jirasend_client *client, char **text, jirasend_error *error) {
    if (text == NULL) {
        return js_fail_nowhere(error);
    }
    *text = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, metrics(client, text, error)) : code;
}
