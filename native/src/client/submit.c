/* Taking events in. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char nothing_to_associate[] =
    "There is nothing to associate it with: no issue key was given or found.";

/* The events of one call, read and written down for the outbox. */
typedef struct intake {
    js_event *events;
    js_buf *stored;
    js_put *puts;
    js_put_result *put_results;
    size_t *origin; /* puts[i] belongs to documents[origin[i]] */
    size_t count;   /* of puts */
} intake;

static bool intake_begin(intake *in, size_t count) {
    memset(in, 0, sizeof *in);
    in->events = calloc(count, sizeof *in->events);
    in->stored = calloc(count, sizeof *in->stored);
    in->puts = calloc(count, sizeof *in->puts);
    in->put_results = calloc(count, sizeof *in->put_results);
    in->origin = calloc(count, sizeof *in->origin);
    return in->events != NULL && in->stored != NULL && in->puts != NULL &&
           in->put_results != NULL && in->origin != NULL;
}

static void intake_end(intake *in) {
    for (size_t i = 0; i < in->count; i++) {
        js_event_free(&in->events[i]);
        js_buf_free(&in->stored[i]);
    }
    free(in->events);
    free(in->stored);
    free(in->puts);
    free(in->put_results);
    free(in->origin);
}

/* Reads one document; what is wrong with it stands in its own result. */
static void read_one(jirasend_client *client, intake *in, const jirasend_document *document,
                     size_t index, jirasend_submitted *result) {
    const jirasend_config *config = client->config;
    js_read_rules rules = {.keys = &client->key_rules,
                           .default_site = config->has_default_site ? &config->default_site : NULL,
                           .now_ms = js_wall_ms(&client->world)};
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_event *event = &in->events[in->count];
    const char *text = document->text != NULL ? document->text : "";
    size_t length = document->text != NULL ? document->length : 0;
    result->code = js_document_read(event, text, length, &rules, &error);
    if (result->code != JIRASEND_OK) {
        memcpy(result->message, error.message, sizeof result->message);
        return;
    }
    js_buf *stored = &in->stored[in->count];
    js_document_write(stored, event);
    if (stored->failed) {
        result->code = JIRASEND_E_MEMORY;
        (void)snprintf(result->message, sizeof result->message, "Out of memory.");
        js_event_free(event);
        js_buf_free(stored);
        return;
    }
    const char *skip = js_event_has_associations(event) ? NULL : nothing_to_associate;
    in->puts[in->count] = (js_put){event, stored->data, stored->length, skip, .may_keep = true};
    in->origin[in->count] = index;
    in->count++;
}

static jirasend_code put_all(jirasend_client *client, intake *in, jirasend_submitted *results,
                             jirasend_error *error) {
    if (in->count == 0) {
        return JIRASEND_OK;
    }
    jirasend_code code = client->outbox->ops->put(
        client->outbox, in->puts, in->count, js_wall_ms(&client->world), in->put_results, error);
    for (size_t i = 0; code == JIRASEND_OK && i < in->count; i++) {
        jirasend_submitted *result = &results[in->origin[i]];
        result->code = in->put_results[i].code;
        result->id = in->put_results[i].id;
        memcpy(result->message, in->put_results[i].message, sizeof result->message);
    }
    client->net->ops->wake(client->net);
    return code;
}

static jirasend_code check_results(const jirasend_document *documents, size_t count,
                                   const jirasend_submitted *results, jirasend_error *error) {
    bool good = documents != NULL && results != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = results[i].size >= sizeof *results;
    }
    return good ? JIRASEND_OK
                : js_fail(error, JIRASEND_E_ARGUMENT,
                          "Each document needs a result, and each result its size.");
}

static jirasend_code submit_many(jirasend_client *client, const jirasend_document *documents,
                                 size_t count, jirasend_submitted *results, jirasend_error *error) {
    jirasend_code checked = check_results(documents, count, results, error);
    if (checked != JIRASEND_OK) {
        return checked;
    }
    intake in;
    if (!intake_begin(&in, count)) {
        intake_end(&in);
        return js_fail_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        results[i].code = JIRASEND_OK;
        results[i].id = 0;
        results[i].message[0] = '\0';
        read_one(client, &in, &documents[i], i, &results[i]);
    }
    jirasend_code code = put_all(client, &in, results, error);
    intake_end(&in);
    return code;
}

jirasend_code jirasend_client_submit_many(jirasend_client *client,
                                          const jirasend_document *documents, size_t count,
                                          jirasend_submitted *results, jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = count > 0 ? submit_many(client, documents, count, results, error) : JIRASEND_OK;
    return js_leave(client, code);
}

jirasend_code jirasend_client_submit(jirasend_client *client, const char *document, size_t length,
                                     int64_t *id, jirasend_error *error) {
    *id = 0;
    jirasend_document one = {document, length};
    jirasend_submitted result = {.size = sizeof result};
    jirasend_code code = jirasend_client_submit_many(client, &one, 1, &result, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (result.code != JIRASEND_OK) {
        return js_fail(error, result.code, "%s", result.message);
    }
    *id = result.id;
    return JIRASEND_OK;
}
