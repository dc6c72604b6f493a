/* What stands in a document: the types of its values, the members of its maps, the elements of its lists. */
#include "relay/life/yaml.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 80 };

/* How YAML 1.2's core schema understands a scalar without quotes. */
typedef enum plain_kind { PLAIN_TEXT, PLAIN_NULL, PLAIN_FLAG, PLAIN_NUMBER } plain_kind;

static bool is_one_of(const char *text, const char *const *words) {
    for (; *words != NULL; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool looks_like_number(const char *text) {
    static const char *const words[] = {".inf", ".Inf", ".INF", "+.inf", "-.inf",
                                        ".nan", ".NaN", ".NAN", NULL};
    if (is_one_of(text, words)) {
        return true;
    }
    const char *at = text + (*text == '+' || *text == '-');
    if (at == text && at[0] == '0' && (at[1] == 'x' || at[1] == 'o')) {
        at += 2;
        return *at != '\0' && at[strspn(at, "0123456789abcdefABCDEF")] == '\0';
    }
    size_t digits = strspn(at, "0123456789");
    at += digits;
    if (*at == '.') {
        size_t more = strspn(at + 1, "0123456789");
        digits += more;
        at += 1 + more;
    }
    if (digits > 0 && (*at == 'e' || *at == 'E')) {
        at++;
        at += *at == '+' || *at == '-';
        size_t exponent = strspn(at, "0123456789");
        return exponent > 0 && at[exponent] == '\0';
    }
    return digits > 0 && *at == '\0';
}

static plain_kind kind_of(const rl_node *node) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const flags[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return PLAIN_TEXT;
    }
    if (is_one_of(text, nulls)) {
        return PLAIN_NULL;
    }
    if (is_one_of(text, flags)) {
        return PLAIN_FLAG;
    }
    return looks_like_number(text) ? PLAIN_NUMBER : PLAIN_TEXT;
}

static bool is_null(const rl_node *node) {
    return node->type == YAML_SCALAR_NODE && kind_of(node) == PLAIN_NULL;
}

static const char *name_of(rl_type type) {
    switch (type) {
    case RL_TEXT:
        return "a text";
    case RL_NUMBER:
        return "a whole number in decimal digits";
    case RL_FLAG:
        return "true or false";
    case RL_MAP:
        return "a map";
    case RL_LIST:
        return "a list";
    }
    return "";
}

static bool is_decimal(const rl_node *node) {
    const char *text = (const char *)node->data.scalar.value;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 18 && text[digits] == '\0' && (digits == 1 || text[0] != '0');
}

static bool is_of(const rl_node *node, rl_type type) {
    if (type == RL_MAP) {
        return node->type == YAML_MAPPING_NODE;
    }
    if (type == RL_LIST) {
        return node->type == YAML_SEQUENCE_NODE;
    }
    if (node->type != YAML_SCALAR_NODE) {
        return false;
    }
    plain_kind kind = kind_of(node);
    if (type == RL_NUMBER) {
        return kind == PLAIN_NUMBER && is_decimal(node);
    }
    if (type == RL_FLAG) {
        const char *text = (const char *)node->data.scalar.value;
        return kind == PLAIN_FLAG && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0);
    }
    return kind == PLAIN_TEXT;
}

