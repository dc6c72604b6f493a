/* The requests to an issuer, by libcurl. */
#include "relay/callers/fetch.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/world.h"
#include "event/json.h"

#include <curl/curl.h>
#include <string.h>

enum { ANSWER_MAX = 1024 * 1024, IN_ALL_MS = 10000 };

bool rl_same_origin(const char *one, const char *other) {
    js_site sites[2];
    char path[1024];
    const char *texts[] = {one, other};
    for (int i = 0; i < 2; i++) {
        if (strstr(texts[i], "://") == NULL ||
            js_api_parse(&sites[i], path, sizeof path, texts[i], "issuer", NULL) != JIRASEND_OK) {
            return false;
        }
        if (sites[i].port == 0) {
            sites[i].port = sites[i].http ? 80 : 443;
        }
    }
    return sites[0].http == sites[1].http && sites[0].port == sites[1].port &&
           strcmp(sites[0].host, sites[1].host) == 0;
}

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    js_buf *answer = context;
    js_buf_add(answer, bytes, size * count);
    return answer->failed ? 0 : size * count;
}

static int keep_going(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const atomic_bool *stop = context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(stop) ? 1 : 0;
}

static bool set_up(CURL *curl, const char *url, const rl_oidc *oidc, const atomic_bool *stop,
                   int64_t left_ms, js_buf *answer) {
    const char *scheme = strncmp(url, "http://", 7) == 0 ? "http" : "https";
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, scheme) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)left_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, oidc->proxy != NULL ? oidc->proxy : "") ==
               CURLE_OK &&
           (oidc->ca_file == NULL ||
            curl_easy_setopt(curl, CURLOPT_CAINFO, oidc->ca_file) == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "jirasend-relay") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, keep_going) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)stop) == CURLE_OK;
}

static jirasend_code get(js_buf *answer, const char *url, const rl_oidc *oidc,
                         const atomic_bool *stop, int64_t left_ms, jirasend_error *error) {
    CURL *curl = curl_easy_init();
    long status = 0;
    answer->max = ANSWER_MAX;
    if (curl == NULL || left_ms <= 0) {
        curl_easy_cleanup(curl);
        return js_fail(error, JIRASEND_E_NETWORK, "The issuer %s did not answer in time.",
                       oidc->issuer);
    }
    CURLcode code = set_up(curl, url, oidc, stop, left_ms, answer) ? curl_easy_perform(curl)
                                                                   : CURLE_FAILED_INIT;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (code == CURLE_WRITE_ERROR) {
        return js_fail(error, JIRASEND_E_NETWORK, "The answer of the issuer %s is too large (%s).",
                       oidc->issuer, url);
    }
    if (code != CURLE_OK) {
        return js_fail(error, JIRASEND_E_NETWORK, "The issuer %s cannot be asked at %s: %s.",
                       oidc->issuer, url, curl_easy_strerror(code));
    }
    return status == 200 ? JIRASEND_OK
                         : js_fail(error, JIRASEND_E_NETWORK, "The issuer %s answers %ld at %s.",
                                   oidc->issuer, status, url);
}

static jirasend_code read_discovery(js_buf *url, const js_buf *answer, const rl_oidc *oidc,
                                    jirasend_error *error) {
    json_object *document = js_json_parse(answer->data != NULL ? answer->data : "", answer->length,
                                          JS_JSON_STRICT, NULL);
    jirasend_code code = JIRASEND_OK;
    const char *where = js_json_text_of(document, "jwks_uri");
    if (strcmp(js_json_text_of(document, "issuer"), oidc->issuer) != 0) {
        code = js_fail(error, JIRASEND_E_DOCUMENT,
                       "The openid-configuration of %s names a different issuer.", oidc->issuer);
    } else if (!rl_same_origin(oidc->issuer, where)) {
        code = js_fail(error, JIRASEND_E_DOCUMENT,
                       "The issuer %s has its keys at another host; if that is right, give their "
                       "address as 'jwks'.",
                       oidc->issuer);
    } else {
        js_buf_add_text(url, where);
    }
    (void)json_object_put(document);
    return code;
}

static jirasend_code discover(js_buf *url, const rl_oidc *oidc, const atomic_bool *stop,
                              int64_t left_ms, jirasend_error *error) {
    js_buf place = JS_BUF_INIT;
    js_buf answer = JS_BUF_INIT;
    size_t length = strlen(oidc->issuer);
    while (length > 0 && oidc->issuer[length - 1] == '/') {
        length--;
    }
    js_buf_addf(&place, "%.*s/.well-known/openid-configuration", (int)length, oidc->issuer);
    jirasend_code code =
        place.failed ? js_fail_memory(error) : get(&answer, place.data, oidc, stop, left_ms, error);
    if (code == JIRASEND_OK) {
        code = read_discovery(url, &answer, oidc, error);
    }
    js_buf_clear(&place);
    js_buf_clear(&answer);
    return code;
}

jirasend_code rl_fetch_keys(rl_keys **keys, const rl_oidc *oidc, const atomic_bool *stop,
                            jirasend_error *error) {
    js_world world = js_world_system();
    int64_t end_ms = js_mono_ms(&world) + IN_ALL_MS;
    js_buf url = JS_BUF_INIT;
    js_buf answer = JS_BUF_INIT;
    jirasend_code code = JIRASEND_OK;
    *keys = NULL;
    if (oidc->jwks != NULL) {
        js_buf_add_text(&url, oidc->jwks);
    } else {
        code = discover(&url, oidc, stop, IN_ALL_MS, error);
    }
    if (code == JIRASEND_OK && url.failed) {
        code = js_fail_memory(error);
    }
    if (code == JIRASEND_OK) {
        code = get(&answer, url.data, oidc, stop, end_ms - js_mono_ms(&world), error);
    }
    if (code == JIRASEND_OK && (rl_keys_read(keys, answer.data != NULL ? answer.data : "",
                                             answer.length, NULL) != JIRASEND_OK ||
                                rl_keys_count(*keys) == 0)) {
        rl_keys_release(*keys);
        *keys = NULL;
        code = js_fail(error, JIRASEND_E_DOCUMENT,
                       "The issuer %s has no key that can be used at %s.", oidc->issuer, url.data);
    }
    js_buf_clear(&url);
    js_buf_clear(&answer);
    return code;
}
