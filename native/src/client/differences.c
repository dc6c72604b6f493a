/* What Jira has, against what it was told. */
#include "client/things.h"

#include "base/error.h"

#include <string.h>

/* Members of a receipt that Jira gives back; one below another with a dot between them. */
static const char *const compared[] = {"state", "url", "label", "environment.name",
                                       "environment.type"};

static json_object *member_at(json_object *object, const char *path) {
    const char *dot = strchr(path, '.');
    json_object *value = NULL;
    if (dot == NULL) {
        return json_object_object_get_ex(object, path, &value) ? value : NULL;
    }
    char name[32] = "";
    strncat(name, path, (size_t)(dot - path) < sizeof name - 1 ? (size_t)(dot - path) : 0);
    return json_object_object_get_ex(object, name, &value) ? member_at(value, dot + 1) : NULL;
}

/* Takes both values; null is JSON's. */
static bool add(json_object *list, const char *member, json_object *told, json_object *jira) {
    json_object *difference = js_json_append_object(list);
    bool good = js_json_put_text(difference, "member", member);
    if (!good || json_object_object_add(difference, "told", told) != 0) {
        json_object_put(told);
        json_object_put(jira);
        return false;
    }
    if (json_object_object_add(difference, "jira", jira) != 0) {
        json_object_put(jira);
        return false;
    }
    return true;
}

static json_object *texts(const js_strings *list) {
    json_object *array = json_object_new_array();
    if (array != NULL && !js_json_append_texts(array, list)) {
        json_object_put(array);
        return NULL;
    }
    return array;
}

/* All of `some` that `others` lack are counted. */
static size_t missing_in(const js_strings *some, const js_strings *others) {
    size_t count = 0;
    for (size_t i = 0; i < some->count; i++) {
        count += js_strings_contain(others, some->items[i]) ? 0 : 1;
    }
    return count;
}

/* Keys that Jira did not know cannot be there, and are not a difference. */
static bool known_keys(const js_receipt *receipt, js_strings *known) {
    bool good = true;
    for (size_t i = 0; i < receipt->issue_keys.count && good; i++) {
        const char *key = receipt->issue_keys.items[i];
        good = js_strings_contain(&receipt->unknown_issue_keys, key) ||
               js_strings_add(known, key, strlen(key));
    }
    return good;
}

static bool compare_keys(json_object *list, const js_receipt *receipt, const js_seen *seen,
                         bool there) {
    js_strings known = JS_STRINGS_INIT;
    bool good = known_keys(receipt, &known);
    size_t missing = good ? missing_in(&known, &seen->keys) : 0;
    size_t more = good && !seen->shares_keys ? missing_in(&seen->keys, &receipt->issue_keys) : 0;
    if (good && (there ? seen->keyed && missing + more > 0 : known.count > 0)) {
        json_object *told = texts(&known);
        json_object *jira = there ? texts(&seen->keys) : NULL;
        good = told != NULL && (jira != NULL || !there);
        if (good) {
            good = add(list, "issueKeys", told, jira);
        } else {
            json_object_put(told);
            json_object_put(jira);
        }
    }
    js_strings_clear(&known);
    return good;
}

static bool compare_members(json_object *list, json_object *told, json_object *jira) {
    bool good = true;
    for (size_t i = 0; i < sizeof compared / sizeof compared[0] && good; i++) {
        json_object *ours = member_at(told, compared[i]);
        json_object *theirs = member_at(jira, compared[i]);
        if (ours != NULL && (theirs == NULL || !json_object_equal(ours, theirs))) {
            good = add(list, compared[i], json_object_get(ours), json_object_get(theirs));
        }
    }
    return good;
}

