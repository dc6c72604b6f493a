/* Change failure rate, lead time and time to restore. docs/metrics.md defines them. */
#include "client/dora.h"

#include "base/error.h"
#include "event/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MS (INT64_C(30) * 24 * 3600000)
enum { COMMITS_MAX = 20000, TEXT = 128 };

/* A deployment to production as it ended, oldest first; or a commit. */
typedef struct change {
    char stream[TEXT * 4]; /* pipeline and environment; cut is good enough to tell them apart */
    char revision[TEXT];
    int64_t number, id, at_ms;
    bool good, bad, deleted; /* deleted: it is the news that it was */
} change;

typedef struct numbers {
    double *items;
    size_t count;
} numbers;

static void copy_text(char *out, size_t size, json_object *object, const char *name) {
    json_object *member = NULL;
    bool there = json_object_object_get_ex(object, name, &member);
    (void)snprintf(out, size, "%s", there ? json_object_get_string(member) : "");
}

static json_object *facts_of(const js_history_row *row) {
    const char *text = row->receipt.facts != NULL ? row->receipt.facts : "{}";
    return js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
}

/* False: it does not count. */
static bool read_deployment(const js_history_row *row, change *out) {
    char type[TEXT], state[TEXT], pipeline[TEXT * 2], environment[TEXT], number[TEXT];
    json_object *facts = facts_of(row);
    json_object *where = NULL;
    json_object_object_get_ex(facts, "environment", &where);
    copy_text(type, sizeof type, where, "type");
    copy_text(environment, sizeof environment, where, "id");
    copy_text(state, sizeof state, facts, "state");
    copy_text(pipeline, sizeof pipeline, facts, "pipelineId");
    copy_text(number, sizeof number, facts, "number");
    out->deleted = json_object_object_get_ex(facts, "deleted", NULL);
    copy_text(out->revision, sizeof out->revision, facts, "revision");
    json_object_put(facts);
    (void)snprintf(out->stream, sizeof out->stream, "%s\n%s", environment, pipeline);
    out->number = strtoll(number, NULL, 10);
    out->id = row->receipt.id;
    out->at_ms = row->receipt.submitted_at_ms;
    out->good = strcmp(state, "successful") == 0;
    out->bad = strcmp(state, "failed") == 0 || strcmp(state, "rolled_back") == 0;
    return strcmp(type, "production") == 0 && (out->good || out->bad);
}

static int by_stream(const void *left, const void *right) {
    const change *a = left;
    const change *b = right;
    int order = strcmp(a->stream, b->stream);
    return order != 0 ? order : a->id < b->id ? -1 : a->id > b->id;
}

static int by_revision(const void *left, const void *right) {
    const change *a = left;
    const change *b = right;
    int order = strcmp(a->revision, b->revision);
    return order != 0 ? order : a->id < b->id ? -1 : a->id > b->id;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double median(numbers *list) {
    if (list->count == 0) {
        return -1;
    }
    qsort(list->items, list->count, sizeof *list->items, by_size);
    size_t middle = list->count / 2;
    return list->count % 2 == 1 ? list->items[middle]
                                : (list->items[middle - 1] + list->items[middle]) / 2;
}

/* From the first that failed to the next that did not, of one pipeline and environment. */
static double restore_time(const change *changes, size_t count, numbers *scratch) {
    int64_t broken_ms = 0;
    scratch->count = 0;
    for (size_t i = 0; i < count; i++) {
        bool other = i == 0 || strcmp(changes[i].stream, changes[i - 1].stream) != 0;
        broken_ms = other ? 0 : broken_ms;
        if (changes[i].bad && broken_ms == 0) {
            broken_ms = changes[i].at_ms;
        } else if (changes[i].good && broken_ms != 0) {
            scratch->items[scratch->count++] = (double)(changes[i].at_ms - broken_ms) / 1000.0;
            broken_ms = 0;
        }
    }
    return median(scratch);
}

/* When a commit was told first; 0: it was not. The commits are in order. */
static int64_t told_at(const change *commits, size_t count, const char *hash) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(commits[middle].revision, hash) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && strcmp(commits[low].revision, hash) == 0 ? commits[low].at_ms : 0;
}

static double lead_time(const change *changes, size_t count, const change *commits,
                        size_t commit_count, numbers *scratch) {
    scratch->count = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t told_ms = changes[i].good && changes[i].revision[0] != '\0'
                              ? told_at(commits, commit_count, changes[i].revision)
                              : 0;
        if (told_ms > 0 && told_ms <= changes[i].at_ms) {
            scratch->items[scratch->count++] = (double)(changes[i].at_ms - told_ms) / 1000.0;
        }
    }
    return median(scratch);
}

