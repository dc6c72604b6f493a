/* The kind `flag`: a feature flag, and where it is on. */
#include "base/error.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "event/flag_status.h"
#include "event/json.h"
#include "event/kind.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_member members[] = {
    {"flagId", json_type_string, true},
    {"key", json_type_string, false},
    {"name", json_type_string, false},
    {"url", json_type_string, false},
    {"enabled", json_type_boolean, false},
    {"environments", json_type_array, true},
    JS_FLAG_STATUS_MEMBERS,
};
static const char *const stream_members[] = {"flagId", NULL};

static const js_place ROOT = JS_PLACE_ROOT;

/* ---- environments ---- */

static jirasend_code read_url(js_reader *in, js_flag_environment *environment, json_object *value,
                              const js_place *place) {
    if (js_member_of(value, "url") != NULL) {
        return js_read_part(&environment->url, value, place, "url", js_limit_url, in->error);
    }
    if (in->event->url == NULL) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "The event lacks \"url\", and so does \"%s\". Give the address of the flag, "
                       "or one in every environment.",
                       place->text);
    }
    environment->url = js_copy(in->event->url);
    return environment->url == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
}

static jirasend_code read_environment(js_reader *in, js_flag_environment *environment,
                                      json_object *value, const js_place *place) {
    static const js_member table[] = {
        {"name", json_type_string, true},       {"enabled", json_type_boolean, true},
        {"type", json_type_string, false},      {"url", json_type_string, false},
        {"updatedAt", json_type_string, false}, JS_FLAG_STATUS_MEMBERS,
    };
    jirasend_code code = js_members_check(value, place, table, COUNT_OF(table), in->error);
    if (code == JIRASEND_OK) {
        code = js_read_part(&environment->name, value, place, "name", js_limit_name, in->error);
    }
    if (code == JIRASEND_OK) {
        code =
            js_read_environment_type(in, value, place, environment->name, NULL, &environment->type);
    }
    if (code == JIRASEND_OK) {
        code = read_url(in, environment, value, place);
    }
    if (code == JIRASEND_OK) {
        code = js_flag_status_read(&environment->status, value, place, in->error);
    }
    environment->updated_at_ms = in->event->updated_at_ms;
    return code == JIRASEND_OK
               ? js_read_time_of(&environment->updated_at_ms, value, place, "updatedAt", in->error)
               : code;
}

/* Jira would show one of the two, and nobody could tell which. */
static jirasend_code check_new(js_reader *in, js_key_set *names, const char *name,
                               const js_place *place) {
    size_t length = strlen(name);
    if (js_key_set_holds(names, name, length)) {
        char shown[JS_QUOTE_SIZE];
        js_quote(shown, name, length);
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"%s.name\" is \"%s\", the name of an environment before it. Name "
                       "each environment once.",
                       place->text, shown);
    }
    return js_key_set_add(names, name, length) ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code read_each(js_reader *in, json_object *list, js_key_set *names) {
    js_flag *flag = &in->event->of.flag;
    js_place place = js_place_member(&ROOT, "environments");
    size_t count = json_object_array_length(list);
    flag->environments = calloc(count, sizeof *flag->environments);
    jirasend_code code = flag->environments == NULL ? js_fail_memory(in->error) : JIRASEND_OK;
    for (size_t i = 0; i < count && code == JIRASEND_OK; i++) {
        js_flag_environment *environment = &flag->environments[i];
        js_place at = js_place_element(&place, i);
        flag->environment_count++; /* from here on it is freed with the event */
        code = read_environment(in, environment, json_object_array_get_idx(list, i), &at);
        if (code == JIRASEND_OK) {
            code = check_new(in, names, environment->name, &at);
        }
    }
    return code;
}

static jirasend_code read_environments(js_reader *in) {
    json_object *list = js_read_member(in, "environments");
    if (json_object_array_length(list) == 0) {
        return js_fail(in->error, JIRASEND_E_DOCUMENT,
                       "\"environments\" is empty. Name at least one environment, and whether the "
                       "flag is enabled there.");
    }
    js_key_set *names = js_key_set_new();
    jirasend_code code = names == NULL ? js_fail_memory(in->error) : read_each(in, list, names);
    js_key_set_free(names);
    return code;
}

