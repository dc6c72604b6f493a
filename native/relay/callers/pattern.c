/* Patterns, matched as a set of places in the pattern that moves over the text. */
#include "relay/callers/pattern.h"

#include "base/error.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef enum piece_kind {
    PIECE_BYTE,
    PIECE_ONE,     /* ? */
    PIECE_SEGMENT, /* a star */
    PIECE_ANY,     /* two stars */
    PIECE_CLAIM
} piece_kind;

struct rl_piece {
    piece_kind kind;
    char byte;
    char *claim;
};

static jirasend_code read_claim(rl_piece *piece, const char **at, jirasend_error *error) {
    const char *name = *at + 1;
    const char *end = strchr(name, '}');
    if (end == NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "has no '}' for its '{'; write \\{ for the sign.");
    }
    if (end == name || memchr(name, '{', (size_t)(end - name)) != NULL) {
        return js_fail(error, JIRASEND_E_ARGUMENT, "needs the name of one claim between { and }.");
    }
    piece->kind = PIECE_CLAIM;
    piece->claim = js_copy_n(name, (size_t)(end - name));
    *at = end + 1;
    return piece->claim != NULL ? JIRASEND_OK : js_fail_memory(error);
}

static jirasend_code read_piece(rl_piece *piece, const char **at, bool claims,
                                jirasend_error *error) {
    const char *text = *at;
    *piece = (rl_piece){PIECE_BYTE, *text, NULL};
    *at = text + 1;
    switch (*text) {
    case '\\':
        if (text[1] == '\0') {
            return js_fail(error, JIRASEND_E_ARGUMENT, "ends with a lone backslash; double it.");
        }
        piece->byte = text[1];
        *at = text + 2;
        break;
    case '?':
        piece->kind = PIECE_ONE;
        break;
    case '*':
        piece->kind = text[1] == '*' ? PIECE_ANY : PIECE_SEGMENT;
        *at = text + strspn(text, "*");
        break;
    case '{':
        if (!claims) {
            return js_fail(
                error, JIRASEND_E_ARGUMENT,
                "contains '{', and only a caller with 'oidc' has claims; write \\{ for the "
                "sign itself.");
        }
        *at = text;
        return read_claim(piece, at, error);
    case '}':
        if (claims) {
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "has a '}' without '{'; write \\} for the sign.");
        }
        break;
    default:
        break;
    }
    return JIRASEND_OK;
}

jirasend_code rl_pattern_read(rl_pattern *pattern, const char *text, bool claims,
                              jirasend_error *error) {
    *pattern = (rl_pattern){NULL, 0, NULL};
    pattern->text = js_copy(text);
    pattern->pieces = calloc(strlen(text) + 1, sizeof *pattern->pieces);
    jirasend_code code = JIRASEND_OK;
    if (pattern->text == NULL || pattern->pieces == NULL) {
        code = js_fail_memory(error);
    }
    while (code == JIRASEND_OK && *text != '\0') {
        code = read_piece(&pattern->pieces[pattern->count++], &text, claims, error);
    }
    if (code != JIRASEND_OK) {
        rl_pattern_clear(pattern);
    }
    return code;
}

void rl_pattern_clear(rl_pattern *pattern) {
    for (size_t i = 0; i < pattern->count; i++) {
        free(pattern->pieces[i].claim);
    }
    free(pattern->pieces);
    free(pattern->text);
    *pattern = (rl_pattern){NULL, 0, NULL};
}

void rl_patterns_clear(rl_patterns *patterns) {
    for (size_t i = 0; i < patterns->count; i++) {
        rl_pattern_clear(&patterns->items[i]);
    }
    free(patterns->items);
    *patterns = (rl_patterns){NULL, 0, false};
}

const char *rl_claim_text(json_object *claims, const char *name) {
    json_object *value = NULL;
    if (claims == NULL || !json_object_object_get_ex(claims, name, &value) ||
        !json_object_is_type(value, json_type_string) || json_object_get_string_len(value) == 0) {
        return NULL;
    }
    return json_object_get_string(value);
}

