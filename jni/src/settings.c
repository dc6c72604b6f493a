/* From Java's settings to a config and a site. */
#include "settings.h"

#include "base/error.h"

#include <string.h>

typedef jirasend_code (*set_text)(jirasend_config *, const char *, jirasend_error *);
typedef jirasend_code (*set_switch)(jirasend_config *, int, jirasend_error *);

static const struct {
    const char *name;
    set_text set;
} texts[] = {
    {"outbox", jirasend_config_set_outbox},     {"apiUrl", jirasend_config_set_api_url},
    {"proxy", jirasend_config_set_proxy},       {"noProxy", jirasend_config_set_no_proxy},
    {"caFile", jirasend_config_set_ca_file},    {"userAgent", jirasend_config_set_user_agent},
    {"projects", jirasend_config_set_projects}, {"notKeys", jirasend_config_set_not_keys},
    {"relay", jirasend_config_set_relay},
};

/* Nobody waits for the other host here: a Jenkins that starts must not stand still. */
static jirasend_code set_exclusive_host(jirasend_config *config, int exclusive,
                                        jirasend_error *error) {
    return jirasend_config_set_exclusive_host(config, exclusive, 0, error);
}

static jirasend_code set_keep(jirasend_config *config, json_object *settings,
                              jirasend_error *error) {
    int64_t days = jn_number(settings, "keep", -1);
    if (days < 0) {
        return JIRASEND_OK; /* left out */
    }
    return jirasend_config_set_keep(config, days > INT32_MAX ? INT32_MAX : (int)days, error);
}

static const struct {
    const char *name;
    set_switch set;
} switches[] = {
    {"paused", jirasend_config_set_paused},
    {"anyCase", jirasend_config_set_any_case},
    {"exclusiveHost", set_exclusive_host},
};

static const jn_member settings_members[] = {
    {"outbox", json_type_string, false},         {"apiUrl", json_type_string, false},
    {"proxy", json_type_string, false},          {"noProxy", json_type_string, false},
    {"caFile", json_type_string, false},         {"userAgent", json_type_string, false},
    {"projects", json_type_string, false},       {"notKeys", json_type_string, false},
    {"paused", json_type_boolean, false},        {"anyCase", json_type_boolean, false},
    {"exclusiveHost", json_type_boolean, false}, {"keep", json_type_int, false},
    {"relay", json_type_string, false},          {"outboxPassword", json_type_string, false},
};

static jirasend_code fill(jirasend_config *config, json_object *settings, jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && i < sizeof texts / sizeof *texts; i++) {
        code = texts[i].set(config, jn_text(settings, texts[i].name), error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i < sizeof switches / sizeof *switches; i++) {
        code = switches[i].set(config, jn_switch(settings, switches[i].name), error);
    }
    if (code == JIRASEND_OK && jn_has(settings, "outboxPassword")) {
        const char *password = jn_text(settings, "outboxPassword");
        code = jirasend_config_set_outbox_password(config, password, strlen(password), error);
    }
    return code == JIRASEND_OK ? set_keep(config, settings, error) : code;
}

jirasend_config *jn_settings_read(const jn_bytes *bytes, jirasend_error *error) {
    json_object *settings =
        jn_object_read(bytes, "settings", settings_members,
                       sizeof settings_members / sizeof *settings_members, error);
    if (settings == NULL) {
        return NULL;
    }
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        (void)js_fail_memory(error);
    } else if (fill(config, settings, error) != JIRASEND_OK) {
        jirasend_config_free(config);
        config = NULL;
    }
    jn_text_wipe(settings, "proxy"); /* may hold a password */
    jn_text_wipe(settings, "outboxPassword");
    json_object_put(settings);
    return config;
}

static const jn_member site_members[] = {
    {"site", json_type_string, true},
    {"clientId", json_type_string, true},
    {"cloudId", json_type_string, false},
    {"apiUrl", json_type_string, false},
};

jirasend_code jn_site_put(jirasend_client *client, const jn_bytes *bytes, const jn_bytes *secret,
                          jirasend_error *error) {
    json_object *object = jn_object_read(bytes, "site", site_members,
                                         sizeof site_members / sizeof *site_members, error);
    if (object == NULL) {
        return error->code;
    }
    jirasend_site site = JIRASEND_SITE_INIT;
    site.site = jn_text(object, "site");
    site.client_id = jn_text(object, "clientId");
    site.cloud_id = jn_text(object, "cloudId");
    site.api_url = jn_text(object, "apiUrl");
    site.secret = secret->text;
    site.secret_length = secret->length;
    jirasend_code code = jirasend_client_put_site(client, &site, error);
    json_object_put(object);
    return code;
}

jirasend_code jn_relay_put(jirasend_client *client, const jn_bytes *token, jirasend_error *error) {
    jirasend_relay relay = JIRASEND_RELAY_INIT;
    relay.token = token->text;
    relay.token_length = token->length;
    return jirasend_client_put_relay(client, &relay, error);
}
