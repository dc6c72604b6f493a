/* The requests that came, for the page and for tests. */
#include "request_log.h"

#include "base/text.h"
#include "event/json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char redacted[] = "[redacted]";

/* A JSON string of bytes that may be no UTF-8. */
static void write_any(js_buf *out, const char *text, size_t length) {
    js_buf clean = JS_BUF_INIT;
    size_t copied = 0;
    for (size_t at = 0; at < length;) {
        int32_t code = -1;
        size_t taken = js_utf8_next(text + at, length - at, &code);
        if (code <= 0) {
            js_buf_add(&clean, text + copied, at - copied);
            js_buf_add_text(&clean, "\xef\xbf\xbd");
            copied = at + taken;
        }
        at += taken;
    }
    js_buf_add(&clean, text + copied, length - copied);
    if (clean.failed) {
        out->failed = true;
    } else {
        js_json_write_string(out, clean.data == NULL ? "" : clean.data);
    }
    js_buf_clear(&clean);
}

static bool is_secret_header(const char *name) {
    return strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Cookie") == 0 ||
           strcasecmp(name, "Proxy-Authorization") == 0;
}

static void write_headers(js_buf *out, const sb_headers *headers) {
    js_buf_add_text(out, "{");
    for (size_t i = 0; i < headers->count; i++) {
        const sb_header *header = &headers->items[i];
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = strcasecmp(headers->items[j].name, header->name) == 0;
        }
        if (seen) {
            continue; /* one member a name */
        }
        js_buf_add_text(out, out->data != NULL && out->data[out->length - 1] == '{' ? "" : ",");
        write_any(out, header->name, strlen(header->name));
        js_buf_add_text(out, ":");
        if (!is_secret_header(header->name)) {
            write_any(out, header->value, strlen(header->value));
        } else if (strncasecmp(header->value, "Bearer ", 7) == 0) {
            js_buf_add_text(out, "\"Bearer [redacted]\"");
        } else {
            js_json_write_string(out, redacted);
        }
    }
    js_buf_add_text(out, "}");
}

/* Of a token request only what is no secret is shown, whatever else a client may have put in. */
static void redact_token_request(json_object *body) {
    static const char *const open[] = {"audience", "grant_type", "client_id"};
    json_object_object_foreach(body, name, value) {
        bool shown = json_object_is_type(value, json_type_string);
        bool known = false;
        for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
            known = known || strcmp(open[i], name) == 0;
        }
        if (!shown || !known) {
            /* Replaces the value in place: the member exists, so the walk stays valid. */
            (void)json_object_object_add(body, name, json_object_new_string(redacted));
        }
    }
}

static void write_body(js_buf *out, const sb_request *request) {
    bool token = strncmp(request->path, "/oauth/", 7) == 0;
    size_t length = request->body.length;
    if (length == 0 || length > SB_LOG_BODY_MAX) {
        js_buf_add_text(out, "null");
        return;
    }
    json_object *json = js_json_parse(request->body.data, length, JS_JSON_STRICT, NULL);
    if (json == NULL) {
        if (token) {
            js_json_write_string(out, redacted);
        } else {
            write_any(out, request->body.data, length);
        }
        return;
    }
    if (token && json_object_is_type(json, json_type_object)) {
        redact_token_request(json);
        js_json_write(out, json);
    } else if (token) {
        js_json_write_string(out, redacted);
    } else {
        js_json_write(out, json);
    }
    json_object_put(json);
}

/* What was answered; a token is not shown, and what is large or no JSON is a text or left out. */
static void write_answer(js_buf *out, const sb_request *request, const sb_log_note *note) {
    const js_buf *body = note->answer;
    bool token = strncmp(request->path, "/oauth/", 7) == 0 && note->status < 300;
    if (note->status == 0 || body == NULL || body->length == 0 ||
        body->length > SB_LOG_ANSWER_MAX) {
        js_buf_add_text(out, "null");
        return;
    }
    if (token) {
        js_json_write_string(out, redacted);
        return;
    }
    json_object *json = js_json_parse(body->data, body->length, JS_JSON_STRICT, NULL);
    if (json != NULL) {
        js_buf_add(out, body->data, body->length);
    } else {
        write_any(out, body->data, body->length);
    }
    json_object_put(json);
}

