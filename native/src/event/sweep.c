/* A deletion of everything that was told with certain properties. */
#include "event/sweep.h"

#include "base/text.h"
#include "event/json.h"
#include "event/properties.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    return strcmp(((const js_property *)a)->name, ((const js_property *)b)->name);
}

size_t js_sweep_properties(const js_event *event, js_property *properties) {
    size_t count = event->property_count;
    memcpy(properties, event->properties, count * sizeof *properties);
    if (event->origin != NULL) {
        properties[count++] = (js_property){JS_PROPERTY_ORIGIN, event->origin};
    }
    qsort(properties, count, sizeof *properties, by_name);
    return count;
}

/* The same for the same properties, in whatever order they were given. */
bool js_sweep_make(js_event *event) {
    js_property properties[JS_PROPERTIES_MAX + 1];
    size_t count = js_sweep_properties(event, properties);
    js_buf text = JS_BUF_INIT;
    js_json_writer writer;
    js_json_out *object = js_write_begin(&writer, &text);
    bool good = object != NULL;
    for (size_t i = 0; i < count && good; i++) {
        good = js_write_any_name(object, properties[i].name, properties[i].value);
    }
    js_write_end(&writer, good);
    event->deletion = true;
    event->sweep = js_buf_take(&text);
    return event->sweep != NULL;
}

bool js_sweep_of_part(js_event *event, const char *part) {
    json_object *object = js_json_parse(part, strlen(part), JS_JSON_STRICT, NULL);
    bool good = json_object_is_type(object, json_type_object);
    if (!good) { /* memory is short: json-c would look into it all the same */
        json_object_put(object);
        return false;
    }
    json_object_object_foreach(object, name, value) {
        bool origin = strcmp(name, JS_PROPERTY_ORIGIN) == 0;
        const char *text = json_object_get_string(value);
        if (origin) {
            free(event->origin);
            event->origin = js_copy(text);
            good = good && event->origin != NULL;
        } else {
            good = good && js_property_add(event, name, text, NULL) == JIRASEND_OK;
        }
    }
    json_object_put(object);
    return good && js_sweep_make(event);
}

static const char *text_of(json_object *object, const char *name) {
    json_object *value = NULL;
    bool found = json_object_object_get_ex(object, name, &value);
    return found && json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                 : NULL;
}

static bool has(json_object *envelope, const js_property *property) {
    json_object *given = NULL;
    const char *value;
    if (strcmp(property->name, JS_PROPERTY_ORIGIN) == 0) {
        value = text_of(envelope, "origin");
        value = value != NULL ? value : JS_ORIGIN_DEFAULT;
    } else {
        (void)json_object_object_get_ex(envelope, "properties", &given);
        value = text_of(given, property->name);
    }
    return value != NULL && strcmp(value, property->value) == 0;
}

bool js_sweep_meets(const js_event *event, const char *envelope, bool *meets) {
    js_property properties[JS_PROPERTIES_MAX + 1];
    size_t count = js_sweep_properties(event, properties);
    json_object *told = envelope[0] == '\0' ? NULL : json_tokener_parse(envelope);
    json_object *deletion = NULL;
    if (envelope[0] != '\0' && told == NULL) {
        return false;
    }
    *meets = !json_object_object_get_ex(told, "delete", &deletion);
    for (size_t i = 0; i < count && *meets; i++) {
        *meets = has(told, &properties[i]);
    }
    json_object_put(told);
    return true;
}
