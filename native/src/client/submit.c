/* Taking events in. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "event/document.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char nothing_to_associate[] =
    "There is nothing to associate it with: no issue key was given or found.";

/* The events of one call, read and written down for the outbox. */
typedef struct intake {
    jirasend_client *client;
    const js_options *options; /* of the call; null: it has none */
    js_rules own;              /* with them, for the site below */
    char own_site[JS_ORIGIN_SIZE];
    bool has_own;
    const js_rules *chosen; /* for the document that is being read */

    js_event *events;
    js_buf *stored;
    size_t *contents;     /* where in these begins what the events say */
    js_buf *facts;        /* what their receipts say of them */
    char **scopes;        /* copies: the rules may be replaced before the outbox has the events */
    js_receipt *receipts; /* as of the commit; null: nobody asked */
    js_put *puts;
    js_put_result *put_results;
    size_t *origin; /* puts[i] belongs to documents[origin[i]] */
    size_t count;   /* of puts */
} intake;

static bool intake_begin(intake *in, size_t count) {
    in->events = calloc(count, sizeof *in->events);
    in->stored = calloc(count, sizeof *in->stored);
    in->contents = calloc(count, sizeof *in->contents);
    in->facts = calloc(count, sizeof *in->facts);
    in->scopes = calloc(count, sizeof *in->scopes);
    in->puts = calloc(count, sizeof *in->puts);
    in->put_results = calloc(count, sizeof *in->put_results);
    in->origin = calloc(count, sizeof *in->origin);
    return in->events != NULL && in->stored != NULL && in->contents != NULL && in->facts != NULL &&
           in->scopes != NULL && in->puts != NULL && in->put_results != NULL && in->origin != NULL;
}

static void intake_end(intake *in) {
    for (size_t i = 0; i < in->count; i++) {
        js_event_clear(&in->events[i]);
        js_buf_clear(&in->stored[i]);
        js_buf_clear(&in->facts[i]);
        free(in->scopes[i]);
        if (in->receipts != NULL) {
            js_receipt_clear(&in->receipts[i]);
        }
    }
    free(in->events);
    free(in->stored);
    free(in->contents);
    free(in->facts);
    free(in->scopes);
    free(in->receipts);
    free(in->puts);
    free(in->put_results);
    free(in->origin);
    if (in->has_own) {
        js_rules_clear(&in->own);
    }
}

/* The call's own options over those of the document's site; most calls are about one site. */
static const js_rules *own_rules(intake *in, const char *site) {
    if (in->has_own && strcmp(in->own_site, site) == 0) {
        return &in->own;
    }
    if (in->has_own) {
        js_rules_clear(&in->own);
    }
    const js_options *layers[3] = {in->options, NULL, NULL};
    js_site_rules_layers(in->client->rules, site, &layers[1]);
    in->has_own = js_rules_make(&in->own, layers, 3);
    (void)snprintf(in->own_site, sizeof in->own_site, "%s", site);
    return in->has_own ? &in->own : NULL;
}

static const js_read_rules *rules_of_site(void *context, const char *site) {
    intake *in = context;
    in->chosen =
        in->options != NULL ? own_rules(in, site) : js_site_rules_find(in->client->rules, site);
    return in->chosen == NULL ? NULL : &in->chosen->read;
}

