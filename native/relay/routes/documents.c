/* Taking a body apart into documents. */
#include "relay/routes/documents.h"

#include "base/error.h"
#include "event/json.h"

#include <string.h>

void rl_reader_begin(rl_reader *reader, const char *text, size_t length) {
    *reader = (rl_reader){text, length, 0, 1};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        reader->at = 3;
    }
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(rl_reader *reader) {
    while (reader->at < reader->length && is_blank(reader->text[reader->at])) {
        reader->line += reader->text[reader->at] == '\n' ? 1 : 0;
        reader->at++;
    }
}

/* Behind the closing quote; 0 when the text is not closed on its line. */
static size_t pass_string(const rl_reader *reader, size_t at) {
    for (at++; at < reader->length; at++) {
        char c = reader->text[at];
        if (c == '"') {
            return at + 1;
        }
        if ((unsigned char)c < 0x20) {
            return 0;
        }
        at += c == '\\' ? 1 : 0;
    }
    return 0;
}

/* Where the object that begins here ends, by its braces alone; 0 when it has no end. */
static size_t find_end(const rl_reader *reader) {
    int depth = 0;
    size_t at = reader->at;
    while (at < reader->length) {
        char c = reader->text[at];
        if (c == '"') {
            at = pass_string(reader, at);
            if (at == 0) {
                return 0;
            }
            continue;
        }
        at++;
        if (c == '{' || c == '[') {
            if (++depth > JS_JSON_DEPTH_MAX) {
                return 0;
            }
        } else if (c == '}' || c == ']') {
            if (--depth == 0) {
                return at;
            }
        }
    }
    return 0;
}

/* The next line that begins with a brace. */
static void skip_broken(rl_reader *reader) {
    while (reader->at < reader->length) {
        const char *rest = reader->text + reader->at;
        const char *end = memchr(rest, '\n', reader->length - reader->at);
        if (end == NULL) {
            reader->at = reader->length;
            return;
        }
        reader->at = (size_t)(end + 1 - reader->text);
        reader->line++;
        if (reader->at < reader->length && reader->text[reader->at] == '{') {
            return;
        }
    }
}

/* What follows a document on its line is nothing, or begins another. */
static bool is_clean_behind(const rl_reader *reader, size_t end) {
    while (end < reader->length && is_blank(reader->text[end]) && reader->text[end] != '\n') {
        end++;
    }
    return end == reader->length || reader->text[end] == '\n' || reader->text[end] == '{';
}

static size_t lines_in(const char *text, size_t length) {
    size_t count = 0;
    const char *end = text + length;
    while ((text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
        count++;
        text++;
    }
    return count;
}

bool rl_reader_next(rl_reader *reader, rl_piece_of_text *piece, jirasend_error *error) {
    skip_blanks(reader);
    if (reader->at == reader->length) {
        return false;
    }
    const char *begin = reader->text + reader->at;
    *piece = (rl_piece_of_text){begin, 0, reader->line, NULL};
    size_t end = *begin == '{' ? find_end(reader) : 0;
    if (end == 0) {
        /* For the sentence only: the text up to its end is no JSON, and the reader says where. */
        const char *stop = memchr(begin, '\n', reader->length - reader->at);
        size_t length = stop != NULL ? (size_t)(stop - begin) : reader->length - reader->at;
        json_object *none = js_json_parse(begin, length, JS_JSON_STRICT, error);
        if (none != NULL || (error != NULL && error->code == JIRASEND_OK)) {
            (void)json_object_put(none);
            (void)js_fail(error, JIRASEND_E_DOCUMENT, "This is not a JSON object.");
        }
    } else if (!is_clean_behind(reader, end)) {
        (void)js_fail(
            error, JIRASEND_E_DOCUMENT,
            "The text after the document on the same line does not begin another document.");
    } else {
        piece->length = end - reader->at;
        piece->object = js_json_parse(begin, piece->length, JS_JSON_STRICT, error);
    }
    if (piece->object == NULL) {
        skip_broken(reader);
        return true;
    }
    reader->line += lines_in(begin, piece->length);
    reader->at = end;
    return true;
}
