/* The callers of the configuration: how each proves who it is, and what it may do. */
#include "base/error.h"
#include "base/text.h"
#include "event/kind_names.h"
#include "relay/life/config_parts.h"

#include <gnutls/x509.h>
#include <jirasend/config.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_UNITS = 255, RATE_MAX = 1000000 };

enum {
    NAME,
    TOKEN,
    OIDC,
    CERTIFICATE,
    SITES,
    KINDS,
    PIPELINES,
    REPOSITORIES,
    FLAGS,
    PROJECTS,
    ENVIRONMENTS,
    TYPES,
    DELETE,
    HISTORY,
    RATE,
    ORIGIN,
    ADMIN,
    METRICS,
    COUNT
};

void rl_caller_clear(rl_caller *caller) {
    free(caller->name);
    free(caller->oidc.issuer);
    free(caller->oidc.audience);
    free(caller->oidc.jwks);
    free(caller->oidc.ca_file);
    free(caller->oidc.proxy);
    js_strings_clear(&caller->oidc.claims);
    js_strings_clear(&caller->oidc.values);
    free(caller->certificate);
    js_strings_clear(&caller->sites);
    js_strings_clear(&caller->kinds);
    rl_patterns_clear(&caller->pipelines);
    rl_patterns_clear(&caller->repositories);
    rl_patterns_clear(&caller->flags);
    rl_patterns_clear(&caller->environments);
    js_strings_clear(&caller->projects);
    js_strings_clear(&caller->environment_types);
    free(caller->origin);
}