/* On failure the event is freed. */
static jirasend_code read_event(intake *in, const jirasend_document *document, js_event *event,
                                jirasend_error *error) {
    const jirasend_config *config = in->client->config;
    const js_key_rules keys = JS_KEY_RULES_INIT;
    js_read_rules rules = {.keys = &keys,
                           .default_site = config->has_default_site ? &config->default_site : NULL,
                           .now_ms = js_wall_ms(&in->client->world),
                           .of_site = rules_of_site,
                           .context = in};
    const char *text = document->text != NULL ? document->text : "";
    size_t length = document->text != NULL ? document->length : 0;
    jirasend_code code = js_document_read(event, text, length, &rules, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_rules_mark(in->chosen, event, error);
    if (code != JIRASEND_OK) {
        js_event_clear(event);
    }
    return code;
}

/* The event as the outbox takes it; on failure it is freed. */
static jirasend_code take_event(intake *in, const jirasend_document *document, js_event *event,
                                js_buf *stored, jirasend_error *error) {
    js_buf *facts = &in->facts[in->count];
    jirasend_code code = read_event(in, document, event, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    in->contents[in->count] = js_document_write(stored, event);
    js_document_write_facts(facts, event);
    if (stored->failed || facts->failed) {
        js_event_clear(event);
        js_buf_clear(stored);
        js_buf_clear(facts);
        return js_fail_memory(error);
    }
    return JIRASEND_OK;
}

static bool copy_scope(intake *in, const jirasend_document *document, jirasend_submitted *result) {
    const char *scope = document->scope != NULL ? document->scope : in->chosen->options.scope;
    in->scopes[in->count] = js_copy(scope);
    if (scope == NULL || in->scopes[in->count] != NULL) {
        return true;
    }
    result->code = JIRASEND_E_MEMORY;
    (void)snprintf(result->message, sizeof result->message, "Out of memory.");
    js_event_clear(&in->events[in->count]);
    js_buf_clear(&in->stored[in->count]);
    js_buf_clear(&in->facts[in->count]);
    return false;
}

/* Either may be null. */
static jirasend_code ask_told(jirasend_client *client, const jirasend_document *document,
                              const js_options *options, js_told *told, int64_t *changed_ms,
                              jirasend_error *error) {
    intake in = {.client = client, .options = options};
    if (!intake_begin(&in, 1)) {
        intake_end(&in);
        return js_fail_memory(error);
    }
    js_site_rules_enter(client->rules);
    jirasend_code code = read_event(&in, document, &in.events[0], error);
    js_site_rules_leave(client->rules);
    in.count = code == JIRASEND_OK ? 1 : 0; /* what intake_end() frees */
    js_outbox *outbox = client->outbox;
    if (code == JIRASEND_OK && told != NULL) {
        code = outbox->ops->told(outbox, &in.events[0], told, error);
    }
    if (code == JIRASEND_OK && changed_ms != NULL && outbox->ops->changed != NULL) {
        code = outbox->ops->changed(outbox, &in.events[0], changed_ms, error);
    }
    intake_end(&in);
    return code;
}

jirasend_code js_submit_told(jirasend_client *client, const jirasend_document *document,
                             const jirasend_submit_options *given, js_told *told,
                             int64_t *changed_ms, jirasend_error *error) {
    js_options options;
    jirasend_code code = js_options_read(&options, given, error);
    if (code == JIRASEND_OK) {
        code = ask_told(client, document, given != NULL ? &options : NULL, told, changed_ms, error);
        js_options_clear(&options);
    }
    return code;
}

/* Reads one document; what is wrong with it is in its own result. */
static void read_one(intake *in, const jirasend_document *document, size_t index,
                     jirasend_submitted *result) {
    js_event *event = &in->events[in->count];
    js_buf *stored = &in->stored[in->count];
    jirasend_error error = JIRASEND_ERROR_INIT;
    result->code = take_event(in, document, event, stored, &error);
    result->id = 0;
    result->message[0] = '\0';
    if (result->code != JIRASEND_OK) {
        memcpy(result->message, error.message, sizeof result->message);
        return;
    }
    if (!copy_scope(in, document, result)) {
        return;
    }
    bool says_something = event->deletion || js_event_has_associations(event);
    in->puts[in->count] =
        (js_put){.event = event,
                 .document = stored->data,
                 .length = stored->length,
                 .content = in->contents[in->count],
                 .skip = says_something ? NULL : nothing_to_associate,
                 .scope = in->scopes[in->count],
                 .facts = in->facts[in->count].data,
                 .receipt = in->receipts != NULL ? &in->receipts[in->count] : NULL,
                 .may_keep = true};
    in->origin[in->count] = index;
    in->count++;
}

/* An element of an array whose elements may have another size than ours: the caller's. */
static void *element(void *array, size_t size, size_t index) {
    return (char *)array + size * index;
}

/* The caller's document; what its version of the struct lacks is absent. */
static jirasend_document document_at(const jirasend_document *documents, size_t size,
                                     size_t index) {
    jirasend_document document = {NULL, 0, NULL};
    size_t known = size < sizeof document ? size : sizeof document;
    memcpy(&document, (const char *)documents + size * index, known);
    return document;
}

static jirasend_code put_all(intake *in, jirasend_submitted *results, size_t result_size,
                             jirasend_error *error) {
    if (in->count == 0) {
        return JIRASEND_OK;
    }
    jirasend_client *client = in->client;
    jirasend_code code = client->outbox->ops->put(
        client->outbox, in->puts, in->count, js_wall_ms(&client->world), in->put_results, error);
    for (size_t i = 0; code == JIRASEND_OK && i < in->count; i++) {
        jirasend_submitted *result = element(results, result_size, in->origin[i]);
        js_given_note(client, &in->put_results[i], in->puts[i].event);
        result->code = in->put_results[i].code;
        result->id = in->put_results[i].id;
        memcpy(result->message, in->put_results[i].message, sizeof result->message);
        if (result_size >= sizeof *result) { /* else the caller's has no such member */
            result->fresh = in->put_results[i].fresh ? 1 : 0;
        }
    }
    client->net->ops->wake(client->net);
    return code;
}

typedef struct submission {
    const jirasend_document *documents;
    size_t document_size, count;
    jirasend_submitted *results;
    size_t result_size;
    char **receipts; /* null: none are asked for */
} submission;

/* They are told all the same when memory runs short for this: whoever asked can read them. */
static void hand_out_receipts(intake *in, char **receipts) {
    for (size_t i = 0; i < in->count && receipts != NULL; i++) {
        if (in->receipts[i].id != 0) {
            js_client_tell_committed(in->client, &in->receipts[i], &receipts[in->origin[i]]);
        }
    }
}

static jirasend_code submit_all(intake *in, const submission *all, jirasend_error *error) {
    if (all->receipts != NULL) {
        in->receipts = calloc(all->count, sizeof *in->receipts);
    }
    if (!intake_begin(in, all->count) || (all->receipts != NULL && in->receipts == NULL)) {
        return js_fail_memory(error);
    }
    js_site_rules_enter(in->client->rules);
    for (size_t i = 0; i < all->count; i++) {
        jirasend_document document = document_at(all->documents, all->document_size, i);
        read_one(in, &document, i, element(all->results, all->result_size, i));
    }
    js_site_rules_leave(in->client->rules);
    jirasend_code code = put_all(in, all->results, all->result_size, error);
    if (code == JIRASEND_OK) {
        hand_out_receipts(in, all->receipts);
    }
    return code;
}

static jirasend_code submit_many(jirasend_client *client, const submission *all,
                                 const jirasend_submit_options *given, jirasend_error *error) {
    if (all->documents == NULL || all->results == NULL ||
        all->document_size < offsetof(jirasend_document, scope) ||
        all->result_size < offsetof(jirasend_submitted, fresh)) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Each document needs a result, and both arrays the size of their elements.");
    }
    js_options options;
    jirasend_code code = js_options_read(&options, given, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_relay_check_options(client->config, &options, error);
    if (code != JIRASEND_OK) {
        js_options_clear(&options);
        return code;
    }
    intake in = {.client = client, .options = given != NULL ? &options : NULL};
    code = submit_all(&in, all, error);
    intake_end(&in);
    js_options_clear(&options);
    return code;
}

static jirasend_code submit(jirasend_client *client, const submission *all,
                            const jirasend_submit_options *options, jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = all->count > 0 ? submit_many(client, all, options, error) : JIRASEND_OK;
    return js_leave(client, code);
}

jirasend_code jirasend_client_submit_many(jirasend_client *client,
                                          const jirasend_document *documents, size_t document_size,
                                          size_t count, const jirasend_submit_options *options,
                                          jirasend_submitted *results, size_t result_size,
                                          jirasend_error *error) {
    submission all = {documents, document_size, count, results, result_size, NULL};
    return submit(client, &all, options, error);
}

jirasend_code jirasend_client_submit_told(jirasend_client *client,
                                          const jirasend_document *documents, size_t document_size,
                                          size_t count, const jirasend_submit_options *options,
                                          jirasend_submitted *results, size_t result_size,
                                          char **receipts, jirasend_error *error) {
    submission all = {documents, document_size, count, results, result_size, receipts};
    for (size_t i = 0; i < count && receipts != NULL; i++) {
        receipts[i] = NULL; /* also where nothing is stored: it can be freed in any case */
    }
    return submit(client, &all, options, error);
}

jirasend_code jirasend_client_submit(jirasend_client *client, const char *document, size_t length,
                                     const jirasend_submit_options *options, int64_t *id,
                                     jirasend_error *error) {
    if (id == NULL) {
        return js_fail_nowhere(error);
    }
    *id = 0;
    jirasend_document one = {document, length, NULL};
    jirasend_submitted result = {.code = JIRASEND_OK};
    jirasend_code code = jirasend_client_submit_many(client, &one, sizeof one, 1, options, &result,
                                                     sizeof result, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (result.code != JIRASEND_OK) {
        return js_fail(error, result.code, "%s", result.message);
    }
    *id = result.id;
    return JIRASEND_OK;
}
