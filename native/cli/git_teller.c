/* From the commits that hold a key to documents, in the order in which they came to be. */
#include "cli/git_teller.h"
#include "cli/config.h"

#include "cli/exit_code.h"
#include "cli/git_walk.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "cli/values.h"

#include <jirasend/history.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS_SHOWN = 7 };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_writer(git_teller *teller) {
    const cli_options *options = teller->options;
    teller->writer = (git_writer){
        .repository_url = teller->links.repository_url.data,
        .repository_id = teller->links.repository_id,
        .forge = teller->links.forge,
        .commit_url = teller->links.commit_url,
        .branch_url = teller->links.branch_url,
        .keys = &teller->only_keys,
        .history = options->set[CLI_HISTORY],
        .no_transitions = options->set[CLI_NO_TRANSITIONS],
        .no_email = options->set[CLI_NO_EMAIL],
        .now_ms = now_ms(),
    };
}

static int read_only_keys(git_teller *teller) {
    const js_strings *given = &teller->options->given[CLI_ONLY_KEYS];
    int code = CLI_OK;
    for (size_t i = 0; i < given->count && code == CLI_OK; i++) {
        code = cli_check_keys("--only-keys", given->items[i], &teller->only_keys);
    }
    return code;
}

int git_teller_open(git_teller *teller, const cli_options *options, bool branches) {
    memset(teller, 0, sizeof(*teller));
    teller->options = options;
    teller->commits = (git_commits)GIT_COMMITS_INIT;
    teller->repository.resolver = (git_process)GIT_PROCESS_INIT;
    cli_facts_init(&teller->facts, options);
    int code = read_only_keys(teller);
    if (code == CLI_OK) {
        code = git_repository_open(&teller->repository);
    }
    if (code == CLI_OK) {
        code = git_links_find(&teller->facts, teller->repository.origin.data, &teller->links);
    }
    if (code == CLI_OK) {
        code = git_links_check_commits(&teller->links);
    }
    if (code == CLI_OK && branches) {
        code = git_links_check_branches(&teller->links);
    }
    if (code == CLI_OK) {
        set_writer(teller);
        code = cli_config_make(options, false, &teller->keys);
    }
    return code;
}

int git_teller_begin(git_teller *teller) {
    int code = git_commits_open(&teller->commits, &teller->repository);
    if (code == CLI_OK) {
        teller->batch = cli_batch_open(teller->options, &code);
    }
    return code;
}

void git_teller_close(git_teller *teller) {
    if (teller->batch != NULL) {
        cli_batch_close(teller->batch);
    }
    git_commits_close(&teller->commits);
    git_commit_free(&teller->commit);
    git_repository_close(&teller->repository);
    git_links_free(&teller->links);
    cli_facts_free(&teller->facts);
    jirasend_config_free(teller->keys);
    js_strings_clear(&teller->only_keys);
    js_buf_clear(&teller->document);
    git_set_free(&teller->seen);
    js_strings_clear(&teller->names);
    js_strings_clear(&teller->hashes);
    js_strings_clear(&teller->told);
}

static int code_of(git_read state) {
    return state == GIT_STOPPED ? CLI_TEMPORARY : CLI_SOFTWARE;
}

/* Whether the text holds a key, or --only-keys gives them. 0, or the exit code once it was said. */
static int has_key(git_teller *teller, const char *text, size_t length, bool *has) {
    if (teller->options->set[CLI_ONLY_KEYS]) {
        *has = teller->only_keys.count > 0;
        return CLI_OK;
    }
    char *keys = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_code failed = jirasend_keys_scan(teller->keys, text, length, &keys, &error);
    if (failed != JIRASEND_OK) {
        return cli_library_failed(failed, &error);
    }
    *has = strcmp(keys, "[]") != 0;
    jirasend_free(keys);
    return CLI_OK;
}

/* Whether the outbox remembers the same: it waits, or Jira has accepted it. What is wrong, submitting says. */
static bool was_told(git_teller *teller) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    jirasend_told told = JIRASEND_TOLD_NOTHING;
    jirasend_client *client = teller->batch->client.handle;
    bool remembers = client != NULL && teller->batch->client.folder != NULL;
    return remembers &&
           jirasend_client_told(client, teller->document.data, teller->document.length, NULL, &told,
                                &error) == JIRASEND_OK &&
           told != JIRASEND_TOLD_NOTHING;
}

/* Hands over the document that was made. False when nothing more is to be told. */
static bool hand_over(git_teller *teller, bool made, const char *kind, const char *name,
                      size_t length) {
    if (!made) {
        cli_batch_worse(teller->batch, cli_no_memory());
        return false;
    }
    if (was_told(teller)) {
        teller->unchanged++;
        js_buf_reset(&teller->document);
        return cli_signals_caught() == 0;
    }
    cli_source source = {.line = 0};
    snprintf(source.name, sizeof(source.name), "%s %.*s", kind, (int)length, name);
    cli_batch_add(teller->batch, teller->document.data, teller->document.length, &source);
    js_buf_reset(&teller->document);
    return !teller->batch->stop && !cli_output_failed() && cli_signals_caught() == 0;
}

static int tell_commit(git_teller *teller) {
    bool made = git_document_commit(&teller->writer, &teller->commit, &teller->document);
    bool more = hand_over(teller, made, "commit", teller->commit.hash, DIGITS_SHOWN);
    return more ? CLI_OK : CLI_TEMPORARY;
}

