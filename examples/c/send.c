/*
 * Sends one event of each kind to Jira and prints the receipts.
 *
 *     JIRASEND_SITE=acme.atlassian.net JIRASEND_CLIENT_ID=... JIRASEND_CLIENT_SECRET=... \
 *         ./send APP-123 [OUTBOX_FOLDER]
 *
 * With an outbox folder, what could not be sent stays there, and the next run sends it. It exits as the command line
 * does: 0 when Jira has everything or the folder keeps it, 65 when Jira refuses something, 75 when something was
 * neither sent nor kept, 77 when something is held until a person fixes the credentials or a permission.
 * JIRASEND_API_URL may name a jirasend-sandbox instead of Jira Cloud.
 */
#include <jirasend/jirasend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 5000 };
enum { OK = 0, FAILED = 1, USAGE = 64, REJECTED = 65, NOT_SENT = 75, HELD = 77 };

static int failed(const char *what, const jirasend_error *error) {
    fprintf(stderr, "%s: %s\n", what, error->message);
    return FAILED;
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
        fputs("Set JIRASEND_CLIENT_ID and JIRASEND_CLIENT_SECRET.\n", stderr);
        return FAILED;
    }
    site.secret = secret;
    site.secret_length = strlen(secret);
    if (jirasend_client_put_site(client, &site, &error) != JIRASEND_OK) {
        return failed("Cannot use the credentials", &error);
    }
    return 0;
}

/* A receipt is one line of JSON without blanks; a program with a JSON library would read it with that. */
static int has_status(const char *receipt, const char *status) {
    char member[64];
    snprintf(member, sizeof member, "\"status\":\"%s\"", status);
    return strstr(receipt, member) != NULL;
}

static int exit_code_of(const char *receipt, int kept) {
    if (has_status(receipt, "held")) {
        return HELD;
    }
    if (has_status(receipt, "rejected")) {
        return REJECTED;
    }
    return has_status(receipt, "queued") && !kept ? NOT_SENT : OK;
}

/* Commits one document, waits up to five seconds, prints what became of it. */
static int send_document(jirasend_client *client, const char *document, int kept) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t id = 0;
    if (jirasend_client_submit(client, document, strlen(document), NULL, &id, &error) !=
        JIRASEND_OK) {
        return failed("Not taken", &error);
    }
    char *receipt = NULL;
    if (jirasend_client_wait(client, id, WAIT_MS, &receipt, &error) != JIRASEND_OK) {
        return failed("No receipt", &error);
    }
    printf("%s\n", receipt); /* {"id":1,"status":"accepted", ...} */
    int result = exit_code_of(receipt, kept);
    jirasend_free(receipt);
    return result;
}

/* The members of each kind, as docs/events.md describes them; the keys are put in front. */
struct example {
    const char *kind;
    const char *members;
};

#define REPOSITORY "\"repository\": {\"url\": \"https://git.example.com/team/app\"}"
#define COMMIT                                                                                     \
    "\"hash\": \"08cd9c26b2b8d1a3c6a1f1c3b3a1d2e4f5a6b7c8\", \"message\": \"An example\","         \
    " \"url\": \"https://git.example.com/team/app/commit/08cd9c26\""

static const struct example examples[] = {
    {"build", "\"pipelineId\": \"example/c\", \"number\": 1, \"state\": \"successful\","
              " \"url\": \"https://ci.example.com/example/1/\","
              " \"tests\": {\"total\": 3, \"passed\": 3, \"failed\": 0, \"skipped\": 0}"},
    {"deployment", "\"pipelineId\": \"example/c\", \"number\": 1, \"state\": \"successful\","
                   " \"url\": \"https://ci.example.com/example/1/\","
                   " \"environment\": {\"id\": \"staging\", \"name\": \"Staging\"}"},
    {"flag", "\"flagId\": \"example\", \"url\": \"https://flags.example.com/example/\","
             " \"environments\": [{\"name\": \"Staging\", \"enabled\": true,"
             " \"rollout\": {\"percentage\": 12.5}}]"},
    {"commit", REPOSITORY ", " COMMIT},
    {"branch", REPOSITORY ", \"name\": \"example\","
                          " \"url\": \"https://git.example.com/team/app/tree/example\","
                          " \"lastCommit\": {" COMMIT "}"},
    {"pull_request", REPOSITORY ", \"number\": 1, \"title\": \"An example\", \"state\": \"open\","
                                " \"sourceBranch\": \"example\","
                                " \"url\": \"https://git.example.com/team/app/pull/1\""},
};

static int send_one(jirasend_client *client, const struct example *example, const char *keys,
                    int kept) {
    static const char form[] = "{\"kind\": \"%s\", \"issueKeys\": %s, %s}";
    size_t size = sizeof form + strlen(example->kind) + strlen(keys) + strlen(example->members);
    char *document = malloc(size);
    if (document == NULL) {
        fputs("Out of memory.\n", stderr);
        return FAILED;
    }
    snprintf(document, size, form, example->kind, keys, example->members);
    int result = send_document(client, document, kept);
    free(document);
    return result;
}

/* One that is held or refused does not stop the others; the most serious code counts. */
static int send_all(jirasend_client *client, const char *keys, int kept) {
    int result = put_credentials(client);
    for (size_t i = 0; i < sizeof examples / sizeof *examples && result != FAILED; i++) {
        int code = send_one(client, &examples[i], keys, kept);
        result = code == FAILED || code > result ? code : result;
    }
    return result;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fprintf(stderr, "Usage: %s TEXT_WITH_ISSUE_KEYS [OUTBOX_FOLDER]\n", argv[0]);
        return USAGE;
    }
    jirasend_config *config = make_config(argc == 3 ? argv[2] : NULL);
    if (config == NULL) {
        return FAILED;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_client *client = NULL;
    char *keys = NULL; /* a JSON array, ready to be put into a document */
    int result = FAILED;
    if (jirasend_keys_scan(config, argv[1], strlen(argv[1]), &keys, &error) != JIRASEND_OK) {
        failed("Cannot read the issue keys", &error);
    } else if (jirasend_client_open(config, &client, &error) != JIRASEND_OK) {
        failed("Cannot start", &error);
    } else {
        result = send_all(client, keys, argc == 3);
        jirasend_client_close(client, 5000); /* what is still waiting stays in the folder */
    }
    jirasend_free(keys);
    jirasend_config_free(config);
    return result;
}