/* ---- the flag ---- */

static jirasend_code read_stream(js_reader *in) {
    const js_text_member texts[] = {{"flagId", &in->event->of.flag.id, js_limit_long_id}};
    return js_read_texts(in, texts, COUNT_OF(texts));
}

/* `from`, cut, where nothing was given. */
static jirasend_code stand_in(char **target, const char *from, jirasend_error *error) {
    return *target != NULL ? JIRASEND_OK : js_limit_text(target, from, strlen(from), "", error);
}

static jirasend_code read_names(js_reader *in) {
    js_flag *flag = &in->event->of.flag;
    const js_text_member texts[] = {
        {"key", &flag->key, js_limit_id},
        {"name", &flag->name, js_limit_text},
        {"url", &in->event->url, js_limit_url},
    };
    jirasend_code code = read_stream(in);
    if (code == JIRASEND_OK) {
        code = js_read_texts(in, texts, COUNT_OF(texts));
    }
    if (code == JIRASEND_OK) {
        code = stand_in(&flag->key, flag->id, in->error);
    }
    return code == JIRASEND_OK ? stand_in(&flag->name, flag->key, in->error) : code;
}

static bool enabled_anywhere(const js_flag *flag) {
    bool enabled = false;
    for (size_t i = 0; i < flag->environment_count && !enabled; i++) {
        enabled = flag->environments[i].status.enabled;
    }
    return enabled;
}

static jirasend_code read_flag(js_reader *in) {
    js_flag *flag = &in->event->of.flag;
    jirasend_code code = read_names(in);
    if (code == JIRASEND_OK) {
        code = js_flag_status_read(&flag->status, in->document, &ROOT, in->error);
    }
    if (code == JIRASEND_OK) {
        code = read_environments(in);
    }
    if (code == JIRASEND_OK && js_read_member(in, "enabled") == NULL) {
        flag->status.enabled = enabled_anywhere(flag);
    }
    return code;
}

static bool write_environment(js_json_out *object, const js_flag_environment *environment) {
    char updated_at[JS_TIMESTAMP_SIZE];
    js_timestamp_format(environment->updated_at_ms, updated_at);
    return js_write_text(object, "name", environment->name) &&
           js_write_text(object, "type", js_environment_type_name(environment->type)) &&
           js_write_text(object, "url", environment->url) &&
           js_write_text(object, "updatedAt", updated_at) &&
           js_flag_status_write(object, &environment->status);
}

static bool write_flag(js_json_out *document, const js_event *event) {
    const js_flag *flag = &event->of.flag;
    bool good = js_write_text(document, "flagId", flag->id);
    if (event->deletion) {
        return good;
    }
    good = good && js_write_text(document, "key", flag->key) &&
           js_write_text(document, "name", flag->name) &&
           js_write_text(document, "url", event->url) &&
           js_flag_status_write(document, &flag->status);
    js_json_out *list = good ? js_write_array(document, "environments") : NULL;
    for (size_t i = 0; i < flag->environment_count && good; i++) {
        good = write_environment(js_write_item_object(list), &flag->environments[i]);
    }
    return good;
}

static bool write_facts(js_json_out *facts, const js_event *event) {
    return js_write_text(facts, "flagId", event->of.flag.id) &&
           js_write_text(facts, "url", event->url);
}

static js_stream stream_of(const js_event *event) {
    return (js_stream){event->of.flag.id, 0, ""};
}

static void clear(js_event *event) {
    js_flag *flag = &event->of.flag;
    for (size_t i = 0; i < flag->environment_count; i++) {
        free(flag->environments[i].name);
        free(flag->environments[i].url);
        js_flag_status_clear(&flag->environments[i].status);
    }
    free(flag->environments);
    js_flag_status_clear(&flag->status);
    free(flag->id);
    free(flag->key);
    free(flag->name);
}

const js_kind_info js_kind_flag = {
    .name = "flag",
    .noun = "feature flag",
    .plural = "feature flags",
    .api = JS_API_FLAGS,
    .members = members,
    .member_count = COUNT_OF(members),
    .stream_members = stream_members,
    .read = read_flag,
    .read_stream = read_stream,
    .write = write_flag,
    .write_facts = write_facts,
    .stream = stream_of,
    .clear = clear,
};
