/* Cuts a text into the JSON documents that it holds. */
#include "cli/documents.h"

#include "cli/output.h"

#include <string.h>

/* ---- Where a value ends ---------------------------------------------------------------------- */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After the escape at `at`; 0: it is not one. */
static size_t pass_escape(const char *text, size_t length, size_t at) {
    if (at + 1 >= length || strchr("\"\\/bfnrtu", text[at + 1]) == NULL || text[at + 1] == '\0') {
        return 0;
    }
    if (text[at + 1] != 'u') {
        return at + 2;
    }
    for (size_t i = at + 2; i < at + 6; i++) {
        if (i >= length || !is_hex(text[i])) {
            return 0;
        }
    }
    return at + 6;
}

/* Behind the text whose quote is at `at`; 0: it does not end, or not well. */
static size_t pass_text(const char *text, size_t length, size_t at) {
    at++;
    while (at < length && text[at] != '"') {
        if (text[at] == '\\') {
            at = pass_escape(text, length, at);
            if (at == 0) {
                return 0;
            }
        } else if ((unsigned char)text[at] < 0x20) {
            return 0;
        } else {
            at++;
        }
    }
    return at < length ? at + 1 : 0;
}

static size_t pass_digits(const char *text, size_t length, size_t at) {
    size_t from = at;
    while (at < length && is_digit(text[at])) {
        at++;
    }
    return at > from ? at : 0;
}

static size_t pass_number(const char *text, size_t length, size_t at) {
    at += text[at] == '-' ? 1 : 0;
    bool zero = at < length && text[at] == '0';
    at = zero ? at + 1 : pass_digits(text, length, at);
    if (at > 0 && at < length && text[at] == '.') {
        at = pass_digits(text, length, at + 1);
    }
    if (at > 0 && at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < length && (text[at] == '+' || text[at] == '-') ? 1 : 0;
        at = pass_digits(text, length, at);
    }
    bool goes_on = at > 0 && at < length && strchr("0123456789+-.", text[at]) != NULL;
    return goes_on && text[at] != '\0' ? 0 : at;
}

static size_t pass_word(const char *text, size_t length, size_t at) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t size = strlen(words[i]);
        if (length - at >= size && memcmp(text + at, words[i], size) == 0) {
            return at + size;
        }
    }
    return 0;
}

static bool open_one(cli_scan *scan, char bracket) {
    if (scan->depth == CLI_DEPTH_MAX) {
        return false;
    }
    scan->open[scan->depth++] = bracket;
    scan->expected = bracket == '{' ? CLI_EXPECTS_FIRST_NAME : CLI_EXPECTS_FIRST_ITEM;
    return true;
}

/* Behind what begins a value at `at`; 0: nothing does. */
static size_t pass_value(cli_scan *scan, const char *text, size_t length, size_t at) {
    char c = text[at];
    if (c == '{' || c == '[') {
        return open_one(scan, c) ? at + 1 : 0;
    }
    scan->expected = CLI_EXPECTS_NEXT;
    if (c == '"') {
        return pass_text(text, length, at);
    }
    return is_digit(c) || c == '-' ? pass_number(text, length, at) : pass_word(text, length, at);
}

static bool closes(const cli_scan *scan, char c) {
    char bracket = scan->depth > 0 ? scan->open[scan->depth - 1] : '\0';
    return (bracket == '{' && c == '}') || (bracket == '[' && c == ']');
}

static size_t close_one(cli_scan *scan, size_t at) {
    scan->depth--;
    scan->expected = CLI_EXPECTS_NEXT;
    return at + 1;
}

/* After the token at `at`; 0: it may not be there. */
static size_t pass_token(cli_scan *scan, const char *text, size_t length, size_t at) {
    char c = text[at];
    switch (scan->expected) {
    case CLI_EXPECTS_COLON:
        scan->expected = CLI_EXPECTS_VALUE;
        return c == ':' ? at + 1 : 0;
    case CLI_EXPECTS_NEXT:
        if (c == ',') {
            bool named = scan->open[scan->depth - 1] == '{';
            scan->expected = named ? CLI_EXPECTS_NAME : CLI_EXPECTS_VALUE;
            return at + 1;
        }
        return closes(scan, c) ? close_one(scan, at) : 0;
    case CLI_EXPECTS_FIRST_NAME:
    case CLI_EXPECTS_NAME:
        if (scan->expected == CLI_EXPECTS_FIRST_NAME && c == '}') {
            return close_one(scan, at);
        }
        scan->expected = CLI_EXPECTS_COLON;
        return c == '"' ? pass_text(text, length, at) : 0;
    case CLI_EXPECTS_FIRST_ITEM:
        if (c == ']') {
            return close_one(scan, at);
        }
        break;
    case CLI_EXPECTS_VALUE:
        break;
    }
    return pass_value(scan, text, length, at);
}

cli_extent cli_scan_on(cli_scan *scan, const char *text, size_t length, size_t *at) {
    while (*at < length) {
        if (is_blank(text[*at])) {
            ++*at;
            continue;
        }
        size_t next = pass_token(scan, text, length, *at);
        if (next == 0) {
            return CLI_EXTENT_BAD;
        }
        *at = next;
        if (scan->depth == 0) {
            return CLI_EXTENT_WHOLE;
        }
    }
    return CLI_EXTENT_OPEN;
}

