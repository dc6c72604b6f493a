/* A certificate for this machine, and the local authority that vouches for it. */
#ifndef SB_TLS_H
#define SB_TLS_H

#include <jirasend/error.h>

typedef struct sb_tls {
    char *certificate_pem;
    char *key_pem; /* secret */
    char *ca_file; /* for --ca-file of a client */
    char *folder;  /* a temporary one, gone after sb_tls_close(); null when it is the data folder */
} sb_tls;

/* Makes or, in a data folder (null: a temporary one), finds again. */
jirasend_code sb_tls_open(sb_tls *tls, const char *data_directory, jirasend_error *error);
void sb_tls_close(sb_tls *tls);

#endif
