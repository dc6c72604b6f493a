#include "delivery/explain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define SITE "acme.atlassian.net"
#define API "https://api.example.com"

typedef struct row {
    js_endpoint endpoint;
    int status;
    bool nonsense;
    const char *says;
    const char * not ; /* what would send the reader astray */
} row;

static void explain(const row *asked, char *out, size_t size) {
    js_result result = {
        .endpoint = asked->endpoint, .status = asked->status, .nonsense = asked->nonsense};
    (void)snprintf(result.location_host, sizeof result.location_host, "new.example.com");
    js_about about = {SITE, API, JS_API_BUILDS};
    js_explain(out, size, &result, &about);
}

static void every_answer_has_its_sentence(void **state) {
    (void)state;
    static const row rows[] = {
        {JS_ENDPOINT_TOKEN, 400, false, "refuses the client id or the secret", NULL},
        {JS_ENDPOINT_TOKEN, 401, false, "refuses the client id or the secret", NULL},
        {JS_ENDPOINT_TOKEN, 403, false, "refuses the client id or the secret", NULL},
        {JS_ENDPOINT_TOKEN, 404, false, API " gives no token (HTTP 404)", "cloud id"},
        {JS_ENDPOINT_TOKEN, 405, false, API " gives no token (HTTP 405)", "cloud id"},
        {JS_ENDPOINT_TOKEN, 413, false, API " gives no token (HTTP 413)", "too large"},
        {JS_ENDPOINT_TOKEN, 200, true, API " made no sense", NULL},
        {JS_ENDPOINT_TOKEN, 302, false, "redirects to new.example.com", NULL},
        {JS_ENDPOINT_TOKEN, 407, false, "The proxy wants", NULL},
        {JS_ENDPOINT_TOKEN, 503, false, "not available now", NULL},
        {JS_ENDPOINT_TENANT, 200, true, SITE " is not a Jira Cloud site", NULL},
        {JS_ENDPOINT_TENANT, 404, false, SITE " is not a Jira Cloud site", NULL},
        {JS_ENDPOINT_TENANT, 407, false, "The proxy wants", "no Jira Cloud site"},
        {JS_ENDPOINT_TENANT, 408, false, "HTTP 408 from " SITE, "no Jira Cloud site"},
        {JS_ENDPOINT_TENANT, 429, false, "less often to " SITE, "no Jira Cloud site"},
        {JS_ENDPOINT_TENANT, 500, false, "not available now", "no Jira Cloud site"},
        {JS_ENDPOINT_TENANT, 503, true, "not available now", "no Jira Cloud site"},
        {JS_ENDPOINT_BULK, 401, false, "refuses a fresh token for " SITE, NULL},
        {JS_ENDPOINT_BULK, 403, false, "the permission \"Builds\"", NULL},
        {JS_ENDPOINT_THING, 403, false, "may not read back builds from " SITE, NULL},
        {JS_ENDPOINT_BULK, 404, false, "does not find " SITE " by its cloud id", NULL},
        {JS_ENDPOINT_BULK, 413, false, "The build is too large", NULL},
        {JS_ENDPOINT_BULK, 202, true, "made no sense", NULL},
        {JS_ENDPOINT_BULK, 500, false, "not available now", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char sentence[512];
        explain(&rows[i], sentence, sizeof sentence);
        if (strstr(sentence, rows[i].says) == NULL) {
            fail_msg("row %zu: \"%s\" does not say \"%s\"", i, sentence, rows[i].says);
        }
        if (rows[i].not != NULL && strstr(sentence, rows[i].not ) != NULL) {
            fail_msg("row %zu: \"%s\" says \"%s\"", i, sentence, rows[i].not );
        }
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_answer_has_its_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
