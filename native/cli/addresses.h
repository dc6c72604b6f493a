/* Addresses of repositories and web pages. */
#ifndef CLI_ADDRESSES_H
#define CLI_ADDRESSES_H

#include "base/buf.h"

/* Percent-encodes all that a path cannot hold; slashes stay. */
void cli_percent_encode(js_buf *text);
/*
 * A repository's address as a person would open it: git@host:team/app.git, ssh://git@host/team/app
 * and https://user:token@host/team/app all become https://host/team/app. What git was given to log
 * in with never leaves the machine. False for a folder, which has no address. */
bool cli_web_address(js_buf *text);
/* http or https, without what follows it. */
bool cli_is_web_scheme(const char *text, size_t length);
/* Takes user:token@ out of a URL. Anything else stays as it is. */
void cli_remove_login(js_buf *url);
/* Puts the branch, percent-encoded but for slashes, where {branch} is. */
void cli_fill_in_branch(js_buf *url, const char *branch);

#endif
