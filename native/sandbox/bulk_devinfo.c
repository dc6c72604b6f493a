/* Development information: repositories, and what lies in each, judged one by one. */
#include "bulk_devinfo.h"

#include "event/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bulk {
    sb_call *call;
    const char *properties;
    sb_unknown unknown;
    js_buf accepted, failed; /* what stands between the braces of each */
} bulk;

/* Of one repository: what its answer holds of each type, between the brackets. */
typedef struct place {
    const char *id;
    size_t index;
    js_buf accepted[SB_DEVINFO_TYPES], failed[SB_DEVINFO_TYPES];
} place;

typedef struct entity {
    json_object *json, *last_commit; /* the latter of a branch */
    sb_findings findings;
    sb_associations associations, last_associations;
    js_strings known, last_known;
} entity;

/* --- what is kept */

static bool put(bulk *in, sb_kind kind, const place *at, json_object *json,
                const js_strings *known) {
    const char *id = sb_member_text(json, "id");
    char *key = kind == SB_REPOSITORY ? strdup(id) : sb_key_entity(at->id, id);
    json_object *repository = json_object_new_string(at->id);
    bool ok = key != NULL && repository != NULL;
    if (kind == SB_REPOSITORY || !ok) {
        json_object_put(repository);
    } else if (json_object_object_add(json, "repositoryId", repository) != 0) {
        json_object_put(repository);
        ok = false;
    }
    sb_update update = {
        .kind = kind,
        .key = key,
        .sequence = json_object_get_int64(sb_member(json, "updateSequenceId")),
        .item = json,
        .issue_keys = known,
        .now_ms = js_wall_ms(&in->call->sandbox->world),
        .properties = kind == SB_REPOSITORY ? in->properties : NULL,
        .repository = at->id,
    };
    ok = ok && sb_store_put(&in->call->sandbox->store, &update) != SB_NO_MEMORY;
    free(key);
    return ok;
}

/* --- one entity */

static void find_faults(bulk *in, const place *at, const char *id, sb_findings *findings) {
    const sb_fault *fault = in->call->fault;
    (void)at;
    if (fault != NULL && sb_any_part(&fault->reject, id)) {
        sb_error(findings, "Rejected by a scripted fault.");
    }
}

static bool is_omitted(const bulk *in, const char *repository, const char *id) {
    const sb_fault *fault = in->call->fault;
    return fault != NULL &&
           (sb_any_part(&fault->omit, id) || sb_any_part(&fault->omit, repository));
}

static bool judge(bulk *in, const sb_devinfo_type *type, const place *at, size_t index,
                  entity *item) {
    char where[96];
    sb_findings *findings = &item->findings;
    type->check(item->json, findings, &item->associations);
    if (item->last_commit != NULL) {
        sb_check_last_commit(item->last_commit, findings, &item->last_associations);
    }
    if (findings->errors.count == 0 &&
        (!sb_sort_keys(in->call, &item->associations.issues, &item->known, &in->unknown) ||
         !sb_sort_keys(in->call, &item->last_associations.issues, &item->last_known,
                       &in->unknown))) {
        return false;
    }
    if (findings->errors.count == 0 && item->known.count == 0) {
        sb_error(findings, "No valid associations found for %s", sb_kind_noun(type->kind));
    }
    find_faults(in, at, sb_member_text(item->json, "id"), findings);
    (void)snprintf(where, sizeof where, "repositories[%zu].%s[%zu]: ", at->index, type->list,
                   index);
    sb_note_warnings(in->call, where, findings);
    return !findings->failed;
}

static bool keep(bulk *in, const sb_devinfo_type *type, const place *at, entity *item) {
    return put(in, type->kind, at, item->json, &item->known) &&
           (item->last_known.count == 0 ||
            put(in, SB_COMMIT, at, item->last_commit, &item->last_known));
}

static void write_failed(js_buf *out, const char *id, const js_strings *errors) {
    js_buf_add_text(out, out->length == 0 ? "{\"id\":" : ",{\"id\":");
    js_json_write_string(out, id);
    js_buf_add_text(out, ",\"errorMessages\":");
    sb_write_messages(out, errors);
    js_buf_add_text(out, "}");
}

static bool take_entity(bulk *in, size_t type, place *at, size_t index, entity *item) {
    const char *id = sb_member_text(item->json, "id");
    bool ok = judge(in, &sb_devinfo_types[type], at, index, item);
    bool good = item->findings.errors.count == 0;
    if (ok && !is_omitted(in, at->id, id)) {
        if (good) {
            js_buf *out = &at->accepted[type];
            js_buf_add_text(out, out->length == 0 ? "" : ",");
            js_json_write_string(out, id);
        } else {
            write_failed(&at->failed[type], id, &item->findings.errors);
        }
    }
    return ok && (!good || keep(in, &sb_devinfo_types[type], at, item));
}

static void entity_free(entity *item) {
    sb_findings_free(&item->findings);
    sb_associations_free(&item->associations);
    sb_associations_free(&item->last_associations);
    js_strings_clear(&item->known);
    js_strings_clear(&item->last_known);
}

