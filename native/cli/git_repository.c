/* What there is to know about a repository before its commits are read. */
#include "cli/git_repository.h"

#include "cli/exit_code.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LENGTH = 64 * 1024 };

static int read_kind(git_repository *repository) {
    static const char *const arguments[] = {"rev-parse", "--git-dir", "--is-shallow-repository",
                                            NULL};
    git_process git;
    int code = git_start(&git, arguments, false);
    if (code != CLI_OK) {
        return code;
    }
    const char *line = NULL;
    size_t length = 0;
    git_read state = GIT_READ;
    while ((state = git_stream_piece(&git.out, '\n', LINE_MAX_LENGTH, &line, &length)) ==
           GIT_READ) {
        repository->shallow = strcmp(line, "true") == 0;
    }
    int status = git_end(&git, state != GIT_END);
    if (status != 0) {
        code = git_say_failed(&git, CLI_NO_INPUT);
    } else if (state != GIT_END) {
        code = state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
    }
    git_free(&git);
    return code;
}

/* "remote.origin.url\nhttps://..." */
static void take_setting(git_repository *repository, const char *text) {
    const char *end = strchr(text, '\n');
    const char *value = end != NULL ? end + 1 : "true";
    if (strncmp(text, "remote.origin.url\n", 18) == 0) {
        if (repository->origin.length == 0) { /* git fetches from the first one */
            js_buf_add_text(&repository->origin, value);
        }
    } else {
        repository->blobless = true;
        repository->treeless = repository->treeless || strncmp(value, "blob:", 5) != 0;
    }
}

static int read_settings(git_repository *repository) {
    static const char *const arguments[] = {
        "config", "-z", "--get-regexp", "^remote\\.(origin\\.url|.*\\.partialclonefilter)$", NULL};
    git_process git;
    int code = git_start(&git, arguments, false);
    if (code != CLI_OK) {
        return code;
    }
    const char *text = NULL;
    size_t length = 0;
    git_read state;
    while ((state = git_stream_piece(&git.out, '\0', LINE_MAX_LENGTH, &text, &length)) ==
           GIT_READ) {
        take_setting(repository, text);
    }
    (void)git_end(&git, state != GIT_END); /* 1: there are none of them */
    git_free(&git);
    if (repository->origin.failed || state == GIT_FAILED) {
        return cli_no_memory();
    }
    return state == GIT_STOPPED ? CLI_TEMPORARY : CLI_OK;
}

int git_repository_open(git_repository *repository) {
    memset(repository, 0, sizeof(*repository));
    repository->resolver = (git_process)GIT_PROCESS_INIT;
    int code = read_kind(repository);
    return code == CLI_OK ? read_settings(repository) : code;
}

int git_origin(js_buf *address) {
    git_repository repository = {.resolver = GIT_PROCESS_INIT};
    int code = read_settings(&repository);
    js_buf_clear(address);
    *address = repository.origin;
    return code;
}

void git_repository_close(git_repository *repository) {
    git_free(&repository->resolver);
    js_buf_clear(&repository->origin);
}

bool git_is_hash(const char *text, size_t length) {
    return (length == 40 || length == 64) && strspn(text, "0123456789abcdefABCDEF") >= length;
}

bool git_is_null_hash(const char *text) {
    size_t length = strlen(text);
    return length > 0 && strspn(text, "0") == length;
}

/* git ends at main@{9} when less is logged, where it calls other names missing. The next asks anew. */
static git_found resolver_ended(git_process *resolver, const char *revision) {
    enum { DIED = 128 };
    git_found found = GIT_NOT_ASKED;
    if (git_end(resolver, false) == DIED && strstr(revision, "@{") != NULL) {
        found = GIT_NOT_FOUND;
    } else {
        (void)git_say_failed(resolver, CLI_SOFTWARE);
    }
    git_free(resolver);
    return found;
}

static git_found read_answer(git_repository *repository, const char *revision,
                             char hash[GIT_HASH_SIZE]) {
    const char *line = NULL;
    size_t length = 0;
    git_read state =
        git_stream_piece(&repository->resolver.out, '\n', LINE_MAX_LENGTH, &line, &length);
    if (state != GIT_READ) {
        return state == GIT_END ? resolver_ended(&repository->resolver, revision) : GIT_NOT_ASKED;
    }
    size_t digits = strcspn(line, " ");
    if (!git_is_hash(line, digits) || strcmp(line + digits, " commit") != 0) {
        return GIT_NOT_FOUND;
    }
    memcpy(hash, line, digits);
    hash[digits] = '\0';
    return GIT_FOUND;
}

git_found git_resolve(git_repository *repository, const char *revision, char hash[GIT_HASH_SIZE]) {
    static const char *const arguments[] = {"cat-file", "--batch-check=%(objectname) %(objecttype)",
                                            NULL};
    hash[0] = '\0';
    if (revision[0] == '\0' || revision[0] == '-' || strpbrk(revision, "\r\n") != NULL) {
        return GIT_NOT_FOUND;
    }
    if (repository->resolver.pid == 0 &&
        git_start(&repository->resolver, arguments, true) != CLI_OK) {
        return GIT_NOT_ASKED;
    }
    js_buf question = JS_BUF_INIT;
    js_buf_addf(&question, "%s^{commit}\n", revision);
    bool asked =
        !question.failed && git_write(&repository->resolver, question.data, question.length);
    if (question.failed) {
        cli_no_memory();
    } else if (!asked) {
        (void)git_say_failed(&repository->resolver, CLI_SOFTWARE);
    }
    js_buf_clear(&question);
    return asked ? read_answer(repository, revision, hash) : GIT_NOT_ASKED;
}
