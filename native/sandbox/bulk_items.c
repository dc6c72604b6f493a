/* A list of builds, deployments or flags: each judged for itself, and the answer about them. */
#include "bulk.h"

#include "event/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 100 };

/* What differs between the three. */
static const struct rules {
    sb_module module;
    const char *list, *accepted, *rejected, *sequence;
    sb_item_check *check;
} kinds[SB_LIST_KINDS] = {
    [SB_BUILD] = {SB_BUILDS, "builds", "acceptedBuilds", "rejectedBuilds", "updateSequenceNumber",
                  sb_check_build},
    [SB_DEPLOYMENT] = {SB_DEPLOYMENTS, "deployments", "acceptedDeployments", "rejectedDeployments",
                       "updateSequenceNumber", sb_check_deployment},
    [SB_FLAG] = {SB_FLAGS, "flags", "acceptedFeatureFlags", "failedFeatureFlags",
                 "updateSequenceId", sb_check_flag},
};

typedef struct bulk {
    sb_call *call;
    sb_kind kind;
    const char *properties;
    js_buf accepted, rejected; /* what stands between the brackets */
    sb_unknown unknown;
} bulk;

typedef struct entry {
    json_object *json;
    sb_findings findings;
    sb_associations associations;
    js_strings known;
} entry;

/* The id that faults go by: of the pipeline, or of the flag. */
static const char *main_id(sb_kind kind, json_object *item) {
    if (kind == SB_BUILD) {
        return sb_member_text(item, "pipelineId");
    }
    return kind == SB_FLAG ? sb_member_text(item, "id")
                           : sb_member_text(sb_member(item, "pipeline"), "id");
}

static void write_member(js_buf *out, const char *name, json_object *value) {
    js_buf_addf(out, "\"%s\":", name);
    js_json_write(out, value);
}

/* The item's key as the answer names it: with null for what the item does not have. */
static void write_key(js_buf *out, sb_kind kind, json_object *item) {
    if (kind == SB_FLAG) {
        js_json_write_string(out, sb_member_text(item, "id"));
        return;
    }
    js_buf_add_text(out, "{");
    if (kind == SB_BUILD) {
        write_member(out, "pipelineId", sb_member(item, "pipelineId"));
        js_buf_add_text(out, ",");
        write_member(out, "buildNumber", sb_member(item, "buildNumber"));
    } else {
        write_member(out, "pipelineId", sb_member(sb_member(item, "pipeline"), "id"));
        js_buf_add_text(out, ",");
        write_member(out, "environmentId", sb_member(sb_member(item, "environment"), "id"));
        js_buf_add_text(out, ",");
        write_member(out, "deploymentSequenceNumber", sb_member(item, "deploymentSequenceNumber"));
    }
    js_buf_add_text(out, "}");
}

static void accept_item(bulk *in, json_object *item) {
    js_buf_add_text(&in->accepted, in->accepted.length == 0 ? "" : ",");
    write_key(&in->accepted, in->kind, item);
}

static void reject_item(bulk *in, json_object *item, const js_strings *errors) {
    js_buf *out = &in->rejected;
    bool flag = in->kind == SB_FLAG; /* an object by id, the others are a list */
    js_buf_add_text(out, out->length == 0 ? "" : ",");
    js_buf_add_text(out, flag ? "" : "{\"key\":");
    write_key(out, in->kind, item);
    js_buf_add_text(out, flag ? ":" : ",\"errors\":");
    sb_write_messages(out, errors);
    js_buf_add_text(out, flag ? "" : "}");
}

static bool wants_gate(json_object *item) {
    json_object *commands = sb_member(item, "commands");
    size_t count =
        json_object_is_type(commands, json_type_array) ? json_object_array_length(commands) : 0;
    return count > 0;
}

static char *store_key(sb_kind kind, json_object *item) {
    if (kind == SB_BUILD) {
        return sb_key_build(main_id(kind, item),
                            json_object_get_int64(sb_member(item, "buildNumber")));
    }
    if (kind == SB_FLAG) {
        return sb_key_build(main_id(kind, item), 0);
    }
    return sb_key_deployment(main_id(kind, item),
                             sb_member_text(sb_member(item, "environment"), "id"),
                             json_object_get_int64(sb_member(item, "deploymentSequenceNumber")));
}

