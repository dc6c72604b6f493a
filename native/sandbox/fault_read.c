/* Reading the description of a fault, strictly: a typo must not make a test pass. */
#include "faults.h"

#include "base/text.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DELAY_MAX_MS = 3600 * 1000, COUNT_MAX = 1000000000 };

typedef struct reading {
    sb_fault *fault;
    js_buf why; /* what is wrong; empty: nothing */
    bool memory;
} reading;

static bool wrong(reading *in, const char *name, const char *what) {
    js_buf_addf(&in->why, "'%s' %s", name, what);
    return false;
}

static bool keep(reading *in, bool done) {
    in->memory = in->memory || !done;
    return done;
}

static bool read_number(reading *in, const char *name, json_object *value, int64_t low,
                        int64_t high, int64_t *out) {
    if (json_object_is_type(value, json_type_int)) {
        *out = json_object_get_int64(value);
        if (*out >= low && *out <= high) {
            return true;
        }
    }
    js_buf_addf(&in->why, "'%s' must be a whole number from %lld to %lld.", name, (long long)low,
                (long long)high);
    return false;
}

static bool read_text(reading *in, const char *name, json_object *value, char **out) {
    if (!json_object_is_type(value, json_type_string) || json_object_get_string_len(value) == 0) {
        return wrong(in, name, "must be a string that is not empty.");
    }
    free(*out);
    *out = js_copy(json_object_get_string(value));
    return keep(in, *out != NULL);
}

static bool read_list(reading *in, const char *name, json_object *value, js_strings *out) {
    size_t count =
        json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(value, i);
        if (!json_object_is_type(entry, json_type_string)) {
            return wrong(in, name, "must be an array of strings.");
        }
        const char *text = json_object_get_string(entry);
        if (!keep(in, js_strings_add(out, text, strlen(text)))) {
            return false;
        }
    }
    return count > 0 || wrong(in, name, "must be an array of strings that is not empty.");
}

static bool is_header_name(const char *name) {
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *name != '\0' && name[strspn(name, token)] == '\0';
}

static bool is_header_value(const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;
        if ((byte < ' ' && byte != '\t') || byte == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool read_headers(reading *in, json_object *value) {
    static const char *const ours[] = {"content-length", "transfer-encoding", "connection"};
    if (!json_object_is_type(value, json_type_object)) {
        return wrong(in, "headers", "must be an object of names and values.");
    }
    json_object_object_foreach(value, name, entry) {
        bool plain = json_object_is_type(entry, json_type_string) ||
                     json_object_is_type(entry, json_type_int);
        const char *text = plain ? json_object_get_string(entry) : NULL;
        if (text == NULL || !is_header_name(name) || !is_header_value(text)) {
            return wrong(in, "headers", "holds a name or value that cannot be sent.");
        }
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
            if (strcasecmp(name, ours[i]) == 0) {
                return wrong(in, "headers",
                             "may not set Content-Length, Transfer-Encoding or Connection; use "
                             "'action' for a broken answer.");
            }
        }
        if (!keep(in, sb_headers_add(&in->fault->headers, name, text))) {
            return false;
        }
    }
    return true;
}

static bool read_action(reading *in, json_object *value) {
    const char *text =
        json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    for (int action = SB_ACTION_RESET; action <= SB_ACTION_HANG; action++) {
        if (strcmp(text, sb_action_name((sb_action)action)) == 0) {
            in->fault->action = (sb_action)action;
            return true;
        }
    }
    return wrong(in, "action",
                 "must be one of reset, garbage, truncate, oversize, html, redirect, hang.");
}

static bool read_body(reading *in, json_object *value) {
    if (json_object_is_type(value, json_type_string)) {
        in->fault->body = js_copy(json_object_get_string(value));
    } else {
        js_buf text = JS_BUF_INIT;
        js_json_write(&text, value);
        in->fault->body = js_buf_take(&text);
    }
    return keep(in, in->fault->body != NULL);
}

static bool read_flag(reading *in, const char *name, json_object *value, bool *out) {
    if (!json_object_is_type(value, json_type_boolean)) {
        return wrong(in, name, "must be true or false.");
    }
    *out = json_object_get_boolean(value);
    return true;
}

static bool read_member(reading *in, const char *name, json_object *value) {
    sb_fault *fault = in->fault;
    int64_t number = 0;
    if (strcmp(name, "path") == 0) {
        return read_text(in, name, value, &fault->path);
    }
    if (strcmp(name, "method") == 0) {
        return read_text(in, name, value, &fault->method);
    }
    if (strcmp(name, "count") == 0) {
        return read_number(in, name, value, 0, COUNT_MAX, &fault->count);
    }
    if (strcmp(name, "skip") == 0) {
        return read_number(in, name, value, 0, COUNT_MAX, &fault->skip);
    }
    if (strcmp(name, "delayMs") == 0) {
        return read_number(in, name, value, 0, DELAY_MAX_MS, &fault->delay_ms);
    }
    if (strcmp(name, "status") == 0) {
        bool ok = read_number(in, name, value, 200, 599, &number);
        fault->status = (int)number;
        return ok;
    }
    if (strcmp(name, "headers") == 0) {
        return read_headers(in, value);
    }
    if (strcmp(name, "body") == 0) {
        return read_body(in, value);
    }
    if (strcmp(name, "action") == 0) {
        return read_action(in, value);
    }
    if (strcmp(name, "processed") == 0) {
        return read_flag(in, name, value, &fault->processed);
    }
    if (strcmp(name, "reject") == 0) {
        return read_list(in, name, value, &fault->reject);
    }
    if (strcmp(name, "omit") == 0) {
        return read_list(in, name, value, &fault->omit);
    }
    if (strcmp(name, "unknownKeys") == 0) {
        return read_list(in, name, value, &fault->unknown_keys);
    }
    js_buf_addf(&in->why, "'%s' is not a member of a fault.", name);
    return false;
}

static bool has_effect(const sb_fault *fault) {
    return sb_fault_replaces(fault) || fault->delay_ms > 0 || fault->headers.count > 0 ||
           fault->reject.count > 0 || fault->omit.count > 0 || fault->unknown_keys.count > 0;
}

static bool read_fault(reading *in, json_object *description) {
    in->fault->count = 1;
    in->fault->path = js_copy("*");
    if (!keep(in, in->fault->path != NULL)) {
        return false;
    }
    if (!json_object_is_type(description, json_type_object)) {
        js_buf_add_text(&in->why,
                        "A fault is an object such as {\"path\":\"/builds\",\"status\":503}.");
        return false;
    }
    json_object_object_foreach(description, name, value) {
        if (!read_member(in, name, value)) {
            return false;
        }
    }
    if (!has_effect(in->fault)) {
        js_buf_add_text(&in->why, "A fault needs at least one of status, body, headers, delayMs, "
                                  "action, reject, omit, unknownKeys.");
        return false;
    }
    return true;
}

sb_fault *sb_fault_read(json_object *description, char **why) {
    reading in = {calloc(1, sizeof(sb_fault)), JS_BUF_INIT, false};
    bool ok = in.fault != NULL && read_fault(&in, description);
    if (!ok) {
        bool said = in.why.length > 0 && !in.memory;
        *why = said ? js_buf_take(&in.why) : calloc(1, 1);
        sb_fault_free(in.fault);
        in.fault = NULL;
    }
    js_buf_clear(&in.why);
    return in.fault;
}
