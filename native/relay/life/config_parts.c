/* What the parts of the configuration's reader share. */
#include "relay/life/config_parts.h"

#include "base/error.h"
#include "base/text.h"
#include "relay/life/file.h"

#include <jirasend/config.h>

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 64, PATTERN_MAX = 2000 };

void *rl_config_grow(void *items, size_t count, size_t size) {
    char *grown = realloc(items, (count + 1) * size);
    if (grown != NULL) {
        memset(grown + count * size, 0, size);
    }
    return grown;
}

jirasend_code rl_config_text(char **out, const rl_member *member, jirasend_error *error) {
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    *out = js_copy(rl_yaml_text(member->node));
    return *out != NULL ? JIRASEND_OK : js_fail_memory(error);
}

jirasend_code rl_config_name(rl_yaml *yaml, char **out, const rl_member *member,
                             jirasend_error *error) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *text = rl_yaml_text(member->node);
    size_t length = strlen(text);
    if (length > NAME_MAX_LENGTH || text[strspn(text, allowed)] != '\0') {
        return rl_yaml_fail(yaml, member->node, error,
                            "'name' is letters, digits, '.', '_' and '-', at most %d of them.",
                            NAME_MAX_LENGTH);
    }
    return rl_config_text(out, member, error);
}

jirasend_code rl_config_patterns(rl_yaml *yaml, rl_patterns *out, const rl_member *member,
                                 bool claims, jirasend_error *error) {
    rl_node *element = NULL;
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    out->given = true;
    for (size_t i = 0; (element = rl_yaml_element(yaml, member->node, i)) != NULL; i++) {
        jirasend_code code = rl_yaml_check(yaml, element, RL_TEXT, member->name, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        if (rl_yaml_text_length(element) > PATTERN_MAX) {
            return rl_yaml_fail(yaml, element, error, "A pattern has at most %d bytes.",
                                PATTERN_MAX);
        }
        rl_pattern *grown = rl_config_grow(out->items, out->count, sizeof *grown);
        if (grown == NULL) {
            return js_fail_memory(error);
        }
        out->items = grown;
        jirasend_error why = JIRASEND_ERROR_INIT;
        code = rl_pattern_read(&grown[out->count], rl_yaml_text(element), claims, &why);
        if (code == JIRASEND_E_MEMORY) {
            return js_fail_memory(error);
        }
        if (code != JIRASEND_OK) {
            return rl_yaml_fail(yaml, element, error, "The pattern '%s' %s", rl_yaml_text(element),
                                why.message);
        }
        out->count++;
    }
    return JIRASEND_OK;
}

jirasend_code rl_config_file(rl_yaml *yaml, js_secret *out, const rl_member *member, bool secret,
                             jirasend_error *error) {
    jirasend_error why = JIRASEND_ERROR_INIT;
    jirasend_code code = rl_file_read(out, rl_yaml_text(member->node), secret, &why);
    if (code == JIRASEND_OK || code == JIRASEND_E_MEMORY) {
        return code == JIRASEND_OK ? code : js_fail_memory(error);
    }
    (void)rl_yaml_fail(yaml, member->node, error, "%s", why.message);
    if (error != NULL) {
        error->code = code;
    }
    return code;
}

jirasend_code rl_config_proxy(rl_yaml *yaml, char **out, const rl_member *member,
                              jirasend_error *error) {
    jirasend_error why = JIRASEND_ERROR_INIT;
    jirasend_config *config = jirasend_config_new();
    if (config == NULL) {
        return js_fail_memory(error);
    }
    jirasend_code code = member->node != NULL
                             ? jirasend_config_set_proxy(config, rl_yaml_text(member->node), &why)
                             : JIRASEND_OK;
    jirasend_config_free(config);
    return code == JIRASEND_OK ? rl_config_text(out, member, error)
                               : rl_yaml_fail(yaml, member->node, error, "%s", why.message);
}

jirasend_code rl_config_roots(rl_yaml *yaml, char **out, const rl_member *member,
                              jirasend_error *error) {
    static const char begin[] = "-----BEGIN ";
    js_secret content = JS_SECRET_INIT;
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    jirasend_code code = rl_config_file(yaml, &content, member, false, error);
    if (code == JIRASEND_OK &&
        memmem(content.text, content.length, begin, sizeof begin - 1) == NULL) {
        code = rl_yaml_fail(yaml, member->node, error,
                            "%s contains no certificate: it must be in PEM form "
                            "(-----BEGIN CERTIFICATE-----).",
                            rl_yaml_text(member->node));
    }
    js_secret_wipe(&content);
    return code == JIRASEND_OK ? rl_config_text(out, member, error) : code;
}

bool rl_environment_type_known(const char *type) {
    static const char *const types[] = {"production", "staging", "testing", "development",
                                        "unmapped"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i], type) == 0) {
            return true;
        }
    }
    return false;
}