/* ---- Documents ------------------------------------------------------------------------------- */

void cli_documents_begin(cli_documents *documents, cli_input *input) {
    memset(documents, 0, sizeof(*documents));
    documents->input = input;
    documents->line = 1;
}

void cli_documents_end(cli_documents *documents) {
    js_buf_clear(&documents->text);
}

/* Behind the line break that ends the line of `at`. */
static size_t next_line(const js_buf *text, size_t at) {
    const char *found = at < text->length ? memchr(text->data + at, '\n', text->length - at) : NULL;
    return found != NULL ? (size_t)(found - text->data) + 1 : text->length;
}

static void move_to(cli_documents *in, size_t at) {
    for (size_t next = next_line(&in->text, in->start); in->start < at && next <= at;
         next = next_line(&in->text, next)) {
        in->line++;
        in->start = next;
    }
    in->start = at;
    if (at == in->text.length) {
        js_buf_reset(&in->text);
        in->start = 0;
    }
}

/* Goes to where a document begins. False: it takes more lines to know. */
static bool find_begin(cli_documents *in) {
    while (in->to_bracket && in->start < in->text.length && in->text.data[in->start] != '{') {
        move_to(in, next_line(&in->text, in->start));
    }
    size_t at = in->start;
    while (at < in->text.length && is_blank(in->text.data[at])) {
        at++;
    }
    move_to(in, at);
    if (in->start == in->text.length) {
        return false;
    }
    in->to_bracket = false;
    memset(&in->scan, 0, sizeof(in->scan));
    in->at = in->start;
    return true;
}

static void take_line(cli_documents *in, const char *text, size_t length) {
    if (in->start > 0) {
        in->text.length -= in->start;
        in->at -= in->begun ? in->start : 0;
        memmove(in->text.data, in->text.data + in->start, in->text.length);
        in->start = 0;
    }
    if (in->text.length == 0) {
        in->line = in->input->line;
    }
    js_buf_add(&in->text, text, length);
    js_buf_add(&in->text, "\n", 1);
}

/* The text up to `end` goes out; with the next call reading goes on at `next`. */
static cli_line hand_out(cli_documents *in, size_t end, size_t next, bool to_bracket,
                         const char **text, size_t *length) {
    *text = in->text.data + in->start;
    *length = end - in->start;
    in->handed_out = true;
    in->next = next;
    in->next_to_bracket = to_bracket;
    in->begun = false;
    return CLI_LINE_READ;
}

static cli_line hand_out_whole(cli_documents *in, const char **text, size_t *length) {
    size_t behind = in->at;
    while (behind < in->text.length && strchr(" \t\r", in->text.data[behind]) != NULL &&
           in->text.data[behind] != '\0') {
        behind++;
    }
    if (behind == in->text.length || in->text.data[behind] == '\n' ||
        in->text.data[behind] == '{') {
        return hand_out(in, in->at, behind, false, text, length);
    }
    size_t next = next_line(&in->text, behind); /* something follows it, so it is bad */
    return hand_out(in, next - 1, next, true, text, length);
}

static cli_line hand_out_bad(cli_documents *in, const char **text, size_t *length) {
    size_t end = next_line(&in->text, in->at);
    return hand_out(in, end - 1, next_line(&in->text, in->start), true, text, length);
}

static cli_line too_long(cli_documents *in, long *line) {
    *line = in->begun ? in->line : in->input->line;
    in->begun = false;
    in->to_bracket = true;
    js_buf_reset(&in->text);
    in->start = 0;
    return CLI_LINE_TOO_LONG;
}

/* What happens now that no more lines come, or not yet. */
static cli_line without_line(cli_documents *in, cli_line state, const char **text, size_t *length,
                             long *line) {
    if (state == CLI_LINE_TOO_LONG) {
        return too_long(in, line);
    }
    if (state == CLI_LINE_END && in->begun) { /* in the middle of it */
        *line = in->line;
        return hand_out_bad(in, text, length);
    }
    return state;
}

cli_line cli_documents_next(cli_documents *documents, bool patient, const char **text,
                            size_t *length, long *line) {
    cli_documents *in = documents;
    if (in->handed_out) {
        in->handed_out = false;
        in->to_bracket = in->next_to_bracket;
        move_to(in, in->next);
    }
    for (;;) {
        in->begun = in->begun || find_begin(in);
        cli_extent extent = CLI_EXTENT_OPEN;
        if (in->begun) {
            extent = cli_scan_on(&in->scan, in->text.data, in->text.length, &in->at);
        }
        *line = in->line;
        if (extent == CLI_EXTENT_WHOLE) {
            return hand_out_whole(in, text, length);
        }
        if (extent == CLI_EXTENT_BAD) {
            return hand_out_bad(in, text, length);
        }
        if (in->text.length - in->start > CLI_LINE_MAX) {
            return too_long(in, line);
        }
        const char *more = NULL;
        size_t more_length = 0;
        cli_line state = cli_input_line(in->input, patient, &more, &more_length);
        if (state != CLI_LINE_READ) {
            return without_line(in, state, text, length, line);
        }
        take_line(in, more, more_length);
        if (in->text.failed) {
            (void)cli_no_memory();
            return CLI_LINE_FAILED;
        }
    }
}
