/* The network over libcurl: one multi handle, so one pool of connections for everything. */
#ifndef JS_NET_CURL_H
#define JS_NET_CURL_H

#include "base/world.h"
#include "net/net.h"

/* Copied. Null texts: none, or libcurl's default roots when both ca_file and ca_folder are null. */
typedef struct js_curl_options {
    const char *proxy;
    const char *no_proxy;
    const char *ca_file;
    const char *ca_folder;
    const char *certificate, *key; /* PEM files of the client, for requests that may show them */
    const char *user_agent;
    const js_world *world; /* must outlive the net */
} js_curl_options;

/* Errors: FILE (the CA file or folder cannot be used), MEMORY, INTERNAL (libcurl too old or without OpenSSL). */
jirasend_code js_curl_open(const js_curl_options *options, js_net **net, jirasend_error *error);

/*
 * Whether libcurl can make something of a proxy's address. Asked before it gets one: it repeats what
 * it cannot read in its messages, the password included.
 */
bool js_curl_proxy_readable(const char *url);

#endif
