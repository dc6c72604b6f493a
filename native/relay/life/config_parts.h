/* The parts of the configuration's reader, for life/config*.c only. */
#ifndef RELAY_LIFE_CONFIG_PARTS_H
#define RELAY_LIFE_CONFIG_PARTS_H

#include "relay/life/config.h"
#include "relay/life/yaml.h"

/* Each appends what the list `member` holds; a null node is an empty list. */
jirasend_code rl_config_sites(rl_yaml *yaml, const rl_member *member, rl_config *config,
                              jirasend_error *error);
jirasend_code rl_config_callers(rl_yaml *yaml, const rl_member *member, rl_config *config,
                                jirasend_error *error);
jirasend_code rl_config_hooks(rl_yaml *yaml, const rl_member *member, rl_config *config,
                              jirasend_error *error);
void rl_site_clear(rl_site *site);
void rl_caller_clear(rl_caller *caller);
void rl_hook_clear(rl_hook *hook);

/* A copy of the member's text; null when it is absent. */
jirasend_code rl_config_text(char **out, const rl_member *member, jirasend_error *error);
/* Letters, digits, '.', '_', '-', 64 at most. */
jirasend_code rl_config_name(rl_yaml *yaml, char **out, const rl_member *member,
                             jirasend_error *error);
jirasend_code rl_config_patterns(rl_yaml *yaml, rl_patterns *out, const rl_member *member,
                                 bool claims, jirasend_error *error);
/* The member's file, whole. `secret`: must not be readable by all, is trimmed, and not empty. */
jirasend_code rl_config_file(rl_yaml *yaml, js_secret *out, const rl_member *member, bool secret,
                             jirasend_error *error);
/* A proxy's address, as libcurl will read it. */
jirasend_code rl_config_proxy(rl_yaml *yaml, char **out, const rl_member *member,
                              jirasend_error *error);
/* The name of a file of certificates, which must be there now: else it fails at the first request. */
jirasend_code rl_config_roots(rl_yaml *yaml, char **out, const rl_member *member,
                              jirasend_error *error);
/* Room for one more element: the grown array, or null. */
void *rl_config_grow(void *items, size_t count, size_t size);
bool rl_environment_type_known(const char *type);

#endif
