/* The hooks of the configuration. */
#include "base/error.h"
#include "relay/life/config_parts.h"

#include <stdlib.h>
#include <string.h>

void rl_hook_clear(rl_hook *hook) {
    free(hook->name);
    free(hook->secret_file);
    js_secret_wipe(&hook->secret);
    rl_patterns_clear(&hook->repositories);
}

static bool read_type(rl_hook_type *type, const char *name) {
    static const char *const names[] = {[RL_HOOK_GITHUB] = "github",
                                        [RL_HOOK_GITLAB] = "gitlab",
                                        [RL_HOOK_BITBUCKET] = "bitbucket-datacenter",
                                        [RL_HOOK_GITEA] = "gitea"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *type = (rl_hook_type)i;
            return true;
        }
    }
    return false;
}

static jirasend_code read_hook(rl_yaml *yaml, rl_node *node, rl_config *config,
                               jirasend_error *error) {
    enum { NAME, TYPE, SECRET, SITE, REPOSITORIES, COUNT };
    rl_member members[COUNT] = {[NAME] = {"name", RL_TEXT, true, NULL},
                                [TYPE] = {"type", RL_TEXT, true, NULL},
                                [SECRET] = {"secretFile", RL_TEXT, true, NULL},
                                [SITE] = {"site", RL_TEXT, true, NULL},
                                [REPOSITORIES] = {"repositories", RL_LIST, true, NULL}};
    rl_hook *hook = &config->hooks[config->hook_count++];
    jirasend_code code = rl_yaml_members(yaml, node, "a hook", members, COUNT, error);
    if (code == JIRASEND_OK) {
        code = rl_config_name(yaml, &hook->name, &members[NAME], error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    if (rl_config_hook(config, hook->name) != hook) {
        return rl_yaml_fail(yaml, members[NAME].node, error, "The hook '%s' appears twice.",
                            hook->name);
    }
    if (!read_type(&hook->type, rl_yaml_text(members[TYPE].node))) {
        return rl_yaml_fail(yaml, members[TYPE].node, error,
                            "'type' must be github, gitlab, bitbucket-datacenter or gitea.");
    }
    js_site site;
    const rl_site *known = NULL;
    if (js_site_parse(&site, rl_yaml_text(members[SITE].node), "site", NULL) == JIRASEND_OK) {
        known = rl_config_site(config, site.name);
    }
    if (known == NULL) {
        return rl_yaml_fail(yaml, members[SITE].node, error, "'%s' is not one of the 'sites'.",
                            rl_yaml_text(members[SITE].node));
    }
    hook->site = (size_t)(known - config->sites);
    code = rl_config_text(&hook->secret_file, &members[SECRET], error);
    if (code == JIRASEND_OK) {
        code = rl_config_file(yaml, &hook->secret, &members[SECRET], true, error);
    }
    return code == JIRASEND_OK
               ? rl_config_patterns(yaml, &hook->repositories, &members[REPOSITORIES], false, error)
               : code;
}

jirasend_code rl_config_hooks(rl_yaml *yaml, const rl_member *member, rl_config *config,
                              jirasend_error *error) {
    rl_node *node = NULL;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && member->node != NULL &&
                       (node = rl_yaml_element(yaml, member->node, i)) != NULL;
         i++) {
        rl_hook *grown = rl_config_grow(config->hooks, config->hook_count, sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(error);
        }
        config->hooks = grown;
        code = read_hook(yaml, node, config, error);
    }
    return code;
}
