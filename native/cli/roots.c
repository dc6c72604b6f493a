/* Which certificates the system trusts. */
#include "cli/roots.h"

#include "cli/options.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

int cli_roots_hashed(const char *folder) {
    DIR *open = opendir(folder);
    if (open == NULL) {
        return 0;
    }
    int found = 0;
    const struct dirent *entry;
    while (!found && (entry = readdir(open)) != NULL) {
        found =
            strspn(entry->d_name, "0123456789abcdef") == 8 && strcmp(entry->d_name + 8, ".0") == 0;
    }
    closedir(open);
    return found;
}

jirasend_code cli_roots_set(jirasend_config *config, const char *ca_file,
                            const cli_roots_places *places, jirasend_error *error) {
    static const char *const folders[] = {"/etc/ssl/certs", "/etc/pki/tls/certs",
                                          "/etc/pki/ca-trust/extracted/pem/directory-hash",
                                          "/etc/openssl/certs", NULL};
    static const char *const bundles[] = {
        "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora, RHEL */
        "/etc/pki/tls/certs/ca-bundle.crt",                  /* older ones */
        "/etc/ssl/ca-bundle.pem",                            /* SUSE */
        "/etc/ssl/cert.pem",
        NULL};
    static const cli_roots_places usual = {folders, bundles};
    if (ca_file != NULL) {
        return jirasend_config_set_ca_file(config, ca_file, error);
    }
    const char *file = cli_environment("SSL_CERT_FILE");
    const char *folder = cli_environment("SSL_CERT_DIR");
    if (file != NULL || folder != NULL) {
        jirasend_code code =
            file != NULL ? jirasend_config_set_ca_file(config, file, error) : JIRASEND_OK;
        return code == JIRASEND_OK && folder != NULL
                   ? jirasend_config_set_ca_folder(config, folder, error)
                   : code;
    }
    places = places != NULL ? places : &usual;
    for (size_t i = 0; places->folders[i] != NULL; i++) {
        if (cli_roots_hashed(places->folders[i])) {
            return jirasend_config_set_ca_folder(config, places->folders[i], error);
        }
    }
    for (size_t i = 0; places->bundles[i] != NULL; i++) {
        if (access(places->bundles[i], R_OK) == 0) {
            return jirasend_config_set_ca_file(config, places->bundles[i], error);
        }
    }
    return JIRASEND_OK; /* what libcurl was built with */
}
