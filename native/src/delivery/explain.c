/* What people read when something could not be sent. */
#include "delivery/explain.h"

#include "event/kind.h"

#include <stdio.h>

/* " Jira says: ..." or nothing. */
static void words_of(const js_result *result, char *out, size_t size) {
    out[0] = '\0';
    if (result->words[0] != '\0') {
        (void)snprintf(out, size, " It says: %.300s", result->words);
    }
}

static const char *asked(const js_result *result, const js_about *about) {
    switch (result->endpoint) {
    case JS_ENDPOINT_TOKEN:
    case JS_ENDPOINT_BULK:
    case JS_ENDPOINT_GATE:
    case JS_ENDPOINT_THING:
    case JS_ENDPOINT_RELAY:
    case JS_ENDPOINT_ID_TOKEN:
        return about->api_url;
    case JS_ENDPOINT_TENANT:
    default:
        return about->site;
    }
}

static void explain_network(char *out, size_t size, const js_result *result,
                            const js_about *about) {
    const char *what = "The connection broke";
    const char *hint = "";
    switch (result->failure) {
    case JS_NET_TIMEOUT:
        what = "There was no answer in time";
        break;
    case JS_NET_UNREACHED:
        what = "The host was not reached";
        hint = " Check the network and the proxy settings.";
        break;
    case JS_NET_TLS:
        what = "The TLS connection failed";
        hint = " If a proxy or your own authority signs here, name its certificate as the CA file.";
        break;
    case JS_NET_PROXY:
        what = "The proxy does not let the request through";
        hint = " Check the proxy's address, user and password.";
        break;
    case JS_NET_OVERSIZE:
        what = "The answer made no sense";
        break;
    case JS_NET_ANSWERED:
    case JS_NET_BROKEN:
    default:
        break;
    }
    (void)snprintf(out, size, "%s: %.200s (for %s).%s", what,
                   result->words[0] != '\0' ? result->words : "no reason given",
                   asked(result, about), hint);
}

static void explain_token(char *out, size_t size, const js_result *result, const js_about *about,
                          const char *words) {
    (void)snprintf(out, size,
                   "Jira refuses the client id or the secret for %s (HTTP %d for a token at %s). "
                   "Compare them with Jira: Settings, Apps, OAuth credentials; make new ones if "
                   "they were deleted.%s",
                   about->site, result->status, about->api_url, words);
}

/* Refused for another reason than the credentials: something else answers there. */
static void explain_no_token(char *out, size_t size, const js_result *result, const js_about *about,
                             const char *words) {
    (void)snprintf(
        out, size,
        "%s gives no token (HTTP %d), so it is not Atlassian's API. Check the address of "
        "the API.%s",
        about->api_url, result->status, words);
}

static void explain_tenant(char *out, size_t size, const js_result *result, const js_about *about,
                           const char *words) {
    (void)snprintf(
        out, size,
        "%s is not a Jira Cloud site: its cloud id could not be read (HTTP %d). Check the "
        "site's name, or give the cloud id yourself.%s",
        about->site, result->status, words);
}

static void explain_redirect(char *out, size_t size, const js_result *result,
                             const js_about *about) {
    (void)snprintf(out, size,
                   "%s redirects to %s (HTTP %d), and redirects are not followed. If the site was "
                   "renamed, use its new name.",
                   asked(result, about),
                   result->location_host[0] != '\0' ? result->location_host : "another place",
                   result->status);
}

static void explain_forbidden(char *out, size_t size, const js_result *result,
                              const js_about *about, const char *words) {
    bool reads = result->endpoint == JS_ENDPOINT_THING;
    (void)snprintf(out, size,
                   "The credentials may not %s %s %s %s (HTTP 403). In Jira, give the OAuth "
                   "credentials the permission \"%s\".%s",
                   reads ? "read back" : "send", js_api_of(about->api)->plural,
                   reads ? "from" : "to", about->site, js_api_of(about->api)->permission, words);
}

