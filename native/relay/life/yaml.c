/* The strict reading of YAML: a pass over libyaml's events, then its document tree. */
#include "relay/life/yaml.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

static jirasend_code fail_at(const char *file, yaml_mark_t mark, jirasend_error *error,
                             const char *sentence) {
    return js_fail(error, JIRASEND_E_ARGUMENT, "%s:%zu:%zu: %s", file, mark.line + 1,
                   mark.column + 1, sentence);
}

static jirasend_code fail_v(const char *file, yaml_mark_t mark, jirasend_error *error,
                            const char *format, va_list arguments) JIRASEND_PRINTF(4, 0);

static jirasend_code fail_v(const char *file, yaml_mark_t mark, jirasend_error *error,
                            const char *format, va_list arguments) {
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE];
    js_buf shown = JS_BUF_INIT;
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    js_text_escape(&shown, sentence, strlen(sentence));
    jirasend_code code =
        shown.failed ? js_fail_memory(error) : fail_at(file, mark, error, shown.data);
    js_buf_clear(&shown);
    return code;
}

jirasend_code rl_yaml_fail(const rl_yaml *yaml, const rl_node *node, jirasend_error *error,
                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    jirasend_code code = fail_v(yaml->file, node->start_mark, error, format, arguments);
    va_end(arguments);
    return code;
}

static jirasend_code fail_parser(const yaml_parser_t *parser, const char *file,
                                 jirasend_error *error) {
    if (parser->error == YAML_MEMORY_ERROR) {
        return js_fail_memory(error);
    }
    char sentence[JIRASEND_ERROR_MESSAGE_SIZE / 2];
    (void)snprintf(sentence, sizeof sentence, "This is not valid YAML: %s.",
                   parser->problem != NULL ? parser->problem : "it cannot be read");
    yaml_mark_t mark = parser->problem_mark;
    if (parser->error == YAML_READER_ERROR) {
        mark = parser->mark;
    }
    return fail_at(file, mark, error, sentence);
}

typedef struct survey {
    int depth;
    int documents;
    bool content; /* the document is not empty */
} survey;

/* What the tree would hide: aliases are resolved in it, and it ends with the first document. */
static const char *objection(const yaml_event_t *event, survey *so_far) {
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return "Aliases (*name) are not allowed here; write the value out.";
    case YAML_DOCUMENT_START_EVENT:
        if (event->data.document_start.version_directive != NULL ||
            event->data.document_start.tag_directives.start !=
                event->data.document_start.tag_directives.end) {
            return "Directives (%YAML, %TAG) are not allowed here; remove them.";
        }
        return ++so_far->documents > 1 ? "A second document begins here; the file contains one."
                                       : NULL;
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        so_far->content = so_far->content || event->data.scalar.length > 0;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        so_far->content = true;
        so_far->depth++;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        so_far->content = true;
        so_far->depth++;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        so_far->depth--;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    if (anchor != NULL) {
        return "Anchors (&name) are not allowed here; remove it.";
    }
    if (tag != NULL) {
        return "Tags (!name) are not allowed here; remove it.";
    }
    return so_far->depth > DEPTH_MAX ? "This is nested too deeply." : NULL;
}

static jirasend_code survey_events(yaml_parser_t *parser, const char *file, jirasend_error *error) {
    survey so_far = {0};
    bool ended = false;
    jirasend_code code = JIRASEND_OK;
    while (!ended && code == JIRASEND_OK) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            return fail_parser(parser, file, error);
        }
        const char *against = objection(&event, &so_far);
        if (against != NULL) {
            code = fail_at(file, event.start_mark, error, against);
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        if (ended && code == JIRASEND_OK && !so_far.content) {
            code = fail_at(file, event.start_mark, error,
                           "The file is empty; docs/relay.md shows what belongs in it.");
        }
        yaml_event_delete(&event);
    }
    return code;
}

jirasend_code rl_yaml_load(rl_yaml *yaml, const char *text, size_t length, const char *file,
                           jirasend_error *error) {
    *yaml = (rl_yaml){.file = file};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* some editors begin with it */
        text += 3;
        length -= 3;
    }
    yaml_parser_t parser;
    jirasend_code code = JIRASEND_OK;
    for (int pass = 0; pass < 2 && code == JIRASEND_OK; pass++) {
        if (yaml_parser_initialize(&parser) == 0) {
            return js_fail_memory(error);
        }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
        if (pass == 0) {
            code = survey_events(&parser, file, error);
        } else if (yaml_parser_load(&parser, &yaml->document) == 0) {
            code = fail_parser(&parser, file, error);
        } else {
            yaml->loaded = true;
        }
        yaml_parser_delete(&parser);
    }
    if (code == JIRASEND_OK && rl_yaml_top(yaml)->type != YAML_MAPPING_NODE) {
        code = rl_yaml_fail(yaml, rl_yaml_top(yaml), error,
                            "The file must be a map, such as 'listen: 127.0.0.1:8443'.");
        rl_yaml_clear(yaml);
    }
    return code;
}

void rl_yaml_clear(rl_yaml *yaml) {
    if (yaml->loaded) {
        yaml_document_delete(&yaml->document);
        yaml->loaded = false;
    }
}

rl_node *rl_yaml_top(rl_yaml *yaml) {
    return yaml_document_get_root_node(&yaml->document);
}