static bool take_entities(bulk *in, place *at, json_object *repository) {
    bool ok = true;
    for (size_t type = 0; ok && type < SB_DEVINFO_TYPES; type++) {
        json_object *list = sb_member(repository, sb_devinfo_types[type].list);
        for (size_t i = 0; ok && i < sb_length_of(list); i++) {
            entity item = {.json = json_object_array_get_idx(list, i)};
            json_object *last = sb_member(item.json, "lastCommit");
            item.last_commit = sb_devinfo_types[type].kind == SB_BRANCH &&
                                       json_object_is_type(last, json_type_object)
                                   ? last
                                   : NULL;
            ok = take_entity(in, type, at, i, &item);
            entity_free(&item);
        }
    }
    return ok;
}

/* --- one repository */

/* `"id":{"commits":[...],...}`; of the failed without what is empty. */
static void write_place(js_buf *out, const char *id, const js_buf *lists, bool empty_too) {
    bool first = true;
    for (size_t i = 0; i < SB_DEVINFO_TYPES; i++) {
        if (lists[i].length == 0 && !empty_too) {
            continue;
        }
        if (first) {
            js_buf_add_text(out, out->length == 0 ? "" : ",");
            js_json_write_string(out, id);
        }
        js_buf_addf(out, "%s\"%s\":[", first ? ":{" : ",", sb_devinfo_types[i].list);
        js_buf_add(out, lists[i].data, lists[i].length);
        js_buf_add_text(out, "]");
        out->failed = out->failed || lists[i].failed;
        first = false;
    }
    js_buf_add_text(out, first ? "" : "}");
}

static void write_repository_errors(bulk *in, const char *id, const js_strings *errors) {
    js_buf *out = &in->failed;
    js_buf_add_text(out, out->length == 0 ? "" : ",");
    js_json_write_string(out, id);
    js_buf_add_text(out, ":{\"errorMessages\":");
    sb_write_messages(out, errors);
    js_buf_add_text(out, "}");
}

/* The repository alone, before the lists are taken out of it. */
static bool keep_repository(bulk *in, const place *at, json_object *repository) {
    static const js_strings none = JS_STRINGS_INIT;
    json_object *bare = json_object_new_object();
    bool ok = bare != NULL;
    json_object_object_foreach(repository, name, value) {
        bool is_list = false;
        for (size_t i = 0; i < SB_DEVINFO_TYPES; i++) {
            is_list = is_list || strcmp(name, sb_devinfo_types[i].list) == 0;
        }
        ok = ok && (is_list || json_object_object_add(bare, name, json_object_get(value)) == 0);
    }
    ok = ok && put(in, SB_REPOSITORY, at, bare, &none);
    json_object_put(bare);
    return ok;
}

static bool take_repository(bulk *in, size_t index, json_object *repository) {
    place at = {.id = sb_member_text(repository, "id"), .index = index};
    sb_findings findings = {0};
    char where[64];
    sb_check_repository(repository, &findings);
    (void)snprintf(where, sizeof where, "repositories[%zu]: ", index);
    sb_note_warnings(in->call, where, &findings);
    find_faults(in, &at, at.id, &findings);
    bool ok = !findings.failed;
    if (ok && findings.errors.count > 0) {
        if (!is_omitted(in, at.id, at.id)) {
            write_repository_errors(in, at.id, &findings.errors);
        }
    } else if (ok) {
        ok = keep_repository(in, &at, repository) && take_entities(in, &at, repository);
        write_place(&in->accepted, at.id, at.accepted, !is_omitted(in, at.id, at.id));
        write_place(&in->failed, at.id, at.failed, false);
    }
    for (size_t i = 0; i < SB_DEVINFO_TYPES; i++) {
        js_buf_clear(&at.accepted[i]);
        js_buf_clear(&at.failed[i]);
    }
    sb_findings_free(&findings);
    return ok;
}

static void take_all(bulk *in, json_object *list) {
    js_buf *out = &in->call->answer->body;
    bool ok = sb_unknown_open(&in->unknown);
    for (size_t i = 0; ok && i < sb_length_of(list); i++) {
        ok = take_repository(in, i, json_object_array_get_idx(list, i));
    }
    if (ok) {
        sb_answer_json(in->call->answer, 202);
        js_buf_add_text(out, "{\"acceptedDevinfoEntities\":{");
        js_buf_add(out, in->accepted.data, in->accepted.length);
        js_buf_add_text(out, "},\"failedDevinfoEntities\":{");
        js_buf_add(out, in->failed.data, in->failed.length);
        js_buf_add_text(out, "}");
        sb_unknown_write(&in->unknown, out);
        js_buf_add_text(out, "}");
    }
    out->failed = out->failed || !ok || in->accepted.failed || in->failed.failed;
    js_buf_clear(&in->accepted);
    js_buf_clear(&in->failed);
    sb_unknown_close(&in->unknown);
}

void sb_bulk_devinfo(sb_call *call) {
    static const char *const known[] = {"repositories",  "properties",       "preventTransitions",
                                        "operationType", "providerMetadata", NULL};
    sb_bulk_body body;
    if (!sb_bulk_read(call, SB_DEVINFO, &body)) {
        return;
    }
    json_object *list = sb_member(body.json, "repositories");
    const char *wrong = sb_devinfo_check(body.json, &call->items);
    if (wrong != NULL) {
        sb_refuse(call, SB_DEVINFO, 400, wrong);
    } else {
        bulk in = {.call = call, .properties = body.properties};
        sb_bulk_note_frame(call, body.json, known);
        take_all(&in, list);
    }
    sb_bulk_free(&body);
}
