/* Reads --kind. */
#include "cli/kind_list.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/values.h"
#include "event/kind_names.h"

#include <string.h>

bool cli_kinds_hold(const js_strings *kinds, const char *kind) {
    for (size_t i = 0; i < kinds->count; i++) {
        if (strcmp(kinds->items[i], kind) == 0) {
            return true;
        }
    }
    return false;
}

static int fail_kind(const char *text, size_t length, const char *near) {
    char known[JS_KIND_LIST_SIZE];
    js_kind_list(known);
    return cli_usage(
        "--kind holds '%.*s', which is not a kind%s%s%s It takes %s, with commas between "
        "them.",
        length > 60 ? 60 : (int)length, text, near != NULL ? "; did you mean " : ".",
        near != NULL ? near : "", near != NULL ? "?" : "", known);
}

static int add_kind(const char *text, size_t length, js_strings *kinds) {
    enum { MOST = 32 };
    const char *names[MOST];
    char name[32] = "";
    size_t count = 0;
    for (size_t i = 0; length < sizeof(name) && i < length; i++) {
        name[i] = text[i] == '-' ? '_' : text[i];
    }
    for (; count < MOST && js_kind_name_at(count) != NULL; count++) {
        names[count] = js_kind_name_at(count);
        if (strcmp(name, names[count]) == 0) {
            return cli_kinds_hold(kinds, name) || js_strings_add(kinds, name, strlen(name))
                       ? CLI_OK
                       : cli_no_memory();
        }
    }
    return fail_kind(text, length, cli_nearest(name, names, count));
}

int cli_kinds_read(const cli_options *options, js_strings *kinds) {
    const js_strings *given = &options->given[CLI_KIND];
    int code = CLI_OK;
    for (size_t i = 0; i < given->count && code == CLI_OK; i++) {
        const char *rest = given->items[i];
        while (code == CLI_OK && *rest != '\0') {
            rest += strspn(rest, ", ");
            size_t length = strcspn(rest, ", ");
            code = length > 0 ? add_kind(rest, length, kinds) : CLI_OK;
            rest += length;
        }
    }
    if (code == CLI_OK && given->count > 0 && kinds->count == 0) {
        return cli_usage("--kind names no kind. Write it like --kind build,deployment.");
    }
    return code;
}