static bool has_control(const rl_node *node) {
    const unsigned char *text = node->data.scalar.value;
    for (size_t i = 0; i < node->data.scalar.length; i++) {
        if (text[i] < 0x20 || text[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

jirasend_code rl_yaml_check(rl_yaml *yaml, rl_node *node, rl_type type, const char *name,
                            jirasend_error *error) {
    if (!is_of(node, type)) {
        bool quote =
            type == RL_TEXT && node->type == YAML_SCALAR_NODE && kind_of(node) != PLAIN_NULL;
        return rl_yaml_fail(yaml, node, error, "'%s' must be %s%s.", name, name_of(type),
                            quote ? "; put it in quotes" : "");
    }
    if (type == RL_TEXT && node->data.scalar.length == 0) {
        return rl_yaml_fail(yaml, node, error, "'%s' is empty; leave it out or fill it in.", name);
    }
    if (type == RL_TEXT && has_control(node)) {
        return rl_yaml_fail(yaml, node, error, "'%s' contains a control character.", name);
    }
    return JIRASEND_OK;
}

static rl_node *node_at(rl_yaml *yaml, int index) {
    return yaml_document_get_node(&yaml->document, index);
}

bool rl_yaml_pair(rl_yaml *yaml, const rl_node *map, size_t index, rl_node **key, rl_node **value) {
    const yaml_node_pair_t *first = map->data.mapping.pairs.start;
    if (index >= (size_t)(map->data.mapping.pairs.top - first)) {
        return false;
    }
    *key = node_at(yaml, first[index].key);
    *value = node_at(yaml, first[index].value);
    return true;
}

rl_node *rl_yaml_element(rl_yaml *yaml, const rl_node *list, size_t index) {
    const yaml_node_item_t *first = list->data.sequence.items.start;
    return index < (size_t)(list->data.sequence.items.top - first) ? node_at(yaml, first[index])
                                                                   : NULL;
}

static jirasend_code fail_unknown(const rl_yaml *yaml, const rl_node *key, const char *what,
                                  const rl_member *members, size_t count, jirasend_error *error) {
    char known[300] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof known; i++) {
        int more =
            snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", members[i].name);
        used += more > 0 ? (size_t)more : 0;
    }
    return rl_yaml_fail(yaml, key, error, "%s has no member '%.*s'. Known are: %s.", what,
                        SHOWN_MAX, (const char *)key->data.scalar.value, known);
}

static jirasend_code take_member(rl_yaml *yaml, const char *what, rl_node *key, rl_node *value,
                                 rl_member *members, size_t count, bool *seen,
                                 jirasend_error *error) {
    if (key->type != YAML_SCALAR_NODE) {
        return rl_yaml_fail(yaml, key, error, "The name of a member must be a text.");
    }
    const char *name = (const char *)key->data.scalar.value;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(members[i].name, name) != 0 || strlen(name) != key->data.scalar.length) {
            continue;
        }
        if (seen[i]) {
            return rl_yaml_fail(yaml, key, error, "'%s' appears twice in %s.", name, what);
        }
        seen[i] = true;
        if (is_null(value)) {
            return JIRASEND_OK;
        }
        members[i].node = value;
        return rl_yaml_check(yaml, value, members[i].type, name, error);
    }
    return fail_unknown(yaml, key, what, members, count, error);
}

jirasend_code rl_yaml_members(rl_yaml *yaml, rl_node *map, const char *what, rl_member *members,
                              size_t count, jirasend_error *error) {
    enum { MEMBERS_MAX = 32 };
    bool seen[MEMBERS_MAX] = {false};
    rl_node *key = NULL;
    rl_node *value = NULL;
    if (count > MEMBERS_MAX) {
        return js_fail(error, JIRASEND_E_INTERNAL, "Too many members of %s.", what);
    }
    if (map->type != YAML_MAPPING_NODE) {
        return rl_yaml_fail(yaml, map, error, "%s must be a map.", what);
    }
    jirasend_code code = JIRASEND_OK;
    for (size_t i = 0; code == JIRASEND_OK && rl_yaml_pair(yaml, map, i, &key, &value); i++) {
        code = take_member(yaml, what, key, value, members, count, seen, error);
    }
    for (size_t i = 0; code == JIRASEND_OK && i < count; i++) {
        if (members[i].required && members[i].node == NULL) {
            code = rl_yaml_fail(yaml, map, error, "%s needs '%s'.", what, members[i].name);
        }
    }
    return code;
}

const char *rl_yaml_text(const rl_node *node) {
    return node != NULL ? (const char *)node->data.scalar.value : NULL;
}

size_t rl_yaml_text_length(const rl_node *node) {
    return node != NULL ? node->data.scalar.length : 0;
}

jirasend_code rl_yaml_number(const rl_yaml *yaml, const rl_member *member, int64_t least,
                             int64_t most, int64_t otherwise, int64_t *out, jirasend_error *error) {
    *out = otherwise;
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    int64_t number = 0;
    for (const char *at = rl_yaml_text(member->node); *at != '\0'; at++) {
        number = number * 10 + (*at - '0');
    }
    if (number < least || number > most) {
        return rl_yaml_fail(yaml, member->node, error, "'%s' must be from %lld to %lld.",
                            member->name, (long long)least, (long long)most);
    }
    *out = number;
    return JIRASEND_OK;
}

bool rl_yaml_flag(const rl_node *node) {
    return node != NULL && strcmp(rl_yaml_text(node), "true") == 0;
}

jirasend_code rl_yaml_texts(rl_yaml *yaml, const rl_member *member, js_strings *out,
                            jirasend_error *error) {
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    rl_node *element = NULL;
    for (size_t i = 0; (element = rl_yaml_element(yaml, member->node, i)) != NULL; i++) {
        jirasend_code code = rl_yaml_check(yaml, element, RL_TEXT, member->name, error);
        if (code != JIRASEND_OK) {
            return code;
        }
        if (!js_strings_add(out, rl_yaml_text(element), rl_yaml_text_length(element))) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}

jirasend_code rl_yaml_text_map(rl_yaml *yaml, const rl_member *member, js_strings *names,
                               js_strings *values, jirasend_error *error) {
    rl_node *key = NULL;
    rl_node *value = NULL;
    if (member->node == NULL) {
        return JIRASEND_OK;
    }
    for (size_t i = 0; rl_yaml_pair(yaml, member->node, i, &key, &value); i++) {
        jirasend_code code = rl_yaml_check(yaml, key, RL_TEXT, member->name, error);
        if (code == JIRASEND_OK) {
            code = rl_yaml_check(yaml, value, RL_TEXT, member->name, error);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
        if (js_strings_contain(names, rl_yaml_text(key))) {
            return rl_yaml_fail(yaml, key, error, "'%s' appears twice in '%s'.", rl_yaml_text(key),
                                member->name);
        }
        if (!js_strings_add(names, rl_yaml_text(key), rl_yaml_text_length(key)) ||
            !js_strings_add(values, rl_yaml_text(value), rl_yaml_text_length(value))) {
            return js_fail_memory(error);
        }
    }
    return JIRASEND_OK;
}
