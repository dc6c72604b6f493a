/* Shared by the files of the libcurl network. */
#ifndef JS_NET_CURL_INTERNAL_H
#define JS_NET_CURL_INTERNAL_H

#include "net/curl.h"
#include "net/roots.h"

#include <curl/curl.h>
#include <stdatomic.h>

/* One request on its way, or its answer waiting to be taken. */
typedef struct js_transfer {
    struct js_transfer *next;
    js_net_ticket ticket;
    CURL *easy;
    struct curl_slist *headers; /* holds the bearer token: wiped */
    char *body;
    size_t body_length;
    bool body_secret;
    bool done;
    CURLcode code;
    js_buf answer;
    size_t headers_length; /* bytes of headers that came */
    bool headers_ended;    /* the blank line after them came, too */
    char reason[CURL_ERROR_SIZE];
} js_transfer;

typedef struct js_curl {
    js_net net;
    CURLM *multi;
    js_transfer *transfers; /* in the order of starting */
    js_net_ticket last_ticket;
    atomic_bool woken; /* since the last poll */
    const js_world *world;
    char *proxy, *no_proxy, *ca_file, *ca_folder, *user_agent;
    char *certificate, *key;
    js_roots *roots; /* of the CA file; null: there is none */
} js_curl;

/* curl_multi_init(), with nothing that programs started meanwhile would inherit. */
CURLM *js_curl_multi_new(void);
/* curl_easy_setopt() of everything a request needs. */
jirasend_code js_curl_prepare(const js_curl *self, js_transfer *transfer,
                              const js_net_request *request, jirasend_error *error);
/* Overwrites what must not stay in memory; the request was sent or is given up. */
void js_curl_wipe(js_transfer *transfer);
/* Fills in the answer of a finished transfer. */
void js_curl_answer(const js_curl *self, js_transfer *transfer, js_net_answer *answer);
/* Says early, in words, that a CA file is missing or holds no certificate. */
jirasend_code js_curl_check_roots(const js_curl *self, jirasend_error *error);
/* The same of the client's own certificate and key. */
jirasend_code js_curl_check_certificate(const js_curl *self, jirasend_error *error);

#endif