static bool read_hash(unsigned char out[JS_SHA256_SIZE], const char *text) {
    if (strlen(text) != 2 * (size_t)JS_SHA256_SIZE) {
        return false;
    }
    for (size_t i = 0; i < JS_SHA256_SIZE; i++) {
        int high = js_hex_digit(text[2 * i]);
        int low = js_hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static jirasend_code read_token(rl_yaml *yaml, const rl_member *member, const rl_config *config,
                                rl_caller *caller, jirasend_error *error) {
    caller->by = RL_BY_TOKEN;
    if (!read_hash(caller->token, rl_yaml_text(member->node))) {
        return rl_yaml_fail(yaml, member->node, error,
                            "'tokenSha256' is the SHA-256 of the token, 64 hex digits; "
                            "'jirasend-relay new-token' makes both.");
    }
    for (size_t i = 0; &config->callers[i] != caller; i++) {
        if (config->callers[i].by == RL_BY_TOKEN &&
            memcmp(config->callers[i].token, caller->token, sizeof caller->token) == 0) {
            return rl_yaml_fail(yaml, member->node, error,
                                "The callers '%s' and '%s' have the same token.",
                                config->callers[i].name, caller->name);
        }
    }
    return JIRASEND_OK;
}

static jirasend_code check_url(rl_yaml *yaml, const rl_member *member, jirasend_error *error) {
    js_site site;
    char path[1024];
    jirasend_error why = JIRASEND_ERROR_INIT;
    if (member->node == NULL || (strncmp(rl_yaml_text(member->node), "http", 4) == 0 &&
                                 strstr(rl_yaml_text(member->node), "://") != NULL &&
                                 js_api_parse(&site, path, sizeof path, rl_yaml_text(member->node),
                                              member->name, &why) == JIRASEND_OK)) {
        return JIRASEND_OK;
    }
    return rl_yaml_fail(yaml, member->node, error,
                        "'%s' must be an https:// address (http:// for loopback only).",
                        member->name);
}

static jirasend_code read_oidc(rl_yaml *yaml, rl_node *node, rl_caller *caller,
                               jirasend_error *error) {
    enum { ISSUER, AUDIENCE, JWKS, CA, PROXY, CLAIMS, MEMBERS };
    rl_member members[MEMBERS] = {
        [ISSUER] = {"issuer", RL_TEXT, true, NULL}, [AUDIENCE] = {"audience", RL_TEXT, true, NULL},
        [JWKS] = {"jwks", RL_TEXT, false, NULL},    [CA] = {"caFile", RL_TEXT, false, NULL},
        [PROXY] = {"proxy", RL_TEXT, false, NULL},  [CLAIMS] = {"claims", RL_MAP, true, NULL}};
    rl_oidc *oidc = &caller->oidc;
    char **texts[] = {[ISSUER] = &oidc->issuer, [AUDIENCE] = &oidc->audience, [JWKS] = &oidc->jwks};
    caller->by = RL_BY_OIDC;
    jirasend_code code = rl_yaml_members(yaml, node, "'oidc'", members, MEMBERS, error);
    if (code == JIRASEND_OK) {
        code = check_url(yaml, &members[ISSUER], error);
    }
    if (code == JIRASEND_OK) {
        code = check_url(yaml, &members[JWKS], error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i <= JWKS; i++) {
        code = rl_config_text(texts[i], &members[i], error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_roots(yaml, &oidc->ca_file, &members[CA], error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_proxy(yaml, &oidc->proxy, &members[PROXY], error);
    }
    if (code == JIRASEND_OK) {
        code = rl_yaml_text_map(yaml, &members[CLAIMS], &oidc->claims, &oidc->values, error);
    }
    if (code == JIRASEND_OK && oidc->claims.count == 0) {
        code = rl_yaml_fail(yaml, members[CLAIMS].node, error,
                            "'claims' needs at least one claim, or every project of the issuer may "
                            "send.");
    }
    return code;
}

/* The subject written as GnuTLS writes a peer's. Null: it does not read it, which is no proof: it reads no "CN=a+OU=b". */
static char *canonical_subject(const char *text) {
    gnutls_x509_dn_t name = NULL;
    gnutls_datum_t written = {NULL, 0};
    char *out = NULL;
    if (gnutls_x509_dn_init(&name) == GNUTLS_E_SUCCESS &&
        gnutls_x509_dn_set_str(name, text, NULL) == GNUTLS_E_SUCCESS &&
        gnutls_x509_dn_get_str2(name, &written, 0) == GNUTLS_E_SUCCESS) {
        out = js_copy((const char *)written.data);
    }
    gnutls_free(written.data);
    if (name != NULL) {
        gnutls_x509_dn_deinit(name);
    }
    return out;
}

static jirasend_code check_subject(rl_yaml *yaml, const rl_member *member, jirasend_error *error) {
    const char *given = rl_yaml_text(member->node);
    jirasend_code code = JIRASEND_OK;
    char *subject = canonical_subject(given);
    if (given[0] == '/' || strchr(given, '=') == NULL) {
        code = rl_yaml_fail(yaml, member->node, error,
                            "'certificate' is the whole subject in the form of RFC 4514, such as "
                            "\"CN=ops.example.com,O=Example\".");
    } else if (subject != NULL && strcmp(subject, given) != 0) {
        code = rl_yaml_fail(yaml, member->node, error,
                            "'certificate' must be written as it is compared: \"%s\".", subject);
    }
    free(subject);
    return code;
}

static jirasend_code read_certificate(rl_yaml *yaml, const rl_member *member,
                                      const rl_config *config, rl_caller *caller,
                                      jirasend_error *error) {
    caller->by = RL_BY_CERTIFICATE;
    for (size_t i = 0; &config->callers[i] != caller; i++) {
        const char *other = config->callers[i].certificate;
        if (other != NULL && strcmp(other, rl_yaml_text(member->node)) == 0) {
            return rl_yaml_fail(yaml, member->node, error,
                                "The callers '%s' and '%s' have the same certificate.",
                                config->callers[i].name, caller->name);
        }
    }
    jirasend_code code = check_subject(yaml, member, error);
    return code == JIRASEND_OK ? rl_config_text(&caller->certificate, member, error) : code;
}

static jirasend_code read_credential(rl_yaml *yaml, rl_node *node, rl_member *members,
                                     const rl_config *config, rl_caller *caller,
                                     jirasend_error *error) {
    int given = (members[TOKEN].node != NULL) + (members[OIDC].node != NULL) +
                (members[CERTIFICATE].node != NULL);
    if (given != 1) {
        return rl_yaml_fail(yaml, node, error,
                            "The caller '%s' needs exactly one of 'tokenSha256', 'oidc' and "
                            "'certificate'.",
                            caller->name);
    }
    if (members[TOKEN].node != NULL) {
        return read_token(yaml, &members[TOKEN], config, caller, error);
    }
    return members[OIDC].node != NULL
               ? read_oidc(yaml, members[OIDC].node, caller, error)
               : read_certificate(yaml, &members[CERTIFICATE], config, caller, error);
}

static jirasend_code read_sites(rl_yaml *yaml, const rl_member *member, const rl_config *config,
                                rl_caller *caller, jirasend_error *error) {
    js_strings given = JS_STRINGS_INIT;
    jirasend_code code = rl_yaml_texts(yaml, member, &given, error);
    if (code == JIRASEND_OK && member->node != NULL && given.count == 0) {
        code = rl_yaml_fail(yaml, member->node, error,
                            "'sites' is empty; leave it out for all sites.");
    }
    for (size_t i = 0; code == JIRASEND_OK && i < given.count; i++) {
        js_site site;
        if (js_site_parse(&site, given.items[i], "site", NULL) != JIRASEND_OK ||
            rl_config_site(config, site.name) == NULL) {
            code = rl_yaml_fail(yaml, rl_yaml_element(yaml, member->node, i), error,
                                "'%s' is not one of the 'sites' above.", given.items[i]);
        } else if (!js_strings_add(&caller->sites, site.name, strlen(site.name))) {
            code = js_fail_memory(error);
        }
    }
    js_strings_clear(&given);
    return code;
}

static jirasend_code read_kinds(rl_yaml *yaml, const rl_member *member, rl_caller *caller,
                                jirasend_error *error) {
    if (member->node == NULL) {
        return js_strings_add(&caller->kinds, "build", 5) &&
                       js_strings_add(&caller->kinds, "deployment", 10)
                   ? JIRASEND_OK
                   : js_fail_memory(error);
    }
    jirasend_code code = rl_yaml_texts(yaml, member, &caller->kinds, error);
    for (size_t i = 0; code == JIRASEND_OK && i < caller->kinds.count; i++) {
        if (js_kind_api_name(caller->kinds.items[i])[0] == '\0') {
            char known[JS_KIND_LIST_SIZE];
            js_kind_list(known);
            code =
                rl_yaml_fail(yaml, rl_yaml_element(yaml, member->node, i), error,
                             "'%s' is not a kind. Known are: %s.", caller->kinds.items[i], known);
        }
    }
    return code;
}

static jirasend_code read_types(rl_yaml *yaml, const rl_member *member, rl_caller *caller,
                                jirasend_error *error) {
    jirasend_code code = rl_yaml_texts(yaml, member, &caller->environment_types, error);
    for (size_t i = 0; code == JIRASEND_OK && i < caller->environment_types.count; i++) {
        if (!rl_environment_type_known(caller->environment_types.items[i])) {
            code =
                rl_yaml_fail(yaml, rl_yaml_element(yaml, member->node, i), error,
                             "'%s' is not a type of environment. Known are: production, staging, "
                             "testing, development, unmapped.",
                             caller->environment_types.items[i]);
        }
    }
    return code;
}

/* What the core would refuse at each post is refused now. */
static jirasend_code read_projects(rl_yaml *yaml, const rl_member *member, rl_caller *caller,
                                   jirasend_error *error) {
    jirasend_config *config = jirasend_config_new();
    jirasend_code code = config != NULL ? rl_yaml_texts(yaml, member, &caller->projects, error)
                                        : js_fail_memory(error);
    for (size_t i = 0; code == JIRASEND_OK && i < caller->projects.count; i++) {
        jirasend_error why = JIRASEND_ERROR_INIT;
        const char *project = caller->projects.items[i];
        code = strpbrk(project, ", \t\r\n") != NULL
                   ? js_fail(&why, JIRASEND_E_ARGUMENT, "'projects' has one project an element.")
                   : jirasend_config_set_projects(config, project, &why);
        if (code != JIRASEND_OK) {
            code = rl_yaml_fail(yaml, rl_yaml_element(yaml, member->node, i), error, "%s",
                                why.message);
        }
    }
    jirasend_config_free(config);
    return code;
}

static jirasend_code read_patterns(rl_yaml *yaml, rl_member *members, rl_caller *caller,
                                   jirasend_error *error) {
    bool claims = caller->by == RL_BY_OIDC;
    rl_patterns *lists[] = {&caller->pipelines, &caller->repositories, &caller->flags,
                            &caller->environments};
    const int which[] = {PIPELINES, REPOSITORIES, FLAGS, ENVIRONMENTS};
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && i < 4; i++) {
        code = rl_config_patterns(yaml, lists[i], &members[which[i]], claims, error);
    }
    return code;
}

static jirasend_code read_origin(rl_yaml *yaml, const rl_member *member, rl_caller *caller,
                                 jirasend_error *error) {
    if (member->node == NULL) {
        caller->origin = js_copy(caller->name);
        return caller->origin != NULL ? JIRASEND_OK : js_fail_memory(error);
    }
    const char *text = rl_yaml_text(member->node);
    if (js_utf16_length(text, strlen(text)) > ORIGIN_UNITS) {
        return rl_yaml_fail(yaml, member->node, error, "'origin' has at most %d characters.",
                            ORIGIN_UNITS);
    }
    return rl_config_text(&caller->origin, member, error);
}

static jirasend_code read_powers(rl_yaml *yaml, rl_node *node, rl_member *members,
                                 rl_caller *caller, jirasend_error *error) {
    caller->may_delete = rl_yaml_flag(members[DELETE].node);
    caller->history = rl_yaml_flag(members[HISTORY].node);
    caller->admin = rl_yaml_flag(members[ADMIN].node);
    caller->metrics = rl_yaml_flag(members[METRICS].node);
    caller->sender = !caller->admin && (!caller->metrics || caller->pipelines.given);
    if (caller->sender && !caller->pipelines.given) {
        return rl_yaml_fail(yaml, node, error,
                            "The caller '%s' needs 'pipelines': the patterns of the pipelines that "
                            "it may report ([] for none).",
                            caller->name);
    }
    jirasend_code code = rl_yaml_number(yaml, &members[RATE], 1, RATE_MAX, 0, &caller->rate, error);
    if (code == JIRASEND_OK) {
        code = read_projects(yaml, &members[PROJECTS], caller, error);
    }
    return code == JIRASEND_OK ? read_origin(yaml, &members[ORIGIN], caller, error) : code;
}

static jirasend_code read_caller(rl_yaml *yaml, rl_node *node, rl_config *config,
                                 jirasend_error *error) {
    rl_member members[COUNT] = {[NAME] = {"name", RL_TEXT, true, NULL},
                                [TOKEN] = {"tokenSha256", RL_TEXT, false, NULL},
                                [OIDC] = {"oidc", RL_MAP, false, NULL},
                                [CERTIFICATE] = {"certificate", RL_TEXT, false, NULL},
                                [SITES] = {"sites", RL_LIST, false, NULL},
                                [KINDS] = {"kinds", RL_LIST, false, NULL},
                                [PIPELINES] = {"pipelines", RL_LIST, false, NULL},
                                [REPOSITORIES] = {"repositories", RL_LIST, false, NULL},
                                [FLAGS] = {"flags", RL_LIST, false, NULL},
                                [PROJECTS] = {"projects", RL_LIST, false, NULL},
                                [ENVIRONMENTS] = {"environments", RL_LIST, false, NULL},
                                [TYPES] = {"environmentTypes", RL_LIST, false, NULL},
                                [DELETE] = {"delete", RL_FLAG, false, NULL},
                                [HISTORY] = {"history", RL_FLAG, false, NULL},
                                [RATE] = {"rate", RL_NUMBER, false, NULL},
                                [ORIGIN] = {"origin", RL_TEXT, false, NULL},
                                [ADMIN] = {"admin", RL_FLAG, false, NULL},
                                [METRICS] = {"metrics", RL_FLAG, false, NULL}};
    rl_caller *caller = &config->callers[config->caller_count++];
    jirasend_code code = rl_yaml_members(yaml, node, "a caller", members, COUNT, error);
    if (code == JIRASEND_OK) {
        code = rl_config_name(yaml, &caller->name, &members[NAME], error);
    }
    for (size_t i = 0; code == JIRASEND_OK && &config->callers[i] != caller; i++) {
        if (strcmp(config->callers[i].name, caller->name) == 0) {
            code = rl_yaml_fail(yaml, members[NAME].node, error, "The caller '%s' appears twice.",
                                caller->name);
        }
    }
    if (code == JIRASEND_OK) {
        code = read_credential(yaml, node, members, config, caller, error);
    }
    if (code == JIRASEND_OK) {
        code = read_sites(yaml, &members[SITES], config, caller, error);
    }
    if (code == JIRASEND_OK) {
        code = read_kinds(yaml, &members[KINDS], caller, error);
    }
    if (code == JIRASEND_OK) {
        code = read_types(yaml, &members[TYPES], caller, error);
    }
    if (code == JIRASEND_OK) {
        code = read_patterns(yaml, members, caller, error);
    }
    return code == JIRASEND_OK ? read_powers(yaml, node, members, caller, error) : code;
}

jirasend_code rl_config_callers(rl_yaml *yaml, const rl_member *member, rl_config *config,
                                jirasend_error *error) {
    rl_node *node = NULL;
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && member->node != NULL &&
                       (node = rl_yaml_element(yaml, member->node, i)) != NULL;
         i++) {
        rl_caller *grown = rl_config_grow(config->callers, config->caller_count, sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(error);
        }
        config->callers = grown;
        code = read_caller(yaml, node, config, error);
    }
    return code;
}
