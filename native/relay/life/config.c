/* The configuration file as a whole: its top members, and what one part asks of another. */
#include "relay/life/config.h"

#include "base/error.h"
#include "base/text.h"
#include "relay/life/config_parts.h"
#include "relay/life/file.h"

#include <jirasend/config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_DAYS = 400, KEEP_DAYS_MAX = 36500 };

static bool is_loopback(const rl_listen *listen) {
    struct in_addr v4;
    if (listen->v6) {
        struct in6_addr v6;
        return inet_pton(AF_INET6, listen->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return inet_pton(AF_INET, listen->host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static bool split_listen(rl_listen *listen, const char *text) {
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == '\0' || strlen(colon + 1) > 5 ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0') {
        return false;
    }
    listen->port = (int)strtol(colon + 1, NULL, 10);
    listen->v6 = text[0] == '[';
    const char *host = text + (listen->v6 ? 1 : 0);
    const char *end = colon - (listen->v6 ? 1 : 0);
    if (listen->port > 65535 || end <= host || (size_t)(end - host) >= sizeof listen->host ||
        (listen->v6 && *end != ']')) {
        return false;
    }
    memcpy(listen->host, host, (size_t)(end - host));
    if (strcmp(listen->host, "localhost") == 0) {
        memcpy(listen->host, "127.0.0.1", sizeof "127.0.0.1");
    }
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(listen->v6 ? AF_INET6 : AF_INET, listen->host, address) == 1;
}

static jirasend_code read_listen(rl_yaml *yaml, const rl_member *member, rl_config *config,
                                 jirasend_error *error) {
    jirasend_code code = rl_config_text(&config->listen.text, member, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (!split_listen(&config->listen, config->listen.text)) {
        return rl_yaml_fail(yaml, member->node, error,
                            "'listen' must be an address and a port, such as 127.0.0.1:8443 or "
                            "[::]:8443.");
    }
    config->listen.loopback = is_loopback(&config->listen);
    if (!config->listen.loopback && !config->has_tls) {
        return rl_yaml_fail(yaml, member->node, error,
                            "'listen' is not a loopback address, so 'tls' with a certificate and a "
                            "key is needed.");
    }
    return JIRASEND_OK;
}

static jirasend_code read_tls(rl_yaml *yaml, rl_node *node, rl_config *config,
                              jirasend_error *error) {
    rl_member members[] = {{"certificate", RL_TEXT, true, NULL},
                           {"key", RL_TEXT, true, NULL},
                           {"clientCa", RL_TEXT, false, NULL}};
    if (node == NULL) {
        return JIRASEND_OK;
    }
    rl_tls *tls = &config->tls;
    jirasend_code code = rl_yaml_members(yaml, node, "'tls'", members, 3, error);
    char **files[] = {&tls->certificate_file, &tls->key_file, &tls->client_ca_file};
    js_secret *contents[] = {&tls->certificate, &tls->key, &tls->client_ca};
    for (size_t i = 0; code == JIRASEND_OK && i < 3; i++) {
        code = rl_config_text(files[i], &members[i], error);
        if (code == JIRASEND_OK && members[i].node != NULL) {
            code = rl_config_file(yaml, contents[i], &members[i], i == 1, error);
        }
    }
    config->has_tls = true;
    return code;
}

static jirasend_code read_limits(rl_yaml *yaml, rl_node *node, rl_config *config,
                                 jirasend_error *error) {
    rl_member members[] = {{"connections", RL_NUMBER, false, NULL},
                           {"perAddress", RL_NUMBER, false, NULL},
                           {"bodies", RL_NUMBER, false, NULL}};
    jirasend_code code =
        node != NULL ? rl_yaml_members(yaml, node, "'limits'", members, 3, error) : JIRASEND_OK;
    if (code == JIRASEND_OK) {
        code =
            rl_yaml_number(yaml, &members[0], 1, 100000, 1000, &config->limits.connections, error);
    }
    if (code == JIRASEND_OK) {
        code =
            rl_yaml_number(yaml, &members[1], 1, 100000, 100, &config->limits.per_address, error);
    }
    if (code == JIRASEND_OK) {
        code = rl_yaml_number(yaml, &members[2], 1, INT64_C(1) << 40, INT64_C(268435456),
                              &config->limits.bodies, error);
    }
    return code;
}

static jirasend_code read_public_url(rl_yaml *yaml, const rl_member *member, rl_config *config,
                                     jirasend_error *error) {
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    js_site site;
    char path[256];
    char out[JS_ORIGIN_SIZE];
    jirasend_error why = JIRASEND_ERROR_INIT;
    if (js_api_parse(&site, path, sizeof path, rl_yaml_text(member->node), "publicUrl", &why) !=
        JIRASEND_OK) {
        return rl_yaml_fail(yaml, member->node, error, "%s", why.message);
    }
    js_site_origin(&site, out);
    js_buf url = JS_BUF_INIT;
    js_buf_addf(&url, "%s%s", out, path);
    config->public_url = js_buf_take(&url);
    return config->public_url != NULL ? JIRASEND_OK : js_fail_memory(error);
}

/* As the core takes it, which says what is wrong with an address. */
static jirasend_code check_address(rl_yaml *yaml, rl_node *node, const char *outbox,
                                   jirasend_error *error) {
    jirasend_error why = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = jirasend_config_set_outbox(config, outbox, &why);
    jirasend_config_free(config);
    return code == JIRASEND_OK ? JIRASEND_OK : rl_yaml_fail(yaml, node, error, "%s", why.message);
}

static jirasend_code read_outbox(rl_yaml *yaml, const rl_member *place, const rl_member *password,
                                 rl_config *config, jirasend_error *error) {
    jirasend_code code = rl_config_text(&config->outbox, place, error);
    if (code == JIRASEND_OK) {
        code = check_address(yaml, place->node, config->outbox, error);
    }
    if (code != JIRASEND_OK || password->node == NULL) {
        return code;
    }
    if (strncmp(config->outbox, "postgresql://", 13) != 0) {
        return rl_yaml_fail(yaml, password->node, error,
                            "'outboxPasswordFile' is for an outbox at postgresql://… only.");
    }
    code = rl_config_text(&config->outbox_password_file, password, error);
    return code == JIRASEND_OK
               ? rl_config_file(yaml, &config->outbox_password, password, true, error)
               : code;
}

static jirasend_code check_whole(rl_yaml *yaml, const rl_config *config, jirasend_error *error) {
    if (config->caller_count == 0 && config->hook_count == 0) {
        return rl_yaml_fail(yaml, rl_yaml_top(yaml), error,
                            "Nobody may send anything: 'callers' or 'hooks' needs an entry.");
    }
    return JIRASEND_OK;
}

const rl_caller *rl_config_shut_out(const rl_config *config) {
    for (size_t i = 0; i < config->caller_count; i++) {
        if (config->callers[i].by == RL_BY_CERTIFICATE && config->tls.client_ca_file == NULL) {
            return &config->callers[i];
        }
    }
    return NULL;
}

static jirasend_code read_top(rl_yaml *yaml, rl_config *config, jirasend_error *error) {
    enum { LISTEN, PUBLIC_URL, TLS, OUTBOX, PASSWORD, KEEP, LIMITS, SITES, CALLERS, HOOKS, COUNT };
    rl_member members[COUNT] = {[LISTEN] = {"listen", RL_TEXT, true, NULL},
                                [PUBLIC_URL] = {"publicUrl", RL_TEXT, false, NULL},
                                [TLS] = {"tls", RL_MAP, false, NULL},
                                [OUTBOX] = {"outbox", RL_TEXT, true, NULL},
                                [PASSWORD] = {"outboxPasswordFile", RL_TEXT, false, NULL},
                                [KEEP] = {"keep", RL_NUMBER, false, NULL},
                                [LIMITS] = {"limits", RL_MAP, false, NULL},
                                [SITES] = {"sites", RL_LIST, true, NULL},
                                [CALLERS] = {"callers", RL_LIST, false, NULL},
                                [HOOKS] = {"hooks", RL_LIST, false, NULL}};
    jirasend_code code =
        rl_yaml_members(yaml, rl_yaml_top(yaml), "the configuration", members, COUNT, error);
    if (code == JIRASEND_OK) {
        code = read_tls(yaml, members[TLS].node, config, error);
    }
    if (code == JIRASEND_OK) {
        code = read_listen(yaml, &members[LISTEN], config, error);
    }
    if (code == JIRASEND_OK) {
        code = read_public_url(yaml, &members[PUBLIC_URL], config, error);
    }
    if (code == JIRASEND_OK) {
        code = read_outbox(yaml, &members[OUTBOX], &members[PASSWORD], config, error);
    }
    if (code == JIRASEND_OK) {
        code =
            rl_yaml_number(yaml, &members[KEEP], 0, KEEP_DAYS_MAX, KEEP_DAYS, &config->keep, error);
    }
    if (code == JIRASEND_OK) {
        code = read_limits(yaml, members[LIMITS].node, config, error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_sites(yaml, &members[SITES], config, error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_callers(yaml, &members[CALLERS], config, error);
    }
    if (code == JIRASEND_OK) {
        code = rl_config_hooks(yaml, &members[HOOKS], config, error);
    }
    return code == JIRASEND_OK ? check_whole(yaml, config, error) : code;
}

jirasend_code rl_config_parse(rl_config **config, const char *text, size_t length, const char *file,
                              jirasend_error *error) {
    *config = NULL;
    rl_yaml yaml;
    jirasend_code code = rl_yaml_load(&yaml, text, length, file, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    rl_config *made = calloc(1, sizeof *made);
    if (made == NULL) {
        code = js_fail_memory(error);
    } else {
        atomic_init(&made->references, 1);
        code = js_secret_set(&made->source, text, length) ? read_top(&yaml, made, error)
                                                          : js_fail_memory(error);
    }
    rl_yaml_clear(&yaml);
    if (code != JIRASEND_OK) {
        rl_config_release(made);
        return code;
    }
    *config = made;
    return JIRASEND_OK;
}

jirasend_code rl_config_read(rl_config **config, const char *file, jirasend_error *error) {
    *config = NULL;
    js_secret text = JS_SECRET_INIT;
    jirasend_code code = rl_file_read(&text, file, false, error);
    if (code == JIRASEND_OK) {
        code = rl_config_parse(config, text.text, text.length, file, error);
    }
    js_secret_wipe(&text);
    return code;
}

jirasend_code rl_config_read_again(rl_config **config, const rl_config *now, const char *file,
                                   jirasend_error *error) {
    return rl_config_parse(config, now->source.text, now->source.length, file, error);
}

rl_config *rl_config_retain(rl_config *config) {
    (void)atomic_fetch_add(&config->references, 1);
    return config;
}

static void clear_tls(rl_tls *tls) {
    free(tls->certificate_file);
    free(tls->key_file);
    free(tls->client_ca_file);
    js_secret_wipe(&tls->certificate);
    js_secret_wipe(&tls->key);
    js_secret_wipe(&tls->client_ca);
}

void rl_config_release(rl_config *config) {
    if (config == NULL || atomic_fetch_sub(&config->references, 1) > 1) {
        return;
    }
    js_secret_wipe(&config->source);
    free(config->listen.text);
    free(config->public_url);
    clear_tls(&config->tls);
    free(config->outbox);
    free(config->outbox_password_file);
    js_secret_wipe(&config->outbox_password);
    for (size_t i = 0; i < config->site_count; i++) {
        rl_site_clear(&config->sites[i]);
    }
    for (size_t i = 0; i < config->caller_count; i++) {
        rl_caller_clear(&config->callers[i]);
    }
    for (size_t i = 0; i < config->hook_count; i++) {
        rl_hook_clear(&config->hooks[i]);
    }
    free(config->sites);
    free(config->callers);
    free(config->hooks);
    free(config);
}

const rl_site *rl_config_site(const rl_config *config, const char *name) {
    for (size_t i = 0; i < config->site_count; i++) {
        if (strcmp(config->sites[i].site.name, name) == 0) {
            return &config->sites[i];
        }
    }
    return NULL;
}

const rl_hook *rl_config_hook(const rl_config *config, const char *name) {
    for (size_t i = 0; i < config->hook_count; i++) {
        if (strcmp(config->hooks[i].name, name) == 0) {
            return &config->hooks[i];
        }
    }
    return NULL;
}
