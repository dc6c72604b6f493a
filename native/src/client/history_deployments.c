/* What runs where: the last deployment of a pipeline, and what one environment has and another lacks. */
#include "client/client_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/reader.h"

#include <jirasend/history.h>
#include <stdlib.h>
#include <string.h>

static const js_history_query accepted_deployments = {.kinds = 1U << JS_KIND_DEPLOYMENT,
                                                      .statuses = 1U << JS_STATUS_ACCEPTED};

int js_history_newer(const void *left, const void *right) {
    const js_history_row *a = left;
    const js_history_row *b = right;
    if (a->history != b->history) {
        return a->history ? 1 : -1;
    }
    int64_t one = a->history ? a->sequence : a->receipt.id;
    int64_t other = b->history ? b->sequence : b->receipt.id;
    return one > other ? -1 : one < other ? 1 : 0;
}

/* What is asked of an accepted deployment. */
typedef struct deployed {
    char *stream; /* site, pipeline and number */
    char *environment_id, *revision;
    bool successful, rolled_back, deleted;
} deployed;

static void deployed_clear(deployed *what) {
    free(what->stream);
    free(what->environment_id);
    free(what->revision);
    *what = (deployed){.stream = NULL};
}

static const char *text_of(json_object *object, const char *name) {
    json_object *member = NULL;
    return json_object_object_get_ex(object, name, &member) ? json_object_get_string(member) : NULL;
}

/* False when memory is short. Facts that cannot be read say nothing. */
static bool deployed_read(const js_history_row *row, deployed *out) {
    *out = (deployed){.stream = NULL};
    const char *text = row->receipt.facts != NULL ? row->receipt.facts : "{}";
    json_object *facts = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    json_object *environment = NULL;
    json_object_object_get_ex(facts, "environment", &environment);
    const char *pipeline = text_of(facts, "pipelineId");
    const char *number = text_of(facts, "number");
    const char *state = text_of(facts, "state");
    const char *id = environment != NULL ? text_of(environment, "id") : NULL;
    const char *revision = text_of(facts, "revision");
    js_buf stream = JS_BUF_INIT;
    js_buf_addf(&stream, "%s\n%s\n%s\n%s", row->receipt.site, number != NULL ? number : "",
                id != NULL ? id : "", pipeline != NULL ? pipeline : "");
    *out = (deployed){.stream = js_buf_take(&stream),
                      .environment_id = js_copy(id),
                      .revision = js_copy(revision),
                      .successful = state != NULL && strcmp(state, "successful") == 0,
                      .rolled_back = state != NULL && strcmp(state, "rolled_back") == 0,
                      .deleted = text_of(facts, "deleted") != NULL};
    bool good = out->stream != NULL && (id == NULL || out->environment_id != NULL) &&
                (revision == NULL || out->revision != NULL);
    json_object_put(facts);
    if (!good) {
        deployed_clear(out);
    }
    return good;
}

/* ---- the last one ---- */