static double failure_ratio(const change *changes, size_t count) {
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        bad += changes[i].bad ? 1 : 0;
    }
    return count == 0 ? -1 : (double)bad / (double)count;
}

static jirasend_code accepted_since(jirasend_client *client, js_kind kind, int64_t since_ms,
                                    size_t most, js_history_row **rows, size_t *count,
                                    jirasend_error *error) {
    js_history_query query = {
        .kinds = 1U << kind, .statuses = 1U << JS_STATUS_ACCEPTED, .since_ms = since_ms};
    return js_history_all(client, &query, most, rows, count, error);
}

/* False: it was noted before, or memory is short. */
static bool note_once(js_key_set *seen, const change *one, bool *memory) {
    char name[sizeof one->stream + 24];
    int length = snprintf(name, sizeof name, "%lld\n%s", (long long)one->number, one->stream);
    if (js_key_set_holds(seen, name, (size_t)length)) {
        return false;
    }
    *memory = js_key_set_add(seen, name, (size_t)length);
    return *memory;
}

/*
 * Of a deployment that was told several times the newest of its final states counts; what was deleted
 * since does not. The rows are newest first.
 */
static bool gather(const js_history_row *rows, size_t count, change *changes, size_t *kept) {
    js_key_set *seen = js_key_set_new();
    bool memory = seen != NULL;
    *kept = 0;
    for (size_t i = 0; i < count && memory; i++) {
        change one;
        bool counts = read_deployment(&rows[i], &one) && !rows[i].history;
        if ((counts || one.deleted) && note_once(seen, &one, &memory) && counts && !rows[i].swept) {
            changes[(*kept)++] = one;
        }
    }
    js_key_set_free(seen);
    return memory;
}

static size_t gather_commits(const js_history_row *rows, size_t count, change *commits) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        json_object *facts = facts_of(&rows[i]);
        copy_text(commits[kept].revision, sizeof commits[kept].revision, facts, "hash");
        commits[kept].id = rows[i].receipt.id;
        commits[kept].at_ms = rows[i].receipt.submitted_at_ms;
        json_object_put(facts);
        kept += rows[i].history ? 0 : 1;
    }
    return kept;
}

static jirasend_code measure(const js_history_row *rows, size_t count, const js_history_row *told,
                             size_t told_count, js_dora *flow, jirasend_error *error) {
    change *changes = calloc(count + 1, sizeof *changes);
    change *commits = calloc(told_count + 1, sizeof *commits);
    numbers scratch = {calloc(count + 1, sizeof(double)), 0};
    bool memory = changes != NULL && commits != NULL && scratch.items != NULL;
    size_t kept = 0;
    memory = memory && gather(rows, count, changes, &kept);
    if (memory) {
        size_t commit_count = gather_commits(told, told_count, commits);
        qsort(changes, kept, sizeof *changes, by_stream);
        qsort(commits, commit_count, sizeof *commits, by_revision);
        flow->failure_ratio = failure_ratio(changes, kept);
        flow->restore_time_s = restore_time(changes, kept, &scratch);
        flow->lead_time_s = lead_time(changes, kept, commits, commit_count, &scratch);
    }
    free(changes);
    free(commits);
    free(scratch.items);
    return memory ? JIRASEND_OK : js_fail_memory(error);
}

jirasend_code js_dora_measure(jirasend_client *client, int64_t now_ms, js_dora *flow,
                              jirasend_error *error) {
    js_history_row *rows = NULL;
    js_history_row *told = NULL;
    size_t count = 0;
    size_t told_count = 0;
    int64_t since_ms = now_ms - WINDOW_MS;
    *flow = (js_dora){-1, -1, -1};
    jirasend_code code =
        accepted_since(client, JS_KIND_DEPLOYMENT, since_ms, COMMITS_MAX, &rows, &count, error);
    if (code == JIRASEND_OK && count > 0) {
        code = accepted_since(client, JS_KIND_COMMIT, since_ms - WINDOW_MS, COMMITS_MAX, &told,
                              &told_count, error);
    }
    if (code == JIRASEND_OK) {
        code = measure(rows, count, told, told_count, flow, error);
    }
    js_history_free(rows, count);
    js_history_free(told, told_count);
    return code;
}
