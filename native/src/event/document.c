/* Reading an event document: what every kind has; the rest is the kind's own. */
#include "event/document.h"

#include "base/assert.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "event/deletion.h"
#include "event/json.h"
#include "event/kind.h"
#include "event/limits.h"
#include "event/properties.h"
#include "event/reader.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { MEMBERS_MAX = 24 }; /* of one kind */

/* Members of every kind. docs/events.md explains them. */
static const js_member COMMON[] = {
    {"kind", json_type_string, true},
    {"site", json_type_string, false},
    {"requestId", json_type_string, false},
    {"updatedAt", json_type_string, false},
    {"issueKeys", json_type_array, false},
    {"keyText", json_type_array, false},
    {"properties", json_type_object, false},
    {"history", json_type_boolean, false},
    {"delete", json_type_boolean, false},
    /* only in the form that the outbox keeps, which is read from the end of this table */
    {"droppedKeys", json_type_int, false},
    {"found", json_type_array, false},
    {"dropped", json_type_array, false},
    {"origin", json_type_string, false},
    {"all", json_type_boolean, false},
};
enum { STORED_ONLY = 5 };

static const js_place ROOT = JS_PLACE_ROOT;

/* ---- which members there may be ---- */

static void list_kinds(js_buf *out) {
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST; i++) {
        const char *before = i == JS_KIND_FIRST ? "" : i == JS_KIND_LAST ? " or " : ", ";
        js_buf_addf(out, "%s\"%s\"", before, js_kind_name((js_kind)i));
    }
}

/* `name` is null when there is none. */
static jirasend_code fail_kind(const char *name, jirasend_error *error) {
    js_buf known = JS_BUF_INIT;
    list_kinds(&known);
    const char *list = known.failed ? "one of the known kinds" : known.data;
    char shown[JS_QUOTE_SIZE];
    jirasend_code code;
    if (name == NULL) {
        code =
            js_fail(error, JIRASEND_E_DOCUMENT, "The event lacks \"kind\". It must be %s.", list);
    } else {
        js_quote(shown, name, strlen(name));
        code =
            js_fail(error, JIRASEND_E_DOCUMENT, "\"kind\" is \"%s\". It must be %s.", shown, list);
    }
    js_buf_clear(&known);
    return code;
}

/* A misspelt "kind" explains best why there is none. */
static jirasend_code fail_missing_kind(const js_reader *in) {
    js_member all[COUNT_OF(COMMON) + (size_t)JS_KIND_LAST * MEMBERS_MAX];
    size_t count = COUNT_OF(COMMON) - (in->stored ? 0 : STORED_ONLY);
    memcpy(all, COMMON, count * sizeof *all);
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST; i++) {
        const js_kind_info *kind = js_kind_of((js_kind)i);
        js_assert(kind->member_count <= MEMBERS_MAX);
        memcpy(all + count, kind->members, kind->member_count * sizeof *all);
        count += kind->member_count;
    }
    jirasend_code code = js_members_known(in->document, &ROOT, all, count, in->error);
    return code == JIRASEND_OK ? fail_kind(NULL, in->error) : code;
}

