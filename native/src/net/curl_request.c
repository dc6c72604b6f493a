/* Turns a request into libcurl options. Every choice about security is made here. */
#include "net/curl_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "net/no_proxy.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    REQUEST_TIMEOUT_MS = 30 * 1000,
    ANSWER_MAX = 1024 * 1024,
    HEADERS_MAX = 256 * 1024
};

static size_t on_body(char *bytes, size_t size, size_t count, void *user) {
    js_buf *answer = user;
    js_buf_add(answer, bytes, size * count);
    return answer->failed ? 0 : size * count; /* short: libcurl gives up, CURLE_WRITE_ERROR */
}

/*
 * Called with one line at a time. libcurl keeps every header, however many come: those of interim
 * answers and proxies count, too. And it finds nothing wrong with an answer that ends among them.
 */
static size_t on_header(char *line, size_t size, size_t count, void *user) {
    js_transfer *transfer = user;
    size_t length = size * count;
    bool first = length >= 5 && memcmp(line, "HTTP/", 5) == 0;
    bool blank = length > 0 && (line[0] == '\r' || line[0] == '\n');
    transfer->headers_ended = blank || (transfer->headers_ended && !first);
    transfer->headers_length += length;
    return transfer->headers_length > HEADERS_MAX ? 0 : length;
}

/*
 * libcurl reads SSLKEYLOGFILE when it starts; session keys must not reach a file. And our store of roots
 * takes the place of the one that libcurl has made.
 */
static CURLcode on_ssl_context(CURL *easy, void *context, void *user) {
    (void)easy;
    const js_curl *self = user;
    SSL_CTX_set_keylog_callback(context, NULL);
    if (self->roots != NULL) {
        X509_STORE *store = js_roots_store(self->roots);
        if (store == NULL) {
            return CURLE_SSL_CACERT_BADFILE;
        }
        SSL_CTX_set1_cert_store(context, store);
    }
    return CURLE_OK;
}

/* Whatever the host starts while a request is on its way must not get the connection. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)user;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool add_header(js_transfer *transfer, const char *header) {
    struct curl_slist *headers = curl_slist_append(transfer->headers, header);
    if (headers == NULL) {
        return false;
    }
    transfer->headers = headers;
    return true;
}

static bool add_bearer(js_transfer *transfer, const js_secret *bearer) {
    js_buf header = JS_BUF_INIT;
    header.secret = true;
    js_buf_add_text(&header, "Authorization: Bearer ");
    js_buf_add(&header, bearer->text, bearer->length);
    bool added = !header.failed && add_header(transfer, header.data);
    js_buf_clear(&header);
    return added;
}

static bool set_headers(js_transfer *transfer, const js_net_request *request) {
    return add_header(transfer, "Accept: application/json") &&
           (request->method != JS_NET_POST ||
            (add_header(transfer, request->lines ? "Content-Type: application/x-ndjson"
                                                 : "Content-Type: application/json") &&
             add_header(transfer, "Expect:"))) &&
           (!request->lines || add_header(transfer, "Jirasend-Keys: found")) &&
           (request->bearer == NULL || add_bearer(transfer, request->bearer)) &&
           curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

static bool set_body(js_transfer *transfer, const js_net_request *request) {
    if (request->method == JS_NET_DELETE) {
        return curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, "DELETE") == CURLE_OK;
    }
    if (request->method == JS_NET_GET) {
        return true;
    }
    transfer->body = js_copy_n(request->body, request->body_length);
    transfer->body_length = request->body_length;
    transfer->body_secret = request->body_secret;
    CURL *easy = transfer->easy;
    return transfer->body != NULL && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body) == CURLE_OK;
}

static bool set_roots(const js_curl *self, CURL *easy) {
    if (self->ca_file == NULL && self->ca_folder == NULL) {
        return true;
    }
    /* A file never goes to libcurl, which would decode all of it: see on_ssl_context(). */
    const char *folder = self->ca_file == NULL ? self->ca_folder : NULL;
    return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, folder) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, folder) == CURLE_OK;
}

static bool set_tls(const js_curl *self, CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, self) == CURLE_OK && set_roots(self, easy);
}

static bool set_certificate(const js_curl *self, CURL *easy, const js_net_request *request) {
    if (!request->certificate || self->certificate == NULL) {
        return true;
    }
    const char *key = self->key != NULL ? self->key : self->certificate;
    return curl_easy_setopt(easy, CURLOPT_SSLCERT, self->certificate) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLKEY, key) == CURLE_OK;
}

static bool is_plain_http(const char *url) {
    return strncmp(url, "http:", 5) == 0;
}

/*
 * An empty text, not null: libcurl then does not look at the environment. Plain HTTP is for this
 * machine alone: a proxy would get the secret in clear.
 */
static bool set_proxy(const js_curl *self, CURL *easy, const char *url) {
    if (is_plain_http(url)) {
        return curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK;
    }
    const char *proxy = self->proxy != NULL ? self->proxy : "";
    js_buf no_proxy = JS_BUF_INIT;
    js_buf_add_text(&no_proxy, "");
    js_no_proxy_for(&no_proxy, self->no_proxy != NULL ? self->no_proxy : "", url);
    bool set = !no_proxy.failed && curl_easy_setopt(easy, CURLOPT_PROXY, proxy) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_NOPROXY, no_proxy.data) == CURLE_OK;
    js_buf_clear(&no_proxy);
    return set;
}

static bool set_manners(const js_curl *self, js_transfer *transfer, const char *url) {
    CURL *easy = transfer->easy;
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_plain_http(url) ? "http" : "https") ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK && /* an id may be ".." */
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)REQUEST_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, self->user_agent) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer->answer) == CURLE_OK;
}

jirasend_code js_curl_prepare(const js_curl *self, js_transfer *transfer,
                              const js_net_request *request, jirasend_error *error) {
    transfer->answer.max = ANSWER_MAX;
    transfer->answer.secret = true; /* a token may be in it */
    if (set_manners(self, transfer, request->url) && set_tls(self, transfer->easy) &&
        set_certificate(self, transfer->easy, request) &&
        set_proxy(self, transfer->easy, request->url) && set_body(transfer, request) &&
        set_headers(transfer, request)) {
        return JIRASEND_OK;
    }
    return js_fail(error, JIRASEND_E_MEMORY,
                   "out of memory, or this libcurl lacks a feature that jirasend needs");
}

void js_curl_wipe(js_transfer *transfer) {
    for (struct curl_slist *at = transfer->headers; at != NULL; at = at->next) {
        js_wipe(at->data, strlen(at->data));
    }
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
    if (transfer->body != NULL && transfer->body_secret) {
        js_wipe(transfer->body, transfer->body_length);
    }
    free(transfer->body);
    transfer->body = NULL;
}
