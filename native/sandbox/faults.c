/* The faults that were ordered, and which of them a request meets. */
#include "faults.h"

#include "event/json.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const action_names[] = {"none",     "reset", "garbage",  "truncate",
                                           "oversize", "html",  "redirect", "hang"};

const char *sb_action_name(sb_action action) {
    return action_names[action];
}

void sb_fault_free(sb_fault *fault) {
    if (fault == NULL) {
        return;
    }
    free(fault->path);
    free(fault->method);
    free(fault->body);
    sb_headers_free(&fault->headers);
    js_strings_clear(&fault->reject);
    js_strings_clear(&fault->omit);
    js_strings_clear(&fault->unknown_keys);
    free(fault);
}

void sb_faults_clear(sb_faults *faults) {
    for (size_t i = 0; i < faults->count; i++) {
        sb_fault_free(faults->items[i]);
    }
    free(faults->items);
    *faults = (sb_faults){NULL, 0};
}

static bool append(sb_faults *faults, sb_fault *fault) {
    sb_fault **items = realloc(faults->items, (faults->count + 1) * sizeof(*items));
    if (items == NULL) {
        sb_fault_free(fault);
        return false;
    }
    faults->items = items;
    items[faults->count++] = fault;
    return true;
}

static void drop_last(sb_faults *faults, size_t keep) {
    while (faults->count > keep) {
        sb_fault_free(faults->items[--faults->count]);
    }
}

static void sweep(sb_faults *faults) {
    size_t kept = 0;
    for (size_t i = 0; i < faults->count; i++) {
        sb_fault *fault = faults->items[i];
        if (fault->count > 0 && fault->struck >= fault->count) {
            sb_fault_free(fault);
        } else {
            faults->items[kept++] = fault;
        }
    }
    faults->count = kept;
}

char *sb_faults_add(sb_faults *faults, json_object *description) {
    bool many = json_object_is_type(description, json_type_array);
    size_t count = many ? json_object_array_length(description) : 1;
    sweep(faults);
    size_t before = faults->count;
    js_buf text = JS_BUF_INIT;
    if (count > SB_FAULTS_MAX - before) {
        js_buf_addf(&text, "There may be %d faults at most.", SB_FAULTS_MAX);
        return js_buf_take(&text);
    }
    for (size_t i = 0; i < count; i++) {
        char *why = NULL;
        sb_fault *fault =
            sb_fault_read(many ? json_object_array_get_idx(description, i) : description, &why);
        if (fault == NULL) {
            drop_last(faults, before);
            if (many && why != NULL && *why != '\0') {
                js_buf_addf(&text, "Fault %zu: %s", i + 1, why);
                free(why);
                return js_buf_take(&text);
            }
            return why != NULL ? why : calloc(1, 1);
        }
        if (!append(faults, fault)) {
            drop_last(faults, before);
            return calloc(1, 1);
        }
    }
    return NULL;
}

bool sb_fault_matches(const sb_fault *fault, const char *method, const char *path) {
    if (fault->method != NULL && strcasecmp(fault->method, method) != 0) {
        return false;
    }
    if (strchr(fault->path, '*') == NULL) {
        return strstr(path, fault->path) != NULL;
    }
    /* "/builds" finds its place anywhere, so a pattern does, too. */
    js_buf pattern = JS_BUF_INIT;
    js_buf_addf(&pattern, "*%s*", fault->path);
    bool match = !pattern.failed && fnmatch(pattern.data, path, 0) == 0;
    js_buf_clear(&pattern);
    return match;
}

const sb_fault *sb_faults_take(sb_faults *faults, const char *method, const char *path) {
    sweep(faults);
    for (size_t i = 0; i < faults->count; i++) {
        sb_fault *fault = faults->items[i];
        if (!sb_fault_matches(fault, method, path)) {
            continue;
        }
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        fault->struck++;
        return fault;
    }
    return NULL;
}

void sb_faults_write(sb_faults *faults, js_buf *out) {
    sweep(faults);
    js_buf_add_text(out, "[");
    for (size_t i = 0; i < faults->count; i++) {
        const sb_fault *fault = faults->items[i];
        js_buf_addf(out, "%s{\"path\":", i == 0 ? "" : ",");
        js_json_write_string(out, fault->path);
        if (fault->method != NULL) {
            js_buf_add_text(out, ",\"method\":");
            js_json_write_string(out, fault->method);
        }
        js_buf_addf(out, ",\"count\":%lld,\"skip\":%lld,\"struck\":%lld,\"status\":%d",
                    (long long)fault->count, (long long)fault->skip, (long long)fault->struck,
                    fault->status);
        js_buf_addf(out, ",\"delayMs\":%lld", (long long)fault->delay_ms);
        if (fault->action != SB_ACTION_NONE) {
            js_buf_addf(out, ",\"action\":\"%s\"", sb_action_name(fault->action));
        }
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]");
}
