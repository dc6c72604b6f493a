/* What was pushed, as git tells its post-receive hook. */
#include "cli/git_hook.h"

#include "cli/exit_code.h"
#include "cli/input.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

enum { REF_MAX = 16384 };

bool git_is_ref(const char *name, size_t length) {
    if (length < 6 || memcmp(name, "refs/", 5) != 0 || name[length - 1] == '/' ||
        name[length - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        char before = i > 0 ? name[i - 1] : '/';
        bool first = before == '/';
        if (c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c) != NULL || (first && c == '/') ||
            (c == '.' && (first || before == '.')) || (c == '{' && before == '@')) {
            return false;
        }
    }
    return true;
}

const char *git_branch_of(const char *ref) {
    static const char prefix[] = "refs/heads/";
    return strncmp(ref, prefix, sizeof(prefix) - 1) == 0 ? ref + sizeof(prefix) - 1 : NULL;
}

/* Takes a hash and the blank after it off the line. */
static bool take_hash(const char **line, size_t *length, char hash[GIT_HASH_SIZE]) {
    const char *blank = memchr(*line, ' ', *length);
    size_t digits = blank != NULL ? (size_t)(blank - *line) : 0;
    if (!git_is_hash(*line, digits)) {
        return false;
    }
    memcpy(hash, *line, digits);
    hash[digits] = '\0';
    *line += digits + 1;
    *length -= digits + 1;
    return true;
}

bool git_update_read(const char *line, size_t length, git_update *update) {
    if (!take_hash(&line, &length, update->old) || !take_hash(&line, &length, update->new) ||
        strlen(update->old) != strlen(update->new) || !git_is_ref(line, length)) {
        return false;
    }
    update->ref = strndup(line, length);
    return update->ref != NULL;
}

void git_updates_free(git_updates *updates) {
    for (size_t i = 0; i < updates->count; i++) {
        free(updates->items[i].ref);
    }
    free(updates->items);
    *updates = (git_updates)GIT_UPDATES_INIT;
}

static int add_line(git_updates *updates, const char *line, size_t length, long number) {
    if (updates->count == updates->capacity) {
        size_t capacity = updates->capacity == 0 ? 16 : updates->capacity * 2;
        git_update *larger = realloc(updates->items, capacity * sizeof(*larger));
        if (larger == NULL) {
            return cli_no_memory();
        }
        updates->items = larger;
        updates->capacity = capacity;
    }
    if (git_update_read(line, length, &updates->items[updates->count])) {
        updates->count++;
    } else {
        updates->bad++;
        cli_fail("line %ld: '%.*s' is not what git tells a post-receive hook: OLD NEW REF, such as "
                 "two hashes and refs/heads/main.",
                 number, (int)(length > 80 ? 80 : length), line);
    }
    return CLI_OK;
}

int git_updates_read(git_updates *updates) {
    cli_input input;
    int code = cli_input_open(&input, "-", "The hook's lines on");
    bool ended = code != CLI_OK;
    while (!ended && code == CLI_OK) {
        const char *line = NULL;
        size_t length = 0;
        switch (cli_input_line(&input, true, &line, &length)) {
        case CLI_LINE_READ:
            code = length > 0 ? add_line(updates, line, length, input.line) : CLI_OK;
            break;
        case CLI_LINE_TOO_LONG:
            code = add_line(updates, "", 0, input.line);
            break;
        case CLI_LINE_LATER:
            break;
        case CLI_LINE_STOPPED:
            code = CLI_TEMPORARY;
            break;
        case CLI_LINE_FAILED:
            code = CLI_IO;
            break;
        case CLI_LINE_END:
            ended = true;
            break;
        }
    }
    cli_input_close(&input);
    return code;
}

static int by_bytes(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The refs of the push, sorted; they belong to the updates. */
static char **sorted_refs(const git_updates *updates) {
    char **refs = calloc(updates->count, sizeof(*refs));
    for (size_t i = 0; refs != NULL && i < updates->count; i++) {
        refs[i] = updates->items[i].ref;
    }
    if (refs != NULL) {
        qsort(refs, updates->count, sizeof(*refs), by_bytes);
    }
    return refs;
}

/* "HASH REF": what a ref outside of the push holds was there before it. */
static int exclude_line(char *const *refs, size_t count, const char *line, git_range *range) {
    size_t digits = strcspn(line, " ");
    const char *ref = line[digits] == ' ' ? line + digits + 1 : "";
    if (!git_is_hash(line, digits) || bsearch(&ref, refs, count, sizeof(*refs), by_bytes) != NULL) {
        return CLI_OK;
    }
    return js_strings_add(&range->excluded, line, digits) ? CLI_OK : cli_no_memory();
}

static int exclude_other_refs(const git_updates *updates, git_range *range) {
    static const char *const arguments[] = {"for-each-ref", "--format=%(objectname) %(refname)",
                                            NULL};
    git_process git = GIT_PROCESS_INIT;
    char **refs = sorted_refs(updates);
    int code = refs != NULL ? git_start(&git, arguments, false) : cli_no_memory();
    const char *line = NULL;
    size_t length = 0;
    git_read state = GIT_READ;
    while (code == CLI_OK &&
           (state = git_stream_piece(&git.out, '\n', REF_MAX, &line, &length)) == GIT_READ) {
        code = exclude_line(refs, updates->count, line, range);
    }
    if (git_end(&git, state != GIT_END) != 0) {
        code = git_say_failed(&git, CLI_SOFTWARE);
    } else if (code == CLI_OK && state != GIT_END) {
        code = state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
    }
    git_free(&git);
    free(refs);
    return code;
}

/* An old end that is there, even when no ref holds it any more. */
static int exclude_old_ends(git_repository *repository, const git_updates *updates,
                            git_range *range) {
    char hash[GIT_HASH_SIZE];
    for (size_t i = 0; i < updates->count; i++) {
        const char *old = updates->items[i].old;
        git_found found = git_is_null_hash(old) || git_branch_of(updates->items[i].ref) == NULL
                              ? GIT_NOT_FOUND
                              : git_resolve(repository, old, hash);
        if (found == GIT_NOT_ASKED) {
            return CLI_SOFTWARE;
        }
        if (found == GIT_FOUND && !js_strings_add(&range->excluded, hash, strlen(hash))) {
            return cli_no_memory();
        }
    }
    return CLI_OK;
}

int git_update_range(git_repository *repository, const git_update *update, git_range *range,
                     bool *is_new) {
    char hash[GIT_HASH_SIZE];
    git_found found =
        git_is_null_hash(update->old) ? GIT_NOT_FOUND : git_resolve(repository, update->old, hash);
    *is_new = found == GIT_NOT_FOUND;
    if (found != GIT_FOUND) {
        return found == GIT_NOT_FOUND ? CLI_OK : CLI_SOFTWARE;
    }
    bool whole = js_strings_add(&range->included, update->new, strlen(update->new)) &&
                 js_strings_add(&range->excluded, hash, strlen(hash));
    return whole ? CLI_OK : cli_no_memory();
}

int git_updates_new_range(git_repository *repository, const git_updates *updates,
                          const bool *is_new, git_range *range) {
    for (size_t i = 0; i < updates->count; i++) {
        const char *end = updates->items[i].new;
        if (is_new[i] && !js_strings_add(&range->included, end, strlen(end))) {
            return cli_no_memory();
        }
    }
    if (range->included.count == 0) {
        return CLI_OK;
    }
    int code = exclude_old_ends(repository, updates, range);
    return code == CLI_OK ? exclude_other_refs(updates, range) : code;
}
