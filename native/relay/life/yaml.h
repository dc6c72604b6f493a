/*
 * Strict YAML: one document of maps, lists and plain values, read by libyaml into its tree. Aliases,
 * anchors, tags, a second document, unknown, missing and duplicate members, and values of another type
 * are errors that name file, line and column.
 */
#ifndef RELAY_LIFE_YAML_H
#define RELAY_LIFE_YAML_H

#include "base/strings.h"

#include <jirasend/error.h>

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

typedef struct rl_yaml {
    yaml_document_t document;
    const char *file; /* for messages; must outlive this */
    bool loaded;
} rl_yaml;

typedef yaml_node_t rl_node;

typedef enum rl_type { RL_TEXT, RL_NUMBER, RL_FLAG, RL_MAP, RL_LIST } rl_type;

/* A member that a map may have; `node` is filled in, null when it is absent or null. */
typedef struct rl_member {
    const char *name;
    rl_type type;
    bool required;
    rl_node *node;
} rl_member;

/* The document's top is a map. Errors: ARGUMENT, MEMORY. Nothing to clear on failure. */
jirasend_code rl_yaml_load(rl_yaml *yaml, const char *text, size_t length, const char *file,
                           jirasend_error *error);
void rl_yaml_clear(rl_yaml *yaml);
rl_node *rl_yaml_top(rl_yaml *yaml);

/* Fails with ARGUMENT: "FILE:LINE:COLUMN: " and the sentence. */
jirasend_code rl_yaml_fail(const rl_yaml *yaml, const rl_node *node, jirasend_error *error,
                           const char *format, ...) JIRASEND_PRINTF(4, 5);

/* Fills in the members. `what` names the map: "a caller". */
jirasend_code rl_yaml_members(rl_yaml *yaml, rl_node *map, const char *what, rl_member *members,
                              size_t count, jirasend_error *error);
/* The value is of this type; `name` names it. A text is not empty and holds no control character. */
jirasend_code rl_yaml_check(rl_yaml *yaml, rl_node *node, rl_type type, const char *name,
                            jirasend_error *error);

/* Null, or the text of a checked value, good until rl_yaml_clear(). */
const char *rl_yaml_text(const rl_node *node);
size_t rl_yaml_text_length(const rl_node *node);
/* A checked number within the bounds; absent: `otherwise`. */
jirasend_code rl_yaml_number(const rl_yaml *yaml, const rl_member *member, int64_t least,
                             int64_t most, int64_t otherwise, int64_t *out, jirasend_error *error);
bool rl_yaml_flag(const rl_node *node); /* absent: false */

/* Elements of a list, in order; null after the last. */
rl_node *rl_yaml_element(rl_yaml *yaml, const rl_node *list, size_t index);
/* The index-th pair of a map, in file order; false after the last. */
bool rl_yaml_pair(rl_yaml *yaml, const rl_node *map, size_t index, rl_node **key, rl_node **value);
/* A list of texts. Absent: an empty one. */
jirasend_code rl_yaml_texts(rl_yaml *yaml, const rl_member *member, js_strings *out,
                            jirasend_error *error);
/* A map of texts as two lists of the same length; no name appears twice. */
jirasend_code rl_yaml_text_map(rl_yaml *yaml, const rl_member *member, js_strings *names,
                               js_strings *values, jirasend_error *error);

#endif