/* Reads the commits of the batch that was sent first, and tells them. */
static int tell_batch(git_teller *teller) {
    int code = CLI_OK;
    git_read state = GIT_READ;
    while (code == CLI_OK &&
           (state = git_commits_next(&teller->commits, &teller->commit)) == GIT_READ) {
        code = tell_commit(teller);
    }
    return code != CLI_OK || state == GIT_BATCH_END ? code : code_of(state);
}

/* Sends what is full before the batch before it is read: git works on one while the other is told. */
static int ask_commit(git_teller *teller, const char *hash) {
    if (git_commits_ask(&teller->commits, hash)) {
        return CLI_OK;
    }
    int code = git_commits_send(&teller->commits);
    if (code == CLI_OK && teller->commits.sent > 1) {
        code = tell_batch(teller);
    }
    return code == CLI_OK && !git_commits_ask(&teller->commits, hash) ? CLI_SOFTWARE : code;
}

static int tell_asked_commits(git_teller *teller) {
    int code = teller->commits.asked > 0 ? git_commits_send(&teller->commits) : CLI_OK;
    while (code == CLI_OK && teller->commits.sent > 0) {
        code = tell_batch(teller);
    }
    return code;
}

/* A commit of a range, once, however many refs came with it. */
static int take_commit(git_teller *teller, const char *hash, const char *message, size_t length) {
    bool has = false;
    if (teller->several_refs) {
        switch (git_set_add(&teller->seen, hash)) {
        case GIT_SET_NEW:
            break;
        case GIT_SET_KNOWN:
            return CLI_OK;
        case GIT_SET_NO_MEMORY:
            return cli_no_memory();
        }
    }
    int code = has_key(teller, message, length, &has);
    if (code == CLI_OK && has) {
        return ask_commit(teller, hash);
    }
    teller->keyless += code == CLI_OK ? 1 : 0;
    return code;
}

int git_tell_commits(git_teller *teller, const git_range *range) {
    git_walk walk;
    char hash[GIT_HASH_SIZE];
    const char *message = NULL;
    size_t length = 0;
    git_read state = GIT_READ;
    int code = git_walk_open(&walk, range, GIT_OLDEST_FIRST, 0);
    while (code == CLI_OK && (state = git_walk_next(&walk, hash, &message, &length)) == GIT_READ) {
        code = take_commit(teller, hash, message, length);
    }
    git_walk_close(&walk);
    if (code == CLI_OK && state != GIT_END) {
        code = code_of(state);
    }
    return code == CLI_OK ? tell_asked_commits(teller) : code;
}

int git_tell_absent(git_teller *teller, const git_pushed *pushed) {
    int code = CLI_OK;
    for (size_t i = 0; i < pushed->absent.count && code == CLI_OK; i++) {
        bool has = false;
        if (!git_pushed_absent(pushed, i, &teller->commit)) {
            return cli_no_memory();
        }
        code = has_key(teller, teller->commit.message.data, teller->commit.message.length, &has);
        if (code == CLI_OK && has) {
            code = tell_commit(teller);
        } else if (code == CLI_OK) {
            teller->keyless++;
        }
    }
    return code;
}

/* The name of a branch that was asked for with this end; the answers come in the same order. */
static const char *asked_name(const git_teller *teller, const char *hash, size_t *at) {
    while (*at < teller->hashes.count) {
        size_t i = (*at)++;
        if (strcmp(teller->hashes.items[i], hash) == 0) {
            return teller->names.items[i];
        }
    }
    return NULL;
}

int git_tell_asked_branches(git_teller *teller) {
    size_t at = 0;
    int code = teller->names.count > 0 ? git_commits_send(&teller->commits) : CLI_OK;
    git_read state = GIT_BATCH_END;
    while (code == CLI_OK && teller->names.count > 0 &&
           (state = git_commits_next(&teller->commits, &teller->commit)) == GIT_READ) {
        const char *name = asked_name(teller, teller->commit.hash, &at);
        if (name != NULL) {
            bool made =
                git_document_branch(&teller->writer, name, &teller->commit, &teller->document);
            code = hand_over(teller, made, "branch", name, strlen(name)) ? CLI_OK : CLI_TEMPORARY;
        }
    }
    js_strings_clear(&teller->names);
    js_strings_clear(&teller->hashes);
    return code != CLI_OK || state == GIT_BATCH_END ? code : code_of(state);
}

int git_tell_branch(git_teller *teller, const char *name, const char *hash) {
    bool has = false;
    int code = has_key(teller, name, strlen(name), &has);
    if (code != CLI_OK || !has || js_strings_contain(&teller->told, name)) {
        return code;
    }
    if (!git_commits_ask(&teller->commits, hash)) {
        code = git_tell_asked_branches(teller);
        if (code != CLI_OK || !git_commits_ask(&teller->commits, hash)) {
            return code != CLI_OK ? code : CLI_SOFTWARE;
        }
    }
    bool whole = js_strings_add(&teller->names, name, strlen(name)) &&
                 js_strings_add(&teller->hashes, hash, strlen(hash)) &&
                 (!teller->several_refs || js_strings_add(&teller->told, name, strlen(name)));
    return whole ? CLI_OK : cli_no_memory();
}

int git_tell_gone_branch(git_teller *teller, const char *name) {
    bool has = false;
    int code = has_key(teller, name, strlen(name), &has);
    if (code != CLI_OK || !has) {
        return code;
    }
    bool made = git_document_gone_branch(&teller->writer, name, &teller->document);
    return hand_over(teller, made, "branch", name, strlen(name)) ? CLI_OK : CLI_TEMPORARY;
}