static jirasend_code compare(const js_last_told *told, const js_seen *seen, bool there,
                             json_object *differences, jirasend_error *error) {
    const js_receipt *receipt = &told->row.receipt;
    const char *text = receipt->facts != NULL ? receipt->facts : "{}";
    json_object *facts = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    bool good = compare_members(differences, facts, seen->facts) &&
                compare_keys(differences, receipt, seen, there);
    /* Of a thing that was told with nothing that could be compared. */
    if (good && !there && json_object_array_length(differences) == 0) {
        good = add(differences, "kind", json_object_new_string(js_kind_name(receipt->kind)), NULL);
    }
    json_object_put(facts);
    return good ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code match_there(const js_last_told *told, const js_thing_answer *answer,
                                 json_object *differences, js_match *match, jirasend_error *error) {
    js_seen seen;
    jirasend_code code = js_answer_seen(&seen, told->row.receipt.kind, answer->json, error);
    if (code == JIRASEND_OK && seen.numbered && seen.number > told->row.sequence) {
        *match = JS_MATCH_NEWER;
    } else if (code == JIRASEND_OK && told->gone) {
        *match = JS_MATCH_DIFFERS;
        bool good = add(differences, "deleted", json_object_new_boolean(true),
                        json_object_new_boolean(false));
        code = good ? JIRASEND_OK : js_fail_memory(error);
    } else if (code == JIRASEND_OK) {
        code = compare(told, &seen, true, differences, error);
        *match = json_object_array_length(differences) > 0 ? JS_MATCH_DIFFERS : JS_MATCH_SAME;
    }
    js_seen_clear(&seen);
    return code;
}

jirasend_code js_match_told(const js_last_told *told, const js_thing_answer *answer,
                            json_object *differences, js_match *match, jirasend_error *error) {
    static const js_seen nothing = {.facts = NULL};
    *match = JS_MATCH_NOTHING;
    if (told->row.receipt.id == 0) {
        return JIRASEND_OK;
    }
    switch (answer->thing) {
    case JS_THING_THERE:
        return match_there(told, answer, differences, match, error);
    case JS_THING_GONE:
        *match = told->gone ? JS_MATCH_SAME : JS_MATCH_DIFFERS;
        return told->gone ? JIRASEND_OK : compare(told, &nothing, false, differences, error);
    case JS_THING_NOT_KNOWN:
    default:
        *match = JS_MATCH_NOT_KNOWN;
        return JIRASEND_OK;
    }
}

bool js_told_is_fresh(const jirasend_client *client, const js_last_told *told) {
    int64_t age_ms = js_wall_ms(&client->world) - told->row.receipt.settled_at_ms;
    return age_ms >= 0 && age_ms < JS_THING_FRESH_MS;
}

static jirasend_code ask_and_match(jirasend_client *client, const js_event *event,
                                   const js_last_told *told, int64_t timeout_ms,
                                   js_thing_answer *answer, json_object **differences,
                                   js_match *match, jirasend_error *error) {
    jirasend_code code = js_thing_ask(client, event, timeout_ms, answer, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    *differences = json_object_new_array();
    code = *differences != NULL ? js_match_told(told, answer, *differences, match, error)
                                : js_fail_memory(error);
    if (code != JIRASEND_OK) {
        json_object_put(*differences);
        *differences = NULL;
        js_thing_answer_clear(answer);
    }
    return code;
}

jirasend_code js_thing_compare(jirasend_client *client, const js_event *event,
                               const js_last_told *told, int64_t timeout_ms,
                               js_thing_answer *answer, json_object **differences, js_match *match,
                               jirasend_error *error) {
    int64_t until_ms = js_later_ms(js_mono_ms(&client->world), timeout_ms);
    jirasend_code code =
        ask_and_match(client, event, told, timeout_ms, answer, differences, match, error);
    int64_t left_ms = until_ms - js_mono_ms(&client->world);
    if (code != JIRASEND_OK || *match != JS_MATCH_DIFFERS || !js_told_is_fresh(client, told) ||
        left_ms <= JS_THING_AGAIN_MS) {
        return code;
    }
    json_object_put(*differences);
    *differences = NULL;
    js_thing_answer_clear(answer);
    code = js_client_sleep(client, JS_THING_AGAIN_MS, error);
    return code == JIRASEND_OK ? ask_and_match(client, event, told, left_ms - JS_THING_AGAIN_MS,
                                               answer, differences, match, error)
                               : code;
}
