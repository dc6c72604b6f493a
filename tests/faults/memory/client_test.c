/* The whole client with its thread and libcurl, through the public API, allocations failing in turn. */
#include "failing.h"
#include "runner.h"

#include <jirasend/jirasend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char document[] =
    "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":1,\"url\":\"https://ci.test/1\","
    "\"state\":\"failed\",\"issueKeys\":[\"APP-1\"]}";

static jirasend_code use(jirasend_client *client, jirasend_error *error) {
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = "c";
    site.secret = "s";
    site.secret_length = 1;
    site.cloud_id = "c";
    jirasend_code code = jirasend_client_put_site(client, &site, error);
    int64_t id = 0;
    if (code == JIRASEND_OK) {
        code = jirasend_client_submit(client, document, strlen(document), NULL, &id, error);
    }
    char *receipt = NULL;
    if (code == JIRASEND_OK) { /* nothing listens there: it will be queued */
        code = jirasend_client_wait(client, id, 2, &receipt, error);
    }
    if (code == JIRASEND_OK && strstr(receipt, "\"status\":\"queued\"") == NULL &&
        strstr(receipt, "\"status\": \"queued\"") == NULL) {
        (void)snprintf(error->message, sizeof error->message, "the receipt says %.300s", receipt);
        code = JIRASEND_E_INTERNAL;
    }
    jirasend_free(receipt);
    return code;
}

/* One that has nothing to associate is settled at once. */
static const char keyless[] =
    "{\"kind\":\"build\",\"pipelineId\":\"p\",\"number\":2,\"url\":\"https://ci.test/2\","
    "\"state\":\"failed\"}";

/* A receipt that could not be handed out comes again. */
static jirasend_code follow(jirasend_client *client, jirasend_error *error) {
    int64_t cursor = 0;
    int64_t id = 0;
    char *receipt = NULL;
    jirasend_code code = jirasend_client_next_receipt(client, &cursor, 0, &receipt, error);
    if (code != JIRASEND_E_TIMEOUT) {
        return code == JIRASEND_OK ? JIRASEND_E_INTERNAL : code;
    }
    code = jirasend_client_submit(client, keyless, strlen(keyless), NULL, &id, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = jirasend_client_next_receipt(client, &cursor, 0, &receipt, error);
    if (code == JIRASEND_E_MEMORY) {
        failing_end();
        code = jirasend_client_next_receipt(client, &cursor, 0, &receipt, error);
    }
    jirasend_free(receipt);
    return code;
}

static jirasend_code (*do_what)(jirasend_client *client, jirasend_error *error) = use;

static jirasend_code live(jirasend_error *error) {
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        return JIRASEND_E_MEMORY;
    }
    jirasend_client *client = NULL;
    jirasend_code code = jirasend_config_set_api_url(config, "http://127.0.0.1:1", error);
    if (code == JIRASEND_OK) {
        code = jirasend_config_set_default_site(config, "http://127.0.0.1:1", error);
    }
    if (code == JIRASEND_OK) {
        code = jirasend_client_open(config, &client, error);
    }
    jirasend_config_free(config);
    if (code == JIRASEND_OK) {
        code = do_what(client, error);
        jirasend_client_close(client, 0);
    }
    return code;
}

int main(void) {
    /* What the thread allocates comes at its own time: each n is another place now and then. */
    static const scenario whole = {"the client", live, 200, 41, NULL};
    run_with_failures(&whole);
    static const scenario following = {"following receipts", live, 100, 7, NULL};
    do_what = follow;
    run_with_failures(&following);
    return 0;
}