static bool keep_item(bulk *in, entry *item) {
    char *key = store_key(in->kind, item->json);
    if (key == NULL) {
        return false;
    }
    sb_update update = {
        .kind = in->kind,
        .key = key,
        .sequence = json_object_get_int64(sb_member(item->json, kinds[in->kind].sequence)),
        .item = item->json,
        .issue_keys = &item->known,
        .now_ms = js_wall_ms(&in->call->sandbox->world),
        .gate = in->kind == SB_DEPLOYMENT && wants_gate(item->json),
        .properties = in->properties,
    };
    sb_stored stored = sb_store_put(&in->call->sandbox->store, &update);
    free(key);
    return stored != SB_NO_MEMORY;
}

static void note_warnings(bulk *in, size_t index, const sb_findings *findings) {
    char place[64];
    (void)snprintf(place, sizeof place, "%s[%zu]: ", kinds[in->kind].list, index);
    sb_note_warnings(in->call, place, findings);
}

static bool judge(bulk *in, size_t index, entry *item) {
    const sb_fault *fault = in->call->fault;
    const char *id = main_id(in->kind, item->json);
    kinds[in->kind].check(item->json, &item->findings, &item->associations);
    if (item->findings.errors.count == 0 &&
        !sb_sort_keys(in->call, &item->associations.issues, &item->known, &in->unknown)) {
        return false;
    }
    if (item->findings.errors.count == 0 && item->known.count == 0 &&
        item->associations.others == 0) {
        sb_error(&item->findings, "No valid associations found for %s", sb_kind_noun(in->kind));
    }
    if (fault != NULL && sb_any_part(&fault->reject, id)) {
        sb_error(&item->findings, "Rejected by a scripted fault.");
    }
    note_warnings(in, index, &item->findings);
    bool said = fault == NULL || !sb_any_part(&fault->omit, id);
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
    js_strings_clear(&item.known);
    return ok;
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
    sb_unknown_write(&in->unknown, out);
    js_buf_add_text(out, "}");
    out->failed = out->failed || in->accepted.failed || in->rejected.failed;
}

static void judge_list(sb_call *call, sb_kind kind, json_object *list, const char *properties) {
    bulk in = {.call = call, .kind = kind, .properties = properties};
    bool ok = sb_unknown_open(&in.unknown);
    for (size_t i = 0; ok && i < json_object_array_length(list); i++) {
        ok = judge_and_free(&in, i, json_object_array_get_idx(list, i));
    }
    if (ok) {
        write_answer(&in);
    }
    call->answer->body.failed = call->answer->body.failed || !ok;
    js_buf_clear(&in.accepted);
    js_buf_clear(&in.rejected);
    sb_unknown_close(&in.unknown);
}

/* A sentence when the request as a whole is refused for its list. */
static const char *check_list(json_object *list) {
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) == 0) {
        return "must be an array that is not empty.";
    }
    if (json_object_array_length(list) > ITEMS_MAX) {
        return "must not hold more than 100 items.";
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (!json_object_is_type(item, json_type_object)) {
            return "must hold objects only.";
        }
        if (sb_has_two_kinds_of_keys(item)) {
            return "must not hold an item with both 'issueKeys' and 'associations'.";
        }
    }
    return NULL;
}

void sb_bulk_list(sb_call *call, sb_kind kind) {
    const struct rules *rules = &kinds[kind];
    const char *const known[] = {"properties", "providerMetadata", rules->list, NULL};
    sb_bulk_body body;
    if (!sb_bulk_read(call, rules->module, &body)) {
        return;
    }
    json_object *list = sb_member(body.json, rules->list);
    const char *wrong = check_list(list);
    bool array = json_object_is_type(list, json_type_array);
    call->items = array ? (int64_t)json_object_array_length(list) : 0;
    if (wrong != NULL) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "'%s' %s", rules->list, wrong);
        sb_refuse(call, rules->module, 400, text.failed ? "" : text.data);
        js_buf_clear(&text);
    } else {
        sb_bulk_note_frame(call, body.json, known);
        judge_list(call, kind, list, body.properties);
    }
    sb_bulk_free(&body);
}
