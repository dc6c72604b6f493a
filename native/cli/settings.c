/* The settings file: lines like JIRASEND_SITE=acme.atlassian.net. */
#include "cli/settings.h"

#include "base/buf.h"
#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/relay.h"
#include "cli/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SETTINGS_MAX = 1024 * 1024, SHOWN_MAX = 60 };

typedef struct line {
    const char *path;
    long number;
    char *name, *value;
} line;

static char *trim(char *text) {
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

static bool find_option(const char *name, cli_option *option) {
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const char *variable = cli_option_spec_of((cli_option)i)->environment;
        if (variable != NULL && i != CLI_SETTINGS && strcmp(variable, name) == 0) {
            *option = (cli_option)i;
            return true;
        }
    }
    return false;
}

static int unknown_name(const line *in) {
    const char *names[CLI_OPTIONS + 1] = {CLI_RELAY_AUDIENCE};
    size_t count = 1;
    for (int i = 0; i < CLI_OPTIONS; i++) {
        const char *variable = cli_option_spec_of((cli_option)i)->environment;
        if (variable != NULL && i != CLI_SETTINGS) {
            names[count++] = variable;
        }
    }
    if (strcmp(in->name, "JIRASEND_RELAY_TOKEN") == 0) {
        return cli_usage("%s, line %ld: a token does not belong in a settings file. Put it into a "
                         "file that only you can read, and name that with "
                         "JIRASEND_RELAY_TOKEN_FILE.",
                         in->path, in->number);
    }
    if (strcmp(in->name, "JIRASEND_CLIENT_SECRET") == 0) {
        return cli_usage("%s, line %ld: a secret does not belong in a settings file. Put it into a "
                         "file that only you can read, and name that with "
                         "JIRASEND_CLIENT_SECRET_FILE.",
                         in->path, in->number);
    }
    if (strcmp(in->name, "JIRASEND_OUTBOX_PASSWORD") == 0) {
        return cli_usage("%s, line %ld: a password does not belong in a settings file. Put it into "
                         "a file that only you can read, and name that with "
                         "JIRASEND_OUTBOX_PASSWORD_FILE.",
                         in->path, in->number);
    }
    const char *near = cli_nearest(in->name, names, count);
    return cli_usage(
        "%s, line %ld: there is no setting '%.*s'%s%s%s A settings file contains lines "
        "such as JIRASEND_SITE=acme.atlassian.net.",
        in->path, in->number, SHOWN_MAX, in->name, near != NULL ? "; did you mean " : ".",
        near != NULL ? near : "", near != NULL ? "?" : "");
}

/* The one variable without an option. */
static int settle_audience(cli_options *options, const line *in) {
    free(options->settled_audience);
    options->settled_audience = in->value[0] != '\0' ? strdup(in->value) : NULL;
    return in->value[0] == '\0' || options->settled_audience != NULL ? CLI_OK : cli_no_memory();
}

static int settle(cli_options *options, const line *in) {
    cli_option option;
    if (strcmp(in->name, CLI_RELAY_AUDIENCE) == 0) {
        return settle_audience(options, in);
    }
    if (!find_option(in->name, &option)) {
        return unknown_name(in);
    }
    js_buf origin = JS_BUF_INIT;
    js_buf_addf(&origin, "%s (%s, line %ld)", in->name, in->path, in->number);
    bool bytes = (cli_option_spec_of(option)->traits & CLI_MAY_BE_BYTES) != 0;
    if (!bytes && !origin.failed && cli_check_text(origin.data, in->value, false) != CLI_OK) {
        js_buf_clear(&origin);
        return CLI_USAGE;
    }
    free(options->settled[option]);
    free(options->settled_origin[option]);
    options->settled[option] = options->settled_origin[option] = NULL;
    if (in->value[0] == '\0') {
        js_buf_clear(&origin);
        return CLI_OK; /* as if it were not there */
    }
    options->settled[option] = strdup(in->value);
    options->settled_origin[option] = js_buf_take(&origin);
    bool there = options->settled[option] != NULL && options->settled_origin[option] != NULL;
    return there ? CLI_OK : cli_no_memory();
}

static int read_line(cli_options *options, const char *path, long number, char *text) {
    text = trim(text);
    if (text[0] == '\0' || text[0] == '#') {
        return CLI_OK;
    }
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return cli_usage("%s, line %ld: '%.*s' is not a setting; write it like "
                         "JIRASEND_SITE=acme.atlassian.net.",
                         path, number, SHOWN_MAX, text);
    }
    *equals = '\0';
    line in = {path, number, trim(text), trim(equals + 1)};
    return settle(options, &in);
}

static int read_lines(cli_options *options, const char *path, js_buf *content) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (content->length > 0 && memchr(content->data, '\0', content->length) != NULL) {
        return cli_usage("%s contains a NUL byte, so it is not a settings file.", path);
    }
    char *rest = content->length > 0 ? content->data : NULL;
    if (rest != NULL && strncmp(rest, mark, sizeof(mark) - 1) == 0) {
        rest += sizeof(mark) - 1;
    }
    int code = CLI_OK;
    for (long number = 1; rest != NULL && code == CLI_OK; number++) {
        char *end = strchr(rest, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        code = read_line(options, path, number, rest);
        rest = end != NULL ? end + 1 : NULL;
    }
    return code;
}

int cli_settings_read_file(cli_options *options, const char *path, bool named) {
    struct stat status;
    if (!named && stat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return CLI_OK;
    }
    js_buf content = JS_BUF_INIT;
    int code = cli_input_read_all(path, "The settings file", SETTINGS_MAX, &content);
    code = code == CLI_OK ? read_lines(options, path, &content) : code;
    js_buf_clear(&content);
    return code;
}

int cli_settings_read(cli_options *options) {
    const char *path = cli_value(options, CLI_SETTINGS);
    return path != NULL ? cli_settings_read_file(options, path, true)
                        : cli_settings_read_file(options, CLI_SETTINGS_FILE, false);
}
