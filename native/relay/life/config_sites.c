/* The sites of the configuration, and the hooks that tell them something. */
#include "base/error.h"
#include "event/environment.h"
#include "event/words.h"
#include "relay/life/config_parts.h"

#include <stdlib.h>
#include <string.h>

void rl_site_clear(rl_site *site) {
    free(site->api_url);
    free(site->cloud_id);
    free(site->ca_file);
    free(site->proxy);
    free(site->no_proxy);
    free(site->client_id);
    free(site->secret_file);
    js_secret_wipe(&site->secret);
    rl_patterns_clear(&site->environments);
    js_strings_clear(&site->environment_types);
}

const char *rl_site_environment_type(const rl_site *site, const char *environment) {
    for (size_t i = 0; i < site->environments.count; i++) {
        if (rl_pattern_fits(&site->environments.items[i], NULL, environment, strlen(environment))) {
            return site->environment_types.items[i];
        }
    }
    return NULL;
}

const char *rl_site_environment_guess(const rl_site *site, const char *name,
                                      const char *environment) {
    const char *type = rl_site_environment_type(site, environment);
    return type != NULL ? type : js_environment_type_name(js_environment_map(name, environment));
}

static jirasend_code read_environments(rl_yaml *yaml, const rl_member *member, rl_site *site,
                                       jirasend_error *error) {
    js_strings names = JS_STRINGS_INIT;
    jirasend_code code = rl_yaml_text_map(yaml, member, &names, &site->environment_types, error);
    for (size_t i = 0; code == JIRASEND_OK && i < names.count; i++) {
        rl_pattern *grown = rl_config_grow(site->environments.items, i, sizeof *grown);
        if (grown == NULL) {
            code = js_fail_memory(error);
            break;
        }
        site->environments.items = grown;
        jirasend_error why = JIRASEND_ERROR_INIT;
        code = rl_pattern_read(&grown[i], names.items[i], false, &why);
        if (code != JIRASEND_OK) {
            code = rl_yaml_fail(yaml, member->node, error, "The pattern '%s' %s", names.items[i],
                                why.message);
            break;
        }
        site->environments.count = i + 1;
        if (!rl_environment_type_known(site->environment_types.items[i])) {
            code =
                rl_yaml_fail(yaml, member->node, error,
                             "'%s' is not a type of environment. Known are: production, staging, "
                             "testing, development, unmapped.",
                             site->environment_types.items[i]);
        }
    }
    js_strings_clear(&names);
    return code;
}

static jirasend_code check_api_url(rl_yaml *yaml, const rl_member *member, jirasend_error *error) {
    js_site api;
    char path[256];
    jirasend_error why = JIRASEND_ERROR_INIT;
    if (member->node == NULL || js_api_parse(&api, path, sizeof path, rl_yaml_text(member->node),
                                             "apiUrl", &why) == JIRASEND_OK) {
        return JIRASEND_OK;
    }
    return rl_yaml_fail(yaml, member->node, error, "%s", why.message);
}

static jirasend_code read_site(rl_yaml *yaml, rl_node *node, rl_config *config,
                               jirasend_error *error) {
    enum { SITE, API, CLOUD, CA, PROXY, NO_PROXY, CLIENT, SECRET, ENVIRONMENTS, COUNT };
    rl_member members[COUNT] = {[SITE] = {"site", RL_TEXT, true, NULL},
                                [API] = {"apiUrl", RL_TEXT, false, NULL},
                                [CLOUD] = {"cloudId", RL_TEXT, false, NULL},
                                [CA] = {"caFile", RL_TEXT, false, NULL},
                                [PROXY] = {"proxy", RL_TEXT, false, NULL},
                                [NO_PROXY] = {"noProxy", RL_TEXT, false, NULL},
                                [CLIENT] = {"clientId", RL_TEXT, true, NULL},
                                [SECRET] = {"secretFile", RL_TEXT, true, NULL},
                                [ENVIRONMENTS] = {"environments", RL_MAP, false, NULL}};
    rl_site *site = &config->sites[config->site_count++];
    jirasend_code code = rl_yaml_members(yaml, node, "a site", members, COUNT, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    jirasend_error why = JIRASEND_ERROR_INIT;
    if (js_site_parse(&site->site, rl_yaml_text(members[SITE].node), "site", &why) != JIRASEND_OK) {
        return rl_yaml_fail(yaml, members[SITE].node, error, "%s", why.message);
    }
    if (rl_config_site(config, site->site.name) != site) {
        return rl_yaml_fail(yaml, members[SITE].node, error, "The site %s appears twice.",
                            site->site.name);
    }
    if (members[CLOUD].node != NULL && !js_cloud_id_valid(rl_yaml_text(members[CLOUD].node))) {
        return rl_yaml_fail(yaml, members[CLOUD].node, error,
                            "'cloudId' is letters, digits and '-', at most 64 of them.");
    }
    char **texts[] = {[API] = &site->api_url,
                      [CLOUD] = &site->cloud_id,
                      [NO_PROXY] = &site->no_proxy,
                      [CLIENT] = &site->client_id,
                      [SECRET] = &site->secret_file};
    code = check_api_url(yaml, &members[API], error);
    for (size_t i = API; code == JIRASEND_OK && i <= SECRET; i++) {
        code = texts[i] != NULL ? rl_config_text(texts[i], &members[i], error) : JIRASEND_OK;
    }
    if (code == JIRASEND_OK) {
        code = rl_config_roots(yaml, &site->ca_file, &members[CA], error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_proxy(yaml, &site->proxy, &members[PROXY], error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_file(yaml, &site->secret, &members[SECRET], true, error);
    }
    return code == JIRASEND_OK ? read_environments(yaml, &members[ENVIRONMENTS], site, error)
                               : code;
}

static bool same(const char *one, const char *other) {
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* The way to Jira (proxy, trusted roots) belongs to the client, which all sites share. */
static jirasend_code check_way(rl_yaml *yaml, const rl_node *node, const rl_config *config,
                               jirasend_error *error) {
    const rl_site *first = &config->sites[0];
    const rl_site *last = &config->sites[config->site_count - 1];
    if (same(first->ca_file, last->ca_file) && same(first->proxy, last->proxy) &&
        same(first->no_proxy, last->no_proxy)) {
        return JIRASEND_OK;
    }
    return rl_yaml_fail(yaml, node, error,
                        "'caFile', 'proxy' and 'noProxy' must be the same for every site.");
}

jirasend_code rl_config_sites(rl_yaml *yaml, const rl_member *member, rl_config *config,
                              jirasend_error *error) {
    rl_node *node = NULL;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0;
         code == JIRASEND_OK && (node = rl_yaml_element(yaml, member->node, i)) != NULL; i++) {
        rl_site *grown = rl_config_grow(config->sites, config->site_count, sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(error);
        }
        config->sites = grown;
        code = read_site(yaml, node, config, error);
        if (code == JIRASEND_OK) {
            code = check_way(yaml, node, config, error);
        }
    }
    if (code == JIRASEND_OK && config->site_count == 0) {
        code = rl_yaml_fail(yaml, member->node, error, "'sites' needs at least one site.");
    }
    return code;
}
