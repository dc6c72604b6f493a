/* Event documents of commits and branches (docs/events.md). */
#ifndef CLI_GIT_DOCUMENT_H
#define CLI_GIT_DOCUMENT_H

#include "cli/git_commits.h"
#include "cli/links.h"

/* How the documents of one repository are written. */
typedef struct git_writer {
    const char *repository_url;
    const char *repository_id; /* null: made of the address */
    cli_forge forge;
    const char *commit_url; /* https://.../{hash}; null: the forge's form */
    const char *branch_url; /* https://.../{branch}; null: the forge's form */
    const js_strings *keys; /* given ones, of every commit and branch */
    bool history, no_transitions, no_email;
    int64_t now_ms;
} git_writer;

/*
 * Each appends one document. False when memory is short. A branch's name is given as git has it,
 * in any bytes.
 */
bool git_document_commit(const git_writer *writer, const git_commit *commit, js_buf *document);
bool git_document_branch(const git_writer *writer, const char *name, const git_commit *last,
                         js_buf *document);
/* The branch is no longer there. */
bool git_document_gone_branch(const git_writer *writer, const char *name, js_buf *document);

/* The text with U+FFFD for each byte that is not valid UTF-8. */
void git_add_text(js_buf *out, const char *text, size_t length);

#endif
