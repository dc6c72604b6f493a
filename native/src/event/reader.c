/* Reading single members of a document: texts, numbers, times. */
#include "event/reader.h"

#include "base/error.h"
#include "base/timestamp.h"
#include "event/limits.h"
#include "event/words.h"

#include <string.h>

static const js_place ROOT = JS_PLACE_ROOT;

json_object *js_read_member(const js_reader *in, const char *name) {
    return js_member_of(in->document, name);
}

jirasend_code js_read_part(char **out, json_object *object, const js_place *place, const char *name,
                           js_limit limit, jirasend_error *error) {
    json_object *value = js_member_of(object, name);
    if (value == NULL) {
        return JIRASEND_OK;
    }
    js_place at = js_place_member(place, name);
    return limit(out, json_object_get_string(value), (size_t)json_object_get_string_len(value),
                 at.text, error);
}

jirasend_code js_read_texts(js_reader *in, const js_text_member *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        json_object *value = js_read_member(in, texts[i].name);
        /* An empty text is the same as none; an empty id or URL is a mistake. */
        if (value == NULL ||
            (texts[i].limit == js_limit_text && json_object_get_string_len(value) == 0)) {
            continue;
        }
        jirasend_code code = js_read_part(texts[i].target, in->document, &ROOT, texts[i].name,
                                          texts[i].limit, in->error);
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

jirasend_code js_read_count(js_reader *in, const char *name, int64_t *target, bool *given) {
    json_object *value = js_read_member(in, name);
    js_place place = js_place_member(&ROOT, name);
    if (given != NULL) {
        *given = value != NULL;
    }
    return value == NULL ? JIRASEND_OK : js_count_read(target, value, &place, in->error);
}

jirasend_code js_read_time_of(int64_t *ms, json_object *object, const js_place *place,
                              const char *name, jirasend_error *error) {
    json_object *value = js_member_of(object, name);
    if (value == NULL) {
        return JIRASEND_OK;
    }
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    const char *why = NULL;
    if (js_timestamp_parse(text, length, ms, &why)) {
        return JIRASEND_OK;
    }
    js_place at = js_place_member(place, name);
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, text, length);
    return js_fail(error, JIRASEND_E_DOCUMENT,
                   "\"%s\" is \"%s\", which %s. Write it as 2026-11-23T10:00:00Z.", at.text, shown,
                   why == NULL ? "is not a time" : why);
}

jirasend_code js_read_time(js_reader *in, const char *name, int64_t *ms, bool *given) {
    *given = js_read_member(in, name) != NULL;
    return js_read_time_of(ms, in->document, &ROOT, name, in->error);
}

jirasend_code js_read_environment_type(const js_reader *in, json_object *environment,
                                       const js_place *place, const char *name, const char *id,
                                       js_environment_type *type) {
    json_object *value = js_member_of(environment, "type");
    if (value == NULL) {
        *type = js_environment_type_of(in->rules->environments, name, id);
        return JIRASEND_OK;
    }
    const char *given = json_object_get_string(value);
    const char *word = js_environment_type_word(given);
    if (word != NULL && js_environment_type_from_name(word, type)) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, given, strlen(given));
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"%s.type\" is \"%s\". It must be production, staging, testing, development or "
                   "unmapped; leave it out to derive it from the name.",
                   place->text, shown);
}
