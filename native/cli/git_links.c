/* Finds the address of the repository, and whose form its links have. */
#include "cli/git_links.h"

#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/values.h"

#include <string.h>
#include <strings.h>

void git_links_free(git_links *links) {
    js_buf_clear(&links->repository_url);
}

/* Woodpecker names the host that it works for. */
static cli_forge forge_of_woodpecker(void) {
    static const struct {
        const char *name;
        cli_forge forge;
    } names[] = {{"github", CLI_FORGE_GITHUB},
                 {"gitlab", CLI_FORGE_GITLAB},
                 {"gitea", CLI_FORGE_GITEA},
                 {"forgejo", CLI_FORGE_GITEA},
                 {"bitbucket", CLI_FORGE_BITBUCKET_CLOUD},
                 {"bitbucket_dc", CLI_FORGE_BITBUCKET_SERVER}};
    const char *type = cli_environment("CI_FORGE_TYPE");
    for (size_t i = 0; type != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(type, names[i].name) == 0) {
            return names[i].forge;
        }
    }
    return CLI_FORGE_UNKNOWN;
}

static cli_forge forge_of_ci(const cli_ci *ci) {
    if (strcmp(ci->name, "GitLab CI") == 0) {
        return CLI_FORGE_GITLAB;
    }
    if (strcmp(ci->name, "GitHub Actions") == 0) {
        /* Gitea and Forgejo run the same actions, with the same variables. */
        bool gitea =
            cli_environment("GITEA_ACTIONS") != NULL || cli_environment("FORGEJO_ACTIONS") != NULL;
        return gitea ? CLI_FORGE_GITEA : CLI_FORGE_GITHUB;
    }
    if (strcmp(ci->name, "Bitbucket Pipelines") == 0) {
        return CLI_FORGE_BITBUCKET_CLOUD;
    }
    if (strcmp(ci->name, "Azure Pipelines") == 0) {
        const char *provider = cli_environment("BUILD_REPOSITORY_PROVIDER");
        return provider != NULL && strcmp(provider, "TfsGit") == 0 ? CLI_FORGE_AZURE
                                                                   : CLI_FORGE_UNKNOWN;
    }
    return strcmp(ci->name, "Woodpecker") == 0 ? forge_of_woodpecker() : CLI_FORGE_UNKNOWN;
}

/* https://HOST of an address. */
static size_t host_length(const char *url) {
    const char *mark = strstr(url, "://");
    size_t before = mark != NULL ? (size_t)(mark + 3 - url) : 0;
    return before + strcspn(url + before, "/");
}

static bool same_host(const char *one, const char *other) {
    size_t length = host_length(one);
    return length == host_length(other) && strncasecmp(one, other, length) == 0;
}

/* What the CI serves is what it says; any other host is known by its name. */
static void find_forge(const cli_facts *facts, git_links *links) {
    js_buf told = JS_BUF_INIT, origin = JS_BUF_INIT, address = JS_BUF_INIT;
    const char *url = links->repository_url.data;
    bool own = facts->ci != NULL && cli_ci_fact(facts->ci, CLI_FACT_REPOSITORY, &told, &origin) &&
               !told.failed && cli_repository_url(told.data, &address) && !address.failed &&
               same_host(address.data, url);
    links->forge = own ? forge_of_ci(facts->ci) : CLI_FORGE_UNKNOWN;
    if (links->forge == CLI_FORGE_UNKNOWN) {
        links->forge = cli_forge_of(url);
    }
    js_buf_clear(&told);
    js_buf_clear(&origin);
    js_buf_clear(&address);
}

static int find_repository(cli_facts *facts, const char *origin, js_buf *url) {
    const char *given = cli_facts_get(facts, CLI_FACT_REPOSITORY);
    if (given != NULL) {
        int code = cli_check_text(cli_facts_origin(facts, CLI_FACT_REPOSITORY), given, false);
        if (code != CLI_OK || cli_repository_url(given, url)) {
            return code;
        }
        return cli_usage("%s is '%.80s', which is not the address of a repository on the web, such "
                         "as https://git.example.com/team/app.",
                         cli_facts_origin(facts, CLI_FACT_REPOSITORY), given);
    }
    if (origin == NULL || origin[0] == '\0') {
        return cli_usage("The address of the repository is not known: it has no remote `origin`. "
                         "Give --repository https://git.example.com/team/app.");
    }
    if (!cli_repository_url(origin, url) ||
        cli_check_text("The address of the remote `origin`", url->data, false) != CLI_OK) {
        return cli_usage("The remote `origin` is not an address on the web. Give --repository "
                         "https://git.example.com/team/app.");
    }
    return CLI_OK;
}

/* A web address with a place for a name. */
static int check_template(const char *option, const char *template, const char *name) {
    js_buf example = JS_BUF_INIT;
    int code = CLI_OK;
    if (template == NULL) {
        return CLI_OK;
    }
    if (!cli_link_has(template, name)) {
        code = cli_usage("%s has no placeholder for the %s: write it like "
                         "'https://git.example.com/{%s}'.",
                         option, strcmp(name, "hash") == 0 ? "commit" : "branch", name);
    } else {
        cli_link_fill(template, name, "x", &example);
        code = example.failed ? cli_no_memory() : cli_check_url(option, example.data);
    }
    js_buf_clear(&example);
    return code;
}

int git_links_find(cli_facts *facts, const char *origin, git_links *links) {
    links->repository_id = cli_value(facts->options, CLI_REPOSITORY_ID);
    links->commit_url = cli_value(facts->options, CLI_COMMIT_URL);
    links->branch_url = cli_value(facts->options, CLI_BRANCH_URL);
    int code = find_repository(facts, origin, &links->repository_url);
    if (code == CLI_OK && (links->repository_url.failed || cli_facts_failed(facts))) {
        code = cli_no_memory();
    }
    if (code == CLI_OK) {
        find_forge(facts, links);
        code = check_template("--commit-url", links->commit_url, "hash");
    }
    return code == CLI_OK ? check_template("--branch-url", links->branch_url, "branch") : code;
}

int git_links_check_commits(const git_links *links) {
    if (links->commit_url != NULL || links->forge != CLI_FORGE_UNKNOWN) {
        return CLI_OK;
    }
    return cli_usage("It is not known what the pages of %s look like. Give --commit-url "
                     "'https://.../{hash}', and to send branches --branch-url "
                     "'https://.../{branch}'.",
                     links->repository_url.data);
}

int git_links_check_branches(const git_links *links) {
    if (links->branch_url != NULL || links->forge != CLI_FORGE_UNKNOWN) {
        return CLI_OK;
    }
    return cli_usage("It is not known what the pages of %s look like. Give --branch-url "
                     "'https://.../{branch}' and --commit-url 'https://.../{hash}'.",
                     links->repository_url.data);
}

void git_links_add_branch(const git_links *links, const char *branch, js_buf *link) {
    if (links->branch_url != NULL) {
        cli_link_fill(links->branch_url, "branch", branch, link);
    } else {
        (void)cli_branch_link(links->forge, links->repository_url.data, branch, link);
    }
}
