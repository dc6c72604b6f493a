/* Lists branches with git for-each-ref. */
#include "cli/git_branches.h"

#include "cli/exit_code.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

enum { REF_MAX = 16 * 1024 };

typedef struct lister {
    git_branch_fn take;
    void *context;
    js_strings heads; /* names in the order of bytes, as git sorts them */
} lister;

static int by_bytes(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static int take_ref(lister *in, const char *hash, const char *ref) {
    static const char head[] = "refs/heads/", remote[] = "refs/remotes/origin/";
    if (strncmp(ref, head, sizeof(head) - 1) == 0) {
        const char *name = ref + sizeof(head) - 1;
        if (!js_strings_add(&in->heads, name, strlen(name))) {
            return cli_no_memory();
        }
        return in->take(in->context, name, hash);
    }
    if (strncmp(ref, remote, sizeof(remote) - 1) != 0) {
        return CLI_OK;
    }
    const char *name = ref + sizeof(remote) - 1;
    bool known = strcmp(name, "HEAD") == 0 ||
                 (in->heads.count > 0 && bsearch(&name, in->heads.items, in->heads.count,
                                                 sizeof(*in->heads.items), by_bytes) != NULL);
    return known ? CLI_OK : in->take(in->context, name, hash);
}

/* "HASH commit REF" */
static int take_line(lister *in, char *line) {
    static const char kind[] = " commit ";
    size_t digits = strcspn(line, " ");
    if (!git_is_hash(line, digits) || strncmp(line + digits, kind, sizeof(kind) - 1) != 0) {
        return CLI_OK; /* a ref that does not end in a commit is not a branch */
    }
    line[digits] = '\0';
    return take_ref(in, line, line + digits + sizeof(kind) - 1);
}

int git_branches(git_branch_fn take, void *context) {
    static const char *const arguments[] = {
        "for-each-ref", "--sort=refname",      "--format=%(objectname) %(objecttype) %(refname)",
        "refs/heads",   "refs/remotes/origin", NULL};
    lister in = {.take = take, .context = context, .heads = JS_STRINGS_INIT};
    git_process git;
    int code = git_start(&git, arguments, false);
    if (code != CLI_OK) {
        return code;
    }
    char line[REF_MAX + 1];
    const char *piece = NULL;
    size_t length = 0;
    git_read state = GIT_READ;
    while (code == CLI_OK &&
           (state = git_stream_piece(&git.out, '\n', REF_MAX, &piece, &length)) == GIT_READ) {
        memcpy(line, piece, length + 1);
        code = take_line(&in, line);
    }
    if (git_end(&git, state != GIT_END) != 0) {
        code = git_say_failed(&git, CLI_SOFTWARE);
    } else if (code == CLI_OK && state != GIT_END) {
        code = state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
    }
    git_free(&git);
    js_strings_clear(&in.heads);
    return code;
}
