/* Web addresses of repositories, commits and branches, in the forms of the hosts that serve them. */
#ifndef CLI_LINKS_H
#define CLI_LINKS_H

#include "base/buf.h"

#include <stdbool.h>

typedef enum cli_forge {
    CLI_FORGE_UNKNOWN,
    CLI_FORGE_GITHUB,
    CLI_FORGE_GITLAB,
    CLI_FORGE_GITEA, /* Forgejo and Codeberg, too */
    CLI_FORGE_BITBUCKET_CLOUD,
    CLI_FORGE_BITBUCKET_SERVER, /* Data Center */
    CLI_FORGE_AZURE
} cli_forge;
enum { CLI_FORGES = CLI_FORGE_AZURE + 1 };

/* By the words of the host's name: github.example.com. */
cli_forge cli_forge_of(const char *repository_url);

/*
 * A repository's address as people open it: git@host:team/app.git, ssh://git@host:7999/team/app and
 * https://user:token@host/team/app/ all become https://host/team/app. What git logs in with, an ssh
 * port, `.git` and a slash at the end are left out. False for what is not an address on the web: a folder,
 * a file:// URL, a bundle.
 */
bool cli_repository_url(const char *address, js_buf *url);

/*
 * The links of a forge. False for one that is unknown or has no such link. `branch` is any UTF-8;
 * it is percent-encoded but for its slashes.
 */
bool cli_commit_link(cli_forge forge, const char *repository_url, const char *hash, js_buf *link);
bool cli_branch_link(cli_forge forge, const char *repository_url, const char *branch, js_buf *link);
/* Where a pull request for the branch begins. */
bool cli_create_link(cli_forge forge, const char *repository_url, const char *branch, js_buf *link);

/* Puts `value`, percent-encoded but for its slashes, where `template` has {NAME}. */
void cli_link_fill(const char *template, const char *name, const char *value, js_buf *link);
/* Whether the template has a place for it. */
bool cli_link_has(const char *template, const char *name);

#endif