/* Where each of its keys was found, as it was noted when it was settled. */
static jirasend_code put_found(jirasend_client *client, json_object *list,
                               const js_history_row *last, jirasend_error *error) {
    for (size_t i = 0; i < last->receipt.issue_keys.count; i++) {
        const char *key = last->receipt.issue_keys.items[i];
        js_history_query query = {.key = key, .before = last->receipt.id + 1, .limit = 1};
        js_history_row *rows = NULL;
        size_t count = 0;
        bool more = false;
        jirasend_code code =
            client->outbox->ops->history(client->outbox, &query, &rows, &count, &more, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        bool same = count == 1 && rows[0].receipt.id == last->receipt.id;
        json_object *found = js_json_append_object(list);
        bool good =
            js_json_put_text(found, "key", key) &&
            js_json_put_text(found, "from",
                             js_key_source_name(same ? rows[0].found.from : JS_KEY_GIVEN)) &&
            js_json_put_text(found, "commit", same ? rows[0].found.commit : NULL);
        js_history_free(rows, count);
        if (!good) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code write_last(jirasend_client *client, const js_history_row *last,
                                char **deployment, jirasend_error *error) {
    json_object *object = json_object_new_object();
    json_object *receipt = js_receipt_json(&last->receipt);
    bool good = object != NULL && receipt != NULL &&
                json_object_object_add(object, "receipt", receipt) == 0;
    json_object *found = good ? js_json_put_array(object, "found") : NULL;
    jirasend_code code =
        found == NULL ? js_fail_memory(error) : put_found(client, found, last, error);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, object, code == JIRASEND_OK);
    if (code == JIRASEND_OK) {
        return js_hand_out(&out, deployment, error);
    }
    js_buf_clear(&out);
    return code;
}

/*
 * The newest state of a deployment counts, and a deletion is not one. One that was told as rolled back
 * after it had been successful does not run any more; one that never was anything else is the
 * rollback itself.
 */
static jirasend_code choose_last(const js_history_row *rows, size_t count, const char *site,
                                 const js_history_row **last, jirasend_error *error) {
    js_key_set *seen = js_key_set_new();
    js_key_set *was_successful = js_key_set_new();
    bool memory = seen != NULL && was_successful != NULL;
    *last = NULL;
    for (size_t i = 0; i < count && memory; i++) {
        deployed one;
        memory = deployed_read(&rows[i], &one);
        if (memory && one.successful) {
            memory = js_key_set_add(was_successful, one.stream, strlen(one.stream));
        }
        deployed_clear(&one);
    }
    for (size_t i = 0; i < count && memory && *last == NULL; i++) {
        deployed one;
        memory = deployed_read(&rows[i], &one);
        if (!memory || one.deleted || strcmp(rows[i].receipt.site, site) != 0 ||
            js_key_set_holds(seen, one.stream, strlen(one.stream))) {
            deployed_clear(&one);
            continue;
        }
        memory = js_key_set_add(seen, one.stream, strlen(one.stream));
        bool runs =
            one.successful ||
            (one.rolled_back && !js_key_set_holds(was_successful, one.stream, strlen(one.stream)));
        *last = runs && one.revision != NULL ? &rows[i] : NULL;
        deployed_clear(&one);
    }
    js_key_set_free(seen);
    js_key_set_free(was_successful);
    return memory ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code last_deployment(jirasend_client *client, const char *site_text,
                                     const char *pipeline, const char *environment,
                                     char **deployment, jirasend_error *error) {
    js_site site;
    js_history_row *rows = NULL;
    size_t count = 0;
    jirasend_code code = js_client_site(client, site_text, &site, error);
    js_history_query query = accepted_deployments;
    query.pipeline = pipeline;
    query.environment = environment;
    query.environment_is_id = true;
    if (code == JIRASEND_OK) {
        code = js_history_all(client, &query, SIZE_MAX, &rows, &count, error);
    }
    const js_history_row *last = NULL;
    if (code == JIRASEND_OK && count > 0) {
        qsort(rows, count, sizeof *rows, js_history_newer);
        code = choose_last(rows, count, site.name, &last, error);
    }
    if (code == JIRASEND_OK) {
        code = last != NULL ? write_last(client, last, deployment, error)
                            : js_fail(error, JIRASEND_E_NOT_FOUND,
                                      "The outbox has no record of a successful deployment of "
                                      "%.120s to %.120s that Jira has accepted.",
                                      pipeline, environment);
    }
    js_history_free(rows, count);
    return code;
}

jirasend_code jirasend_client_last_deployment(jirasend_client *client, const char *site,
                                              const char *pipeline_id, const char *environment_id,
                                              char **deployment, jirasend_error *error) {
    if (deployment == NULL) {
        return js_fail_nowhere(error);
    }
    *deployment = NULL;
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = last_deployment(client, site, pipeline_id, environment_id, deployment, error);
    return js_leave(client, code);
}

/* ---- diff ---- */

/* Newest first, as js_history_newer(). */
static int newer_deployed(const void *left, const void *right) {
    const js_deployed *a = left;
    const js_deployed *b = right;
    if (a->history != b->history) {
        return a->history ? 1 : -1;
    }
    int64_t one = a->history ? a->sequence : a->id;
    int64_t other = b->history ? b->sequence : b->id;
    return one > other ? -1 : one < other ? 1 : 0;
}

/* Whether it is one of the lines. */
static bool has_line(const char *lines, const char *line, size_t length) {
    for (const char *at = lines; *at != '\0';) {
        size_t one = strcspn(at, "\n");
        if (one == length && memcmp(at, line, length) == 0) {
            return true;
        }
        at += one + (at[one] == '\n');
    }
    return false;
}

/* Each key is judged by the newest deployment that names it. */
static bool judge(const js_deployed *row, js_key_set *judged, js_key_set *present) {
    for (const char *key = row->keys; *key != '\0';) {
        size_t length = strcspn(key, "\n");
        if (!has_line(row->unknown_keys, key, length) && !js_key_set_holds(judged, key, length) &&
            (!js_key_set_add(judged, key, length) ||
             (row->there && !js_key_set_add(present, key, length)))) {
            return false;
        }
        key += length + (key[length] == '\n');
    }
    return true;
}

/* Ids of environments with the name, and the text itself, which may be one. */
static bool gather_ids(const js_deployed *rows, size_t count, const char *name, size_t which,
                       js_key_set *ids) {
    bool memory = js_key_set_add(ids, name, strlen(name));
    for (size_t i = 0; i < count && memory; i++) {
        memory = !rows[i].named[which] ||
                 js_key_set_add(ids, rows[i].environment, strlen(rows[i].environment));
    }
    return memory;
}

/* The issues that are in the environment, as a set. NOT_FOUND: nothing was ever deployed there. */
static jirasend_code issues_in(const js_deployed *rows, size_t count, const char *const names[2],
                               size_t which, js_key_set *present, jirasend_error *error) {
    js_key_set *ids = js_key_set_new();
    js_key_set *judged = js_key_set_new();
    bool memory =
        ids != NULL && judged != NULL && gather_ids(rows, count, names[which], which, ids);
    bool known = false;
    for (size_t i = 0; i < count && memory; i++) {
        bool here = js_key_set_holds(ids, rows[i].environment, strlen(rows[i].environment));
        known = known || here;
        memory = !here || !rows[i].counts || judge(&rows[i], judged, present);
    }
    js_key_set_free(ids);
    js_key_set_free(judged);
    if (!memory) {
        return js_fail_memory(error);
    }
    return known ? JIRASEND_OK
                 : js_fail(error, JIRASEND_E_NOT_FOUND,
                           "Nothing is known about the environment \"%.120s\": the history has no "
                           "deployment to it that Jira has accepted.",
                           names[which]);
}

static jirasend_code write_difference(const js_key_set *first, const js_key_set *second,
                                      char **keys, jirasend_error *error) {
    json_object *list = json_object_new_array();
    bool good = list != NULL;
    size_t length = 0;
    for (const char *key = js_key_set_next(first, NULL, &length); key != NULL && good;
         key = js_key_set_next(first, key, &length)) {
        if (!js_key_set_holds(second, key, length)) {
            good = js_json_append_text(list, key);
        }
    }
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, list, good);
    return js_hand_out(&out, keys, error);
}

jirasend_code js_history_diff(jirasend_client *client, const char *first, const char *second,
                              char **keys, jirasend_error *error) {
    const char *const names[2] = {first, second};
    js_key_set *present[2] = {js_key_set_new(), js_key_set_new()};
    js_deployed *rows = NULL;
    size_t count = 0;
    jirasend_code code =
        present[0] != NULL && present[1] != NULL ? JIRASEND_OK : js_fail_memory(error);
    if (code == JIRASEND_OK) {
        code = client->outbox->ops->deployed(client->outbox, names, &rows, &count, error);
    }
    if (code == JIRASEND_OK && count > 0) {
        qsort(rows, count, sizeof *rows, newer_deployed);
    }
    for (size_t which = 0; which < 2 && code == JIRASEND_OK; which++) {
        code = issues_in(rows, count, names, which, present[which], error);
    }
    if (code == JIRASEND_OK) {
        code = write_difference(present[0], present[1], keys, error);
    }
    js_deployed_free(rows, count);
    js_key_set_free(present[0]);
    js_key_set_free(present[1]);
    return code;
}
