/* What the JSON parser says when it gives up. */
#include "base/error.h"
#include "base/text.h"
#include "event/json_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64, CLAUSE_SIZE = 480 };

bool js_json_fail_at(js_json_parser *in, size_t at, const char *format, ...) {
    char clause[CLAUSE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(clause, sizeof clause, format, arguments);
    va_end(arguments);
    (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The JSON is malformed at byte %zu: %s.", at + 1,
                  clause);
    return false;
}

bool js_json_fail_memory(js_json_parser *in) {
    (void)js_fail_memory(in->error);
    return false;
}

bool js_json_starts_with(const js_json_parser *in, const char *word) {
    size_t length = strlen(word);
    return in->length - in->at >= length && memcmp(in->text + in->at, word, length) == 0;
}

bool js_json_fail_shown(js_json_parser *in, size_t at, const char *before, const char *piece,
                        size_t length, const char *after) {
    size_t cut = js_utf8_cut(piece, length, SHOWN_MAX);
    js_buf shown = JS_BUF_INIT;
    js_text_escape(&shown, piece, cut);
    if (shown.failed) {
        js_buf_free(&shown);
        return js_json_fail_memory(in);
    }
    (void)js_json_fail_at(in, at, "%s%s%s%s", before, shown.data, cut < length ? "…" : "", after);
    js_buf_free(&shown);
    return false;
}

bool js_json_fail_unexpected(js_json_parser *in, const char *expected) {
    if (in->at == in->length) {
        return js_json_fail_at(in, in->at, "the text ends where %s should stand", expected);
    }
    if (js_json_peek(in) == '\'') {
        return js_json_fail_at(in, in->at, "texts stand in double quotes, not in single ones");
    }
    if (js_json_peek(in) == '/' || js_json_peek(in) == '#') {
        return js_json_fail_at(in, in->at, "JSON has no comments");
    }
    if (js_json_starts_with(in, "NaN") || js_json_starts_with(in, "Infinity") ||
        js_json_starts_with(in, "-Infinity")) {
        return js_json_fail_at(in, in->at, "JSON has no NaN and no Infinity");
    }
    int32_t code;
    size_t size = js_utf8_next(in->text + in->at, in->length - in->at, &code);
    char after[96];
    (void)snprintf(after, sizeof after, "\" stands where %s should stand", expected);
    return js_json_fail_shown(in, in->at, "\"", in->text + in->at, size, after);
}
