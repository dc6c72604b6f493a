/* What a CI tells about the pull request that its job is for. */
#ifndef CLI_PULL_REQUEST_CI_H
#define CLI_PULL_REQUEST_CI_H

#include "cli/ci.h"

typedef enum cli_pull {
    CLI_PULL_NUMBER,
    CLI_PULL_TITLE,
    CLI_PULL_STATE,
    CLI_PULL_MERGED, /* "true": it was merged, whatever its state is called */
    CLI_PULL_SOURCE,
    CLI_PULL_SOURCE_URL,
    CLI_PULL_DESTINATION,
    CLI_PULL_URL,
    CLI_PULL_AUTHOR,
    CLI_PULL_AUTHOR_EMAIL,
    CLI_PULL_AUTHOR_URL,
    CLI_PULL_AUTHOR_AVATAR,
    CLI_PULL_COMMENTS
} cli_pull;
enum { CLI_PULLS = CLI_PULL_COMMENTS + 1 };

/*
 * The value and the variables it was made of, in the caller's buffers. False when the CI (which may be
 * null) does not tell it. A failed buffer: out of memory.
 */
bool cli_pull_request_fact(const cli_ci *ci, cli_pull fact, js_buf *value, js_buf *origin);

#endif
