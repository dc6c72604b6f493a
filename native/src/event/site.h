/* Where something is: a Jira site or an API, taken apart and put together again. */
#ifndef JS_EVENT_SITE_H
#define JS_EVENT_SITE_H

#include <jirasend/error.h>

#include <stdbool.h>

enum { JS_HOST_SIZE = 254, JS_ORIGIN_SIZE = 280 };

/*
 * A host name or URL given by a person. `https` unless http:// was given, which is allowed for
 * loopback (localhost, 127.0.0.0/8, [::1]) only. Userinfo, query, fragment and control characters
 * are errors; a path of "/" is dropped, any other path is an error for a site.
 */
typedef struct js_site {
    bool http;               /* plain http, loopback only */
    char host[JS_HOST_SIZE]; /* lower case; IPv6 without brackets */
    int port;                /* 0: the scheme's own */
    char name
        [JS_ORIGIN_SIZE]; /* canonical, what receipts show: "acme.atlassian.net", "http://127.0.0.1:8790" */
} js_site;

/* `what` names the thing in the error ("site", "--api-url"). */
jirasend_code js_site_parse(js_site *site, const char *text, const char *what,
                            jirasend_error *error);
/* The same, and a path (without trailing slash) is allowed and returned in `path`: for the API. */
jirasend_code js_api_parse(js_site *site, char *path, size_t path_size, const char *text,
                           const char *what, jirasend_error *error);
/* "https://host[:port]", rebuilt from the parts. */
void js_site_origin(const js_site *site, char out[JS_ORIGIN_SIZE]);
/* A cloud id is [0-9A-Za-z-]{1,64}. */
bool js_cloud_id_valid(const char *text);

#endif
