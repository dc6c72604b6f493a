/* The items of a bulk request, each judged for itself, and the answer about them. */
#include "sandbox.h"

#include "event/json.h"
#include "known_keys.h"

#include <stdlib.h>
#include <string.h>

enum { WARNINGS_MAX = 100 };

/* What differs between the three. */
static const struct rules {
    const char *list, *accepted, *rejected, *noun;
    sb_item_check *check;
} kinds[SB_KINDS] = {
    {"builds", "acceptedBuilds", "rejectedBuilds", "build", sb_check_build},
    {"deployments", "acceptedDeployments", "rejectedDeployments", "deployment",
     sb_check_deployment},
    {"flags", "acceptedFeatureFlags", "failedFeatureFlags", "feature flag", sb_check_flag}};

typedef struct bulk {
    sb_call *call;
    sb_kind kind;
    js_buf accepted, rejected;               /* what stands between the brackets */
    json_object *unknown_keys, *unknown_ids; /* objects as ordered sets: only their names count */
} bulk;

typedef struct entry {
    json_object *json;
    sb_findings findings;
    sb_associations associations;
    js_strings known;
} entry;

static json_object *get(json_object *object, const char *name) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return value;
}

static const char *text_of(json_object *object, const char *name) {
    json_object *value = get(object, name);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* The id that faults go by: of the pipeline, or of the flag. */
static const char *main_id(sb_kind kind, json_object *item) {
    if (kind == SB_BUILD) {
        return text_of(item, "pipelineId");
    }
    return kind == SB_FLAG ? text_of(item, "id") : text_of(get(item, "pipeline"), "id");
}

static void write_member(js_buf *out, const char *name, json_object *value) {
    js_buf_addf(out, "\"%s\":", name);
    js_json_write(out, value);
}

/* The item's key as the answer names it: with null for what the item does not have. */
static void write_key(js_buf *out, sb_kind kind, json_object *item) {
    if (kind == SB_FLAG) {
        js_json_write_string(out, text_of(item, "id"));
        return;
    }
    js_buf_add_text(out, "{");
    if (kind == SB_BUILD) {
        write_member(out, "pipelineId", get(item, "pipelineId"));
        js_buf_add_text(out, ",");
        write_member(out, "buildNumber", get(item, "buildNumber"));
    } else {
        write_member(out, "pipelineId", get(get(item, "pipeline"), "id"));
        js_buf_add_text(out, ",");
        write_member(out, "environmentId", get(get(item, "environment"), "id"));
        js_buf_add_text(out, ",");
        write_member(out, "deploymentSequenceNumber", get(item, "deploymentSequenceNumber"));
    }
    js_buf_add_text(out, "}");
}

static void accept_item(bulk *in, json_object *item) {
    js_buf_add_text(&in->accepted, in->accepted.length == 0 ? "" : ",");
    write_key(&in->accepted, in->kind, item);
}

static void reject_item(bulk *in, json_object *item, const js_strings *errors) {
    js_buf *out = &in->rejected;
    js_buf_add_text(out, out->length == 0 ? "" : ",");
    if (in->kind != SB_FLAG) {
        js_buf_add_text(out, "{\"key\":");
    }
    write_key(out, in->kind, item);
    js_buf_add_text(out, in->kind == SB_FLAG ? ":[" : ",\"errors\":[");
    for (size_t i = 0; i < errors->count; i++) {
        js_buf_add_text(out, i == 0 ? "{\"message\":" : ",{\"message\":");
        js_json_write_string(out, errors->items[i]);
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, in->kind == SB_FLAG ? "]" : "]}");
}

static bool any_part(const js_strings *parts, const char *text) {
    for (size_t i = 0; i < parts->count; i++) {
        if (strstr(text, parts->items[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_known(const bulk *in, const char *key) {
    const sb_fault *fault = in->call->fault;
    if (fault != NULL && js_strings_contain(&fault->unknown_keys, key)) {
        return false;
    }
    return sb_known_key(in->call->sandbox->known_keys, key);
}

static bool add_once(js_strings *list, const char *text) {
    return js_strings_contain(list, text) || js_strings_add(list, text, strlen(text));
}

/* Parts the item's keys into those that Jira knows and those it does not. */
static bool sort_keys(bulk *in, entry *item) {
    for (size_t i = 0; i < item->associations.issues.count; i++) {
        const char *key = item->associations.issues.items[i];
        if (is_known(in, key)) {
            if (!add_once(&item->known, key)) {
                return false;
            }
            continue;
        }
        json_object *set = sb_is_issue_key(key) ? in->unknown_keys : in->unknown_ids;
        if (json_object_object_add(set, key, NULL) != 0) {
            return false;
        }
        sb_store_unknown_key(&in->call->sandbox->store, key);
    }
    return true;
}

static bool wants_gate(json_object *item) {
    json_object *commands = get(item, "commands");
    size_t count =
        json_object_is_type(commands, json_type_array) ? json_object_array_length(commands) : 0;
    return count > 0;
}

static char *store_key(sb_kind kind, json_object *item) {
    if (kind == SB_BUILD) {
        return sb_key_build(main_id(kind, item), json_object_get_int64(get(item, "buildNumber")));
    }
    if (kind == SB_FLAG) {
        return sb_key_build(main_id(kind, item), 0);
    }
    return sb_key_deployment(main_id(kind, item), text_of(get(item, "environment"), "id"),
                             json_object_get_int64(get(item, "deploymentSequenceNumber")));
}

static bool keep_item(bulk *in, entry *item) {
    const char *sequence = in->kind == SB_FLAG ? "updateSequenceId" : "updateSequenceNumber";
    char *key = store_key(in->kind, item->json);
    if (key == NULL) {
        return false;
    }
    sb_update update = {in->kind,
                        key,
                        json_object_get_int64(get(item->json, sequence)),
                        item->json,
                        &item->known,
                        js_wall_ms(&in->call->sandbox->world),
                        in->kind == SB_DEPLOYMENT && wants_gate(item->json)};
    sb_stored stored = sb_store_put(&in->call->sandbox->store, &update);
    free(key);
    return stored != SB_NO_MEMORY;
}

static void note_warnings(bulk *in, size_t index, const sb_findings *findings) {
    for (size_t i = 0; i < findings->warnings.count && in->call->warnings.count < WARNINGS_MAX;
         i++) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "%s[%zu]: %s", kinds[in->kind].list, index, findings->warnings.items[i]);
        if (!text.failed) {
            (void)js_strings_add(&in->call->warnings, text.data, text.length);
        }
        js_buf_free(&text);
    }
}

static bool judge(bulk *in, size_t index, entry *item) {
    const sb_fault *fault = in->call->fault;
    const char *id = main_id(in->kind, item->json);
    kinds[in->kind].check(item->json, &item->findings, &item->associations);
    if (item->findings.errors.count == 0 && !sort_keys(in, item)) {
        return false;
    }
    if (item->findings.errors.count == 0 && item->known.count == 0 &&
        item->associations.others == 0) {
        sb_error(&item->findings, "No valid associations found for %s", kinds[in->kind].noun);
    }
    if (fault != NULL && any_part(&fault->reject, id)) {
        sb_error(&item->findings, "Rejected by a scripted fault.");
    }
    note_warnings(in, index, &item->findings);
    bool said = fault == NULL || !any_part(&fault->omit, id);
    if (item->findings.errors.count > 0) {
        if (said) {
            reject_item(in, item->json, &item->findings.errors);
        }
        return true;
    }
    if (said) {
        accept_item(in, item->json);
    }
    return keep_item(in, item);
}

static bool judge_and_free(bulk *in, size_t index, json_object *json) {
    entry item = {.json = json};
    bool ok = judge(in, index, &item) && !item.findings.failed;
    sb_findings_free(&item.findings);
    sb_associations_free(&item.associations);
    js_strings_free(&item.known);
    return ok;
}

/* The names of the set, what stands between the brackets. */
static void write_names(js_buf *out, json_object *set, bool more) {
    json_object_object_foreach(set, name, value) {
        (void)value;
        js_buf_add_text(out, more ? "," : "");
        js_json_write_string(out, name);
        more = true;
    }
}

static void write_unknown(bulk *in, js_buf *out) {
    int keys = json_object_object_length(in->unknown_keys);
    int ids = json_object_object_length(in->unknown_ids);
    js_buf_add_text(out, ",\"unknownIssueKeys\":[");
    write_names(out, in->unknown_keys, false);
    js_buf_add_text(out, "],\"unknownAssociations\":[");
    if (keys + ids > 0) {
        js_buf_add_text(out, "{\"associationType\":\"issueIdOrKeys\",\"values\":[");
        write_names(out, in->unknown_keys, false);
        write_names(out, in->unknown_ids, keys > 0);
        js_buf_add_text(out, "]}");
    }
    js_buf_add_text(out, "]}");
}

static void write_answer(bulk *in) {
    const struct rules *rules = &kinds[in->kind];
    js_buf *out = &in->call->answer->body;
    bool flags = in->kind == SB_FLAG;
    sb_answer_json(in->call->answer, 202);
    js_buf_addf(out, "{\"%s\":[", rules->accepted);
    js_buf_add(out, in->accepted.data, in->accepted.length);
    js_buf_addf(out, "],\"%s\":%s", rules->rejected, flags ? "{" : "[");
    js_buf_add(out, in->rejected.data, in->rejected.length);
    js_buf_add_text(out, flags ? "}" : "]");
    write_unknown(in, out);
    out->failed = out->failed || in->accepted.failed || in->rejected.failed;
}

void sb_bulk_judge(sb_call *call, sb_kind kind, json_object *list) {
    bulk in = {.call = call, .kind = kind};
    in.unknown_keys = json_object_new_object();
    in.unknown_ids = json_object_new_object();
    bool ok = in.unknown_keys != NULL && in.unknown_ids != NULL;
    for (size_t i = 0; ok && i < json_object_array_length(list); i++) {
        ok = judge_and_free(&in, i, json_object_array_get_idx(list, i));
    }
    if (ok) {
        write_answer(&in);
    }
    call->answer->body.failed = call->answer->body.failed || !ok;
    js_buf_free(&in.accepted);
    js_buf_free(&in.rejected);
    json_object_put(in.unknown_keys);
    json_object_put(in.unknown_ids);
}