static jirasend_code read_kind(js_reader *in) {
    json_object *value = js_read_member(in, "kind");
    if (value == NULL && !json_object_object_get_ex(in->document, "kind", NULL)) {
        return fail_missing_kind(in);
    }
    js_place place = js_place_member(&ROOT, "kind");
    jirasend_code code = js_type_check(value, json_type_string, &place, in->error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const char *name = json_object_get_string(value);
    js_kind kind;
    if (!js_kind_from_name(name, &kind)) {
        return fail_kind(name, in->error);
    }
    in->event->kind = kind;
    return JIRASEND_OK;
}

/* The nouns of the kinds that have the member: "deployment", "build or deployment". */
static size_t list_owners(js_buf *out, const char *name) {
    size_t count = 0;
    for (int i = JS_KIND_FIRST; i <= JS_KIND_LAST; i++) {
        const js_kind_info *kind = js_kind_of((js_kind)i);
        if (js_member_find(kind->members, kind->member_count, name) != NULL) {
            js_buf_addf(out, "%s%s", count++ == 0 ? "" : " or ", kind->noun);
        }
    }
    return count;
}

/* A member of another kind is not a typo: say which kind takes it. */
static jirasend_code check_fit(const js_reader *in) {
    const js_kind_info *kind = js_kind_of(in->event->kind);
    json_object_object_foreach(in->document, name, value) {
        (void)value;
        if (js_member_find(COMMON, COUNT_OF(COMMON), name) != NULL ||
            js_member_find(kind->members, kind->member_count, name) != NULL) {
            continue;
        }
        js_buf owners = JS_BUF_INIT;
        jirasend_code code = JIRASEND_OK;
        if (list_owners(&owners, name) > 0) {
            code = js_fail(in->error, JIRASEND_E_DOCUMENT,
                           "A %s cannot have \"%s\"; only a %s has it. Remove it, or change "
                           "\"kind\".",
                           kind->noun, name, owners.failed ? "different kind" : owners.data);
        }
        js_buf_clear(&owners);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

static size_t members_of(const js_kind_info *kind, bool stored, js_member *out) {
    size_t count = COUNT_OF(COMMON) - (stored ? 0 : STORED_ONLY);
    memcpy(out, COMMON, count * sizeof *out);
    memcpy(out + count, kind->members, kind->member_count * sizeof *out);
    return count + kind->member_count;
}

static bool is_deletion(const js_reader *in) {
    json_object *value = js_read_member(in, "delete");
    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

/* Names first: a misspelt member explains best why another one is missing. */
static jirasend_code check_members(js_reader *in) {
    jirasend_code code = js_type_check(in->document, json_type_object, &ROOT, in->error);
    if (code == JIRASEND_OK) {
        code = read_kind(in);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    in->event->deletion = is_deletion(in);
    js_member members[COUNT_OF(COMMON) + MEMBERS_MAX];
    size_t count = members_of(js_kind_of(in->event->kind), in->stored, members);
    code = js_members_known(in->document, &ROOT, members, count, in->error);
    if (code == JIRASEND_E_DOCUMENT) {
        jirasend_code fit = check_fit(in); /* which may say it better */
        code = fit == JIRASEND_OK ? code : fit;
    }
    if (code == JIRASEND_OK) {
        code = js_members_typed(in->document, &ROOT, members, count, in->error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    return in->event->deletion ? js_deletion_check(in)
                               : js_members_present(in->document, &ROOT, members, count, in->error);
}

/* ---- what every kind has ---- */

/* How texts are read may depend on the site; the time is the same for all. */
static jirasend_code choose_rules(js_reader *in) {
    if (in->rules->of_site != NULL) {
        in->rules = in->rules->of_site(in->rules->context, in->event->site.name);
    }
    return in->rules != NULL ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code read_site(js_reader *in) {
    json_object *value = js_read_member(in, "site");
    if (value == NULL) {
        if (in->rules->default_site == NULL) {
            return js_fail(in->error, JIRASEND_E_DOCUMENT,
                           "The event lacks \"site\", and no default site is set. Name the Jira "
                           "site, such as \"acme.atlassian.net\".");
        }
        in->event->site = *in->rules->default_site;
        return JIRASEND_OK;
    }
    jirasend_code code =
        js_site_parse(&in->event->site, json_object_get_string(value), "\"site\"", in->error);
    if (code == JIRASEND_OK || code == JIRASEND_E_MEMORY) {
        return code;
    }
    /* In a document a bad site is a bad document. */
    if (in->error != NULL) {
        in->error->code = JIRASEND_E_DOCUMENT;
    }
    return JIRASEND_E_DOCUMENT;
}

static jirasend_code read_request_id(js_reader *in) {
    const js_text_member texts[] = {{"requestId", &in->event->request_id, js_limit_id},
                                    {"origin", &in->event->origin, js_limit_id}};
    return js_read_texts(in, texts, COUNT_OF(texts) - (in->stored ? 0 : 1));
}

static jirasend_code read_updated_at(js_reader *in) {
    in->event->updated_at_ms = in->now_ms;
    return js_read_time(in, "updatedAt", &in->event->updated_at_ms, &in->dated);
}

/* News of the past says when it was, or it could not be told which of two is the newer. */
static jirasend_code read_history(js_reader *in) {
    json_object *value = js_read_member(in, "history");
    in->event->history = value != NULL && json_object_get_boolean(value);
    if (!in->event->history || in->stored) {
        return JIRASEND_OK;
    }
    if (in->event->gate) {
        return js_fail(
            in->error, JIRASEND_E_DOCUMENT,
            "\"history\" and \"gate\" are both true. What is past cannot wait at a gate: "
            "remove one of them.");
    }
    if (!in->dated) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"history\" is true, and \"updatedAt\" is missing. Say when it happened.");
    }
    if (in->event->updated_at_ms > in->now_ms) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"history\" is true, and its time is in the future. Correct it, or leave "
                       "\"history\" out.");
    }
    return JIRASEND_OK;
}

static jirasend_code read_dropped(js_reader *in) {
    return in->stored ? js_read_count(in, "droppedKeys", &in->event->dropped, NULL) : JIRASEND_OK;
}

static jirasend_code read_own(js_reader *in) {
    return js_kind_of(in->event->kind)->read(in);
}

typedef jirasend_code (*step)(js_reader *in);

static jirasend_code run_steps(js_reader *in, const step *steps, size_t count) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        code = steps[i](in);
    }
    return code;
}

static jirasend_code read_event(js_reader *in) {
    static const step all[] = {check_members, read_site, choose_rules, read_request_id,
                               read_updated_at};
    static const step news[] = {js_read_keys, read_own,           js_read_properties,
                                read_history, js_read_keys_taken, read_dropped};
    jirasend_code code = run_steps(in, all, COUNT_OF(all));
    if (code != JIRASEND_OK) {
        return code;
    }
    if (in->event->deletion) {
        return js_deletion_read(in);
    }
    code = run_steps(in, news, COUNT_OF(news));
    if (code == JIRASEND_OK) {
        js_limit_associations(in->event);
    }
    return code;
}

static jirasend_code read_form(js_event *event, const char *text, size_t length,
                               const js_read_rules *rules, bool stored, jirasend_error *error) {
    js_error_clear(error);
    js_event_init(event);
    jirasend_error parse_error = JIRASEND_ERROR_INIT;
    json_object *document = js_json_parse(text, length, JS_JSON_STRICT, &parse_error);
    if (document == NULL && parse_error.code != JIRASEND_OK) {
        return js_fail(error, parse_error.code, "%s", parse_error.message);
    }
    js_reader in = {.event = event,
                    .now_ms = rules->now_ms,
                    .document = document,
                    .rules = rules,
                    .stored = stored,
                    .keys = js_key_set_new(),
                    .error = error};
    jirasend_code code = in.keys == NULL ? js_fail_memory(error) : read_event(&in);
    js_reader_clear(&in);
    json_object_put(document);
    if (code != JIRASEND_OK) {
        js_event_clear(event);
    }
    return code;
}

jirasend_code js_document_read(js_event *event, const char *text, size_t length,
                               const js_read_rules *rules, jirasend_error *error) {
    return read_form(event, text, length, rules, false, error);
}

jirasend_code js_document_read_stored(js_event *event, const char *text, size_t length,
                                      jirasend_error *error) {
    const js_key_rules keys = JS_KEY_RULES_INIT;
    const js_read_rules rules = {.keys = &keys};
    return read_form(event, text, length, &rules, true, error);
}
