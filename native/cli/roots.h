/* Which certificates are trusted. */
#ifndef CLI_ROOTS_H
#define CLI_ROOTS_H

#include <jirasend/config.h>

/* Where to look on this system: lists that end with a null. */
typedef struct cli_roots_places {
    const char *const *folders; /* that may hold OpenSSL's hash links */
    const char *const *bundles;
} cli_roots_places;

/*
 * `ca_file` (--ca-file) alone; else SSL_CERT_FILE and SSL_CERT_DIR; else a folder with hash links,
 * which costs nothing to open; else a bundle. `places` null: those of the usual systems.
 */
jirasend_code cli_roots_set(jirasend_config *config, const char *ca_file,
                            const cli_roots_places *places, jirasend_error *error);
/* Whether the folder holds links such as 4a6481c9.0. */
int cli_roots_hashed(const char *folder);

#endif
