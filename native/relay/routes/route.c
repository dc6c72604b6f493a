/* The table of routes. */
#include "relay/routes/route.h"

#include "base/text.h"
#include "relay/listen/head.h"
#include "relay/page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WAIT_MOST = 60 };

static const char *const no_query[] = {NULL};
static const char *const wait_query[] = {"wait", NULL};
static const char *const request_query[] = {"requestId", NULL};
static const char *const gate_query[] = {"site",   "pipelineId", "environmentId",
                                         "number", "wait",       NULL};

static const char *const page_query[] = {"view",   "after",  "id",       "key",
                                         "kind",   "status", "pipeline", "environment",
                                         "cursor", "from",   "to",       NULL};

#define PAGE_ACTION(place)                                                                         \
    {                                                                                              \
        .method = "POST", .path = (place), .access = RL_ACCESS_PAGE,                               \
        .body_most = RL_FORM_MAX_BYTES, .query = no_query, .admit = rl_page_admit,                 \
        .run = rl_page_action_run                                                                  \
    }

static const rl_route routes[] = {
    {.method = "POST",
     .path = "/v1/events",
     .access = RL_ACCESS_CALLER,
     .body_most = RL_DOCUMENTS_MAX_BYTES,
     .query = wait_query,
     .admit = rl_events_admit,
     .run = rl_events_run,
     .clear = rl_events_clear},
    {.method = "GET",
     .path = "/v1/receipts/{}",
     .access = RL_ACCESS_CALLER,
     .query = wait_query,
     .admit = rl_receipt_admit,
     .run = rl_receipt_run,
     .clear = rl_receipt_clear},
    {.method = "GET",
     .path = "/v1/receipts",
     .access = RL_ACCESS_CALLER,
     .query = request_query,
     .admit = rl_receipts_admit,
     .run = rl_receipts_run},
    {.method = "GET",
     .path = "/v1/whoami",
     .access = RL_ACCESS_CALLER,
     .query = no_query,
     .in_loop = true,
     .run = rl_whoami_run},
    {.method = "GET",
     .path = "/v1/gates",
     .access = RL_ACCESS_CALLER,
     .query = gate_query,
     .admit = rl_gate_admit,
     .run = rl_gate_run,
     .clear = rl_gate_clear},
    {.method = "GET",
     .path = "/metrics",
     .access = RL_ACCESS_CALLER,
     .query = no_query,
     .admit = rl_metrics_admit,
     .run = rl_metrics_run},
    {.method = "GET",
     .path = "/v1/openapi.json",
     .access = RL_ACCESS_ALL,
     .query = no_query,
     .in_loop = true,
     .run = rl_openapi_run},
    {.method = "POST",
     .path = "/v1/hooks/{}",
     .access = RL_ACCESS_HOOK,
     .body_most = RL_HOOK_MAX_BYTES,
     .query = no_query,
     .admit = rl_hook_admit,
     .run = rl_hook_run},
    {.method = "GET",
     .path = "/",
     .access = RL_ACCESS_PAGE,
     .query = page_query,
     .run = rl_page_run},
    {.method = "POST",
     .path = "/page/login",
     .access = RL_ACCESS_PAGE,
     .body_most = RL_FORM_MAX_BYTES,
     .query = no_query,
     .in_loop = true,
     .admit = rl_page_admit,
     .run = rl_page_login_run},
    PAGE_ACTION("/page/logout"),
    PAGE_ACTION("/page/retry"),
    PAGE_ACTION("/page/retry-site"),
    PAGE_ACTION("/page/drop"),
    PAGE_ACTION("/page/pause"),
    PAGE_ACTION("/page/resume"),
    {.method = "GET",
     .path = "/page/{}",
     .access = RL_ACCESS_PAGE,
     .query = no_query,
     .quiet = true,
     .in_loop = true,
     .run = rl_page_file_run},
    {.method = "GET",
     .path = "/healthz",
     .access = RL_ACCESS_ALL,
     .query = no_query,
     .quiet = true,
     .in_loop = true,
     .run = rl_health_run},
    {.method = "GET",
     .path = "/readyz",
     .access = RL_ACCESS_ALL,
     .query = no_query,
     .quiet = true,
     .run = rl_ready_run},
};

/* Whether the path is the route's; `argument` gets what stands for {}. */
static bool path_fits(const char *pattern, const char *path, const char **argument,
                      size_t *length) {
    const char *hole = strstr(pattern, "{}");
    if (hole == NULL) {
        return strcmp(pattern, path) == 0;
    }
    size_t before = (size_t)(hole - pattern);
    if (strncmp(pattern, path, before) != 0) {
        return false;
    }
    *argument = path + before;
    *length = strcspn(*argument, "/");
    return *length > 0 && strcmp(*argument + *length, hole + 2) == 0;
}

static bool method_fits(const rl_route *route, const char *method) {
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

void rl_route_find(rl_exchange *exchange) {
    char allowed[64] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const rl_route *route = &routes[i];
        const char *argument = NULL;
        size_t length = 0;
        if (!path_fits(route->path, exchange->path, &argument, &length)) {
            continue;
        }
        if (!method_fits(route, exchange->method)) {
            int more =
                snprintf(allowed + used, sizeof allowed - used, "%s%s%s", used > 0 ? ", " : "",
                         route->method, strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
            used += more > 0 && (size_t)more < sizeof allowed - used ? (size_t)more : 0;
            continue;
        }
        if (argument != NULL) {
            exchange->argument = js_percent_decode(argument, length);
            if (exchange->argument == NULL) {
                break;
            }
        }
        exchange->route = route;
        return;
    }
    if (used > 0) {
        rl_answer_problem(&exchange->answer, 405, "%s is not possible here.", exchange->method);
        rl_answer_header(&exchange->answer, "Allow", "%s", allowed);
    } else {
        rl_answer_problem(&exchange->answer, 404, "There is nothing at this path.");
    }
}

bool rl_route_wait(rl_exchange *exchange) {
    const char *text = rl_exchange_query(exchange, "wait");
    if (text == NULL) {
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    long seconds = strtol(text, NULL, 10);
    if (digits == 0 || digits > 2 || text[digits] != '\0' || seconds > WAIT_MOST) {
        rl_answer_problem(&exchange->answer, 400, "'wait' is a number of seconds from 0 to %d.",
                          WAIT_MOST);
        return false;
    }
    exchange->wait_seconds = seconds;
    return true;
}

bool rl_route_type(rl_exchange *exchange, const char *const *types) {
    const char *given = rl_exchange_header(exchange, "Content-Type");
    size_t length = given != NULL ? strcspn(given, "; \t") : 0;
    for (size_t i = 0; given != NULL && types[i] != NULL; i++) {
        if (strlen(types[i]) == length && strncasecmp(types[i], given, length) == 0) {
            return true;
        }
    }
    rl_answer_problem(&exchange->answer, 415, "Content-Type must be %s%s.", types[0],
                      types[1] != NULL ? ", application/x-ndjson or application/jsonl" : "");
    return false;
}
