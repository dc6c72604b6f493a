/* Sites, API addresses, hosts without a proxy: what people type before anything is sent anywhere. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/text.h"
#include "event/site.h"
#include "net/no_proxy.h"

#include <stdlib.h>
#include <string.h>

static void expect_safe(const js_site *site) {
    for (const char *at = site->host; *at != '\0'; at++) {
        FUZZ_EXPECT(strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_:", *at) != NULL);
    }
    FUZZ_EXPECT(site->host[0] != '\0' && site->port >= 0 && site->port <= 65535);
    bool loopback = strcmp(site->host, "localhost") == 0 || strcmp(site->host, "::1") == 0 ||
                    strncmp(site->host, "127.", 4) == 0;
    FUZZ_EXPECT(!site->http || loopback);
}

/* The canonical name is read as itself. */
static void site(const char *text) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_site first;
    js_site second;
    jirasend_code code = js_site_parse(&first, text, "site", &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        return;
    }
    expect_safe(&first);
    FUZZ_EXPECT(js_site_parse(&second, first.name, "site", &error) == JIRASEND_OK);
    FUZZ_EXPECT(strcmp(first.name, second.name) == 0 && strcmp(first.host, second.host) == 0);
    FUZZ_EXPECT(first.http == second.http && first.port == second.port);
    char origin[JS_ORIGIN_SIZE];
    js_site_origin(&first, origin);
    FUZZ_EXPECT(strncmp(origin, first.http ? "http://" : "https://", first.http ? 7 : 8) == 0);
    FUZZ_EXPECT(js_site_parse(&second, origin, "site", &error) == JIRASEND_OK);
    FUZZ_EXPECT(strcmp(first.name, second.name) == 0);
}

static void api(const char *text) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_site parsed;
    char path[256];
    jirasend_code code = js_api_parse(&parsed, path, sizeof path, text, "--api-url", &error);
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, &error);
        return;
    }
    expect_safe(&parsed);
    FUZZ_EXPECT(path[0] == '\0' || path[0] == '/');
    FUZZ_EXPECT(strpbrk(path, "?# \r\n\t\\") == NULL);
    fuzz_expect_showable(path);
}

/* Nothing is in the result that was not in the list. */
static void no_proxy(const char *text) {
    static const char *const urls[] = {"https://acme.atlassian.net/x", "http://127.0.0.1:8790",
                                       "https://[::1]:8080/y?z"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        js_buf out = JS_BUF_INIT;
        js_no_proxy_for(&out, text, urls[i]);
        FUZZ_EXPECT(!out.failed && out.length <= strlen(text));
        char *rest = out.data;
        while (rest != NULL) {
            FUZZ_EXPECT(strstr(text, strsep(&rest, ",")) != NULL);
        }
        js_buf_clear(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    site(text);
    api(text);
    no_proxy(text);
    FUZZ_EXPECT(!js_cloud_id_valid(text) || strlen(text) <= 64);
    free(text);
    return 0;
}
