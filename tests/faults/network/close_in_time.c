/* Opens a client, submits an event, closes it with a deadline while the request is under way, and
   prints how long closing took. */
#include <jirasend/jirasend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void check(jirasend_code code, const jirasend_error *error) {
    if (code != JIRASEND_OK) {
        (void)fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

int main(int argc, char **argv) {
    static const char event[] =
        "{\"kind\": \"build\", \"pipelineId\": \"p\", \"number\": 1, \"url\": "
        "\"https://ci.test/\", \"state\": \"failed\", \"issueKeys\": [\"APP-1\"]}";
    if (argc < 2) {
        return 2;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    check(jirasend_config_set_default_site(config, getenv("JIRASEND_SITE"), &error), &error);
    check(jirasend_config_set_api_url(config, getenv("JIRASEND_API_URL"), &error), &error);
    jirasend_client *client = NULL;
    check(jirasend_client_open(config, &client, &error), &error);
    jirasend_config_free(config);
    jirasend_site site = JIRASEND_SITE_INIT;
    site.client_id = "id";
    site.secret = "secret";
    site.secret_length = strlen(site.secret);
    check(jirasend_client_put_site(client, &site, &error), &error);
    int64_t id = 0;
    check(jirasend_client_submit(client, event, strlen(event), NULL, &id, &error), &error);
    char *receipt = NULL;
    check(jirasend_client_wait(client, id, 300, &receipt, &error), &error);
    jirasend_free(receipt);
    long long begun = now_ms();
    jirasend_client_close(client, strtol(argv[1], NULL, 10));
    (void)printf("%lld\n", now_ms() - begun);
    return 0;
}
