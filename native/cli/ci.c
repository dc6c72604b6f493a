#include "cli/ci.h"

#include "cli/addresses.h"
#include "cli/ci_files.h"
#include "cli/options.h"

#include <string.h>

/* Whether one of the variables in "A|B" is set, to `value` unless that is null. */
static bool any_set(const char *variables, const char *value) {
    while (variables != NULL && *variables != '\0') {
        size_t length = strcspn(variables, "|");
        char name[64] = "";
        if (length < sizeof(name)) {
            memcpy(name, variables, length);
        }
        const char *there = cli_environment(name);
        if (there != NULL && (value == NULL || strcmp(there, value) == 0)) {
            return true;
        }
        variables += length + (variables[length] == '|');
    }
    return false;
}

const cli_ci *cli_ci_detect(void) {
    size_t count;
    const cli_ci *table = cli_ci_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (any_set(table[i].variables, table[i].value)) {
            return &table[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (any_set(table[i].weak_variables, NULL)) {
            return &table[i];
        }
    }
    return NULL;
}

/* Takes a prefix off. False when it is not there. */
static bool cut_prefix(js_buf *text, const char *prefix) {
    size_t length = strlen(prefix);
    if (text->length <= length || memcmp(text->data, prefix, length) != 0) {
        return false;
    }
    memmove(text->data, text->data + length, text->length - length + 1);
    text->length -= length;
    return true;
}

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

static void percent_decode(js_buf *text) {
    size_t to = 0;
    for (size_t i = 0; i < text->length; i++) {
        bool encoded = text->data[i] == '%' && i + 2 < text->length;
        int high = encoded ? hex_digit(text->data[i + 1]) : -1;
        int low = encoded ? hex_digit(text->data[i + 2]) : -1;
        if (high >= 0 && low >= 0 && high + low > 0) {
            text->data[to++] = (char)(high * 16 + low);
            i += 2;
        } else {
            text->data[to++] = text->data[i];
        }
    }
    text->data[to] = '\0';
    text->length = to;
}

/* Changes the value in one way. False when it has none any more. */
static bool change(js_buf *text, const char *how, size_t length) {
    if (strncmp(how, "heads", length) == 0) {
        return cut_prefix(text, "refs/heads/");
    }
    if (strncmp(how, "tags", length) == 0) {
        return cut_prefix(text, "refs/tags/");
    }
    if (strncmp(how, "origin", length) == 0) {
        cut_prefix(text, "refs/remotes/");
        cut_prefix(text, "origin/");
    } else if (strncmp(how, "own", length) == 0) {
        return cli_environment("CHANGE_ID") == NULL;
    } else if (strncmp(how, "path", length) == 0) {
        cli_percent_encode(text);
    } else if (strncmp(how, "decode", length) == 0) {
        percent_decode(text);
    } else if (strncmp(how, "web", length) == 0) {
        return cli_web_address(text);
    } else if (text->length > 0 && text->data[text->length - 1] != '/') {
        js_buf_add_text(text, "/"); /* slash */
    }
    return true;
}

static bool look_up(const char *name, js_buf *value) {
    if (name[0] == '#') {
        return cli_ci_github_member(name + 1, value);
    }
    if (strchr(name, '.') != NULL) {
        return cli_ci_property(name, value) && strcmp(value->data, "<default>") != 0;
    }
    const char *text = cli_environment(name);
    if (text != NULL) {
        js_buf_add_text(value, text);
    }
    return text != NULL;
}

/* Appends the value of "{NAME:how}", the text between the braces. */
static bool fill_in(const char *inside, size_t length, js_buf *value, js_buf *origin) {
    char word[96] = "";
    if (length >= sizeof(word)) {
        return false;
    }
    memcpy(word, inside, length);
    char *how = strchr(word, ':');
    if (how != NULL) {
        *how++ = '\0';
    }
    js_buf text = JS_BUF_INIT;
    bool there = look_up(word, &text);
    while (there && !text.failed && how != NULL && *how != '\0') {
        size_t step = strcspn(how, ":");
        there = change(&text, how, step);
        how += step + (how[step] == ':');
    }
    if (there && text.length > 0) {
        js_buf_add(value, text.data, text.length);
        js_buf_addf(origin, "%s%s", origin->length > 0 ? " and " : "",
                    word[0] == '#' ? "GITHUB_EVENT_PATH" : word);
    }
    value->failed = value->failed || text.failed;
    there = there && text.length > 0;
    js_buf_free(&text);
    return there;
}

bool cli_ci_fact(const cli_ci *ci, cli_fact fact, js_buf *value, js_buf *origin) {
    const char *rest = ci->facts[fact];
    while (rest != NULL && *rest != '\0') {
        js_buf_clear(value);
        js_buf_clear(origin);
        bool whole = true;
        while (*rest != '\0' && *rest != '|') {
            if (*rest == '{') {
                size_t length = strcspn(rest, "}");
                whole = whole && fill_in(rest + 1, length - 1, value, origin);
                rest += length + 1;
            } else {
                js_buf_add(value, rest++, 1);
            }
        }
        if (whole || value->failed) {
            return true;
        }
        rest += *rest == '|';
    }
    js_buf_clear(value);
    js_buf_clear(origin);
    return false;
}

bool cli_ci_variables(const cli_ci *ci, cli_fact fact, js_buf *names) {
    const char *rest = ci->facts[fact];
    const char *joint = "";
    while (rest != NULL && *rest != '\0') {
        if (*rest == '{') {
            js_buf_addf(names, "%s%.*s", joint, (int)strcspn(rest + 1, ":}"), rest + 1);
            joint = " and ";
            rest += strcspn(rest, "}");
        } else if (*rest == '|') {
            joint = " or ";
        }
        rest++;
    }
    return names->length > 0;
}

const char *cli_ci_word_of(const cli_ci_word *words, const char *theirs) {
    bool number = theirs[0] != '\0' && theirs[strspn(theirs, "0123456789")] == '\0';
    for (; words != NULL && words->theirs != NULL; words++) {
        if (strcmp(words->theirs, theirs) == 0 || (number && strcmp(words->theirs, "#") == 0)) {
            return words->ours;
        }
    }
    return NULL;
}
