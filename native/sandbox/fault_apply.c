/* What a fault does to an answer. */
#include "faults.h"

#include <string.h>
#include <strings.h>

enum { OVERSIZE = 2 * 1024 * 1024 };

bool sb_fault_replaces(const sb_fault *fault) {
    return fault->status != 0 || fault->body != NULL || fault->action != SB_ACTION_NONE;
}

static void set_type(sb_answer *answer, const char *type) {
    if (!sb_headers_add(&answer->headers, "Content-Type", type)) {
        answer->body.failed = true;
    }
}

/* The status of an answer that looks well and is not: what the endpoint gives on success. */
static int good_status(const sb_request *request) {
    size_t length = strlen(request->path);
    bool bulk = length > 5 && strcmp(request->path + length - 5, "/bulk") == 0;
    return bulk || strcmp(request->method, "DELETE") == 0 ? 202 : 200;
}

static void oversize(js_buf *body) {
    char filler[4096];
    memset(filler, ' ', sizeof filler);
    js_buf_add_text(body, "{\"padding\":\"");
    while (!body->failed && body->length < OVERSIZE) {
        js_buf_add(body, filler, sizeof filler);
    }
    js_buf_add_text(body, "\"}");
}

static void default_body(const sb_fault *fault, sb_answer *answer) {
    switch (fault->action) {
    case SB_ACTION_GARBAGE:
        set_type(answer, "application/json;charset=UTF-8");
        js_buf_add_text(&answer->body, "\x7b\x22 this is no JSON \xff\xfe <<<");
        break;
    case SB_ACTION_TRUNCATE:
        set_type(answer, "application/json;charset=UTF-8");
        js_buf_add_text(&answer->body, "{\"acceptedBuilds\":[{\"pipelineId\":\"");
        break;
    case SB_ACTION_OVERSIZE:
        set_type(answer, "application/json;charset=UTF-8");
        oversize(&answer->body);
        break;
    case SB_ACTION_HTML:
        set_type(answer, "text/html;charset=UTF-8");
        js_buf_add_text(&answer->body,
                        "<!DOCTYPE html><html><head><title>Log in</title></head><body>"
                        "<form action=\"/login\"><input name=\"username\"></form></body></html>");
        break;
    case SB_ACTION_REDIRECT:
        break;
    default:
        if (fault->status >= 400) {
            js_buf message = JS_BUF_INIT;
            js_buf_addf(&message, "HTTP %d by a scripted fault", fault->status);
            sb_answer_error(answer, fault->status, message.failed ? "" : message.data);
            js_buf_clear(&message);
        }
        break;
    }
}

static int default_status(const sb_fault *fault, const sb_request *request) {
    if (fault->status != 0) {
        return fault->status;
    }
    if (fault->action == SB_ACTION_REDIRECT) {
        return 302;
    }
    return fault->action == SB_ACTION_HTML ? 200 : good_status(request);
}

static void replace(const sb_fault *fault, const sb_request *request, sb_answer *answer) {
    sb_answer_free(answer);
    if (fault->body == NULL) {
        default_body(fault, answer);
    } else {
        js_buf_add_text(&answer->body, fault->body);
        char first = fault->body[strspn(fault->body, " \t\r\n")];
        bool json = first == '{' || first == '[';
        if (sb_headers_get(&fault->headers, "Content-Type") == NULL) {
            set_type(answer, json ? "application/json;charset=UTF-8" : "text/plain;charset=UTF-8");
        }
    }
    answer->status = default_status(fault, request);
    if (fault->action == SB_ACTION_REDIRECT &&
        sb_headers_get(&fault->headers, "Location") == NULL &&
        !sb_headers_add(&answer->headers, "Location", "https://id.atlassian.com/login")) {
        answer->body.failed = true;
    }
    if (fault->action == SB_ACTION_RESET) {
        answer->ending = SB_RESET;
    } else if (fault->action == SB_ACTION_HANG) {
        answer->ending = SB_HANG;
    } else if (fault->action == SB_ACTION_TRUNCATE) {
        answer->ending = SB_TRUNCATE;
    }
}

/* A scripted header takes the place of the answer's own. */
static void set_header(sb_answer *answer, const sb_header *header) {
    sb_headers old = answer->headers;
    answer->headers = (sb_headers){NULL, 0};
    for (size_t i = 0; i < old.count; i++) {
        if (strcasecmp(old.items[i].name, header->name) != 0 &&
            !sb_headers_add(&answer->headers, old.items[i].name, old.items[i].value)) {
            answer->body.failed = true;
        }
    }
    sb_headers_free(&old);
    if (!sb_headers_add(&answer->headers, header->name, header->value)) {
        answer->body.failed = true;
    }
}

void sb_fault_apply(const sb_fault *fault, const sb_request *request, sb_answer *answer) {
    if (sb_fault_replaces(fault)) {
        replace(fault, request, answer);
    }
    for (size_t i = 0; i < fault->headers.count; i++) {
        set_header(answer, &fault->headers.items[i]);
    }
    answer->delay_ms = fault->delay_ms;
}
