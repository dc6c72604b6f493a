/* Which hosts are reached without the proxy: what libcurl's list cannot say by itself. Pure. */
#ifndef JS_NET_NO_PROXY_H
#define JS_NET_NO_PROXY_H

#include "base/buf.h"

/*
 * Writes the part of a no_proxy list that counts for a request to `url` in libcurl's words. libcurl
 * knows names, suffixes, addresses and networks, but neither ports ("host:8080", "[::1]:8080") nor
 * brackets: an entry with another port than the URL's is left out.
 */
void js_no_proxy_for(js_buf *out, const char *list, const char *url);

#endif
