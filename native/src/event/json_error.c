/* What is said about a text that is not valid JSON. */
#include "base/error.h"
#include "base/text.h"
#include "event/json_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64, CLAUSE_SIZE = 480 };

bool js_json_fail_at(js_json_reader *in, size_t at, const char *format, ...) {
    char clause[CLAUSE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(clause, sizeof clause, format, arguments);
    va_end(arguments);
    (void)js_fail(in->error, JIRASEND_E_DOCUMENT, "The JSON is malformed at byte %zu: %s.", at + 1,
                  clause);
    return false;
}

bool js_json_fail_shown(js_json_reader *in, size_t at, const char *before, const char *piece,
                        size_t length, const char *after) {
    size_t cut = js_utf8_cut(piece, length, SHOWN_MAX);
    js_buf shown = JS_BUF_INIT;
    js_text_escape(&shown, piece, cut);
    if (shown.failed) {
        js_buf_clear(&shown);
        (void)js_fail_memory(in->error);
        return false;
    }
    (void)js_json_fail_at(in, at, "%s%s%s%s", before, shown.data, cut < length ? "…" : "", after);
    js_buf_clear(&shown);
    return false;
}

bool js_json_fail_unexpected(js_json_reader *in, const char *expected) {
    if (in->at == in->length) {
        return js_json_fail_at(in, in->at, "expected %s, but the text ends", expected);
    }
    char found = in->text[in->at];
    if (found == '\'') {
        return js_json_fail_at(in, in->at, "texts need double quotes, not single ones");
    }
    if (found == '/' || found == '#') {
        return js_json_fail_at(in, in->at, "JSON has no comments");
    }
    if (in->at == 0 && js_json_starts_with(in, "\xEF\xBB\xBF")) {
        return js_json_fail_at(in, 0, "the text begins with a byte order mark; remove it");
    }
    if (js_json_starts_with(in, "NaN") || js_json_starts_with(in, "Infinity") ||
        js_json_starts_with(in, "-Infinity")) {
        return js_json_fail_at(in, in->at, "JSON has no NaN and no Infinity");
    }
    int32_t code;
    size_t size = js_utf8_next(in->text + in->at, in->length - in->at, &code);
    char before[96];
    (void)snprintf(before, sizeof before, "expected %s, but found \"", expected);
    return js_json_fail_shown(in, in->at, before, in->text + in->at, size, "\"");
}