static void write_entry(js_buf *out, int64_t number, const sb_request *request,
                        const sb_log_note *note) {
    js_buf_addf(out, "{\"n\":%lld,\"at\":%lld,\"method\":", (long long)number,
                (long long)note->at_ms);
    write_any(out, request->method, strlen(request->method));
    js_buf_add_text(out, ",\"path\":");
    write_any(out, request->path, strlen(request->path));
    if (*request->query != '\0') {
        js_buf_add_text(out, ",\"query\":");
        write_any(out, request->query, strlen(request->query));
    }
    js_buf_addf(out, ",\"status\":%d,\"connection\":%llu,\"headers\":", note->status,
                (unsigned long long)request->connection);
    write_headers(out, &request->headers);
    js_buf_add_text(out, ",\"body\":");
    write_body(out, request);
    js_buf_addf(out, ",\"bodyBytes\":%zu,\"answer\":", request->body.length);
    write_answer(out, request, note);
    if (note->items >= 0) {
        js_buf_addf(out, ",\"items\":%lld", (long long)note->items);
    }
    if (note->fault != NULL) {
        js_buf_addf(out, ",\"fault\":\"%s\"", note->fault);
    }
    js_buf_add_text(out, ",\"warnings\":[");
    for (size_t i = 0; i < note->warnings->count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write_string(out, note->warnings->items[i]);
    }
    js_buf_add_text(out, "]}");
}

static void drop_first(sb_log *log) {
    sb_log_entry *entry = &log->entries[log->first];
    log->bytes -= entry->length;
    free(entry->text);
    *entry = (sb_log_entry){0};
    log->first = (log->first + 1) % log->capacity;
    log->count--;
}

void sb_log_add(sb_log *log, const sb_request *request, const sb_log_note *note) {
    log->last++;
    if (log->entries == NULL) {
        log->entries = calloc(SB_LOG_MAX, sizeof *log->entries);
        log->capacity = log->entries == NULL ? 0 : SB_LOG_MAX;
    }
    js_buf text = JS_BUF_INIT;
    write_entry(&text, log->last, request, note);
    size_t length = text.length;
    char *taken = js_buf_take(&text);
    if (taken == NULL || log->entries == NULL) {
        free(taken);
        return;
    }
    while (log->count > 0 &&
           (log->count == log->capacity || log->bytes + length > SB_LOG_BYTES_MAX)) {
        drop_first(log);
    }
    log->entries[(log->first + log->count) % log->capacity] =
        (sb_log_entry){log->last, taken, length};
    log->count++;
    log->bytes += length;
}

static const sb_log_entry *entry_at(const sb_log *log, size_t index) {
    return &log->entries[(log->first + index) % log->capacity];
}

void sb_log_write(const sb_log *log, const sb_log_range *range, js_buf *out) {
    size_t end = log->count;
    while (range->before > 0 && end > 0 && entry_at(log, end - 1)->number >= range->before) {
        end--;
    }
    size_t start = end;
    while (start > 0 && entry_at(log, start - 1)->number > range->after &&
           (range->limit < 0 || (int64_t)(end - start) < range->limit)) {
        start--;
    }
    js_buf_add_text(out, "[");
    for (size_t i = start; i < end; i++) {
        js_buf_add_text(out, i == start ? "\n" : ",\n");
        js_buf_add(out, entry_at(log, i)->text, entry_at(log, i)->length);
    }
    js_buf_add_text(out, "]\n");
}

void sb_log_clear(sb_log *log) {
    while (log->count > 0) {
        drop_first(log);
    }
    free(log->entries);
    *log = (sb_log){0};
}
