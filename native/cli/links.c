/* The forms of links that Git hosts use, and how their names tell which form is theirs. */
#include "cli/links.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* {repository} is the address without a slash at its end; the rest is filled in percent-encoded. */
typedef struct forms {
    const char *commit, *branch, *create;
} forms;

static const forms forms_of[CLI_FORGES] = {
    [CLI_FORGE_UNKNOWN] = {NULL, NULL, NULL},
    [CLI_FORGE_GITHUB] = {"{repository}/commit/{hash}", "{repository}/tree/{branch}",
                          "{repository}/compare/{branch}?expand=1"},
    [CLI_FORGE_GITLAB] = {"{repository}/-/commit/{hash}", "{repository}/-/tree/{branch}",
                          "{repository}/-/merge_requests/new?"
                          "merge_request%5Bsource_branch%5D={branch}"},
    [CLI_FORGE_GITEA] = {"{repository}/commit/{hash}", "{repository}/src/branch/{branch}",
                         "{repository}/compare/{branch}"},
    [CLI_FORGE_BITBUCKET_CLOUD] = {"{repository}/commits/{hash}", "{repository}/branch/{branch}",
                                   "{repository}/pull-requests/new?source={branch}"},
    [CLI_FORGE_BITBUCKET_SERVER] = {"{repository}/commits/{hash}",
                                    "{repository}/browse?at=refs/heads/{branch}",
                                    "{repository}/pull-requests?create&"
                                    "sourceBranch=refs/heads/{branch}"},
    [CLI_FORGE_AZURE] = {"{repository}/commit/{hash}", "{repository}?version=GB{branch}",
                         "{repository}/pullrequestcreate?sourceRef={branch}"},
};

/* Words of host names; the first that is found counts. */
static const struct {
    const char *word;
    cli_forge forge;
} words[] = {
    {"bitbucket.org", CLI_FORGE_BITBUCKET_CLOUD},
    {"bitbucket", CLI_FORGE_BITBUCKET_SERVER},
    {"github", CLI_FORGE_GITHUB},
    {"gitlab", CLI_FORGE_GITLAB},
    {"gitea", CLI_FORGE_GITEA},
    {"forgejo", CLI_FORGE_GITEA},
    {"codeberg", CLI_FORGE_GITEA},
    {"dev.azure", CLI_FORGE_AZURE},
    {"visualstudio.com", CLI_FORGE_AZURE},
};

/* The host in an address, and how long it is. */
static const char *host_of(const char *url, size_t *length) {
    const char *mark = strstr(url, "://");
    const char *host = mark != NULL ? mark + 3 : url;
    *length = strcspn(host, "/?#");
    return host;
}

cli_forge cli_forge_of(const char *repository_url) {
    char host[256] = "";
    size_t length;
    const char *begin = host_of(repository_url, &length);
    for (size_t i = 0; i < length && i + 1 < sizeof(host); i++) {
        char c = begin[i];
        host[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        host[i + 1] = '\0';
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(host, words[i].word) != NULL) {
            return words[i].forge;
        }
    }
    return CLI_FORGE_UNKNOWN;
}

static void add_encoded(js_buf *link, const char *text) {
    static const char kept[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *text != '\0'; text++) {
        if (strchr(kept, *text) != NULL) {
            js_buf_add(link, text, 1);
        } else {
            js_buf_addf(link, "%%%02X", (unsigned char)*text);
        }
    }
}

/* How long the place {NAME} at the beginning of `text` is; 0: there is none. */
static size_t place(const char *text, const char *name) {
    size_t length = strlen(name);
    bool there = text[0] == '{' && strncmp(text + 1, name, length) == 0 && text[length + 1] == '}';
    return there ? length + 2 : 0;
}

void cli_link_fill(const char *template, const char *name, const char *value, js_buf *link) {
    while (*template != '\0') {
        size_t length = place(template, name);
        if (length > 0) {
            add_encoded(link, value);
            template += length;
        } else {
            js_buf_add(link, template ++, 1);
        }
    }
}

bool cli_link_has(const char *template, const char *name) {
    for (; *template != '\0'; template ++) {
        if (place(template, name) > 0) {
            return true;
        }
    }
    return false;
}

/*
 * Bitbucket Data Center clones from /scm/KEY/app over https and from /KEY/app over ssh; its pages are
 * below /projects/KEY/repos/app, those of a person below /users/NAME/repos/app.
 */
static void add_server_page(const char *url, js_buf *page) {
    size_t host_length;
    const char *host = host_of(url, &host_length);
    const char *path = host + host_length;
    const char *slug = strrchr(path, '/');
    const char *key = slug;
    while (key != NULL && key > path && key[-1] != '/') {
        key--;
    }
    if (strstr(path, "/repos/") != NULL || key == NULL || key <= path) {
        js_buf_add_text(page, url);
        return;
    }
    size_t before = (size_t)(key - url);
    if (before >= 5 && strncmp(key - 5, "/scm/", 5) == 0) {
        before -= 4;
    }
    bool person = key[0] == '~';
    key += person;
    js_buf_addf(page, "%.*s%s/%.*s/repos%s", (int)before, url, person ? "users" : "projects",
                (int)(slug - key), key, slug);
}

static bool fill(const char *form, cli_forge forge, const char *repository_url, const char *name,
                 const char *value, js_buf *link) {
    static const char repository[] = "{repository}";
    if (form == NULL) {
        return false;
    }
    if (forge == CLI_FORGE_BITBUCKET_SERVER) {
        add_server_page(repository_url, link);
    } else {
        js_buf_add_text(link, repository_url);
    }
    cli_link_fill(form + sizeof(repository) - 1, name, value, link);
    return true;
}

bool cli_commit_link(cli_forge forge, const char *repository_url, const char *hash, js_buf *link) {
    return fill(forms_of[forge].commit, forge, repository_url, "hash", hash, link);
}

bool cli_branch_link(cli_forge forge, const char *repository_url, const char *branch,
                     js_buf *link) {
    return fill(forms_of[forge].branch, forge, repository_url, "branch", branch, link);
}

bool cli_create_link(cli_forge forge, const char *repository_url, const char *branch,
                     js_buf *link) {
    return fill(forms_of[forge].create, forge, repository_url, "branch", branch, link);
}
