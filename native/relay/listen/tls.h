/* TLS of the server: our certificate, and what the caller's says about who it is. */
#ifndef RELAY_LISTEN_TLS_H
#define RELAY_LISTEN_TLS_H

#include "relay/life/config.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdint.h>

typedef struct rl_tls_state rl_tls_state;

/* TLS 1.3, and 1.2 with ECDHE and AEAD. */
extern const char rl_tls_priorities[];

/* One at a time in a process: GnuTLS asks for certificates without saying for whom. */
jirasend_code rl_tls_open(rl_tls_state **tls, const rl_config *config, jirasend_error *error);
/* The new certificate and key, or an error and the old ones. */
jirasend_code rl_tls_change(rl_tls_state *tls, const rl_config *config, jirasend_error *error);
void rl_tls_close(rl_tls_state *tls); /* null is fine */
/* Whether certificate and key can be read and belong together: for --check-config, too. */
jirasend_code rl_tls_try(const rl_config *config, jirasend_error *error);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
gnutls_certificate_retrieve_function2 rl_tls_choose;

/* Asks the client for its certificate, where the configuration has a clientCa. */
void rl_tls_ask(const rl_tls_state *tls, gnutls_session_t session);
/*
 * The subject (RFC 4514) of the certificate that the client showed, if it leads to clientCa, is for
 * clients, and is good now. Null without one; freed by the caller.
 */
char *rl_tls_subject(const rl_tls_state *tls, gnutls_session_t session);

#endif
