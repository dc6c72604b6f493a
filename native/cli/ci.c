/* Which CI this is, and its facts, by the rows of ci_table.c. */
#include "cli/ci.h"

#include "base/text.h"
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

static void percent_decode(js_buf *text) {
    size_t to = 0;
    for (size_t i = 0; i < text->length; i++) {
        bool encoded = text->data[i] == '%' && i + 2 < text->length;
        int high = encoded ? js_hex_digit(text->data[i + 1]) : -1;
        int low = encoded ? js_hex_digit(text->data[i + 2]) : -1;
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

/* ---- Changes of a value: false when it has none any more ------------------------------------- */

static bool cut_heads(js_buf *text) {
    return cut_prefix(text, "refs/heads/");
}

static bool cut_tags(js_buf *text) {
    return cut_prefix(text, "refs/tags/");
}

/* A branch as whoever checked it out calls it. */
static bool cut_origin(js_buf *text) {
    (void)(cut_prefix(text, "refs/heads/") || cut_prefix(text, "refs/remotes/") ||
           cut_prefix(text, "remotes/"));
    (void)cut_prefix(text, "origin/");
    return true;
}

/* A job of a change request says of itself what its target is, or PR-12. */
static bool keep_own(js_buf *text) {
    (void)text;
    return cli_environment("CHANGE_ID") == NULL && cli_environment("GERRIT_BRANCH") == NULL;
}

/* "Merge pull request 12 from mine into theirs" names the target, too. */
static bool keep_outside_pull_request(js_buf *text) {
    (void)text;
    return cli_environment("SYSTEM_PULLREQUEST_SOURCEBRANCH") == NULL;
}

/* So does "Merge branch 'mine' into 'theirs'", the commit of a merge train that is thrown away. */
static bool keep_unless_thrown_away(js_buf *text) {
    return cli_environment("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") == NULL ||
           strncmp(text->data, "Merge ", 6) != 0;
}

/* Whether it is `prefix` and a number: pull/12, pull/12/merge. */
static bool numbered(const char *text, const char *prefix) {
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 && text[length] >= '0' && text[length] <= '9';
}

/* Names that are made for one build and thrown away, or stand for none. */
static bool keep_named(js_buf *text) {
    static const char *const words[] = {"detached", "HEAD", "FETCH_HEAD", "(no branch)"};
    static const char *const numbers[] = {"pull/", "pr/", "pull-requests/", "merge-requests/",
                                          "changes/"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text->data, words[i]) == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbered(text->data, numbers[i])) {
            return false;
        }
    }
    const char *rest = text->data + strspn(text->data, "0123456789"); /* GitHub: 12/merge */
    bool merge = rest > text->data && (strcmp(rest, "/merge") == 0 || strcmp(rest, "/head") == 0);
    return !merge && strncmp(text->data, "refs/", 5) != 0 &&
           strncmp(text->data, "gh-readonly-queue/", 18) != 0;
}

static bool keep_true(js_buf *text) {
    return strcmp(text->data, "true") == 0;
}

/* The number of a deployment in the address of its page. */
static bool cut_to_result(js_buf *text) {
    static const char name[] = "deploymentResultId=";
    const char *at = strstr(text->data, name);
    size_t length = at != NULL ? strspn(at + sizeof(name) - 1, "0123456789") : 0;
    if (length > 0) {
        memmove(text->data, at + sizeof(name) - 1, length);
        text->data[length] = '\0';
        text->length = length;
    }
    return length > 0;
}

static bool encode(js_buf *text) {
    cli_percent_encode(text);
    return true;
}

static bool decode(js_buf *text) {
    percent_decode(text);
    return true;
}

static bool end_with_slash(js_buf *text) {
    if (text->data[text->length - 1] != '/') {
        js_buf_add_text(text, "/");
    }
    return true;
}

static const struct {
    const char *name;
    bool (*run)(js_buf *text);
} changes[] = {
    {"heads", cut_heads},
    {"tags", cut_tags},
    {"origin", cut_origin},
    {"own", keep_own},
    {"named", keep_named},
    {"true", keep_true},
    {"path", encode},
    {"decode", decode},
    {"web", cli_web_address},
    {"slash", end_with_slash},
    {"result", cut_to_result},
    {"pushed", keep_outside_pull_request},
    {"kept", keep_unless_thrown_away},
};

static bool change(js_buf *text, const char *how, size_t length) {
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        if (strlen(changes[i].name) == length && strncmp(changes[i].name, how, length) == 0) {
            return text->length > 0 && changes[i].run(text);
        }
    }
    return false;
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
    js_buf_clear(&text);
    return there;
}

bool cli_ci_fact(const cli_ci *ci, cli_fact fact, js_buf *value, js_buf *origin) {
    const char *rest = ci->facts[fact];
    while (rest != NULL && *rest != '\0') {
        js_buf_reset(value);
        js_buf_reset(origin);
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
    js_buf_reset(value);
    js_buf_reset(origin);
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