/* What a relay says, and whoever gives the token for it. */
static void explain_relay(char *out, size_t size, const js_result *result, const js_about *about,
                          const char *words) {
    static const struct {
        int status;
        const char *what, *hint;
    } known[] = {
        {401, "does not accept who we are",
         " Check the token or the certificate, and whether it has expired."},
        {403, "forbids it", ""},
        {404, "is not one: there is nothing at this address", " Check the relay's address."},
        {413, "finds it too large", ""},
        {422, "rejects it", ""},
        {429, "asks to send less often", ""},
    };
    const char *what = result->status >= 500 ? "is not available now" : "does not take it";
    const char *hint = "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == result->status) {
            what = known[i].what;
            hint = known[i].hint;
        }
    }
    if (result->endpoint == JS_ENDPOINT_ID_TOKEN) {
        (void)snprintf(out, size,
                       "There is no ID token for the relay at %s: the CI does not give one (HTTP "
                       "%d). Check that the job may ask for it.%s",
                       about->api_url, result->status, words);
        return;
    }
    (void)snprintf(out, size, "The relay at %s %s (HTTP %d).%s%s", about->api_url, what,
                   result->status, hint, words);
}

static void explain_other(char *out, size_t size, const js_result *result, const js_about *about,
                          const char *words) {
    switch (result->status) {
    case 401:
        (void)snprintf(out, size,
                       "Jira refuses a fresh token for %s (HTTP 401). Check that the OAuth "
                       "credentials belong to this site.%s",
                       about->site, words);
        return;
    case 404:
        (void)snprintf(out, size,
                       "Jira does not find %s by its cloud id (HTTP 404). Check the site and the "
                       "cloud id, and that the credentials belong to this site.%s",
                       about->site, words);
        return;
    case 407:
        (void)snprintf(out, size,
                       "The proxy wants a user name and a password (HTTP 407). Check the proxy's "
                       "address, user and password.");
        return;
    case 413:
        (void)snprintf(out, size, "The %s is too large for Jira (HTTP 413).%s",
                       js_api_of(about->api)->noun, words);
        return;
    case 429:
        (void)snprintf(out, size, "Jira asks to send less often to %s (HTTP 429).%s", about->site,
                       words);
        return;
    default:
        break;
    }
    bool down = result->status >= 500;
    (void)snprintf(out, size, "%s (HTTP %d from %s).%s",
                   down ? "Jira is not available now" : "Jira does not take the request",
                   result->status, asked(result, about), words);
}

static bool passes_by_itself(int status) {
    return status == 407 || status == 408 || status == 425 || status == 429 || status >= 500;
}

void js_explain(char *out, size_t size, const js_result *result, const js_about *about) {
    char words[320];
    words_of(result, words, sizeof words);
    if (result->failure != JS_NET_ANSWERED) {
        explain_network(out, size, result, about);
        return;
    }
    int status = result->status;
    bool of_relay =
        result->endpoint == JS_ENDPOINT_RELAY || result->endpoint == JS_ENDPOINT_ID_TOKEN;
    if (status >= 300 && status < 400) {
        explain_redirect(out, size, result, about);
    } else if (of_relay && status >= 400 && status != 407) {
        explain_relay(out, size, result, about, words);
    } else if (passes_by_itself(status)) {
        explain_other(out, size, result, about, words);
    } else if (result->endpoint == JS_ENDPOINT_TENANT) {
        explain_tenant(out, size, result, about, words);
    } else if (result->nonsense || status < 300) {
        (void)snprintf(out, size, "The answer of %s made no sense (HTTP %d).%s",
                       asked(result, about), status, words);
    } else if (result->endpoint == JS_ENDPOINT_TOKEN) {
        bool refused = status == 400 || status == 401 || status == 403;
        (refused ? explain_token : explain_no_token)(out, size, result, about, words);
    } else if (status == 403) {
        explain_forbidden(out, size, result, about, words);
    } else {
        explain_other(out, size, result, about, words);
    }
}

void js_explain_gateway(char *out, size_t size, const js_result *result, const js_about *about,
                        int count) {
    char words[320];
    bool relay = result->endpoint == JS_ENDPOINT_RELAY;
    words_of(result, words, sizeof words);
    (void)snprintf(
        out, size,
        "A gateway seems to answer in %s place at %s: it said the same to %d events "
        "in a row, each sent alone (HTTP %d), and took nothing in between. All are kept. "
        "Check the address and what is between this machine and %s.%s",
        relay ? "the relay's" : "Jira's", about->api_url, count, result->status,
        relay ? "the relay" : "Jira", words);
}