/* The pieces with the claims written out as bytes; null when a claim is missing or memory short. */
static rl_piece *expand(const rl_pattern *pattern, json_object *claims, size_t *count) {
    size_t total = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        const rl_piece *piece = &pattern->pieces[i];
        const char *value = piece->kind == PIECE_CLAIM ? rl_claim_text(claims, piece->claim) : "1";
        if (value == NULL) {
            return NULL;
        }
        total += strlen(value);
    }
    rl_piece *out = malloc((total + 1) * sizeof *out);
    *count = 0;
    for (size_t i = 0; out != NULL && i < pattern->count; i++) {
        const rl_piece *piece = &pattern->pieces[i];
        if (piece->kind != PIECE_CLAIM) {
            out[(*count)++] = *piece;
            continue;
        }
        for (const char *at = rl_claim_text(claims, piece->claim); *at != '\0'; at++) {
            out[(*count)++] = (rl_piece){PIECE_BYTE, *at, NULL};
        }
    }
    return out;
}

/* A star may be passed over at once. */
static void reach(bool *places, const rl_piece *pieces, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (places[i] && (pieces[i].kind == PIECE_ANY || pieces[i].kind == PIECE_SEGMENT)) {
            places[i + 1] = true;
        }
    }
}

static bool is_continuation(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Where one is after the byte, from the places before it. Returns whether anything is left. */
static bool step(const bool *before, bool *after, const rl_piece *pieces, size_t count, char byte) {
    bool any = false;
    memset(after, 0, (count + 1) * sizeof *after);
    for (size_t i = 0; i <= count; i++) {
        if (!before[i]) {
            continue;
        }
        /* The rest of the character that a ? has taken. */
        if (i > 0 && pieces[i - 1].kind == PIECE_ONE && is_continuation(byte)) {
            after[i] = true;
        }
        if (i == count) {
            continue;
        }
        piece_kind kind = pieces[i].kind;
        if (kind == PIECE_ANY || (kind == PIECE_SEGMENT && byte != '/')) {
            after[i] = true;
        } else if ((kind == PIECE_BYTE && pieces[i].byte == byte) ||
                   (kind == PIECE_ONE && byte != '/' && !is_continuation(byte))) {
            after[i + 1] = true;
        }
    }
    for (size_t i = 0; i <= count && !any; i++) {
        any = after[i];
    }
    return any;
}

static bool match(const rl_piece *pieces, size_t count, const char *text, size_t length) {
    bool *places = calloc(2 * (count + 1), sizeof *places);
    if (places == NULL) {
        return false; /* out of memory: rather refuse */
    }
    bool *now = places;
    bool *next = places + count + 1;
    now[0] = true;
    reach(now, pieces, count);
    bool alive = true;
    for (size_t i = 0; i < length && alive; i++) {
        alive = step(now, next, pieces, count, text[i]);
        reach(next, pieces, count);
        bool *swap = now;
        now = next;
        next = swap;
    }
    bool fits = alive && now[count];
    free(places);
    return fits;
}

bool rl_pattern_fits(const rl_pattern *pattern, json_object *claims, const char *text,
                     size_t length) {
    size_t count = 0;
    rl_piece *pieces = expand(pattern, claims, &count);
    bool fits = pieces != NULL && match(pieces, count, text, length);
    free(pieces);
    return fits;
}

bool rl_patterns_fit(const rl_patterns *patterns, json_object *claims, const char *text,
                     size_t length) {
    for (size_t i = 0; i < patterns->count; i++) {
        if (rl_pattern_fits(&patterns->items[i], claims, text, length)) {
            return true;
        }
    }
    return false;
}

void rl_pattern_show(const rl_pattern *pattern, json_object *claims, js_buf *out) {
    for (size_t i = 0; i < pattern->count; i++) {
        const rl_piece *piece = &pattern->pieces[i];
        const char *claim = piece->kind == PIECE_CLAIM ? rl_claim_text(claims, piece->claim) : NULL;
        const char *bytes = claim;
        switch (piece->kind) {
        case PIECE_ONE:
            js_buf_add_text(out, "?");
            break;
        case PIECE_SEGMENT:
            js_buf_add_text(out, "*");
            break;
        case PIECE_ANY:
            js_buf_add_text(out, "**");
            break;
        case PIECE_CLAIM:
            if (claim == NULL) {
                js_buf_addf(out, "{%s}", piece->claim);
            }
            break;
        case PIECE_BYTE:
            bytes = &piece->byte;
            break;
        }
        size_t length = bytes == NULL ? 0 : piece->kind == PIECE_BYTE ? 1 : strlen(bytes);
        for (size_t at = 0; at < length; at++) {
            if (strchr("*?\\{}", bytes[at]) != NULL) {
                js_buf_add_text(out, "\\");
            }
            js_buf_add(out, &bytes[at], 1);
        }
    }
}
