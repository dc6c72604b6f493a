/* Web addresses: what must not be in them, and where they lead. */
#ifndef JS_BASE_URL_H
#define JS_BASE_URL_H

#include <stdbool.h>

/*
 * Takes what logs in (user:token@) out of an address, in place, also where it is written so that only
 * some programs would understand it. Of what is doubtful rather too much is taken out than too little:
 * what is left may be another address, and never a password. A lone name stays where it is not a login:
 * ssh://git@host, git@host:path.
 */
void js_url_forget_login(char *url);

/* Whether a host (an address without brackets, or a name) is this machine, whatever a resolver says. */
bool js_host_is_loopback(const char *host);

#endif
