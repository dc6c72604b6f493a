/* The sandbox as a whole, and the way of a request in it. */
#include "sandbox.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

/* The same name gives the same cloud id, so that a client may remember it over restarts. */
static bool derive_cloud_id(sb_sandbox *sandbox) {
    unsigned char digest[JS_SHA256_SIZE];
    char hex[JS_SHA256_HEX_SIZE];
    if (!js_sha256(sandbox->site, strlen(sandbox->site), digest)) {
        return false;
    }
    js_hex(digest, sizeof digest, hex);
    (void)snprintf(sandbox->cloud_id, sizeof sandbox->cloud_id, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex,
                   hex + 8, hex + 12, hex + 15, hex + 18);
    return true;
}

bool sb_sandbox_open(sb_sandbox *sandbox) {
    return derive_cloud_id(sandbox) && sb_store_open(&sandbox->store);
}

void sb_sandbox_close(sb_sandbox *sandbox) {
    sb_store_close(&sandbox->store);
    sb_faults_clear(&sandbox->faults);
    sb_log_clear(&sandbox->log);
    sb_tokens_clear(&sandbox->tokens);
}

void sb_sandbox_reset(sb_sandbox *sandbox) {
    sb_store_reset(&sandbox->store);
    sb_faults_clear(&sandbox->faults);
    sb_log_clear(&sandbox->log);
    sb_tokens_clear(&sandbox->tokens);
}

int64_t sb_sandbox_tick(sb_sandbox *sandbox) {
    return sb_deletions_run(&sandbox->store, js_mono_ms(&sandbox->world));
}

void sb_method_not_allowed(sb_answer *answer, const char *allowed) {
    sb_answer_error(answer, 405, "HTTP 405 Method Not Allowed");
    if (!sb_headers_add(&answer->headers, "Allow", allowed)) {
        answer->body.failed = true;
    }
}

static void handle_api(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    sb_call call = {sandbox, request, NULL, answer, -1, JS_STRINGS_INIT};
    int64_t now = js_wall_ms(&sandbox->world);
    call.fault = sb_faults_take(&sandbox->faults, request->method, request->path);
    const char *fault_name = NULL;
    if (call.fault == NULL || call.fault->processed || !sb_fault_replaces(call.fault)) {
        sb_api(&call);
    }
    if (call.fault != NULL) {
        sandbox->store.version++; /* the page shows how many are still to come */
        sb_fault_apply(call.fault, request, answer);
        fault_name = call.fault->action != SB_ACTION_NONE ? sb_action_name(call.fault->action)
                     : call.fault->status != 0            ? "status"
                                                          : "changed";
    }
    answer->delay_ms += sandbox->delay_ms;
    bool silent = answer->ending == SB_RESET || answer->ending == SB_HANG;
    sb_log_note note = {.at_ms = now,
                        .status = silent ? 0 : answer->status,
                        .items = call.items,
                        .fault = fault_name,
                        .warnings = &call.warnings,
                        .answer = &answer->body};
    sb_log_add(&sandbox->log, request, &note);
    js_strings_clear(&call.warnings);
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/*
 * A page may only be read through a loopback name: with any other Host a stranger's web page could
 * reach us by letting its own name point here (DNS rebinding).
 */
static bool is_local_host(const char *host) {
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    if (host == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(host, names[i], length) != 0) {
            continue;
        }
        const char *port = host + length;
        if (*port == '\0' || (*port == ':' && sb_parse_number(port + 1, strlen(port + 1)) >= 0)) {
            return true;
        }
    }
    return false;
}

/* A browser says which page a request comes from: only our own may change something. */
static bool is_own_origin(const sb_request *request, const char *host) {
    const char *origin = sb_headers_get(&request->headers, "Origin");
    if (origin == NULL) {
        return true;
    }
    size_t scheme = starts_with(origin, "https://") ? 8 : starts_with(origin, "http://") ? 7 : 0;
    return scheme > 0 && strcmp(origin + scheme, host) == 0;
}

static bool is_page_request(const sb_request *request) {
    static const char *const api[] = {"/oauth/", "/_edge/", "/jira/", "/rest/"};
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof api / sizeof *api; i++) {
        if (starts_with(request->path, api[i])) {
            return false;
        }
    }
    return true;
}

void sb_handle(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    bool control = starts_with(request->path, "/_sandbox/");
    (void)sb_sandbox_tick(sandbox);
    if (!control && !is_page_request(request)) {
        handle_api(sandbox, request, answer);
        return;
    }
    const char *host = sb_headers_get(&request->headers, "Host");
    if (!is_local_host(host)) {
        sb_answer_error(answer, 403,
                        "Use 127.0.0.1 or localhost as the host name; another name is refused.");
    } else if (!is_own_origin(request, host)) {
        sb_answer_error(answer, 403, "This request comes from another web page and is refused.");
    } else if (control) {
        sb_control(sandbox, request, answer);
    } else if (!sb_page(request, answer)) {
        sb_answer_error(answer, 404, "There is no such page.");
    }
    if (!sb_headers_add(&answer->headers, "Cache-Control", "no-store") ||
        !sb_headers_add(&answer->headers, "X-Content-Type-Options", "nosniff")) {
        answer->body.failed = true;
    }
}
