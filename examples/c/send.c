/*
 * Sends one build and one deployment to Jira and prints the receipts.
 *
 *     JIRASEND_SITE=acme.atlassian.net JIRASEND_CLIENT_ID=... JIRASEND_CLIENT_SECRET=... \
 *         ./send APP-123 [OUTBOX_FOLDER]
 *
 * With an outbox folder what Jira could not be told stays there, and the next run sends it.
 * JIRASEND_API_URL may name a jirasend-sandbox instead of Jira Cloud.
 */
#include <jirasend/jirasend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failed(const char *what, const jirasend_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    return 1;
}

/* Settings from the environment. Null, and a message, when they cannot be used. */
static jirasend_config *make_config(const char *outbox) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        fputs("Out of memory.\n", stderr);
        return NULL;
    }
    /* Null means "the default" to every setter: no folder, Jira Cloud, no default site. */
    if (jirasend_config_set_outbox(config, outbox, &error) != JIRASEND_OK ||
        jirasend_config_set_api_url(config, getenv("JIRASEND_API_URL"), &error) != JIRASEND_OK ||
        jirasend_config_set_default_site(config, getenv("JIRASEND_SITE"), &error) != JIRASEND_OK ||
        jirasend_config_set_user_agent(config, "example/1.0", &error) != JIRASEND_OK) {
        failed("Wrong setting", &error);
        jirasend_config_free(config);
        return NULL;
    }
    return config;
}

static int put_credentials(jirasend_client *client) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_site site = JIRASEND_SITE_INIT; /* no site named: these serve every site */
    const char *secret = getenv("JIRASEND_CLIENT_SECRET");
    site.client_id = getenv("JIRASEND_CLIENT_ID");
    if (site.client_id == NULL || secret == NULL) {
        fputs("Please set JIRASEND_CLIENT_ID and JIRASEND_CLIENT_SECRET.\n", stderr);
        return 1;
    }
    site.secret = secret;
    site.secret_length = strlen(secret);
    if (jirasend_client_put_site(client, &site, &error) != JIRASEND_OK) {
        return failed("Cannot use the credentials", &error);
    }
    return 0;
}

/* Commits one document, waits up to ten seconds, prints what became of it. */
static int send_document(jirasend_client *client, const char *document) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    if (jirasend_client_submit(client, document, strlen(document), NULL, &id, &error) !=
        JIRASEND_OK) {
        return failed("Not taken", &error);
    }
    char *receipt = NULL;
    if (jirasend_client_wait(client, id, 10000, &receipt, &error) != JIRASEND_OK) {
        return failed("No receipt", &error);
    }
    printf("%s\n", receipt); /* {"id": 1, "status": "accepted", ...} */
    jirasend_free(receipt);
    return 0;
}

static int send_both(jirasend_client *client, const char *keys) {
    long long number = (long long)time(NULL); /* any number that grows from run to run */
    static const char build[] =
        "{\"kind\": \"build\", \"pipelineId\": \"example/c\", \"number\": %lld,"
        " \"url\": \"https://ci.example.com/example/%lld/\", \"state\": \"successful\","
        " \"issueKeys\": %s,"
        " \"tests\": {\"total\": 3, \"passed\": 3, \"failed\": 0, \"skipped\": 0}}";
    static const char deployment[] =
        "{\"kind\": \"deployment\", \"pipelineId\": \"example/c\", \"number\": %lld,"
        " \"url\": \"https://ci.example.com/example/%lld/\", \"state\": \"successful\","
        " \"issueKeys\": %s,"
        " \"environment\": {\"id\": \"staging\", \"name\": \"Staging\"}}";
    size_t size = sizeof build + sizeof deployment + strlen(keys) + 64;
    char *document = malloc(size);
    if (document == NULL) {
        fputs("Out of memory.\n", stderr);
        return 1;
    }
    snprintf(document, size, build, number, number, keys);
    int result = put_credentials(client);
    if (result == 0) {
        result = send_document(client, document);
    }
    if (result == 0) {
        snprintf(document, size, deployment, number, number, keys);
        result = send_document(client, document);
    }
    free(document);
    return result;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "Usage: %s TEXT_WITH_ISSUE_KEYS [OUTBOX_FOLDER]\n", argv[0]);
        return 64;
    }
    jirasend_config *config = make_config(argc == 3 ? argv[2] : NULL);
    if (config == NULL) {
        return 1;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_client *client = NULL;
    char *keys = NULL; /* a JSON array, ready to be put into a document */
    int result = 1;
    if (jirasend_keys_scan(config, argv[1], strlen(argv[1]), &keys, &error) != JIRASEND_OK) {
        failed("Cannot read the issue keys", &error);
    } else if (jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        failed("Cannot start", &error);
    } else {
        result = send_both(client, keys);
        jirasend_client_close(client, 5000); /* what is still waiting stays in the folder */
    }
    jirasend_free(keys);
    jirasend_config_free(config);
    return result;
}
