#include "tiny_jira.h"

#include <json-c/json.h>
#include <microhttpd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef struct upload {
    char *text;
    size_t length;
} upload;

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, const char *body) {
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Accepts every build of the request. */
static enum MHD_Result accept_builds(struct MHD_Connection *connection, const upload *body) {
    json_object *request = json_tokener_parse(body->text);
    json_object *builds = NULL;
    (void)json_object_object_get_ex(request, "builds", &builds);
    json_object *accepted = json_object_new_array();
    for (size_t i = 0; builds != NULL && i < json_object_array_length(builds); i++) {
        json_object_array_add(accepted, json_object_get(json_object_array_get_idx(builds, i)));
    }
    json_object *answer = json_object_new_object();
    json_object_object_add(answer, "acceptedBuilds", accepted);
    enum MHD_Result queued = reply(connection, 202, json_object_to_json_string(answer));
    json_object_put(answer);
    json_object_put(request);
    return queued;
}

static void wait_while_silent(tiny_jira *jira) {
    struct timespec moment = {0, 10000000};
    while (atomic_load(&jira->silent)) {
        (void)nanosleep(&moment, NULL);
    }
}

static enum MHD_Result answer(tiny_jira *jira, struct MHD_Connection *connection, const char *url,
                              const upload *body) {
    if (strcmp(url, "/oauth/token") == 0) {
        atomic_fetch_add(&jira->tokens, 1);
        if (atomic_load(&jira->no_tokens)) {
            return reply(connection, 401, "{}");
        }
        return reply(connection, 200, "{\"access_token\": \"t\", \"expires_in\": 900}");
    }
    if (strcmp(url, "/_edge/tenant_info") == 0) {
        return reply(connection, 200, "{\"cloudId\": \"c\"}");
    }
    if (strstr(url, "/bulk") != NULL) {
        atomic_fetch_add(&jira->bulks, 1);
        wait_while_silent(jira);
        int status = atomic_load(&jira->bulk_status);
        return status == 0 ? accept_builds(connection, body)
                           : reply(connection, (unsigned)status, "{}");
    }
    return reply(connection, 404, "{}");
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *length, void **slot) {
    (void)method;
    (void)version;
    upload *body = *slot;
    if (body == NULL) {
        *slot = calloc(1, sizeof(upload));
        return *slot != NULL ? MHD_YES : MHD_NO;
    }
    if (*length > 0) {
        char *grown = realloc(body->text, body->length + *length + 1);
        if (grown == NULL) {
            return MHD_NO;
        }
        memcpy(grown + body->length, bytes, *length);
        body->text = grown;
        body->length += *length;
        body->text[body->length] = '\0';
        *length = 0;
        return MHD_YES;
    }
    return answer(context, connection, url, body);
}

static void forget(void *context, struct MHD_Connection *connection, void **slot,
                   enum MHD_RequestTerminationCode why) {
    (void)context;
    (void)connection;
    (void)why;
    upload *body = *slot;
    if (body != NULL) {
        free(body->text);
        free(body);
    }
}

void tiny_jira_open(tiny_jira *jira) {
    memset(jira, 0, sizeof *jira);
    jira->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
                                    0, NULL, NULL, handle, jira, MHD_OPTION_NOTIFY_COMPLETED,
                                    forget, NULL, MHD_OPTION_END);
    assert_non_null(jira->daemon);
    jira->port = MHD_get_daemon_info(jira->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    (void)snprintf(jira->url, sizeof jira->url, "http://127.0.0.1:%d", jira->port);
}

void tiny_jira_close(tiny_jira *jira) {
    atomic_store(&jira->silent, false);
    MHD_stop_daemon(jira->daemon);
}
